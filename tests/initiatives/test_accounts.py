"""Accounts kept in memory say what the journal says, whatever came in between two questions; hand
work is taken back exactly."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from initiatives import accounts as module
from initiatives import tables
from initiatives.accounts import Accounts
from initiatives.balance import Balance, total
from initiatives.fiscal import Span, month_span, year_span
from initiatives.ledger import open_books
from initiatives.overview import compare, overview
from initiatives.register import KPI, Department, Handling, Strategy
from initiatives.saving import Books
from initiatives.summary import make_report, make_sheet
from initiatives.work import STAFF_STEPS, TOLD, Work, reversal, staff_receipt, task_receipt
from records.journal import Journal, open_journal
from records.types import Receipt
from tests.initiatives.madeplans import CODES, initiative, register, registers, works
from tests.initiatives.test_ledger import strategy
from tests.initiatives.test_saving import UNTIL as LAST
from tests.initiatives.test_saving import figures

JST = dt.timezone(dt.timedelta(hours=9))
UNTIL = dt.date(2026, 5, 20)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with open_journal(f"sqlite:///{tmp_path / 'torikomi.db'}") as opened:
        yield opened


def work(journal: Journal, rng: random.Random, times: int) -> None:
    with journal.batch() as batch:
        for _ in range(times):
            at = dt.datetime(2025, 3, 25, tzinfo=JST) + dt.timedelta(
                minutes=rng.randrange(420 * 1440)
            )
            code = rng.choice((*CODES, ""))
            form = rng.choice(("claim", "transfer", ""))
            n = rng.randrange(1, 40)
            batch.work.add_receipts(
                [
                    task_receipt(code, form, items=n, seconds=9.0, failed=rng.randrange(3)),
                    Receipt(
                        "read",
                        form,
                        code,
                        {"fields": 9 * n, "unseen": 7 * n, "failed": rng.randrange(2)},
                        3.3 * n,
                    ),
                    staff_receipt(
                        rng.choice(list(STAFF_STEPS)),
                        code,
                        form,
                        seconds=rng.random() * 900,
                        sheets=n % 2,
                        declared=rng.random() < 0.5,
                    ),
                ],
                at,
            )


@pytest.mark.parametrize("many", [0, 40])
def test_accounts_follow_the_journal(
    journal: Journal, many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MANY", many)
    made = strategy()
    rng = random.Random(5)
    kept = Accounts(journal, made)
    both = Span(year_span(2025).first, year_span(2026).last)
    for times in (0, 60, 1, 0, 3):
        work(journal, rng, times)
        books = open_books(journal, made, both, UNTIL)
        with kept.on(UNTIL) as history:
            for span in (year_span(2025), both, *both.months()[5:8]):
                for code in CODES:
                    found = history.balance(code, span)
                    expected = books.balance(code, span)
                    assert figures(found) == figures(expected)
                    assert (found.net.basis, found.missing, found.work.day) == (
                        expected.net.basis,
                        expected.missing,
                        span.first,
                    )
                assert figures(history.total(CODES, span)) == figures(books.total(CODES, span))
    assert any(books.balance(code, both).net.milliseconds for code in CODES)


def test_nothing_is_added_up_again_where_nothing_came_in_and_only_what_was_touched_where_something_did(
    journal: Journal,
) -> None:
    made = register(*(initiative(code) for code in CODES))
    work(journal, random.Random(6), 50)
    kept = Accounts(journal, made)
    with kept.on(UNTIL) as history:
        overview(history, year_span(2025))
    asked: list[tuple[str, object]] = []
    sa.event.listen(
        journal.store.engine,
        "before_cursor_execute",
        lambda *args: asked.append((args[2], args[3])),
    )
    journal.chain.append("viewed", at=dt.datetime(2026, 5, 1, tzinfo=JST))
    asked.clear()
    with kept.on(UNTIL) as history:
        overview(history, year_span(2025))
    assert not [sql for sql, _ in asked if "SUM" in sql.upper() or "FROM months" in sql]
    journal.work.add_receipt(
        task_receipt("EFF-02", "x", items=3, seconds=1.0), dt.datetime(2025, 6, 1, tzinfo=JST)
    )
    asked.clear()
    with kept.on(UNTIL) as history:
        overview(history, year_span(2025))
    sums = [values for sql, values in asked if "sum(" in sql]
    assert sums
    assert all("EFF-02" in values for values in sums)  # type: ignore[operator]


def test_accounts_refuse_half_months(journal: Journal) -> None:
    with (
        Accounts(journal, strategy()).on(UNTIL) as history,
        pytest.raises(ValueError, match="whole months"),
    ):
        history.balance("EFF-01", Span(dt.date(2025, 10, 9), dt.date(2025, 10, 31)))


def test_the_overview_says_what_the_report_says(journal: Journal) -> None:
    kpis = (KPI("正味の削減時間", "時間", formula="saved_hours", targets={2025: 5.0}),)
    made: Strategy = register(*(initiative(code, kpis=kpis) for code in CODES))
    work(journal, random.Random(8), 80)
    span = year_span(2025)
    until = dt.date(2026, 2, 10)
    report = make_report(journal, made, span, until)
    with Accounts(journal, made).on(until) as history:
        seen = overview(history, span)
        compared = compare(history, span)
    assert figures(seen.balance) == figures(report.balance)
    assert [(m, figures(b)) for m, b in seen.months] == [(m, figures(b)) for m, b in report.months]
    for line, sheet in zip(seen.lines, report.sheets, strict=True):
        assert figures(line.balance) == figures(sheet.balance)
        for name in ("grade", "grade_recorded", "track", "recheck"):
            assert getattr(line, name) == getattr(sheet, name)
        assert (line.department, line.formerly) == (sheet.department, sheet.formerly)
        alone = make_sheet(journal, made, line.initiative.code, span, until)
        assert (
            figures(alone.balance),
            alone.interval,
            alone.measurements,
            alone.money,
            alone.grade,
        ) == (figures(sheet.balance), sheet.interval, sheet.measurements, sheet.money, sheet.grade)
    for mine, theirs in (
        (compared.departments, report.departments),
        (compared.years, report.years),
        (compared.periods, report.periods),
    ):
        assert [figures(line.balance) for line in mine] == [
            figures(line.balance) for line in theirs
        ]  # type: ignore[attr-defined]
    assert [d.codes for d in compared.departments] == [d.codes for d in report.departments]
    assert (
        sum(d.balance.net.milliseconds for d in compared.departments)
        == seen.balance.net.milliseconds
    )


RENAMED_AND_MERGED = (
    Department("old", "企画課", valid_to=dt.date(2025, 10, 14), successor="new"),
    Department(
        "new",
        "政策課",
        valid_from=dt.date(2025, 10, 15),
        valid_to=dt.date(2025, 12, 31),
        successor="both",
    ),
    Department("statistics", "統計課", valid_to=dt.date(2025, 12, 31), successor="both"),
    Department("both", "総合政策課", valid_from=dt.date(2026, 1, 1)),
    Department("tax", "税務課"),
)


def test_work_counts_with_the_department_of_its_day_over_renames_and_mergers(
    journal: Journal,
) -> None:
    """企画課 is renamed within a month, and what it became is merged with 統計課 later; the sums
    are those of before."""
    departments = {department.code: department for department in RENAMED_AND_MERGED}
    handlings = (Handling(dt.date(2025, 4, 1), "試算", "s", 15_000, None, 3_600_000),)
    made = register(
        initiative("EFF-01", handlings=handlings),
        initiative("EFF-02", department="statistics"),
        initiative("EFF-03", department="tax", handlings=handlings),
        departments=departments,
    )
    days = {
        "EFF-01": ("2025-10-14", "2025-10-15", "2025-12-31", "2026-01-05"),
        "EFF-02": ("2026-01-06",),
        "EFF-03": ("2025-10-14",),
    }
    for code, done in days.items():
        for n, day in enumerate(done):
            journal.work.add_receipt(
                task_receipt(code, "f", items=10**n, seconds=1.0),
                dt.datetime.fromisoformat(f"{day}T12:00+09:00"),
            )
    span = year_span(2025)
    until = dt.date(2026, 2, 10)
    report = make_report(journal, made, span, until)
    with Accounts(journal, made).on(until) as history:
        compared = compare(history, span)
    for found in (report.departments, compared.departments):
        lines = {d.department.name: d for d in found}
        assert {name: (d.codes, d.balance.work.accepted) for name, d in lines.items()} == {
            "企画課": (("EFF-01",), 1),
            "政策課": (("EFF-01",), 110),
            "総合政策課": (("EFF-01", "EFF-02"), 1001),
            "税務課": (("EFF-03",), 1),
        }
        assert lines["政策課"].now == ("総合政策課",)
        assert lines["総合政策課"].formerly == ("企画課", "統計課")
        assert total((d.balance for d in found), span).net == report.balance.net
        assert [figures(d.balance) for d in found] == [
            figures(d.balance) for d in report.departments
        ]
    table = tables.department_table(report).shown()
    assert {row[1] for row in table} == {
        "企画課(現 総合政策課)",
        "政策課(現 総合政策課)",
        "総合政策課(旧 企画課、統計課)",
        "税務課",
        "",
    }
    assert table[-1][2:4] == ("3", "1,113")  # an initiative in three lines is one initiative
    # Nothing was done in the old names.
    after = make_report(journal, made, month_span(until), until)
    assert [d.department.name for d in after.departments] == ["総合政策課", "税務課"]


def test_the_plan_of_a_year_grows_by_its_days_and_of_a_period_over_its_years(
    journal: Journal,
) -> None:
    made = register()
    kpi = KPI("削減", "時間", formula="saved_hours", targets={2025: 365.0, 2026: 730.0})
    pillars = tuple(
        p if not p.automation else type(p)(p.id, p.name, p.order, True, (kpi,))
        for p in made.pillars
    )
    made = register(pillars=pillars)
    with Accounts(journal, made).on(UNTIL) as history:
        year = overview(history, year_span(2025)).planned
        period = overview(history, Span(year_span(2025).first, year_span(2026).last)).planned
        later = overview(history, year_span(2028)).planned
    assert year[0] == pytest.approx(30)
    assert year[11] == pytest.approx(365)
    assert period[:12] == year
    assert period[12] == pytest.approx(365 + 60)
    assert period[23] == pytest.approx(365 + 730)
    assert later == (None,) * 12


@given(registers(), st.lists(works(), max_size=25))
@settings(max_examples=40)
def test_a_sum_made_at_once_is_the_sum_made_one_by_one(made: Strategy, done: list[Work]) -> None:
    books = Books(made, done, LAST)
    span = year_span(2025)
    balances = [books.balance(code, part) for code in CODES for part in span.months()]
    one_by_one = Balance(span, Work(span.first, ""))
    for balance in balances:
        one_by_one = one_by_one.plus(balance)
    at_once = total(balances, span)
    assert figures(at_once) == figures(one_by_one)
    for name in ("baseline", "preparation", "review", "rework", "exceptions", "upkeep", "net"):
        assert getattr(at_once, name) == getattr(one_by_one, name)
    assert at_once.missing == one_by_one.missing


@pytest.mark.parametrize("step", list(STAFF_STEPS))
def test_declared_hand_work_counts_as_much_as_measured_but_makes_the_figure_a_declared_one(
    journal: Journal, step: str
) -> None:
    made = register(
        initiative(
            baselines=(
                type(initiative().baselines[0])(
                    dt.date(2025, 4, 1), 300_000, "実測", "s", "", (300_000,) * 3
                ),
            )
        )
    )
    at = dt.datetime(2025, 10, 1, 12, tzinfo=JST)
    month = month_span(at.date())
    journal.work.add_receipt(task_receipt("EFF-01", "", items=4, seconds=1.0, failed=1), at)

    def balance() -> Balance:
        return open_books(journal, made, month, UNTIL).balance("EFF-01", month)

    before = balance()
    receipt = staff_receipt(
        step, "EFF-01", seconds=61.5, sheets=int(step == "exception"), key="hand:1", declared=True
    )
    assert journal.work.add_receipt(receipt, at)
    after = balance()
    by_clock = staff_receipt(
        step, "EFF-01", seconds=61.5, sheets=int(step == "exception"), key="hand:2"
    )
    # The measured time stands in the place of the assumed one.
    replaced = 300_000 if step == "exception" else 0
    assert after.net.milliseconds == before.net.milliseconds - 61_500 + replaced
    assert (before.net.basis, after.net.basis) == ("実測", "申告")
    assert getattr(after.work, TOLD[step]) == 61_500
    assert getattr(after.work, STAFF_STEPS[step]) == 0
    assert journal.work.add_receipt(reversal(receipt), at)
    assert not journal.work.add_receipt(reversal(receipt), at)
    assert balance() == before
    journal.work.add_receipt(by_clock, at)
    assert balance().net == type(after.net)(after.net.milliseconds, "実測", after.net.n)
    with pytest.raises(ValueError, match="staff receipt"):
        reversal(task_receipt("EFF-01", "", items=1, seconds=1.0, key="k"))
