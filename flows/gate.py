"""No automation without measurement, at the door of the service: forms whose initiative may not run
are not started."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from pathlib import Path

from flows.definitions import Definitions
from flows.readers import SheetReader
from initiatives.prerequisites import require
from records import days
from records.errors import DefinitionError, DocumentError
from records.refusal import Refusal
from records.types import Record

CLOSED = "closed"
"""The code of the error on a sheet whose form may not run."""


def closed_forms(definitions: Definitions, day: dt.date) -> dict[str, str]:
    """Form id → why it may not run and what to do, as a Japanese line, for each form that may not.

    Args:
        day: today.
    """
    found = broken_forms(definitions)
    for form in definitions.forms.values():
        if form.id in found:
            continue
        try:
            require(definitions.strategy, form.initiative, form=form.id, day=day)
        except DefinitionError as error:
            found[form.id] = f"様式「{form.title}」は動かしません。{error.message}"
    return found


def broken_forms(definitions: Definitions) -> dict[str, str]:
    """Form id → all that is wrong with its definition, as Japanese lines, for each such form."""
    return {id: _told_broken(definitions, id) for id in definitions.broken}


def _told_broken(definitions: Definitions, id: str) -> str:
    """Why a form whose definition is wrong does not run."""
    form = definitions.forms.get(id)
    name = id
    if form is not None and form.title:
        name = form.title
    return (
        f"様式「{name}」は、form.toml に誤りがあるので動かしません。"
        f"{definitions.broken[id].message}"
    )


def refuse_all_closed(definitions: Definitions) -> None:
    """Stop before anything is taken from the inbox, where no form at all may run.

    Raises:
        DefinitionError: that is so; it says what to write where.
    """
    today = days.today(definitions.site.timezone)
    closed = closed_forms(definitions, today)
    if closed and set(definitions.forms) <= set(closed):
        if definitions.broken:
            raise DefinitionError.of_all(list(definitions.broken.values()))
        raise DefinitionError(
            next(iter(closed.values())), path=definitions.site.strategy, key="status"
        )


class GatedReader:
    """A reader that hands on no sheet of a closed form: such a sheet stays a document, with the
    reason beside it.

    Closed forms stay known to the reader behind it, or their sheets would be taken for other forms.
    """

    def __init__(self, reader: SheetReader, closed: Mapping[str, str]) -> None:
        self._reader = reader
        self._closed = closed

    def read(
        self,
        path: Path,
        document: str = "",
        only: str = "",
        received_on: dt.date | None = None,
    ) -> Iterator[Record | Refusal]:
        """See :class:`flows.readers.SheetReader`."""
        if only in self._closed:
            raise self._error(only)
        for item in self._reader.read(path, document, only, received_on):
            if isinstance(item, Record) and item.form in self._closed:
                yield Refusal(item.pages, self._error(item.form, item.pages), item.form, item.fit)
            else:
                yield item

    def page_marks(self, path: Path) -> Iterator[str]:
        """See :class:`flows.readers.SheetReader`."""
        return self._reader.page_marks(path)

    def explain(self, path: Path) -> list[str]:
        """See :class:`flows.readers.SheetReader`."""
        return self._reader.explain(path)

    def _error(self, form: str, pages: tuple[int, ...] = ()) -> DocumentError:
        return DocumentError(
            CLOSED, f"{self._closed[form]}。直したあと、torikomi retry で読み直せます", pages=pages
        )
