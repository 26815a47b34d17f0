"""The office's own lists beside a form: one column of a CSV or Excel file, kept until the file
changes."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from records.errors import DefinitionError, DocumentError, ServiceError

LIST_SUFFIXES = (".csv", ".xlsx")


def is_inside(name: str) -> bool:
    """True for the name of a file that lies in the form's folder or below it."""
    if not name:
        return False
    path = Path(name)
    return not path.is_absolute() and ".." not in path.parts


def column_values(path: Path, column: str = "") -> tuple[str, ...]:
    """The texts of one column, in order and without empty ones.

    Args:
        path: a ``.csv`` (UTF-8 or cp932) or ``.xlsx`` file whose first row holds the titles; of a
        workbook, its first sheet.
        column: a title; empty for the first column.

    Raises:
        DefinitionError: the file is missing, of another type or not readable, or has no such
        column.
        ServiceError: the file is open elsewhere.
    """
    texts = [text for (text,) in table(path, (column,))]
    return tuple(text for text in texts if text)


def table(path: Path, columns: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """The cells of the named columns, row by row as :func:`column_values` gives one; an empty name
    is the first column. Rows without anything in them are left out.

    Raises:
        DefinitionError, ServiceError: as :func:`column_values`.
    """
    try:
        changed = path.stat().st_mtime_ns
    except FileNotFoundError:
        raise DefinitionError(
            "照合に使う一覧がありません。様式のフォルダーに置いてください", path=path
        ) from None
    return _table(path, tuple(columns), changed)


@lru_cache(maxsize=64)
def _table(path: Path, columns: tuple[str, ...], changed: int) -> tuple[tuple[str, ...], ...]:
    try:
        rows = _workbook(path) if path.suffix.lower() == ".xlsx" else _csv(path)
    except PermissionError:
        raise ServiceError(
            "list", f"一覧「{path.name}」が開かれていて読めません。閉じてください"
        ) from None
    titles = rows[0] if rows else []
    for column in columns:
        if column and column not in titles:
            raise DefinitionError(
                f"一覧に「{column}」という列がありません",
                path=path,
                key="column",
                allowed=tuple(titles),
            )
    places = [titles.index(column) if column else 0 for column in columns]
    found = []
    for row in rows[1:]:
        cells = tuple(row[place] if place < len(row) else "" for place in places)
        if any(cells):
            found.append(cells)
    return tuple(found)


def _csv(path: Path) -> list[list[str]]:
    if path.suffix.lower() != ".csv":
        raise DefinitionError("一覧は .csv か .xlsx にしてください", path=path)
    data = path.read_bytes()
    for encoding in ("utf-8-sig", "cp932"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        rows = csv.reader(io.StringIO(text, newline=""))
        return [[cell.strip() for cell in row] for row in rows]
    raise DefinitionError(
        "一覧の文字コードがUTF-8でもShift_JIS(cp932)でもありません。保存し直してください", path=path
    )


def _workbook(path: Path) -> list[list[str]]:
    """The rows of the first sheet that hold something, as wide as the widest."""
    from records.workbooks import open_parts, rows_of

    try:
        with open_parts(path) as book:
            rows = [dict(cells) for _, cells in rows_of(book, book.sheets[0])]
    except DocumentError as error:
        if error.code == "unreadable":
            raise PermissionError from error
        raise DefinitionError(f"一覧の{error.message}", path=path) from error
    width = max((max(row) for row in rows), default=0)
    texts = []
    for row in rows:
        cells = [row.get(column) for column in range(1, width + 1)]
        texts.append(["" if cell is None else _cell(cell.value) for cell in cells])
    return texts


def _cell(value: object) -> str:
    """A cell as text: 123.0 is 123, as Excel shows it."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
