"""Is a page blank? It is where nothing is left once all that nobody wrote is taken away."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.ink.showthrough import BEFORE_DPI, shining
from ocr.ink.silent import Silence, faint_strokes, silence
from ocr.place.align import PreparedPage
from records.types import MM_PER_INCH, Gray

_BUSY, _FULL, _BLACK = 0.02, 0.08, 150
"""With so much print in its middle a page is no back, and with more it is none whatever shines
through: forms have 0.04 to 0.14."""

STROKE_MM, CLUSTER_MM, CLUSTER_MM2 = 1.4, 2.0, 0.6
"""Writing has a stroke so long, is so large with all that is near it, and has so much ink. Two
characters of 3 mm have three times that; dust and the crumbs of a FAX line have less."""

_NEAR_MM = 1.2

_FAINT_STROKES = 12
"""So many faint sharp strokes are a page that was scanned too light, not a crease."""

_SLACK_MM = 0.34


def is_blank(scan: PreparedPage) -> bool:
    """True where nobody wrote or printed anything on the page."""
    share = _busy_share(scan.low)
    before = scan.page.before
    if share > (_FULL if before is not None else _BUSY):
        return False
    dpi = scan.page.dpi * scan.image.shape[0] / scan.page.image.shape[0]
    front = None if before is None else shining(before, scan.image, dpi)
    if front is None and share > _BUSY:
        return False
    found = silence(scan.image, dpi, front is not None)
    if front is not None and _is_black_and_white(scan.page.image):
        found = _without(found, front)
    if has_writing(found):
        return False
    # a sheet that was scanned far too light must not pass for an empty back
    return front is not None or faint_strokes(scan.image, dpi) < _FAINT_STROKES


def _busy_share(low: Gray) -> float:
    height, width = low.shape
    middle = low[height // 5 : -(height // 5), width // 5 : -(width // 5)]
    return float((middle < _BLACK).mean())


def has_writing(found: Silence) -> bool:
    """True where some of the ink that is left is as large as writing."""
    ppm = found.pixels_per_mm
    ink = found.ink.view(np.uint8)
    if not ink.any():
        return False
    side = 2 * max(1, round(_NEAR_MM * ppm / 2)) + 1
    joined = cv2.dilate(ink, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)))
    count, clusters, sizes, _ = cv2.connectedComponentsWithStats(np.asarray(joined, np.uint8))
    _, numbers, strokes, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    amounts = np.bincount(clusters[found.ink], minlength=count) / ppm**2
    large = (sizes[:, 2:4].max(axis=1) - side + 1) / ppm
    cluster_of = np.zeros(len(strokes), int)
    cluster_of[numbers[found.ink]] = clusters[found.ink]
    long = _long(strokes, ppm)
    written = (large >= CLUSTER_MM) & (amounts >= CLUSTER_MM2)
    return bool(written[cluster_of[long]].any())


def _long(strokes: NDArray[Any], ppm: float) -> NDArray[np.bool_]:
    """Which rows of a component's statistics are as long as a stroke; the background is none."""
    long = np.asarray(strokes[:, 2:4].max(axis=1) >= STROKE_MM * ppm)
    long[0] = False
    return long


def _without(found: Silence, front: Gray) -> Silence:
    """``found`` without ink that stands where the front's does. Only for pages of black and white:
    on a gray one what shines through is known by its softness."""
    high, wide = found.ink.shape
    side = 2 * max(1, round(_SLACK_MM / MM_PER_INCH * BEFORE_DPI)) + 1
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    ink = cv2.dilate((front < 190).astype(np.uint8), brush)
    covered = cv2.resize(ink, (wide, high), interpolation=cv2.INTER_NEAREST) > 0
    covered &= found.ink
    return replace(found, mask=found.mask | covered, ink=found.ink & ~covered)


def _is_black_and_white(image: Gray) -> bool:
    """True where paper has one gray alone, and grays are no more than the edges of black."""
    part = image[::3, ::3]
    if float((part == 255).mean()) < 0.7:
        return False
    black = int((part < 60).sum())
    return int(((part >= 60) & (part < 255)).sum()) <= max(black, 30)
