"""Japanese characters written stroke by stroke by made-up hands: what a font, one hand that never
varies, lacks.

The strokes are KanjiVG's (https://kanjivg.tagaini.net, CC BY-SA 3.0; the ``kanjivg`` wheel holds
them): a folder of SVG files named by code point. Each drawing bends every stroke, shifts and turns
it, makes it longer or shorter, runs one into the next now and then, and stretches and slants the
whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tools.glyph_strokes import _curve, _draw
from tools.line_data import Shape

BOX = 109.0
"""Side of the square that KanjiVG draws a character in."""

FULL = 88.0
"""Height of a full character in that square."""

_PATH = re.compile(r"<path[^>]* d=\"([^\"]+)\"")

Strokes = tuple[NDArray[np.float64], ...]


def strokes_of(folder: Path, character: str) -> Strokes:
    """The strokes of a character in order, each shape (n, 2) in the square, n as it needs: 5, 9 or
    13; empty where there is no drawing."""
    from svg.path import parse_path

    path = folder / f"{ord(character):05x}.svg"
    if not path.is_file():
        return ()
    found = []
    for drawn in _PATH.findall(path.read_text("utf-8")):
        way = parse_path(drawn)
        # Kept by the path for what follows; its own default is a hundred times slower.
        long = way.length(error=1e-3)
        count = 5 if long < 32 else 9 if long < 90 else 13
        points = [way.point(t) for t in np.linspace(0, 1, count)]
        found.append(np.asarray([(p.real, p.imag) for p in points]))
    return tuple(found)


def write_character(strokes: Strokes, rng: np.random.Generator, pen: float = 0.0) -> Shape:
    """One character by a hand that is made up anew each time; ``pen`` pixels of 128 wide, by chance
    where 0."""
    # Below 1 a careful hand, above it a hurried one.
    care = float(np.exp(min(0.35, rng.normal(-0.3, 0.45))))
    lines = []
    whole = np.vstack(strokes)
    middle = (whole.min(axis=0) + whole.max(axis=0)) / 2
    warp = rng.normal(0, 0.055 * care, (2, 3, 3))
    for stroke in strokes:
        points = stroke.copy()
        centre = stroke.mean(axis=0)
        long = float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())
        turn = float(rng.normal(0, 0.055 * care))
        grow = float(np.exp(rng.normal(0, 0.07 * care)))
        around = np.asarray([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) * grow
        points = (points - centre) @ around.T + centre + rng.normal(0, 2.0 * care, 2)
        bow = float(rng.normal(0, 0.035 * care)) * long
        ahead = points[-1] - points[0]
        across = np.asarray([-ahead[1], ahead[0]]) / max(1e-6, float(np.linalg.norm(ahead)))
        points += np.sin(np.linspace(0, np.pi, len(points)))[:, None] * across * bow
        points += rng.normal(0, 0.012 * care, points.shape) * long
        points[-1] += (points[-1] - points[-2]) * float(rng.normal(0, 0.22 * care))
        points[0] += (points[0] - points[1]) * float(rng.normal(0, 0.15 * care))
        lines.append(points)
    if len(lines) > 1 and rng.random() < 0.12 * care:  # run on without lifting the pen
        at = int(rng.integers(len(lines) - 1))
        if np.linalg.norm(lines[at + 1][0] - lines[at][-1]) < 40:
            lines[at : at + 2] = [np.vstack([lines[at], lines[at + 1]])]
    wide = float(np.exp(rng.normal(0, 0.10)))
    lean = float(rng.normal(0, 0.08))
    made = []
    for points in lines:
        flat = (points - middle) / FULL
        flat = flat + _bent(warp, flat)
        made.append(_curve(np.stack([flat[:, 0] * wide - lean * flat[:, 1], flat[:, 1]], 1)))
    every = np.vstack(made)
    size = float(np.ptp(every, axis=0).max())
    drop = float((every[:, 1].min() + every[:, 1].max()) / 2 + (middle[1] - BOX / 2) / FULL)
    pen = pen or float(rng.uniform(3.0, max(4.5, min(10.0, 100 / (len(made) + 5)))))
    return Shape(_draw(made, pen), max(size, 0.12), drop)


def _bent(warp: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """A smooth displacement of points in about [-0.5, 0.5], shape (n, 2)."""
    waves = []
    for axis in (0, 1):
        waves.append(
            np.stack(
                [
                    np.ones(len(points)),
                    np.sin(np.pi * points[:, axis]),
                    np.cos(2 * np.pi * points[:, axis]),
                ]
            )
        )
    return np.stack([np.einsum("an,ab,bn->n", waves[0], part, waves[1]) for part in warp], 1) * 0.5


def written_bank(
    folder: Path, characters: Iterable[str], each: int, rng: np.random.Generator
) -> dict[str, list[Shape]]:
    """``each`` drawings of every character that has strokes."""
    bank = {}
    for character in characters:
        strokes = strokes_of(folder, character)
        if strokes:
            bank[character] = [write_character(strokes, rng) for _ in range(each)]
    return bank
