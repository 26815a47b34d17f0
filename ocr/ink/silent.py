"""Marks on a page that nobody wrote: punch holes, staples, edge shadows, lines of a dirty feeder,
folds, dust, the back of the sheet shining through, and the line that a sending FAX prints.

They are told from writing by what they are made of: shape, size and place for what the paper went
through, softness for what shines through paper, the even row for what a machine printed. What fits
none of them is left as ink, so that a doubt ends at a person and not in silence.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.ink.connected import connected
from ocr.ink.smudges import Pieces, disc, odd
from ocr.place.blank import shrink
from records.types import MM_PER_INCH, Box, Gray

Kind = Literal["edge", "line", "hole", "staple", "header", "through", "dust"]

WORK_DPI = 150.0
"""Pages are looked at in this resolution: a pen's stroke is two pixels wide."""

FAINTEST = 0.17
"""Share of the way from paper to black from which on a pixel counts as dark. Grain of a scanner has
up to 0.06 once it is averaged, a hard pencil 0.3 and more."""

_BLACK = 0.45
"""Share of the way from paper to black that hardly anything reaches that shines through."""

_EDGE_MM, _HALO_MM = 2.5, 0.7
"""What is wider than this and hangs on the image's edge is a shadow or the scanner's lid; its soft
rim reaches so far."""

_RUN_MM, _LINE_MM, _LINE_SHARE = 15.0, 60.0, 0.3
"""A line is made of straight runs of this length, and is so long, or that share of the page."""

_THIN_MM, _BAND_MM = 1.3, 5.0
"""A line is so thin; one over most of the page may be so wide (dirt before the lamp)."""

_MOST_ALONG, _MOST_ACROSS = 8, 3
"""More lines than this are ruled paper or a table: dirt gives a few in the way of the feed, folds
three across it."""

_GAIN, _SMOOTH, _GRAIN, _SHARP_MM = 2.5, 0.8, 2.0, 0.58
"""Strokes too faint to be dark are looked for with so much more contrast, after smoothing by so many
pixels, where neighbouring pixels differ by no more gray levels than that; smoothed, a pencil's
edges have 0.5 mm and those of what shines through 0.8."""


@dataclass(frozen=True, slots=True)
class SilentMark:
    """One mark that nobody wrote, with its place in mm from the image's top-left corner."""

    kind: Kind
    box: Box


@dataclass(frozen=True, eq=False)
class Silence:
    """What of a page's darkness says nothing, and what is left.

    Attributes:
        marks: the silent marks; dust is in ``mask`` alone.
        mask: True where darkness is silent; ``ink`` where it is not. Both at ``pixels_per_mm``.
        sides: (horizontal, vertical) pixels of the image that was given.
    """

    marks: tuple[SilentMark, ...]
    mask: NDArray[np.bool_]
    ink: NDArray[np.bool_]
    pixels_per_mm: float
    sides: tuple[int, int]

    def holds(self, at: NDArray[np.int64]) -> NDArray[np.bool_]:
        """:attr:`mask` at flat places in the image that was given."""
        (width, height), (high, wide) = self.sides, self.mask.shape
        rows, columns = at // width, at % width
        return np.asarray(self.mask[rows * high // height, columns * wide // width])


def silence(image: Gray, dpi: float, front: bool = False) -> Silence:
    """Find what is silent on a page.

    Args:
        image: uint8 gray with paper evened out (:func:`ocr.place.align.even_paper`) and square pixels.
        dpi: its resolution.
        front: another page is known to shine through here (:func:`ocr.ink.emptiness.shines_through`).
    """
    small = shrink(image, WORK_DPI / dpi) if dpi > 1.1 * WORK_DPI else image
    ppm = dpi / MM_PER_INCH * small.shape[0] / image.shape[0]
    look = _Look(small, ppm, front)
    marks: list[SilentMark] = []
    marks += look.edges()
    marks += look.header()
    marks += look.black_holes()
    marks += look.lines(look.black)
    marks += look.lines(look.dark)
    marks += look.pieces()
    sides = (image.shape[1], image.shape[0])
    return Silence(tuple(marks), look.silent > 0, look.left > 0, ppm, sides)


def faint_strokes(image: Gray, dpi: float) -> int:
    """How many strokes a page has that are too faint to count as dark and too sharp to shine
    through. Arguments as for :func:`silence`.

    Grain is smoothed first; on pages with more of it nothing so faint can be told.
    """
    small = shrink(image, WORK_DPI / dpi) if dpi > 1.1 * WORK_DPI else image
    small = np.asarray(cv2.GaussianBlur(small, (0, 0), _SMOOTH), np.uint8)
    grain = float(np.abs(np.diff(small[::2, ::2].astype(np.int16), axis=1)).mean())
    if grain > _GRAIN:
        return 0
    darker = cv2.convertScaleAbs(255 - small, alpha=_GAIN)
    look = _Look(
        np.asarray(255 - darker, np.uint8), dpi / MM_PER_INCH * small.shape[0] / image.shape[0]
    )
    look.edges()
    look.lines(look.dark)
    pieces = look.left_in_pieces()
    _, soft_mm = pieces.softness()
    sharp = (soft_mm < _SHARP_MM) & (pieces.long > 1.4) & ~pieces.holes()
    return int(sharp[1:].sum())


class _Look:
    """One page while it is looked at: ``left`` is the darkness that nothing has explained yet."""

    def __init__(self, small: Gray, ppm: float, front: bool = False) -> None:
        self.small, self.ppm, self.front = small, ppm, front
        self.dark = (small < 255 * (1 - FAINTEST)).astype(np.uint8)
        self.black = (small < 255 * (1 - _BLACK)).astype(np.uint8)
        self.left = self.dark.copy()
        self.silent = np.zeros_like(self.dark)
        self._pieces: Pieces | None = None

    def take(self, where: NDArray[np.uint8]) -> None:
        """Darkness under ``where`` is silent."""
        self._pieces = None
        self.silent |= self.left & where
        self.left &= 1 - where

    def box(self, left: float, top: float, width: float, height: float) -> Box:
        ppm = self.ppm
        return Box(left / ppm, top / ppm, max(width, 1) / ppm, max(height, 1) / ppm)

    # --- shadows and lids at the edge -------------------------------------------------------------

    def edges(self) -> list[SilentMark]:
        """Wide darkness that hangs on the edge of the image.

        A dark rim is laid round the page first, so that a thin shadow along the edge is as wide as
        the rim and a stroke that runs off the page is not.
        """
        brush = disc(_EDGE_MM * self.ppm)
        if not self._near_edge(len(brush)):
            return []
        rim = round(2 * _EDGE_MM * self.ppm)
        padded = cv2.copyMakeBorder(
            self.dark, rim, rim, rim, rim, cv2.BORDER_CONSTANT, value=(1.0,)
        )
        wide = cv2.morphologyEx(padded, cv2.MORPH_OPEN, brush)
        _, numbers = cv2.connectedComponents(np.asarray(wide, np.uint8), connectivity=4)
        hanging = np.asarray(numbers == numbers[0, 0], np.uint8)
        grown = cv2.dilate(hanging, disc(2 * _HALO_MM * self.ppm))
        found = np.asarray(grown, np.uint8)[rim:-rim, rim:-rim] & self.dark
        self.take(found)
        return self._boxes("edge", found, 0.5)

    def _near_edge(self, by: int) -> bool:
        """True where anything is dark within ``by`` pixels of the image's edge."""
        bands = (self.dark[:by], self.dark[-by:], self.dark[:, :by], self.dark[:, -by:])
        return any(band.any() for band in bands)

    def _boxes(self, kind: Kind, found: NDArray[np.uint8], least_mm2: float) -> list[SilentMark]:
        stats = connected(found).stats
        large = [row for row in stats[1:].tolist() if row[4] >= least_mm2 * self.ppm**2]
        return [SilentMark(kind, self.box(*row[:4])) for row in large]

    # --- lines ------------------------------------------------------------------------------------

    def lines(self, dark: NDArray[np.uint8]) -> list[SilentMark]:
        """Long thin straight lines along the page's sides: dirt in the feeder, folds, paper
        edges.

        Args:
            dark: what to look at; a line over print that shines through stands alone among what is
                black.
        """
        seen = dark & self.left
        down = self._upright(seen)
        across = [
            _turned(line) for line in self._upright(np.asarray(cv2.transpose(seen), np.uint8))
        ]
        few, many = sorted((len(down), len(across)))
        if few > _MOST_ACROSS or many > _MOST_ALONG:
            return []
        for found in (*down, *across):
            self.take(found.mask)
        return [SilentMark("line", self.box(*found.place)) for found in (*down, *across)]

    def _upright(self, dark: NDArray[np.uint8]) -> list[_Line]:
        """Lines from top to bottom of ``dark``."""
        ppm, found = self.ppm, []
        least = min(_LINE_MM * ppm, _LINE_SHARE * dark.shape[0])
        for start, stop in _run_columns(dark, ppm):
            pieces = connected(_runs(dark, start, stop, ppm))
            for number, (left, top, wide, high, area) in enumerate(pieces.stats.tolist()):
                if number == 0 or high < least or wide > 0.12 * high + _BAND_MM * ppm:
                    continue
                thin = area / high - 0.6 * ppm
                whole = high > 0.8 * dark.shape[0]
                if thin > (_BAND_MM if whole else _THIN_MM) * ppm:
                    continue
                rows, columns = slice(top, top + high), slice(left, left + wide)
                mask = np.zeros_like(dark)
                mask[rows, start:stop][:, columns] = pieces.numbers[rows, columns] == number
                found.append(_Line(mask, (left + start, top, wide, high)))
        return found

    # --- what is left, piece by piece -------------------------------------------------------------

    def in_pieces(self, dark: NDArray[np.uint8]) -> Pieces:
        return Pieces(connected(dark & self.left), self.small, self.ppm, self.front)

    def left_in_pieces(self) -> Pieces:
        """What is left, numbered anew only where something was taken."""
        if self._pieces is None:
            self._pieces = self.in_pieces(self.left)
        return self._pieces

    def header(self) -> list[SilentMark]:
        """The line that a sending FAX printed; before lines are looked for, of which it has
        some."""
        pieces = self.left_in_pieces()
        chosen = pieces.header()
        if chosen.any():
            self.take(pieces.mask_of(chosen))
        return [SilentMark("header", self.box(*row[:4])) for row in pieces.stats[chosen].tolist()]

    def black_holes(self) -> list[SilentMark]:
        """Holes that are black, with their soft rims: print that shines through may touch them."""
        pieces = self.in_pieces(self.black)
        chosen = pieces.holes()
        if chosen.any():
            found = pieces.mask_of(chosen)
            self.take(np.asarray(cv2.dilate(found, disc(2 * _HALO_MM * self.ppm)), np.uint8))
        return [SilentMark("hole", self.box(*row[:4])) for row in pieces.stats[chosen].tolist()]

    def pieces(self) -> list[SilentMark]:
        """Holes, staples, dust, and what shines through."""
        pieces = self.left_in_pieces()
        stats = pieces.stats
        if len(stats) == 1:
            return []
        verdicts: dict[Kind, NDArray[np.bool_]] = {}
        verdicts["hole"] = pieces.holes()
        verdicts["through"] = pieces.through() & ~verdicts["hole"]
        rest = ~(verdicts["hole"] | verdicts["through"])
        verdicts["staple"] = pieces.staples(rest)
        verdicts["dust"] = pieces.dust(rest & ~verdicts["staple"])
        marks = []
        silent = np.zeros(len(stats), bool)
        for kind, chosen in verdicts.items():
            silent |= chosen
            if kind != "dust":
                rows = stats[chosen].tolist()
                marks += [SilentMark(kind, self.box(*row[:4])) for row in rows]
        silent[0] = False
        self.take(pieces.mask_of(silent))
        return marks


@dataclass(frozen=True, eq=False)
class _Line:
    mask: NDArray[np.uint8]
    place: tuple[int, int, int, int]


def _run_columns(dark: NDArray[np.uint8], ppm: float) -> list[tuple[int, int]]:
    """Spans of columns, (first, behind the last), in which straight runs of :data:`_RUN_MM` may go
    down the page: none on most pages.

    The page is cut into strips a fifth of a run high. A run fills at least three of them one below
    the other, and in each there is darkness, for gaps are closed over less than a strip; beyond the
    page's edge all counts as dark.
    """
    strip = int(_RUN_MM * ppm / 5)
    below = strip + -len(dark) % strip
    whole = cv2.copyMakeBorder(dark, strip, below, 0, 0, cv2.BORDER_CONSTANT, value=(1,))
    inked = np.asarray(whole, np.uint8).reshape(-1, strip, dark.shape[1]).max(axis=1)
    wide = np.asarray(cv2.dilate(inked, np.ones((1, odd(0.6 * ppm)), np.uint8)), np.uint8)
    may = (wide[:-2] & wide[1:-1] & wide[2:]).any(axis=0)
    turns = np.flatnonzero(np.diff(may, prepend=False, append=False)).tolist()
    return list(zip(turns[::2], turns[1::2], strict=True))


def _runs(dark: NDArray[np.uint8], start: int, stop: int, ppm: float) -> NDArray[np.uint8]:
    """Straight runs down the columns from ``start`` to before ``stop``, gaps closed."""
    beside = odd(0.6 * ppm)
    first = max(0, start - beside)
    part = np.ascontiguousarray(dark[:, first : stop + beside])
    grown = cv2.dilate(part, np.ones((1, beside), np.uint8))
    joined = cv2.morphologyEx(grown, cv2.MORPH_CLOSE, np.ones((odd(2.0 * ppm), 1), np.uint8))
    runs = cv2.morphologyEx(joined, cv2.MORPH_OPEN, np.ones((odd(_RUN_MM * ppm), 1), np.uint8))
    return np.ascontiguousarray(runs[:, start - first : stop - first], np.uint8)


def _turned(line: _Line) -> _Line:
    left, top, wide, high = line.place
    return _Line(np.ascontiguousarray(line.mask.T), (top, left, high, wide))
