"""Records taken out of the tables: as a line of a list, or whole with their fields and decisions."""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from records.codec import decision_from_json, record_from_json
from records.errors import DocumentError
from records.journal.packing import unpack
from records.journal.rows import RecordLine, RecordRow, RecordState
from records.journal.schema import BODY, DECISION, RECORD, bodies, decisions, records
from records.journal.store import time_of
from records.journal.verdicts import applied
from records.types import Decision


def load(connection: sa.Connection, query: sa.Select[Any]) -> list[RecordRow]:
    """The rows of ``query`` over ``records`` with their bodies and decisions, in its order: three
    queries in all."""
    rows = connection.execute(query).all()
    if not rows:
        return []
    ids = [row.id for row in rows]
    body = _bodies_of(connection, ids)
    made = _decisions_of(connection, ids)
    loaded = []
    for row in rows:
        packed = body[row.id]
        as_read = record_from_json(json.loads(unpack(packed)))
        given = tuple(made[row.id, row.reading])
        now = applied(as_read, given, row.verify)
        loaded.append(RecordRow(line_of(row), now, as_read, given))
    return loaded


def load_one(connection: sa.Connection, record_id: str) -> RecordRow | None:
    """The record with this id."""
    query = sa.select(records).where(RECORD.id == record_id)
    found = load(connection, query)
    return found[0] if found else None


def row_of(connection: sa.Connection, record_id: str) -> Any:
    """The row of ``records`` with this id; None where there is none."""
    query = sa.select(records).where(RECORD.id == record_id)
    return connection.execute(query).first()


def _bodies_of(connection: sa.Connection, ids: Sequence[str]) -> dict[str, bytes]:
    query = sa.select(bodies).where(BODY.record.in_(ids))
    return {row.record: row.body for row in connection.execute(query)}


def _decisions_of(
    connection: sa.Connection, ids: Sequence[str]
) -> dict[tuple[str, int], list[Decision]]:
    """Decisions in the order they were made, by record and reading."""
    query = sa.select(decisions).where(DECISION.record.in_(ids))
    made: dict[tuple[str, int], list[Decision]] = defaultdict(list)
    for row in connection.execute(query.order_by(DECISION.seq)):
        decision = decision_from_json(json.loads(row.body))
        made[row.record, row.reading].append(decision)
    return made


def queue_order(query: sa.Select[Any]) -> sa.Select[Any]:
    """Records as they came in; each has a ``seq`` of its own."""
    return query.order_by(RECORD.seq, RECORD.id)


def queue(state: RecordState, form: str | None, forms: Iterable[str] | None) -> sa.Select[Any]:
    """Records in one state in the order they came in."""
    query = sa.select(records).where(RECORD.state == state)
    if form is not None:
        query = query.where(RECORD.form == form)
    if forms is not None:
        query = query.where(RECORD.form.in_(list(forms)))
    return queue_order(query)


def wanted_forms(form: str | None, forms: Iterable[str] | None) -> list[str] | None:
    """One form, or any of several in order; None for all."""
    if form is not None:
        return [form]
    if forms is None:
        return None
    return sorted(set(forms))


def line_of(row: Any) -> RecordLine:
    """A row of ``records`` as it is handed out."""
    return RecordLine(
        id=row.id,
        document=row.document,
        file=row.file,
        pages=tuple(json.loads(row.pages)),
        form=row.form,
        version=row.version,
        state=row.state,
        initiative=row.initiative,
        received_on=dt.date.fromisoformat(row.received_on),
        open=tuple(json.loads(row.open)),
        revision=row.revision,
        reading=row.reading,
        checked_by=row.checked_by,
        reviewer=row.reviewer,
        review_until=time_of(row.review_until) if row.review_until else None,
        code=row.code,
        reason=row.reason,
        changed_at=time_of(row.changed_at),
    )


def unknown_record(record_id: str) -> DocumentError:
    """What is told of an id that no record has."""
    return DocumentError(
        "unknown", f"記録 {record_id} は台帳にありません。torikomi status で番号を確かめてください"
    )
