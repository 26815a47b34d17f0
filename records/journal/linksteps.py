"""Steps within a transaction over records that are parts of one sheet, or one sheet twice."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any, Literal

import sqlalchemy as sa

from records.halves import ELSEWHERE
from records.journal import successors
from records.journal.loading import load_one
from records.journal.receipts import milliseconds
from records.journal.rowchanges import set_record
from records.journal.schema import LINK, RECORD, links, records
from records.journal.storable import plain
from records.journal.store import Writer, stamp
from records.types import PAGE_MISSING, Problem, Record

Kind = Literal["joined", "like", "same"]
"""What a record is to another one (:data:`records.journal.schema.links`)."""

OPEN = ("waiting", "returned")
"""States of a sheet that is a person's to change."""


def link(writer: Writer, record_id: str, other: str, kind: Kind, at: dt.datetime) -> None:
    """Note what one record is to another one."""
    unlink(writer, record_id)
    noted = {"record": record_id, "other": other, "kind": kind, "at": stamp(at)}
    writer.connection.execute(links.insert().values(**noted))


def unlink(writer: Writer, record_id: str) -> None:
    """Let a record stand for itself."""
    writer.connection.execute(links.delete().where(LINK.record == record_id))


def drop(
    writer: Writer,
    row: Any,
    kind: Kind,
    other: str,
    at: dt.datetime,
    who: str,
    seconds: float = 0.0,
) -> None:
    """Take a sheet out, because it is a part of another one or the same one again. Event
    ``dropped``.

    Args:
        seconds: attention that a person gave to it.
    """
    if kind == "joined":
        reason = f"受付番号 {other} の用紙の続きのページとしてつなぎました"
    else:
        reason = f"受付番号 {other} と同じ用紙なので、転記しません"
    payload = {"kind": kind, "other": other, "milliseconds": milliseconds(seconds)}
    writer.append("dropped", at, document=row.document, record=row.id, actor=who, payload=payload)
    writer.tally("record", row.form, row.state, "dropped")
    set_record(
        writer,
        row.id,
        state="dropped",
        code=kind,
        reason=reason,
        reviewer="",
        review_until=None,
        checked_by=plain(who),
        changed_at=stamp(at),
    )
    link(writer, row.id, other, kind, at)


def restore(writer: Writer, row: Any, at: dt.datetime, who: str) -> None:
    """Undo a drop: the record waits again as it was read. Event ``restored``."""
    unlink(writer, row.id)
    writer.append("restored", at, document=row.document, record=row.id, actor=who)
    writer.tally("record", row.form, "dropped", "waiting")
    writer.flush()
    found = load_one(writer.connection, row.id)
    is_half = found is not None and found.as_read.is_half
    set_record(
        writer,
        row.id,
        state="waiting",
        code=PAGE_MISSING if is_half else "",
        reason="",
        changed_at=stamp(at),
    )


def let_go(
    writer: Writer,
    record_id: str,
    at: dt.datetime,
    actor: str,
    *,
    is_changed: bool = False,
    kept: Sequence[str] = (),
) -> None:
    """Before a sheet is read anew, or given back: what a person had joined to it is a sheet of its
    own again.

    Args:
        is_changed: other bytes have taken its place, so that what was dropped as the same sheet
            waits again too.
        kept: ids of pages that the new reading holds, too: they stay joined.
    """
    kinds = ("joined", "same") if is_changed else ("joined",)
    dropped = sa.select(records).join(links, LINK.record == RECORD.id)
    dropped = dropped.where(
        LINK.other == record_id,
        LINK.kind.in_(kinds),
        RECORD.state == "dropped",
        RECORD.id.not_in(kept),
    )
    for row in writer.connection.execute(dropped).all():
        restore(writer, row, at, actor)
    unlink(writer, record_id)


def withdraw(
    writer: Writer, earlier: Sequence[str], kept: Collection[str], at: dt.datetime, actor: str
) -> None:
    """Give back the records of earlier states that the later one does not have any more; what a
    person had joined to one of them, or dropped as the same, stands for itself again."""
    while gone := successors.withdraw(writer, earlier, kept, at, actor):
        for name in gone:
            let_go(writer, name, at, actor, is_changed=True)


def with_elsewhere(writer: Writer, record: Record, states: Sequence[str]) -> Record:
    """The record, with what is to be said of its pages that are joined to another one.

    Args:
        states: its document, and those that it is a later state of.
    """
    places: dict[str, int] = {}
    for document in states:
        for number in record.pages:
            places[Record.id_of(document, number)] = number
    query = sa.select(RECORD.id, LINK.other)
    query = query.join(links, LINK.record == RECORD.id)
    query = query.where(
        RECORD.id.in_(places),
        RECORD.state == "dropped",
        LINK.kind == "joined",
        LINK.other != record.id,
    )
    problems = list(record.problems)
    for row in writer.connection.execute(query.order_by(RECORD.id)):
        told = _joined_to(places[row.id], row.other)
        problems.append(Problem(ELSEWHERE, told))
    return dataclasses.replace(record, problems=tuple(problems))


def covered_by(
    writer: Writer,
    states: Sequence[str],
    found: Sequence[Record],
    stored: Sequence[Record],
    at: dt.datetime,
    actor: str,
) -> None:
    """After a document was read anew: what was a sheet and is now a page of another one is dropped.

    Args:
        states: the document, and those that it is a later state of.
        found: all its sheets; stored: those of them that were written.
    """
    owner = _owners(states, found, stored)
    # what is of an earlier state yet is given back, with what to do with its row
    query = sa.select(records).where(
        RECORD.id.in_(owner),
        RECORD.document == states[0],
        RECORD.state.in_(OPEN),
    )
    for row in writer.connection.execute(query).all():
        drop(writer, row, "joined", owner[row.id], at, actor)


def _owners(
    states: Sequence[str], found: Sequence[Record], stored: Sequence[Record]
) -> dict[str, str]:
    """The sheet that each page belongs to, by the id that the page would have as a sheet."""
    known = {record.id for record in found}
    owner: dict[str, str] = {}
    for document in states:
        for record in stored:
            for number in record.pages:
                page = Record.id_of(document, number)
                if page not in known:
                    owner[page] = record.id
    return owner


def _joined_to(number: int, other: str) -> str:
    return (
        f"{number}ページ目は、前に受付番号 {other} の用紙とつないであります。今回の読み取りと違うので、"
        "どちらの用紙のページか確かめ、もう一方の用紙の値も直してください"
    )
