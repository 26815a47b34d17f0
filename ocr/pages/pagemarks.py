"""Marks of a document's pages, to see whether one file goes on where another ended."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from ocr.pages.opening import open_pages
from records.site import IntakeSettings
from records.types import Page


def page_marks(path: Path, limits: IntakeSettings) -> Iterator[str]:
    """sha256 of each page's picture, hex, page by page: the same picture in another file has the
    same mark.

    Raises:
        DocumentError: nothing of the file can be opened, or a page cannot.
    """
    for page in open_pages(path, limits, ""):
        if not isinstance(page, Page):
            raise page
        yield hashlib.sha256(page.image.tobytes()).hexdigest()
