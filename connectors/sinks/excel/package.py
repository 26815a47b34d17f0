"""A workbook as a file: is somebody in it, what would saving it lose, and how it is swapped in
whole."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import re
import shutil
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.workbook import Workbook

from connectors.files import fitted, stat_of, swap_in, sync_folder, unavailable, write_beside
from connectors.sinks.backups import keep_day
from connectors.sinks.excel.keep import carry_over
from connectors.sinks.locks import refuse_if_open
from records import days
from records.errors import DefinitionError, ServiceError

SUFFIXES = (".xlsx", ".xlsm")

_LOST = {
    "図形やテキストボックス": re.compile(rb"<(?:xdr:)?(?:sp|cxnSp|grpSp)[ >]"),
    "SmartArt": re.compile(rb"diagrams/"),
}
_LOST_PARTS = {
    "スライサー": "xl/slicers/",
    "タイムライン": "xl/timelines/",
    "スレッド形式のコメント": "xl/threadedComments/",
}
_CONTROLS = ("xl/ctrlProps/", "xl/activeX/")


@dataclass(frozen=True, slots=True)
class Opened:
    """A workbook in memory, and the file as it was when it was read (None: there is none yet)."""

    book: Workbook
    path: Path
    original: bytes | None
    stat: tuple[int, int, int] | None


def open_book(path: Path) -> Opened:
    """Read the workbook, or start a new one where there is none.

    Raises:
        DefinitionError: it is no ``.xlsx`` or ``.xlsm``.
        ServiceError: somebody has it open, it cannot be read, or saving would lose something that
        openpyxl cannot keep.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise DefinitionError(
            f"台帳「{path.name}」には書けません。Excelブック(.xlsx か .xlsm)で保存し直してください",
            path=path,
            allowed=SUFFIXES,
        )
    refuse_if_open(path)
    try:
        data = path.read_bytes() if path.exists() else None
        stat = stat_of(path)
    except OSError as error:
        raise _os_error(error, path) from error
    if data is None:
        return Opened(Workbook(), path, None, None)
    try:
        _refuse_losses(data, path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of parts that keep.py carries over
            book = load_workbook(
                io.BytesIO(data),
                keep_vba=path.suffix.lower() == ".xlsm",
                rich_text=_has_rich_text(data),
            )
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, TypeError) as error:
        raise ServiceError(
            "workbook",
            f"台帳「{path.name}」を読めません。パスワードがかかっていれば外し、壊れていれば {backup_of(path).name} から"
            "戻してください",
            retry_after=300,
        ) from error
    return Opened(book, path, data, stat)


def save_book(opened: Opened) -> None:
    """Write beside, keep the last version as ``.bak`` and the day's first, swap in at once.

    Raises:
        ServiceError: somebody opened or changed it meanwhile, or the disk is full; the workbook is
        as it was.
    """
    path = opened.path
    opened.book.calculation.fullCalcOnLoad = True  # openpyxl keeps no results of formulas
    memory = io.BytesIO()
    opened.book.save(memory)
    data = carry_over(opened.original, memory.getvalue()) if opened.original else memory.getvalue()

    def write(stream: BinaryIO) -> None:
        stream.write(data)

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = write_beside(path, write)
        with _removed_on_error(beside):
            refuse_if_open(path)
            if stat_of(path) != opened.stat:
                raise ServiceError(
                    "workbook",
                    f"台帳「{path.name}」がこの間に保存されました。次の回に書き込みます",
                    retry_after=5,
                )
            if opened.original is not None:
                _back_up(path)
        swap_in(beside, path)
    except OSError as error:
        raise _os_error(error, path) from error


def backup_of(path: Path) -> Path:
    """Where the version before the last delivery is kept."""
    return path.with_name(fitted(path.name, 230) + ".bak")


def _refuse_losses(data: bytes, path: Path) -> None:
    """openpyxl drops what it does not know. An office's drawing must not vanish because a row was
    added."""
    lost: set[str] = set()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            lost |= {what for what, start in _LOST_PARTS.items() if name.startswith(start)}
            if name.startswith(_CONTROLS) and path.suffix.lower() != ".xlsm":
                lost.add("ボタンなどのコントロール")
            if name.startswith("xl/drawings/drawing") or name.startswith("xl/drawings/_rels/"):
                content = archive.read(name)
                lost |= {what for what, pattern in _LOST.items() if pattern.search(content)}
    if lost:
        raise ServiceError(
            "workbook",
            f"台帳「{path.name}」には{'、'.join(sorted(lost))}があり、書き込むと消えてしまいます。"
            "それらを別のブックに移すか、form.toml の path で別の台帳を指定してください",
            retry_after=600,
        )


def _has_rich_text(data: bytes) -> bool:
    """Whether any cell has letters in different looks: reading them so costs a quarter more, so
    only then."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = [
            n
            for n in archive.namelist()
            if n.startswith(("xl/sharedStrings", "xl/worksheets/sheet"))
        ]
        return any(b"<r>" in archive.read(name) for name in parts)


def _back_up(path: Path) -> None:
    keep_day(path, days.now().date())

    def copy(stream: BinaryIO) -> None:
        with path.open("rb") as origin:
            shutil.copyfileobj(origin, stream)

    swap_in(write_beside(backup_of(path), copy), backup_of(path))
    sync_folder(path.parent)


@contextlib.contextmanager
def _removed_on_error(beside: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def _os_error(error: OSError, path: Path) -> ServiceError:
    if isinstance(error, PermissionError) and os.name == "nt" and error.errno == errno.EACCES:
        return ServiceError(
            "workbook",
            f"台帳「{path.name}」は開かれています。閉じると続きを書き込みます",
            retry_after=60,
        )
    return unavailable(error, "台帳", path, "workbook")
