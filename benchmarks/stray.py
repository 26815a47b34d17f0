"""Ink accounting: planted notes that are found, sheets without any on which something is found all
the same, and what it costs.

Run ``make bench-stray`` (or ``python -m benchmarks.stray``). Practice sheets of the sample forms by
hands other than those that :mod:`benchmarks.accuracy` holds out. Notes are two and more characters,
3 mm high and higher, with pen and with pencil, anywhere outside all fields.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ocr.practice.glyphs import can_write
from ocr.practice.hands import Hand
from ocr.practice.lettering import Writer
from ocr.practice.page import Paper, blank_of
from ocr.practice.people import Rng, pick
from records.forms import FormDef
from records.types import Box, Gray

PLANTED = ("scan300", "scan200", "mono300", "mono200", "fax_fine", "fax_standard")
"""Damages of the sheets on which notes are planted."""

NOTES = (
    "至急", "別紙", "不要", "済み", "電話ください", "差替え分", "母が記入", "12/3", "確認済",
    "TEL済", "2通", "転居予定", "あとで連絡", "本人不在", "3月まで", "口座変更", "要確認", "090-1234",
)  # fmt: skip

PENCIL = (0.42, 0.6)
"""Darkness of a pencil, of 1."""

_AT_ONCE, _APART_MM, _MARGIN_MM, _PRINTED = 3, 14.0, 6.0, 0.004


@dataclass(frozen=True, slots=True)
class Note:
    """A planted note: where it is (mm on the page ``page``), and whether it lies over print."""

    page: int
    box: Box
    pencil: bool
    over_print: bool


def places_of(form: FormDef, page: int) -> list[Box]:
    """What is no free room on a page: the places of its fields and the silent ones."""
    boxes = [s.box.grown(2.0) for s in form.silent if s.page == page]
    for item in form.fields.values():
        if item.page != page:
            continue
        for part in (*([item.place] if item.place else []), *item.parts.values()):
            boxes += [part.box] if part.box else []
            boxes += [row.box for row in part.cells]
            boxes += part.options.values()
        if item.era:
            boxes += [*item.era.circle.values(), *([item.era.box] if item.era.box else [])]
    return [box.grown(0.8) for box in boxes]


def _apart(one: Box, other: Box, by: float = 0.0) -> bool:
    return (
        one.right + by <= other.x
        or other.right + by <= one.x
        or one.bottom + by <= other.y
        or other.bottom + by <= one.y
    )


def plant(
    form: FormDef, pages: Sequence[Gray], hand: Hand, rng: Rng, dpi: int
) -> tuple[list[Gray], list[Note]]:
    """Write a few notes on filled pages, outside all fields, far enough from each other."""
    made, notes = [], []
    for number, image in enumerate(pages, 1):
        taken = places_of(form, number)
        blank = blank_of(form.pages[number - 1], dpi)
        pencil = bool(rng.random() < 0.5)
        paper = Paper(image, dpi)
        writer = Writer(hand, rng)
        own: list[Note] = []
        for _ in range(60):
            box = _note(paper, writer, rng, [*taken, *(n.box.grown(_APART_MM) for n in own)])
            if box is not None:
                x, y, wide, high = (round(v) for v in paper.pixels(box))
                printed = float((blank[y : y + high, x : x + wide] < 170).mean())
                own.append(Note(number, box, pencil, printed > _PRINTED))
            if len(own) == _AT_ONCE:
                break
        darkness = float(rng.uniform(*PENCIL)) if pencil else hand.habits.ink
        made.append(paper.finished(darkness, 0.45 if pencil else hand.habits.grain, rng))
        notes += own
    return made, notes


def _note(paper: Paper, writer: Writer, rng: Rng, taken: Sequence[Box]) -> Box | None:
    """Write one note somewhere; None where the place drawn is taken."""
    text, size = pick(rng, NOTES), float(rng.uniform(3.2, 5.5))
    if not can_write(writer.hand, text):
        return None
    width, height = (side / paper.scale for side in paper.blank.shape[::-1])
    room = writer.width(text) * size + 2.0
    x = float(rng.uniform(_MARGIN_MM, max(_MARGIN_MM + 1, width - room - _MARGIN_MM)))
    y = float(rng.uniform(_MARGIN_MM, height - size - _MARGIN_MM))
    place = Box(x, y, room, size * 1.15)
    if any(not _apart(place, box) for box in taken):
        return None
    before = paper.ink.copy()
    ink = writer.line(paper, place, text, size, "left")
    if ink is None or ink.height < 3.0 or any(not _apart(ink, box) for box in taken):
        paper.ink = before
        return None
    return ink
