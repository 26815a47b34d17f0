"""A report as a file: Excel, PDF, HTML or CSV, by the file's ending. Every writer shows the tables of
:mod:`initiatives.tables`, so the same figures stand in all of them."""

from __future__ import annotations

import importlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from initiatives.summary import Report
from records.errors import DefinitionError, ServiceError


class Writer(Protocol):
    """Writes one report to ``path``, which does not exist yet and which nobody else knows."""

    def __call__(self, report: Report, path: Path) -> None: ...


WRITERS: Mapping[str, str] = {
    ".xlsx": "initiatives.writers.workbook:write_workbook",
    ".pdf": "initiatives.writers.paper:write_pdf",
    ".html": "initiatives.writers.page:write_html",
    ".csv": "initiatives.writers.flat:write_csv",
}
"""File ending → where its writer is; loaded only when it is used."""


def write_report(report: Report, path: Path) -> Path:
    """Write a report, beside the place first and then swapped in, so that an old report is never half overwritten.

    Raises:
        DefinitionError: no writer for this ending.
        ServiceError: the file is open elsewhere, or the folder cannot be written.
    """
    ending = path.suffix.lower()
    if ending not in WRITERS:
        raise DefinitionError(f"報告書の形式「{path.suffix or path.name}」は使えません", key="to", allowed=tuple(WRITERS))
    module, _, name = WRITERS[ending].partition(":")
    write: Writer = getattr(importlib.import_module(module), name)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".report-") as folder:
            beside = Path(folder) / f"report{ending}"
            write(report, beside)
            os.replace(beside, path)  # noqa: PTH105 - the same call on every system, over an existing file too
    except PermissionError:
        raise ServiceError(
            "workbook", f"「{path.name}」に書き込めません。開いていたら閉じてから、もう一度実行してください") from None
    return path
