"""The steps of delivery in plain Python: which targets have rows to get, and writing them."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from connectors.files import named
from connectors.sinks import (
    Delivered,
    RowContext,
    open_sink,
    path_for,
    rows_for,
    target_of,
)
from connectors.sinks.failures import Failures, failure_of
from flows.console import write_log
from flows.definitions import Definitions, owner_of
from flows.gate import closed_forms
from flows.lock import single_writer
from records import days
from records.errors import ServiceError, TorikomiError
from records.forms import DeliverDef, FormDef
from records.journal import Journal, RecordRow

AT_ONCE = 500
"""Rows in one save of a workbook, at most."""

JOURNAL = "journal"
"""The target of a form without ``[[deliver]]``: its records end in the journal, and are done
there."""


@dataclass(frozen=True, slots=True)
class Job:
    """One delivery that has rows to write; ``delivery`` is None for :data:`JOURNAL`."""

    form: FormDef
    delivery: DeliverDef | None
    target: str
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JobResult:
    """What one delivery has written.

    Attributes:
        rows: records that it has now: new, replaced, there already, or kept out because the staff
        deleted them.
        paths: files written.
        notes: Japanese lines for the staff.
        troubles: files of the same delivery that could not be written; their rows wait.
    """

    form: str
    target: str
    rows: int
    paths: tuple[Path, ...]
    notes: tuple[str, ...]
    seconds: float
    troubles: tuple[TorikomiError, ...] = ()


class Delivery:
    """Ready rows of one site on their way into its tables. Shared by the threads of one process.

    Like :class:`flows.intake.Intake` it has slots, so that Prefect finds nothing to take apart.

    Attributes:
        failures: files that could not be written, and what they looked like then.
        stop: set when no further rows shall be begun.
        closed: form id → why it may not run now (:mod:`flows.gate`): its rows wait.
    """

    __slots__ = ("closed", "definitions", "failures", "journal", "owner", "stop")

    def __init__(self, definitions: Definitions, journal: Journal) -> None:
        self.definitions = definitions
        self.journal = journal
        self.owner = owner_of(definitions.site)
        self.stop = threading.Event()
        self.failures = Failures()
        self.closed = closed_forms(definitions, self.now().date())

    def now(self) -> dt.datetime:
        """The time, aware, in the office's zone."""
        return days.now(self.definitions.site.timezone)

    def jobs(self) -> list[Job]:
        """Every delivery of every form that may run and has ready records which the target does not
        have yet."""
        made = []
        for name in self.journal.deliveries.ready_forms():
            form = self.definitions.forms.get(name)
            if form is None or name in self.closed:
                # its folder was taken away, or its initiative stopped: the records wait until it
                # is back
                continue
            targets = tuple(map(target_of, form.deliveries)) or (JOURNAL,)
            for target, definition in zip(targets, form.deliveries or (None,), strict=True):
                if self.journal.deliveries.ready(1, name, target):
                    made.append(Job(form, definition, target, targets))
        return made

    def deliver(self, job: Job) -> JobResult:
        """Write all rows of one delivery and tell the journal, chunk by chunk. Repeatable: sinks go
        by the record's id.

        The service and the desk both deliver, so a lock lets one write at a time. A file that
        cannot be written stops neither the other files of the delivery nor other deliveries.

        Raises:
            ServiceError: no file could be written (workbook open, damaged, share offline).
            DefinitionError: the delivery's columns or path do not fit the form.
        """
        site = self.definitions.site
        try:
            with single_writer(site.work):
                return _Writing(self, job).result()
        except TorikomiError:
            raise
        except Exception as error:  # a bug with one delivery must not stop the others
            log = write_log(error, site.folder)
            told = f"「{job.form.title}」の転記で思わぬ不具合が起きました。情報担当に {log} を渡してください"
            raise ServiceError("bug", told, retry_after=300) from error

    def write_rows(
        self, job: Job, path: Path, group: Sequence[RecordRow], *, again: bool = False
    ) -> Delivered:
        """Write rows into one file. What a library raises becomes one line that names the file; the
        traceback goes to the log.

        Args:
            again: a person wants them, also where the staff took them out.

        Raises:
            ServiceError: the file cannot be written now.
            DefinitionError: it does not fit the form.
        """
        assert job.delivery is not None
        self.failures.refuse_unchanged(path)
        try:
            cells = []
            for row in group:
                context = self._context_of(row)
                made = rows_for(row.record, job.form, job.delivery, context)
                cells.append(replace(made, again=again))
            return open_sink(job.delivery, job.form, path).deliver(cells)
        except TorikomiError:
            raise
        except Exception as error:
            log = write_log(error, self.definitions.site.folder)
            failure = failure_of(error, path, log)
            self.failures.note(path, failure)
            raise failure from error

    def _context_of(self, row: RecordRow) -> RowContext:
        """What a row may say beside the record's fields."""
        line = row.line
        today = self.now().date()
        return RowContext(line.received_on, line.file, line.checked_by, today)


class _Writing:
    """One delivery while it is written."""

    def __init__(self, delivery: Delivery, job: Job) -> None:
        self._delivery = delivery
        self._job = job
        self._rows = 0
        self._left = 0
        self._paths: dict[Path, None] = {}
        self._notes: dict[str, None] = {}
        self._troubles: dict[Path, TorikomiError] = {}

    def result(self) -> JobResult:
        """Write chunk by chunk until nothing is left that can be written."""
        begun = time.monotonic()
        while not self._delivery.stop.is_set() and (found := self._next()):
            for path, group in self._by_path(found).items():
                self._write(path, group)
        if self._troubles and not self._paths:
            raise _together(list(self._troubles.values()))
        return JobResult(
            self._job.form.id,
            self._job.target,
            self._rows,
            tuple(self._paths),
            tuple(self._notes),
            time.monotonic() - begun,
            tuple(self._troubles.values()),
        )

    def _next(self) -> list[RecordRow]:
        form = self._job.form.id
        target = self._job.target
        return self._delivery.journal.deliveries.ready(AT_ONCE, form, target, offset=self._left)

    def _write(self, path: Path, group: Sequence[RecordRow]) -> None:
        job = self._job
        if path in self._troubles:
            self._left += len(group)
            return
        done: Delivered | None = None
        try:
            if job.delivery is not None:
                done = self._delivery.write_rows(job, path, group)
        except TorikomiError as error:
            self._troubles[path] = error
            self._left += len(group)
            return
        if done is not None:
            self._paths[path] = None
            notes = _notes_of(done, job, path)
            self._notes.update(dict.fromkeys(notes))
        self._rows += self._tell_journal(group, done)

    def _tell_journal(self, group: Sequence[RecordRow], done: Delivered | None) -> int:
        """Note in the journal what a file has now; returns how many rows."""
        job = self._job
        journal = self._delivery.journal
        owner = self._delivery.owner
        now = self._delivery.now()
        refused = {} if done is None else done.refused
        for record, reason in refused.items():
            # no later try helps: a person must change the value
            journal.reviews.return_record(record, "refused", reason, now, owner)
        kept = [row for row in group if row.id not in refused]
        receipt = None if done is None else done.receipt(job.form)
        journal.deliveries.delivered(
            kept, job.target, receipt, at=now, targets=job.targets, actor=owner
        )
        return len(kept)

    def _by_path(self, rows: Sequence[RecordRow]) -> dict[Path, list[RecordRow]]:
        """Rows by the file they belong in: the fiscal year or month of receipt may differ."""
        job = self._job
        folder = self._delivery.definitions.site.folder
        groups: dict[Path, list[RecordRow]] = defaultdict(list)
        for row in rows:
            path = Path()
            if job.delivery is not None:
                path = path_for(job.delivery, job.form, row.line.received_on, folder)
            groups[path].append(row)
        return groups


def _notes_of(done: Delivered, job: Job, path: Path) -> Iterator[str]:
    yield from done.notes
    yield from done.refused.values()
    if done.withheld:
        yield (
            f"「{path.name}」から消されている {len(done.withheld)} 行は、直した値も書いていません"
            f"({named(done.withheld)})"
        )
    if done.withheld or done.altered:
        yield f"消えた行や変わった値を戻すには: torikomi deliver --again {job.form.id}"


def _together(troubles: Sequence[TorikomiError]) -> TorikomiError:
    """One error for all files of a delivery, a line each."""
    if len(troubles) == 1:
        return troubles[0]
    waits = [error.retry_after for error in troubles if isinstance(error, ServiceError)]
    return ServiceError(
        "delivery",
        "\n".join(error.message for error in troubles),
        retry_after=min(waits, default=300.0),
    )
