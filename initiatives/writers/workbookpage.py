"""The sheet of one initiative (個票) in the Excel report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from initiatives import initiativepage, reportcells, tables
from initiatives.reportcells import Table
from initiatives.summary import Report, Sheet
from initiatives.writers.cellstyle import FORMATS, INK, Look, put
from initiatives.writers.native import bars
from initiatives.writers.workbooksheet import PLAIN, ChartData, lines_of

_GRID = (15, 12, 8, 9, 15, 12, 8, 10, 10)
"""Column widths of a 個票, in half-width characters."""


def put_initiative(report: Report, sheet: Sheet, page: Worksheet, data: ChartData) -> None:
    for number, width in enumerate(_GRID, 1):
        page.column_dimensions[get_column_letter(number)].width = width
    name = f"{sheet.initiative.code}  {sheet.initiative.title}"
    put(page, 1, 1, name, Look(15, True, INK))
    page.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(_GRID))
    page.row_dimensions[1].height = 4 + 22 * lines_of(name, sum(_GRID) * 0.62)
    put(page, 2, 1, f"取組の個票  {report.as_of}", PLAIN)
    row = _pairs(page, initiativepage.facts(sheet), 3)
    for heading, text in initiativepage.story(sheet):
        row = _wide(page, row, heading, text)
    row = _block(page, row, "効果", initiativepage.terms_table(sheet), (2, 1, 1, 1, 4))
    row = _wide(page, row, "費用", initiativepage.money_facts(sheet))
    if sheet.measurements:
        made = tables.kpi_table([(sheet.initiative.code, m) for m in sheet.measurements])
        columns = tuple(made.columns[i] for i in (1, 3, 5, 6, 7, 8, 9, 10))
        rows = tuple(tuple(r[i] for i in (1, 3, 5, 6, 7, 8, 9, 10)) for r in made.rows)
        row = _block(
            page, row, report.kpi_title, Table("", columns, rows), (2, 1, 1, 1, 1, 1, 1, 1)
        )
    row = _pairs(page, initiativepage.quality(sheet), _heading(page, row, "品質"))
    if sheet.initiative.milestones:
        row = _block(page, row, "スケジュール", initiativepage.schedule(sheet), (2, 5, 2))
    row = _wide(page, row, "評価", initiativepage.verdict(sheet))
    row = _wide(page, row, "所見", " \n ")
    months = data.add(sheet.initiative.code, tables.month_table(sheet.months))
    if initiativepage.has_course(sheet):
        bars(
            page,
            data.page,
            "月別の削減時間(時間)",
            (1, row + 1, len(_GRID), row + 12),
            months,
            1,
            [5],
        )
    page.print_area = f"A1:{get_column_letter(len(_GRID))}{row + 13}"
    page.page_setup.fitToHeight = 1


def _heading(page: Worksheet, row: int, text: str) -> int:
    put(page, row, 1, text, Look(10, True, INK, wrap=False))
    page.row_dimensions[row].height = 18
    return row + 1


_TEXT = Look(9, frame="box")

_LABEL = Look(9, True, frame="box", fill=True)


def _box(page: Worksheet, row: int, first: int, last: int, value: Any, look: Look = _TEXT) -> None:
    """One framed cell over several columns."""
    for column in range(first, last + 1):
        put(page, row, column, value if column == first else None, look)
    if last > first:
        page.merge_cells(start_row=row, start_column=first, end_row=row, end_column=last)


def _pairs(page: Worksheet, pairs: Sequence[tuple[str, str]], row: int) -> int:
    """Label and text, two pairs a row where both are short, else one."""
    queue = list(pairs)
    while queue:
        label, text = queue.pop(0)
        room = sum(_GRID[1:4]) if queue and lines_of(queue[0][1], sum(_GRID[5:])) == 1 else 0
        _box(page, row, 1, 1, label, _LABEL)
        if room and lines_of(text, room) == 1:
            _box(page, row, 2, 4, text)
            _box(page, row, 5, 5, queue[0][0], _LABEL)
            _box(page, row, 6, len(_GRID), queue.pop(0)[1])
            page.row_dimensions[row].height = 18
        else:
            _box(page, row, 2, len(_GRID), text)
            page.row_dimensions[row].height = 6 + 12 * lines_of(text, sum(_GRID[1:]))
        row += 1
    return row


def _wide(page: Worksheet, row: int, heading: str, text: str) -> int:
    _box(page, row, 1, 1, heading, _LABEL)
    _box(page, row, 2, len(_GRID), text, replace(_TEXT, vertical="top") if "\n" in text else _TEXT)
    page.row_dimensions[row].height = 6 + 13 * lines_of(text, sum(_GRID[1:]))
    return row + 1


def _block(page: Worksheet, row: int, heading: str, table: Table, spans: Sequence[int]) -> int:
    """A small table whose columns take ``spans`` columns of the page's grid."""
    row = _heading(page, row, heading)
    for line in (None, *table.rows):
        column = 1
        is_sum = table.summed and line is table.rows[-1]
        for index, (kind, width) in enumerate(zip(table.columns, spans, strict=True)):
            value = kind.title.replace("\n", "") if line is None else line[index]
            text = value if value is not None else reportcells.NONE
            right = line is not None and kind.kind != "text"
            align = "center" if line is None or kind.centred else "right" if right else "left"
            number = not isinstance(text, str)
            _box(
                page,
                row,
                column,
                column + width - 1,
                text,
                Look(
                    9,
                    line is None or is_sum,
                    align=align,
                    frame="box",
                    fill=line is None,
                    format=FORMATS.get(kind.kind, "General") if number else "General",
                ),
            )
            column += width
        page.row_dimensions[row].height = 17
        row += 1
    return row
