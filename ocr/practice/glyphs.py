"""Single characters as ink: rendered once from the font, then bent, sheared and weighted for each use."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from scipy.special import ndtr

from ocr.practice.hands import Hand, digit_shapes
from ocr.practice.people import Rng
from ocr.practice.strokes import ASPECT, DIGITS, allograph, bent, draw, smooth
from records.types import Gray

EM = 112
"""Pixels of the font size at which glyphs are kept."""


@dataclass(frozen=True, slots=True, eq=False)
class Glyph:
    """Ink of one character (255 full) with its place: ``left`` and ``top`` of the ink from the pen position and the
    middle line, ``advance`` to the next character, all in ems."""

    ink: Gray
    left: float
    top: float
    advance: float


@lru_cache(maxsize=64)
def _font(path: Path) -> Any:
    from PIL import ImageFont

    return ImageFont.truetype(str(path), EM)


@lru_cache(maxsize=64)
def _missing(path: Path) -> bytes:
    return bytes(_font(path).getmask("\U000f1234"))


@lru_cache(maxsize=20000)
def has_glyph(path: Path, char: str) -> bool:
    """Whether the font draws ``char``: a missing character looks like the font's own placeholder, or like nothing."""
    if char.isspace():
        return True
    mask = bytes(_font(path).getmask(char))
    return any(mask) and mask != _missing(path)


@lru_cache(maxsize=6000)
def font_glyph(path: Path, char: str) -> Glyph:
    """``char`` as the font draws it."""
    font = _font(path)
    left, top, right, bottom = font.getbbox(char, anchor="lm")
    advance = font.getlength(char) / EM
    if right <= left or bottom <= top:
        return Glyph(np.zeros((1, 1), np.uint8), 0.0, 0.0, advance)
    mask, offset = font.getmask2(char, mode="L", anchor="lm")
    ink = np.asarray(mask, np.uint8).reshape(mask.size[1], mask.size[0])
    return Glyph(ink, left / EM, top / EM, advance)


@lru_cache(maxsize=4000)
def _cell_glyph(path: Path) -> Glyph:
    """A picture of a real character as a glyph: trimmed to its ink, one em high."""
    picture = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_GRAYSCALE)
    ink = np.asarray(255 - picture, np.uint8)
    ys, xs = np.nonzero(ink > 80)
    ink = ink[ys.min():ys.max() + 1, xs.min():xs.max() + 1]
    scale = EM * 0.86 / max(ink.shape)
    ink = np.asarray(cv2.resize(ink, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), np.uint8)
    height, width = ink.shape
    return Glyph(ink, 0.06, -height / EM / 2, width / EM + 0.12)


def digit_glyph(hand: Hand, char: str, rng: Rng, size: float, pen: float) -> Glyph:
    """A digit drawn with the pen in the writer's own shape; ``size`` and ``pen`` are pixels of the page."""
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
    """The writer's ``char``, not yet bent: a real picture where there is one, drawn digits, else the font's."""
    if char in hand.cells:
        paths = hand.cells[char]
        return _cell_glyph(paths[int(rng.integers(len(paths)))])
    if char in DIGITS and hand.habits.drawn_digits:
        return digit_glyph(hand, char, rng, size, pen)
    return font_glyph(hand.font, char)


@lru_cache(maxsize=64)
def font_stroke(path: Path) -> float:
    """Usual width of the font's strokes in ems: twice the mean distance of the strokes' ridge from paper."""
    widths = []
    for char in "山中木本十古田大":
        ink = (font_glyph(path, char).ink > 127).astype(np.uint8)
        if ink.any():
            distance = cv2.distanceTransform(np.pad(ink, 1), cv2.DIST_L2, 5)
            ridge = distance >= cv2.dilate(distance, np.ones((3, 3)))
            widths.append(2 * float(np.median(distance[ridge & (distance > 0)])))
    return float(np.median(widths)) / EM if widths else 0.06


def extent(hand: Hand, char: str) -> tuple[float, float]:
    """Usual height and width of the writer's ``char`` in ems."""
    if char in hand.cells:
        return 0.86, 0.7
    if char in DIGITS and hand.habits.drawn_digits:
        return 0.78, 0.78 * ASPECT
    ink = font_glyph(hand.font, char).ink
    return ink.shape[0] / EM, ink.shape[1] / EM


@dataclass(frozen=True, slots=True, eq=False)
class Inked:
    """A character ready to be laid on the page, its top-left corner relative to pen position and middle line, px."""

    ink: Gray
    dx: float
    dy: float


def inked(hand: Hand, glyph: Glyph, size: float, rng: Rng, pen: float = 0.0) -> Inked:
    """Bend a glyph as this writer would, at ``size`` pixels per em.

    Args:
        pen: width in pixels to which a font's strokes are brought; 0 leaves them (digits are drawn with the pen).
    """
    habits = hand.habits
    height, width = glyph.ink.shape
    scale = size / EM
    sx = scale * habits.narrow * (1 + rng.normal(0, habits.jitter))
    sy = scale * (1 + rng.normal(0, habits.jitter))
    angle = np.deg2rad(habits.tilt + rng.normal(0, 1.2 + 30 * habits.jitter))
    shear = habits.slant + rng.normal(0, 0.6 * habits.jitter)
    cos, sin = np.cos(angle), np.sin(angle)
    matrix = np.array([[cos, -sin], [sin, cos]]) @ np.array([[1, -shear], [0, 1]]) @ np.diag([sx, sy])
    # the place of the ink is transformed about the pen position on the middle line
    origin = np.array([glyph.left * EM, glyph.top * EM])
    corners = (np.array([[0, 0], [width, 0], [0, height], [width, height]]) + origin) @ matrix.T
    margin = 3 + size * 0.05
    low = np.floor(corners.min(0) - margin)
    extent = np.ceil(corners.max(0) + margin - low).astype(int)
    inverse = np.linalg.inv(matrix)
    ys, xs = np.mgrid[0:extent[1], 0:extent[0]].astype(np.float32)
    gx, gy = xs + np.float32(low[0]), ys + np.float32(low[1])
    field_x, field_y = _wobble(rng, (extent[1], extent[0]), habits.bend * EM)
    map_x = np.float32(inverse[0, 0]) * gx + np.float32(inverse[0, 1]) * gy - np.float32(origin[0]) + field_x
    map_y = np.float32(inverse[1, 0]) * gx + np.float32(inverse[1, 1]) * gy - np.float32(origin[1]) + field_y
    source = glyph.ink if scale > 0.6 else cv2.GaussianBlur(glyph.ink, (0, 0), 0.45 / scale)
    ink = cv2.remap(source, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
    if pen:
        ink = _weighted(ink, font_stroke(hand.font) * size, pen * (1 + rng.normal(0, 0.06)))
    return Inked(np.asarray(ink, np.uint8), float(low[0]), float(low[1]))


def _wobble(rng: Rng, shape: tuple[int, int], amount: float) -> tuple[np.ndarray, np.ndarray]:
    """Two smooth random fields of about ``amount``: a 4 x 4 grid of shifts, smoothly enlarged."""
    grid = rng.normal(0, amount, (2, 4, 4)).astype(np.float32)
    size = (shape[1], shape[0])
    return (cv2.resize(grid[0], size, interpolation=cv2.INTER_CUBIC),
            cv2.resize(grid[1], size, interpolation=cv2.INTER_CUBIC))


def _weighted(ink: np.ndarray, has: float, wanted: float) -> np.ndarray:
    """Bring strokes of width ``has`` towards ``wanted`` (pixels): blur, then cut the slope at another level.

    A blurred edge is the normal distribution; cutting it at its value d/sigma moves the edge by d. Brush fonts keep
    most of their own thick and thin.
    """
    shift = float(np.clip((wanted - has) / 2, -0.14 * has, 0.7 * has))
    sigma = max(0.55, 0.9 * abs(shift))
    level = float(ndtr(-shift / sigma))
    steep = max(2.0, 2.5 * sigma)
    soft = cv2.GaussianBlur(ink, (0, 0), sigma)
    table = np.clip((np.arange(256) / 255 - level) * steep + 0.5, 0, 1) * 255
    table[0] = 0
    return cv2.LUT(soft, table.astype(np.uint8))
