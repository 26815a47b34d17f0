"""A large office: 300 initiatives and a year of daily sums. The overview reads monthly sums, never
a receipt."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from initiatives.accounts import Accounts
from initiatives.fiscal import JAPAN, year_span
from initiatives.overview import Overview, overview
from initiatives.register import KPI, Baseline, Handling, Strategy
from initiatives.saving import Books
from initiatives.summary import make_report
from initiatives.work import SOURCES, task_receipt, works_of_totals
from initiatives.writers import write_report
from records.journal import Journal, open_journal, schema
from tests.initiatives.madeplans import initiative, register
from tests.initiatives.test_saving import figures

UNTIL = dt.date(2026, 2, 10)
YEAR = year_span(2025)
COUNT = 300


def strategy() -> Strategy:
    kpi = KPI("正味の削減時間", "時間", formula="saved_hours", targets={2025: 300.0})
    return register(
        *(
            initiative(
                f"EFF-{n:03}",
                title=f"業務 {n:03} の入力",
                kpis=(kpi,),
                systems=("基幹系",),
                baselines=(
                    Baseline(dt.date(2025, 4, 1), 300_000, "申告", "s"),
                    *(
                        (Baseline(dt.date(2025, 9, 17), 280_000, "試算", "s"),)
                        if n % 50 == 0
                        else ()
                    ),
                ),
                handlings=(Handling(dt.date(2025, 4, 1), "試算", "s", 15_000, None, 3_600_000),),
            )
            for n in range(COUNT)
        )
    )


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journal]:
    """Sums as a year of receipts leaves them, put in directly: writing five million receipts is not
    what is tested."""
    path = tmp_path_factory.mktemp("big") / "torikomi.db"
    open_journal(f"sqlite:///{path}").close()
    days = [d for d in YEAR.dates() if d.weekday() == 0 and d <= UNTIL]
    names = sorted({pair for pairs in SOURCES.values() for pair in pairs})
    pairs = [
        (pair, 0 if pair[1] == "sampled_wrong" else 3 + 7 * number)
        for number, pair in enumerate(names)
    ]
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        daily, monthly = [], {}
        for day in days:
            for n in range(COUNT):
                for (step, name), value in pairs:
                    key = (f"EFF-{n:03}", f"form{n}", step, name)
                    value += (day.toordinal() + n) % 5 if value else 0
                    daily.append(
                        {
                            "day": day.isoformat(),
                            **dict(zip(_KEYS, key, strict=True)),
                            "value": value,
                        }
                    )
                    monthly[day.isoformat()[:7], *key] = (
                        monthly.get((day.isoformat()[:7], *key), 0) + value
                    )
        connection.execute(schema.totals.insert(), daily)
        connection.execute(
            schema.months.insert(),
            [
                {"month": month, **dict(zip(_KEYS, key, strict=True)), "value": value}
                for (month, *key), value in monthly.items()
            ],
        )
    engine.dispose()
    with open_journal(f"sqlite:///{path}") as opened:
        yield opened


_KEYS = ("initiative", "form", "step", "name")


def seen_overview(journal: Journal, made: Strategy) -> Overview:
    with Accounts(journal, made).on(UNTIL) as history:
        return overview(history, YEAR)


@pytest.mark.slow
def test_the_overview_reads_no_receipt_and_hardly_a_daily_sum(journal: Journal) -> None:
    asked: list[str] = []
    sa.event.listen(
        journal.store.engine, "before_cursor_execute", lambda *args: asked.append(args[2])
    )
    seen = seen_overview(journal, strategy())
    assert seen.balance.work.accepted > 100_000
    assert asked
    assert not any(
        "FROM receipts" in sql or "FROM decisions" in sql or "FROM events" in sql for sql in asked
    )
    by_day = [sql for sql in asked if "FROM totals" in sql and "GROUP BY" in sql]
    # Only months in which an initiative's baseline changes.
    assert all("initiative = ?" in sql for sql in by_day)
    assert len(by_day) == COUNT // 50


@pytest.mark.slow
def test_the_overview_says_what_the_days_say(journal: Journal) -> None:
    made = strategy()
    seen = seen_overview(journal, made)
    books = Books(made, works_of_totals(journal.work.totals()), UNTIL)
    for line in seen.lines[::17]:
        assert figures(line.balance) == figures(books.balance(line.initiative.code, YEAR))
    assert figures(seen.balance) == figures(books.total(sorted(made.codes), YEAR))


@pytest.mark.slow
def test_the_overview_and_the_yearly_report_are_quick(journal: Journal, tmp_path: Path) -> None:
    """Bounds in processor time, since test machines are shared. The first overview of the day reads
    the year; every later one only what has come in since."""
    made = strategy()
    kept = Accounts(journal, made)
    began = time.process_time()
    with kept.on(UNTIL) as history:
        before = overview(history, YEAR).balance.work.accepted
    assert time.process_time() - began < 1.5
    for n in (3, 50, 299):  # work of three initiatives comes in while people look
        journal.work.add_receipt(
            task_receipt(f"EFF-{n:03}", f"form{n}", items=1, seconds=1.0),
            dt.datetime(2026, 2, 2, tzinfo=JAPAN),
        )
    began = time.process_time()
    with kept.on(UNTIL) as history:
        assert overview(history, YEAR).balance.work.accepted == before + 3
    assert time.process_time() - began < 0.3
    began = time.process_time()
    write_report(make_report(journal, made, YEAR, UNTIL), tmp_path / "report.xlsx")
    assert time.process_time() - began < 60
