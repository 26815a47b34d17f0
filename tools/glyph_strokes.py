"""Digits as people in Japan write them, drawn stroke by stroke: what fonts and foreign writers
lack.

A ``1`` with a flag, a ``7`` that begins with a short stroke down, open and closed ``4``, a ``5``
whose hat is a stroke of its own, an open ``0``, ``8`` and ``9``, a ``2`` with a loop. Each call
draws another hand.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from tools.digit_shapes import SHAPES, Stroke

SIZE = 128
"""Side of the picture of one character before it is damaged, pixels."""

TALL = 96
"""The longer side of the character in it, pixels."""

Ink = NDArray[np.uint8]
"""Ink of one character, 255 is full ink, shape (128, 128)."""


WIDTH = {"1": 0.45}
"""Width of a character for its height; 0.65 where it is not named."""


def draw_digit(digit: str, rng: np.random.Generator) -> Ink:
    """One digit by a made-up hand: other proportions, points, slant and pen each time."""
    if digit == "0":
        strokes = [_ring(rng)]
    else:
        shapes = SHAPES[digit]
        strokes = [list(stroke) for stroke in shapes[int(rng.integers(len(shapes)))]]
    loose = abs(rng.normal(0, 0.03))
    wide = WIDTH.get(digit, 0.65) * float(np.exp(rng.normal(0, 0.15)))
    apart = rng.normal(0, 0.02, 2 * len(strokes)).reshape(-1, 2)
    if rng.random() < 0.25:
        apart *= 2.5
    lines = []
    for stroke, move in zip(strokes, apart, strict=True):
        points = np.asarray(stroke, np.float64) + move + rng.normal(0, loose, (len(stroke), 2))
        points[-1] += (points[-1] - points[-2]) * rng.normal(0, 0.08)
        points[:, 0] *= wide
        lines.append(_curve(points))
    return _draw(lines, float(rng.uniform(3.0, 11.0)))


def _ring(rng: np.random.Generator) -> Stroke:
    """A 0: begun near the top, either way round, not always closed, sometimes run over."""
    start = -math.pi / 2 + rng.normal(0, 0.5)
    sweep = 2 * math.pi + float(rng.uniform(-0.6, 0.7))
    steps = np.linspace(start, start + (sweep if rng.random() < 0.8 else -sweep), 11)
    drift = rng.normal(0, 0.05) * np.linspace(0, 1, len(steps))
    found = []
    for a, d in zip(steps, drift, strict=True):
        found.append((0.5 + (0.46 + d) * math.cos(a), 0.5 + (0.5 + d) * math.sin(a)))
    return found


def _curve(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """A Catmull-Rom curve through the points, shape (n, 2)."""
    if len(points) == 2:
        return points
    ends = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
    t = np.linspace(0, 1, 8, endpoint=False)[:, None]
    parts = []
    for a, b, c, d in zip(ends[:-3], ends[1:-2], ends[2:-1], ends[3:], strict=True):
        parts.append(
            0.5
            * (
                2 * b
                + (c - a) * t
                + (2 * a - 5 * b + 4 * c - d) * t**2
                + (3 * b - a - 3 * c + d) * t**3
            )
        )
    return np.vstack([*parts, points[-1:]])


def _draw(lines: list[NDArray[np.float64]], pen: float) -> Ink:
    every = np.vstack(lines)
    low = every.min(axis=0)
    span = np.ptp(every, axis=0)
    scale = (TALL - pen) / max(float(span.max()), 1e-3)
    picture = np.zeros((SIZE, SIZE), np.uint8)
    for line in lines:
        placed = (line - low - span / 2) * scale + SIZE / 2
        cv2.polylines(
            picture,
            [np.round(placed * 16).astype(np.int32)],
            False,
            (255,),
            max(1, round(pen)),
            cv2.LINE_AA,
            4,
        )
    return picture


def scribble(rng: np.random.Generator) -> Ink:
    """What is no character: a zigzag, a spiral, a tangle, hatching, a struck-through blot, a
    wave."""
    kind = int(rng.integers(6))
    n = int(rng.integers(7, 22))
    if kind == 0:
        x = np.linspace(0, 1, n)
        points = np.stack([x, np.where(np.arange(n) % 2, 0.1, 0.9) + rng.normal(0, 0.12, n)], 1)
    elif kind == 1:
        turn = np.linspace(0, float(rng.uniform(3, 7)) * math.pi, 40)
        points = np.stack([np.cos(turn), np.sin(turn)], 1) * np.linspace(0.15, 1, 40)[
            :, None
        ] + turn[:, None] * rng.normal(0, 0.1, 2)
    elif kind == 2:
        points = rng.random((n, 2))
    elif kind == 3:
        y = np.linspace(0, 1, n)
        points = np.stack([np.where(np.arange(n) % 2, 0.05, 0.95) + rng.normal(0, 0.1, n), y], 1)
    elif kind == 4:
        points = np.cumsum(rng.normal(0, 1, (n, 2)), axis=0)
    else:
        turn = np.linspace(0, 2 * math.pi * float(rng.uniform(2.2, 5)), 50)
        points = np.stack([turn * float(rng.uniform(0.15, 0.4)) + np.cos(turn), np.sin(turn)], 1)
    points = points * [float(rng.uniform(0.4, 1.6)), 1]
    return _draw([_curve(points)], float(rng.uniform(3, 10)))


def mark(rng: np.random.Generator) -> Ink:
    """Marks that are no character: dash, dot, tick, cross, circled or doubled line, arrow, equals
    sign."""
    kind = int(rng.integers(7))
    j = rng.normal(0, 0.04, (6, 2))
    pen = float(rng.uniform(3, 11))
    if kind == 0:
        lines = [np.asarray([(0, 0.5), (1, 0.5)]) + j[:2]]
    elif kind == 1:
        lines = [np.asarray([(0.5, 0.5), (0.55, 0.55)])]
        pen = 50.0
    elif kind == 2:
        lines = [np.asarray([(0, 0.55), (0.3, 1), (1, 0)]) + j[:3]]
    elif kind == 3:
        lines = [np.asarray([(0, 0), (1, 1)]) + j[:2], np.asarray([(1, 0), (0, 1)]) + j[2:4]]
    elif kind == 4:
        lines = [
            np.asarray([(0, 0.4), (1, 0.4)]) + j[:2],
            np.asarray([(0, 0.65), (1, 0.65)]) + j[2:4],
        ]
    elif kind == 5:
        lines = [
            np.asarray([(0.5, 0), (0.5, 1)]) + j[:2],
            np.asarray([(0, 0.5), (1, 0.5)]) + j[2:4],
        ]
    else:
        side = float(rng.uniform(0.15, 0.45))
        lines = [
            np.asarray([(0, 0), (0, 1)]) + j[:2] * 0.5,
            np.asarray([(side, 0), (side, 1)]) + j[2:4] * 0.5,
        ]
    return _draw(lines, pen)
