"""The sheet of one initiative (個票) in the Excel report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from initiatives import initiativepage, reportcells, tables
from initiatives.reportcells import Column, Table
from initiatives.summary import InitiativeSheet, Report
from initiatives.writers.cellstyle import FORMATS, INK, CellLook, put
from initiatives.writers.native import bars
from initiatives.writers.workbooksheet import PLAIN, ChartData, lines_of

_GRID = (15, 12, 8, 9, 15, 12, 8, 10, 10)
"""Column widths of a 個票, in half-width characters."""


def put_initiative(
    report: Report, sheet: InitiativeSheet, page: Worksheet, data: ChartData
) -> None:
    for number, width in enumerate(_GRID, 1):
        page.column_dimensions[get_column_letter(number)].width = width
    code = sheet.initiative.code
    name = f"{code}  {sheet.initiative.title}"
    put(page, 1, 1, name, CellLook(15, True, INK))
    page.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(_GRID))
    # The title's letters are wider than those that the grid's widths are counted in.
    lines = lines_of(name, sum(_GRID) * 0.62)
    page.row_dimensions[1].height = 4 + 22 * lines
    put(page, 2, 1, f"取組の個票  {report.as_of}", PLAIN)
    row = _pairs(page, initiativepage.facts(sheet), 3)
    for heading, text in initiativepage.story(sheet):
        row = _wide(page, row, heading, text)
    row = _block(page, row, "効果", initiativepage.terms_table(sheet), (2, 1, 1, 1, 4))
    row = _wide(page, row, "費用", initiativepage.money_facts(sheet))
    if sheet.measurements:
        kpis = initiativepage.kpis(sheet)
        row = _block(page, row, report.kpi_title, kpis, (2, 1, 1, 1, 1, 1, 1, 1))
    row = _heading(page, row, "品質")
    row = _pairs(page, initiativepage.quality(sheet), row)
    if sheet.initiative.milestones:
        row = _block(page, row, "スケジュール", initiativepage.schedule(sheet), (2, 5, 2))
    row = _wide(page, row, "評価", initiativepage.verdict(sheet))
    row = _wide(page, row, "所見", " \n ")
    months = data.add(code, tables.month_table(sheet.months))
    if initiativepage.has_course(sheet):
        place = (1, row + 1, len(_GRID), row + 12)
        bars(page, data.page, "月別の削減時間(時間)", place, months, 1, [5])
    page.print_area = f"A1:{get_column_letter(len(_GRID))}{row + 13}"
    page.page_setup.fitToHeight = 1


def _heading(page: Worksheet, row: int, text: str) -> int:
    put(page, row, 1, text, CellLook(10, True, INK, wrap=False))
    page.row_dimensions[row].height = 18
    return row + 1


_TEXT = CellLook(9, frame="box")
_LABEL = CellLook(9, True, frame="box", fill=True)


def _box(
    page: Worksheet, row: int, first: int, last: int, value: Any, look: CellLook = _TEXT
) -> None:
    """One framed cell over several columns."""
    for column in range(first, last + 1):
        put(page, row, column, value if column == first else None, look)
    if last > first:
        page.merge_cells(start_row=row, start_column=first, end_row=row, end_column=last)


def _pairs(page: Worksheet, pairs: Sequence[tuple[str, str]], row: int) -> int:
    """Label and text, two pairs a row where both are short, else one."""
    left = sum(_GRID[1:4])
    right = sum(_GRID[5:])
    queue = list(pairs)
    while queue:
        label, text = queue.pop(0)
        _box(page, row, 1, 1, label, _LABEL)
        has_partner = bool(queue) and lines_of(queue[0][1], right) == 1
        if has_partner and lines_of(text, left) == 1:
            other, more = queue.pop(0)
            _box(page, row, 2, 4, text)
            _box(page, row, 5, 5, other, _LABEL)
            _box(page, row, 6, len(_GRID), more)
            page.row_dimensions[row].height = 18
        else:
            _box(page, row, 2, len(_GRID), text)
            lines = lines_of(text, sum(_GRID[1:]))
            page.row_dimensions[row].height = 6 + 12 * lines
        row += 1
    return row


def _wide(page: Worksheet, row: int, heading: str, text: str) -> int:
    _box(page, row, 1, 1, heading, _LABEL)
    look = _TEXT
    if "\n" in text:
        look = replace(_TEXT, vertical="top")
    _box(page, row, 2, len(_GRID), text, look)
    lines = lines_of(text, sum(_GRID[1:]))
    page.row_dimensions[row].height = 6 + 13 * lines
    return row + 1


def _block(page: Worksheet, row: int, heading: str, table: Table, spans: Sequence[int]) -> int:
    """A small table whose columns take ``spans`` columns of the page's grid."""
    row = _heading(page, row, heading)
    titles = [column.title.replace("\n", "") for column in table.columns]
    head = CellLook(9, True, align="center", frame="box", fill=True)
    _line(page, row, titles, [head] * len(titles), spans)
    for line in table.rows:
        row += 1
        is_sum = table.summed and line is table.rows[-1]
        texts = [reportcells.NONE if cell is None else cell for cell in line]
        cells = zip(texts, table.columns, strict=True)
        looks = [_look(text, column, is_sum) for text, column in cells]
        _line(page, row, texts, looks, spans)
    return row + 1


def _look(text: str | int | Decimal, column: Column, is_sum: bool) -> CellLook:
    align = "left"
    if column.centred:
        align = "center"
    elif column.kind != "text":
        align = "right"
    is_number = not isinstance(text, str)
    number_format = "General"
    if is_number:
        number_format = FORMATS.get(column.kind, "General")
    return CellLook(9, is_sum, align=align, frame="box", format=number_format)


def _line(
    page: Worksheet, row: int, texts: Sequence[Any], looks: Sequence[CellLook], spans: Sequence[int]
) -> None:
    """One row of a small table."""
    column = 1
    for text, look, width in zip(texts, looks, spans, strict=True):
        _box(page, row, column, column + width - 1, text, look)
        column += width
    page.row_dimensions[row].height = 17
