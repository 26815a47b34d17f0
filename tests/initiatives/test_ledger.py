"""Books read by month are the books read by day, to the millisecond."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from initiatives.fiscal import Span, month_span, year_span
from initiatives.ledger import open_books, open_monthly_books
from initiatives.register import Baseline, Handling, Strategy
from initiatives.saving import Books
from initiatives.work import STAFF_STEPS, staff_receipt, task_receipt, works_of_rows
from records.journal import Journal, open_journal
from records.types import Receipt
from tests.initiatives.madeplans import CODES, initiative, register
from tests.initiatives.test_saving import figures

JST = dt.timezone(dt.timedelta(hours=9))
UNTIL = dt.date(2026, 5, 20)


def strategy() -> Strategy:
    """Figures that change in the middle of months, and a core system that changes at the start of
    one."""
    day = dt.date(2025, 10, 17)
    return register(
        initiative(
            baselines=(
                Baseline(dt.date(2025, 4, 1), 300_000, "申告", "s"),
                Baseline(day, 240_000, "実測", "s", "", (240_000,) * 3),
            )
        ),
        initiative(
            "EFF-02",
            systems=("基幹系",),
            handlings=(
                Handling(dt.date(2025, 4, 1), "試算", "s", preparation=9_000, upkeep=3_333_333),
                Handling(
                    dt.date(2026, 1, 20),
                    "申告",
                    "s",
                    preparation=4_000,
                    exception=900_000,
                    upkeep=1_000_000,
                ),
            ),
        ),
        initiative("EFF-03", baselines=()),
    )


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    """Fourteen months of receipts on all kinds of days and hours."""
    rng = random.Random(7)
    with open_journal(f"sqlite:///{tmp_path / 'torikomi.db'}") as opened, opened.batch() as batch:
        for _ in range(400):
            at = dt.datetime(2025, 3, 25, tzinfo=JST) + dt.timedelta(
                minutes=rng.randrange(420 * 1440)
            )
            code = rng.choice(CODES)
            form = rng.choice(("claim", "transfer", ""))
            n = rng.randrange(1, 40)
            batch.work.add_receipts(
                [
                    task_receipt(
                        code, form, items=n, seconds=rng.random() * 100, failed=rng.randrange(3)
                    ),
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
                    ),
                ],
                at,
            )
        yield batch


@pytest.mark.parametrize(
    "span",
    [
        year_span(2025),
        Span(year_span(2025).first, year_span(2026).last),
        month_span(dt.date(2025, 10, 1)),
        Span(dt.date(2025, 10, 9), dt.date(2026, 2, 5)),
        Span(dt.date(2025, 10, 9), dt.date(2025, 10, 20)),
    ],
)
def test_monthly_books_equal_daily_books(journal: Journal, span: Span) -> None:
    made = strategy()
    daily, monthly = (
        opened(journal, made, span, UNTIL) for opened in (open_books, open_monthly_books)
    )
    single = Books(made, works_of_rows(journal.work.receipts(), journal.work.decisions()), UNTIL)
    for part in (span, *span.months()):
        for code in CODES:
            expected = single.balance(code, part)
            assert figures(daily.balance(code, part)) == figures(expected)
            assert figures(monthly.balance(code, part)) == figures(expected)
            assert monthly.balance(code, part).net.basis == expected.net.basis
    assert any(single.balance(c, span).net.milliseconds for c in CODES)


def test_upkeep_begins_with_the_first_work_even_before_the_span(journal: Journal) -> None:
    later = month_span(dt.date(2026, 5, 1))
    books = open_books(journal, strategy(), later, UNTIL)
    assert books.first_day("EFF-02") is not None
    assert books.balance("EFF-02", later).upkeep.milliseconds >= 1_000_000 * 20 // 31
