"""One look at the inbox: which files have stopped changing."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from connectors.files import unavailable
from connectors.sources.folder import holders
from connectors.sources.folder.leftalone import Reason, left_alone
from connectors.sources.folder.whole import is_whole

STALE_SECONDS = 600.0
"""A file that is still being written after so long is told to a person."""


@dataclass(frozen=True, slots=True)
class FileLook:
    """How a file looked: size in bytes, mtime and ctime in ns, and since when (monotonic seconds) it
    has looked so. A copy may set the mtime of every piece back; the ctime tells of it all the
    same."""

    size: int
    mtime: int
    since: float
    changed: int = 0


@dataclass(frozen=True, slots=True)
class Seen:
    """What earlier sweeps saw, by path relative to the inbox. Give it to the next :func:`scan`."""

    looks: Mapping[str, FileLook] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Settled:
    """A file that has not changed for the settle time.

    Attributes:
        path: absolute; ``relative``: below the inbox, with ``/``.
        changed: ctime in ns.
    """

    path: Path
    relative: str
    size: int
    mtime: int
    changed: int = 0


@dataclass(frozen=True, slots=True)
class Left:
    """Something in the inbox that is not taken, by its path below the inbox, and why."""

    relative: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Sweep:
    """What one look found.

    Attributes:
        settled: files that may be claimed, oldest first.
        seen: for the next look.
        waiting: how many files have not settled yet; ``unsettled`` their paths below the inbox.
        settles_in: seconds until the first of these may have settled, if nothing changes; None
        where there is none.
        left: what is not taken at all.
    """

    settled: tuple[Settled, ...]
    seen: Seen
    waiting: int
    settles_in: float | None
    unsettled: tuple[str, ...] = ()
    left: tuple[Left, ...] = ()


def scan(inbox: Path, seen: Seen, *, settle: float, now: float, patience: float = 5.0) -> Sweep:
    """Look through the inbox and its sub-folders once.

    A file has settled when two looks at least ``settle`` seconds apart saw the same size and times,
    and nobody has it open for writing, as far as the system tells. One whose end is missing (a copy
    that stalled) must stay so ``patience`` times as long: it may still be coming. With ``settle=0``
    one look is enough. An empty file never settles: it is a place that is held for what comes.

    What :func:`~connectors.sources.folder.leftalone.left_alone` says is not looked at; links are not
    followed.

    Args:
        now: monotonic seconds, from the same clock at each look.

    Raises:
        ServiceError: the inbox cannot be read (a share that is away).
    """
    looks: dict[str, FileLook] = {}
    settled: list[Settled] = []
    remaining: dict[str, float] = {}
    left: list[Left] = []
    try:
        for entry in _files(inbox, inbox, left):
            found = _stat(entry, inbox)
            if found is None:
                continue
            look = _look(found, seen.looks.get(found.relative), now)
            looks[found.relative] = look
            quiet = now - look.since
            wait = settle - quiet
            if wait <= 0 and not is_whole(found.path, found.size):
                wait = settle * patience - quiet
            if wait <= 0 and found.size == 0:
                left.append(Left(found.relative, "empty"))
            elif wait <= 0 and _is_written(found):
                remaining[found.relative] = max(settle, 0.2)
                if quiet > STALE_SECONDS:
                    left.append(Left(found.relative, "held"))
            elif wait <= 0:
                settled.append(found)
            else:
                remaining[found.relative] = wait
    except OSError as error:
        raise unavailable(error, "監視フォルダー", inbox) from error
    settled.sort(key=lambda s: (s.mtime, s.relative))
    return Sweep(
        tuple(settled),
        Seen(MappingProxyType(looks)),
        len(remaining),
        min(remaining.values(), default=None),
        tuple(remaining),
        tuple(left),
    )


def _look(found: Settled, before: FileLook | None, now: float) -> FileLook:
    now_seen = (found.size, found.mtime, found.changed)
    if before is not None and (before.size, before.mtime, before.changed) == now_seen:
        return before
    return FileLook(found.size, found.mtime, now, found.changed)


def _is_written(found: Settled) -> bool:
    try:
        return holders.writers_of(found.path) == "some"
    except FileNotFoundError:
        return False  # taking it finds that out, too


def _files(folder: Path, inbox: Path, left: list[Left]) -> Iterator[os.DirEntry[str]]:
    """Files below ``folder`` that may be documents; the others go to ``left``. A sub-folder that
    vanishes meanwhile is no error."""
    with os.scandir(folder) as entries:
        found = sorted(entries, key=lambda e: e.name)
    for entry in found:
        try:
            stat = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            continue
        reason = left_alone(entry.name, stat.st_mode)
        if reason is not None:
            if reason != "temporary" or time.time() - stat.st_mtime > STALE_SECONDS:
                left.append(Left(Path(entry.path).relative_to(inbox).as_posix(), reason))
        elif entry.is_dir(follow_symlinks=False):
            try:
                yield from _files(Path(entry.path), inbox, left)
            except FileNotFoundError:
                continue
        else:
            yield entry


def _stat(entry: os.DirEntry[str], inbox: Path) -> Settled | None:
    path = Path(entry.path)
    try:
        stat = path.lstat()  # the stat of a DirEntry is stale on Windows
    except FileNotFoundError:
        return None
    relative = path.relative_to(inbox).as_posix()
    return Settled(path, relative, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)
