"""Digits as people in Japan write them, drawn stroke by stroke: what fonts and foreign writers lack.

A ``1`` with a flag, a ``7`` that begins with a short stroke down, open and closed ``4``, a ``5`` whose hat is a stroke of
its own, an open ``0``, ``8`` and ``9``, a ``2`` with a loop. Each call draws another hand.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

SIZE = 128
"""Side of the picture of one character before it is damaged, pixels."""

TALL = 96
"""The longer side of the character in it, pixels."""

Ink = NDArray[np.uint8]
"""Ink of one character, 255 is full ink, shape (128, 128)."""

Stroke = list[tuple[float, float]]

SHAPES: dict[str, list[list[Stroke]]] = {
    "1": [
        [[(.5, 0), (.5, 1)]],
        [[(.56, 0), (.45, 1)]],
        [[(.28, .25), (.42, .14), (.53, 0)], [(.53, 0), (.53, 1)]],
        [[(.36, .14), (.53, 0), (.53, .02), (.53, .5), (.53, 1)]],
        [[(.3, .2), (.52, 0)], [(.52, 0), (.52, 1)], [(.25, 1), (.8, 1)]],
    ],
    "2": [
        [[(.12, .25), (.25, .05), (.5, 0), (.78, .08), (.82, .28), (.6, .58), (.3, .82), (.08, 1)], [(.08, 1), (.5, .98), (.92, 1)]],
        [[(.12, .25), (.3, .04), (.55, 0), (.8, .12), (.8, .34), (.55, .66), (.25, .92), (.1, .93), (.12, .8), (.28, .8), (.5, .93),
          (.7, 1), (.95, .92)]],
        [[(.1, .2), (.4, .0), (.75, .06), (.78, .3), (.45, .68), (.1, .98), (.12, 1), (.35, .93), (.6, 1), (.9, .97)]],
    ],
    "3": [
        [[(.12, .14), (.4, 0), (.75, .06), (.8, .26), (.6, .43), (.35, .47), (.65, .5), (.87, .68), (.75, .92), (.4, 1), (.08, .88)]],
        [[(.12, .02), (.5, .01), (.82, 0)], [(.82, 0), (.42, .4), (.7, .46), (.88, .7), (.7, .95), (.35, 1), (.08, .88)]],
        [[(.1, .1), (.5, 0), (.75, .16), (.5, .42), (.3, .46), (.34, .5), (.6, .48), (.82, .7), (.6, .95), (.2, 1), (.02, .9)]],
    ],
    "4": [
        [[(.45, 0), (.25, .38), (.05, .68)], [(.05, .68), (.5, .66), (.95, .66)], [(.66, .3), (.64, .65), (.63, 1)]],
        [[(.28, .04), (.22, .3), (.12, .55)], [(.12, .55), (.5, .55), (.95, .53)], [(.7, .08), (.68, .5), (.66, 1)]],
        [[(.62, 1), (.63, .5), (.64, 0)], [(.64, 0), (.3, .35), (.03, .68)], [(.03, .68), (.5, .68), (.95, .68)]],
        [[(.15, .05), (.13, .3), (.15, .45), (.35, .52), (.75, .48)], [(.78, 0), (.75, .5), (.7, 1)]],
    ],
    "5": [
        [[(.28, .02), (.22, .24), (.16, .46)], [(.16, .46), (.45, .34), (.8, .46), (.86, .7), (.65, .95), (.3, 1), (.06, .9)],
         [(.3, .02), (.6, .01), (.9, 0)]],
        [[(.24, .1), (.2, .3), (.17, .5)], [(.17, .5), (.5, .38), (.82, .55), (.8, .82), (.5, 1), (.1, .95)],
         [(.3, .0), (.6, .0), (.95, .02)]],
        [[(.85, 0), (.5, .02), (.25, .03)], [(.25, .03), (.2, .25), (.15, .45)],
         [(.15, .45), (.5, .37), (.84, .55), (.82, .82), (.5, 1), (.08, .92)]],
        [[(.9, .0), (.5, .03), (.32, .1), (.22, .4), (.5, .42), (.78, .58), (.75, .85), (.45, 1), (.1, .95)]],
    ],
    "6": [
        [[(.62, 0), (.35, .25), (.15, .6), (.2, .9), (.5, 1), (.82, .88), (.85, .65), (.62, .5), (.35, .55), (.17, .75)]],
        [[(.4, 0), (.25, .3), (.15, .65), (.25, .93), (.55, 1), (.8, .85), (.75, .62), (.5, .55), (.2, .72)]],
        [[(.75, .03), (.45, .12), (.2, .45), (.12, .75), (.35, .98), (.7, .95), (.82, .7), (.6, .55), (.3, .62)]],
    ],
    "7": [
        [[(.08, .04), (.5, .03), (.92, 0)], [(.92, 0), (.65, .45), (.45, 1)]],
        [[(.1, .28), (.1, .15), (.11, .02)], [(.11, .03), (.5, .02), (.9, .01)], [(.9, .01), (.65, .45), (.5, 1)]],
        [[(.12, .0), (.12, .15), (.1, .3)], [(.12, .04), (.5, .03), (.9, .02)], [(.9, .02), (.72, .3), (.6, .65), (.58, 1)]],
        [[(.05, .05), (.5, .03), (.9, 0)], [(.9, 0), (.6, .5), (.45, 1)], [(.32, .5), (.6, .48), (.85, .46)]],
        [[(.08, .12), (.3, .02), (.6, .06), (.9, .0)], [(.9, 0), (.75, .25), (.6, .6), (.55, 1)]],
    ],
    "8": [
        [[(.75, .14), (.5, 0), (.22, .12), (.28, .34), (.55, .48), (.83, .68), (.75, .93), (.45, 1), (.15, .88), (.17, .66), (.45, .5),
          (.72, .3), (.76, .12)]],
        [[(.82, .08), (.5, 0), (.2, .14), (.3, .36), (.6, .5), (.85, .72), (.65, .97), (.3, .97), (.13, .76), (.35, .55), (.65, .35),
          (.88, .1)]],
        [[(.8, .12), (.55, .02), (.25, .1), (.25, .3), (.5, .45), (.78, .65), (.75, .92), (.42, 1), (.15, .85), (.25, .62), (.5, .46),
          (.62, .32)]],
    ],
    "9": [
        [[(.8, .2), (.55, 0), (.22, .12), (.15, .35), (.38, .5), (.68, .4), (.81, .15)], [(.81, .12), (.8, .5), (.76, 1)]],
        [[(.78, .18), (.5, .02), (.2, .16), (.18, .38), (.4, .5), (.68, .38), (.79, .14), (.8, .5), (.68, .85), (.42, 1), (.15, .95)]],
        [[(.8, .1), (.5, 0), (.2, .15), (.2, .4), (.5, .48), (.78, .28), (.82, .08), (.7, .6), (.5, 1)]],
        [[(.72, .08), (.4, .02), (.15, .22), (.25, .45), (.55, .42), (.78, .2)], [(.8, .06), (.82, .5), (.8, 1)]],
    ],
}
"""Control points of each way of writing a digit, x to the right, y down, in the unit square; 0 is :func:`_ring`."""

WIDTH = {"1": .45}
"""Width of a character for its height; 0.65 where it is not named."""


def draw_digit(digit: str, rng: np.random.Generator) -> Ink:
    """One digit by a made-up hand: other proportions, points, slant and pen each time."""
    if digit == "0":
        strokes = [_ring(rng)]
    else:
        shapes = SHAPES[digit]
        strokes = [list(stroke) for stroke in shapes[int(rng.integers(len(shapes)))]]
    loose = abs(rng.normal(0, .03))
    wide = WIDTH.get(digit, .65) * float(np.exp(rng.normal(0, .15)))
    apart = rng.normal(0, .02, 2 * len(strokes)).reshape(-1, 2)
    if rng.random() < .25:
        apart *= 2.5
    lines = []
    for stroke, move in zip(strokes, apart, strict=True):
        points = np.asarray(stroke, np.float64) + move + rng.normal(0, loose, (len(stroke), 2))
        points[-1] += (points[-1] - points[-2]) * rng.normal(0, .08)
        points[:, 0] *= wide
        lines.append(_curve(points))
    return _draw(lines, float(rng.uniform(3.0, 11.0)))


def _ring(rng: np.random.Generator) -> Stroke:
    """A 0: begun near the top, either way round, not always closed, sometimes run over."""
    start = -math.pi / 2 + rng.normal(0, .5)
    sweep = 2 * math.pi + float(rng.uniform(-.6, .7))
    steps = np.linspace(start, start + (sweep if rng.random() < .8 else -sweep), 11)
    drift = rng.normal(0, .05) * np.linspace(0, 1, len(steps))
    return [(.5 + (.46 + d) * math.cos(a), .5 + (.5 + d) * math.sin(a)) for a, d in zip(steps, drift, strict=True)]


def _curve(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """A Catmull-Rom curve through the points, shape (n, 2)."""
    if len(points) == 2:
        return points
    ends = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
    t = np.linspace(0, 1, 8, endpoint=False)[:, None]
    parts = []
    for a, b, c, d in zip(ends[:-3], ends[1:-2], ends[2:-1], ends[3:], strict=True):
        parts.append(.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3))
    return np.vstack([*parts, points[-1:]])


def _draw(lines: list[NDArray[np.float64]], pen: float) -> Ink:
    every = np.vstack(lines)
    low, span = every.min(axis=0), np.ptp(every, axis=0)
    scale = (TALL - pen) / max(float(span.max()), 1e-3)
    picture = np.zeros((SIZE, SIZE), np.uint8)
    for line in lines:
        placed = (line - low - span / 2) * scale + SIZE / 2
        cv2.polylines(picture, [np.round(placed * 16).astype(np.int32)], False, (255,), max(1, round(pen)), cv2.LINE_AA, 4)
    return picture


def scribble(rng: np.random.Generator) -> Ink:
    """What is no character: a zigzag, a spiral, a tangle, hatching, a struck-through blot, a wave."""
    kind = int(rng.integers(6))
    n = int(rng.integers(7, 22))
    if kind == 0:
        x = np.linspace(0, 1, n)
        points = np.stack([x, np.where(np.arange(n) % 2, .1, .9) + rng.normal(0, .12, n)], 1)
    elif kind == 1:
        turn = np.linspace(0, float(rng.uniform(3, 7)) * math.pi, 40)
        points = np.stack([np.cos(turn), np.sin(turn)], 1) * np.linspace(.15, 1, 40)[:, None] + turn[:, None] * rng.normal(0, .1, 2)
    elif kind == 2:
        points = rng.random((n, 2))
    elif kind == 3:
        y = np.linspace(0, 1, n)
        points = np.stack([np.where(np.arange(n) % 2, .05, .95) + rng.normal(0, .1, n), y], 1)
    elif kind == 4:
        points = np.cumsum(rng.normal(0, 1, (n, 2)), axis=0)
    else:
        turn = np.linspace(0, 2 * math.pi * float(rng.uniform(2.2, 5)), 50)
        points = np.stack([turn * float(rng.uniform(.15, .4)) + np.cos(turn), np.sin(turn)], 1)
    points = points * [float(rng.uniform(.4, 1.6)), 1]
    return _draw([_curve(points)], float(rng.uniform(3, 10)))


def mark(rng: np.random.Generator) -> Ink:
    """Marks that are no character: dash, dot, tick, cross, circled or doubled line, arrow, equals sign."""
    kind = int(rng.integers(7))
    j = rng.normal(0, .04, (6, 2))
    pen = float(rng.uniform(3, 11))
    if kind == 0:
        lines = [np.asarray([(0, .5), (1, .5)]) + j[:2]]
    elif kind == 1:
        lines, pen = [np.asarray([(.5, .5), (.55, .55)])], 50.0
    elif kind == 2:
        lines = [np.asarray([(0, .55), (.3, 1), (1, 0)]) + j[:3]]
    elif kind == 3:
        lines = [np.asarray([(0, 0), (1, 1)]) + j[:2], np.asarray([(1, 0), (0, 1)]) + j[2:4]]
    elif kind == 4:
        lines = [np.asarray([(0, .4), (1, .4)]) + j[:2], np.asarray([(0, .65), (1, .65)]) + j[2:4]]
    elif kind == 5:
        lines = [np.asarray([(.5, 0), (.5, 1)]) + j[:2], np.asarray([(0, .5), (1, .5)]) + j[2:4]]
    else:
        side = float(rng.uniform(.15, .45))
        lines = [np.asarray([(0, 0), (0, 1)]) + j[:2] * .5, np.asarray([(side, 0), (side, 1)]) + j[2:4] * .5]
    return _draw(lines, pen)
