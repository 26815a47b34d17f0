"""Files on their way in: taken from the inbox, entered in the journal, and moved to where their
document's state says.

Each step may be killed at any point and repeated: the journal is written first, the file moves
after it, and what a kill leaves between the two is made good by :meth:`Arrivals.recover`.
"""

from __future__ import annotations

import datetime as dt
import functools
import itertools
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from connectors.files import named
from connectors.sources import SOURCES, Source, Sweep, folder, open_sources
from flows.console import write_log
from flows.definitions import Definitions
from flows.readers import SheetReader
from flows.watching import REWRITTEN_WITHIN, Said, Watch, extends, opens, relative_of
from records.errors import ServiceError
from records.journal import DocumentRow, Journal

MOST_PIECES = 8
"""A file that is written in more pieces than this, each by its name and each taken before the next,
is left to a person."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What one look at the inbox did.

    Attributes:
        waiting: files that have not settled; ``settles_in`` seconds until one may have, None
        without any.
        stuck: files that are there but cannot be taken, each with what to do.
        unsettled: names of those that have not settled, below the inbox.
        told: Japanese lines for a person, each said once.
        undone: Japanese lines on what is in the inbox and cannot be taken as it is.
    """

    new: int
    duplicates: int
    waiting: int
    settles_in: float | None
    stuck: tuple[ServiceError, ...] = ()
    unsettled: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    undone: tuple[str, ...] = ()


class Arrivals:
    """The inbox of one site, as one process sees it over time.

    Args:
        owner: who writes into the journal; ``now``: the time, aware, in the office's zone.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        definitions: Definitions,
        journal: Journal,
        reader: SheetReader,
        owner: str,
        now: Callable[[], dt.datetime],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.definitions = definitions
        self.journal = journal
        self.reader = reader
        self.owner = owner
        self.now = now
        self._clock = clock
        self._sources = open_sources(definitions.site, definitions.forms)
        self._said = Said()
        self._at_start: list[ServiceError] = []
        self._watch = Watch(definitions.site)

    def sweep(self) -> Swept:
        """Claim everything that has come and enter it in the journal.

        Raises:
            ServiceError: the inbox or the work folder cannot be used at all. A single file that
                cannot be taken, or another source that is away, stops nothing; it is in ``stuck``.
        """
        site = self.definitions.site
        now = self._clock()
        stuck = list(self._at_start)
        self._at_start.clear()
        looks = self._looks(now, stuck)
        sweeps = [sweep for _, sweep in looks]
        late = self._watch.look(now)
        claims = self._taken(looks, late.changed, stuck)
        left: list[folder.Left] = []
        unsettled: list[str] = []
        for sweep in sweeps:
            left += sweep.left
            unsettled += sweep.unsettled
        told = list(self._said.of(left))
        verdicts = Counter(self._entered(claimed, told, stuck) for claimed in claims)
        empty = [one.relative for one in left if one.reason == "empty"]
        waits = [sweep.settles_in for sweep in sweeps if sweep.settles_in is not None]
        if late.waiting:
            waits.append(max(site.intake.settle_seconds, 0.2))
        waiting = sum(sweep.waiting for sweep in sweeps)
        return Swept(
            verdicts["new"],
            verdicts["duplicate"],
            waiting + late.waiting,
            min(waits, default=None),
            tuple(stuck),
            tuple(unsettled),
            tuple(told),
            (f"中身が空のため取り込めません: {named(empty)}",) if empty else (),
        )

    def _looks(self, now: float, stuck: list[ServiceError]) -> list[tuple[Source, Sweep]]:
        """What each source has; why another one than the inbox is away is added to ``stuck``."""
        looks = []
        for name, source in self._sources.items():
            try:
                looks.append((source, source.look(now)))
            except ServiceError as error:
                if name in SOURCES:
                    raise
                stuck.append(error)
        return looks

    def _taken(
        self,
        looks: Iterable[tuple[Source, Sweep]],
        changed: Iterable[folder.Parked],
        stuck: list[ServiceError],
    ) -> list[folder.Claimed]:
        """What could be taken; why not of the others is added to ``stuck``."""
        claims: list[folder.Claimed | None] = []
        for source, sweep in looks:
            for found in sweep.settled:
                try:
                    claims.append(source.take(found))
                except ServiceError as error:
                    stuck.append(error)
        for original in changed:
            try:
                claims.append(self._take_anew(original))
            except ServiceError as error:
                stuck.append(error)
        return [claimed for claimed in claims if claimed is not None]

    def _take_anew(self, original: folder.Parked) -> folder.Claimed | None:
        """Take an original once more that changed after it was taken."""
        site = self.definitions.site
        row = self.journal.documents.get(original.sha256)
        found = folder.Settled(
            original.path,
            relative_of(row, original.sha256[:12]),
            original.size,
            original.mtime,
            original.changed,
        )
        claimed = folder.claim(
            found, site.inbox, site.work, self.definitions.forms, original.sha256
        )
        if claimed is not None:
            folder.taken_anew(original, claimed.sha256)
        return claimed

    def recover(self) -> int:
        """Enter what was claimed, and move on what a kill left; see :meth:`flows.intake.Intake.recover`.

        Returns:
            how many claimed files were found.
        """
        found = folder.recover(self.definitions.site.work, self.definitions.site.inbox)
        for claimed in found:
            self._entered(claimed, [], self._at_start)
        return len(found)

    def _entered(
        self, claimed: folder.Claimed, told: list[str], stuck: list[ServiceError]
    ) -> Literal["new", "duplicate", "later", "stuck"]:
        """Enter one claimed file. A bug on it stops no other one: the file stays in work/, a log
        says why, and the next start tries again."""
        try:
            return self._enter(claimed, told)
        except ServiceError:
            raise
        except Exception as error:
            log = write_log(error, self.definitions.site.folder)
            message = (
                f"「{named([claimed.name])}」を取り込めません。ファイルは work/processing にあります。"
                f"担当者に {log} を渡し、torikomi を起動し直してください"
            )
            stuck.append(ServiceError("bug", message))
            return "stuck"

    def _enter(
        self, claimed: folder.Claimed, told: list[str]
    ) -> Literal["new", "duplicate", "later"]:
        """Enter a claimed file in the journal, and move it on where it is not to be read.

        Args:
            told: gets a Japanese line where a person is to know of something.

        Returns:
            ``later``: a later state of a file that was taken before.
        """
        site = self.definitions.site
        claimed = self._with_its_head(claimed)
        before = self.journal.documents.get(claimed.sha256)
        answer = self.journal.documents.receive(
            claimed.sha256,
            claimed.name,
            claimed.size,
            self.now(),
            token=claimed.token,
            channel=claimed.channel,
            form=claimed.form,
        )
        if before is not None and before.state == "failed" and answer == "new":
            folder.clear_failure(
                claimed.sha256, site.failed, site.work
            )  # it is here again: the copy there would only confuse
        row = self.journal.documents.get(claimed.sha256)
        earlier = claimed.before or (self._continued(claimed) if answer == "new" else "")
        is_later = bool(earlier) and self._link(claimed.sha256, earlier)
        if is_later:
            told.append(
                f"「{named([claimed.name])}」は取り込んだあとに変わりました。"
                "すべてのページを読み直し、転記済みの行も合わせます"
            )
        if answer == "duplicate" or row is None:
            folder.discard(claimed, site.work, site.archive, self.now().date())
        else:
            self.file(claimed, row)
        return "later" if is_later else answer

    def _continued(self, claimed: folder.Claimed) -> str:
        """The document that came under the same name a short time ago and is the beginning of this
        one; empty where there is none."""
        for sha256, before in self._came_before(claimed, 1):
            if extends(self.reader, before, claimed.path):
                return sha256
        return ""

    def _with_its_head(self, claimed: folder.Claimed) -> folder.Claimed:
        """A file that is only the rest of one that came a short time ago, put behind it, and behind
        what came in between; any other as it is."""
        is_known = self.journal.documents.get(claimed.sha256) is not None
        if is_known or claimed.before or folder.begins(claimed.path):
            return claimed
        pieces: list[tuple[str, Path]] = []
        for sha256, path in self._came_before(claimed, MOST_PIECES):
            if not pieces and opens(self.reader, claimed.path):
                return claimed
            pieces.insert(0, (sha256, path))
            is_head = opens(self.reader, path)
            is_one = self._opens
            if is_head:
                is_one = functools.partial(extends, self.reader, path)
            both = folder.put_behind(claimed, pieces, self.definitions.site.work, is_one)
            if both is not None:
                for (earlier, _), (later, _) in itertools.pairwise(pieces):
                    self._link(later, earlier)
                return both
            if is_head:
                break  # what came before that is another document
        return claimed

    def _opens(self, path: Path) -> bool:
        return opens(self.reader, path)

    def _came_before(self, claimed: folder.Claimed, most: int) -> Iterator[tuple[str, Path]]:
        """The documents that came under the same name a short time ago, the latest first, and
        where they are."""
        site = self.definitions.site
        since = self.now() - REWRITTEN_WITHIN
        rows = self.journal.documents.arrived_as(
            claimed.name, claimed.channel, claimed.form, since, claimed.sha256, most
        )
        for row in rows:
            path = folder.find(
                row.sha256, work=site.work, archive_root=site.archive, failed_root=site.failed
            )
            if path is None:
                return
            yield row.sha256, path

    def _link(self, later: str, earlier: str) -> bool:
        """Link a later state of a file to the one before, whose original goes to the archive."""
        site = self.definitions.site
        if self.journal.documents.get(earlier) is None:
            return False
        if not self.journal.documents.reopen(later, earlier, self.now(), self.owner):
            return False
        folder.retire(
            earlier,
            work=site.work,
            archive_root=site.archive,
            failed_root=site.failed,
            day=self.now().date(),
        )
        return True

    def file(self, claimed: folder.Claimed, row: DocumentRow) -> None:
        """Move a claimed file to where its document's state says."""
        site = self.definitions.site
        if row.state == "read":
            folder.archive(claimed, site.archive, self.now().date())
        elif row.state == "failed":
            folder.fail(claimed, site.failed, row.reason, self.now())
