"""The steps of delivery in plain Python: which targets have rows to get, and writing them."""

from __future__ import annotations

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
from connectors.sinks.failures import failure_of
from flows.console import write_log
from flows.lock import single_writer
from flows.shop import Shop
from records.errors import ServiceError, TorikomiError
from records.forms import DeliverDef, FormDef
from records.journal import RecordRow

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
class Handed:
    """What was handed to one target.

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


def jobs(shop: Shop) -> list[Job]:
    """Every delivery of every form that may run and has ready records which the target does not
    have yet."""
    made = []
    for name in shop.journal.ready_forms():
        form = shop.definitions.forms.get(name)
        if form is None or name in shop.closed:
            # its folder was taken away, or its initiative stopped: the records wait until it is
            # back
            continue
        targets = tuple(map(target_of, form.deliveries)) or (JOURNAL,)
        for target, delivery in zip(targets, form.deliveries or (None,), strict=True):
            if shop.journal.ready(1, name, target):
                made.append(Job(form, delivery, target, targets))
    return made


def deliver_job(shop: Shop, job: Job) -> Handed:
    """Write all rows of one delivery and tell the journal, chunk by chunk. Repeatable: sinks go by
    the record's id.

    The service and the desk both deliver, so a lock lets one write at a time. A file that cannot
    be written stops neither the other files of the delivery nor other deliveries.

    Raises:
        ServiceError: no file could be written (workbook open, damaged, share offline).
        DefinitionError: the delivery's columns or path do not fit the form.
    """
    try:
        with single_writer(shop.definitions.site.work):
            return _deliver(shop, job)
    except TorikomiError:
        raise
    except Exception as error:  # a bug with one delivery must not stop the others
        log = write_log(error, shop.definitions.site.folder)
        raise ServiceError(
            "bug",
            f"「{job.form.title}」の転記で思わぬ不具合が起きました。情報担当に {log} を渡してください",
            retry_after=300,
        ) from error


def _deliver(shop: Shop, job: Job) -> Handed:
    begun = time.monotonic()
    rows = left = 0
    paths: dict[Path, None] = {}
    notes: dict[str, None] = {}
    troubles: dict[Path, TorikomiError] = {}
    while not shop.stop.is_set() and (
        found := shop.journal.ready(AT_ONCE, job.form.id, job.target, offset=left)
    ):
        for path, group in _by_path(shop, job, found).items():
            if path in troubles:
                left += len(group)
                continue
            try:
                done = None if job.delivery is None else write_rows(shop, job, path, group)
            except TorikomiError as error:
                troubles[path] = error
                left += len(group)
                continue
            if done is not None:
                paths[path] = None
                notes.update(dict.fromkeys(_notes_of(done, job, path)))
            rows += _tell_journal(shop, job, group, done)
    if troubles and not paths:
        raise _together(list(troubles.values()))
    return Handed(
        job.form.id,
        job.target,
        rows,
        tuple(paths),
        tuple(notes),
        time.monotonic() - begun,
        tuple(troubles.values()),
    )


def write_rows(
    shop: Shop, job: Job, path: Path, group: Sequence[RecordRow], *, again: bool = False
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
    shop.failures.refuse_unchanged(path)
    try:
        made = [
            rows_for(row.record, job.form, job.delivery, context_of(shop, row)) for row in group
        ]
        cells = [replace(row, again=again) for row in made]
        return open_sink(job.delivery, job.form, path).deliver(cells)
    except TorikomiError:
        raise
    except Exception as error:
        log = write_log(error, shop.definitions.site.folder)
        failure = failure_of(error, path, log)
        shop.failures.note(path, failure)
        raise failure from error


def _tell_journal(shop: Shop, job: Job, group: Sequence[RecordRow], done: Delivered | None) -> int:
    """Note in the journal what a file has now; returns how many rows."""
    refused = {} if done is None else done.refused
    for record, reason in refused.items():  # no later try helps: a person must change the value
        shop.journal.return_record(record, "refused", reason, shop.now(), shop.owner)
    kept = [row for row in group if row.id not in refused]
    receipt = None if done is None else done.receipt(job.form)
    shop.journal.delivered(
        kept, job.target, receipt, at=shop.now(), targets=job.targets, actor=shop.owner
    )
    return len(kept)


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


def _by_path(shop: Shop, job: Job, rows: Sequence[RecordRow]) -> dict[Path, list[RecordRow]]:
    """Rows by the file they belong in: the fiscal year or month of receipt may differ."""
    groups: dict[Path, list[RecordRow]] = defaultdict(list)
    for row in rows:
        path = (
            Path()
            if job.delivery is None
            else path_for(
                job.delivery, job.form, row.line.received_on, shop.definitions.site.folder
            )
        )
        groups[path].append(row)
    return groups


def context_of(shop: Shop, row: RecordRow) -> RowContext:
    """What a row may say beside the record's fields."""
    return RowContext(row.line.received_on, row.line.file, row.line.checked_by, shop.now().date())
