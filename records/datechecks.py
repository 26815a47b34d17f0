"""Checks of dates: their order, the days between them, an age."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import pairwise, product

from records.checkedsheet import CheckedSheet, Verdict, all_say, days_written
from records.normalise.eras import age_on


def check_date_order(sheet: CheckedSheet) -> Verdict:
    """The dates follow one another; equal ones, partial ones that may be in order and rows of one
    column pass."""
    found: Verdict = {}
    groups = [_dated(sheet, pattern) for pattern in sheet.check.of]
    filled = [group for group in groups if group]
    for before, after in pairwise(filled):
        for one, other in product(before, after):
            first, _ = before[one]
            _, last = after[other]
            if first <= last:
                continue
            order = f"「{sheet.title(one)}」が「{sheet.title(other)}」より後になっています"
            found |= all_say([one, other], f"{order}。日付を確認してください")
    return found


def _dated(sheet: CheckedSheet, pattern: str) -> dict[str, tuple[dt.date, dt.date]]:
    """The fields of a pattern that hold a date, each with the first and last day it stands for."""
    dated = {}
    for name in sheet.expanded(pattern):
        days = days_written(sheet.value(name))
        if days is not None:
            dated[name] = days
    return dated


def check_within_days(sheet: CheckedSheet) -> Verdict:
    """The second date is 0 to ``days`` days after the first; of a single one, today is. Partial
    dates are skipped."""
    limit = int(sheet.check.params.get("days", 0))
    found = Verdict()
    before, *others = [sheet.expanded(pattern) for pattern in sheet.check.of]
    after: Sequence[str | None] = others[0] if others else [None]
    for one, other in product(before, after):
        first = _day(sheet, one)
        last = sheet.today if other is None else _day(sheet, other)
        if first is None or last is None:
            continue
        passed = (last - first).days
        if 0 <= passed <= limit:
            continue
        names, to = [one], "受付日"
        if other is not None:
            names, to = [one, other], f"「{sheet.title(other)}」"
        distance = f"「{sheet.title(one)}」から{to}まで{passed}日です({limit}日以内)"
        found |= all_say(names, f"{distance}。日付を確認してください")
    return found


def _day(sheet: CheckedSheet, name: str) -> dt.date | None:
    """The day in a field; None where it holds none, or only a month or a year."""
    days = days_written(sheet.value(name))
    if days is None or days[0] != days[1]:
        return None
    return days[0]


def check_age_between(sheet: CheckedSheet) -> Verdict:
    """The age on ``on`` (today, or the date in a field) lies between ``min`` and ``max``, both
    included."""
    params = sheet.check.params
    on = params.get("on", "today")
    day: tuple[dt.date, dt.date] | None = (sheet.today, sheet.today)
    if on != "today":
        day = days_written(sheet.value(str(on)))
    if day is None:
        return {}
    low = params.get("min")
    high = params.get("max")
    limits = []
    if low is not None:
        limits.append(f"{low}歳以上")
    if high is not None:
        limits.append(f"{high}歳以下")
    found: Verdict = {}
    for name in sheet.names:
        birth = days_written(sheet.value(name))
        if birth is None:
            continue
        youngest = age_on(birth[1], day[0])
        oldest = age_on(birth[0], day[1])
        is_too_young = low is not None and oldest < low
        is_too_old = high is not None and youngest > high
        if is_too_young or is_too_old:
            age = f"「{sheet.title(name)}」から数えると{oldest}歳です({''.join(limits)})"
            found[name] = f"{age}。生年月日を確認してください"
    return found
