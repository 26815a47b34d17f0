"""A list where there is none yet: a workbook made by openpyxl, a sheet added to the office's own
workbook, or a header on a sheet that is empty."""

from __future__ import annotations

import io
import itertools
from collections.abc import Sequence

from openpyxl.workbook import Workbook

from connectors.sinks.excel.extend import hide_column
from connectors.sinks.excel.extent import Extent
from connectors.sinks.excel.layout import Header, merges_of, reference
from connectors.sinks.excel.listfinder import FoundList
from connectors.sinks.excel.located import Edits
from connectors.sinks.excel.newlist import make_list, width_of
from connectors.sinks.excel.officebook import OfficeBook, Tab
from connectors.sinks.excel.sheet import Sheet
from connectors.sinks.kindcolumns import ColumnLook

_BEFORE_FILTER = ("sheetData", "sheetCalcPr", "sheetProtection", "protectedRanges", "scenarios")
_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


def new_workbook(
    title: str, titles: Sequence[str], header_row: int, looks: Sequence[ColumnLook]
) -> bytes:
    """A workbook with one sheet that has a header, widths and a filter, ready to print."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = title
    make_list(sheet, titles, header_row, looks)
    memory = io.BytesIO()
    book.save(memory)
    return memory.getvalue()


def add_sheet(book: OfficeBook, title: str, header_row: int) -> Tab:
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


def dress(
    sheet: Sheet,
    edits: Edits,
    header: Header,
    id_column: int,
    last: int,
    looks: Sequence[ColumnLook],
) -> None:
    """Widths and a filter down to row ``last`` for a new list, where the sheet has none."""
    outline = sheet.outline
    p = outline.prefix
    if outline.first("cols") is None:
        columns = "".join(
            f'<{p}col min="{n}" max="{n}" width="{width_of(title, look)}" customWidth="1"/>'
            for (title, n), look in itertools.zip_longest(header.columns.items(), looks)
        )
        hidden = (
            f'<{p}col min="{id_column}" max="{id_column}" width="9" hidden="1" customWidth="1"/>'
        )
        edits.insert(sheet.data.start, f"<{p}cols>{columns}{hidden}</{p}cols>")
    else:
        hide_column(sheet, edits, id_column)
    if outline.first("autoFilter") is None:
        before = [e for e in outline.children if e.name in _BEFORE_FILTER]
        ref = reference(header.left, header.row, id_column, last)
        edits.insert(before[-1].end, f'<{p}autoFilter ref="{ref}"/>')
