"""Can the checks of a form be made: each on fields of kinds that its rule compares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeGuard

from records.errors import DefinitionError
from records.forms import CheckDef, FieldDef, FormDef
from records.kinds import KINDS, names
from records.lists import LIST_SUFFIXES, column_values, is_inside
from records.soundplaces import column_title
from records.strict import Section

_ALL = KINDS.values()
NUMBERS = names(kind for kind in _ALL if kind.is_quantity)
_DAYS = names(kind for kind in _ALL if kind.is_day)
_MARKS = names(kind for kind in _ALL if kind.is_mark)
_PERSONS = names(kind for kind in _ALL if kind.is_person)

NEEDED: Mapping[str, tuple[str, ...]] = {
    "sum": ("total",),
    "difference": ("result",),
    "one_of": ("values",),
    "within_days": ("days",),
    "count_rows": ("table", "total"),
    "lookup": ("file",),
}
"""Parameters without which a rule checks nothing."""

KINDS_OF_RULES: Mapping[str, tuple[str, ...]] = {
    "sum": NUMBERS,
    "difference": NUMBERS,
    "same_person": (*_PERSONS, "text", "bank_account"),
    "all_marked": (*_MARKS, "choices"),
    "date_order": _DAYS,
    "within_days": ("date",),
    "age_between": _DAYS,
    "branch_matches_bank": ("bank_account", "text", "name", "kana", "digits", "choice"),
    "lookup": tuple(k for k in KINDS if k not in (*_MARKS, "bank_account")),
}
"""Rules and the kinds of field that they can compare; other rules compare any."""

KINDS_OF_RESULTS: Mapping[str, tuple[str, ...]] = {
    "total": NUMBERS,
    "result": NUMBERS,
    "on": _DAYS,
}
"""Parameters that name a field, and the kinds that it may have."""


def checks_sound(form: FormDef, check: CheckDef, section: Section) -> Iterator[DefinitionError]:
    """A rule that cannot compare its fields, or that checks nothing."""
    for key in NEEDED.get(check.rule, ()):
        if key not in check.params:
            yield section.fail(f'rule = "{check.rule}" には「{key}」が要ります', key)
    if not check.of and check.rule != "count_rows":
        yield section.fail("「of」に項目名を書いてください", "of")
    kinds = KINDS_OF_RULES.get(check.rule, ())
    for name in check.of:
        for made in fields_of(form, name)[:1]:
            if kinds and made.kind not in kinds:
                reason = f'kind = "{made.kind}" なので、{check.rule} では比べられません'
                yield section.fail(f"「{name}」は {reason}", "of", kinds)
    yield from _results(form, check, section)
    rule = _RULES.get(check.rule, _nothing)
    yield from rule(form, check, section)


def fields_of(form: FormDef, name: str) -> list[FieldDef]:
    """The fields that a name in a check stands for; ``table.*.field`` for all rows."""
    if name in form.fields:
        return [form.fields[name]]
    table, star, column = name.partition(".*.")
    if not star:
        return []
    wanted = f"{table}.{column}"
    return [made for made in form.fields.values() if column_title(made) == wanted]


def _results(form: FormDef, check: CheckDef, section: Section) -> Iterator[DefinitionError]:
    for key, kinds in KINDS_OF_RESULTS.items():
        source = check.params.get(key)
        if not isinstance(source, str) or source == "today":
            continue
        for made in fields_of(form, source)[:1]:
            if made.kind not in kinds:
                message = f'「{key}」の「{source}」は kind = "{made.kind}" です'
                yield section.fail(message, key, kinds)


def _nothing(form: FormDef, check: CheckDef, section: Section) -> Iterator[DefinitionError]:
    yield from ()


def _age(form: FormDef, check: CheckDef, section: Section) -> Iterator[DefinitionError]:
    low = check.params.get("min")
    high = check.params.get("max")
    if low is None and high is None:
        yield section.fail('rule = "age_between" には「min」か「max」が要ります', "min")
    for key, value in (("min", low), ("max", high)):
        if value is not None and not _is_number(value):
            yield section.fail(f"「{key}」は年齢を数で書いてください(今は {value!r})", key)
    if not _is_number(low) or not _is_number(high):
        return
    if low > high:
        yield section.fail(f"「min」({low})が「max」({high})より大きくなっています", "min")


def _is_number(value: Any) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _days(form: FormDef, check: CheckDef, section: Section) -> Iterator[DefinitionError]:
    days = check.params.get("days", 0)
    is_whole = isinstance(days, int) and not isinstance(days, bool)
    if not is_whole or days < 0:
        yield section.fail(f"「days」は0以上の日数を整数で書いてください(今は {days!r})", "days")
    if len(check.of) > 2:
        yield section.fail("within_days の「of」は二つまでです(一つなら受付日までを数えます)", "of")


def _two(form: FormDef, check: CheckDef, section: Section) -> Iterator[DefinitionError]:
    has_column = any(".*." in name for name in check.of)
    if len(check.of) < 2 and not has_column:
        yield section.fail(f"{check.rule} の「of」には二つ以上の項目が要ります", "of")


def _postal(form: FormDef, check: CheckDef, section: Section) -> Iterator[DefinitionError]:
    kinds = []
    for name in check.of:
        kinds += [made.kind for made in fields_of(form, name)[:1]]
    # A name that is no field is told elsewhere.
    are_all_known = len(kinds) == len(check.of)
    if are_all_known and kinds != ["postal_code", "address"]:
        message = (
            "postal_code_matches_address の「of」は、郵便番号(postal_code)と住所(address)を"
            "この順に一つずつ書いてください"
        )
        yield section.fail(message, "of")


def _allowed(form: FormDef, check: CheckDef, section: Section) -> Iterator[DefinitionError]:
    values = check.params.get("values")
    if values is None:
        return
    if not isinstance(values, list) or not values:
        yield section.fail("「values」は値の並びで書いてください", "values")


def _rows(form: FormDef, check: CheckDef, section: Section) -> Iterator[DefinitionError]:
    table = check.params.get("table")
    named = [made.table for made in form.fields.values() if made.table]
    tables = list(dict.fromkeys(named))
    if table is not None and table not in tables:
        yield section.fail(f"「{table}」という [[table]] はありません", "table", tables)


def _lookup(form: FormDef, check: CheckDef, section: Section) -> Iterator[DefinitionError]:
    file = check.params.get("file")
    column = check.params.get("column", "")
    if file is not None:
        yield from wrong_list(section, form.folder, str(file), str(column), "file")


_RULES = {
    "age_between": _age,
    "within_days": _days,
    "equal": _two,
    "date_order": _two,
    "postal_code_matches_address": _postal,
    "one_of": _allowed,
    "count_rows": _rows,
    "lookup": _lookup,
}


def wrong_list(
    section: Section, folder: Path, name: str, column: str, key: str
) -> Iterator[DefinitionError]:
    """What is wrong with a list beside the form."""
    if not is_inside(name):
        yield section.fail(f"「{key}」は様式のフォルダーの中のファイル名で書いてください", key)
        return
    path = folder / name
    if not path.is_file():
        lists = [beside for beside in folder.glob("*") if beside.suffix.lower() in LIST_SUFFIXES]
        there = sorted(beside.name for beside in lists)
        yield section.fail(f"一覧「{name}」が様式のフォルダーにありません", key, there)
        return
    try:
        values = column_values(path, column)
    except DefinitionError as error:
        yield section.fail(f"一覧「{name}」が使えません: {error.message}", key, error.allowed)
        return
    if not values:
        where = column or "最初の列"
        yield section.fail(f"一覧「{name}」の「{where}」に値がありません", key)
