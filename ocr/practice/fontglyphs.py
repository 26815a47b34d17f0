"""Single characters as ink: rendered once from the font, then bent, sheared and weighted for each
use."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from ocr.practice.digitshapes import DIGITS
from ocr.practice.hands import CellPicture, Hand, digit_shapes
from ocr.practice.households import Rng
from ocr.practice.penstrokes import ASPECT, allograph, bent, draw, smooth
from records.types import Box, Gray

EM = 112
"""Pixels of the font size at which glyphs are kept."""


@dataclass(frozen=True, slots=True, eq=False)
class Glyph:
    """Ink of one character (255 full) with its place: ``left`` and ``top`` of the ink from the pen
    position and the middle line, ``advance`` to the next character, all in ems."""

    ink: Gray
    left: float
    top: float
    advance: float


@lru_cache(maxsize=1024)
def _font(path: Path) -> Any:
    from PIL import ImageFont

    return ImageFont.truetype(str(path), EM)


@lru_cache(maxsize=1024)
def _missing(path: Path) -> bytes:
    return bytes(_font(path).getmask("\U000f1234"))


@lru_cache(maxsize=20000)
def has_glyph(path: Path, char: str) -> bool:
    """Whether the font draws ``char``: a missing character looks like the font's own placeholder,
    or like nothing."""
    if char.isspace():
        return True
    mask = bytes(_font(path).getmask(char))
    return any(mask) and mask != _missing(path)


@lru_cache(maxsize=20000)
def font_for(fonts: tuple[Path, ...], char: str) -> Path | None:
    """The first of a writer's fonts that draws ``char``; None where none does."""
    return next((path for path in fonts if has_glyph(path, char)), None)


def can_write(hand: Hand, text: str) -> bool:
    """Whether this writer can put every character of ``text`` on paper."""
    return all(c in hand.cells or font_for(hand.fonts, c) is not None for c in text)


@lru_cache(maxsize=6000)
def font_glyph(path: Path, char: str) -> Glyph:
    """``char`` as the font draws it."""
    font = _font(path)
    left, top, right, bottom = font.getbbox(char, anchor="lm")
    advance = font.getlength(char) / EM
    if right <= left or bottom <= top:
        return Glyph(np.zeros((1, 1), np.uint8), 0.0, 0.0, advance)
    mask = font.getmask(char, mode="L", anchor="lm")
    ink = np.asarray(mask, np.uint8).reshape(mask.size[1], mask.size[0])
    return Glyph(ink, left / EM, top / EM, advance)


@lru_cache(maxsize=64)
def _sheet(path: Path) -> Gray:
    picture = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    return 255 - np.asarray(picture, np.uint8)


@lru_cache(maxsize=4000)
def _cell_glyph(cell: CellPicture) -> Glyph:
    """A picture of a real character as a glyph: trimmed to its ink, one em high."""
    sheet = _sheet(cell.path)
    ink = sheet
    if cell.side:
        ink = sheet[cell.top : cell.top + cell.side, cell.left : cell.left + cell.side]
    ys, xs = np.nonzero(ink > 80)
    ink = ink[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]
    scale = EM * 0.86 / max(ink.shape)
    ink = np.asarray(
        cv2.resize(ink, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), np.uint8
    )
    height, width = ink.shape
    return Glyph(ink, 0.06, -height / EM / 2, width / EM + 0.12)


def digit_glyph(hand: Hand, char: str, rng: Rng, size: float, pen: float) -> Glyph:
    """A digit drawn with the pen in the writer's own shape; ``size`` and ``pen`` are pixels of the
    page."""
    choice, own = digit_shapes(hand.seed)[char]
    strokes = bent(allograph(char, choice), 0.035, np.random.default_rng(int(own[0])))
    strokes = bent(strokes, 0.4 * hand.habits.bend + 0.012, rng)
    height = 0.78 * EM
    width = pen * EM / max(size, 1.0)
    margin = int(np.ceil(width)) + 12
    box = (int(height) + 2 * margin, int(height * ASPECT) + 2 * margin)
    layer = np.zeros(box, np.uint8)
    for stroke in strokes:
        curve = smooth(stroke) * (height * ASPECT, height) + margin
        draw(layer, curve, width, rng, taper=float(rng.uniform(0, 0.35)))
    return Glyph(layer, 0.04 - margin / EM, -height / EM / 2 - margin / EM, ASPECT * 0.78 + 0.1)


def glyph(hand: Hand, char: str, rng: Rng, size: float, pen: float) -> Glyph:
    """The writer's ``char``, not yet bent: a real picture where there is one, drawn digits, else
    the font's."""
    if char in hand.cells:
        cells = hand.cells[char]
        return _cell_glyph(cells[int(rng.integers(len(cells)))])
    if char in DIGITS and hand.habits.drawn_digits:
        return digit_glyph(hand, char, rng, size, pen)
    font = font_for(hand.fonts, char) or hand.fonts[0]
    if hand.habits.line == "font":
        return font_glyph(font, char)
    width = float(np.clip(pen * EM / max(size, 1.0), 3, 16))
    thin = hand.habits.line == "brush"
    return pen_glyph(font, char, max(2, round(width * (0.6 if thin else 1.0))), thin)


@lru_cache(maxsize=64)
def font_stroke(fonts: tuple[Path, ...]) -> float:
    """Usual width of the font's strokes in ems: twice the mean distance of the strokes' ridge from
    paper."""
    widths = []
    for char in "山中木本十古田大":
        ink = (font_glyph(font_for(fonts, char) or fonts[0], char).ink > 127).astype(np.uint8)
        if ink.any():
            distance = cv2.distanceTransform(np.pad(ink, 1), cv2.DIST_L2, 5)
            ridge = distance >= cv2.dilate(distance, np.ones((3, 3)))
            widths.append(2 * float(np.median(distance[ridge & (distance > 0)])))
    if not widths:
        return 0.06
    return float(np.median(widths)) / EM


_NEIGHBOURS = ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))


def _thinned(ink: Gray) -> Gray:
    """The skeleton of a glyph, one pixel wide (Zhang and Suen, CACM 27(3), 1984)."""
    image = np.pad((ink > 110).astype(np.uint8), 2)
    while True:
        before = int(image.sum())
        for first in (True, False):
            p = [np.roll(image, (-dy, -dx), (0, 1)) for dy, dx in _NEIGHBOURS]
            count = sum(p)
            turns = sum((p[n] == 0) & (p[(n + 1) % 8] == 1) for n in range(8))
            a, b = (
                (p[0] * p[2] * p[4], p[2] * p[4] * p[6])
                if first
                else (p[0] * p[2] * p[6], p[0] * p[4] * p[6])
            )
            image[
                (image == 1) & (count >= 2) & (count <= 6) & (turns == 1) & (a == 0) & (b == 0)
            ] = 0
        if int(image.sum()) == before:
            return image[2:-2, 2:-2] * np.uint8(255)


@lru_cache(maxsize=6000)
def _skeleton(path: Path, char: str) -> Gray:
    return _thinned(font_glyph(path, char).ink)


@lru_cache(maxsize=6000)
def pen_glyph(path: Path, char: str, width: int, keep: bool) -> Glyph:
    """``char`` drawn along its skeleton with a pen of ``width`` (pixels at :data:`EM`), as a
    ballpoint would.

    Args:
        keep: lay the font's own thick and thin strokes over it, so that only what is thinner than
        the pen changes.
    """
    made = font_glyph(path, char)
    margin = width // 2 + 3
    line = cv2.dilate(
        np.pad(_skeleton(path, char), margin),
        cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width)),
    )
    soft = cv2.GaussianBlur(line, (0, 0), 1.6)
    ink: Gray = np.clip((soft.astype(np.int16) - 70) * 2, 0, 255).astype(np.uint8)
    if keep:
        ink = np.maximum(ink, np.pad(made.ink, margin))
    return Glyph(ink, made.left - margin / EM, made.top - margin / EM, made.advance)


def extent(hand: Hand, char: str) -> tuple[float, float]:
    """Usual height and width of the writer's ``char`` in ems."""
    if char in hand.cells:
        return 0.86, 0.7
    if char in DIGITS and hand.habits.drawn_digits:
        return 0.78, 0.78 * ASPECT
    ink = font_glyph(font_for(hand.fonts, char) or hand.fonts[0], char).ink
    return ink.shape[0] / EM, ink.shape[1] / EM


@dataclass(frozen=True, slots=True, eq=False)
class Inked:
    """A character ready to be laid on the page, its top-left corner relative to pen position and
    middle line, px."""

    ink: Gray
    dx: float
    dy: float

    def place(self, x: float, y: float, scale: float) -> Box | None:
        """Where the ink is when laid at pixel (x, y), in mm; None where there is none."""
        columns = np.flatnonzero(self.ink.max(0) > 90)
        rows = np.flatnonzero(self.ink.max(1) > 90)
        if not columns.size:
            return None
        return Box(
            (x + self.dx + columns[0]) / scale,
            (y + self.dy + rows[0]) / scale,
            (columns[-1] - columns[0] + 1) / scale,
            (rows[-1] - rows[0] + 1) / scale,
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Shape:
    """How one writer's shape of one character differs from the font's, always in the same way."""

    grid: NDArray[np.float32]
    wide: float
    high: float
    turn: float


@lru_cache(maxsize=20000)
def _own_shape(seed: int, char: str, amount: float, lean: float, broad: float) -> _Shape:
    rng = np.random.default_rng([seed, ord(char[0])])
    digit = char in DIGITS
    wide, high = np.exp(rng.normal(0, 2.2 * amount, 2))
    return _Shape(
        rng.normal(0, amount * EM, (2, 4, 4)).astype(np.float32),
        float(wide) * (broad if digit else 1.0),
        float(high),
        float(rng.normal(0, 1.6 * amount)) + (lean if digit else 0.0),
    )


def inked(hand: Hand, char: str, glyph: Glyph, size: float, rng: Rng, pen: float = 0.0) -> Inked:
    """Bend a glyph as this writer would, at ``size`` pixels per em.

    Args:
        char: what it is; each writer has an own shape of each character.
        pen: width in pixels to which a font's strokes are brought; 0 leaves them (digits are drawn
        with the pen).
    """
    habits = hand.habits
    own = _own_shape(hand.seed, char, habits.own, habits.lean, habits.broad)
    height, width = glyph.ink.shape
    scale = size / EM
    sx = scale * habits.narrow * own.wide * (1 + rng.normal(0, habits.jitter))
    sy = scale * own.high * (1 + rng.normal(0, habits.jitter))
    angle = np.deg2rad(habits.tilt + rng.normal(0, 1.2 + 30 * habits.jitter))
    shear = habits.slant + own.turn + rng.normal(0, 0.6 * habits.jitter)
    cos = np.cos(angle)
    sin = np.sin(angle)
    matrix = (
        np.array([[cos, -sin], [sin, cos]]) @ np.array([[1, -shear], [0, 1]]) @ np.diag([sx, sy])
    )
    # the place of the ink is transformed about the pen position on the middle line
    origin = np.array([glyph.left * EM, glyph.top * EM])
    corners = (np.array([[0, 0], [width, 0], [0, height], [width, height]]) + origin) @ matrix.T
    margin = 3 + size * 0.05
    low = np.floor(corners.min(0) - margin)
    extent = np.ceil(corners.max(0) + margin - low).astype(int)
    inverse = np.linalg.inv(matrix)
    ys, xs = np.mgrid[0 : extent[1], 0 : extent[0]].astype(np.float32)
    gx = xs + np.float32(low[0])
    gy = ys + np.float32(low[1])
    field_x, field_y = _wobble(
        own.grid + rng.normal(0, habits.bend * EM, (2, 4, 4)), (extent[1], extent[0])
    )
    map_x = (
        np.float32(inverse[0, 0]) * gx
        + np.float32(inverse[0, 1]) * gy
        - np.float32(origin[0])
        + field_x
    )
    map_y = (
        np.float32(inverse[1, 0]) * gx
        + np.float32(inverse[1, 1]) * gy
        - np.float32(origin[1])
        + field_y
    )
    source = glyph.ink if scale > 0.6 else cv2.GaussianBlur(glyph.ink, (0, 0), 0.45 / scale)
    ink = cv2.remap(
        source, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=0
    )
    if pen:
        ink = _weighted(ink, font_stroke(hand.fonts) * size, pen * (1 + rng.normal(0, 0.06)))
    return Inked(np.asarray(ink, np.uint8), float(low[0]), float(low[1]))


def _wobble(shifts: np.ndarray, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Two smooth fields of shifts, enlarged from a 4 x 4 grid each."""
    grid = shifts.astype(np.float32)
    size = (shape[1], shape[0])
    return (
        cv2.resize(grid[0], size, interpolation=cv2.INTER_CUBIC),
        cv2.resize(grid[1], size, interpolation=cv2.INTER_CUBIC),
    )


def _weighted(ink: np.ndarray, has: float, wanted: float) -> np.ndarray:
    """Bring strokes of width ``has`` towards ``wanted`` (pixels): blur, then cut the slope at
    another level.

    A blurred edge is the normal distribution; cutting it at its value d/sigma moves the edge by d.
    Brush fonts keep most of their own thick and thin.
    """
    shift = float(np.clip((wanted - has) / 2, -0.14 * has, 0.7 * has))
    sigma = max(0.55, 0.9 * abs(shift))
    level = float(ndtr(-shift / sigma))
    steep = max(2.0, 2.5 * sigma)
    soft = cv2.GaussianBlur(ink, (0, 0), sigma)
    table = np.clip((np.arange(256) / 255 - level) * steep + 0.5, 0, 1) * 255
    table[0] = 0
    return cv2.LUT(soft, table.astype(np.uint8))
