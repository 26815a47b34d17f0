"""Documents: they arrive, are claimed with a lease, and end as read or failed."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from records.errors import DocumentError
from records.filenames import shown_name
from records.journal import successors
from records.journal.documentsteps import again, document_of, fail, known_document, receive_one
from records.journal.linksteps import withdraw
from records.journal.rows import Arrival, DocumentRow, DocumentState, Received
from records.journal.schema import DOCUMENT, RECORD, arrivals, documents
from records.journal.storable import plain
from records.journal.store import Store, stamp

_NUMBER = re.compile("[0-9a-f]{6,}")

EXHAUSTED = "attempts"
"""The code of a document that was tried too often."""


class Documents:
    """Documents: claimed, read, failed, tried again, and found."""

    def __init__(self, store: Store) -> None:
        self._store = store

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
        arrival = Arrival(sha256, name, size, token, channel, form)
        return self.receive_many([arrival], at)[0]

    def receive_many(self, items: Iterable[Arrival], at: dt.datetime) -> list[Received]:
        """:meth:`receive` for many files in one transaction; answers in the order of ``items``."""
        with self._store.write() as writer:
            return [receive_one(writer, item, at) for item in items]

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
            DOCUMENT.state == "received",
            sa.and_(DOCUMENT.state == "reading", DOCUMENT.lease_until <= stamp(now)),
        )
        with self._store.read() as connection:  # whoever polls takes no lock while nothing waits
            waiting = sa.select(DOCUMENT.sha256).where(free).limit(1)
            waits = connection.execute(waiting).first()
        if waits is None:
            return []
        with self._store.write() as writer:
            worn = sa.select(documents).where(free, DOCUMENT.attempts >= self._store.attempts)
            for row in writer.connection.execute(worn).all():
                reason = (
                    f"{row.attempts}回読み取りを試みましたが、途中で止まりまし"
                    "た。開けるか確かめ、スキャンし直してください"
                )
                fail(writer, document_of(row), EXHAUSTED, reason, now, owner)
            chosen = writer.connection.execute(
                sa.select(DOCUMENT.sha256, DOCUMENT.state)
                .where(free)
                .order_by(DOCUMENT.received_at, DOCUMENT.sha256)
                .limit(limit)
            ).all()
            for row in chosen:
                writer.tally("document", "", row.state, "reading")
            taken = writer.connection.execute(
                documents.update()
                .where(DOCUMENT.sha256.in_([row.sha256 for row in chosen]))
                .values(
                    state="reading",
                    attempts=DOCUMENT.attempts + 1,
                    lease_owner=plain(owner),
                    lease_until=stamp(now + dt.timedelta(seconds=lease_seconds)),
                    changed_at=stamp(now),
                )
                .returning(*DOCUMENT)
            ).all()
        rows = [document_of(row) for row in taken]
        return sorted(rows, key=lambda row: (row.received_at, row.sha256))

    def renew(
        self, owner: str, sha256s: Sequence[str], lease_seconds: float, now: dt.datetime
    ) -> frozenset[str]:
        """Prolong leases; returns those that ``owner`` still holds. The others belong to somebody
        else by now."""
        with self._store.write() as writer:
            kept = writer.connection.execute(
                documents.update()
                .where(
                    DOCUMENT.sha256.in_(sha256s),
                    DOCUMENT.state == "reading",
                    DOCUMENT.lease_owner == owner,
                )
                .values(lease_until=stamp(now + dt.timedelta(seconds=lease_seconds)))
                .returning(DOCUMENT.sha256)
            ).scalars()
            return frozenset(kept)

    def release(self, sha256: str, owner: str, now: dt.datetime) -> bool:
        """Give a claimed document back untried (a :class:`ServiceError` on the way): the attempt is
        not counted."""
        with self._store.write() as writer:
            row = writer.connection.execute(
                documents.update()
                .where(
                    DOCUMENT.sha256 == sha256,
                    DOCUMENT.state == "reading",
                    DOCUMENT.lease_owner == owner,
                )
                .values(
                    state="received",
                    attempts=DOCUMENT.attempts - 1,
                    lease_owner="",
                    lease_until=None,
                    changed_at=stamp(now),
                )
                .returning(DOCUMENT.sha256)
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
        with self._store.write() as writer:
            row = known_document(writer, sha256)
            if row.state in ("read", "failed"):
                return False
            fail(writer, row, code, reason, at, actor)
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
        with self._store.write() as writer:
            row = known_document(writer, sha256)
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
            again(writer, row, at, actor, form or row.form)
        return True

    def reopen(self, sha256: str, before: str, at: dt.datetime, actor: str = "") -> bool:
        """Say that a document is a later state of another: the same file, grown or changed after it
        was taken (events ``reopened`` and ``superseded``).

        The earlier one is not read any more. What is read from the later one keeps the ids that
        its sheets have from before (:meth:`records.journal.readings.Readings.store`).

        Returns:
            False, and nothing is written, where that is known, or would make a circle.

        Raises:
            DocumentError: there is no such document.
        """
        with self._store.write() as writer:
            old = known_document(writer, before)
            new = known_document(writer, sha256)
            known = successors.earlier_states(writer.connection, sha256)
            circle = sha256 in (before, *successors.earlier_states(writer.connection, before))
            if known or circle:
                return False
            successors.link(writer, sha256, before, at, actor)
            successors.close(writer, before, old.state, sha256[:12], at)
            if new.state == "read":  # it came before, by another way
                withdraw(writer, (before,), (), at, actor)
        return True

    def earlier_states(self, sha256: str) -> tuple[str, ...]:
        """The documents that this one is a later state of, the latest first."""
        with self._store.read() as connection:
            return successors.earlier_states(connection, sha256)

    def arrived_as(
        self, name: str, channel: str, form: str, since: dt.datetime, besides: str, limit: int = 1
    ) -> list[DocumentRow]:
        """The documents that came under this name in this folder since then, the latest first."""
        query = sa.select(documents).where(
            DOCUMENT.name == shown_name(plain(name)),
            DOCUMENT.channel == channel,
            DOCUMENT.form == form,
            DOCUMENT.received_at >= stamp(since),
            DOCUMENT.sha256 != besides,
        )
        latest = query.order_by(DOCUMENT.received_at.desc()).limit(limit)
        with self._store.read() as connection:
            rows = connection.execute(latest).all()
        return [document_of(row) for row in rows]

    def get(self, sha256: str) -> DocumentRow | None:
        """The document with this sha256."""
        with self._store.read() as connection:
            row = connection.execute(sa.select(documents).where(DOCUMENT.sha256 == sha256)).first()
        if row is None:
            return None
        return document_of(row)

    def find(self, text: str) -> DocumentRow:
        """The one document that a person means: the start of its sha256 (six characters or more), a
        record's id, or a name.

        Raises:
            DocumentError: none, or more than one.
        """
        text = text.strip()
        start = text.lower()
        where = DOCUMENT.name == text
        if _NUMBER.fullmatch(start):
            is_number = sa.and_(DOCUMENT.sha256 >= start, DOCUMENT.sha256 < f"{start}g")
            where = sa.or_(where, is_number)
        of_record = sa.select(RECORD.document).where(RECORD.id == text)
        with self._store.read() as connection:
            rows = connection.execute(
                sa.select(documents).where(sa.or_(where, DOCUMENT.sha256.in_(of_record))).limit(6)
            ).all()
        if len(rows) == 1:
            return document_of(rows[0])
        if not rows:
            raise DocumentError(
                "unknown",
                f"「{text}」に当たる文書はありません。torikomi status で番号を確かめてください",
            )
        shown = [f"{row.sha256[:12]}({row.name})" for row in rows[:5]]
        names = "、".join(shown)
        raise DocumentError(
            "ambiguous",
            f"「{text}」に当たる文書がいくつもあります。番号で指定してください: {names}",
        )

    def page(
        self,
        state: DocumentState | None = None,
        limit: int = 100,
        offset: int = 0,
        newest_first: bool = False,
    ) -> list[DocumentRow]:
        """Documents in the order they came in, of one state or of all."""
        order = (DOCUMENT.received_at, DOCUMENT.sha256)
        query = sa.select(documents).order_by(
            *((c.desc() for c in order) if newest_first else order)
        )
        if state:
            query = query.where(DOCUMENT.state == state)
        with self._store.read() as connection:
            return [
                document_of(row) for row in connection.execute(query.limit(limit).offset(offset))
            ]
