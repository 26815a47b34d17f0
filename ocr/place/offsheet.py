"""Print that the sheets found on a page do not explain: outside of them, or over them."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.place.align import Aligned, PreparedPage
from ocr.place.blank import PX
from records.types import Box, Gray

Quad = NDArray[np.float64]
"""Four corners (x, y), pixels of the page's image, shape (4, 2)."""

Bounds = tuple[int, int, int, int]
"""Left, top, right, bottom, pixels of the page's image."""

_MARGIN_MM = 4.0
"""So near to a sheet, or to the page's edge, is the edge of paper and no print."""

_ROOM = 0.03
"""Where sheets leave less of the page than this share, nothing lies beside them."""

_INK = 150
_LETTERS, _SPREAD = 30, 4
"""Print is so many marks of the size of letters, in so many rows and so many columns of 5 mm: more
than a sender's line or the dirt of a glass."""

_LETTER_MM = (0.6, 9.0)
_PITCH_MM = 5.0
_BRIGHT = 0.75
"""What lies beside a sheet is paper where it is at least so bright as that sheet's; a desk is
darker."""

_CELL_MM = 10.0
_LOST, _FEWEST = 0.35, 5
"""A cell of a sheet is covered where so little of its print is found; so many cells side by side
are more than a blot."""

_WHOLE = 0.985
"""With so much of its print a sheet is not covered."""


def print_outside(scan: PreparedPage, quads: Sequence[Quad], ppm: float) -> Bounds | None:
    """Where a page has print that lies outside of its sheets; None where it has none.

    Args:
        quads: the sheets' corners.
        ppm: pixels of the page's image for one mm of the sheets.
    """
    zoom = scan.low.shape[0] / scan.page.image.shape[0]
    small_ppm = ppm * zoom
    room = _room(scan.low.shape, [quad * zoom for quad in quads], small_ppm)
    if room.mean() < _ROOM:
        return None
    ink = cv2.bitwise_and(room, (scan.low < _INK).astype(np.uint8))
    if np.count_nonzero(ink) < _LETTERS:
        return None
    size = (scan.low.shape[1], scan.low.shape[0])
    raw = cv2.resize(scan.page.image, size, interpolation=cv2.INTER_AREA)
    on_paper = cv2.bitwise_and(ink, _paper(np.asarray(raw, np.uint8), room))
    places = letters(np.asarray(on_paper, np.uint8), small_ppm)
    if not is_print(places, small_ppm):
        return None
    (left, top), (right, bottom) = places.min(axis=0) / zoom, places.max(axis=0) / zoom
    return round(left), round(top), round(right), round(bottom)


def _room(shape: tuple[int, ...], quads: Sequence[Quad], ppm: float) -> NDArray[np.uint8]:
    """1 where a page's small image shows neither a sheet nor the page's edge."""
    room = np.ones(shape, np.uint8)
    margin = max(1, round(_MARGIN_MM * ppm))
    for quad in quads:
        corners = np.round(quad).astype(np.int32)
        cv2.fillConvexPoly(room, corners, 0)
        cv2.polylines(room, [corners], True, 0, 2 * margin)
    room[:margin] = room[-margin:] = 0
    room[:, :margin] = room[:, -margin:] = 0
    return room


def _paper(raw: Gray, room: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """1 where the surroundings are as bright as the paper of the page's sheets."""
    around = cv2.dilate(raw, np.ones((21, 21), np.uint8))
    sheets = around[room == 0]
    level = 255.0
    if len(sheets):
        level = float(np.percentile(sheets[::16], 60))
    return np.asarray(around >= _BRIGHT * level, np.uint8)


def letters(ink: NDArray[np.uint8], ppm: float) -> NDArray[np.float64]:
    """The middles (x, y) of the marks in ``ink`` that have the size of letters, shape (n, 2)."""
    _, _, stats, middles = cv2.connectedComponentsWithStats(ink, connectivity=8)
    size = stats[1:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].max(axis=1) / ppm
    least, most = _LETTER_MM
    is_letter = (size >= least) & (size <= most)
    is_no_speck = stats[1:, cv2.CC_STAT_AREA] >= 4
    fits = is_letter & is_no_speck
    return np.asarray(middles[1:][fits], np.float64)


def is_print(places: NDArray[np.float64], ppm: float) -> bool:
    """True for so many letters, so spread out, as only a sheet has."""
    if len(places) < _LETTERS:
        return False
    for axis in (0, 1):
        _, counts = np.unique((places[:, axis] / (_PITCH_MM * ppm)).astype(int), return_counts=True)
        if np.count_nonzero(counts >= 3) < _SPREAD:
            return False
    return True


def covered(aligned: Aligned) -> list[Box]:
    """Places on the blank, mm, where the sheet does not have the blank's print and has other
    print."""
    if aligned.fit >= _WHOLE:
        return []
    side = round(_CELL_MM * PX)
    height, width = (max(1, n // side) for n in aligned.blank.image.shape)
    printed, there = (
        cv2.resize(mask.astype(np.float32), (width, height), interpolation=cv2.INTER_AREA)
        for mask in (aligned.blank.print_mask, aligned.matched)
    )
    lost = ((printed > 0.002) & (there < _LOST * printed)).astype(np.uint8)
    joined = cv2.morphologyEx(lost, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    found = []
    for left, top, across, down, area in stats[1:count]:
        if area < _FEWEST or min(across, down) < 2:
            continue
        rows = slice(top * side, (top + down) * side)
        columns = slice(left * side, (left + across) * side)
        foreign = aligned.dark[rows, columns] & ~aligned.blank.near_print[rows, columns]
        if is_print(letters(foreign.astype(np.uint8), PX), PX):
            found.append(Box(*(float(v) * side / PX for v in (left, top, across, down))))
    return found
