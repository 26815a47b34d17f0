"""What stands on the paper of a date, before it means anything: its era, year, month and day as they
are spelled."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from records.forms import FieldDef
from records.normalise.common import half, problem, squeezed
from records.normalise.eras import SPANS, WESTERN
from records.normalise.numerals import to_int
from records.types import Problem

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

WHOLE = re.compile(
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

HAS_NUMBER = re.compile(f"[0-9元{_KANJI}]")

_PARENS = re.compile(r"[(\[【〔]([^)\]】〕]*)[)\]】〕]")

_UNKNOWN = re.compile(r"不詳|不明|生まれ|生")

_ABOUT = re.compile(r"頃|ごろ|ころ|[??]")

_UNFILLED = re.compile(rf"(?<![0-9元{_KANJI}])[年月日]")

_STRAY = "。:;_|~*.,、・'’-"


@dataclass(slots=True)
class SpelledDate:
    """What stands on the paper, before it means anything."""

    era: str = ""
    year: str = ""
    month: str = ""
    day: str = ""
    notes: tuple[str, ...] = ()


def number_of(text: str) -> int | None:
    if text == "元":
        return 1
    return to_int(text)


def from_parts(given: Mapping[str, str], problems: list[Problem]) -> SpelledDate:
    made = SpelledDate(
        month=_clean(given.get("month", ""), "月分"), day=_clean(given.get("day", ""), "日")
    )
    era = _clean(given.get("era", ""))
    year = _clean(given.get("year", ""), "年度")
    inner = _LEADING_ERA.match(year)
    names = [era_named(era, problems)] if era else []
    if era and not names[0]:
        problems.append(
            problem("era_guess", f"元号「{era}」が分かりません。どの元号か確認してください")
        )
    if inner:  # somebody wrote the era in the year's box
        year = year[inner.end() :]
        names.append(era_named(inner[1], problems))
    made.year = year
    made.era = next(filter(None, names), "")
    if len({*filter(None, names)}) > 1:
        problems.append(conflict(*names))
    return made


def _clean(text: str, unit: str = "") -> str:
    """One part without blanks, stray punctuation and its printed unit."""
    return squeezed(half(text)).strip(_STRAY).rstrip(unit + _STRAY)


def era_named(word: str, problems: list[Problem]) -> str:
    """The era's name, or an empty string; a look-alike is taken with a problem."""
    name = _ERA_WORDS.get(word.upper(), "")
    if not name and word in _MISREAD:
        name = _MISREAD[word]
        problems.append(
            problem("era_guess", f"元号「{word}」を「{name}」と読みました。用紙を確認してください")
        )
    return name


def conflict(one: str, other: str) -> Problem:
    return problem(
        "era_conflict",
        f"「{one}」と「{other}」の両方が書かれています。どちらが正しいか確認してください",
    )


def from_text(text: str, era: str, field: FieldDef, problems: list[Problem]) -> SpelledDate | None:
    line = half(text).strip()
    notes = tuple(squeezed(note) for note in _PARENS.findall(line))
    line = _joined(_PARENS.sub("", line)).strip(_STRAY)
    if _ABOUT.search(line):
        problems.append(
            problem("approximate", f"「{text}」には「頃」や「?」があります。日付を確認してください")
        )
        line = _ABOUT.sub("", line)
    line = _UNFILLED.sub("", _UNKNOWN.sub("", line)).strip(_STRAY)
    outer = ""
    if era:
        outer = era_named(_clean(era), problems)
    short = _NO_YEAR.match(line)
    if short:
        return SpelledDate(outer, "", short["month"], short["day"] or "", notes)
    known = bool(outer or _LEADING_ERA.match(line) or (field.era and field.era.fixed))
    made = _from_digits(line, field.kind, known, problems) or _in_words(line, problems)
    if made is None:
        return None
    if outer and made.era and outer != made.era:
        problems.append(conflict(outer, made.era))
    made.era = outer or made.era
    made.notes = notes
    return made


def _in_words(line: str, problems: list[Problem]) -> SpelledDate | None:
    """A date with its parts separated: 令和7年4月1日, R7.4.1, 2025/4/1."""
    match = WHOLE.match(line)
    if match is None:
        return None
    era = ""
    if match["era"]:
        era = era_named(match["era"], problems)
    return SpelledDate(era, match["year"], match["month"] or "", match["day"] or "")


def _joined(line: str) -> str:
    """The line without blanks; where blanks are all that separates year, month and day, with dots
    in their place."""
    if re.search(rf"[年月日]|{_SEP}", line):
        return squeezed(line)
    leading = _LEADING_ERA.match(line)
    cut = leading.end() if leading else 0
    groups = line[cut:].split()
    if len(groups) not in (2, 3):
        return squeezed(line)
    year, *rest = groups
    if len(year) <= 4 and all(len(group) <= 2 for group in rest):
        return line[:cut] + ".".join(groups)
    return squeezed(line)


def _from_digits(
    line: str, kind: str, known_era: bool, problems: list[Problem]
) -> SpelledDate | None:
    """A date written as one run of digits: 20250401, R070401, 5070401 (era code first), 202504 and
    R0704 for a month."""
    match = _COMPACT.match(line)
    if match is None:
        return None
    era = ""
    if match["era"]:
        era = era_named(match["era"], problems)
    digits = match["digits"]
    if kind == "month":
        has_century = digits[:2] in ("19", "20")
        is_in_era = known_era and era != WESTERN and not has_century
        if len(digits) == 4 and is_in_era:
            return SpelledDate(era, digits[:2], digits[2:])
        if len(digits) == 6 and has_century:
            return SpelledDate(era, digits[:4], digits[4:])
        return None
    if len(digits) == 8:
        return SpelledDate(era, digits[:4], digits[4:6], digits[6:])
    if len(digits) == 6:
        return SpelledDate(era, digits[:2], digits[2:4], digits[4:])
    if len(digits) == 7 and not known_era and digits[0] in _CODES:
        era = _CODES[digits[0]]
        problems.append(
            problem(
                "era_code",
                f"先頭の「{digits[0]}」を元号コード({era})と読みました。確認してください",
            )
        )
        return SpelledDate(era, digits[1:3], digits[3:5], digits[5:])
    return None
