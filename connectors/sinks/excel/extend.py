"""What surrounds a list grows with it: filter, table, coloured ranges, drop-downs, print area,
hidden column."""

from __future__ import annotations

import copy
from typing import Any

from openpyxl.cell.cell import Cell
from openpyxl.formatting.formatting import ConditionalFormatting, ConditionalFormattingList
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.cell_range import MultiCellRange
from openpyxl.worksheet.dimensions import ColumnDimension
from openpyxl.worksheet.table import TableColumn
from openpyxl.worksheet.worksheet import Worksheet

from connectors.sinks.excel.cells import put
from connectors.sinks.excel.layout import ID_TITLE, Layout, bounds, stored


def add_id_column(sheet: Worksheet, layout: Layout) -> int:
    """Make the hidden column 取込番号 right of the list, in a column that is wholly empty; returns
    its number."""
    used = {
        column
        for (row, column), cell in stored(sheet).items()
        if row >= layout.header and cell.value is not None
    }
    for merged in sheet.merged_cells.ranges:
        if merged.max_row >= layout.header:
            used.update(range(merged.min_col, merged.max_col + 1))
    column = layout.right + 1
    while column in used:
        column += 1
    head = sheet.cell(layout.header, column)
    put(head, ID_TITLE)
    neighbour = stored(sheet).get((layout.header, layout.right))
    if isinstance(head, Cell) and isinstance(neighbour, Cell) and neighbour.has_style:
        head._style = copy.copy(neighbour._style)  # type: ignore[attr-defined]
    hide_column(sheet, column)
    if layout.table is not None and column == bounds(layout.table.ref)[2] + 1:
        left, top, right, bottom = bounds(layout.table.ref)
        layout.table.tableColumns.append(
            TableColumn(id=max(c.id for c in layout.table.tableColumns) + 1, name=ID_TITLE)
        )
        _resize_table(layout, reference(left, top, column, bottom))
    elif sheet.auto_filter.ref:
        left, top, right, bottom = bounds(sheet.auto_filter.ref)
        if top == layout.header and right == column - 1:
            sheet.auto_filter.ref = reference(left, top, column, bottom)
    return column


def grow(sheet: Worksheet, layout: Layout, last: int) -> None:
    """Let everything that ended with the list's old last row end with ``last``."""
    if layout.table is not None:
        left, top, right, bottom = bounds(layout.table.ref)
        if not layout.table.totalsRowCount and last > bottom:
            _resize_table(layout, reference(left, top, right, last))
    if sheet.auto_filter.ref:
        left, top, right, bottom = bounds(sheet.auto_filter.ref)
        if top == layout.header and last > bottom:
            sheet.auto_filter.ref = reference(left, top, right, last)
    if layout.last < layout.first or last <= layout.last:
        return
    rules = ConditionalFormattingList()
    rules.max_priority = sheet.conditional_formatting.max_priority
    for found in sheet.conditional_formatting:
        grown = ConditionalFormatting(_grown(found.sqref, layout.last, last), found.pivot)
        for rule in found.rules:
            rules.add(grown, rule)
    sheet.conditional_formatting = rules
    for validation in sheet.data_validations.dataValidation:
        validation.sqref = _grown(validation.sqref, layout.last, last)
    _grow_print_area(sheet, layout.last, last)


def hide_column(sheet: Worksheet, column: int) -> None:
    """Hide one column, splitting a width that was given to a range of columns: overlapping ones
    break the file."""
    for dimension in list(sheet.column_dimensions.values()):
        first, last = dimension.min or 0, dimension.max or 0
        if first <= column <= last and first != last:
            _split(sheet, dimension, column)
    sheet.column_dimensions[get_column_letter(column)].hidden = True


def reference(left: int, top: int, right: int, bottom: int) -> str:
    return f"{get_column_letter(left)}{top}:{get_column_letter(right)}{bottom}"


def _split(sheet: Worksheet, old: ColumnDimension, column: int) -> None:
    first, last = old.min or column, old.max or column
    del sheet.column_dimensions[get_column_letter(first)]
    for start, end in ((first, column - 1), (column, column), (column + 1, last)):
        if start <= end:
            letter = get_column_letter(start)
            made = ColumnDimension(
                sheet,
                index=letter,
                width=old.width,
                bestFit=old.bestFit,
                hidden=old.hidden,
                outlineLevel=old.outlineLevel,
                collapsed=old.collapsed,
                min=start,
                max=end,
                customWidth=old.customWidth,
            )
            made._style = copy.copy(old._style)  # type: ignore[attr-defined]
            sheet.column_dimensions[letter] = made


def _resize_table(layout: Layout, ref: str) -> None:
    assert layout.table is not None
    layout.table.ref = ref
    if layout.table.autoFilter is not None:
        layout.table.autoFilter.ref = ref


def _grown(ranges: Any, before: int, after: int) -> MultiCellRange:
    grown = []
    for part in MultiCellRange(str(ranges)).ranges:
        if part.max_row == before:
            part.expand(down=after - before)
        grown.append(part.coord)
    return MultiCellRange(" ".join(grown))


def _grow_print_area(sheet: Worksheet, before: int, after: int) -> None:
    area = sheet.print_area
    if not area or "," in str(area):
        return
    left, top, right, bottom = bounds(str(area).rpartition("!")[2].replace("$", ""))
    if bottom == before:
        sheet.print_area = reference(left, top, right, after)
