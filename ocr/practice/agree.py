"""Make a sheet's values agree with the form's own checks, as most (not all) people's do."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable, Mapping

from ocr.practice.households import Rng, chance, pick
from records.forms import CheckDef, FormDef
from records.types import Value

DISAGREE = 0.03
"""Share of checks that a sheet may break: people miscount, and a check that always holds teaches
nothing."""

Values = dict[str, Value]


def agree(form: FormDef, values: Values, rng: Rng) -> None:
    """Change ``values`` in place so that the form's checks hold, each with probability 1 -
    :data:`DISAGREE`."""
    for check in form.checks:
        rule = _RULES.get(check.rule)
        if rule and not chance(rng, DISAGREE):
            rule(check, form, values, rng)


def _names(check: CheckDef, values: Mapping[str, Value]) -> list[str]:
    """The fields of a check, ``table.*.field`` spread over its rows."""
    names: list[str] = []
    for name in check.of:
        if ".*." in name:
            table, _, field = name.partition(".*.")
            names += [n for n in values if n.startswith(f"{table}.") and n.endswith(f".{field}")]
        else:
            names.append(name)
    return names


def _sum(check: CheckDef, form: FormDef, values: Values, rng: Rng) -> None:
    total = check.params.get("total")
    if total in values:
        values[total] = sum(
            int(values[n]) for n in _names(check, values) if isinstance(values[n], int)
        )


def _difference(check: CheckDef, form: FormDef, values: Values, rng: Rng) -> None:
    names = _names(check, values)
    result = check.params.get("result")
    if result in values and len(names) == 2 and all(isinstance(values[n], int) for n in names):
        low, high = sorted(int(values[n]) for n in names)
        values[names[0]], values[names[1]], values[result] = high, low, high - low


def _equal(check: CheckDef, form: FormDef, values: Values, rng: Rng) -> None:
    names = _names(check, values)
    for name in names[1:]:
        if values[name] is not None and form.fields[name].kind == form.fields[names[0]].kind:
            values[name] = values[names[0]]


def _date_order(check: CheckDef, form: FormDef, values: Values, rng: Rng) -> None:
    names = [n for n in _names(check, values) if isinstance(values[n], str)]
    for name, value in zip(names, sorted(values[n] for n in names), strict=True):
        values[name] = value


def _within_days(check: CheckDef, form: FormDef, values: Values, rng: Rng) -> None:
    names = []
    for n in _names(check, values):
        if isinstance(values[n], str) and len(values[n]) == 10:
            names.append(n)
    if len(names) == 2:
        first = dt.date.fromisoformat(values[names[0]])
        values[names[1]] = (
            first + dt.timedelta(days=int(rng.integers(0, int(check.params["days"]) + 1)))
        ).isoformat()


def _all_marked(check: CheckDef, form: FormDef, values: Values, rng: Rng) -> None:
    for name in _names(check, values):
        if form.fields[name].kind == "mark":
            values[name] = True


def _one_of(check: CheckDef, form: FormDef, values: Values, rng: Rng) -> None:
    allowed = check.params.get("values")
    for name in _names(check, values):
        if isinstance(allowed, list) and values[name] is not None:
            values[name] = pick(rng, allowed)


def _count_rows(check: CheckDef, form: FormDef, values: Values, rng: Rng) -> None:
    table = check.params.get("table")
    total = check.params.get("total")
    rows = set()
    for n, v in values.items():
        if n.startswith(f"{table}.") and v is not None and v is not False:
            rows.add(n.split(".")[1])
    if total in values:
        values[total] = len(rows)


def _lookup(check: CheckDef, form: FormDef, values: Values, rng: Rng) -> None:
    path = form.folder / str(check.params.get("file", ""))
    if path.suffix != ".csv" or not path.is_file():
        return
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    column = str(check.params.get("column", ""))
    known = [row[column] for row in rows if row.get(column)]
    for name in _names(check, values):
        if known and values[name] is not None:
            values[name] = pick(rng, known)


_RULES: Mapping[str, Callable[[CheckDef, FormDef, Values, Rng], None]] = {
    "sum": _sum,
    "difference": _difference,
    "equal": _equal,
    "date_order": _date_order,
    "within_days": _within_days,
    "all_marked": _all_marked,
    "one_of": _one_of,
    "count_rows": _count_rows,
    "lookup": _lookup,
}
