"""One initiative (個票), and departments, years and plan periods side by side (比較)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from urllib.parse import quote

from markupsafe import Markup

from desk import charts
from desk.charts import Pair
from desk.monthfigures import Linked, Links, bar, months_chart
from desk.spans import Choice
from initiatives import reportcells, tables
from initiatives.balance import Balance
from initiatives.fiscal import label
from initiatives.overview import YearsCompared
from initiatives.register import Strategy
from initiatives.reportcells import Table
from initiatives.summary import InitiativeSheet

_MOST_BARS = 20


def kpi_rows(sheet: InitiativeSheet) -> Table:
    """目標と実績 of one initiative: the report's table without the initiative's own number."""
    made = tables.kpi_table([(sheet.initiative.code, m) for m in sheet.measurements], "目標と実績")
    return Table(made.name, made.columns[1:], tuple(row[1:] for row in made.rows))


def sheet_chart(sheet: InitiativeSheet, choice: Choice, until: dt.date) -> Markup | None:
    """Saved hours by month; nothing to draw of a single month."""
    if len(sheet.months) == 1:
        return None
    return months_chart(sheet.months, until, choice.span)


def compared(
    strategy: Strategy, found: YearsCompared, choice: Choice
) -> list[tuple[str, Linked, Markup | None]]:
    """課別, 年度別, 期別: heading, table with places to go on to, chart."""
    departments = [d for d in found.departments if reportcells.net(d.balance) is not None]
    years = {n: f"/initiatives?span={label(line.year)}" for n, line in enumerate(found.years)}
    periods = {
        n: f"/initiatives?span={quote(f'第{line.period.no}期')}"
        for n, line in enumerate(found.periods)
    }
    by_department = {
        n: choice.address("/initiatives", department=line.department.code)
        for n, line in enumerate(found.departments)
        if not line.now
    }
    ranked = tuple(
        bar(d.department.name, reportcells.hours(reportcells.net(d.balance)))
        for d in departments[:_MOST_BARS]
    )
    return [
        (
            f"課別 {choice.span.title}",
            Linked(tables.department_table(found), _column(by_department, 1)),
            charts.lying("課別の正味の削減時間", ranked, "時間") if ranked else None,
        ),
        (
            "年度別",
            Linked(tables.year_table(found), _column(years, 0)),
            _pairs("年度別の従来と現在", [(label(y.year), y.balance) for y in found.years]),
        ),
        (
            "アクションプランの期別",
            Linked(tables.period_table(found), _column(periods, 0)),
            _pairs("期別の従来と現在", [(p.period.title, p.balance) for p in found.periods]),
        ),
    ]


def _column(places: Mapping[int, str], column: int) -> Links:
    return {(row, column): place for row, place in places.items()}


def _pairs(title: str, found: Iterable[tuple[str, Balance]]) -> Markup | None:
    made = tuple(
        Pair(
            name,
            bar(name, reportcells.hours(reportcells.before(b)) or Decimal(0)),
            bar(name, reportcells.hours(reportcells.now(b)) or Decimal(0)),
        )
        for name, b in found
    )
    if made:
        return charts.pairs(title, made, "時間")
    return None
