"""What was delivered, kept inside the workbook itself: a sheet that Excel shows nobody.

Two things together make a delivery repeatable whatever the staff does to the list:

* the hidden column 取込番号 *inside* the list names each row's record. It sorts and filters along
  with the row, so a correction finds its row after any sorting. A list kept on another sheet by row
  number would point at another person's row.
* the very hidden sheet ``_torikomi`` knows every record that was ever delivered here, with a
  fingerprint of each cell. So a row that the staff deleted does not come back, and only cells that
  really changed are written over what staff edited.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import openpyxl
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from connectors.sinks.excel.cells import mark_of
from connectors.sinks.excel.layout import Layout, stored
from records.errors import ServiceError

SHEET = "_torikomi"
_HEAD = ("record", "place", "cells")

Marks = dict[str, str]
"""Column title → fingerprint of what was written there."""


class Memory:
    """The records that one place (a sheet of the workbook) has, with what was written for each.

    Args:
        book: the workbook; the sheet is made where it is missing.
        place: tells deliveries to different sheets of one workbook apart.
    """

    def __init__(self, book: Workbook, place: str) -> None:
        self._place = place
        self._sheet: Worksheet = book[SHEET] if SHEET in book.sheetnames else _make(book)
        self._rows: dict[str, int] = {}
        self._marks: dict[str, Marks] = {}
        self._next = 2
        for row, (record, where, cells) in enumerate(
            self._sheet.iter_rows(2, max_col=3, values_only=True), 2
        ):
            self._next = row + 1
            if record and (where or "") == place:
                self._rows[str(record)] = row
                self._marks[str(record)] = _loaded(cells)

    def marks(self, record: str) -> Marks | None:
        """What was written for ``record``; None where it never came here."""
        return self._marks.get(record)

    def known(self) -> Mapping[str, Marks]:
        """All records that came here."""
        return self._marks

    def keep(self, record: str, marks: Marks) -> None:
        """Remember what was written for ``record``."""
        row = self._rows.setdefault(record, self._next)
        self._next = max(self._next, row + 1)
        self._marks[record] = marks
        values = (record, self._place, json.dumps(marks, ensure_ascii=False, sort_keys=True))
        for column, value in enumerate(values, 1):
            cell = self._sheet.cell(row, column)
            cell.value = value
            cell.data_type = "s"


def recorded_in(path: Path, place: str) -> frozenset[str]:
    """The records that one place of a workbook has; it is read without being loaded whole.

    Raises:
        ServiceError: it cannot be read.
    """
    try:
        book = openpyxl.load_workbook(path, read_only=True)
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        raise ServiceError(
            "workbook", f"「{path.name}」を読めません。Excelで開けるか確かめてください"
        ) from error
    try:
        if SHEET not in book.sheetnames:
            return frozenset()
        rows = book[SHEET].iter_rows(min_row=2, max_col=2, values_only=True)
        return frozenset(str(record) for record, where in rows if record and (where or "") == place)
    finally:
        book.close()


def row_ids(sheet: Worksheet, layout: Layout) -> dict[str, int]:
    """Record → row, from the column 取込番号."""
    if layout.id_column is None:
        return {}
    return {
        str(cell.value).strip(): row
        for (row, column), cell in sorted(stored(sheet).items())
        if column == layout.id_column and row >= layout.first and cell.value not in (None, "")
    }


def agreement(sheet: Worksheet, layout: Layout, row: int, marks: Marks) -> float:
    """Which share of the written cells ``row`` still has, in [0, 1]."""
    cells = stored(sheet)
    written = {
        title: mark for title, mark in marks.items() if mark != _EMPTY and title in layout.columns
    }
    if not written:
        return 1.0
    same = sum(
        mark_of(_value(cells.get((row, layout.columns[title])))) == mark
        for title, mark in written.items()
    )
    return same / len(written)


class Finder:
    """Finds a row by what was written there, when its number is gone or has got to another row."""

    def __init__(self, sheet: Worksheet, layout: Layout) -> None:
        self._sheet, self._layout = sheet, layout
        self._rows: dict[tuple[str, ...], dict[tuple[str, ...], list[int]]] = {}

    def find(self, marks: Marks, taken: Collection[int]) -> int | None:
        """The one row, none of ``taken``, that has all of ``marks``; None where none or several
        have."""
        titles = tuple(sorted(title for title in marks if title in self._layout.columns))
        wanted = tuple(marks[title] for title in titles)
        if all(mark == _EMPTY for mark in wanted):
            return None
        if titles not in self._rows:
            self._rows[titles] = self._index(titles)
        found = [row for row in self._rows[titles].get(wanted, ()) if row not in taken]
        return found[0] if len(found) == 1 else None

    def _index(self, titles: tuple[str, ...]) -> dict[tuple[str, ...], list[int]]:
        cells = stored(self._sheet)
        columns = [self._layout.columns[title] for title in titles]
        rows: dict[tuple[str, ...], list[int]] = {}
        for row in range(self._layout.first, self._layout.last + 1):
            marks = tuple(mark_of(_value(cells.get((row, column)))) for column in columns)
            rows.setdefault(marks, []).append(row)
        return rows


_EMPTY = mark_of(None)


def _value(cell: Any) -> Any:
    return None if cell is None else cell.value


def _make(book: Workbook) -> Worksheet:
    sheet: Worksheet = book.create_sheet(SHEET)
    sheet.sheet_state = "veryHidden"
    for column, title in enumerate(_HEAD, 1):
        sheet.cell(1, column).value = title
    return sheet


def _loaded(text: Any) -> Marks:
    try:
        found = json.loads(str(text))
    except ValueError:
        return {}
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}
