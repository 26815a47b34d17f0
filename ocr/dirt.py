"""Strokes that nobody wrote: what is left of print, and what machines leave on a sheet: feeder
lines, punch holes, staples, shadows at the edge, the sender line of a FAX.

Each test takes the strokes that no field has taken and says which of them it knows; what none knows
is a person's (:mod:`ocr.stray`).
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.blank import PX
from ocr.fields import Sheet
from ocr.ink import Ink

Marked = NDArray[np.bool_]
"""One truth value a stroke, shape (n,) as :attr:`ocr.ink.Ink.boxes` counts them."""

_EDGE_MM = 2.5
"""What reaches so wide a border of the sheet is its edge's shadow, or dirt from the feeder."""

_BY_PRINT_MM, _BY_PRINT_SHARE, _THIN_MM = 0.7, 0.97, 1.6
"""What is left of print is so near to it with so much of its ink, and so thin."""

_LONG_MM, _BY_RULE_MM, _RULE_SHARE = 8.0, 2.2, 0.85
"""A stroke so long is left of print only where a rule goes along it, so near, over that share of
it. A FAX that lost lines moves a rule by up to 2 mm."""

_FEEDER_MM, _FEEDER_PIECE_MM, _FEEDER_BAND_MM = 45.0, 0.6, 0.5
"""Upright pieces that add up to so much in one straight band, each so long, are one feeder line."""

_LEANS = np.linspace(-0.08, 0.08, 33)
"""Slopes of a feeder line on a sheet that was fed askew and is straight again."""

_HOLE_MM, _HOLE_FILLED = (4.0, 8.0), 0.68
"""Sides of a punch hole's frame (ISO 838: 6 mm), and how much of it is black; of a full circle
0.785."""

_RING_MM, _RING_EVEN, _PITCH_MM, _PITCH_OFF_MM = (4.5, 7.5), 0.09, 80.0, 2.5
"""The edge of a punch hole: sizes, how even its radius is, and how far the other hole of the pair
is."""

_STAPLE_MM, _STAPLE_THICK_MM, _CORNER_MM = (4.0, 16.0), 1.3, 25.0
"""A staple or its shadow: length, thickness, and how near to a corner of the sheet it is."""

_HEADER_MM, _HEADER_LEAST, _HEADER_SPAN_MM = 14.0, 10, 40.0
"""A FAX's sender line: so near to the top or bottom, so many characters, over so much."""

_HEADER_LOW_MM, _HEADER_TALL_MM, _ALIKE_MM, _ALIKE_SHARE = 1.2, 3.2, 0.4, 0.6
"""Its characters are lower than a note's, and so many of them are equally high."""


def dirt_in(sheet: Sheet, left: Marked) -> Marked:
    """Which of the strokes ``left`` nobody wrote."""
    ink = sheet.ink
    found = left & _at_edge(ink)
    found |= _of_print(sheet, left & ~found)
    found |= _feeder_line(ink, left & ~found)
    found |= _holes(ink, left & ~found)
    found |= _hole_edges(ink, left & ~found)
    found |= _staples(ink, left & ~found)
    return np.asarray(found | _sender_line(ink, left & ~found))


def _at_edge(ink: Ink) -> Marked:
    """Strokes that reach the border of the sheet."""
    height, width = ink.written.shape
    edge = _EDGE_MM * PX
    left, top, wide, high = (ink.boxes[:, i] for i in range(4))
    beyond = (left + wide > width - edge) | (top + high > height - edge)
    return np.asarray((left < edge) | (top < edge) | beyond)


def _of_print(sheet: Sheet, left: Marked) -> Marked:
    """What is left of print that stands a little off: thin, and along the print all over; what is
    long goes along a rule, for a line through printed words is a person's."""
    ink, found = sheet.ink, np.zeros(len(left), bool)
    thin = ink.boxes[:, 2:4].min(axis=1) <= _THIN_MM * PX
    for number in np.flatnonzero(left & thin):
        long = ink.boxes[number, 2:4].max() >= _LONG_MM * PX
        found[number] = (_by_rule if long else _by_print)(sheet, int(number))
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


def _feeder_line(ink: Ink, left: Marked) -> Marked:
    """Pieces of a thin straight line down the page that :func:`ocr.ink.find_ink` has left: dust on
    the scanner's glass. It leans as the sheet did."""
    wide, high, area = (ink.boxes[:, i] for i in (2, 3, 4))
    piece = left & (high >= _FEEDER_PIECE_MM * PX) & (high >= 1.5 * wide) & (area <= PX * high)
    numbers, found = np.flatnonzero(piece), np.zeros(len(left), bool)
    if high[numbers].sum() < _FEEDER_MM * PX:
        return found
    x, y = ink.centres[numbers].T / PX
    for lean in _LEANS:
        at = x + lean * y
        order = np.argsort(at)
        total = np.concatenate([[0], np.cumsum(high[numbers[order]])])
        start = np.searchsorted(at[order], at[order] - _FEEDER_BAND_MM)
        stop = np.searchsorted(at[order], at[order] + _FEEDER_BAND_MM, "right")
        best = int((total[stop] - total[start]).argmax())
        if total[stop[best]] - total[start[best]] >= _FEEDER_MM * PX:
            found[numbers[order[start[best] : stop[best]]]] = True
    return found


def _holes(ink: Ink, left: Marked) -> Marked:
    """Punch holes: round, and black all over."""
    wide, high, area = (ink.boxes[:, i] for i in (2, 3, 4))
    least, most = (side * PX for side in _HOLE_MM)
    size = (np.minimum(wide, high) >= least) & (np.maximum(wide, high) <= most)
    filled = area >= _HOLE_FILLED * wide * high
    return np.asarray(left & size & filled & (np.abs(wide - high) <= 0.8 * PX))


def _hole_edges(ink: Ink, left: Marked) -> Marked:
    """Punch holes of which a scan shows the edge alone: even rings, two of them at the distance of
    a punch. One ring is a person's."""
    wide, high = ink.boxes[:, 2], ink.boxes[:, 3]
    least, most = (side * PX for side in _RING_MM)
    size = (np.minimum(wide, high) >= least) & (np.maximum(wide, high) <= most)
    numbers = [n for n in np.flatnonzero(left & size).tolist() if _is_even_ring(ink, n)]
    found = np.zeros(len(left), bool)
    for number in numbers:
        away = np.hypot(*(ink.centres[numbers] - ink.centres[number]).T) / PX
        found[number] = bool((np.abs(away - _PITCH_MM) <= _PITCH_OFF_MM).any())
    return found


def _is_even_ring(ink: Ink, number: int) -> bool:
    x, y, wide, high, _ = (int(v) for v in ink.boxes[number])
    ys, xs = np.nonzero(ink.labels[y : y + high, x : x + wide] == number)
    radius = np.hypot(xs - (wide - 1) / 2, ys - (high - 1) / 2)
    return bool(radius.std() <= _RING_EVEN * radius.mean())


def _staples(ink: Ink, left: Marked) -> Marked:
    """A staple or its shadow: one straight bar near a corner of the sheet, with nothing else by
    it."""
    height, width = ink.written.shape
    found = np.zeros(len(left), bool)
    x, y = ink.centres.T
    aside = np.minimum(x, width - x) <= _CORNER_MM * PX
    corner = left & aside & (np.minimum(y, height - y) <= _CORNER_MM * PX)
    long = ink.boxes[:, 2:4].max(axis=1)
    bar = corner & (long >= _STAPLE_MM[0] * PX) & (long <= _STAPLE_MM[1] * PX)
    for number in np.flatnonzero(bar):
        beside = np.hypot(x - x[number], y - y[number]) <= _STAPLE_MM[1] * PX
        alone = ink.boxes[beside & corner, 4].sum() <= 1.6 * ink.boxes[number, 4]
        found[number] = alone and _is_bar(ink, int(number))
    return found


def _is_bar(ink: Ink, number: int) -> bool:
    """True for a straight stroke of even thickness, however it lies."""
    x, y, wide, high, _ = (int(v) for v in ink.boxes[number])
    points = np.argwhere(ink.labels[y : y + high, x : x + wide] == number)
    spread = np.sqrt(np.linalg.eigvalsh(np.cov(points.T)))
    thick = np.sqrt(12) * spread[0]  # of a bar the standard deviation is its thickness / √12
    return bool(thick <= _STAPLE_THICK_MM * PX and spread[1] >= 4 * spread[0])


def _sender_line(ink: Ink, left: Marked) -> Marked:
    """The line that a FAX machine prints along the top or bottom: small characters of one height
    on one straight base line, as no hand writes them."""
    found = np.zeros(len(left), bool)
    height, band = ink.written.shape[0], _HEADER_MM * PX
    top, bottom = ink.boxes[:, 1], ink.boxes[:, 1] + ink.boxes[:, 3]
    for within in (bottom < band, top > height - band):
        line = np.flatnonzero(left & within & (ink.boxes[:, 3] < 4.0 * PX))
        found[_on_one_line(ink, line)] = True
    return found


def _on_one_line(ink: Ink, line: NDArray[np.int64]) -> NDArray[np.int64]:
    """Those strokes of ``line`` that are, or lie among, printed characters in a row; none where no
    such row is."""
    none = np.zeros(0, np.int64)
    tall = line[ink.boxes[line, 3] > _HEADER_LOW_MM * PX]
    x, base = ink.centres[tall, 0], (ink.boxes[tall, 1] + ink.boxes[tall, 3]).astype(float)
    if len(tall) < _HEADER_LEAST:
        return none
    fit = np.array([0.0, float(np.median(base))])
    near = np.ones(len(tall), bool)
    for reach in (1.5, 0.6, 0.4):
        near = np.abs(base - np.polyval(fit, x)) < reach * PX
        if near.sum() < _HEADER_LEAST:
            return none
        fit = np.polyfit(x[near], base[near], 1)
    high = ink.boxes[tall[near], 3]
    usual = float(np.median(high))
    alike = np.abs(high - usual) < _ALIKE_MM * PX
    spans = float(np.ptp(x[near])) >= _HEADER_SPAN_MM * PX
    if not spans or alike.mean() < _ALIKE_SHARE or usual > _HEADER_TALL_MM * PX:
        return none
    over = np.polyval(fit, ink.centres[line, 0]) - ink.centres[line, 1]
    among = (over > -0.5 * PX) & (over < usual + 0.3 * PX)
    among &= ink.centres[line, 0] > x[near].min() - 2 * PX
    among &= ink.centres[line, 0] < x[near].max() + 2 * PX
    return np.asarray(line[among], np.int64)
