"""Can the checks of a form be made: each on fields of kinds that its rule compares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from records.errors import DefinitionError
from records.forms import CheckDef, FieldDef, FormDef
from records.kinds import KINDS, names
from records.lists import column_values
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
                yield section.fail(
                    f'「{name}」は kind = "{made.kind}" なので、{check.rule} では比べられません',
                    "of",
                    kinds,
                )
    yield from _results(form, check, section)
    yield from _RULES.get(check.rule, _nothing)(form, check, section)


def fields_of(form: FormDef, name: str) -> list[FieldDef]:
    """The fields that a name in a check stands for; ``table.*.field`` for all rows."""
    if name in form.fields:
        return [form.fields[name]]
    table, star, column = name.partition(".*.")
    return [f for f in form.fields.values() if star and column_title(f) == f"{table}.{column}"]


def _results(form: FormDef, check: CheckDef, section: Section) -> Iterator[DefinitionError]:
    for key, kinds in KINDS_OF_RESULTS.items():
        source = check.params.get(key)
        if isinstance(source, str) and source != "today":
            for made in fields_of(form, source)[:1]:
                if made.kind not in kinds:
                    yield section.fail(
                        f'「{key}」の「{source}」は kind = "{made.kind}" です', key, kinds
                    )


def _nothing(form: FormDef, check: CheckDef, section: Section) -> Iterator[DefinitionError]:
    yield from ()


def _age(form: FormDef, check: CheckDef, section: Section) -> Iterator[DefinitionError]:
    low, high = check.params.get("min"), check.params.get("max")
    if low is None and high is None:
        yield section.fail('rule = "age_between" には「min」か「max」が要ります', "min")
    for key, value in (("min", low), ("max", high)):
        if value is not None and not _is_number(value):
            yield section.fail(f"「{key}」は年齢を数で書いてください(今は {value!r})", key)
    if low is not None and high is not None and _is_number(low) and _is_number(high) and low > high:
        yield section.fail(f"「min」({low})が「max」({high})より大きくなっています", "min")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _days(form: FormDef, check: CheckDef, section: Section) -> Iterator[DefinitionError]:
    days = check.params.get("days", 0)
    if not isinstance(days, int) or isinstance(days, bool) or days < 0:
        yield section.fail(f"「days」は0以上の日数を整数で書いてください(今は {days!r})", "days")
    if len(check.of) > 2:
        yield section.fail("within_days の「of」は二つまでです(一つなら受付日までを数えます)", "of")


def _two(form: FormDef, check: CheckDef, section: Section) -> Iterator[DefinitionError]:
    if (
        check.rule in ("equal", "date_order")
        and len(check.of) < 2
        and ".*." not in "".join(check.of)
    ):
        yield section.fail(f"{check.rule} の「of」には二つ以上の項目が要ります", "of")


def _postal(form: FormDef, check: CheckDef, section: Section) -> Iterator[DefinitionError]:
    kinds = [made.kind for name in check.of for made in fields_of(form, name)[:1]]
    if kinds != ["postal_code", "address"] and len(kinds) == len(check.of):
        yield section.fail(
            "postal_code_matches_address の「of」は、郵便番号(postal_code)と住所(address)を"
            "この順に一つずつ書いてください",
            "of",
        )


def _allowed(form: FormDef, check: CheckDef, section: Section) -> Iterator[DefinitionError]:
    values = check.params.get("values")
    if values is not None and (not isinstance(values, list) or not values):
        yield section.fail("「values」は値の並びで書いてください", "values")


def _rows(form: FormDef, check: CheckDef, section: Section) -> Iterator[DefinitionError]:
    table = check.params.get("table")
    tables = list(dict.fromkeys(f.table for f in form.fields.values() if f.table))
    if table is not None and table not in tables:
        yield section.fail(f"「{table}」という [[table]] はありません", "table", tables)


def _lookup(form: FormDef, check: CheckDef, section: Section) -> Iterator[DefinitionError]:
    file, column = check.params.get("file"), check.params.get("column", "")
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
    if not name or Path(name).is_absolute() or ".." in Path(name).parts:
        yield section.fail(f"「{key}」は様式のフォルダーの中のファイル名で書いてください", key)
        return
    if not (folder / name).is_file():
        there = sorted(p.name for p in folder.glob("*") if p.suffix.lower() in (".csv", ".xlsx"))
        yield section.fail(f"一覧「{name}」が様式のフォルダーにありません", key, there)
        return
    try:
        if not column_values(folder / name, column):
            yield section.fail(f"一覧「{name}」の「{column or '最初の列'}」に値がありません", key)
    except DefinitionError as error:
        yield section.fail(f"一覧「{name}」が使えません: {error.message}", key, error.allowed)
