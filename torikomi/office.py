"""One office from Python, in two functions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from records.types import Record

if TYPE_CHECKING:
    from flows.composition import OpenSite
    from records.refusal import Refusal


def open_site(folder: Path | str) -> OpenSite:
    """Open the office whose settings are in ``folder``; use it in a ``with`` statement.

    Its ``read(path, form="")`` gives one :class:`Record` a sheet, or one :class:`Refusal` for pages
    that could not be read. Its ``forms`` are by id, its ``journal`` is what the service writes.
    Models load with the first sheet, so open once and read many.

    Raises:
        DefinitionError: site.toml is missing or wrong.
    """
    from flows import composition  # the journal's library takes a third of a second

    return composition.open_site(folder)


def read(file: Path | str, site: Path | str = ".", *, form: str = "") -> Iterator[Record | Refusal]:
    """Read one file for the office in ``site``, and store nothing: as ``torikomi read``.

    Args:
        form: the one form id that it may be; empty for any.

    Yields:
        One item a sheet, as soon as it is read. My Numbers are not masked.

    Raises:
        DefinitionError: a file of the office is missing or wrong.
        DocumentError: nothing of the whole file can be read.
    """
    with open_site(site) as office:
        yield from office.read(Path(file), form=form)
