"""Cells in the house's style. A look is made once a workbook and shared: a yearly report has a
hundred thousand cells."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.worksheet import Worksheet

FONT = "BIZ UDPゴシック"
INK = "1F3A5F"
PALE = "E8EDF3"
GRID = "8A95A3"
LOSS = "A61B00"
GRAY = "444444"
FORMATS = {
    "count": '#,##0;"▲"#,##0',
    "hours": '#,##0.0;"▲"#,##0.0;0.0',
    "percent": '0.0%;"▲"0.0%',
    "yen": '#,##0;"▲"#,##0',
    "number": '#,##0.0;"▲"#,##0.0',
    "years": "0.0",
}
_THIN = Side(style="thin", color=GRID)
_THICK = Side(style="medium", color=INK)
_FRAMES = {
    "box": Border(_THIN, _THIN, _THIN, _THIN),
    "head": Border(_THIN, _THIN, _THICK, _THIN),
    "sum": Border(_THIN, _THIN, _THICK, _THIN),
}


@dataclass(frozen=True, slots=True)
class CellLook:
    """How a cell looks. ``frame`` is ``box``, ``head``, ``sum`` or empty."""

    size: float = 10
    bold: bool = False
    color: str = "000000"
    align: str = "left"
    vertical: str = "center"
    wrap: bool = True
    frame: str = ""
    fill: bool = False
    format: str = "General"


class ReportBook(Workbook):
    """A workbook that remembers the looks it has."""

    def __init__(self) -> None:
        super().__init__()
        self.looks: dict[CellLook, Any] = {}
        self._named_styles["Normal"].font = Font(name=FONT, size=10)  # type: ignore[attr-defined]  # column widths follow it


def put(page: Worksheet, row: int, column: int, value: Any, look: CellLook) -> None:
    """Write a cell. Text is always text: a title that begins with ``=`` is no formula."""
    cell: Any = page.cell(row, column, value)
    if isinstance(value, str):
        cell.data_type = "s"
    looks: dict[CellLook, Any] = page.parent.looks  # type: ignore[union-attr]
    if look not in looks:
        _dress(cell, look)
        looks[look] = cell._style
    cell._style = copy.copy(looks[look])


def _dress(cell: Any, look: CellLook) -> None:
    cell.font = Font(name=FONT, size=look.size, bold=look.bold, color=look.color)
    indent = 1 if look.wrap and look.align == "right" else 0
    cell.alignment = Alignment(
        horizontal=look.align, vertical=look.vertical, wrap_text=look.wrap, indent=indent
    )
    if look.frame:
        cell.border = _FRAMES[look.frame]
    if look.fill:
        cell.fill = PatternFill("solid", fgColor=PALE)
    cell.number_format = look.format
