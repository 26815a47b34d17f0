"""Records on their way out: ready, delivered to each target, delivered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from records.journal.loading import line_of, load, queue
from records.journal.receipts import write_receipt
from records.journal.rowchanges import set_record
from records.journal.rows import RecordLine, RecordRow
from records.journal.schema import DELIVERY, RECORD, deliveries, records
from records.journal.storable import plain
from records.journal.store import Store, Writer, stamp
from records.types import Receipt


class Deliveries:
    """Ready records, and what each target has of them."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def ready(
        self,
        limit: int,
        form: str | None = None,
        target: str | None = None,
        *,
        forms: Iterable[str] | None = None,
        offset: int = 0,
    ) -> list[RecordRow]:
        """Records to deliver, in the order they came in; with ``target`` only those that it does
        not have yet.

        Args:
            offset: leave out so many of them: those whose file is away.

        A record that was corrected after delivery is among them with its new revision.
        """
        query = queue("ready", form, forms)
        if target is not None:
            has = sa.select(DELIVERY.record).where(
                DELIVERY.record == RECORD.id,
                DELIVERY.target == target,
                DELIVERY.revision == RECORD.revision,
            )
            query = query.where(sa.not_(sa.exists(has)))
        with self._store.read() as connection:
            page = query.limit(limit).offset(offset)
            return load(connection, page)

    def ready_forms(self) -> list[str]:
        """Forms that have records to deliver."""
        with self._store.read() as connection:
            return sorted(
                connection.execute(
                    sa.select(RECORD.form).where(RECORD.state == "ready").distinct()
                ).scalars()
            )

    def delivered_to(self, target: str, form: str) -> Iterator[RecordLine]:
        """The records of a form that a target has, whatever their revision, in the order they came
        in."""
        query = (
            sa.select(records)
            .where(
                RECORD.form == form,
                sa.exists().where(DELIVERY.record == RECORD.id, DELIVERY.target == target),
            )
            .order_by(RECORD.seq)
        )
        with self._store.read() as connection:
            yield from [line_of(row) for row in connection.execute(query)]

    def delivered_mark(self, target: str, form: str) -> str:
        """Another text whenever what a target has of a form has changed: rows, revisions, states."""
        query = (
            sa.select(sa.func.count(), sa.func.max(DELIVERY.at), sa.func.sum(DELIVERY.revision))
            .select_from(deliveries.join(records, RECORD.id == DELIVERY.record))
            .where(
                DELIVERY.target == target,
                RECORD.form == form,
                RECORD.state == "delivered",
            )
        )
        with self._store.read() as connection:
            found = connection.execute(query).one()
        return " ".join(map(str, found))

    def delivered(
        self,
        rows: Sequence[RecordRow],
        target: str,
        receipt: Receipt | None = None,
        *,
        at: dt.datetime,
        targets: Sequence[str] = (),
        actor: str = "",
    ) -> list[str]:
        """A target has these records. In one transaction with the receipt.

        Args:
            rows: as :meth:`ready` gave them. What was corrected while it was on its way has a new
                revision by now and stays ``ready``.
            target: a stable name of the delivery (``connectors.sinks.target_of``), the same in
            every run.
            receipt: what the delivery did (with a ``key`` it is kept once).
            targets: all targets of the form; a record becomes ``delivered`` (event) once each has
                its revision. Empty: this one is the only one.

        Returns:
            the ids that became ``delivered`` by this call. Telling the same again changes nothing.
            The first time, a sheet also gets a receipt ``accept`` (``accepted``: 1): that is how
            finished sheets are counted.
        """
        needed = frozenset(targets) | {target}
        ids = [row.id for row in rows]
        ready = sa.select(records).where(
            RECORD.id.in_(ids),
            RECORD.state == "ready",
        )
        finished = []
        with self._store.write() as writer:
            now = {row.id: row for row in writer.connection.execute(ready)}
            for sent in rows:
                row = now.get(sent.id)
                if row is None:
                    continue
                _note(writer.connection, row.id, target, sent.line.revision, at)
                is_current = sent.line.revision == row.revision
                has = _has(writer.connection, row.id, row.revision)
                if is_current and needed <= has:
                    _finish(writer, row, target, at, actor)
                    finished.append(row.id)
            if receipt is not None:
                write_receipt(writer, receipt, at, actor)
        return finished


def _finish(writer: Writer, row: Any, target: str, at: dt.datetime, actor: str) -> None:
    """Every target has the record: it is ``delivered`` (event), and counted once."""
    set_record(writer, row.id, state="delivered", changed_at=stamp(at))
    told = {"target": plain(target), "revision": row.revision}
    writer.append("delivered", at, document=row.document, record=row.id, actor=actor, payload=told)
    writer.tally("record", row.form, "ready", "delivered")
    # Savings count finished sheets by this receipt; its key keeps a sheet that is corrected and
    # delivered again from counting twice.
    key = f"accept:{row.id}"
    accepted = Receipt("accept", row.form, row.initiative, {"accepted": 1}, 0.0, key=key)
    write_receipt(writer, accepted, at, actor, row.document)


def _note(
    connection: sa.Connection, record_id: str, target: str, revision: int, at: dt.datetime
) -> None:
    """A target has a record in this revision."""
    place = sa.and_(DELIVERY.record == record_id, DELIVERY.target == target)
    values = {"revision": revision, "at": stamp(at)}
    again = deliveries.update().where(place).values(**values)
    if connection.execute(again).rowcount == 0:
        first = {"record": record_id, "target": target, **values}
        connection.execute(deliveries.insert().values(**first))


def _has(connection: sa.Connection, record_id: str, revision: int) -> frozenset[str]:
    """The targets that have a record in this revision."""
    query = sa.select(DELIVERY.target).where(
        DELIVERY.record == record_id, DELIVERY.revision == revision
    )
    return frozenset(connection.execute(query).scalars())
