"""Where a field lies, as form.toml says it: boxes, cells, parts, era words and words to find."""

from __future__ import annotations

import math
from typing import Any

from records.forms import Cells, Era, Find, Part
from records.strict import Section
from records.types import Box

MARKS = ("circle", "check", "fill")

ERAS = ("明治", "大正", "昭和", "平成", "令和")


def box_of(value: Any, section: Section, key: str) -> Box:
    numeric = (
        isinstance(value, list)
        and len(value) == 4
        and all(isinstance(v, int | float) and not isinstance(v, bool) for v in value)
        and all(math.isfinite(v) for v in value)
    )
    if not numeric:
        raise section.fail(
            f"「{key}」は [左, 上, 幅, 高さ] をmmで書いてください(今は {value!r})", key
        )
    x, y, width, height = map(float, value)
    if width <= 0 or height <= 0 or x < 0 or y < 0:
        raise section.fail(f"「{key}」の幅と高さは0より大きく、左と上は0以上にしてください", key)
    return Box(x, y, width, height)


def boxes_in(section: Section, key: str) -> dict[str, Box]:
    value = section.take(key, dict, {})
    return {str(name): box_of(box, section, key) for name, box in value.items()}


def cells_in(section: Section) -> tuple[Cells, ...]:
    value = section.take("cells", (dict, list), None)
    if value is None:
        return ()
    made = []
    for item in value if isinstance(value, list) else [value]:
        if not isinstance(item, dict):
            raise section.fail(
                "「cells」は { box = [...], count = 7 } の形で書いてください", "cells"
            )
        cells = Section(
            item, section.path, section.source, section.line_of("cells"), f"{section.name} cells"
        )
        made.append(
            Cells(
                box_of(cells.take("box", list), cells, "box"),
                cells.positive("count", kind=int),
                cells.one_of("align", ("left", "right"), "left"),
            )
        )
        cells.done()
    return tuple(made)


def place_in(section: Section) -> Part | None:
    """box / cells / mark + options, as they may stand in a field or in one of its parts."""
    box = section.take("box", list, None)
    part = Part(
        box_of(box, section, "box") if box is not None else None,
        cells_in(section),
        section.one_of("mark", MARKS, ""),
        boxes_in(section, "options"),
    )
    if sum((part.box is not None, bool(part.cells), bool(part.options))) > 1:
        raise section.fail("「box」「cells」「options」は一つだけ書いてください", "box")
    if part.box is None and not part.cells and not part.options:
        return None
    return part


def _part(value: Any, section: Section, key: str) -> Part:
    if isinstance(value, list):
        return Part(box_of(value, section, key))
    if isinstance(value, dict):
        inner = Section(
            value, section.path, section.source, section.line_of(key), f"{section.name} {key}"
        )
        place = place_in(inner)
        inner.done()
        if place is not None:
            return place
    raise section.fail(f"「{key}」は [左, 上, 幅, 高さ] か {{ cells = … }} で書いてください", key)


def era_in(section: Section) -> Era | None:
    value = section.take("era", (dict, list, str), None)
    if value is None:
        return None
    if isinstance(value, str):
        if value not in (*ERAS, "西暦"):
            raise section.fail(f"元号「{value}」は使えません", "era", (*ERAS, "西暦"))
        return Era(fixed=value)
    if isinstance(value, list):
        return Era(box=box_of(value, section, "era"))
    inner = Section(
        value, section.path, section.source, section.line_of("era"), f"{section.name} era"
    )
    circle = boxes_in(inner, "circle")
    for name in circle:
        if name not in (*ERAS, "西暦"):
            raise inner.fail(f"元号「{name}」は使えません", name, (*ERAS, "西暦"))
    box = inner.take("box", list, None)
    inner.done()
    return Era(circle, box_of(box, section, "era") if box is not None else None)


def find_in(section: Section) -> Find | None:
    inner = section.sub("find", None)
    if inner is None:
        return None
    label = inner.take("label", (str, list), [])
    made = Find(
        (label,) if isinstance(label, str) else tuple(map(str, label)),
        inner.one_of(
            "pattern", ("phone", "email", "postal_code", "date", "address", "fax_sender"), ""
        ),
        inner.one_of("position", ("header", "body", "rest", "first_line"), ""),
    )
    inner.done()
    if not (made.label or made.pattern or made.position):
        raise inner.fail("「find」には label か pattern か position が要ります", "find")
    return made
