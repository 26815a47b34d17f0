"""Days, months, years and times: what a place for them is likely to hold."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Sequence

from ocr.decode.standing import kanji_number
from ocr.weigh.priors.asked import Asked, Expected, Prior
from records.forms import FieldDef
from records.site import Office

RANGES = {"month": (1, 12), "day": (1, 31), "hour": (0, 23), "minute": (0, 59)}

_ERA_YEARS = {"明治": 45, "大正": 15, "昭和": 64, "平成": 31}

_AHEAD = 3
"""A form speaks of years up to so many ahead."""

_YMD = re.compile(r"^(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])$")

_PARTED = re.compile(
    r"^\D{0,2}\s?(\d{1,4}|元)\s?[./\-年・·, ]\s?(\d{1,2})\s?[./\-月・·, ]\s?(\d{1,2})\s?日?$"
)

_HOUR = re.compile(r"^(.{0,2}?)(\d{1,2})\s?[時:]\s?(\d{2})\d{0,2}$")

_ONE_MINUTE = re.compile(r"^(.{0,2}?\d{1,2})時([0-9])[0-9]$")

_NO_COLON = re.compile(r"^([01]?\d|2[0-4])\s?([0-5]\d)$")

_TIME = re.compile(r".{0,2}[0-2]?\d(?:(?:[:：]|時)\s?(?:([0-5]?\d)分?|半)?| ([0-5]\d))")

ODD_MINUTE = -2.0
"""Log prior of a minute that is no multiple of five, in the times that people write on forms."""

_OF_THE_SHEET = re.compile(
    r"(申込|申請|請求|提出|届出?|記入|受付|受理|作成|希望|利用|使用|開始)(希望)?(年月)?[日月]?$"
)
"""Labels of dates that are of the time when the sheet is handed in, or soon after; dates of birth
are not among them."""

_YEARS_AROUND, LONG_AGO = 2, -5.0
"""Such a date is within so many years of the day of receipt, or this much (natural log) the less likely."""


def number_expected(asked: Asked) -> Expected:
    """A month, day, hour or minute."""
    low, high = RANGES[asked.part]
    numbers = {str(n): 0.0 for n in range(low, high + 1)}
    numbers.update({f"{n:02d}": -1.0 for n in range(low, min(10, high + 1))})
    if asked.item.vertical:
        numbers.update({kanji_number(n): 0.0 for n in range(max(1, low), high + 1)})
    return list(numbers), lambda text: numbers.get(text, -7.0)


def year_expected(asked: Asked) -> Expected:
    """A year of the era that was chosen, or a Western one."""
    this_year = asked.office.today.year
    recent = _recent(asked.item, asked.office)
    reiwa = this_year - 2018 + _AHEAD
    most = reiwa if asked.era == "令和" else _ERA_YEARS.get(asked.era, 2100)
    years = {str(n): 0.0 for n in range(1, most + 1)} if most < 100 else {}
    years.update({f"{n:02d}": -1.0 for n in range(1, 10)} if years else {})
    if asked.item.vertical and years:
        years.update({kanji_number(n): 0.0 for n in range(1, most + 1)})

    def prior(text: str) -> float:
        if text == "元":
            return recent(text) - 3.0
        return recent(text) + (years.get(text, -7.0) if years else 0.0)

    return list(years), prior


def date_expected(asked: Asked) -> Expected:
    """A date written in one box."""
    found = [match for text in asked.read for match in _slashes(text)]
    slashed = [f"{m[1]}/{m[2]}/{m[3]}" for m in found]
    return slashed, functools.partial(_like_a_date, _recent(asked.item, asked.office))


def time_expected(asked: Asked) -> Expected:
    """A time written in one box."""
    return _times_spelled(asked.read), _like_a_time


def _times_spelled(read: Sequence[str]) -> list[str]:
    """12時04 may be 12時0分, 14時304 14時30分, and 830 is 8:30 with a colon that was too light."""
    made = [f"{m[1]}{m[2]}時{m[3]}分" for t in read if "時" in t and (m := _HOUR.match(t))]
    made += [f"{m[1]}時{m[2]}分" for t in read if (m := _ONE_MINUTE.match(t))]
    return made + [f"{m[1]}:{m[2]}" for t in read if (m := _NO_COLON.match(t))]


def _like_a_time(text: str) -> float:
    """Log prior of a text where a time was written."""
    found = _TIME.fullmatch(text)
    if not found:
        return -4.0
    minute = int(found[1] or found[2] or 0)
    return ODD_MINUTE if minute % 5 else 0.0


def _recent(item: FieldDef, office: Office) -> Prior:
    """Log prior of a year, Western or of 令和, in a date field: near the day of receipt where the
    label says that it is the sheet's own."""
    if not _OF_THE_SHEET.search(item.label) or (
        item.era and item.era.fixed not in ("", "令和", "西暦")
    ):
        return lambda year: 0.0
    this_year = office.today.year

    def prior(year: str) -> float:
        if not year.isdecimal() and year != "元":
            return 0.0
        number = 1 if year == "元" else int(year)
        western = number if number >= 1000 else 2018 + number
        return 0.0 if abs(western - this_year) <= _YEARS_AROUND else LONG_AGO

    return prior


def _slashes(text: str) -> list[re.Match[str]]:
    """Ways of taking two strokes of what was read as the slashes of a date: 2025 1 8 1 14, R7 1 2 1
    20."""
    ways = []
    for days in (1, 2):
        for months in (1, 2):
            other = re.match(rf"^(.*\d)[1Il|/](\d{{{months}}})[1Il|/](\d{{{days}}})$", text)
            if other and re.fullmatch(
                r"(?:19|20)\d\d|[RHSTＲＨＳＴ令平昭大][和成治正]?\d{1,2}", other[1]
            ):
                ways.append(other)
    return [m for m in ways if 1 <= int(m[2]) <= 12 and 1 <= int(m[3]) <= 31]


def _like_a_date(recent: Prior, text: str) -> float:
    """Log prior of a date written in one box: parted as people part it, with a year as ``recent``
    has it, eight digits, or neither."""
    parted = _PARTED.match(unicodedata.normalize("NFKC", text))
    if parted:
        return recent(parted[1]) + (
            0.0 if 1 <= int(parted[2]) <= 12 and 1 <= int(parted[3]) <= 31 else -7.0
        )
    return -2.0 if _YMD.match(text) else -4.0 if re.search(r"[./\-年 ]", text) else -7.0
