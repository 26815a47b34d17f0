"""How large the paper of a PDF page is, and at which scale it is rendered.

Programs that put scans into PDF take pixels for points, or state a unit of their own; the size that
the page then has is no paper's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from records.types import MM_PER_INCH

RENDER_DPI = 300
"""PDF pages are rendered at this resolution."""

_POINTS = 72.0
_A4_LONG_INCHES = 297 / MM_PER_INCH
_LONGEST = 1.3 * 420 / MM_PER_INCH * _POINTS
_SHORTEST = 600.0
"""Points: no form is longer than A3 with a margin of a third; on what is shorter than A5 the unit
and the pictures' resolution are looked at."""

_COARSEST, _FINEST = 120.0, 700.0
"""dpi of a scan on a page whose size is true."""

_COVERED, _PART = 0.5, 0.01
"""Pictures over so much of a page make it a scan; of those, smaller shares say nothing about its
resolution."""

_ROOT_2 = 2**0.5
_NEARLY = 0.02


@dataclass(frozen=True, slots=True)
class PdfPaper:
    """How a page is rendered.

    Attributes:
        scale: pixels per point; ``dpi`` of the rendered page.
        pixels: (width, height) of the rendered page.
        as_stated: False where the page's own size is not believed, so that places in its points
            are none on the paper.
    """

    scale: float
    dpi: float
    pixels: tuple[int, int]
    as_stated: bool


def paper_of(page: Any, pictures: Sequence[Any], unit_of: Callable[[], float]) -> PdfPaper:
    """The paper of a page.

    Args:
        page: a page of PDFium; ``pictures`` its image objects.
        unit_of: reads the page's UserUnit, which PDFium does not tell; only small pages need it.
    """
    width, height = page.get_size()
    long = max(width, height)
    unit = unit_of() if long < _SHORTEST else 1.0
    usual = RENDER_DPI / _POINTS * unit
    stated = PdfPaper(usual, RENDER_DPI, _pixels(page, usual), unit == 1.0)
    resolution = _resolution(pictures, width * height) / unit
    if long * unit > _LONGEST:
        if 0 < resolution < _COARSEST or (not resolution and _is_a_series(page)):
            return _as_a4(page, resolution or _POINTS)
    elif long * unit < _SHORTEST and resolution > _FINEST:
        return _as_a4(page, resolution * unit)
    return stated


def user_unit(path: Path, index: int) -> float:
    """Size of a page's unit in points; 1.0 where it states none or cannot be parsed."""
    import pdfplumber

    try:
        with pdfplumber.open(path, pages=[index + 1]) as pdf:
            stated = pdf.pages[0].page_obj.attrs.get("UserUnit", 1)
            unit = 1.0
            if isinstance(stated, int | float):
                unit = float(stated)
    except Exception:  # pdfminer raises what it likes; the page is then as large as it says
        return 1.0
    return unit if 0.1 <= unit <= 200 else 1.0


def _as_a4(page: Any, resolution: float) -> PdfPaper:
    """A page whose size is no paper's, at its pictures' resolution: its long side is A4's."""
    long = max(page.get_size())
    dpi = min(float(RENDER_DPI), long * resolution / _POINTS / _A4_LONG_INCHES)
    scale = dpi * _A4_LONG_INCHES / long
    return PdfPaper(scale, dpi, _pixels(page, scale), False)


def _pixels(page: Any, scale: float) -> tuple[int, int]:
    width, height = page.get_size()
    return int(width * scale), int(height * scale)


def _is_a_series(page: Any) -> bool:
    """True where a page has the proportions of A4 and something on it."""
    short, long = sorted(page.get_size())
    drawn = next(iter(page.get_objects(max_depth=1)), None) is not None
    return drawn and abs(long / short / _ROOT_2 - 1) < _NEARLY


def _resolution(pictures: Sequence[Any], points: float) -> float:
    """Pixels per 72 points of the finest picture that is a real part of a scan; 0.0 where the page
    is none."""
    found = []
    for picture in pictures:
        area = _area(picture)
        pixels = picture.get_px_size()
        if area > 0:
            found.append((area, (pixels[0] * pixels[1] / area) ** 0.5 * _POINTS))
    covered = sum(area for area, _ in found)
    if covered < _COVERED * points:
        return 0.0
    return max((fine for area, fine in found if area >= _PART * covered), default=0.0)


def _area(picture: Any) -> float:
    """Points² that a picture covers on the page, through the forms that hold it."""
    left, bottom, right, top = picture.get_bounds()
    area = abs(right - left) * abs(top - bottom)
    holder = picture.container
    while holder is not None:
        a, b, c, d, _, _ = holder.get_matrix().get()
        area *= abs(a * d - b * c)
        holder = holder.container
    return float(area)
