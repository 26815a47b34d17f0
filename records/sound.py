"""What a form's definition contradicts in itself, beyond what its single tables can tell: places,
limits, lists, and checks over fields of the wrong kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from records.errors import DefinitionError
from records.forms import Cells, FieldDef, FormDef
from records.kinds import KINDS, names
from records.normalise.common import list_key
from records.pageties import wrong_in_joining
from records.soundchecks import NUMBERS, checks_sound, wrong_list
from records.soundplaces import NARROW, filled_twice, first_rows, places_sound
from records.strict import Section

_TEXTS = (*names(kind for kind in KINDS.values() if kind.is_listed), "lines")
_WRITTEN = names(kind for kind in KINDS.values() if not kind.is_ink)

KINDS_OF_KEYS: Mapping[str, tuple[str, ...]] = {
    "values": (*_TEXTS, *NUMBERS),
    "charset": tuple(k for k in _WRITTEN if k != "bank_account"),
    "lexicon": ("text", "name", "kana", "address"),
    "min": NUMBERS,
    "max": NUMBERS,
    "unit": names(kind for kind in KINDS.values() if kind.is_quantity and not kind.has_fraction),
}
"""Keys of a field that limit it or make a text likelier, and the kinds on which they act."""


def contradictions(form: FormDef, sections: Mapping[object, Section]) -> Iterator[DefinitionError]:
    """Every contradiction in a form.

    Args:
        sections: where each thing was read from: "" the form, a field by its name, a check by its
            ``id()``.
    """
    top = sections[""]
    yield from _whole(form, top)
    for made in first_rows(form):
        section = sections.get(made.name, top)
        yield from _complete(made, section)
        yield from _limits(made, section)
        yield from _listed(made, section)
        yield from _lexicon(made, section, form.folder)
    yield from places_sound(form, sections)
    yield from filled_twice(form, sections)
    yield from wrong_in_joining(form, top)
    for check in form.checks:
        yield from checks_sound(form, check, sections.get(id(check), top))


def _whole(form: FormDef, top: Section) -> Iterator[DefinitionError]:
    """A form without a title, or of which nothing would be read."""
    if not form.title.strip():
        yield top.fail("「title」が空です", "title")
    asks_something = "field" in top.data or "table" in top.data
    if not form.fields and not asks_something:
        yield top.fail("項目([[field]] か [[table]])が一つもありません", "field")


def _complete(made: FieldDef, section: Section) -> Iterator[DefinitionError]:
    """Parts that are missing, cells too narrow to write in, a label of nothing."""
    kind = f'kind = "{made.kind}"'
    needed = made.traits.needed if made.parts else ()
    for part in needed:
        if part not in made.parts:
            yield section.fail(f"{kind} には「{part}」の場所も要ります", part)
    has_cells = made.place is not None and bool(made.place.cells)
    if made.traits.has_fraction and has_cells:
        message = (
            f"{kind} では「cells」を使えません。枠の間の小数点が失われるので、"
            "全体を囲む「box」で書いてください"
        )
        yield section.fail(message, "cells")
    for key, place in (("cells", made.place), *made.parts.items()):
        for cells in place.cells if place else ():
            yield from _narrow(key, cells, section)
    labels = made.find.label if made.find else ()
    if not all(label.strip() for label in labels):
        yield section.fail("「find」の「label」が空です", "find")


def _narrow(key: str, cells: Cells, section: Section) -> Iterator[DefinitionError]:
    """Cells in which nobody can write."""
    side, long = "幅", cells.box.width
    if cells.down:
        side, long = "高さ", cells.box.height
    if long / cells.count < NARROW:
        row = f"「{key}」は{side}{long:g}mmに{cells.count}文字"
        yield section.fail(f"{row}で、一文字が{NARROW:g}mmより狭くなります", key)


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
            message = f'「{key}」は kind = "{made.kind}" では働きません'
            yield section.fail(message, key, kinds)
    if made.lexicon and made.find:
        yield section.fail("「lexicon」は find で探す項目では働きません", "lexicon")
    low = made.minimum
    high = made.maximum
    if low is not None and high is not None and low > high:
        yield section.fail(f"「min」({low:g})が「max」({high:g})より大きくなっています", "min")


def _listed(made: FieldDef, section: Section) -> Iterator[DefinitionError]:
    """Two listed values that cannot be told apart, or an empty one."""
    options: list[str] = []
    for part in (made.place, *made.parts.values()):
        if part:
            options += part.options
    for where, values in (("values", made.values), ("options", options)):
        seen: dict[str, str] = {}
        for value in values:
            key = list_key(value)
            if not key:
                yield section.fail(f"「{where}」に空の値があります", where)
            elif key in seen:
                pair = f"「{seen[key]}」と「{value}」"
                yield section.fail(f"「{where}」の{pair}は同じ値です。一つにしてください", where)
            seen.setdefault(key, value)


def _lexicon(made: FieldDef, section: Section, folder: Path) -> Iterator[DefinitionError]:
    if not made.lexicon:
        return
    name, _, column = made.lexicon.partition("#")
    yield from wrong_list(section, folder, name, column, "lexicon")
