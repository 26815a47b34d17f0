"""Small pieces of ink in a line, found by their geometry: what :mod:`ocr.weigh.signs` weighs texts by."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.decode.ctc import Alphabet
from ocr.engines.ppocr import HEIGHT, STEP, Probabilities
from ocr.weigh.signs import Sign, Signs
from records.types import Gray

_SMALL, _FLAT, _WIDE = 0.34, 0.38, 0.24
"""Of the height of the line's characters: what a dot is no larger than, a dash no higher than, and
no narrower than."""

_BROAD = 1.0
"""Width of a stroke, in its heights, beyond which it is more than one digit."""

_LEANS = 0.3
"""So far to the right, in heights, a stroke leans that may be a slash."""


def signs_of(image: Gray, believed: Probabilities, alphabet: Alphabet) -> Signs | None:
    """The small ink of a line; None where the line has too little ink for a character.

    Args:
        image: a crop of :func:`ocr.ink.crops.cut`, dark on pure white.
        believed: what the line reader made of it.
    """
    count, numbered, measured, _ = cv2.connectedComponentsWithStats(
        (image < 215).astype(np.uint8), connectivity=8
    )
    labels, stats = np.asarray(numbered, np.int32), np.asarray(measured[1:count], np.int32)
    parts = stats[stats[:, 4] >= 3]
    if len(parts) < 2:
        return None
    tall = _tall(parts)
    large = parts[parts[:, 3] > 0.45 * tall]
    if not len(large):
        return None
    dots: list[NDArray[np.int32]] = []
    found = [*_percents(parts, large, tall), *_squares(parts, large, tall)]
    taken = [(sign.x, 0.6 if sign.kinds == "%" else 0.3) for sign in found]
    for part in parts:
        if any(abs(part[0] + part[2] / 2 - x) < near * tall for x, near in taken):
            continue
        wide, high = part[2] / tall, part[3] / tall
        if wide <= _SMALL and high <= _SMALL:
            if not _hidden(part, large):
                dots.append(part)
        elif wide >= _WIDE and high <= _FLAT and 1.25 * high < wide < 1.4:
            kinds = _stroke(labels, part)
            if not _hidden(part, large, 0.8 if kinds == "~" else 0.5):
                found.append(Sign(float(part[0] + part[2] / 2), kinds))
    found += _dotted(dots, large, tall)
    leaning = tuple(_leaning(labels, parts, tall))
    broad = tuple(
        (float(part[0]), float(part[0] + part[2]))
        for part in large
        if _BROAD * part[3] < part[2] < 1.6 * part[3]
    )
    upright = large[(large[:, 3] > 0.6 * tall) & (large[:, 2] < 0.35 * large[:, 3])]
    pieces = tuple(
        (float(part[0] + part[2] / 2), float(part[3])) for part in parts if part[3] > 0.25 * tall
    )
    thin = tuple(float(part[0] + part[2] / 2) for part in upright)
    step = STEP * image.shape[0] / HEIGHT
    ordered = tuple(sorted(found, key=lambda sign: sign.x))
    small = parts[(parts[:, 2] <= _SMALL * tall * 1.4) & (parts[:, 3] <= _SMALL * tall * 1.4)]
    middles = tuple(float(part[0] + part[2] / 2) for part in small)
    kept = np.zeros(count, bool)
    kept[1:] = stats[:, 4] >= 3
    columns = kept[labels].sum(axis=0)
    boxes = parts[:, :4]
    return Signs(
        ordered,
        tall,
        step,
        believed,
        alphabet,
        middles,
        leaning,
        broad,
        thin,
        pieces,
        columns,
        boxes,
    )


def _tall(parts: NDArray[np.int32]) -> float:
    """Height of the line's characters: what lies one above the other is one of them."""
    spans: list[list[int]] = []
    for left, top, wide, high, _ in sorted(parts.tolist()):
        if spans and left < spans[-1][1]:
            last = spans[-1]
            last[1], last[2] = max(last[1], left + wide), min(last[2], top)
            last[3] = max(last[3], top + high)
        else:
            spans.append([left, left + wide, top, top + high])
    return float(np.percentile([bottom - top for _, _, top, bottom in spans], 70))


def _shared(part: NDArray[np.int32], others: NDArray[np.int32]) -> NDArray[np.float64]:
    """Share of a piece's width that lies over or under each of the others."""
    left, right = part[0], part[0] + part[2]
    shared = np.minimum(right, others[:, 0] + others[:, 2]) - np.maximum(left, others[:, 0])
    return np.asarray(shared / max(1, int(part[2])), np.float64)


def _hidden(part: NDArray[np.int32], large: NDArray[np.int32], most: float = 0.5) -> bool:
    """True where more than ``most`` of a small piece lies over or under a large stroke: it is a part
    of a character. A point may stand under the arm of a 7, on the right of it."""
    over = large[_shared(part, large) > most]
    middle, foot = part[0] + part[2] / 2, part[1] + part[3] / 2
    under = foot > over[:, 1] + 0.8 * over[:, 3]
    right = middle > over[:, 0] + 0.62 * over[:, 2]
    return bool((~(under & right)).any())


def _percents(parts: NDArray[np.int32], large: NDArray[np.int32], tall: float) -> list[Sign]:
    """Per cent signs: a long stroke with a ring left above it and a ring right below it, and
    nothing else."""
    found = []
    for stroke in large[large[:, 3] > 0.6 * tall]:
        own = stroke[0] + stroke[2] / 2, stroke[1] + stroke[3] / 2
        near = parts[(_reach(parts, stroke) > -0.28 * tall) & (parts[:, 3] <= 0.55 * tall)]
        near = near[(near[:, 3] > 0.16 * tall) & (near[:, 2] < 0.55 * tall)]
        x, y = near[:, 0] + near[:, 2] / 2, near[:, 1] + near[:, 3] / 2
        above = (x < own[0]) & (y < own[1] - 0.05 * tall)
        below = (x > own[0]) & (y > own[1] + 0.05 * tall)
        if len(near) == 2 and above.sum() == 1 and below.sum() == 1:
            found.append(Sign(float(own[0]), "%"))
    return found


def _reach(parts: NDArray[np.int32], stroke: NDArray[np.int32]) -> NDArray[np.int32]:
    """Pixels that each piece shares with a stroke's columns; below 0 the gap between them."""
    right = np.minimum(parts[:, 0] + parts[:, 2], stroke[0] + stroke[2])
    return np.asarray(right - np.maximum(parts[:, 0], stroke[0]), np.int32)


def _squares(parts: NDArray[np.int32], large: NDArray[np.int32], tall: float) -> list[Sign]:
    """Small raised marks, as of m²; whether there is an m before one, a text tells."""
    found = []
    for part in parts:
        wide, high = part[2] / tall, part[3] / tall
        fits = 0.08 <= wide <= 0.42 and 0.16 <= high <= 0.5 and high > 0.8 * wide
        if not fits or _hidden(part, large):
            continue
        before = large[large[:, 0] + large[:, 2] / 2 < part[0] + part[2] / 2][-1:]
        if not len(before) or part[0] - before[0][0] - before[0][2] > 0.35 * tall:
            continue
        top, high_of = float(before[0][1]), float(before[0][3])
        if part[1] + part[3] < top + 0.55 * high_of:
            found.append(Sign(float(part[0] + part[2] / 2), "㎡"))
    return found


def _dotted(dots: Sequence[NDArray[np.int32]], large: NDArray[np.int32], tall: float) -> list[Sign]:
    """Points, colons, middle dots and raised marks, by where they stand."""
    found: list[Sign] = []
    rest = sorted(dots, key=lambda part: int(part[0]))
    for middle, group in _stacked(rest, tall):
        near = large[np.argsort(np.abs(large[:, 0] + large[:, 2] / 2 - middle))[:4]]
        top, bottom = float(np.median(near[:, 1])), float(np.median(near[:, 1] + near[:, 3]))
        places = [(part[1] + part[3] / 2 - top) / max(1.0, bottom - top) for part in group]
        speck = max(int(part[4]) for part in group) < 6
        if len(group) == 2:
            found.append(Sign(middle, ":", speck))
            continue
        at = places[0]
        kinds = "." if at > 0.8 else ".・" if at > 0.68 else "・" if at > 0.3 else "°"
        found.append(Sign(middle, kinds, speck))
    return found


def _stacked(
    dots: Sequence[NDArray[np.int32]], tall: float
) -> list[tuple[float, list[NDArray[np.int32]]]]:
    """Dots with those that stand over them, and the middle of each group."""
    made: list[tuple[float, list[NDArray[np.int32]]]] = []
    for part in dots:
        middle = float(part[0] + part[2] / 2)
        if made and middle - made[-1][0] < 0.22 * tall and len(made[-1][1]) < 2:
            made[-1][1].append(part)
        else:
            made.append((middle, [part]))
    return made


def _stroke(labels: NDArray[np.int32], part: NDArray[np.int32]) -> str:
    """``-`` for a straight flat stroke, ``~`` for one that goes up, down and up again; both where
    it may be either."""
    left, top, wide, high = (int(v) for v in part[:4])
    window = labels[top : top + high, left : left + wide]
    values, counts = np.unique(window[window > 0], return_counts=True)
    own = window == values[counts.argmax()]
    inked = own.sum(axis=0)
    columns = np.flatnonzero(inked)
    middles = (np.arange(len(own)) @ own)[columns] / inked[columns]
    if len(columns) < 5:
        return "-"
    line = np.polyfit(columns, middles, 1)
    off = middles - np.polyval(line, columns)
    swing = float(off.max() - off.min()) / wide
    turns = sum(
        a * b < 0 for a, b in itertools.pairwise(off[np.abs(off) > 0.25 * np.abs(off).max()])
    )
    if swing > 0.16 and turns >= 2:
        return "~"
    return "-" if swing < 0.1 or math.isclose(swing, 0.0) else "~-" if turns >= 2 else "-~"


def _leaning(labels: NDArray[np.int32], parts: NDArray[np.int32], tall: float) -> list[float]:
    """x of straight strokes, as high as a character, that lean to the right."""
    found = []
    for left, top, wide, high, _ in parts.tolist():
        if high < 0.7 * tall or not _LEANS * 0.8 * high < wide < 1.2 * high:
            continue
        window = labels[top : top + high, left : left + wide]
        values, counts = np.unique(window[window > 0], return_counts=True)
        ys, xs = np.nonzero(window == values[counts.argmax()])
        slope, start = _line_through(ys, xs)
        off = np.abs(xs - slope * ys - start)
        if -slope > _LEANS and float(np.percentile(off, 90)) < 0.09 * tall:
            found.append(left + wide / 2)
    return found


def _line_through(ys: NDArray[np.int64], xs: NDArray[np.int64]) -> tuple[float, float]:
    """Slope (x a unit of y) and start of the straight line of least squares.

    A stroke has points at several heights, so the slope is defined.
    """
    down = ys - ys.mean()
    slope = float(down @ xs) / float(down @ down)
    return slope, float(xs.mean()) - slope * float(ys.mean())
