"""Rows into the office's own workbook: under its own header, in its own looks, each record once.

The workbook is never loaded and saved as a whole. Its package is copied part by part, and the new
rows are put into the sheet's XML where they belong; everything else stays as it is, to the byte.
"""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connectors.sinks import Capabilities, Delivered, once_each
from connectors.sinks.excel.blanklist import add_sheet, new_list, new_workbook
from connectors.sinks.excel.bookfile import Opened, opened_book, readable, save_book
from connectors.sinks.excel.cells import mark_of
from connectors.sinks.excel.layout import ID_TITLE, Unclear, key
from connectors.sinks.excel.listfinder import FoundList, Where, find_list, is_blank
from connectors.sinks.excel.listwriter import ListWriter
from connectors.sinks.excel.memory import SHEET as MEMORY
from connectors.sinks.excel.memory import Memory, records_of
from connectors.sinks.excel.newlist import looks_of
from connectors.sinks.excel.officebook import OfficeBook, Tab
from connectors.sinks.excel.present import held_in
from connectors.sinks.excel.rowscan import Wanted
from connectors.sinks.holding import Holding
from connectors.sinks.kindcolumns import ColumnLook
from connectors.sinks.recordrows import Row, columns_of
from records.errors import DefinitionError, ServiceError
from records.forms import DeliverDef, FormDef


@dataclass(frozen=True, slots=True)
class ExcelSink:
    """A list in a workbook.

    Attributes:
        path: ``.xlsx`` or ``.xlsm``; made with a header, widths and a filter where it is missing.
        titles: all column titles of the delivery, in order.
        sheet: the sheet's name; empty: the one whose header has most of the titles.
        header_row: 1-based; None: looked for in the first 30 rows.
        name: what a new sheet is called where ``sheet`` is empty.
        which: which of several lists with this header: the so-manyeth from the top, the name of its
            table, or its caption.
        until: the last row that may be filled, the text of the row below the list, or False for a
            list that nothing stands under; None: looked for.
        looks: how the columns of a new list look, one for each title.
    """

    path: Path
    titles: tuple[str, ...]
    sheet: str = ""
    header_row: int | None = None
    name: str = "受付簿"
    which: int | str | None = None
    until: int | str | bool | None = None
    looks: tuple[ColumnLook, ...] = ()
    capabilities = Capabilities(
        accepts_my_number=True, options=("sheet", "header_row", "list", "until")
    )

    @classmethod
    def from_definition(cls, path: Path, delivery: DeliverDef, form: FormDef) -> ExcelSink:
        """From ``[[deliver]] to = "excel"`` with options ``sheet``, ``header_row``, ``list`` and
        ``until``.

        Raises:
            DefinitionError: an option has the wrong type, or a column is called like the hidden
            one.
        """
        where = form.folder / "form.toml"
        options = delivery.options
        sheet = options.get("sheet", "")
        if not isinstance(sheet, str) or len(sheet) > 31 or re.search(r"[\[\]:*?/\\]", sheet):
            raise DefinitionError(
                "「sheet」はシートの名前(31字まで、[ ] : * ? / \\ は使えません)です",
                path=where,
                key="sheet",
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
        return cls(
            path,
            titles,
            sheet,
            _row_number(options.get("header_row"), where),
            _sheet_name(form.title),
            _which(options.get("list"), where),
            _until(options.get("until"), where),
            looks_of(form, delivery),
        )

    def recorded(self) -> frozenset[str]:
        """See :meth:`connectors.sinks.Sink.recorded`."""
        with opened_book(self.path, self._blank) as opened, self._understood(opened):
            return records_of(opened.book, self.sheet)

    def held(self, of: Collection[str] = ()) -> Holding:
        """See :meth:`connectors.sinks.Sink.held`."""
        return held_in(self.path, self.sheet, self.header_row, of)

    def marks(self, row: Row) -> Mapping[str, str]:
        """See :meth:`connectors.sinks.Sink.marks`."""
        return {title: mark_of(row.cells.get(title)) for title in self.titles}

    def deliver(self, rows: Sequence[Row]) -> Delivered:
        """See :meth:`connectors.sinks.Sink.deliver`. One pass and one save, however many rows there
        are."""
        started = time.monotonic()
        if not rows:
            return Delivered((), (), (), (), str(self.path), 0.0)
        with opened_book(self.path, self._blank) as opened:
            with self._understood(opened):
                writer = self._written(opened.book, rows)
                proof = writer.finish() if writer.is_changed else None
            if proof is not None:
                save_book(opened, proof.check)
        return Delivered(
            tuple(writer.added),
            tuple(writer.updated),
            tuple(writer.unchanged),
            tuple(writer.withheld),
            str(self.path),
            time.monotonic() - started,
            tuple(writer.notes),
        )

    def _written(self, book: OfficeBook, rows: Sequence[Row]) -> ListWriter:
        memory = Memory(book, self.sheet)
        writer = ListWriter(book, self._list(book, memory), memory, self.looks)
        for row in once_each(rows):
            writer.take(row)
        return writer

    def _blank(self) -> bytes:
        title = self.sheet or self.name
        return new_workbook(title, self.titles, self.header_row or 1, self.looks)

    @property
    def _where(self) -> Where:
        return Where(self.titles, self.header_row, self.which, self.until)

    def _list(self, book: OfficeBook, memory: Memory) -> FoundList:
        """The list to write to; made where the named sheet is new or a sheet is empty.

        Raises:
            DefinitionError: no sheet has the header, or a title is missing.
            ServiceError: the sheet that was delivered to before is gone.
        """
        tabs = [tab for tab in book.tabs if tab.title != MEMORY]
        if self.sheet:
            named = book.tab(self.sheet)
            if named is None:
                return self._new_list(book, self._add_sheet(book, memory))
            tabs = [named]
        found = find_list(book, tabs, self._where)
        if found is None:
            blank = next((tab for tab in tabs if is_blank(book, tab)), None)
            if blank is not None:
                return self._new_list(book, blank)
            raise self._misfit(f"見出し({'、'.join(self.titles[:5])}…)のある行が見つかりません")
        missing = [title for title in self.titles if title not in found.header.columns]
        if missing:
            raise self._misfit(
                f"シート「{found.tab.title}」の{found.header.row}行目の見出しに「{'」「'.join(missing)}」がありません"
            )
        return found

    def _misfit(self, what: str) -> DefinitionError:
        return DefinitionError(
            f"台帳の{what}。台帳の見出しか form.toml の columns を直してください",
            path=self.path,
            key="columns",
        )

    def _unclear(self, error: Unclear) -> DefinitionError:
        return DefinitionError(f"台帳の{error}", path=self.path, key="header_row")

    def _add_sheet(self, book: OfficeBook, memory: Memory) -> Tab:
        """A sheet of this name for the first delivery; but a name that was there before was renamed
        or deleted by someone."""
        if self.sheet in memory.places:
            raise ServiceError(
                "workbook",
                f"台帳「{self.path.name}」にシート「{self.sheet}」がありません"
                "。名前を戻すか、form.toml の sheet を直してください",
                retry_after=300,
            )
        return add_sheet(book, self.sheet, self.header_row or 1)

    def _new_list(self, book: OfficeBook, tab: Tab) -> FoundList:
        sheet = book.sheet(tab.part)
        sheet.scan(Wanted())
        return new_list(tab, sheet, self.titles, self.header_row or 1)

    @contextmanager
    def _understood(self, opened: Opened) -> Iterator[None]:
        """Turn what the workbook does not say into what the office has to say.

        Raises:
            DefinitionError: form.toml has to say more.
            ServiceError: the workbook is damaged or cannot be written.
        """
        try:
            with readable(self.path, opened.book.package.stream):
                yield
        except Unclear as error:
            raise self._unclear(error) from error


def _row_number(value: Any, where: Path) -> int | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
        raise DefinitionError("「header_row」は見出しの行番号です", path=where, key="header_row")
    return value


def _which(value: Any, where: Path) -> int | str | None:
    is_number = isinstance(value, int) and not isinstance(value, bool) and value >= 1
    if value is None or is_number or (isinstance(value, str) and key(value)):
        return value  # type: ignore[no-any-return]
    raise DefinitionError(
        "「list」は同じ見出しの一覧のうち何番目か(1から)、テーブルの名前、または一覧のすぐ上の表題です",
        path=where,
        key="list",
    )


def _until(value: Any, where: Path) -> int | str | bool | None:
    is_number = isinstance(value, int) and not isinstance(value, bool) and value >= 1
    if value is None or value is False or is_number or (isinstance(value, str) and key(value)):
        return value  # type: ignore[no-any-return]
    raise DefinitionError(
        "「until」は書き込んでよい最後の行番号、一覧の下の行の文字(「合計」など)、または下に何もなければ false です",
        path=where,
        key="until",
    )


def _sheet_name(title: str) -> str:
    return re.sub(r"[\[\]:*?/\\]", " ", title).strip(" '")[:31] or "受付簿"
