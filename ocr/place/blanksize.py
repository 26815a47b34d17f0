"""How large the pages of a form's blank are, without drawing them."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from PIL import Image

from ocr.pages.images import A4_LONG_INCHES, stated_dpi
from ocr.pages.pdfium import ALONE
from records.forms import FormDef
from records.types import MM_PER_INCH

_POINTS = 72.0


def page_sizes(form: FormDef) -> dict[int, tuple[float, float]]:
    """1-based page of the form → (width, height) of its blank in mm; without pages whose blank
    cannot be opened, which has its own error."""
    sizes = {}
    for number, page in enumerate(form.pages, 1):
        if page.blank is None or not page.blank.is_file():
            continue
        found = _sizes(page.blank, page.blank.stat().st_mtime_ns)
        if page.blank_page <= len(found):
            sizes[number] = found[page.blank_page - 1]
    return sizes


@lru_cache(maxsize=256)
def _sizes(path: Path, changed: int) -> tuple[tuple[float, float], ...]:
    """All pages of a file in mm; none where it cannot be opened."""
    read: Callable[[Path], list[tuple[float, float]]] = (
        _of_pdf if path.suffix.lower() == ".pdf" else _of_image
    )
    try:
        return tuple(read(path))
    except Exception:  # whatever is wrong with the file, its reader tells
        return ()


def _of_pdf(path: Path) -> list[tuple[float, float]]:
    import pypdfium2

    with ALONE, pypdfium2.PdfDocument(path) as document:
        points = [document.get_page_size(number) for number in range(len(document))]
    return [
        (width / _POINTS * MM_PER_INCH, height / _POINTS * MM_PER_INCH) for width, height in points
    ]


def _of_image(path: Path) -> list[tuple[float, float]]:
    """A picture that does not state its resolution is taken for A4, as :mod:`ocr.pages.images`
    does."""
    sizes = []
    with Image.open(path) as image:
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            assumed = max(image.size) / A4_LONG_INCHES
            across, down = stated_dpi(image) or (assumed, assumed)
            width = image.size[0] / across
            height = image.size[1] / down
            sizes.append((width * MM_PER_INCH, height * MM_PER_INCH))
    return sizes
