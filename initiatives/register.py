"""The register of initiatives: what is planned. Frozen values, read from ``strategy.toml`` by
:mod:`initiatives.strategy`.

Strategy (戦略) → Pillar (柱) → ActionPlanPeriod (アクションプランの期) → Initiative (取組) → KPI →
Target (目標). What happened is never written here: it is in the journal, and
:mod:`initiatives.saving` puts the two together.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from initiatives.fiscal import Span

Basis = Literal["実測", "試算", "申告"]
"""How a figure came about: measured, estimated, declared by those who do the work."""


MEASURED_SAMPLES = 3
"""Fewest stopwatch samples of a baseline marked 実測: fewer give no spread worth showing."""


@dataclass(frozen=True, slots=True)
class Department:
    """A department (課) while it had this name; ``successor`` is the code that took over after
    ``valid_to``."""

    code: str
    name: str
    division: str = ""
    valid_from: dt.date = dt.date.min
    valid_to: dt.date = dt.date.max
    successor: str = ""


@dataclass(frozen=True, slots=True)
class ActionPlanPeriod:
    """A plan period of whole fiscal years, 1-based ``no``."""

    no: int
    span: Span
    name: str = ""

    @property
    def title(self) -> str:
        return self.name or f"第{self.no}期"


@dataclass(frozen=True, slots=True)
class Actual:
    """A figure recorded by hand for one fiscal year, with how it came about."""

    year: int
    value: float
    basis: Basis
    source: str = ""


@dataclass(frozen=True, slots=True)
class KPI:
    """An indicator with its targets by fiscal year.

    Attributes:
        direction: ``up`` where more is better, ``down`` where less is.
        formula: a key of :data:`FORMULAS`.
        baseline: the value before, in ``unit``, or None where nobody knows.
        actuals: only where ``formula`` is ``manual``.
    """

    name: str
    unit: str
    kind: str = "KPI"
    direction: Literal["up", "down"] = "up"
    formula: str = "manual"
    baseline: float | None = None
    baseline_basis: Basis | None = None
    targets: Mapping[int, float] = field(default_factory=dict)
    actuals: tuple[Actual, ...] = ()

    def reached(self, year: int, value: float) -> bool | None:
        """Whether ``value`` reaches the target of that fiscal year; None without a target."""
        if year not in self.targets:
            return None
        if self.direction == "up":
            return value >= self.targets[year]
        return value <= self.targets[year]


@dataclass(frozen=True, slots=True)
class Pillar:
    """One of the strategy's pillars. ``automation`` marks the one that automated tasks must belong
    to (業務の効率化)."""

    id: str
    name: str
    order: int
    automation: bool = False
    kpis: tuple[KPI, ...] = ()


@dataclass(frozen=True, slots=True)
class Milestone:
    """A step of the schedule: fiscal year and quarter (1 is April to June) planned, the day it was
    done."""

    text: str
    year: int
    quarter: int
    done: dt.date | None = None


@dataclass(frozen=True, slots=True)
class CostItem:
    """Money planned or spent in one fiscal year, yen.

    Attributes:
        once: not repeated every year (development, machines); it counts in equal parts over
        ``years`` fiscal years.
        years: from ``year`` on; 1 for what is not ``once``.
    """

    year: int
    category: str
    yen: int
    once: bool = False
    note: str = ""
    years: int = 1


@dataclass(frozen=True, slots=True)
class Rate:
    """A dated figure with its source: yen per hour, hours a person works a year, hours a day."""

    name: str
    value: float
    valid_from: dt.date
    source: str
    staff_class: str = ""


@dataclass(frozen=True, slots=True)
class SystemEra:
    """How long one generation of the core systems (基幹系) runs; a change means every flow is
    checked again."""

    name: str
    first: dt.date
    last: dt.date


@dataclass(frozen=True, slots=True)
class Baseline:
    """How long one sheet took before, from ``valid_from`` on.

    Attributes:
        form: the form or task it holds for; empty for all of the initiative.
        milliseconds: per sheet; for 実測 the mean of ``samples``.
        samples: stopwatch samples, milliseconds a sheet; empty unless 実測.
    """

    valid_from: dt.date
    milliseconds: int
    basis: Basis
    source: str
    form: str = ""
    samples: tuple[int, ...] = ()
    note: str = ""

    @property
    def n(self) -> int:
        return len(self.samples)


@dataclass(frozen=True, slots=True)
class Handling:
    """Staff time around the machine that nobody measures by the sheet, from ``valid_from`` on, in
    milliseconds.

    Attributes:
        preparation: per sheet (unstapling, sorting, scanning).
        exception: the whole time by hand for a sheet that could not be read; None: as long as
        before (the baseline).
        upkeep: a month (definitions, updates, questions).
    """

    valid_from: dt.date
    basis: Basis
    source: str
    preparation: int = 0
    exception: int | None = None
    upkeep: int = 0


@dataclass(frozen=True, slots=True)
class InitiativePeriod:
    """What an initiative planned for one plan period, and what was decided about it afterwards.

    ``continued_from`` is the period that it was carried over from, None where it began in this one.
    """

    no: int
    plan: str
    review: str = ""
    grade: str = ""
    verdict: str = ""
    continued_from: int | None = None


@dataclass(frozen=True, slots=True)
class Initiative:
    """One registered initiative (取組)."""

    code: str
    title: str
    pillar: str
    department: str
    kind: str
    status: str
    co_departments: tuple[str, ...] = ()
    current_issue: str = ""
    content: str = ""
    expected_effect: str = ""
    origin: str = ""
    law_basis: str = ""
    systems: tuple[str, ...] = ()
    pii_level: str = "なし"
    retention_years: int = 5
    note: str = ""
    volume: int | None = None
    kpis: tuple[KPI, ...] = ()
    periods: tuple[InitiativePeriod, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    costs: tuple[CostItem, ...] = ()
    baselines: tuple[Baseline, ...] = ()
    handlings: tuple[Handling, ...] = ()
    rechecked: tuple[dt.date, ...] = ()

    def baseline_on(self, day: dt.date, form: str = "") -> Baseline | None:
        """The baseline in force on a day: the form's own before the initiative's, the newest first.

        A sheet from before the first baseline is counted with the first one: it says how long the
        work took before.
        """
        for name in dict.fromkeys((form, "")):
            known = sorted(
                (b for b in self.baselines if b.form == name), key=lambda b: b.valid_from
            )
            if known:
                return next((b for b in reversed(known) if b.valid_from <= day), known[0])
        return None

    def handling_on(self, day: dt.date) -> Handling | None:
        """The handling figures in force on a day; days before the first are counted with the first
        one."""
        known = sorted(self.handlings, key=lambda h: h.valid_from)
        return next(
            (h for h in reversed(known) if h.valid_from <= day), known[0] if known else None
        )

    @property
    def changes(self) -> frozenset[dt.date]:
        """The days on which another baseline or handling figure comes into force."""
        begun = [sorted(handling.valid_from for handling in self.handlings)]
        for form in {baseline.form for baseline in self.baselines}:
            begun.append(sorted(b.valid_from for b in self.baselines if b.form == form))
        days: set[dt.date] = set()
        for first_and_later in begun:
            days.update(first_and_later[1:])
        return frozenset(days)


@dataclass(frozen=True, slots=True)
class Grade:
    """One evaluation grade in the office's own words.

    Attributes:
        at_least: the share of the target that earns it, 1.0 for the target itself; None for "cannot
        be evaluated".
    """

    letter: str
    words: str
    at_least: float | None


DEFAULT_GRADES: tuple[Grade, ...] = (
    Grade("S", "目標を大きく上回る", 1.2),
    Grade("A", "目標どおり", 1.0),
    Grade("B", "おおむね進んでいる", 0.7),
    Grade("C", "遅れている", float("-inf")),
    Grade("-", "評価できない(実績または目標なし)", None),
)


@dataclass(frozen=True, slots=True)
class Strategy:
    """A whole strategy as registered. Every reference in it has been checked.

    Attributes:
        note: what a reader of any figure must know; it stands on every page of a report.
        approvals: titles over the boxes for seals on a report's first page, such as ``部長``; none
        for no boxes.
    """

    name: str
    span: Span
    vision: str = ""
    note: str = ""
    approvals: tuple[str, ...] = ()
    pillars: tuple[Pillar, ...] = ()
    periods: tuple[ActionPlanPeriod, ...] = ()
    departments: Mapping[str, Department] = field(default_factory=dict)
    initiatives: Mapping[str, Initiative] = field(default_factory=dict)
    rates: tuple[Rate, ...] = ()
    eras: tuple[SystemEra, ...] = ()
    grades: tuple[Grade, ...] = DEFAULT_GRADES

    @property
    def automation(self) -> Pillar:
        """The pillar that automated tasks belong to (業務の効率化)."""
        return next(p for p in self.pillars if p.automation)

    @property
    def codes(self) -> frozenset[str]:
        """Codes of the initiatives that a form or flow may belong to."""
        return frozenset(
            i.code for i in self.initiatives.values() if i.pillar == self.automation.id
        )

    def pillar(self, id: str) -> Pillar:
        return next(p for p in self.pillars if p.id == id)

    def period_spans(self) -> dict[int, Span]:
        """Plan periods by number, for :func:`initiatives.fiscal.parse_span`."""
        return {p.no: p.span for p in self.periods}

    def period_on(self, day: dt.date) -> ActionPlanPeriod | None:
        return next((p for p in self.periods if day in p.span), None)

    def department_on(self, code: str, day: dt.date) -> Department:
        """Who answers on ``day`` for what ``code`` once did: the chain of successors up to the one
        in force.

        Raises:
            KeyError: no such department.
        """
        found = self.departments[code]
        while day > found.valid_to and found.successor:
            found = self.departments[found.successor]
        return found

    def departments_over(self, code: str, span: Span) -> Iterator[tuple[Department, Span]]:
        """Who answered for what ``code`` once did, day by day of ``span``: one piece for each name
        that it had."""
        found = self.department_on(code, span.first)
        first = span.first
        while found.successor and found.valid_to < span.last:
            if first <= found.valid_to:
                yield found, Span(first, found.valid_to)
                first = found.valid_to + dt.timedelta(days=1)
            found = self.departments[found.successor]
        yield found, Span(first, span.last)

    def department_code(self, name: str, day: dt.date) -> str:
        """The code of the department that had this code or name on ``day``; empty where there was
        none."""
        if name in self.departments:
            return name
        named = [d for d in self.departments.values() if d.name == name]
        named.sort(key=lambda d: (not d.valid_from <= day <= d.valid_to, d.code))
        return named[0].code if named else ""

    def rate_on(self, name: str, day: dt.date, staff_class: str = "") -> Rate | None:
        """The dated figure in force on a day; None where the office has given none: nothing is
        assumed."""
        known = [
            r
            for r in self.rates
            if r.name == name and r.staff_class == staff_class and r.valid_from <= day
        ]
        return max(known, key=lambda r: r.valid_from, default=None)

    def era_on(self, day: dt.date) -> SystemEra | None:
        return next((e for e in self.eras if e.first <= day <= e.last), None)

    def to_recheck(self, code: str, day: dt.date) -> SystemEra | None:
        """The core-system era whose start still has to be answered by checking this initiative
        again (要再検証)."""
        era = self.era_on(day)
        initiative = self.initiatives[code]
        if era is None or not initiative.systems or era is min(self.eras, key=lambda e: e.first):
            return None
        answered = any(era.first <= done <= day for done in initiative.rechecked)
        return None if answered else era
