"""The same sheet scanned twice, and sheets that are not: which ones the ink tells apart
(:mod:`ocr.ink.inkprint`).

Run ``python -m benchmarks.duplicates``. Practice sheets are filled once and scanned twice by
different machines (other noise, other turns, other resolution, FAX). Against them stand the same
answers written anew by the same hand, which is nearer than any two applications of one person are,
all other sheets of the form, and, with ``--little``, sheets on which people marked the same few
options and wrote nothing else. A pair of which one scan has hardly any ink counts as missed.
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.accuracy import SAMPLES
from benchmarks.handsets import MEASURING
from ocr.ink.inkprint import InkPrint, ink_print
from ocr.laid_sheet import make_sheet
from ocr.pages.opening import open_pages
from ocr.practice.damage import damaged, source_dpi
from ocr.practice.fill import USUAL, fill
from ocr.practice.hands import find_hands
from ocr.practice.practicesheets import PracticeSheet
from ocr.practice.truths import answers
from ocr.practice.write import save_practice
from ocr.reader import Reader, _Found
from records.formloading import load_forms
from records.forms import FormDef
from records.halves import same_writing
from records.inkbits import SAME, differing, is_one_sheet
from records.site import IntakeSettings, Office, ReadingSettings
from records.types import Gray, SheetPage

DAMAGES = ("scan300", "scan200", "mono300", "mono200", "fax_fine", "fax_standard", "skewed")
FORMS = ("child_allowance", "staff_survey", "account_transfer", "citizen_opinion")
Inks = Mapping[int, InkPrint]


@dataclass(frozen=True, slots=True)
class Scanned:
    """The ink of one sheet by page, scanned twice, and of the same answers where they were written
    anew."""

    form: str
    index: int
    damages: tuple[str, str]
    first: Inks
    again: Inks
    anew: Inks | None


class Machine:
    """Takes the ink of pages as the reader does, without reading a word."""

    def __init__(self, forms: Mapping[str, FormDef], folder: Path) -> None:
        self._reader = Reader(forms, Office(), ReadingSettings(), IntakeSettings())
        self._folder = folder
        self.spent: list[float] = []

    def inks(self, form: FormDef, pages: Sequence[Gray], damage: str, seed: Sequence[int]) -> Inks:
        """Scan filled pages and take their ink."""
        images, dpi = damaged(pages, damage, np.random.default_rng(seed))
        sheet = PracticeSheet(form.id, tuple(images), dpi, {}, "", damage)
        path = save_practice([sheet], self._folder)[0]
        made: dict[int, InkPrint] = {}
        for page in open_pages(path, IntakeSettings()):
            for found in self._reader._identify(page, path, form.id):  # type: ignore[arg-type]
                if isinstance(found, _Found):
                    face = found.aligned.blank.page
                    own = [item for item in form.fields.values() if item.page == face]
                    aligned = make_sheet(found.page, found.aligned, own)
                    begun = time.thread_time()
                    made[face] = ink_print(aligned)
                    self.spent.append(time.thread_time() - begun)
        path.unlink()
        return made


MARKED = ("choice", "choices", "mark")


def scanned(
    machine: Machine,
    form: FormDef,
    indexes: range,
    seed: int,
    little: bool = False,
    anew: int = 1_000_000,
) -> Iterator[Scanned]:
    """Sheets of a form, each scanned twice.

    Args:
        anew: of so many sheets the answers are written once more.
        little: everybody marks what the first person marked, and writes nothing.
    """
    marks: Mapping[str, Any] = {}
    hands = find_hands(without=MEASURING)
    slips = replace(USUAL, received=0.0)
    for index in indexes:
        key = [seed, zlib.crc32(form.id.encode()), index]
        rng = np.random.default_rng(key)
        hand = hands[int(rng.integers(len(hands)))]
        values, home = answers(form, Office(), rng)
        if little:
            marks = marks or {n: v for n, v in values.items() if form.fields[n].kind in MARKED}
            values = {**dict.fromkeys(values), **marks}
        one = DAMAGES[index % len(DAMAGES)]
        other = DAMAGES[(index * 3 + 1) % len(DAMAGES)]
        first_pages, _, _ = fill(form, values, home, hand, rng, source_dpi("scan300"), slips)
        written_anew = None
        if index - indexes.start < anew:
            second_pages, _, _ = fill(form, values, home, hand, rng, source_dpi("scan300"), slips)
            written_anew = machine.inks(form, second_pages, one, [*key, 3])
        yield Scanned(
            form.id,
            index,
            (one, other),
            machine.inks(form, first_pages, one, [*key, 1]),
            machine.inks(form, first_pages, other, [*key, 2]),
            written_anew,
        )


def compared(one: Inks, other: Inks) -> tuple[tuple[int, ...], bool]:
    """Bits that differ, page by page, none where nothing can be compared; and whether the two are
    taken for one sheet."""
    pairs = [
        (_page(one[face], face), _page(other[face], face))
        for face in sorted(one.keys() & other.keys())
        if one[face].bits and other[face].bits
    ]
    bits = tuple(differing(a.ink, b.ink) for a, b in pairs)
    return bits, bool(pairs) and same_writing(pairs)


def _page(ink: InkPrint, face: int) -> SheetPage:
    return SheetPage("", 1, face, ink.bits, ink.strokes)


def told(name: str, found: Sequence[tuple[tuple[int, ...], bool]]) -> str:
    """A row of the table."""
    bits = [bits for bits, _ in found if bits]
    if not bits:
        return f"| {name} | {len(found)} | | | | |"
    most = [max(one) for one in bits]
    spread = f"{min(most)}–{int(np.median(most))}–{max(most)}"
    by_bits = sum(map(is_one_sheet, bits))
    all_told = sum(alike for _, alike in found)
    share = f"{all_told} ({all_told / len(found):.2%})"
    return f"| {name} | {len(found)} | {spread} | {by_bits} | {share} | {len(found) - len(bits)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=25)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--forms", nargs="*", default=list(FORMS))
    parser.add_argument("--seed", type=int, default=14)
    parser.add_argument("--anew", type=int, default=1_000_000, help="written anew, of each form")
    parser.add_argument("--little", action="store_true", help="only marks, the same on every sheet")
    given = parser.parse_args()
    forms = load_forms(SAMPLES / "forms")
    print(
        "| pairs | n | bits that differ of 1024: least–median–most "
        f"| one sheet by bits (≤ {SAME}) | one sheet | too little ink |"
    )
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        machine = Machine(forms, Path(folder))
        for name in given.forms:
            indexes = range(given.start, given.start + given.count)
            made = scanned(machine, forms[name], indexes, given.seed, given.little, given.anew)
            sheets = list(made)
            for what, pairs in _pairs(sheets).items():
                print(told(f"{name}: {what}", [compared(a, b) for a, b in pairs]), flush=True)
            for sheet in sheets:
                bits, is_found = compared(sheet.first, sheet.again)
                if not is_found:
                    print(f"missed: {name} {sheet.index} {sheet.damages} {bits}")
    print(f"\n{1000 * float(np.median(machine.spent)):.1f} ms of processor time a page")


def _pairs(sheets: Sequence[Scanned]) -> dict[str, list[tuple[Inks, Inks]]]:
    others = [(a.first, b.again) for a, b in itertools.permutations(sheets, 2)]
    return {
        "scanned twice": [(s.first, s.again) for s in sheets],
        "same answers written anew": [(s.first, s.anew) for s in sheets if s.anew],
        "other sheets": others,
    }


if __name__ == "__main__":
    main()
