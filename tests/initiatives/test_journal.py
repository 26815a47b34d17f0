"""From the real journal to the figures: running sums, single rows and what is expected by hand
agree."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from initiatives.fiscal import year_span
from initiatives.register import Handling
from initiatives.saving import Books
from initiatives.savingtable import read_savings, savings, text
from initiatives.work import merged, staff_receipt, task_receipt, works_of_rows, works_of_totals
from records.journal import Journal, open_journal
from records.types import Decision, Field, Receipt, Record
from tests.initiatives.madeplans import initiative, register

JST = dt.timezone(dt.timedelta(hours=9))
NIGHT = dt.datetime(2026, 3, 31, 23, 50, tzinfo=JST)
UNTIL = dt.date(2026, 4, 30)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with open_journal(f"sqlite:///{tmp_path / 'torikomi.db'}") as opened:
        yield opened


def sheet(
    journal: Journal, number: int, at: dt.datetime, seconds: float, *, wrong: bool = False
) -> str:
    """One claim through the journal: read, one doubtful and one sampled field looked at, delivered
    twice over."""
    sha = f"{number:016x}" + "0" * 48
    journal.documents.receive(sha, f"{number}.pdf", 100, at=at)
    fields = {
        "name": Field("name", "name", "鹿島", "鹿島", 0.6),
        "zip": Field("zip", "postal_code", "8491311", "8491311", 0.99, unseen=True, sampled=True),
        "phone": Field("phone", "phone", "0954632111", "0954632111", 0.999, unseen=True),
    }
    record = Record(Record.id_of(sha, 1), sha, (1,), "claim", 1, 0.9, fields)
    counts = {"sheets": 1, "fields": 3, "unseen": 2}
    journal.readings.store(
        sha, [record], receipts=[Receipt("read", "claim", "EFF-01", counts, 4.2)], at=at, pages=1
    )
    for name in ("name", "zip"):
        verdict = "correct" if wrong else "accept"
        journal.reviews.decide(
            Decision(
                record.id,
                name,
                fields[name].value,
                "直し" if wrong else fields[name].value,
                verdict,
                "職員",
                at,
                seconds,
            )
        )  # type: ignore[arg-type]
    for target in ("excel:a", "csv:b"):
        rows = journal.deliveries.ready(10, target=target)
        journal.deliveries.delivered(
            rows,
            target,
            Receipt("deliver", "claim", "EFF-01", {"rows": 1}, 0.5),
            at=at,
            targets=("excel:a", "csv:b"),
        )
    return record.id


def test_running_sums_single_rows_and_the_figures_agree(journal: Journal) -> None:
    for number in range(6):
        sheet(
            journal,
            number,
            NIGHT + dt.timedelta(minutes=3 * number),
            1.2345 + number,
            wrong=number == 3,
        )
    journal.work.add_receipt(staff_receipt("prepare", "EFF-01", "claim", seconds=61.5), NIGHT)
    by_sums = merged(works_of_totals(journal.work.totals()))
    by_rows = merged(works_of_rows(journal.work.receipts(), journal.work.decisions()))
    assert by_sums == by_rows
    strategy = register(initiative())
    old, new = (
        Books(strategy, by_sums.values(), UNTIL).balance("EFF-01", year_span(y))
        for y in (2025, 2026)
    )
    assert (old.work.accepted, new.work.accepted) == (
        4,
        2,
    )  # 23:50 to 23:59 is still R7, 00:02 is R8
    assert old.work.fields + new.work.fields == 18
    assert old.review.milliseconds == sum(2 * round((1.2345 + n) * 1000) for n in range(4))
    assert (old.work.sampled, old.work.sampled_wrong) == (4, 1)
    assert old.work.edits == 2 + 7
    assert old.net.milliseconds == 4 * 300_000 - old.review.milliseconds - 61_500
    assert old.work.robot == 4 * (4_200 + 2 * 500)


def test_a_sheet_that_is_corrected_after_delivery_counts_once(journal: Journal) -> None:
    record = sheet(journal, 1, NIGHT, 2.0)
    journal.reviews.decide(
        Decision(record, "phone", "0954632111", "0954632112", "correct", "職員", NIGHT, 9.0)
    )
    for target in ("excel:a", "csv:b"):
        journal.deliveries.delivered(
            journal.deliveries.ready(10, target=target),
            target,
            at=NIGHT,
            targets=("excel:a", "csv:b"),
        )
    balance = Books(register(), works_of_totals(journal.work.totals()), UNTIL).balance(
        "EFF-01", year_span(2025)
    )
    assert balance.work.accepted == 1
    assert balance.review.milliseconds == 13_000


def test_a_flow_without_forms_is_measured_by_the_same_means(journal: Journal) -> None:
    receipt = task_receipt(
        "EFF-01", "夜間の書き出し", items=12, seconds=600, failed=1, key="2026-03-31"
    )
    assert journal.work.add_receipt(receipt, NIGHT)
    assert not journal.work.add_receipt(receipt, NIGHT)
    balance = Books(register(), works_of_totals(journal.work.totals()), UNTIL).balance(
        "EFF-01", year_span(2025)
    )
    assert (balance.work.accepted, balance.work.failed) == (12, 1)
    assert balance.net.milliseconds == 12 * 300_000


def test_the_printed_report_says_the_same(journal: Journal) -> None:
    for number in range(3):
        sheet(journal, number, NIGHT, 30.0)
    strategy, span = register(initiative(), initiative("EFF-02", baselines=())), year_span(2025)
    works = list(works_of_totals(journal.work.totals()))
    found = savings(Books(strategy, works, UNTIL), span, idle=True)
    shown = text(strategy, found, span, UNTIL)
    line = next(t for t in shown.splitlines() if t.startswith("EFF-01"))
    # sheets, fields, unseen, minutes before, attention, saved, interval, basis (five words), n
    assert line.split()[3:] == [
        "3",
        "9",
        "66.7%",
        "15.0",
        "3.0",
        "12.0",
        "—",
        "基準",
        "申告",
        "/",
        "確認",
        "実測",
        "3",
    ]


def test_upkeep_counts_from_the_first_work_also_when_that_was_before_the_period(
    journal: Journal,
) -> None:
    sheet(journal, 1, NIGHT - dt.timedelta(days=60), 3.0)
    strategy = register(
        initiative(handlings=(Handling(dt.date(2025, 4, 1), "試算", "s", upkeep=3_000_000),))
    )
    (line,) = read_savings(journal, strategy, year_span(2026), UNTIL, idle=True)
    assert (
        line.balance.upkeep.milliseconds == 3_000_000
    )  # April, although nothing came in since January


def test_a_negative_saving_is_marked(journal: Journal) -> None:
    sheet(journal, 1, NIGHT, 300.0)
    books = Books(register(), works_of_totals(journal.work.totals()), UNTIL)
    found = savings(books, year_span(2025))
    assert "▲5.0" in text(register(), found, year_span(2025), UNTIL)


def test_an_initiative_without_baseline_is_named(journal: Journal) -> None:
    sheet(journal, 1, NIGHT, 3.0)
    strategy = register(initiative(baselines=()))
    books = Books(strategy, works_of_totals(journal.work.totals()), UNTIL)
    found = savings(books, year_span(2025))
    shown = text(strategy, found, year_span(2025), UNTIL)
    assert "基準時間なし" in shown
    assert "EFF-01 は基準時間が登録されていない" in shown
