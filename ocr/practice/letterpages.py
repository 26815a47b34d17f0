"""Letters without a layout: opinions to a city by pen or in print, in lines or in columns, on plain
or ruled paper, with the truth in reading order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from ocr.practice.blankpaper import Paper
from ocr.practice.damage import SOURCE_DPI
from ocr.practice.freetext import letter_sentences
from ocr.practice.hands import Hand
from ocr.practice.households import Household, Rng
from ocr.practice.lettering import Writer
from ocr.practice.tategaki import PITCH_MM, STOPS, write_columns
from records.types import MM_PER_INCH, Box, Gray

WIDTH_MM, HEIGHT_MM = 210.0, 297.0
BODY_TOP, LINE_MM = 79.0, 9.0
"""Where the body of a letter in lines begins, and the step of its rules, mm."""

RULE_GRAY = 150
"""Gray of the rules of letter paper."""

_ERA_BEGINS = 2018


@dataclass(frozen=True, slots=True)
class LetterText:
    """What a letter says.

    Attributes:
        body: sentences, without breaks.
        day: the same as ``date`` says.
    """

    subject: str
    body: str
    date: str
    addressee: str
    address: str
    name: str
    phone: str
    day: dt.date


@dataclass(frozen=True, slots=True)
class Look:
    """How a letter is set down.

    Attributes:
        hand: the writer; None for print in ``font``.
        vertical: in columns from the right instead of lines.
        ruled: on letter paper with a rule between lines or columns.
        tiers: running text in so many tiers one below the other; columns in print only.
        size: of printed characters, mm.
        page: "1/2" at the foot of a page of several; empty for none.
    """

    hand: Hand | None = None
    font: Path | None = None
    vertical: bool = False
    ruled: bool = False
    tiers: int = 1
    size: float = 3.9
    page: str = ""


@dataclass(frozen=True, eq=False, slots=True)
class LetterPage:
    """One page as a perfect scanner would see it at :data:`ocr.practice.damage.SOURCE_DPI`.

    Attributes:
        lines: what stands on it, in reading order.
        rest: what of the body found no room.
    """

    image: Gray
    lines: tuple[str, ...]
    rest: str = field(default="")


def letter_text(rng: Rng, home: Household, city: str, characters: int) -> LetterText:
    """A made-up letter with a body of about ``characters`` characters."""
    sentences = list(rng.permutation(letter_sentences()))
    body = ""
    while sentences and len(body) < characters:
        body += str(sentences.pop())
    year, day = home.today.year - _ERA_BEGINS, home.today
    return LetterText(
        "市政への意見",
        body,
        f"令和{year}年{day.month}月{day.day}日",
        f"{city}長様",
        home.address,
        home.applicant.name.replace("\u3000", " "),
        home.phone,
        day,
    )


class _Setter(Protocol):
    """Puts running text into a box and says what stands in each line or column."""

    @property
    def pitch(self) -> float: ...

    def lines(self, paper: Paper, box: Box, text: str) -> list[str]: ...

    def columns(self, paper: Paper, box: Box, text: str) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class _Pen:
    """A person writes."""

    writer: Writer
    pitch: float = PITCH_MM

    def lines(self, paper: Paper, box: Box, text: str) -> list[str]:
        return self.writer.paragraph(paper, box, text).split("\n")

    def columns(self, paper: Paper, box: Box, text: str) -> list[str]:
        return write_columns(self.writer, paper, box, text, lines=True)[0]


@dataclass(frozen=True, slots=True)
class _Type:
    """A printer prints; characters are ``size`` mm high and wide."""

    font: Path
    size: float

    @property
    def pitch(self) -> float:
        return 1.75 * self.size

    def lines(self, paper: Paper, box: Box, text: str) -> list[str]:
        count = max(1, int(box.height / self.pitch + 0.01))
        broken = _broken(text, int(box.width / self.size))[:count]
        for number, line in enumerate(broken):
            self._draw(paper, line, box.x, box.y + (number + 0.2) * self.pitch, down=False)
        return broken

    def columns(self, paper: Paper, box: Box, text: str) -> list[str]:
        count = max(1, int(box.width / self.pitch + 0.01))
        broken = _broken(text, int(box.height / self.size))[:count]
        for number, column in enumerate(broken):
            right = box.right - number * self.pitch
            self._draw(paper, column, right - 0.5 * (self.pitch + self.size), box.y, down=True)
        return broken

    def _draw(self, paper: Paper, text: str, x: float, y: float, down: bool) -> None:
        ink = _printed(self.font, text, round(self.size * paper.scale), down)
        paper.lay(ink, x * paper.scale, y * paper.scale)


@lru_cache(maxsize=32)
def _face(font: Path, size: int) -> Any:
    from PIL import ImageFont

    return ImageFont.truetype(str(font), size)


def _printed(font: Path, text: str, size: int, down: bool) -> Gray:
    """Ink of a printed line or column, with the forms that vertical writing has of its own."""
    from PIL import Image, ImageDraw

    long = round(1.08 * size * (len(text) + 1))
    shape = (round(1.4 * size), long) if down else (long, round(1.4 * size))
    picture = Image.new("L", shape, 0)
    pen = ImageDraw.Draw(picture)
    direction = "ttb" if down else "ltr"
    at = (0.05 * size, 0.0)
    pen.text(at, text, font=_face(font, size), fill=255, direction=direction, language="ja")
    return np.asarray(picture, np.uint8)


def _broken(text: str, most: int) -> list[str]:
    """``text`` in lines of at most ``most`` characters; none begins with 、or 。."""
    lines = [""]
    for char in text:
        if len(lines[-1]) >= most and char not in STOPS:
            lines.append("")
        lines[-1] += char
    return lines


def letter_page(text: LetterText, look: Look, rng: Rng) -> LetterPage:
    """A letter's first page, with as much of its body as has room."""
    paper = _paper(look)
    setter = _setter(look, rng)
    made = _in_columns if look.vertical else _in_lines
    lines, rest = made(paper, setter, text, look)
    return _finished(paper, look, rng, lines, rest)


def next_page(rest: str, look: Look, rng: Rng) -> LetterPage:
    """A letter's further page, with nothing but its body."""
    paper = _paper(look)
    setter = _setter(look, rng)
    if look.vertical:
        lines = setter.columns(paper, Box(20, 28, 165, 240), rest)
    else:
        lines = setter.lines(paper, Box(22, 28, 166, 240), rest)
    left = rest[len("".join(lines)) :]
    return _finished(paper, look, rng, lines, left)


def _setter(look: Look, rng: Rng) -> _Setter:
    if look.hand is not None:
        return _Pen(Writer(look.hand, rng, float(rng.uniform(0.92, 1.08))))
    assert look.font is not None
    return _Type(look.font, look.size)


def _paper(look: Look) -> Paper:
    scale = SOURCE_DPI / MM_PER_INCH
    blank = np.full((round(HEIGHT_MM * scale), round(WIDTH_MM * scale)), 255, np.uint8)
    if look.ruled:
        _rule(blank, look.vertical, scale)
    return Paper(blank, SOURCE_DPI)


def _finished(paper: Paper, look: Look, rng: Rng, lines: Sequence[str], rest: str) -> LetterPage:
    """The page with its rules and its number."""
    told = list(lines)
    if look.page:
        machine = _Type(_print_font(look), 3.6)
        told += machine.lines(paper, Box(100, 280, 30, 7), look.page)
    by_pen = look.hand.habits if look.hand is not None else None
    darkness = by_pen.ink if by_pen else 1.0
    image = paper.finished(darkness, by_pen.grain if by_pen else 0.0, rng)
    return LetterPage(image, tuple(told), rest)


def _print_font(look: Look) -> Path:
    if look.font is not None:
        return look.font
    assert look.hand is not None
    return look.hand.fonts[-1]


def _rule(blank: Gray, vertical: bool, scale: float) -> None:
    """Thin rules between the lines or columns of writing, in place."""
    left, right, top, bottom = (round(mm * scale) for mm in (20, 191, 25, 272))
    if vertical:
        for number in range(int(171 / PITCH_MM) + 1):
            x = right - round(number * PITCH_MM * scale)
            blank[top:bottom, x : x + 2] = RULE_GRAY
        return
    for number in range(int(189 / LINE_MM) + 1):
        y = round((BODY_TOP + number * LINE_MM) * scale)
        blank[y : y + 2, left:right] = RULE_GRAY


def _in_lines(paper: Paper, setter: _Setter, text: LetterText, look: Look) -> tuple[list[str], str]:
    """Date and sender above, the body below."""
    high = setter.pitch
    lines = setter.lines(paper, Box(135, 18, 60, high), text.date)
    lines += setter.lines(paper, Box(22, 28, 60, high), text.addressee)
    for number, (label, said) in enumerate(
        (("住所", text.address), ("氏名", text.name), ("電話", text.phone))
    ):
        box = Box(75, 38 + number * max(9.0, high), 115, high)
        lines += setter.lines(paper, box, f"{label} {said}")
    lines += setter.lines(paper, Box(75, 68, 70, high), text.subject)
    body = setter.lines(paper, Box(22, BODY_TOP, 166, 189), text.body)
    return lines + body, text.body[len("".join(body)) :]


def _in_columns(
    paper: Paper, setter: _Setter, text: LetterText, look: Look
) -> tuple[list[str], str]:
    """Subject on the right, the body, then date, sender and addressee on the left."""
    wide = setter.pitch
    lines = setter.columns(paper, Box(191 - wide, 45, wide, 120), text.subject)
    left = 20 + 5 * wide
    body: list[str] = []
    between = 8.0
    high = (247 - between * (look.tiers - 1)) / look.tiers
    for tier in range(look.tiers):
        rest = text.body[len("".join(body)) :]
        width = (191 - 2 * wide - left) // wide * wide
        box = Box(191 - 2 * wide - width, 25 + tier * (high + between), width, high)
        body += setter.columns(paper, box, rest) if rest else []
    lines += body
    ends = ((60, text.date), (90, text.address), (140, text.name), (120, text.phone))
    for number, (top, said) in enumerate((*ends, (32, text.addressee))):
        box = Box(20 + (4 - number) * wide, top, wide, 268 - top)
        lines += setter.columns(paper, box, said)
    return lines, text.body[len("".join(body)) :]
