"""What reads documents: the contract, and the readers that site.toml can name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from records.types import Record

if TYPE_CHECKING:
    from ocr.office.taught import Learned
    from ocr.trust.model import Trust
    from records.refusal import Refusal


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


@runtime_checkable
class Teachable(SheetReader, Protocol):
    """A reader that can take up what an office learned."""

    def taught(self, trust: Trust | None, learned: Learned) -> Teachable:
        """The same reader with that; None: with what ships."""
        ...


READERS: Mapping[str, str] = {"ocr": "ocr.reader:Reader", "replay": "flows.replay:Reader"}
"""``[reading] reader`` in site.toml → where it is. Each takes (forms, office, reading settings,
intake settings)."""
