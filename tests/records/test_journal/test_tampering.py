"""A row that is taken out, changed or added behind the journal's back is found, table by table."""

from __future__ import annotations

import pytest

from records.journal import Journal, open_journal
from tests.records.test_journal.made import at, decision, read, sha
from tests.records.test_journal.test_audit import raw

# Of the sheets that `fill` makes: 1 was decided and delivered, 2 waits.
FIRST, SECOND = f"{sha(1)[:16]}-001", f"{sha(2)[:16]}-001"

TAMPERED = {
    "a receipt taken out": ("DELETE FROM receipts WHERE step = 'read'", "receipts"),
    "savings times ten": (
        "UPDATE receipts SET counts = '{\"sheets\":10}' WHERE step = 'read'",
        "receipts",
    ),
    "time of a receipt": ("UPDATE receipts SET milliseconds = milliseconds * 10 + 1", "receipts"),
    "a receipt of another initiative": ("UPDATE receipts SET initiative = 'EFF-99'", "receipts"),
    "a receipt of another day": ("UPDATE receipts SET day = '2025-04-01'", "receipts"),
    "a receipt added": (
        "INSERT INTO receipts (seq, at, day, step, form, initiative, target, key, milliseconds, counts) "
        "SELECT 9000, at, day, step, form, initiative, target, 'x', milliseconds, counts "
        "FROM receipts WHERE step = 'read' AND seq = (SELECT min(seq) FROM receipts)",
        "receipts",
    ),
    "a day's sum": ("UPDATE totals SET value = value * 10 WHERE name = 'sheets'", "totals"),
    "a day's sum taken out": ("DELETE FROM totals WHERE name = 'sheets'", "totals"),
    "a day's sum added": (
        "INSERT INTO totals VALUES ('2026-04-02', 'EFF-01', 'f', 'read', 'sheets', 99)",
        "totals",
    ),
    "a month's sum": ("UPDATE months SET value = value * 10 WHERE name = 'sheets'", "months"),
    "a month's sum taken out": ("DELETE FROM months WHERE name = 'sheets'", "months"),
    "a decision taken out": ("DELETE FROM decisions", "decisions"),
    "who decided": ("UPDATE decisions SET who = '別人'", "decisions"),
    "what was decided": ("UPDATE decisions SET verdict = 'accept'", "decisions"),
    "which field was decided": ("UPDATE decisions SET field = 'amount'", "decisions"),
    "when it was decided": ("UPDATE decisions SET day = '2025-01-01'", "decisions"),
    "attention of a decision": ("UPDATE decisions SET milliseconds = 1", "decisions"),
    "a record taken out": (f"DELETE FROM records WHERE id = '{SECOND}'", "records"),
    "a waiting record made ready": (
        f"UPDATE records SET state = 'ready' WHERE id = '{SECOND}'",
        "records",
    ),
    "a waiting record made delivered": (
        f"UPDATE records SET state = 'delivered' WHERE id = '{SECOND}'",
        "records",
    ),
    "a delivered record made returned": (
        f"UPDATE records SET state = 'returned' WHERE id = '{FIRST}'",
        "records",
    ),
    "a record of another form": (
        f"UPDATE records SET form = 'other' WHERE id = '{FIRST}'",
        "records",
    ),
    "a record of another document": (
        f"UPDATE records SET document = 'x' WHERE id = '{FIRST}'",
        "records",
    ),
    "a reading taken out": (f"DELETE FROM bodies WHERE record = '{FIRST}'", "bodies"),
    "a reading of another record": (
        f"UPDATE bodies SET seq = seq + 1000 WHERE record = '{FIRST}'",
        "bodies",
    ),
    "a document taken out": (f"DELETE FROM documents WHERE sha256 = '{sha(3)}'", "documents"),
    "a failed document made read": (
        f"UPDATE documents SET state = 'read' WHERE sha256 = '{sha(3)}'",
        "documents",
    ),
    "a document's size": (f"UPDATE documents SET size = 1 WHERE sha256 = '{sha(1)}'", "documents"),
    "a document's name": (
        f"UPDATE documents SET name = 'x' WHERE sha256 = '{sha(1)}'",
        "documents",
    ),
    "when a document came": ("UPDATE documents SET received_at = '2025'", "documents"),
    "an arrival taken out": (f"DELETE FROM arrivals WHERE document = '{sha(1)}'", "arrivals"),
    "an arrival added": (
        f"INSERT INTO arrivals (token, document, name, at, verdict) VALUES ('x', '{sha(2)}', '', '', 'duplicate')",
        "arrivals",
    ),
    "a delivery taken out": ("DELETE FROM deliveries", "deliveries"),
    "a delivery of a later revision": ("UPDATE deliveries SET revision = 9", "deliveries"),
}


def fill(journal: Journal) -> None:
    """One sheet decided, delivered and scanned again; one that waits; one file that failed."""
    first = read(journal, 1)
    journal.reviews.decide(decision(first))
    journal.deliveries.delivered(journal.deliveries.ready(10), "excel", at=at(9))
    journal.documents.receive(sha(1), "again.pdf", 100, at(10))
    read(journal, 2, minutes=11)
    journal.documents.receive(sha(3), "3.pdf", 5, at(12))
    journal.documents.claim("reader", 10, 60, at(12))
    journal.documents.fail(sha(3), "壊れています", "truncated", at(13))


@pytest.mark.parametrize("name", TAMPERED)
def test_what_was_tampered_with_is_named(sqlite_url: str, name: str) -> None:
    statement, table = TAMPERED[name]
    with open_journal(sqlite_url) as journal:
        fill(journal)
        assert list(journal.chain.faults()) == []
        raw(journal, statement)
        found = list(journal.chain.faults())
    assert table in {fault.table for fault in found}
    assert all(fault.line() for fault in found)


def test_on_each_database_an_untouched_journal_has_no_fault(url: str) -> None:
    with open_journal(url) as journal:
        fill(journal)
        assert list(journal.chain.faults()) == []
        raw(journal, "UPDATE receipts SET milliseconds = 7")
        assert {fault.table for fault in journal.chain.faults()} >= {"receipts"}
