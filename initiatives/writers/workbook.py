"""The report as an Excel workbook with native charts: 総括表, KPI, 課別, 年度別, 費用と効果, and a
個票 for each initiative."""

from __future__ import annotations

import io
import math
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.worksheet import Worksheet

from initiatives import tables
from initiatives.summary import Report, Sheet
from initiatives.tables import Cell, Column, Table
from initiatives.writers.cellstyle import FONT, FORMATS, GRAY, INK, LOSS, Book, Look, put
from initiatives.writers.native import bars

_UNSAFE = dict.fromkeys(map(ord, "[]:*?/\\"), "-")


def write_workbook(report: Report, path: Path) -> None:
    """Write ``report`` as .xlsx."""
    book = Book()
    book.remove(book.active)  # type: ignore[arg-type]
    data = _Data(_sheet(book, "図のデータ", report))
    _summary(report, _sheet(book, "総括表", report, landscape=True), data)
    kpis = [(report.strategy.automation.name, m) for m in report.measurements]
    kpis += [
        (s.initiative.code, m) for s in (*report.sheets, *report.others) for m in s.measurements
    ]
    if kpis:
        _page(
            report,
            _sheet(book, "KPI", report, landscape=True),
            tables.kpi_table(kpis),
            report.kpi_title,
        )
    page = _sheet(book, "課別", report, landscape=True)
    last = _page(report, page, tables.department_table(report), "課別の効果")
    bars(
        page,
        page,
        "課別の削減時間",
        (1, last + 2, 9, last + 20),
        (4, last),
        2,
        [7],
        upright=False,
        end=-1,
    )
    page = _sheet(book, "年度別", report, landscape=True)
    last = _page(report, page, tables.year_table(report), "年度別の効果")
    bars(page, page, "年度別の削減時間", (1, last + 2, 8, last + 20), (4, last), 1, [6])
    if report.periods:
        _page(
            report,
            _sheet(book, "期別", report, landscape=True),
            tables.period_table(report),
            "アクションプランの期別の効果",
        )
    page = _sheet(book, "月別", report, landscape=True)
    last = _page(report, page, tables.month_table(report.months), "月別の効果")
    many = (
        len(report.months) > 12
    )  # then the chart stands beside the table, not below it, and up to three years on one page
    place = (8, 4, 16, 26) if many else (1, last + 2, 6, last + 20)
    bars(page, page, "月別の従来と現在の時間", place, (4, last), 1, [3, 4])
    page.page_setup.fitToHeight = -(-len(report.months) // 36)
    _page(
        report,
        _sheet(book, "費用と効果", report, landscape=True),
        tables.money_table(report),
        "費用と効果",
    )
    for sheet in report.sheets:
        _single(report, sheet, _sheet(book, f"個票 {sheet.initiative.code}", report), data)
    book.move_sheet(data.page, len(book.sheetnames))
    book.active = 0
    book.properties.title = report.title
    book.properties.creator = report.strategy.name
    # not straight to the path: on a full disk a half-written ZIP would print a traceback at its end
    whole = io.BytesIO()
    book.save(whole)
    path.write_bytes(whole.getvalue())


class _Data:
    """The sheet that holds what the charts of other sheets are drawn from, one block of months
    under the other."""

    def __init__(self, page: Worksheet) -> None:
        self.page = page
        self._row = 1

    def add(self, name: str, table: Table) -> tuple[int, int]:
        """Put a table there; returns its header row and its last row."""
        _widths(self.page, table.columns)
        put(self.page, self._row, 1, name, Look(9, bold=True, wrap=False))
        first = self._row + 1
        last = _table(self.page, table, first)
        self._row = last + 2
        return first, last


def _sheet(book: Book, name: str, report: Report, landscape: bool = False) -> Worksheet:
    """A new A4 sheet, one page wide, with the caution in its header and page numbers in its
    footer."""
    title = name.translate(_UNSAFE)[:31]
    page: Worksheet = book.create_sheet(title)
    setup: Any = page  # the stubs take every part of the page set-up for optional
    setup.page_setup.paperSize = page.PAPERSIZE_A4
    setup.page_setup.orientation = "landscape" if landscape else "portrait"
    setup.page_setup.fitToHeight = 0
    setup.sheet_properties.pageSetUpPr.fitToPage = True
    setup.page_margins = PageMargins(0.5, 0.5, 0.6, 0.6, 0.3, 0.3)
    setup.print_options.horizontalCentered = True
    setup.sheet_view.showGridLines = False
    setup.oddHeader.right.text = _plain(
        report.caution[:90]
    )  # Excel takes 255 bytes for a whole header
    setup.oddFooter.left.text = _plain(report.strategy.name)
    setup.oddFooter.center.text = "&P / &N"
    for part in (setup.oddHeader.right, setup.oddFooter.left, setup.oddFooter.center):
        part.font, part.size = f"{FONT},標準", 8
    return page


def _plain(text: str) -> str:
    return text.replace("&", "&&")


_PLAIN = Look(size=9, color=GRAY, wrap=False)


def _title(report: Report, page: Worksheet, heading: str) -> int:
    """The heading of a page; returns the next free row."""
    put(page, 1, 1, heading, Look(16, True, INK, wrap=False))
    page.row_dimensions[1].height = 26
    put(
        page,
        2,
        1,
        f"{report.strategy.name} {report.strategy.automation.name}  {report.as_of}",
        _PLAIN,
    )
    return 4


def _page(report: Report, page: Worksheet, table: Table, heading: str) -> int:
    """A page with one table; returns the last row of the table (its notes come below)."""
    first = _title(report, page, heading)
    _widths(page, table.columns)
    last = _table(page, table, first)
    page.freeze_panes = f"A{first + 1}"
    page.print_title_rows = f"{first}:{first}"
    if len(table.rows) <= 16:
        page.page_setup.fitToHeight = 1  # a short table and its chart belong on one page
    for number, note in enumerate(table.notes):
        _note(page, last + 2 + number, note, len(table.columns))
    return last


def _widths(page: Worksheet, columns: Sequence[Column]) -> None:
    for number, column in enumerate(columns, 1):
        page.column_dimensions[get_column_letter(number)].width = column.width * 1.15


def _table(page: Worksheet, table: Table, row: int, column: int = 1) -> int:
    """A table with its header at ``row``; returns its last row."""
    for number, title in enumerate(table.columns, column):
        put(page, row, number, title.title, Look(9, True, align="center", frame="head", fill=True))
    page.row_dimensions[row].height = 28 if any("\n" in c.title for c in table.columns) else 18
    for index, cells in enumerate(table.rows, 1):
        is_sum = table.summed and index == len(table.rows)
        for number, (value, kind) in enumerate(zip(cells, table.columns, strict=True)):
            _cell(page, row + index, column + number, value, kind, bold=is_sum)
        page.row_dimensions[row + index].height = _height(cells, table.columns)
    return row + len(table.rows)


def _cell(page: Worksheet, row: int, column: int, value: Cell, kind: Column, *, bold: bool) -> None:
    number = not isinstance(value, str) and value is not None
    align = "right" if number or kind.kind != "text" else "center" if kind.centred else "left"
    lost = number and value < 0  # type: ignore[operator]
    look = Look(
        9,
        bold or lost,
        LOSS if lost else "000000",
        align,
        frame="sum" if bold else "box",
        format=FORMATS.get(kind.kind, "General") if number else "General",
    )
    put(page, row, column, value if value is not None else tables.NONE, look)


def _height(cells: Iterable[Cell], columns: Sequence[Column]) -> float:
    lines = max(
        (
            _lines(c, k.width * 1.3)
            for c, k in zip(cells, columns, strict=True)
            if isinstance(c, str)
        ),
        default=1,
    )
    return 6 + 12 * lines


def _lines(text: str, width: float) -> int:
    """How many lines a text takes in a cell of ``width`` half-width characters."""
    return sum(
        max(
            1,
            math.ceil(
                sum(2 if unicodedata.east_asian_width(c) in "WFA" else 1 for c in part)
                / max(width - 1, 1)
            ),
        )
        for part in text.split("\n")
    )


def _note(page: Worksheet, row: int, text: str, columns: int) -> None:
    put(page, row, 1, f"※ {text}", Look(8, color=GRAY, vertical="top"))
    page.merge_cells(start_row=row, start_column=1, end_row=row, end_column=columns)
    width = sum(page.column_dimensions[get_column_letter(n)].width for n in range(1, columns + 1))
    page.row_dimensions[row].height = 3 + 11 * _lines(f"※ {text}", width * 1.15)


# ---- 総括表 --------------------------------------------------------------------------------------

_CARDS = (1, 3, 7, 10)
"""Columns at which the figures on top of 総括表 stand."""


def _summary(report: Report, page: Worksheet, data: _Data) -> None:
    table = tables.summary_table(report)
    _widths(page, table.columns)
    _title(report, page, "デジタル化による業務効率化 総括表")
    _approvals(report, page, len(table.columns))
    for column, (label, text, under) in zip(_CARDS, tables.headline(report), strict=False):
        _card(page, 4, column, label, text, under)
    last = _table(page, table, 9)
    page.print_title_rows = "9:9"
    for number, note in enumerate(table.notes):
        _note(page, last + 2 + number, note, len(table.columns))
    row = last + len(table.notes) + 3
    shown = min(len(report.sheets), 15)
    bottom = row + max(14, 5 + 2 * shown)
    more = f"(番号順の先頭{shown}件)" if shown < len(report.sheets) else ""
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
        put(page, 2, column, title, Look(8, align="center", frame="box"))
        put(page, 3, column, None, Look(frame="box"))
    page.row_dimensions[3].height = 42 if boxes else 8


def _card(page: Worksheet, row: int, column: int, label: str, text: str, under: str) -> None:
    put(page, row + 1, column, label, _PLAIN)
    put(page, row + 2, column, text, Look(18, True, INK, wrap=False))
    put(page, row + 3, column, under, Look(8, color=GRAY, wrap=False))
    page.row_dimensions[row + 2].height = 26
    page.row_dimensions[row].height = 6


# ---- 個票 ----------------------------------------------------------------------------------------

_GRID = (15, 12, 8, 9, 15, 12, 8, 10, 10)
"""Column widths of a 個票, in half-width characters."""


def _single(report: Report, sheet: Sheet, page: Worksheet, data: _Data) -> None:
    for number, width in enumerate(_GRID, 1):
        page.column_dimensions[get_column_letter(number)].width = width
    name = f"{sheet.initiative.code}  {sheet.initiative.title}"
    put(page, 1, 1, name, Look(15, True, INK))
    page.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(_GRID))
    page.row_dimensions[1].height = 4 + 22 * _lines(name, sum(_GRID) * 0.62)
    put(page, 2, 1, f"取組の個票  {report.as_of}", _PLAIN)
    row = _pairs(page, tables.facts(sheet), 3)
    for heading, text in tables.story(sheet):
        row = _wide(page, row, heading, text)
    row = _block(page, row, "効果", tables.terms_table(sheet), (2, 1, 1, 1, 4))
    row = _wide(page, row, "費用", tables.money_facts(sheet))
    if sheet.measurements:
        made = tables.kpi_table([(sheet.initiative.code, m) for m in sheet.measurements])
        columns = tuple(made.columns[i] for i in (1, 3, 5, 6, 7, 8, 9, 10))
        rows = tuple(tuple(r[i] for i in (1, 3, 5, 6, 7, 8, 9, 10)) for r in made.rows)
        row = _block(
            page, row, report.kpi_title, Table("", columns, rows), (2, 1, 1, 1, 1, 1, 1, 1)
        )
    row = _pairs(page, tables.quality(sheet), _heading(page, row, "品質"))
    if sheet.initiative.milestones:
        row = _block(page, row, "スケジュール", tables.schedule(sheet), (2, 5, 2))
    row = _wide(page, row, "評価", tables.verdict(sheet))
    row = _wide(page, row, "所見", " \n ")
    months = data.add(sheet.initiative.code, tables.month_table(sheet.months))
    if tables.has_course(sheet):
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


_TEXT, _LABEL = Look(9, frame="box"), Look(9, True, frame="box", fill=True)


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
        room = sum(_GRID[1:4]) if queue and _lines(queue[0][1], sum(_GRID[5:])) == 1 else 0
        _box(page, row, 1, 1, label, _LABEL)
        if room and _lines(text, room) == 1:
            _box(page, row, 2, 4, text)
            _box(page, row, 5, 5, queue[0][0], _LABEL)
            _box(page, row, 6, len(_GRID), queue.pop(0)[1])
            page.row_dimensions[row].height = 18
        else:
            _box(page, row, 2, len(_GRID), text)
            page.row_dimensions[row].height = 6 + 12 * _lines(text, sum(_GRID[1:]))
        row += 1
    return row


def _wide(page: Worksheet, row: int, heading: str, text: str) -> int:
    _box(page, row, 1, 1, heading, _LABEL)
    _box(page, row, 2, len(_GRID), text, replace(_TEXT, vertical="top") if "\n" in text else _TEXT)
    page.row_dimensions[row].height = 6 + 13 * _lines(text, sum(_GRID[1:]))
    return row + 1


def _block(page: Worksheet, row: int, heading: str, table: Table, spans: Sequence[int]) -> int:
    """A small table whose columns take ``spans`` columns of the page's grid."""
    row = _heading(page, row, heading)
    for line in (None, *table.rows):
        column = 1
        is_sum = table.summed and line is table.rows[-1]
        for index, (kind, width) in enumerate(zip(table.columns, spans, strict=True)):
            value = kind.title.replace("\n", "") if line is None else line[index]
            text = value if value is not None else tables.NONE
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
