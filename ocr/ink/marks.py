"""Ticks, circles and fills: which of the printed options did the person mark?

Each option gets the evidence that is its own: strokes that run round it, lie in it or start beside
it. Two marks in a single choice, a mark struck out and a mark that is hardly there are said to be
so; they are never picked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.ink.strokes import Ink
from ocr.place.blank import PX, pixels
from records.types import Box

_FRAME_MM = 0.75
"""What is left of a frame is no thicker than this."""

SURE, FAINT = 0.5, 0.2
"""A mark from SURE on; nothing below FAINT; between them a person looks."""


@dataclass(frozen=True, slots=True)
class MarkEvidence:
    """What speaks for one option being marked.

    Attributes:
        score: [0, 1]; 0.5 is undecided.
        round: share of the directions around the option's middle that ink lies in.
        ink: written mm² in and around the option.
        struck: the mark looks crossed out or scribbled over.
        level: length of the longest level line through the option's middle, in widths of the
            option: what a mark that was crossed out has more of than the one that stands.
        stroke: number of the stroke that most of the option's ink is of; 0 for none.
    """

    score: float
    round: float
    ink: float
    struck: bool
    level: float = 0.0
    stroke: int = 0


def read_marks(
    ink: Ink, options: Mapping[str, Box], mark: str, rivals: Sequence[Box] = ()
) -> dict[str, MarkEvidence]:
    """Evidence for each option.

    Marks touch each other, so it is pixels and not strokes that are given to options: each to the
    nearest place.

    Args:
        options: the printed word or box of each option, mm on the blank.
        mark: ``circle``, ``check`` or ``fill``; empty takes ``check``.
        rivals: places of other fields near by; ink that is rather theirs is no evidence here.
    """
    reach = 4.5 if mark == "circle" else 3.0
    boxes = list(options.values())
    views = [_view(ink, boxes, number, rivals, reach) for number in range(len(boxes))]
    turns = [_turns(view) for view in views]
    rings = [_own_ring(number, boxes, turns) for number in range(len(boxes))]
    return {
        name: _evidence(view, ring, mark or "check")
        for name, view, ring in zip(options, views, rings, strict=True)
    }


def _own_ring(number: int, boxes: Sequence[Box], turns: Sequence[NDArray[np.bool_]]) -> float:
    """Share of the directions about an option in which ink lies; 0 where the ink is a neighbour's
    circle reaching over.

    A circle round the option has ink on the side away from the neighbour too; a neighbour's circle
    has none there.
    """
    own = turns[number]
    share = float(own.mean())
    box = boxes[number]
    for other, place in enumerate(boxes):
        dx, dy = (
            box.x + box.width / 2 - place.x - place.width / 2,
            box.y + box.height / 2 - place.y - place.height / 2,
        )
        if (
            other == number
            or np.hypot(dx, dy) > 2 * (box.width + box.height)
            or turns[other].mean() <= share * 0.8
        ):
            continue
        away = np.cos(_DIRECTIONS - np.arctan2(dy / box.height, dx / box.width)) > 0.3
        if float(own[away].mean()) < 0.4:
            return 0.0
    return share


@dataclass(frozen=True, eq=False)
class _View:
    """The ink near one option.

    Attributes:
        ink: True where ink is not rather another field's.
        mine: True where it is nearer to this option than to any other one, too.
        x, y: millimetres from the option's middle of each column and row.
        labels: stroke numbers.
        box: the option's place.
    """

    ink: NDArray[np.bool_]
    mine: NDArray[np.bool_]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    labels: NDArray[np.int32]
    box: Box


def _view(
    ink: Ink, options: Sequence[Box], number: int, rivals: Sequence[Box], reach: float
) -> _View:
    box = options[number]
    rows, columns = pixels(box, ink.written, reach)
    x = (np.arange(columns.start, columns.stop) + 0.5) / PX
    y = (np.arange(rows.start, rows.stop) + 0.5) / PX
    free = ink.written[rows, columns].copy()
    mine = free.copy()
    inked = np.nonzero(free)
    if len(inked[0]):  # most options have no ink near them: whose it is need not be asked
        at = x[inked[1]], y[inked[0]]
        own = _distance(box, *at)
        kept = np.ones(len(own), bool)
        for place in _close(rivals, x, y, reach):
            kept &= own <= _distance(place, *at)
        free[inked] = kept
        for place in _close([o for o in options if o != box], x, y, reach):
            kept &= own <= _distance(place, *at)
        mine[inked] = kept
    return _View(
        free,
        mine,
        x - box.x - box.width / 2,
        y - box.y - box.height / 2,
        ink.labels[rows, columns],
        box,
    )


def _close(
    places: Sequence[Box], x: NDArray[np.float64], y: NDArray[np.float64], reach: float
) -> list[Box]:
    """The places that can own a point of the grid."""
    return [
        p
        for p in places
        if p.x < x[-1] + reach
        and p.right > x[0] - reach
        and p.y < y[-1] + reach
        and p.bottom > y[0] - reach
    ]


def _distance(box: Box, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distance in mm of each point (x, y) from ``box``; negative inside it, down to its middle."""
    dx = np.maximum(box.x - x, x - box.right)
    dy = np.maximum(box.y - y, y - box.bottom)
    outside = np.hypot(np.maximum(dx, 0), np.maximum(dy, 0))
    return np.asarray(np.where((dx < 0) & (dy < 0), np.maximum(dx, dy), outside))


def _evidence(view: _View, around: float, mark: str) -> MarkEvidence:
    area = float(view.mine.sum()) / PX**2
    if area < 0.12:
        return MarkEvidence(0.0, 0.0, area, False)
    if mark == "check" and _is_frame(view):
        return MarkEvidence(0.0, 0.0, area, False)
    inner = _inside(view, 0.0)
    stroke = _longest(view)
    size = min(view.box.width, view.box.height)
    tick = max(
        _soft(stroke, 0.25 * size, 0.75 * size) * _soft(inner, 0.1, 0.45), _soft(inner, 0.5, 2.0)
    )
    ring = _soft(around, 0.3, 0.62)
    if mark == "circle":
        score = max(ring, 0.75 * _soft(stroke, 0.5 * size, 1.1 * size) * _soft(inner, 0.4, 1.2))
    elif mark == "fill":
        score = max(
            _soft(inner / (view.box.width * view.box.height), 0.04, 0.34),
            0.85 * tick,
            ring * _soft(area, 1.5, 4.0),
        )
    else:
        score = max(tick, ring * _soft(area, 1.5, 4.0))
    most = int(np.bincount(view.labels[view.mine]).argmax())
    return MarkEvidence(score, around, area, _struck(view, inner, around, mark), _level(view), most)


def _is_frame(view: _View) -> bool:
    """True where all ink is one level or upright line along an edge of the box: its own frame,
    which a FAX that lost lines moved."""
    rows, columns = (
        np.abs(view.y) <= view.box.height / 2 + 0.6,
        np.abs(view.x) <= view.box.width / 2 + 0.6,
    )
    ys, xs = np.nonzero(view.mine[np.ix_(rows, columns)])
    if not len(ys):
        return False
    sides = ((view.y[rows][ys], view.box.height), (view.x[columns][xs], view.box.width))
    return any(
        float(np.ptp(at)) < _FRAME_MM and float(np.abs(at).min()) > size / 2 - 1.1
        for at, size in sides
    )


def _soft(value: float, low: float, high: float) -> float:
    return min(max((value - low) / (high - low), 0.0), 1.0)


def _inside(view: _View, margin: float) -> float:
    """Written mm² inside the option's place grown by ``margin`` mm."""
    rows = np.abs(view.y) <= view.box.height / 2 + margin
    columns = np.abs(view.x) <= view.box.width / 2 + margin
    return float(view.mine[np.ix_(rows, columns)].sum()) / PX**2


def _longest(view: _View) -> float:
    """Length in mm of the frame's diagonal of the longest stroke that lies mostly (60 %) in or
    close to the option."""
    owned = {int(n) for n in np.unique(view.labels[view.mine]) if n}
    close = view.mine & (
        (np.abs(view.y) <= view.box.height / 2 + 2.0)[:, None]
        & (np.abs(view.x) <= view.box.width / 2 + 2.0)[None, :]
    )
    longest = 0.0
    for number in np.unique(view.labels[close]):
        stroke = view.labels == number
        if int(number) not in owned or close[stroke].mean() < 0.6:
            continue
        ys, xs = np.nonzero(stroke & close)
        longest = max(longest, float(np.hypot(np.ptp(ys) + 1, np.ptp(xs) + 1)) / PX)
    return longest


_DIRECTIONS = (np.arange(24) + 0.5) / 24 * 2 * np.pi - np.pi


def _turns(view: _View) -> NDArray[np.bool_]:
    """For each of 24 directions about the option's middle, whether ink lies there between its inner
    third and 4 mm outside."""
    ys, xs = np.nonzero(view.ink)
    if not len(ys):
        return np.zeros(24, bool)
    dx, dy = view.x[xs] / view.box.width, view.y[ys] / view.box.height
    outside = np.maximum(
        np.abs(view.x[xs]) - view.box.width / 2, np.abs(view.y[ys]) - view.box.height / 2
    )
    ring = (np.hypot(dx, dy) > 0.33) & (outside < 4.0)
    angles = np.arctan2(dy[ring], dx[ring])
    turn = ((angles + np.pi) / (2 * np.pi) * 24).astype(int) % 24
    return np.asarray(np.bincount(turn, minlength=24) >= 2)


def _struck(view: _View, inner: float, around: float, mark: str) -> bool:
    """A mark that was crossed out: a ring with lines through the word, or a long level line through
    a box."""
    width, height = view.box.width, view.box.height
    middle = view.mine[np.abs(view.y) <= 0.42 * height]
    if mark == "circle":
        core = view.mine[np.ix_(np.abs(view.y) <= 0.22 * height, np.abs(view.x) <= 0.45 * width)]
        above = view.mine[np.ix_(view.y < -0.35 * height, np.abs(view.x) <= 0.6 * width)].sum()
        below = view.mine[np.ix_(view.y > 0.35 * height, np.abs(view.x) <= 0.6 * width)].sum()
        if not core.size or around < 0.5 or min(above, below) < 4:
            return False  # a ring that runs through the word itself has nothing on one side of it
        return bool(_joined_run(core) >= 0.8 * core.shape[1] and float(core.mean()) > 0.1)
    run = _level_run(middle) / PX
    if mark == "fill":
        return bool(run > 2.2 * width and _inside(view, 2.5) > 1.8 * max(inner, 0.5))
    return bool(run > 1.45 * width)


def _level(view: _View) -> float:
    """The longest level line through the option's middle third, gaps closed that the word's print
    left, in its widths."""
    rows = np.abs(view.y) <= 0.3 * view.box.height
    middle = view.mine[np.ix_(rows, np.abs(view.x) <= 0.75 * view.box.width + 1.0)]
    return _joined_run(middle) / PX / view.box.width if middle.size else 0.0


def _joined_run(mask: NDArray[np.bool_]) -> int:
    """Longest level run of ink in pixels, with gaps of 1.6 mm closed, as print that was taken away
    leaves them."""
    joined = cv2.morphologyEx(
        mask.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((1, 2 * round(0.8 * PX) + 1), np.uint8)
    )
    return _level_run(np.asarray(joined > 0))


def _level_run(mask: NDArray[np.bool_]) -> int:
    """Longest level run of ink in pixels, steps of one row forgiven."""
    if not mask.size:
        return 0
    thick = np.zeros((mask.shape[0], mask.shape[1] + 2), np.int8)
    thick[:, 1:-1] = cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8))
    steps = np.diff(thick, axis=1)
    starts, ends = (
        np.nonzero(steps > 0)[1],
        np.nonzero(steps < 0)[1],
    )  # row by row, so they go together
    return max(0, int((ends - starts).max(initial=2)) - 2)
