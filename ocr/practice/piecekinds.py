"""Pieces of ink: what is written, marked, stamped or printed on a practice sheet, and where."""

from __future__ import annotations

from dataclasses import dataclass

from records.forms import Cells, Part
from records.types import Box


@dataclass(frozen=True, slots=True)
class Write:
    """Text to write into a box; ``lines`` allows several lines, ``align`` is left, center or
    right.

    Attributes:
        vertical: from top to bottom, ``numerals`` with kanji for digits.
        as_written: the field's value is the text as it stands on the paper.
    """

    box: Box
    text: str
    align: str = "left"
    lines: bool = False
    vertical: bool = False
    numerals: bool = False
    as_written: bool = False


@dataclass(frozen=True, slots=True)
class WriteCells:
    """Text to write into rows of character cells, one character each."""

    cells: tuple[Cells, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A place to mark: ``how`` is circle, check or fill; ``others`` are the options that stay
    unmarked."""

    box: Box
    how: str
    others: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True)
class Stamp:
    """A seal of the family name."""

    box: Box
    text: str


@dataclass(frozen=True, slots=True)
class DrawnCode:
    """A printed QR code."""

    box: Box
    text: str


Piece = Write | WriteCells | Mark | Stamp | DrawnCode


def into(part: Part, text: str, align: str = "left", lines: bool = False) -> list[Piece]:
    if part.cells:
        return [WriteCells(part.cells, text)]
    if part.box:
        return [Write(part.box, text, align, lines)]
    if text in part.options:
        rest = tuple(b for o, b in part.options.items() if o != text)
        return [Mark(part.options[text], part.mark or "circle", rest)]
    return []
