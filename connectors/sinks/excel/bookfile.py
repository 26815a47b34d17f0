"""A workbook as a file: is somebody in it, can it be written, and how it is swapped in whole."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from connectors.files import fitted, stat_of, swap_in, sync_folder, unavailable, write_beside
from connectors.sinks.backups import FOLDER, copies_of, keep_day
from connectors.sinks.excel.officebook import OfficeBook
from connectors.sinks.excel.otherkinds import SAVE_AS, what_else
from connectors.sinks.excel.package import DAMAGED, Package
from connectors.sinks.excel.sheet import TwiceTheSameRow
from connectors.sinks.excel.zipcopy import TooLarge
from connectors.sinks.locks import refuse_if_open
from records import days
from records.errors import DefinitionError, ServiceError

SUFFIXES = (".xlsx", ".xlsm")


@dataclass(frozen=True, slots=True)
class Opened:
    """A workbook that is open for reading.

    Attributes:
        path: the file itself, behind all links.
        book: its content.
        stat: the file as it was when it was opened; None: there is none yet.
    """

    path: Path
    book: OfficeBook
    stat: tuple[int, int, int] | None


@contextlib.contextmanager
def opened_book(path: Path, make: Callable[[], bytes]) -> Iterator[Opened]:
    """Open the workbook, or ``make`` a new one where there is none.

    Raises:
        DefinitionError: it is no ``.xlsx`` or ``.xlsm``.
        ServiceError: somebody has it open, or it cannot be read.
    """
    _refuse_kind(path)
    refuse_if_open(path)
    real = Path(os.path.realpath(path))
    if real != path:
        refuse_if_open(real)
    try:
        before = stat_of(real)
        stream: BinaryIO = real.open("rb") if before else io.BytesIO(make())
    except OSError as error:
        raise os_error(error, path) from error
    with contextlib.closing(stream):
        with readable(path, stream):
            package = Package(path, stream)
        with contextlib.closing(package):
            with readable(path, stream):
                _refuse_what_cannot_be_kept(path, package)
                book = OfficeBook(package)
            yield Opened(real, book, before)


@contextlib.contextmanager
def read_book(path: Path) -> Iterator[OfficeBook]:
    """Open a workbook to look into it, whoever has it open, and turn what is wrong with it into
    one line.

    Raises:
        ServiceError: it cannot be read.
    """
    try:
        stream = path.open("rb")
    except OSError as error:
        raise os_error(error, path) from error
    with contextlib.closing(stream), readable(path, stream):
        package = Package(path, stream)
        with contextlib.closing(package):
            yield OfficeBook(package)


@contextlib.contextmanager
def readable(path: Path, stream: BinaryIO) -> Iterator[None]:
    """Turn what reading a damaged or foreign file raises into a line that names it.

    Raises:
        ServiceError: it cannot be read.
    """
    try:
        yield
    except DAMAGED as error:
        raise _unreadable(path, stream) from error
    except TwiceTheSameRow as error:
        what = "のシートに同じ番号の行が二つあります。Excelで開いて保存し直してください"
        raise _refused(path, what) from error
    except OSError as error:
        raise os_error(error, path) from error


def save_book(opened: Opened, check: Callable[[Path], None]) -> None:
    """Write beside, check what was written, keep the last version as ``.bak`` and the
    day's first, swap in at once.

    Args:
        check: looks at the new file and raises where it is not what it shall be.

    Raises:
        ServiceError: somebody opened or changed it meanwhile, the disk is full, or the check
            failed; the workbook is as it was.
    """
    path = opened.path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _unchanged(opened):
            beside = write_beside(path, opened.book.package.write)
        with _removed_on_error(beside):
            with _unchanged(opened):
                check(beside)
            refuse_if_open(path)
            if opened.stat is not None:
                _give_the_rights_of(path, beside)
                _back_up(path)
            opened.book.package.close()  # Windows replaces no file that is open
        swap_in(beside, path)
    except TooLarge as error:
        raise ServiceError(
            "workbook",
            f"台帳「{path.name}」は 4GB を超えるため書けません。年度や月で台帳を分けてください",
            retry_after=600,
        ) from error
    except OSError as error:
        raise os_error(error, path) from error


@contextlib.contextmanager
def _unchanged(opened: Opened) -> Iterator[None]:
    """Whatever goes wrong while somebody saves the workbook comes from that.

    Raises:
        ServiceError: somebody saved it since it was opened.
    """
    try:
        yield
    except Exception:
        _refuse_if_saved(opened)
        raise
    _refuse_if_saved(opened)


def _refuse_if_saved(opened: Opened) -> None:
    if stat_of(opened.path) != opened.stat:
        raise ServiceError(
            "workbook",
            f"台帳「{opened.path.name}」がこの間に保存されました。次の回に書き込みます",
            retry_after=5,
        )


def backup_of(path: Path) -> Path:
    """Where the version before the last delivery is kept."""
    return path.with_name(fitted(path.name, 230) + ".bak")


def os_error(error: OSError, path: Path) -> ServiceError:
    """What an OS error means to the person whose workbook it is."""
    if isinstance(error, PermissionError) and os.name == "nt" and error.errno == errno.EACCES:
        return ServiceError(
            "workbook",
            f"台帳「{path.name}」は開かれています。閉じると続きを書き込みます",
            retry_after=60,
        )
    return unavailable(error, "台帳", path, "workbook")


def _refuse_what_cannot_be_kept(path: Path, package: Package) -> None:
    kinds = [package.content_type(key) for key in package.related("", "officeDocument")]
    if any("sheet.binary" in kind for kind in kinds):
        raise _refused(path, f"はバイナリ形式(.xlsb)です。{SAVE_AS}")
    if any(key.startswith("_xmlsignatures/") for key in package.infos):
        raise _refused(
            path,
            "は電子署名が付いていて、書き込むと署名が無効になります。署名のない写しを台帳にしてください",
        )


def _unreadable(path: Path, stream: BinaryIO) -> ServiceError:
    """Why a file is no workbook that can be written, as far as its bytes tell."""
    what = what_else(stream)
    if what:
        return _refused(path, what)
    return _refused(
        path, f"を読めません。パスワードがかかっていれば外し、壊れていれば{_way_back(path)}"
    )


def _way_back(path: Path) -> str:
    """What to do about a damaged workbook, by the copies that there are."""
    real = Path(os.path.realpath(path))
    copies = [f"「{FOLDER}」フォルダーの「{one.name}」" for one in copies_of(real)[:1]]
    if backup_of(real).exists():
        copies.insert(0, f"「{backup_of(real).name}」")
    if not copies:
        return "Excelで開いて修復し、保存し直してください"
    return f"{'か'.join(copies)}から戻してください(戻したあと torikomi status で足りない行が分かります)"


def _refused(path: Path, what: str) -> ServiceError:
    return ServiceError("workbook", f"台帳「{path.name}」{what}", retry_after=300)


def _refuse_kind(path: Path) -> None:
    if path.suffix.lower() not in SUFFIXES:
        raise DefinitionError(
            f"台帳「{path.name}」には書けません。Excelブック(.xlsx か .xlsm)で保存し直してください",
            path=path,
            allowed=SUFFIXES,
        )


def _give_the_rights_of(path: Path, beside: Path) -> None:
    """A new file in the place of an old one must not lock out the people who could open that."""
    old = path.stat()
    beside.chmod(stat.S_IMODE(old.st_mode))
    if hasattr(os, "chown"):
        with contextlib.suppress(PermissionError):
            os.chown(beside, old.st_uid, old.st_gid)


def _back_up(path: Path) -> None:
    keep_day(path, days.now().date())

    def copy(stream: BinaryIO) -> None:
        with path.open("rb") as origin:
            shutil.copyfileobj(origin, stream)

    beside = write_beside(backup_of(path), copy)
    _give_the_rights_of(path, beside)
    swap_in(beside, backup_of(path))
    sync_folder(path.parent)


@contextlib.contextmanager
def _removed_on_error(beside: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
