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
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from connectors.sinks.excel.cells import cell_xml
from connectors.sinks.excel.located import Edits
from connectors.sinks.excel.officebook import OfficeBook
from connectors.sinks.excel.rowscan import Wanted
from connectors.sinks.excel.sheet import Sheet

SHEET = "_torikomi"
_HEAD = ("record", "place", "cells")
_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True)
_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

Marks = dict[str, str]
"""Column title → fingerprint of what was written there."""


class Memory:
    """The records that one place (a sheet of the workbook) has, with what was written for each.

    Args:
        place: tells deliveries to different sheets of one workbook apart.
    """

    def __init__(self, book: OfficeBook, place: str) -> None:
        self._book = book
        self._place = place
        self._kept: dict[str, Marks] = {}
        self._rows: dict[str, list[int]] = {}
        self._sheet: Sheet | None = None
        tab = next((tab for tab in book.tabs if tab.title == SHEET), None)
        if tab is not None:
            self._part = tab.part
            self._sheet = book.sheet(tab.part)
            self._sheet.scan(Wanted(id_column="A"))
            self._rows = _rows_of(self._sheet)

    @property
    def places(self) -> set[str]:
        """The places that rows were ever delivered to."""
        if self._sheet is None:
            return set()
        numbers = self._sheet.numbers(2)
        return {str(_said(row.cells.get(2)) or "") for row in self._sheet.each(numbers)}

    def marks(self, record: str) -> Marks | None:
        """What was written for ``record``; None where it never came here."""
        if record in self._kept:
            return self._kept[record]
        row = self._row(record)
        return _loaded(_said(row.cells.get(3))) if row is not None else None

    def known(self) -> Mapping[str, Marks]:
        """All records that came here."""
        found = {}
        for record in self._rows:
            marks = self.marks(record)
            if marks is not None:
                found[record] = marks
        return found

    def keep(self, record: str, marks: Marks) -> None:
        """Remember what was written for ``record``."""
        self._kept[record] = marks

    def save(self) -> None:
        """Put what is to be remembered into the package."""
        if self._sheet is None:
            self._book.add_sheet(SHEET, self._new_sheet(), is_secret=True)
            return
        sheet = self._sheet
        edits = Edits(sheet.text.read)
        number = max([1, *sheet.index.numbers])
        for record, marks in self._kept.items():
            row = self._row(record)
            if row is None:
                number += 1
                edits.append(sheet.data, self._row_xml(number, record, marks))
                continue
            xml = _cell(sheet.data.prefix, f"C{row.number}", _text(marks))
            if 3 in row.cells:
                edits.replace(row.cells[3].element, xml)
            else:
                edits.append(row.element, xml)
        self._book.package.change(self._part, edits)

    def _row(self, record: str) -> Any:
        """The row of a record at this place."""
        if self._sheet is None:
            return None
        for row in self._sheet.each(self._rows.get(record, ())):
            if str(_said(row.cells.get(2)) or "") == self._place:
                return row
        return None

    def _row_xml(self, number: int, record: str, marks: Marks) -> str:
        assert self._sheet is not None
        return _row(self._sheet.data.prefix, number, (record, self._place, _text(marks)))

    def _new_sheet(self) -> bytes:
        start = f'{_DECLARATION}<worksheet xmlns="{self._book.namespace}"><sheetData>'
        pieces = [start.encode(), _row("", 1, _HEAD).encode()]
        for number, (record, marks) in enumerate(self._kept.items(), 2):
            pieces.append(_row("", number, (record, self._place, _text(marks))).encode())
        return b"".join([*pieces, b"</sheetData></worksheet>"])


def memory_rows(book: OfficeBook) -> Iterator[tuple[str, str, str]]:
    """Record, place, and marks as text of all that was ever delivered into a workbook."""
    for tab in book.tabs:
        if tab.title != SHEET:
            continue
        for number, said in book.sheet(tab.part).said():
            if number > 1 and said.get(1) is not None:
                yield str(said[1]), str(said.get(2) or ""), str(said.get(3) or "")


def records_of(book: OfficeBook, place: str) -> frozenset[str]:
    """The records that one place of a workbook has."""
    return frozenset(record for record, where, _ in memory_rows(book) if where == place)


def texts_in_column(sheet: Sheet) -> dict[int, str]:
    """Row number → text of the column that the pass over the sheet was told to read."""
    index = sheet.index
    shared = {int(text) for text, is_shared in index.ids.values() if is_shared and text.isdigit()}
    sheet.strings.look_up(shared)
    return {
        index.numbers[position]: sheet.strings[int(text)] if is_shared else text
        for position, (text, is_shared) in index.ids.items()
        if text.strip()
    }


def _rows_of(sheet: Sheet) -> dict[str, list[int]]:
    rows: dict[str, list[int]] = {}
    for number, record in texts_in_column(sheet).items():
        if number > 1:
            rows.setdefault(record.strip(), []).append(number)
    return rows


def _row(prefix: str, number: int, values: Iterable[str]) -> str:
    p = prefix
    cells = "".join(
        _cell(p, f"{letter}{number}", value) for letter, value in zip("ABC", values, strict=True)
    )
    return f'<{p}row r="{number}">{cells}</{p}row>'


def _cell(prefix: str, place: str, value: str) -> str:
    return cell_xml(prefix, place, 0, value)


def _said(cell: Any) -> Any:
    return None if cell is None else cell.value


def _text(marks: Marks) -> str:
    return _ENCODER.encode(marks)


def _loaded(text: Any) -> Marks:
    try:
        found = json.loads(str(text))
    except ValueError:
        return {}
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}
