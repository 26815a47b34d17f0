"""Nothing runs unregistered or unmeasured, and whatever runs leaves its receipt."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from initiatives.fiscal import JAPAN, year_span
from initiatives.prerequisites import measured, require
from initiatives.register import Baseline
from initiatives.saving import Books
from initiatives.strategy import load_strategy
from initiatives.work import works_of_totals
from records.errors import DefinitionError
from records.journal import Journal, open_journal
from tests.initiatives.madeplans import DAY, initiative, register

NOW = dt.datetime(2025, 10, 1, 3, tzinfo=JAPAN)


def test_every_running_form_of_the_sample_office_may_run() -> None:
    strategy = load_strategy(Path(__file__).parents[2] / "samples" / "strategy.toml")
    for code in ("EFF-01", "EFF-02", "EFF-03", "EFF-04", "EFF-05"):
        assert require(strategy, code, day=DAY).code == code


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"pillar": "convenience"}, "業務の効率化"),
        ({"status": "検討"}, "「試行」か「本格」"),
        ({"status": "終了"}, "「終了」です"),
        ({"baselines": ()}, "基準時間がない"),
        ({"baselines": (Baseline(DAY, 1000, "申告", "s", form="other"),)}, "基準時間がない"),
    ],
)
def test_what_is_missing_is_said(changes: dict[str, object], words: str) -> None:
    with pytest.raises(DefinitionError, match=words):
        require(register(initiative(**changes)), "EFF-01", form="claim", day=DAY)


def test_an_unknown_code_names_the_known_ones() -> None:
    with pytest.raises(DefinitionError, match="EFF-01"):
        require(register(), "EFF-9", day=DAY)


def test_a_trial_may_run_to_be_measured() -> None:
    assert require(register(initiative(status="試行", baselines=())), "EFF-01", day=DAY)


def test_a_nightly_task_is_measured_and_its_failure_goes_on(tmp_path: Path) -> None:
    with open_journal(f"sqlite:///{tmp_path / 'torikomi.db'}") as journal:
        with measured(
            journal.work, register(), "EFF-01", "書き出し", now=lambda: NOW, key="night"
        ) as tally:
            tally.done(4)
        with measured(
            journal.work, register(), "EFF-01", "書き出し", now=lambda: NOW, key="night"
        ) as tally:
            tally.done(4)  # the same night again
        with pytest.raises(RuntimeError, match="disk"):
            half_a_night(journal)
        balance = Books(register(), works_of_totals(journal.work.totals()), DAY).balance(
            "EFF-01", year_span(2025)
        )
    assert (balance.work.accepted, balance.work.failed) == (5, 2)


def half_a_night(journal: Journal) -> None:
    with measured(journal.work, register(), "EFF-01", "書き出し", now=lambda: NOW) as tally:
        tally.done()
        tally.fail(2)
        raise RuntimeError("disk")


def test_an_unregistered_task_does_not_start(tmp_path: Path) -> None:
    with open_journal(f"sqlite:///{tmp_path / 'torikomi.db'}") as journal:
        with (
            pytest.raises(DefinitionError),
            measured(journal.work, register(), "X", "書き出し", now=lambda: NOW),
        ):
            raise AssertionError("it ran")
        assert not list(journal.work.receipts())
