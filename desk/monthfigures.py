"""What the pages of initiatives have in common: bars of hours, and tables by month with places to go
on to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from urllib.parse import urlencode

from markupsafe import Markup

from desk import charts
from desk.charts import Bar
from desk.spans import month_text
from initiatives import reportcells, tables
from initiatives.balance import Balance
from initiatives.fiscal import Span
from initiatives.reportcells import NONE, Cell, Column, Table, show

Links = Mapping[tuple[int, int], str]


@dataclass(frozen=True, slots=True)
class Linked:
    """A table, and where its cells lead: (row, column) → address."""

    table: Table
    links: Links = field(default_factory=dict)


def bar(name: str, value: Decimal | None) -> Bar:
    """A bar of hours with the figure as tables show it."""
    return Bar(name, None if value is None else float(value), show(value, "hours"))


def hours_of(balance: Balance) -> str:
    """``12.3時間``, or ``—`` where nothing is known."""
    net = reportcells.hours(reportcells.net(balance))
    if net is None:
        return NONE
    return f"{show(net, 'hours')}時間"


def month_label(month: Span, span: Span) -> str:
    """``4月``; with its year where there are two Aprils."""
    if len(span.years) == 1:
        return f"{month.first.month}月"
    return tables.month_name(month)


def month_rows(
    months: Sequence[tuple[Span, Balance]],
    until: dt.date,
    planned: Sequence[float | None],
    place: str,
    department: str = "",
) -> Linked:
    """Month by month, with what has been reached and what was planned by its end; the month leads
    to ``place`` of that month."""
    rows: list[tuple[Cell, ...]] = []
    links: dict[tuple[int, int], str] = {}
    so_far = 0
    for n, ((month, b), plan) in enumerate(zip(months, planned, strict=True)):
        begun = month.first <= until
        so_far += reportcells.net(b) or 0
        rows.append(
            (
                tables.month_name(month),
                b.work.accepted if begun else None,
                reportcells.hours(reportcells.before(b)),
                reportcells.hours(reportcells.now(b)),
                reportcells.hours(reportcells.net(b)),
                reportcells.saved_share(b),
                reportcells.hours(so_far) if begun else None,
                None if plan is None else reportcells.rounded(plan, 1),
                reportcells.basis(b),
            )
        )
        if begun:
            links[n, 0] = (
                place
                + "?"
                + urlencode(
                    {
                        "span": month_text(month),
                        **({"department": department} if department else {}),
                    }
                )
            )
    columns: tuple[Column, ...] = (
        Column("月"),
        Column("件数", "count"),
        Column("従来(時間)", "hours"),
        Column("現在(時間)", "hours"),
        Column("削減(時間)", "hours"),
        Column("削減率", "percent"),
        Column("削減の累計", "hours"),
        Column("計画の累計", "hours"),
        Column("根拠"),
    )
    if all(plan is None for plan in planned):
        columns = (*columns[:7], columns[8])
        rows = [(*row[:7], row[8]) for row in rows]
    return Linked(Table("月別", columns, tuple(rows)), links)


def months_chart(
    months: Sequence[tuple[Span, Balance]], until: dt.date, span: Span
) -> Markup | None:
    """Saved hours by month; None where nothing has happened: an empty chart says nothing."""
    bars = tuple(
        bar(
            month_label(m, span),
            reportcells.hours(reportcells.net(b)) if m.first <= until else None,
        )
        for m, b in months
    )
    if any(made.value is not None for made in bars):
        return charts.columns("月別の正味の削減時間", bars, "時間")
    return None
