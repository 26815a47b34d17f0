"""One report as a value: every page, sheet and file is drawn from it, so that the same figures
stand everywhere.

総括表 (the whole), 個票 (one page an initiative), 課別 (by department), 年度別 (by fiscal year),
月別 (by month).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass

from initiatives.balance import Balance, total
from initiatives.comparedlines import (
    DepartmentLine,
    PeriodLine,
    YearLine,
    department_lines,
    formerly,
    period_lines,
    year_lines,
)
from initiatives.evaluate import Measurement, Money, Track, graded, measure, money
from initiatives.fiscal import Span, fiscal_year, long_label, wareki_day, year_span
from initiatives.interval import Interval, rate_interval, saving_interval, spread
from initiatives.ledger import open_books, open_monthly_books
from initiatives.madeup import NOTICE, is_made_up
from initiatives.register import (
    Department,
    Grade,
    Initiative,
    InitiativePeriod,
    Strategy,
    SystemEra,
)
from initiatives.saving import Books, History
from records.journal import Journal


@dataclass(frozen=True, slots=True)
class InitiativeSheet:
    """Everything on one initiative's page (個票).

    Attributes:
        department: who answers for it at the end of the span; ``formerly`` its name before, where
        it was another.
        months: month by month, for the chart.
        forms: by form or task, where there is more than one.
        plan: what was planned for the plan period of the span's end.
        recheck: the core-system era whose start has not been answered by a check yet (要再検証).
        spread: standard deviation of the attention per sheet between days, seconds; None for fewer
        than two days.
        era: the core-system era at the end of the span.
    """

    initiative: Initiative
    department: Department
    formerly: str
    balance: Balance
    interval: Interval | None
    wrong_unseen: Interval | None
    measurements: tuple[Measurement, ...]
    months: tuple[tuple[Span, Balance], ...]
    forms: tuple[tuple[str, Balance], ...]
    money: Money
    plan: InitiativePeriod | None
    recheck: SystemEra | None
    spread: float | None
    grade: Grade | None
    grade_recorded: bool
    pillar: str

    @property
    def track(self) -> Track:
        """How the first KPI that has a target stands."""
        return next((m.track for m in self.measurements if m.target is not None), "—")


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report over a span.

    Attributes:
        until: the last day that has happened; figures end there.
        sheets: the automated initiatives, in code order.
        others: initiatives under the other pillars, with their KPIs only.
        months: all automated initiatives together, month by month.
        unassigned: documents that could not be read and whose form nobody knows.
        made_up: the journal holds made-up work (:mod:`initiatives.madeup`).
    """

    strategy: Strategy
    span: Span
    until: dt.date
    sheets: tuple[InitiativeSheet, ...]
    others: tuple[InitiativeSheet, ...]
    departments: tuple[DepartmentLine, ...]
    years: tuple[YearLine, ...]
    periods: tuple[PeriodLine, ...]
    months: tuple[tuple[Span, Balance], ...]
    balance: Balance
    interval: Interval | None
    measurements: tuple[Measurement, ...]
    unassigned: int
    made_up: bool = False

    @property
    def unknown(self) -> tuple[str, ...]:
        """Codes without a baseline, which the sums leave out."""
        return self.balance.missing

    @property
    def caution(self) -> str:
        """What must stand on every page; empty where nothing must."""
        return NOTICE if self.made_up else self.strategy.note

    @property
    def year(self) -> int:
        """The fiscal year that targets are compared in: the span's last that has begun."""
        return target_year(self.span, self.until)

    @property
    def kpi_title(self) -> str:
        """The heading over targets and actuals, which are those of a whole fiscal year."""
        return f"目標と実績({long_label(self.year)})"

    @property
    def partial(self) -> bool:
        """True while the span still runs."""
        return self.until < self.span.last

    @property
    def as_of(self) -> str:
        """The span and, while it runs, the day that the figures end with."""
        if self.partial:
            return f"{self.span.title}({wareki_day(self.until)}まで)"
        return self.span.title

    @property
    def title(self) -> str:
        return f"{self.strategy.name} {self.strategy.automation.name} 取組の効果 {self.span.title}"


def make_report(journal: Journal, strategy: Strategy, span: Span, until: dt.date) -> Report:
    """Everything that the journal says about a span, as one value.

    Args:
        until: today, as the office's calendar has it.
    """
    books = open_books(journal, strategy, span, until)
    history = open_monthly_books(journal, strategy, _history(strategy, span, until), until)
    return dataclasses.replace(summarise(books, history, span), made_up=is_made_up(journal))


def _history(strategy: Strategy, span: Span, until: dt.date) -> Span:
    """The whole fiscal years that 年度別 shows, and those that targets are compared in."""
    last = max(fiscal_year(min(until, strategy.span.last)), fiscal_year(span.last))
    return Span(
        min(strategy.span.first, year_span(fiscal_year(span.first)).first), year_span(last).last
    )


def summarise(books: Books, history: Books, span: Span) -> Report:
    """The report over ``span``.

    Args:
        books: for any days of the span.
        history: for the whole fiscal years around it.
    """
    strategy = books.strategy
    until = books.until
    year = target_year(span, until)
    made = tuple(
        _sheet(books, history, strategy.initiatives[c], span, year)
        for c in sorted(strategy.initiatives)
    )
    sheets = tuple(s for s in made if s.initiative.code in strategy.codes)
    codes = tuple(s.initiative.code for s in sheets)
    by_month = [dict(sheet.months) for sheet in sheets]
    months = []
    for month in span.months():
        months.append((month, total((balances[month] for balances in by_month), month)))
    whole_year = history.total(codes, year_span(year))
    return Report(
        strategy,
        span,
        until,
        sheets,
        tuple(s for s in made if s not in sheets),
        department_lines(books, sheets, span),
        year_lines(history, codes, span),
        period_lines(history, codes, span),
        tuple(months),
        total((s.balance for s in sheets), span),
        saving_interval(books, codes, span),
        tuple(measure(k, year, whole_year, until) for k in strategy.automation.kpis),
        sum(w.failed for w in books.works("", span)),
    )


def make_sheet(
    journal: Journal, strategy: Strategy, code: str, span: Span, until: dt.date
) -> InitiativeSheet:
    """What :func:`make_report` says of one initiative, by reading its own sums only.

    Raises:
        KeyError: there is no such initiative.
    """
    books = open_books(journal, strategy, span, until, only=code)
    year = target_year(span, until)
    history = open_monthly_books(journal, strategy, year_span(year), until, only=code)
    return _sheet(books, history, strategy.initiatives[code], span, year)


def target_year(span: Span, until: dt.date) -> int:
    """The fiscal year that targets are compared in: the span's last that has begun."""
    return fiscal_year(min(span.last, max(until, span.first)))


def _sheet(
    books: Books, history: History, initiative: Initiative, span: Span, year: int
) -> InitiativeSheet:
    strategy = books.strategy
    code = initiative.code
    until = books.until
    balance = books.balance(code, span)
    day = min(span.last, max(until, span.first))
    department = strategy.department_on(initiative.department, day)
    whole_year = history.balance(code, year_span(year))
    began = history.first_day(code)
    measurements = tuple(measure(k, year, whole_year, until, began) for k in initiative.kpis)
    period = strategy.period_on(day)
    plan = next((p for p in initiative.periods if period and p.no == period.no), None)
    mark, recorded = graded(strategy, plan, measurements)
    forms = [f for f in books.forms(code, span) if f]
    per_sheet = []
    for w in books.works(code, span):
        if w.accepted and w.decisions:
            per_sheet.append(w.review / 1000 / w.accepted)
    return InitiativeSheet(
        initiative,
        department,
        formerly(strategy, initiative, department),
        balance,
        saving_interval(books, [code], span),
        rate_interval(balance.work.sampled_wrong, balance.work.sampled),
        measurements,
        tuple((m, books.balance(code, m)) for m in span.months()),
        tuple((f, books.balance(code, span, f)) for f in forms) if len(forms) > 1 else (),
        money(books, code, span),
        plan,
        strategy.to_recheck(code, day),
        spread(per_sheet),
        mark,
        recorded,
        strategy.pillar(initiative.pillar).name,
    )
