"""One look at the inbox: which files have stopped changing."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from connectors.files import unavailable

IGNORED = (".part", ".partial", ".tmp", ".temp", ".crdownload", ".download", ".filepart")
"""Endings of files that another program is still making."""

_IGNORED_NAMES = (
    "thumbs.db",
    "desktop.ini",
    "$recycle.bin",
    "system volume information",
    "@eadir",
    "__macosx",
)


@dataclass(frozen=True, slots=True)
class Look:
    """How a file looked: size in bytes, mtime in ns, and since when (monotonic seconds) it has
    looked so."""

    size: int
    mtime: int
    since: float


@dataclass(frozen=True, slots=True)
class Seen:
    """What earlier sweeps saw, by path relative to the inbox. Give it to the next :func:`scan`."""

    looks: Mapping[str, Look] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Settled:
    """A file that has not changed for the settle time.

    Attributes:
        path: absolute; ``relative``: below the inbox, with ``/``.
    """

    path: Path
    relative: str
    size: int
    mtime: int


@dataclass(frozen=True, slots=True)
class Sweep:
    """What one look found.

    Attributes:
        settled: files that may be claimed, oldest first.
        seen: for the next look.
        waiting: how many files have not settled yet.
        settles_in: seconds until the first of these may have settled, if nothing changes; None
        where there is none.
    """

    settled: tuple[Settled, ...]
    seen: Seen
    waiting: int
    settles_in: float | None


def scan(inbox: Path, seen: Seen, *, settle: float, now: float, patience: float = 5.0) -> Sweep:
    """Look through the inbox and its sub-folders once.

    A file has settled when two looks at least ``settle`` seconds apart saw the same size and mtime.
    An empty file, and one whose end is missing (a copy that stalled), must stay so ``patience``
    times as long: it may still be coming. With ``settle=0`` one look is enough.

    Hidden files, ``~$`` owner files, Thumbs.db, desktop.ini and half-downloaded files are not
    looked at; links are not followed.

    Args:
        now: monotonic seconds, from the same clock at each look.

    Raises:
        ServiceError: the inbox cannot be read (a share that is away).
    """
    looks: dict[str, Look] = {}
    settled: list[Settled] = []
    remaining: list[float] = []
    try:
        for entry in _files(inbox):
            found = _stat(entry, inbox)
            if found is None:
                continue
            before = seen.looks.get(found.relative)
            same = before is not None and (before.size, before.mtime) == (found.size, found.mtime)
            look = before if same and before is not None else Look(found.size, found.mtime, now)
            looks[found.relative] = look
            left = look.since + settle - now
            if left <= 0 and not _complete(found):
                left = look.since + settle * patience - now
            if left <= 0:
                settled.append(found)
            else:
                remaining.append(left)
    except OSError as error:
        raise unavailable(error, "監視フォルダー", inbox) from error
    settled.sort(key=lambda s: (s.mtime, s.relative))
    return Sweep(
        tuple(settled), Seen(MappingProxyType(looks)), len(remaining), min(remaining, default=None)
    )


def _files(folder: Path) -> Iterator[os.DirEntry[str]]:
    """Files below ``folder`` that are not to be ignored. A sub-folder that vanishes meanwhile is no
    error."""
    with os.scandir(folder) as entries:
        found = sorted(entries, key=lambda e: e.name)
    for entry in found:
        if _ignored(entry.name) or entry.is_symlink():
            continue
        if entry.is_dir(follow_symlinks=False):
            try:
                yield from _files(Path(entry.path))
            except FileNotFoundError:
                continue
        elif entry.is_file(follow_symlinks=False):
            yield entry


def _ignored(name: str) -> bool:
    low = name.lower()
    return low.startswith((".", "~$")) or low.endswith(IGNORED) or low in _IGNORED_NAMES


def _stat(entry: os.DirEntry[str], inbox: Path) -> Settled | None:
    path = Path(entry.path)
    try:
        stat = path.lstat()  # the stat of a DirEntry is stale on Windows
    except FileNotFoundError:
        return None
    return Settled(path, path.relative_to(inbox).as_posix(), stat.st_size, stat.st_mtime_ns)


def _complete(found: Settled) -> bool:
    """Whether the file ends as its kind ends. Unknown kinds, and files that cannot be read now,
    pass."""
    if found.size == 0:
        return False
    try:
        with found.path.open("rb") as stream:
            start = stream.read(16)
            stream.seek(max(found.size - 2048, 0))
            end = stream.read()
    except OSError:
        return True
    if start.startswith(b"%PDF"):
        return b"%%EOF" in end
    if start.startswith(b"\xff\xd8\xff"):
        return b"\xff\xd9" in end
    if start.startswith(b"\x89PNG\r\n\x1a\n"):
        return b"IEND" in end
    if start[:4] in (b"II*\0", b"MM\0*"):
        return int.from_bytes(start[4:8], "little" if start[:1] == b"I" else "big") < found.size
    return True
