"""Records: stored once read, waiting for a person, decided field by field until they are ready or
returned."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import secrets
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal

import sqlalchemy as sa

from records.codec import (
    canonical,
    decision_from_json,
    decision_to_json,
    record_from_json,
    record_to_json,
)
from records.errors import DocumentError
from records.journal import successors
from records.journal.answers import (
    GIVES_BACK,
    WHOLE,
    answered_all,
    applied,
    open_fields,
    opened_by,
    values_of,
)
from records.journal.measures import EDITS, MILLISECONDS, Measures, N, edits, milliseconds
from records.journal.packing import digest, folded, pack, search_text, unpack
from records.journal.rows import RecordLine, RecordRow, RecordState, SetAside
from records.journal.schema import bodies, decisions, documents, links, prints, records
from records.journal.store import Writer, plain, stamp, time_of
from records.journal.words import with_words
from records.types import PAGE_MISSING, Decision, Field, Receipt, Record

__all__ = ["GIVES_BACK", "WHOLE", "Reviews", "line_of", "queue"]

Kind = Literal["joined", "like", "same"]
"""What a record is to another one (:data:`records.journal.schema.links`)."""

_PAGE = 200

STACK = "stack_by_order"
"""The code of the problem that all sheets of a stack have whose pages only their order joins. Who
answers it for one sheet answers it for the stack."""


class Reviews(Measures):
    """What the journal does with records until they are ready."""

    def store_read(
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

        Where the document is a later state of another (:meth:`reopen`), its sheets keep the ids that
        they have: one that says the same stays as it is, one that differs is read anew, and where
        it was ready or delivered a person looks at it first. A sheet that is not there any more is
        ``returned``.

        Args:
            document: sha256.
            found: the sheets; an empty one is allowed where every page was set aside.
            receipts: what the reading did, at least one for each form.
            pages: page count of the document.
            verify: forms whose doubtful fields need two people of one mind (ベリファイ).

        Returns:
            False, and nothing is written, where the document is read or failed already: another
            reader was faster, or this one was taken for dead. The caller looks at :meth:`document`
            for what holds.

        Raises:
            DocumentError: there is no such document.
            ValueError: a record belongs to another document.
        """
        if any(record.document != document for record in found):
            raise ValueError("a record of another document")
        with self._write() as writer:
            row = self._known(writer, document)
            if row.state in ("read", "failed"):
                return False
            initiatives = {receipt.form: receipt.initiative for receipt in receipts}
            earlier = successors.earlier_states(writer.connection, document)
            sheets = [successors.with_old_id(writer.connection, one, earlier) for one in found]
            states, kept = (document, *earlier), {one.id for one in sheets}
            self._withdraw(writer, earlier, kept, at, actor)
            stored = [
                record
                for record in sheets
                if self._store(
                    writer,
                    self._with_elsewhere(writer, record, states),
                    row.name,
                    row.received_on.isoformat(),
                    initiatives.get(record.form, ""),
                    record.form in verify,
                    at,
                    actor,
                )
            ]
            self._covered_by(writer, states, sheets, stored, at, actor)
            self._withdraw(writer, earlier, kept, at, actor)  # what was let go meanwhile
            for aside in set_aside:
                writer.append(
                    "set_aside",
                    at,
                    document=document,
                    actor=actor,
                    payload={
                        "pages": list(aside.pages),
                        "code": aside.code,
                        "message": plain(aside.message),
                        "nearest": aside.nearest,
                    },
                )
            for receipt in receipts:
                self._receipt(writer, receipt, at, actor, document)
            writer.connection.execute(
                documents.update()
                .where(documents.c.sha256 == document)
                .values(
                    state="read",
                    pages=pages,
                    lease_owner="",
                    lease_until=None,
                    code="",
                    reason="",
                    changed_at=stamp(at),
                )
            )
            writer.tally("document", "", row.state, "read")
        return True

    def record(self, record_id: str) -> RecordRow | None:
        """The record with its fields as they are now, and as they were read."""
        with self._read() as connection:
            found = self._load(connection, sa.select(records).where(records.c.id == record_id))
        return found[0] if found else None

    def records_of(self, document: str) -> list[RecordRow]:
        """The records of one document, by page."""
        with self._read() as connection:
            return self._load(
                connection,
                sa.select(records).where(records.c.document == document).order_by(records.c.id),
            )

    def waiting_problems(self) -> Counter[str]:
        """How many waiting sheets have each problem of their own, apart from any field, that nobody
        has answered: a note in the margin, pages in the wrong order."""
        told: Counter[str] = Counter()
        query = (
            sa.select(records.c.id)
            .where(records.c.state == "waiting", records.c.open.startswith('[""'))
            .order_by(records.c.id)
        )
        with self._read() as connection:
            ids = [row.id for row in connection.execute(query)]
        for start in range(0, len(ids), _PAGE):
            for row in self.records(ids[start : start + _PAGE]):
                told.update({problem.code for problem in row.as_read.problems})
        return told

    def records(self, ids: Sequence[str]) -> list[RecordRow]:
        """The records with these ids, in the order of ``ids``; one that is not there is left
        out."""
        with self._read() as connection:
            found = {
                row.id: row
                for row in self._load(connection, sa.select(records).where(records.c.id.in_(ids)))
            }
        return [found[name] for name in ids if name in found]

    def decided(self) -> Iterator[RecordRow]:
        """Every record on whose present reading a person has decided anything, in the order they
        came in, streamed."""
        touched = (
            sa.select(decisions.c.seq)
            .where(decisions.c.record == records.c.id, decisions.c.reading == records.c.reading)
            .exists()
        )
        query, after = queue_order(sa.select(records).where(touched)), 0
        while True:
            with self._read() as connection:
                rows = self._load(connection, query.where(records.c.seq > after).limit(_PAGE))
                after = (
                    connection.execute(
                        sa.select(records.c.seq).where(records.c.id == rows[-1].id)
                    ).scalar_one()
                    if rows
                    else 0
                )
            yield from rows
            if len(rows) < _PAGE:
                return

    def waiting(
        self,
        form: str | None = None,
        limit: int = 50,
        *,
        forms: Iterable[str] | None = None,
        after: int = 0,
    ) -> list[RecordRow]:
        """Records that wait for a person, in the order they came in.

        Args:
            form: one form; ``forms``: any of these (what a department may see). None of both: all.
            after: leave out this many (reads only; :meth:`reserve` gives each record to one
            person).
        """
        with self._read() as connection:
            return self._load(connection, queue("waiting", form, forms).limit(limit).offset(after))

    def reserve(
        self,
        who: str,
        limit: int,
        seconds: float,
        now: dt.datetime,
        *,
        form: str | None = None,
        forms: Iterable[str] | None = None,
        field: str | None = None,
        only: str | None = None,
    ) -> list[RecordRow]:
        """Give waiting records to one person: nobody else gets them for ``seconds``, or until they
        are decided.

        With two-person checking, a person does not get a record on which nothing is left that they
        may answer. Calling again prolongs what the person holds, and fills up to ``limit``.

        Args:
            field: only records in which this field is open.
            only: this record and no other. Without it, sheets of which a page is missing are left
                out (:meth:`records.journal.Journal.lone`): nobody can answer them by looking.
        """
        wanted = [form] if form is not None else None if forms is None else sorted(set(forms))
        first = queue("waiting", None, None)
        first = (
            first
            if field is None
            else first.where(records.c.open.contains(canonical(field), autoescape=True))
        )
        complete = records.c.code != PAGE_MISSING
        first = first.where(complete if only is None else records.c.id == only)
        first = first.where(_answerable(who)).limit(limit)
        with self._write() as writer:
            held = writer.connection.execute(
                (first if wanted is None else first.where(records.c.form.in_(wanted))).where(
                    records.c.reviewer == who, records.c.reviewer != sa.literal_column("''")
                )
            ).all()
            others = first.where(
                records.c.reviewer != who,
                sa.or_(records.c.reviewer == "", records.c.review_until <= stamp(now)),
            )
            parts = (
                [others]
                if wanted is None
                else [others.where(records.c.form == one) for one in wanted]
            )  # each by its index
            free = [
                row
                for part in parts
                for row in writer.connection.execute(part.limit(limit - len(held)))
            ]
            ids = [
                row.id for row in [*held, *sorted(free, key=lambda row: (row.seq, row.id))][:limit]
            ]
            writer.connection.execute(
                records.update()
                .where(records.c.id.in_(ids))
                .values(
                    reviewer=plain(who), review_until=stamp(now + dt.timedelta(seconds=seconds))
                )
            )
            return self._load(
                writer.connection,
                sa.select(records).where(records.c.id.in_(ids)).order_by(records.c.seq),
            )

    def unreserve(self, who: str, record_ids: Sequence[str]) -> None:
        """Give reserved records back undecided."""
        with self._write() as writer:
            writer.connection.execute(
                records.update()
                .where(records.c.id.in_(record_ids), records.c.reviewer == who)
                .values(reviewer="", review_until=None)
            )

    def decide(self, decision: Decision) -> RecordRow:
        """Keep a person's verdict on one field; see :meth:`decide_many`."""
        return self.decide_many([decision])[0]

    def decide_many(self, made: Sequence[Decision]) -> list[RecordRow]:
        """Keep verdicts in one transaction, with an event ``decided`` for each, and say how the
        records stand now.

        * ``accept``, ``correct``: the field is settled with ``after`` (with two-person checking,
          once two people agree or a third has spoken). When no field is open, the record becomes
          ``ready`` (event).
        * ``unreadable``, ``wrong_form``: the record becomes ``returned`` (event) at once. A later
          ``accept`` or ``correct`` (the applicant has answered) brings it back.
        * A value that changes after delivery makes the record ``ready`` again with a new revision,
          so that the sinks update their row.

        The value is taken as it is: normalising and checking it is the caller's work. The same
        decision again (record, field, person, time) is written once. The seconds are kept to the
        millisecond.

        Returns:
            one row a decision, in order.

        Raises:
            DocumentError: there is no such record.
            ValueError: the record has no such field.
        """
        wanted = sa.select(records).where(records.c.id.in_({d.record for d in made}))
        with self._write() as writer:
            held = _Held(
                {row.id: row for row in self._load(writer.connection, wanted)},
                frozenset(
                    writer.connection.execute(
                        wanted.with_only_columns(records.c.id).where(records.c.verify)
                    ).scalars()
                ),
            )
            for decision in made:
                self._decide(writer, held, decision)
                for further in self._for_stack(writer, held, decision):
                    self._decide(writer, held, further)
            held.write(writer)
        return [held.rows[decision.record] for decision in made]

    def return_record(
        self, record_id: str, code: str, reason: str, at: dt.datetime, actor: str = ""
    ) -> bool:
        """Give a whole record back with a reason (event ``returned``); False where it is returned
        already."""
        with self._write() as writer:
            line = self._line(writer, record_id)
            if line.state in ("returned", "dropped"):
                return False
            given_back = _given_back(line, code, reason, at, actor)
            writer.connection.execute(
                records.update().where(records.c.id == line.id).values(**_standing(given_back))
            )
            _tell_return(writer, line, code, at, actor)
        return True

    def search(
        self,
        *,
        text: str = "",
        form: str | None = None,
        forms: Iterable[str] | None = None,
        state: RecordState | None = None,
        since: dt.date | None = None,
        until: dt.date | None = None,
        limit: int = 50,
        offset: int = 0,
    ) -> list[RecordLine]:
        """Records in a list, the latest first.

        Args:
            text: words that all occur in what is written on the sheet (names, places, numbers that
                identify, dates; not My Numbers, amounts and marks), its id or its file's name;
                letter case and width do not matter.
            since, until: calendar days of receipt, both included.
        """
        query = sa.select(records)
        query = query if state is None else query.where(records.c.state == state)
        query = query if since is None else query.where(records.c.received_on >= since.isoformat())
        query = query if until is None else query.where(records.c.received_on <= until.isoformat())
        wanted = [form] if form is not None else None if forms is None else sorted(set(forms))
        with self._read() as connection:
            query, led = with_words(connection, query, folded(text).split())
            if since or until:
                query = query.order_by(
                    records.c.received_on.desc()
                )  # as the index has them: no sorting of all that match
            query = query.order_by(records.c.seq.desc(), records.c.id)
            if wanted is None:
                return [
                    line_of(row) for row in connection.execute(query.limit(limit).offset(offset))
                ]
            # Form by form, each by its own index: over several at once the database would sort all
            # that match. Words that no index leads to are read in order until enough is found, so
            # there one pass is shorter.
            parts = [records.c.form == one for one in wanted]
            if text.strip() and not led:
                parts = [sa.func.coalesce(records.c.form, "").in_(wanted)]
            rows = [
                row
                for part in parts
                for row in connection.execute(query.where(part).limit(limit + offset))
            ]
        rows.sort(
            key=lambda row: (row.received_on if since or until else "", row.seq), reverse=True
        )
        return [line_of(row) for row in rows[offset : offset + limit]]

    def _store(
        self,
        writer: Writer,
        record: Record,
        file: str,
        received_on: str,
        initiative: str,
        verify: bool,
        at: dt.datetime,
        actor: str,
    ) -> bool:
        """Write one sheet as read, unless it is ready, delivered or dropped already from an earlier
        reading of the same bytes, or of others that say the same; True where it was written."""
        old = writer.connection.execute(sa.select(records).where(records.c.id == record.id)).first()
        is_later = (
            old is not None
            and old.document != record.document
            and not record.id.startswith(record.document[:16])
        )
        if is_later and self._says_the_same(writer, record):
            return False
        if old is not None and old.state in ("ready", "delivered", "dropped"):
            if not is_later:
                return False
            record = successors.told_changed(record)
        if old is not None:
            leaves = [Record.id_of(leaf.document, leaf.number) for leaf in record.leaves]
            self._let_go(writer, record.id, at, actor, is_changed=is_later, kept=leaves)
        record, twin = self._with_twin(writer, record, old, at)
        self._write_record(writer, old, record, file, received_on, initiative, verify, at, actor)
        if twin:
            self._link(writer, record.id, twin, "like", at)
        return True

    def _with_elsewhere(self, writer: Writer, record: Record, states: Sequence[str]) -> Record:
        """The record, with what is to be said of its pages that are joined to another one."""
        return record

    def _with_twin(
        self, writer: Writer, record: Record, old: Any, at: dt.datetime
    ) -> tuple[Record, str]:
        """The record, with what is to be said of another one that it probably is again."""
        return record, ""

    @staticmethod
    def _link(writer: Writer, record_id: str, other: str, kind: Kind, at: dt.datetime) -> None:
        """Note what one record is to another one."""
        writer.connection.execute(links.delete().where(links.c.record == record_id))
        writer.connection.execute(
            links.insert().values(record=record_id, other=other, kind=kind, at=stamp(at))
        )

    def _covered_by(
        self,
        writer: Writer,
        states: Sequence[str],
        found: Sequence[Record],
        stored: Sequence[Record],
        at: dt.datetime,
        actor: str,
    ) -> None:
        """After a document was read anew: what was a sheet and is now a page of another one.

        Args:
            states: the document, and those that it is a later state of.
        """

    def _write_record(
        self,
        writer: Writer,
        old: Any,
        record: Record,
        file: str,
        received_on: str,
        initiative: str,
        verify: bool,
        at: dt.datetime,
        actor: str,
    ) -> None:
        """One reading of a sheet, the first or a later one."""
        opened = opened_by(record)
        state = "waiting" if opened else "ready"
        body, salt = canonical(record_to_json(record)), secrets.token_hex(16)
        seq = writer.append(
            "read",
            at,
            document=record.document,
            record=record.id,
            actor=actor,
            payload={
                "form": record.form,
                "version": record.version,
                "pages": list(record.pages),
                "fit": float(record.fit),
                "fields": len(record.fields),
                "open": len(opened),
                "problems": [p.code for p in record.problems],
                "state": state,
                "digest": digest(salt, body),
            },
        )
        if state == "ready":
            writer.append(
                "ready",
                at,
                document=record.document,
                record=record.id,
                actor=actor,
                payload={"by": "machine"},
            )
        values = {
            "document": record.document,
            "file": file,
            "pages": json.dumps(list(record.pages)),
            "form": record.form,
            "version": record.version,
            "state": state,
            "initiative": initiative,
            "verify": verify,
            "received_on": received_on,
            "open": canonical(list(opened)),
            "checked_by": "",
            "reviewer": "",
            "review_until": None,
            "code": PAGE_MISSING if record.is_half else "",
            "reason": "",
            "changed_at": stamp(at),
            "search": search_text(record, file),
        }
        if old is None:
            writer.connection.execute(
                records.insert().values(id=record.id, seq=seq, revision=1, reading=1, **values)
            )
        else:
            writer.connection.execute(bodies.delete().where(bodies.c.record == record.id))
            writer.connection.execute(
                records.update()
                .where(records.c.id == record.id)
                .values(reading=old.reading + 1, revision=old.revision + 1, **values)
            )
        writer.connection.execute(
            bodies.insert().values(record=record.id, seq=seq, salt=salt, body=pack(body))
        )
        writer.connection.execute(prints.delete().where(prints.c.record == record.id))
        inks = [
            {
                "record": record.id,
                "face": leaf.face,
                "form": record.form,
                "seq": seq,
                "ink": bytes.fromhex(leaf.ink),
            }
            for leaf in record.leaves
            if leaf.ink
        ]
        if inks:
            writer.connection.execute(prints.insert(), inks)
        writer.tally("record", old.form if old else "", old.state if old else "", "")
        writer.tally("record", record.form, "", state)

    def _for_stack(self, writer: Writer, held: _Held, decision: Decision) -> list[Decision]:
        """The same answer for the other sheets of a stack whose order a person has confirmed."""
        row = held.rows[decision.record]
        codes = {problem.code for problem in row.as_read.problems}
        if decision.field != WHOLE or decision.verdict != "accept" or STACK not in codes:
            return []
        query = sa.select(records).where(
            records.c.document == row.line.document,
            records.c.state == "waiting",
            records.c.id.not_in(list(held.rows)),
        )
        for other in self._load(writer.connection, query):
            told = [problem.code for problem in other.as_read.problems]
            if told == [STACK] and WHOLE in other.line.open:
                held.rows[other.id] = other
        verified = sa.select(records.c.id).where(
            records.c.document == row.line.document, records.c.verify
        )
        held.verified |= frozenset(writer.connection.execute(verified).scalars())
        return [
            dataclasses.replace(decision, record=other.id, seconds=0.0)
            for other in held.rows.values()
            if other.line.document == row.line.document
            and other.id != row.id
            and [problem.code for problem in other.as_read.problems] == [STACK]
            and WHOLE in other.line.open
        ]

    def _says_the_same(self, writer: Writer, record: Record) -> bool:
        """Whether a later state of a file says of this sheet what the earlier one said."""
        query = sa.select(records).where(records.c.id == record.id)
        [before] = self._load(writer.connection, query)
        return before.state != "returned" and successors.is_same_sheet(before.as_read, record)

    def _decide(self, writer: Writer, held: _Held, decision: Decision) -> None:
        row = held.rows.get(decision.record)
        if row is None:
            raise _unknown(decision.record)
        if row.state == "dropped":
            raise DocumentError("dropped", row.line.reason or "この用紙は対象から外されています")
        if decision.field == WHOLE and decision.verdict == "accept" and row.as_read.is_half:
            raise DocumentError(
                "half",
                "足りないページがあるため、この用紙は確定できません。"
                "続きのページとつなぐか、差し戻してください",
            )
        field = row.as_read.fields.get(decision.field)
        if field is None and not (decision.field == WHOLE and decision.verdict != "correct"):
            raise ValueError(f"{decision.record} has no field {decision.field!r}")
        now = self._keep(writer, held, row, field, decision)
        if now is None:
            return
        if decision.verdict not in GIVES_BACK:
            held.settled(_settled(writer, row, now, decision, row.id in held.verified))
        elif now.state == "returned":
            held.rows[row.id] = now
        else:
            title = decision.field or "用紙"
            reason = (
                "様式が違います"
                if decision.verdict == "wrong_form"
                else f"「{title}」が読めません。申請者に確かめてください"
            )
            held.returned(
                now, _given_back(now.line, decision.verdict, reason, decision.at, decision.who)
            )
            _tell_return(writer, now.line, decision.verdict, decision.at, decision.who)

    def _keep(
        self,
        writer: Writer,
        held: _Held,
        row: RecordRow,
        field: Field | None,
        decision: Decision,
    ) -> RecordRow | None:
        """Note the decision's row, event and sums; the record with it, or None where it is there
        already."""
        spent = milliseconds(decision.seconds)
        decision = dataclasses.replace(decision, seconds=spent / 1000)
        line, who, when = row.line, plain(decision.who), stamp(decision.at)
        before = [d for d in row.decisions if d.field == decision.field]
        if any(plain(d.who) == who and stamp(d.at) == when for d in before):
            return None
        body, salt, day = (
            canonical(decision_to_json(decision)),
            secrets.token_hex(16),
            self.day_of(decision.at),
        )
        # a drawn value is one trial, however many people look at it or change their mind
        sampled = bool(field and field.sampled) and not before
        seq = writer.append(
            "decided",
            decision.at,
            document=line.document,
            record=line.id,
            actor=decision.who,
            payload={
                "field": decision.field,
                "verdict": decision.verdict,
                "milliseconds": spent,
                "digest": digest(salt, body),
            },
        )
        held.made.append(
            {
                "seq": seq,
                "at": when,
                "day": day,
                "record": line.id,
                "reading": line.reading,
                "field": decision.field,
                "kind": field.kind if field else "",
                "verdict": decision.verdict,
                "who": who,
                "milliseconds": spent,
                "p": field.p if field else 0.0,
                "sampled": sampled,
                "form": line.form,
                "initiative": line.initiative,
                "salt": salt,
                "body": body,
            }
        )
        writer.total(
            day,
            line.initiative,
            line.form,
            "review",
            {
                N: 1,
                MILLISECONDS: spent,
                decision.verdict: 1,
                "sampled": int(sampled),
                "sampled_wrong": int(sampled and decision.verdict != "accept"),
                EDITS: edits(field.kind if field else "", decision),
            },
        )
        given = (*row.decisions, decision_from_json(json.loads(body)))
        return dataclasses.replace(
            row, record=applied(row.as_read, given, row.id in held.verified), decisions=given
        )

    def _line(self, writer: Writer, record_id: str) -> RecordLine:
        row = writer.connection.execute(sa.select(records).where(records.c.id == record_id)).first()
        if row is None:
            raise _unknown(record_id)
        return line_of(row)

    @staticmethod
    def _load(connection: sa.Connection, query: sa.Select[Any]) -> list[RecordRow]:
        """The rows of ``query`` over ``records`` with their bodies and decisions, in its order:
        three queries in all."""
        rows = connection.execute(query).all()
        if not rows:
            return []
        ids = [row.id for row in rows]
        body = {
            b.record: b.body
            for b in connection.execute(sa.select(bodies).where(bodies.c.record.in_(ids)))
        }
        made: dict[tuple[str, int], list[Decision]] = defaultdict(list)
        for d in connection.execute(
            sa.select(decisions).where(decisions.c.record.in_(ids)).order_by(decisions.c.seq)
        ):
            made[d.record, d.reading].append(decision_from_json(json.loads(d.body)))
        loaded = []
        for row in rows:
            as_read = record_from_json(json.loads(unpack(body[row.id])))
            given = tuple(made[row.id, row.reading])
            loaded.append(
                RecordRow(line_of(row), applied(as_read, given, row.verify), as_read, given)
            )
        return loaded


class _Held:
    """The records that one transaction decides on: loaded once, changed here, written at its end.

    Attributes:
        rows: how each record stands after the decisions so far, by id.
        verified: ids of those that need two people of one mind.
        made: rows of ``decisions`` to insert.
    """

    def __init__(self, rows: dict[str, RecordRow], verified: frozenset[str]) -> None:
        self.rows, self.verified = rows, verified
        self.made: list[dict[str, Any]] = []
        self._changed: dict[
            str, RecordRow | None
        ] = {}  # the row whose words are to be found, None: as they were

    def settled(self, row: RecordRow) -> None:
        self.rows[row.id] = self._changed[row.id] = row

    def returned(self, row: RecordRow, line: RecordLine) -> None:
        self.rows[row.id] = dataclasses.replace(row, line=line)
        self._changed.setdefault(row.id, None)

    def write(self, writer: Writer) -> None:
        if self.made:
            writer.connection.execute(decisions.insert(), self.made)
        for name, found in self._changed.items():
            values = _standing(self.rows[name].line)
            if found is not None:
                values["search"] = search_text(found.record, found.line.file)
            writer.connection.execute(records.update().where(records.c.id == name).values(**values))


def _settled(
    writer: Writer, before: RecordRow, now: RecordRow, decision: Decision, verify: bool
) -> RecordRow:
    """State, open fields and revision after an accept or a correction, with the event where it is
    ready now."""
    line = now.line
    opened = open_fields(now, verify)
    changed = values_of(now.record) != values_of(before.record)
    state: RecordState = "waiting" if opened else "ready"
    if line.state == "delivered" and not changed and not opened:
        state = "delivered"
    # What was ready may be on its way to a sink at this moment: another value needs another
    # revision.
    new = line.state != "waiting" and (changed or line.state == "returned")
    revision = line.revision + int(new)
    done = state != "waiting" or (verify and answered_all(now, opened, decision.who))
    if state == "ready" and (line.state != "ready" or new):
        writer.append(
            "ready",
            decision.at,
            document=line.document,
            record=line.id,
            actor=decision.who,
            payload={"by": "person", "revision": revision},
        )
    if state != line.state:
        writer.tally("record", line.form, line.state, state)
    return dataclasses.replace(
        now,
        line=dataclasses.replace(
            line,
            state=state,
            open=opened,
            checked_by=plain(decision.who),
            revision=revision,
            code=PAGE_MISSING if now.as_read.is_half else "",
            reason="",
            changed_at=time_of(stamp(decision.at)),
            reviewer="" if done else line.reviewer,
            review_until=None if done else line.review_until,
        ),
    )


def _given_back(
    line: RecordLine, code: str, reason: str, at: dt.datetime, actor: str
) -> RecordLine:
    return dataclasses.replace(
        line,
        state="returned",
        code=code,
        reason=plain(reason),
        reviewer="",
        review_until=None,
        checked_by=plain(actor),
        changed_at=time_of(stamp(at)),
    )


def _tell_return(writer: Writer, line: RecordLine, code: str, at: dt.datetime, actor: str) -> None:
    writer.append(
        "returned", at, document=line.document, record=line.id, actor=actor, payload={"code": code}
    )
    writer.tally("record", line.form, line.state, "returned")


def _standing(line: RecordLine) -> dict[str, Any]:
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


def _unknown(record_id: str) -> DocumentError:
    return DocumentError(
        "unknown", f"記録 {record_id} は台帳にありません。torikomi status で番号を確かめてください"
    )


def _answerable(who: str) -> sa.ColumnElement[bool]:
    """Without two-person checking, any record; with it, one that has an open field which ``who``
    has not answered."""
    quoted = sa.literal('"') + decisions.c.field + '"'
    answered = (
        sa.select(sa.func.count(sa.distinct(decisions.c.field)))
        .where(
            decisions.c.record == records.c.id,
            decisions.c.reading == records.c.reading,
            decisions.c.who == who,
            decisions.c.verdict.not_in(GIVES_BACK),
            sa.func.replace(records.c.open, quoted, "") != records.c.open,
        )
        .scalar_subquery()
    )
    separators = sa.func.length(records.c.open) - sa.func.length(
        sa.func.replace(records.c.open, '","', "")
    )
    return sa.or_(sa.not_(records.c.verify), answered * 3 < separators + 3)


def queue_order(query: sa.Select[Any]) -> sa.Select[Any]:
    """Records as they came in; each has a ``seq`` of its own."""
    return query.order_by(records.c.seq, records.c.id)


def queue(state: RecordState, form: str | None, forms: Iterable[str] | None) -> sa.Select[Any]:
    """Records in one state in the order they came in."""
    query = queue_order(sa.select(records).where(records.c.state == state))
    query = query if form is None else query.where(records.c.form == form)
    return query if forms is None else query.where(records.c.form.in_(list(forms)))


def line_of(row: Any) -> RecordLine:
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
