"""The report as one CSV: a line for each figure, for other programs and pivot tables (UTF-8 with a
mark for Excel)."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from initiatives import initiativepage, reportcells, tables
from initiatives.reportcells import Cell, Table
from initiatives.summary import Report

HEADER = ("表", "期間", "番号", "名称", "項目", "値", "根拠", "備考")


_RESTING = frozenset(("削減率", "実績", "達成率"))
"""Columns beside hours and yen whose figures rest on the row's basis; counts are always
measured."""


def write_csv(report: Report, path: Path) -> None:
    """Write ``report`` as CSV. Figures are plain numbers (shares as fractions), nothing is an empty
    cell."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for line in _lines(report):
            writer.writerow([_inert(cell) for cell in line])


def _lines(report: Report) -> Iterator[tuple[Cell, ...]]:
    span = report.as_of
    remark = report.caution
    yield from _table(tables.summary_table(report), span, remark, key=0, name=1, basis=13)
    kpis = [(report.strategy.automation.name, m) for m in report.measurements]
    kpis += [
        (s.initiative.code, m) for s in (*report.sheets, *report.others) for m in s.measurements
    ]
    yield from _table(tables.kpi_table(kpis), span, remark, key=0, name=1, basis=9)
    yield from _table(tables.department_table(report), span, remark, key=0, name=1, basis=8)
    yield from _table(tables.year_table(report), span, remark, key=0, name=None, basis=7)
    yield from _table(tables.period_table(report), span, remark, key=0, name=None, basis=8)
    yield from _table(tables.month_table(report.months), span, remark, key=0, name=None, basis=None)
    yield from _table(tables.money_table(report), span, remark, key=0, name=1, basis=9)
    for sheet in report.sheets:
        code = sheet.initiative.code
        title = sheet.initiative.title
        for cells in initiativepage.terms_table(sheet).rows:
            yield "個票 効果", span, code, title, f"{cells[0]}(時間)", cells[1], cells[2], remark
        for label, text in (
            *initiativepage.facts(sheet),
            *initiativepage.story(sheet),
            *initiativepage.quality(sheet),
        ):
            yield "個票", span, code, title, label, text, None, remark
        yield "個票", span, code, title, "評価", initiativepage.verdict(sheet), None, remark
        for month, balance in sheet.months:
            saved = reportcells.hours(reportcells.net(balance))
            yield (
                "個票 月別",
                span,
                code,
                title,
                f"{tables.month_name(month)} 削減(時間)",
                saved,
                reportcells.basis(balance),
                remark,
            )


def _table(
    table: Table,
    span: str,
    remark: str,
    *,
    key: int,
    name: int | None,
    basis: int | None,
) -> Iterator[tuple[Cell, ...]]:
    """A line for each cell that is not a key, the name or the basis."""
    for row in table.rows:
        for number, (column, cell) in enumerate(zip(table.columns, row, strict=True)):
            if number not in (key, name, basis) and cell not in (None, ""):
                title = column.title.replace("\n", "")
                rests = basis is not None and (column.kind in ("hours", "yen") or title in _RESTING)
                yield (
                    table.name,
                    span,
                    row[key],
                    None if name is None else row[name],
                    title,
                    cell,
                    row[basis] if basis is not None and rests else None,
                    remark,
                )


def _inert(cell: Cell) -> str:
    """A cell that a spreadsheet takes for text or a number, never for a formula."""
    if cell is None:
        return ""
    if isinstance(cell, int | Decimal):
        return str(cell)
    if cell.startswith(("=", "+", "-", "@", "\t", "\r")) and cell != "-":
        return f"'{cell}"
    return cell
