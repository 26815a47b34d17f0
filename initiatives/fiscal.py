"""Fiscal years (年度: 1 April to 31 March), spans of local days, and how a city writes them (R7,
令和7年度, 第2期).

A fiscal year is the western year in which it begins: 2025 is R7. A span is whole local days, both
ends included, so that two spans side by side neither overlap nor leave a gap, whatever the time
zone of the machine.
"""

from __future__ import annotations

import calendar
import datetime as dt
import functools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from records.errors import DefinitionError

JAPAN = ZoneInfo("Asia/Tokyo")

_ERAS = (("R", "令和", 2018), ("H", "平成", 1988), ("S", "昭和", 1925))
"""Letter, name, and the western year before the era's year 1."""

_YEAR = re.compile(
    r"(?:FY)?(?:(R|H|S|令和|平成|昭和)(元|\d{1,2})|(\d{4}))(?:年度?|FY)?", re.IGNORECASE
)
_MONTH = re.compile(
    r"(?:(R|H|令和|平成)(元|\d{1,2})[.年]|(\d{4})[-/.年])(\d{1,2})月?", re.IGNORECASE
)
_PART = re.compile(r"(.+?)(上期|下期|前期|後期|[1-4]Q|Q[1-4]|第[1-4]四半期)", re.IGNORECASE)
_BETWEEN = re.compile(
    r"\s*(?:\.\.|〜|~|から|(?<=[^\d-])-(?=\D)|(?<=\d)-(?=[RHS令平昭]))\s*", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Whole local days from ``first`` to ``last``, both included."""

    first: dt.date
    last: dt.date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError(
                f"a span ends on or after its first day, got {self.first} to {self.last}"
            )

    def __contains__(self, day: dt.date) -> bool:
        return self.first <= day <= self.last

    @property
    def days(self) -> int:
        """How many days it has, at least 1."""
        return (self.last - self.first).days + 1

    @property
    def years(self) -> tuple[int, ...]:
        """The fiscal years it touches."""
        return tuple(range(fiscal_year(self.first), fiscal_year(self.last) + 1))

    @property
    def title(self) -> str:
        """What people call it: ``令和7年度``, ``令和7〜8年度``, ``令和7年10月``, or its two
        days."""
        begin = self.years[0]
        end = self.years[-1]
        is_whole_years = self == Span(year_span(begin).first, year_span(end).last)
        if is_whole_years and begin == end:
            return long_label(begin)
        if is_whole_years:
            until = long_label(end).removeprefix("令和")
            return f"{wareki_year(begin)}〜{until}"
        if self == month_span(self.first):
            return f"{wareki_year(self.first.year)}年{self.first.month}月"
        return f"{wareki_day(self.first)}〜{wareki_day(self.last)}"

    def cut(self, other: Span) -> Span | None:
        """The days in both, or None."""
        first = max(self.first, other.first)
        last = min(self.last, other.last)
        if first <= last:
            return Span(first, last)
        return None

    def cut_at(self, starts: Iterable[dt.date]) -> Iterator[Span]:
        """The parts of it that begin on its first day and on each of ``starts``, which lie in it."""
        begin = self.first
        for start in sorted(starts):
            yield Span(begin, start - dt.timedelta(days=1))
            begin = start
        yield Span(begin, self.last)

    def dates(self) -> Iterator[dt.date]:
        """Every day of it, in order."""
        for number in range(self.days):
            yield self.first + dt.timedelta(days=number)

    def months(self) -> tuple[Span, ...]:
        """The parts of it by calendar month."""
        parts = []
        day = self.first
        while day <= self.last:
            part = month_span(day).cut(self)
            assert part is not None
            parts.append(part)
            day = part.last + dt.timedelta(days=1)
        return tuple(parts)

    def by_year(self) -> tuple[tuple[int, Span], ...]:
        """The parts of it by fiscal year."""
        parts = []
        for year in self.years:
            part = year_span(year).cut(self)
            if part is not None:
                parts.append((year, part))
        return tuple(parts)


def fiscal_year(day: dt.date) -> int:
    """The fiscal year of a day: 31 March 2026 is in 2025 (R7)."""
    if day.month >= 4:
        return day.year
    return day.year - 1


def year_span(year: int) -> Span:
    """1 April of ``year`` to 31 March of the next."""
    first = dt.date(year, 4, 1)
    last = dt.date(year + 1, 3, 31)
    return Span(first, last)


@functools.lru_cache(maxsize=4096)
def month_span(day: dt.date) -> Span:
    """The calendar month of a day."""
    _, length = calendar.monthrange(day.year, day.month)
    return Span(day.replace(day=1), day.replace(day=length))


def _era(year: int) -> tuple[str, str, int]:
    for letter, name, offset in _ERAS:
        if year > offset:
            return letter, name, year - offset
    raise ValueError(f"fiscal years start with 昭和, got {year}")


def label(year: int) -> str:
    """``R7`` for 2025."""
    letter, _, number = _era(year)
    return f"{letter}{number}"


def wareki_year(year: int) -> str:
    """``令和7`` for 2025, ``令和元`` for 2019."""
    _, name, number = _era(year)
    return f"{name}{'元' if number == 1 else number}"


def wareki_day(day: dt.date) -> str:
    """``令和7年10月1日``."""
    return f"{wareki_year(day.year)}年{day.month}月{day.day}日"


def long_label(year: int) -> str:
    """``令和7年度`` for 2025."""
    return f"{wareki_year(year)}年度"


def parse_year(text: str | int) -> int:
    """A fiscal year as people write it: ``R7``, ``令和7年度``, ``H31``, ``2025``.

    Raises:
        ValueError: it is not a year.
    """
    plain = unicodedata.normalize("NFKC", str(text)).strip()
    found = _YEAR.fullmatch(plain)
    if not found:
        raise ValueError(f"「{text}」は年度として読めません。R7 のように書いてください")
    if found[3]:
        return int(found[3])
    return _western(found[1], found[2])


def _western(era: str, number: str) -> int:
    year = 1 if number == "元" else int(number)
    for letter, name, offset in _ERAS:
        if era.upper() in (letter, name):
            return offset + year
    raise ValueError(f"「{era}」という元号はありません")


def parse_span(text: str, periods: Mapping[int, Span] | None = None) -> Span:
    """A period as people write it.

    Takes ``R7``, ``R7-R8``, ``R7〜R8``, ``R7上期``, ``R7Q2``, ``2025-10``, ``R7.10``,
    ``2025-04-01..2025-09-30`` and, with ``periods`` (plan periods by number), ``第2期``.

    Raises:
        DefinitionError: it is none of them.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    numbered = re.fullmatch(r"第(\d+)期", plain)
    if numbered and periods and int(numbered[1]) in periods:
        return periods[int(numbered[1])]
    try:
        ends = _BETWEEN.split(plain)
        if len(ends) != 2:
            return _one(plain)
        begin, end = map(_one, ends)
        return Span(begin.first, end.last)
    except (ValueError, AttributeError):
        raise DefinitionError(
            f"期間「{text}」が読めません。R7(年度)、R7-R8、R7上期、R7Q2、2025-10(月)、"
            "2025-04-01..2025-09-30、第2期 のどれかで書いてください",
            key="period",
        ) from None


def _one(text: str) -> Span:
    part = _PART.fullmatch(text)
    if part:
        return _part_of_year(parse_year(part[1]), part[2])
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        day = dt.date.fromisoformat(text)
        return Span(day, day)
    month = _MONTH.fullmatch(text)
    if month:
        year = int(month[3]) if month[3] else _western(month[1], month[2])
        return month_span(dt.date(year, int(month[4]), 1))
    return year_span(parse_year(text))


def _part_of_year(year: int, part: str) -> Span:
    months = ordered_months(year)
    if part[-1] == "期" and part[0] in "上下前後":
        half = months[:6] if part[0] in "上前" else months[6:]
        return merge(half)
    number = int(re.sub(r"\D", "", part))
    return merge(months[number * 3 - 3 : number * 3])


def ordered_months(year: int) -> tuple[Span, ...]:
    """The twelve months of a fiscal year, April first."""
    return year_span(year).months()


def merge(spans: Iterable[Span]) -> Span:
    """The smallest span that holds all of them."""
    spans = tuple(spans)
    first = min(span.first for span in spans)
    last = max(span.last for span in spans)
    return Span(first, last)
