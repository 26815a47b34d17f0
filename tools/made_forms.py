"""Forms that are made up to fit on: rows of labels, boxes, cells, dates and room for free text."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ocr.place.blank import CANVAS_DPI, Blank, shrink
from ocr.practice.damage import SOURCE_DPI
from records.types import MM_PER_INCH, Box, Gray
from tools.line_texts import LABELS

WIDE = 210.0
HIGH = 297.0
"""mm of an A4 page."""

_SCALE = SOURCE_DPI / MM_PER_INCH


@dataclass(frozen=True)
class WritingPlace:
    """Where something is written.

    Attributes:
        box: the box, or the row of cells.
        cells: how many cells; 0 in a box.
        many: several lines of writing.
        short: only a number fits.
    """

    box: Box
    cells: int = 0
    many: bool = False
    short: bool = False


@dataclass(frozen=True, eq=False)
class MadeForm:
    """A made-up form: its print at :data:`SOURCE_DPI`, the same as the aligner knows it, its
    places."""

    image: Gray
    blank: Blank
    places: tuple[WritingPlace, ...]


class _Press:
    """A page that is being printed."""

    def __init__(self, rng: np.random.Generator, font: Path) -> None:
        self.rng = rng
        self.font = font
        self.picture = Image.new("L", (round(WIDE * _SCALE), round(HIGH * _SCALE)), 255)
        self.draw = ImageDraw.Draw(self.picture)
        self.rule = max(1, round(float(rng.uniform(0.12, 0.4)) * _SCALE))
        self.gray = 0 if rng.random() < 0.8 else int(rng.integers(40, 130))
        self.places: list[WritingPlace] = []

    def text(self, x: float, y: float, text: str, size: float) -> float:
        """Print ``text`` with its left middle at (x, y) mm; returns where it ends, mm."""
        face = ImageFont.truetype(str(self.font), round(size * _SCALE))
        self.draw.text((x * _SCALE, y * _SCALE), text, font=face, fill=0, anchor="lm")
        return x + float(face.getlength(text)) / _SCALE

    def frame(self, box: Box, width: int | None = None) -> None:
        """The four rules of a box."""
        edges = [round(v * _SCALE) for v in (box.x, box.y, box.right, box.bottom)]
        self.draw.rectangle(edges, outline=self.gray, width=width or self.rule)

    def line(
        self, x: float, y: float, x1: float, y1: float, gray: int, dashed: bool = False
    ) -> None:
        """A rule between two points, mm."""
        count = 1
        if dashed:
            count = max(1, round(max(x1 - x, y1 - y) / 0.8))
        for n in range(count):
            a = n / count
            b = (n + (0.55 if dashed else 1)) / count
            ends = []
            for v in (x + (x1 - x) * a, y + (y1 - y) * a, x + (x1 - x) * b, y + (y1 - y) * b):
                ends.append(round(v * _SCALE))
            self.draw.line(ends, fill=gray, width=max(1, self.rule // 2))


def make_form(rng: np.random.Generator, font: Path) -> MadeForm:
    """A page of rows; each has labels, boxes, rows of cells, dates in three parts, or room for free
    text."""
    press = _Press(rng, font)
    press.text(
        float(rng.uniform(20, 90)),
        12,
        "".join(LABELS[int(n)] for n in rng.integers(0, len(LABELS), 3)),
        5.5,
    )
    y = 20.0
    left = float(rng.uniform(10, 18))
    right = WIDE - float(rng.uniform(10, 18))
    while y < HIGH - 22:
        free = rng.random() < 0.16
        high = float(rng.uniform(16, 34)) if free else float(np.clip(rng.normal(8.3, 1.9), 5.4, 14))
        high = min(high, HIGH - 12 - y)
        count = 1
        if not free:
            count = int(rng.choice([1, 2, 3], p=[0.35, 0.45, 0.20]))
        cuts = (
            np.sort(rng.uniform(0.25, 0.75, count - 1))
            if count < 3
            else np.asarray([rng.uniform(0.25, 0.4), rng.uniform(0.6, 0.75)])
        )
        edges = [left, *(left + c * (right - left) for c in cuts), right]
        for x, end in pairwise(edges):
            _fill_frame(press, Box(x, y, end - x, high), free)
        y += high + (0 if rng.random() < 0.7 else float(rng.uniform(0.5, 4)))
    image = np.asarray(press.picture, np.uint8).copy()
    return MadeForm(
        image, Blank("made-up", 1, 1, shrink(image, CANVAS_DPI / SOURCE_DPI)), tuple(press.places)
    )


def _fill_frame(press: _Press, box: Box, free: bool) -> None:
    """One box of the form with its label, and the place to write in."""
    rng = press.rng
    press.frame(box)
    x = box.x
    if rng.random() < 0.8:
        label = str(LABELS[int(rng.integers(len(LABELS)))])
        end = press.text(
            x + 1, box.y + box.height / 2, label, float(rng.uniform(2.6, 3.8))
        ) + float(rng.uniform(0.8, 3))
        if rng.random() < 0.7:
            press.line(end, box.y, end, box.bottom, press.gray)
        x = end
    room = Box(x, box.y, box.right - x, box.height)
    if room.width < 12:
        return
    inset = float(rng.uniform(0.2, 0.8))
    inner = Box(room.x + inset, room.y + inset, room.width - 2 * inset, room.height - 2 * inset)
    if free:
        if rng.random() < 0.5:
            rows = max(2, round(inner.height / float(rng.uniform(6.5, 9.5))))
            gray = int(rng.integers(0, 150))
            dashed = bool(rng.random() < 0.4)
            for n in range(1, rows):
                press.line(
                    room.x,
                    room.y + n * room.height / rows,
                    room.right,
                    room.y + n * room.height / rows,
                    gray,
                    dashed,
                )
        press.places.append(WritingPlace(inner, many=True))
        return
    kind = rng.random()
    if kind < 0.34:
        _cells(press, room)
    elif kind < 0.40 and room.width > 45:
        _date(press, room)
    else:
        wide = inner.width
        if rng.random() < 0.25 and wide > 25:
            word = str(rng.choice(["円", "様", "人", "銀行", "支店", "号", "歳", "(携帯)", "時間"]))
            size = float(rng.uniform(2.8, 3.8))
            press.text(inner.right - size * len(word) - 0.5, box.y + box.height / 2, word, size)
            wide -= size * len(word) + 1
        press.places.append(
            WritingPlace(Box(inner.x, inner.y, wide, inner.height), short=wide < 18)
        )


def _cells(press: _Press, room: Box) -> None:
    rng = press.rng
    pitch = float(rng.uniform(4.3, 8.2))
    tall = min(room.height - 0.6, float(rng.uniform(5.2, 9)))
    count = min(int(rng.integers(2, 19)), int((room.width - 1.5) / pitch))
    if count < 2:
        return
    x = room.x + float(rng.uniform(0.5, room.width - count * pitch - 0.5))
    box = Box(x, room.y + (room.height - tall) / 2, count * pitch, tall)
    press.frame(box)
    gray = press.gray if rng.random() < 0.6 else int(rng.integers(60, 150))
    dashed = bool(rng.random() < 0.3)
    for n in range(1, count):
        press.line(x + n * pitch, box.y, x + n * pitch, box.bottom, gray, dashed)
    press.places.append(WritingPlace(box, cells=count))


def _date(press: _Press, room: Box) -> None:
    """Three short boxes with 年, 月 and 日 behind them."""
    size = float(press.rng.uniform(2.8, 3.8))
    pitch = min(25.0, (room.width - 2) / 3)
    for n, word in enumerate("年月日"):
        x = room.x + 1 + n * pitch
        press.text(x + pitch - size - 0.5, room.y + room.height / 2, word, size)
        press.places.append(
            WritingPlace(Box(x, room.y + 0.5, pitch - size - 1, room.height - 1), short=True)
        )
