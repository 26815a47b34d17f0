"""Lines of writing to fit the small heads of :mod:`ocr.engines.heads` with: characters of many
hands in one line, scanned.

A line is written with one pen, one slant and one spacing; its characters stand as close as a
hurried hand puts them, so that they touch now and then. Half of the lines go the way of a box
(:func:`ocr.ink.crops.cut`), half the way of cells (:func:`ocr.decode.cells.string_together`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ocr.decode.cells import string_together
from ocr.place.blank import PX
from records.types import MM_PER_INCH, Gray
from tools.glyph_damage import PAPER_DPI, DamageHand, _cut, _pen, _scan, _write, spoil
from tools.glyph_data import fit_in
from tools.glyph_strokes import Ink

_PAPER = PAPER_DPI / MM_PER_INCH
_FACE = 120

REAL = DamageHand(3.0, 0.05, 0.08, 0.020)
FONT = DamageHand(4.0, 0.08, 0.14, 0.030)
"""Real characters already are many hands; a font is one."""


@dataclass(frozen=True, eq=False)
class Shape:
    """One character of one hand.

    Attributes:
        ink: shape (128, 128), centred at one size.
        size: its longer side, in heights of the line (1.0: as tall as a digit, or as a full kana).
        drop: how far its middle lies below the middle of the line, in heights of the line.
        real: written by a person.
    """

    ink: Ink
    size: float = 1.0
    drop: float = 0.0
    real: bool = False


Bank = Mapping[str, Sequence[Shape]]


def shapes(font: Sequence[Path], characters: str, against: str) -> dict[str, Shape]:
    """Characters of a font with their natural size and place.

    Args:
        font: its files; a web font comes in many parts.
        against: the first of these characters that the font has is as high as the line.
    """
    from fontTools.ttLib import TTFont

    faces: dict[int, ImageFont.FreeTypeFont] = {}
    for path in font:
        with TTFont(path, lazy=True) as opened:
            face = ImageFont.truetype(str(path), _FACE)
            faces |= dict.fromkeys(opened.getBestCmap(), face)

    def box(character: str) -> tuple[Gray, int, int, int, int] | None:
        face = faces[ord(character)]
        picture = Image.new("L", (3 * _FACE, 3 * _FACE), 0)
        ImageDraw.Draw(picture).text((_FACE, _FACE), character, font=face, fill=255)
        ink = np.asarray(picture)
        ys = np.flatnonzero(ink.max(axis=1) > 90)
        xs = np.flatnonzero(ink.max(axis=0) > 90)
        if not len(ys):
            return None
        return (ink, int(ys[0]), int(ys[-1]), int(xs[0]), int(xs[-1]))

    measure = next((b for c in against if ord(c) in faces and (b := box(c))), None)
    if measure is None:
        return {}
    high = measure[2] - measure[1] + 1
    middle = (measure[1] + measure[2]) / 2
    found = {}
    for character in characters:
        drawn = None
        if ord(character) in faces:
            drawn = box(character)
        ink = fit_in(drawn[0]) if drawn else None
        if drawn and ink is not None:
            size = max(drawn[2] - drawn[1] + 1, drawn[4] - drawn[3] + 1) / high
            found[character] = Shape(ink, size, ((drawn[1] + drawn[2]) / 2 - middle) / high)
    return found


def line_of(
    text: str, bank: Bank, rng: np.random.Generator, scan: str | None = None, cells: float = 0.5
) -> Gray | None:
    """One line as the reader cuts it out; None where nothing is left of it. Blanks are wide gaps.

    Args:
        cells: how often the characters stand in cells of their own.
    """
    chosen = [None if c == " " else bank[c][int(rng.integers(len(bank[c])))] for c in text]
    if rng.random() < cells:
        return _in_cells([s for s in chosen if s is not None], rng, scan)
    return _in_box(chosen, rng, scan)


def _in_cells(chosen: Sequence[Shape], rng: np.random.Generator, scan: str | None) -> Gray | None:
    spare = bool(rng.random() < 0.4)
    glyphs = [
        g
        for s in chosen
        if (g := spoil(s.ink, rng, REAL if s.real else FONT, scan, spare)) is not None
    ]
    if len(glyphs) < len(chosen) or not glyphs:
        return None
    # Each was cut close: a small one is small again beside the others.
    tall = max(g.shape[0] for g in glyphs)
    scaled = []
    for shape, glyph in zip(chosen, glyphs, strict=True):
        if shape.size < 0.8:
            zoom = shape.size * tall / max(glyph.shape)
            size = (max(3, round(glyph.shape[1] * zoom)), max(3, round(glyph.shape[0] * zoom)))
            glyph = np.asarray(
                cv2.resize(
                    glyph, size, interpolation=cv2.INTER_AREA if zoom < 1 else cv2.INTER_LINEAR
                ),
                np.uint8,
            )
        scaled.append(glyph)
    return string_together(scaled, *((34, 16) if rng.random() < 0.7 else (27, 22)))


Placed = tuple[NDArray[np.float32], float, float]
"""The picture of a character, where it begins along the line and how far below its middle, mm."""


def _in_box(
    chosen: Sequence[Shape | None], rng: np.random.Generator, scan: str | None
) -> Gray | None:
    tall = float(np.clip(rng.normal(4.2, 1.0), 2.3, 7.0))
    spacing = float(rng.uniform(-0.10, 0.30))
    uneven = float(rng.uniform(0.01, 0.07))
    pen = int(rng.integers(1 << 31))
    wander = float(rng.uniform(0.01, 0.06))
    pictures: list[Placed] = []
    at, gap = 0.0, 0.0
    for shape in chosen:
        if shape is None:
            at += tall * float(rng.uniform(0.3, 1.0))
            continue
        high = tall * shape.size * float(np.exp(rng.normal(0, 0.07)))
        picture = _write(
            _pen(shape.ink, np.random.default_rng(pen), max(high, 1.0)),
            rng,
            REAL if shape.real else FONT,
            high,
        )
        ys = np.flatnonzero(picture.max(axis=1) > 0.2)
        xs = np.flatnonzero(picture.max(axis=0) > 0.2)
        if not len(ys):
            return None
        close = picture[ys[0] : ys[-1] + 1, xs[0] : xs[-1] + 1]
        at += gap
        pictures.append((close, at, shape.drop * tall + float(rng.normal(0, wander)) * tall))
        at += close.shape[1] / _PAPER
        gap = max(-0.16, spacing + float(rng.normal(0, uneven))) * tall
    paper = _together(pictures, rng)
    lean = float(rng.normal(0, 0.10))
    shear = np.asarray([[1, -lean, lean * paper.shape[0] / 2], [0, 1, 0]], np.float32)
    size = (paper.shape[1], paper.shape[0])
    paper = np.asarray(cv2.warpAffine(paper, shear, size), np.float32)
    _rules(paper, rng, tall)
    if rng.random() < 0.12:
        paper *= 1 - rng.random(paper.shape, np.float32) * float(rng.uniform(0.2, 0.7))
    scan = scan or str(rng.choice(("gray300", "gray200", "fine", "standard")))
    crop = _cut(_scan(paper, rng, scan), rng)
    if crop is None:
        return None
    edge = max(2, round(0.5 * PX))
    framed = cv2.copyMakeBorder(crop, edge, edge, edge, edge, cv2.BORDER_CONSTANT, value=(255,))
    return np.asarray(framed, np.uint8)


def _together(pictures: Sequence[Placed], rng: np.random.Generator) -> NDArray[np.float32]:
    """The characters of a line on one paper, along a line that rises or falls a little."""
    margin = 2.5
    left = min(x for _, x, _ in pictures)
    right = max(x + picture.shape[1] / _PAPER for picture, x, _ in pictures)
    high = 2 * max(abs(y) + picture.shape[0] / _PAPER / 2 for picture, _, y in pictures)
    height = round((high + 2 * margin) * _PAPER)
    width = round((right - left + 2 * margin) * _PAPER)
    paper = np.zeros((height, width), np.float32)
    slope = float(rng.normal(0, 0.015))
    for picture, x, y in pictures:
        middle = margin + high / 2 + y + slope * x
        top = round(middle * _PAPER - picture.shape[0] / 2)
        start = round((margin + x - left) * _PAPER)
        rows = slice(max(0, top), max(0, top + picture.shape[0]))
        window = paper[rows, start : start + picture.shape[1]]
        part = picture[max(0, -top) :, : window.shape[1]][: window.shape[0]]
        np.maximum(window, part, out=window)
    return paper


def _rules(paper: NDArray[np.float32], rng: np.random.Generator, tall: float) -> None:
    """Remains of the box's rules: pieces of a line that run by or through the writing, or that took
    ink with them."""
    if rng.random() > 0.3:
        return
    ys = np.flatnonzero(paper.max(axis=1) > 0.3)
    xs = np.flatnonzero(paper.max(axis=0) > 0.3)
    if not len(ys) or not len(xs):
        return
    for _ in range(int(rng.integers(1, 4))):
        mask = np.zeros(paper.shape, np.uint8)
        thick = max(1, round(float(rng.uniform(0.08, 0.3)) * _PAPER))
        long = float(rng.uniform(0.1, 1.2)) * tall * _PAPER
        if rng.random() < 0.75:
            y = (
                float(ys[0] if rng.random() < 0.5 else ys[-1])
                + float(rng.normal(0, 0.06)) * tall * _PAPER
            )
            x = float(rng.uniform(xs[0], xs[-1]))
            cv2.line(
                mask,
                (round(x), round(y)),
                (round(x + long), round(y + rng.normal(0, 1))),
                (255,),
                thick,
                cv2.LINE_AA,
            )
        else:
            x = float(rng.uniform(xs[0], xs[-1]))
            y = float(rng.uniform(ys[0], ys[-1]))
            cv2.line(
                mask,
                (round(x), round(y)),
                (round(x + rng.normal(0, 1)), round(y + 0.4 * long)),
                (255,),
                thick,
                cv2.LINE_AA,
            )
        if rng.random() < 0.4:
            paper *= 1 - mask / 255.0
        else:
            np.maximum(paper, mask / 255.0 * float(rng.uniform(0.4, 1)), out=paper)
