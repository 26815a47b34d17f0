"""A sheet of a workbook, read where it is asked: one pass says where each row stands, and only rows
that matter are looked into."""

from __future__ import annotations

import bisect
import copy
import itertools
import operator
from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from openpyxl.utils.cell import column_index_from_string
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel

from connectors.sinks.excel.located import Element, NotXml, parse
from connectors.sinks.excel.package import Text
from connectors.sinks.excel.rowreader import Values, rows_said
from connectors.sinks.excel.rowscan import NAMESPACES, RowIndex, Scanner, Wanted
from connectors.sinks.excel.strings import Strings, text_of, unescaped
from connectors.sinks.excel.stylebook import Stylebook

_DIGITS = "0123456789"
_KEPT_ROWS = 256  # rows that are kept in memory after they were looked into


class TwiceTheSameRow(Exception):
    """A sheet has two rows of one number, and nobody can say which is meant."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One stored cell.

    Attributes:
        column: 1-based.
        style: its number in the styles' ``cellXfs``.
        value: text, number, date or truth value; None where it holds nothing or a formula.
        formula: without ``=``; empty for a later cell of a shared formula; None where there is
            none.
        is_shown: whether the cell or the result of its formula is other than empty.
    """

    column: int
    element: Element
    style: int
    value: Any
    formula: str | None
    is_shown: bool

    @property
    def formula_element(self) -> Element | None:
        return self.element.first("f")


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One stored row; ``cells`` by column."""

    number: int
    element: Element
    cells: Mapping[int, Cell]


class Sheet:
    """The cells of one sheet.

    Args:
        text: the sheet's part.
        strings, styles: of its workbook.
        is_1904: whether its days are counted from 1904.

    Raises:
        NotXml: it is damaged, or no worksheet.
    """

    def __init__(self, text: Text, strings: Strings, styles: Stylebook, is_1904: bool) -> None:
        self.text = text
        self.strings = strings
        self.styles = styles
        self.epoch = CALENDAR_MAC_1904 if is_1904 else CALENDAR_WINDOWS_1900
        self.index = RowIndex()
        self._rows: dict[int, SheetRow] = {}
        self._positions: dict[int, int] | None = None
        self._context = b""
        self._outline: Element | None = None
        self._data: Element | None = None

    def scan(self, wanted: Wanted, stop: int | None = None) -> None:
        """Go over the sheet, to its end or to the first row behind row ``stop``.

        Raises:
            NotXml: it is damaged.
            TwiceTheSameRow: it cannot be told which of two rows is meant.
        """
        self._rows.clear()
        self.index = Scanner(self.text, wanted, stop).run()
        self._positions = _positions(self.index.numbers)
        if self.index.starts and not self._context:
            head = parse(b"", self.text.read(0, self.index.starts[0]))
            data = head.first("sheetData")
            if data is None:
                raise NotXml("rows outside of sheetData")
            place = self.index.starts[0]  # places in a context are negative, from its end
            self._context = b"".join(
                self.text.read(tag.start + place, tag.open_end + place) for tag in (head, data)
            )

    @property
    def outline(self) -> Element:
        """The sheet without its rows but the last: everything that stands around them. The whole
        sheet must have been gone over."""
        assert self.index.end is None
        if self._outline is None:
            self._outline = _outline(self.text, self.index)
        return self._outline

    @property
    def data(self) -> Element:
        """The element that holds the rows.

        Raises:
            NotXml: there is none.
        """
        if self._data is None:
            self._data = self.outline.first("sheetData")
        if self._data is None or self.outline.namespace not in NAMESPACES:
            raise NotXml("no worksheet")
        return self._data

    @property
    def is_protected(self) -> bool:
        """Whether Excel keeps people from changing its cells."""
        found = self.outline.first("sheetProtection")
        return found is not None and found.attributes.get("sheet") in ("1", "true")

    def position(self, number: int) -> int | None:
        """Where in the index the row of this number is."""
        if self._positions is not None:
            return self._positions.get(number)
        found = bisect.bisect_left(self.index.numbers, number)
        is_there = found < len(self.index.numbers) and self.index.numbers[found] == number
        return found if is_there else None

    def row(self, number: int) -> SheetRow | None:
        """The stored row of this number."""
        position = self.position(number)
        if position is None:
            return None
        if number not in self._rows:
            if len(self._rows) >= _KEPT_ROWS:
                self._rows.pop(next(iter(self._rows)))
            self._rows[number] = self._read(position)
        return self._rows[number]

    def cell(self, number: int, column: int) -> Cell | None:
        row = self.row(number)
        return row.cells.get(column) if row else None

    def each(self, numbers: Iterable[int]) -> Iterator[SheetRow]:
        """Stored rows one after the other, without keeping them."""
        for number in numbers:
            position = self.position(number)
            if position is not None:
                yield self._rows.get(number) or self._read(position)

    def numbers(self, first: int, last: int | None = None) -> list[int]:
        """The numbers of all stored rows from ``first`` to ``last``, in order."""
        end = last if last is not None else 1 << 31
        return sorted(n for n in self.index.numbers if first <= n <= end)

    def filled(self, first: int, last: int | None = None) -> list[int]:
        """The numbers of the rows from ``first`` to ``last`` of which a cell holds something, in
        order."""
        end = last if last is not None else 1 << 31
        found = itertools.compress(self.index.numbers, self.index.filled)
        return sorted(n for n in found if first <= n <= end)

    def master(self, group: str) -> tuple[str, int, int] | None:
        """The formula of a shared group and the row and column where it is spelled out."""
        position = self.index.masters.get(group)
        if position is None:
            return None
        row = self._read(position)
        for cell in row.cells.values():
            found = cell.formula_element
            if found is not None and found.attributes.get("si") == group and found.text:
                return found.text, row.number, cell.column
        return None

    def seen_with(self, styles: Stylebook, strings: Strings) -> Sheet:
        """The same sheet in a workbook with other styles and strings."""
        other = copy.copy(self)
        other.styles, other.strings = styles, strings
        return other

    def said_in(self, pieces: Iterable[bytes], number: int = 0) -> Iterator[Values]:
        """What rows in a piece of this sheet's XML say.

        Args:
            number: of a row that does not say its own.
        """
        return rows_said(itertools.chain([self._surroundings()], pieces), self._value, number)

    def said(self) -> Iterator[Values]:
        """What all rows say, one after the other, without gathering where they are."""
        return rows_said(self.text.chunks(), self._value, is_whole=True)

    def is_row_place(self, place: int) -> bool:
        """Whether a row may be put in at this place: before another one or behind the last."""
        starts = self.index.starts
        found = bisect.bisect_left(starts, place)
        return place == self.data.close_start or (found < len(starts) and starts[found] == place)

    def used_columns(self) -> set[int]:
        """The columns in which anything is written; one pass over the sheet."""
        used: set[int] = set()
        for row in self.each(self.filled(1)):
            used |= {
                c for c, cell in row.cells.items() if cell.is_shown or cell.formula is not None
            }
        return used

    def _surroundings(self) -> bytes:
        """Start tags that give a row its namespaces."""
        if self._context:
            return self._context
        name = f"{self.data.prefix}{self.data.name}"
        root = self.text.read(self.outline.start, self.outline.open_end)
        return root + f"<{name}>".encode()

    def _read(self, position: int) -> SheetRow:
        starts = self.index.starts
        start = starts[position]
        end = starts[position + 1] if position + 1 < len(starts) else self._end()
        sheet = parse(self.text.read(start, end), self._context, start)
        element = sheet.children[0].children[0]
        return SheetRow(self.index.numbers[position], element, self._cells(element))

    def _end(self) -> int:
        """Where the last known row ends at the latest."""
        return self.index.end if self.index.end is not None else self.data.close_start

    def _cells(self, row: Element) -> dict[int, Cell]:
        cells: dict[int, Cell] = {}
        column = 0
        for element in row.all("c"):
            place = element.attributes.get("r", "").rstrip(_DIGITS)
            column = column_index_from_string(place) if place else column + 1
            cells[column] = self._cell(element, column)
        return cells

    def _cell(self, element: Element, column: int) -> Cell:
        formula, content = element.first("f"), element.first("v")
        inline = element.first("is") if content is None else None
        text = content.text if content is not None else ""
        said = text if inline is None else text_of(inline)
        value = self._value(element.attributes, said, inline is not None)
        style = int(element.attributes.get("s") or 0)
        is_shown = value is not None
        if formula is None:
            return Cell(column, element, style, value, None, is_shown)
        return Cell(column, element, style, None, formula.text, is_shown)

    def _value(self, attributes: Mapping[str, str], text: str, is_inline: bool) -> Any:
        """What a cell says; None where it says nothing.

        Args:
            attributes: of its ``c``.
            text: of its ``v``, or of its ``is``.

        Raises:
            NotXml: its style is not there.
        """
        style = int(attributes["s"] or 0) if "s" in attributes else 0
        if style and not self.styles.has(style):
            raise NotXml(f"no style {style}")
        if not text:
            return None
        if is_inline:
            return unescaped(text)
        kind = attributes.get("t", "n")
        if kind == "s":
            return self.strings[int(text)] or None
        if kind == "b":
            return text.strip() in ("1", "true")
        if kind == "n":
            return None if text.isspace() else self._number(text.strip(), style)
        return unescaped(text)

    def _number(self, text: str, style: int) -> Any:
        try:
            number = int(text) if text.lstrip("-").isdigit() else float(text)
        except ValueError:
            return text
        if not self.styles.is_date(style):
            return number
        try:
            return from_excel(number, self.epoch)
        except (ValueError, OverflowError, TypeError):
            return number  # 20260401 under a date format is a number that nobody can show


def _positions(numbers: array[int]) -> dict[int, int] | None:
    """Row number → position; None where the numbers rise, as nearly always: then a search by
    halves finds them, which takes no memory.

    Raises:
        TwiceTheSameRow: a number is there twice.
    """
    if all(map(operator.lt, numbers, itertools.islice(numbers, 1, None))):
        return None
    found = {number: n for n, number in enumerate(numbers)}
    if len(found) != len(numbers):
        raise TwiceTheSameRow
    return found


def _outline(text: Text, index: RowIndex) -> Element:
    """Parse what stands before the first row and from the last row on as one document."""
    if not index.starts:
        return parse(text.read(0, text.size))
    first, last = index.starts[0], index.starts[-1]
    root = parse(text.read(0, first) + text.read(last, text.size))
    moved = last - first
    for element in root.everywhere():
        if element.start >= first:
            element.start += moved
            element.open_end += moved
        if element.close_start >= first:
            element.close_start += moved
            element.end += moved
    return root
