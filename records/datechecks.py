"""Checks of dates: their order, the days between them, an age."""

from __future__ import annotations

from itertools import pairwise, product

from records.checkedsheet import CheckedSheet, Verdict, all_say, days_written
from records.normalise.eras import age_on


def check_date_order(sheet: CheckedSheet) -> Verdict:
    """The dates follow one another; equal ones, partial ones that may be in order and rows of one
    column pass."""
    found: Verdict = {}
    groups = [
        [(n, d) for n in sheet.expanded(p) if (d := days_written(sheet.value(n)))]
        for p in sheet.check.of
    ]
    for before, after in pairwise(group for group in groups if group):
        for (one, (first, _)), (other, (_, last)) in product(before, after):
            if first > last:
                sentence = (
                    f"「{sheet.title(one)}」が「{sheet.title(other)}」より"
                    "後になっています。日付を確認してください"
                )
                found |= all_say([one, other], sentence)
    return found


def check_within_days(sheet: CheckedSheet) -> Verdict:
    """The second date is 0 to ``days`` days after the first; of a single one, today is. Partial
    dates are skipped."""
    limit, found = int(sheet.check.params.get("days", 0)), Verdict()
    before, *others = [sheet.expanded(pattern) for pattern in sheet.check.of]
    after = others[0] if others else [""]
    for one, other in product(before, after):
        first, last = (
            days_written(sheet.value(one)),
            days_written(sheet.value(other)) if other else (sheet.today, sheet.today),
        )
        if first is None or last is None or first[0] != first[1] or last[0] != last[1]:
            continue
        passed = (last[0] - first[0]).days
        if not 0 <= passed <= limit:
            to = f"「{sheet.title(other)}」" if other else "受付日"
            sentence = f"「{sheet.title(one)}」から{to}まで{passed}日です({limit}日以内)。日付を確認してください"
            found |= all_say([one, other] if other else [one], sentence)
    return found


def check_age_between(sheet: CheckedSheet) -> Verdict:
    """The age on ``on`` (today, or the date in a field) lies between ``min`` and ``max``, both
    included."""
    params, on = sheet.check.params, sheet.check.params.get("on", "today")
    day = (sheet.today, sheet.today) if on == "today" else days_written(sheet.value(str(on)))
    if day is None:
        return {}
    low, high = params.get("min"), params.get("max")
    found: Verdict = {}
    for name in sheet.names:
        birth = days_written(sheet.value(name))
        if birth is None:
            continue
        youngest, oldest = age_on(birth[1], day[0]), age_on(birth[0], day[1])
        if (low is not None and oldest < low) or (high is not None and youngest > high):
            wanted = (f"{low}歳以上" if low is not None else "") + (
                f"{high}歳以下" if high is not None else ""
            )
            found[name] = (
                f"「{sheet.title(name)}」から数えると{oldest}歳です({wanted})。生年月日を確認してください"
            )
    return found
