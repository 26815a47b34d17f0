"""A file that grew or changed after it was taken: its sheets go on under the ids that they have."""

from __future__ import annotations

import pytest

from records.errors import DocumentError
from records.journal import Journal
from records.types import Record
from tests.records.test_journal.made import at, field, receipt, sha, sheet

FIRST, WHOLE, LAST = sha("first"), sha("whole"), sha("last")


def arrive(journal: Journal, document: str, minutes: float = 0) -> None:
    journal.documents.receive(document, "fax.tif", 100, at(minutes), channel="fax")


def store(journal: Journal, document: str, *records: Record, minutes: float = 0) -> None:
    journal.documents.claim("reader", 10, 60, at(minutes))
    kept = journal.readings.store(document, records, (), [receipt()], at=at(minutes), pages=1)
    assert kept


def sure(document: str, page: int, name: str = "鹿島花子") -> Record:
    return sheet(document, page, field("name", name, unseen=True))


def ids(journal: Journal, state: str) -> list[str]:
    return sorted(line.id for line in journal.records.search(state=state))  # type: ignore[arg-type]


def deliver(journal: Journal) -> None:
    journal.deliveries.delivered(journal.deliveries.ready(10), "book", at=at(5))


def test_a_second_page_adds_a_sheet_and_leaves_the_delivered_one(journal: Journal) -> None:
    arrive(journal, FIRST)
    store(journal, FIRST, sure(FIRST, 1))
    deliver(journal)
    arrive(journal, WHOLE, 10)
    assert journal.documents.reopen(WHOLE, FIRST, at(10))
    store(journal, WHOLE, sure(WHOLE, 1), sure(WHOLE, 2, "鹿島太郎"), minutes=10)
    assert ids(journal, "delivered") == [Record.id_of(FIRST, 1)]
    assert ids(journal, "ready") == [Record.id_of(WHOLE, 2)]
    assert journal.documents.earlier_states(WHOLE) == (FIRST,)
    assert journal.chain.verify() is None
    assert journal.chain.verify_contents() is None


def test_what_was_delivered_half_is_read_anew_and_a_person_looks_first(journal: Journal) -> None:
    arrive(journal, FIRST)
    store(journal, FIRST, sure(FIRST, 1, "鹿"))
    deliver(journal)
    arrive(journal, WHOLE, 10)
    journal.documents.reopen(WHOLE, FIRST, at(10))
    store(journal, WHOLE, sure(WHOLE, 1, "鹿島花子"), minutes=10)
    [row] = journal.reviews.waiting()
    assert (row.id, row.line.document, row.line.revision) == (Record.id_of(FIRST, 1), WHOLE, 2)
    assert [problem.code for problem in row.record.problems] == ["reopened"]
    assert journal.tallies.counts().records == {
        "waiting": 1,
        "ready": 0,
        "delivered": 0,
        "returned": 0,
    }


@pytest.mark.parametrize("state", ["received", "failed"])
def test_an_earlier_state_that_was_not_read_is_not_read_any_more(
    journal: Journal, state: str
) -> None:
    arrive(journal, FIRST)
    if state == "failed":
        journal.documents.fail(FIRST, "途中で切れています", "truncated", at(1))
    arrive(journal, WHOLE, 10)
    journal.documents.reopen(WHOLE, FIRST, at(10))
    assert [row.sha256 for row in journal.documents.claim("reader", 10, 60, at(11))] == [WHOLE]
    first = journal.documents.get(FIRST)
    assert first is not None
    assert (first.state, first.code) == ("read", "superseded")
    with pytest.raises(DocumentError, match="続きます"):
        journal.documents.retry(FIRST, at(12))


def test_three_states_of_a_file_keep_one_row_a_sheet(journal: Journal) -> None:
    before = ""
    for pages, document in enumerate((FIRST, WHOLE, LAST), 1):
        arrive(journal, document, pages)
        if before:
            journal.documents.reopen(document, before, at(pages))
        store(journal, document, *(sure(document, n) for n in range(1, pages + 1)), minutes=pages)
        before = document
    assert sorted(line.pages for line in journal.records.search()) == [(1,), (2,), (3,)]
    assert journal.documents.earlier_states(LAST) == (WHOLE, FIRST)


def test_a_sheet_that_the_later_state_does_not_have_is_given_back(journal: Journal) -> None:
    arrive(journal, FIRST)
    store(journal, FIRST, sure(FIRST, 1), sure(FIRST, 2))
    deliver(journal)
    arrive(journal, WHOLE, 10)
    journal.documents.reopen(WHOLE, FIRST, at(10))
    store(journal, WHOLE, sure(WHOLE, 1), minutes=10)
    assert ids(journal, "delivered") == [Record.id_of(FIRST, 1)]
    [gone] = journal.records.search(state="returned")
    assert (gone.id, gone.code) == (Record.id_of(FIRST, 2), "superseded")
    assert "消してください" in gone.reason


def test_a_link_is_written_once_and_makes_no_circle(journal: Journal) -> None:
    for document in (FIRST, WHOLE):
        arrive(journal, document)
    assert journal.documents.reopen(WHOLE, FIRST, at(1))
    assert not journal.documents.reopen(WHOLE, FIRST, at(2))
    assert not journal.documents.reopen(FIRST, WHOLE, at(2))
    assert not journal.documents.reopen(FIRST, FIRST, at(2))


def test_what_came_before_under_the_same_name_is_found(journal: Journal) -> None:
    arrive(journal, FIRST)
    [found] = journal.documents.arrived_as("fax.tif", "fax", "", at(-1), WHOLE)
    assert found.sha256 == FIRST
    assert journal.documents.arrived_as("fax.tif", "", "", at(-1), WHOLE) == []
    assert journal.documents.arrived_as("fax.tif", "fax", "", at(1), WHOLE) == []
    assert journal.documents.arrived_as("fax.tif", "fax", "", at(-1), FIRST) == []
