"""Documents: they arrive, are claimed with a lease, and end as read or failed."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from records.errors import DocumentError
from records.journal import successors
from records.journal.rows import Arrival, DocumentRow, DocumentState, Received
from records.journal.schema import arrivals, documents, records
from records.journal.store import Store, Writer, plain, stamp, time_of

EXHAUSTED = "attempts"
"""The code of a document that was tried too often."""


class Documents(Store):
    """What the journal does with documents."""

    def receive(
        self,
        sha256: str,
        name: str,
        size: int,
        at: dt.datetime,
        *,
        token: str = "",
        channel: str = "",
        form: str = "",
    ) -> Received:
        """Take note of a file that came in.

        Returns:
            ``new``: nobody has seen this content, or it had failed and is tried again from the
            start (event ``retried``). ``duplicate``: the content is here already; the event names
            the first file.

        Guarantees: one row a content, however many processes call at once. The same non-empty
        ``token`` again is the
        same arrival: it gets the same answer and writes nothing, so a restart may call this again
        for what it finds.
        """
        return self.receive_many([Arrival(sha256, name, size, token, channel, form)], at)[0]

    def receive_many(self, items: Iterable[Arrival], at: dt.datetime) -> list[Received]:
        """:meth:`receive` for many files in one transaction; answers in the order of ``items``."""
        with self._write() as writer:
            return [self._receive(writer, item, at) for item in items]

    def claim(
        self, owner: str, limit: int, lease_seconds: float, now: dt.datetime
    ) -> list[DocumentRow]:
        """Take up to ``limit`` documents for reading, oldest first; nobody else gets them before
        the lease ends.

        A document whose reader died is given out again once its lease has run out. One that was
        given out as often as the journal's ``attempts`` allows becomes ``failed`` (code
        ``attempts``) instead: it may be what kills readers.
        """
        free = sa.or_(
            documents.c.state == "received",
            sa.and_(documents.c.state == "reading", documents.c.lease_until <= stamp(now)),
        )
        with self._read() as connection:  # whoever polls takes no lock while nothing waits
            waits = connection.execute(sa.select(documents.c.sha256).where(free).limit(1)).first()
        if waits is None:
            return []
        with self._write() as writer:
            worn = sa.select(documents).where(free, documents.c.attempts >= self._attempts)
            for row in writer.connection.execute(worn).all():
                reason = (
                    f"{row.attempts}回読み取りを試みましたが、途中で止まりまし"
                    "た。開けるか確かめ、スキャンし直してください"
                )
                self._fail(writer, _document(row), EXHAUSTED, reason, now, owner)
            chosen = writer.connection.execute(
                sa.select(documents.c.sha256, documents.c.state)
                .where(free)
                .order_by(documents.c.received_at, documents.c.sha256)
                .limit(limit)
            ).all()
            for row in chosen:
                writer.tally("document", "", row.state, "reading")
            taken = writer.connection.execute(
                documents.update()
                .where(documents.c.sha256.in_([row.sha256 for row in chosen]))
                .values(
                    state="reading",
                    attempts=documents.c.attempts + 1,
                    lease_owner=plain(owner),
                    lease_until=stamp(now + dt.timedelta(seconds=lease_seconds)),
                    changed_at=stamp(now),
                )
                .returning(*documents.c)
            ).all()
        return sorted(map(_document, taken), key=lambda d: (d.received_at, d.sha256))

    def renew(
        self, owner: str, sha256s: Sequence[str], lease_seconds: float, now: dt.datetime
    ) -> frozenset[str]:
        """Prolong leases; returns those that ``owner`` still holds. The others belong to somebody
        else by now."""
        with self._write() as writer:
            kept = writer.connection.execute(
                documents.update()
                .where(
                    documents.c.sha256.in_(sha256s),
                    documents.c.state == "reading",
                    documents.c.lease_owner == owner,
                )
                .values(lease_until=stamp(now + dt.timedelta(seconds=lease_seconds)))
                .returning(documents.c.sha256)
            ).scalars()
            return frozenset(kept)

    def release(self, sha256: str, owner: str, now: dt.datetime) -> bool:
        """Give a claimed document back untried (a :class:`ServiceError` on the way): the attempt is
        not counted."""
        with self._write() as writer:
            row = writer.connection.execute(
                documents.update()
                .where(
                    documents.c.sha256 == sha256,
                    documents.c.state == "reading",
                    documents.c.lease_owner == owner,
                )
                .values(
                    state="received",
                    attempts=documents.c.attempts - 1,
                    lease_owner="",
                    lease_until=None,
                    changed_at=stamp(now),
                )
                .returning(documents.c.sha256)
            ).first()
            if row:
                writer.tally("document", "", "reading", "received")
        return row is not None

    def fail(self, sha256: str, reason: str, code: str, at: dt.datetime, actor: str = "") -> bool:
        """A document that will not get better by itself: ``failed`` with a Japanese reason, event
        ``failed``.

        Returns:
            False, and nothing is written, where it is read or failed already.

        Raises:
            DocumentError: there is no such document.
        """
        with self._write() as writer:
            row = self._known(writer, sha256)
            if row.state in ("read", "failed"):
                return False
            self._fail(writer, row, code, reason, at, actor)
        return True

    def retry(
        self, sha256: str, at: dt.datetime, actor: str = "", form: str = "", token: str = ""
    ) -> bool:
        """Let a document be read again, with all attempts, event ``retried``.

        Args:
            sha256: of a failed document, or of a read one (its records that still wait or were
                returned are read anew; those ready or delivered stay as they are).
            form: a form that a person says it is; empty leaves that to the reader.
            token: of the claim, where the file was brought back into processing (``take_back``).

        Returns:
            False, and no event is written, where it waits for a reader anyway.

        Raises:
            DocumentError: there is no such document.
        """
        with self._write() as writer:
            row = self._known(writer, sha256)
            if row.code == successors.SUPERSEDED:
                raise DocumentError(
                    "superseded",
                    f"「{row.name}」は読み直しません。{row.reason}。そちらを読み直してください",
                )
            if token:
                writer.insert(
                    arrivals,
                    token=token,
                    document=sha256,
                    name=row.name,
                    at=stamp(at),
                    verdict="new",
                )
            if row.state in ("received", "reading"):
                return False
            self._again(writer, row, at, actor, form or row.form)
        return True

    def reopen(self, sha256: str, before: str, at: dt.datetime, actor: str = "") -> bool:
        """Say that a document is a later state of another: the same file, grown or changed after it
        was taken (events ``reopened`` and ``superseded``).

        The earlier one is not read any more. What is read from the later one keeps the ids that
        its sheets have from before (:meth:`store_read`).

        Returns:
            False, and nothing is written, where that is known, or would make a circle.

        Raises:
            DocumentError: there is no such document.
        """
        with self._write() as writer:
            old, new = self._known(writer, before), self._known(writer, sha256)
            known = successors.earlier_states(writer.connection, sha256)
            circle = sha256 in (before, *successors.earlier_states(writer.connection, before))
            if known or circle:
                return False
            successors.link(writer, sha256, before, at, actor)
            successors.close(writer, before, old.state, sha256[:12], at)
            if new.state == "read":  # it came before, by another way
                self._withdraw(writer, (before,), (), at, actor)
        return True

    def earlier_states(self, sha256: str) -> tuple[str, ...]:
        """The documents that this one is a later state of, the latest first."""
        with self._read() as connection:
            return successors.earlier_states(connection, sha256)

    def arrived_as(
        self, name: str, channel: str, form: str, since: dt.datetime, besides: str, limit: int = 1
    ) -> list[DocumentRow]:
        """The documents that came under this name in this folder since then, the latest first."""
        query = sa.select(documents).where(
            documents.c.name == plain(name),
            documents.c.channel == channel,
            documents.c.form == form,
            documents.c.received_at >= stamp(since),
            documents.c.sha256 != besides,
        )
        query = query.order_by(documents.c.received_at.desc()).limit(limit)
        with self._read() as connection:
            return [_document(row) for row in connection.execute(query).all()]

    def document(self, sha256: str) -> DocumentRow | None:
        """The document with this sha256."""
        with self._read() as connection:
            row = connection.execute(
                sa.select(documents).where(documents.c.sha256 == sha256)
            ).first()
        return None if row is None else _document(row)

    def find_document(self, text: str) -> DocumentRow:
        """The one document that a person means: the start of its sha256 (six characters or more), a
        record's id, or a name.

        Raises:
            DocumentError: none, or more than one.
        """
        text = text.strip()
        start = text.lower()
        where = documents.c.name == text
        if len(start) >= 6 and all(c in "0123456789abcdef" for c in start):
            where = sa.or_(
                where, sa.and_(documents.c.sha256 >= start, documents.c.sha256 < f"{start}g")
            )
        of_record = sa.select(records.c.document).where(records.c.id == text)
        with self._read() as connection:
            rows = connection.execute(
                sa.select(documents)
                .where(sa.or_(where, documents.c.sha256.in_(of_record)))
                .limit(6)
            ).all()
        if len(rows) == 1:
            return _document(rows[0])
        if not rows:
            raise DocumentError(
                "unknown",
                f"「{text}」に当たる文書はありません。torikomi status で番号を確かめてください",
            )
        names = "、".join(f"{r.sha256[:12]}({r.name})" for r in rows[:5])
        raise DocumentError(
            "ambiguous",
            f"「{text}」に当たる文書がいくつもあります。番号で指定してください: {names}",
        )

    def documents(
        self,
        state: DocumentState | None = None,
        limit: int = 100,
        offset: int = 0,
        newest_first: bool = False,
    ) -> list[DocumentRow]:
        """Documents in the order they came in, of one state or of all."""
        order = (documents.c.received_at, documents.c.sha256)
        query = sa.select(documents).order_by(
            *((c.desc() for c in order) if newest_first else order)
        )
        if state:
            query = query.where(documents.c.state == state)
        with self._read() as connection:
            return [_document(row) for row in connection.execute(query.limit(limit).offset(offset))]

    def _withdraw(
        self,
        writer: Writer,
        earlier: Sequence[str],
        kept: Collection[str],
        at: dt.datetime,
        actor: str,
    ) -> None:
        """Give back the records of earlier states that the later one does not have any more; what a
        person had joined to one of them, or dropped as the same, stands for itself again."""
        while gone := successors.withdraw(writer, earlier, kept, at, actor):
            for name in gone:
                self._let_go(writer, name, at, actor, is_changed=True)

    def _let_go(
        self,
        writer: Writer,
        record_id: str,
        at: dt.datetime,
        actor: str,
        *,
        is_changed: bool = False,
        kept: Sequence[str] = (),
    ) -> None:
        """Before a sheet is read anew, or given back: what a person had joined to it is a sheet of
        its own again.

        Args:
            is_changed: other bytes have taken its place, so that what was dropped as the same sheet
                waits again too.
            kept: ids of pages that the new reading holds, too: they stay joined.
        """

    def _receive(self, writer: Writer, item: Arrival, at: dt.datetime) -> Received:
        token = item.token or uuid.uuid4().hex
        known = writer.connection.execute(
            sa.select(arrivals.c.verdict).where(arrivals.c.token == token)
        ).scalar_one_or_none()
        if known is not None:
            return "new" if known == "new" else "duplicate"
        name = plain(item.name)
        row = writer.connection.execute(
            sa.select(documents).where(documents.c.sha256 == item.sha256)
        ).first()
        if row is not None and row.state == "failed":
            self._again(writer, _document(row), at, "", item.form or row.form)
        elif row is None:
            self._first(writer, item, name, at)
        else:
            writer.append(
                "duplicate",
                at,
                document=item.sha256,
                payload={
                    "name": name,
                    "first": row.name,
                    "first_at": row.received_at,
                    "token": token,
                },
            )
            writer.tally("arrival", "", "", "duplicate")
        verdict: Received = "new" if row is None or row.state == "failed" else "duplicate"
        writer.connection.execute(
            arrivals.insert().values(
                token=token, document=item.sha256, name=name, at=stamp(at), verdict=verdict
            )
        )
        return verdict

    def _first(self, writer: Writer, item: Arrival, name: str, at: dt.datetime) -> None:
        writer.connection.execute(
            documents.insert().values(
                sha256=item.sha256,
                name=name,
                size=item.size,
                state="received",
                channel=item.channel,
                form=item.form,
                received_at=stamp(at),
                received_on=self.day_of(at),
                changed_at=stamp(at),
            )
        )
        writer.append(
            "received",
            at,
            document=item.sha256,
            payload={"name": name, "size": item.size, "channel": item.channel, "form": item.form},
        )
        writer.tally("document", "", "", "received")

    def _again(
        self, writer: Writer, row: DocumentRow, at: dt.datetime, actor: str, form: str
    ) -> None:
        writer.connection.execute(
            documents.update()
            .where(documents.c.sha256 == row.sha256)
            .values(
                state="received",
                attempts=0,
                code="",
                reason="",
                lease_owner="",
                lease_until=None,
                form=form,
                changed_at=stamp(at),
            )
        )
        writer.append(
            "retried",
            at,
            document=row.sha256,
            actor=actor,
            payload={"was": row.state, "code": row.code, "form": form},
        )
        writer.tally("document", "", row.state, "received")

    def _fail(
        self, writer: Writer, row: DocumentRow, code: str, reason: str, at: dt.datetime, actor: str
    ) -> None:
        writer.connection.execute(
            documents.update()
            .where(documents.c.sha256 == row.sha256)
            .values(
                state="failed",
                code=code,
                reason=plain(reason),
                lease_owner="",
                lease_until=None,
                changed_at=stamp(at),
            )
        )
        writer.append(
            "failed",
            at,
            document=row.sha256,
            actor=actor,
            payload={"code": code, "reason": plain(reason), "attempts": row.attempts},
        )
        writer.tally("document", "", row.state, "failed")

    @staticmethod
    def _known(writer: Writer, sha256: str) -> DocumentRow:
        row = writer.connection.execute(
            sa.select(documents).where(documents.c.sha256 == sha256)
        ).first()
        if row is None:
            raise DocumentError(
                "unknown",
                f"文書 {sha256[:12]} は台帳にありません。torikomi status で番号を確かめてください",
            )
        return _document(row)


def _document(row: Any) -> DocumentRow:
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
