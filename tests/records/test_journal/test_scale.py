"""Lists and queues must not read the whole table: their queries are checked for the index that
serves them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from records.journal import Journal, open_journal
from tests.records.test_journal.made import at, read, sha

CALLS: dict[str, Callable[[Journal], Any]] = {
    "waiting": lambda j: j.reviews.waiting(limit=5),
    "waiting of a form": lambda j: j.reviews.waiting("f", limit=5),
    "ready for a target": lambda j: j.deliveries.ready(5, "f", "excel"),
    "forms that have ready records": lambda j: j.deliveries.ready_forms(),
    "reserve": lambda j: j.reviews.reserve("A", 5, 60, at(), form="f"),
    "latest records": lambda j: j.records.search(limit=5),
    "records of some days": lambda j: j.records.search(
        since=at().date(), until=at().date(), limit=5
    ),
    "records of a day": lambda j: j.records.search(form="f", since=at().date(), until=at().date()),
    "one record": lambda j: j.records.get("x"),
    "records of a document": lambda j: j.records.of("x"),
    "claim": lambda j: j.documents.claim("A", 5, 60, at()),
    "latest documents": lambda j: j.documents.page(newest_first=True, limit=5),
    "failed documents": lambda j: j.documents.page("failed", limit=5),
    "find a document": lambda j: j.documents.find(sha(1)[:8]),
    "counts": lambda j: j.tallies.counts(),
    "events of a record": lambda j: list(j.chain.events(record="x")),
    "events of a document": lambda j: list(j.chain.events(document="x")),
    "events of a kind": lambda j: list(j.chain.events(kind="failed", newest_first=True, limit=5)),
    "events of a person": lambda j: list(j.chain.events(actor="A", limit=5)),
    "receipts of an initiative": lambda j: list(j.work.receipts(initiative="I", since=at().date())),
    "sums of an initiative": lambda j: j.work.totals(initiative="I", since=at().date()),
}


@pytest.mark.parametrize("name", CALLS)
def test_no_list_reads_the_whole_table(sqlite_url: str, name: str) -> None:
    with open_journal(sqlite_url) as journal:
        read(journal, 1, form="f")
        plans: list[str] = []

        def explain(
            connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
        ) -> None:
            if statement.lstrip().upper().startswith(("SELECT", "UPDATE")) and not many:
                rows = connection.connection.driver_connection.execute(
                    f"EXPLAIN QUERY PLAN {statement}", parameters
                )
                plans.extend(f"{row[3]}  ({statement})" for row in rows)

        sa.event.listen(journal.store.engine, "before_cursor_execute", explain)
        CALLS[name](journal)
    scans = [
        plan for plan in plans if plan.startswith("SCAN") and "USING" not in plan.split("  (")[0]
    ]
    small = ("SCAN CONSTANT ROW", "SCAN head", "SCAN tallies", "SCAN anon", "SCAN (")
    assert plans
    assert not [plan for plan in scans if not plan.startswith(small)]
