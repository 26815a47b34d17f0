"""What stands in the place of a record for pages that could not be read."""

from __future__ import annotations

from dataclasses import dataclass

from records.errors import DocumentError


@dataclass(frozen=True, slots=True)
class Refusal:
    """Pages that were not read, and why.

    Attributes:
        pages: 1-based page numbers in the document.
        error: the reason; ``error.code`` is ``no_form``, ``blank``, ``truncated``…
        nearest: id of the likeliest form, empty where none is near; ``score`` its fit.
    """

    pages: tuple[int, ...]
    error: DocumentError
    nearest: str = ""
    score: float = 0.0
