"""Ticks, circles and fills: which of the printed options did the person mark?

Each option gets the evidence that is its own: strokes that run round it, lie in it or start beside it. Two marks in a
single choice, a mark struck out and a mark that is hardly there are said to be so; they are never picked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.blank import PX, pixels
from ocr.ink import Ink
from records.types import Box

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
    """

    score: float
    round: float
    ink: float
    struck: bool


def read_marks(ink: Ink, options: Mapping[str, Box], mark: str, rivals: Sequence[Box] = ()) -> dict[str, MarkEvidence]:
    """Evidence for each option.

    Marks touch each other, so it is pixels and not strokes that are given to options: each to the nearest place.

    Args:
        options: the printed word or box of each option, mm on the blank.
        mark: ``circle``, ``check`` or ``fill``; empty takes ``check``.
        rivals: places of other fields near by; ink that is rather theirs is no evidence here.
    """
    reach = 4.5 if mark == "circle" else 3.0
    places = [*options.values(), *rivals]
    return {name: _evidence(_view(ink, places, number, reach), mark or "check") for number, name in enumerate(options)}


@dataclass(frozen=True, eq=False)
class _View:
    """The ink near one option.

    Attributes:
        mine: True where ink is nearer to this option than to any other place.
        x, y: millimetres from the option's middle of each column and row.
        labels: stroke numbers.
        box: the option's place.
    """

    mine: NDArray[np.bool_]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    labels: NDArray[np.int32]
    box: Box


def _view(ink: Ink, places: Sequence[Box], number: int, reach: float) -> _View:
    box = places[number]
    rows, columns = pixels(box, ink.written, reach)
    x = (np.arange(columns.start, columns.stop) + 0.5) / PX
    y = (np.arange(rows.start, rows.stop) + 0.5) / PX
    own = _distance(box, x, y)
    mine = ink.written[rows, columns].copy()
    for other, place in enumerate(places):
        near = place.x < x[-1] + reach and place.right > x[0] - reach and place.y < y[-1] + reach and place.bottom > y[0] - reach
        if other != number and near:
            mine &= own <= _distance(place, x, y)
    return _View(mine, x - box.x - box.width / 2, y - box.y - box.height / 2, ink.labels[rows, columns], box)


def _distance(box: Box, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distance in mm of each point of the grid from ``box``; negative inside it, down to its middle."""
    dx = np.maximum(box.x - x, x - box.right)[None, :]
    dy = np.maximum(box.y - y, y - box.bottom)[:, None]
    outside = np.hypot(np.maximum(dx, 0), np.maximum(dy, 0))
    return np.asarray(np.where((dx < 0) & (dy < 0), np.maximum(dx, dy), outside))


def _evidence(view: _View, mark: str) -> MarkEvidence:
    area = float(view.mine.sum()) / PX**2
    if area < 0.12:
        return MarkEvidence(0.0, 0.0, area, False)
    around = _round(view)
    inner = _inside(view, 0.0)
    stroke = _longest(view)
    size = min(view.box.width, view.box.height)
    tick = max(_soft(stroke, 0.25 * size, 0.75 * size) * _soft(inner, 0.1, 0.45), _soft(inner, 0.5, 2.0))
    ring = _soft(around, 0.3, 0.62)
    if mark == "circle":
        score = max(ring, 0.75 * _soft(stroke, 0.5 * size, 1.1 * size) * _soft(inner, 0.4, 1.2))
    elif mark == "fill":
        score = max(_soft(inner / (view.box.width * view.box.height), 0.04, 0.34), 0.85 * tick, ring * _soft(area, 1.5, 4.0))
    else:
        score = max(tick, ring * _soft(area, 1.5, 4.0))
    return MarkEvidence(score, around, area, _struck(view, inner, around, mark))


def _soft(value: float, low: float, high: float) -> float:
    return float(np.clip((value - low) / (high - low), 0.0, 1.0))


def _inside(view: _View, margin: float) -> float:
    """Written mm² inside the option's place grown by ``margin`` mm."""
    rows = np.abs(view.y) <= view.box.height / 2 + margin
    columns = np.abs(view.x) <= view.box.width / 2 + margin
    return float(view.mine[np.ix_(rows, columns)].sum()) / PX**2


def _longest(view: _View) -> float:
    """Length in mm of the frame's diagonal of the longest stroke that lies mostly (60 %) in or close to the option."""
    owned = {int(n) for n in np.unique(view.labels[view.mine]) if n}
    close = view.mine & ((np.abs(view.y) <= view.box.height / 2 + 2.0)[:, None] & (np.abs(view.x) <= view.box.width / 2 + 2.0)[None, :])
    longest = 0.0
    for number in np.unique(view.labels[close]):
        stroke = view.labels == number
        if int(number) not in owned or close[stroke].mean() < 0.6:
            continue
        ys, xs = np.nonzero(stroke & close)
        longest = max(longest, float(np.hypot(np.ptp(ys) + 1, np.ptp(xs) + 1)) / PX)
    return longest


def _round(view: _View) -> float:
    """Share of 24 directions about the option's middle in which ink lies outside its inner half."""
    ys, xs = np.nonzero(view.mine)
    dx, dy = view.x[xs] / view.box.width, view.y[ys] / view.box.height
    outer = np.hypot(dx, dy) > 0.33
    angles = np.arctan2(dy[outer], dx[outer])
    turn = ((angles + np.pi) / (2 * np.pi) * 24).astype(int) % 24
    return float((np.bincount(turn, minlength=24) >= 2).mean())


def _struck(view: _View, inner: float, around: float, mark: str) -> bool:
    """A mark that was crossed out: a ring with lines through the word, or a long level line through a box."""
    width, height = view.box.width, view.box.height
    middle = view.mine[np.abs(view.y) <= 0.42 * height]
    if mark == "circle":
        core = view.mine[np.ix_(np.abs(view.y) <= 0.22 * height, np.abs(view.x) <= 0.45 * width)]
        if not core.size or around < 0.5:
            return False
        joined = cv2.morphologyEx(core.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((1, 2 * round(0.8 * PX) + 1), np.uint8))
        return bool(_level_run(np.asarray(joined > 0)) >= 0.8 * core.shape[1] and float(core.mean()) > 0.1)
    run = _level_run(middle) / PX
    if mark == "fill":
        return bool(run > 2.2 * width and _inside(view, 2.5) > 1.8 * max(inner, 0.5))
    return bool(run > 1.45 * width)


def _level_run(mask: NDArray[np.bool_]) -> int:
    """Longest level run of ink in pixels, steps of one row forgiven."""
    thick = cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) if mask.size else np.zeros((1, 1), np.uint8)
    best = 0
    for row in np.asarray(thick):
        edges = np.flatnonzero(np.diff(np.concatenate(([0], row, [0]))))
        if len(edges):
            best = max(best, int((edges[1::2] - edges[::2]).max()) - 2)
    return best
