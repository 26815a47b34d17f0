"""What a form's definition contradicts in itself, beyond what its single tables can tell: places,
limits, lists, and checks over fields of the wrong kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

from records.errors import DefinitionError
from records.forms import CheckDef, FieldDef, FormDef
from records.kinds import KINDS, names
from records.lists import column_values
from records.normalise.common import list_key
from records.pageties import wrong_in_joining
from records.strict import Section
from records.types import Box

_ALL = KINDS.values()
_TEXTS = (*names(kind for kind in _ALL if kind.is_listed), "lines")
_NUMBERS = names(kind for kind in _ALL if kind.is_quantity)
_DAYS = names(kind for kind in _ALL if kind.is_day)
_MARKS = names(kind for kind in _ALL if kind.is_mark)
_WRITTEN = names(kind for kind in _ALL if not kind.is_ink)
_PERSONS = names(kind for kind in _ALL if kind.is_person)

KINDS_OF_KEYS: Mapping[str, tuple[str, ...]] = {
    "values": (*_TEXTS, *_NUMBERS),
    "charset": tuple(k for k in _WRITTEN if k != "bank_account"),
    "lexicon": ("text", "name", "kana", "address"),
    "min": _NUMBERS,
    "max": _NUMBERS,
    "unit": names(kind for kind in _ALL if kind.is_quantity and not kind.has_fraction),
}
"""Keys of a field that limit it or make a text likelier, and the kinds on which they act."""

KINDS_OF_RULES: Mapping[str, tuple[str, ...]] = {
    "sum": _NUMBERS,
    "difference": _NUMBERS,
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
    "total": _NUMBERS,
    "result": _NUMBERS,
    "on": _DAYS,
}
"""Parameters that name a field, and the kinds that it may have."""

NEEDED: Mapping[str, tuple[str, ...]] = {
    "sum": ("total",),
    "difference": ("result",),
    "one_of": ("values",),
    "within_days": ("days",),
    "count_rows": ("table", "total"),
    "lookup": ("file",),
}
"""Parameters without which a rule checks nothing."""

OVER = 0.5
"""mm by which two places must lie over each other, across and down, to be two for one place; less
is how people measure."""

_STAMPS = ("seal", "signature")
"""Kinds that may lie over another field: a seal stands beside or over the name."""


def contradictions(form: FormDef, sections: Mapping[object, Section]) -> Iterator[DefinitionError]:
    """Every contradiction in a form.

    Args:
        sections: where each thing was read from: "" the form, a field by its name, a check by its
            ``id()``.
    """
    top = sections[""]
    yield from _whole(form, top)
    for made in _once_each(form):
        section = sections.get(made.name, top)
        yield from _complete(made, section)
        yield from _limits(made, section)
        yield from _listed(made, section)
        yield from _lexicon(made, section, form.folder)
    yield from _places(form, sections)
    yield from _twice_filled(form, sections)
    yield from wrong_in_joining(form, top)
    for check in form.checks:
        yield from _rule(form, check, sections.get(id(check), top))


def _once_each(form: FormDef) -> Iterator[FieldDef]:
    """The fields, of a table those of its first row."""
    return (made for made in form.fields.values() if made.row <= 1)


def _whole(form: FormDef, top: Section) -> Iterator[DefinitionError]:
    """A form without a title, or of which nothing would be read."""
    if not form.title.strip():
        yield top.fail("「title」が空です", "title")
    if not form.fields and "field" not in top.data and "table" not in top.data:
        yield top.fail("項目([[field]] か [[table]])が一つもありません", "field")


# --- one field ------------------------------------------------------------------------------------


NARROW = 1.5
"""mm: in a cell that is narrower nobody writes; its count or its box is wrong."""


def _complete(made: FieldDef, section: Section) -> Iterator[DefinitionError]:
    """Parts that are missing, cells too narrow to write in, a label of nothing."""
    for part in made.traits.needed if made.parts else ():
        if part not in made.parts:
            yield section.fail(f'kind = "{made.kind}" には「{part}」の場所も要ります', part)
    if made.traits.has_fraction and made.place is not None and made.place.cells:
        message = (
            f'kind = "{made.kind}" では「cells」を使えません。枠の間の小数点が失われるので、'
            "全体を囲む「box」で書いてください"
        )
        yield section.fail(message, "cells")
    for key, place in (("cells", made.place), *made.parts.items()):
        for cells in place.cells if place else ():
            long = cells.box.height if cells.down else cells.box.width
            if long / cells.count < NARROW:
                side = "高さ" if cells.down else "幅"
                yield section.fail(
                    f"「{key}」は{side}{long:g}mmに{cells.count}文字で、一文字が"
                    f"{NARROW:g}mmより狭くなります",
                    key,
                )
    if made.find and any(not label.strip() for label in made.find.label):
        yield section.fail("「find」の「label」が空です", "find")


def _limits(made: FieldDef, section: Section) -> Iterator[DefinitionError]:
    """A key that does nothing on this kind, and limits that leave no value."""
    given = {
        "values": bool(made.values),
        "charset": bool(made.charset),
        "lexicon": bool(made.lexicon),
        "min": made.minimum is not None,
        "max": made.maximum is not None,
        "unit": made.unit != 1,
    }
    for key, kinds in KINDS_OF_KEYS.items():
        if given[key] and made.kind not in kinds:
            yield section.fail(f'「{key}」は kind = "{made.kind}" では働きません', key, kinds)
    if made.lexicon and made.find:
        yield section.fail("「lexicon」は find で探す項目では働きません", "lexicon")
    if made.minimum is not None and made.maximum is not None and made.minimum > made.maximum:
        yield section.fail(
            f"「min」({made.minimum:g})が「max」({made.maximum:g})より大きくなっています", "min"
        )


def _listed(made: FieldDef, section: Section) -> Iterator[DefinitionError]:
    """Two listed values that cannot be told apart, or an empty one."""
    options = [name for part in (made.place, *made.parts.values()) if part for name in part.options]
    for where, values in (("values", made.values), ("options", options)):
        seen: dict[str, str] = {}
        for value in values:
            key = list_key(value)
            if not key:
                yield section.fail(f"「{where}」に空の値があります", where)
            elif key in seen:
                yield section.fail(
                    f"「{where}」の「{seen[key]}」と「{value}」は同じ値です。一つにしてください",
                    where,
                )
            seen.setdefault(key, value)


def _lexicon(made: FieldDef, section: Section, folder: Path) -> Iterator[DefinitionError]:
    if not made.lexicon:
        return
    name, _, column = made.lexicon.partition("#")
    yield from _list(section, folder, name, column, "lexicon")


def _list(
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


# --- places ---------------------------------------------------------------------------------------


def boxes_of(made: FieldDef) -> Iterator[tuple[str, Box]]:
    """Every place of a field, with the key (or the option) that it stands under."""
    for key, part in (("box", made.place), *made.parts.items()):
        if part is None:
            continue
        if part.box:
            yield key, part.box
        for cells in part.cells:
            yield "cells" if key == "box" else key, cells.box
        yield from part.options.items()
    if made.era:
        yield from made.era.circle.items()
        if made.era.box:
            yield "era", made.era.box


def lie_over(one: Box, other: Box) -> bool:
    """True where two places share ground."""
    across = min(one.right, other.right) - max(one.x, other.x)
    down = min(one.bottom, other.bottom) - max(one.y, other.y)
    return across > OVER and down > OVER


def _places(form: FormDef, sections: Mapping[object, Section]) -> Iterator[DefinitionError]:
    """Options over each other, and fields over each other; of a table's rows the first pair."""
    top, told = sections[""], set()
    for made in _once_each(form):
        for (key, box), (other, another) in combinations(boxes_of(made), 2):
            if lie_over(box, another):
                yield sections.get(made.name, top).fail(
                    f"{made.title}: 「{key}」と「{other}」の場所が重なっています", key
                )
    for one, other_field, keys in _overlapping(form):
        pair = (_column(one), _column(other_field))
        if pair not in told:
            told.add(pair)
            yield sections.get(one.name, top).fail(
                f"「{one.title}」の場所が「{other_field.title}」({other_field.name})の場所と"
                "重なっています。座標を確かめてください",
                keys,
            )


def _overlapping(form: FormDef) -> Iterator[tuple[FieldDef, FieldDef, str]]:
    """Pairs of fields that lie over each other; a sweep from top to bottom, as forms may have
    hundreds of places."""
    places = sorted(
        (
            (made.page, box.y, box.bottom, key, box, made)
            for made in form.fields.values()
            if made.kind not in _STAMPS
            for key, box in boxes_of(made)
        ),
        key=lambda place: place[:3],
    )
    open_: list[tuple[int, float, float, str, Box, FieldDef]] = []
    for place in places:
        page, y, _, _, box, made = place
        open_ = [p for p in open_ if p[0] == page and p[2] > y]
        for _, _, _, key, other_box, other in open_:
            if other.name != made.name and lie_over(box, other_box):
                yield other, made, key
        open_.append(place)


def _column(made: FieldDef) -> str:
    return f"{made.table}.{made.name.split('.', 2)[2]}" if made.table else made.name


def _twice_filled(form: FormDef, sections: Mapping[object, Section]) -> Iterator[DefinitionError]:
    """Two fields that are read from one field of a fillable PDF."""
    seen: dict[str, FieldDef] = {}
    for made in form.fields.values():
        name = made.acroform or made.name
        if name in seen:
            yield sections.get(made.name, sections[""]).fail(
                f"「{seen[name].name}」と「{made.name}」が、PDFの同じ入力欄「{name}」を使っています",
                "acroform",
            )
        seen.setdefault(name, made)


# --- checks ---------------------------------------------------------------------------------------


def _rule(form: FormDef, check: CheckDef, section: Section) -> Iterator[DefinitionError]:
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
    return [f for f in form.fields.values() if star and _column(f) == f"{table}.{column}"]


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
        yield from _list(section, form.folder, str(file), str(column), "file")


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
