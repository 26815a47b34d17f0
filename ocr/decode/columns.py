"""The columns of vertical writing (縦書き) in a box, from right to left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.ink.crops import DOT_MM2, RUN_ON_MM, Crop, cut, cut_strokes
from ocr.ink.crops import rules_in as rows_ruled
from ocr.ink.strokes import Ink
from ocr.place.blank import PX
from records.types import Box, Gray

RUN_GAP_MM = 3.0
"""Writing that goes on below its box is as near as this to what stands above."""

_LEAN = 0.05
"""Columns lean so far at most, mm a mm."""

_VALLEY, _WIDEST_MM, _LEAST_COLUMN_MM = 0.45, 14.0, 2.0
"""Between columns there is so little ink; what is wider is no character; a column is this wide."""

_SPECK_MM2 = 0.04
"""What is smaller is no stroke."""

_LEAST_INK_MM2 = 0.25
"""A column has this much ink."""


def columns_of(
    ink: Ink, box: Box, rules: Sequence[float] = (), others: Sequence[Box] = (), one: bool = False
) -> list[Crop]:
    """The columns of writing in a box, from right to left, upright.

    Args:
        rules: x in mm of vertical rules that the blank prints inside the box; they part the columns
            where there are any.
        one: the box holds one column, whatever its width.
    """
    if cut(ink, box, others) is None:
        return []
    strokes = _running_on(ink, ink.strokes_in(box, others), box, others)
    if one:
        bands = np.zeros(len(strokes), np.int64)
    elif rules:
        bands = np.searchsorted(np.asarray(sorted(rules)) * PX, ink.centres[strokes, 0])
    else:
        bands = _bands(ink.boxes[strokes])
    crops = []
    for band in sorted(set(bands.tolist()), reverse=True):
        part = strokes[bands == band]
        if ink.boxes[part, 4].sum() >= _LEAST_INK_MM2 * PX**2:
            crops.append(_cut(ink, part, box))
    return crops


def _cut(ink: Ink, strokes: NDArray[np.int64], box: Box) -> Crop:
    """One column as a picture, with what goes on below its box."""
    bottom = float((ink.boxes[strokes, 1] + ink.boxes[strokes, 3]).max()) / PX
    reach = max(box.height, min(bottom - box.y, box.height + RUN_ON_MM))
    crop = cut_strokes(ink, strokes, Box(box.x, box.y, box.width, reach))
    return replace(crop, overflow=max(crop.overflow, bottom - box.bottom))


def ink_of(image: Gray, dark: NDArray[np.bool_]) -> Ink:
    """The ink of a page without a blank: strokes of what is ``dark``, specks left out.

    Args:
        image: gray, at the canvas' resolution.
    """
    _, labels, stats, centres = cv2.connectedComponentsWithStats(
        dark.view(np.uint8), connectivity=8
    )
    marks, boxes = np.asarray(labels, np.int32), np.asarray(stats, np.int32)
    small = boxes[:, 4] < _SPECK_MM2 * PX**2
    marks[small[marks]] = 0
    return Ink(image, marks > 0, marks, boxes, np.asarray(centres, np.float64))


def rules_in(print_mask: NDArray[np.bool_], box: Box) -> list[float]:
    """x in mm of the vertical rules that the blank prints down the inside of ``box``."""
    return rows_ruled(print_mask.T, _transposed(box))


def _transposed(box: Box) -> Box:
    return Box(box.y, box.x, box.height, box.width)


def _running_on(
    ink: Ink, strokes: NDArray[np.int64], box: Box, others: Sequence[Box]
) -> NDArray[np.int64]:
    """``strokes`` of a box with those below it that go on in the same column."""
    found, edge = list(strokes.tolist()), box.bottom * PX
    top, wide, high, area = (ink.boxes[:, n] for n in range(1, 5))
    near = (top > edge - PX) & (top + high < edge + RUN_ON_MM * PX) & (area >= DOT_MM2 * PX**2)
    near &= (ink.centres[:, 0] > (box.x - 1) * PX) & (ink.centres[:, 0] < (box.right + 1) * PX)
    near &= wide < 1.2 * box.width * PX
    bottom = int((top + high)[strokes].max())
    for number in sorted(np.flatnonzero(near).tolist(), key=lambda n: int(top[n])):
        if number == 0 or number in found or _is_of(ink, number, others):
            continue
        if top[number] - bottom < RUN_GAP_MM * PX:
            found.append(number)
            bottom = max(bottom, int(top[number] + high[number]))
    return np.asarray(found, dtype=np.int64)


def _is_of(ink: Ink, number: int, others: Sequence[Box]) -> bool:
    """True where the middle of a stroke lies in one of ``others``."""
    x, y = ink.centres[number] / PX
    return any(o.x - 0.5 <= x <= o.right + 0.5 and o.y - 0.5 <= y <= o.bottom + 0.5 for o in others)


def _bands(stats: NDArray[np.int32]) -> NDArray[np.int64]:
    """Group strokes into columns, numbered from the left, by the gaps and valleys across them (each
    stroke weighs its height). Columns lean: they are stood up so that they part best."""
    middles = stats[:, :2] + stats[:, 2:4] / 2
    best, upright, profile = -1.0, middles[:, 0], np.zeros(1)
    for lean in np.arange(-_LEAN, _LEAN + 0.001, 0.01):
        moved = middles[:, 0] - lean * (middles[:, 1] - middles[:, 1].mean())
        tried = _profile(moved, stats)
        sharp = float(np.square(tried).sum())
        if sharp > best:
            best, upright, profile = sharp, moved, tried
    start = float((upright - stats[:, 2] / 2).min())
    edges = [start + edge for edge in _valleys(profile)]
    while edges:
        bands = np.searchsorted(np.asarray(edges), upright)
        narrow = _too_narrow(stats, upright, bands, len(edges))
        if narrow is None:
            return np.asarray(bands, np.int64)
        edges.pop(narrow)
    return np.zeros(len(stats), np.int64)


def _valleys(profile: NDArray[np.float64]) -> list[float]:
    """Where there is far less than on either side; a last column of two characters is no valley."""
    from scipy.signal import find_peaks

    peaks = [int(p) for p in find_peaks(np.pad(profile, 1), distance=_LEAST_COLUMN_MM * PX)[0] - 1]
    edges: list[float] = []
    at = 0
    while at + 1 < len(peaks):
        left, right = peaks[at], peaks[at + 1]
        between = profile[left : right + 1]
        least = float(between.min())
        if least < _VALLEY * min(profile[left], profile[right]):
            low = np.flatnonzero(between <= least + 0.02 * profile.max())
            edges.append(left + float(low[0] + low[-1]) / 2)
            at += 1
        else:
            peaks.pop(at if profile[left] < profile[right] else at + 1)
    return edges


def _profile(middles: NDArray[np.float64], stats: NDArray[np.int32]) -> NDArray[np.float64]:
    """Height of the strokes above each other in each pixel column, from the leftmost stroke on,
    smoothed."""
    left = np.round(middles - stats[:, 2] / 2).astype(np.int64)
    left -= left.min()
    profile = np.zeros(int((left + stats[:, 2]).max()) + 1)
    for at, (_x, _y, w, h, _area) in zip(left.tolist(), stats.tolist(), strict=True):
        if w < _WIDEST_MM * PX:
            profile[at : at + w] += h
    smooth = cv2.GaussianBlur(profile[:, None], (1, 2 * round(1.2 * PX) + 1), 0.45 * PX)
    return np.asarray(smooth[:, 0], np.float64)


def _too_narrow(
    stats: NDArray[np.int32],
    middles: NDArray[np.float64],
    bands: NDArray[np.int64],
    edges: int,
) -> int | None:
    """The edge between a band that is no column and the nearer of its neighbours: one narrower than
    half the height of what stands in it, as the strokes of 川 are, or than any character, or with a
    full stop alone."""
    high = float(np.percentile(stats[:, 3], 75))
    for band in range(edges + 1):
        part = stats[bands == band]
        if len(part):
            half = part[:, 2] / 2
            wide = float((middles[bands == band] + half).max())
            wide -= float((middles[bands == band] - half).min())
            own = float(np.percentile(part[:, 3], 75))
            if wide >= max(_LEAST_COLUMN_MM * PX, 0.45 * own) and part[:, 3].max() >= 0.5 * high:
                continue
        return min(band, edges - 1)
    return None
