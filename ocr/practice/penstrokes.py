"""Pen strokes: smooth curves of varying width, and digits made of them.

Fonts know one shape of a digit; people use several (an open 4, a crossed 7, a 5 in one stroke) and
no two writers draw the same curve. A digit here is a few control points that a writer bends once
for good and each instance bends a little more. Coordinates of a glyph are in a unit square, y
downwards.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.practice.digitshapes import DIGITS
from ocr.practice.households import Rng
from records.types import Gray

Points = NDArray[np.float64]
"""Shape (n, 2): x, y."""


ASPECT = 0.62
"""Width of a digit relative to its height."""


def smooth(points: Points, closed: bool = False, per_segment: int = 6) -> Points:
    """A Catmull-Rom curve through ``points``, ``per_segment`` samples between each two."""
    around = (
        np.vstack([points[-1:], points, points[:2]])
        if closed
        else np.vstack([points[:1], points, points[-1:]])
    )
    p0 = around[:-3]
    p1 = around[1:-2]
    p2 = around[2:-1]
    p3 = around[3:]
    t = np.linspace(0, 1, per_segment, endpoint=False)[:, None, None]
    curve = 0.5 * (
        2 * p1
        + (p2 - p0) * t
        + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2
        + (3 * p1 - p0 - 3 * p2 + p3) * t**3
    )
    flat = curve.transpose(1, 0, 2).reshape(-1, 2)
    return np.vstack([flat, around[-2:-1]])


def draw(
    layer: Gray, curve: Points, width: float, rng: Rng | None = None, taper: float = 0.0
) -> None:
    """Draw a curve on an ink layer (0 none, 255 full ink).

    Args:
        curve: pixels of ``layer``.
        width: of the pen in pixels.
        rng: where given, the pressure wanders by a fifth.
        taper: how much thinner the stroke ends than it begins, 0 to 1.
    """
    shift = 4  # cv2 takes fixed-point coordinates: 1/16 pixel
    count = len(curve)
    pressure = np.full(count, width)
    if rng is not None and count > 3:
        knots = rng.normal(1.0, 0.1, 4)
        pressure *= np.interp(np.linspace(0, 3, count), range(4), knots)
    pressure *= 1 - taper * np.linspace(0, 1, count) ** 3
    fixed = np.round(curve * (1 << shift)).astype(np.int32)
    widths = np.maximum(1, np.round(pressure)).astype(int)
    start = 0
    for n in range(1, count):  # runs of equal width are drawn in one call
        if n == count - 1 or widths[n] != widths[start]:
            cv2.polylines(
                layer, [fixed[start : n + 1]], False, 255, int(widths[start]), cv2.LINE_AA, shift
            )
            start = n


def allograph(char: str, choice: int) -> list[Points]:
    """Control points of one way to draw a digit, counted modulo the known ways."""
    ways = DIGITS[char]
    return [np.array(stroke, np.float64) for stroke in ways[choice % len(ways)]]


def bent(strokes: Sequence[Points], amount: float, rng: Rng) -> list[Points]:
    """``strokes`` with each control point moved by about ``amount``, coinciding points together.

    Two equal neighbours mark a corner and must stay equal, or the corner grows a hair.
    """
    moved = []
    for stroke in strokes:
        shift = rng.normal(0, amount, stroke.shape)
        for n in range(1, len(stroke)):
            if np.abs(stroke[n] - stroke[n - 1]).max() < 0.015:
                shift[n] = shift[n - 1]
        moved.append(stroke + shift)
    return moved
