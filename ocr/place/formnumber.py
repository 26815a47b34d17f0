"""The small print at a sheet's head and foot that alone tells a form from its next version: a digit
of 様式第1号, a year, a letter.

Such a glyph may hold all strokes of the other one, so that none is missing (1 and 4). It is told by
its likeness instead: every glyph of the line is laid on the sheet, and one that is far less like
its print than its neighbours are, with clean paper all around, is another glyph. Writing, stamps
and dirt do not stay within one glyph's place.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.place.blank import PX
from records.types import Gray

HEAD_MM, FOOT_MM = 45.0, 25.0
"""A form's number stands so far from the top or from the bottom at most."""

_SMALL_MM, _TALL_MM = 4.5, 1.6
"""Glyphs of such print are no larger than the first, no lower than the second."""

_REACH, _RING = 3, 5
"""Pixels that a glyph is moved at most, and how wide a ring of paper about it must be clean."""

_UNLIKE = 0.82
_BELOW = 0.12
_NEIGHBOURS = 0.85
"""Another glyph's correlation, and how far it is below the median of the line's, which is so high
at least. Of other digits it was 0.46 to 0.78, of the own ones 0.87 to 1."""

_LINE_MM = 1.5
_ALONG_MM = 25.0
_LEAST = 3
_BESIDE_MM = 4.5
"""Glyphs of one line are so level and so near; so many of them are asked. Those right beside must
be the blank's own: a staple lies over several."""

_DIGIT_WIDE = 0.7
"""A digit's place is so wide in heights: a 1 stands in the middle of it."""

_DARK, _SPECKS = 84.0, 2
"""Ink on the sheet, 0 paper to 255, and how many pixels of it are a speck."""


def other_glyphs(
    boxes: NDArray[np.int32], tiles: tuple[NDArray[np.uint8], ...], soft: Gray, margin: int
) -> NDArray[np.int64]:
    """Which of a blank's glyphs are other ones on a sheet, by number.

    Args:
        boxes: left, top, width, height of each, canvas pixels.
        tiles: ink of each, 0 paper to 255, wider by ``margin`` on each side.
        soft: the sheet laid on the blank, slightly blurred.
    """
    height = soft.shape[0]
    top = boxes[:, 1]
    bottom = boxes[:, 1] + boxes[:, 3]
    placed = (bottom < HEAD_MM * PX) | (top > height - FOOT_MM * PX)
    small = boxes[:, 2:].max(axis=1) <= _SMALL_MM * PX
    tall = boxes[:, 3] >= _TALL_MM * PX
    numbers = np.flatnonzero(placed & small & tall)
    likes = np.asarray([_likeness(boxes[n], tiles[n], soft, margin) for n in numbers])
    middles = boxes[numbers, :2] + boxes[numbers, 2:] / 2
    found = []
    for row in np.flatnonzero(likes < _UNLIKE).tolist():
        away = np.abs(middles - middles[row])
        line = (away[:, 1] < _LINE_MM * PX) & (away[:, 0] < _ALONG_MM * PX)
        line[row] = False
        if np.count_nonzero(line) < _LEAST:
            continue
        usual = float(np.median(likes[line]))
        unlike = usual >= _NEIGHBOURS and likes[row] < usual - _BELOW
        beside = np.flatnonzero(line & (away[:, 0] < _BESIDE_MM * PX))
        unlike &= len(beside) > 0 and float(likes[beside].min()) >= usual - _BELOW / 2
        if unlike and _stands_alone(boxes, int(numbers[row]), soft):
            found.append(int(numbers[row]))
    return np.asarray(found, np.int64)


def _likeness(box: NDArray[np.int32], tile: NDArray[np.uint8], soft: Gray, margin: int) -> float:
    """Correlation of a glyph with the sheet where it fits best."""
    x, y, wide, high = (int(v) for v in box)
    by = margin + _REACH
    rows = slice(y - by, y + high + by)
    columns = slice(x - by, x + wide + by)
    window = 255 - soft[rows, columns]
    match = cv2.matchTemplate(window, tile, cv2.TM_CCOEFF_NORMED)
    return float(np.max(match))


def _stands_alone(boxes: NDArray[np.int32], number: int, soft: Gray) -> bool:
    """True where something printed stands in a glyph's place, and nothing but paper and other
    glyphs of the blank around it."""
    x, y, wide, high = (int(v) for v in boxes[number])
    beside = max(0, round((_DIGIT_WIDE * high - wide) / 2)) + 2
    first = max(0, y - 3 - _RING)
    start = max(0, x - beside - _RING)
    rows = slice(first, y + high + 3 + _RING)
    columns = slice(start, x + wide + beside + _RING)
    dark = np.asarray(soft[rows, columns] < 255 - _DARK)
    inside = np.zeros_like(dark)
    down = y - 3 - first
    across = x - beside - start
    inside[down : down + high + 6, across : across + wide + 2 * beside] = 1
    others = np.zeros_like(dark)
    for left, top, width, height in np.delete(boxes, number, axis=0).tolist():
        down = top - 1 - first
        across = left - 1 - start
        if down + height + 2 > 0 and across + width + 2 > 0:
            others[max(0, down) : down + height + 2, max(0, across) : across + width + 2] = True
    around = dark & ~inside & ~others
    return bool(around.sum() <= _SPECKS and (dark & inside).any())
