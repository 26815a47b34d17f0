"""Rows that a ledger no longer has: noticed by comparing it with the journal, and written again when
a person wants them.

A ledger that was restored from a copy does not know what was delivered since, one that was deleted
knows nothing. The journal says 転記済み of both, and no later delivery would bring these rows. Rows
that the staff took out on purpose are another matter: the ledger remembers them, nothing is said of
them, and they come back only when a person asks for just that.
"""

from __future__ import annotations

import datetime as dt
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from connectors.files import stat_of
from connectors.sinks import (
    Holding,
    RowContext,
    Sink,
    columns_of,
    open_sink,
    path_for,
    rows_for,
    target_of,
)
from flows.console import write_log
from flows.delivery import AT_ONCE, Delivery, Job
from flows.lock import single_writer
from records.errors import DefinitionError, TorikomiError
from records.forms import DeliverDef, FormDef
from records.journal import Journal, NewEvent, RecordLine

PUT_AWAY = dt.timedelta(days=366)
"""A ledger whose newest row came in longer ago is taken to be put away: its absence is told only to
who asks for it."""


@dataclass(frozen=True, slots=True)
class Lack:
    """What one file of a delivery does not have as the journal has it.

    Attributes:
        missing: rows that the file knows nothing of; ``outdated``: rows that stand there with older
        values than were delivered; ``deleted``: rows that the staff took out.
        is_gone: there is no file at all.
        unreadable: why the file could not be compared, in Japanese; empty where it could.
        newest: the latest day of receipt of all rows that were delivered there.
    """

    form: str
    target: str
    path: Path
    missing: tuple[str, ...]
    outdated: tuple[str, ...]
    deleted: tuple[str, ...]
    is_gone: bool
    newest: dt.date
    unreadable: str = ""

    @property
    def lost(self) -> tuple[str, ...]:
        """What nobody took out on purpose."""
        return (*self.missing, *self.outdated)

    def is_told(self, today: dt.date) -> bool:
        """Whether people are to be told of it without asking."""
        return bool(self.lost or self.unreadable) and today - self.newest < PUT_AWAY

    def message(self) -> str:
        """One Japanese line: what is missing, and what to do."""
        if self.unreadable:
            return self.unreadable
        advice = (
            "控えのブックを戻したあとや、ブックを作り直したあとにこうなります。"
            f"書き直すには torikomi deliver --again {self.form}(画面では台帳の「書き直す」)"
        )
        if self.is_gone:
            return (
                f"台帳「{self.path.name}」がありません(転記済み {len(self.missing)} 行)。{advice}"
            )
        said = []
        if self.missing:
            said.append(f"転記済みの {len(self.missing)} 行がありません")
        if self.outdated:
            said.append(f"{len(self.outdated)} 行が古い値のままです")
        return f"台帳「{self.path.name}」に{'、'.join(said)}。{advice}"


def find_lacks(
    folder: Path, form: FormDef, journal: Journal, deliveries: Sequence[DeliverDef] | None = None
) -> list[Lack]:
    """Compare every file that a form was delivered to with the journal. Only reads.

    Args:
        folder: the site's.
        deliveries: only these of the form; all of them where None.

    Raises:
        ServiceError: the journal is away.
    """
    found = []
    for delivery in form.deliveries if deliveries is None else deliveries:
        for path, lines in sorted(_by_path(folder, form, delivery, journal).items()):
            found.append(_compared(folder, _Comparing(form, delivery, path, journal), lines))
    return [lack for lack in found if lack.lost or lack.deleted or lack.unreadable]


def _compared(folder: Path, comparing: _Comparing, lines: Sequence[RecordLine]) -> Lack:
    """What a file lacks; where it cannot be compared, why. One file must not stop the others."""
    newest = max(line.received_on for line in lines)
    try:
        return comparing.lack(lines, newest)
    except TorikomiError as error:
        reason = error.message
    except Exception as error:  # what nobody foresaw in somebody's workbook
        log = write_log(error, folder)
        reason = f"台帳「{comparing.path.name}」を調べられませんでした(詳しい記録: {log})"
    target = target_of(comparing.delivery)
    return Lack(comparing.form.id, target, comparing.path, (), (), (), False, newest, reason)


def _by_path(
    folder: Path, form: FormDef, delivery: DeliverDef, journal: Journal
) -> dict[Path, list[RecordLine]]:
    by_path: dict[Path, list[RecordLine]] = defaultdict(list)
    for line in journal.deliveries.delivered_to(target_of(delivery), form.id):
        if line.state == "delivered":
            by_path[path_for(delivery, form, line.received_on, folder)].append(line)
    return by_path


class Looks:
    """Lacks of a running desk, looked for again only when a file or what was delivered to it has
    changed, and not too often: a large ledger takes seconds to read.

    Args:
        folder: the site's; ``clock``: monotonic seconds.
    """

    def __init__(
        self, folder: Path, journal: Journal, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._folder, self._journal, self._clock = folder, journal, clock
        self._seen: dict[tuple[str, str], _Look] = {}

    def lacks(self, form: FormDef) -> list[Lack]:
        """As :func:`find_lacks`."""
        found: list[Lack] = []
        for delivery in form.deliveries:
            name = (form.id, target_of(delivery))
            look = self._seen.get(name)
            if look is None or (self._clock() >= look.until and self._has_changed(look, *name)):
                look = self._seen[name] = self._look(form, delivery)
            found += look.lacks
        return found

    def forget(self) -> None:
        """Look again at the next asking."""
        self._seen.clear()

    def _has_changed(self, look: _Look, form: str, target: str) -> bool:
        if look.mark != self._journal.deliveries.delivered_mark(target, form):
            return True
        return any(_stat(path) != stat for path, stat in look.files.items())

    def _look(self, form: FormDef, delivery: DeliverDef) -> _Look:
        begun = self._clock()
        mark = self._journal.deliveries.delivered_mark(target_of(delivery), form.id)
        paths = _by_path(self._folder, form, delivery, self._journal)
        files = {path: _stat(path) for path in paths}
        lacks = find_lacks(self._folder, form, self._journal, [delivery])
        return _Look(mark, files, lacks, self._clock() + _SHARE * (self._clock() - begun))


@dataclass(frozen=True, slots=True)
class _Look:
    """What was found at one look, and until when it is good enough whatever happens."""

    mark: str
    files: Mapping[Path, tuple[int, int, int] | None]
    lacks: Sequence[Lack]
    until: float


_SHARE = 20.0  # of the time, one part in twenty is spent on looking


def _stat(path: Path) -> tuple[int, int, int] | None:
    try:
        return stat_of(path)
    except OSError:
        return None


@dataclass(frozen=True, slots=True)
class _Comparing:
    """One file of a delivery beside the journal."""

    form: FormDef
    delivery: DeliverDef
    path: Path
    journal: Journal

    def lack(self, lines: Sequence[RecordLine], newest: dt.date) -> Lack:
        sink = open_sink(self.delivery, self.form, self.path)
        corrected = [line.id for line in lines if line.revision > 1]
        held = sink.held(corrected)
        standing = [record for record in corrected if record in held.rows]
        older = held.altered | frozenset(self._older(standing, held, sink))
        known = held.known | held.rows
        return Lack(
            self.form.id,
            target_of(self.delivery),
            self.path,
            tuple(line.id for line in lines if line.id not in known),
            tuple(line.id for line in lines if line.id in older),
            tuple(line.id for line in lines if line.id in held.deleted),
            not self.path.exists(),
            newest,
        )

    def _older(self, corrected: Sequence[str], held: Holding, sink: Sink) -> Iterator[str]:
        """Rows that were written before their last correction. Only a row that was ever corrected
        can be, so a changed format of form.toml does not make all rows look old."""
        columns = columns_of(self.form, self.delivery)
        skip = {title for title, source in columns.items() if source.startswith("delivered_on")}
        for start in range(0, len(corrected), AT_ONCE):
            for row in self.journal.records.many(corrected[start : start + AT_ONCE]):
                if row.state != "delivered":
                    continue  # corrected this moment, and on its way
                context = RowContext(row.line.received_on, row.line.file, row.line.checked_by)
                cells = rows_for(row.record, self.form, self.delivery, context)
                written = held.marks.get(row.id)
                now = sink.marks(cells)
                if written and any(now[title] != written.get(title) for title in now.keys() - skip):
                    yield row.id


def write_again(
    work: Delivery, form: str, target: str, path: Path, ids: Sequence[str], actor: str
) -> Written:
    """Write rows once more that a file does not have, and note it in the journal. Nothing is
    counted a second time. Repeatable.

    Args:
        ids: records, in the order in which their rows shall stand.
        actor: the person who wants them.

    Raises:
        ServiceError: the file cannot be written now.
        DefinitionError: the form or its delivery is not there any more, or may not run now.
    """
    job = _job_of(work, form, target)
    if form in work.closed:
        raise DefinitionError(work.closed[form])
    rows = 0
    notes: dict[str, None] = {}
    with single_writer(work.definitions.site.work):
        for start in range(0, len(ids), AT_ONCE):
            found = work.journal.records.many(ids[start : start + AT_ONCE])
            group = [row for row in found if row.state == "delivered"]
            if not group:
                continue
            done = work.write_rows(job, path, group, again=True)
            notes.update(dict.fromkeys((*done.notes, *done.refused.values())))
            written = [row for row in group if row.id not in done.refused]
            rows += len(written)
            work.journal.chain.append_many(
                NewEvent(
                    "rewritten",
                    work.now(),
                    row.line.document,
                    row.id,
                    actor,
                    {"target": target},
                )
                for row in written
            )
    return Written(rows, tuple(notes))


@dataclass(frozen=True, slots=True)
class Written:
    """How many rows a file got again, and Japanese lines for the staff."""

    rows: int
    notes: tuple[str, ...]


def _job_of(work: Delivery, form: str, target: str) -> Job:
    made = work.definitions.forms.get(form)
    for delivery in made.deliveries if made is not None else ():
        if made is not None and target_of(delivery) == target:
            return Job(made, delivery, target, tuple(map(target_of, made.deliveries)))
    raise DefinitionError(
        f"様式「{form}」の届け先「{target}」は form.toml にありません", key="deliver"
    )
