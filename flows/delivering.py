"""The steps of delivery in plain Python: which targets have rows to get, and writing them."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from connectors.sinks import RowContext, open_sink, path_for, rows_for, target_of
from flows.lock import single_writer
from flows.shop import Shop
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
    """

    form: str
    target: str
    rows: int
    paths: tuple[Path, ...]
    notes: tuple[str, ...]
    seconds: float


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

    The service and the desk both deliver, so a lock lets one write at a time.

    Raises:
        ServiceError: the target is away (workbook open, share offline); what was written before
        stays noted.
        DefinitionError: the delivery's columns or path do not fit the form.
    """
    with single_writer(shop.definitions.site.work):
        return _deliver(shop, job)


def _deliver(shop: Shop, job: Job) -> Handed:
    begun = time.monotonic()
    rows = 0
    paths: dict[Path, None] = {}
    notes: dict[str, None] = {}
    while not shop.stop.is_set() and (
        found := shop.journal.ready(AT_ONCE, job.form.id, job.target)
    ):
        for path, group in _by_path(shop, job, found).items():
            receipt = None
            if job.delivery is not None:
                cells = [
                    rows_for(row.record, job.form, job.delivery, _context(shop, row))
                    for row in group
                ]
                done = open_sink(job.delivery, job.form, path).deliver(cells)
                receipt = done.receipt(job.form)
                paths[path] = None
                notes.update(dict.fromkeys((*done.notes, *done.refused.values())))
                for (
                    record,
                    reason,
                ) in done.refused.items():  # no later try can help: a person must change the value
                    shop.journal.return_record(record, "refused", reason, shop.now(), shop.owner)
                group = [row for row in group if row.id not in done.refused]
            shop.journal.delivered(
                group, job.target, receipt, at=shop.now(), targets=job.targets, actor=shop.owner
            )
            rows += len(group)
    return Handed(
        job.form.id, job.target, rows, tuple(paths), tuple(notes), time.monotonic() - begun
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


def _context(shop: Shop, row: RecordRow) -> RowContext:
    return RowContext(row.line.received_on, row.line.file, row.line.checked_by, shop.now().date())
