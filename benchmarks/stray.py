"""Ink accounting: planted notes that are found, sheets without any on which something is found all
the same, and what it costs.

Run ``make bench-stray`` (or ``python -m benchmarks.stray``). Practice sheets of the sample forms by
hands other than those that :mod:`benchmarks.accuracy` holds out. Notes are two and more characters,
3 mm high and higher, with pen and with pencil, anywhere outside all fields.
"""

from __future__ import annotations

import argparse
import tempfile
import time
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

import ocr.reader as reader_module
from benchmarks.accuracy import SAMPLES
from benchmarks.handsets import MEASURING
from benchmarks.resultpage import table_row, write_section
from ocr.practice.blankpaper import Paper, blank_of
from ocr.practice.damage import DAMAGES, damaged, source_dpi
from ocr.practice.fill import USUAL, fill
from ocr.practice.fontglyphs import can_write
from ocr.practice.hands import Hand, find_hands
from ocr.practice.households import Rng, pick
from ocr.practice.lettering import Writer
from ocr.practice.practicesheets import PracticeSheet
from ocr.practice.truths import answers
from ocr.practice.write import save_practice
from ocr.reader import Reader
from records.formloading import load_forms
from records.forms import FormDef
from records.site import IntakeSettings, Office, ReadingSettings
from records.types import MM_PER_INCH, Box, Gray, Place, Record

PLANTED = ("scan300", "scan200", "mono300", "mono200", "fax_fine", "fax_standard")
"""Damages of the sheets on which notes are planted."""

NOTES = (
    "至急", "別紙", "不要", "済み", "電話ください", "差替え分", "母が記入", "12/3", "確認済",
    "TEL済", "2通", "転居予定", "あとで連絡", "本人不在", "3月まで", "口座変更", "要確認", "090-1234",
)  # fmt: skip

PENCIL = (0.5, 0.7)
"""Darkness of a pencil, of 1."""

_AT_ONCE = 3
_APART_MM = 14.0
_MARGIN_MM = 6.0
_PRINTED = 0.004


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
    text = pick(rng, NOTES)
    size = float(rng.uniform(3.2, 5.5))
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


@dataclass(frozen=True, slots=True)
class Found:
    """What was found on one sheet, and the processor time that it took."""

    form: str
    damage: str
    hand: str
    planted: tuple[Note, ...]
    places: tuple[Place, ...]
    read: bool

    def has(self, note: Note) -> bool:
        """True where a box that was found meets the note."""
        box = note.box.grown(1.0)
        return any(p.page == note.page and not _apart(p.box, box) for p in self.places)


class Clock:
    """Processor time of the accounting alone, beside that of whole sheets."""

    def __init__(self) -> None:
        self.spent: list[float] = []
        self.sheets: list[float] = []

    def watch(self) -> None:
        """Measure every call that :mod:`ocr.reader` makes from now on."""
        own: Callable[..., Any] = vars(reader_module)["stray_ink"]

        def timed(*given: Any) -> Any:
            begun = time.thread_time()
            try:
                return own(*given)
            finally:
                self.spent.append(time.thread_time() - begun)

        vars(reader_module)["stray_ink"] = timed


def sheets(
    forms: Sequence[FormDef], damages: Sequence[str], count: int, seed: int, planted: bool
) -> Iterator[tuple[FormDef, PracticeSheet, list[Note]]]:
    """Practice sheets, with notes planted or without.

    The office's stamp is only on forms that name a place for it: elsewhere it is a stray. So is what
    stands above a box in place of what was struck out there: sheets without notes have none.
    """
    hands = find_hands(without=MEASURING)
    office = Office()
    for form in forms:
        stamped = any("受付" in place.reason for place in form.silent)
        slips = replace(
            USUAL,
            received=USUAL.received if stamped else 0.0,
            struck_out=USUAL.struck_out if planted else 0.0,
        )
        for index in range(count):
            rng = np.random.default_rng([seed, zlib.crc32(form.id.encode()), index])
            hand = hands[int(rng.integers(len(hands)))]
            damage = damages[index % len(damages)]
            values, home = answers(form, office, rng)
            dpi = source_dpi(damage)
            pages, truth, _ = fill(form, values, home, hand, rng, dpi, slips)
            pages, notes = plant(form, pages, hand, rng, dpi) if planted else (pages, [])
            images, dpis = damaged(pages, damage, rng)
            sheet = PracticeSheet(form.id, tuple(images), dpis, truth, hand.name, damage)
            yield form, sheet, notes


def cluttered(
    forms: Sequence[FormDef], count: int, seed: int
) -> Iterator[tuple[FormDef, PracticeSheet, list[Note]]]:
    """Practice scans with what machines leave: feeder lines, holes, staples, a back that shines
    through."""
    for form, sheet, _ in sheets(forms, ("scan200", "scan300", "mono200"), count, seed, False):
        rng = np.random.default_rng([seed, zlib.crc32(sheet.hand.encode())])
        images = tuple(_cluttered(image, sheet.dpi[0] / MM_PER_INCH, rng) for image in sheet.images)
        yield form, replace(sheet, images=images, damage=f"{sheet.damage} with clutter"), []


def _cluttered(image: Gray, scale: float, rng: Rng) -> Gray:
    """One page with a feeder line, holes, the shadow of a staple, and on gray scans the back."""
    made = image.copy()
    height, width = made.shape
    bilevel = bool(np.isin(image, (0, 255)).all())
    if rng.random() < 0.6 and not bilevel:
        back = cv2.GaussianBlur(cv2.flip(image, 1), (0, 0), 0.3 * scale)
        light = float(rng.uniform(0.08, 0.25))
        faint = cv2.convertScaleAbs(back, alpha=light, beta=255 * (1 - light))
        made = np.asarray(cv2.multiply(made, faint, scale=1 / 255), np.uint8)
    if rng.random() < 0.7:
        x = int(rng.uniform(0.03, 0.97) * width)
        lean = int(rng.uniform(-3, 3) * scale)
        dark = 0
        if not bilevel:
            dark = int(rng.integers(40, 170))
        cv2.line(made, (x, 0), (x + lean, height), dark, max(1, round(0.15 * scale)))
    if rng.random() < 0.7:
        for at in (-40, 40):  # ISO 838: 80 mm apart
            centre = (round(12 * scale), round(height / 2 + at * scale))
            thick = -1 if rng.random() < 0.5 else max(1, round(0.3 * scale))
            cv2.circle(made, centre, round(3 * scale), 0 if bilevel else 40, thick)
    if rng.random() < 0.7:
        start = np.array([rng.uniform(8, 16), rng.uniform(8, 16)]) * scale
        end = start + np.array([10, rng.uniform(-6, 6)]) * scale
        ends = [tuple(int(v) for v in point) for point in (start, end)]
        cv2.line(made, ends[0], ends[1], 0 if bilevel else 60, max(1, round(0.7 * scale)))
    return made


def read(
    made: Iterable[tuple[FormDef, PracticeSheet, list[Note]]],
    reader: Reader,
    clock: Clock | None = None,
) -> Iterator[Found]:
    """Write each sheet to a file and read it as any other."""
    with tempfile.TemporaryDirectory() as folder:
        for form, sheet, notes in made:
            path = save_practice([sheet], Path(folder))[0]
            begun = time.process_time()
            records = [r for r in reader.read(path) if isinstance(r, Record)]
            if clock is not None:
                clock.sheets.append(time.process_time() - begun)
            path.unlink()
            own = [r for r in records if r.form == form.id]
            places = tuple(place for record in own for place in record.places)
            there = bool(own) and not any(p.code == "page_missing" for p in own[0].problems)
            yield Found(form.id, sheet.damage, sheet.hand, tuple(notes), places, there)


def notes_table(found: Sequence[Found]) -> list[str]:
    """Notes planted and found, by damage, tool and what lies under them."""
    groups: dict[str, list[bool]] = defaultdict(list)
    for sheet in found:
        medium = "FAX" if sheet.damage.startswith("fax") else "scans"
        for note in sheet.planted if sheet.read else ():
            tool = "pencil" if note.pencil else "pen"
            ground = "over print" if note.over_print else "on white"
            for name in (medium, f"{medium}, {tool}", f"{medium}, {ground}", sheet.damage):
                groups[name].append(sheet.has(note))
    lines = ["| notes | planted | found | share |", "|---|---|---|---|"]
    for name, hits in sorted(groups.items()):
        share = sum(hits) / len(hits)
        lines.append(table_row(name, len(hits), sum(hits), f"{share:.3f}"))
    return lines


def alarms_table(groups: Mapping[str, Sequence[Found]]) -> list[str]:
    """Sheets without a note on which one was found."""
    lines = ["| sheets without a note | read | with a false alarm | share |", "|---|---|---|---|"]
    for name, found in groups.items():
        read_ones = [sheet for sheet in found if sheet.read]
        alarms = sum(bool(sheet.places) for sheet in read_ones)
        share = alarms / max(1, len(read_ones))
        lines.append(table_row(name, len(read_ones), alarms, f"{share:.2%}"))
    return lines


def main() -> None:
    """Measure, and write the section into docs/benchmarks.md."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--count", type=int, default=60, help="sheets without a note, each form")
    options.add_argument("--notes", type=int, default=30, help="sheets with notes, each form")
    options.add_argument("--seed", type=int, default=904)
    options.add_argument("--show", action="store_true", help="print every miss and every alarm")
    options.add_argument("--dry", action="store_true", help="print, but do not write the report")
    given = options.parse_args()
    forms = []
    for f in load_forms(SAMPLES / "forms").values():
        if f.kind == "form":
            forms.append(f)
    by_id = {form.id: form for form in forms}
    reader = Reader(by_id, Office(), ReadingSettings(threads=1), IntakeSettings())
    clock = Clock()
    clock.watch()
    plain = list(read(sheets(forms, DAMAGES, given.count, given.seed, False), reader, clock))
    spent = list(clock.spent)
    whole = list(clock.sheets)
    third = max(3, given.count // 4)
    clutter = list(read(cluttered(forms, third, given.seed + 2), reader))
    made = sheets(forms, PLANTED, given.notes, given.seed + 1, True)
    planted = list(read(made, reader))
    if given.show:
        _show(plain, clutter, planted)
    groups = {
        "practice sheets, all damages": plain,
        "with feeder lines, holes, staples, show-through": clutter,
    }
    body = "\n".join(
        [
            "Notes of two and more characters, 3 mm high and higher, outside all fields:",
            "",
            *notes_table(planted),
            "",
            *alarms_table(groups),
            "",
            f"Processor time of the accounting: {1000 * float(np.mean(spent)):.1f} ms a sheet in the "
            f"mean, of {1000 * float(np.mean(whole)):.0f} ms ({sum(spent) / sum(whole):.1%}).",
        ]
    )
    if given.dry:
        print(body)
    else:
        write_section("Ink accounting", body, "make bench-stray")


def _show(plain: Sequence[Found], clutter: Sequence[Found], planted: Sequence[Found]) -> None:
    """Every alarm and every miss."""
    for sheet in (*plain, *clutter):
        if not sheet.read:
            print("not read:", sheet.form, sheet.damage, sheet.hand)
        elif sheet.places:
            boxes = [(place.page, place.box.as_list()) for place in sheet.places]
            print("alarm:", sheet.form, sheet.damage, sheet.hand, boxes)
    for sheet in planted:
        for note in sheet.planted if sheet.read else ():
            if not sheet.has(note):
                print("missed:", sheet.form, sheet.damage, sheet.hand, note)


if __name__ == "__main__":
    main()
