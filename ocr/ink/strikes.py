"""What was crossed out: found as two lines through writing, or one long one, and left out where the
right text stands beside it.

A person is asked all the same; but the value that is proposed is the one that stands.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.ink.crops import Crop
from ocr.place.blank import PX
from records.types import Gray, Problem

STANDING, STANDING_MM, GAP_MM = 0.45, 3.0, 0.25
"""Beside crossed-out writing the right one has at least this share of its width, and so many mm; so
much paper is between them."""


@dataclass(frozen=True, slots=True)
class Strike:
    """A line, or two, through writing.

    Attributes:
        left, right: first and last column of the crossed-out writing in its crop.
        through: True where it runs through the middle, so that it is no underline.
    """

    left: int
    right: int
    through: bool


STRUCK = Problem("struck_out", "線で消して書き直したように見えます。正しい方を確認してください")


def strike_in(image: Gray) -> Strike | None:
    """The crossed-out part of a line of writing: two straight lines, one above the other, that are
    wider than a character and have writing above, between and below them, or one line far longer
    than any character.

    Args:
        image: a crop from :func:`cut`, dark on white at the canvas resolution.
    """
    dark = (image < 190).astype(np.uint8)
    least = round(_STRIKE_MM * PX)
    if not dark.any() or dark.shape[1] < least:
        return None
    twins = _twins(dark, least) if len(_level_lines(dark, least)) > 1 else None
    if twins is not None:
        return Strike(*twins, True)
    height = int(np.ptp(np.flatnonzero(dark.any(axis=1)))) + 1
    long = round(max(8.5 * PX, 1.5 * min(height, 9 * PX)))
    if dark.shape[1] < long:
        return None
    thick = cv2.dilate(
        dark, np.ones((3, 1), np.uint8)
    )  # a slightly sloping line steps from row to row
    runs = np.asarray(
        cv2.morphologyEx(thick, cv2.MORPH_OPEN, np.ones((1, long), np.uint8)), np.uint8
    )
    if not runs.any():
        return None
    ys, xs = np.nonzero(runs)
    left, right = int(xs.min()), int(xs.max()) + 1
    first = ys[xs == left]
    last = ys[xs == right - 1]
    left -= _followed(dark[:, left::-1], int(first[len(first) // 2]))
    right += _followed(dark[:, right - 1 :], int(last[len(last) // 2]))
    inked = np.flatnonzero(dark[:, left:right].any(axis=1))
    return Strike(
        left,
        right,
        bool(inked[0] + 0.25 * np.ptp(inked) < ys.mean() < inked[0] + 0.8 * np.ptp(inked)),
    )


def standing(crop: Crop, strike: Strike | None) -> Crop:
    """The crop without what is crossed out, where enough stands beside it: as a rule the right text
    follows the wrong one."""
    if strike is None or not strike.through:
        return crop
    inked = np.asarray((crop.image < 190).any(axis=0))
    wide = strike.right - strike.left
    least = max(STANDING * wide, STANDING_MM * PX)
    after = strike.right + _end_of_gap(inked[strike.right :])
    before = strike.left - _end_of_gap(inked[: strike.left][::-1])
    if _reach(inked[after:]) >= least and _reach(inked[: strike.left]) < 0.25 * wide:
        image = crop.image[:, after:]
    elif _reach(inked[:before]) >= least and _reach(inked[strike.right :]) < 0.25 * wide:
        image = crop.image[:, :before]
    else:
        return crop
    edge = max(2, round(0.5 * PX))
    dark = image < 190
    rows, columns = np.flatnonzero(dark.any(axis=1)), np.flatnonzero(dark.any(axis=0))
    image = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return replace(
        crop,
        image=np.asarray(
            cv2.copyMakeBorder(image, edge, edge, edge, edge, cv2.BORDER_CONSTANT, value=(255,)),
            np.uint8,
        ),
    )


def _reach(inked: NDArray[np.bool_]) -> int:
    """Columns from the first to the last one with ink."""
    return int(np.ptp(np.flatnonzero(inked))) if inked.any() else 0


def _end_of_gap(inked: NDArray[np.bool_]) -> int:
    """The end of the first gap of :data:`GAP_MM`, columns; all of them where it does not come
    within four times that."""
    gap = round(GAP_MM * PX)
    for end in range(gap, min(4 * gap, len(inked)) + 1):
        if not inked[end - gap : end].any():
            return end
    return len(inked)


_STRIKE_MM = 5.0
"""The shortest of two lines that strike out."""

_SLOPES = (0.0, 0.02, -0.02, 0.04, -0.04, 0.06, -0.06)

_STEP_ROWS = 2
"""So many rows above and below its middle a line is looked for in the next column."""

_THIN_MM = 0.75
"""A line of a pen, on FAX standard too, is no thicker than this."""


@dataclass(frozen=True, slots=True)
class _Line:
    left: int
    right: int
    top: int
    bottom: int

    @property
    def y(self) -> float:
        return (self.top + self.bottom) / 2


def _level_lines(dark: NDArray[np.uint8], least: int) -> list[_Line]:
    """Level strokes of at least ``least`` pixels, gaps of half a millimetre closed."""
    thick = cv2.morphologyEx(
        cv2.dilate(dark, np.ones((3, 1), np.uint8)), cv2.MORPH_CLOSE, np.ones((1, 4), np.uint8)
    )
    runs = np.asarray(
        cv2.morphologyEx(thick, cv2.MORPH_OPEN, np.ones((1, least), np.uint8)), np.uint8
    )
    _, _, stats, _ = cv2.connectedComponentsWithStats(runs, connectivity=8)
    return [_Line(int(x), int(x + w), int(y), int(y + h) - 1) for x, y, w, h, _ in stats[1:]]


def _twins(dark: NDArray[np.uint8], least: int) -> tuple[int, int] | None:
    """First and last column of writing that two parallel straight lines run through."""
    found: list[tuple[int, int]] = []
    for slope in _SLOPES:
        tilt = np.asarray([[1, 0, 0], [-slope, 1, slope * dark.shape[1] / 2]], np.float32)
        level = np.asarray(
            cv2.warpAffine(dark, tilt, dark.shape[::-1], flags=cv2.INTER_NEAREST), np.uint8
        )
        lines = [
            line
            for line in _level_lines(level, least)
            if line.bottom - line.top <= _THIN_MM * PX + 2
        ]
        pairs = (
            pair
            for pair in itertools.permutations(lines, 2)
            if pair[0].y < pair[1].y and _cross(*pair, level)
        )
        for one, two in pairs:
            left, right = _ends(one, two, level)
            found.append((min(one.left, two.left, left), max(one.right, two.right, right)))
    return max(found, key=lambda columns: columns[1] - columns[0], default=None)


def _ends(one: _Line, two: _Line, dark: NDArray[np.uint8]) -> tuple[int, int]:
    """First and last column of two lines, where they bend away from level, too: as far as both go
    on."""
    lefts = [line.left - _followed(dark[:, line.left :: -1], line.y) for line in (one, two)]
    rights = [line.right + _followed(dark[:, line.right - 1 :], line.y) for line in (one, two)]
    return max(lefts), min(rights)


def _followed(dark: NDArray[np.uint8], middle: float) -> int:
    """How many columns a line goes on from the first one of ``dark``, where its middle is that row.
    From column to column it steps by :data:`_STEP_ROWS` at most, and of its way half a millimetre
    may be missing."""
    end = 0
    for column in range(1, dark.shape[1]):
        top = max(0, round(middle) - _STEP_ROWS)
        rows = np.flatnonzero(dark[top : round(middle) + _STEP_ROWS + 1, column])
        if len(rows):
            end = column
            middle = top + float(rows.mean())
        elif column - end > round(0.5 * PX):
            break
    return end


def _cross(upper: _Line, lower: _Line, dark: NDArray[np.uint8]) -> bool:
    """True for two lines through the same writing: as long as each other, wider than a character,
    writing above, between and below."""
    left, right = max(upper.left, lower.left), min(upper.right, lower.right)
    longer = max(upper.right - upper.left, lower.right - lower.left)
    inked = np.flatnonzero(dark[:, left:right].any(axis=1)) if right > left else np.zeros(0, int)
    if right - left < 0.75 * longer or not len(inked):
        return False
    height = int(inked[-1] - inked[0]) + 1
    if not 0.08 * height < lower.y - upper.y < 0.45 * height or right - left < 1.6 * min(
        height, 7 * PX
    ):
        return False
    above, below = (
        dark[inked[0] : max(0, upper.top - 1), left:right],
        dark[lower.bottom + 2 :, left:right],
    )
    between = dark[upper.bottom + 1 : max(upper.bottom + 2, lower.top), left:right]
    crossed = [float(band.any(axis=0).mean()) if band.size else 0.0 for band in (above, below)]
    return (
        min(crossed) > 0.1
        and float(between.mean()) < 0.7
        and all(_bare(line, dark[:, left:right]) for line in (upper, lower))
    )


_BARE = 0.3
"""Share of a line's columns in which nothing but the line is there: characters have gaps, and
inside them is paper."""


def _bare(line: _Line, dark: NDArray[np.uint8]) -> bool:
    """True for a line that shows as such over much of its way, with paper right above and right
    below it."""
    edge = max(2, round(0.25 * PX))
    above, below = (
        dark[max(0, line.top - edge) : max(1, line.top), :],
        dark[line.bottom + 1 : line.bottom + 1 + edge, :],
    )
    return bool((~(above.any(axis=0) | below.any(axis=0))).mean() >= _BARE) if len(below) else False
