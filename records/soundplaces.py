"""Do the boxes of a form lie where they can: none over another, none too narrow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations

from records.errors import DefinitionError
from records.forms import FieldDef, FormDef
from records.strict import Section
from records.types import Box

OVER = 0.5
"""mm by which two places must lie over each other, across and down, to be two for one place; less
is how people measure."""

NARROW = 1.5
"""mm: in a cell that is narrower nobody writes; its count or its box is wrong."""


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


def places_sound(form: FormDef, sections: Mapping[object, Section]) -> Iterator[DefinitionError]:
    """Options over each other, and fields over each other; of a table's rows the first pair."""
    top, told = sections[""], set()
    for made in first_rows(form):
        for (key, box), (other, another) in combinations(boxes_of(made), 2):
            if lie_over(box, another):
                yield sections.get(made.name, top).fail(
                    f"{made.title}: 「{key}」と「{other}」の場所が重なっています", key
                )
    for one, other_field, keys in _overlapping(form):
        pair = (column_title(one), column_title(other_field))
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


def column_title(made: FieldDef) -> str:
    return f"{made.table}.{made.name.split('.', 2)[2]}" if made.table else made.name


def filled_twice(form: FormDef, sections: Mapping[object, Section]) -> Iterator[DefinitionError]:
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


_STAMPS = ("seal", "signature")
"""Kinds that may lie over another field: a seal stands beside or over the name."""


def first_rows(form: FormDef) -> Iterator[FieldDef]:
    """The fields, of a table those of its first row."""
    return (made for made in form.fields.values() if made.row <= 1)
