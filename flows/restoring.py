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
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

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
from connectors.sinks.lineindex import index_of
from flows.console import write_log
from flows.delivery import AT_ONCE, Delivery, Job
from flows.lock import single_writer
from flows.looked import KeptLooks, Lack, Look, stat
from records.errors import DefinitionError, TorikomiError
from records.forms import DeliverDef, FormDef
from records.journal import Journal, NewEvent, RecordLine


def find_lacks(folder: Path, form: FormDef, journal: Journal) -> list[Lack]:
    """Compare every file that a form was delivered to with the journal. Only reads.

    Args:
        folder: the site's.

    Raises:
        ServiceError: the journal is away.
    """
    looks = [_looked(folder, form, delivery, journal) for delivery in form.deliveries]
    return [lack for look in looks for lack in look.lacks]


def find_lacks_again(folder: Path, form: FormDef, journal: Journal, kept: KeptLooks) -> list[Lack]:
    """As :func:`find_lacks`, but what was found before is taken where neither a file nor what was
    delivered to it has changed since."""
    found: list[Lack] = []
    for place, delivery in enumerate(form.deliveries):  # two may go to one file
        name = f"{form.id} {place} {target_of(delivery)}"
        look = kept.get(name, journal.deliveries.delivered_mark(target_of(delivery), form.id))
        if look is None:
            look = _looked(folder, form, delivery, journal)
            kept.keep(name, look)
        found += look.lacks
    return found


def _looked(folder: Path, form: FormDef, delivery: DeliverDef, journal: Journal) -> Look:
    """One look over the files of a delivery."""
    mark = journal.deliveries.delivered_mark(target_of(delivery), form.id)
    by_path = sorted(_by_path(folder, form, delivery, journal).items())
    read = [form.folder / "form.toml"]
    for path, _ in by_path:
        read += [path, index_of(path)]
    files = {path: stat(path) for path in read}
    lacks = [
        _compared(folder, _Comparing(form, delivery, path, journal), lines)
        for path, lines in by_path
    ]
    kept = [lack for lack in lacks if lack.lost or lack.deleted or lack.unreadable]
    return Look(mark, files, kept)


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
            path = path_for(delivery, form, line.received_on, folder)
            by_path[path].append(line)
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
        self._folder = folder
        self._journal = journal
        self._clock = clock
        self._seen: dict[tuple[str, int], Look] = {}

    def lacks(self, form: FormDef) -> list[Lack]:
        """As :func:`find_lacks`."""
        found: list[Lack] = []
        for place, delivery in enumerate(form.deliveries):
            name = (form.id, place)  # two may go to one file
            look = self._seen.get(name)
            is_old = look is not None and self._clock() >= look.until
            if look is None or (is_old and self._has_changed(look, form, delivery)):
                look = self._seen[name] = self._look(form, delivery)
            found += look.lacks
        return found

    def forget(self) -> None:
        """Look again at the next asking."""
        self._seen.clear()

    def _has_changed(self, look: Look, form: FormDef, delivery: DeliverDef) -> bool:
        mark = self._journal.deliveries.delivered_mark(target_of(delivery), form.id)
        return not look.holds(mark)

    def _look(self, form: FormDef, delivery: DeliverDef) -> Look:
        begun = self._clock()
        look = _looked(self._folder, form, delivery, self._journal)
        ended = self._clock()
        return replace(look, until=ended + _SHARE * (ended - begun))


_SHARE = 20.0  # of the time, one part in twenty is spent on looking


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
        older = set(self._older(standing, held, sink))
        older |= held.altered
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
        skip = set()
        for title, source in columns.items():
            if source.startswith("delivered_on"):
                skip.add(title)
        for start in range(0, len(corrected), AT_ONCE):
            part = corrected[start : start + AT_ONCE]
            for row in self.journal.records.many(part):
                if row.state != "delivered":
                    continue  # corrected this moment, and on its way
                line = row.line
                context = RowContext(line.received_on, line.file, line.checked_by)
                cells = rows_for(row.record, self.form, self.delivery, context)
                written = held.marks.get(row.id)
                now = sink.marks(cells)
                titles = now.keys() - skip
                if written and any(now[title] != written.get(title) for title in titles):
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
            part = ids[start : start + AT_ONCE]
            found = work.journal.records.many(part)
            group = [row for row in found if row.state == "delivered"]
            if not group:
                continue
            done = work.write_rows(job, path, group, again=True)
            told = (*done.notes, *done.refused.values())
            notes.update(dict.fromkeys(told))
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
            targets = tuple(map(target_of, made.deliveries))
            return Job(made, delivery, target, targets)
    raise DefinitionError(
        f"様式「{form}」の届け先「{target}」は form.toml にありません", key="deliver"
    )
