"""Documents on their way in, step by step in plain Python: swept, claimed, read, kept.

No step knows Prefect. Each may be killed at any point and repeated: the journal is written first,
the file moves after it, and what a kill leaves between the two is made good by
:meth:`Intake.recover`.
"""

from __future__ import annotations

import datetime as dt
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from connectors.sources import folder
from desk.recounting import recount
from flows.arrivals import Arrivals, Swept
from flows.console import write_log
from flows.definitions import Definitions, owner_of
from flows.gate import CLOSED, GatedReader, closed_forms
from flows.lease import LEASE_SECONDS, Lease
from flows.processmemory import give_memory_back
from flows.readers import SheetReader
from flows.rejoining import joined_again
from initiatives.work import failure_key
from records import days
from records.errors import DocumentError, ServiceError
from records.journal import DocumentRow, Journal, SetAside
from records.mynumber import mask_my_number
from records.refusal import Refusal
from records.types import Field, Receipt, Record

__all__ = ["Intake", "Outcome", "Stopping", "Swept", "thread_count"]


class Stopping(Exception):
    """The service is asked to stop: give back what is not finished."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one document.

    Attributes:
        state: ``read``; ``failed`` with its ``reason``; ``released``: given back untried, to be
        read later.
        sheets: forms of the sheets found; ``waiting``: those of them that wait for a person.
        fields, unseen: fields read, and those that nobody needs to look at.
        set_aside: pages that were not read as a form.
        closed: why sheets of it were not read though their form is known: it may not run now.
        seconds: wall time.
    """

    document: str
    name: str
    state: Literal["read", "failed", "released"]
    sheets: Mapping[str, int] = field(default_factory=dict)
    waiting: Mapping[str, int] = field(default_factory=dict)
    fields: int = 0
    unseen: int = 0
    set_aside: int = 0
    reason: str = ""
    seconds: float = 0.0
    closed: str = ""


class Intake:
    """What comes in at one site. Shared by the threads of one process.

    It has slots and no dict on purpose: Prefect writes a flow's parameters to its database as JSON
    as far as it can take them apart, and it must find nothing here to take apart.

    Attributes:
        owner: who this process is in the journal.
        stop: set when the service shall end; steps give back what is not finished.
        closed: form id → why it may not run now (:mod:`flows.gate`): it is not read.
    """

    __slots__ = (
        "_arrivals",
        "closed",
        "definitions",
        "journal",
        "owner",
        "reader",
        "stop",
    )

    def __init__(
        self,
        definitions: Definitions,
        journal: Journal,
        reader: SheetReader,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.definitions = definitions
        self.journal = journal
        self.owner = owner_of(definitions.site)
        self.stop = threading.Event()
        self.closed = closed_forms(definitions, self.now().date())
        self.reader = GatedReader(reader, self.closed) if self.closed else reader
        self._arrivals = Arrivals(definitions, journal, self.reader, self.owner, self.now, clock)

    # --- the inbox --------------------------------------------------------------------------------

    def sweep(self) -> Swept:
        """See :meth:`flows.arrivals.Arrivals.sweep`."""
        return self._arrivals.sweep()

    def recover(self) -> int:
        """Make good what a kill left: files without their entry, entries whose file has not moved
        on, own old leases.

        Only the holder of the site's lock may call it: whoever else had these leases under our name
        is dead.

        Returns:
            how many claimed files were found.
        """
        ours = [row.sha256 for row in self._reading() if row.lease_owner == self.owner]
        if ours:
            self.journal.documents.renew(self.owner, ours, 0.0, self.now())
        return self._arrivals.recover()

    def _reading(self) -> Iterator[DocumentRow]:
        offset = 0
        while page := self.journal.documents.page("reading", limit=500, offset=offset):
            yield from page
            offset += len(page)

    # --- one document -----------------------------------------------------------------------------

    def backlog(self) -> int:
        """How many documents wait to be read, those of readers that died included."""
        now = self.now()
        dead = sum(
            row.lease_until is not None and row.lease_until <= now for row in self._reading()
        )
        return self.journal.tallies.counts().documents["received"] + dead

    def claim(self) -> DocumentRow | None:
        """The next document to read, ours for :data:`LEASE_SECONDS`; None where nothing waits."""
        rows = self.journal.documents.claim(self.owner, 1, LEASE_SECONDS, self.now())
        return rows[0] if rows else None

    def read(self, row: DocumentRow) -> Outcome:
        """Read one claimed document and keep what was found: all of it, or nothing.

        Raises:
            ServiceError: something outside is away; the document is still ours and may be read
            again.
        """
        begun = time.monotonic()
        site = self.definitions.site
        path = folder.find(
            row.sha256, work=site.work, archive_root=site.archive, failed_root=site.failed
        )
        try:
            if path is None:
                raise DocumentError(
                    "missing",
                    f"「{row.name}」の原本が見つかりません。もう一度 inbox に入れてください",
                )
            with Lease(self.journal, self.owner, row.sha256):
                records, refusals = self._sheets(
                    self.reader.read(path, row.sha256, row.form, row.received_on)
                )
            outcome = self._keep(row, records, refusals, time.monotonic() - begun)
        except Stopping:
            self.journal.documents.release(row.sha256, self.owner, self.now())
            return Outcome(row.sha256, row.name, "released")
        except DocumentError as error:
            outcome = self._fail(row, error, time.monotonic() - begun)
        except ServiceError:
            raise
        except Exception as error:  # a bug on one document must not stop the others
            log = write_log(error, site.folder)
            outcome = self._fail(
                row,
                DocumentError(
                    "bug",
                    f"「{row.name}」の読み取り中に思わぬ不具合が起きました。担当者に {log} を渡してください",
                ),
                time.monotonic() - begun,
            )
        claimed = folder.held(site.work, row.sha256)
        now = self.journal.documents.get(row.sha256)
        if claimed is not None and now is not None:
            self._arrivals.file(claimed, now)
        give_memory_back()
        return outcome

    def give_back(self, row: DocumentRow) -> Outcome:
        """A document that cannot be read now because something outside is away: the attempt is not
        counted."""
        self.journal.documents.release(row.sha256, self.owner, self.now())
        return Outcome(row.sha256, row.name, "released")

    def _sheets(self, items: Iterator[Record | Refusal]) -> tuple[list[Record], list[Refusal]]:
        records: list[Record] = []
        refusals: list[Refusal] = []
        for item in items:
            if self.stop.is_set():
                raise Stopping
            if isinstance(item, Record):
                records.append(item)
            else:
                refusals.append(item)
        return records, refusals

    def _keep(
        self,
        row: DocumentRow,
        records: Sequence[Record],
        refusals: Sequence[Refusal],
        seconds: float,
    ) -> Outcome:
        """Store what was read. A document of which every page was refused has failed."""
        if not records:
            raise self._all_refused(row, refusals)
        definitions = self.definitions
        forms = definitions.forms
        records = joined_again(
            self.journal,
            row.sha256,
            records,
            forms,
            definitions.site.office,
            row.received_on,
        )
        self._set_aside(row, [refusal for refusal in refusals if refusal.error.code != "blank"])
        read: set[int] = set()
        for record in records:
            read.update(record.pages)
        asides = []
        for one in refusals:
            read.update(one.pages)
            asides.append(SetAside(one.pages, one.error.code, one.error.message, one.nearest))
        verified = frozenset(form.id for form in forms.values() if form.verify)
        kept = self.journal.readings.store(
            row.sha256,
            records,
            asides,
            self.receipts(records, refusals, seconds),
            at=self.now(),
            pages=len(read),
            verify=verified,
            actor=self.owner,
        )
        if kept:  # it may have failed or been read before, and is one case
            recount(self.journal, row.sha256, forms, self.owner)
        return _outcome(row, records if kept else (), records, refusals, seconds)

    def _set_aside(self, row: DocumentRow, refusals: Sequence[Refusal]) -> None:
        """Tell a person of pages that were not read though others were, before the document counts
        as read."""
        claimed = folder.held(self.definitions.site.work, row.sha256)
        if refusals and claimed is not None:
            reason = "\n".join(
                f"  {'、'.join(map(str, r.pages))}ページ: {r.error.message}" for r in refusals
            )
            folder.set_aside(
                claimed, self.definitions.site.failed, mask_my_number(reason), self.now()
            )

    def _fail(self, row: DocumentRow, error: DocumentError, seconds: float) -> Outcome:
        self.journal.documents.fail(row.sha256, error.message, error.code, self.now(), self.owner)
        form = self.definitions.forms.get(row.form)
        if (
            form is not None and error.code != CLOSED
        ):  # what was never started is no failure of the initiative
            self.journal.work.add_receipt(
                Receipt(
                    "read",
                    form.id,
                    form.initiative,
                    {"sheets": 0, "failed": 1},
                    seconds,
                    key=failure_key(row.sha256),
                ),
                self.now(),
                self.owner,
            )
        return Outcome(
            row.sha256,
            row.name,
            "failed",
            reason=error.message,
            seconds=seconds,
            closed=error.message if error.code == CLOSED else "",
        )

    @staticmethod
    def _all_refused(row: DocumentRow, refusals: Sequence[Refusal]) -> DocumentError:
        if not refusals:
            return DocumentError(
                "empty", f"「{row.name}」にはページがありません。スキャンし直してください"
            )
        first = next((r for r in refusals if r.error.code != "blank"), refusals[0])
        more = ""
        if len(refusals) > 1:
            more = f"(ほかに {len(refusals) - 1} 件)"
        return DocumentError(first.error.code, first.error.message + more, pages=first.pages)

    def receipts(
        self, records: Sequence[Record], refusals: Sequence[Refusal], seconds: float
    ) -> list[Receipt]:
        """One receipt a form: what was read of it, with its share of the time."""
        made = []
        total = len(records) + len(refusals)
        for form in dict.fromkeys(record.form for record in records):
            of_form = [record for record in records if record.form == form]
            fields: list[Field] = []
            for record in of_form:
                fields += record.fields.values()
            refused = [one for one in refusals if one.nearest == form]
            counts = {
                "sheets": len(of_form),
                "fields": len(fields),
                "unseen": sum(not field.doubtful for field in fields),
                "waiting": sum(bool(one.doubtful or one.problems) for one in of_form),
                "characters": sum(len(one.text) for one in fields if not one.traits.is_ink),
                "failed": sum(one.error.code != "blank" for one in refused),
            }
            initiative = self.definitions.forms[form].initiative
            share = seconds * len(of_form) / total
            made.append(Receipt("read", form, initiative, counts, share))
        return made

    def now(self) -> dt.datetime:
        """The time, aware, in the office's zone."""
        return days.now(self.definitions.site.timezone)


def _outcome(
    row: DocumentRow,
    kept: Sequence[Record],
    records: Sequence[Record],
    refusals: Sequence[Refusal],
    seconds: float,
) -> Outcome:
    """What became of a document that was read.

    Args:
        kept: those of ``records`` that are in the journal now.
    """
    fields: list[Field] = []
    for record in records:
        fields += record.fields.values()
    waiting = [record.form for record in records if record.doubtful or record.problems]
    closed = [one.error.message for one in refusals if one.error.code == CLOSED]
    return Outcome(
        row.sha256,
        row.name,
        "read",
        sheets=Counter(record.form for record in kept),
        waiting=Counter(waiting),
        fields=len(fields),
        unseen=sum(not field.doubtful for field in fields),
        set_aside=sum(len(one.pages) for one in refusals),
        seconds=seconds,
        closed=closed[0] if closed else "",
    )


def thread_count() -> int:
    """Documents read at once: two, or one on a machine with one core."""
    return max(1, min(2, os.cpu_count() or 1))
