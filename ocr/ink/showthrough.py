"""The front of a sheet on its back: is what a page shows the page before, seen through the paper?"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from records.types import MM_PER_INCH, Gray

BEFORE_DPI = 75.0
"""Resolution of :attr:`records.types.Page.before`."""

_LIKE, _MORE_LIKE = 0.35, 0.12
"""Correlation of a back with its front in the mirror, and how much higher that must be than the one
without a mirror, which is high where the two are sheets of one form."""


def before_of(image: Gray, dpi: float) -> Gray:
    """The small copy of a page by which what shines through on the next one is known."""
    scale = min(1.0, BEFORE_DPI / dpi)
    size = (max(8, round(image.shape[1] * scale)), max(8, round(image.shape[0] * scale)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def shining(before: Gray, image: Gray, dpi: float) -> Gray | None:
    """The page before in the mirror, moved to where it shines through, in pixels of
    :data:`BEFORE_DPI`; None where it does not.

    A scanner that sees both sides at once turns both alike, so that a shift is all there is between
    them.
    """
    back = before_of(image, dpi)
    height, width = back.shape
    if abs(before.shape[0] - height) > 0.1 * height or abs(before.shape[1] - width) > 0.1 * width:
        return None
    straight = np.asarray(cv2.resize(before, (width, height)), np.uint8)
    mirrored = np.asarray(cv2.flip(straight, 1), np.uint8)
    likeness, moved = _likeness(mirrored, back)
    if likeness < _LIKE or likeness < _likeness(straight, back)[0] + _MORE_LIKE:
        return None
    return moved


def _likeness(front: Gray, back: Gray) -> tuple[float, Gray]:
    """Correlation of two pages where they fit best, and the first one moved there."""
    one, other = (_ink(page) for page in (front, back))
    (dx, dy), _ = cv2.phaseCorrelate(one, other, cv2.createHanningWindow(one.shape[::-1], 5))
    reach = 12 / MM_PER_INCH * BEFORE_DPI
    if max(abs(dx), abs(dy)) > reach:
        return 0.0, front
    matrix = np.asarray([[1, 0, dx], [0, 1, dy]], np.float64)
    size = (front.shape[1], front.shape[0])
    moved = np.asarray(cv2.warpAffine(front, matrix, size, borderValue=(255,)), np.uint8)
    there = _ink(moved)
    spread = float(there.std() * other.std())
    alike = float(((there - there.mean()) * (other - other.mean())).mean())
    return (alike / spread if spread > 1e-6 else 0.0), moved


def _ink(page: Gray) -> NDArray[np.float32]:
    """Darkness of a small page, softened by half a millimetre, without its slow changes."""
    dark = 255 - page.astype(np.float32)
    soft = cv2.GaussianBlur(dark, (0, 0), 1.2)
    return np.asarray(soft - cv2.GaussianBlur(dark, (0, 0), 12), np.float32)
