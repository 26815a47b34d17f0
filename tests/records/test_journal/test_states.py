"""Whatever people and machines do in whatever order, the tables agree with each other and with the
chain."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from records.journal import open_journal
from records.journal.schema import documents, records
from records.types import Decision
from tests.records.test_journal.made import at, field, receipt, sha, sheet

DOCUMENTS = st.integers(0, 3)
PEOPLE = st.sampled_from(["A", "B", "C"])
FORMS = st.sampled_from(["plain", "checked"])
TARGETS = ("excel", "csv")


class Office(RuleBasedStateMachine):
    """An office at work on four documents, one of whose forms needs two people."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.journal = open_journal(f"sqlite:///{Path(self._folder.name) / 'j.db'}", attempts=3)
        self.minutes = 0

    def teardown(self) -> None:
        self.journal.close()
        self._folder.cleanup()

    def now(self) -> Any:
        self.minutes += 1
        return at(self.minutes)

    @rule(n=DOCUMENTS)
    def receive(self, n: int) -> None:
        self.journal.documents.receive(sha(n), f"{n}.pdf", 1, self.now())

    @rule(limit=st.integers(1, 3), seconds=st.sampled_from([0, 100_000]))
    def claim(self, limit: int, seconds: int) -> None:
        self.journal.documents.claim("reader", limit, seconds, self.now())

    @rule(n=DOCUMENTS, form=FORMS, unseen=st.booleans())
    def store(self, n: int, form: str, unseen: bool) -> None:
        if self.journal.documents.get(sha(n)) is not None:
            found = [
                sheet(sha(n), 1, field("a", unseen=unseen), field("b", unseen=True), form=form)
            ]
            self.journal.readings.store(
                sha(n),
                found,
                receipts=[receipt(form)],
                at=self.now(),
                verify=frozenset({"checked"}),
            )

    @rule(n=DOCUMENTS)
    def fail(self, n: int) -> None:
        if self.journal.documents.get(sha(n)) is not None:
            self.journal.documents.fail(sha(n), "壊れています", "truncated", self.now())

    @rule(n=DOCUMENTS)
    def retry(self, n: int) -> None:
        if self.journal.documents.get(sha(n)) is not None:
            self.journal.documents.retry(sha(n), self.now())

    @rule(
        n=DOCUMENTS,
        name=st.sampled_from(["a", "b"]),
        who=PEOPLE,
        after=st.sampled_from(["鹿島", "x", "y"]),
        verdict=st.sampled_from(["accept", "correct", "correct", "unreadable", "wrong_form"]),
    )
    def decide(self, n: int, name: str, who: str, after: str, verdict: Any) -> None:
        row = self.journal.records.get(sheet(sha(n)).id)
        if row is not None:
            before = row.record.fields[name].value
            value = before if verdict == "accept" else after
            self.journal.reviews.decide(
                Decision(row.id, name, before, value, verdict, who, self.now(), 1.5)
            )

    @rule(place=st.sampled_from(TARGETS))
    def deliver(self, place: str) -> None:
        rows = self.journal.deliveries.ready(10, target=place)
        self.journal.deliveries.delivered(rows, place, at=self.now(), targets=TARGETS)

    @invariant()
    def the_chain_and_what_hangs_on_it_are_whole(self) -> None:
        assert self.journal.chain.verify() is None
        assert self.journal.chain.verify_contents() is None
        assert list(self.journal.chain.faults()) == []

    @invariant()
    def tallies_are_what_counting_gives(self) -> None:
        counts = self.journal.tallies.counts()
        with self.journal.store.engine.connect() as connection:
            for table, told in ((documents, counts.documents), (records, counts.records)):
                counted = Counter(connection.execute(sa.select(table.c.state)).scalars())
                assert counted == Counter({state: n for state, n in told.items() if n})

    @invariant()
    def states_mean_what_they_say(self) -> None:
        for line in self.journal.records.search(limit=10):
            row = self.journal.records.get(line.id)
            assert row is not None
            if line.state in ("ready", "delivered"):
                assert line.open == ()
                assert not row.record.doubtful
            if line.state == "waiting":
                assert line.open
            if line.state != "returned":
                assert (line.code, line.reason) == ("", "")

    @invariant()
    def nothing_ready_is_out_of_every_targets_sight(self) -> None:
        ready = {row.id for row in self.journal.deliveries.ready(10)}
        seen = {
            row.id for target in TARGETS for row in self.journal.deliveries.ready(10, target=target)
        }
        assert ready == seen


TestOffice = Office.TestCase
TestOffice.settings = settings(
    max_examples=25,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
