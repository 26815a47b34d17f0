"""The rims of punch holes on a form's page, known by where a punch makes them and by how round they
are: print and writing may touch them, or run through them."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.blank import PX, pixels
from ocr.fields import Sheet
from records.types import Box

_FROM_EDGE_MM, _FROM_MIDDLE_MM, _OFF_MM = 12.0, 40.0, 3.5
"""ISO 838: two holes 80 mm apart about the middle of a side; how far off they may be."""

_RADII_MM = np.arange(2.4, 3.7, 0.1)
_ROUND = 0.88
"""Share of a circle's points that are dark, a pixel off at most. A hand's ring of that size keeps
to no circle for so long."""

_ON_RIM_MM, _RIM_SHARE = 0.6, 0.75
"""A stroke with this share of its ink so near to the circle is a piece of the rim."""


def rims(sheet: Sheet, left: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which of the strokes ``left`` are the rim of a punch hole; one truth value a stroke."""
    ink, found = sheet.ink, np.zeros(len(left), bool)
    width, height = sheet.aligned.blank.size_mm
    at, size = ink.boxes[:, :2] / PX, ink.boxes[:, 2:4] / PX
    middles = at + size / 2
    for place in _places(width, height):
        near = np.abs(middles - np.asarray(place)).max(axis=1) < _RADII_MM[-1] + _OFF_MM
        numbers = np.flatnonzero(left & near)
        if len(numbers) and size[numbers].max() > _RADII_MM[0]:
            found[numbers[_on_rim(sheet, place, numbers)]] = True
    return found


def _places(width: float, height: float) -> list[tuple[float, float]]:
    """Where a punch makes holes on a sheet of this size, mm."""
    sides = (-_FROM_MIDDLE_MM, _FROM_MIDDLE_MM)
    upright = [(x, height / 2 + y) for x in (_FROM_EDGE_MM, width - _FROM_EDGE_MM) for y in sides]
    level = [(width / 2 + x, y) for y in (_FROM_EDGE_MM, height - _FROM_EDGE_MM) for x in sides]
    return [*upright, *level]


def _on_rim(
    sheet: Sheet, place: tuple[float, float], numbers: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Which of the strokes lie on the circle that is there; none where none is."""
    ink, dark = sheet.ink, sheet.aligned.dark
    reach = float(_RADII_MM[-1]) + _OFF_MM
    around = Box(place[0] - reach, place[1] - reach, 2 * reach, 2 * reach)
    rows, columns = pixels(around, dark)
    seen = cv2.dilate(dark[rows, columns].view(np.uint8), np.ones((3, 3), np.uint8))
    best, circle = 0.0, (0.0, 0.0, 0.0)
    for radius in _RADII_MM * PX:
        ring = _ring(radius)
        shares = cv2.matchTemplate(seen.astype(np.float32), ring, cv2.TM_CCORR) / ring.sum()
        _, share, _, (x, y) = cv2.minMaxLoc(shares)
        if share > best:
            half = len(ring) // 2
            best, circle = share, (columns.start + x + half, rows.start + y + half, radius)
    on_rim = np.zeros(len(numbers), bool)
    if best < _ROUND:
        return on_rim
    for row, number in enumerate(numbers):
        down, across = np.nonzero(ink.labels[rows, columns] == number)
        from_middle = np.hypot(across + columns.start - circle[0], down + rows.start - circle[1])
        near = np.count_nonzero(np.abs(from_middle - circle[2]) < _ON_RIM_MM * PX)
        on_rim[row] = near >= _RIM_SHARE * ink.boxes[number, 4]
    return on_rim


def _ring(radius: float) -> NDArray[np.float32]:
    """The points of a circle, 1 each, in a square that holds it."""
    half = int(np.ceil(radius)) + 1
    made = np.zeros((2 * half + 1, 2 * half + 1), np.float32)
    return np.asarray(cv2.circle(made, (half, half), round(radius), (1.0,), 1), np.float32)
