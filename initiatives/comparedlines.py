"""What is compared: the saving by department, by fiscal year and by plan period."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from initiatives.balance import Balance, total
from initiatives.fiscal import Span, fiscal_year, long_label, year_span
from initiatives.register import ActionPlanPeriod, Department, Initiative, Strategy
from initiatives.saving import History
from initiatives.vocabulary import VERDICTS


@dataclass(frozen=True, slots=True)
class DepartmentLine:
    """One department's initiatives together, while it answered for them.

    Attributes:
        formerly: its names before, where they were others.
        now: who answers at the end of the span, where that is another.
    """

    department: Department
    formerly: tuple[str, ...]
    now: tuple[str, ...]
    codes: tuple[str, ...]
    balance: Balance


@dataclass(frozen=True, slots=True)
class YearLine:
    """One fiscal year of all automated initiatives; ``partial`` while it runs."""

    year: int
    balance: Balance
    active: int
    partial: bool

    @property
    def title(self) -> str:
        return long_label(self.year)


@dataclass(frozen=True, slots=True)
class PeriodLine:
    """One plan period of all automated initiatives; ``verdicts``: how many were decided to go on,
    grow, shrink…"""

    period: ActionPlanPeriod
    balance: Balance
    planned: int
    verdicts: tuple[tuple[str, int], ...]
    partial: bool


def formerly(strategy: Strategy, initiative: Initiative, now: Department) -> str:
    """What the department was called when the initiative was registered; empty where that is its
    name now."""
    before = strategy.departments[initiative.department]
    if before.code != now.code and before.name != now.name:
        return before.name
    return ""


class Member(Protocol):
    """What counts with a department: a :class:`InitiativeSheet`, or a line of the overview."""

    @property
    def initiative(self) -> Initiative: ...

    @property
    def department(self) -> Department: ...

    @property
    def formerly(self) -> str: ...

    @property
    def balance(self) -> Balance: ...


def department_lines(
    history: History, members: Iterable[Member], span: Span
) -> tuple[DepartmentLine, ...]:
    """By the department that answered on the day of the work: over a rename or a merger an
    initiative stands in two lines.

    A piece in which nothing was done gives no line of its own, but every initiative stands with who
    answers now.
    """
    happened = Span(span.first, min(span.last, max(history.until, span.first)))
    groups: dict[str, list[tuple[Member, Balance, bool]]] = {}
    for member in members:
        *before, (last, rest) = history.strategy.departments_over(
            member.initiative.department, happened
        )
        pieces = [
            (department, history.piece(member.initiative.code, piece))
            for department, piece in before
        ]
        own = member.balance
        if before:
            own = history.piece(member.initiative.code, Span(rest.first, span.last))
        for department, balance in pieces:
            if (
                balance.work.accepted
                or balance.work.failed
                or any(part.milliseconds for part in (balance.baseline, *balance.costs))
            ):
                groups.setdefault(department.code, []).append((member, balance, False))
        groups.setdefault(last.code, []).append((member, own, True))
    lines = []
    for code, group in groups.items():
        lines.append(
            DepartmentLine(
                history.strategy.departments[code],
                tuple(sorted({member.formerly for member, _, answers in group if answers} - {""})),
                tuple(
                    sorted({member.department.name for member, _, answers in group if not answers})
                ),
                tuple(member.initiative.code for member, _, _ in group),
                total((balance for _, balance, _ in group), span),
            )
        )
    return tuple(
        sorted(lines, key=lambda line: (-line.balance.net.milliseconds, line.department.code))
    )


def year_lines(history: History, codes: Iterable[str], span: Span) -> tuple[YearLine, ...]:
    """Every fiscal year of the strategy that has begun, up to the span's last."""
    codes = tuple(codes)
    strategy = history.strategy
    until = history.until
    first = min(strategy.span.years[0], span.years[0])
    lines = []
    for year in range(first, fiscal_year(min(until, span.last)) + 1):
        balances = [history.balance(code, year_span(year)) for code in codes]
        active = sum(b.work.accepted + b.work.failed > 0 for b in balances)
        lines.append(
            YearLine(year, total(balances, year_span(year)), active, until < year_span(year).last)
        )
    return tuple(lines)


def period_lines(history: History, codes: Iterable[str], span: Span) -> tuple[PeriodLine, ...]:
    """Every plan period that has begun by the span's end."""
    codes = tuple(codes)
    strategy = history.strategy
    until = history.until
    lines = []
    for period in strategy.periods:
        if period.span.first <= min(until, span.last):
            plans = [p for c in codes for p in strategy.initiatives[c].periods if p.no == period.no]
            verdicts = tuple(
                (v, n) for v in VERDICTS if v and (n := sum(p.verdict == v for p in plans))
            )
            end = min(period.span.last, max(span.last, period.span.first))
            shown = Span(period.span.first, end)
            lines.append(
                PeriodLine(
                    period,
                    history.total(codes, shown),
                    len(plans),
                    verdicts,
                    min(until, end) < period.span.last,
                )
            )
    return tuple(lines)
