"""和暦 arithmetic: eras, 年度 and ages.

Source of the era borders: the 改元 orders (1868-10-23, back-dated to 1868-01-25; 1912-07-30;
1926-12-25; 1989-01-08; 2019-05-01). 1912-07-30 and 1926-12-25 belong to both of their eras. Japan
uses the Gregorian calendar from 1873-01-01 (明治6年1月1日, 太政官布告第337号); an earlier day
cannot be converted by adding years.
"""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass

WESTERN = "西暦"
GREGORIAN = dt.date(1873, 1, 1)
"""The first day on which 明治 dates are Gregorian dates."""


@dataclass(frozen=True, slots=True)
class EraSpan:
    """An era: its first and last day, both inclusive, and the western year before its year 1."""

    name: str
    first: dt.date
    last: dt.date
    offset: int


SPANS = (
    EraSpan("明治", dt.date(1868, 1, 25), dt.date(1912, 7, 30), 1867),
    EraSpan("大正", dt.date(1912, 7, 30), dt.date(1926, 12, 25), 1911),
    EraSpan("昭和", dt.date(1926, 12, 25), dt.date(1989, 1, 7), 1925),
    EraSpan("平成", dt.date(1989, 1, 8), dt.date(2019, 4, 30), 1988),
    EraSpan("令和", dt.date(2019, 5, 1), dt.date.max, 2018),
)
BY_NAME = {span.name: span for span in SPANS}


def days_of(iso: str) -> tuple[dt.date, dt.date]:
    """The first and last day that an ISO date, month or year stands for.

    Raises:
        ValueError: ``iso`` is none of ``2025-04-01``, ``2025-04`` and ``2025``.
    """
    pieces = iso.split("-")
    lengths = [len(piece) for piece in pieces]
    if lengths not in ([4], [4, 2], [4, 2, 2]) or not iso.isascii():
        raise ValueError(f"not an ISO date: {iso!r}")
    year, *rest = map(int, pieces)
    if len(rest) == 2:
        day = dt.date(year, rest[0], rest[1])
        return day, day
    first, last = (rest[0], rest[0]) if rest else (1, 12)
    if not 1 <= first <= 12:
        raise ValueError(f"no such month: {iso!r}")
    _, length = calendar.monthrange(year, last)
    return dt.date(year, first, 1), dt.date(year, last, length)


def format_wareki(iso: str) -> str:
    """``2025-04-01`` as 令和7年4月1日, ``2025-04`` as 令和7年4月, ``2025`` as 令和7年; year 1 is
    元年.

    A day on which an era changed is written in the new era; a month or year that two eras share in
    both (平成31年/令和元年). What lies before 1873 is written in western years. A text that is no
    ISO date comes back unchanged, because a person may have left one (不詳) in a date field.
    """
    try:
        first, last = days_of(iso)
    except ValueError:
        return iso
    _, *rest = iso.split("-")
    tail = ""
    for number, unit in zip(rest, "月日", strict=False):
        tail += f"{int(number)}{unit}"
    if first < GREGORIAN:
        return f"{first.year}年{tail}"
    spans = [s for s in SPANS if s.first <= last and first <= s.last]
    if first == last:
        spans = spans[-1:]
    names = []
    for span in spans:
        year = _year(first.year - span.offset)
        names.append(f"{span.name}{year}年{tail}")
    return "/".join(names)


def _year(number: int) -> str:
    if number == 1:
        return "元"
    return str(number)


def fiscal_year(day: dt.date) -> int:
    """The 年度 of ``day``: the western year of the April in which it began (地方自治法第208条)."""
    if day.month >= 4:
        return day.year
    return day.year - 1


def age_on(birth: dt.date, on: dt.date) -> int:
    """The age in full years that a person born on ``birth`` has reached by the end of ``on``.

    年齢計算ニ関スル法律 counts the day of birth, so by 民法第143条 a year of age is complete at the
    end of the day before the birthday: who is born on April 1 is a year older on March 31, and who
    is born on February 29 on February 28. Negative before birth. (A few laws count from the
    birthday itself, 「達した時」; give them ``on`` minus one day.)
    """
    after = on
    if on < dt.date.max:
        after = on + dt.timedelta(days=1)
    had_birthday = (after.month, after.day) >= (birth.month, birth.day)
    years = after.year - birth.year
    if had_birthday:
        return years
    return years - 1
