"""A folder with form.toml, read strictly into a :class:`records.forms.FormDef`."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path

from records.errors import DefinitionError
from records.formplaces import _part, box_of, era_in, find_in, place_in
from records.forms import CheckDef, DeliverDef, FieldDef, FormDef, PageDef, SilentDef
from records.gathering import Problems
from records.kinds import KINDS, kind_of
from records.strict import Section

ZONES = ("mynumber", "lgwan", "internet")


RULES: Mapping[str, tuple[str, ...]] = {
    "sum": ("total",),
    "difference": ("result",),
    "equal": (),
    "same_person": (),
    "one_of": ("values",),
    "all_marked": (),
    "date_order": (),
    "within_days": ("days",),
    "age_between": ("min", "max", "on"),
    "count_rows": ("table", "total"),
    "postal_code_matches_address": (),
    "branch_matches_bank": (),
    "lookup": ("file", "column"),
}
"""Named checks and the parameters that each takes beside ``rule``, ``of`` and ``message``."""

DELIVERY_KEYS = ("to", "path", "columns", "zone", "my_number")
"""Keys of ``[[deliver]]`` that mean the same for every sink. A sink declares its own ones beside
them (``connectors.sinks.Capabilities.options``); ``connectors.sinks.open_sink`` refuses others."""


def load_form(folder: Path) -> FormDef:
    """Read ``folder/form.toml``.

    Raises:
        DefinitionError: all that is unknown, missing or contradictory, each with file, line, key
        and allowed keys.
    """
    from records.formfiles import read_form

    form, problems, _ = read_form(folder)
    if problems or form is None:
        raise DefinitionError.of_all(problems)
    return form


def load_forms(folder: Path, initiatives: frozenset[str] | None = None) -> dict[str, FormDef]:
    """All forms below ``folder`` by id, in name order.

    Args:
        folder: the site's ``forms/``.
        initiatives: codes in strategy.toml; a form of another initiative is refused. None skips
        that check.

    Raises:
        DefinitionError: a form does not load, two share an id, or an initiative is not registered;
        all problems of all forms.
    """
    from records.formfiles import read_forms

    forms, broken = read_forms(folder, initiatives)
    if broken:
        raise DefinitionError.of_all(list(broken.values()))
    return forms


def _agree(top: Section, form: FormDef) -> None:
    """What only the whole definition can contradict."""
    if form.kind == "form" and not form.pages:
        raise top.fail(
            "[[page]] が一つもありません。blank.pdf か blank.png を指定してください", "page"
        )
    if form.wrong_per_unseen >= 0.5:
        raise top.fail(
            "「wrong_per_unseen」は 0.5 より小さくしてください(例 0.005)", "wrong_per_unseen"
        )
    if form.pages:
        for made in form.fields.values():
            if not 1 <= made.page <= len(form.pages):
                raise top.fail(
                    f"{made.name}: 「page」は 1 から {len(form.pages)} までです", made.name
                )


def _add(fields: dict[str, FieldDef], made: FieldDef, section: Section) -> None:
    if made.name in fields:
        raise section.fail(f"「{made.name}」が二度あります", "name")
    fields[made.name] = made


def _page(section: Section, folder: Path, letter: bool) -> PageDef:
    blank = section.take("blank", str, "") if letter else section.take("blank", str)
    if blank and not (folder / blank).is_file():
        raise section.fail(f"白紙の様式「{blank}」がフォルダーにありません", "blank")
    made = PageDef(
        folder / blank if blank else None,
        section.strings("keywords", []),
        section.positive("blank_page", 1, int),
    )
    section.done()
    return made


def _silent(section: Section, pages: int) -> SilentDef:
    made = SilentDef(
        section.positive("page", 1, int),
        box_of(section.take("box", list), section, "box"),
        section.take("reason", str).strip(),
    )
    section.done()
    if made.page > pages:
        raise section.fail(f"「page」は 1 から {pages} までです", "page")
    if not made.reason:
        raise section.fail(
            "「reason」に、何の場所かを書いてください(例 受付印、市処理欄)", "reason"
        )
    return made


def _field(section: Section, letter: bool = False) -> FieldDef:
    kind = section.one_of("kind", tuple(KINDS))
    name = section.take("name", str)
    if not name or "." in name or name in _RESERVED:
        raise section.fail(f"「name」に「{name}」は使えません", "name")
    place = place_in(section)
    parts = {}
    for key in kind_of(kind).parts:
        if section.take(key, (list, dict), None) is not None:
            parts[key] = _part(section.take(key, (list, dict)), section, key)
    made = FieldDef(
        name=name,
        kind=kind,
        label=section.take("label", str, ""),
        page=section.positive("page", 1, int),
        required=section.take("required", bool, False),
        place=place,
        parts=parts,
        era=era_in(section) if kind_of(kind).is_day else None,
        find=find_in(section),
        values=section.strings("values", []),
        lexicon=section.take("lexicon", str, ""),
        vertical=section.take("vertical", bool, False),
        charset=section.take("charset", str, ""),
        minimum=section.take("min", float, None),
        maximum=section.take("max", float, None),
        unit=section.positive("unit", 1, int),
        length=(section.positive("length", None, int) or 0) if kind == "code" else 0,
        acroform=section.take("acroform", str, ""),
    )
    section.done()
    ways = sum((place is not None, bool(parts), made.find is not None))
    if ways != 1 and not (ways == 0 and letter):
        allowed = ("box", "cells", "options", "find", *kind_of(kind).parts)
        raise section.fail("場所を一つだけ書いてください", "box", allowed)
    if kind_of(kind).has_options and not (place and place.options):
        raise section.fail(
            f'「{kind}」には options = {{ "選択肢" = [左, 上, 幅, 高さ] }} が要ります', "options"
        )
    if place and place.options and not kind_of(kind).has_options:
        raise section.fail("「options」は choice か choices で使います", "options")
    if made.vertical:
        return _standing(made, section)
    return made


def _standing(made: FieldDef, section: Section) -> FieldDef:
    """A field of vertical writing (縦書き), with its cells one below the other.

    Raises:
        DefinitionError: nothing is written there, or nothing is known of where.
    """
    if not made.traits.is_written:
        message = f"「{made.kind}」は文字を書く欄ではないので、「vertical」は使えません"
        raise section.fail(message, "vertical")
    if made.find is not None:
        message = "「find」で探す欄では「vertical」は使えません。手紙の縦書きは自動で見分けます"
        raise section.fail(message, "vertical")
    return dataclasses.replace(
        made,
        place=made.place.standing() if made.place else None,
        parts={name: part.standing() for name, part in made.parts.items()},
    )


_RESERVED = ("received_on", "record_id", "file", "page", "form", "checked_by", "delivered_on")


def _table(section: Section) -> list[FieldDef]:
    name = section.take("name", str)
    rows = section.positive("rows", kind=int)
    pitch = section.positive("pitch")
    direction = section.one_of("direction", ("down", "right"), "down")
    page = section.positive("page", 1, int)
    made = []
    columns = section.subs("fields")
    section.done()
    problems = Problems()
    templates = []
    for column in columns:
        column.line = section.line_of("fields")
        column.name = f"{section.name} {column.name}"
        column.data.setdefault("page", page)
        templates.append(problems.read(column, _field))
    problems.raise_any()
    for row in range(1, rows + 1):
        step = (row - 1) * pitch
        for template in filter(None, templates):
            made.append(
                template.in_row(name, row, *((0.0, step) if direction == "down" else (step, 0.0)))
            )
    return made


def _named(section: Section, name: str, fields: Mapping[str, FieldDef], key: str) -> None:
    """Refuse a field name that is not there; ``table.*.field`` stands for all rows."""
    if name in fields:
        return
    for made in fields.values():
        if made.table:
            _, column = made.name.rsplit(".", 1)
            if name == f"{made.table}.*.{column}":
                return
    raise section.fail(f"「{name}」という項目はありません", key, fields)


def _check(section: Section, fields: Mapping[str, FieldDef]) -> CheckDef:
    rule = section.one_of("rule", RULES)
    of = section.strings("of", []) if rule == "count_rows" else section.strings("of")
    for name in of:
        _named(section, name, fields, "of")
    kinds = (str, int, float, list)
    params = {
        key: section.data[key] for key in RULES[rule] if section.take(key, kinds, None) is not None
    }
    for key in ("total", "result", "on"):
        if isinstance(params.get(key), str) and params[key] != "today":
            _named(section, params[key], fields, key)
    made = CheckDef(rule, of, section.take("message", str, ""), params)
    section.done()
    return made


def _deliver(section: Section, fields: Mapping[str, FieldDef]) -> DeliverDef:
    to = section.take("to", str)
    columns = section.take("columns", dict, {})
    for source in columns.values():
        if not isinstance(source, str):
            raise section.fail(
                '「columns」は { "列名" = "項目名" } の形で書いてください', "columns"
            )
        name = source.split(":", 1)[0]
        if name not in _RESERVED:
            _named(section, name, fields, "columns")
    made = DeliverDef(
        to,
        section.take("path", str),
        dict(columns),
        section.one_of("zone", ZONES, ""),
        section.take("my_number", bool, False),
        section.rest(),
    )
    if Path(made.path).is_absolute() or ".." in Path(made.path).parts:
        raise section.fail("「path」はサイトの中の相対パスで書いてください", "path")
    return made
