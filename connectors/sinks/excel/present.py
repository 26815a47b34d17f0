"""Which records a workbook knows, and whose rows stand in its list now: read by the eyes that
deliver, one pass over each sheet that matters."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from openpyxl.utils.cell import get_column_letter

from connectors.sinks.excel.bookfile import read_book
from connectors.sinks.excel.layout import ID_TITLE, SEARCH_ROWS, key
from connectors.sinks.excel.memory import SHEET, memory_rows, texts_in_column
from connectors.sinks.excel.officebook import OfficeBook, Tab
from connectors.sinks.excel.rowscan import Wanted
from connectors.sinks.holding import Holding


def held_in(
    path: Path, place: str, header_row: int | None = None, of: Collection[str] = ()
) -> Holding:
    """What one place (a named sheet, or the list that fits) of a workbook holds.

    Args:
        header_row: 1-based, where the list's header is not among the first rows.
        of: records whose marks are wanted.

    Raises:
        ServiceError: the workbook cannot be read.
    """
    if not path.exists():
        return Holding()
    with read_book(path) as book:
        known, marks = _remembered(book, place, frozenset(of))
        standing = _standing(book, place, max(SEARCH_ROWS, header_row or 0))
    # Without the hidden column nobody can tell which row is whose: all count as standing there.
    rows = known if standing is None else standing
    return Holding(known | rows, rows, frozenset(), marks)


def _remembered(
    book: OfficeBook, place: str, of: frozenset[str]
) -> tuple[frozenset[str], dict[str, Mapping[str, str]]]:
    """The records of the hidden sheet, and the marks of some of them by column title."""
    known: set[str] = set()
    marks: dict[str, Mapping[str, str]] = {}
    for record, where, text in memory_rows(book):
        if where != place:
            continue
        known.add(record)
        if record in of:
            marks[record] = _marks(text)
    return frozenset(known), marks


def _marks(text: str) -> Mapping[str, str]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _standing(book: OfficeBook, place: str, within: int) -> frozenset[str] | None:
    """The records in the columns 取込番号; None where no list has one."""
    lists = [tab for tab in book.tabs if tab.title != SHEET]
    named = [tab for tab in lists if place and key(tab.title) == key(place)]
    found: set[str] = set()
    has_column = False
    for tab in named or lists:
        headers = _headers(book, tab, within)
        has_column = has_column or bool(headers)
        for column in {column for _, column in headers}:
            rows = [row for row, other in headers if other == column]
            found |= set(_numbers(book, tab, column, rows))
    return frozenset(found) if has_column else None


def _numbers(book: OfficeBook, tab: Tab, column: int, headers: Sequence[int]) -> Iterator[str]:
    """What stands in one column, headers left out."""
    sheet = book.sheet(tab.part)
    sheet.scan(Wanted(id_column=get_column_letter(column)))
    for row, text in texts_in_column(sheet).items():
        if row not in headers:
            yield text.strip()


def _headers(book: OfficeBook, tab: Tab, within: int) -> list[tuple[int, int]]:
    """Row and column of the cells among the first rows that say 取込番号."""
    sheet = book.sheet(tab.part)
    sheet.scan(Wanted(), within)
    return [
        (row.number, column)
        for row in sheet.each(sheet.numbers(1, within))
        for column, cell in row.cells.items()
        if isinstance(cell.value, str) and key(cell.value) == key(ID_TITLE)
    ]
