"""The journal as a chain: reading its events, adding others, and finding what somebody changed."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa

from records.codec import canonical
from records.journal.packing import digest, unpack
from records.journal.rows import NewEvent
from records.journal.schema import (
    BODY,
    DECISION,
    EVENT,
    GENESIS,
    HEAD,
    bodies,
    events,
)
from records.journal.store import Store, line_hash, stamp, time_of
from records.journal.tablecheck import Fault, faults
from records.types import Event

_PAGE = 2000


class End(NamedTuple):
    """The last event: its number, 0 where there is none, and its hash, hex."""

    seq: int
    hash: str


class Chain:
    """The journal's events, one after the other; what was changed among them is found."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def append(
        self,
        kind: str,
        *,
        at: dt.datetime,
        document: str = "",
        record: str = "",
        actor: str = "",
        payload: Mapping[str, Any] | None = None,
    ) -> int:
        """Write one more event (``viewed``, ``declared``…) and return its number. It changes no
        state.

        Keep personal data out of ``payload``: an event cannot be taken back when the retention
        ends.
        """
        event = NewEvent(kind, at, document, record, actor, payload or {})
        return self.append_many([event])[0]

    def append_many(self, items: Iterable[NewEvent]) -> list[int]:
        """:meth:`append` for many events in one transaction."""
        with self._store.write() as writer:
            return [
                writer.append(
                    e.kind,
                    e.at,
                    document=e.document,
                    record=e.record,
                    actor=e.actor,
                    payload=e.payload,
                )
                for e in items
            ]

    def events(
        self,
        *,
        kind: str | Iterable[str] | None = None,
        document: str | None = None,
        record: str | None = None,
        actor: str | None = None,
        since: dt.datetime | None = None,
        until: dt.datetime | None = None,
        after: int = 0,
        limit: int | None = None,
        newest_first: bool = False,
    ) -> Iterator[Event]:
        """Events in order, streamed.

        Args:
            since, until: aware times; from ``since`` on, before ``until``.
            after: only events with a greater ``seq`` (with ``newest_first``: a smaller one, unless
            it is 0).
        """
        query = sa.select(events)
        if kind is not None:
            kinds = [kind] if isinstance(kind, str) else list(kind)
            query = query.where(EVENT.kind.in_(kinds))
        for column, value in (
            (EVENT.document, document),
            (EVENT.record, record),
            (EVENT.actor, actor),
        ):
            if value is not None:
                query = query.where(column == value)
            # The index leaves out what is empty; the database uses it only where it is told so in
            # plain text.
            if value and column is not EVENT.actor:
                query = query.where(column != sa.literal_column("''"))
        if since is not None:
            query = query.where(EVENT.at >= stamp(since))
        if until is not None:
            query = query.where(EVENT.at < stamp(until))
        left = limit
        while left is None or left > 0:
            size = _PAGE
            if left is not None:
                size = min(left, _PAGE)
            page = query.limit(size)
            if newest_first:
                page = page.order_by(EVENT.seq.desc())
            else:
                page = page.order_by(EVENT.seq).where(EVENT.seq > after)
            if newest_first and after:
                page = page.where(EVENT.seq < after)
            with self._store.read() as connection:
                rows = connection.execute(page).all()
            yield from map(_event, rows)
            if len(rows) < size:
                return
            after = int(rows[-1].seq)
            left = None if left is None else left - len(rows)

    def end(self) -> End:
        """Where the chain ends, as its own head says.

        Raises:
            ServiceError: the database is away.
        """
        with self._store.read() as connection:
            row = connection.execute(sa.select(HEAD.seq, HEAD.hash)).one()
        return End(int(row.seq), str(row.hash))

    def verify(self) -> int | None:
        """Walk the chain from the start, in constant memory.

        Returns:
            None where it is whole; else the first ``seq`` that is wrong: changed, missing, forged,
            or cut off at the end.
        """
        expected = 1
        previous = GENESIS
        while True:
            with self._store.read() as connection:
                last = sa.select(HEAD.seq, HEAD.hash)
                end = connection.execute(last).one()
                rows = connection.execute(
                    sa.select(events).where(EVENT.seq >= expected).order_by(EVENT.seq).limit(_PAGE)
                ).all()
            for row in rows:
                is_next = row.seq == expected and row.previous == previous
                if not is_next or not _whole(row):
                    return expected
                is_end = row.seq == end.seq
                if row.seq > end.seq or (is_end and row.hash != end.hash):
                    return expected
                expected = expected + 1
                previous = row.hash
            if len(rows) < _PAGE:
                if expected <= end.seq:
                    return expected
                return None

    def verify_contents(self) -> str | None:
        """Compare every stored reading and decision with the digest that its event carries.

        Events hold no personal data, only salted digests of it, so that data can be deleted at the
        end of its retention while the chain stays whole; what is still there must match.

        Returns:
            None where all match; else the id of the first record whose reading or decision was
            changed.
        """
        for event in self.events(kind=("read", "decided")):
            expected = event.payload.get("digest", "")
            with self._store.read() as connection:
                if event.kind == "decided":
                    row = connection.execute(
                        sa.select(DECISION.body, DECISION.salt).where(DECISION.seq == event.seq)
                    ).first()
                    if row and digest(row.salt, row.body) != expected:
                        return event.record
                else:
                    body = connection.execute(
                        sa.select(bodies).where(BODY.record == event.record)
                    ).first()
                    if (
                        body
                        and body.seq == event.seq
                        and digest(body.salt, unpack(body.body)) != expected
                    ):
                        return event.record
        return None

    def faults(self) -> Iterator[Fault]:
        """Every row of the other tables that does not say what the events say.

        Raises:
            ServiceError: the database is away.
        """
        return faults(self._store, self._store.zone)


def _whole(row: Any) -> bool:
    try:
        payload = json.loads(row.payload)
    except ValueError:
        return False
    line = {**row._mapping, "payload": payload}
    if canonical(payload) != row.payload:
        return False
    return bool(line_hash(line) == row.hash)


def _event(row: Any) -> Event:
    return Event(
        row.seq,
        time_of(row.at),
        row.kind,
        row.document,
        row.record,
        row.actor,
        json.loads(row.payload),
        row.previous,
        row.hash,
    )
