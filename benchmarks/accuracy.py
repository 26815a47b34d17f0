"""Fields right, characters right, share unseen and wrong among unseen, against Tesseract and
RapidOCR on the same crops.

Run ``make bench-accuracy``. Practice sheets of the sample forms by hands that neither the heads nor
trust were fitted on (:data:`MEASURING`). The peers are helped as far as their users would: they get
the field's crop from Torikomi's own alignment, a whitelist for numbers, and Torikomi's normalisers;
marks and composite fields are left out for them, as they read none.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks import peers, reliability
from benchmarks.collect import ReadField, read_practice
from benchmarks.handsets import MEASURING
from benchmarks.resultpage import REPORT, table_row, write_section
from benchmarks.textdistance import edits, length
from ocr.pages.opening import open_pages
from ocr.place.align import best_blank, prepare
from ocr.place.blank import load_blanks, pixels
from ocr.practice.hands import find_hands
from ocr.practice.practicesheets import PracticeSheet, practice_sheets
from ocr.practice.write import save_practice
from ocr.trust.model import shipped, target_of
from records.compare import same
from records.formloading import load_forms
from records.forms import FieldDef, FormDef
from records.kinds import kind_of
from records.normalise import normalise
from records.site import IntakeSettings, load_site
from records.types import Gray, Page, Value

SAMPLES = Path(__file__).parent.parent / "samples"

DAMAGES = ("scan300", "scan200", "fax_fine", "fax_standard")
NUMBERS = ("digits", "number", "amount", "postal_code", "phone", "my_number")
LOOK, FIX = 1.0, 1.5
"""Seconds to look at a right value, and at a wrong one, as the public threshold models count."""


@dataclass
class FieldTally:
    """Counts of one group of fields."""

    fields: int = 0
    right: int = 0
    unseen: int = 0
    unseen_wrong: int = 0
    characters: int = 0
    edited: int = 0
    sheets: set[int] = field(default_factory=set)
    seconds: float = 0.0

    def add(self, row: ReadField) -> None:
        self.fields += 1
        self.right += row.right
        self.unseen += row.unseen
        self.unseen_wrong += row.unseen and not row.right
        self.sheets.add(row.sheet)
        self.seconds += 0.0 if row.unseen else LOOK if row.right else FIX
        if isinstance(row.truth, str):
            size = length(row.truth)
            self.characters += size
            self.edited += min(size, edits(row.truth, str(row.value or "")))

    def line(self, name: str) -> str:
        characters = 1.0
        if self.characters:
            characters = 1 - self.edited / self.characters
        wrong = 0.0
        if self.unseen:
            wrong = self.unseen_wrong / self.unseen
        right = self.right / self.fields
        unseen = self.unseen / self.fields
        seconds = self.seconds / max(1, len(self.sheets))
        return table_row(
            name,
            self.fields,
            f"{right:.3f}",
            f"{characters:.3f}",
            f"{unseen:.3f}",
            f"{self.unseen_wrong} ({wrong:.2%})",
            f"{seconds:.1f}",
        )


HEADER = [
    "| group | filled fields | right | characters right | unseen | wrong among unseen | human s/sheet |",
    "|---|---|---|---|---|---|---|",
]


def own_table(rows: Iterable[ReadField], detailed: bool = True) -> list[str]:
    """The table of Torikomi's own figures over filled fields, by group; ``detailed`` by damage,
    kind and hand, too."""
    groups: dict[tuple[int, str], FieldTally] = defaultdict(FieldTally)
    for row in rows:
        if not row.filled and row.right:
            continue
        place = "scans" if row.damage.startswith("scan") else "FAX"
        mark = "marks" if kind_of(row.kind).is_ink else "text fields"
        free = "free text (lines)" if row.kind == "lines" else "all but free text"
        hand = row.hand.split("/")[0]
        names = ["all", place, mark, free]
        names += [f"damage {row.damage}", f"kind {row.kind}", f"hand {hand}"] if detailed else []
        for order, name in enumerate(names):
            groups[(order, name)].add(row)
    return HEADER + [groups[key].line(key[1]) for key in sorted(groups)]


def at_target(
    rows: Iterable[ReadField], forms: Sequence[FormDef], target: float
) -> list[ReadField]:
    """The same fields as they would be shown or not if every form allowed ``target`` wrong values
    among unseen ones."""
    trust = shipped()
    by_id = {form.id: replace(form, wrong_per_unseen=target) for form in forms}
    found = []
    for row in rows:
        found.append(
            replace(
                row,
                unseen=bool(row.features)
                and not row.problems
                and trust.needs_no_eyes(
                    row.kind,
                    row.features,
                    row.p,
                    target_of(by_id[row.form], row.kind, row.features),
                ),
            )
        )
    return found


def peer_table(
    forms: Sequence[FormDef], count: int, seed: int, own: Sequence[ReadField]
) -> list[str]:
    """Simple text fields read from the same crops by the peers, beside Torikomi's figure for the
    same fields."""
    hands = find_hands(families=MEASURING)
    readers: dict[str, Callable[[Gray, bool], str]] = {
        "RapidOCR on crops": lambda image, _: peers.rapid_crop(image)
    }
    if peers.tesseract_version():
        readers["Tesseract on crops, whitelist for numbers"] = lambda image, number: (
            peers.tesseract(peers.border(image), 7, peers.DIGITS if number else "")
        )
    right: dict[str, list[bool]] = defaultdict(list)
    names: set[tuple[str, str]] = set()
    office = load_site(SAMPLES).office
    with tempfile.TemporaryDirectory() as folder:
        for form in forms:
            blanks = load_blanks(form)
            for sheet in practice_sheets(form, office, count, seed, hands, DAMAGES):
                path = save_practice([sheet], Path(folder))[0]
                for page in open_pages(path, IntakeSettings()):
                    aligned = []
                    if isinstance(page, Page):
                        aligned = best_blank(prepare(page), blanks)
                    if not aligned:
                        continue
                    for item, truth in _simple_fields(form, sheet, aligned[0].blank.page):
                        assert item.area is not None
                        names.add((form.id, item.name))
                        crop = aligned[0].image[pixels(item.area, aligned[0].image)]
                        for name, read in readers.items():
                            text = read(crop, item.kind in NUMBERS)
                            value = normalise(item, text, office).value
                            right[name].append(same(item.kind, truth, value))
                path.unlink()
    mine = []
    for r in own:
        if r.filled and (r.form, r.name) in names:
            mine.append(r.right)
    lines = ["| reader | fields | right |", "|---|---|---|"]
    for name, hits in (("Torikomi", mine), *right.items()):
        share = sum(hits) / max(1, len(hits))
        lines.append(f"| {name} | {len(hits)} | {share:.3f} |")
    return lines


def _simple_fields(
    form: FormDef, sheet: PracticeSheet, page: int
) -> Iterator[tuple[FieldDef, Value]]:
    """Filled fields of one line on a page, which any reader of text can be asked, with the truth."""
    for item in form.fields.values():
        is_line = item.traits.is_written and item.kind != "lines"
        has_one_place = item.place is not None and not item.parts and item.area is not None
        truth = sheet.truth.get(item.name)
        is_there = item.page == page and truth not in (None, "")
        if is_line and has_one_place and is_there:
            yield item, truth


def main() -> None:
    """Measure and write the section into docs/benchmarks.md."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--count", type=int, default=8, help="sheets of each form")
    options.add_argument("--seed", type=int, default=77)
    options.add_argument(
        "--cells", type=Path, default=None, help="a folder of real characters to write digits with"
    )
    given = options.parse_args()
    forms = list(load_forms(SAMPLES / "forms").values())
    hands = find_hands(families=MEASURING, cells=given.cells)
    rows = list(read_practice(forms, hands, DAMAGES, given.count, given.seed))
    body = "\n".join(
        [
            f"{len({r.sheet for r in rows})} practice sheets, hands "
            f"{', '.join(MEASURING)} (held out), damages {', '.join(DAMAGES)}, "
            "every form at the target of 0.5 % wrong among unseen.",
            "",
            *own_table(at_target(rows, forms, 0.005)),
            "",
            "The same readings at the target of 0.1 %:",
            "",
            *own_table(at_target(rows, forms, 0.001), detailed=False),
            "",
            "Simple text fields, every reader on the same sheets:",
            "",
            *peer_table(forms, given.count, given.seed, rows),
        ]
    )
    repeat = f"make bench-accuracy (--count {given.count} --seed {given.seed})"
    write_section("Accuracy", body, repeat)
    write_section("Reliability", reliability_section(rows), repeat)


def reliability_section(rows: Sequence[ReadField]) -> str:
    """The diagram, and the table by kind: filled fields that were read, and empty ones in which
    something was seen."""
    told = [
        row
        for row in rows
        if row.features and (row.filled or not row.right or not row.features.get("empty"))
    ]
    judged = [(row.kind, row.p, row.right) for row in told]
    sheets = len({row.sheet for row in rows})
    note = f"{len(judged)} values of {sheets} sheets by hands that neither the heads nor trust were fitted on"
    lines = reliability.write(REPORT.parent / "reliability.svg", judged, note)
    return "\n".join(
        [
            "![Share of values right against the p that was said, with intervals](reliability.svg)",
            "",
            f"{note}. Expected calibration error: how far said and right lie "
            "apart, over the bins of the diagram; Brier: mean squared "
            "distance of p from what came out. A kind with few values says little.",
            "",
            *lines,
        ]
    )


if __name__ == "__main__":
    main()
