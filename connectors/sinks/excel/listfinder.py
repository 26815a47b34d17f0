"""Which sheet and which list on it a delivery means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from openpyxl.utils.cell import get_column_letter

from connectors.sinks.excel.extent import Extent, find_extent
from connectors.sinks.excel.layout import (
    ID_TITLE,
    SEARCH_ROWS,
    Bounds,
    Header,
    Unclear,
    chosen,
    find_headers,
    key,
    merges_of,
    repeated,
    to_look_for,
)
from connectors.sinks.excel.officebook import OfficeBook, Tab
from connectors.sinks.excel.rowscan import Wanted
from connectors.sinks.excel.sheet import Sheet


@dataclass(frozen=True, slots=True)
class Where:
    """What form.toml says about the place of a list.

    Attributes:
        titles: of the columns that are delivered.
        header_row: 1-based row of the header.
        which: the so-manyeth list from the top, the name of its table, or its caption.
        until: see :func:`connectors.sinks.excel.extent.find_extent`.
    """

    titles: tuple[str, ...]
    header_row: int | None = None
    which: int | str | None = None
    until: int | str | bool | None = None


@dataclass(frozen=True, slots=True)
class FoundList:
    """A list that rows can be written to; ``is_new``: its header is still to be written."""

    tab: Tab
    sheet: Sheet
    header: Header
    extent: Extent
    merges: Sequence[Bounds]
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class _Candidate:
    tab: Tab
    sheet: Sheet
    header: Header
    merges: Sequence[Bounds]
    below: int | None


def find_list(book: OfficeBook, tabs: Sequence[Tab], where: Where) -> FoundList | None:
    """The list on one of ``tabs``; None where no header has any of the titles.

    Raises:
        Unclear: several fit alike, or it cannot be told where the list ends.
    """
    counts = {tab: _titles_on(book, tab, where) for tab in tabs}
    most = max(counts.values(), default=0)
    if not most:
        return None
    found = [c for tab in tabs if counts[tab] == most for c in _candidates(book, tab, where)]
    if not found:
        return None
    best = max((len(c.header.columns), c.header.id_column is not None) for c in found)
    fitting = [c for c in found if (len(c.header.columns), c.header.id_column is not None) == best]
    if best[0] < len(where.titles):  # no list at all is whole; the nearest says what it lacks
        near = fitting[0]
        nowhere = Extent(near.header.first - 1, None, None)
        return FoundList(near.tab, near.sheet, near.header, nowhere, near.merges)
    one = _only(fitting)
    extent = find_extent(one.sheet, one.header, one.merges, one.below, where.until)
    return FoundList(one.tab, one.sheet, one.header, extent, one.merges)


def is_blank(book: OfficeBook, tab: Tab) -> bool:
    """Whether nothing at all is written on a sheet."""
    sheet = book.sheet(tab.part)
    sheet.scan(Wanted())
    return not sheet.used_columns()


def _only(found: Sequence[_Candidate]) -> _Candidate:
    """The one candidate.

    Raises:
        Unclear: there are several.
    """
    shown = [c for c in found if not c.tab.is_hidden] or found
    if len(shown) == 1:
        return shown[0]
    sheets = list(dict.fromkeys(c.tab.title for c in shown))
    if len(sheets) > 1:
        names = "」「".join(sheets)
        raise Unclear(
            f"シート「{names}」の見出しが同じです。form.toml の sheet に書き込むシートの名前を書いてください"
        )
    places = "、".join(f"{get_column_letter(c.header.left)}{c.header.row}から" for c in shown)
    rows = [c.header.row for c in shown]
    way = (
        f"header_row に見出しの行番号({'か'.join(map(str, rows))})を"
        if len({*rows}) == len(rows)
        else f"list に左からの番号(1〜{len(rows)})を"
    )
    raise Unclear(
        f"シート「{sheets[0]}」に同じ見出しの一覧が{len(shown)}つあります({places})。form.toml の {way}書いてください"
    )


def _titles_on(book: OfficeBook, tab: Tab, where: Where) -> int:
    """How many of the titles stand where a header may be. The sheet is read only so far."""
    sheet = book.sheet(tab.part)
    last = _last_header_row(book, tab, where)
    sheet.scan(Wanted(), last)
    wanted = {key(title) for title in where.titles}
    return len(wanted & {text for text, _ in _texts(sheet, last)})


def _candidates(book: OfficeBook, tab: Tab, where: Where) -> list[_Candidate]:
    """The lists on one sheet that fit best; the whole sheet is read."""
    sheet = book.sheet(tab.part)
    wanted = _wanted(sheet, where, _last_header_row(book, tab, where))
    sheet.scan(wanted)
    merges = merges_of(sheet.outline)
    tables = book.tables(tab.part)
    headers = find_headers(sheet, merges, tables, where.titles, where.header_row)
    again = repeated(sheet, headers[0]) if headers else []
    if where.header_row is None:
        known = {header.row for header in headers}
        for row in again:
            if row not in known:
                headers += find_headers(sheet, merges, tables, where.titles, row)
    headers = chosen(sheet, headers, where.which)
    # Where rows were delivered before is the list; a copy of it for another year asks again.
    delivered = [header for header in headers if header.id_column is not None]
    kept = delivered or headers
    for header in kept:
        if header.id_column and wanted.id_column != get_column_letter(header.id_column):
            sheet.scan(to_look_for(sheet, header))
    rows = sorted({*again, *(header.row for header in headers)})
    return [
        _Candidate(
            tab, sheet, header, merges, next((row for row in rows if row > header.first), None)
        )
        for header in kept
    ]


def _last_header_row(book: OfficeBook, tab: Tab, where: Where) -> int:
    tops = [table.bounds[1] for table in book.tables(tab.part)]
    return max([SEARCH_ROWS, where.header_row or 0, *tops])


def _wanted(sheet: Sheet, where: Where, last: int) -> Wanted:
    """What the pass over the whole sheet shall find, from the rows where a header may be."""
    names = {key(title) for title in (*where.titles, ID_TITLE)}
    texts = {title: key(title) for title in where.titles}
    shared: dict[str, str] = {}
    id_column = ""
    for text, (column, spelled, number) in _texts(sheet, last):
        if text not in names:
            continue
        texts[spelled] = text
        if number:
            shared[number] = text
        if text == key(ID_TITLE):
            id_column = get_column_letter(column)
    return Wanted(id_column, texts, shared)


def _texts(sheet: Sheet, last: int) -> list[tuple[str, tuple[int, str, str]]]:
    """Compared text, column, text as written, and number of the shared string of each cell."""
    found = []
    for row in sheet.each(sheet.numbers(1, last)):
        for column, cell in row.cells.items():
            if isinstance(cell.value, str):
                value = cell.element.first("v")
                is_shared = cell.element.attributes.get("t") == "s" and value is not None
                number = value.text if is_shared and value is not None else ""
                found.append((key(cell.value), (column, cell.value, number)))
    return found
