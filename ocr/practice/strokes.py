"""Pen strokes: smooth curves of varying width, and digits made of them.

Fonts know one shape of a digit; people use several (an open 4, a crossed 7, a 5 in one stroke) and no two writers draw
the same curve. A digit here is a few control points that a writer bends once for good and each instance bends a little
more. Coordinates of a glyph are in a unit square, y downwards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.practice.people import Rng
from records.types import Gray

Points = NDArray[np.float64]
"""Shape (n, 2): x, y."""

Allograph = tuple[tuple[tuple[float, float], ...], ...]
"""Strokes of one way to draw a character, each a run of control points."""

DIGITS: Mapping[str, tuple[Allograph, ...]] = {
    "0": (
        (((.52, .02), (.18, .2), (.08, .55), (.25, .92), (.6, .97), (.9, .7), (.88, .3), (.55, .03)),),
        (((.62, .06), (.25, .1), (.1, .5), (.28, .95), (.65, .95), (.9, .55), (.75, .12), (.4, .02)),),
        (((.45, .05), (.15, .35), (.2, .85), (.55, .98), (.85, .75), (.85, .3), (.6, .08)),),
        (((.7, .12), (.35, .02), (.1, .4), (.2, .9), (.6, .96), (.88, .55), (.72, .1), (.5, .0), (.38, .12)),),
    ),
    "1": (
        (((.5, .02), (.5, .5), (.5, .98)),), (((.58, .02), (.5, .5), (.42, .98)),),
        (((.38, .15), (.55, .02), (.54, .5), (.53, .98)),), (((.52, .0), (.5, .5), (.5, 1.0)),),
        (((.5, .02), (.5, .5), (.5, .98)),), (((.56, .0), (.52, .4), (.44, 1.0)),),
        (((.33, .2), (.52, .03), (.52, .04), (.52, .5), (.52, .97)), ((.25, .97), (.5, .96), (.8, .97))),
    ),
    "2": (
        (((.12, .25), (.3, .05), (.65, .03), (.85, .25), (.65, .55), (.15, .95), (.15, .96), (.5, .94), (.92, .95)),),
        (((.15, .2), (.45, .02), (.8, .18), (.7, .5), (.3, .85), (.12, .95), (.15, .82), (.4, .85), (.65, .97),
          (.92, .9)),),
        (((.1, .12), (.45, .05), (.8, .1), (.75, .4), (.4, .7), (.1, .95), (.12, .95), (.5, .92), (.9, .93)),),
    ),
    "3": (
        (((.15, .15), (.45, .02), (.8, .15), (.75, .38), (.4, .47), (.4, .47), (.8, .58), (.85, .82), (.5, .98),
          (.12, .86)),),
        (((.15, .06), (.5, .05), (.82, .05), (.82, .06), (.45, .42), (.45, .42), (.8, .52), (.85, .8), (.5, .98),
          (.12, .88)),),
        (((.2, .1), (.55, .03), (.75, .2), (.5, .42), (.35, .46), (.7, .5), (.85, .7), (.6, .95), (.1, .92)),),
    ),
    "4": (
        (((.4, .03), (.25, .35), (.08, .62), (.08, .63), (.5, .62), (.95, .6)), ((.65, .3), (.63, .65), (.6, .98))),
        (((.65, .98), (.65, .5), (.66, .03), (.66, .03), (.35, .35), (.06, .66), (.06, .66), (.5, .66), (.95, .65)),),
        (((.2, .05), (.18, .3), (.16, .52), (.17, .53), (.5, .52), (.85, .5)), ((.75, .04), (.73, .5), (.7, .98))),
        (((.58, .03), (.3, .35), (.05, .65), (.05, .66), (.5, .66), (.95, .64)), ((.62, .05), (.62, .5), (.6, .98))),
    ),
    "5": (
        (((.25, .05), (.2, .25), (.16, .43), (.16, .43), (.5, .34), (.85, .52), (.8, .82), (.45, .98), (.1, .88)),
         ((.25, .05), (.55, .05), (.9, .03))),
        (((.88, .04), (.55, .05), (.28, .06), (.27, .06), (.22, .25), (.18, .42), (.18, .42), (.5, .35), (.85, .55),
          (.78, .85), (.4, .98), (.1, .88)),),
        (((.2, .1), (.2, .25), (.2, .45), (.2, .45), (.55, .38), (.8, .58), (.7, .88), (.35, .97), (.1, .9)),
         ((.3, .07), (.6, .02), (.95, .0))),
    ),
    "6": (
        (((.65, .02), (.35, .2), (.15, .55), (.2, .88), (.5, .98), (.82, .85), (.82, .6), (.5, .48), (.22, .66)),),
        (((.5, .0), (.25, .3), (.12, .65), (.3, .95), (.65, .95), (.85, .72), (.6, .52), (.25, .62), (.18, .75)),),
        (((.4, .02), (.2, .4), (.15, .8), (.4, .98), (.75, .9), (.8, .65), (.55, .55), (.25, .7), (.2, .85)),),
    ),
    "7": (
        (((.1, .08), (.5, .06), (.9, .06), (.9, .07), (.65, .45), (.45, .98)),),
        (((.12, .3), (.13, .18), (.14, .07), (.15, .07), (.5, .06), (.88, .06), (.88, .07), (.7, .4), (.55, .98)),),
        (((.1, .08), (.5, .06), (.9, .06), (.9, .07), (.65, .45), (.45, .98)), ((.3, .5), (.55, .48), (.85, .47))),
        (((.1, .3), (.12, .18), (.13, .06), (.14, .06), (.5, .07), (.9, .05), (.9, .06), (.8, .35), (.5, .95)),),
    ),
    "8": (
        (((.78, .15), (.45, .02), (.2, .18), (.35, .4), (.65, .55), (.85, .78), (.55, .98), (.2, .85), (.25, .62),
          (.6, .42), (.8, .18), (.72, .1)),),
        (((.5, .46), (.2, .3), (.3, .06), (.65, .04), (.8, .25), (.52, .46), (.18, .66), (.22, .92), (.6, .98),
          (.85, .78), (.5, .46)),),
        (((.52, .03), (.2, .2), (.45, .42), (.78, .24), (.55, .03)), ((.48, .44), (.12, .68), (.45, .97), (.88, .72),
         (.52, .44))),
    ),
    "9": (
        (((.82, .22), (.5, .03), (.15, .2), (.2, .45), (.55, .5), (.82, .25), (.82, .22), (.75, .6), (.55, .98)),),
        (((.8, .15), (.45, .02), (.15, .25), (.35, .5), (.75, .35), (.82, .12), (.82, .13), (.8, .55), (.78, .98)),),
        (((.75, .1), (.35, .05), (.15, .3), (.4, .48), (.72, .3), (.76, .12), (.8, .5), (.7, .88), (.35, .97),
          (.15, .88)),),
    ),
}
"""Ways to draw each digit, from what is seen on filled forms; the first is the commonest."""

ASPECT = 0.62
"""Width of a digit relative to its height."""


def smooth(points: Points, closed: bool = False, per_segment: int = 6) -> Points:
    """A Catmull-Rom curve through ``points``, ``per_segment`` samples between each two."""
    around = np.vstack([points[-1:], points, points[:2]]) if closed else np.vstack([points[:1], points, points[-1:]])
    p0, p1, p2, p3 = around[:-3], around[1:-2], around[2:-1], around[3:]
    t = np.linspace(0, 1, per_segment, endpoint=False)[:, None, None]
    curve = 0.5 * (2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2 + (3 * p1 - p0 - 3 * p2 + p3) * t**3)
    flat = curve.transpose(1, 0, 2).reshape(-1, 2)
    return np.vstack([flat, around[-2:-1]])


def draw(layer: Gray, curve: Points, width: float, rng: Rng | None = None, taper: float = 0.0) -> None:
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
            cv2.polylines(layer, [fixed[start:n + 1]], False, 255, int(widths[start]), cv2.LINE_AA, shift)
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
