"""Steps over one document within a transaction: it arrives, fails, or is tried again."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa

from records.errors import DocumentError
from records.filenames import shown_name
from records.journal.rowchanges import set_document
from records.journal.rows import Arrival, DocumentRow, Received
from records.journal.schema import ARRIVAL, DOCUMENT, arrivals, documents
from records.journal.storable import plain
from records.journal.store import Writer, stamp, time_of
from records.mynumber import mask_my_number


def receive_one(writer: Writer, item: Arrival, at: dt.datetime) -> Received:
    """Take note of one arrival, the first of its content or a later one."""
    token = item.token or uuid.uuid4().hex
    same = sa.select(ARRIVAL.verdict).where(ARRIVAL.token == token)
    known = writer.connection.execute(same).scalar_one_or_none()
    if known is not None:
        return "new" if known == "new" else "duplicate"
    name = shown_name(plain(item.name))
    row = _row_of(writer, item.sha256)
    if row is not None and row.state == "failed":
        again(writer, document_of(row), at, "", item.form or row.form)
    elif row is None:
        _first(writer, item, name, at)
    else:
        payload = {
            "name": name,
            "first": row.name,
            "first_at": row.received_at,
            "token": token,
        }
        writer.append("duplicate", at, document=item.sha256, payload=payload)
        writer.tally("arrival", "", "", "duplicate")
    is_new = row is None or row.state == "failed"
    verdict: Received = "new" if is_new else "duplicate"
    arrival = {
        "token": token,
        "document": item.sha256,
        "name": name,
        "at": stamp(at),
        "verdict": verdict,
    }
    writer.connection.execute(arrivals.insert().values(**arrival))
    return verdict


def _first(writer: Writer, item: Arrival, name: str, at: dt.datetime) -> None:
    writer.connection.execute(
        documents.insert().values(
            sha256=item.sha256,
            name=name,
            size=item.size,
            state="received",
            channel=item.channel,
            form=item.form,
            received_at=stamp(at),
            received_on=writer.day_of(at),
            changed_at=stamp(at),
        )
    )
    writer.append(
        "received",
        at,
        document=item.sha256,
        payload={
            "name": name,
            "size": item.size,
            "channel": plain(item.channel),
            "form": item.form,
        },
    )
    writer.tally("document", "", "", "received")


def again(writer: Writer, row: DocumentRow, at: dt.datetime, actor: str, form: str) -> None:
    set_document(
        writer,
        row.sha256,
        state="received",
        attempts=0,
        code="",
        reason="",
        lease_owner="",
        lease_until=None,
        form=form,
        changed_at=stamp(at),
    )
    writer.append(
        "retried",
        at,
        document=row.sha256,
        actor=actor,
        payload={"was": row.state, "code": row.code, "form": form},
    )
    writer.tally("document", "", row.state, "received")


def fail(
    writer: Writer, row: DocumentRow, code: str, reason: str, at: dt.datetime, actor: str
) -> None:
    reason = mask_my_number(plain(reason))
    set_document(
        writer,
        row.sha256,
        state="failed",
        code=code,
        reason=reason,
        lease_owner="",
        lease_until=None,
        changed_at=stamp(at),
    )
    writer.append(
        "failed",
        at,
        document=row.sha256,
        actor=actor,
        payload={"code": code, "reason": plain(reason), "attempts": row.attempts},
    )
    writer.tally("document", "", row.state, "failed")


def known_document(writer: Writer, sha256: str) -> DocumentRow:
    row = _row_of(writer, sha256)
    if row is None:
        raise DocumentError(
            "unknown",
            f"文書 {sha256[:12]} は台帳にありません。torikomi status で番号を確かめてください",
        )
    return document_of(row)


def _row_of(writer: Writer, sha256: str) -> Any:
    query = sa.select(documents).where(DOCUMENT.sha256 == sha256)
    return writer.connection.execute(query).first()


def document_of(row: Any) -> DocumentRow:
    return DocumentRow(
        sha256=row.sha256,
        name=row.name,
        size=row.size,
        state=row.state,
        attempts=row.attempts,
        lease_owner=row.lease_owner,
        lease_until=time_of(row.lease_until) if row.lease_until else None,
        pages=row.pages,
        code=row.code,
        reason=row.reason,
        channel=row.channel,
        form=row.form,
        received_at=time_of(row.received_at),
        received_on=dt.date.fromisoformat(row.received_on),
    )
