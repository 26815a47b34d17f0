"""What the sending FAX machine printed above a letter: no part of it, but facts about it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from ocr.letters.lines import Letter, plain

_HEADER_MM = 14.0

_TIME = re.compile(r"\d{1,2}:\d{2}")
_DAY = re.compile(r"\d{2,4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?|\d{1,2}月\d{1,2}日")
_NUMBER = re.compile(
    r"(?:FROM|FAX|TEL|発信元?|送信元?)[^0-9+]{0,12}([+\d][\d()-]{7,})", re.IGNORECASE
)
_PAGE = re.compile(r"P(?:AGE)?[.:]?\s?(\d{1,3})(?:[/／]\s?(\d{1,3}))?", re.IGNORECASE)
_OF = re.compile(r"(?<!\d)(\d{1,3})[/／](\d{1,3})(?!\d)")


@dataclass(frozen=True, slots=True)
class Header:
    """What a machine's line says; empty or 0 where it does not.

    Attributes:
        day, time: as printed.
        number: of the sender.
        page, pages: "page 2 of 3".
    """

    text: str = ""
    day: str = ""
    time: str = ""
    number: str = ""
    page: int = 0
    pages: int = 0


def header_of(letter: Letter) -> Header:
    """The facts of a letter's machine line."""
    lines = [letter.lines[number].text for number in sorted(machine_lines(letter))]
    return told(" ".join(lines))


def told(text: str) -> Header:
    """The facts in one machine line."""
    if not text:
        return Header()
    spaced = unicodedata.normalize("NFKC", text)
    joined = plain(text)
    time, day = _TIME.search(spaced), _DAY.search(joined)
    number = _NUMBER.search(spaced)
    page, pages = _page_in(spaced)
    return Header(
        text,
        day[0] if day else "",
        time[0] if time else "",
        number[1] if number else "",
        page,
        pages,
    )


def _page_in(text: str) -> tuple[int, int]:
    """Page and number of pages; 0 for what is not said or cannot be."""
    found = _PAGE.search(text)
    if found is None:
        without_days = _DAY.sub(" ", text)
        found = _OF.search(without_days)
    if found is None:
        return 0, 0
    page, pages = int(found[1]), int(found[2] or 0)
    return (page, pages) if not pages or 1 <= page <= pages else (0, 0)


def machine_lines(letter: Letter) -> set[int]:
    """Numbers of the lines that the sending machine printed at the very top of a page; its number
    is not the writer's."""
    tops: dict[int, float] = {}
    for line in letter.lines:
        tops[line.page] = min(tops.get(line.page, line.box.y), line.box.y)
    high = [
        number
        for number, line in enumerate(letter.lines)
        if line.box.y < min(_HEADER_MM, tops[line.page] + 6)
    ]
    printed = {number for number in high if _is_header(letter.lines[number].text)}
    # the detector cuts the line at its wide gaps: CITYHALL alone says nothing
    beside = {n for n in high if _is_latin(letter.lines[n].text) and _in_row(letter, n, printed)}
    return printed | beside


def _is_latin(text: str) -> bool:
    said = plain(text)
    return sum(char.isascii() for char in said) > 0.7 * len(said)


def _in_row(letter: Letter, number: int, printed: set[int]) -> bool:
    """True where a line stands beside one that a machine printed."""
    one = letter.lines[number]
    same = (letter.lines[n] for n in printed)
    return any(o.page == one.page and abs(o.box.y - one.box.y) < one.box.height for o in same)


def _is_header(text: str) -> bool:
    """A FAX sender line: a page count, a time, FROM, TEL or a long number at the very top."""
    return bool(
        re.search(
            r"FROM|FAX|TEL|P\.?\s?\d|\d{1,2}:\d{2}|発信|送信|枚",
            unicodedata.normalize("NFKC", text),
            re.IGNORECASE,
        )
    )
