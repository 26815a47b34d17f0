"""Workbooks that departments send back, read by the titles of their columns.

Nothing here knows a questionnaire: it is told which sheets there may be and which columns each has.
People copy sheets, rename them, move columns, merge cells, hide and strike out rows. What is clear
is taken; the rest is told by file, sheet and cell with what to do, all of it in one round.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

from openpyxl.utils import get_column_letter

from initiatives.survey.answercolumns import AnswerColumn
from initiatives.survey.answervalues import plain, value_of
from records.errors import DocumentError
from records.workbooks import BookCell, BookSheet, open_parts, read_sheet
from records.workbooks.typeddays import typed_day

DAY_TITLES = ("調査日", "基準日", "回答日")
"""What stands left of the day from which the answers hold."""

_HEADER_WITHIN = 60
_COPY = re.compile(r"\(\d+\)$|のコピー\d*$|-コピー$|コピー$")
_ALL_STRUCK = 0.99


@dataclass(frozen=True, slots=True)
class Misfit:
    """Something that cannot be taken over, or that a person should know: where it is and what to
    do. ``cell`` is ``D7``, or empty for a whole file or sheet."""

    file: str
    sheet: str
    cell: str
    reason: str

    def __str__(self) -> str:
        place = "  ".join(part for part in (self.file, self.sheet, self.cell) if part)
        return f"{place}: {self.reason}"


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """One filled-in row: values by column key, and where each stands.

    Attributes:
        sheet: the name that the questionnaire gives the sheet; ``page``: what it is called there.
        wrong: keys of columns whose cell could not be taken.
        is_hidden: Excel does not show the row, or its sheet.
    """

    file: str
    sheet: str
    number: int
    values: Mapping[str, Any]
    cells: Mapping[str, str]
    page: str = ""
    wrong: frozenset[str] = frozenset()
    is_hidden: bool = False

    def get(self, key: str) -> Any:
        return self.values.get(key)

    def misfit(self, key: str, reason: str) -> Misfit:
        place = self.cells.get(key, f"{self.number}行目")
        return Misfit(self.file, self.page or self.sheet, place, reason)


@dataclass(slots=True)
class Returned:
    """What one workbook says: rows, what could not be taken, and what a person should know."""

    rows: list[AnswerRow] = field(default_factory=list)
    misfits: list[Misfit] = field(default_factory=list)
    notes: list[Misfit] = field(default_factory=list)
    day: dt.date | None = None


def read_returned(path: Path, file: str, sheets: Mapping[str, Sequence[AnswerColumn]]) -> Returned:
    """Read one workbook. It never raises for what the file holds: a damaged one is a misfit.

    Args:
        file: what the file is called in what is told.
        sheets: sheet name → its columns, as the template has them.
    """
    found = Returned()
    try:
        with open_parts(path) as book:
            pages = [read_sheet(book, part) for part in book.sheets]
    except DocumentError as error:
        found.misfits.append(Misfit(file, "", "", error.message))
        return found
    known = 0
    for page in pages:
        name = _kind_of(page, sheets)
        if name:
            known += 1
            _AnswerSheet(found, file, page, name, sheets[name]).read()
        elif page.cells and not page.is_hidden:
            reason = "調査の表ではないので、このシートは読んでいません"
            found.notes.append(Misfit(file, page.name, "", reason))
    if not known:
        names = "」「".join(sheets)
        reason = f"「{names}」というシートがありません。配ったひな形を使ってください"
        found.misfits.append(Misfit(file, "", "", reason))
    return found


def _kind_of(page: BookSheet, sheets: Mapping[str, Sequence[AnswerColumn]]) -> str:
    """Which of the sheets a page is: by its name, a copy's name, or else its header; empty where
    it is none."""
    name = _COPY.sub("", plain(page.name))
    for known in sheets:
        if plain(known) == name:
            return known
    scores = {}
    for known, columns in sheets.items():
        titles = {plain(column.title) for column in columns}
        required = {plain(column.title) for column in columns if column.required}
        header = {text for text, _ in _header(page, titles).values()}
        # Two titles alone stand in many lists of an office.
        fewest = max(3, len(columns) // 2)
        if required <= header and len(header) >= fewest:
            scores[known] = len(header) / len(columns)
    if not scores:
        return ""
    return max(scores, key=lambda known: scores[known])


def _header(page: BookSheet, titles: Iterable[str]) -> dict[int, tuple[str, int]]:
    """Column → (compared title, row) of the row that has most of ``titles``."""
    wanted = frozenset(titles)
    rows: dict[int, dict[int, tuple[str, int]]] = defaultdict(dict)
    for (row, column), cell in page.cells.items():
        if row > _HEADER_WITHIN or not isinstance(cell.value, str):
            continue
        text = plain(cell.value).rstrip("*※")
        if text in wanted:
            rows[row][column] = (text, row)
    if not rows:
        return {}
    return max(rows.values(), key=_titles_in)


def _titles_in(places: Mapping[int, tuple[str, int]]) -> int:
    """How many different titles a row has."""
    return len({text for text, _ in places.values()})


class _AnswerSheet:
    """One sheet on its way into rows."""

    def __init__(
        self,
        found: Returned,
        file: str,
        page: BookSheet,
        name: str,
        columns: Sequence[AnswerColumn],
    ) -> None:
        self._found = found
        self._file = file
        self._page = page
        self._name = name
        self._columns = columns
        titles = {plain(column.title): column.key for column in columns}
        header = _header(page, titles)
        self._header = min((row for _, row in header.values()), default=0)
        self._places: dict[str, int] = {}
        self._twice: dict[str, int] = {}
        for column, (text, _) in sorted(header.items()):
            key = titles[text]
            into = self._twice if key in self._places else self._places
            into[key] = column
        self._covered = _covered(page)

    def read(self) -> None:
        """Add everything that the sheet says to what was found."""
        self._tell_name()
        self._read_day()
        missing = []
        for c in self._columns:
            if c.required and c.key not in self._places:
                missing.append(c.title)
        self._tell_header()
        if missing:
            names = "」「".join(missing)
            self._misfit(
                "", f"見出し「{names}」の列が見つかりません。見出しの行を元に戻してください"
            )
            return
        for number, cells in self._filled_rows():
            self._read_row(number, cells)

    def _tell_name(self) -> None:
        if plain(self._page.name) != plain(self._name):
            self._note("", f"このシートを「{self._name}」として読みました")

    def _read_day(self) -> None:
        """The day that stands right of its title, above the list."""
        for (row, column), cell in sorted(self._page.cells.items()):
            title = plain(cell.value).rstrip(":")
            if row >= self._header or title not in DAY_TITLES:
                continue
            beside = []
            for r, c in self._page.cells:
                if r == row and c > column:
                    beside.append(c)
            if not beside:
                return
            place = min(beside)
            written = self._page.cells[row, place].value
            try:
                self._found.day = typed_day(written)
            except ValueError as error:
                self._misfit(self._at(row, place), f"「{cell.value}」{error}")
            return

    def _tell_header(self) -> None:
        """Titles that stand twice, that were renamed, and columns that are not the template's."""
        titles = {column.key: column.title for column in self._columns}
        for key, column in self._twice.items():
            where = self._at(self._header, column)
            self._misfit(where, f"見出し「{titles[key]}」が二つあります。一つにしてください")
        absent = {}
        for made in self._columns:
            if made.key not in self._places:
                absent[plain(made.title)] = made.title
        untitled = []
        for column, row in sorted(self._strange_columns().items()):
            head = self._page.cells.get((self._header, column))
            if head is None:
                untitled.append(self._at(row, column))
                continue
            where = self._at(self._header, column)
            near = difflib.get_close_matches(plain(head.value), absent, 1, 0.6)
            if near:
                meant = absent[near[0]]
                reason = (
                    f"見出し「{head.value}」は「{meant}」のことですか。見出しを元に戻してください"
                )
                self._misfit(where, reason)
            else:
                self._note(where, f"見出し「{head.value}」の列はひな形にないので、読んでいません")
        if untitled:
            self._note("、".join(untitled[:5]), "見出しのない列の書き込みは読んでいません")

    def _strange_columns(self) -> dict[int, int]:
        """Columns that are not ours and hold something below the header, to its first row."""
        ours = {*self._places.values(), *self._twice.values()}
        first: dict[int, int] = {}
        for row, column in self._page.cells:
            if row > self._header and column not in ours:
                first[column] = min(row, first.get(column, row))
        return first

    def _filled_rows(self) -> Iterator[tuple[int, dict[str, BookCell]]]:
        """Rows below the header in which one of our columns holds something of its own."""
        keys = {column: key for key, column in self._places.items()}
        rows: dict[int, dict[str, BookCell]] = defaultdict(dict)
        for (row, column), cell in self._page.cells.items():
            if row > self._header and column in keys:
                rows[row][keys[column]] = cell
        hints = {column.hint for column in self._columns if column.hint}
        for number, cells in sorted(rows.items()):
            is_below_header = number == self._header + 1
            if is_below_header and all(cell.value in hints for cell in cells.values()):
                continue
            yield number, cells

    def _read_row(self, number: int, own: Mapping[str, BookCell]) -> None:
        if all(cell.struck >= _ALL_STRUCK for cell in own.values()):
            self._note(f"{number}行目", "取消線が引かれているので、この行は取り込みません")
            return
        values: dict[str, Any] = {}
        wrong = set()
        for column in self._columns:
            if column.key not in self._places:
                continue
            try:
                cell = self._cell(number, column, own)
                values[column.key] = value_of(cell, column)
            except ValueError as error:
                wrong.add(column.key)
                place = self._at(number, self._places[column.key])
                self._misfit(place, f"「{column.title}」{error}")
        cells = {key: self._at(number, column) for key, column in self._places.items()}
        is_hidden = self._page.is_hidden or number in self._page.hidden_rows
        row = AnswerRow(
            self._file,
            self._name,
            number,
            values,
            cells,
            self._page.name,
            frozenset(wrong),
            is_hidden,
        )
        self._found.rows.append(row)

    def _cell(
        self, number: int, column: AnswerColumn, own: Mapping[str, BookCell]
    ) -> BookCell | None:
        """A column's cell in a row: its own, or that of the merged cell which covers it.

        Raises:
            ValueError: part of it is struck out, or the merged cell may mean several things.
        """
        cell = own.get(column.key)
        if cell is not None:
            if cell.struck > 0:
                raise ValueError("の一部かすべてに取消線があります。消すか、取消線を外してください")
            return cell
        place = self._places[column.key]
        anchor = self._covered.get((number, place))
        if anchor is None or anchor not in self._page.cells:
            return None
        top, left = anchor
        if top <= self._header:
            return None
        # A department written once for three rows means all of them; a number may be their sum.
        means_each_row = column.form in ("text", "names", "choice", "day")
        if left == place and means_each_row:
            return self._page.cells[anchor]
        where = self._at(top, left)
        raise ValueError(f"は {where} と結合されています。結合を解いて、行ごとに書いてください")

    def _at(self, row: int, column: int) -> str:
        return f"{get_column_letter(column)}{row}"

    def _misfit(self, cell: str, reason: str) -> None:
        self._found.misfits.append(Misfit(self._file, self._page.name, cell, reason))

    def _note(self, cell: str, reason: str) -> None:
        self._found.notes.append(Misfit(self._file, self._page.name, cell, reason))


def _covered(page: BookSheet) -> dict[tuple[int, int], tuple[int, int]]:
    """Each place that a merged cell covers, to the place of its value. Only rows up to the last one
    with content: a merged cell may reach down to row 1,048,576."""
    last = max((row for row, _ in page.cells), default=0)
    covered = {}
    for top, left, bottom, right in page.merged:
        rows = range(top, min(bottom, last) + 1)
        columns = range(left, min(right, left + _WIDEST) + 1)
        for place in product(rows, columns):
            if place != (top, left):
                covered[place] = (top, left)
    return covered


_WIDEST = 256
