"""What is left of print that stands a little off, and what only looks so: a note across printed
words."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.ink.heaps import Marked, box_of, together
from ocr.laid_sheet import Sheet
from ocr.place.blank import PX, pixels

_BY_PRINT_MM, _BY_PRINT_SHARE, _THIN_MM = 0.7, 0.97, 1.6
"""What is left of print is so near to it with so much of its ink, and so thin."""

_LONG_MM, _BY_RULE_MM, _RULE_SHARE = 8.0, 2.2, 0.85
"""A stroke so long is left of print only where a rule goes along it, so near, over that share of
it. A FAX that lost lines moves a rule by up to 2 mm."""

_LINE_THICK_MM, _LEANING_MM = 1.3, 3.2
"""A line so thin may lean so much from one end to the other: a frame at the edge of the page. A FAX
repeats lines, which makes rules so thick."""

_HEAP_MM2, _HEAP_SHARE = 2.5, 1.5
"""So much that looks left of print in one place, and so many times of what all other places have,
is no print."""

_BESIDE_PRINT_MM2, _MUCH_MM2, _BESIDE_LEAST_MM2 = (0.58, 0.75), 3.0, 0.25
"""A heap with so much ink beside the print is a note, once the print about it is laid where it
stands; the second figure holds where so much looks left of print elsewhere. Ink right beside the
heap that is no print speaks for it. On 130 sheets without a note print that stood off left up to
0.56 mm², but for torn lines of a FAX, which :mod:`ocr.ink.scanlines` knows."""

_LAID_MM, _AROUND_HEAP_MM, _THICKER_MM = 0.6, 2.0, 0.4
"""Print so far around a heap is moved by no more than this, and is drawn so much thicker."""


def residue(sheet: Sheet, left: Marked) -> Marked:
    """What is left of print, but for heaps that are none of it: print that stands off does so all
    over the page, and explains them once it is laid where it stands. A note across printed words
    does neither."""
    ink, found = sheet.ink, _of_print(sheet, left)
    no_line = ink.boxes[:, 2:4].max(axis=1) < _LONG_MM * PX
    short, area = found & no_line, ink.boxes[:, 4] / PX**2
    total = float(area[short].sum())
    beside = left & ~found & no_line & (area >= _BESIDE_LEAST_MM2)
    for heap in together(ink, short | beside):
        own, others = heap[short[heap]], heap[~short[heap]]
        amount = float(area[own].sum())
        if amount < _BESIDE_LEAST_MM2:
            continue
        if amount >= _HEAP_MM2 and amount >= _HEAP_SHARE * (total - amount):
            found[own] = False
            continue
        least = _BESIDE_PRINT_MM2[total - amount >= _MUCH_MM2]
        least -= 0.5 * min(float(area[others].sum()), _BESIDE_PRINT_MM2[0])
        if amount >= least and _beside_print(sheet, own) >= least:
            found[own] = False
    return found


def _beside_print(sheet: Sheet, heap: NDArray[np.int64]) -> float:
    """Ink of a heap, mm², that is no print even where the print about it is laid where it fits
    best, and is drawn as thick as a scan may draw it."""
    ink, blank = sheet.ink, sheet.aligned.blank
    reach, (height, width) = round(_LAID_MM * PX), ink.written.shape
    rows, columns = pixels(box_of(ink, heap), ink.written, _AROUND_HEAP_MM)
    rows = slice(max(reach, rows.start), min(height - reach, rows.stop))
    columns = slice(max(reach, columns.start), min(width - reach, columns.stop))
    if rows.stop - rows.start < reach or columns.stop - columns.start < reach:
        return 0.0
    tile = cv2.GaussianBlur(blank.image[rows, columns], (0, 0), 0.8).astype(np.float32)
    seen = ink.image[_moved(rows, reach), _moved(columns, reach)].astype(np.float32)
    _, _, _, (dx, dy) = cv2.minMaxLoc(cv2.matchTemplate(seen, tile, cv2.TM_CCOEFF_NORMED))
    thick = 2 * round(_THICKER_MM * PX) + 1
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (thick, thick))
    printed = cv2.dilate(blank.print_mask[rows, columns].view(np.uint8), brush) > 0
    down, right = dy - reach, dx - reach
    there = ink.labels[rows.start + down : rows.stop + down, columns.start + right :]
    strokes = there[:, : printed.shape[1]]
    return float((np.isin(strokes, heap) & ~printed).sum()) / PX**2


def _moved(span: slice, by: int) -> slice:
    """A span that is wider on both sides."""
    return slice(span.start - by, span.stop + by)


def _of_print(sheet: Sheet, left: Marked) -> Marked:
    """What is left of print that stands a little off: thin, and along the print all over; what is
    long goes along a rule, for a line through printed words is a person's."""
    ink, found = sheet.ink, np.zeros(len(left), bool)
    sides = ink.boxes[:, 2:4]
    long = sides.max(axis=1) >= _LONG_MM * PX
    line = long & (ink.boxes[:, 4] <= _LINE_THICK_MM * PX * sides.max(axis=1))
    thin = np.where(line, _LEANING_MM, _THIN_MM) * PX
    for number in np.flatnonzero(left & (sides.min(axis=1) <= thin)):
        found[number] = (_by_rule if long[number] else _by_print)(sheet, int(number))
    return found


def _by_print(sheet: Sheet, number: int) -> bool:
    """True where a stroke lies close to print all over."""
    x, y, wide, high, _ = (int(v) for v in sheet.ink.boxes[number])
    reach = round(_BY_PRINT_MM * PX)
    window = np.s_[max(0, y - reach) : y + high + reach, max(0, x - reach) : x + wide + reach]
    printed = sheet.aligned.blank.print_mask[window].view(np.uint8)
    around = cv2.dilate(printed, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    stroke = sheet.ink.labels[window] == number
    return bool(around[stroke].sum() >= _BY_PRINT_SHARE * stroke.sum())


def _by_rule(sheet: Sheet, number: int) -> bool:
    """True where a level or upright stroke goes along a printed rule."""
    x, y, wide, high, _ = (int(v) for v in sheet.ink.boxes[number])
    off, level = round(_BY_RULE_MM * PX), wide > high
    dx, dy = (0, off) if level else (off, 0)
    window = np.s_[max(0, y - dy) : y + high + dy, max(0, x - dx) : x + wide + dx]
    printed = sheet.aligned.blank.print_mask[window]
    return bool(printed.mean(axis=1 if level else 0).max() >= _RULE_SHARE)
