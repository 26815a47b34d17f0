"""How a scan is bent against its blank, tile by tile."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.place.blank import (
    LOW,
    PX,
    Blank,
    Each,
    shrink,
)
from records.types import Gray

_TILE_MM, _STEP_MM = 26.0, 18.0

_SHARES = 4
"""Tiles are looked for in so many shares, side by side."""


def bend_at(bend: NDArray[np.float32], grid: NDArray[np.float32]) -> NDArray[np.float32]:
    """The tiles' offsets at the points of ``grid`` (canvas pixels), bilinear between tile
    centres."""
    step = _STEP_MM * PX
    half = _TILE_MM * PX / 2
    at = ((grid - half) / step).astype(np.float32)
    return np.asarray(
        cv2.remap(bend, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE),
        np.float32,
    )


@dataclass(frozen=True, eq=False)
class _Tiles:
    """The print of a blank at one scale, in overlapping tiles.

    Attributes:
        size: (width, height) of the whole, pixels.
        shape: how many rows and columns of tiles.
        parts: (row, column, y, x, print) of each tile that has enough print to tell where it is.
    """

    size: tuple[int, int]
    shape: tuple[int, int]
    parts: tuple[tuple[int, int, int, int, NDArray[np.float32]], ...]


@functools.lru_cache(maxsize=16)
def tiles_of(blank: Blank, scale: float) -> _Tiles:
    """The tiles of ``blank`` shrunk by ``scale``; kept for the forms that came last."""
    small = shrink(blank.low, scale / LOW)
    px = scale * PX
    tile = round(_TILE_MM * px)
    step = _STEP_MM * px
    rows, columns = (max(1, int((side - tile) / step) + 1) for side in small.shape)
    soft = _soft(small)
    parts = []
    for r in range(rows):
        for c in range(columns):
            y = round(r * step)
            x = round(c * step)
            part = soft[y : y + tile, x : x + tile]
            if float(part.std()) >= 8:
                parts.append((r, c, y, x, part))
    return _Tiles((small.shape[1], small.shape[0]), (rows, columns), tuple(parts))


def _soft(image: Gray) -> NDArray[np.float32]:
    """Blurred ink on zero: as floats tiles match twice as fast as as bytes, and where all is paper
    nothing can match."""
    return np.asarray(255 - cv2.GaussianBlur(image, (0, 0), 1.0), np.float32)


def tile_offsets(tiles: _Tiles, seen: Gray, reach: int, each: Each) -> NDArray[np.float32]:
    """How far each tile of the blank's print is off in the warped scan, smoothed.

    Args:
        seen: the scan at the tiles' scale.
        reach: how far a tile is searched for, pixels of that scale.

    Returns:
        Shape (tile rows, tile columns, 2): (x, y) in those pixels to add, by normalised
        cross-correlation.
    """
    offsets = np.zeros((*tiles.shape, 2), np.float32)
    weights = np.zeros(tiles.shape, np.float32)
    soft = cv2.copyMakeBorder(_soft(seen), reach, reach, reach, reach, cv2.BORDER_REPLICATE)
    span = np.arange(-reach, reach + 1, dtype=np.float32)
    distance = span[None, :] ** 2 + span[:, None] ** 2
    # Of two places that are as like, the nearer one is right.
    calm = 0.10 * distance / max(1, reach) ** 2

    def find(parts: Sequence[tuple[int, int, int, int, NDArray[np.float32]]]) -> None:
        for r, c, y, x, part in parts:
            height, width = part.shape
            rows = slice(y, y + height + 2 * reach)
            columns = slice(x, x + width + 2 * reach)
            window = soft[rows, columns]
            match = cv2.matchTemplate(window, part, cv2.TM_CCOEFF_NORMED) - calm
            _, score, _, place = cv2.minMaxLoc(match)
            if score > 0.25:
                offsets[r, c] = _peak(match, place) - reach
                weights[r, c] = score

    list(each(find, [tiles.parts[start::_SHARES] for start in range(_SHARES)]))
    return _smooth(offsets, weights)


def _peak(match: NDArray[np.floating], place: Sequence[int]) -> NDArray[np.float32]:
    """The peak's place refined by a parabola through its neighbours."""
    x, y = place
    height, width = match.shape
    fine = [float(x), float(y)]
    if 0 < x < width - 1:
        fine[0] += _summit(*match[y, x - 1 : x + 2].tolist())
    if 0 < y < height - 1:
        fine[1] += _summit(*match[y - 1 : y + 2, x].tolist())
    return np.asarray(fine, np.float32)


def _summit(before: float, here: float, after: float) -> float:
    """How far from its middle a parabola through three neighbours is highest; 0 for no hill."""
    curve = before - 2 * here + after
    if curve >= -1e-6:
        return 0.0
    return 0.5 * (before - after) / curve


def _smooth(offsets: NDArray[np.float32], weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each tile becomes the weighted median of its neighbourhood: a tile alone cannot move, a
    region can."""
    smooth = np.zeros_like(offsets)
    left = np.ones(weights.shape, bool)
    for radius in (1, 2, 4, max(weights.shape)):
        if not left.any():
            break
        around = [
            np.pad(a, ((radius, radius), (radius, radius), (0, 0)))
            for a in (offsets, weights[..., None])
        ]
        side = 2 * radius + 1
        near, weight = (
            np.lib.stride_tricks.sliding_window_view(a, (side, side), (0, 1))[left].reshape(
                int(left.sum()), -1, side * side
            )
            for a in around
        )
        enough = (weight[:, 0] > 0).sum(axis=1) >= 3
        places = tuple(index[enough] for index in np.nonzero(left))
        for axis in (0, 1):
            smooth[(*places, axis)] = _weighted_medians(near[enough, axis], weight[enough, 0])
        left[places] = False
    return smooth


def _weighted_medians(
    values: NDArray[np.float32], weights: NDArray[np.float32]
) -> NDArray[np.float32]:
    """The weighted median of each row."""
    order = np.argsort(values, axis=1)
    total = np.cumsum(np.take_along_axis(weights, order, 1), axis=1)
    middle = (total >= total[:, -1:] / 2).argmax(axis=1)
    return np.take_along_axis(values, np.take_along_axis(order, middle[:, None], 1), 1)[:, 0]
