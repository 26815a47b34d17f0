"""A sheet of a form that nobody registered: its print is not that of the blank it was laid on.

Another version, another city's edition or a form of the same letterhead shares nearly all print
with a registered form and fits it to a hundredth. A word that is another one is found here glyph by
glyph: some strokes of the blank's glyph are missing on the sheet, and there are strokes that the
blank's has not. Writing, stamps and lines over print hide no stroke of it, so they are not taken
for that; a poor scan loses strokes and adds none.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.laid_sheet import Sheet
from ocr.place.blank import PX, Blank
from ocr.place.formnumber import other_glyphs
from ocr.place.overprint import NOWHERE, Marked, marked_places
from records.forms import FormDef
from records.types import Box, Gray, Place, Problem

_PRINT = 140
"""What the blank has darker is print in black; lighter print a bilevel scan may lose."""

_RULE_MM = 8.0
"""Straight print so long is a rule."""

_JOIN_MM = 0.3
"""Strokes so near to each other are one glyph."""

_GLYPH_MM = 1.2
_THIN_MM = 0.15
_LARGE_MM = (12.0, 8.0)
_GLYPH_MM2 = 0.12
"""A glyph is so long at least, not thinner, not larger both ways, and has so much ink."""

_WIDE = 1.7
"""What is so many times as long as it is wide is several glyphs."""

_CORE = 0.7
_DARK = 80
_CORE_LEAST = 12
"""A stroke's core is so dark beside the glyph's darkest place; the glyph has such a place, and so
many pixels of core."""

_EVEN = 25
"""Where the blank is lighter than this (0 is paper) it has no print."""

_LOST = 0.5
"""A core that has less than this share of the darkness that print has on this sheet is missing."""

_LOOK = 0.06
"""Glyphs with more of their core missing are laid on the sheet once more, each for itself."""

_MARGIN = 2
"""Pixels of paper about a glyph's tile."""

_REACH = 5
"""Pixels that a glyph is moved at most: 0.6 mm."""

_ADDED, _ADDED_LEVEL = 0.1, 84.0
"""Ink beside the blank's glyph, as a share of its core; how dark, where print is as dark as the
blank's."""

_THROUGH = 0.9
"""A line that is dark over this share of a window runs through it."""

_GONE, _GONE_DARK = 0.9, 0.3
"""A glyph is gone with so much of its core missing and nothing darker than this share of print."""

_TOGETHER_MM = 2.0
"""Glyphs that differ so near to each other are one word."""

_LEAST, _USUAL = 0.03, 4
"""A word differs by so much at least, beside what the sheet has lost of other glyphs; so many of
them may be part of the word."""

_RINGED, _RINGED_EACH = 0.13, 0.05
"""A word that may be circled differs by so much, each of several by so much: a ring cuts through
it."""

_SPOILT = 0.65
_SPOILT_MANY = 15
_SPOILT_LEAST = 0.002
_SPOILT_MEAN = 0.1
"""Rows of so many glyphs are spoilt where that share of them differs by so much at least, and all
of them by no more in the mean."""

_GONE_LEAST, _EDGE_MM = 2, 16.0
"""A word that is gone has so many glyphs. Nearer to the sheet's edge a hole or the scanner takes
them."""

Numbers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Glyphs:
    """The printed glyphs of a blank.

    Attributes:
        boxes: shape (n, 4): left, top, width, height, canvas pixels.
        tiles: the ink of each, softened, 0 paper to 255, 2 pixels wider on each side.
        at: the places of the cores' pixels on the canvas, flat; ``of`` the glyph of each, ``ink``
            how dark it is on the blank.
    """

    boxes: NDArray[np.int32]
    tiles: tuple[NDArray[np.uint8], ...]
    at: Numbers
    of: Numbers
    ink: NDArray[np.float32]

    @functools.cached_property
    def size(self) -> Numbers:
        """How many pixels each core has."""
        return np.bincount(self.of, minlength=len(self.boxes))


@dataclass(frozen=True, eq=False)
class _Compared:
    """Glyphs that were laid on the sheet for themselves; arrays of shape (n,).

    Attributes:
        number: of the glyph.
        differs: share of its core that is missing, times how unlike the two are.
        added: ink that the blank's glyph has not, as a share of its core.
        gone: True where nothing is there.
    """

    number: Numbers
    differs: NDArray[np.float64]
    added: NDArray[np.float64]
    gone: NDArray[np.bool_]


def other_print(
    form: FormDef, sheets: Mapping[int, Sheet], hidden: Mapping[int, Sequence[Box]]
) -> tuple[Problem, ...]:
    """The problem that a sheet has whose print is not the form's; none where it is.

    Args:
        sheets: the pages of the sheet by their number in the form.
        hidden: places, mm, where something else lies over a page.
    """
    places = [
        Place(page, box)
        for page, sheet in sorted(sheets.items())
        for box in find_others(
            sheet.aligned.blank,
            sheet.aligned.image,
            marked_places(form, page, hidden.get(page, ())),
        )
    ]
    return other_problem(form, places)


def other_problem(form: FormDef, places: Sequence[Place]) -> tuple[Problem, ...]:
    """The problem of a sheet whose print is another one at ``places``; none without any."""
    if not places:
        return ()
    message = (
        f"様式「{form.title}」の印刷と、この用紙の印刷が{len(places)}か所で違います。"
        "別の様式や別の版ではないか確認してください"
    )
    return (Problem("other_form", message, tuple(places)),)


def find_others(blank: Blank, image: Gray, marked: Marked = NOWHERE) -> list[Box]:
    """Where the print on a sheet is not the blank's.

    Args:
        image: the sheet laid on the blank, gray.

    Returns:
        A box for each word, mm, from top to bottom.
    """
    glyphs = glyphs_of(blank)
    if not len(glyphs.boxes):
        return []
    soft = np.asarray(cv2.GaussianBlur(image, (3, 3), 0), np.uint8)
    compared = _compared(glyphs, soft)
    boxes = glyphs.boxes[compared.number]
    hidden = _within(boxes, marked.hidden)
    other = ((compared.added >= _ADDED) | compared.gone) & ~hidden
    lost = np.where(other | hidden, 0.0, compared.differs)
    words = [
        word
        for word in _words(boxes, np.flatnonzero(other), image.shape)
        if not compared.gone[word].all() or _may_be_gone(boxes[word], image.shape)
    ]
    words = [word for word in words if not _rows_are_spoilt(glyphs, compared, boxes[word])]
    differs = np.asarray([compared.differs[word].sum() for word in words])
    ringed = np.asarray([_within(boxes[word], marked.ringed).any() for word in words], bool)
    told = differs >= _least(differs, ringed) + _usual(lost)
    found = [_box_of(boxes[word]) for word, is_told in zip(words, told, strict=True) if is_told]
    numbers = other_glyphs(glyphs.boxes, glyphs.tiles, soft, _MARGIN)
    places = (*marked.hidden, *marked.ringed)
    numbers = numbers[~_within(glyphs.boxes[numbers], places)]
    for word in _words(glyphs.boxes, numbers, image.shape):
        box = _box_of(glyphs.boxes[word])
        if not any(_meet(box, other) for other in found):
            found.append(box)
    return sorted(found, key=lambda box: box.y)


def _rows_are_spoilt(glyphs: Glyphs, compared: _Compared, word: NDArray[np.int32]) -> bool:
    """True where most glyphs in the rows of a word differ a little: a FAX has lost lines there."""
    differs = np.zeros(len(glyphs.boxes))
    differs[compared.number] = compared.differs
    middle = glyphs.boxes[:, 1] + glyphs.boxes[:, 3] / 2
    top = word[:, 1].min()
    bottom = (word[:, 1] + word[:, 3]).max()
    rows = differs[(middle > top) & (middle < bottom)]
    share = float((rows > _SPOILT_LEAST).mean())
    return len(rows) >= _SPOILT_MANY and share >= _SPOILT and float(rows.mean()) < _SPOILT_MEAN


def _least(differs: NDArray[np.float64], ringed: NDArray[np.bool_]) -> NDArray[np.float64]:
    """How much each word must differ: a ring cuts through one word, other options are several."""
    several = np.count_nonzero(ringed & (differs >= _RINGED_EACH)) > 1
    return np.where(ringed, _RINGED_EACH if several else _RINGED, _LEAST)


def _usual(lost: NDArray[np.float64]) -> float:
    """What the sheet has lost of glyphs that are the blank's."""
    if len(lost) > _USUAL:
        return float(np.sort(lost)[::-1][_USUAL])
    return 0.0


@functools.lru_cache(maxsize=256)
def glyphs_of(blank: Blank) -> Glyphs:
    """The printed glyphs of ``blank``; kept."""
    soft = 255 - cv2.GaussianBlur(blank.image, (0, 0), 1.0)
    width = soft.shape[1]
    boxes = []
    tiles = []
    at = []
    for x, y, wide, high in _pieces(blank):
        own = soft[y : y + high, x : x + wide]
        core = np.flatnonzero(own > _CORE * own.max())
        if own.max() < _DARK or len(core) < _CORE_LEAST:
            continue
        rows, columns = np.divmod(core, wide)
        boxes.append((x, y, wide, high))
        tiles.append(np.asarray(soft[_around(x, y, wide, high, _MARGIN)], np.uint8).copy())
        at.append((rows + y) * width + columns + x)
    if not boxes:
        none = np.zeros(0, np.int64)
        return Glyphs(np.zeros((0, 4), np.int32), (), none, none, np.zeros(0, np.float32))
    of = np.repeat(np.arange(len(at)), [len(core) for core in at])
    places = np.concatenate(at)
    ink = soft.ravel()[places].astype(np.float32)
    return Glyphs(np.asarray(boxes, np.int32), tuple(tiles), places, of, ink)


def _pieces(blank: Blank) -> list[tuple[int, int, int, int]]:
    """Boxes of what may be glyphs: print without its rules, put together by what is near and cut
    where several stand in a row."""
    mask = (blank.image < _PRINT).astype(np.uint8)
    long = round(_RULE_MM * PX)
    near = round(_JOIN_MM * PX) | 1
    rules = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((1, long), np.uint8))
    rules = cv2.max(rules, cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((long, 1), np.uint8)))
    mask[cv2.dilate(rules, np.ones((3, 3), np.uint8)) > 0] = 0
    joined = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((near, near), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    edge = _REACH + 2
    height, width = mask.shape
    pieces = []
    for box in stats[1:, :4].tolist():
        for x, y, wide, high in _cut(*box):
            is_across = edge <= x < width - wide - edge
            is_down = edge <= y < height - high - edge
            if not is_across or not is_down:
                continue
            ink = mask[y : y + high, x : x + wide].sum()
            if ink >= _GLYPH_MM2 * PX**2:
                pieces.append((x, y, wide, high))
    return pieces


def _cut(x: int, y: int, wide: int, high: int) -> list[tuple[int, int, int, int]]:
    """A component's box as boxes of one glyph each; none where it is none."""
    long = max(wide, high) / PX
    short = min(wide, high) / PX
    if long < _GLYPH_MM or short < _THIN_MM or (long > _LARGE_MM[0] and short > _LARGE_MM[1]):
        return []
    if short < _GLYPH_MM or long <= _WIDE * short:
        return [(x, y, wide, high)]
    count = max(1, round(long / short))
    edges = np.linspace(0, max(wide, high), count + 1).astype(int).tolist()
    spans = [(start, stop - start) for start, stop in itertools.pairwise(edges)]
    if wide > high:
        return [(x + start, y, span, high) for start, span in spans]
    return [(x, y + start, wide, span) for start, span in spans]


def _around(x: int, y: int, wide: int, high: int, by: int) -> tuple[slice, slice]:
    return slice(y - by, y + high + by), slice(x - by, x + wide + by)


def _compared(glyphs: Glyphs, soft: Gray) -> _Compared:
    """Those glyphs of which strokes seem to be missing, each laid on the sheet where it fits best.

    Args:
        soft: the sheet, slightly blurred.
    """
    count = len(glyphs.boxes)
    share = (255.0 - soft.ravel()[glyphs.at]) / glyphs.ink
    usual = float(np.median(np.bincount(glyphs.of, share, minlength=count) / glyphs.size))
    lost = glyphs.of[share < _LOST * usual]
    missing = np.bincount(lost, minlength=count) / glyphs.size
    numbers = np.flatnonzero(missing > _LOOK)
    told = np.zeros((len(numbers), 3))
    for row, number in enumerate(numbers.tolist()):
        told[row] = _laid(glyphs, number, soft, usual)
    return _Compared(numbers, told[:, 0], told[:, 1], told[:, 2] > 0)


def _laid(glyphs: Glyphs, number: int, soft: Gray, usual: float) -> tuple[float, float, bool]:
    """How far one glyph differs, what was added to it, and whether it is gone."""
    x, y, wide, high = glyphs.boxes[number].tolist()
    tile = glyphs.tiles[number].astype(np.float32)
    window = 255.0 - soft[_around(x, y, wide, high, _MARGIN + _REACH)].astype(np.float32)
    match = cv2.matchTemplate(window, tile, cv2.TM_CCOEFF_NORMED)
    _, like, _, (dx, dy) = cv2.minMaxLoc(match)
    best = (slice(dy, dy + tile.shape[0]), slice(dx, dx + tile.shape[1]))
    seen = window[best]
    core = tile > _CORE * tile.max()
    lost = float((seen[core] < _LOST * usual * tile[core]).mean())
    dark = window > _ADDED_LEVEL * usual
    through = _through(dark)[best]
    is_even_paper = tile < _EVEN
    beside = dark[best] & is_even_paper & ~through
    added = np.count_nonzero(beside) / np.count_nonzero(core)
    gone = lost >= _GONE and float(seen.max()) < _GONE_DARK * 255 * usual
    return lost * (1.0 - max(0.0, float(like))), added, gone


def _through(dark: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Lines that run through a window from edge to edge: of a feeder, or a stroke through print."""
    through = np.zeros(dark.shape, np.uint8)
    through[:, dark.mean(axis=0) >= _THROUGH] = 1
    through[dark.mean(axis=1) >= _THROUGH] = 1
    return cv2.dilate(through, np.ones((5, 5), np.uint8)) > 0


def _within(boxes: NDArray[np.int32], places: Sequence[Box]) -> NDArray[np.bool_]:
    """Which of the boxes have their middle in one of the places."""
    x, y = (boxes[:, :2] + boxes[:, 2:] / 2).T / PX
    found = np.zeros(len(boxes), bool)
    for place in places:
        across = (x >= place.x) & (x <= place.right)
        found |= across & (y >= place.y) & (y <= place.bottom)
    return found


def _words(
    boxes: NDArray[np.int32], chosen: Numbers, shape: tuple[int, ...]
) -> list[NDArray[np.int64]]:
    """The ``chosen`` boxes put together by what is near."""
    coarse = np.zeros([round(side / PX) + 2 for side in shape], np.uint8)
    reach = _TOGETHER_MM / 2
    corners = []
    for x, y, wide, high in (boxes[chosen] / PX).tolist():
        left = max(0, int(x - reach))
        top = max(0, int(y - reach))
        right = int(x + wide + reach)
        bottom = int(y + high + reach)
        coarse[top : bottom + 1, left : right + 1] = 1
        corners.append((top, left))
    if not corners:
        return []
    _, joined = cv2.connectedComponents(coarse, connectivity=4)
    group = np.asarray(joined)[tuple(np.asarray(corners).T)]
    return [chosen[group == one] for one in np.unique(group)]


def _may_be_gone(word: NDArray[np.int32], shape: tuple[int, ...]) -> bool:
    """True for a word of which no hole, and no edge, can have taken the print."""
    box = _box_of(word)
    (height, width) = (side / PX for side in shape)
    inside = box.x >= _EDGE_MM and box.right <= width - _EDGE_MM
    inside &= box.y >= _EDGE_MM and box.bottom <= height - _EDGE_MM
    return len(word) >= _GONE_LEAST and bool(inside)


def _meet(one: Box, other: Box) -> bool:
    across = one.x < other.right and other.x < one.right
    return across and one.y < other.bottom and other.y < one.bottom


def _box_of(word: NDArray[np.int32]) -> Box:
    starts = word[:, :2]
    ends = starts + word[:, 2:]
    left, top = (float(v) for v in starts.min(axis=0) / PX)
    right, bottom = (float(v) for v in ends.max(axis=0) / PX)
    return Box(left, top, right - left, bottom - top)
