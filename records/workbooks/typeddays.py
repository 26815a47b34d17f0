"""A date as people type it into a workbook: a real date, its serial number, 和暦 or western text."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

from records.normalise.eras import SPANS
from records.workbooks.sheetcells import Scalar

_ERAS = {span.name: span for span in SPANS}
_ERAS |= dict(zip("MTSHR", SPANS, strict=True))
_ERAS |= {span.name[0]: span for span in SPANS}
_REST = r"[年./\-]\s*(?P<month>\d{1,2})\s*[月./\-]\s*(?P<day>\d{1,2})\s*日?"
_ERA_DAY = re.compile(rf"(?P<era>{'|'.join(_ERAS)})\.?\s*(?P<year>元|\d{{1,2}})\s*{_REST}", re.I)
_WESTERN_DAY = re.compile(rf"(?:西暦)?\s*(?P<year>\d{{4}})\s*{_REST}")
_EIGHT = re.compile(r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})")
_WEEKDAY = re.compile(r"\s*\(?[月火水木金土日](?:曜日?)?\)?$")
_SERIALS = range(18_264, 73_051)
"""Days from 1950 to 2099 as Excel counts them: a number in a cell that lost its date format."""
_ZERO = dt.date(1899, 12, 30)
_FIRST = dt.date(1905, 1, 1)
"""A real date before this is mostly a small number (8 for 令和8年) in a cell with a date format."""


def typed_day(value: Scalar) -> dt.date:
    """The day that a cell means.

    Takes 2026-04-01 as a date, 46113, 20260401, 令和8年4月1日, R8.4.1, 2026/4/1, and all of these
    in full-width letters or with a weekday behind them.

    Raises:
        ValueError: it is no day, with the rest of a Japanese sentence that says why.
    """
    if isinstance(value, dt.datetime):
        value = value.date()
    if isinstance(value, dt.date):
        if value < _FIRST:
            raise ValueError(
                f"の「{value}」は、日付の欄に数を入れたもののようです。書き直してください"
            )
        return value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and value in _SERIALS:
        return _ZERO + dt.timedelta(days=value)
    text = unicodedata.normalize("NFKC", str(value)).strip()
    found = _EIGHT.fullmatch(text)
    if found is None:
        plain = _WEEKDAY.sub("", text) if text[-1:] in ")曜" else text
        found = _WESTERN_DAY.fullmatch(plain) or _ERA_DAY.fullmatch(plain)
    if found is None:
        raise ValueError(f"は 令和8年4月1日 や 2026/4/1 のように書いてください(今は「{value}」)")
    return _day(found, str(value))


def _day(found: re.Match[str], written: str) -> dt.date:
    parts = found.groupdict()
    year = 1 if parts["year"] == "元" else int(parts["year"])
    span = _ERAS[parts["era"].upper()] if parts.get("era") else None
    try:
        day = dt.date(year + (span.offset if span else 0), int(parts["month"]), int(parts["day"]))
    except ValueError:
        raise ValueError(f"の「{written}」という日はありません") from None
    if span and not span.first <= day <= span.last:
        raise ValueError(f"の「{written}」は{span.name}の期間にありません。年を確かめてください")
    return day
