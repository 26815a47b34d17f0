"""Whether the journal's tables say what its events say: a row that was added, taken out or changed.

The chain shows that no event was touched. People and figures look at the tables beside it, so each
row there is held against the event that made it, and each sum against what it adds up. Everything is
read in pages, so that memory does not grow with the journal; what is kept is a number a record.

Not held against events: the search index, the links between like sheets, who has a sheet open at
this moment, and to which of several ledgers a sheet went first. The ledgers themselves are compared
elsewhere.
"""

from __future__ import annotations

import heapq
import itertools
import json
import zoneinfo
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from records.codec import canonical, decision_from_json
from records.journal.receipts import EDITS, MILLISECONDS, N, edits
from records.journal.schema import (
    arrivals,
    bodies,
    decisions,
    deliveries,
    documents,
    events,
    months,
    receipts,
    records,
    totals,
)
from records.journal.store import Store, time_of
from records.mynumber import mask_my_number

_PAGE = 2000
_STATES = {
    "ready": "ready",
    "delivered": "delivered",
    "returned": "returned",
    "dropped": "dropped",
    "restored": "waiting",
}
"""What a record is after an event of a kind; after ``read`` the event itself says it."""

_TITLES = {
    "receipts": "処理の実績",
    "decisions": "確認の記録",
    "totals": "日ごとの集計",
    "months": "月ごとの集計",
    "records": "用紙",
    "bodies": "読み取りの内容",
    "documents": "文書",
    "arrivals": "受付の記録",
    "deliveries": "転記の記録",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that does not say what its event says.

    Attributes:
        table: its name in the database.
        what: ``missing``, ``added`` or ``changed``.
        key: which row: a number of an event, a record, a document, or a day and an initiative.
    """

    table: str
    what: str
    key: str

    def line(self) -> str:
        """The fault in Japanese."""
        done = {"missing": "消されています", "added": "後から加えられています"}
        title = _TITLES[self.table]
        return f"{title}「{self.key}」が{done.get(self.what, '書き換えられています')}。"


def faults(store: Store, zone: zoneinfo.ZoneInfo) -> Iterator[Fault]:
    """All rows that do not say what the events say.

    Raises:
        ServiceError: the database is away.
    """
    check = _Check(store, zone)
    yield from check.receipts()
    yield from check.decisions()
    yield from check.sums()
    yield from check.documents()
    yield from check.arrivals()
    yield from check.records()
    yield from check.deliveries()


class _Check:
    def __init__(self, store: Store, zone: zoneinfo.ZoneInfo) -> None:
        self._store = store
        self._zone = zone

    # --- rows that have the number of their event -------------------------------------------------

    def receipts(self) -> Iterator[Fault]:
        yield from self._by_seq("receipts", receipts, "receipt", self._receipt)

    def decisions(self) -> Iterator[Fault]:
        yield from self._by_seq("decisions", decisions, "decided", self._decision)

    def _by_seq(self, name: str, table: sa.Table, kind: str, agrees: Any) -> Iterator[Fault]:
        """Events of a kind and rows, each in the order of their numbers, side by side."""
        told = self._pages(sa.select(events).where(events.c.kind == kind), events.c.seq)
        kept = self._pages(sa.select(table), table.c.seq)
        both = heapq.merge(told, kept, key=lambda one: int(one.seq))
        for seq, pair in itertools.groupby(both, key=lambda one: int(one.seq)):
            found = list(pair)
            event = next((one for one in found if hasattr(one, "payload")), None)
            row = next((one for one in found if not hasattr(one, "payload")), None)
            if row is None:
                yield Fault(name, "missing", str(seq))
            elif event is None:
                yield Fault(name, "added", str(seq))
            elif not agrees(event, row):
                yield Fault(name, "changed", str(seq))

    def _receipt(self, event: Any, row: Any) -> bool:
        payload = json.loads(event.payload)
        plain = ("step", "form", "initiative", "milliseconds")
        is_same = all(payload[name] == getattr(row, name) for name in plain)
        named = ("target", "key")
        is_named = all(payload[name] == mask_my_number(getattr(row, name)) for name in named)
        is_counted = canonical(payload["counts"]) == row.counts
        return is_same and is_named and is_counted and self._is_dated(event, row)

    def _decision(self, event: Any, row: Any) -> bool:
        payload = json.loads(event.payload)
        plain = ("field", "verdict", "milliseconds")
        is_same = all(payload[name] == getattr(row, name) for name in plain)
        is_whose = (event.record, event.actor) == (row.record, row.who)
        return is_same and is_whose and self._is_dated(event, row)

    def _is_dated(self, event: Any, row: Any) -> bool:
        return bool(event.at == row.at and self._day(event.at) == row.day)

    # --- sums -------------------------------------------------------------------------------------

    def sums(self) -> Iterator[Fault]:
        """The running sums, by day and by month, against what the rows add up to."""
        by_day: Counter[tuple[str, ...]] = Counter()
        for row in self._pages(sa.select(receipts), receipts.c.seq):
            values = {**json.loads(row.counts), N: 1, MILLISECONDS: row.milliseconds}
            _add(by_day, (row.day, row.initiative, row.form, row.step), values)
        for row in self._pages(sa.select(decisions), decisions.c.seq):
            _add(by_day, (row.day, row.initiative, row.form, "review"), _sums_of(row))
        joined, unsaid = self._joined()
        by_day.update(joined)
        by_month: Counter[tuple[str, ...]] = Counter()
        for (day, *rest), value in by_day.items():
            by_month[day[:7], *rest] += value
        unsaid |= {(day[:7], *rest) for day, *rest in unsaid}
        yield from self._compared("totals", totals, by_day, unsaid)
        yield from self._compared("months", months, by_month, unsaid)

    def _joined(self) -> tuple[Counter[tuple[str, ...]], set[tuple[str, ...]]]:
        """Attention that was given to a sheet as a whole: its pages, or whether it came twice.

        Returns:
            the sums, and those to which earlier versions added without saying how much.
        """
        named = (records.c.initiative, records.c.form)
        of = {row.id: row[1:] for row in self._keyed(records, records.c.id, *named)}
        sums: Counter[tuple[str, ...]] = Counter()
        unsaid: set[tuple[str, ...]] = set()
        query = sa.select(events).where(events.c.kind.in_(("joined", "parted", "dropped")))
        for event in self._pages(query, events.c.seq):
            payload = json.loads(event.payload)
            key = (self._day(event.at), *of.get(event.record, ("", "")), "review")
            spent = payload.get("milliseconds", 0)
            if spent:
                _add(sums, key, {N: 1, MILLISECONDS: spent})
            elif "milliseconds" not in payload and payload.get("kind") == "same":
                unsaid |= {(*key, N), (*key, MILLISECONDS)}
        return sums, unsaid

    def _day(self, at: str) -> str:
        return time_of(at).astimezone(self._zone).date().isoformat()

    def _compared(
        self,
        name: str,
        table: sa.Table,
        expected: Mapping[tuple[str, ...], int],
        unsaid: Collection[tuple[str, ...]],
    ) -> Iterator[Fault]:
        with self._store.read() as connection:
            rows = connection.execute(sa.select(table)).all()
        found = {tuple(row)[:-1]: row.value for row in rows}
        for key in sorted({*expected, *found}):
            if key not in unsaid and expected.get(key, 0) != found.get(key, 0):
                yield Fault(name, "changed", " ".join(part for part in key if part))

    # --- documents and records --------------------------------------------------------------------

    def documents(self) -> Iterator[Fault]:
        """Each document against its event ``received``, and the states that end a document's way."""
        first = {}
        last: dict[str, str] = {}
        kinds = ("received", "failed", "retried", "reopened", "superseded", "finished")
        query = sa.select(events).where(events.c.kind.in_(kinds), events.c.record == "")
        for event in self._pages(query, events.c.seq):
            if event.kind == "received":
                first[event.document] = (event.at, event.payload)
            last[event.document] = _step_of(event, last.get(event.document, ""))
        for row in self._keyed(documents, documents.c.sha256):
            told = first.pop(row.sha256, None)
            if told is None:
                yield Fault("documents", "added", row.sha256[:12])
            elif not _is_received(row, *told) or not _is_ended(row.state, last[row.sha256]):
                yield Fault("documents", "changed", row.sha256[:12])
        yield from (Fault("documents", "missing", sha256[:12]) for sha256 in first)

    def arrivals(self) -> Iterator[Fault]:
        """How often each document came, and how often as one that was here already."""
        again = self._counted(events.c.document, events.c.kind == "duplicate")
        known = self._counted(events.c.document, events.c.kind == "received")
        came = self._counted(arrivals.c.document, arrivals.c.token != "")
        noted = self._counted(arrivals.c.document, arrivals.c.verdict == "duplicate")
        for document in sorted({*known, *came}):
            is_missing = not came.get(document) or noted.get(document, 0) < again.get(document, 0)
            is_added = not known.get(document) or noted.get(document, 0) > again.get(document, 0)
            if is_missing or is_added:
                yield Fault("arrivals", "missing" if is_missing else "added", document[:12])

    def records(self) -> Iterator[Fault]:
        """Each record against its last reading and what was done with it since."""
        ways = self._ways()
        held = {row.record: row.seq for row in self._keyed(bodies, bodies.c.record, bodies.c.seq)}
        for row in self._keyed(records, records.c.id):
            way = ways.pop(row.id, None)
            if way is None:
                yield Fault("records", "added", row.id)
                continue
            if not way.allows(row):
                yield Fault("records", "changed", row.id)
            if held.pop(row.id, None) != way.seq:
                yield Fault("bodies", "missing", row.id)
        yield from (Fault("records", "missing", record) for record in ways)
        yield from (Fault("bodies", "added", record) for record in held)

    def _ways(self) -> dict[str, _Way]:
        kinds = ("read", "decided", *_STATES)
        query = sa.select(events).where(events.c.kind.in_(kinds), events.c.record != "")
        ways: dict[str, _Way] = {}
        for event in self._pages(query, events.c.seq):
            before = ways.get(event.record)
            if event.kind == "read":
                ways[event.record] = _Way.of(event, before)
            elif before is not None:
                before.go(event)
        return ways

    def deliveries(self) -> Iterator[Fault]:
        """What was told as delivered has its row; what has a row is no later than the record."""
        told: dict[tuple[str, str], int] = {}
        query = sa.select(events).where(events.c.kind == "delivered")
        for event in self._pages(query, events.c.seq):
            payload = json.loads(event.payload)
            told[event.record, payload["target"]] = payload["revision"]
        revisions = {
            row.id: row.revision for row in self._keyed(records, records.c.id, records.c.revision)
        }
        with self._store.read() as connection:
            rows = connection.execute(sa.select(deliveries)).all()
        for row in rows:
            expected = told.pop((row.record, mask_my_number(row.target)), 0)
            if row.revision < expected:
                yield Fault("deliveries", "changed", row.record)
            elif row.revision > revisions.get(row.record, 0):
                yield Fault("deliveries", "added", row.record)
        yield from (Fault("deliveries", "missing", record) for record, _ in sorted(told))

    # --- reading ----------------------------------------------------------------------------------

    def _pages(self, query: sa.Select[Any], seq: sa.ColumnElement[int]) -> Iterator[Any]:
        after = 0
        while True:
            page = query.where(seq > after).order_by(seq).limit(_PAGE)
            with self._store.read() as connection:
                rows = connection.execute(page).all()
            yield from rows
            if len(rows) < _PAGE:
                return
            after = rows[-1].seq

    def _keyed(
        self, table: sa.Table, key: sa.Column[str], *columns: sa.Column[Any]
    ) -> Iterator[Any]:
        query = sa.select(key, *columns) if columns else sa.select(table)
        after = ""
        while True:
            page = query.where(key > after).order_by(key).limit(_PAGE)
            with self._store.read() as connection:
                rows = connection.execute(page).all()
            yield from rows
            if len(rows) < _PAGE:
                return
            after = getattr(rows[-1], key.name)

    def _counted(self, column: sa.Column[str], which: Any) -> dict[str, int]:
        query = sa.select(column, sa.func.count()).where(which).group_by(column)
        with self._store.read() as connection:
            return {str(row[0]): int(row[1]) for row in connection.execute(query)}


@dataclass(slots=True)
class _Way:
    """What the events say of a record: its last reading, and how it went on.

    Attributes:
        seq: the event of the last reading.
        first: the event of the first one, by which lists are ordered.
        facts: what that event says of the row.
        readings: how many there were.
        state: what the last event made of it.
        is_decided: a person has answered since.
    """

    seq: int
    first: int
    facts: tuple[Any, ...]
    readings: int
    state: str
    is_decided: bool = False

    @classmethod
    def of(cls, event: Any, before: _Way | None) -> _Way:
        payload = json.loads(event.payload)
        facts = (event.document, payload["form"], payload["version"], payload["pages"])
        first = before.first if before else event.seq
        readings = before.readings + 1 if before else 1
        return cls(event.seq, first, facts, readings, payload["state"])

    def go(self, event: Any) -> None:
        self.is_decided = event.kind == "decided"
        self.state = _STATES.get(event.kind, self.state)

    def allows(self, row: Any) -> bool:
        """A decision that leaves fields open makes a record wait without an event of its own."""
        facts = (row.document, row.form, row.version, json.loads(row.pages))
        states = {self.state, "waiting"} if self.is_decided else {self.state}
        is_counted = (row.seq, row.reading) == (self.first, self.readings)
        return facts == self.facts and row.state in states and is_counted


def _add(sums: Counter[tuple[str, ...]], of: tuple[str, ...], values: Mapping[str, int]) -> None:
    for name, value in values.items():
        sums[*of, name] += value


def _sums_of(row: Any) -> dict[str, int]:
    """What a decision adds to the running sums."""
    decision = decision_from_json(json.loads(row.body))
    return {
        N: 1,
        MILLISECONDS: row.milliseconds,
        row.verdict: 1,
        "sampled": int(row.sampled),
        "sampled_wrong": int(row.sampled and row.verdict != "accept"),
        EDITS: edits(row.kind, decision),
    }


def _step_of(event: Any, before: str) -> str:
    """The last step of a document; pages that people finished end no document."""
    if event.kind == "finished" and "pages" in json.loads(event.payload):
        return before
    return str(event.kind)


def _is_received(row: Any, at: str, payload: str) -> bool:
    told = json.loads(payload)
    is_named = (told["name"], told["size"]) == (mask_my_number(row.name), row.size)
    return bool(is_named and at == row.received_at)


def _is_ended(state: str, last: str) -> bool:
    """Whether a document's state goes with its last step."""
    if last in ("failed", "finished"):
        return state == last
    return state in ("received", "reading", "read")
