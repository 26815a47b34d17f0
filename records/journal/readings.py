"""What was read from a document is kept: all of it, or nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from records.journal import successors
from records.journal.documentsteps import known_document
from records.journal.linksteps import covered_by, let_go, link, with_elsewhere, withdraw
from records.journal.loading import load_one, row_of
from records.journal.receipts import write_receipt
from records.journal.recordwriting import Origin, write_record
from records.journal.rowchanges import set_document
from records.journal.rows import DocumentRow, SetAside
from records.journal.samesheets import Twins
from records.journal.storable import plain
from records.journal.store import Store, Writer, stamp
from records.types import Receipt, Record


class Readings:
    """Readings of documents, the first and later ones."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._twins = Twins()

    def store(
        self,
        document: str,
        found: Sequence[Record],
        set_aside: Sequence[SetAside] = (),
        receipts: Sequence[Receipt] = (),
        *,
        at: dt.datetime,
        pages: int | None = None,
        verify: frozenset[str] = frozenset(),
        actor: str = "",
    ) -> bool:
        """Keep what was read from a document: all of it, or nothing.

        In one transaction: a record a sheet (``waiting`` where a field is doubtful or the sheet has
        a problem, else ``ready``), events ``read``, ``ready`` and ``set_aside``, the receipts, and
        the document as ``read``. A record's initiative is that of the receipt of its form.

        Where the document is a later state of another (:meth:`Documents.reopen`), its sheets keep
        the ids that they have: one that says the same stays as it is, one that differs is read
        anew, and where it was ready or delivered a person looks at it first. A sheet that is not
        there any more is ``returned``.

        Args:
            document: sha256.
            found: the sheets; an empty one is allowed where every page was set aside.
            receipts: what the reading did, at least one for each form.
            pages: page count of the document.
            verify: forms whose doubtful fields need two people of one mind (ベリファイ).

        Returns:
            False, and nothing is written, where the document is read or failed already: another
            reader was faster, or this one was taken for dead. The caller looks at
            :meth:`Documents.get` for what holds.

        Raises:
            DocumentError: there is no such document.
            ValueError: a record belongs to another document.
        """
        if any(record.document != document for record in found):
            raise ValueError("a record of another document")
        with self._store.write() as writer:
            row = known_document(writer, document)
            if row.state in ("read", "failed"):
                return False
            step = _Step(writer, self._twins, row, at, actor)
            step.store_sheets(found, receipts, verify)
            step.tell_aside(set_aside)
            for receipt in receipts:
                write_receipt(writer, receipt, at, actor, document)
            step.close(pages)
        return True


@dataclass(frozen=True, slots=True)
class _Step:
    """One document on its way into the tables."""

    writer: Writer
    twins: Twins
    row: DocumentRow
    at: dt.datetime
    actor: str

    def store_sheets(
        self, found: Sequence[Record], receipts: Sequence[Receipt], verify: frozenset[str]
    ) -> None:
        """Write the sheets, each under the id that it has had from an earlier state of the file."""
        writer = self.writer
        at = self.at
        actor = self.actor
        earlier = successors.earlier_states(writer.connection, self.row.sha256)
        states = (self.row.sha256, *earlier)
        sheets = [successors.with_old_id(writer.connection, one, earlier) for one in found]
        kept = {one.id for one in sheets}
        withdraw(writer, earlier, kept, at, actor)
        initiatives = {receipt.form: receipt.initiative for receipt in receipts}
        stored: list[Record] = []
        for record in sheets:
            told = with_elsewhere(writer, record, states)
            if self._store(told, self._origin(record.form, initiatives, verify)):
                stored.append(record)
        covered_by(writer, states, sheets, stored, at, actor)
        withdraw(writer, earlier, kept, at, actor)  # what was let go meanwhile

    def _origin(self, form: str, initiatives: Mapping[str, str], verify: frozenset[str]) -> Origin:
        day = self.row.received_on.isoformat()
        return Origin(self.row.name, day, initiatives.get(form, ""), form in verify)

    def _store(self, record: Record, origin: Origin) -> bool:
        """Write one sheet as read, unless it is ready, delivered or dropped already from an earlier
        reading of the same bytes, or of others that say the same; True where it was written."""
        writer = self.writer
        at = self.at
        old = row_of(writer.connection, record.id)
        is_later = _is_of_later_state(old, record)
        if is_later and self._says_the_same(record):
            return False
        if old is not None and old.state in ("ready", "delivered", "dropped"):
            if not is_later:
                return False
            record = successors.told_changed(record)
        if old is not None:
            leaves = [Record.id_of(leaf.document, leaf.number) for leaf in record.leaves]
            let_go(writer, record.id, at, self.actor, is_changed=is_later, kept=leaves)
        record, twin = self.twins.marked(writer, record, old)
        write_record(writer, old, record, origin, at, self.actor)
        if twin:
            link(writer, record.id, twin, "like", at)
        return True

    def _says_the_same(self, record: Record) -> bool:
        """Whether a later state of a file says of this sheet what the earlier one said."""
        before = load_one(self.writer.connection, record.id)
        assert before is not None
        return before.state != "returned" and successors.is_same_sheet(before.as_read, record)

    def tell_aside(self, set_aside: Sequence[SetAside]) -> None:
        """An event for each group of pages that were not read."""
        for aside in set_aside:
            payload = {
                "pages": list(aside.pages),
                "code": aside.code,
                "message": plain(aside.message),
                "nearest": aside.nearest,
            }
            self.writer.append(
                "set_aside",
                self.at,
                document=self.row.sha256,
                actor=self.actor,
                payload=payload,
            )

    def close(self, pages: int | None) -> None:
        """The document is read."""
        set_document(
            self.writer,
            self.row.sha256,
            state="read",
            pages=pages,
            lease_owner="",
            lease_until=None,
            code="",
            reason="",
            changed_at=stamp(self.at),
        )
        self.writer.tally("document", "", self.row.state, "read")


def _is_of_later_state(old: Any, record: Record) -> bool:
    """True where a record has its row from an earlier state of the file."""
    if old is None or old.document == record.document:
        return False
    return not record.id.startswith(record.document[:16])
