"""One delivery into one list: each record to its row, and what surrounds the list along with it."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Sequence

from openpyxl.utils.cell import column_index_from_string

from connectors.sinks.excel.blanklist import dress
from connectors.sinks.excel.cells import mark_of, stored_value
from connectors.sinks.excel.drawnover import drawn_columns
from connectors.sinks.excel.extend import (
    Growth,
    add_merges,
    column_styles,
    correct_dimension,
    grow_filter,
    grow_print_area,
    grow_sheet,
    grow_table,
    hide_column,
)
from connectors.sinks.excel.layout import ID_TITLE
from connectors.sinks.excel.listfinder import FoundList
from connectors.sinks.excel.located import Edits
from connectors.sinks.excel.memory import Marks, Memory, texts_in_column
from connectors.sinks.excel.newlist import PLAIN
from connectors.sinks.excel.officebook import OfficeBook
from connectors.sinks.excel.package import Package
from connectors.sinks.excel.proof import Proof
from connectors.sinks.excel.rowwriter import Plan, RowWriter
from connectors.sinks.excel.sheet import SheetRow
from connectors.sinks.kindcolumns import Cell as Value
from connectors.sinks.kindcolumns import ColumnLook
from connectors.sinks.recordrows import Row
from records.errors import ServiceError

# share of cells that must still be as written for a row to be the record that its number says
_SURE = 0.5

_EMPTY = mark_of(None)


class ListWriter:
    """Gathers the rows of one delivery; :meth:`finish` writes them into the package."""

    def __init__(
        self, book: OfficeBook, found: FoundList, memory: Memory, looks: Sequence[ColumnLook] = ()
    ) -> None:
        self.added: list[str] = []
        self.updated: list[str] = []
        self.unchanged: list[str] = []
        self.withheld: list[str] = []
        self.notes: list[str] = []
        self._book = book
        self._found = found
        self._memory = memory
        self._looks = looks
        self._sheet = found.sheet
        self._columns = found.header.columns
        self._ours = frozenset(self._columns.values())
        self._plans: dict[int, Plan] = {}
        self._next = found.extent.last + 1
        self._numbered = self._records()
        self._finder = _Finder(found)
        self._is_new_column = found.header.id_column is None
        self._id_column = found.header.id_column or _free_column(book.package, found)
        if self._is_new_column and found.sheet.is_protected:
            self.notes.append(
                f"シート「{found.tab.title}」は保護されています。保護はそのままにして書き込みます"
            )
        if self._is_new_column:
            self._number_again()

    @property
    def is_changed(self) -> bool:
        return bool(self._plans)

    def take(self, row: Row) -> None:
        """Add, update, or leave one row."""
        marks = {title: mark_of(row.cells.get(title)) for title in self._columns}
        before = self._memory.marks(row.record)
        place = self._where(row.record, before)
        if place is None and (before is None or row.again):
            self._append(row, marks)
        elif place is None:
            self.withheld.append(row.record)
        elif before == marks:
            self.unchanged.append(row.record)
        else:
            self._update(place, row, marks, before or {})

    def finish(self) -> Proof:
        """Put the rows and everything that grows with them into the package; the proof checks the
        written file."""
        found, sheet = self._found, self._sheet
        header = found.header
        edits = Edits(sheet.text.read)
        last = max(self._next - 1, found.extent.last)
        right = max(header.right, self._id_column)
        if found.is_new:
            self._plan_header()
            dress(sheet, edits, header, self._id_column, last, self._looks)
        elif self._is_new_column:
            self._plan_title()
            hide_column(sheet, edits, self._id_column)
        styles = self._new_styles() if found.is_new else column_styles(sheet)
        writer = RowWriter(sheet, edits, found.merges, (header.left, header.right), styles)
        for _, plan in sorted(self._plans.items()):
            writer.write(plan)
        writer.finish()
        if writer.replaced_formula:
            self._book.forget_calculation_order()
        growth = Growth(header.left, right, max(found.extent.last, header.first), last)
        self._grow(edits, growth, last)
        add_merges(sheet, edits, writer.merged)
        correct_dimension(sheet, edits, right, last)
        self._book.package.change(found.tab.part, edits)
        self._memory.save()
        self._book.save()
        rows = {number: self._expected(plan) for number, plan in self._plans.items()}
        return Proof(self._book.package, found.tab.part, sheet, rows)

    def _grow(self, edits: Edits, growth: Growth, last: int) -> None:
        found = self._found
        header, tab = found.header, found.tab
        grow_sheet(self._sheet, edits, growth)
        right = self._id_column if self._is_new_column else header.right
        grow_filter(self._book, tab, self._sheet, edits, header, last, right)
        if growth.after > growth.before:
            grow_print_area(self._book, tab, growth)
        if header.table is not None:
            grow_table(self._book.package, header.table, last, self._id_column)

    def _expected(self, plan: Plan) -> dict[int, Value]:
        if None not in plan.values.values():
            return plan.values
        return {
            column: value
            for column, value in plan.values.items()
            if value is not None or column not in plan.keeps_prepared
        }

    def _plan_title(self) -> None:
        header = self._found.header
        neighbour = self._sheet.cell(header.row, header.right)
        style = neighbour.style if neighbour is not None else 0
        self._plans[header.row] = Plan(header.row, {self._id_column: ID_TITLE}, style=style)

    def _plan_header(self) -> None:
        header = self._found.header
        titles: dict[int, Value] = {c: title for title, c in header.columns.items()}
        style = self._book.styles.heading()
        self._plans[header.row] = Plan(
            header.row, {**titles, self._id_column: ID_TITLE}, style=style
        )

    def _new_styles(self) -> dict[int, int]:
        """How the cells of a new list look, by column."""
        columns = self._found.header.columns.values()
        looks = itertools.zip_longest(columns, self._looks[: len(columns)])
        styles = self._book.styles
        made = {column: styles.body(look or PLAIN) for column, look in looks}
        return {**made, self._id_column: styles.body(PLAIN)}

    def _records(self) -> dict[str, int]:
        """Record → row, from the column 取込番号."""
        first = self._found.header.first
        return {
            text.strip(): number
            for number, text in sorted(texts_in_column(self._sheet).items())
            if number >= first
        }

    def _where(self, record: str, before: Marks | None) -> int | None:
        """The row of a record: by its number if that row still looks like it, else by what was
        written there."""
        place = self._numbered.get(record)
        if before is None or (place is not None and self._agrees(place, before)):
            return place
        taken = {
            r for other, r in self._numbered.items() if other != record and self._sure(other, r)
        }
        found = self._finder.find(before, taken)
        if found is not None:
            self._number(found, record)
        elif place is not None:
            self.notes.append(
                f"{place}行目は取込番号 {record} の行ですが、内容が入れ替わっています。この行は書き換えていません"
            )
        return found

    def _number_again(self) -> None:
        """Somebody deleted the column 取込番号: give it back to the rows that are still as they
        were written."""
        taken: set[int] = set()
        for record, marks in self._memory.known().items():
            place = self._finder.find(marks, taken)
            if place is not None:
                self._number(place, record)
                taken.add(place)

    def _sure(self, record: str, place: int) -> bool:
        marks = self._memory.marks(record)
        return marks is None or self._agrees(place, marks)

    def _agrees(self, number: int, marks: Marks) -> bool:
        """Whether a row still has enough of the cells that were written."""
        written = {t: m for t, m in marks.items() if m != _EMPTY and t in self._columns}
        row = self._sheet.row(number)
        if not written:
            return True
        same = sum(_mark(row, self._columns[title]) == mark for title, mark in written.items())
        return same / len(written) >= _SURE

    def _append(self, row: Row, marks: Marks) -> None:
        room, limit = self._found.extent.room, self._found.extent.limit
        if room is not None and len(self.added) >= room:
            raise ServiceError(
                "workbook",
                f"台帳「{self._book.package.path.name}」の{limit}行目(合計や注記)の上に空いた行がありません。"
                "行を挿入してください。挿入して閉じると続きを書き込みます",
                retry_after=300,
            )
        values = {c: stored_value(row.cells.get(title)) for title, c in self._columns.items()}
        template = self._found.extent.template
        values[self._id_column] = row.record
        self._plans[self._next] = Plan(self._next, values, template, self._ours)
        self._memory.keep(row.record, marks)
        self.added.append(row.record)
        self._next += 1

    def _update(self, place: int, row: Row, marks: Marks, before: Marks) -> None:
        """Write the cells that have changed since we last wrote; what staff changed elsewhere
        stays."""
        plan = self._plans.setdefault(place, Plan(place, {}))
        for title, column in self._columns.items():
            if before.get(title) != marks[title]:
                plan.values[column] = stored_value(row.cells.get(title))
        self._memory.keep(row.record, marks)
        self.updated.append(row.record)

    def _number(self, place: int, record: str) -> None:
        self._plans.setdefault(place, Plan(place, {})).values[self._id_column] = record
        self._numbered[record] = place


class _Finder:
    """Finds a row by what was written there, when its number is gone or has got to another row."""

    def __init__(self, found: FoundList) -> None:
        self._found = found
        self._rows: dict[tuple[str, ...], dict[tuple[str, ...], list[int]]] = {}

    def find(self, marks: Marks, taken: Collection[int]) -> int | None:
        """The one row, none of ``taken``, that has all of ``marks``; None where none or several
        have."""
        columns = self._found.header.columns
        titles = tuple(sorted(title for title in marks if title in columns))
        wanted = tuple(marks[title] for title in titles)
        if all(mark == _EMPTY for mark in wanted):
            return None
        if titles not in self._rows:
            self._rows[titles] = self._indexed(titles)
        found = [row for row in self._rows[titles].get(wanted, ()) if row not in taken]
        return found[0] if len(found) == 1 else None

    def _indexed(self, titles: tuple[str, ...]) -> dict[tuple[str, ...], list[int]]:
        header, extent = self._found.header, self._found.extent
        sheet = self._found.sheet
        columns = [header.columns[title] for title in titles]
        rows: dict[tuple[str, ...], list[int]] = {}
        for row in sheet.each(sheet.numbers(header.first, extent.last)):
            marks = tuple(_mark(row, column) for column in columns)
            rows.setdefault(marks, []).append(row.number)
        return rows


def _mark(row: SheetRow | None, column: int) -> str:
    """The fingerprint of what a cell says; a formula counts as its text."""
    cell = row.cells.get(column) if row else None
    if cell is None:
        return _EMPTY
    return mark_of(f"={cell.formula}" if cell.formula is not None else cell.value)


def _free_column(package: Package, found: FoundList) -> int:
    """A column right of the list in which nothing is written or drawn on the whole sheet: it is
    hidden, and nothing else may be hidden with it."""
    header, sheet = found.header, found.sheet
    taken = {*_merged_columns(found)} | drawn_columns(package, found.tab.part)
    lasts = _numbers_of(sheet.index.last_columns)
    if max(lasts, default=0) > header.right:
        taken |= sheet.used_columns()
    column = header.right + 1
    while column in taken:
        column += 1
    return column


def _merged_columns(found: FoundList) -> Iterator[int]:
    for left, _, right, _ in found.merges:
        yield from range(left, right + 1)


def _numbers_of(letters: Collection[str]) -> list[int]:
    return [column_index_from_string(one) for one in letters if one]
