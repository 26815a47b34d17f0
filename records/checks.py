"""Named checks over the values of one sheet (``[[check]]`` in form.toml). A check says why, it
never changes a value.

A check that cannot be made (a value is empty, or is not of its kind and has its own problem) is
skipped.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise, product
from pathlib import Path
from typing import Any

from records.errors import DefinitionError
from records.forms import CheckDef, FormDef
from records.lists import column_values
from records.normalise.address import split_address
from records.normalise.common import list_key, problem
from records.normalise.eras import age_on, days_of
from records.normalise.kana import kana_key
from records.normalise.names import name_key
from records.normalise.zengin import banks, branches
from records.site import Office, Town
from records.types import Problem, Value

Verdict = dict[str, str]
"""Field name → the sentence that tells what is wrong with it; empty where the check holds or cannot
be made."""


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
        for instance in _rows(form, check):
            sheet = _Sheet(form, instance, values, office, today)
            for name, sentence in _RULES[check.rule](sheet).items():
                found.setdefault(name, []).append(problem(check.rule, check.message or sentence))
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
    result = next(
        (
            v
            for k in ("total", "result")
            if isinstance(v := check.params.get(k), str) and ".*." in v
        ),
        "",
    )
    tables = {pattern.split(".*.")[0] if ".*." in pattern else "" for pattern in check.of}
    alone = check.rule in _ROW_WISE and len(check.of) > 1 and len(tables) == 1 and tables != {""}
    if check.rule == "count_rows" or not (result or alone):
        return [check]
    table = (result or check.of[0]).split(".*.")[0]
    rows = sorted({f.row for f in form.fields.values() if f.table == table})

    def of_row(source: Any, row: int) -> Any:
        return (
            source.replace(f"{table}.*.", f"{table}.{row}.") if isinstance(source, str) else source
        )

    return [
        dataclasses.replace(
            check,
            of=tuple(of_row(pattern, row) for pattern in check.of),
            params={key: of_row(value, row) for key, value in check.params.items()},
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class _Sheet:
    """One check and all that it may look at."""

    form: FormDef
    check: CheckDef
    values: Mapping[str, Value]
    office: Office
    today: dt.date

    @property
    def names(self) -> list[str]:
        """The fields of the check in order, ``table.*.field`` as all its rows."""
        return [name for pattern in self.check.of for name in self.expanded(pattern)]

    def expanded(self, pattern: str) -> list[str]:
        if pattern in self.form.fields or ".*." not in pattern:
            return [pattern]
        table, column = pattern.split(".*.", 1)
        return [
            n
            for n, f in self.form.fields.items()
            if f.table == table and n.split(".", 2)[2] == column
        ]

    def value(self, name: str) -> Value:
        return self.values.get(name)

    def title(self, name: str) -> str:
        made = self.form.fields.get(name)
        return made.title if made else name

    def titles(self, names: list[str]) -> str:
        """The fields as people call them; of many, the first three."""
        return "、".join(f"「{self.title(n)}」" for n in names[:3]) + (
            "など" if len(names) > 3 else ""
        )

    def filled(self) -> list[str]:
        """The fields of the check in which something is written."""
        return [n for n in self.names if self.value(n) not in (None, "", [])]

    def number(self, source: Any) -> int | float | None:
        """A number, or the number in the field of that name."""
        value = self.value(source) if isinstance(source, str) else source
        return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _all(names: list[str], sentence: str) -> Verdict:
    return dict.fromkeys(names, sentence)


def _addends(sheet: _Sheet) -> list[int | float] | None:
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


def _sum(sheet: _Sheet) -> Verdict:
    """The fields add up to ``total``; an empty one counts as 0."""
    addends, total = _addends(sheet), sheet.number(sheet.check.params.get("total"))
    if addends is None or total is None:
        return {}
    found = _rounded(sum(addends))
    if found == total:
        return {}
    names = sheet.filled() + _field(sheet.check.params["total"])
    return _all(
        names,
        f"内訳の合計({found:,})と合計欄({total:,})が合いません。それぞれの数字を確認してください",
    )


def _difference(sheet: _Sheet) -> Verdict:
    """The first field less all others is ``result``; an empty subtrahend counts as 0."""
    numbers, result = _addends(sheet), sheet.number(sheet.check.params.get("result"))
    if numbers is None or result is None or sheet.value(sheet.names[0]) is None:
        return {}
    left = _rounded(numbers[0] - sum(numbers[1:]))
    if left == result:
        return {}
    names = sheet.filled() + _field(sheet.check.params["result"])
    return _all(
        names,
        f"差引({left:,})と記入された額({result:,})が合いません。それぞれの数字を確認してください",
    )


def _field(source: Any) -> list[str]:
    return [source] if isinstance(source, str) else []


def _equal(sheet: _Sheet) -> Verdict:
    """All fields that are filled hold the same value, blanks and width aside."""
    names = sheet.filled()
    keys = {list_key(v) if isinstance(v, str) else repr(v) for v in map(sheet.value, names)}
    return (
        _all(names, f"{sheet.titles(names)}が一致しません。どちらが正しいか確認してください")
        if len(keys) > 1
        else {}
    )


def _same_person(sheet: _Sheet) -> Verdict:
    """Names agree with names and readings with readings; an account gives its holder."""
    keys: dict[str, dict[str, str]] = {}
    for name in sheet.filled():
        value = sheet.value(name)
        text = value.get("holder", "") if isinstance(value, dict) else value
        if isinstance(text, str) and text:
            script, key = _name_key(text)
            keys.setdefault(script, {})[name] = key
    found: Verdict = {}
    for same in keys.values():
        if len(set(same.values())) > 1:
            found |= _all(
                list(same),
                f"{sheet.titles(list(same))}の名前が一致しません。同じ人か確認してください",
            )
    return found


def _name_key(text: str) -> tuple[str, str]:
    """The script of a name and its key; only names in one script can be compared."""
    if any("一" <= c <= "鿿" or c > "\uffff" for c in name_key(text)):
        return "kanji", name_key(text)
    reading = kana_key(text)
    return (
        ("kana", reading) if any("ァ" <= c <= "ヺ" for c in reading) else ("latin", name_key(text))
    )


def _one_of(sheet: _Sheet) -> Verdict:
    """Each filled field holds one of ``values``."""
    allowed = [str(v) for v in sheet.check.params.get("values", ())]
    keys = {list_key(v) for v in allowed}
    sentence = f"{'・'.join(allowed)}のどれでもありません。用紙を確認してください"
    return _all([n for n in sheet.filled() if not _listed(sheet.value(n), keys)], sentence)


def _listed(value: Value, keys: set[str]) -> bool:
    return all(list_key(str(v)) in keys for v in (value if isinstance(value, list) else [value]))


def _all_marked(sheet: _Sheet) -> Verdict:
    """Each mark is set; of several choices, all options."""
    missing = [n for n in sheet.names if sheet.value(n) is False or not _complete(sheet, n)]
    return _all(
        missing,
        f"{sheet.titles(missing)}に印がありません。すべてに印が要ります。申請者に確認してください",
    )


def _complete(sheet: _Sheet, name: str) -> bool:
    """False where ``name`` is a field of several choices that lacks one of its options."""
    made, value = sheet.form.fields.get(name), sheet.value(name)
    if made is None or made.kind != "choices" or not made.place:
        return True
    return set(made.place.options) <= set(value if isinstance(value, list) else ())


def _days(value: Value) -> tuple[dt.date, dt.date] | None:
    """First and last day that a date value stands for; None where it is no date."""
    try:
        return days_of(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _date_order(sheet: _Sheet) -> Verdict:
    """The dates follow one another; equal ones, partial ones that may be in order and rows of one
    column pass."""
    found: Verdict = {}
    groups = [
        [(n, d) for n in sheet.expanded(p) if (d := _days(sheet.value(n)))] for p in sheet.check.of
    ]
    for before, after in pairwise(group for group in groups if group):
        for (one, (first, _)), (other, (_, last)) in product(before, after):
            if first > last:
                sentence = (
                    f"「{sheet.title(one)}」が「{sheet.title(other)}」より"
                    "後になっています。日付を確認してください"
                )
                found |= _all([one, other], sentence)
    return found


def _within_days(sheet: _Sheet) -> Verdict:
    """The second date is 0 to ``days`` days after the first; of a single one, today is. Partial
    dates are skipped."""
    limit, found = int(sheet.check.params.get("days", 0)), Verdict()
    before, *others = [sheet.expanded(pattern) for pattern in sheet.check.of]
    after = others[0] if others else [""]
    for one, other in product(before, after):
        first, last = (
            _days(sheet.value(one)),
            _days(sheet.value(other)) if other else (sheet.today, sheet.today),
        )
        if first is None or last is None or first[0] != first[1] or last[0] != last[1]:
            continue
        passed = (last[0] - first[0]).days
        if not 0 <= passed <= limit:
            to = f"「{sheet.title(other)}」" if other else "受付日"
            sentence = f"「{sheet.title(one)}」から{to}まで{passed}日です({limit}日以内)。日付を確認してください"
            found |= _all([one, other] if other else [one], sentence)
    return found


def _age_between(sheet: _Sheet) -> Verdict:
    """The age on ``on`` (today, or the date in a field) lies between ``min`` and ``max``, both
    included."""
    params, on = sheet.check.params, sheet.check.params.get("on", "today")
    day = (sheet.today, sheet.today) if on == "today" else _days(sheet.value(str(on)))
    if day is None:
        return {}
    low, high = params.get("min"), params.get("max")
    found: Verdict = {}
    for name in sheet.names:
        birth = _days(sheet.value(name))
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


def _count_rows(sheet: _Sheet) -> Verdict:
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
    return _all(
        there,
        f"記入のある行は{len(rows)}行ですが、人数などの欄は{total:,}です。行と数を確認してください",
    )


def _postal_code_matches_address(sheet: _Sheet) -> Verdict:
    """The postal code is the one of the town in the address, as far as the office's table knows
    them."""
    code, address = [*map(sheet.value, sheet.names), None, None][:2]
    if not isinstance(code, str) or not isinstance(address, str):
        return {}
    plain, office = code.replace("-", ""), sheet.office
    towns = {town.postal_code: town for town in office.towns}
    found = split_address(address, office)
    sentence = ""
    if found.outside and (plain in towns or plain == office.other_postal_code):
        sentence = f"郵便番号{code}は{office.city}のものですが、住所は{office.city}ではありません"
    elif (
        found.town and plain not in _codes(found.town, office) and not _large_office(plain, office)
    ):
        right = found.town.postal_code
        there = f"({towns[plain].name})" if plain in towns else ""
        sentence = f"「{found.town.name}」の郵便番号は{right[:3]}-{right[3:]}ですが、{code}{there}と書かれています"
    return _all(sheet.names[:2], f"{sentence}。どちらか確認してください") if sentence else {}


def _codes(town: Town, office: Office) -> set[str]:
    """All postal codes of a town's name: large towns have several."""
    return {other.postal_code for other in office.towns if other.name == town.name}


def _large_office(code: str, office: Office) -> bool:
    """True for a number of the office's range that belongs to one large receiver (大口事業所), not
    to a town."""
    return code[:5] == office.other_postal_code[:5] and code[5:6] == "9"


def _branch_matches_bank(sheet: _Sheet) -> Verdict:
    """The branch is one of the bank's: accounts, or a bank and a branch in this order, each by
    name, by code or both."""
    found: Verdict = {}
    texts: dict[str, str] = {}
    for name in sheet.filled():
        value = sheet.value(name)
        if isinstance(value, dict):
            codes = str(value.get("bank_code", "")), str(value.get("branch_code", ""))
            if all(codes) and codes[1] not in branches(codes[0]).by_code:
                found[name] = (
                    f"金融機関コード{codes[0]}に店舗コード{codes[1]}はありません。金融機関と支店を確認してください"
                )
        elif isinstance(value, str):
            texts[name] = value
    return found | (
        _all(list(texts), sentence)
        if len(texts) > 1 and (sentence := _branch_doubt(list(texts.values())))
        else {}
    )


def _branch_doubt(texts: list[str]) -> str:
    """Why a bank and a branch do not go together, empty where they do; codes are told by their 4
    and 3 digits."""
    codes = {len(t): t for t in texts if t.isascii() and t.isdigit()}
    named = [t for t in texts if not (t.isascii() and t.isdigit())]
    by_name = banks().named(named[0]) if named else None
    bank = banks().by_code.get(codes[4]) if 4 in codes else by_name
    if bank is None:
        return f"金融機関「{codes.get(4) or (named or [''])[0]}」は全銀の一覧にありません。用紙を確認してください"
    branch_names = named[1:] if by_name == bank or 4 not in codes else named
    theirs = branches(bank.code)
    places = [theirs.named(name) for name in branch_names] + (
        [theirs.by_code.get(codes[3])] if 3 in codes else []
    )
    if all(places) and len(set(places)) <= 1:
        return ""
    return f"「{bank.name}」と支店が合いません。金融機関と支店を確認してください"


def _lookup(sheet: _Sheet) -> Verdict:
    """Each filled field is in the ``column`` of the office's list ``file`` (in the form's
    folder)."""
    file, column = (
        str(sheet.check.params.get("file", "")),
        str(sheet.check.params.get("column", "")),
    )
    if not file or Path(file).is_absolute() or ".." in Path(file).parts:
        raise DefinitionError(
            "lookup の「file」は様式のフォルダーの中のファイル名で書いてください",
            path=sheet.form.folder,
            key="file",
        )
    keys = {list_key(text) for text in column_values(sheet.form.folder / file, column)}
    missing = [n for n in sheet.filled() if not _listed(sheet.value(n), keys)]
    return {
        n: f"「{sheet.value(n)}」は一覧({file})にありません。用紙と一覧を確認してください"
        for n in missing
    }


_RULES: Mapping[str, Callable[[_Sheet], Verdict]] = {
    "sum": _sum,
    "difference": _difference,
    "equal": _equal,
    "same_person": _same_person,
    "one_of": _one_of,
    "all_marked": _all_marked,
    "date_order": _date_order,
    "within_days": _within_days,
    "age_between": _age_between,
    "count_rows": _count_rows,
    "postal_code_matches_address": _postal_code_matches_address,
    "branch_matches_bank": _branch_matches_bank,
    "lookup": _lookup,
}
"""The rules of :data:`records.formloading.RULES` by name."""
