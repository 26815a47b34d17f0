"""Strokes that nobody wrote: what is left of print, and what machines leave on a form's page.

What is on most sheets (the edge's shadow, print that stands a little off, a FAX's sender line,
feeder lines, punch holes) is known by the strokes alone, at next to no cost. What is left then is
seldom; there :mod:`ocr.ink.silent` looks at the page without its print and its fields.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.ink.fasteners import rims, staples
from ocr.ink.silent import silence
from ocr.ink.strokes import Ink
from ocr.laid_sheet import Sheet
from ocr.place.blank import CANVAS_DPI, PX, pixels
from records.types import Box, Gray

Marked = NDArray[np.bool_]
"""One truth value a stroke, shape (n,) as :attr:`ocr.ink.strokes.Ink.boxes` counts them."""

_EDGE_MM = 2.5
"""What reaches so wide a border of the sheet is its edge's shadow, or dirt from the feeder."""

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

_BAND_SHARE = 0.5
"""With so much of a heap's ink beside it in the same rows, the rows have slipped."""

_BESIDE_PRINT_MM2, _MUCH_MM2, _BESIDE_LEAST_MM2 = (0.58, 0.75), 3.0, 0.25
"""A heap with so much ink beside the print is a note, once the print about it is laid where it
stands; the second figure holds where so much looks left of print elsewhere. Ink right beside the
heap that is no print speaks for it. On 130 sheets without a note print that stood off left up to
0.56 mm²."""

_LAID_MM, _AROUND_HEAP_MM, _THICKER_MM = 0.6, 2.0, 0.4
"""Print so far around a heap is moved by no more than this, and is drawn so much thicker."""

_TOGETHER_MM = 2.0
"""Strokes are grown by this: what touches then is one note."""

_FEEDER_MM, _FEEDER_PIECE_MM, _FEEDER_BAND_MM = 45.0, 0.6, 0.5
"""Upright pieces that add up to so much in one straight band, each so long, are one feeder line."""

_LEANS = np.linspace(-0.08, 0.08, 33)
"""Slopes of a feeder line on a sheet that was fed askew and is straight again."""

_UPRIGHT_MM, _MOST_PIECES, _ALONG_MM, _ALONG_SHARE = 2.5, 12, 45.0, 0.55
"""A piece is so long, the longest ones are looked at; their line is looked for so far up and down,
and is darker than paper over that share of it."""

_PAPER = 215
"""What is darker than this is no paper."""

_TONE, _TONE_DARK, _TONE_SHARE, _COARSE = 248, 0.015, 0.85, 3
"""Print that is darker than this is toned at least. Where so much of a sheet's tone has become
black, a stroke with that share on tone is none; one pixel in three each way is looked at."""

_TONE_SPECKS, _TONE_SPECK_MM = 0.005, 1.2
"""Where so much of the tone is black, what is shorter than this is a speck of it."""

_TONE_AROUND_MM, _TONE_LEAST_MM2, _TONE_CLEAN = 4.0, 6.0, 0.01
"""Where tone so far around strokes, so much of it at least, has less than this share of black, they
are none of it."""

_TONE_BLACK, _TONE_LIGHT, _SOLID_MM2 = 0.06, 0.12, 1.5
"""Where the whole sheet's tone and the tone around have less than these shares of black, strokes
with so much ink are none of it."""

_HOLE_MM, _HOLE_FILLED = (4.0, 8.0), 0.68
"""Sides of a punch hole's frame (ISO 838: 6 mm), and how much of it is black; of a full circle
0.785."""

_SILENT_SHARE = 0.5
"""A stroke with this share of its ink in what :mod:`ocr.ink.silent` knows is none of a person's."""

_HEADER_MM, _HEADER_LEAST, _HEADER_SPAN_MM = 14.0, 10, 40.0
"""A FAX's sender line: so near to the top or bottom, so many characters, over so much."""

_HEADER_LOW_MM, _HEADER_TALL_MM, _ALIKE_MM, _ALIKE_SHARE = 1.2, 3.2, 0.4, 0.6
"""Its characters are lower than a note's, and so many of them are equally high."""


def dirt_in(sheet: Sheet, left: Marked) -> Marked:
    """Which of the strokes ``left`` nobody wrote."""
    ink = sheet.ink
    found = _sender_line(ink, left)  # before the edge takes some of its characters
    found |= left & _at_edge(ink)
    found |= _residue(sheet, left & ~found)
    found |= _feeder_line(ink, left & ~found)
    found |= _along_line(sheet, left & ~found)
    found |= _toned(sheet, left & ~found)
    found |= rims(sheet, left & ~found)
    found |= staples(sheet, left & ~found)
    return np.asarray(found | _holes(ink, left & ~found))


def together(ink: Ink, left: Marked) -> list[NDArray[np.int64]]:
    """Strokes put together by what touches when they are grown."""
    numbers = np.flatnonzero(left)
    coarse = np.zeros([round(side / PX) + 1 for side in ink.written.shape], np.uint8)
    for x, y, wide, high in (ink.boxes[numbers, :4] / PX).tolist():
        top, start = max(0, int(y - _TOGETHER_MM)), max(0, int(x - _TOGETHER_MM))
        coarse[top : int(y + high + _TOGETHER_MM) + 1, start : int(x + wide + _TOGETHER_MM) + 1] = 1
    _, joined = cv2.connectedComponents(coarse, connectivity=4)
    at = (ink.boxes[numbers, :2] / PX).astype(int)
    group = np.asarray(joined)[at[:, 1], at[:, 0]]
    return [numbers[group == one] for one in np.unique(group)]


def box_of(ink: Ink, strokes: NDArray[np.int64]) -> Box:
    """The box around strokes, mm."""
    stats = ink.boxes[strokes] / PX
    x, y = float(stats[:, 0].min()), float(stats[:, 1].min())
    right, bottom = (
        float((stats[:, 0] + stats[:, 2]).max()),
        float((stats[:, 1] + stats[:, 3]).max()),
    )
    return Box(x, y, right - x, bottom - y)


def silent_in(sheet: Sheet, left: Marked, unowned: Marked) -> Marked:
    """Which of the strokes ``left`` :mod:`ocr.ink.silent` takes for what nobody wrote: staples, the
    edges of holes, folds, what shines through.

    It is shown the page without print and without the fields' strokes; those that are ``unowned``
    and known already are shown, for a hole is known by the other one of the pair. What it takes for
    dust may be a piece of a pencil's stroke: here it counts.
    """
    ink = sheet.ink
    made = silence(_without_fields(sheet, left, unowned), CANVAS_DPI)
    named = np.zeros(ink.written.shape, bool)
    for window in [pixels(mark.box, named, 0.3) for mark in made.marks]:
        named[window] = True
    at, of = ink.inked
    own = left[of]
    at, of = at[own], of[own]
    quiet = named.ravel()[at] & made.holds(at)
    share = np.bincount(of, quiet, len(left)) / np.maximum(np.bincount(of, minlength=len(left)), 1)
    return np.asarray(left & (share >= _SILENT_SHARE))


def _without_fields(sheet: Sheet, left: Marked, unowned: Marked) -> Gray:
    """The page without its print, but for what joins pieces that are ``left``, and without the
    fields' strokes."""
    ink = sheet.ink
    pieces = ink.mask_of(left)
    kept = cv2.morphologyEx(pieces, cv2.MORPH_CLOSE, np.ones((17, 17), np.uint8))
    printed = sheet.aligned.blank.near_print.view(np.uint8) & (1 - np.asarray(kept, np.uint8))
    known = cv2.dilate(ink.mask_of(~unowned), np.ones((5, 5), np.uint8))
    hidden = 255 * (printed | np.asarray(known, np.uint8))
    return np.asarray(cv2.max(ink.image, hidden), np.uint8)


def _at_edge(ink: Ink) -> Marked:
    """Strokes that reach the border of the sheet."""
    height, width = ink.written.shape
    edge = _EDGE_MM * PX
    left, top, wide, high = (ink.boxes[:, i] for i in range(4))
    beyond = (left + wide > width - edge) | (top + high > height - edge)
    return np.asarray((left < edge) | (top < edge) | beyond)


def _residue(sheet: Sheet, left: Marked) -> Marked:
    """What is left of print, but for heaps that are none of it: print that stands off does so all
    over the page, and explains them once it is laid where it stands. A note across printed words
    does neither."""
    ink, found = sheet.ink, _of_print(sheet, left)
    short = found & (ink.boxes[:, 2:4].max(axis=1) < _LONG_MM * PX)
    area = ink.boxes[:, 4] / PX**2
    total = float(area[short].sum())
    beside = left & ~found & (area >= _BESIDE_LEAST_MM2)
    for heap in together(ink, short | (beside & (ink.boxes[:, 2:4].max(axis=1) < _LONG_MM * PX))):
        own, others = heap[short[heap]], heap[~short[heap]]
        amount = float(area[own].sum())
        if amount < _BESIDE_LEAST_MM2:
            continue
        if _in_its_rows(ink, own, short) >= _BAND_SHARE * amount:
            continue
        if amount >= _HEAP_MM2 and amount >= _HEAP_SHARE * (total - amount):
            found[own] = False
            continue
        least = _BESIDE_PRINT_MM2[total - amount >= _MUCH_MM2]
        least -= 0.5 * min(float(area[others].sum()), _BESIDE_PRINT_MM2[0])
        if amount >= least and _beside_print(sheet, own) >= least:
            found[own] = False
    return found


def _in_its_rows(ink: Ink, heap: NDArray[np.int64], short: Marked) -> float:
    """What is left of print to the left and right of a heap, mm²: a band of a FAX that has slipped
    leaves some of all its print."""
    stats = ink.boxes[heap]
    top, bottom = int(stats[:, 1].min()), int((stats[:, 1] + stats[:, 3]).max())
    left, right = int(stats[:, 0].min()), int((stats[:, 0] + stats[:, 2]).max())
    middle = ink.boxes[:, 1] + ink.boxes[:, 3] / 2
    beside = (ink.boxes[:, 0] > right) | (ink.boxes[:, 0] + ink.boxes[:, 2] < left)
    same_rows = short & beside & (middle >= top) & (middle <= bottom)
    return float(ink.boxes[same_rows, 4].sum()) / PX**2


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


def _feeder_line(ink: Ink, left: Marked) -> Marked:
    """Pieces of a thin straight line down the page that :func:`ocr.ink.strokes.find_ink` has left: dust on
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


def _along_line(sheet: Sheet, left: Marked) -> Marked:
    """Pieces of a feeder line of which the rest was taken away, or is too light to be ink: upright
    strokes whose line goes on over the paper above and below."""
    ink, found = sheet.ink, np.zeros(len(left), bool)
    wide, high = ink.boxes[:, 2], ink.boxes[:, 3]
    upright = left & (high >= _UPRIGHT_MM * PX) & (high >= 5 * wide)
    numbers = np.flatnonzero(upright)
    numbers = numbers[np.argsort(-high[numbers])][:_MOST_PIECES]
    if not len(numbers):
        return found
    level = max(ink.faint, float(_PAPER))
    height, width = ink.written.shape
    for number in numbers:
        x, y = ink.centres[number]
        rows = np.arange(max(0, int(y - _ALONG_MM * PX)), min(height, int(y + _ALONG_MM * PX)))
        columns = np.rint(x + _LEANS[:, None] * (rows - y)).astype(int).clip(1, width - 2)
        paper = ~sheet.aligned.blank.near_print[rows, columns]
        darkest = np.minimum(ink.image[rows, columns - 1], ink.image[rows, columns + 1])
        darkest = np.minimum(darkest, ink.image[rows, columns])
        share = ((darkest < level) & paper).sum(axis=1) / np.maximum(paper.sum(axis=1), 1)
        found[number] = share.max() >= _ALONG_SHARE
    return found


def _toned(sheet: Sheet, left: Marked) -> Marked:
    """Gray areas of the print that a black-and-white scan has made black, or black here and
    there."""
    ink, found = sheet.ink, np.zeros(len(left), bool)
    if ink.faint or not left.any():
        return found
    blank = sheet.aligned.blank
    coarse = np.s_[::_COARSE, ::_COARSE]
    paper = (blank.image[coarse] < _TONE) & ~blank.near_print[coarse]
    black = float(sheet.aligned.dark[coarse][paper].sum()) / max(1, paper.sum())
    if black < _TONE_SPECKS:
        return found
    for number in np.flatnonzero(left):
        x, y, wide, high, _ = (int(v) for v in ink.boxes[number])
        window = np.s_[y : y + high, x : x + wide]
        tone = blank.image[window][ink.labels[window] == number] < _TONE
        found[number] = tone.mean() >= _TONE_SHARE
    large = found & (ink.boxes[:, 2:4].max(axis=1) > _TONE_SPECK_MM * PX)
    for heap in together(ink, large):
        specked = _specks_about(sheet, heap)
        solid = ink.boxes[heap, 4] >= _SOLID_MM2 * PX**2
        if black < _TONE_DARK or specked < _TONE_CLEAN:
            found[heap] = False
        elif black < _TONE_BLACK and specked < _TONE_LIGHT:
            found[heap[solid]] = False
    return found


def _specks_about(sheet: Sheet, heap: NDArray[np.int64]) -> float:
    """Share of the tone about strokes that has become black, beside what is written there; 1 where
    nothing of it can be seen."""
    ink, blank = sheet.ink, sheet.aligned.blank
    window = pixels(box_of(ink, heap), ink.written, _TONE_AROUND_MM)
    printed = cv2.dilate(blank.near_print[window].view(np.uint8), np.ones((9, 9), np.uint8)) > 0
    tone = (blank.image[window] < _TONE) & ~printed
    stroke = ink.boxes[:, 2:4].max(axis=1) > _TONE_SPECK_MM * PX
    stroke[0] = False
    written = cv2.dilate(stroke[ink.labels[window]].view(np.uint8), np.ones((5, 5), np.uint8)) > 0
    tone &= ~written
    seen = int(tone.sum())
    if seen < _TONE_LEAST_MM2 * PX**2:
        return 1.0
    return float((sheet.aligned.dark[window] & tone).sum()) / seen


def _holes(ink: Ink, left: Marked) -> Marked:
    """Punch holes: round, and black all over."""
    wide, high, area = (ink.boxes[:, i] for i in (2, 3, 4))
    least, most = (side * PX for side in _HOLE_MM)
    size = (np.minimum(wide, high) >= least) & (np.maximum(wide, high) <= most)
    filled = area >= _HOLE_FILLED * wide * high
    return np.asarray(left & size & filled & (np.abs(wide - high) <= 0.8 * PX))


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
