"""Records on their way out: ready, delivered to each target, delivered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from records.journal.loading import line_of, load, queue
from records.journal.receipts import write_receipt
from records.journal.rows import RecordLine, RecordRow
from records.journal.schema import deliveries, records
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
            has = sa.select(deliveries.c.record).where(
                deliveries.c.record == records.c.id,
                deliveries.c.target == target,
                deliveries.c.revision == records.c.revision,
            )
            query = query.where(sa.not_(sa.exists(has)))
        with self._store.read() as connection:
            return load(connection, query.limit(limit).offset(offset))

    def ready_forms(self) -> list[str]:
        """Forms that have records to deliver."""
        with self._store.read() as connection:
            return sorted(
                connection.execute(
                    sa.select(records.c.form).where(records.c.state == "ready").distinct()
                ).scalars()
            )

    def delivered_to(self, target: str, form: str) -> Iterator[RecordLine]:
        """The records of a form that a target has, whatever their revision, in the order they came
        in."""
        query = (
            sa.select(records)
            .where(
                records.c.form == form,
                sa.exists().where(
                    deliveries.c.record == records.c.id, deliveries.c.target == target
                ),
            )
            .order_by(records.c.seq)
        )
        with self._store.read() as connection:
            yield from [line_of(row) for row in connection.execute(query)]

    def delivered_mark(self, target: str, form: str) -> str:
        """Another text whenever what a target has of a form has changed: rows, revisions, states."""
        query = (
            sa.select(
                sa.func.count(), sa.func.max(deliveries.c.at), sa.func.sum(deliveries.c.revision)
            )
            .select_from(deliveries.join(records, records.c.id == deliveries.c.record))
            .where(
                deliveries.c.target == target,
                records.c.form == form,
                records.c.state == "delivered",
            )
        )
        with self._store.read() as connection:
            return " ".join(map(str, connection.execute(query).one()))

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
        ready = sa.select(records).where(records.c.id.in_(ids), records.c.state == "ready")
        finished = []
        with self._store.write() as writer:
            now = {row.id: row for row in writer.connection.execute(ready)}
            for sent in rows:
                row = now.get(sent.id)
                if row is None:
                    continue
                _note(writer.connection, row.id, target, sent.line.revision, at)
                is_current = sent.line.revision == row.revision
                if is_current and needed <= _has(writer.connection, row.id, row.revision):
                    _finish(writer, row, target, at, actor)
                    finished.append(row.id)
            if receipt is not None:
                write_receipt(writer, receipt, at, actor)
        return finished


def _finish(writer: Writer, row: Any, target: str, at: dt.datetime, actor: str) -> None:
    """Every target has the record: it is ``delivered`` (event), and counted once."""
    delivered = {"state": "delivered", "changed_at": stamp(at)}
    writer.connection.execute(records.update().where(records.c.id == row.id).values(**delivered))
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
    place = sa.and_(deliveries.c.record == record_id, deliveries.c.target == target)
    values = {"revision": revision, "at": stamp(at)}
    if connection.execute(deliveries.update().where(place).values(**values)).rowcount == 0:
        new = deliveries.insert().values(record=record_id, target=target, **values)
        connection.execute(new)


def _has(connection: sa.Connection, record_id: str, revision: int) -> frozenset[str]:
    """The targets that have a record in this revision."""
    query = sa.select(deliveries.c.target).where(
        deliveries.c.record == record_id, deliveries.c.revision == revision
    )
    return frozenset(connection.execute(query).scalars())
