"""Individual numbers (個人番号, マイナンバー) inside any text, in any spelling, and how they are hidden.

People write the twelve digits in groups, full-width, in kanji or in circles, with blanks, hyphens,
dots or line breaks between them. One place knows all of these; whoever shows, logs, names or
exports a text asks here.

A chain is a row of digits with at most six separators between two of them; a separator is anything
that is neither letter nor digit. Hidden are, in a chain:

1. Twelve digits in one piece, or in groups of four with a hyphen or one blank between them. A wrong
   check digit does not speak for showing them, as the number may be misread. Only what is plainly
   something else (a time, years) needs a right one.
2. Twelve digits in equal groups with one kind of separator, or in groups that end at the fourth or
   eighth digit, if the check digit is right.
3. All of a chain of exactly twelve digits in other groups, if the check digit is right and no time
   explains the groups.

A corporate number (13 digits), telephone numbers, account numbers and hashes are not hidden.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from records.checkdigits import is_corporate_number, is_my_number

MY_NUMBER_DIGITS = 12
_SHOWN = 4
_EARLIEST_YEAR = 1900
_LATEST_YEAR = 2100
_HASH_LENGTHS = (16, 32, 40, 64)
"""Hex digits of a record's number, MD5, SHA-1 and SHA-256."""

_KANJI = {char: number for number, char in enumerate("〇一二三四五六七八九")} | {"零": 0}
_OTHER_DIGITS = "⓪①②③④⑤⑥⑦⑧⑨⓿❶❷❸❹❺❻❼❽❾⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉"
_DASHES = frozenset("-‐‑‒–—―−－ー─━ｰ﹣˗⁃_＿一")
"""What people, keyboards and readers put for a hyphen; 一 where the digits are Arabic."""

_UNSEEN = frozenset("\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff")
"""Soft hyphen, zero-width blanks and marks of direction: a reader sees none of them."""

_ARABIC = rf"[\d{_OTHER_DIGITS}]"
_KANJI_DIGIT = f"[{''.join(_KANJI)}]"
_CHAINS = (
    re.compile(rf"{_ARABIC}(?:[\W_ーｰ一]{{0,6}}{_ARABIC}){{{MY_NUMBER_DIGITS - 1},}}"),
    re.compile(rf"{_KANJI_DIGIT}(?:[\W_ーｰ]{{0,6}}{_KANJI_DIGIT}){{{MY_NUMBER_DIGITS - 1},}}"),
)
_HEX = re.compile(r"[0-9a-f]+")


@dataclass(frozen=True, slots=True)
class _Group:
    """Digits that stand side by side.

    Attributes:
        digits: in ASCII.
        places: where each stands in the text, from 0.
        before: the separator ahead of the group: ``-`` for every dash, a blank for blanks alone,
            else the characters that are no blanks.
        is_close: at most one character separates the group from the one ahead.
    """

    digits: str
    places: tuple[int, ...]
    before: str
    is_close: bool


def holds_my_number(text: str) -> bool:
    """True where the text has twelve digits that are, or may be meant as, an individual number."""
    return any(True for _ in _numbers(text))


def holds_valid_number(text: str) -> bool:
    """True where such twelve digits have the right check digit, too."""
    return any(is_my_number(digits) for digits, _ in _numbers(text))


def mask_my_number(text: str, sign: str = "*") -> str:
    """The text with each individual number hidden but for its last four digits, each digit by a
    ``sign``.

    ``123456789018`` becomes ``********9018``, ``１２３４-5678-9018`` becomes ``****-****-9018``.
    """
    hidden: set[int] = set()
    for _, places in _numbers(text):
        hidden.update(places[:-_SHOWN])
    if not hidden:
        return text
    return "".join(sign if place in hidden else char for place, char in enumerate(text))


def mask_every_digit(text: str) -> str:
    """What stands in a place made for an individual number, hidden but for the last four of twelve
    or more digits.

    Of fewer digits none is shown: what is there may be the first ones.
    """
    places = [place for place, char in enumerate(text) if _digit(char, kanji=False) is not None]
    if not places:
        places = [place for place, char in enumerate(text) if char in _KANJI]
    hidden = set(places[:-_SHOWN] if len(places) >= MY_NUMBER_DIGITS else places)
    return "".join("*" if place in hidden else char for place, char in enumerate(text))


def _numbers(text: str) -> Iterator[tuple[str, tuple[int, ...]]]:
    """The twelve digits, in ASCII, and the places of everything in the text that is to be hidden."""
    if len(text) < MY_NUMBER_DIGITS:
        return
    for pattern in _CHAINS:
        for match in pattern.finditer(text):
            groups = _groups(text, match.start(), match.end())
            for chosen in _chosen(groups):
                digits = "".join(group.digits for group in chosen)
                places = tuple(place for group in chosen for place in group.places)
                if not _is_part_of_hash(text, places):
                    yield digits, places


def _groups(text: str, start: int, end: int) -> list[_Group]:
    """The groups of one chain of digits, from ``start`` to ``end`` in the text."""
    kanji = text[start] in _KANJI
    found: list[_Group] = []
    digits = ""
    places: list[int] = []
    between = ahead = ""
    for place in range(start, end):
        digit = _digit(text[place], kanji)
        if digit is None:
            between += "" if text[place] in _UNSEEN else text[place]
            continue
        if between:
            found.append(_Group(digits, tuple(places), _separator(ahead), len(ahead) <= 1))
            digits, places, ahead, between = "", [], between, ""
        digits += digit
        places.append(place)
    found.append(_Group(digits, tuple(places), _separator(ahead), len(ahead) <= 1))
    return found


def _digit(char: str, kanji: bool) -> str | None:
    """The digit that a character stands for, in ASCII; None for a separator."""
    if kanji:
        return str(_KANJI[char]) if char in _KANJI else None
    number = unicodedata.digit(char, None)
    return None if number is None else str(number)


def _separator(between: str) -> str:
    """The kind of what stands between two groups."""
    marks = {"-" if char in _DASHES else char for char in between if not char.isspace()}
    return "".join(sorted(marks)) or ("\n" if "\n" in between else " ")


def _chosen(groups: Sequence[_Group]) -> Iterator[Sequence[_Group]]:
    """The groups of a chain that make up an individual number."""
    if _is_corporate(groups):
        return
    if _is_whole_number(groups):
        yield groups
        return
    for first in range(len(groups)):
        size = 0
        for last in range(first, len(groups)):
            size += len(groups[last].digits)
            if size < MY_NUMBER_DIGITS:
                continue
            if size == MY_NUMBER_DIGITS and _is_one_number(groups, first, last + 1):
                yield groups[first : last + 1]
            break


def _is_corporate(groups: Sequence[_Group]) -> bool:
    """True for a corporate number in groups as the tax office and applicants write it."""
    sizes = [len(group.digits) for group in groups]
    digits = "".join(group.digits for group in groups)
    is_even = {group.before for group in groups[1:]} in ({"-"}, {" "})
    return is_even and sizes in ([1, 4, 4, 4], [4, 4, 4, 1]) and is_corporate_number(digits)


def _is_whole_number(groups: Sequence[_Group]) -> bool:
    """True for a chain of twelve digits with the right check digit, whatever its groups."""
    digits = "".join(group.digits for group in groups)
    common = all(group.before in ("-", " ", "\n", ".") for group in groups[1:])
    return common and is_my_number(digits) and not _is_dated(groups)


def _is_one_number(groups: Sequence[_Group], first: int, last: int) -> bool:
    """True where twelve digits inside a chain look like one number, and may be meant as one."""
    window = groups[first:last]
    digits = "".join(group.digits for group in window)
    if len({group.before for group in window[1:]}) > 1:
        return False
    sizes = [len(group.digits) for group in window]
    if sizes in ([12], [4, 4, 4]) and all(
        group.before in ("-", " ") and group.is_close for group in window[1:]
    ):
        return is_my_number(digits) or not _is_explained(window)
    if not is_my_number(digits):
        return False
    if all(size % 4 == 0 for size in sizes):
        return True
    return len(set(sizes)) == 1 and not _goes_on(groups, first, last)


def _goes_on(groups: Sequence[_Group], first: int, last: int) -> bool:
    """True where more digits follow or go before in the same way: a longer number in groups."""
    separator = groups[first + 1].before
    is_ahead = first > 0 and groups[first].before == separator
    is_behind = last < len(groups) and groups[last].before == separator
    return is_ahead or is_behind


def _is_explained(window: Sequence[_Group]) -> bool:
    """True where the digits are plainly a time or years."""
    digits = "".join(group.digits for group in window)
    years = [len(group.digits) == 4 and _is_year(group.digits) for group in window]
    return _is_time(digits) or all(years)


def _is_dated(groups: Sequence[_Group]) -> bool:
    """True for a day and a time in groups as programs write them: ``2026-11-27 1430``."""
    sizes = tuple(len(group.digits) for group in groups)
    digits = "".join(group.digits for group in groups)
    return sizes in ((4, 2, 2, 4), (4, 2, 2, 2, 2), (8, 4)) and _is_time(digits)


def _is_year(digits: str) -> bool:
    return _EARLIEST_YEAR <= int(digits) <= _LATEST_YEAR


def _is_time(digits: str) -> bool:
    """True for twelve digits that are year, month, day, hour and minute."""
    month, day, hour, minute = (int(digits[at : at + 2]) for at in (4, 6, 8, 10))
    in_calendar = _is_year(digits[:4]) and 1 <= month <= 12 and 1 <= day <= 31
    return in_calendar and hour < 24 and minute < 60


def _is_part_of_hash(text: str, places: Sequence[int]) -> bool:
    """True where the digits stand in one piece inside a hexadecimal number of a usual length.

    One record in some hundred has twelve digits side by side in its own number, and a link to it
    must stay a link.
    """
    first, last = places[0], places[-1]
    if last - first != MY_NUMBER_DIGITS - 1:
        return False
    for match in _HEX.finditer(text):
        if match.start() <= first and last < match.end():
            return len(match.group()) in _HASH_LENGTHS and not match.group().isdigit()
    return False
