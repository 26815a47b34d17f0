"""The pillar at a glance: hours of a fiscal year or plan period and by month, initiative by
initiative, on track or not.

Read from the monthly running sums only, so that it answers at once whatever number of receipts lies
behind it. The figures are those of :func:`initiatives.summary.make_report`; intervals are left to
the report and the single pages.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from initiatives.balance import Balance
from initiatives.comparedlines import (
    DepartmentLine,
    PeriodLine,
    YearLine,
    department_lines,
    formerly,
    period_lines,
    year_lines,
)
from initiatives.evaluate import Measurement, Track, elapsed_share, graded, measure
from initiatives.fiscal import Span, fiscal_year, wareki_day, year_span
from initiatives.register import (
    Department,
    Grade,
    Initiative,
    InitiativePeriod,
    Pillar,
    Strategy,
    SystemEra,
)
from initiatives.saving import History
from initiatives.summary import target_year


@dataclass(frozen=True, slots=True)
class OverviewLine:
    """One initiative at a glance.

    Attributes:
        department: who answers for it at the end of the span; ``formerly`` its name before, where
        it was another.
        measurement: the first KPI with a target in the overview's year.
        plan: what was planned for the plan period of the span's end.
    """

    initiative: Initiative
    department: Department
    formerly: str
    balance: Balance
    measurement: Measurement | None
    plan: InitiativePeriod | None
    grade: Grade | None
    grade_recorded: bool
    recheck: SystemEra | None

    @property
    def track(self) -> Track:
        return self.measurement.track if self.measurement else "—"


@dataclass(frozen=True, slots=True)
class PillarLine:
    """One pillar: how many initiatives it has, and how its own KPIs and theirs stand."""

    pillar: Pillar
    initiatives: tuple[Initiative, ...]
    measurements: tuple[Measurement, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """All automated initiatives over a span of whole months, in code order, and the pillars.

    Attributes:
        months: all automated initiatives together, month by month.
        planned: hours that should have been saved by the end of each month, added up over the span,
            by the pillar's own target for saved hours (its share of the year's days); None without
            such a target.
    """

    span: Span
    until: dt.date
    lines: tuple[OverviewLine, ...]
    months: tuple[tuple[Span, Balance], ...]
    balance: Balance
    measurements: tuple[Measurement, ...]
    pillars: tuple[PillarLine, ...]
    planned: tuple[float | None, ...]

    @property
    def year(self) -> int:
        """The fiscal year that targets are compared in."""
        return target_year(self.span, self.until)

    @property
    def partial(self) -> bool:
        """True while the span still runs."""
        return self.until < self.span.last

    @property
    def as_of(self) -> str:
        """The span and, while it runs, the day that the figures end with."""
        if self.until < self.span.first:
            return f"{self.span.title}(まだ始まっていません)"
        if self.partial:
            return f"{self.span.title}({wareki_day(self.until)}まで)"
        return self.span.title


@dataclass(frozen=True, slots=True)
class YearsCompared:
    """The same initiatives by department, by fiscal year and by plan period."""

    span: Span
    until: dt.date
    balance: Balance
    departments: tuple[DepartmentLine, ...]
    years: tuple[YearLine, ...]
    periods: tuple[PeriodLine, ...]


def overview(history: History, span: Span, department: str = "") -> Overview:
    """The overview of whole months.

    Args:
        history: the accounts, as :meth:`initiatives.accounts.Accounts.on` gives them.
        department: code of a department; then only of what it answers for at the end of the span,
            and without the targets of the pillar, which are those of all.
    """
    strategy = history.strategy
    until = history.until
    year = target_year(span, until)
    day = min(span.last, max(until, span.first))
    codes = [
        code
        for code in sorted(strategy.codes)
        if not department
        or strategy.department_on(strategy.initiatives[code].department, day).code == department
    ]
    whole_year = history.total(strategy.codes, year_span(year))
    return Overview(
        span,
        until,
        tuple(_line(history, strategy.initiatives[code], span, year) for code in codes),
        tuple((month, history.total(codes, month)) for month in span.months()),
        history.total(codes, span),
        ()
        if department
        else tuple(measure(k, year, whole_year, until) for k in strategy.automation.kpis),
        tuple(
            _pillar(history, pillar, year, whole_year)
            for pillar in sorted(strategy.pillars, key=lambda p: p.order)
        ),
        tuple(None if department else planned for planned in _planned(strategy, span)),
    )


def compare(history: History, span: Span) -> YearsCompared:
    """By department over ``span``, and every fiscal year and plan period up to it."""
    codes = sorted(history.strategy.codes)
    year = target_year(span, history.until)
    lines = tuple(_line(history, history.strategy.initiatives[code], span, year) for code in codes)
    return YearsCompared(
        span,
        history.until,
        history.total(codes, span),
        department_lines(history, lines, span),
        year_lines(history, codes, span),
        period_lines(history, codes, span),
    )


def _line(history: History, initiative: Initiative, span: Span, year: int) -> OverviewLine:
    strategy = history.strategy
    until = history.until
    code = initiative.code
    day = min(span.last, max(until, span.first))
    department = strategy.department_on(initiative.department, day)
    measurement = _first_with_target(history, initiative, year)
    period = strategy.period_on(day)
    plan = next((p for p in initiative.periods if period and p.no == period.no), None)
    return OverviewLine(
        initiative,
        department,
        formerly(strategy, initiative, department),
        history.balance(code, span),
        measurement,
        plan,
        *graded(strategy, plan, [measurement] if measurement else []),
        strategy.to_recheck(code, day),
    )


def _first_with_target(history: History, initiative: Initiative, year: int) -> Measurement | None:
    kpi = next((k for k in initiative.kpis if year in k.targets), None)
    if kpi is None:
        return None
    return measure(
        kpi,
        year,
        history.balance(initiative.code, year_span(year)),
        history.until,
        history.first_day(initiative.code),
    )


def _pillar(history: History, pillar: Pillar, year: int, automated: Balance) -> PillarLine:
    """A pillar's own KPIs; for a pillar without automation those of its initiatives too."""
    strategy = history.strategy
    until = history.until
    in_order = [strategy.initiatives[code] for code in sorted(strategy.initiatives)]
    members = tuple(made for made in in_order if made.pillar == pillar.id)
    found = [measure(k, year, automated, until) for k in pillar.kpis]
    if not pillar.automation:
        span = year_span(year)
        found += [
            measure(k, year, history.balance(i.code, span), until, history.first_day(i.code))
            for i in members
            for k in i.kpis
        ]
    return PillarLine(pillar, members, tuple(found))


def _planned(strategy: Strategy, span: Span) -> Iterable[float | None]:
    kpi = next((k for k in strategy.automation.kpis if k.formula == "saved_hours"), None)
    for month in span.months():
        years = range(span.years[0], fiscal_year(month.last) + 1)
        if kpi is None or any(year not in kpi.targets for year in years):
            yield None
        else:
            before = kpi.targets[years[0]] * elapsed_share(
                years[0], span.first - dt.timedelta(days=1)
            )
            yield (
                sum(kpi.targets[year] * elapsed_share(year, month.last) for year in years) - before
            )
