"""The figures of initiatives as their pages show them: which span is meant, tables with places to
go on to, and charts.

Cells are the typed, rounded cells of :mod:`initiatives.tables`, so that a page and a report never
differ.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from urllib.parse import quote, urlencode

from markupsafe import Markup

from desk import charts
from desk.charts import Bar, Pair, Step
from desk.refusals import NotHere
from initiatives import reportcells, tables
from initiatives.balance import Balance
from initiatives.fiscal import (
    Span,
    fiscal_year,
    label,
    long_label,
    month_span,
    parse_span,
    year_span,
)
from initiatives.madeup import NOTICE, is_made_up
from initiatives.overview import Overview, YearsCompared
from initiatives.register import Strategy
from initiatives.reportcells import NONE, Cell, Column, Table, show
from initiatives.summary import InitiativeSheet
from records.errors import DefinitionError
from records.journal import Journal

_MOST_BARS = 20
Links = Mapping[tuple[int, int], str]


@dataclass(frozen=True, slots=True)
class Linked:
    """A table, and where its cells lead: (row, column) → address."""

    table: Table
    links: Links = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Choice:
    """What was asked for: a fiscal year (``R7``), a plan period (``第2期``), or months
    (``2025-10``)."""

    text: str
    span: Span

    @property
    def is_month(self) -> bool:
        return self.span == month_span(self.span.first)

    def address(self, place: str, **more: object) -> str:
        """``place`` for the same span."""
        return (
            place
            + "?"
            + urlencode({"span": self.text, **{k: v for k, v in more.items() if v not in ("", 0)}})
        )


def choose(strategy: Strategy, today: dt.date, text: str) -> Choice:
    """The span that an address names; this fiscal year where it names none.

    Raises:
        NotHere: it is none, cuts a month, or lies outside of the strategy.
    """
    text = text.strip()
    if not text:
        first, last = strategy.span.years[0], strategy.span.years[-1]
        year = min(max(fiscal_year(today), first), last)
        return Choice(label(year), year_span(year))
    try:
        span = parse_span(text[:40], strategy.period_spans())
    except DefinitionError as error:
        raise NotHere(error.message) from None
    whole = span.first == month_span(span.first).first and span.last == month_span(span.last).last
    if not whole or strategy.span.cut(span) != span:
        raise NotHere("戦略の期間にある年度・期・月を選んでください")
    return Choice(text, span)


def caution(journal: Journal, strategy: Strategy) -> str:
    """What must stand on every page with figures; empty where nothing must."""
    return NOTICE if is_made_up(journal) else strategy.note


def options(strategy: Strategy, chosen: Choice) -> list[tuple[str, list[tuple[str, str]]]]:
    """What the list of spans offers, in groups: text and title."""
    years = [(label(year), long_label(year)) for year in strategy.span.years]
    periods = [(f"第{p.no}期", f"{p.title}({p.span.title})") for p in strategy.periods]
    offered = [("年度", years), ("アクションプランの期", periods)]
    if all(chosen.text != text for _, group in offered for text, _ in group):
        offered.insert(0, ("月など", [(chosen.text, chosen.span.title)]))
    return offered


def month_text(month: Span) -> str:
    """A month as addresses name it."""
    return f"{month.first:%Y-%m}"


def page_of(code: str) -> str:
    return f"/initiatives/{quote(code, safe='')}"


def bar(name: str, value: Decimal | None) -> Bar:
    """A bar of hours with the figure as tables show it."""
    return Bar(name, None if value is None else float(value), show(value, "hours"))


def hours_of(balance: Balance) -> str:
    """``12.3時間``, or ``—`` where nothing is known."""
    net = reportcells.hours(reportcells.net(balance))
    return NONE if net is None else f"{show(net, 'hours')}時間"


def month_label(month: Span, span: Span) -> str:
    """``4月``; with its year where there are two Aprils."""
    return f"{month.first.month}月" if len(span.years) == 1 else tables.month_name(month)


# --- 概況 -----------------------------------------------------------------------------------------


def initiative_rows(seen: Overview, choice: Choice) -> Linked:
    """One row an initiative; its name leads to its page, its saving to what it is made of."""
    rows: list[tuple[Cell, ...]] = []
    links: dict[tuple[int, int], str] = {}
    for n, line in enumerate(seen.lines):
        i, b, m = line.initiative, line.balance, line.measurement
        state = i.status + (" 要再検証" if line.recheck else "")
        now = line.department.name + (f"(旧 {line.formerly})" if line.formerly else "")
        target = actual = NONE
        if m is not None:
            target = f"{show(None if m.target is None else reportcells.rounded(m.target, 1), 'number')}{m.kpi.unit}"
            actual = (
                NONE
                if m.value is None
                else f"{show(reportcells.rounded(m.value, 1), 'number')}{m.kpi.unit}"
            )
        rows.append(
            (
                i.code,
                i.title,
                now,
                state,
                b.work.accepted,
                reportcells.hours(reportcells.net(b)),
                reportcells.share(b.unseen_share),
                m.kpi.name if m else NONE,
                target,
                actual,
                line.track,
                line.grade.letter if line.grade else NONE,
                reportcells.basis(b),
            )
        )
        links[n, 1] = choice.address(page_of(i.code))
        links[n, 5] = choice.address(f"{page_of(i.code)}/breakdown")
    b = seen.balance
    rows.append(
        (
            "計",
            f"{len(seen.lines)}取組",
            "",
            "",
            b.work.accepted,
            reportcells.hours(reportcells.net(b)),
            reportcells.share(b.unseen_share),
            "",
            "",
            "",
            "",
            "",
            reportcells.basis(b),
        )
    )
    year = label(seen.year)
    return Linked(
        Table(
            "取組ごとの状況",
            (
                Column("番号"),
                Column("取組"),
                Column("担当課"),
                Column("状況"),
                Column("件数", "count"),
                Column("削減(時間)", "hours"),
                Column("目視不要", "percent"),
                Column("指標"),
                Column(f"目標({year})"),
                Column("実績"),
                Column("判定"),
                Column("評価"),
                Column("根拠"),
            ),
            tuple(rows),
            True,
        ),
        links,
    )


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
        columns, rows = (*columns[:7], columns[8]), [(*row[:7], row[8]) for row in rows]
    return Linked(Table("月別", columns, tuple(rows)), links)


def pillar_rows(seen: Overview) -> Table:
    """Every pillar with its indicators; one without any still stands there with its initiatives."""
    rows: list[tuple[Cell, ...]] = []
    for line in seen.pillars:
        for n, m in enumerate(line.measurements or (None,)):
            name: Cell = line.pillar.name if n == 0 else ""
            count: Cell = len(line.initiatives) if n == 0 else ""
            if m is None:
                rows.append((name, count, NONE, None, None, NONE, NONE, NONE))
                continue
            rows.append(
                (
                    name,
                    count,
                    m.kpi.name,
                    None if m.target is None else reportcells.rounded(m.target, 1),
                    None if m.value is None else reportcells.rounded(m.value, 1),
                    m.kpi.unit,
                    m.track,
                    m.basis or NONE,
                )
            )
    return Table(
        "柱ごとの状況",
        (
            Column("柱"),
            Column("取組数", "count"),
            Column("指標"),
            Column("目標", "number"),
            Column("実績", "number"),
            Column("単位"),
            Column("判定"),
            Column("根拠"),
        ),
        tuple(rows),
    )


def headline(seen: Overview) -> list[tuple[str, str, str]]:
    """The figures at the top: label, figure, and what stands under it."""
    b = seen.balance
    basis = reportcells.basis(b)
    made = [
        ("正味の削減時間", hours_of(b), basis if basis in (NONE, "実測") else f"{basis}を含む"),
        ("取り込んだ件数", f"{b.work.accepted:,}件", f"ほかに例外 {b.work.failed:,}件"),
        (
            "目視しなくてよかった値",
            show(reportcells.share(b.unseen_share), "percent"),
            f"{b.work.fields:,}項目のうち",
        ),
    ]
    for m in seen.measurements[:1]:
        if m.target is not None:
            value = show(None if m.value is None else reportcells.rounded(m.value, 1), "number")
            done = show(reportcells.achieved(m), "percent")
            target = show(reportcells.rounded(m.target, 1), "number")
            made.append(
                (
                    f"{label(seen.year)}の目標に対して",
                    f"{done} {m.track}",
                    f"{value} / {target}{m.kpi.unit}",
                )
            )
    tracks = [line.track for line in seen.lines]
    well, behind = (
        sum(t in ("達成", "順調") for t in tracks),
        sum(t in ("遅れ", "未達") for t in tracks),
    )
    made.append(("目標のある取組", f"順調 {well} / 遅れ {behind}", f"{len(tracks)}取組のうち"))
    return made


def overview_charts(seen: Overview) -> list[tuple[str, Markup]]:
    """Heading and chart, by month and against the plan; of a single month, by initiative."""
    if len(seen.months) == 1:
        ranked = sorted(
            (line for line in seen.lines if reportcells.net(line.balance) is not None),
            key=lambda line: -line.balance.net.milliseconds,
        )[:_MOST_BARS]
        bars = tuple(
            bar(
                f"{line.initiative.code} {line.initiative.title}",
                reportcells.hours(reportcells.net(line.balance)),
            )
            for line in ranked
        )
        return (
            [("取組ごとの正味の削減時間", charts.lying("取組ごとの正味の削減時間", bars, "時間"))]
            if bars
            else []
        )
    made, drawn = [], _months(seen.months, seen.until, seen.span)
    if drawn is not None:
        made.append(("月別の正味の削減時間", drawn))
    steps, so_far = [], 0
    for (month, b), plan in zip(seen.months, seen.planned, strict=True):
        so_far += reportcells.net(b) or 0
        reached = (
            reportcells.hours(so_far) if month.first <= seen.until and drawn is not None else None
        )
        steps.append(
            Step(
                month_label(month, seen.span),
                None if reached is None else float(reached),
                None if plan is None else float(reportcells.rounded(plan, 1)),
            )
        )
    if any(s.actual is not None or s.plan is not None for s in steps):
        made.append(
            (
                "削減時間の累計(実績と計画)",
                charts.course("削減時間の累計と計画", tuple(steps), "時間"),
            )
        )
    return made


def _months(months: Sequence[tuple[Span, Balance]], until: dt.date, span: Span) -> Markup | None:
    """None where nothing has happened: an empty chart says nothing."""
    bars = tuple(
        bar(
            month_label(m, span),
            reportcells.hours(reportcells.net(b)) if m.first <= until else None,
        )
        for m, b in months
    )
    return (
        charts.columns("月別の正味の削減時間", bars, "時間")
        if any(made.value is not None for made in bars)
        else None
    )


# --- 個票 -----------------------------------------------------------------------------------------


def kpi_rows(sheet: InitiativeSheet) -> Table:
    """目標と実績 of one initiative: the report's table without the initiative's own number."""
    made = tables.kpi_table([(sheet.initiative.code, m) for m in sheet.measurements], "目標と実績")
    return Table(made.name, made.columns[1:], tuple(row[1:] for row in made.rows))


def sheet_chart(sheet: InitiativeSheet, choice: Choice, until: dt.date) -> Markup | None:
    """Saved hours by month; nothing to draw of a single month."""
    return None if len(sheet.months) == 1 else _months(sheet.months, until, choice.span)


# --- 比較 -----------------------------------------------------------------------------------------


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
    return charts.pairs(title, made, "時間") if made else None
