"""A list where there is none yet: a workbook made by openpyxl, a sheet added to the office's own
workbook, or a header on a sheet that is empty."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Sequence

from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils.cell import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from connectors.sinks.excel.extend import hide_column
from connectors.sinks.excel.extent import Extent
from connectors.sinks.excel.layout import ID_TITLE, Header, merges_of, reference
from connectors.sinks.excel.listfinder import FoundList
from connectors.sinks.excel.located import Edits
from connectors.sinks.excel.officebook import OfficeBook, Tab
from connectors.sinks.excel.sheet import Sheet

_NARROWEST, _WIDEST = 12, 32  # in half-width characters
_BEFORE_FILTER = ("sheetData", "sheetCalcPr", "sheetProtection", "protectedRanges", "scenarios")
_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


def new_workbook(title: str, titles: Sequence[str], header_row: int) -> bytes:
    """A workbook with one sheet that has a header, widths and a filter, ready to print."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = title
    _write_header(sheet, titles, header_row)
    memory = io.BytesIO()
    book.save(memory)
    return memory.getvalue()


def add_sheet(book: OfficeBook, title: str, titles: Sequence[str], header_row: int) -> Tab:
    """A new sheet in the office's workbook, with everything of a new list but its header."""
    view = (
        f'<sheetView workbookViewId="0"><pane ySplit="{header_row}" topLeftCell="A{header_row + 1}"'
        ' activePane="bottomLeft" state="frozen"/></sheetView>'
    )
    xml = (
        f'{_DECLARATION}<worksheet xmlns="{book.namespace}">'
        '<sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>'
        f"<sheetViews>{view}</sheetViews><sheetData/>"
        '<pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/></worksheet>'
    )
    return book.add_sheet(title, xml.encode())


def new_list(tab: Tab, sheet: Sheet, titles: Sequence[str], row: int) -> FoundList:
    """The place of a list on a sheet where nothing is written yet."""
    columns = {title: column for column, title in enumerate(titles, 1)}
    header = Header(
        row=row,
        first=row + 1,
        columns=columns,
        left=1,
        right=len(titles),
        id_column=None,
        table=None,
        counters=frozenset(),
        anchors=frozenset(),
    )
    merges = merges_of(sheet.outline)
    return FoundList(tab, sheet, header, Extent(row, None, None), merges, is_new=True)


def dress(sheet: Sheet, edits: Edits, header: Header, id_column: int) -> None:
    """Widths and a filter for a new list, where the sheet has none."""
    outline = sheet.outline
    p = outline.prefix
    if outline.first("cols") is None:
        columns = "".join(
            f'<{p}col min="{n}" max="{n}" width="{width_of(title)}" customWidth="1"/>'
            for title, n in header.columns.items()
        )
        hidden = (
            f'<{p}col min="{id_column}" max="{id_column}" width="9" hidden="1" customWidth="1"/>'
        )
        edits.insert(sheet.data.start, f"<{p}cols>{columns}{hidden}</{p}cols>")
    else:
        hide_column(sheet, edits, id_column)
    if outline.first("autoFilter") is None:
        before = [e for e in outline.children if e.name in _BEFORE_FILTER]
        ref = reference(header.left, header.row, id_column, header.row)
        edits.insert(before[-1].end, f'<{p}autoFilter ref="{ref}"/>')


def width_of(title: str) -> int:
    """How wide a column is made for its title, in half-width characters."""
    wide = sum(2 if unicodedata.east_asian_width(c) in "WFA" else 1 for c in title)
    return min(max(wide + 4, _NARROWEST), _WIDEST)


def _write_header(sheet: Worksheet, titles: Sequence[str], header: int) -> None:
    line = Side(style="thin", color="FF999999")
    for column, title in enumerate((*titles, ID_TITLE), 1):
        cell = sheet.cell(header, column)
        cell.value = title
        cell.data_type = "s"  # a title that begins with = is no formula
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="FFE8EEF7")
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
        cell.border = Border(left=line, right=line, top=line, bottom=line)
        sheet.column_dimensions[get_column_letter(column)].width = width_of(title)
    last = len(titles) + 1
    sheet.column_dimensions[get_column_letter(last)].hidden = True
    sheet.auto_filter.ref = reference(1, header, last, header)
    sheet.freeze_panes = f"A{header + 1}"
    sheet.print_title_rows = f"{header}:{header}"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9  # A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
