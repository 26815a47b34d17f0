"""Checks of numbers and marks: sums, differences, equal fields, counted rows."""

from __future__ import annotations

from typing import Any

from records.checkedsheet import CheckedSheet, Verdict, all_say
from records.normalise.common import list_key


def _addends(sheet: CheckedSheet) -> list[int | float] | None:
    """The numbers of the check's fields, empty ones as 0; None where one is unreadable or all are
    empty."""
    numbers = []
    for name in sheet.names:
        number = 0 if sheet.value(name) is None else sheet.number(name)
        if number is None:
            return None
        numbers.append(number)
    return numbers if sheet.filled() else None


def _rounded(number: int | float) -> int | float:
    """A sum without what binary fractions add to it: 33.3 + 33.3 + 33.4 is 100. Whole numbers stay
    exact."""
    if isinstance(number, int):
        return number
    rounded = round(number, 6)
    if rounded.is_integer():
        return int(rounded)
    return rounded


def check_sum(sheet: CheckedSheet) -> Verdict:
    """The fields add up to ``total``; an empty one counts as 0."""
    source = sheet.check.params.get("total")
    addends = _addends(sheet)
    total = sheet.number(source)
    if addends is None or total is None:
        return {}
    found = _rounded(sum(addends))
    if found == total:
        return {}
    names = sheet.filled() + _field(source)
    sentence = f"内訳の合計({found:,})と合計欄({total:,})が合いません"
    return all_say(names, f"{sentence}。それぞれの数字を確認してください")


def check_difference(sheet: CheckedSheet) -> Verdict:
    """The first field less all others is ``result``; an empty subtrahend counts as 0."""
    source = sheet.check.params.get("result")
    numbers = _addends(sheet)
    result = sheet.number(source)
    if numbers is None or result is None:
        return {}
    has_minuend = sheet.value(sheet.names[0]) is not None
    if not has_minuend:
        return {}
    minuend, *subtrahends = numbers
    left = _rounded(minuend - sum(subtrahends))
    if left == result:
        return {}
    names = sheet.filled() + _field(source)
    sentence = f"差引({left:,})と記入された額({result:,})が合いません"
    return all_say(names, f"{sentence}。それぞれの数字を確認してください")


def _field(source: Any) -> list[str]:
    if not isinstance(source, str):
        return []
    return [source]


def check_equal(sheet: CheckedSheet) -> Verdict:
    """All fields that are filled hold the same value, blanks and width aside."""
    names = sheet.filled()
    keys = set()
    for name in names:
        value = sheet.value(name)
        keys.add(list_key(value) if isinstance(value, str) else repr(value))
    if len(keys) <= 1:
        return {}
    sentence = f"{sheet.titles(names)}が一致しません。どちらが正しいか確認してください"
    return all_say(names, sentence)


def check_all_marked(sheet: CheckedSheet) -> Verdict:
    """Each mark is set; of several choices, all options."""
    missing = [name for name in sheet.names if not _is_marked(sheet, name)]
    sentence = f"{sheet.titles(missing)}に印がありません。すべてに印が要ります"
    return all_say(missing, f"{sentence}。申請者に確認してください")


def _is_marked(sheet: CheckedSheet, name: str) -> bool:
    """False where a mark is not set, or one of several choices is not."""
    made = sheet.form.fields.get(name)
    value = sheet.value(name)
    if value is False:
        return False
    if made is None or made.kind != "choices" or not made.place:
        return True
    chosen = value if isinstance(value, list) else []
    return set(made.place.options) <= set(chosen)


def check_count_rows(sheet: CheckedSheet) -> Verdict:
    """As many rows of ``table`` are filled as ``total`` says; ``of`` names the columns that count,
    else any does."""
    table = sheet.check.params.get("table")
    source = sheet.check.params.get("total")
    total = sheet.number(source)
    if total is None:
        return {}
    fields = sheet.form.fields
    names = sheet.names or [made.name for made in fields.values() if made.table == table]
    # A mark that is not set is a value of its own, but fills no row.
    filled = [name for name in names if sheet.value(name) not in (None, "", [], False)]
    count = len({fields[name].row for name in filled})
    if count == total:
        return {}
    sentence = f"記入のある行は{count}行ですが、人数などの欄は{total:,}です"
    return all_say(filled + _field(source), f"{sentence}。行と数を確認してください")
