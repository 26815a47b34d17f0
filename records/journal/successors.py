"""A document that is a later state of another: a file that grew or changed after it was taken.

A document is named by its bytes, so the later state is a document of its own. The event
``reopened`` links it to the one before. What is read from it goes on with the ids that the sheets
had before, so that a row that was delivered is corrected and none is added beside it.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from records.journal.rowchanges import set_document, set_record
from records.journal.schema import EVENT, RECORD, records
from records.journal.store import Writer, stamp
from records.types import Problem, Record

SUPERSEDED = "superseded"
"""The code of a document, and of a record, that a later state of the file has taken the place
of."""

CHANGED = Problem(
    "reopened",
    "取り込んだあとにファイルが変わったため、すべてのページを読み直しました。"
    "前の内容と違うので確かめてください。転記済みの行は、確認が済むと直ります",
)
"""What a person is told of a sheet whose earlier reading was ready or delivered, and differs."""

_GONE = (
    "取り込んだあとにファイルが変わり、この用紙は新しい内容に含まれています。"
    "台帳に転記済みのときは、その行を消してください"
)


def earlier_states(connection: sa.Connection, document: str) -> tuple[str, ...]:
    """The documents that ``document`` is a later state of, the latest first."""
    found: list[str] = []
    now = document
    while before := _before(connection, now):
        if before in found or before == document:
            break
        found.append(before)
        now = before
    return tuple(found)


def link(writer: Writer, document: str, before: str, at: dt.datetime, actor: str) -> None:
    """Write of two documents that one is a later state of the other."""
    writer.append("reopened", at, document=document, actor=actor, payload={"before": before})
    writer.append(SUPERSEDED, at, document=before, actor=actor, payload={"by": document})


def close(writer: Writer, before: str, state: str, name: str, at: dt.datetime) -> None:
    """A document that a later one has taken the place of: nobody reads it any more."""
    set_document(
        writer,
        before,
        state="read",
        lease_owner="",
        lease_until=None,
        code=SUPERSEDED,
        reason=f"このあとに届いた内容(文書 {name})に続きます",
        changed_at=stamp(at),
    )
    writer.tally("document", "", state, "read")


def with_old_id(connection: sa.Connection, record: Record, earlier: Sequence[str]) -> Record:
    """The record under the id that the same place of an earlier state has, where there is one.

    Where the later state was read before anybody knew that it is one, its sheets have ids of their
    own, and keep them.
    """
    if not earlier:
        return record
    place = record.id.removeprefix(record.document[:16])
    ids = [record.id]
    ids += [document[:16] + place for document in earlier]
    query = sa.select(RECORD.id).where(RECORD.id.in_(ids))
    known = set(connection.execute(query).scalars())
    for name in ids:
        if name in known:
            return dataclasses.replace(record, id=name)
    return record


def is_same_sheet(before: Record, now: Record) -> bool:
    """Whether two readings say the same of the same pages."""
    if (before.form, before.pages) != (now.form, now.pages):
        return False
    return _contents(before) == _contents(now)


def _contents(record: Record) -> dict[str, tuple[str, Any]]:
    return {name: (field.text, field.value) for name, field in record.fields.items()}


def told_changed(record: Record) -> Record:
    """The record with what a person is to know of it."""
    return dataclasses.replace(record, problems=(*record.problems, CHANGED))


def withdraw(
    writer: Writer,
    earlier: Sequence[str],
    kept: Collection[str],
    at: dt.datetime,
    actor: str,
) -> list[str]:
    """Give back the records of earlier states that the later one does not have any more; their
    ids."""
    gone = []
    for row in _records_of(writer.connection, earlier):
        if row.id in kept or row.state in ("returned", "dropped"):
            continue
        gone.append(row.id)
        set_record(
            writer,
            row.id,
            state="returned",
            code=SUPERSEDED,
            reason=_GONE,
            reviewer="",
            review_until=None,
            changed_at=stamp(at),
        )
        writer.append(
            "returned",
            at,
            document=row.document,
            record=row.id,
            actor=actor,
            payload={"code": SUPERSEDED},
        )
        writer.tally("record", row.form, row.state, "returned")
    return gone


def _before(connection: sa.Connection, document: str) -> str:
    found = connection.execute(
        sa.select(EVENT.payload)
        .where(
            EVENT.document == document,
            EVENT.document != sa.literal_column("''"),
            EVENT.kind == "reopened",
        )
        .order_by(EVENT.seq)
        .limit(1)
    ).scalar_one_or_none()
    if found is None:
        return ""
    return str(json.loads(found)["before"])


def _records_of(connection: sa.Connection, found: Sequence[str]) -> Iterator[Any]:
    query = sa.select(records).where(RECORD.document.in_(found))
    yield from connection.execute(query).all()
