"""The chain: nobody changes what was written without being found out."""

from __future__ import annotations

import contextlib
import dataclasses
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from records.errors import DefinitionError, ServiceError
from records.journal import Journal, NewEvent, open_journal
from records.journal.schema import head
from records.journal.store import line_hash, stamp
from records.types import Event
from tests.records.test_journal.made import at, decision, field, read, sha, sheet


def raw(journal: Journal, *statements: str) -> None:
    """As somebody with the database's password would do it."""
    with journal.store.engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def without_triggers(journal: Journal) -> None:
    if journal.store.engine.dialect.name == "sqlite":
        raw(journal, "DROP TRIGGER events_no_update", "DROP TRIGGER events_no_delete")
    else:
        raw(
            journal,
            "DROP TRIGGER events_no_change ON events",
            "DROP TRIGGER events_no_truncate ON events",
        )


def fill(journal: Journal, n: int = 10) -> None:
    journal.chain.append_many(
        [
            NewEvent("viewed", at(i), record=f"r{i}", actor="山田", payload={"field": "氏名"})
            for i in range(n)
        ]
    )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET actor = 'nobody' WHERE seq = 3",
        "DELETE FROM events WHERE seq = 3",
        "DELETE FROM events",
    ],
)
def test_the_database_itself_refuses_to_change_events(journal: Journal, statement: str) -> None:
    fill(journal)
    with pytest.raises(sa.exc.DBAPIError, match="append-only"):
        raw(journal, statement)
    assert len(list(journal.chain.events())) == 10


def test_postgresql_refuses_to_empty_the_table(journal: Journal) -> None:
    if journal.store.engine.dialect.name != "postgresql":
        pytest.skip("SQLite has no TRUNCATE")
    fill(journal)
    with pytest.raises(sa.exc.DBAPIError, match="append-only"):
        raw(journal, "TRUNCATE events")


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        ("UPDATE events SET actor = 'nobody' WHERE seq = 4", 4),
        ('UPDATE events SET payload = \'{"field":"住所"}\' WHERE seq = 5', 5),
        ("UPDATE events SET payload = 'no json' WHERE seq = 5", 5),
        ('UPDATE events SET payload = \'{"field": "氏名"}\' WHERE seq = 5', 5),
        ("UPDATE events SET at = '2026-04-01T00:00:00.000000+00:00' WHERE seq = 6", 6),
        ("DELETE FROM events WHERE seq = 1", 1),
        ("DELETE FROM events WHERE seq = 7", 7),
        ("DELETE FROM events WHERE seq >= 9", 9),
        ("DELETE FROM events", 1),
    ],
)
def test_verify_finds_the_first_event_that_was_tampered_with(
    journal: Journal, statement: str, broken: int
) -> None:
    fill(journal)
    assert journal.chain.verify() is None
    without_triggers(journal)
    raw(journal, statement)
    assert journal.chain.verify() == broken


def test_verify_finds_an_event_forged_with_a_matching_hash(journal: Journal) -> None:
    fill(journal)
    forged = dataclasses.asdict(next(journal.chain.events(after=9)))
    forged |= {"seq": 11, "previous": forged["hash"], "actor": "nobody", "at": stamp(forged["at"])}
    forged["hash"] = line_hash(forged)
    forged["payload"] = '{"field":"氏名"}'
    with journal.store.engine.begin() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO events (seq, at, kind, document, record, actor, payload, previous, hash) VALUES "
                "(:seq, :at, :kind, :document, :record, :actor, :payload, :previous, :hash)"
            ),
            forged,
        )
    assert journal.chain.verify() == 11


def test_an_empty_journal_is_whole(journal: Journal) -> None:
    assert journal.chain.verify() is None
    assert journal.chain.verify_contents() is None


def test_more_events_than_a_page_are_verified(journal: Journal) -> None:
    fill(journal, 4500)
    assert journal.chain.verify() is None
    without_triggers(journal)
    raw(journal, "UPDATE events SET actor = 'x' WHERE seq = 4321")
    assert journal.chain.verify() == 4321


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body.replace("鹿島 花子", "鹿島 花江"),
        lambda body: body.replace("correct", "accept"),
    ],
)
def test_a_changed_decision_is_found(journal: Journal, change: Callable[[str], str]) -> None:
    record = read(journal, 1)
    journal.reviews.decide(decision(record))
    assert journal.chain.verify_contents() is None
    with journal.store.engine.begin() as connection:
        body = connection.exec_driver_sql("SELECT body FROM decisions").scalar_one()
        connection.execute(sa.text("UPDATE decisions SET body = :body"), {"body": change(body)})
    assert journal.chain.verify() is None, "the chain itself is whole"
    assert journal.chain.verify_contents() == record.id


def test_a_changed_reading_is_found_and_a_deleted_one_is_no_tampering(journal: Journal) -> None:
    first, second = read(journal, 1), read(journal, 2)
    raw(
        journal, f"DELETE FROM bodies WHERE record = '{first.id}'"
    )  # as at the end of its retention
    assert journal.chain.verify_contents() is None
    with journal.store.engine.begin() as connection:
        body = zlib.decompress(
            connection.execute(sa.text("SELECT body FROM bodies")).scalar_one()
        ).decode()
        forged = zlib.compress(body.replace("12000", "92000").encode())
        connection.execute(sa.text("UPDATE bodies SET body = :body"), {"body": forged})
    assert journal.chain.verify_contents() == second.id


def test_events_are_found_by_kind_actor_document_record_and_time(journal: Journal) -> None:
    journal.chain.append(
        "declared", at=at(), actor="佐藤", payload={"initiative": "EFF-01", "minutes": 6.5}
    )
    fill(journal, 5)
    journal.chain.append("viewed", at=at(2), document=sha(1), record="r9", actor="佐藤")

    def seqs(**filters: object) -> list[int]:
        return [event.seq for event in journal.chain.events(**filters)]  # type: ignore[arg-type]

    assert seqs(kind="declared") == [1]
    assert seqs(kind=["declared", "viewed"]) == list(range(1, 8))
    assert seqs(actor="佐藤") == [1, 7]
    assert seqs(document=sha(1)) == [7]
    assert seqs(record="r2") == [4]
    assert seqs(since=at(2), until=at(4)) == [4, 5, 7]
    assert seqs(limit=2) == [1, 2]
    assert seqs(after=5) == [6, 7]
    assert seqs(newest_first=True, limit=3) == [7, 6, 5]
    assert seqs(newest_first=True, after=5, limit=2) == [4, 3]


def test_an_event_comes_back_as_it_was_given(journal: Journal) -> None:
    payload = {"text": "鹿島\ud800\x00", "n": 1, "f": 1.5, "none": None, "list": [True]}
    seq = journal.chain.append("viewed", at=at(), actor="山田", payload=payload)
    event = next(journal.chain.events())
    assert isinstance(event, Event)
    assert (event.seq, event.at, event.kind, event.payload, event.actor) == (
        seq,
        at(),
        "viewed",
        payload,
        "山田",
    )
    assert journal.chain.verify() is None


def test_a_batch_holds_whole_or_not_at_all(journal: Journal) -> None:
    with journal.batch() as batch:
        batch.documents.receive(sha(1), "1.pdf", 1, at())
        assert batch.documents.get(sha(1)) is not None, "a batch sees what it wrote"
        assert [e.kind for e in batch.chain.events()] == ["received"]
        batch.chain.append("viewed", at=at())

    def fails() -> None:
        with journal.batch() as batch:
            batch.documents.receive(sha(2), "2.pdf", 1, at())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert [e.kind for e in journal.chain.events()] == ["received", "viewed"]
    assert journal.documents.get(sha(2)) is None
    assert journal.chain.verify() is None


def test_a_batch_with_a_failed_call_is_not_kept_even_if_the_caller_goes_on(
    journal: Journal,
) -> None:
    def goes_on() -> None:
        with journal.batch() as batch:
            batch.documents.receive(sha(1), "1.pdf", 1, at())
            with contextlib.suppress(TypeError):
                batch.readings.store(
                    sha(1), [sheet(sha(1)), sheet(sha(1), 2, field("x", object()))], at=at()
                )

    with pytest.raises(RuntimeError, match="nothing of it was kept"):
        goes_on()
    assert list(journal.chain.events()) == []


def test_a_newer_journal_is_refused(url: str) -> None:
    with open_journal(url) as journal, journal.store.engine.begin() as connection:
        connection.execute(head.update().values(schema=999))
    with pytest.raises(DefinitionError, match="新しい版"):
        open_journal(url)


@pytest.mark.parametrize("bad", ["not a url", "mysql://x/y", "sqlite://", "sqlite:///:memory:"])
def test_urls_that_cannot_be_used_are_refused_in_japanese(bad: str) -> None:
    with pytest.raises(DefinitionError) as error:
        open_journal(bad)
    assert error.value.key == "url"


def test_an_unreachable_database_may_be_tried_again(tmp_path: Path) -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(ServiceError, match="接続できません") as error:
        open_journal("postgresql://nobody@127.0.0.1:1/none")
    assert error.value.service == "database"
    folder = tmp_path / "is-a-folder.db"
    folder.mkdir()
    with pytest.raises(ServiceError, match="開けません"):
        open_journal(f"sqlite:///{folder}")


def test_a_locked_journal_may_be_tried_again(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("records.journal.store._BUSY_SECONDS", 0.1)
    with open_journal(sqlite_url) as one, open_journal(sqlite_url) as other, one.batch() as batch:
        batch.chain.append("viewed", at=at())
        with pytest.raises(ServiceError, match="別の処理が使っています"):
            other.chain.append("viewed", at=at())
        assert list(other.chain.events()) == [], "reading goes on while somebody writes"


def test_sqlite_commits_survive_a_power_cut(sqlite_url: str) -> None:
    with open_journal(sqlite_url) as journal, journal.store.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2, "FULL"
