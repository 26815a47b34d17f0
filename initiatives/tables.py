"""The report's tables as typed cells, already rounded: Excel, PDF, HTML and CSV show the same
figures because they all show these.

Hours are rounded half up to a tenth here and nowhere else, so a column may differ from its sum by a
tenth, as in every printed table of a city; a note says so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Protocol

from initiatives.balance import Balance
from initiatives.comparedlines import DepartmentLine, PeriodLine, YearLine
from initiatives.evaluate import Measurement
from initiatives.fiscal import Span, label
from initiatives.reportcells import (
    NONE,
    Cell,
    Column,
    Table,
    achieved,
    basis,
    before,
    between,
    hours,
    net,
    now,
    rounded,
    saved_share,
    share,
    yen,
)
from initiatives.reportnotes import money_notes, notes
from initiatives.summary import InitiativeSheet, Report

_ACCOUNT = (
    Column("件数", "count", 8),
    Column("従来\n(時間)", "hours", 9),
    Column("現在\n(時間)", "hours", 9),
    Column("削減\n(時間)", "hours", 9),
    Column("削減率", "percent", 9),
)


def _account(balance: Balance) -> tuple[Cell, ...]:
    return (
        balance.work.accepted,
        hours(before(balance)),
        hours(now(balance)),
        hours(net(balance)),
        saved_share(balance),
    )


def summary_table(report: Report) -> Table:
    """総括表: one row an initiative, and the sum of those whose saving is known."""
    rows: list[tuple[Cell, ...]] = []
    for s in report.sheets:
        rows.append(
            (
                s.initiative.code,
                s.initiative.title,
                s.department.name,
                s.initiative.status,
                *_account(s.balance),
                between(s.interval),
                share(s.balance.unseen_share),
                s.track,
                _grade(s),
                basis(s.balance),
            )
        )
    whole = report.balance
    rows.append(
        (
            "計",
            f"{len(report.sheets)}取組",
            "",
            "",
            *_account(whole),
            between(report.interval),
            share(whole.unseen_share),
            "",
            "",
            basis(whole),
        )
    )
    return Table(
        "総括表",
        (
            Column("番号", width=9),
            Column("取組", width=30),
            Column("担当課", width=14),
            Column("状況", width=6),
            *_ACCOUNT,
            Column("95%区間\n(時間)", width=15),
            Column("目視\n不要", "percent", 8),
            Column("目標", width=6),
            Column("評価", width=6),
            Column("根拠", width=6),
        ),
        tuple(rows),
        True,
        tuple(notes(report)),
    )


def _grade(sheet: InitiativeSheet) -> str:
    return sheet.grade.letter if sheet.grade else NONE


class Compared(Protocol):
    """What is compared by department, fiscal year and plan period: a report, or
    :class:`initiatives.overview.YearsCompared`."""

    @property
    def departments(self) -> tuple[DepartmentLine, ...]: ...

    @property
    def years(self) -> tuple[YearLine, ...]: ...

    @property
    def periods(self) -> tuple[PeriodLine, ...]: ...

    @property
    def balance(self) -> Balance: ...

    @property
    def until(self) -> dt.date: ...


def department_table(report: Compared) -> Table:
    """課別."""
    rows: list[tuple[Cell, ...]] = [
        (
            line.department.division,
            _named(line),
            len(line.codes),
            *_account(line.balance),
            basis(line.balance),
        )
        for line in report.departments
    ]
    count = len({code for line in report.departments for code in line.codes})
    rows.append(("計", "", count, *_account(report.balance), basis(report.balance)))
    return Table(
        "課別",
        (
            Column("部", width=12),
            Column("課", width=30),
            Column("取組数", "count", 8),
            *_ACCOUNT,
            Column("根拠", width=8),
        ),
        tuple(rows),
        True,
    )


def _named(line: DepartmentLine) -> str:
    """A department with what it was called before, or with who answers now for what it did then."""
    said = []
    if line.formerly:
        said.append(f"旧 {'、'.join(line.formerly)}")
    if line.now:
        said.append(f"現 {'、'.join(line.now)}")
    if not said:
        return line.department.name
    return f"{line.department.name}({'・'.join(said)})"


def year_table(report: Compared) -> Table:
    """年度別: every fiscal year of the strategy that has begun."""
    rows: list[tuple[Cell, ...]] = []
    for line in report.years:
        rows.append(
            (
                line.title
                + (f"({report.until.month}月{report.until.day}日まで)" if line.partial else ""),
                line.active,
                *_account(line.balance),
                basis(line.balance),
            )
        )
    return Table(
        "年度別",
        (
            Column("年度", width=26),
            Column("動いた\n取組数", "count", 9),
            *_ACCOUNT,
            Column("根拠", width=8),
        ),
        tuple(rows),
    )


def period_table(report: Compared) -> Table:
    """期別: every plan period that has begun, with what was decided about its initiatives."""
    rows: list[tuple[Cell, ...]] = []
    for line in report.periods:
        rows.append(
            (
                f"{line.period.title}({line.period.span.title})" + ("途中" if line.partial else ""),
                line.planned,
                *_account(line.balance),
                "、".join(f"{verdict} {n}" for verdict, n in line.verdicts) or NONE,
                basis(line.balance),
            )
        )
    return Table(
        "期別",
        (
            Column("アクションプランの期", width=28),
            Column("計画した\n取組数", "count", 9),
            *_ACCOUNT,
            Column("今後の判断", width=20),
            Column("根拠", width=8),
        ),
        tuple(rows),
    )


def month_table(months: Sequence[tuple[Span, Balance]]) -> Table:
    """月別."""
    rows: list[tuple[Cell, ...]] = [(month_name(m), *_account(b)) for m, b in months]
    return Table("月別", (Column("月", width=12), *_ACCOUNT), tuple(rows))


def month_name(month: Span) -> str:
    return f"{label(month.first.year)}.{month.first.month}"


def kpi_table(items: Iterable[tuple[str, Measurement]], name: str = "KPI") -> Table:
    """目標と実績. ``items``: the initiative's code (or the pillar's name) and the measurement."""
    rows: list[tuple[Cell, ...]] = []
    notes: list[str] = []
    for owner, m in items:
        number = None
        if m.value is not None:
            number = rounded(m.value, 1)
        if m.kpi.baseline_basis is not None:
            notes.append(f"「{m.kpi.name}」の基準は{m.kpi.baseline_basis}です。")
        rows.append(
            (
                owner,
                m.kpi.name,
                m.kpi.kind,
                m.kpi.unit,
                None if m.kpi.baseline is None else rounded(m.kpi.baseline, 1),
                None if m.target is None else rounded(m.target, 1),
                number,
                achieved(m),
                m.track,
                m.basis or NONE,
                m.n,
            )
        )
    return Table(
        name,
        (
            Column("番号", width=10),
            Column("指標", width=30),
            Column("区分", width=9),
            Column("単位", width=6),
            Column("基準", "number", 9),
            Column("目標", "number", 9),
            Column("実績", "number", 9),
            Column("達成率", "percent", 9),
            Column("判定", width=7),
            Column("根拠", width=7),
            Column("n", "count", 9),
        ),
        tuple(rows),
        notes=tuple(dict.fromkeys(notes)),
    )


def money_table(report: Report) -> Table:
    """費用と効果."""
    rows: list[tuple[Cell, ...]] = []
    for s in report.sheets:
        m = s.money
        rows.append(
            (
                s.initiative.code,
                s.initiative.title,
                None if m.annual_hours is None else rounded(m.annual_hours, 1),
                None if m.fte is None else rounded(m.fte, 2),
                yen(m.labour),
                yen(m.running),
                yen(m.build),
                yen(m.net),
                None if m.payback is None else rounded(m.payback, 1),
                basis(s.balance),
            )
        )
    known = [s.money for s in report.sheets if s.money.net is not None]
    rows.append(
        (
            "計",
            f"{len(known)}取組",
            None,
            None,
            *(
                yen(sum(((getattr(m, name) or Fraction(0)) for m in known), Fraction(0)))
                for name in ("labour", "running", "build", "net")
            ),
            None,
            "",
        )
    )
    return Table(
        "費用と効果",
        (
            Column("番号", width=9),
            Column("取組", width=30),
            Column("年換算の\n削減(時間)", "hours", 11),
            Column("人分\n(年換算)", "text", 8),
            Column("人件費\n相当(円)", "yen", 12),
            Column("運用費\n(円)", "yen", 11),
            Column("導入費の\n期間分(円)", "yen", 11),
            Column("差引\n(円)", "yen", 12),
            Column("回収\n(年)", "years", 7),
            Column("根拠", width=7),
        ),
        tuple((*r[:3], None if r[3] is None else f"{r[3]}", *r[4:]) for r in rows),
        True,
        tuple(money_notes(report)),
    )
