"""Files that are whole at every moment, even when the power goes: written beside, synced, and
swapped in."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

from records.errors import ServiceError
from records.filenames import shown_name

NAME_BYTES = 240
"""Longest file name that we make, in UTF-8 bytes: Linux allows 255, and something may have to be
put behind it."""

_NAMED = 5

_GONE = (
    errno.ENOENT,
    errno.ENOTDIR,
    errno.ENOTCONN,
    errno.EHOSTDOWN,
    errno.EHOSTUNREACH,
    errno.ESTALE,
    errno.EIO,
    errno.ETIMEDOUT,
    errno.ENODEV,
    errno.ENXIO,
)
_DENIED = (errno.EACCES, errno.EPERM, errno.EROFS)
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def named(names: Sequence[str]) -> str:
    """Some names in a line: the first few, and how many more there are."""
    some = "、".join(shown_name(" ".join(name.split())) for name in names[:_NAMED])
    return some + (f" ほか {len(names) - _NAMED} 件" if len(names) > _NAMED else "")


def unavailable(error: OSError, what: str, path: Path, service: str = "folder") -> ServiceError:
    """What an OS error means to a person: gone, not allowed, full, or in use; with the next step.

    Args:
        what: Japanese name of the thing, such as ``監視フォルダー``.
    """
    name = f"{what}「{path}」"
    if error.errno in _GONE:
        return ServiceError(
            service,
            f"{name}が見つかりません。共有フォルダーにつながっているか確かめてください",
            retry_after=30,
        )
    if error.errno in _DENIED:
        return ServiceError(
            service,
            f"{name}に書き込めないか、中を動かせません。書き込みの権限を確かめてください",
            retry_after=60,
        )
    if error.errno in _FULL:
        return ServiceError(
            service,
            f"{name}のあるディスクがいっぱいです。空きを作ってください。続きはその後に行います",
            retry_after=300,
        )
    return ServiceError(
        service,
        f"{name}を使えません({error.strerror or error})。しばらくしてもう一度行います",
        retry_after=30,
    )


def sync_folder(folder: Path) -> None:
    """Make a rename in ``folder`` outlive a power cut. Where folders cannot be opened (Windows),
    the system sees to it."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        pass  # some network file systems refuse it for folders
    finally:
        os.close(handle)


def make_folder(folder: Path) -> None:
    """Make a folder and what is missing above it, so that they outlive a power cut.

    Raises:
        OSError: it cannot be made.
    """
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for one in missing:
        sync_folder(one.parent)


def write_beside(path: Path, write: Callable[[BinaryIO], None]) -> Path:
    """Write a new file next to ``path`` and sync it; the caller swaps it in with :func:`swap_in`.

    When ``write`` fails, nothing is left behind; what a killed process left for the same file goes
    now.
    """
    start = f".{fitted(path.name, 200)}."
    _forget_the_dead(path.parent, start)
    beside = path.with_name(f"{start}{os.getpid()}.tmp")
    try:
        with beside.open("wb") as stream:
            write(stream)
            stream.flush()
            os.fsync(stream.fileno())
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    return beside


def _forget_the_dead(folder: Path, start: str) -> None:
    if os.name != "posix":
        return  # elsewhere there is no harmless way to ask whether a process lives
    for left in folder.glob(".*.tmp"):
        number = left.name.removeprefix(start).removesuffix(".tmp")
        if left.name.startswith(start) and number.isdigit() and not _alive(int(number)):
            left.unlink(missing_ok=True)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def swap_in(beside: Path, path: Path) -> None:
    """Put ``beside`` in the place of ``path``, at once and for good."""
    try:
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_whole(path: Path, data: bytes) -> None:
    """Write ``data`` so that ``path`` has its old or its new content at every moment."""

    def write(stream: BinaryIO) -> None:
        stream.write(data)

    swap_in(write_beside(path, write), path)


def stat_of(path: Path) -> tuple[int, int, int] | None:
    """What tells whether somebody changed or replaced the file meanwhile: inode, size, mtime; None
    where it is not there."""
    try:
        stat = path.stat()
    except FileNotFoundError:
        return None
    return stat.st_ino, stat.st_size, stat.st_mtime_ns


def sha256_of(path: Path) -> str:
    """sha256 of the file's bytes, hex, in constant memory."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def move(source: Path, target: Path) -> bool:
    """Move a file whole: by a rename, or across devices by copy, sync, rename, delete.

    Killed in between, the file is at ``source``, or at both (never at neither, never in part at
    ``target``).

    Returns:
        True where it had to be copied.

    Raises:
        OSError: it could not be moved; ``source`` is as it was and ``target`` is not there.
    """
    try:
        source.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _copy_over(source, target)
        return True
    sync_folder(target.parent)
    sync_folder(source.parent)
    return False


def copy_whole(source: Path, target: Path) -> None:
    """Copy a file so that ``target`` is not there or whole at every moment."""

    def copy(stream: BinaryIO) -> None:
        with source.open("rb") as origin:
            shutil.copyfileobj(origin, stream, 1 << 20)

    swap_in(write_beside(target, copy), target)


def _copy_over(source: Path, target: Path) -> None:
    copy_whole(source, target)
    try:
        source.unlink()
    except OSError:
        target.unlink()  # else the same sheet would be taken again and again
        raise
    sync_folder(source.parent)


def fitted(name: str, limit: int = NAME_BYTES) -> str:
    """``name`` in at most ``limit`` bytes: the stem is cut, marked with a hash of the whole, and
    the suffix stays."""
    if len(os.fsencode(name)) <= limit:
        return name
    stem, dot, suffix = name.rpartition(".")
    if not dot or len(suffix) > 12:
        stem, suffix = name, ""
    mark = f"~{hashlib.sha256(os.fsencode(name)).hexdigest()[:8]}" + (
        f".{suffix}" if suffix else ""
    )
    while len(os.fsencode(stem + mark)) > limit:
        stem = stem[:-1]
    return stem + mark
