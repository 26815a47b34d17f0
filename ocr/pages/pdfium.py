"""What all uses of PDFium share: one at a time."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ALONE = threading.RLock()
"""PDFium must not be called by two threads at once (its documentation); it may be released while a
page is used."""


@contextlib.contextmanager
def opened_page(path: Path, index: int) -> Iterator[Any]:
    """A page of a PDF, with PDFium held for as long as it is used; None where it cannot be opened.

    Args:
        index: 0-based.
    """
    import pypdfium2 as pdfium

    with ALONE, contextlib.ExitStack() as stack:
        try:
            pdf = pdfium.PdfDocument(path)
            stack.callback(pdf.close)
            page = pdf[index]
            stack.callback(page.close)
        except (pdfium.PdfiumError, IndexError):
            page = None
        yield page
