"""Do the boxes of a form lie where they can: none over another, none too narrow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
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
        of_cells = "cells" if key == "box" else key
        for cells in part.cells:
            yield of_cells, cells.box
        yield from part.options.items()
    if made.era:
        yield from made.era.circle.items()
        if made.era.box:
            yield "era", made.era.box


def lie_over(one: Box, other: Box) -> bool:
    """True where two places share ground."""
    left = max(one.x, other.x)
    right = min(one.right, other.right)
    top = max(one.y, other.y)
    bottom = min(one.bottom, other.bottom)
    return right - left > OVER and bottom - top > OVER


def places_sound(form: FormDef, sections: Mapping[object, Section]) -> Iterator[DefinitionError]:
    """Options over each other, and fields over each other; of a table's rows the first pair."""
    top = sections[""]
    told = set()
    for made in first_rows(form):
        section = sections.get(made.name, top)
        for (key, box), (other, another) in combinations(boxes_of(made), 2):
            if lie_over(box, another):
                message = f"{made.title}: 「{key}」と「{other}」の場所が重なっています"
                yield section.fail(message, key)
    for one, under, key in _overlapping(form):
        pair = (column_title(one), column_title(under))
        if pair in told:
            continue
        told.add(pair)
        message = (
            f"「{one.title}」の場所が「{under.title}」({under.name})の場所と"
            "重なっています。座標を確かめてください"
        )
        yield sections.get(one.name, top).fail(message, key)


@dataclass(frozen=True, slots=True)
class _Placed:
    """A place of a field, for the sweep down the pages."""

    page: int
    box: Box
    key: str
    field: FieldDef

    @property
    def order(self) -> tuple[int, float, float]:
        return self.page, self.box.y, self.box.bottom


def _overlapping(form: FormDef) -> Iterator[tuple[FieldDef, FieldDef, str]]:
    """Pairs of fields that lie over each other; a sweep from top to bottom, as forms may have
    hundreds of places."""
    places = []
    for made in form.fields.values():
        if made.kind not in _STAMPS:
            places += [_Placed(made.page, box, key, made) for key, box in boxes_of(made)]
    reaching: list[_Placed] = []
    for place in sorted(places, key=lambda place: place.order):
        reaching = [
            above
            for above in reaching
            if above.page == place.page and above.box.bottom > place.box.y
        ]
        for above in reaching:
            is_same = above.field.name == place.field.name
            if not is_same and lie_over(place.box, above.box):
                yield above.field, place.field, above.key
        reaching.append(place)


def column_title(made: FieldDef) -> str:
    """A field's name; of a table's, without its row."""
    if not made.table:
        return made.name
    _, _, column = made.name.split(".", 2)
    return f"{made.table}.{column}"


def filled_twice(form: FormDef, sections: Mapping[object, Section]) -> Iterator[DefinitionError]:
    """Two fields that are read from one field of a fillable PDF."""
    seen: dict[str, FieldDef] = {}
    for made in form.fields.values():
        name = made.acroform or made.name
        if name in seen:
            both = f"「{seen[name].name}」と「{made.name}」"
            section = sections.get(made.name, sections[""])
            yield section.fail(f"{both}が、PDFの同じ入力欄「{name}」を使っています", "acroform")
        seen.setdefault(name, made)


_STAMPS = ("seal", "signature")
"""Kinds that may lie over another field: a seal stands beside or over the name."""


def first_rows(form: FormDef) -> Iterator[FieldDef]:
    """The fields, of a table those of its first row."""
    return (made for made in form.fields.values() if made.row <= 1)
