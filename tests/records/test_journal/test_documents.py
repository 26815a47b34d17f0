"""Documents: each content once, each to one reader at a time, and never forgotten."""

from __future__ import annotations

import datetime as dt
import os

import pytest

from records.errors import DocumentError
from records.journal import Arrival, Journal, open_journal
from tests.records.test_journal.made import at, read, receipt, sha, sheet


def kinds(journal: Journal) -> list[str]:
    return [event.kind for event in journal.chain.events()]


def test_same_content_again_is_a_duplicate_that_names_the_first(journal: Journal) -> None:
    assert journal.documents.receive(sha(1), "一枚目.pdf", 10, at()) == "new"
    assert journal.documents.receive(sha(1), "写し.pdf", 10, at(1)) == "duplicate"
    event = next(journal.chain.events(kind="duplicate"))
    assert (event.document, event.payload["name"], event.payload["first"]) == (
        sha(1),
        "写し.pdf",
        "一枚目.pdf",
    )
    assert journal.tallies.counts().duplicates == 1
    assert len(journal.documents.page()) == 1


def test_the_same_arrival_told_again_writes_nothing(journal: Journal) -> None:
    for _ in range(3):
        assert journal.documents.receive(sha(1), "a.pdf", 10, at(), token="first") == "new"
        assert journal.documents.receive(sha(1), "b.pdf", 10, at(), token="second") == "duplicate"
    assert kinds(journal) == ["received", "duplicate"]


def test_a_failed_document_that_comes_in_again_is_tried_again(journal: Journal) -> None:
    journal.documents.receive(sha(1), "a.pdf", 10, at())
    journal.documents.claim("reader", 1, 60, at())
    assert journal.documents.fail(sha(1), "パスワードがかかっています", "password", at())
    assert journal.documents.receive(sha(1), "a.pdf", 10, at(1), form="survey") == "new"
    row = journal.documents.get(sha(1))
    assert row is not None
    assert (row.state, row.attempts, row.code, row.form) == ("received", 0, "", "survey")
    assert kinds(journal) == ["received", "failed", "retried"]


def test_many_files_in_one_transaction_answer_in_order(journal: Journal) -> None:
    items = [Arrival(sha(n % 3), f"{n}.pdf", 1, f"t{n}") for n in range(5)]
    assert journal.documents.receive_many(items, at()) == [
        "new",
        "new",
        "new",
        "duplicate",
        "duplicate",
    ]


def test_claims_are_exclusive_and_oldest_first(journal: Journal) -> None:
    for n in range(5):
        journal.documents.receive(sha(n), f"{n}.pdf", 10, at(n))
    first = journal.documents.claim("one", 2, 60, at(10))
    second = journal.documents.claim("two", 10, 60, at(10))
    assert [row.name for row in first] == ["0.pdf", "1.pdf"]
    assert [row.name for row in second] == ["2.pdf", "3.pdf", "4.pdf"]
    assert {row.lease_owner for row in second} == {"two"}
    assert journal.documents.claim("three", 10, 60, at(10)) == []


def test_a_dead_readers_documents_are_given_out_again_until_they_fail(journal: Journal) -> None:
    journal.documents.receive(sha(1), "killer.pdf", 10, at())
    for attempt in range(1, 4):
        rows = journal.documents.claim("reader", 5, 60, at(2 * attempt))
        assert [row.attempts for row in rows] == [attempt]
        assert journal.documents.claim("other", 5, 60, at(2 * attempt)) == []
    assert journal.documents.claim("reader", 5, 60, at(8)) == []
    row = journal.documents.get(sha(1))
    assert row is not None
    assert (row.state, row.code) == ("failed", "attempts")
    assert "3回" in row.reason


def test_renewing_keeps_a_lease_and_tells_what_was_lost(journal: Journal) -> None:
    for n in range(2):
        journal.documents.receive(sha(n), f"{n}.pdf", 10, at())
    journal.documents.claim("slow", 2, 60, at())
    assert journal.documents.renew("slow", [sha(0)], 600, at(0.5)) == {sha(0)}
    assert [row.sha256 for row in journal.documents.claim("fast", 5, 60, at(2))] == [sha(1)]
    assert journal.documents.renew("slow", [sha(0), sha(1)], 600, at(2)) == {sha(0)}


def test_a_document_given_back_does_not_lose_an_attempt(journal: Journal) -> None:
    journal.documents.receive(sha(1), "a.pdf", 10, at())
    for n in range(10):
        assert [row.attempts for row in journal.documents.claim("reader", 1, 60, at(n))] == [1]
        assert journal.documents.release(sha(1), "reader", at(n))
    assert not journal.documents.release(sha(1), "reader", at(20))


def test_retry_gives_all_attempts_back_and_registers_the_claim(journal: Journal) -> None:
    journal.documents.receive(sha(1), "a.pdf", 10, at())
    journal.documents.fail(sha(1), "壊れています", "truncated", at())
    assert journal.documents.retry(sha(1), at(1), "山田", form="survey", token="back")
    assert not journal.documents.retry(sha(1), at(2))
    assert journal.documents.receive(sha(1), "a.pdf", 10, at(3), token="back") == "new"
    row = journal.documents.get(sha(1))
    assert row is not None
    assert (row.state, row.form) == ("received", "survey")
    assert kinds(journal) == ["received", "failed", "retried"]


def test_failing_or_retrying_what_is_not_there_is_told_in_japanese(journal: Journal) -> None:
    for call in (
        lambda: journal.documents.fail(sha(9), "x", "x", at()),
        lambda: journal.documents.retry(sha(9), at()),
    ):
        with pytest.raises(DocumentError, match="台帳にありません") as error:
            call()
        assert error.value.code == "unknown"


def test_a_read_document_does_not_fail_afterwards(journal: Journal) -> None:
    record = read(journal, 1)
    assert not journal.documents.fail(record.document, "遅れて失敗", "late", at(1))
    row = journal.documents.get(record.document)
    assert row is not None
    assert (row.state, row.pages) == ("read", 1)


def test_a_reader_taken_for_dead_cannot_overwrite_the_failure(journal: Journal) -> None:
    journal.documents.receive(sha(1), "a.pdf", 10, at())
    journal.documents.fail(sha(1), "壊れています", "truncated", at())
    assert not journal.readings.store(sha(1), [sheet(sha(1))], receipts=[receipt()], at=at(1))
    assert journal.records.of(sha(1)) == []


def test_people_find_a_document_by_start_name_or_record(journal: Journal) -> None:
    record = read(journal, 1)
    assert journal.documents.find(sha(1)[:8].upper()).sha256 == sha(1)
    assert journal.documents.find("1.pdf").sha256 == sha(1)
    assert journal.documents.find(record.id).sha256 == sha(1)
    with pytest.raises(DocumentError, match="当たる文書はありません"):
        journal.documents.find("nothing")
    journal.documents.receive(sha(2), "1.pdf", 1, at())
    with pytest.raises(DocumentError, match="いくつもあります") as error:
        journal.documents.find("1.pdf")
    assert error.value.code == "ambiguous"


def test_the_offices_midnight_decides_the_day_of_receipt(url: str) -> None:
    with open_journal(url, zone="Asia/Tokyo") as journal:
        journal.documents.receive(
            sha(1), "night.pdf", 1, dt.datetime(2026, 3, 31, 15, 0, tzinfo=dt.UTC)
        )
        journal.documents.receive(
            sha(2), "evening.pdf", 1, dt.datetime(2026, 3, 31, 14, 59, tzinfo=dt.UTC)
        )
        days = {row.name: row.received_on.isoformat() for row in journal.documents.page()}
    assert days == {"night.pdf": "2026-04-01", "evening.pdf": "2026-03-31"}


def test_names_that_no_database_can_hold_are_kept_as_far_as_possible(journal: Journal) -> None:
    folder = os.fsdecode("福祉課".encode("cp932"))
    journal.documents.receive(sha(1), "壊れた\udce3名前\x00.pdf", 1, at(), channel=folder)
    [again] = journal.documents.arrived_as("壊れた\udce3名前\x00.pdf", folder, "", at(-1), sha(2))
    assert again.sha256 == sha(1)
    row = journal.documents.get(sha(1))
    assert row is not None
    assert row.name == "壊れた�名前�.pdf"
    assert journal.chain.verify() is None


def test_naive_times_are_refused(journal: Journal) -> None:
    with pytest.raises(ValueError, match="aware"):
        journal.documents.receive(sha(1), "a.pdf", 1, dt.datetime(2026, 4, 1))
