"""Named checks over the values of one sheet (``[[check]]`` in form.toml). A check says why, it
never changes a value.

A check that cannot be made (a value is empty, or is not of its kind and has its own problem) is
skipped.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from records.checkedsheet import CheckedSheet, Verdict, all_say, is_listed
from records.datechecks import check_age_between, check_date_order, check_within_days
from records.forms import CheckDef, FormDef
from records.listchecks import check_branch, check_lookup, check_postal_code
from records.normalise.common import list_key, problem
from records.normalise.kana import kana_key
from records.normalise.names import name_key
from records.site import Office
from records.sumchecks import (
    check_all_marked,
    check_count_rows,
    check_difference,
    check_equal,
    check_sum,
)
from records.types import Problem, Value


def run_checks(
    form: FormDef, values: Mapping[str, Value], office: Office, today: dt.date
) -> dict[str, list[Problem]]:
    """Run every check of ``form``.

    Args:
        form: the definition, with its checks.
        values: field name → normalised value; a missing name counts as empty.
        office: gives the town table.
        today: the day of receipt, for ages and deadlines.

    Returns:
        Field name → problems, only for fields that have any. The code of a problem is the name of
        its rule, its sentence the check's own ``message`` where it has one.

    Raises:
        DefinitionError: a ``lookup`` list is missing or has no such column.
        ServiceError: a ``lookup`` list is open elsewhere.
    """
    found: dict[str, list[Problem]] = {}
    for check in form.checks:
        rule = _RULES[check.rule]
        for instance in _rows(form, check):
            sheet = CheckedSheet(form, instance, values, office, today)
            for name, sentence in rule(sheet).items():
                told = problem(check.rule, check.message or sentence)
                found.setdefault(name, []).append(told)
    return found


_ROW_WISE = (
    "equal",
    "same_person",
    "date_order",
    "within_days",
    "postal_code_matches_address",
    "branch_matches_bank",
)
"""Rules that compare the fields of one row where all their fields are columns of one table."""


def _rows(form: FormDef, check: CheckDef) -> list[CheckDef]:
    """The check once, or once for each row of a table.

    Row by row where its result is a column (``total = "items.*.sum"``), and where a rule of
    comparison has two or more columns of one table and nothing else.
    """
    table = _row_wise_table(check)
    if not table:
        return [check]

    def of_row(source: Any, row: int) -> Any:
        if isinstance(source, str):
            return source.replace(f"{table}.*.", f"{table}.{row}.")
        return source

    rows = {made.row for made in form.fields.values() if made.table == table}
    checks = []
    for row in sorted(rows):
        of = tuple(of_row(pattern, row) for pattern in check.of)
        params = {key: of_row(value, row) for key, value in check.params.items()}
        checks.append(dataclasses.replace(check, of=of, params=params))
    return checks


def _row_wise_table(check: CheckDef) -> str:
    """The table whose rows are checked one by one; empty where the check is made once."""
    if check.rule == "count_rows":
        return ""
    for key in ("total", "result"):
        source = check.params.get(key)
        if isinstance(source, str) and ".*." in source:
            return _table_of(source)
    tables = {_table_of(pattern) for pattern in check.of}
    is_comparison = check.rule in _ROW_WISE and len(check.of) > 1
    if is_comparison and len(tables) == 1:
        return tables.pop()
    return ""


def _table_of(pattern: str) -> str:
    """``items`` of ``items.*.sum``; empty for a field outside of tables."""
    table, star, _ = pattern.partition(".*.")
    return table if star else ""


def _same_person(sheet: CheckedSheet) -> Verdict:
    """Names agree with names and readings with readings; an account gives its holder."""
    keys: dict[str, dict[str, str]] = {}
    for name in sheet.filled():
        value = sheet.value(name)
        text = value
        if isinstance(value, dict):
            text = value.get("holder", "")
        if isinstance(text, str) and text:
            script, key = _name_key(text)
            keys.setdefault(script, {})[name] = key
    found: Verdict = {}
    for same in keys.values():
        if len(set(same.values())) > 1:
            names = list(same)
            sentence = f"{sheet.titles(names)}の名前が一致しません。同じ人か確認してください"
            found |= all_say(names, sentence)
    return found


def _name_key(text: str) -> tuple[str, str]:
    """The script of a name and its key; only names in one script can be compared."""
    key = name_key(text)
    if any("一" <= c <= "鿿" or c > "\uffff" for c in key):
        return "kanji", key
    reading = kana_key(text)
    if any("ァ" <= c <= "ヺ" for c in reading):
        return "kana", reading
    return "latin", key


def _one_of(sheet: CheckedSheet) -> Verdict:
    """Each filled field holds one of ``values``."""
    allowed = [str(v) for v in sheet.check.params.get("values", ())]
    keys = {list_key(v) for v in allowed}
    sentence = f"{'・'.join(allowed)}のどれでもありません。用紙を確認してください"
    others = [name for name in sheet.filled() if not is_listed(sheet.value(name), keys)]
    return all_say(others, sentence)


_RULES: Mapping[str, Callable[[CheckedSheet], Verdict]] = {
    "sum": check_sum,
    "difference": check_difference,
    "equal": check_equal,
    "same_person": _same_person,
    "one_of": _one_of,
    "all_marked": check_all_marked,
    "date_order": check_date_order,
    "within_days": check_within_days,
    "age_between": check_age_between,
    "count_rows": check_count_rows,
    "postal_code_matches_address": check_postal_code,
    "branch_matches_bank": check_branch,
    "lookup": check_lookup,
}
"""The rules of :data:`records.formloading.RULES` by name."""
