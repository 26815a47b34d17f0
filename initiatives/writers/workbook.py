"""The report as an Excel workbook with native charts: 総括表, KPI, 課別, 年度別, 費用と効果, and a
個票 for each initiative."""

from __future__ import annotations

import io
import math
from pathlib import Path

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from initiatives import reportnotes, tables
from initiatives.summary import Report
from initiatives.writers.cellstyle import GRAY, INK, CellLook, ReportBook, put
from initiatives.writers.native import bars
from initiatives.writers.workbookpage import put_initiative
from initiatives.writers.workbooksheet import (
    PLAIN,
    ChartData,
    new_sheet,
    put_note,
    put_page,
    put_table,
    put_title,
    set_widths,
)


def write_workbook(report: Report, path: Path) -> None:
    """Write ``report`` as .xlsx."""
    book = ReportBook()
    book.remove(book.active)  # type: ignore[arg-type]
    data = ChartData(new_sheet(book, "図のデータ", report))
    _summary(report, new_sheet(book, "総括表", report, landscape=True), data)
    _comparisons(report, book)
    page = new_sheet(book, "費用と効果", report, landscape=True)
    put_page(report, page, tables.money_table(report), "費用と効果")
    for sheet in report.sheets:
        page = new_sheet(book, f"個票 {sheet.initiative.code}", report)
        put_initiative(report, sheet, page, data)
    book.move_sheet(data.page, len(book.sheetnames))
    book.active = 0
    book.properties.title = report.title
    book.properties.creator = report.strategy.name
    # not straight to the path: on a full disk a half-written ZIP would print a traceback at its end
    whole = io.BytesIO()
    book.save(whole)
    path.write_bytes(whole.getvalue())


def _comparisons(report: Report, book: ReportBook) -> None:
    """The sheets of KPIs, departments, years, plan periods and months."""
    kpis = [(report.strategy.automation.name, m) for m in report.measurements]
    for sheet in (*report.sheets, *report.others):
        kpis += [(sheet.initiative.code, m) for m in sheet.measurements]
    if kpis:
        page = new_sheet(book, "KPI", report, landscape=True)
        put_page(report, page, tables.kpi_table(kpis), report.kpi_title)
    page = new_sheet(book, "課別", report, landscape=True)
    last = put_page(report, page, tables.department_table(report), "課別の効果")
    place = (1, last + 2, 9, last + 20)
    bars(page, page, "課別の削減時間", place, (4, last), 2, [7], upright=False, end=-1)
    page = new_sheet(book, "年度別", report, landscape=True)
    last = put_page(report, page, tables.year_table(report), "年度別の効果")
    place = (1, last + 2, 8, last + 20)
    bars(page, page, "年度別の削減時間", place, (4, last), 1, [6])
    if report.periods:
        page = new_sheet(book, "期別", report, landscape=True)
        table = tables.period_table(report)
        put_page(report, page, table, "アクションプランの期別の効果")
    page = new_sheet(book, "月別", report, landscape=True)
    last = put_page(report, page, tables.month_table(report.months), "月別の効果")
    place = (1, last + 2, 6, last + 20)
    # Of more than a year the chart stands beside the table, and up to three years on one page.
    if len(report.months) > 12:
        place = (8, 4, 16, 26)
    bars(page, page, "月別の従来と現在の時間", place, (4, last), 1, [3, 4])
    page.page_setup.fitToHeight = math.ceil(len(report.months) / 36)


_CARDS = (1, 3, 7, 10)
"""Columns at which the figures on top of 総括表 stand."""


def _summary(report: Report, page: Worksheet, data: ChartData) -> None:
    table = tables.summary_table(report)
    set_widths(page, table.columns)
    put_title(report, page, "デジタル化による業務効率化 総括表")
    _approvals(report, page, len(table.columns))
    for column, (label, text, under) in zip(_CARDS, reportnotes.headline(report), strict=False):
        _card(page, 4, column, label, text, under)
    last = put_table(page, table, 9)
    page.print_title_rows = "9:9"
    for number, note in enumerate(table.notes):
        put_note(page, last + 2 + number, note, len(table.columns))
    row = last + len(table.notes) + 3
    shown = min(len(report.sheets), 15)
    bottom = row + max(14, 5 + 2 * shown)
    more = ""
    if shown < len(report.sheets):
        more = f"(番号順の先頭{shown}件)"
    bars(
        page,
        page,
        f"取組別の削減時間(時間){more}",
        (1, row, 4, bottom),
        (9, 9 + shown),
        1,
        [8],
        upright=False,
    )
    months = data.add("全体", tables.month_table(report.months))
    bars(
        page,
        data.page,
        "月別の従来と現在(時間)",
        (6, row, len(table.columns), bottom),
        months,
        1,
        [3, 4],
    )
    page.print_area = f"A1:{get_column_letter(len(table.columns))}{bottom + 1}"


def _approvals(report: Report, page: Worksheet, columns: int) -> None:
    """Boxes for seals (押印欄) at the right of the title."""
    boxes = report.strategy.approvals[:5]
    for number, title in enumerate(boxes):
        column = columns - len(boxes) + number + 1
        put(page, 2, column, title, CellLook(8, align="center", frame="box"))
        put(page, 3, column, None, CellLook(frame="box"))
    page.row_dimensions[3].height = 42 if boxes else 8


def _card(page: Worksheet, row: int, column: int, label: str, text: str, under: str) -> None:
    put(page, row + 1, column, label, PLAIN)
    put(page, row + 2, column, text, CellLook(18, True, INK, wrap=False))
    put(page, row + 3, column, under, CellLook(8, color=GRAY, wrap=False))
    page.row_dimensions[row + 2].height = 26
    page.row_dimensions[row].height = 6
