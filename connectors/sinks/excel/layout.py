"""Where the list is on an office's own sheet: its header, our columns, and whether it is the only
one.

What cannot be told from the sheet is asked once (``header_row`` and ``list`` in form.toml) and
never guessed; ``docs/forms.md`` gives the whole rule.
"""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from openpyxl.utils.cell import get_column_letter, range_boundaries

from connectors.sinks.excel.located import Element
from connectors.sinks.excel.rowscan import Wanted
from connectors.sinks.excel.sheet import Sheet

SEARCH_ROWS = 30
"""The header is looked for in the first so many rows, and where tables of Excel have theirs."""

ID_TITLE = "取込番号"
"""The column that says which row is which record. It is hidden, and it is inside the list so that
it sorts along."""

Bounds = tuple[int, int, int, int]
"""left, top, right, bottom; 1-based and inclusive."""


class Unclear(Exception):
    """The sheet can be understood in two ways, or not at all; says what the office has to tell."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of Excel (ListObject): the key of its part, its names, and where it is.

    Attributes:
        totals: how many rows at its end are totals.
        is_plain: whether its columns are the office's own (no query, no XML map).
    """

    key: str
    element: Element
    names: tuple[str, ...]
    bounds: Bounds
    totals: int
    is_plain: bool
    has_header: bool


@dataclass(frozen=True, slots=True)
class Header:
    """A list by its header; rows and columns are 1-based.

    Attributes:
        row: the (lowest) header row; ``first``: the first row below it.
        columns: our titles that were found, to their columns.
        left, right: the first and last column with a header.
        id_column: of :data:`ID_TITLE`, or None.
        table: the table of Excel that the header is part of.
        counters: columns of running numbers that the office prepares.
        anchors: the cells that our titles stand in.
    """

    row: int
    first: int
    columns: Mapping[str, int]
    left: int
    right: int
    id_column: int | None
    table: Table | None
    counters: frozenset[int]
    anchors: frozenset[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class _Title:
    text: str
    anchor: tuple[int, int]
    lowest: int
    rightmost: int


_COUNTERS = ("no", "no.", "番号", "連番", "通番", "通し番号", "#", "№", "整理番号", "項番", "順番")


def find_headers(
    sheet: Sheet,
    merges: Sequence[Bounds],
    tables: Sequence[Table],
    titles: Sequence[str],
    header_row: int | None = None,
) -> list[Header]:
    """The lists of which the header has most of ``titles``, from the top and from the left; empty
    where no row has any of them.

    Titles are compared without blanks, line breaks and width. Cells merged downwards count for each
    row they cover.

    Args:
        header_row: 1-based; look nowhere else.

    Raises:
        Unclear: a title stands twice in the header of the only list.
    """
    rows = sorted({*range(1, SEARCH_ROWS + 1), *(table.bounds[1] for table in tables)})
    heads = _titles(sheet, merges, [header_row] if header_row else rows)
    wanted = {key(title): title for title in (*titles, ID_TITLE)}
    scores = {
        row: len({title.text for title in line.values()} & {*wanted}) for row, line in heads.items()
    }
    most = max(scores.values(), default=0)
    if not most:
        return []
    found: list[Header] = []
    for row in sorted(row for row, score in scores.items() if score == most):
        for header in _headers_of(row, heads[row], wanted, tables):
            # a header whose cells are merged over two rows is found on both
            if not any(header.anchors & other.anchors for other in found):
                found.append(header)
    return found


def chosen(sheet: Sheet, headers: Sequence[Header], which: int | str | None) -> list[Header]:
    """The headers that ``which`` means: the so-manyeth one from the top, a table of that name, or
    the list under that caption; all where it is None."""
    if which is None:
        return list(headers)
    if isinstance(which, int):
        return [headers[which - 1]] if 1 <= which <= len(headers) else []
    named = [h for h in headers if h.table and key(which) in map(key, h.table.names)]
    return named or [h for h in headers if key(which) in _caption(sheet, h)]


def to_look_for(sheet: Sheet, header: Header) -> Wanted:
    """What the pass over the whole sheet shall find for this list: record numbers, and rows that
    repeat the header."""
    texts: dict[str, str] = {}
    shared: dict[str, str] = {}
    for row, column in header.anchors:
        cell = sheet.cell(row, column)
        if cell is None:
            continue
        name = key(cell.value)
        texts[str(cell.value)] = name
        value = cell.element.first("v")
        if cell.element.attributes.get("t") == "s" and value is not None:
            shared[value.text] = name
    letters = get_column_letter(header.id_column) if header.id_column else ""
    return Wanted(letters, texts, shared)


def repeated(sheet: Sheet, header: Header) -> list[int]:
    """The rows below the list's first that have its header again; the pass must have been told
    (:func:`to_look_for`)."""
    numbers = sheet.index.numbers
    names = len(header.columns)
    return sorted(
        numbers[position]
        for position, found in sheet.index.titles.items()
        if numbers[position] >= header.first and len(found) >= max(names, 2)
    )


def end_by_rule(
    sheet: Sheet, header: Header, bound: int | None, until: int | str | bool | None
) -> int | None:
    """The first row that is surely not the list's: another list's, a table's totals, or what the
    office said; None where nothing says so."""
    bounds = [bound] if bound else []
    if isinstance(until, int) and not isinstance(until, bool):
        bounds.append(until + 1)
    elif isinstance(until, str):
        bounds.append(_row_with(sheet, header, until))
    table = header.table
    if table is not None and table.totals:
        bounds.append(table.bounds[3] - table.totals + 1)
    return min(bounds) if bounds else None


def key(text: object) -> str:
    """A title's text as it is compared: without blanks, width and case."""
    return "".join(unicodedata.normalize("NFKC", str(text)).split()).casefold()


def bounds(reference: str) -> Bounds:
    """left, top, right, bottom of ``A1:C9``; whole columns and rows reach to the sheet's edge.

    Raises:
        ValueError: it is no reference.
    """
    left, top, right, bottom = range_boundaries(reference.replace("$", ""))
    return int(left or 1), int(top or 1), int(right or 16_384), int(bottom or 1_048_576)


def reference(left: int, top: int, right: int, bottom: int) -> str:
    return f"{get_column_letter(left)}{top}:{get_column_letter(right)}{bottom}"


def merges_of(outline: Element) -> list[Bounds]:
    """The merged ranges of a sheet; what is no range is left out, as Excel does."""
    found = outline.first("mergeCells")
    merged = found.all("mergeCell") if found is not None else ()
    ranges = (range_of(element) for element in merged)
    return [one for one in ranges if one is not None]


def range_of(element: Element) -> Bounds | None:
    """What the attribute ``ref`` says; None where it is no range (``#REF!``) or not there."""
    try:
        return bounds(element.attributes.get("ref", ""))
    except ValueError:
        return None


def _row_with(sheet: Sheet, header: Header, text: str) -> int:
    for line in sheet.each(sheet.numbers(header.first)):
        for column, cell in line.cells.items():
            if column <= header.right and key(cell.value or "").startswith(key(text)):
                return line.number
    raise Unclear(f"「until」の「{text}」で始まる行が見出しの下にありません")


def _titles(
    sheet: Sheet, merges: Sequence[Bounds], rows: Iterable[int]
) -> dict[int, dict[int, _Title]]:
    """Row → column → what is written there, for the rows where a header may be."""
    wanted = {*rows}
    spans = {(top, left): (right, bottom) for left, top, right, bottom in merges}
    above = {top for left, top, right, bottom in merges if wanted & {*range(top, bottom + 1)}}
    found: dict[int, dict[int, _Title]] = {row: {} for row in wanted}
    for line in sheet.each(sorted(wanted | above)):
        for column, cell in line.cells.items():
            if not isinstance(cell.value, str) or not cell.value.strip():
                continue
            anchor = (line.number, column)
            right, bottom = spans.get(anchor, (column, line.number))
            for row in wanted & {*range(line.number, bottom + 1)}:
                found[row][column] = _Title(key(cell.value), anchor, bottom, right)
    return found


def _headers_of(
    row: int, line: Mapping[int, _Title], wanted: Mapping[str, str], tables: Sequence[Table]
) -> list[Header]:
    """The lists that have their header in one row; several where all titles stand there several
    times, side by side."""
    found = {c: t for c, t in line.items() if t.text in wanted}
    texts = [title.text for title in found.values()]
    twice = {text for text in texts if texts.count(text) > 1}
    if not twice:
        return [_header(row, line, found, wanted, tables)]
    groups = _runs(line)
    full = [
        group
        for group in groups
        if {line[c].text for c in group} & {*wanted} >= {*texts} - {key(ID_TITLE)}
    ]
    lists = []
    for group in full:
        mine = {c: found[c] for c in group if c in found}
        names = [title.text for title in mine.values()]
        if len(names) == len({*names}):
            lists.append(_header(row, {c: line[c] for c in group}, mine, wanted, tables))
    if not lists:
        doubled = "」「".join(sorted(wanted[text] for text in twice))
        raise Unclear(f"{row}行目の見出しに「{doubled}」が二つあります")
    return lists


def _header(
    row: int,
    line: Mapping[int, _Title],
    found: Mapping[int, _Title],
    wanted: Mapping[str, str],
    tables: Sequence[Table],
) -> Header:
    columns = {wanted[title.text]: column for column, title in sorted(found.items())}
    id_column = columns.pop(ID_TITLE, None)
    ours = [*columns.values()] or [id_column or 1]
    filled = {c for column, t in line.items() for c in range(column, t.rightmost + 1)}
    left, right = _run(filled, [*ours, *([id_column] if id_column else [])])
    table = next((t for t in tables if _holds(t, row, min(ours))), None)
    counters = {c for c in range(left, right + 1) if c in line and line[c].text in _COUNTERS}
    return Header(
        row=row,
        first=max(title.lowest for title in found.values()) + 1,
        columns=columns,
        left=left,
        right=right,
        id_column=id_column,
        table=table,
        counters=frozenset(counters - {*columns.values(), id_column or 0}),
        anchors=frozenset(title.anchor for title in found.values()),
    )


def _run(filled: set[int], ours: Sequence[int]) -> tuple[int, int]:
    """The header cells that hang together with ours: one empty column ends a list, unless ours go
    on behind it."""
    left, right = min(ours), max(ours)
    while left - 1 in filled:
        left -= 1
    while right + 1 in filled:
        right += 1
    return left, right


def _runs(line: Mapping[int, _Title]) -> list[list[int]]:
    """The columns of a row with a text, parted where a column is empty."""
    runs: list[list[int]] = []
    end = 0
    for column, title in sorted(line.items()):
        if not runs or column > end + 1:
            runs.append([])
        runs[-1].append(column)
        end = title.rightmost
    return runs


def _holds(table: Table, row: int, column: int) -> bool:
    left, top, right, _ = table.bounds
    return table.has_header and top == row and left <= column <= right


def _caption(sheet: Sheet, header: Header) -> set[str]:
    """What the nearest written row above a list says over its columns."""
    tops = [row for row, _ in header.anchors]
    above = sheet.filled(1, min(tops) - 1)
    for line in itertools.islice(sheet.each(reversed(above)), 3):
        texts = {
            key(cell.value)
            for column, cell in line.cells.items()
            if isinstance(cell.value, str) and header.left <= column <= header.right
        }
        if texts:
            return texts
    return set()
