"""A form whose initiative may not run is neither read nor delivered, and a person is told what to
do."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from flows.composition import make_reader, open_site
from flows.definitions import load_definitions
from flows.delivery import Delivery
from flows.gate import closed_forms
from flows.intake import Intake
from flows.service import run_service
from flows.servicetotals import Told
from initiatives.work import works_of_totals
from records.errors import DefinitionError
from records.journal import open_journal
from records.types import Decision
from tests.flows.office import FORM, drop, make_office, sheet

OTHER = (
    FORM.replace('id = "survey"', 'id = "other"')
    .replace("EFF-01", "EFF-02")
    .replace("survey.xlsx", "other.xlsx")
)
DAY = dt.date(2026, 6, 1)


def set_status(site: Path, code: str, status: str) -> None:
    path = site / "strategy.toml"
    head, found, tail = path.read_text(encoding="utf-8").partition(f'code = "{code}"')
    assert found
    path.write_text(
        head + found + tail.replace('status = "試行"', f'status = "{status}"', 1), encoding="utf-8"
    )


def two_forms(folder: Path) -> Path:
    """A site with the forms ``survey`` (EFF-01) and ``other`` (EFF-02)."""
    make_office(folder)
    (folder / "forms" / "other").mkdir()
    (folder / "forms" / "other" / "form.toml").write_text(OTHER, encoding="utf-8")
    (folder / "forms" / "other" / "blank.png").write_bytes(
        (folder / "forms" / "survey" / "blank.png").read_bytes()
    )
    return folder


def read_all(intake: Intake) -> dict[str, str]:
    """Read what waits; state or reason by file name."""
    intake.sweep()
    intake.sweep()  # a file is taken at the second look at the earliest
    outcomes = {}
    while (row := intake.claim()) is not None:
        outcome = intake.read(row)
        outcomes[outcome.name] = outcome.reason or outcome.state
    return outcomes


@pytest.mark.parametrize(
    ("status", "words"),
    [("休止", "「休止」です"), ("検討", "「検討」です"), ("本格", "基準時間がない")],
)
def test_the_reason_names_form_initiative_and_remedy(
    tmp_path: Path, status: str, words: str
) -> None:
    site = make_office(tmp_path)
    assert closed_forms(load_definitions(site), DAY) == {}
    set_status(site, "EFF-01", status)
    reason = closed_forms(load_definitions(site), DAY)["survey"]
    assert "様式「職員アンケート」" in reason
    assert "EFF-01" in reason
    assert words in reason


def test_production_runs_once_it_has_a_baseline(tmp_path: Path) -> None:
    site = make_office(tmp_path)
    set_status(site, "EFF-01", "本格")
    with (site / "strategy.toml").open("a", encoding="utf-8") as file:
        file.write(
            '\n[[baseline]]\ninitiative = "EFF-01"\nvalid_from = '
            '2026-04-01\nbasis = "申告"\nminutes = 4\nsource = "s"\n'
        )
    assert closed_forms(load_definitions(site), DAY) == {}


def test_sheets_of_a_closed_form_are_set_aside_and_the_others_are_read(tmp_path: Path) -> None:
    site = two_forms(tmp_path / "office")
    set_status(site, "EFF-02", "休止")
    definitions = load_definitions(site)
    drop(site, "open.json", sheet("1"))
    drop(site, "closed.json", sheet("2") | {"form": "other"})
    drop(site, "both.json", sheet("3"), sheet("4") | {"form": "other"})
    drop(site, "other/known.json", sheet("5") | {"form": "other"})
    with open_journal(definitions.site.journal) as journal:
        intake = Intake(definitions, journal, make_reader(definitions))
        outcomes = read_all(intake)
        assert {name: outcomes[name] for name in ("open.json", "both.json")} == {
            "open.json": "read",
            "both.json": "read",
        }
        for name in ("closed.json", "known.json"):
            assert "「休止」です" in outcomes[name]
            assert "torikomi retry" in outcomes[name]
        assert journal.tallies.counts().records["ready"] == 2
        assert {work.initiative for work in works_of_totals(journal.work.totals())} == {
            "EFF-01"
        }  # not started is no failure
    reasons = [path.read_text(encoding="utf-8") for path in (site / "failed").rglob("*.txt")]
    assert len(reasons) == 3
    assert all("「休止」です" in reason for reason in reasons)


def test_rows_of_an_initiative_that_was_stopped_are_held_back(tmp_path: Path) -> None:
    site = two_forms(tmp_path / "office")
    definitions = load_definitions(site)
    drop(site, "a.json", sheet("1"))
    drop(site, "b.json", sheet("2", doubtful=True) | {"form": "other"})
    with open_journal(definitions.site.journal) as journal:
        read_all(Intake(definitions, journal, make_reader(definitions)))
        (waiting,) = journal.reviews.waiting()
        set_status(site, "EFF-02", "終了")
        stopped = Delivery(load_definitions(site), journal)
        journal.reviews.decide(
            Decision(waiting.id, "number", "2", "2", "accept", "山田", stopped.now(), 2.0)
        )
        assert sorted(journal.deliveries.ready_forms()) == ["other", "survey"]
        assert [job.form.id for job in stopped.jobs()] == ["survey"]


def test_where_no_form_may_run_nothing_is_taken(tmp_path: Path) -> None:
    site = make_office(tmp_path / "office")
    set_status(site, "EFF-01", "検討")
    path = drop(site, "a.json", sheet("1"))
    message = r"strategy\.toml.*「検討」です.*「試行」か「本格」"
    with open_site(site) as office, pytest.raises(DefinitionError, match=message):
        run_service(office, Told(), role="once")
    assert path.is_file()
