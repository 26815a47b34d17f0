"""A row that a target can never take goes back to a person, and the others go on."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from flows.definitions import load_definitions
from flows.delivery import Delivery
from records.journal import open_journal
from records.types import Decision, Field, Receipt, Record
from tests.flows.office import FORM, make_office

CORE = (
    FORM.replace('to = "excel"', 'to = "csv"\nencoding = "cp932"')
    .replace("survey.xlsx", "core.csv")
    .replace('sheet = "受付簿"\n', "")
)


def test_a_character_that_the_core_system_lacks_returns_the_record(tmp_path: Path) -> None:
    definitions = load_definitions(make_office(tmp_path / "office", form=CORE))
    now = dt.datetime.now(dt.UTC)
    document = "ab" * 32
    with open_journal(definitions.site.journal) as journal:
        journal.documents.receive(document, "a.json", 1, now)
        sheets = [
            Record(
                Record.id_of(document, page),
                document,
                (page,),
                "survey",
                1,
                0.9,
                {"number": Field("number", "text", text, text, 0.999, unseen=True)},
            )
            for page, text in enumerate(("𠮷野", "吉野"), 1)
        ]
        journal.readings.store(
            document, sheets, receipts=[Receipt("read", "survey", "EFF-01", {}, 1.0)], at=now
        )
        delivery = Delivery(definitions, journal)
        (job,) = delivery.jobs()
        handed = delivery.deliver(job)
        assert handed.rows == 1
        assert any("「𠮷」は cp932 にない" in note for note in handed.notes)
        row = journal.records.get(sheets[0].id)
        assert row is not None
        assert (row.state, row.line.code) == ("returned", "refused")
        assert delivery.jobs() == []
        journal.reviews.decide(
            Decision(sheets[0].id, "number", "𠮷野", "吉野", "correct", "山田", now, 3.0)
        )
        assert [delivery.deliver(job).rows for job in delivery.jobs()] == [1]
        assert journal.tallies.counts().records["delivered"] == 2
    text = (tmp_path / "office" / "ledgers" / "core.csv").read_bytes().decode("cp932")
    assert text.count("吉野") == 2
