"""What the sweep keeps an eye on beside the files it takes: originals that may still change, files
that go on where an earlier one ended, and what is left in the inbox."""

from __future__ import annotations

import contextlib
import datetime as dt
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from connectors.files import named, sha256_of, unavailable
from connectors.sources import folder
from connectors.sources.folder import holders, parked
from flows.readers import SheetReader
from records.journal import DocumentRow
from records.site import Site

REWRITTEN_WITHIN = dt.timedelta(hours=1)
"""A program that writes a file anew for every page does so within this time."""


@dataclass(frozen=True, slots=True)
class Late:
    """Originals that changed after they were taken.

    Attributes:
        changed: those that are quiet again, to be taken anew.
        waiting: how many may still be changing.
    """

    changed: tuple[folder.Parked, ...]
    waiting: int


class Watch:
    """Looks at parked originals with every sweep.

    The bytes are compared where size or times have changed, at the first look, and before an
    original is let go: a program that sets the times back is found out by then.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self._looks: dict[Path, tuple[tuple[int, int, int], float]] = {}
        self._known: dict[Path, tuple[int, int, int]] = {}

    def look(self, now: float, wall: float | None = None) -> Late:
        """Look at all parked originals once, and let go of those that nobody can change any more.

        Args:
            now: monotonic seconds; ``wall``: seconds since 1970, from the clock where None.

        Raises:
            ServiceError: a folder cannot be read.
        """
        if wall is None:
            wall = time.time()
        changed: list[folder.Parked] = []
        waiting = 0
        try:
            found = list(parked.parked(self._site.inbox, self._site.work))
        except OSError as error:
            raise unavailable(error, "作業フォルダー", self._site.work) from error
        for one in found:
            verdict = "same"
            with contextlib.suppress(OSError):  # it is looked at again with the next sweep
                verdict = self._verdict(one, now, wall)
            changed += [one] if verdict == "changed" else []
            waiting += verdict == "waiting"
        there = {one.path for one in found}
        for table in (self._looks, self._known):
            for path in [path for path in table if path not in there]:
                del table[path]
        return Late(tuple(changed), waiting)

    def _verdict(self, one: folder.Parked, now: float, wall: float) -> str:
        look = (one.size, one.mtime, one.changed)
        before, since = self._looks.get(one.path, (look, now))
        if before != look:
            since = now
        self._looks[one.path] = (look, since)
        is_old = wall - one.at >= parked.HOLD_SECONDS
        if self._known.get(one.path) == look and not is_old:
            return "same"
        if one.size == 0:
            return "same"  # emptied to be written anew: its bytes are kept, and new ones are seen
        if now - since < self._site.intake.settle_seconds:
            return "waiting"
        try:
            if parked.release(one.path, one.sha256, sure=is_old):
                return "gone"
            if sha256_of(one.path) != one.sha256:
                if holders.writers_of(one.path) == "some":
                    return "waiting"
                return "changed"
        except FileNotFoundError:
            return "gone"
        self._known[one.path] = look
        return "same"


def extends(reader: SheetReader, before: Path, now: Path) -> bool:
    """Whether a file begins with all pages of an earlier one and goes on: it was written anew with
    one more page."""
    if now.stat().st_size <= before.stat().st_size:
        return False
    pages = 0
    try:
        later = reader.page_marks(now)
        for mark in reader.page_marks(before):
            if next(later, None) != mark:
                return False
            pages += 1
        return pages > 0 and next(later, None) is not None
    except Exception:  # a file that cannot be opened; what is wrong with it, its reading tells
        return False


def opens(reader: SheetReader, path: Path) -> bool:
    """Whether all pages of a file can be opened, and there is one."""
    try:
        return sum(1 for _ in reader.page_marks(path)) > 0
    except Exception:  # as above
        return False


def relative_of(row: DocumentRow | None, fallback: str) -> str:
    """Where a document was in the inbox, as the journal has it."""
    if row is None:
        return fallback
    return "/".join(part for part in (row.channel, row.form, row.name) if part)


class Said:
    """Remembers what a person was told of the inbox, so that each thing is said once."""

    def __init__(self) -> None:
        self._known: set[tuple[str, str]] = set()

    def of(self, left: Iterable[folder.Left]) -> tuple[str, ...]:
        """Japanese lines for what is left in the inbox and was not told yet: one for each reason."""
        found = [one for one in left if one.reason != "noise"]
        new: dict[folder.Reason, list[str]] = defaultdict(list)
        for one in found:
            if (one.relative, one.reason) not in self._known:
                new[one.reason].append(one.relative)
        self._known = {(one.relative, one.reason) for one in found}
        return tuple(
            f"取り込まずに残しています({folder.TOLD[reason]}): {named(names)}"
            for reason, names in new.items()
        )
