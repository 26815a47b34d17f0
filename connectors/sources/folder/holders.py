"""Whether somebody still has a file open for writing, where the system tells.

Linux grants a read lease on a file only while nobody has it open for writing (fcntl(2),
``F_SETLEASE``). That is asked of file systems of this machine alone: on shares (CIFS, NFS, FUSE)
the answer would be about something else, so there it is ``unknown`` and the caller must be careful.
"""

from __future__ import annotations

import errno
import functools
import os
import signal
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

try:
    import fcntl
except ImportError:  # Windows: a file that is open cannot be moved there, which says the same
    fcntl = None  # type: ignore[assignment]

Writers = Literal["none", "some", "unknown"]

_LOCAL = frozenset(
    {"ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "tmpfs", "ramfs", "overlay", "zfs", "bcachefs"}
)


def writers_of(path: Path) -> Writers:
    """Whether anybody has ``path`` open for writing at this moment.

    Raises:
        FileNotFoundError: it is not there.
    """
    try:
        handle = open_plainly(path)
    except FileNotFoundError:
        raise
    except OSError:
        return "unknown"
    try:
        with sole(handle, path) as writers:
            return writers
    finally:
        os.close(handle)


@contextmanager
def sole(handle: int, path: Path) -> Iterator[Writers]:
    """Hold a lease on an open file: whoever opens it for writing waits until the end of the block.

    Yields:
        ``none``: the lease is held. ``some``: somebody has it open for writing. ``unknown``: the
        system does not tell.
    """
    answer = _lease(handle) if _tells(path) else "unknown"
    try:
        yield answer
    finally:
        if answer == "none":
            fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)


def still_sole(handle: int) -> bool:
    """Whether a lease that is held has not been asked back by somebody who wants to write."""
    return bool(fcntl.fcntl(handle, fcntl.F_GETLEASE) == fcntl.F_RDLCK)


def open_plainly(path: Path) -> int:
    """Open a regular file for reading; never waits, never follows a link.

    Raises:
        OSError: it cannot be opened, or is no regular file.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    handle = os.open(path, flags | getattr(os, "O_BINARY", 0))
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "not a regular file", str(path))
    return handle


def _lease(handle: int) -> Writers:
    try:
        # The signal of a broken lease ends a process by default; this one does nothing.
        fcntl.fcntl(handle, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError as error:
        if error.errno in (errno.EAGAIN, errno.EACCES) and _ours(handle):
            return "some"
        return "unknown"
    return "none"


def _ours(handle: int) -> bool:
    """Whether a refusal speaks of writers: leases are given to a file's owner and to root alone."""
    return os.geteuid() in (0, os.fstat(handle).st_uid)


def _tells(path: Path) -> bool:
    if fcntl is None or not hasattr(fcntl, "F_SETLEASE"):
        return False
    folder = os.path.realpath(path.parent)
    return _kind_of(folder, Path(folder).stat().st_dev) in _LOCAL and not _exported_by_nfs()


@functools.lru_cache(maxsize=4096)
def _kind_of(folder: str, device: int) -> str:
    """The file system of a folder, as Linux calls it; empty where that is not known.

    Args:
        device: of the folder now, so that what is mounted later is looked up anew.
    """
    best, kind = "", ""
    for place, name in _mounts():
        inside = folder == place or folder.startswith(place.rstrip("/") + "/")
        if inside and len(place) >= len(best):
            best, kind = place, name
    return kind


def _mounts() -> Iterator[tuple[str, str]]:
    try:
        lines = Path("/proc/self/mountinfo").read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return
    for line in lines:
        left, _, right = line.partition(" - ")
        words = left.split(" ")
        if len(words) > 4 and right:
            place = words[4].encode("utf-8", "surrogateescape").decode("unicode_escape", "replace")
            yield place.encode("latin-1", "replace").decode("utf-8", "replace"), right.split(" ")[0]


@functools.lru_cache(maxsize=1)
def _exported_by_nfs() -> bool:
    """An NFS server of before version 4 does not hold files open for its clients."""
    try:
        lines = Path("/proc/fs/nfsd/exports").read_text().splitlines()
    except OSError:
        return False
    return any(line and not line.startswith("#") for line in lines)
