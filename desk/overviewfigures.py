"""The overview of all initiatives (概況): tables, headline and charts.

Cells are the typed, rounded cells of :mod:`initiatives.tables`, so that a page and a report never
differ.
"""

from __future__ import annotations

from markupsafe import Markup

from desk import charts
from desk.charts import Bar, Step
from desk.monthfigures import Linked, bar, hours_of, month_label, months_chart
from desk.spans import Choice, page_of
from initiatives import reportcells
from initiatives.evaluate import Measurement
from initiatives.fiscal import label
from initiatives.overview import Overview, OverviewLine
from initiatives.reportcells import NONE, Cell, Column, Table, show

_MOST_BARS = 20


def initiative_rows(seen: Overview, choice: Choice) -> Linked:
    """One row an initiative; its name leads to its page, its saving to what it is made of."""
    rows: list[tuple[Cell, ...]] = []
    links: dict[tuple[int, int], str] = {}
    for n, line in enumerate(seen.lines):
        page = page_of(line.initiative.code)
        rows.append(_initiative_row(line))
        links[n, 1] = choice.address(page)
        links[n, 5] = choice.address(f"{page}/breakdown")
    rows.append(_total_row(seen))
    year = label(seen.year)
    columns = (
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
    )
    return Linked(Table("取組ごとの状況", columns, tuple(rows), True), links)


def _initiative_row(line: OverviewLine) -> tuple[Cell, ...]:
    initiative = line.initiative
    balance = line.balance
    measured = line.measurement
    state = initiative.status
    if line.recheck:
        state += " 要再検証"
    department = line.department.name
    if line.formerly:
        department += f"(旧 {line.formerly})"
    kpi = target = actual = NONE
    if measured is not None:
        kpi = measured.kpi.name
        target = f"{_figure(measured.target)}{measured.kpi.unit}"
        if measured.value is not None:
            actual = f"{_figure(measured.value)}{measured.kpi.unit}"
    return (
        initiative.code,
        initiative.title,
        department,
        state,
        balance.work.accepted,
        reportcells.hours(reportcells.net(balance)),
        reportcells.share(balance.unseen_share),
        kpi,
        target,
        actual,
        line.track,
        line.grade.letter if line.grade else NONE,
        reportcells.basis(balance),
    )


def _total_row(seen: Overview) -> tuple[Cell, ...]:
    balance = seen.balance
    counted = f"{len(seen.lines)}取組"
    hours = reportcells.hours(reportcells.net(balance))
    share = reportcells.share(balance.unseen_share)
    basis = reportcells.basis(balance)
    accepted = balance.work.accepted
    return ("計", counted, "", "", accepted, hours, share, "", "", "", "", "", basis)


def _figure(value: float | None) -> str:
    """A figure of an indicator as tables show it."""
    if value is None:
        return show(None, "number")
    return show(reportcells.rounded(value, 1), "number")


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
    balance = seen.balance
    work = balance.work
    basis = reportcells.basis(balance)
    if basis not in (NONE, "実測"):
        basis = f"{basis}を含む"
    unseen = show(reportcells.share(balance.unseen_share), "percent")
    accepted = f"{work.accepted:,}件"
    failed = f"ほかに例外 {work.failed:,}件"
    made = [
        ("正味の削減時間", hours_of(balance), basis),
        ("取り込んだ件数", accepted, failed),
        ("目視しなくてよかった値", unseen, f"{work.fields:,}項目のうち"),
    ]
    for measured in seen.measurements[:1]:
        if measured.target is not None:
            made.append(_against_target(measured, seen.year))
    tracks = [line.track for line in seen.lines]
    well = sum(track in ("達成", "順調") for track in tracks)
    behind = sum(track in ("遅れ", "未達") for track in tracks)
    pace = f"順調 {well} / 遅れ {behind}"
    made.append(("目標のある取組", pace, f"{len(tracks)}取組のうち"))
    return made


def _against_target(measured: Measurement, year: int) -> tuple[str, str, str]:
    done = show(reportcells.achieved(measured), "percent")
    value = _figure(measured.value)
    target = f"{_figure(measured.target)}{measured.kpi.unit}"
    return (
        f"{label(year)}の目標に対して",
        f"{done} {measured.track}",
        f"{value} / {target}",
    )


def overview_charts(seen: Overview) -> list[tuple[str, Markup]]:
    """Heading and chart, by month and against the plan; of a single month, by initiative."""
    if len(seen.months) == 1:
        return _by_initiative(seen)
    made: list[tuple[str, Markup]] = []
    drawn = months_chart(seen.months, seen.until, seen.span)
    if drawn is not None:
        made.append(("月別の正味の削減時間", drawn))
    steps = _steps(seen, is_drawn=drawn is not None)
    if any(step.actual is not None or step.plan is not None for step in steps):
        course = charts.course("削減時間の累計と計画", steps, "時間")
        made.append(("削減時間の累計(実績と計画)", course))
    return made


def _by_initiative(seen: Overview) -> list[tuple[str, Markup]]:
    known = [line for line in seen.lines if reportcells.net(line.balance) is not None]
    known.sort(key=lambda line: -line.balance.net.milliseconds)
    bars: list[Bar] = []
    for line in known[:_MOST_BARS]:
        name = f"{line.initiative.code} {line.initiative.title}"
        hours = reportcells.hours(reportcells.net(line.balance))
        bars.append(bar(name, hours))
    if not bars:
        return []
    title = "取組ごとの正味の削減時間"
    return [(title, charts.lying(title, tuple(bars), "時間"))]


def _steps(seen: Overview, *, is_drawn: bool) -> tuple[Step, ...]:
    """What has been reached by the end of each month, beside what was planned.

    Args:
        is_drawn: anything has happened at all.
    """
    steps: list[Step] = []
    so_far = 0
    for (month, balance), plan in zip(seen.months, seen.planned, strict=True):
        so_far += reportcells.net(balance) or 0
        reached = None
        if is_drawn and month.first <= seen.until:
            reached = reportcells.hours(so_far)
        actual = None if reached is None else float(reached)
        planned = None if plan is None else float(reportcells.rounded(plan, 1))
        steps.append(Step(month_label(month, seen.span), actual, planned))
    return tuple(steps)
