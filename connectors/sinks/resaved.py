"""Lines of a CSV file that a spreadsheet saved again: found although their text has changed.

Excel takes 0012 for the number 12, 2026-04-01 for a date that it writes as 2026/4/1, 1-2 for
January 2nd and a number of twelve digits for 1.23457E+11, and saves what it shows. So each cell is
compared as Excel would save it. A few cells that were changed beyond that do not hide a line: most
of the others must agree, with one line only, and better than any other record does.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation

MARK = 4
"""Hex digits of one cell's mark: enough to compare lines, too few to guess a number by."""

_AGREE = 0.6
_COMMON = 50  # a value that so many lines have tells none from another
_DATE = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_MONTH_AND_DAY = re.compile(r"(\d{1,2})[-/](\d{1,2})")
_SHOWN_WHOLE = Decimal(10) ** 11  # of a longer number Excel shows six digits and an exponent


def as_saved(text: str) -> str:
    """A cell's text as Excel saves it after having opened the file."""
    plain = text.strip()
    if date := _DATE.fullmatch(plain):
        return f"{int(date[1])}/{int(date[2])}/{int(date[3])}"
    if day := _MONTH_AND_DAY.fullmatch(plain):
        month = int(day[1])
        date_of_month = int(day[2])
        is_day = month <= 12 and date_of_month <= 31
        if is_day:
            return f"{month}月{date_of_month}日"
        return plain
    number = _number(plain)
    if number is None:
        if plain.upper() in ("TRUE", "FALSE"):
            return plain.upper()
        return plain
    if abs(number) >= _SHOWN_WHOLE:
        return f"{number:.5E}"
    return f"{number.normalize():f}"


def _number(text: str) -> Decimal | None:
    if not text.isascii():
        return None  # a full-width digit stays what it is in a CSV file
    try:
        number = Decimal(text.replace(",", ""))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def marks_of(cells: Sequence[str]) -> str:
    """A short mark for each cell, one after the other; an empty cell has zeros."""
    return "".join(_mark(text) for text in cells)


def _mark(text: str) -> str:
    saved = as_saved(text)
    if saved:
        return hashlib.sha256(saved.encode("utf-8", "surrogatepass")).hexdigest()[:MARK]
    return _EMPTY


_EMPTY = "0" * MARK


def find_resaved(lost: Mapping[str, str], strange: Mapping[int, Sequence[str]]) -> dict[str, int]:
    """Which line is which record's, though its text is not what was written.

    Args:
        lost: record → :func:`marks_of` its line as written, of records without their line.
        strange: line number → cells, of lines that are no record's.
    """
    marks = {number: marks_of(cells) for number, cells in strange.items()}
    found = _whole(lost, marks)
    taken = set(found.values())
    rest = {record: text for record, text in lost.items() if record not in found}
    left = {number: text for number, text in marks.items() if number not in taken}
    if rest and left:
        return {**found, **_nearest(rest, left)}
    return found


def _whole(lost: Mapping[str, str], marks: Mapping[int, str]) -> dict[str, int]:
    """Lines of which every cell agrees; of equal ones the first goes to the first record."""
    places: dict[str, list[int]] = defaultdict(list)
    for number, text in marks.items():
        places[text].append(number)
    found = {}
    for record, text in lost.items():
        if text.strip("0") and places.get(text):
            found[record] = places[text].pop(0)
    return found


def _nearest(lost: Mapping[str, str], marks: Mapping[int, str]) -> dict[str, int]:
    """Lines of which most cells agree, where record and line choose each other."""
    having: dict[tuple[int, str], list[int]] = defaultdict(list)
    for number, text in marks.items():
        for cell in _cells(text):
            having[cell].append(number)
    chosen: dict[int, dict[str, float]] = defaultdict(dict)
    for record, text in lost.items():
        best = _best(list(_cells(text)), having)
        if best is not None:
            number, share = best
            if len(marks[number]) == len(text):
                chosen[number][record] = share
    found = {}
    for number, shares in chosen.items():
        record_of_line = _only_best(shares)
        if record_of_line is not None:
            found[record_of_line] = number
    return found


def _best(
    cells: Sequence[tuple[int, str]], having: Mapping[tuple[int, str], Sequence[int]]
) -> tuple[int, float] | None:
    votes: Counter[int] = Counter()
    for cell in cells:
        numbers = having.get(cell, ())
        if len(numbers) <= _COMMON:
            votes.update(numbers)
    first = votes.most_common(2)
    if not first or (len(first) == 2 and first[0][1] == first[1][1]):
        return None
    share = first[0][1] / len(cells)
    if share >= _AGREE:
        return (first[0][0], share)
    return None


def _only_best(shares: Mapping[str, float]) -> str | None:
    top = max(shares.values())
    best = [record for record, share in shares.items() if share == top]
    if len(best) != 1:
        return None
    return best[0]


def _cells(text: str) -> Iterable[tuple[int, str]]:
    """(column, mark) of what is not empty."""
    for start in range(0, len(text), MARK):
        mark = text[start : start + MARK]
        if mark != _EMPTY:
            yield start, mark
