"""How often the recogniser says the other form of a letter when that is what was written.

Run ``python -m tools.name_forms``: the names of ``ocr/weigh/forms.txt`` are written into name fields by
practice hands, read, and the last column of the table is measured anew.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np

import ocr.weigh.twins
from ocr.practice.damage import damaged, source_dpi
from ocr.practice.fill import NONE, fill
from ocr.practice.fontglyphs import font_for
from ocr.practice.hands import Hand, find_hands
from ocr.practice.practicesheets import PracticeSheet
from ocr.practice.truths import answers
from ocr.practice.write import save_practice
from ocr.reader import Reader
from records.formloading import load_form
from records.forms import FormDef
from records.site import IntakeSettings, Office, ReadingSettings
from records.types import Record

FORM = Path(__file__).parent.parent / "samples" / "variants" / "park_permit"


def name_form() -> FormDef:
    """A form whose text fields hold names."""
    form = load_form(FORM)
    fields = {}
    for name, item in form.fields.items():
        fields[name] = replace(item, kind="name") if item.kind == "text" else item
    return replace(form, fields=fields)


def written(form: FormDef, hand: Hand, names: list[str], seed: int) -> PracticeSheet:
    """A sheet with one of ``names`` in each of its name fields."""
    rng = np.random.default_rng([seed, hand.seed])
    values, home = answers(form, Office(), rng)
    places = [name for name, item in form.fields.items() if item.kind == "name"]
    values.update(dict.fromkeys(places))
    values.update(zip(places, names, strict=False))
    pages, truth, notes = fill(form, values, home, hand, rng, source_dpi("scan300"), NONE)
    images, dpi = damaged(pages, "scan300", rng)
    return PracticeSheet(form.id, tuple(images), dpi, truth, hand.name, "scan300", notes)


def measure(hands: list[Hand], seed: int) -> dict[str, list[bool]]:
    """For each other form whether it was read as such, once for every hand that can write it."""
    form = name_form()
    rows = ocr.weigh.twins.rows()
    reader = Reader({form.id: form}, Office(), ReadingSettings(), IntakeSettings())
    said: dict[str, list[bool]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        for hand in hands:
            own = [row for row in rows if font_for(hand.fonts[:1], row.form) is not None]
            for start in range(0, len(own), 7):
                some = own[start : start + 7]
                sheet = written(form, hand, [row.example for row in some], seed)
                path = save_practice([sheet], Path(folder))[0]
                records = [r for r in reader.read(path, only="") if isinstance(r, Record)]
                texts = []
                if records:
                    texts = [f.text for f in records[0].fields.values()]
                for row in some:
                    place = [n for n, t in sheet.truth.items() if t == row.example]
                    if texts and place:
                        said[row.form].append(row.form in records[0].fields[place[0]].text)
                path.unlink()
    return said


def main() -> None:
    """Measure, and write the table anew."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--per-font", type=int, default=1)
    options.add_argument("--seed", type=int, default=3)
    given = options.parse_args()
    said = measure(find_hands(per_font=given.per_font), given.seed)
    lines = []
    for line in ocr.weigh.twins.PATH.read_text(encoding="utf-8").splitlines():
        cells = line.split()
        if not line.startswith("#"):
            hits = said.get(cells[1], [])
            cells[4] = f"{sum(hits) / len(hits):.2f}" if hits else "-"
            line = " ".join(cells)
        lines.append(line)
    ocr.weigh.twins.PATH.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
