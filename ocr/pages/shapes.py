"""Pages whose pixels are not square though nothing says so: FAX pages that lost their resolution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from ocr.place.align import PreparedPage, likeness, prepare
from ocr.place.blank import Blank
from records.types import Gray, Page

_SQUAT = 204 / 98
_SHAPES = ((1.0, _SQUAT), (_SQUAT, 1.0), (1 / _SQUAT, _SQUAT), (_SQUAT, 1 / _SQUAT))
"""Stretches (x, y) that make pixels of a FAX square: standard resolution has half the lines of
fine, superfine twice as many, and either may have been stretched the wrong way before."""

_PAPER = (1.1, 1.8)
"""Long side over short side of paper, or of a page that lost an edge."""

_UPRIGHT = (1.36, 1.47)
"""Height over width of a page that has square pixels. Width over height says nothing: a squat page
has the shape of a lying one."""

_LOOK = 1400
"""Pixels of the longer side for a first look."""


def shapes(page: Page) -> list[tuple[float, float]]:
    """The stretches (x, y) that would give a page the shape of paper; none where it has the shape
    of upright A4."""
    height, width = page.image.shape
    if _UPRIGHT[0] <= height / width <= _UPRIGHT[1]:
        return []
    found = []
    for x, y in _SHAPES:
        if _is_paper(width * x, height * y):
            found.append((x, y))
    return found


def _is_paper(width: float, height: float) -> bool:
    return _PAPER[0] <= max(width, height) / min(width, height) <= _PAPER[1]


def likeliest(scan: PreparedPage, blanks: Sequence[Blank]) -> tuple[float, float] | None:
    """The stretch with which a page is more like one of ``blanks`` than as it is; None where none
    makes it so."""
    best = None
    most = 1.2 * likeness(scan, blanks)
    for shape in shapes(scan.page):
        found = likeness(prepare(_small(scan.page, shape)), blanks)
        if found > most:
            best, most = shape, found
    return best


def _small(page: Page, shape: tuple[float, float]) -> Page:
    """The page stretched for a first look."""
    height, width = page.image.shape
    scale = min(1.0, _LOOK / max(width * shape[0], height * shape[1]))
    image = _resized(page.image, shape[0] * scale, shape[1] * scale)
    return replace(page, image=image, dpi=page.dpi * shape[0] * scale)


def stretched(page: Page, shape: tuple[float, float]) -> Page:
    """The page with its pixels made square; what it says of its resolution is guessed anew from
    the stretch."""
    image = _resized(page.image, *shape)
    dpi = page.dpi * shape[0]
    return replace(page, image=image, dpi=dpi, source_dpi=(page.dpi, dpi / shape[1]))


def _resized(image: Gray, x: float, y: float) -> Gray:
    size = (max(1, round(image.shape[1] * x)), max(1, round(image.shape[0] * y)))
    how = cv2.INTER_AREA if min(x, y) < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, size, interpolation=how), np.uint8)
