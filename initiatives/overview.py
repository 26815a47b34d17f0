"""The pillar at a glance: hours this fiscal year and by month, initiative by initiative, on track or not.

Read from the monthly running sums only, so that it answers at once whatever number of receipts lies behind it. The
figures are those of :func:`initiatives.summary.make_report`; intervals are left to the report and the single pages.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from initiatives.evaluate import Measurement, Track, measure
from initiatives.fiscal import Span, year_span
from initiatives.ledger import open_monthly_books
from initiatives.register import Department, Initiative, Strategy, SystemEra
from initiatives.saving import Balance, total
from records.journal import Journal


@dataclass(frozen=True, slots=True)
class Line:
    """One initiative at a glance."""

    initiative: Initiative
    department: Department
    balance: Balance
    measurement: Measurement | None
    recheck: SystemEra | None

    @property
    def track(self) -> Track:
        return self.measurement.track if self.measurement else "—"


@dataclass(frozen=True, slots=True)
class Overview:
    """All automated initiatives in one fiscal year, in code order, and the pillar together."""

    year: int
    until: dt.date
    lines: tuple[Line, ...]
    months: tuple[tuple[Span, Balance], ...]
    balance: Balance
    measurements: tuple[Measurement, ...]


def make_overview(journal: Journal, strategy: Strategy, year: int, until: dt.date) -> Overview:
    """The overview of a fiscal year.

    Args:
        until: today, as the office's calendar has it.
    """
    span = year_span(year)
    books = open_monthly_books(journal, strategy, span, until)
    codes = sorted(strategy.codes)
    by_month = {month: [books.balance(code, month) for code in codes] for month in span.months()}
    day = min(span.last, max(until, span.first))
    lines = []
    for code in codes:
        made, balance = strategy.initiatives[code], books.balance(code, span)
        kpi = next((k for k in made.kpis if year in k.targets), None)
        lines.append(Line(
            made, strategy.department_on(made.department, day), balance,
            measure(kpi, year, balance, until, books.first_day(code)) if kpi else None, strategy.to_recheck(code, day),
        ))
    months = tuple((month, total(balances, month)) for month, balances in by_month.items())
    whole = total((balance for _, balance in months), span)
    return Overview(
        year, until, tuple(lines), months, whole,
        tuple(measure(k, year, whole, until) for k in strategy.automation.kpis),
    )
