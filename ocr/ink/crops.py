"""Writing cut out of a page: one place, its lines, what runs on behind its box."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.ink.strokes import AROUND, Ink
from ocr.place.blank import PX, pixels
from records.types import Box, Gray

DOT_MM2 = 0.17
"""A FAX speck of 3 x 2 pixels has up to 0.15 mm² once it is warped, the dot of a pen 0.2."""

_LEAST_LINE_MM = 1.4
"""What is lower than this beside real lines is what is left of a dotted rule."""

_LEAST_INK_MM2 = 0.45
"""A line of a ruled box has this much ink: a full stop has one and more."""

_FLAT_MM, _BY_RULE_MM, _SEVERAL = 0.6, 0.8, 3
"""So many strokes that are so flat and so near a dotted rule, side by side, are dots that were not
taken away with it."""

_FAR_MM, _POINT_MM, _MOST_POINTS, _SPECK_LEVEL = 6.0, 1.0, 6, 160
"""How far from the characters of a line a speck is none of it; how large a light point is; how many
a line has that is not dirty; how dark one is where the scan knows no grays."""

_AROUND_POINT = np.ones((9, 9), np.uint8)

OVERFLOW_MM = 3.5
"""Writing is followed this far out of its box."""

RUN_ON_MM = 9.0
"""Characters that stand behind their box are followed this far."""


@dataclass(frozen=True, eq=False)
class Crop:
    """One line of writing, cut out: dark ink on pure white, with nothing else in it.

    Attributes:
        image: gray, as tall as the writing plus a small border.
        place: where on the blank, mm.
        overflow: mm by which the writing leaves its box.
        marks: strokes in it.
    """

    image: Gray
    place: Box
    overflow: float
    marks: int


def cut(
    ink: Ink, box: Box, others: Sequence[Box] = (), pad: float = 0.5, points: bool = False
) -> Crop | None:
    """The writing that belongs to ``box`` as one picture; None where nothing is written.

    Args:
        points: light points are looked for, see :func:`with_points`.
    """
    strokes = ink.strokes_in(box, others)
    if not _enough(ink, strokes):
        return None
    strokes = running_on(ink, strokes, box, others)
    crop = cut_strokes(ink, strokes, box, pad)
    return with_points(ink, crop, strokes) if points else crop


def running_on(
    ink: Ink, strokes: NDArray[np.int64], box: Box, others: Sequence[Box]
) -> NDArray[np.int64]:
    """``strokes`` of a box with those behind its right end that go on in the same line: the last
    character of an address that was too long stands in nobody's box. Each is as near to the one
    before it as characters are, and no higher than it may be."""
    found, edge = list(strokes.tolist()), box.right * PX
    left, right = ink.boxes[:, 0], ink.boxes[:, 0] + ink.boxes[:, 2]
    middle = ink.centres[:, 1]
    near = (
        (left > edge - PX)
        & (right < edge + RUN_ON_MM * PX)
        & (middle > (box.y - 1) * PX)
        & (middle < (box.bottom + 1) * PX)
    )
    near &= (ink.boxes[:, 4] >= DOT_MM2 * PX**2) & (ink.boxes[:, 3] < 1.2 * box.height * PX)
    left_over = [
        int(n)
        for n in np.flatnonzero(near)
        if n and n not in found and not _is_of(ink, int(n), others)
    ]
    for number in sorted(left_over, key=lambda n: int(left[n])):
        before = [
            n
            for n in found
            if right[n] > edge - 4 * PX
            and middle[n] - 0.6 * ink.boxes[n, 3] - PX
            < middle[number]
            < middle[n] + 0.6 * ink.boxes[n, 3] + PX
        ]
        if before and left[number] - max(right[n] for n in before) < max(
            1.5 * PX, 0.7 * max(ink.boxes[n, 3] for n in before)
        ):
            found.append(number)
    return np.asarray(found, dtype=np.int64)


def _is_of(ink: Ink, number: int, others: Sequence[Box]) -> bool:
    """True where the middle of a stroke lies in one of ``others``."""
    x, y = ink.centres[number] / PX
    return any(o.x - 0.5 <= x <= o.right + 0.5 and o.y - 0.5 <= y <= o.bottom + 0.5 for o in others)


def _enough(ink: Ink, strokes: NDArray[np.int64]) -> bool:
    """More than dust: 0.25 mm² of ink in strokes, or one stroke longer than 1.2 mm. Specks never
    add up to a stroke."""
    if not len(strokes):
        return False
    stats = ink.boxes[strokes]
    areas = stats[:, 4]
    return bool(
        areas[areas >= DOT_MM2 * PX**2].sum() >= 0.25 * PX**2 or stats[:, 2:4].max() >= 1.2 * PX
    )


def cut_strokes(ink: Ink, strokes: NDArray[np.int64], box: Box, pad: float = 0.5) -> Crop:
    """The given strokes as one picture, no farther than 3.5 mm out of ``box``."""
    rows, columns = pixels(box, ink.written, OVERFLOW_MM)
    stats = ink.boxes[strokes]
    left, top = max(int(stats[:, 0].min()), columns.start), max(int(stats[:, 1].min()), rows.start)
    right = int((stats[:, 0] + stats[:, 2]).max())
    if not (stats[:, 0] > columns.stop - OVERFLOW_MM * PX).any():  # nothing begins behind the box
        right = min(right, columns.stop)
    bottom = min(int((stats[:, 1] + stats[:, 3]).max()), rows.stop)
    margin = max(2, round(pad * PX))
    y0, y1 = max(0, top - margin), min(ink.image.shape[0], bottom + margin)
    x0, x1 = max(0, left - margin), min(ink.image.shape[1], right + margin)
    mask = np.isin(ink.labels[y0:y1, x0:x1], strokes).astype(np.uint8)
    mask[: max(0, rows.start - y0)] = 0
    image = on_white(ink.image[y0:y1, x0:x1], ink.with_faint((slice(y0, y1), slice(x0, x1)), mask))
    place = Box(left / PX, top / PX, max(0.1, (right - left) / PX), max(0.1, (bottom - top) / PX))
    over = max(
        0.0, box.x - place.x, box.y - place.y, place.right - box.right, place.bottom - box.bottom
    )
    return Crop(image, place, over, len(strokes))


def with_points(ink: Ink, crop: Crop, strokes: NDArray[np.int64]) -> Crop:
    """A line of writing with the points in it that are too light or too small to be ink for certain,
    and without specks far from its characters.

    A point, a colon's two dots or a middle dot are the smallest ink there is, and alone; what is as
    small between two characters of a line is one more often than it is dust. A line with many such
    is a dirty one, and keeps what it had.
    """
    stats = ink.boxes[strokes]
    real = stats[(stats[:, 4] >= 2 * DOT_MM2 * PX**2) | (stats[:, 2:4].max(axis=1) >= 1.5 * PX)]
    if not len(real):
        return crop
    far = [int(n) for n, row in zip(strokes, stats, strict=True) if _far_off(row, stats)]
    kept = strokes[~np.isin(strokes, far)]
    made = crop if not far else replace(cut_strokes(ink, kept, crop.place), overflow=crop.overflow)
    return _with_light_points(ink, made, real)


def _far_off(row: NDArray[np.int32], stats: NDArray[np.int32]) -> bool:
    """True for a speck that lies far from every other stroke of its line: the pieces of a light
    character are as small, but they lie together."""
    if row[4] >= DOT_MM2 * PX**2 or row[2:4].max() >= 0.8 * PX:
        return False
    gaps = np.maximum(stats[:, 0] - row[0] - row[2], row[0] - stats[:, 0] - stats[:, 2])
    return int((gaps <= _FAR_MM * PX).sum()) == 1


def _with_light_points(ink: Ink, crop: Crop, real: NDArray[np.int32]) -> Crop:
    """The same line with its light points drawn as dark as its ink."""
    top, left = round(crop.place.y * PX), round(crop.place.x * PX)
    bottom, right = round(crop.place.bottom * PX), round(crop.place.right * PX)
    window = (slice(max(0, top), bottom), slice(max(0, left), right))
    gray = ink.image[window]
    light = (gray if not ink.faint else cv2.blur(gray, (3, 3))) < (ink.faint or _SPECK_LEVEL)
    taken = cv2.dilate((ink.labels[window] > 0).astype(np.uint8), _AROUND_POINT) > 0
    free = light & ~taken
    if ink.printed is not None:
        free &= ~ink.printed[window]
    count, labels, stats, centres = cv2.connectedComponentsWithStats(
        free.astype(np.uint8), connectivity=8
    )
    size, found = round(_POINT_MM * PX), []
    for number in range(1, count):
        x = centres[number][0] + window[1].start
        fits = stats[number, 4] >= 2 and stats[number, 2:4].max() <= size
        sides = (real[:, 0] + real[:, 2] <= x + 2).any() and (real[:, 0] >= x - 2).any()
        if fits and sides:
            found.append(number)
    if not 0 < len(found) <= _MOST_POINTS:
        return crop
    mask = np.isin(labels, found)
    pad = crop.image.shape[0] - gray.shape[0], crop.image.shape[1] - gray.shape[1]
    y, x = pad[0] // 2, pad[1] // 2
    image = crop.image.copy()
    place = image[y : y + gray.shape[0], x : x + gray.shape[1]]
    drawn = cv2.dilate(mask.astype(np.uint8), AROUND) > 0
    dark = int(np.percentile(crop.image[crop.image < 200], 50)) if (crop.image < 200).any() else 0
    drawn = drawn[: place.shape[0], : place.shape[1]]
    place[drawn] = np.minimum(place[drawn], dark)
    return replace(crop, image=image)


def on_white(image: Gray, mask: NDArray[np.uint8]) -> Gray:
    """Ink under the mask and its soft edge; everything else white."""
    soft = cv2.dilate(mask, np.ones((3, 3), np.uint8))
    return np.asarray(np.where(soft > 0, image, 255), np.uint8)


def lines_of(
    ink: Ink,
    box: Box,
    rules: Sequence[float] = (),
    others: Sequence[Box] = (),
    points: bool = False,
) -> list[Crop]:
    """The lines of writing in a box, top to bottom.

    Args:
        rules: y in mm of horizontal rules that the blank prints inside the box; they part the lines
        where there are any.
        points: light points are looked for, see :func:`with_points`.
    """
    strokes = ink.strokes_in(box, others)
    if not _enough(ink, strokes):
        return []
    strokes = running_on(ink, strokes, box, others)
    if rules:
        edges = np.asarray(sorted(rules)) * PX
        bands = _hung_over(
            np.searchsorted(edges, ink.centres[strokes, 1]),
            ink.boxes[strokes],
            ink.centres[strokes],
            edges,
        )
    else:
        bands = _bands(ink.boxes[strokes], box.height * PX)
    left = _left_of_rules(
        ink.boxes[strokes], ink.centres[strokes, 1], np.asarray(sorted(rules)) * PX
    )
    crops = []
    for band in sorted(set(bands.tolist())):
        part = strokes[(bands == band) & ~left]
        if _enough(ink, part) and (_is_written(ink.boxes[part]) or not rules):
            crop = cut_strokes(ink, part, box)
            crops.append(with_points(ink, crop, part) if points else crop)
    return [c for c in crops if c.place.height >= _LEAST_LINE_MM or rules] or crops[:1]


def _hung_over(
    bands: NDArray[np.int64],
    stats: NDArray[np.int32],
    centres: NDArray[np.float64],
    edges: NDArray[np.float64],
) -> NDArray[np.int64]:
    """The same bands, where a full stop that hangs over the rule under its line, with nothing else
    there, belongs to that line."""
    moved = bands.copy()
    for band in sorted(set(bands.tolist())):
        part = np.flatnonzero(bands == band)
        above = stats[moved == band - 1]
        if band == 0 or len(part) > 3 or not len(above) or stats[part, 3].max() > 2 * PX:
            continue
        if (centres[part, 1] - edges[band - 1]).max() > 2.6 * PX:
            continue
        before = stats[part, 0].min() - (above[:, 0] + above[:, 2])
        if ((before > -PX) & (before < 8 * PX)).any():
            moved[part] = band - 1
    return moved


def _left_of_rules(
    stats: NDArray[np.int32], middles: NDArray[np.float64], rules: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Which strokes are what is left of a dotted rule: flat ones on it, several beside each other.

    Args:
        stats: rows of :attr:`Ink.boxes`; ``middles`` the y of each stroke's centre; ``rules`` those
        of the rules, in pixels.
    """
    left = np.zeros(len(stats), bool)
    flat = (stats[:, 3] < _FLAT_MM * PX) & (stats[:, 4] < 2.0 * PX * _FLAT_MM * PX)
    for rule in rules:
        on_it = flat & (np.abs(middles - rule) < _BY_RULE_MM * PX)
        if on_it.sum() >= _SEVERAL:
            left |= on_it
    return left


def _is_written(stats: NDArray[np.int32]) -> bool:
    """True where strokes are as high as a full stop, or as long as a dash: neither specks nor dots
    of a rule are."""
    real = stats[
        (stats[:, 4] >= 1.2 * DOT_MM2 * PX**2)
        & ((stats[:, 3] >= 0.8 * PX) | (stats[:, 2] >= 2.2 * PX))
    ]
    return bool(real[:, 4].sum() >= _LEAST_INK_MM2 * PX**2)


def _bands(stats: NDArray[np.int32], height: float) -> NDArray[np.int64]:
    """Group strokes into lines by the gaps and valleys of their vertical profile (each stroke
    weighs its width)."""
    top, bottom = int(stats[:, 1].min()), int((stats[:, 1] + stats[:, 3]).max())
    tall = bottom - top
    if tall < 7.0 * PX and tall < 1.3 * height:
        return np.zeros(len(stats), np.int64)
    profile = np.zeros(tall + 1)
    for _left, y, w, h, _area in stats:
        if h < 14 * PX:
            profile[y - top : y - top + h] += w
    smooth = cv2.GaussianBlur(profile[:, None], (1, 2 * round(1.2 * PX) + 1), 0.45 * PX)[:, 0]
    level = 0.28 * float(np.percentile(smooth, 80))
    low = smooth < level
    edges, start = [], None
    for y, is_low in enumerate(np.append(low, False)):
        if is_low and start is None:
            start = y
        elif not is_low and start is not None:
            edges.append((start + y) / 2)
            start = None
    edges = _far_apart(edges, tall)
    middles = stats[:, 1] + stats[:, 3] / 2 - top
    return np.searchsorted(np.asarray(edges), middles)


def _far_apart(edges: list[float], tall: int) -> list[float]:
    """Drop edges that would leave a line less than 2.6 mm high."""
    least = 2.6 * PX
    kept: list[float] = []
    for edge in edges:
        if edge - (kept[-1] if kept else 0.0) >= least and tall - edge >= least:
            kept.append(edge)
    return kept


def rules_in(print_mask: NDArray[np.bool_], box: Box) -> list[float]:
    """y in mm of the horizontal rules that the blank prints across the inside of ``box``."""
    rows, columns = pixels(box, print_mask, -0.6)
    share = print_mask[rows, columns].mean(axis=1)
    found, inside = [], False
    for offset, is_rule in enumerate(share > 0.45):
        if is_rule and not inside:
            found.append((rows.start + offset) / PX)
        inside = bool(is_rule)
    return found
