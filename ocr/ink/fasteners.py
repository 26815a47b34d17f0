"""Punch holes and staples on a form's page, known by where they are and by their shape: print and
writing may touch them, or run through them."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.laid_sheet import Sheet
from ocr.place.blank import PX, pixels
from records.types import Box

_FROM_EDGE_MM, _FROM_MIDDLE_MM, _OFF_MM = 12.0, 40.0, 3.5
"""ISO 838: two holes 80 mm apart about the middle of a side; how far off they may be."""

_RADII_MM = np.arange(2.4, 3.7, 0.1)
_ROUND = 0.88
"""Share of a circle's points that are dark, a pixel off at most. A hand's ring of that size keeps
to no circle for so long."""

_ON_RIM_MM, _RIM_SHARE = 0.6, 0.75
"""A stroke with this share of its ink so near to the circle is a piece of the rim."""

_STAPLE_MM, _BAR_MM, _CORNER_MM, _SIDE_MM = (5.5, 16.0), 1.3, 42.0, 14.0
"""A staple is so long, at most so thick, and in so large a corner or so near a side."""

_PIECE_MM, _SLIM, _ALONE_MM = 1.6, 2.0, 6.0
"""What print leaves of it is so long at least, so many times longer than thick, and has no other
stroke so near."""


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


def staples(sheet: Sheet, left: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which of the strokes ``left`` are a staple's shadow: one straight bar in a corner or along a
    side, alone. Its darkness is followed through print."""
    ink, found = sheet.ink, np.zeros(len(left), bool)
    near = ink.boxes[:, :2] + ink.boxes[:, 2:4] / 2
    from_sides = np.minimum(near, np.asarray(ink.written.shape[::-1]) - near) / PX
    placed = (from_sides.max(axis=1) < _CORNER_MM) | (from_sides.min(axis=1) < _SIDE_MM)
    longest = ink.boxes[:, 2:4].max(axis=1)
    long, large = longest >= _PIECE_MM * PX, longest >= 0.8 * _PIECE_MM * PX
    for number in np.flatnonzero(left & placed & long):
        bar = _bar(sheet, int(number))
        if bar is None or found[number]:
            continue
        beside = np.flatnonzero(left & (_gaps(ink.boxes, bar) < _ALONE_MM * PX)).tolist()
        on_it = [n for n in beside if _lies_on(sheet, n, bar)]
        others = [n for n in beside if n not in on_it]
        if not any(large[n] for n in others):
            found[on_it] = True
    return found


Bar = tuple[NDArray[np.float64], NDArray[np.float64]]
"""The two ends of a bar, (x, y) in pixels."""


def _bar(sheet: Sheet, number: int) -> Bar | None:
    """The bar that a stroke is a piece of; None where it is none."""
    left, top, wide, high, area = (int(v) for v in sheet.ink.boxes[number])
    rows, columns = np.nonzero(sheet.ink.labels[top : top + high, left : left + wide] == number)
    points = np.stack([columns + left, rows + top], axis=1).astype(np.float32)
    (_, (one, other), _) = cv2.minAreaRect(points)
    thick, length = sorted((one + 1, other + 1))
    straight = thick <= _BAR_MM * PX and length >= max(_PIECE_MM * PX, _SLIM * thick)
    if not straight or area < 0.55 * thick * length:
        return None
    middle = points.mean(axis=0).astype(np.float64)
    _, _, axes = np.linalg.svd(points - points.mean(axis=0), full_matrices=False)
    steps = np.arange(-round(_STAPLE_MM[1] * PX), round(_STAPLE_MM[1] * PX) + 1)
    along = middle + steps[:, None] * axes[0].astype(np.float64)
    height, width = sheet.aligned.dark.shape
    x, y = np.rint(along).astype(int).T
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    dark = inside & sheet.aligned.dark[y.clip(0, height - 1), x.clip(0, width - 1)]
    here = len(steps) // 2
    light = np.flatnonzero(~dark)
    before, behind = light[light < here], light[light > here]
    first = int(before[-1]) + 1 if len(before) else 0
    last = int(behind[0]) - 1 if len(behind) else len(steps) - 1
    least, most = (side * PX for side in _STAPLE_MM)
    if not dark[here] or not least <= last - first + 1 <= most:
        return None
    return along[first], along[last]


def _gaps(boxes: NDArray[np.int32], bar: Bar) -> NDArray[np.float64]:
    """Pixels from each stroke's box to that of a bar."""
    low, high = np.minimum(*bar), np.maximum(*bar)
    start, stop = boxes[:, :2], boxes[:, :2] + boxes[:, 2:4]
    return np.asarray(np.maximum(start - high, low - stop).max(axis=1))


def _lies_on(sheet: Sheet, number: int, bar: Bar) -> bool:
    """True where a stroke is a piece of a bar."""
    left, top, wide, high, area = (int(v) for v in sheet.ink.boxes[number])
    rows, columns = np.nonzero(sheet.ink.labels[top : top + high, left : left + wide] == number)
    start, stop = bar
    way = (stop - start) / np.linalg.norm(stop - start)
    off = np.stack([columns + left, rows + top], axis=1) - start
    across = np.abs(off[:, 0] * way[1] - off[:, 1] * way[0])
    return bool(np.count_nonzero(across <= _BAR_MM * PX) >= _RIM_SHARE * area)
