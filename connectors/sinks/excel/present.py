"""Which records a workbook knows, and whose rows stand in its list now. It is read as a stream and
never loaded whole."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path

from connectors.sinks.excel.layout import ID_TITLE, SEARCH_ROWS, key
from connectors.sinks.excel.memory import SHEET
from connectors.sinks.holding import Holding
from records.errors import DocumentError, ServiceError
from records.workbooks import Book, SheetPart, open_parts, rows_of


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
    try:
        with open_parts(path) as book:
            known, marks = _remembered(book, place, frozenset(of))
            standing = _standing(book, place, max(SEARCH_ROWS, header_row or 0))
    except DocumentError as error:
        raise ServiceError("workbook", f"台帳{error.message}", retry_after=300) from error
    # Without the hidden column nobody can tell which row is whose: all count as standing there.
    rows = known if standing is None else standing
    return Holding(known | rows, rows, frozenset(), marks)


def _remembered(
    book: Book, place: str, of: frozenset[str]
) -> tuple[frozenset[str], dict[str, Mapping[str, str]]]:
    """The records of the hidden sheet, and the marks of some of them by column title."""
    known: set[str] = set()
    marks: dict[str, Mapping[str, str]] = {}
    for part in book.sheets:
        if part.name != SHEET:
            continue
        for number, cells in rows_of(book, part):
            texts = {column: str(cell.value) for column, cell in cells}
            if number == 1 or 1 not in texts or texts.get(2, "") != place:
                continue
            known.add(texts[1])
            if texts[1] in of:
                marks[texts[1]] = _marks(texts.get(3, ""))
    return frozenset(known), marks


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
        columns, records = _numbers(book, part, within)
        has_column = has_column or bool(columns)
        found |= records
    return frozenset(found) if has_column else None


def _numbers(book: Book, part: SheetPart, within: int) -> tuple[frozenset[int], set[str]]:
    """The columns 取込番号 of a sheet, and what stands in them."""
    headers = _headers(book, part, within)
    columns = frozenset(headers.values())
    records: set[str] = set()
    if not columns:
        return columns, records
    for number, cells in rows_of(book, part, lambda row, column: column in columns):
        for column, cell in cells:
            if cell.value is not None and (number, column) not in headers:
                records.add(str(cell.value).strip())
    return columns, records


def _headers(book: Book, part: SheetPart, within: int) -> dict[tuple[int, int], int]:
    """The places among the first rows that say 取込番号, and their columns."""
    found = {}
    for number, cells in rows_of(book, part):
        if number > within:
            break
        for column, cell in cells:
            if key(cell.value) == key(ID_TITLE):
                found[number, column] = column
    return found
