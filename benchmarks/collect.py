"""Practice sheets read the whole way, field by field against their truth: what accuracy is measured
and trust is fitted on."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ocr.practice.hands import Hand
from ocr.practice.practicesheets import PracticeSheet, practice_sheets
from ocr.practice.write import save_practice
from ocr.reader import Reader
from records.compare import same
from records.forms import FormDef
from records.site import IntakeSettings, ReadingSettings, load_site
from records.types import Field, Record

SAMPLES = Path(__file__).parent.parent / "samples"


@dataclass(frozen=True, slots=True)
class ReadField:
    """One field of one practice sheet.

    Attributes:
        truth: the value that was written; ``filled`` whether anything was.
        right: the value read is the truth.
        features: what trust was computed from; empty where the sheet was not read at all.
    """

    form: str
    sheet: int
    name: str
    kind: str
    hand: str
    damage: str
    truth: Any
    value: Any
    text: str
    filled: bool
    right: bool
    p: float
    unseen: bool
    problems: tuple[str, ...]
    features: Mapping[str, float]


def read_practice(
    forms: Sequence[FormDef],
    hands: Sequence[Hand],
    damages: Sequence[str],
    count: int,
    seed: int,
    reader: Reader | None = None,
) -> Iterator[ReadField]:
    """Make ``count`` sheets of each form, write them to files, read the files, and compare."""
    office = load_site(SAMPLES).office
    reader = reader or Reader({f.id: f for f in forms}, office, ReadingSettings(), IntakeSettings())
    for place, form in enumerate(forms):
        sheets = practice_sheets(form, office, count, seed, hands, damages)
        for row in read_sheets(form, sheets, reader):
            yield replace(row, sheet=place * count + row.sheet)


def read_sheets(
    form: FormDef, sheets: Iterable[PracticeSheet], reader: Reader
) -> Iterator[ReadField]:
    """Write sheets of a form to files, read the files, and compare; sheets count from 1."""
    with tempfile.TemporaryDirectory() as folder:
        for number, sheet in enumerate(sheets, 1):
            path = save_practice([sheet], Path(folder))[0]
            items = list(reader.read(path, only=""))
            records = []
            for item in items:
                if isinstance(item, Record) and item.form == form.id:
                    records.append(item)
            yield from _compared(form, sheet, number, records[0].fields if records else {})
            path.unlink()


def _compared(
    form: FormDef, sheet: PracticeSheet, number: int, fields: Mapping[str, Field]
) -> Iterator[ReadField]:
    for name, item in form.fields.items():
        truth = sheet.truth.get(name)
        read = fields.get(name)
        filled = truth not in (None, "", False, [], {})
        if read is None:
            yield ReadField(
                form.id,
                number,
                name,
                item.kind,
                sheet.hand,
                sheet.damage,
                truth,
                None,
                "",
                filled,
                False,
                0.0,
                False,
                ("not_read",),
                {},
            )
            continue
        judged = next((r.features for r in reversed(read.readings) if r.engine == "trust"), {})
        yield ReadField(
            form.id,
            number,
            name,
            item.kind,
            sheet.hand,
            sheet.damage,
            truth,
            read.value,
            read.text,
            filled,
            same(item.kind, truth, read.value),
            read.p,
            read.unseen,
            tuple(p.code for p in read.problems),
            judged,
        )
