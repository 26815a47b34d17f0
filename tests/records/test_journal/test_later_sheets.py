"""A file that changed after it was taken, and sheets of it that a person had joined or dropped: no
page stays behind alone, and none is lost."""

from __future__ import annotations

import dataclasses
import random

import pytest

from records.halves import merged, parted
from records.journal import Journal, RecordRow
from records.types import Problem, Record
from tests.records.test_journal.made import at, receipt, sha
from tests.records.test_journal.test_sheets import (
    FORM,
    OFFICE,
    arrive,
    half,
    put_together,
    row_of,
    whole,
)

FIRST, LATER, FAR = sha("first"), sha("later"), sha("far")
LIKELY = Problem("likely_duplicate", "同じ用紙のようです")


def id_of(number: int, document: str = FIRST) -> str:
    return Record.id_of(document, number)


def grow(journal: Journal, *found: Record) -> None:
    """The file of ``FIRST`` has other bytes now, and is read."""
    journal.documents.receive(LATER, "stack.tif", 1, at(10))
    assert journal.documents.reopen(LATER, FIRST, at(10))
    assert journal.readings.store(LATER, found, receipts=[receipt()], at=at(11))


def states(journal: Journal) -> dict[str, str]:
    lines = journal.records.search()
    told = {line.id: line.state for line in lines}
    assert len(told) == len(lines)
    assert journal.tallies.agree()
    assert journal.chain.verify() is None
    assert journal.chain.verify_contents() is None
    return told


def changed(record: Record) -> Record:
    name = "front" if "front" in record.fields and record.fields["front"].value else "back"
    item = dataclasses.replace(record.fields[name], text="別の値", value="別の値")
    return dataclasses.replace(record, fields={**record.fields, name: item})


def test_pages_that_the_later_state_joins_leave_no_page_behind(journal: Journal) -> None:
    arrive(journal, FIRST, half(FIRST, 1, 1), half(FIRST, 2, 2))
    grow(journal, whole(LATER, 1))
    assert states(journal) == {id_of(1): "ready", id_of(2): "returned"}


def test_pages_that_a_person_joined_come_again_joined_otherwise(journal: Journal) -> None:
    """What was let go when the sheet was read anew, and is not a sheet any more, is given back."""
    arrive(journal, FIRST, half(FIRST, 1, 1), half(FIRST, 2, 2))
    put_together(journal, id_of(1), id_of(2))
    grow(journal, changed(whole(LATER, 1)))
    assert states(journal) == {id_of(1): "waiting", id_of(2): "returned"}
    assert [p.code for p in row_of(journal, id_of(1)).record.problems] == ["reopened"]


def test_pages_that_a_person_joined_and_that_say_the_same_stay_joined(journal: Journal) -> None:
    arrive(journal, FIRST, half(FIRST, 1, 1), half(FIRST, 2, 2))
    put_together(journal, id_of(1), id_of(2))
    grow(journal, whole(LATER, 1), half(LATER, 3, 1))
    assert states(journal) == {id_of(1): "ready", id_of(2): "dropped", id_of(3, LATER): "waiting"}


def test_a_page_of_another_document_does_not_go_with_the_sheet_it_was_joined_to(
    journal: Journal,
) -> None:
    arrive(journal, FIRST, half(FIRST, 1, 1))
    arrive(journal, FAR, half(FAR, 1, 2))
    put_together(journal, id_of(1), id_of(1, FAR))
    grow(journal)  # every page of it is set aside
    assert states(journal) == {id_of(1): "returned", id_of(1, FAR): "waiting"}


def test_a_dropped_sheet_waits_again_where_the_one_it_was_the_same_as_changed(
    journal: Journal,
) -> None:
    again = dataclasses.replace(whole(FAR, 1), problems=(LIKELY,))
    arrive(journal, FIRST, whole(FIRST, 1))
    arrive(journal, FAR, again)
    journal.joins.drop_same(row_of(journal, again.id), id_of(1), at=at(3), who="clerk")
    grow(journal, changed(whole(LATER, 1)))
    assert states(journal) == {id_of(1): "waiting", again.id: "waiting"}


def test_a_dropped_sheet_that_changed_waits_for_a_person(journal: Journal) -> None:
    again = dataclasses.replace(whole(FIRST, 1), problems=(LIKELY,))
    arrive(journal, FAR, whole(FAR, 1))
    arrive(journal, FIRST, again)
    journal.joins.drop_same(row_of(journal, again.id), id_of(1, FAR), at=at(3), who="clerk")
    grow(journal, changed(whole(LATER, 1)))
    assert states(journal) == {id_of(1): "waiting", id_of(1, FAR): "ready"}
    assert "reopened" in {p.code for p in row_of(journal, id_of(1)).record.problems}
    assert journal.joins.link_of(id_of(1)) is None


def test_a_dropped_sheet_that_says_the_same_stays_dropped(journal: Journal) -> None:
    again = dataclasses.replace(whole(FIRST, 1), problems=(LIKELY,))
    arrive(journal, FAR, whole(FAR, 1))
    arrive(journal, FIRST, again)
    journal.joins.drop_same(row_of(journal, again.id), id_of(1, FAR), at=at(3), who="clerk")
    grow(journal, whole(LATER, 1))
    assert states(journal) == {id_of(1): "dropped", id_of(1, FAR): "ready"}


def test_a_later_state_read_again_joins_sheets_that_have_their_old_ids(journal: Journal) -> None:
    arrive(journal, FIRST, half(FIRST, 1, 1), half(FIRST, 2, 2))
    grow(journal, changed(half(LATER, 1, 1)), changed(half(LATER, 2, 2)))
    assert states(journal) == {id_of(1): "waiting", id_of(2): "waiting"}
    journal.documents.retry(LATER, at(20))
    assert journal.readings.store(LATER, [whole(LATER, 1)], receipts=[receipt()], at=at(21))
    assert states(journal) == {id_of(1): "ready", id_of(2): "dropped"}


def test_a_sheet_with_an_old_id_can_be_parted_and_joined(journal: Journal) -> None:
    arrive(journal, FIRST, half(FIRST, 1, 1))
    doubt = Problem("joined_by_order", "確認してください")
    grow(journal, dataclasses.replace(whole(LATER, 1), problems=(doubt,)))
    row = row_of(journal, id_of(1))
    pages = journal.joins.part(row, parted(row.record, FORM), at=at(12), who="clerk")
    assert [page.id for page in pages] == [id_of(1), id_of(2, LATER)]
    made = put_together(journal, *(page.id for page in pages), minutes=13)
    assert (made.id, made.line.pages) == (id_of(1), (1, 2))
    assert states(journal) == {id_of(1): "ready", id_of(2, LATER): "dropped"}


def test_a_later_state_that_was_read_first_keeps_its_own_ids_when_read_again(
    journal: Journal,
) -> None:
    arrive(journal, FIRST, half(FIRST, 1, 1))
    arrive(journal, LATER, half(LATER, 1, 1))
    assert journal.documents.reopen(LATER, FIRST, at(5))
    journal.documents.retry(LATER, at(6))
    assert journal.readings.store(LATER, [half(LATER, 1, 1)], receipts=[receipt()], at=at(7))
    assert states(journal) == {id_of(1): "returned", id_of(1, LATER): "waiting"}


def is_on(row: RecordRow, document: str, number: int) -> bool:
    return (document, number) in [(leaf.document, leaf.number) for leaf in row.record.leaves]


def test_a_page_that_is_joined_to_another_sheet_is_told_when_a_new_reading_joins_it(
    journal: Journal,
) -> None:
    arrive(journal, FIRST, half(FIRST, 1, 1), half(FIRST, 2, 2))
    arrive(journal, FAR, half(FAR, 1, 1))
    put_together(journal, id_of(1, FAR), id_of(2))
    journal.documents.retry(FIRST, at(5))
    assert journal.readings.store(FIRST, [whole(FIRST, 1)], receipts=[receipt()], at=at(6))
    assert states(journal) == {id_of(1): "waiting", id_of(2): "dropped", id_of(1, FAR): "ready"}
    [problem] = row_of(journal, id_of(1)).as_read.problems
    assert problem.code == "joined_elsewhere"
    assert id_of(1, FAR) in problem.message


@pytest.mark.parametrize("seed", range(8))
def test_every_page_is_in_one_sheet_that_counts_whatever_happened_before(
    journal: Journal, seed: int
) -> None:
    """A page stands in exactly one sheet that waits or is ready: of the later state, and of another
    document that some of its pages were joined with. Where it stands in two, a person is told."""
    chance = random.Random(seed)
    arrive(journal, FIRST, *(half(FIRST, n, 2 - n % 2) for n in range(1, 7)))
    arrive(journal, FAR, half(FAR, 1, 1), half(FAR, 2, 2))
    fronts = [id_of(1), id_of(3), id_of(5), id_of(1, FAR)]
    backs = [id_of(2), id_of(4), id_of(6), id_of(2, FAR)]
    chance.shuffle(backs)
    for minutes, pair in enumerate(chance.sample(list(zip(fronts, backs, strict=True)), 3), 2):
        put_together(journal, *pair, minutes=minutes)
    found: list[Record] = []
    for number in (1, 3, 5):
        parts = [half(LATER, number, 1), half(LATER, number + 1, 2)]
        parts = [part if chance.random() < 0.6 else changed(part) for part in parts]
        found += [merged(parts, FORM, OFFICE, at().date())] if chance.random() < 0.5 else parts
    grow(journal, *found)
    told = states(journal)
    rows = [row_of(journal, name) for name, state in told.items() if state in ("waiting", "ready")]
    leaves = [leaf for row in rows for leaf in row.record.leaves]
    of_far = [leaf.number for leaf in leaves if leaf.document == FAR]
    of_file = [leaf.number for leaf in leaves if leaf.document != FAR]
    assert (sorted(set(of_file)), sorted(of_far)) == ([1, 2, 3, 4, 5, 6], [1, 2])
    for number in {n for n in of_file if of_file.count(n) > 1}:
        [new] = [row for row in rows if is_on(row, LATER, number)]
        [kept] = [row for row in rows if is_on(row, FIRST, number)]
        told = [p.message for p in new.as_read.problems if p.code == "joined_elsewhere"]
        assert new.state == "waiting"
        assert any(kept.id in message for message in told)
