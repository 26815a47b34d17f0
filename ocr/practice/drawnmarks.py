"""Marks as hands make them: rings round words, ticks, crosses, fills, strike-outs and seals."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from ocr.practice.blankpaper import Paper
from ocr.practice.fontglyphs import font_for, font_glyph, has_glyph
from ocr.practice.hands import Hand
from ocr.practice.households import Rng, chance
from ocr.practice.penstrokes import Points, draw, smooth
from records.types import Box, Gray


def ring(paper: Paper, hand: Hand, box: Box, rng: Rng) -> None:
    """A circle round a word: open, eccentric, drawn twice or with a tail, as its writer likes."""
    x, y, width, height = paper.pixels(box)
    habits = np.random.default_rng(hand.habits.mark)
    roomy = float(habits.uniform(0.92, 1.45))
    turns = 1 + float(habits.choice([-0.1, 0.0, 0.04, 0.12, 0.9])) + rng.normal(0, 0.04)
    start = float(habits.uniform(-2.4, -0.6)) + rng.normal(0, 0.2)
    direction = 1 if habits.random() < 0.25 else -1
    angles = start + direction * np.linspace(0, 2 * np.pi * max(turns, 0.8), 26)
    # a long word gets an oval; the ring of a short one is rounder than its box
    rx = width / 2 * roomy * (1 + abs(rng.normal(0, 0.08)))
    ry = max(height / 2 * roomy * float(habits.uniform(0.95, 1.3)), 0.42 * min(rx, height))
    wave = rng.normal(0, 0.045, 3)
    radius = 1 + sum(wave[k] * np.cos((k + 1) * angles + rng.uniform(0, 6)) for k in range(3))
    radius = radius + np.linspace(0, rng.normal(0, 0.1), len(angles))
    cx = x + width / 2 + rng.normal(0, 0.07) * width
    cy = y + height / 2 + rng.normal(0, 0.1) * height
    tilt = rng.normal(0, 0.08)
    px = rx * radius * np.cos(angles)
    py = ry * radius * np.sin(angles)
    points = np.stack(
        [cx + px * np.cos(tilt) - py * np.sin(tilt), cy + px * np.sin(tilt) + py * np.cos(tilt)], 1
    )
    _stroke(paper, hand, points, rng)


def check(paper: Paper, hand: Hand, box: Box, rng: Rng) -> None:
    """A tick (レ or ✓), now and then a cross or a ring, of a size that need not respect the
    square."""
    habits = np.random.default_rng(hand.habits.mark + 1)
    style = habits.choice(["tick"] * 7 + ["cross", "ring", "fill"])
    if chance(rng, 0.06):
        style = rng.choice(["tick", "cross", "ring"])
    if style == "ring":
        ring(paper, hand, box, rng)
    elif style == "fill":
        fill(paper, hand, box, rng)
    else:
        x, y, width, height = paper.pixels(box)
        size = min(width, height) * float(habits.uniform(0.9, 2.0)) * float(rng.uniform(0.85, 1.15))
        center = np.array([x + width / 2, y + height / 2]) + rng.normal(0, 0.14, 2) * min(
            width, height
        )
        strokes = _TICK if style == "tick" else _CROSS
        for stroke in strokes:
            points = np.array(stroke) + rng.normal(0, 0.05, (len(stroke), 2))
            _stroke(paper, hand, center + points * size, rng, taper=0.5)


_TICK = (((-0.42, -0.08), (-0.28, 0.1), (-0.12, 0.38), (-0.11, 0.38), (0.15, -0.1), (0.62, -0.58)),)
_CROSS = (((-0.42, -0.42), (0.0, 0.0), (0.42, 0.42)), ((0.42, -0.42), (0.0, 0.02), (-0.42, 0.42)))


def fill(paper: Paper, hand: Hand, box: Box, rng: Rng) -> None:
    """A filled square or oval: scribbled in zigzag, sometimes only in part."""
    x, y, width, height = paper.pixels(box)
    habits = np.random.default_rng(hand.habits.mark + 2)
    pen = max(1.0, hand.habits.pen * paper.scale)
    part = float(rng.uniform(0.55, 1.0)) if chance(rng, 0.25) else float(rng.uniform(0.85, 1.12))
    gap = pen * float(habits.uniform(0.6, 1.35))
    rows = max(5, int(height * part / gap))
    ys = np.linspace(-0.5, 0.5, rows) * height * part
    reach = width / 2 * part * np.sqrt(np.clip(1.08 - (2 * ys / (height * part + 1)) ** 2, 0.1, 1))
    side = np.where(np.arange(rows) % 2, 1, -1)
    points = np.stack([x + width / 2 + side * reach, y + height / 2 + ys], 1)
    points += rng.normal(0, 0.04, points.shape) * height + rng.normal(0, 0.06, 2) * height
    draw(paper.ink, points, pen * float(habits.uniform(1.0, 1.6)), rng)


def strike(paper: Paper, hand: Hand, box: Box, rng: Rng) -> None:
    """Two lines through what was written in ``box``."""
    x, y, width, height = paper.pixels(box)
    slope = rng.normal(0, 0.03) * width
    for at in (0.42, 0.6):
        level = y + height * (at + rng.normal(0, 0.04))
        points = np.array(
            [
                [x - 0.04 * width, level],
                [x + width / 2, level + rng.normal(0, 0.04) * height],
                [x + 1.04 * width, level + slope],
            ]
        )
        _stroke(paper, hand, points, rng)


def stray(paper: Paper, hand: Hand, box: Box, rng: Rng) -> None:
    """A slip of the pen where nothing is meant: a dot or a hair of a line."""
    x, y, width, height = paper.pixels(box)
    start = np.array([x, y]) + rng.uniform(0.1, 0.9, 2) * (width, height)
    length = float(rng.uniform(0.1, 1.6)) * paper.scale
    turn = rng.uniform(0, 2 * np.pi)
    end = start + length * np.array([np.cos(turn), np.sin(turn)])
    _stroke(paper, hand, np.array([start, (start + end) / 2, end]), rng)


def _stroke(paper: Paper, hand: Hand, points: Points, rng: Rng, taper: float = 0.2) -> None:
    draw(paper.ink, smooth(points), max(1.2, hand.habits.pen * paper.scale), rng, taper)


SEAL_FONTS = tuple(
    Path("/usr/share/fonts") / p
    for p in (
        "truetype/kouzan-mouhitsu/kouzan-mouhitsu.ttf",
        "truetype/aoyagi-kouzan-t/AoyagiKouzanT.ttf",
        "opentype/ipaexfont-mincho/ipaexm.ttf",
    )
)


@lru_cache(maxsize=1)
def _seal_fonts() -> tuple[Path, ...]:
    return tuple(p for p in SEAL_FONTS if p.is_file())


def stamp(paper: Paper, hand: Hand, box: Box, text: str, rng: Rng, diameter: float = 0.0) -> None:
    """A round red seal of a family name, unevenly inked, near the middle of ``box``.

    Args:
        diameter: mm; 0 draws one between 9 and 13.5, the sizes in which seals are sold.
    """
    size = (diameter or float(rng.uniform(9.0, 13.5))) * paper.scale
    side = int(size * 1.25)
    layer: Gray = np.zeros((side, side), np.uint8)
    middle = side / 2
    axes = (size * float(rng.uniform(0.9, 1.0)), size)
    cv2.ellipse(layer, ((middle, middle), axes, 0), 255, max(1, round(size * 0.045)), cv2.LINE_AA)
    fonts = []
    for f in _seal_fonts():
        if all(has_glyph(f, c) for c in text):
            fonts.append(f)
    font = None
    if fonts:
        font = fonts[int(rng.integers(len(fonts)))]
    _engrave(
        layer, [font or font_for(hand.fonts, c) or hand.fonts[0] for c in text[:3]], text[:3], size
    )
    turn = cv2.getRotationMatrix2D((middle, middle), float(rng.normal(0, 9)), 1.0)
    layer = np.asarray(cv2.warpAffine(layer, turn, (side, side), flags=cv2.INTER_LINEAR), np.uint8)
    patch = cv2.resize(rng.random((5, 5), np.float32), (side, side), interpolation=cv2.INTER_CUBIC)
    layer = (layer * np.clip(0.55 + 0.75 * patch, 0.25, 1.0)).astype(np.uint8)
    x, y, width, height = paper.pixels(box)
    free_x, free_y = rng.normal(0, 0.09, 2) * (width, height)
    paper.lay(layer, x + width / 2 - middle + free_x, y + height / 2 - middle + free_y, paper.seal)


def date_stamp(paper: Paper, hand: Hand, box: Box, day: dt.date, rng: Rng) -> None:
    """受付印: a ring with two bars, the date between them (7. 4. 1) and 受付 above."""
    size = box.width * paper.scale
    side = int(size)
    layer: Gray = np.zeros((side, side), np.uint8)
    middle = side / 2
    thick = max(1, round(side * 0.014))
    cv2.circle(layer, (side // 2, side // 2), int(side * 0.47), 255, thick, cv2.LINE_AA)
    for at in (0.38, 0.62):
        half = side * 0.45
        cv2.line(
            layer,
            (int(middle - half), int(side * at)),
            (int(middle + half), int(side * at)),
            255,
            thick,
            cv2.LINE_AA,
        )
    text = f"{day.year - 2018}.{day.month}.{day.day}"
    scale = side * 0.0072
    (width, height), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, thick)
    cv2.putText(
        layer,
        text,
        (int(middle - width / 2), int(middle + height / 2)),
        cv2.FONT_HERSHEY_SIMPLEX,
        scale,
        255,
        thick,
        cv2.LINE_AA,
    )
    fonts = [f for f in _seal_fonts() if all(has_glyph(f, c) for c in "受付")] or [hand.fonts[0]]
    for n, char in enumerate("受付"):
        part = int(side * 0.2)
        ink = cv2.resize(
            font_glyph(fonts[-1], char).ink, (part, part), interpolation=cv2.INTER_AREA
        )
        left = int(middle - part * 1.15 + n * part * 1.3)
        np.maximum(
            layer[int(side * 0.13) : int(side * 0.13) + part, left : left + part],
            ink,
            out=layer[int(side * 0.13) : int(side * 0.13) + part, left : left + part],
        )
    turn = cv2.getRotationMatrix2D((middle, middle), float(rng.normal(0, 6)), 1.0)
    layer = np.asarray(cv2.warpAffine(layer, turn, (side, side), flags=cv2.INTER_LINEAR), np.uint8)
    paper.lay(layer, box.x * paper.scale, box.y * paper.scale, paper.seal)


def _engrave(layer: np.ndarray, fonts: list[Path], text: str, size: float) -> None:
    """The characters of a seal, from top to bottom."""
    middle = layer.shape[0] / 2
    step = size * 0.8 / len(text)
    for n, char in enumerate(text):
        ink = font_glyph(fonts[n], char).ink
        height = max(2, int(step * 0.96))
        width = max(2, int(min(size * 0.62, size * 0.5 if len(text) > 1 else size * 0.7)))
        small = cv2.resize(ink, (width, height), interpolation=cv2.INTER_AREA)
        top = int(middle - size * 0.4 + n * step)
        left = int(middle - width / 2)
        part = layer[top : top + height, left : left + width]
        np.maximum(part, small[: part.shape[0], : part.shape[1]], out=part)
