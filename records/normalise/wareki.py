"""Dates and months: 和暦 and western, written in any usual way, to ISO strings as far as they are
known."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass

from records.forms import FieldDef
from records.normalise.common import Normalised, empty, half, problem, tidy
from records.normalise.datespelling import (
    HAS_NUMBER,
    WHOLE,
    SpelledDate,
    conflict,
    era_named,
    from_parts,
    from_text,
    number_of,
)
from records.normalise.eras import (
    BY_NAME,
    GREGORIAN,
    SPANS,
    WESTERN,
    age_on,
    days_of,
    fiscal_year,
    format_wareki,
)
from records.site import Office
from records.types import Problem

__all__ = ["age_on", "date", "days_of", "fiscal_year", "format_wareki", "month"]

FAR_YEARS = 50
"""Years ahead of the day of receipt from which a date is more likely misread than meant."""


_ISO = re.compile(r"[0-9]{4}-[0-9]{2}(-[0-9]{2})?$")


def date(field: FieldDef, text: str, office: Office, parts: Mapping[str, str]) -> Normalised:
    """A day, or what is known of it: ``2025-04-01``, ``2025-04``, ``2025``.

    A text without a usable year or with an impossible month or day stays as it was read
    (``not_a_date``, ``no_era``, ``no_year``, ``short_year``, ``invalid_day``). A value with a flag:
    ``partial``, ``western`` (where the form asks for an era), ``era_out_of_range``
    (平成31年5月1日), ``era_conflict``, ``era_guess``, ``era_code``, ``old_calendar``, ``weekday``,
    ``far_date``, ``approximate`` (頃).
    """
    return _normalise(field, text, office, parts, ("year", "month", "day"))


def month(field: FieldDef, text: str, office: Office, parts: Mapping[str, str]) -> Normalised:
    """A month, ``2025-04``; the problems of :func:`date`, and ``day_ignored`` where a day was
    written too."""
    return _normalise(field, text, office, parts, ("year", "month"))


def _normalise(
    field: FieldDef, text: str, office: Office, parts: Mapping[str, str], wanted: tuple[str, ...]
) -> Normalised:
    given = {key: tidy(value) for key, value in parts.items() if tidy(value)}
    problems: list[Problem] = []
    if any(key in given for key in wanted):
        raw = _composed(given)
        written: SpelledDate | None = from_parts(given, problems)
    else:
        raw = tidy(text)
        # Where the parts have places of their own, a text without a number is 年月日 around nothing.
        has_places = any(key in parts for key in wanted)
        is_nothing = has_places and not HAS_NUMBER.search(half(raw))
        if not raw or is_nothing:
            return _unreadable(given["era"]) if given.get("era") else empty(field)
        written = from_text(raw, given.get("era", ""), field, problems)
    if written is None:
        return _unreadable(raw)
    if not written.year:
        return Normalised(
            raw, (problem("no_year", f"「{raw}」には年がありません。年を確認してください"),)
        )
    texts = (written.year, written.month, written.day)
    numbers = tuple(number_of(t) for t in texts)
    if any(n is None and t for n, t in zip(numbers, texts, strict=True)):
        return _unreadable(raw)
    today = office.received_on or office.today
    return _Dated(field, raw, written, problems, "day" in wanted, today).value(*numbers)


def _unreadable(raw: str) -> Normalised:
    return Normalised(
        raw,
        (problem("not_a_date", f"「{raw}」は日付として読めません。用紙を見て入力してください"),),
    )


def _composed(parts: Mapping[str, str]) -> str:
    """The text that the parts make together."""
    names = (("era", ""), ("year", "年"), ("month", "月"), ("day", "日"))
    text = ""
    for key, unit in names:
        if key in parts:
            text += parts[key].rstrip(unit or None) + unit
    return text


@dataclass(slots=True)
class _Dated:
    """Numbers and an era on their way to an ISO string, collecting what speaks against it."""

    field: FieldDef
    raw: str
    written: SpelledDate
    problems: list[Problem]
    wants_day: bool
    today: dt.date

    def flag(self, code: str, message: str) -> None:
        self.problems.append(problem(code, message))

    def stays(self, code: str, message: str) -> Normalised:
        """The raw text as the value: nothing better is known."""
        self.flag(code, message)
        return Normalised(self.raw, tuple(self.problems))

    def value(self, year: int | None, month: int | None, day: int | None) -> Normalised:
        assert year is not None
        if (
            (month is not None and not 1 <= month <= 12)
            or (day is not None and not 1 <= day <= 31)
            or year == 0
        ):
            return self.stays(
                "invalid_day", f"「{self.raw}」は暦にない日付です。用紙を見て入力してください"
            )
        era = self._era(year)
        if year < 1000 and not era:
            return self.stays(
                "no_era", f"「{self.raw}」には元号がありません。どの元号か確認してください"
            )
        if year > 9999:
            return self.stays(
                "not_a_date", f"「{self.raw}」は日付として読めません。用紙を見て入力してください"
            )
        if year < 1000 and era == WESTERN:
            return self.stays(
                "short_year", f"西暦の年が{len(str(year))}桁です。4桁の年を確認してください"
            )
        if year < 1000:
            year += BY_NAME[era].offset
        else:
            era = ""
        if month and day and day > calendar.monthrange(min(year, 9999), month)[1]:
            return self.stays(
                "invalid_day",
                f"{year}年{month}月{day}日は暦にない日付です。用紙を見て入力してください",
            )
        iso = (
            f"{year:04d}"
            + (f"-{month:02d}" if month else "")
            + (f"-{day:02d}" if month and day else "")
        )
        return Normalised(self._judged(iso, era), tuple(self.problems))

    def _era(self, year: int) -> str:
        """The era that counts: the written one, else the form's own; contradictions are flagged."""
        place = self.field.era
        fixed = place.fixed if place else ""
        written = self.written.era
        if fixed and written and fixed != written:
            self.problems.append(conflict(written, f"様式の{fixed}"))
        if year >= 1000 and written not in ("", WESTERN):
            self.flag(
                "era_conflict",
                f"元号「{written}」に西暦の年({year})が書かれています。確認してください",
            )
        elif (
            year >= 1000
            and place
            and WESTERN not in (fixed, written, *place.circle)
            and not _ISO.match(self.raw)
        ):
            self.flag(
                "western",
                f"西暦({year}年)で書かれています。元号の年と取り違えていないか確認してください",
            )
        return written or fixed

    def _judged(self, iso: str, era: str) -> str:
        """``iso`` as far as it may be kept, with its flags."""
        first, last = days_of(iso)
        if last < GREGORIAN and (era or len(iso) > 4):
            self.flag(
                "old_calendar",
                f"「{self.raw}」は旧暦の日付です。年だけを残しました。新暦の日付を確認してください",
            )
            iso = iso[:4]
        span = BY_NAME.get(era)
        if span and (last < span.first or span.last < first):
            self.flag(
                "era_out_of_range",
                f"「{self.raw}」は{span.name}の期間にありません({format_wareki(iso)}にあたります)",
            )
        if first.year > self.today.year + FAR_YEARS:
            self.flag("far_date", f"{first.year}年は先すぎます。年を確認してください")
        elif first.year < SPANS[0].first.year:
            self.flag("far_date", f"{first.year}年は古すぎます。年を確認してください")
        self._precision(iso)
        self._notes(iso, first)
        if self.wants_day:
            return iso
        return iso[:7]

    def _precision(self, iso: str) -> None:
        if not self.wants_day and len(iso) == 10:
            self.flag("day_ignored", "年月の欄に日まで書かれています。日を除きました")
        elif len(iso) == 4:
            self.flag(
                "partial",
                f"年だけ分かっています({iso}年)。{'月日' if self.wants_day else '月'}を確認してください",
            )
        elif self.wants_day and len(iso) == 7:
            self.flag("partial", "日が分かりません。年月だけを残しました")

    def _notes(self, iso: str, first: dt.date) -> None:
        """Compare what stands in parentheses: a weekday, or the same year in the other calendar."""
        for note in self.written.notes:
            weekday = note.rstrip("曜日") or "日"
            if len(iso) == 10 and len(weekday) == 1 and weekday in "月火水木金土日":
                if "月火水木金土日"[first.weekday()] != weekday:
                    self.flag(
                        "weekday", f"曜日({weekday})が日付と合いません。日付を確認してください"
                    )
                continue
            match = WHOLE.match(note)
            number = number_of(match["year"]) if match else None
            if match and number is not None:
                era = era_named(match["era"] or "", [])
                year = (
                    number
                    if number >= 1000
                    else number + BY_NAME[era].offset
                    if era in BY_NAME
                    else None
                )
                if year is not None and year != first.year:
                    self.problems.append(conflict(self.raw, note))
