"""Writing one cell so that it looks like its neighbours and never acts, and one row like the row
above."""

from __future__ import annotations

import copy
import datetime as dt
import hashlib
import unicodedata
from typing import Any

from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.formula.translate import Translator
from openpyxl.styles import Alignment
from openpyxl.styles.numbers import is_date_format
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.worksheet import Worksheet

from connectors.sinks.excel.layout import Layout, is_formula, stored
from connectors.sinks.rows import Cell as Value
from connectors.sinks.text import CELL_CHARACTERS, clean, like_formula, like_number
from records.errors import ServiceError

DATE_FORMAT = "yyyy/mm/dd"
_CUT = "…(以下略)"
_SAFE_INTEGER = 10**15  # Excel keeps 15 digits
_LONG_TEXT = 255  # longer text in a cell formatted as text is shown as #### by older Excel


def put(cell: Cell | MergedCell, value: Value) -> None:
    """Write ``value`` into ``cell``, keeping the style that the cell has.

    Text stays text: it can be no formula (string type, and a quote prefix where it looks like one),
    and what looks like a number or date gets the format ``@`` so that Excel does not convert it
    when somebody edits the cell.

    Raises:
        ServiceError: the cell is the hidden part of a merged one.
    """
    if isinstance(cell, MergedCell):
        raise ServiceError(
            "workbook",
            f"台帳のセル {cell.coordinate} は上か左のセルと結合されています。結合を解くと続きを書き込みます",
            retry_after=300,
        )
    if cell.quotePrefix:
        cell.quotePrefix = 0
    if isinstance(value, int) and abs(value) >= _SAFE_INTEGER:
        value = str(value)
    if value is None or value == "":
        cell.value = None
    elif isinstance(value, str):
        _put_text(cell, value)
    elif isinstance(value, dt.date):
        shape = cell.number_format
        cell.value = value  # openpyxl sets its own date format here
        cell.number_format = shape if is_date_format(shape) else DATE_FORMAT
    else:
        cell.value = value
        if cell.number_format == "@":
            cell.number_format = "General"


def _put_text(cell: Cell, value: str) -> None:
    text = clean(value)
    if len(text) > CELL_CHARACTERS:
        text = text[: CELL_CHARACTERS - len(_CUT)] + _CUT
    cell.value = text
    cell.data_type = "s"  # openpyxl takes a text that begins with = for a formula
    if len(text) > _LONG_TEXT:
        cell.number_format = "General"
    elif like_number(text) or like_formula(text):
        cell.number_format = "@"
    if like_formula(text):
        cell.quotePrefix = 1
    if "\n" in text and not cell.alignment.wrap_text:
        alignment = copy.copy(cell.alignment)
        cell.alignment = Alignment(
            horizontal=alignment.horizontal, vertical=alignment.vertical or "top", wrap_text=True
        )


def plain(value: Any) -> str:
    """What a cell says, however Excel stores it, for comparing: numbers and dates in one form, text
    without line ends."""
    if value is None:
        return ""
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        value = value.date()
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return unicodedata.normalize("NFC", clean(str(value)))[: CELL_CHARACTERS - len(_CUT)]


def mark_of(value: Any) -> str:
    """A short fingerprint of what a cell says."""
    return hashlib.sha256(plain(value).encode()).hexdigest()[:12]


def make_like(sheet: Worksheet, layout: Layout, template: int, row: int) -> None:
    """Make an empty ``row`` like the row ``template``: styles, height, formulas and merges across
    the row.

    A cell that has a style of its own (a form that is ruled beforehand) keeps it; a formula that is
    there stays.
    """
    cells = stored(sheet)
    for column in range(layout.left, layout.right + 1):
        source = cells.get((template, column))
        if source is None or isinstance(source, MergedCell):
            continue
        target = sheet.cell(row, column)
        if isinstance(target, MergedCell):
            continue
        if not target.has_style and source.has_style:
            target._style = copy.copy(source._style)  # type: ignore[attr-defined]
        if target.value is None and is_formula(source) and column not in layout.columns.values():
            _copy_formula(source, target)
    height = sheet.row_dimensions[template].height if template in sheet.row_dimensions else None
    if height is not None and sheet.row_dimensions[row].height is None:
        sheet.row_dimensions[row].height = height
    _copy_merges(sheet, layout, template, row)


def _copy_formula(source: Cell, target: Cell) -> None:
    value = source.value
    if isinstance(value, ArrayFormula):
        text = Translator(value.text or "", source.coordinate).translate_formula(target.coordinate)
        target.value = ArrayFormula(target.coordinate, text)
    elif isinstance(value, str):
        target.value = Translator(value, source.coordinate).translate_formula(target.coordinate)


def _copy_merges(sheet: Worksheet, layout: Layout, template: int, row: int) -> None:
    taken = {(m.min_row, m.min_col) for m in sheet.merged_cells.ranges}
    for merged in list(sheet.merged_cells.ranges):
        across = merged.min_row == merged.max_row == template and merged.min_col >= layout.left
        if across and (row, merged.min_col) not in taken:
            sheet.merge_cells(
                start_row=row, end_row=row, start_column=merged.min_col, end_column=merged.max_col
            )
