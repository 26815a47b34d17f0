"""One sheet of a workbook: the cells that hold something, read as a stream of rows."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO
from xml.etree import ElementTree

from records.errors import DocumentError
from records.workbooks.bookparts import PLAIN, Book, Look, SheetPart, local, text_of

Scalar = str | int | float | bool | dt.date | dt.datetime | dt.time | None

MOST_CELLS = 2_000_000
"""Cells with content that a sheet is read with; more is no list that a person filled in."""

_PLACE = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})")
_CALENDAR = {False: dt.datetime(1899, 12, 30), True: dt.datetime(1904, 1, 1)}  # noqa: DTZ001


@dataclass(frozen=True, slots=True)
class BookCell:
    """A cell that holds something.

    Attributes:
        value: text, number, truth value, date or time, as Excel means it.
        number_format: Excel's code (``0%``); empty for the general one.
        error: ``#REF!`` and the like, or empty.
        is_uncalculated: a formula whose result the file does not hold.
        struck: the share of it that is struck out, in [0, 1].
    """

    value: Scalar
    number_format: str = ""
    error: str = ""
    is_uncalculated: bool = False
    struck: float = 0.0


@dataclass(frozen=True, slots=True)
class BookSheet:
    """What a sheet holds; rows and columns are 1-based.

    Attributes:
        cells: (row, column) → cell; cells that only have a look are not there.
        hidden_rows, hidden_columns: what Excel does not show.
        merged: (top, left, bottom, right) of merged cells; the value is the top left one's.
    """

    name: str
    is_hidden: bool
    cells: Mapping[tuple[int, int], BookCell]
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: tuple[range, ...] = ()
    merged: tuple[tuple[int, int, int, int], ...] = ()

    def is_column_hidden(self, column: int) -> bool:
        return any(column in columns for columns in self.hidden_columns)


def read_sheet(book: Book, sheet: SheetPart) -> BookSheet:
    """Everything that a sheet holds.

    Raises:
        DocumentError: it holds more than :data:`MOST_CELLS`.
    """
    reading = _Reading(book)
    with book.stream(sheet.part) as stream:
        for row, cells in reading.rows(stream):
            reading.cells.update(((row, column), cell) for column, cell in cells)
            if len(reading.cells) > MOST_CELLS:
                raise DocumentError(
                    "too_large",
                    f"「{book.path.name}」のシート「{sheet.name}」は大きすぎます。"
                    "要る行だけを残して保存し直してください",
                    path=book.path,
                )
    return BookSheet(
        sheet.name,
        sheet.is_hidden,
        reading.cells,
        frozenset(reading.hidden_rows),
        tuple(reading.hidden_columns),
        tuple(reading.merged),
    )


def rows_of(book: Book, sheet: SheetPart) -> Iterator[tuple[int, list[tuple[int, BookCell]]]]:
    """(row, [(column, cell)…]) of every row that holds something, in constant memory."""
    with book.stream(sheet.part) as stream:
        yield from _Reading(book).rows(stream)


@dataclass(slots=True)
class _Reading:
    """One pass over a sheet's part."""

    book: Book
    cells: dict[tuple[int, int], BookCell] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: list[range] = field(default_factory=list)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)

    def rows(self, stream: IO[bytes]) -> Iterator[tuple[int, list[tuple[int, BookCell]]]]:
        data: ElementTree.Element | None = None
        number = 0
        for event, element in ElementTree.iterparse(stream, ("start", "end")):
            kind = local(element.tag)
            if event == "start":
                data = element if kind == "sheetData" else data
            elif kind == "row":
                number = int(element.get("r", number + 1))
                cells = list(self._cells(element))
                if cells:
                    yield number, cells
                    if _is_on(element.get("hidden")):
                        self.hidden_rows.add(number)
                assert data is not None
                data.clear()  # else every row would be held to the end
            elif kind == "col" and _is_on(element.get("hidden")):
                first, last = int(element.get("min", "1")), int(element.get("max", "1"))
                self.hidden_columns.append(range(first, last + 1))
            elif kind == "mergeCell":
                self.merged.append(_area(element.get("ref", "A1")))

    def _cells(self, row: ElementTree.Element) -> Iterator[tuple[int, BookCell]]:
        column = 0
        for element in row:
            place = _PLACE.fullmatch(element.get("r", ""))
            column = _column(place[1]) if place else column + 1
            if len(element) and (cell := self._cell(element)) is not None:
                yield column, cell

    def _cell(self, element: ElementTree.Element) -> BookCell | None:
        parts = {local(child.tag): child for child in element}
        look = self._look(element)
        kind = element.get("t", "n")
        struck = 1.0 if look.is_struck else 0.0
        if kind == "inlineStr" and "is" in parts:
            shared = text_of(parts["is"])
            return _text_cell(shared.text, look, max(struck, shared.struck))
        text = (parts["v"].text or "") if "v" in parts else ""
        if not text:
            is_formula = "f" in parts and kind != "str"
            return BookCell(None, look.number_format, is_uncalculated=True) if is_formula else None
        if kind == "s":
            shared = self.book.texts[int(text)]
            return _text_cell(shared.text, look, max(struck, shared.struck))
        if kind in ("str", "inlineStr"):
            return _text_cell(text, look, struck)
        if kind == "e":
            return BookCell(None, look.number_format, error=text, struck=struck)
        if kind == "b":
            return BookCell(_is_on(text), look.number_format, struck=struck)
        value = _iso(text) if kind == "d" else _number(text, look, self.book.uses_1904)
        return BookCell(value, look.number_format, struck=struck)

    def _look(self, element: ElementTree.Element) -> Look:
        style = element.get("s")
        looks = self.book.looks if style else ()
        return looks[int(style)] if style and int(style) < len(looks) else PLAIN


def _text_cell(text: str, look: Look, struck: float) -> BookCell | None:
    return BookCell(text, look.number_format, struck=struck) if text.strip() else None


def _number(text: str, look: Look, is_1904: bool) -> Scalar:
    number = float(text)
    if look.is_date:
        moment = _moment(number, is_1904)
        if moment is not None:
            return moment
    return int(number) if number.is_integer() and abs(number) < 1e15 else number


def _moment(number: float, is_1904: bool) -> dt.date | dt.datetime | dt.time | None:
    """A date, a date with a time, or a time of less than a day; None where Excel has none."""
    milliseconds = round(number * 86_400_000)
    if number < 0:
        return None
    if number < 1:
        return (_CALENDAR[False] + dt.timedelta(milliseconds=milliseconds)).time()
    if not is_1904 and number < 60:
        milliseconds += 86_400_000  # Excel believes in 29 February 1900
    try:
        moment = _CALENDAR[is_1904] + dt.timedelta(milliseconds=milliseconds)
    except OverflowError:
        return None
    return moment.date() if moment.time() == dt.time() else moment


def _iso(text: str) -> Scalar:
    try:
        moment = dt.datetime.fromisoformat(text.rstrip("Z"))
    except ValueError:
        return text
    return moment.date() if moment.time() == dt.time() else moment


def _column(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def _area(reference: str) -> tuple[int, int, int, int]:
    places = [_PLACE.fullmatch(part.replace("$", "")) for part in reference.split(":")]
    found = [(int(place[2]), _column(place[1])) for place in places if place]
    if not found:
        return 1, 1, 1, 1
    (top, left), (bottom, right) = found[0], found[-1]
    return top, left, bottom, right


def _is_on(text: str | None) -> bool:
    return text in ("1", "true", "on")
