"""Is a page blank? It is where nothing is left once all that nobody wrote is taken away."""

from __future__ import annotations

import cv2
import numpy as np

from ocr.align import Scan
from ocr.silent import Silence, silence
from records.types import Gray

_BUSY, _BLACK = 0.02, 150
"""With so much print in its middle a page needs no closer look: forms have 0.04 to 0.14."""

STROKE_MM, CLUSTER_MM, CLUSTER_MM2 = 1.4, 2.0, 0.6
"""Writing has a stroke so long, is so large with all that is near it, and has so much ink. Two
characters of 3 mm have three times that; dust and the crumbs of a FAX line have less."""

_NEAR_MM = 1.2


def is_blank(scan: Scan) -> bool:
    """True where nobody wrote or printed anything on the page."""
    if _is_busy(scan.low):
        return False
    dpi = scan.page.dpi * scan.image.shape[0] / scan.page.image.shape[0]
    return not has_writing(silence(scan.image, dpi))


def _is_busy(low: Gray) -> bool:
    height, width = low.shape
    middle = low[height // 5 : -(height // 5), width // 5 : -(width // 5)]
    return bool((middle < _BLACK).mean() > _BUSY)


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
    long = strokes[:, 2:4].max(axis=1) >= STROKE_MM * ppm
    long[0] = False
    written = (large >= CLUSTER_MM) & (amounts >= CLUSTER_MM2)
    return bool(written[cluster_of[long]].any())
