"""Sheets of the Excel report: page set-up, titles, tables and notes, and the data that charts are drawn from."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.worksheet import Worksheet

from initiatives import reportcells
from initiatives.reportcells import Cell, Column, Table
from initiatives.summary import Report
from initiatives.writers.cellstyle import FONT, FORMATS, GRAY, INK, LOSS, CellLook, ReportBook, put

_UNSAFE = dict.fromkeys(map(ord, "[]:*?/\\"), "-")


class ChartData:
    """The sheet that holds what the charts of other sheets are drawn from, one block of months
    under the other."""

    def __init__(self, page: Worksheet) -> None:
        self.page = page
        self._row = 1

    def add(self, name: str, table: Table) -> tuple[int, int]:
        """Put a table there; returns its header row and its last row."""
        set_widths(self.page, table.columns)
        put(self.page, self._row, 1, name, CellLook(9, bold=True, wrap=False))
        first = self._row + 1
        last = put_table(self.page, table, first)
        self._row = last + 2
        return first, last


def new_sheet(book: ReportBook, name: str, report: Report, landscape: bool = False) -> Worksheet:
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
    # Excel takes 255 bytes for a whole header.
    setup.oddHeader.right.text = _plain(report.caution[:90])
    setup.oddFooter.left.text = _plain(report.strategy.name)
    setup.oddFooter.center.text = "&P / &N"
    for part in (setup.oddHeader.right, setup.oddFooter.left, setup.oddFooter.center):
        part.font = f"{FONT},標準"
        part.size = 8
    return page


def _plain(text: str) -> str:
    return text.replace("&", "&&")


PLAIN = CellLook(size=9, color=GRAY, wrap=False)


def put_title(report: Report, page: Worksheet, heading: str) -> int:
    """The heading of a page; returns the next free row."""
    put(page, 1, 1, heading, CellLook(16, True, INK, wrap=False))
    page.row_dimensions[1].height = 26
    strategy = report.strategy
    put(page, 2, 1, f"{strategy.name} {strategy.automation.name}  {report.as_of}", PLAIN)
    return 4


def put_page(report: Report, page: Worksheet, table: Table, heading: str) -> int:
    """A page with one table; returns the last row of the table (its notes come below)."""
    first = put_title(report, page, heading)
    set_widths(page, table.columns)
    last = put_table(page, table, first)
    page.freeze_panes = f"A{first + 1}"
    page.print_title_rows = f"{first}:{first}"
    if len(table.rows) <= 16:
        page.page_setup.fitToHeight = 1  # a short table and its chart belong on one page
    for number, note in enumerate(table.notes):
        put_note(page, last + 2 + number, note, len(table.columns))
    return last


def set_widths(page: Worksheet, columns: Sequence[Column]) -> None:
    for number, column in enumerate(columns, 1):
        page.column_dimensions[get_column_letter(number)].width = column.width * 1.15


def put_table(page: Worksheet, table: Table, row: int, column: int = 1) -> int:
    """A table with its header at ``row``; returns its last row."""
    head = CellLook(9, True, align="center", frame="head", fill=True)
    for number, title in enumerate(table.columns, column):
        put(page, row, number, title.title, head)
    has_two_lines = any("\n" in title.title for title in table.columns)
    page.row_dimensions[row].height = 28 if has_two_lines else 18
    for index, cells in enumerate(table.rows, 1):
        at = row + index
        is_sum = table.summed and index == len(table.rows)
        pairs = zip(cells, table.columns, strict=True)
        for number, (value, kind) in enumerate(pairs, column):
            _cell(page, at, number, value, kind, bold=is_sum)
        page.row_dimensions[at].height = _height(cells, table.columns)
    return row + len(table.rows)


def _cell(page: Worksheet, row: int, column: int, value: Cell, kind: Column, *, bold: bool) -> None:
    text = reportcells.NONE if value is None else value
    is_number = not isinstance(text, str)
    is_loss = not isinstance(text, str) and text < 0
    align = "left"
    if is_number or kind.kind != "text":
        align = "right"
    elif kind.centred:
        align = "center"
    number_format = "General"
    if is_number:
        number_format = FORMATS.get(kind.kind, "General")
    look = CellLook(
        9,
        bold or is_loss,
        LOSS if is_loss else "000000",
        align,
        frame="sum" if bold else "box",
        format=number_format,
    )
    put(page, row, column, text, look)


def _height(cells: Iterable[Cell], columns: Sequence[Column]) -> float:
    lines = 1
    for cell, column in zip(cells, columns, strict=True):
        if isinstance(cell, str):
            lines = max(lines, lines_of(cell, column.width * 1.3))
    return 6 + 12 * lines


def lines_of(text: str, width: float) -> int:
    """How many lines a text takes in a cell of ``width`` half-width characters."""
    room = max(width - 1, 1)
    lines = 0
    for part in text.split("\n"):
        needed = math.ceil(_width(part) / room)
        lines += max(1, needed)
    return lines


def _width(text: str) -> int:
    """In half-width characters; what may be either, counts as full."""
    return sum(2 if unicodedata.east_asian_width(c) in "WFA" else 1 for c in text)


def put_note(page: Worksheet, row: int, text: str, columns: int) -> None:
    put(page, row, 1, f"※ {text}", CellLook(8, color=GRAY, vertical="top"))
    page.merge_cells(start_row=row, start_column=1, end_row=row, end_column=columns)
    letters = [get_column_letter(number) for number in range(1, columns + 1)]
    width = sum(page.column_dimensions[letter].width for letter in letters)
    page.row_dimensions[row].height = 3 + 11 * lines_of(f"※ {text}", width * 1.15)
