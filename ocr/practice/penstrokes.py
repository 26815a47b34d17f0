"""Pen strokes: smooth curves of varying width, and digits made of them.

Fonts know one shape of a digit; people use several (an open 4, a crossed 7, a 5 in one stroke) and
no two writers draw the same curve. A digit here is a few control points that a writer bends once
for good and each instance bends a little more. Coordinates of a glyph are in a unit square, y
downwards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.practice.households import Rng
from records.types import Gray

Points = NDArray[np.float64]
"""Shape (n, 2): x, y."""

Allograph = tuple[tuple[tuple[float, float], ...], ...]
"""Strokes of one way to draw a character, each a run of control points."""

DIGITS: Mapping[str, tuple[Allograph, ...]] = {
    "0": (
        (
            (
                (0.52, 0.02),
                (0.18, 0.2),
                (0.08, 0.55),
                (0.25, 0.92),
                (0.6, 0.97),
                (0.9, 0.7),
                (0.88, 0.3),
                (0.55, 0.03),
            ),
        ),
        (
            (
                (0.62, 0.06),
                (0.25, 0.1),
                (0.1, 0.5),
                (0.28, 0.95),
                (0.65, 0.95),
                (0.9, 0.55),
                (0.75, 0.12),
                (0.4, 0.02),
            ),
        ),
        (
            (
                (0.45, 0.05),
                (0.15, 0.35),
                (0.2, 0.85),
                (0.55, 0.98),
                (0.85, 0.75),
                (0.85, 0.3),
                (0.6, 0.08),
            ),
        ),
        (
            (
                (0.7, 0.12),
                (0.35, 0.02),
                (0.1, 0.4),
                (0.2, 0.9),
                (0.6, 0.96),
                (0.88, 0.55),
                (0.72, 0.1),
                (0.5, 0.0),
                (0.38, 0.12),
            ),
        ),
    ),
    "1": (
        (((0.5, 0.02), (0.5, 0.5), (0.5, 0.98)),),
        (((0.58, 0.02), (0.5, 0.5), (0.42, 0.98)),),
        (((0.38, 0.15), (0.55, 0.02), (0.54, 0.5), (0.53, 0.98)),),
        (((0.52, 0.0), (0.5, 0.5), (0.5, 1.0)),),
        (((0.5, 0.02), (0.5, 0.5), (0.5, 0.98)),),
        (((0.56, 0.0), (0.52, 0.4), (0.44, 1.0)),),
        (
            ((0.33, 0.2), (0.52, 0.03), (0.52, 0.04), (0.52, 0.5), (0.52, 0.97)),
            ((0.25, 0.97), (0.5, 0.96), (0.8, 0.97)),
        ),
    ),
    "2": (
        (
            (
                (0.12, 0.25),
                (0.3, 0.05),
                (0.65, 0.03),
                (0.85, 0.25),
                (0.65, 0.55),
                (0.15, 0.95),
                (0.15, 0.96),
                (0.5, 0.94),
                (0.92, 0.95),
            ),
        ),
        (
            (
                (0.15, 0.2),
                (0.45, 0.02),
                (0.8, 0.18),
                (0.7, 0.5),
                (0.3, 0.85),
                (0.12, 0.95),
                (0.15, 0.82),
                (0.4, 0.85),
                (0.65, 0.97),
                (0.92, 0.9),
            ),
        ),
        (
            (
                (0.1, 0.12),
                (0.45, 0.05),
                (0.8, 0.1),
                (0.75, 0.4),
                (0.4, 0.7),
                (0.1, 0.95),
                (0.12, 0.95),
                (0.5, 0.92),
                (0.9, 0.93),
            ),
        ),
    ),
    "3": (
        (
            (
                (0.15, 0.15),
                (0.45, 0.02),
                (0.8, 0.15),
                (0.75, 0.38),
                (0.4, 0.47),
                (0.4, 0.47),
                (0.8, 0.58),
                (0.85, 0.82),
                (0.5, 0.98),
                (0.12, 0.86),
            ),
        ),
        (
            (
                (0.15, 0.06),
                (0.5, 0.05),
                (0.82, 0.05),
                (0.82, 0.06),
                (0.45, 0.42),
                (0.45, 0.42),
                (0.8, 0.52),
                (0.85, 0.8),
                (0.5, 0.98),
                (0.12, 0.88),
            ),
        ),
        (
            (
                (0.2, 0.1),
                (0.55, 0.03),
                (0.75, 0.2),
                (0.5, 0.42),
                (0.35, 0.46),
                (0.7, 0.5),
                (0.85, 0.7),
                (0.6, 0.95),
                (0.1, 0.92),
            ),
        ),
    ),
    "4": (
        (
            ((0.4, 0.03), (0.25, 0.35), (0.08, 0.62), (0.08, 0.63), (0.5, 0.62), (0.95, 0.6)),
            ((0.65, 0.3), (0.63, 0.65), (0.6, 0.98)),
        ),
        (
            (
                (0.65, 0.98),
                (0.65, 0.5),
                (0.66, 0.03),
                (0.66, 0.03),
                (0.35, 0.35),
                (0.06, 0.66),
                (0.06, 0.66),
                (0.5, 0.66),
                (0.95, 0.65),
            ),
        ),
        (
            ((0.2, 0.05), (0.18, 0.3), (0.16, 0.52), (0.17, 0.53), (0.5, 0.52), (0.85, 0.5)),
            ((0.75, 0.04), (0.73, 0.5), (0.7, 0.98)),
        ),
        (
            ((0.58, 0.03), (0.3, 0.35), (0.05, 0.65), (0.05, 0.66), (0.5, 0.66), (0.95, 0.64)),
            ((0.62, 0.05), (0.62, 0.5), (0.6, 0.98)),
        ),
    ),
    "5": (
        (
            (
                (0.25, 0.05),
                (0.2, 0.25),
                (0.16, 0.43),
                (0.16, 0.43),
                (0.5, 0.34),
                (0.85, 0.52),
                (0.8, 0.82),
                (0.45, 0.98),
                (0.1, 0.88),
            ),
            ((0.25, 0.05), (0.55, 0.05), (0.9, 0.03)),
        ),
        (
            (
                (0.88, 0.04),
                (0.55, 0.05),
                (0.28, 0.06),
                (0.27, 0.06),
                (0.22, 0.25),
                (0.18, 0.42),
                (0.18, 0.42),
                (0.5, 0.35),
                (0.85, 0.55),
                (0.78, 0.85),
                (0.4, 0.98),
                (0.1, 0.88),
            ),
        ),
        (
            (
                (0.2, 0.1),
                (0.2, 0.25),
                (0.2, 0.45),
                (0.2, 0.45),
                (0.55, 0.38),
                (0.8, 0.58),
                (0.7, 0.88),
                (0.35, 0.97),
                (0.1, 0.9),
            ),
            ((0.3, 0.07), (0.6, 0.02), (0.95, 0.0)),
        ),
    ),
    "6": (
        (
            (
                (0.65, 0.02),
                (0.35, 0.2),
                (0.15, 0.55),
                (0.2, 0.88),
                (0.5, 0.98),
                (0.82, 0.85),
                (0.82, 0.6),
                (0.5, 0.48),
                (0.22, 0.66),
            ),
        ),
        (
            (
                (0.5, 0.0),
                (0.25, 0.3),
                (0.12, 0.65),
                (0.3, 0.95),
                (0.65, 0.95),
                (0.85, 0.72),
                (0.6, 0.52),
                (0.25, 0.62),
                (0.18, 0.75),
            ),
        ),
        (
            (
                (0.4, 0.02),
                (0.2, 0.4),
                (0.15, 0.8),
                (0.4, 0.98),
                (0.75, 0.9),
                (0.8, 0.65),
                (0.55, 0.55),
                (0.25, 0.7),
                (0.2, 0.85),
            ),
        ),
    ),
    "7": (
        (((0.1, 0.08), (0.5, 0.06), (0.9, 0.06), (0.9, 0.07), (0.65, 0.45), (0.45, 0.98)),),
        (
            (
                (0.12, 0.3),
                (0.13, 0.18),
                (0.14, 0.07),
                (0.15, 0.07),
                (0.5, 0.06),
                (0.88, 0.06),
                (0.88, 0.07),
                (0.7, 0.4),
                (0.55, 0.98),
            ),
        ),
        (
            ((0.1, 0.08), (0.5, 0.06), (0.9, 0.06), (0.9, 0.07), (0.65, 0.45), (0.45, 0.98)),
            ((0.3, 0.5), (0.55, 0.48), (0.85, 0.47)),
        ),
        (
            (
                (0.1, 0.3),
                (0.12, 0.18),
                (0.13, 0.06),
                (0.14, 0.06),
                (0.5, 0.07),
                (0.9, 0.05),
                (0.9, 0.06),
                (0.8, 0.35),
                (0.5, 0.95),
            ),
        ),
    ),
    "8": (
        (
            (
                (0.78, 0.15),
                (0.45, 0.02),
                (0.2, 0.18),
                (0.35, 0.4),
                (0.65, 0.55),
                (0.85, 0.78),
                (0.55, 0.98),
                (0.2, 0.85),
                (0.25, 0.62),
                (0.6, 0.42),
                (0.8, 0.18),
                (0.72, 0.1),
            ),
        ),
        (
            (
                (0.5, 0.46),
                (0.2, 0.3),
                (0.3, 0.06),
                (0.65, 0.04),
                (0.8, 0.25),
                (0.52, 0.46),
                (0.18, 0.66),
                (0.22, 0.92),
                (0.6, 0.98),
                (0.85, 0.78),
                (0.5, 0.46),
            ),
        ),
        (
            ((0.52, 0.03), (0.2, 0.2), (0.45, 0.42), (0.78, 0.24), (0.55, 0.03)),
            ((0.48, 0.44), (0.12, 0.68), (0.45, 0.97), (0.88, 0.72), (0.52, 0.44)),
        ),
    ),
    "9": (
        (
            (
                (0.82, 0.22),
                (0.5, 0.03),
                (0.15, 0.2),
                (0.2, 0.45),
                (0.55, 0.5),
                (0.82, 0.25),
                (0.82, 0.22),
                (0.75, 0.6),
                (0.55, 0.98),
            ),
        ),
        (
            (
                (0.8, 0.15),
                (0.45, 0.02),
                (0.15, 0.25),
                (0.35, 0.5),
                (0.75, 0.35),
                (0.82, 0.12),
                (0.82, 0.13),
                (0.8, 0.55),
                (0.78, 0.98),
            ),
        ),
        (
            (
                (0.75, 0.1),
                (0.35, 0.05),
                (0.15, 0.3),
                (0.4, 0.48),
                (0.72, 0.3),
                (0.76, 0.12),
                (0.8, 0.5),
                (0.7, 0.88),
                (0.35, 0.97),
                (0.15, 0.88),
            ),
        ),
    ),
}
"""Ways to draw each digit, from what is seen on filled forms; the first is the commonest."""

ASPECT = 0.62
"""Width of a digit relative to its height."""


def smooth(points: Points, closed: bool = False, per_segment: int = 6) -> Points:
    """A Catmull-Rom curve through ``points``, ``per_segment`` samples between each two."""
    around = (
        np.vstack([points[-1:], points, points[:2]])
        if closed
        else np.vstack([points[:1], points, points[-1:]])
    )
    p0, p1, p2, p3 = around[:-3], around[1:-2], around[2:-1], around[3:]
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
