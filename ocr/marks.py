"""Ticks, circles and fills: which of the printed options did the person mark?

Each option gets the evidence that is its own: strokes that run round it, lie in it or start beside it. Two marks in a
single choice, a mark struck out and a mark that is hardly there are said to be so; they are never picked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.blank import PX, pixels
from ocr.ink import Ink
from records.types import Box

SURE, FAINT = 0.55, 0.22
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


def read_marks(ink: Ink, options: Mapping[str, Box], mark: str) -> dict[str, MarkEvidence]:
    """Evidence for each option.

    Args:
        options: the printed word or box of each option, mm on the blank.
        mark: ``circle``, ``check`` or ``fill``; empty takes ``check``.
    """
    owners = _owners(ink, options, 4.0 if mark == "circle" else 3.0)
    return {name: _evidence(ink, box, owners[name], mark or "check") for name, box in options.items()}


def _owners(ink: Ink, options: Mapping[str, Box], reach: float) -> dict[str, NDArray[np.int64]]:
    """Give each stroke near the options to the option that it belongs to most."""
    names = list(options)
    owned: dict[str, list[int]] = {name: [] for name in names}
    near: set[int] = set()
    for box in options.values():
        rows, columns = _window(ink, box, reach)
        near.update(int(n) for n in np.unique(ink.labels[rows, columns]) if n)
    for number in near:
        left, top, width, height, _ = (int(v) for v in ink.boxes[number])
        if max(width, height) > 60 * PX:
            continue  # a fold, a table rule of another form: no mark
        stroke = ink.labels[top:top + height, left:left + width] == number
        scores = [_belongs(stroke, left, top, options[name]) for name in names]
        best = int(np.argmax(scores))
        if scores[best] > 0.0:
            owned[names[best]].append(number)
    return {name: np.asarray(numbers, np.int64) for name, numbers in owned.items()}


def _window(ink: Ink, box: Box, reach: float) -> tuple[slice, slice]:
    return pixels(box, ink.written, reach)


def _belongs(stroke: NDArray[np.bool_], left: int, top: int, box: Box) -> float:
    """How much a stroke is this option's: overlap of its frame with the option, and nearness of the middles."""
    height, width = stroke.shape
    x0, y0, x1, y1 = box.x * PX, box.y * PX, box.right * PX, box.bottom * PX
    across = max(0.0, min(left + width, x1) - max(left, x0))
    down = max(0.0, min(top + height, y1) - max(top, y0))
    covered = across * down / max(1.0, (x1 - x0) * (y1 - y0))
    gap_x = max(0.0, max(x0 - left - width, left - x1))
    gap_y = max(0.0, max(y0 - top - height, top - y1))
    gap = float(np.hypot(gap_x, gap_y)) / PX
    if gap > 1.6:
        return 0.0
    off_x = (left + width / 2 - (x0 + x1) / 2) / max(x1 - x0, 4 * PX)
    off_y = (top + height / 2 - (y0 + y1) / 2) / max(y1 - y0, 4 * PX)
    return float(0.05 + covered + 1.0 / (1.0 + 4 * np.hypot(off_x, off_y)))


def _evidence(ink: Ink, box: Box, strokes: NDArray[np.int64], mark: str) -> MarkEvidence:
    if not len(strokes):
        return MarkEvidence(0.0, 0.0, 0.0, False)
    stats = ink.boxes[strokes]
    area = float(stats[:, 4].sum()) / PX**2
    longest = float(np.hypot(stats[:, 2], stats[:, 3]).max()) / PX
    around = _round(ink, box, strokes)
    if mark == "circle":
        score = _circle_score(around, longest, box)
    elif mark == "fill":
        score = _fill_score(ink, box, strokes)
    else:
        score = _check_score(area, longest, box)
    return MarkEvidence(score, around, area, _struck(ink, box, strokes, area, mark))


def _soft(value: float, low: float, high: float) -> float:
    return float(np.clip((value - low) / (high - low), 0.0, 1.0))


def _circle_score(around: float, longest: float, box: Box) -> float:
    """A round stroke about the word; a long stroke through or beside it counts too, though less."""
    size = min(box.width, box.height)
    ring = _soft(around, 0.25, 0.75)
    stroke = 0.62 * _soft(longest, 0.45 * size, 1.1 * size)
    return max(ring * _soft(longest, 0.5 * size, 0.9 * size), stroke)


def _check_score(area: float, longest: float, box: Box) -> float:
    """A stroke about as long as the box, or a good deal of ink."""
    size = min(box.width, box.height)
    return max(_soft(longest, 0.25 * size, 0.75 * size) * _soft(area, 0.1, 0.45), _soft(area, 0.5, 2.0))


def _fill_score(ink: Ink, box: Box, strokes: NDArray[np.int64]) -> float:
    """Share of the option's area that is inked; a tick where a fill was asked for counts as faint or better."""
    rows, columns = _window(ink, box, 0.0)
    share = float(np.isin(ink.labels[rows, columns], strokes).mean())
    return _soft(share, 0.04, 0.34)


def _round(ink: Ink, box: Box, strokes: NDArray[np.int64]) -> float:
    """Share of 24 directions about the middle of ``box`` in which the strokes have ink outside its inner half."""
    rows, columns = _window(ink, box, 6.0)
    ys, xs = np.nonzero(np.isin(ink.labels[rows, columns], strokes))
    if not len(ys):
        return 0.0
    dx = (xs + columns.start) / PX - (box.x + box.width / 2)
    dy = (ys + rows.start) / PX - (box.y + box.height / 2)
    radius = np.hypot(dx / (box.width / 2), dy / (box.height / 2))
    outer = radius > 0.6
    angles = np.arctan2(dy[outer] / box.height, dx[outer] / box.width)
    return len(np.unique(((angles + np.pi) / (2 * np.pi) * 24).astype(int) % 24)) / 24


def _struck(ink: Ink, box: Box, strokes: NDArray[np.int64], area: float, mark: str) -> bool:
    """Far more ink than such a mark needs, or a long double line through it."""
    if mark == "fill":
        rows, columns = _window(ink, box, 3.0)
        inside = np.isin(ink.labels[_window(ink, box, 0.3)], strokes).sum()
        whole = np.isin(ink.labels[rows, columns], strokes).sum()
        return bool(whole > 2.4 * max(1, inside) and area > 3.0)
    length = _length(ink, strokes)
    if mark == "circle":
        round_trip = np.pi * (1.5 * (box.width + box.height + 4) - np.sqrt((box.width + 2) * (box.height + 2)))
        return bool(length > 2.3 * round_trip)
    return bool(length > 7.5 * max(box.width, 4.0))


def _length(ink: Ink, strokes: NDArray[np.int64]) -> float:
    """Total stroke length in mm: area over width, the width being twice the mean distance to the edge."""
    stats = ink.boxes[strokes]
    left, top = int(stats[:, 0].min()), int(stats[:, 1].min())
    right, bottom = int((stats[:, 0] + stats[:, 2]).max()), int((stats[:, 1] + stats[:, 3]).max())
    mask = np.isin(ink.labels[top:bottom, left:right], strokes).astype(np.uint8)
    mask = np.asarray(cv2.copyMakeBorder(mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=(0,)), np.uint8)
    depth = cv2.distanceTransform(mask, cv2.DIST_L2, 3)
    inked = depth[mask > 0]
    width = 4 * float(inked.mean()) - 1.0 if len(inked) else 1.0
    return float(mask.sum()) / max(1.0, width) / PX
