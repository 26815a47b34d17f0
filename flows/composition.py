"""One office put together, once, at the edge: the commands, the service and the pages all begin with
:func:`open_site`.

Nothing here is global. A part is made when it is first asked for, so that nobody pays for what they
do not use: ``torikomi status`` opens the journal and loads no form, ``torikomi read`` loads forms and
no journal.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import importlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from flows.console import say
from flows.definitions import Definitions, definitions_of
from flows.gate import GatedReader, broken_forms
from flows.readers import READERS, SheetReader, Teachable
from initiatives.register import Strategy
from initiatives.strategy import load_strategy
from records.errors import DefinitionError, ServiceError
from records.formfiles import read_forms
from records.forms import FormDef
from records.journal import Journal, open_journal
from records.journal.anchors import Anchors
from records.site import Site, load_site
from records.types import Record

if TYPE_CHECKING:
    from desk.logins import People
    from desk.opendesk import Desk
    from records.refusal import Refusal


_GONE = "取込の記録(データベース)がなくなっています"
_OLDER = "取込の記録(データベース)が古い写しに戻っているか、一部がなくなっています"


class OpenSite:
    """One office at work. Use it in a ``with`` statement, or call :meth:`close`.

    Let one thread ask for a part first; what it gets may then be shared between threads.

    Attributes:
        site: the settings of site.toml.
        is_for_audit: the journal is opened as it is found, lost or not.
    """

    def __init__(self, site: Site, *, is_for_audit: bool = False) -> None:
        self.site = site
        self.is_for_audit = is_for_audit

    @functools.cached_property
    def strategy(self) -> Strategy:
        """The initiatives of strategy.toml.

        Raises:
            DefinitionError: the file is missing or wrong.
        """
        return load_strategy(self.site.strategy)

    @functools.cached_property
    def definitions(self) -> Definitions:
        """All that the office has written down, with every reference between the files checked.

        Raises:
            DefinitionError: strategy.toml is missing or wrong. A form that is wrong stops nothing
                but itself (``Definitions.broken``).
        """
        return definitions_of(self.site, self.strategy)

    @property
    def forms(self) -> Mapping[str, FormDef]:
        """The forms, by id."""
        return self.definitions.forms

    @functools.cached_property
    def journal(self) -> Journal:
        """The journal, made where there is none.

        Raises:
            DefinitionError: it is gone, emptied, or older than it has been; nothing may be written
                before somebody has looked.
            ServiceError: its database cannot be reached.
        """
        opened = journal_of(self.site)
        if not self.is_for_audit:
            refuse_lost(self.site, opened, self.anchors)
        return opened

    @functools.cached_property
    def anchors(self) -> Anchors:
        """Where it is written down, outside the database, how far the journal has come."""
        return Anchors(self.site.audit, self.site.anchor_copy)

    @functools.cached_property
    def reader(self) -> SheetReader:
        """The reader that site.toml names; see :func:`make_reader`."""
        return make_reader(self.definitions)

    @functools.cached_property
    def people(self) -> People:
        """The users of the pages."""
        from desk.opendesk import people_of  # the pages' libraries take half a second

        return people_of(self.site)

    @functools.cached_property
    def desk(self) -> Desk:
        """What the pages work with.

        Raises:
            DefinitionError: of a form not all could be read, so its records could not be shown.
            ServiceError: the work folder cannot be written.
        """
        from desk.opendesk import make_desk

        forms = self._whole_forms()
        return make_desk(self.site, self.strategy, forms, self.journal, self.people)

    def read(self, path: Path, *, form: str = "") -> Iterator[Record | Refusal]:
        """Read one file and store nothing: one item a sheet, streaming over the pages.

        Args:
            form: the one form id that it may be; empty for any.

        Raises:
            DocumentError: nothing of the whole file can be read.
        """
        return self.reader.read(path, only=form)

    def close(self) -> None:
        """End what works in the background, and give up the database."""
        made = vars(self)
        if "desk" in made:
            self.desk.close()
        if "journal" in made:
            self.anchor()
            self.journal.close()

    def anchor(self) -> None:
        """Write down how far the journal has come; what cannot be written now is written later."""
        if self.is_for_audit:
            return
        with contextlib.suppress(OSError, ServiceError):
            self.anchors.set(self.journal.chain, dt.datetime.now(dt.UTC))

    def __enter__(self) -> OpenSite:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _whole_forms(self) -> Mapping[str, FormDef]:
        """The forms, where each could be read to its end."""
        definitions = self.definitions
        if not definitions.broken:
            return definitions.forms
        whole, broken = read_forms(self.site.forms, self.strategy.codes, partial=False)
        missing = [error for id, error in broken.items() if id not in whole]
        if missing:
            raise DefinitionError.of_all(missing)
        return whole


def open_site(folder: Path | str, *, is_for_audit: bool = False) -> OpenSite:
    """Open the office whose settings are in ``folder``.

    Example::

        with open_site("samples") as office:
            for sheet in office.read(Path("scan.tif")):
                print(sheet)

    Raises:
        DefinitionError: site.toml is missing or wrong.
    """
    return OpenSite(load_site(Path(folder)), is_for_audit=is_for_audit)


def refuse_lost(site: Site, journal: Journal, anchors: Anchors) -> None:
    """Refuse to work on with a journal that has lost what it had: the same sheets would be read and
    delivered a second time.

    Raises:
        DefinitionError: with what to do.
    """
    is_behind = anchors.is_behind(journal.chain)
    is_bare = journal.chain.end().seq == 0 and _has_files(site.archive)
    if not (is_behind or is_bare):
        return
    what = _OLDER if journal.chain.end().seq else _GONE
    raise DefinitionError(
        f"{what}。このまま続けると、同じ用紙をもう一度転記することになります。"
        "torikomi audit verify で確かめ、控えから戻してください。承知のうえで続けるときは"
        " torikomi audit restored --reason 理由 を実行してください"
    )


def _has_files(folder: Path) -> bool:
    return any(path.is_file() for path in folder.rglob("*")) if folder.is_dir() else False


def journal_of(site: Site) -> Journal:
    """The site's journal, made where there is none.

    Raises:
        ServiceError: its database cannot be reached.
    """
    return open_journal(site.journal, zone=site.timezone, attempts=site.intake.attempts)


def _readable(form: FormDef, definitions: Definitions) -> FormDef:
    """A form as the reader may use it: of one that is wrong, what its sheets are recognised by."""
    if form.id not in definitions.broken:
        return form
    fields = {name: replace(made, lexicon="") for name, made in form.fields.items()}
    return replace(form, fields=fields, checks=())


def make_reader(definitions: Definitions) -> SheetReader:
    """The reader that site.toml names, with what the office taught it; its models load with the
    first sheet.

    Raises:
        DefinitionError: no such reader.
    """
    site = definitions.site
    where = READERS.get(site.reading.reader)
    if where is None:
        raise DefinitionError(
            f"[reading] reader の「{site.reading.reader}」は使えません",
            path=site.folder / "site.toml",
            key="reader",
            allowed=tuple(READERS),
        )
    module, _, name = where.partition(":")
    forms = {id: _readable(form, definitions) for id, form in definitions.forms.items()}
    reader: SheetReader = getattr(importlib.import_module(module), name)(
        forms, site.office, site.reading, site.intake
    )
    if isinstance(reader, Teachable):
        from flows.learning import LearningReader  # so does what can learn

        reader = LearningReader(reader, site, say)
    if not definitions.broken:
        return reader
    return GatedReader(reader, broken_forms(definitions))
