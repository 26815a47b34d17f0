"""Originals that were copied and taken out of people's sight, until nobody can write to them any
more.

Whoever has a file open goes on writing to it wherever it is moved. Where the system says that
nobody has, an original goes as soon as its copy is verified. Where nothing tells (a share, a file
of another user), it is kept here for :data:`HOLD_SECONDS`; when it changes, it is taken once more::

    inbox/a.tif ─ copy, verify ─▶ work/processing/<sha256>/a.tif
                ─ rename ───────▶ work/taken/<sha256>.<seconds>.<token> ─┬─ unchanged ─▶ gone
                                                                        └─ changed ───▶ taken anew

On another device than ``work`` the place is ``.torikomi-taken`` in the inbox itself. The name says
which bytes were copied; nothing else has to be remembered.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from connectors.files import make_folder, sha256_of, sync_folder
from connectors.sources.folder import holders
from connectors.sources.folder.leftalone import OURS

HOLD_SECONDS = 3600.0
"""How long an original is kept where nothing tells who has it open."""

_NAME = re.compile(r"([0-9a-f]{64})\.([0-9]{1,12})\.[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Parked:
    """An original out of sight.

    Attributes:
        sha256: of the bytes that were copied from it.
        at: when it was put here, seconds since 1970.
        size, mtime, changed: as it is now (bytes, ns, ns).
    """

    path: Path
    sha256: str
    at: int
    size: int
    mtime: int
    changed: int


def places(inbox: Path, work: Path) -> tuple[Path, Path]:
    """Where originals may be parked."""
    return work / "taken", inbox / f"{OURS}-taken"


def park(source: Path, sha256: str, inbox: Path, work: Path) -> Path:
    """Rename an original out of people's sight, to the first of :func:`places` that a rename
    reaches.

    Raises:
        OSError: it cannot be moved; it is where it was.
    """
    name = f"{sha256}.{int(time.time())}.{uuid.uuid4().hex[:12]}"
    near, far = places(inbox, work)
    make_folder(near)
    try:
        return _renamed(source, near / name)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
    far.mkdir(exist_ok=True)
    return _renamed(source, far / name)


def _renamed(source: Path, target: Path) -> Path:
    source.replace(target)
    sync_folder(target.parent)
    sync_folder(source.parent)
    return target


def release(path: Path, sha256: str, *, sure: bool = False) -> bool:
    """Delete a parked original if it still holds what was copied and nobody can write to it.

    Args:
        sure: it has been kept long enough: delete it also where the system does not tell.

    Returns:
        whether it is gone.

    Raises:
        OSError: it cannot be read or deleted.
    """
    try:
        handle = holders.open_plainly(path)
    except FileNotFoundError:
        return True
    try:
        with holders.sole(handle, path) as writers:
            if writers == "some" or (writers == "unknown" and not sure):
                return False
            if sha256_of(path) != sha256:
                return False
            if writers == "none":
                if not holders.still_sole(handle):
                    return False
                path.unlink()
    finally:
        os.close(handle)
    path.unlink(missing_ok=True)  # where nothing tells, a file may have to be closed for that
    if path.parent.name.startswith(OURS):
        with contextlib.suppress(OSError):
            path.parent.rmdir()  # the last one leaves nothing in a folder that people see
    return True


def parked(inbox: Path, work: Path) -> Iterator[Parked]:
    """All originals that are parked, in the order of their names.

    Raises:
        OSError: a place cannot be read.
    """
    for place in places(inbox, work):
        if not place.is_dir():
            continue
        for path in sorted(place.iterdir()):
            name = _NAME.fullmatch(path.name)
            if name is None:
                continue
            with contextlib.suppress(FileNotFoundError):
                now = path.lstat()
                yield Parked(
                    path, name[1], int(name[2]), now.st_size, now.st_mtime_ns, now.st_ctime_ns
                )


def tidy(inbox: Path | None, work: Path) -> None:
    """After a kill: let go of what nobody can write to any more.

    Raises:
        OSError: a place cannot be read.
    """
    for found in list(parked(work if inbox is None else inbox, work)):
        with contextlib.suppress(OSError):  # every sweep tries again
            release(found.path, found.sha256)


def taken_anew(found: Parked, sha256: str) -> None:
    """Say of a parked original that it was copied once more, with these bytes; the time begins
    anew.

    Raises:
        OSError: it cannot be renamed.
    """
    name = f"{sha256}.{int(time.time())}.{uuid.uuid4().hex[:12]}"
    with contextlib.suppress(FileNotFoundError):
        _renamed(found.path, found.path.parent / name)
