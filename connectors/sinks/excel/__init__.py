"""Rows into the office's own workbook (openpyxl): under its own header, in its own looks, each
record once."""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from connectors.sinks import Capabilities, Delivered, once_each
from connectors.sinks.excel.cells import make_like, mark_of, put
from connectors.sinks.excel.extend import add_id_column, grow
from connectors.sinks.excel.layout import ID_TITLE, Layout, doubles, find_layout, is_blank, key
from connectors.sinks.excel.memory import SHEET as MEMORY
from connectors.sinks.excel.memory import Finder, Marks, Memory, agreement, recorded_in, row_ids
from connectors.sinks.excel.newlist import ColumnLook, looks_of, make_list
from connectors.sinks.excel.package import Opened, open_book, save_book
from connectors.sinks.excel.present import held_in
from connectors.sinks.holding import Holding
from connectors.sinks.rows import Row, columns_of
from records.errors import DefinitionError, ServiceError
from records.forms import DeliverDef, FormDef

# share of cells that must still be as written for a row to be the record that its number says
_SURE = 0.5


@dataclass(frozen=True, slots=True)
class ExcelSink:
    """A list in a workbook.

    Attributes:
        path: ``.xlsx`` or ``.xlsm``; made with a header, widths and a filter where it is missing.
        titles: all column titles of the delivery, in order.
        sheet: the sheet's name; empty: the one whose header has most of the titles.
        header_row: 1-based; None: looked for in the first 30 rows.
        name: what a new sheet is called where ``sheet`` is empty.
        looks: how the columns of a new list look, one for each title.
    """

    path: Path
    titles: tuple[str, ...]
    sheet: str = ""
    header_row: int | None = None
    name: str = "受付簿"
    looks: tuple[ColumnLook, ...] = ()
    capabilities = Capabilities(accepts_my_number=True)

    @classmethod
    def from_definition(cls, path: Path, delivery: DeliverDef, form: FormDef) -> ExcelSink:
        """From ``[[deliver]] to = "excel"`` with options ``sheet`` and ``header_row``.

        Raises:
            DefinitionError: an option has the wrong type, or a column is called like the hidden
            one.
        """
        where = form.folder / "form.toml"
        sheet, header_row = delivery.options.get("sheet", ""), delivery.options.get("header_row")
        if not isinstance(sheet, str) or len(sheet) > 31 or re.search(r"[\[\]:*?/\\]", sheet):
            raise DefinitionError(
                "「sheet」はシートの名前(31字まで、[ ] : * ? / \\ は使えません)です",
                path=where,
                key="sheet",
            )
        if header_row is not None and (
            isinstance(header_row, bool) or not isinstance(header_row, int) or header_row < 1
        ):
            raise DefinitionError(
                "「header_row」は見出しの行番号です", path=where, key="header_row"
            )
        titles = tuple(columns_of(form, delivery))
        names = [key(title) for title in (*titles, ID_TITLE)]
        alike = [title for title in titles if not key(title) or names.count(key(title)) > 1]
        if alike:
            raise DefinitionError(
                f"列名「{'」「'.join(alike)}」は使えません。空でなく、互いに違い、「{ID_TITLE}」でない名前にしてください",
                path=where,
                key="columns",
            )
        looks = looks_of(form, delivery)
        return cls(path, titles, sheet, header_row, _sheet_name(form.title), looks)

    def recorded(self) -> frozenset[str]:
        """See :meth:`connectors.sinks.Sink.recorded`."""
        return recorded_in(self.path, self.sheet)

    def held(self, of: Collection[str] = ()) -> Holding:
        """See :meth:`connectors.sinks.Sink.held`."""
        return held_in(self.path, self.sheet, self.header_row, of)

    def marks(self, row: Row) -> Mapping[str, str]:
        """See :meth:`connectors.sinks.Sink.marks`."""
        return {title: mark_of(row.cells.get(title)) for title in self.titles}

    def deliver(self, rows: Sequence[Row]) -> Delivered:
        """See :meth:`connectors.sinks.Sink.deliver`. One load and one save, however many rows there
        are."""
        started = time.monotonic()
        if not rows:
            return Delivered((), (), (), (), str(self.path), 0.0)
        opened = open_book(self.path)
        writing = _Writing(self, opened)
        for row in once_each(rows):
            writing.take(row)
        if writing.changed:
            writing.finish()
            save_book(opened)
        return Delivered(
            tuple(writing.added),
            tuple(writing.updated),
            tuple(writing.unchanged),
            tuple(writing.withheld),
            str(self.path),
            time.monotonic() - started,
            tuple(writing.notes),
        )


class _Writing:
    """One delivery into a workbook in memory."""

    def __init__(self, sink: ExcelSink, opened: Opened) -> None:
        self.sink = sink
        self.changed = opened.original is None
        self.added: list[str] = []
        self.updated: list[str] = []
        self.unchanged: list[str] = []
        self.withheld: list[str] = []
        self.notes: list[str] = []
        self.sheet, self.layout = _place(sink, opened)
        self.memory = Memory(opened.book, sink.sheet)
        self.rows = row_ids(self.sheet, self.layout)
        self.finder = Finder(self.sheet, self.layout)
        self.next = self.layout.last + 1
        self.template = self.layout.last if self.layout.last >= self.layout.first else None
        self.id_column = self.layout.id_column or add_id_column(self.sheet, self.layout)
        if self.layout.id_column is None:
            self._number_again()

    def take(self, row: Row) -> None:
        """Add, update, or leave one row."""
        marks = dict(self.sink.marks(row))
        before = self.memory.marks(row.record)
        place = self._where(row.record, before)
        if place is None and (before is None or row.again):
            self._append(row, marks)
        elif place is None:
            self.withheld.append(row.record)
        elif before == marks:
            self.unchanged.append(row.record)
        else:
            self._update(place, row, marks, before or {})

    def finish(self) -> None:
        """Let the list's surroundings grow with it."""
        grow(self.sheet, self.layout, max(self.next - 1, self.layout.last))

    def _where(self, record: str, before: Marks | None) -> int | None:
        """The row of a record: by its number if that row still looks like it, else by what was
        written there."""
        place = self.rows.get(record)
        if before is None or (
            place is not None and agreement(self.sheet, self.layout, place, before) >= _SURE
        ):
            return place
        taken = {r for other, r in self.rows.items() if other != record and self._sure(other, r)}
        found = self.finder.find(before, taken)
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
        for record, marks in self.memory.known().items():
            place = self.finder.find(marks, taken)
            if place is not None:
                self._number(place, record)
                taken.add(place)

    def _sure(self, record: str, place: int) -> bool:
        marks = self.memory.marks(record)
        return marks is None or agreement(self.sheet, self.layout, place, marks) >= _SURE

    def _append(self, row: Row, marks: Marks) -> None:
        if self.layout.room is not None and len(self.added) >= self.layout.room:
            raise ServiceError(
                "workbook",
                f"台帳「{self.sink.path.name}」の{self.layout.limit}行目(合計や注記)の上に空いた行がありません。"
                "行を挿入してください。挿入して閉じると続きを書き込みます",
                retry_after=300,
            )
        if self.template is not None:
            make_like(self.sheet, self.layout, self.template, self.next)
        for title, column in self.layout.columns.items():
            put(self.sheet.cell(self.next, column), row.cells.get(title))
        self._number(self.next, row.record)
        self.memory.keep(row.record, marks)
        self.added.append(row.record)
        self.next += 1
        self.changed = True

    def _update(self, place: int, row: Row, marks: Marks, before: Marks) -> None:
        """Write the cells that have changed since we last wrote; what staff changed elsewhere
        stays."""
        for title, column in self.layout.columns.items():
            if before.get(title) != marks[title]:
                put(self.sheet.cell(place, column), row.cells.get(title))
        self.memory.keep(row.record, marks)
        self.updated.append(row.record)
        self.changed = True

    def _number(self, place: int, record: str) -> None:
        put(self.sheet.cell(place, self.id_column), record)
        self.rows[record] = place
        self.changed = True


def _place(sink: ExcelSink, opened: Opened) -> tuple[Worksheet, Layout]:
    """The sheet and the list on it; made where the workbook or the named sheet is new.

    Raises:
        DefinitionError: no sheet has the header, a title is missing or stands there twice.
        ServiceError: the sheet that was delivered to before is gone.
    """
    book = opened.book
    if opened.original is None:
        sheet = book.active or book.create_sheet()
        sheet.title = sink.sheet or sink.name
        return sheet, _new_list(sheet, sink)
    sheets = [s for s in book.worksheets if s.title != MEMORY]
    if sink.sheet:
        sheets = [s for s in sheets if s.title == sink.sheet]
        if not sheets:
            return _new_sheet(book, sink)
    found = [
        (sheet, layout)
        for sheet in sheets
        if (layout := find_layout(sheet, sink.titles, sink.header_row))
    ]
    if not found:
        blank = next((s for s in sheets if is_blank(s)), None)
        if blank is not None:
            return blank, _new_list(blank, sink)
        raise _misfit(sink, f"見出し({'、'.join(sink.titles[:5])}…)のある行が見つかりません")
    sheet, layout = max(
        found, key=lambda pair: (len(pair[1].columns), pair[1].id_column is not None)
    )
    missing = [title for title in sink.titles if title not in layout.columns]
    if missing:
        raise _misfit(
            sink,
            f"シート「{sheet.title}」の{layout.header}行目の見出しに「{'」「'.join(missing)}」がありません",
        )
    twice = doubles(sheet, layout)
    if twice:
        raise _misfit(
            sink, f"シート「{sheet.title}」の見出しに「{'」「'.join(twice)}」が二つあります"
        )
    return sheet, layout


def _misfit(sink: ExcelSink, what: str) -> DefinitionError:
    return DefinitionError(
        f"台帳の{what}。台帳の見出しか form.toml の columns を直してください",
        path=sink.path,
        key="columns",
    )


def _new_sheet(book: Workbook, sink: ExcelSink) -> tuple[Worksheet, Layout]:
    """A sheet of this name for the first delivery; but a name that was there before was renamed or
    deleted by someone."""
    if MEMORY in book.sheetnames and any(
        place == sink.sheet for _, place in book[MEMORY].iter_rows(2, max_col=2, values_only=True)
    ):
        raise ServiceError(
            "workbook",
            f"台帳「{sink.path.name}」にシート「{sink.sheet}」がありません"
            "。名前を戻すか、form.toml の sheet を直してください",
            retry_after=300,
        )
    sheet = book.create_sheet(sink.sheet)
    return sheet, _new_list(sheet, sink)


def _new_list(sheet: Worksheet, sink: ExcelSink) -> Layout:
    """A header with widths and a filter, ready to print."""
    header = sink.header_row or 1
    make_list(sheet, sink.titles, header, sink.looks)
    layout = find_layout(sheet, sink.titles, header)
    assert layout is not None
    return replace(layout, last=header)


def _sheet_name(title: str) -> str:
    return re.sub(r"[\[\]:*?/\\]", " ", title).strip(" '")[:31] or "受付簿"
