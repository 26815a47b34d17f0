"""Print on scan lines that stand off: a FAX repeats lines that came damaged, and loses others, so
that all print of some lines stands where the blank has none.

Each line of the scan is compared with the lines of the blank that it may show, as the scan sees
them, and the cheapest way down the page is taken (the Viterbi path of a dynamic time warp: Sakoe &
Chiba, IEEE Trans. ASSP 26, 1978). A line may show what the line before showed, or what comes some
lines later, but never what came before: so writing beside print does not become that print.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.place.align import Aligned
from ocr.place.blank import PX
from records.types import Gray

_REACH_MM = 2.2
"""Print may stand so far off, up and down: a FAX of 98 dpi loses up to seven lines."""

_BLACK = 128
"""Black and white scans hold 0 and 255, but for those that were brought to square pixels."""

_BESIDE = np.ones((1, 5), np.uint8)
"""Print may stand so far off besides: two pixels to the sides, and none up or down, where a rule
would lend all its length to what is written above it."""

_OFF = np.ones((5, 1), np.uint8)
"""Once it is known which line is shown, print may stand two pixels off up or down as well."""

_SLIP, _JUMP = 4.0, 25.0
"""What it costs, in pixels that do not fit, to show the line before once more or to leave one line
out, and to leave out more."""

_ASIDE_MM, _SLID_LEAST, _SLID_PRINT, _SLID_SHARE = 8.0, 20, 8, 0.2
"""The rest of a line slides so far at most. It did where so many pixels more fit then, and so many
of its print, and so large a share, are not where they should be."""


def on_moved_print(aligned: Aligned, at: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which places of a black-and-white page lie on print, as the scan's own lines show it.

    Args:
        at: flat places on the canvas.
    """
    seen = aligned.source
    if seen is None or not len(at):
        return np.zeros(len(at), bool)
    printed = _print_on(aligned, seen)
    near = np.asarray(cv2.dilate(printed, _BESIDE), np.uint8)
    x, y = np.rint(_on_source(aligned, at)).astype(np.int64).T
    x, y = x.clip(0, seen.shape[1] - 1), y.clip(0, len(seen) - 1)
    costs = _costs(seen, printed, near)
    below = _path(costs)
    about = np.asarray(cv2.dilate(near, _OFF), np.uint8)
    found = _there(about, x, y + below[y])
    torn = np.unique(y[~found])
    costs[torn] = 0.0
    below = _path(costs)
    for line in torn:
        shown = line + below[line]
        if not 0 <= shown < len(seen):
            continue
        start, aside = _slid(seen[line] < _BLACK, printed[shown] > 0, near[shown] > 0)
        own = (y == line) & (x >= start)
        found[own] |= _there(about, x[own] - aside, np.full(int(own.sum()), shown))
    return found


def _there(
    mask: NDArray[np.uint8], x: NDArray[np.int64], y: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Whether a mask is set at places, some of which may lie beyond it."""
    height, width = mask.shape
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    return np.asarray(inside & (mask[y.clip(0, height - 1), x.clip(0, width - 1)] > 0))


def _slid(
    ink: NDArray[np.bool_], printed: NDArray[np.bool_], near: NDArray[np.bool_]
) -> tuple[int, int]:
    """From where on the rest of a line has slid aside, as lost runs make it, and how far to the
    right; (its length, 0) where it has not. Pixels."""
    wide, reach = len(ink), round(_ASIDE_MM * PX)
    no_ink = cv2.dilate(ink.view(np.uint8)[None], _BESIDE)[0] == 0
    missing = printed & no_ink
    if np.count_nonzero(missing) < _SLID_PRINT:
        return wide, 0
    unfit = (ink & ~near) | missing
    before = np.concatenate([[0], np.cumsum(unfit)])
    unfit = (ink & ~_slid_by(near, reach)) | (_slid_by(printed, reach) & no_ink)
    behind = np.cumsum(unfit[:, ::-1], axis=1, dtype=np.int32)[:, ::-1]
    totals = before[:-1] + behind
    aside, start = divmod(int(totals.argmin()), wide)
    lacking = np.count_nonzero(missing[start:])
    fits_better = totals[aside, start] <= before[-1] - _SLID_LEAST
    slid = lacking >= max(_SLID_PRINT, _SLID_SHARE * np.count_nonzero(printed[start:]))
    return (start, aside - reach) if fits_better and slid else (wide, 0)


def _slid_by(line: NDArray[np.bool_], reach: int) -> NDArray[np.bool_]:
    """A line moved to the right by -reach to reach, shape (2 * reach + 1, its length); what leaves
    it at one end comes in at the other."""
    around = np.concatenate([line[-reach:], line, line[:reach]])
    return np.lib.stride_tricks.sliding_window_view(around, len(line))[::-1]


def _on_source(aligned: Aligned, at: NDArray[np.int64]) -> NDArray[np.float64]:
    """Flat places on the canvas as (x, y) on the scan's image."""
    y, x = np.divmod(at, aligned.blank.image.shape[1])
    return aligned.way.on_scan(np.stack([x, y], axis=1).astype(np.float32))


def _print_on(aligned: Aligned, seen: Gray) -> NDArray[np.uint8]:
    """1 where the blank's print should stand on the scan's image."""
    height, width = seen.shape
    at = np.flatnonzero(aligned.blank.print_mask)
    x, y = np.rint(_on_source(aligned, at)).astype(np.int64).T
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    printed = np.zeros((height, width), np.uint8)
    printed[y[inside], x[inside]] = 1
    # where the scan is finer than the canvas, places lie apart
    closed = cv2.morphologyEx(printed, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    return np.asarray(closed, np.uint8)


def _costs(seen: Gray, printed: NDArray[np.uint8], near: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Pixels that do not fit where a line of the scan shows a line so many below its own, shape
    (lines, 2 * reach + 1): ink where no print is, and print where no ink is."""
    ink = (seen < _BLACK).view(np.uint8)
    around = np.asarray(cv2.dilate(ink, _BESIDE), np.uint8)
    reach, lines = round(_REACH_MM * PX), len(seen)
    margin = ((reach, reach), (0, 0))
    print_bits, near_bits = (np.pad(_bits(mask), margin) for mask in (printed, near))
    ink_bits, no_ink = _bits(ink), ~_bits(around)
    costs = np.empty((lines, 2 * reach + 1), np.float32)
    for by in range(2 * reach + 1):
        strange = ink_bits & ~near_bits[by : by + lines]
        missing = print_bits[by : by + lines] & no_ink
        costs[:, by] = np.bitwise_count(strange).sum(axis=1)
        costs[:, by] += np.bitwise_count(missing).sum(axis=1)
    return costs


def _bits(mask: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """A mask with 64 pixels of a line in one number."""
    wide = np.pad(mask, ((0, 0), (0, -mask.shape[1] % 64)))
    return np.packbits(wide, axis=1).view(np.uint64)


def _path(costs: NDArray[np.float32]) -> NDArray[np.int64]:
    """How many lines below its own each line of the scan shows."""
    lines, ways = costs.shape
    totals = np.empty_like(costs)
    totals[0] = costs[0]
    for line in range(1, lines):
        best, before = totals[line], totals[line - 1]
        np.minimum(before, np.minimum.accumulate(before) + _JUMP, out=best)
        best[1:] = np.minimum(best[1:], before[:-1] + _SLIP)
        best[:-1] = np.minimum(best[:-1], before[1:] + _SLIP)
        best += costs[line]
    shown = np.empty(lines, np.int64)
    shown[-1] = totals[-1].argmin()
    for line in range(lines - 1, 0, -1):
        way = int(shown[line])
        came = totals[line - 1, : way + 2].copy()
        came[: max(0, way - 1)] += _JUMP
        came[max(0, way - 1) : way] += _SLIP
        came[way + 1 :] += _SLIP
        shown[line - 1] = came.argmin()
    return np.asarray(shown - ways // 2, np.int64)
