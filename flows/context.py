"""One office's composition, built once at the edge and passed down: definitions, journal, reader.

Nothing here is global; each part is made by a plain function, so that a command takes only what it
needs: ``status`` opens the journal and no form, ``read`` loads forms and no journal.
"""

from __future__ import annotations

import datetime as dt
import importlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from flows.console import say
from flows.formcheck import read_all_forms
from initiatives.register import Strategy
from initiatives.strategy import load_strategy
from records.errors import DefinitionError
from records.forms import FormDef
from records.journal import Journal, open_journal
from records.site import Site, load_site
from records.types import Record

if TYPE_CHECKING:
    from ocr.office.taught import Learned
    from ocr.refusing import Refusal
    from ocr.trust.model import Trust


class SheetReader(Protocol):
    """What reads documents; safe to share between threads."""

    def read(
        self,
        path: Path,
        document: str = "",
        only: str = "",
        received_on: dt.date | None = None,
    ) -> Iterator[Record | Refusal]:
        """One item a sheet, streaming over the pages.

        Args:
            document: sha256 of the file, where it is known already.
            only: the one form id that it may be; empty for any.
            received_on: the office's day of receipt; None for today.

        Raises:
            DocumentError: nothing of the whole file can be read.
        """
        ...

    def page_marks(self, path: Path) -> Iterator[str]:
        """A mark of each page, the same for the same page in another file.

        Raises:
            DocumentError: the file cannot be opened.
        """
        ...

    def explain(self, path: Path) -> list[str]:
        """Why the file is read as it is, or is not: Japanese lines."""
        ...


class NoReader:
    """For who delivers and reads nothing."""

    def read(
        self,
        path: Path,
        document: str = "",
        only: str = "",
        received_on: dt.date | None = None,
    ) -> Iterator[Record | Refusal]:
        raise NotImplementedError

    def page_marks(self, path: Path) -> Iterator[str]:
        raise NotImplementedError

    def explain(self, path: Path) -> list[str]:
        raise NotImplementedError


@runtime_checkable
class Teachable(SheetReader, Protocol):
    """A reader that can take up what an office learned."""

    def taught(self, trust: Trust | None, learned: Learned) -> Teachable:
        """The same reader with that; None: with what ships."""
        ...


READERS: Mapping[str, str] = {"ocr": "ocr.reader:Reader", "replay": "flows.replay:Reader"}
"""``[reading] reader`` in site.toml → where it is. Each takes (forms, office, reading settings,
intake settings)."""


@dataclass(frozen=True, slots=True)
class Definitions:
    """What an office has written down; every reference between the files has been checked.

    Attributes:
        forms: by id; those in ``broken``, too, as far as their sheets can be recognised.
        broken: id (or folder) of a form → all that is wrong with it; it does not run.
    """

    site: Site
    strategy: Strategy
    forms: Mapping[str, FormDef]
    broken: Mapping[str, DefinitionError] = field(default_factory=dict)


def load_definitions(folder: Path) -> Definitions:
    """Read site.toml, strategy.toml and every form.toml.

    Raises:
        DefinitionError: site.toml or strategy.toml is missing or wrong. A form that is wrong stops
            nothing but itself (``Definitions.broken``).
    """
    site = load_site(folder)
    strategy = load_strategy(site.strategy)
    return Definitions(site, strategy, *read_all_forms(site.forms, strategy))


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
        from flows.learning import LearningReader

        reader = LearningReader(reader, site, say)
    if not definitions.broken:
        return reader
    from flows.gate import GatedReader, broken_forms

    return GatedReader(reader, broken_forms(definitions))
