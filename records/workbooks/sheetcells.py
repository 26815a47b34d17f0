"""One sheet of a workbook: the cells that hold something, read as a stream of rows."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import IO

from records.errors import DocumentError
from records.workbooks.bookparts import PLAIN, Book, Look, SheetPart, unescaped
from records.workbooks.partstream import Attributes, PartStream, Text, TextRuns

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
    found: dict[tuple[int, int], BookCell] = {}
    with book.stream(sheet.part) as stream:
        for row, cells in reading.rows(stream):
            found.update(((row, column), cell) for column, cell in cells)
            if len(found) > MOST_CELLS:
                raise DocumentError(
                    "too_large",
                    f"「{book.path.name}」のシート「{sheet.name}」は大きすぎます。"
                    "要る行だけを残して保存し直してください",
                    path=book.path,
                )
    return BookSheet(
        sheet.name,
        sheet.is_hidden,
        found,
        frozenset(reading.hidden_rows),
        tuple(reading.hidden_columns),
        tuple(reading.merged),
    )


Wanted = Callable[[int, int], bool]
"""Whether the cell of a row and a column is asked for; what is not costs nearly nothing."""


def rows_of(book: Book, sheet: SheetPart, wanted: Wanted | None = None) -> Iterator[BookRow]:
    """(row, [(column, cell)…]) of every row that holds something, in constant memory."""
    with book.stream(sheet.part) as stream:
        yield from _Reading(book, wanted).rows(stream)


BookRow = tuple[int, list[tuple[int, BookCell]]]


class _Reading:
    """One pass over a sheet's part.

    Attributes:
        hidden_rows: of the rows that hold something.
    """

    def __init__(self, book: Book, wanted: Wanted | None = None) -> None:
        self.hidden_rows: set[int] = set()
        self.hidden_columns: list[range] = []
        self.merged: list[tuple[int, int, int, int]] = []
        self._book, self._wanted = book, wanted
        self._runs = TextRuns()
        self._runs.wanted = False
        self._done: list[BookRow] = []
        self._row = self._column = 0
        self._is_hidden = False
        self._cells: list[tuple[int, BookCell]] = []
        self._cell: Attributes | None = None
        self._value: list[str] = []
        self._has_formula = False
        starts = {
            "row": self._start_row,
            "c": self._start_cell,
            "v": self._start_value,
            "f": self._start_formula,
            "col": self._columns,
            "mergeCell": self._merge,
        }
        ends = {"row": self._end_row, "c": self._end_cell, "v": self._end_value}
        self._stream = PartStream({**self._runs.starts, **starts}, {**self._runs.ends, **ends})
        self._runs.stream = self._stream

    def rows(self, stream: IO[bytes]) -> Iterator[BookRow]:
        for _ in self._stream.chunks(stream):
            yield from self._done
            self._done.clear()

    def _start_row(self, attributes: Attributes) -> None:
        self._row = int(attributes.get("r", self._row + 1))
        self._column = 0
        self._is_hidden = _is_on(attributes.get("hidden"))

    def _end_row(self) -> None:
        if self._cells:
            self._done.append((self._row, self._cells))
            self._cells = []
            if self._is_hidden:
                self.hidden_rows.add(self._row)

    def _start_cell(self, attributes: Attributes) -> None:
        place = attributes.get("r")
        self._column = _column(place) if place else self._column + 1
        if self._wanted is None or self._wanted(self._row, self._column):
            self._cell = attributes
            self._runs.wanted = True

    def _start_value(self, attributes: Attributes) -> None:
        if self._cell is not None:
            self._stream.listen(self._value.append)

    def _end_value(self) -> None:
        self._stream.listen(None)

    def _start_formula(self, attributes: Attributes) -> None:
        self._has_formula = True

    def _end_cell(self) -> None:
        if self._cell is not None:
            text = "".join(self._value)
            made = _made(self._book, self._cell, text, self._runs.take(), self._has_formula)
            if made is not None:
                self._cells.append((self._column, made))
        self._cell, self._has_formula, self._runs.wanted = None, False, False
        if self._value:
            self._value.clear()

    def _columns(self, attributes: Attributes) -> None:
        if _is_on(attributes.get("hidden")):
            first, last = int(attributes.get("min", "1")), int(attributes.get("max", "1"))
            self.hidden_columns.append(range(first, last + 1))

    def _merge(self, attributes: Attributes) -> None:
        self.merged.append(_area(attributes.get("ref", "A1")))


def _made(
    book: Book, attributes: Attributes, text: str, inline: Text | None, has_formula: bool
) -> BookCell | None:
    """A cell from its attributes and what was written in it; None where it holds nothing."""
    look = _look(book, attributes.get("s", ""))
    kind = attributes.get("t", "n")
    struck = 1.0 if look.is_struck else 0.0
    if kind == "inlineStr" and inline is not None:
        return _text_cell(unescaped(inline), look, struck)
    if not text:
        is_uncalculated = has_formula and kind != "str"
        return BookCell(None, look.number_format, is_uncalculated=True) if is_uncalculated else None
    if kind == "s":
        return _text_cell(book.texts[int(text)], look, struck)
    if kind in ("str", "inlineStr"):
        return _text_cell(unescaped(text), look, struck)
    if kind == "e":
        return BookCell(None, look.number_format, error=text, struck=struck)
    if kind == "b":
        return BookCell(_is_on(text), look.number_format, struck=struck)
    value = _iso(text) if kind == "d" else _number(text, look, book.uses_1904)
    return BookCell(value, look.number_format, struck=struck)


def _look(book: Book, style: str) -> Look:
    if not style or style == "0":
        return book.looks[0] if book.looks else PLAIN
    number = int(style)
    return book.looks[number] if number < len(book.looks) else PLAIN


def _text_cell(text: Text, look: Look, struck: float) -> BookCell | None:
    plain = text if isinstance(text, str) else text.text
    if not plain.strip():
        return None
    share = struck if isinstance(text, str) else max(struck, text.struck)
    return BookCell(plain, look.number_format, struck=share)


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


@lru_cache(maxsize=1 << 15)
def _column_of(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def _column(place: str) -> int:
    """Of ``AB12``, the number of column AB."""
    return _column_of(place.rstrip("0123456789"))


def _area(reference: str) -> tuple[int, int, int, int]:
    corners = [_PLACE.fullmatch(part.replace("$", "")) for part in reference.split(":")]
    found = [(int(place[2]), _column_of(place[1])) for place in corners if place]
    if not found:
        return 1, 1, 1, 1
    (top, left), (bottom, right) = found[0], found[-1]
    return top, left, bottom, right


def _is_on(text: str | None) -> bool:
    return text in ("1", "true", "on")
