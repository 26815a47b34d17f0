"""From figures to judgements: KPI against target, the office's own grades, and money at the rates
of the day.

Nothing is assumed: without a registered unit price there is no yen, without hours a year no FTE,
without a target no grade. Money is exact (fractions of yen) until it is shown, so that months add
up to their year.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from initiatives.balance import HOUR, Balance
from initiatives.fiscal import Span, fiscal_year, year_span
from initiatives.interval import Interval, rate_interval
from initiatives.register import KPI, Basis, Grade, Initiative, InitiativePeriod, Strategy
from initiatives.saving import Books
from initiatives.work import Work

Track = Literal["達成", "順調", "遅れ", "未達", "—"]
"""Against the target: reached, on the way, behind (both while the year runs), missed, or nothing to
compare."""

CUMULATIVE = frozenset({"saved_hours", "accepted"})
"""Formulas that grow through the year, so that half a year should have half of the target."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """The actual value of a KPI for a fiscal year: ``value`` in the KPI's unit, or None where
    nothing was measured."""

    kpi: KPI
    year: int
    value: float | None
    basis: Basis | None
    n: int
    interval: Interval | None = None
    elapsed: float = 1.0

    @property
    def target(self) -> float | None:
        return self.kpi.targets.get(self.year)

    @property
    def expected(self) -> float | None:
        """What should be there by now: the target's share of the year for a cumulative KPI, else
        the target."""
        if self.target is None:
            return None
        if self.kpi.formula in CUMULATIVE:
            return self.target * self.elapsed
        return self.target

    @property
    def progress(self) -> float | None:
        """Actual against expected: 1.0 is on target; negative where the saving is."""
        if self.value is None or self.expected is None:
            return None
        if self.kpi.direction == "up":
            if self.expected:
                return self.value / self.expected
            return float(self.value >= 0)
        if self.value <= 0:
            return float("inf")
        return self.expected / self.value

    @property
    def track(self) -> Track:
        if self.value is None or self.target is None or self.progress is None:
            return "—"
        year_is_over = self.elapsed >= 1
        # A number that only grows cannot fall below its target again; one that may not exceed it can.
        is_final = year_is_over or self.kpi.direction == "up"
        if is_final and self.kpi.reached(self.year, self.value):
            return "達成"
        if year_is_over:
            return "未達"
        return "順調" if self.progress >= 1 else "遅れ"


def measure(
    kpi: KPI, year: int, balance: Balance, until: dt.date, began: dt.date | None = None
) -> Measurement:
    """The actual value of a KPI.

    Args:
        balance: the account of that fiscal year.
        until: the last day that has happened.
        began: the initiative's first work; a year that began without it expects only the rest of
        its target.
    """
    elapsed = elapsed_share(year, until, began)
    work = balance.work
    if kpi.formula == "manual":
        found = next((a for a in kpi.actuals if a.year == year), None)
        if found is None:
            return Measurement(kpi, year, None, None, 0, None, elapsed)
        return Measurement(kpi, year, found.value, found.basis, 1, None, elapsed)
    if kpi.formula == "saved_hours":
        net = balance.net
        has_work = work.accepted + work.failed > 0
        value = net.hours if balance.known and has_work else None
        return Measurement(kpi, year, value, net.basis, net.n, None, elapsed)
    if kpi.formula == "accepted":
        return Measurement(kpi, year, work.accepted, "実測", work.accepted, None, elapsed)
    if kpi.formula == "wrong_unseen":
        return _wrong_unseen(kpi, year, work, elapsed)
    share = balance.unseen_share if kpi.formula == "unseen_share" else balance.field_accuracy
    if share is None:
        return Measurement(kpi, year, None, None, work.fields, None, elapsed)
    return Measurement(kpi, year, 100 * share, "実測", work.fields, None, elapsed)


def _wrong_unseen(kpi: KPI, year: int, work: Work, elapsed: float) -> Measurement:
    """Of the values that nobody looked at: the share that the samples found wrong, in percent."""
    between = rate_interval(work.sampled_wrong, work.sampled)
    if between is None:
        return Measurement(kpi, year, None, None, work.sampled, None, elapsed)
    rate = 100 * work.sampled_wrong / work.sampled
    percent = Interval(100 * between.low, 100 * between.high, between.covers)
    return Measurement(kpi, year, rate, "実測", work.sampled, percent, elapsed)


def elapsed_share(year: int, until: dt.date, began: dt.date | None = None) -> float:
    """Which share of the year's working time has passed: of the whole year, or of what is left
    since the start."""
    span = year_span(year)
    first = began if began and began in span else span.first
    if until < first:
        return 0.0
    passed = Span(first, until).days
    whole = Span(first, span.last).days
    return min(1.0, passed / whole)


def grade(grades: Iterable[Grade], progress: float | None) -> Grade | None:
    """The grade that a progress earns, by the office's own scale; None where the scale has none for
    it."""
    for candidate in grades:
        if progress is None:
            earned = candidate.at_least is None
        else:
            earned = candidate.at_least is not None and progress >= candidate.at_least
        if earned:
            return candidate
    return None


def graded(
    strategy: Strategy,
    plan: InitiativePeriod | None,
    measurements: Iterable[Measurement],
) -> tuple[Grade | None, bool]:
    """The grade that the office has recorded for the plan period (then True), else what the first
    KPI with a target earns."""
    if plan and plan.grade:
        recorded = next(g for g in strategy.grades if g.letter == plan.grade)
        return recorded, True
    first = next((m for m in measurements if m.target is not None), None)
    has_begun = first is not None and first.elapsed > 0
    progress = first.progress if first and has_begun else None
    return grade(strategy.grades, progress), False


# ---- money ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Money:
    """An initiative's saving in money and people over a span, at the rates of each day.

    Attributes:
        labour: yen worth of the saved hours (negative where hours were lost); None without a unit
        price.
        running, build: yen of costs that fall on the span: yearly ones, and the parts of one-time
        ones.
        fte: people's worth of a year, annualised; None without hours a year or with under 30 days
        of operation.
        payback: years until the one-time costs come back at this pace; None where they never do or
        nothing is known.
        annual_hours: saved hours annualised; None with under 30 days of operation.
    """

    labour: Fraction | None
    running: Fraction
    build: Fraction
    fte: float | None = None
    payback: float | None = None
    annual_hours: float | None = None

    @property
    def net(self) -> Fraction | None:
        """Worth less costs."""
        if self.labour is None:
            return None
        return self.labour - self.running - self.build


FEWEST_DAYS = 30
"""Fewest days of operation that are annualised."""


def money(books: Books, code: str, span: Span, staff_class: str = "") -> Money:
    """Yen, FTE and payback of one initiative.

    Labour is Σ saved hours × the unit price in force, over the parts of the span between two
    prices. One-time costs count in equal parts over their years. Of costs, as of savings, only the
    days that have passed count. Annualised figures are saved hours × 365 / days of operation.
    """
    initiative = books.strategy.initiatives[code]
    balance = books.balance(code, span)
    running = Fraction(0)
    build = Fraction(0)
    if books.until >= span.first:
        passed = Span(span.first, min(span.last, books.until))
        running, build = costs(initiative, passed)
    if not balance.known:
        return Money(None, running, build)
    worth = labour(books, code, span, staff_class)
    operated = _operated(books, code, span)
    if operated is None or operated.days < FEWEST_DAYS:
        return Money(worth, running, build)
    annual = balance.net.hours * 365 / operated.days
    hours = books.strategy.rate_on("年間時間", operated.last, staff_class)
    fte = annual / hours.value if hours else None
    payback = _payback(books, initiative, operated, worth)
    return Money(worth, running, build, fte, payback, annual)


def _operated(books: Books, code: str, span: Span) -> Span | None:
    """The days of a span on which the initiative was in operation, from its first work on."""
    began = books.first_day(code)
    if began is None or began > books.until:
        return None
    return Span(began, books.until).cut(span)


def labour(books: Books, code: str, span: Span, staff_class: str = "") -> Fraction | None:
    """Yen worth of the saved hours; None where no unit price is in force for some of the work."""
    worth = Fraction(0)
    for part in _between_rates(books.strategy, span, staff_class):
        saved = books.balance(code, part).net.milliseconds
        rate = books.strategy.rate_on("時間単価", part.first, staff_class)
        if rate is None:
            if saved:
                return None
            continue
        worth += Fraction(saved, HOUR) * Fraction(rate.value)
    return worth


def costs(initiative: Initiative, span: Span) -> tuple[Fraction, Fraction]:
    """Yen of yearly and of one-time costs that fall on the days of a span."""
    running = Fraction(0)
    build = Fraction(0)
    for item in initiative.costs:
        for year in range(item.year, item.year + item.years):
            whole = year_span(year)
            part = whole.cut(span)
            if part is None:
                continue
            yen = Fraction(item.yen * part.days, item.years * whole.days)
            if item.once:
                build += yen
            else:
                running += yen
    return running, build


def _payback(
    books: Books, initiative: Initiative, operated: Span, worth: Fraction | None
) -> float | None:
    spent = sum(item.yen for item in initiative.costs if item.once)
    if worth is None or not spent:
        return None
    year = fiscal_year(operated.last)
    yearly_cost = sum(i.yen for i in initiative.costs if not i.once and i.year == year)
    gained = labour(books, initiative.code, operated) or 0
    yearly_gain = float(gained) * 365 / operated.days
    yearly = yearly_gain - yearly_cost
    if yearly > 0:
        return spent / yearly
    return None


def _between_rates(strategy: Strategy, span: Span, staff_class: str) -> Iterator[Span]:
    starts = set()
    for rate in strategy.rates:
        is_price = rate.name == "時間単価" and rate.staff_class == staff_class
        if is_price and span.first < rate.valid_from <= span.last:
            starts.add(rate.valid_from)
    yield from span.cut_at(starts)
