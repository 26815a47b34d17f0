"""The year of made-up operation goes through the real journal and never passes for real work."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from initiatives.fiscal import Span, year_span
from initiatives.madeup import CHANNEL, StaffHabits, is_made_up, operate
from initiatives.strategy import load_strategy
from initiatives.summary import make_report
from initiatives.work import merged, works_of_rows, works_of_totals
from records.errors import DefinitionError
from records.formloading import load_forms
from records.journal import Journal, open_journal

SAMPLES = Path(__file__).parents[2] / "samples"
SPAN = Span(dt.date(2025, 7, 1), dt.date(2025, 8, 29))
STRATEGY = load_strategy(SAMPLES / "strategy.toml")


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Journal:
    opened = open_journal(f"sqlite:///{tmp_path_factory.mktemp('made') / 'torikomi.db'}")
    forms = load_forms(SAMPLES / "forms", STRATEGY.codes)
    assert operate(opened, STRATEGY, forms, SPAN, scale=0.25, seed=3) > 60
    return opened


def test_everything_made_up_is_marked(journal: Journal) -> None:
    assert is_made_up(journal)
    assert next(iter(journal.chain.events())).kind == "made_up"
    documents = journal.documents.page()
    assert documents
    assert all(d.channel == CHANNEL and d.name.startswith("見本_") for d in documents)
    assert all("見本" in event.actor for event in journal.chain.events(kind="decided"))


def test_no_made_up_value_could_be_somebodys(journal: Journal) -> None:
    for line in journal.records.search(limit=500):
        found = journal.records.get(line.id)
        assert found is not None
        for field in found.record.fields.values():
            if field.kind in ("my_number", "corporate_number", "bank_account"):
                assert field.value is None
            if field.kind == "phone" and field.value:
                assert field.value.startswith("09000000")  # no number of the plan begins so


def test_the_chain_holds_and_the_sums_are_those_of_its_rows(journal: Journal) -> None:
    assert journal.chain.verify() is None
    assert journal.chain.verify_contents() is None
    by_sums = merged(works_of_totals(journal.work.totals()))
    by_rows = merged(works_of_rows(journal.work.receipts(), journal.work.decisions()))
    assert by_sums == by_rows


def test_weekends_stay_empty(journal: Journal) -> None:
    days = {work.day for work in works_of_totals(journal.work.totals())}
    assert days
    assert all(day.weekday() < 5 and day in SPAN for day in days)


def test_a_report_on_it_says_that_it_is_made_up(journal: Journal) -> None:
    report = make_report(journal, STRATEGY, year_span(2025), dt.date(2025, 8, 31))
    assert report.made_up
    assert "架空" in report.caution
    assert report.balance.work.accepted > 50
    assert report.balance.work.decisions > 100


def test_real_work_is_never_mixed_with_it(tmp_path: Path) -> None:
    with open_journal(f"sqlite:///{tmp_path / 'torikomi.db'}") as real:
        real.documents.receive("a" * 64, "本物.pdf", 10, dt.datetime(2025, 7, 1, tzinfo=dt.UTC))
        with pytest.raises(DefinitionError, match="新しいサイト"):
            operate(real, STRATEGY, load_forms(SAMPLES / "forms"), SPAN)
        assert not is_made_up(real)


def test_the_same_seed_makes_the_same_year(tmp_path: Path) -> None:
    forms = {k: f for k, f in load_forms(SAMPLES / "forms").items() if k == "staff_survey"}
    short = Span(dt.date(2025, 7, 1), dt.date(2025, 7, 4))
    made = []
    for name in ("a", "b"):
        with open_journal(f"sqlite:///{tmp_path / name}.db") as opened:
            operate(opened, STRATEGY, forms, short, scale=0.2, habits=StaffHabits(failing=0.2))
            made.append(merged(works_of_totals(opened.work.totals())))
    assert made[0] == made[1]
    assert made[0]
