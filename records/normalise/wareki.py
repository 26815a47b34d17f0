"""Dates and months: 和暦 and western, written in any usual way, to ISO strings as far as they are
known."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass

from records.forms import FieldDef
from records.normalise.common import Normalised, empty, half, problem, squeezed, tidy
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
from records.normalise.numerals import to_int
from records.site import Office
from records.types import Problem

__all__ = ["age_on", "date", "days_of", "fiscal_year", "format_wareki", "month"]

FAR_YEARS = 50
"""Years ahead of the day of receipt from which a date is more likely misread than meant."""

_ERA_WORDS = {
    **{span.name: span.name for span in SPANS},
    **{span.name[0]: span.name for span in SPANS},
    "M": "明治",
    "T": "大正",
    "S": "昭和",
    "H": "平成",
    "R": "令和",
    WESTERN: WESTERN,
    "西歴": WESTERN,
    "AD": WESTERN,
}
_MISREAD = {
    "今和": "令和",
    "合和": "令和",
    "冷和": "令和",
    "会和": "令和",
    "命和": "令和",
    "令知": "令和",
    "令禾": "令和",
    "平戌": "平成",
    "平戊": "平成",
    "平咸": "平成",
    "平威": "平成",
    "乎成": "平成",
    "昭知": "昭和",
    "招和": "昭和",
    "照和": "昭和",
    "沼和": "昭和",
    "昭禾": "昭和",
    "太正": "大正",
    "犬正": "大正",
    "大止": "大正",
    "明冶": "明治",
}
"""Look-alikes of era names; each is taken only with the problem ``era_guess``."""
_CODES = {"1": "明治", "2": "大正", "3": "昭和", "4": "平成", "5": "令和"}

_KANJI = "〇○零一二三四五六七八九十廿卅百千壱弐参拾"
_SEP = r"[./,、・･'’\-]"
_ERA = "|".join(
    sorted((re.escape(word) for word in (*_ERA_WORDS, *_MISREAD)), key=len, reverse=True)
)
_WHOLE = re.compile(
    rf"(?P<era>{_ERA})?{_SEP}?(?P<year>元|[0-9]{{1,4}}|[{_KANJI}]{{1,7}})(?:年度?|{_SEP}|$)"
    rf"(?:(?P<month>[0-9]{{1,2}}|[{_KANJI}]{{1,3}})(?:月分?|{_SEP}|$)(?:(?P<day>[0-9]{{1,2}}|[{_KANJI}]{{1,3}})日?)?)?"
    rf"{_SEP}*$",
    re.IGNORECASE,
)
_COMPACT = re.compile(rf"(?P<era>{_ERA})?(?P<digits>[0-9]{{4}}|[0-9]{{6,8}})$", re.IGNORECASE)
_LEADING_ERA = re.compile(rf"({_ERA})", re.IGNORECASE)
_NO_YEAR = re.compile(
    rf"(?P<month>[0-9]{{1,2}}|[{_KANJI}]{{1,3}})月(?:(?P<day>[0-9]{{1,2}}|[{_KANJI}]{{1,3}})日)?$"
)
_HAS_NUMBER = re.compile(f"[0-9元{_KANJI}]")
_PARENS = re.compile(r"[(\[【〔]([^)\]】〕]*)[)\]】〕]")
_UNKNOWN = re.compile(r"不詳|不明|生まれ|生")
_ABOUT = re.compile(r"頃|ごろ|ころ|[??]")
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}(-[0-9]{2})?$")
_UNFILLED = re.compile(rf"(?<![0-9元{_KANJI}])[年月日]")
_STRAY = "。:;_|~*.,、・'’-"


@dataclass(slots=True)
class _Written:
    """What stands on the paper, before it means anything."""

    era: str = ""
    year: str = ""
    month: str = ""
    day: str = ""
    notes: tuple[str, ...] = ()


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
        written: _Written | None = _from_parts(given, problems)
    else:
        raw = tidy(text)
        if not raw or (any(key in parts for key in wanted) and not _HAS_NUMBER.search(half(raw))):
            return (
                _unreadable(given["era"]) if given.get("era") else empty(field)
            )  # 年月日 around nothing
        written = _from_text(raw, given.get("era", ""), field, problems)
    if written is None:
        return _unreadable(raw)
    if not written.year:
        return Normalised(
            raw, (problem("no_year", f"「{raw}」には年がありません。年を確認してください"),)
        )
    texts = (written.year, written.month, written.day)
    numbers = tuple(_number(t) for t in texts)
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
    return "".join(parts[key].rstrip(tail or None) + tail for key, tail in names if key in parts)


def _number(text: str) -> int | None:
    return 1 if text == "元" else to_int(text)


def _from_parts(given: Mapping[str, str], problems: list[Problem]) -> _Written:
    made = _Written(
        month=_clean(given.get("month", ""), "月分"), day=_clean(given.get("day", ""), "日")
    )
    era, year = _clean(given.get("era", "")), _clean(given.get("year", ""), "年度")
    inner = _LEADING_ERA.match(year)
    names = [_era(era, problems)] if era else []
    if era and not names[0]:
        problems.append(
            problem("era_guess", f"元号「{era}」が分かりません。どの元号か確認してください")
        )
    if inner:  # somebody wrote the era in the year's box
        year = year[inner.end() :]
        names.append(_era(inner[1], problems))
    made.year = year
    made.era = next(filter(None, names), "")
    if len({*filter(None, names)}) > 1:
        problems.append(_conflict(*names))
    return made


def _clean(text: str, unit: str = "") -> str:
    """One part without blanks, stray punctuation and its printed unit."""
    return squeezed(half(text)).strip(_STRAY).rstrip(unit + _STRAY)


def _era(word: str, problems: list[Problem]) -> str:
    """The era's name, or an empty string; a look-alike is taken with a problem."""
    name = _ERA_WORDS.get(word.upper(), "")
    if not name and word in _MISREAD:
        name = _MISREAD[word]
        problems.append(
            problem("era_guess", f"元号「{word}」を「{name}」と読みました。用紙を確認してください")
        )
    return name


def _conflict(one: str, other: str) -> Problem:
    return problem(
        "era_conflict",
        f"「{one}」と「{other}」の両方が書かれています。どちらが正しいか確認してください",
    )


def _from_text(text: str, era: str, field: FieldDef, problems: list[Problem]) -> _Written | None:
    line = half(text).strip()
    notes = tuple(squeezed(note) for note in _PARENS.findall(line))
    line = _joined(_PARENS.sub("", line)).strip(_STRAY)
    if _ABOUT.search(line):
        problems.append(
            problem("approximate", f"「{text}」には「頃」や「?」があります。日付を確認してください")
        )
        line = _ABOUT.sub("", line)
    line = _UNFILLED.sub("", _UNKNOWN.sub("", line)).strip(_STRAY)
    outer = _era(_clean(era), problems) if era else ""
    short = _NO_YEAR.match(line)
    if short:
        return _Written(outer, "", short["month"], short["day"] or "", notes)
    known = bool(outer or _LEADING_ERA.match(line) or (field.era and field.era.fixed))
    match = _from_digits(line, field.kind, known, problems) or _WHOLE.match(line)
    if match is None:
        return None
    made = (
        match
        if isinstance(match, _Written)
        else _Written(
            _era(match["era"], problems) if match["era"] else "",
            match["year"],
            match["month"] or "",
            match["day"] or "",
        )
    )
    if outer and made.era and outer != made.era:
        problems.append(_conflict(outer, made.era))
    made.era, made.notes = outer or made.era, notes
    return made


def _joined(line: str) -> str:
    """The line without blanks; where blanks are all that separates year, month and day, with dots
    in their place."""
    if re.search(rf"[年月日]|{_SEP}", line):
        return squeezed(line)
    leading = _LEADING_ERA.match(line)
    cut = leading.end() if leading else 0
    groups = line[cut:].split()
    if len(groups) in (2, 3) and all(len(g) <= (2 if i else 4) for i, g in enumerate(groups)):
        return line[:cut] + ".".join(groups)
    return squeezed(line)


def _from_digits(line: str, kind: str, known_era: bool, problems: list[Problem]) -> _Written | None:
    """A date written as one run of digits: 20250401, R070401, 5070401 (era code first), 202504 and
    R0704 for a month."""
    match = _COMPACT.match(line)
    if match is None:
        return None
    era, digits = _era(match["era"], problems) if match["era"] else "", match["digits"]
    if kind == "month":
        if len(digits) == 4 and known_era and era != WESTERN and digits[:2] not in ("19", "20"):
            return _Written(era, digits[:2], digits[2:])
        return (
            _Written(era, digits[:4], digits[4:])
            if len(digits) == 6 and digits[:2] in ("19", "20")
            else None
        )
    if len(digits) == 8:
        return _Written(era, digits[:4], digits[4:6], digits[6:])
    if len(digits) == 6:
        return _Written(era, digits[:2], digits[2:4], digits[4:])
    if len(digits) == 7 and not known_era and digits[0] in _CODES:
        era = _CODES[digits[0]]
        problems.append(
            problem(
                "era_code",
                f"先頭の「{digits[0]}」を元号コード({era})と読みました。確認してください",
            )
        )
        return _Written(era, digits[1:3], digits[3:5], digits[5:])
    return None


@dataclass(slots=True)
class _Dated:
    """Numbers and an era on their way to an ISO string, collecting what speaks against it."""

    field: FieldDef
    raw: str
    written: _Written
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
            self.problems.append(_conflict(written, f"様式の{fixed}"))
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
        return iso if self.wants_day else iso[:7]

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
            match = _WHOLE.match(note)
            number = _number(match["year"]) if match else None
            if match and number is not None:
                era = _era(match["era"] or "", [])
                year = (
                    number
                    if number >= 1000
                    else number + BY_NAME[era].offset
                    if era in BY_NAME
                    else None
                )
                if year is not None and year != first.year:
                    self.problems.append(_conflict(self.raw, note))
