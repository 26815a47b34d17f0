"""Where things are on an office's own sheet: the header, our columns, the last data row, and what
stands below."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.cell.rich_text import CellRichText
from openpyxl.utils.cell import range_boundaries
from openpyxl.worksheet.formula import ArrayFormula, DataTableFormula
from openpyxl.worksheet.table import Table
from openpyxl.worksheet.worksheet import Worksheet

SEARCH_ROWS = 30
"""The header is looked for in the first so many rows."""

ID_TITLE = "取込番号"
"""The column that says which row is which record. It is hidden, and it is inside the list so that
it sorts along."""

_FOOTERS = ("合計", "小計", "総計", "累計", "計", "total", "以下余白")
_COUNTERS = ("no", "no.", "番号", "連番", "通番", "通し番号", "#", "№", "整理番号")


@dataclass(frozen=True, slots=True)
class Layout:
    """A list on a sheet; rows and columns are 1-based.

    Attributes:
        header: the (lowest) header row; ``first``: the first row below it.
        columns: our titles that were found, to their columns.
        left, right: the first and last column with a header.
        id_column: of :data:`ID_TITLE`, or None.
        last: the last row with data; ``first - 1`` where there is none.
        limit: rows from here on are not ours to fill (a totals row, notes below a table); None
        where it is all free.
        table: the Excel table (ListObject) that the header is part of.
    """

    header: int
    first: int
    columns: Mapping[str, int]
    left: int
    right: int
    id_column: int | None
    last: int
    limit: int | None
    table: Table | None

    @property
    def room(self) -> int | None:
        """How many rows may be added; None: as many as one likes."""
        return None if self.limit is None else max(self.limit - self.last - 1, 0)


def find_layout(
    sheet: Worksheet, titles: Sequence[str], header_row: int | None = None
) -> Layout | None:
    """The list whose header has most of ``titles``; None where no row has any of them.

    Titles are compared without blanks, line breaks and width. Cells merged downwards count for each
    row they cover.

    Args:
        header_row: 1-based; look nowhere else.
    """
    wanted = {key(title): title for title in (*titles, ID_TITLE)}
    heads = _head_texts(sheet)
    best: tuple[int, int] | None = None
    for row in [header_row] if header_row else range(1, SEARCH_ROWS + 1):
        score = len({text for (r, _), (text, _) in heads.items() if r == row and text in wanted})
        if score and (best is None or score > best[0]):
            best = (score, row)
    if best is None:
        return None
    header = best[1]
    columns: dict[str, int] = {}
    bottom = header
    filled = []
    for (row, column), (text, lowest) in sorted(heads.items()):
        if row == header:
            filled.append(column)
            if text in wanted:
                columns.setdefault(wanted[text], column)
                bottom = max(bottom, lowest)
    for merged in sheet.merged_cells.ranges:
        if merged.min_row <= header <= merged.max_row and merged.min_col in filled:
            filled += range(merged.min_col, merged.max_col + 1)
    left, right = _run(filled, list(columns.values()))
    id_column = columns.pop(ID_TITLE, None)
    table = next(
        (
            t
            for t in sheet.tables.values()
            if _holds(t, header, min(columns.values(), default=left))
        ),
        None,
    )
    last, limit = _extent(sheet, bottom + 1, left, right, columns, id_column, table, heads, header)
    return Layout(header, bottom + 1, columns, left, right, id_column, last, limit, table)


def doubles(sheet: Worksheet, layout: Layout) -> list[str]:
    """Our titles that stand more than once in the header: no one can say which column is meant."""
    texts = [
        text
        for (row, column), (text, _) in _head_texts(sheet).items()
        if row == layout.header and layout.left <= column <= layout.right
    ]
    return [title for title in layout.columns if texts.count(key(title)) > 1]


def is_blank(sheet: Worksheet) -> bool:
    """Whether nothing at all is written on the sheet."""
    return all(cell.value in (None, "") for cell in stored(sheet).values())


def stored(sheet: Worksheet) -> dict[tuple[int, int], Cell | MergedCell]:
    """The cells that exist, by (row, column). Asking the sheet for others would create them."""
    return sheet._cells


def is_formula(cell: Any) -> bool:
    return cell.data_type == "f" or isinstance(cell.value, ArrayFormula | DataTableFormula)


def key(text: object) -> str:
    """A header's text as it is compared."""
    return "".join(unicodedata.normalize("NFKC", str(text)).split()).casefold()


def bounds(reference: str) -> tuple[int, int, int, int]:
    """left, top, right, bottom of ``A1:C9``."""
    left, top, right, bottom = range_boundaries(reference)
    return int(left or 1), int(top or 1), int(right or 1), int(bottom or 1)


def _head_texts(sheet: Worksheet) -> dict[tuple[int, int], tuple[str, int]]:
    """(row, column) → compared text and the lowest row that its cell covers, for the rows where a
    header may be."""
    texts: dict[tuple[int, int], tuple[str, int]] = {}
    for (row, column), cell in stored(sheet).items():
        written = isinstance(cell.value, str | CellRichText) and str(cell.value).strip()
        if row <= SEARCH_ROWS and written and not is_formula(cell):
            texts[row, column] = key(cell.value), row
    for merged in sheet.merged_cells.ranges:
        anchor = (merged.min_row, merged.min_col)
        if anchor in texts:
            text = texts[anchor][0]
            for row in range(merged.min_row, min(merged.max_row, SEARCH_ROWS) + 1):
                texts[row, merged.min_col] = text, merged.max_row
    return texts


def _run(filled: list[int], ours: list[int]) -> tuple[int, int]:
    """The header cells that hang together with ours: one empty column ends a list, unless ours go
    on behind it."""
    left, right = min(ours), max(ours)
    there = set(filled)
    while left - 1 in there:
        left -= 1
    while right + 1 in there:
        right += 1
    return left, right


def _holds(table: Table, row: int, column: int) -> bool:
    left, top, right, _ = bounds(table.ref)
    return top == row and left <= column <= right


def _extent(
    sheet: Worksheet,
    first: int,
    left: int,
    right: int,
    columns: Mapping[str, int],
    id_column: int | None,
    table: Table | None,
    heads: Mapping[tuple[int, int], tuple[str, int]],
    header: int,
) -> tuple[int, int | None]:
    """The last row with data and the first row that must not be filled.

    Formulas and running numbers that were prepared for later rows are no data. A row that says 合計
    or begins with ※ is no data either, but nothing may be written from there on.
    """
    counters = {
        c for c in range(left, right + 1) if heads.get((header, c), ("", 0))[0] in _COUNTERS
    }
    counters -= {*columns.values(), id_column or 0}
    content: dict[int, list[Any]] = {}
    cells = stored(sheet)
    for (row, column), cell in cells.items():
        if (
            row < first
            or not left <= column <= right
            or cell.value in (None, "")
            or is_formula(cell)
        ):
            continue
        above = cells.get((row - 1, column))
        counted = (
            isinstance(cell.value, int) and above is not None and above.value == cell.value - 1
        )
        if column not in counters and not (counted and column not in columns.values()):
            content.setdefault(row, []).append((column, cell.value))
    end = bounds(table.ref)[3] - (table.totalsRowCount or 0) if table else None
    limit = end + 1 if table and end and table.totalsRowCount else None
    rows = sorted(content)
    if end is not None:
        below = [row for row in rows if row > end]
        limit = limit or (below[0] if below else None)
        rows = [row for row in rows if row <= end]
    while rows and _is_footer(content[rows[-1]], id_column):
        limit = rows.pop()
    return (rows[-1] if rows else first - 1), limit


def _is_footer(content: list[tuple[int, Any]], id_column: int | None) -> bool:
    if any(column == id_column for column, _ in content):
        return False
    texts = [key(value) for _, value in content if isinstance(value, str | CellRichText)]
    return any(text in _FOOTERS or text.startswith("※") for text in texts)
