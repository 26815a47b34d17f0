"""Vertical writing (縦書き): characters one below the other, columns from the right to the left.

What lies in horizontal writing stands here: ー and dashes are turned, brackets open downwards, 、。
and small kana move to the upper right of their place. Numbers are written as digits one below the
other, as kanji numerals, or two digits side by side in the place of one (縦中横).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ocr.practice.blankpaper import Paper
from ocr.practice.fontglyphs import Inked, glyph, inked
from ocr.practice.households import Rng, chance
from ocr.practice.lettering import CLOGGED, SMALLEST, Writer, weighing
from records.types import Box, Gray

TURNED = "ー－−—–-~〜～()（）「」『』【】〈〉…："
"""What stands upright in vertical writing."""

STOPS = "、。，．"
SMALL = "ァィゥェォッャュョヮヵヶぁぃぅぇぉっゃゅょゎ"
NUMERALS = "〇一二三四五六七八九"

PITCH_MM = 8.0
"""From column to column where a box is wide enough for several."""

TWO_COLUMNS_MM = 9.0
"""A box this wide holds two columns of what is no running text."""

_LEAST_OF_NATURAL = 0.66
"""Writing that would have to be smaller than this goes on in a further column."""


@dataclass(frozen=True, slots=True)
class ColumnPlace:
    """What stands in one place of a column: a character, or two digits side by side; ``step`` is
    how far it moves the pen down, in ems."""

    text: str
    step: float


def numbered(text: str, rng: Rng) -> str:
    """``text`` with kanji numerals in place of its digits (十二, 一〇四), as many people write
    them in a column."""
    made, number = "", ""
    for char in f"{text}\0":
        if char.isascii() and char.isdigit():
            number += char
            continue
        made += _spelled(number, chance(rng, 0.6)) + char
        number = ""
    return made[:-1]


def _spelled(number: str, with_tens: bool) -> str:
    if len(number) == 2 and number[0] != "0" and with_tens:
        tens = ""
        if number[0] != "1":
            tens = NUMERALS[int(number[0])]
        ones = ""
        if number[1] != "0":
            ones = NUMERALS[int(number[1])]
        return f"{tens}十{ones}"
    return "".join(NUMERALS[int(d)] for d in number)


def places_of(text: str, paired: bool) -> list[ColumnPlace]:
    """The places of a column.

    Args:
        paired: numbers of two digits stand in one place.
    """
    made: list[ColumnPlace] = []
    for run in _runs(text):
        if paired and len(run) == 2:
            made.append(ColumnPlace(run, 1.0))
            continue
        made += [ColumnPlace(char, _step(char)) for char in run]
    return made


def _runs(text: str) -> list[str]:
    """Single characters, and digits that stand together."""
    runs: list[str] = []
    for char in text:
        digit = char.isascii() and char.isdigit()
        if digit and runs and runs[-1].isascii() and runs[-1].isdigit():
            runs[-1] += char
        else:
            runs.append(char)
    return runs


def _step(char: str) -> float:
    if char.isspace():
        return 0.6
    if char in STOPS:
        return 0.8
    return 0.9 if char.isascii() else 1.0


def write_columns(
    writer: Writer, paper: Paper, box: Box, text: str, lines: bool = False
) -> tuple[list[str], Box | None]:
    """Write ``text`` in one column, or in as many as it takes.

    Args:
        lines: running text, in columns of :data:`PITCH_MM`.

    Returns:
        What stands in each column, from the right, cut where the box is full; and where the ink is.
    """
    whole = places_of(text, paired=chance(writer.rng, 0.5))
    columns, size, em, room = _laid_out(writer, box, whole, lines)
    broken = _broken(whole, em, room)[:columns]
    pitch = box.width / columns
    reach: Box | None = None
    for number, column in enumerate(broken):
        middle = box.right - (number + 0.5) * pitch
        ink = _column(writer, paper, column, (middle, box.y + 0.7), size, em)
        reach = ink if reach is None else reach.union(ink) if ink else reach
    return ["".join(p.text for p in column) for column in broken], reach


def _laid_out(
    writer: Writer, box: Box, whole: Sequence[ColumnPlace], lines: bool
) -> tuple[int, float, float, float]:
    """Number of columns, size of a character, step from one to the next and room in a column,
    mm."""
    room = box.height - 1.4
    loose = 1 + max(0.0, writer.hand.habits.spacing)
    ems = max(sum(place.step for place in whole), 0.1) * loose
    if lines:
        columns = max(1, round(box.width / PITCH_MM))
        wide = box.width / columns
        size = writer.natural_size(Box(box.x, box.y, wide, wide))
        return columns, size, size * loose, room
    size = writer.natural_size(Box(box.x, box.y, box.width, box.width))
    columns = 1
    if ems * size * _LEAST_OF_NATURAL > room and box.width >= TWO_COLUMNS_MM:
        columns = 2
        size = min(size, 0.43 * box.width)
    size = max(SMALLEST, min(size, columns * (room - size) / ems if columns > 1 else room / ems))
    each = ems * size / columns + (size if columns > 1 else 0.0)
    return columns, size, size * loose, max(room, each)  # a name is not cut: it runs over the edge


def _broken(places: Sequence[ColumnPlace], em: float, room: float) -> list[list[ColumnPlace]]:
    """The places in columns of at most ``room`` mm; no column begins with 、or 。."""
    columns: list[list[ColumnPlace]] = [[]]
    used = 0.0
    for place in places:
        step = place.step * em
        if used + step > room + 0.01 and columns[-1] and place.text not in STOPS:
            columns.append([])
            used = 0.0
        columns[-1].append(place)
        used += step
    return columns


def _column(
    writer: Writer,
    paper: Paper,
    column: Sequence[ColumnPlace],
    start: tuple[float, float],
    size: float,
    em: float,
) -> Box | None:
    """Write down from ``start`` (middle of the column, top), mm; returns where the ink is."""
    rng = writer.rng
    habits = writer.hand.habits
    x = start[0] + float(rng.normal(0, 0.3))
    y = start[1] + abs(float(rng.normal(0, 0.4)))
    lean = 0.6 * habits.slope + float(rng.normal(0, 0.004))
    wander = 0.0
    reach: Box | None = None
    for place in column:
        wander = 0.6 * wander + float(rng.normal(0, habits.wander))
        middle = (x + lean * (y - start[1]) + wander * size, y + place.step * em / 2)
        if not place.text.isspace():
            ink = _put(writer, paper, place.text, middle, size)
            reach = ink if reach is None else reach.union(ink) if ink else reach
        y += place.step * em * (1 + float(rng.normal(0, 0.4 * habits.jitter)))
    return reach


def _put(
    writer: Writer, paper: Paper, text: str, middle: tuple[float, float], size: float
) -> Box | None:
    """One place of a column, about its middle (mm)."""
    if len(text) == 1:
        return _character(writer, paper, text, middle, size)
    half = 0.27 * size
    first = _character(writer, paper, text[0], (middle[0] - half, middle[1]), 0.8 * size)
    second = _character(writer, paper, text[1], (middle[0] + half, middle[1]), 0.8 * size)
    if first and second:
        return first.union(second)
    return first or second


def _character(
    writer: Writer, paper: Paper, char: str, middle: tuple[float, float], size: float
) -> Box | None:
    hand = writer.hand
    rng = writer.rng
    scale = paper.scale
    pixels = size * scale
    pen = min(hand.habits.pen * scale, CLOGGED * pixels)
    shape = glyph(hand, char, rng, pixels, pen)
    made = inked(hand, char, shape, pixels, rng, weighing(hand, char, pen))
    left = made.dx - shape.advance * hand.habits.narrow * pixels / 2
    ink = made.ink
    top = made.dy
    if char in TURNED:
        ink, left, top = _turned(ink, left, top)
    if char in STOPS:
        left = left + 0.62 * pixels
        top = top - 0.62 * pixels
    elif char in SMALL:
        left = left + 0.12 * pixels
        top = top - 0.14 * pixels
    at = (middle[0] * scale + left, middle[1] * scale + top)
    paper.lay(ink, *at)
    return Inked(ink, 0.0, 0.0).place(*at, scale)


def _turned(ink: Gray, left: float, top: float) -> tuple[Gray, float, float]:
    """Ink turned by a right angle about the middle of its place, and where its corner is then."""
    height = ink.shape[0]
    return np.ascontiguousarray(np.rot90(ink, -1)), -(top + height), left
