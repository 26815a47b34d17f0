"""A report as a file: Excel, PDF, HTML or CSV, by the file's ending. Every writer shows the tables
of :mod:`initiatives.tables`, so the same figures stand in all of them."""

from __future__ import annotations

import errno
import importlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from initiatives.summary import Report
from records.errors import DefinitionError, ServiceError


class ReportWriter(Protocol):
    """Writes one report to ``path``, which does not exist yet and which nobody else knows."""

    def __call__(self, report: Report, path: Path) -> None: ...


WRITERS: Mapping[str, str] = {
    ".xlsx": "initiatives.writers.workbook:write_workbook",
    ".pdf": "initiatives.writers.paper:write_pdf",
    ".html": "initiatives.writers.webpage:write_html",
    ".csv": "initiatives.writers.flat:write_csv",
}
"""File ending → where its writer is; loaded only when it is used."""


def check_ending(path: Path) -> str:
    """The ending of ``path`` in small letters, if there is a writer for it.

    Raises:
        DefinitionError: there is none.
    """
    ending = path.suffix.lower()
    if ending not in WRITERS:
        raise DefinitionError(
            f"報告書の形式「{path.suffix or path.name}」は使えません",
            key="to",
            allowed=tuple(WRITERS),
        )
    return ending


def write_report(report: Report, path: Path) -> Path:
    """Write a report, beside the place first and then swapped in, so that an old report is never
    half overwritten.

    Raises:
        DefinitionError: no writer for this ending.
        ServiceError: the file is open elsewhere, the folder cannot be written, or the disk is full;
            what was at ``path`` before is untouched.
    """
    ending = check_ending(path)
    module, _, name = WRITERS[ending].partition(":")
    write: ReportWriter = getattr(importlib.import_module(module), name)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".report-") as folder:
            beside = Path(folder) / f"report{ending}"
            write(report, beside)
            os.replace(beside, path)  # noqa: PTH105 - the same call on every system, over an existing file too
    except OSError as error:
        raise ServiceError("workbook", f"「{path}」に書き込めません。{remedy(error)}") from None
    return path


def remedy(error: OSError) -> str:
    """What a person can do about a file that cannot be written."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "ディスクがいっぱいです。空きを作るか、--to で別の場所を指定してください"
    if error.errno == errno.EROFS:
        return "読み取り専用の場所です。--to で別の場所を指定してください"
    if error.errno in (errno.EISDIR, errno.ENOTDIR, errno.EEXIST):
        return (
            "同じ名前のフォルダーまたはファイルが途中にあります。--to で別の名前を指定してください"
        )
    if isinstance(error, PermissionError):
        return (
            "開いていたら閉じて、フォルダーの書き込みの権限を確かめてから、もう一度実行してください"
        )
    return f"({error.strerror})。場所と空き容量を確かめてから、もう一度実行してください"
