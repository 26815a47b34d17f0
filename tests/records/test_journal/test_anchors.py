"""What stands outside the database shows what nothing inside it can: a cut end, an older copy, a chain
that was computed anew, a journal that is gone."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from records.codec import canonical
from records.journal import Journal, open_journal
from records.journal.anchors import FILE, KEY, Anchors
from records.journal.schema import GENESIS
from records.journal.store import line_hash
from tests.records.test_journal.made import at, decision, read
from tests.records.test_journal.test_audit import raw, without_triggers


@pytest.fixture
def anchors(tmp_path: Path) -> Anchors:
    return Anchors(tmp_path / "audit", tmp_path / "away.jsonl")


def work(journal: Journal, anchors: Anchors, days: range = range(3)) -> None:
    """Some days' work, each with an anchor at its end."""
    for day in days:
        record = read(journal, f"day {day}", minutes=day)
        journal.reviews.decide(decision(record, minutes=day + 0.5))
        anchors.set(journal.chain, at(day + 0.7))


def test_an_untouched_journal_has_no_doubt(url: str, anchors: Anchors) -> None:
    with open_journal(url) as journal:
        assert anchors.doubts(journal.chain) == []
        work(journal, anchors)
        assert anchors.doubts(journal.chain) == []
        assert not anchors.is_behind(journal.chain)
        assert anchors.set(journal.chain, at(9)) is None, "nothing has happened since"
        read(journal, "later", minutes=20)
        assert anchors.doubts(journal.chain) == []


def _cut(journal: Journal) -> None:
    """The last events taken out, and the head set to what is left."""
    without_triggers(journal)
    raw(
        journal,
        "DELETE FROM events WHERE seq > (SELECT max(seq) - 2 FROM events)",
        "UPDATE head SET seq = (SELECT max(seq) FROM events), "
        "hash = (SELECT hash FROM events ORDER BY seq DESC LIMIT 1)",
    )


def _emptied(journal: Journal) -> None:
    without_triggers(journal)
    raw(journal, "DELETE FROM events", f"UPDATE head SET seq = 0, hash = '{'0' * 64}'")


def _computed_anew(journal: Journal) -> None:
    """Another name in the first event, and every hash after it made to fit."""
    told = list(journal.chain.events())
    without_triggers(journal)
    previous = GENESIS
    for event in told:
        line = {
            "seq": event.seq,
            "at": event.at.isoformat(timespec="microseconds"),
            "kind": event.kind,
            "document": event.document,
            "record": event.record,
            "actor": "別人" if event.seq == 1 else event.actor,
            "payload": dict(event.payload),
            "previous": previous,
        }
        previous = line_hash(line)
        raw(
            journal,
            f"UPDATE events SET actor = '{line['actor']}', previous = '{line['previous']}', "
            f"hash = '{previous}', payload = '{canonical(line['payload'])}' WHERE seq = {event.seq}",
        )
    raw(journal, f"UPDATE head SET hash = '{previous}'")


@pytest.mark.parametrize("tamper", [_cut, _emptied, _computed_anew])
def test_what_the_chain_alone_cannot_show(
    sqlite_url: str, anchors: Anchors, tamper: Callable[[Journal], None]
) -> None:
    with open_journal(sqlite_url) as journal:
        work(journal, anchors)
        tamper(journal)
        assert journal.chain.verify() is None, "the chain by itself is whole"
        assert anchors.doubts(journal.chain)
        assert anchors.is_behind(journal.chain)


def test_an_older_copy_and_a_missing_journal(tmp_path: Path, anchors: Anchors) -> None:
    place, copy = tmp_path / "torikomi.db", tmp_path / "copy.db"
    with open_journal(f"sqlite:///{place}") as journal:
        work(journal, anchors, range(1))
    shutil.copy(place, copy)
    with open_journal(f"sqlite:///{place}") as journal:
        work(journal, anchors, range(1, 3))
    for older in (copy, tmp_path / "new.db"):
        with open_journal(f"sqlite:///{older}") as journal:
            assert anchors.is_behind(journal.chain)
            assert anchors.doubts(journal.chain)


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: [*lines[:-1], lines[-1].replace('"seq":', '"seq":1')],
        lambda lines: lines[1:],
        lambda lines: [lines[0], *lines[2:]],
        lambda lines: [lines[1], lines[0], *lines[2:]],
        lambda lines: [],
    ],
)
def test_changed_lines_are_found(
    sqlite_url: str, tmp_path: Path, change: Callable[[list[str]], list[str]]
) -> None:
    anchors = Anchors(tmp_path / "audit", tmp_path / "away.jsonl")
    with open_journal(sqlite_url) as journal:
        work(journal, anchors)
        path = tmp_path / "audit" / FILE
        lines = path.read_text(encoding="utf-8").splitlines()
        path.write_text("".join(f"{line}\n" for line in change(lines)), encoding="utf-8")
        assert anchors.doubts(journal.chain)


def test_a_lost_file_of_lines_is_told(sqlite_url: str, tmp_path: Path) -> None:
    anchors = Anchors(tmp_path / "audit")
    with open_journal(sqlite_url) as journal:
        work(journal, anchors)
        (tmp_path / "audit" / FILE).unlink()
        assert anchors.doubts(journal.chain)


def test_a_half_line_of_a_power_cut_is_no_tampering(sqlite_url: str, tmp_path: Path) -> None:
    anchors = Anchors(tmp_path / "audit")
    with open_journal(sqlite_url) as journal:
        work(journal, anchors)
        with (tmp_path / "audit" / FILE).open("ab") as stream:
            stream.write(b'{"at":"2026-04-01T')
        assert anchors.doubts(journal.chain) == []
        read(journal, "later", minutes=20)
        assert anchors.set(journal.chain, at(21)) is not None
        assert anchors.doubts(journal.chain) == []


def test_what_a_person_has_accepted_is_told_no_more(tmp_path: Path) -> None:
    anchors = Anchors(tmp_path / "audit")
    with open_journal(f"sqlite:///{tmp_path / 'one.db'}") as journal:
        work(journal, anchors)
    with open_journal(f"sqlite:///{tmp_path / 'two.db'}") as journal:
        read(journal, "begun anew")
        assert anchors.is_behind(journal.chain)
        anchors.set(journal.chain, at(60), note="控えがなく、始めからやり直す")
        assert anchors.doubts(journal.chain) == []
        assert not anchors.is_behind(journal.chain)


def test_the_key_is_for_the_service_alone(sqlite_url: str, tmp_path: Path) -> None:
    anchors = Anchors(tmp_path / "audit")
    with open_journal(sqlite_url) as journal:
        work(journal, anchors, range(1))
    assert (tmp_path / "audit" / KEY).stat().st_mode & 0o777 == 0o600
    line = json.loads((tmp_path / "audit" / FILE).read_text(encoding="utf-8"))
    assert set(line) == {"at", "hash", "mac", "note", "previous", "seq"}
