"""What a person joined stays joined when the pages are read again as halves; pages that are others
now are not joined with anybody's."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from flows.rejoining import joined_again
from records.halves import parted
from records.journal import Journal, open_journal
from records.types import Record
from tests.records.test_journal.made import at, receipt, sha
from tests.records.test_journal.test_later_sheets import FAR, FIRST, LATER, changed, id_of, states
from tests.records.test_journal.test_sheets import (
    FORM,
    OFFICE,
    arrive,
    half,
    put_together,
    row_of,
    whole,
)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    opened = open_journal(f"sqlite:///{tmp_path / 'torikomi.db'}")
    yield opened
    opened.close()


def again(journal: Journal, document: str, found: Sequence[Record]) -> list[Record]:
    forms = {FORM.id: FORM}
    return joined_again(journal, document, found, forms, OFFICE, at().date())


def grow(journal: Journal, *found: Record) -> list[Record]:
    """The file of ``FIRST`` has other bytes now, and is read."""
    journal.documents.receive(LATER, "stack.tif", 1, at(10))
    assert journal.documents.reopen(LATER, FIRST, at(10))
    sheets = again(journal, LATER, found)
    assert journal.readings.store(LATER, sheets, receipts=[receipt()], at=at(11))
    return sheets


def test_halves_of_a_file_that_grew_are_joined_as_a_person_joined_them(journal: Journal) -> None:
    arrive(journal, FIRST, half(FIRST, 1, 1), half(FIRST, 2, 2), whole(FIRST, 3))
    put_together(journal, id_of(1), id_of(2))
    third = dataclasses.replace(half(LATER, 5, 1))
    found = [half(LATER, 1, 1), half(LATER, 2, 2), whole(LATER, 3), third]
    sheets = grow(journal, *found)
    assert [sheet.pages for sheet in sheets] == [(1, 2), (3, 4), (5,)]
    told = {id_of(1): "ready", id_of(2): "dropped", id_of(3): "ready", third.id: "waiting"}
    assert states(journal) == told


def test_a_sheet_that_waits_stays_joined_when_it_is_read_again(journal: Journal) -> None:
    doubtful = half(FIRST, 1, 1, unseen=False)
    arrive(journal, FIRST, doubtful, half(FIRST, 2, 2))
    put_together(journal, id_of(1), id_of(2))
    journal.documents.retry(FIRST, at(20))
    sheets = again(journal, FIRST, [doubtful, half(FIRST, 2, 2)])
    assert journal.readings.store(FIRST, sheets, receipts=[receipt()], at=at(21))
    assert states(journal) == {id_of(1): "waiting", id_of(2): "dropped"}
    assert row_of(journal, id_of(1)).record.is_half is False


def test_a_page_of_another_file_stays_with_the_sheet(journal: Journal) -> None:
    doubtful = half(FIRST, 1, 1, unseen=False)
    arrive(journal, FIRST, doubtful)
    arrive(journal, FAR, half(FAR, 1, 2))
    put_together(journal, id_of(1), id_of(1, FAR))
    sheets = grow(journal, half(LATER, 1, 1, unseen=False), half(LATER, 2, 1))
    assert [len(sheet.leaves) for sheet in sheets] == [2, 1]
    told = {id_of(1): "waiting", id_of(1, FAR): "dropped", id_of(2, LATER): "waiting"}
    assert states(journal) == told
    assert row_of(journal, id_of(1)).record.is_half is False


@pytest.mark.parametrize("which", [0, 1])
def test_a_page_with_other_writing_is_joined_with_nobodys(journal: Journal, which: int) -> None:
    arrive(journal, FIRST, half(FIRST, 1, 1), half(FIRST, 2, 2))
    put_together(journal, id_of(1), id_of(2))
    found = [half(LATER, 1, 1), half(LATER, 2, 2)]
    found[which] = changed(found[which])
    assert again(journal, LATER, found) == found, "not known as a later state yet"
    assert all(sheet.is_half for sheet in grow(journal, *found))
    assert "ready" not in states(journal).values()


def test_pages_that_moved_are_not_joined(journal: Journal) -> None:
    arrive(journal, FIRST, half(FIRST, 1, 1), half(FIRST, 2, 2))
    put_together(journal, id_of(1), id_of(2))
    other = dataclasses.replace(half(LATER, 9, 1), id=Record.id_of(LATER, 1), pages=(1,))
    assert all(sheet.is_half for sheet in grow(journal, other, half(LATER, 2, 1)))


def test_what_a_person_has_parted_since_is_not_joined(journal: Journal) -> None:
    arrive(journal, FIRST, half(FIRST, 1, 1), half(FIRST, 2, 2, unseen=False))
    row = put_together(journal, id_of(1), id_of(2))
    journal.joins.part(row, parted(row.record, FORM), at=at(5), who="clerk")
    assert all(sheet.is_half for sheet in grow(journal, half(LATER, 1, 1), half(LATER, 2, 2)))


def test_what_nobody_joined_is_left_alone(journal: Journal) -> None:
    arrive(journal, FIRST, whole(FIRST, 1), half(FIRST, 3, 1))
    found = [half(LATER, 1, 1), half(LATER, 2, 2), half(LATER, 3, 1)]
    assert grow(journal, *found) == found
    assert again(journal, sha("nobody"), found) == found
