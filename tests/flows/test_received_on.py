"""A sheet is judged as of the day on which it came in, however late it is read or corrected."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from desk.answers import answer
from flows.definitions import load_definitions
from flows.intake import Intake
from flows.replay import Reader as Replay
from ocr.reader import Reader
from records.formloading import load_form
from records.forms import CheckDef
from records.journal import open_journal
from records.site import IntakeSettings, ReadingSettings
from records.types import Record
from tests.flows.office import FORM, drop, make_office, sheet
from tests.kashima import KASHIMA

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
APPLIED = dt.date(2025, 8, 27)


def problems_of(received_on: dt.date | None) -> list[str]:
    """What the check 「申請日から受付日まで14日以内」 says of a typed sheet, read for a day."""
    form = dataclasses.replace(
        load_form(SAMPLES / "forms" / "online_application"),
        checks=(CheckDef("within_days", ("applied_on",), params={"days": 14}),),
    )
    reader = Reader({form.id: form}, KASHIMA, ReadingSettings(), IntakeSettings())
    path = SAMPLES / "scans" / "online_application_02.pdf"
    (record,) = reader.read(path, received_on=received_on)
    assert isinstance(record, Record)
    return [p.code for p in record.fields["applied_on"].problems]


def test_a_deadline_is_counted_to_the_day_of_receipt() -> None:
    assert problems_of(APPLIED + dt.timedelta(days=14)) == []
    assert problems_of(APPLIED + dt.timedelta(days=15)) == ["within_days"]
    assert problems_of(None) == ["within_days"], "without a day it is today"


class Told:
    """A reader that notes the day that it is told."""

    def __init__(self) -> None:
        self.days: list[Any] = []

    def read(
        self, path: Path, document: str = "", only: str = "", received_on: dt.date | None = None
    ) -> Iterator[Record]:
        self.days.append(received_on)
        return iter(())

    def explain(self, path: Path) -> list[str]:
        return []


def test_the_service_reads_as_of_the_day_of_receipt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The document waits in the journal for five days before it is read."""
    site = make_office(tmp_path)
    definitions = load_definitions(site)
    reader = Told()
    came_in = dt.datetime(2026, 3, 31, 16, 30, tzinfo=dt.UTC)  # 1 April in Japan
    with open_journal(definitions.site.journal) as journal:
        with monkeypatch.context() as patch:
            patch.setattr(Intake, "now", lambda self: came_in)
            intake = Intake(definitions, journal, reader)
            drop(site, "a.json", sheet("1"))
            intake.sweep()
            intake.sweep()  # a file is taken at the second look at the earliest
        row = intake.claim()
        assert row is not None
        intake.read(row)
    assert reader.days == [dt.date(2026, 4, 1)]


DATED = (
    FORM.replace(
        'name = "number"\nlabel = "番号"\nkind = "text"',
        'name = "number"\nlabel = "申請日"\nkind = "date"',
    )
    + """
[[check]]
rule = "within_days"
of = ["number"]
days = 14
"""
)


def test_a_correction_is_checked_as_of_the_day_of_receipt(tmp_path: Path) -> None:
    """Whoever corrects the sheet months later is not told that the deadline has passed since."""
    site = make_office(tmp_path, form=DATED)
    definitions = load_definitions(site)
    with open_journal(definitions.site.journal) as journal:
        document = "d" * 64
        at = dt.datetime(2025, 9, 1, 3, tzinfo=dt.UTC)
        journal.documents.receive(document, "a.json", 1, at)
        journal.documents.claim("t", 1, 60.0, at)
        form = definitions.forms["survey"]
        told = tmp_path / "a.json"
        told.write_text(json.dumps({"sheets": [sheet("2025-08-01")]}), encoding="utf-8")
        office = definitions.site.office
        replay = Replay(
            definitions.forms, office, definitions.site.reading, definitions.site.intake
        )
        records = [r for r in replay.read(told, document) if isinstance(r, Record)]
        journal.readings.store(document, records, [], [], at=at, pages=1)
        row = journal.records.get(records[0].id)
        assert row is not None
        assert row.line.received_on == dt.date(2025, 9, 1)
        assert answer(form, row, "number", "2025-08-20", office).problems == ()
        late = answer(form, row, "number", "2025-08-01", office).problems
        assert [p.code for p in late] == ["within_days"]
