"""The office's own lists beside a form: one column of a CSV or Excel file, kept until the file
changes."""

from __future__ import annotations

import csv
from functools import lru_cache
from pathlib import Path

from records.errors import DefinitionError, ServiceError


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
    try:
        changed = path.stat().st_mtime_ns
    except FileNotFoundError:
        raise DefinitionError(
            "照合に使う一覧がありません。様式のフォルダーに置いてください", path=path
        ) from None
    return _column(path, column, changed)


@lru_cache(maxsize=64)
def _column(path: Path, column: str, changed: int) -> tuple[str, ...]:
    try:
        rows = _workbook(path) if path.suffix.lower() == ".xlsx" else _csv(path)
    except PermissionError:
        raise ServiceError(
            "list", f"一覧「{path.name}」が開かれていて読めません。閉じてください"
        ) from None
    titles = rows[0] if rows else []
    if column and column not in titles:
        raise DefinitionError(
            f"一覧に「{column}」という列がありません",
            path=path,
            key="column",
            allowed=tuple(titles),
        )
    index = titles.index(column) if column else 0
    return tuple(row[index] for row in rows[1:] if index < len(row) and row[index])


def _csv(path: Path) -> list[list[str]]:
    if path.suffix.lower() != ".csv":
        raise DefinitionError("一覧は .csv か .xlsx にしてください", path=path)
    data = path.read_bytes()
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return [
                [cell.strip() for cell in row]
                for row in csv.reader(data.decode(encoding).splitlines())
            ]
        except UnicodeDecodeError:
            continue
    raise DefinitionError(
        "一覧の文字コードがUTF-8でもShift_JIS(cp932)でもありません。保存し直してください", path=path
    )


def _workbook(path: Path) -> list[list[str]]:
    from zipfile import BadZipFile

    from openpyxl import load_workbook

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (BadZipFile, KeyError, ValueError):
        raise DefinitionError(
            "一覧がExcelブックとして開けません。保存し直してください", path=path
        ) from None
    try:
        sheet = book.worksheets[0]
        return [[_cell(value) for value in row] for row in sheet.iter_rows(values_only=True)]
    finally:
        book.close()


def _cell(value: object) -> str:
    """A cell as text: 123.0 is 123, as Excel shows it."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
