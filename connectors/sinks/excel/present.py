"""Which records a workbook knows, and whose rows stand in its list now. It is read as a stream and
never loaded whole."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from connectors.sinks.excel.layout import ID_TITLE, SEARCH_ROWS, key
from connectors.sinks.excel.memory import SHEET
from connectors.sinks.holding import Holding
from records.errors import DocumentError, ServiceError
from records.workbooks import Book, SheetPart, open_parts, rows_of


def held_in(path: Path, place: str, header_row: int | None = None) -> Holding:
    """What one place (a named sheet, or the list that fits) of a workbook holds.

    Args:
        header_row: 1-based, where the list's header is not among the first rows.

    Raises:
        ServiceError: the workbook cannot be read.
    """
    if not path.exists():
        return Holding()
    try:
        with open_parts(path) as book:
            marks = _remembered(book, place)
            standing = _standing(book, place, max(SEARCH_ROWS, header_row or 0))
    except DocumentError as error:
        raise ServiceError("workbook", f"台帳{error.message}", retry_after=300) from error
    known = frozenset(marks)
    # Without the hidden column nobody can tell which row is whose: all count as standing there.
    rows = known if standing is None else standing
    return Holding(known | rows, rows, frozenset(), marks)


def _remembered(book: Book, place: str) -> dict[str, Mapping[str, str]]:
    """Record → marks by column title, from the hidden sheet."""
    found: dict[str, Mapping[str, str]] = {}
    for part in book.sheets:
        if part.name != SHEET:
            continue
        for number, cells in rows_of(book, part):
            texts = {column: str(cell.value) for column, cell in cells}
            if number > 1 and 1 in texts and texts.get(2, "") == place:
                found[texts[1]] = _marks(texts.get(3, ""))
    return found


def _marks(text: str) -> Mapping[str, str]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _standing(book: Book, place: str, within: int) -> frozenset[str] | None:
    """The records in the columns 取込番号; None where no list has one."""
    lists = [part for part in book.sheets if part.name != SHEET]
    named = [part for part in lists if place and key(part.name) == key(place)]
    found: set[str] = set()
    has_column = False
    for part in named or lists:
        for record in _numbers(book, part, within):
            has_column = True
            if record:
                found.add(record)
    return frozenset(found) if has_column else None


def _numbers(book: Book, part: SheetPart, within: int) -> Iterator[str]:
    """An empty text for each column 取込番号 that the sheet has, then what stands in it."""
    columns: set[int] = set()
    for number, cells in rows_of(book, part):
        for column, cell in cells:
            is_title = number <= within and key(cell.value) == key(ID_TITLE)
            if is_title:
                columns.add(column)
                yield ""
            elif column in columns:
                yield str(cell.value).strip()
