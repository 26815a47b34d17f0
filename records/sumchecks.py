"""Checks of numbers and marks: sums, differences, equal fields, counted rows."""

from __future__ import annotations

from typing import Any

from records.checkedsheet import CheckedSheet, Verdict, all_say
from records.normalise.common import list_key


def _addends(sheet: CheckedSheet) -> list[int | float] | None:
    """The numbers of the check's fields, empty ones as 0; None where one is unreadable or all are
    empty."""
    numbers = [sheet.number(n) if sheet.value(n) is not None else 0 for n in sheet.names]
    if not sheet.filled() or any(n is None for n in numbers):
        return None
    return [n for n in numbers if n is not None]


def _rounded(number: int | float) -> int | float:
    """A sum without what binary fractions add to it: 33.3 + 33.3 + 33.4 is 100. Whole numbers stay
    exact."""
    if isinstance(number, int):
        return number
    rounded = round(number, 6)
    return int(rounded) if rounded.is_integer() else rounded


def check_sum(sheet: CheckedSheet) -> Verdict:
    """The fields add up to ``total``; an empty one counts as 0."""
    addends, total = _addends(sheet), sheet.number(sheet.check.params.get("total"))
    if addends is None or total is None:
        return {}
    found = _rounded(sum(addends))
    if found == total:
        return {}
    names = sheet.filled() + _field(sheet.check.params["total"])
    return all_say(
        names,
        f"内訳の合計({found:,})と合計欄({total:,})が合いません。それぞれの数字を確認してください",
    )


def check_difference(sheet: CheckedSheet) -> Verdict:
    """The first field less all others is ``result``; an empty subtrahend counts as 0."""
    numbers, result = _addends(sheet), sheet.number(sheet.check.params.get("result"))
    if numbers is None or result is None or sheet.value(sheet.names[0]) is None:
        return {}
    left = _rounded(numbers[0] - sum(numbers[1:]))
    if left == result:
        return {}
    names = sheet.filled() + _field(sheet.check.params["result"])
    return all_say(
        names,
        f"差引({left:,})と記入された額({result:,})が合いません。それぞれの数字を確認してください",
    )


def _field(source: Any) -> list[str]:
    return [source] if isinstance(source, str) else []


def check_equal(sheet: CheckedSheet) -> Verdict:
    """All fields that are filled hold the same value, blanks and width aside."""
    names = sheet.filled()
    keys = {list_key(v) if isinstance(v, str) else repr(v) for v in map(sheet.value, names)}
    return (
        all_say(names, f"{sheet.titles(names)}が一致しません。どちらが正しいか確認してください")
        if len(keys) > 1
        else {}
    )


def check_all_marked(sheet: CheckedSheet) -> Verdict:
    """Each mark is set; of several choices, all options."""
    missing = [n for n in sheet.names if sheet.value(n) is False or not _complete(sheet, n)]
    return all_say(
        missing,
        f"{sheet.titles(missing)}に印がありません。すべてに印が要ります。申請者に確認してください",
    )


def _complete(sheet: CheckedSheet, name: str) -> bool:
    """False where ``name`` is a field of several choices that lacks one of its options."""
    made, value = sheet.form.fields.get(name), sheet.value(name)
    if made is None or made.kind != "choices" or not made.place:
        return True
    return set(made.place.options) <= set(value if isinstance(value, list) else ())


def check_count_rows(sheet: CheckedSheet) -> Verdict:
    """As many rows of ``table`` are filled as ``total`` says; ``of`` names the columns that count,
    else any does."""
    table, total = sheet.check.params.get("table"), sheet.number(sheet.check.params.get("total"))
    if total is None:
        return {}
    names = sheet.names or [n for n, f in sheet.form.fields.items() if f.table == table]
    rows = {sheet.form.fields[n].row for n in names if sheet.value(n) not in (None, "", [], False)}
    if len(rows) == total:
        return {}
    there = [n for n in names if sheet.value(n) not in (None, "", [], False)] + _field(
        sheet.check.params.get("total")
    )
    return all_say(
        there,
        f"記入のある行は{len(rows)}行ですが、人数などの欄は{total:,}です。行と数を確認してください",
    )
