"""Pages whose pixels are not square though nothing says so: FAX pages that lost their resolution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from ocr.align import Scan, likeness
from ocr.blank import Blank
from records.types import Gray, Page

_SQUAT = 204 / 98
_SHAPES = ((1.0, _SQUAT), (_SQUAT, 1.0), (1 / _SQUAT, _SQUAT), (_SQUAT, 1 / _SQUAT))
"""Stretches (x, y) that make pixels of a FAX square: standard resolution has half the lines of
fine, superfine twice as many, and either may have been stretched the wrong way before."""

_PAPER = (1.1, 1.8)
"""Long side over short side of paper, or of a page that lost an edge."""

_STANDARD = (1.36, 1.47)
"""A page so shaped has square pixels."""


def shapes(page: Page) -> list[tuple[float, float]]:
    """The stretches (x, y) that would give a page the shape of paper; none where it has the shape
    of A4."""
    height, width = page.image.shape
    if _lengthened(width, height, _STANDARD):
        return []
    return [(x, y) for x, y in _SHAPES if _lengthened(width * x, height * y, _PAPER)]


def _lengthened(width: float, height: float, between: tuple[float, float]) -> bool:
    return between[0] <= max(width, height) / min(width, height) <= between[1]


def likeliest(scan: Scan, blanks: Sequence[Blank]) -> tuple[float, float] | None:
    """The stretch with which a page is more like one of ``blanks`` than as it is; None where none
    makes it so."""
    best, most = None, 1.2 * likeness(scan, blanks)
    for shape in shapes(scan.page):
        low = _resized(scan.low, *shape)
        found = likeness(Scan(scan.page, scan.image, low, scan.scale), blanks)
        if found > most:
            best, most = shape, found
    return best


def stretched(page: Page, shape: tuple[float, float]) -> Page:
    """The page with its pixels made square; what it says of its resolution is guessed anew from
    the stretch."""
    image = _resized(page.image, *shape)
    dpi = page.dpi * shape[0]
    return replace(page, image=image, dpi=dpi, source_dpi=(page.dpi, dpi / shape[1]))


def _resized(image: Gray, x: float, y: float) -> Gray:
    size = (max(1, round(image.shape[1] * x)), max(1, round(image.shape[0] * y)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_LINEAR), np.uint8)
