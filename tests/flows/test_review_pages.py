"""Pages joined, parted and dropped in the terminal."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from flows.commands.review import Desk
from flows.composition import journal_of
from flows.definitions import Definitions, load_definitions
from records.halves import LIKELY
from records.journal import Journal
from records.types import Problem, Receipt, Record
from tests.flows.office import make_office
from tests.records.test_journal.made import at, sha
from tests.records.test_journal.test_sheets import FORM, half, whole


def arrive(journal: Journal, document: str, *found: Record) -> None:
    journal.documents.receive(document, "stack.tif", 1, at())
    receipt = Receipt("read", FORM.id, FORM.initiative, {"sheets": len(found)}, 1.0)
    assert journal.readings.store(document, found, receipts=[receipt], at=at())


def office(tmp_path: Path) -> Definitions:
    definitions = load_definitions(make_office(tmp_path / "office"))
    return dataclasses.replace(definitions, forms={**definitions.forms, FORM.id: FORM})


def desk(definitions: Definitions, journal: Journal, *typed: str) -> Desk:
    answers = list(typed)
    return Desk(definitions, journal, "職員A", lambda prompt: answers.pop(0), lambda: 0.0)


def test_a_missing_page_is_chosen_by_its_number(tmp_path: Path) -> None:
    definitions = office(tmp_path)
    with journal_of(definitions.site) as journal:
        front, back = half(sha(1), 1, 1), half(sha(1), 2, 2)
        arrive(journal, sha(1), front, back)
        desk(definitions, journal, "", "").work(None)
        assert journal.joins.lone_count() == 2, "Enter leaves them for later"
        desk(definitions, journal, "1").work(None)
        assert [row.id for row in journal.deliveries.ready(5)] == [front.id]


def test_pages_of_two_people_are_parted_by_a_key(tmp_path: Path) -> None:
    definitions = office(tmp_path)
    with journal_of(definitions.site) as journal:
        arrive(journal, sha(1), whole(sha(1), 1, Problem("joined_by_order", "同じ人ですか")))
        desk(definitions, journal, "/", "", "").work(None)
        assert [row.line.pages for row in journal.joins.lone()] == [(1,), (2,)]
        assert journal.deliveries.ready(5) == []


def test_what_is_probably_a_duplicate_is_kept_by_a_key_of_its_own(tmp_path: Path) -> None:
    definitions = office(tmp_path)
    with journal_of(definitions.site) as journal:
        arrive(journal, sha(1), whole(sha(1), 1, Problem(LIKELY, "同じ用紙のようです")))
        desk(definitions, journal, "", "", "q").work(None)
        assert journal.deliveries.ready(5) == [], "Enter keeps neither"
        desk(definitions, journal, "y").work(None)
        assert [row.id for row in journal.deliveries.ready(5)] == [Record.id_of(sha(1), 1)]
