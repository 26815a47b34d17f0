"""A new list as an office would lay it out: each column as wide as its kind needs, long text
wrapped, the header frozen, filtered and repeated on paper."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence

from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from connectors.sinks.excel.layout import ID_TITLE, reference
from connectors.sinks.kindcolumns import KIND_COLUMNS, ColumnLook
from connectors.sinks.recordrows import columns_of
from records.forms import DeliverDef, FormDef

PLAIN = ColumnLook(16)
"""How a column looks of which no kind is known."""

_CONTEXT: Mapping[str, ColumnLook] = {
    "received_on": ColumnLook(13, horizontal="center"),
    "delivered_on": ColumnLook(13, horizontal="center"),
    "record_id": ColumnLook(22),
    "file": ColumnLook(26),
    "page": ColumnLook(7),
    "form": ColumnLook(22),
    "checked_by": ColumnLook(14),
}
_SHAPES: Mapping[str, ColumnLook] = {
    "wareki": ColumnLook(19, horizontal="center"),
    "era_code": ColumnLook(11, horizontal="center"),
}
_PARTS: Mapping[str, ColumnLook] = {
    "bank": ColumnLook(20),
    "branch": ColumnLook(18),
    "holder": ColumnLook(24),
    "account_kind": ColumnLook(8),
}
_WIDEST_TITLE = 28


def looks_of(form: FormDef, delivery: DeliverDef) -> tuple[ColumnLook, ...]:
    """How the columns of a delivery look, in their order."""
    return tuple(_look(form, source) for source in columns_of(form, delivery).values())


def _look(form: FormDef, source: str) -> ColumnLook:
    name, _, shape = source.partition(":")
    if name in _CONTEXT:
        return _SHAPES.get(shape, _CONTEXT[name])
    if ".*." in name:
        return ColumnLook(30, True)  # all rows of a table in one cell
    field = form.fields.get(name)
    if field is None:
        return PLAIN
    if shape in _SHAPES:
        return _SHAPES[shape]
    if field.kind == "bank_account" and shape:
        return _PARTS.get(shape, ColumnLook(12))
    if field.traits.has_options and shape:
        return KIND_COLUMNS["mark"].look
    return KIND_COLUMNS[field.kind].look


def make_list(
    sheet: Worksheet, titles: Sequence[str], header: int, looks: Sequence[ColumnLook]
) -> None:
    """Write the header of a new list, and lay out the row below it, whose looks the rows take.

    Args:
        header: 1-based row.
        looks: one for each title; none at all where the columns' kinds are not known.
    """
    line = Side(style="thin", color="FF999999")
    frame = Border(left=line, right=line, top=line, bottom=line)
    for column, title in enumerate((*titles, ID_TITLE), 1):
        look = looks[column - 1] if column <= len(looks) else PLAIN
        head = sheet.cell(header, column, title)
        head.data_type = "s"
        head.font, head.fill = Font(bold=True), PatternFill("solid", fgColor="FFE8EEF7")
        head.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
        below = sheet.cell(header + 1, column)
        below.alignment = Alignment(
            horizontal=look.horizontal or None,
            vertical="top",
            wrap_text=look.wraps,
        )
        head.border = below.border = frame
        sheet.column_dimensions[get_column_letter(column)].width = width_of(title, look)
    last = len(titles) + 1
    sheet.column_dimensions[get_column_letter(last)].hidden = True
    sheet.auto_filter.ref = reference(1, header, last, header)
    sheet.freeze_panes = f"A{header + 1}"
    sheet.print_title_rows = f"{header}:{header}"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9  # A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def width_of(title: str, look: ColumnLook | None) -> float:
    """How wide a column is made, in half-width characters."""
    wide = look.width if look is not None else PLAIN.width
    return max(wide, min(text_width(title) + 4, _WIDEST_TITLE))


def text_width(text: str) -> int:
    """In half-width characters."""
    return sum(2 if unicodedata.east_asian_width(c) in "WFA" else 1 for c in text)
