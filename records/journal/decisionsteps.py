"""Steps within a transaction by which people's verdicts change how records stand."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import secrets
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from records.codec import canonical, decision_from_json, decision_to_json
from records.errors import DocumentError
from records.journal.loading import load, unknown_record
from records.journal.packing import digest, search_text
from records.journal.receipts import EDITS, MILLISECONDS, N, edits, milliseconds
from records.journal.rowchanges import set_record
from records.journal.rows import RecordLine, RecordRow, RecordState
from records.journal.schema import RECORD, decisions, records
from records.journal.storable import plain
from records.journal.store import Writer, stamp, time_of
from records.journal.verdicts import (
    GIVES_BACK,
    STACK,
    WHOLE,
    answered_all,
    applied,
    open_fields,
    values_of,
)
from records.types import PAGE_MISSING, Decision, Field, Record


class Deciding:
    """The records that one transaction decides on: loaded once, changed here, written at its end.

    Attributes:
        rows: how each record stands after the decisions so far, by id.
    """

    def __init__(self, writer: Writer, ids: Collection[str]) -> None:
        wanted = sa.select(records).where(RECORD.id.in_(ids))
        verified = wanted.with_only_columns(RECORD.id).where(RECORD.verify)
        self._writer = writer
        rows = load(writer.connection, wanted)
        self.rows = {row.id: row for row in rows}
        self._verified = frozenset(writer.connection.execute(verified).scalars())
        self._made: list[dict[str, Any]] = []
        # the row whose words are to be found; None: as they were
        self._changed: dict[str, RecordRow | None] = {}

    def decide(self, decision: Decision) -> None:
        """Take one verdict into account.

        Raises:
            DocumentError: there is no such record, or it may not be decided like this.
            ValueError: the record has no such field.
        """
        row = self.rows.get(decision.record)
        if row is None:
            raise unknown_record(decision.record)
        _refuse(row, decision)
        field = row.as_read.fields.get(decision.field)
        now = self._keep(row, field, decision)
        if now is None:
            return
        if decision.verdict not in GIVES_BACK:
            self._settle(row, now, decision)
        elif now.state == "returned":
            self.rows[row.id] = now
        else:
            self._return(now, decision)

    def for_stack(self, decision: Decision) -> list[Decision]:
        """The same answer for the other sheets of a stack whose order a person has confirmed."""
        row = self.rows[decision.record]
        is_answer = decision.field == WHOLE and decision.verdict == "accept"
        if not is_answer or STACK not in _problems_of(row):
            return []
        document = row.line.document
        in_document = RECORD.document == document
        waiting = sa.select(records).where(
            in_document,
            RECORD.state == "waiting",
            RECORD.id.not_in(list(self.rows)),
        )
        for other in load(self._writer.connection, waiting):
            if _asks_for_order_only(other):
                self.rows[other.id] = other
        verified = sa.select(RECORD.id).where(in_document, RECORD.verify)
        self._verified |= frozenset(self._writer.connection.execute(verified).scalars())
        further = []
        for other in self.rows.values():
            is_other = other.line.document == document and other.id != row.id
            if is_other and _asks_for_order_only(other):
                same = dataclasses.replace(decision, record=other.id, seconds=0.0)
                further.append(same)
        return further

    def write(self) -> None:
        """Write the decisions, and how the records stand now."""
        connection = self._writer.connection
        if self._made:
            connection.execute(decisions.insert(), self._made)
        for name, found in self._changed.items():
            values = standing(self.rows[name].line)
            if found is not None:
                values["search"] = search_text(found.record, found.line.file)
            set_record(self._writer, name, **values)

    def _settle(self, before: RecordRow, now: RecordRow, decision: Decision) -> None:
        is_verified = before.id in self._verified
        row = _settled(self._writer, before, now, decision, is_verified)
        self.rows[row.id] = self._changed[row.id] = row

    def _return(self, row: RecordRow, decision: Decision) -> None:
        title = decision.field or "用紙"
        reason = f"「{title}」が読めません。申請者に確かめてください"
        if decision.verdict == "wrong_form":
            reason = "様式が違います"
        line = given_back(row.line, decision.verdict, reason, decision.at, decision.who)
        self.rows[row.id] = dataclasses.replace(row, line=line)
        self._changed.setdefault(row.id, None)
        tell_return(self._writer, row.line, decision.verdict, decision.at, decision.who)

    def _keep(self, row: RecordRow, field: Field | None, decision: Decision) -> RecordRow | None:
        """Note the decision's row, event and sums; the record with it, or None where it is there
        already."""
        spent = milliseconds(decision.seconds)
        decision = dataclasses.replace(decision, seconds=spent / 1000)
        before = [d for d in row.decisions if d.field == decision.field]
        if any(_is_same(one, decision) for one in before):
            return None
        # a drawn value is one trial, however many people look at it or change their mind
        is_sampled = bool(field and field.sampled) and not before
        body = self._note(row.line, field, decision, spent, is_sampled)
        self._count(row.line, field, decision, spent, is_sampled)
        given = (*row.decisions, decision_from_json(json.loads(body)))
        record = applied(row.as_read, given, row.id in self._verified)
        return dataclasses.replace(row, record=record, decisions=given)

    def _note(
        self,
        line: RecordLine,
        field: Field | None,
        decision: Decision,
        spent: int,
        is_sampled: bool,
    ) -> str:
        """The event of a decision, and its row for the end of the step; its JSON."""
        body = canonical(decision_to_json(decision))
        salt = secrets.token_hex(16)
        told = {
            "field": decision.field,
            "verdict": decision.verdict,
            "milliseconds": spent,
            "digest": digest(salt, body),
        }
        seq = self._writer.append(
            "decided",
            decision.at,
            document=line.document,
            record=line.id,
            actor=decision.who,
            payload=told,
        )
        self._made.append(
            {
                "seq": seq,
                "at": stamp(decision.at),
                "day": self._writer.day_of(decision.at),
                "record": line.id,
                "reading": line.reading,
                "field": decision.field,
                "kind": field.kind if field else "",
                "verdict": decision.verdict,
                "who": plain(decision.who),
                "milliseconds": spent,
                "p": field.p if field else 0.0,
                "sampled": is_sampled,
                "form": line.form,
                "initiative": line.initiative,
                "salt": salt,
                "body": body,
            }
        )
        return body

    def _count(
        self,
        line: RecordLine,
        field: Field | None,
        decision: Decision,
        spent: int,
        is_sampled: bool,
    ) -> None:
        day = self._writer.day_of(decision.at)
        sums = {
            N: 1,
            MILLISECONDS: spent,
            decision.verdict: 1,
            "sampled": int(is_sampled),
            "sampled_wrong": int(is_sampled and decision.verdict != "accept"),
            EDITS: edits(field.kind if field else "", decision),
        }
        self._writer.total(day, line.initiative, line.form, "review", sums)


def _refuse(row: RecordRow, decision: Decision) -> None:
    """Raises:
    DocumentError: the record may not be decided like this.
    ValueError: the record has no such field.
    """
    if row.state == "dropped":
        raise DocumentError("dropped", row.line.reason or "この用紙は対象から外されています")
    is_of_whole = decision.field == WHOLE
    if is_of_whole and decision.verdict == "accept" and row.as_read.is_half:
        raise DocumentError(
            "half",
            "足りないページがあるため、この用紙は確定できません。"
            "続きのページとつなぐか、差し戻してください",
        )
    is_known = decision.field in row.as_read.fields
    if not is_known and not (is_of_whole and decision.verdict != "correct"):
        raise ValueError(f"{decision.record} has no field {decision.field!r}")


def _is_same(one: Decision, other: Decision) -> bool:
    if plain(one.who) != plain(other.who):
        return False
    return stamp(one.at) == stamp(other.at)


def _problems_of(row: RecordRow) -> list[str]:
    return [problem.code for problem in row.as_read.problems]


def _asks_for_order_only(row: RecordRow) -> bool:
    return _problems_of(row) == [STACK] and WHOLE in row.line.open


def _settled(
    writer: Writer, before: RecordRow, now: RecordRow, decision: Decision, verify: bool
) -> RecordRow:
    """State, open fields and revision after an accept or a correction, with the event where it is
    ready now."""
    line = now.line
    opened = open_fields(now, verify)
    is_changed = values_of(now.record) != values_of(before.record)
    state: RecordState = "waiting" if opened else "ready"
    if line.state == "delivered" and not is_changed and not opened:
        state = "delivered"
    # What was ready may be on its way to a sink at this moment: another value needs another
    # revision.
    is_new = line.state != "waiting" and (is_changed or line.state == "returned")
    revision = line.revision + int(is_new)
    if state == "ready" and (line.state != "ready" or is_new):
        _tell_ready(writer, line, decision, revision)
    if state != line.state:
        writer.tally("record", line.form, line.state, state)
    has_answered = verify and answered_all(now, opened, decision.who)
    is_done = state != "waiting" or has_answered
    line = dataclasses.replace(
        line,
        state=state,
        open=opened,
        checked_by=plain(decision.who),
        revision=revision,
        code=_code_of(now.as_read),
        reason="",
        changed_at=_stored(decision.at),
        reviewer="" if is_done else line.reviewer,
        review_until=None if is_done else line.review_until,
    )
    return dataclasses.replace(now, line=line)


def _tell_ready(writer: Writer, line: RecordLine, decision: Decision, revision: int) -> None:
    payload = {"by": "person", "revision": revision}
    writer.append(
        "ready",
        decision.at,
        document=line.document,
        record=line.id,
        actor=decision.who,
        payload=payload,
    )


def _code_of(record: Record) -> str:
    return PAGE_MISSING if record.is_half else ""


def _stored(at: dt.datetime) -> dt.datetime:
    """A time as the tables keep it."""
    return time_of(stamp(at))


def given_back(line: RecordLine, code: str, reason: str, at: dt.datetime, actor: str) -> RecordLine:
    """A record's line after somebody has given it back."""
    return dataclasses.replace(
        line,
        state="returned",
        code=code,
        reason=plain(reason),
        reviewer="",
        review_until=None,
        checked_by=plain(actor),
        changed_at=_stored(at),
    )


def tell_return(writer: Writer, line: RecordLine, code: str, at: dt.datetime, actor: str) -> None:
    """The event ``returned``; ``line`` as it was before."""
    payload = {"code": code}
    writer.append(
        "returned", at, document=line.document, record=line.id, actor=actor, payload=payload
    )
    writer.tally("record", line.form, line.state, "returned")


def standing(line: RecordLine) -> dict[str, Any]:
    """The columns of ``records`` that a decision may change."""
    return {
        "state": line.state,
        "open": canonical(list(line.open)),
        "checked_by": line.checked_by,
        "revision": line.revision,
        "code": line.code,
        "reason": line.reason,
        "reviewer": line.reviewer,
        "review_until": stamp(line.review_until) if line.review_until else None,
        "changed_at": stamp(line.changed_at),
    }
