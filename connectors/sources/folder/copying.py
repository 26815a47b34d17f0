"""The two halves of taking a file: its bytes copied and hashed in one pass, and its original moved
out of sight."""

from __future__ import annotations

import contextlib
import hashlib
import os
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from connectors.files import make_folder, sha256_of, unavailable, write_beside
from connectors.sources.folder import holders, parked
from connectors.sources.folder.scan import Settled
from records.errors import ServiceError
from records.filenames import shown_name


@dataclass(frozen=True, slots=True)
class Copied:
    """A verified copy that is not in its place yet; ``source``: inode and mtime of the original."""

    path: Path
    sha256: str
    source: str


def copied(found: Settled, folder: Path) -> Copied | None:
    """The file's bytes beside their later place, on the disk; None where it changed meanwhile.

    Raises:
        ServiceError: it cannot be read, or the copy not be written.
    """
    digest = hashlib.sha256()
    try:
        handle = holders.open_plainly(found.path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unreadable(found.relative) from error

    def copy(target: BinaryIO) -> None:
        while chunk := _read(source, found.relative):
            digest.update(chunk)
            target.write(chunk)

    with os.fdopen(handle, "rb") as source:
        before = os.fstat(handle)
        try:
            make_folder(folder)
            path = write_beside(folder / uuid.uuid4().hex, copy)
        except OSError as error:
            raise unavailable(error, "作業フォルダー", folder) from error
        after = os.fstat(handle)
    same = (before.st_size, before.st_mtime_ns, before.st_ctime_ns) == (
        after.st_size,
        after.st_mtime_ns,
        after.st_ctime_ns,
    )
    if not same or (after.st_size, after.st_mtime_ns) != (found.size, found.mtime):
        path.unlink(missing_ok=True)
        return None
    return Copied(path, digest.hexdigest(), f"{after.st_ino}:{after.st_mtime_ns}")


def _read(source: BinaryIO, relative: str) -> bytes:
    try:
        return source.read(1 << 20)
    except OSError as error:
        raise _unreadable(relative) from error


def _unreadable(relative: str) -> ServiceError:
    return ServiceError(
        "folder",
        f"「{shown_name(relative)}」を開けません。他のソフトで開いていれば閉じ、読み取りの権限を確かめてください",
    )


def part(found: Settled, sha256: str, source: str, inbox: Path, work: Path) -> bool:
    """Move the original out of sight, and delete it where nobody can write to it any more.

    Args:
        sha256: of its copy; ``source``: inode and mtime of what was copied.

    Returns:
        False where the path is another file's by now, or nobody's: it was replaced or taken away
        while it was copied, and counts as it is now.

    Raises:
        ServiceError: it cannot be moved; it is where it was.
    """
    try:
        target = parked.park(found.path, sha256, inbox, work)
    except FileNotFoundError:
        return False
    except OSError as error:
        told = unavailable(error, "監視フォルダー", inbox)
        raise ServiceError(
            "folder",
            f"「{shown_name(found.relative)}」を取り込めません。{told.message}",
            retry_after=told.retry_after,
        ) from error
    is_other = str(target.stat().st_ino) != source.partition(":")[0]
    if is_other and sha256_of(target) != sha256:
        with contextlib.suppress(OSError):
            os.link(target, found.path)  # fails where the name is taken again
            target.unlink()
            return False
    # what cannot be let go of now stays parked, and is looked at with every sweep
    with contextlib.suppress(OSError):
        parked.release(target, sha256)
    return True
