"""A sheet that was scanned again: found by its ink, told with the first one, and left to a person.

What the ink of real sheets is like is measured by ``python -m benchmarks.duplicates``."""

from __future__ import annotations

import dataclasses
import random

import numpy as np
import pytest

from records.halves import LIKELY
from records.inkmap import packed
from records.journal import Journal
from records.types import PAGE_MISSING, Box, Field, Problem, Reading, Record, SheetPage
from tests.records.test_journal.made import at, decision, deliver, field, receipt, sha, sheet

CHANCE = random.Random(3)


def ink(seed: int, turned: int = 0) -> str:
    """The bits of a sheet; ``turned`` of them read otherwise, as another scan has it."""
    bits = random.Random(seed).getrandbits(1024)
    for place in CHANCE.sample(range(1024), turned):
        bits ^= 1 << place
    return f"{bits:0256x}"


def inked(name: object, *inks: str, page: int = 1, fields: tuple[Field, ...] = ()) -> Record:
    """A sheet with one page for each of ``inks``."""
    document = sha(name)
    record = sheet(document, page, *(fields or (field("name", unseen=True),)))
    leaves = (SheetPage(document, page + n, n + 1, bits) for n, bits in enumerate(inks))
    return dataclasses.replace(record, leaves=tuple(leaves))


def arrive(journal: Journal, *found: Record, minutes: float = 0) -> None:
    document = found[0].document
    journal.documents.receive(document, f"{document[:4]}.pdf", 1, at(minutes))
    assert journal.readings.store(document, found, receipts=[receipt()], at=at(minutes))


def codes(journal: Journal, record: Record) -> list[str]:
    row = journal.records.get(record.id)
    assert row is not None
    return [problem.code for problem in row.record.problems]


def test_the_same_sheet_again_waits_and_names_the_first(journal: Journal) -> None:
    first, again, other = inked(1, ink(1)), inked(2, ink(1, 90)), inked(3, ink(3))
    for record in (first, again, other):
        arrive(journal, record)
    assert [row.id for row in journal.deliveries.ready(10)] == [first.id, other.id]
    row = journal.records.get(again.id)
    assert row is not None
    assert row.line.open == ("",)
    [problem] = row.record.problems
    assert problem.code == LIKELY
    assert "4月1日" in problem.message
    assert first.id in problem.message
    assert journal.joins.link_of(again.id) == ("like", first.id)


def test_it_is_found_when_the_first_is_delivered_long_ago(journal: Journal) -> None:
    first, again = inked(1, ink(1)), inked(2, ink(1, 120))
    arrive(journal, first)
    deliver(journal)
    arrive(journal, again, minutes=60 * 24 * 90)
    assert codes(journal, again) == [LIKELY]


def test_a_person_keeps_both_or_one(journal: Journal) -> None:
    for name in (1, 2, 3):
        arrive(journal, inked(name, ink(1, 40)))
    second, third = inked(2, ""), inked(3, "")
    journal.reviews.decide(decision(second, "", None, verdict="accept"))
    row = journal.records.get(third.id)
    assert row is not None
    journal.joins.drop_same(row, inked(1, "").id, at=at(2), who="clerk")
    assert [r.id for r in journal.deliveries.ready(5)] == [inked(1, "").id, second.id]


def test_twice_in_one_document_is_found_too(journal: Journal) -> None:
    first, again = inked(1, ink(1)), inked(1, ink(1, 30), page=2)
    arrive(journal, first, again)
    assert (codes(journal, first), codes(journal, again)) == ([], [LIKELY])


def test_all_pages_of_a_sheet_must_be_alike(journal: Journal) -> None:
    """The same first page before another second one is another application."""
    arrive(journal, inked(1, ink(1), ink(2)))
    other, again = inked(2, ink(1, 50), ink(9)), inked(3, ink(1, 50), ink(2, 50))
    arrive(journal, other)
    arrive(journal, again)
    assert (codes(journal, other), codes(journal, again)) == ([], [LIKELY])


def test_a_page_that_lost_strokes_is_found_by_the_other_page(journal: Journal) -> None:
    arrive(journal, inked(1, ink(1), ink(2)))
    again, other = inked(2, ink(1, 50), ink(2, 240)), inked(3, ink(1, 240), ink(2, 240))
    arrive(journal, again)
    arrive(journal, other)
    assert (codes(journal, again), codes(journal, other)) == ([LIKELY], [])


NAME = field("name", "伊藤太郎", kind="name", p=0.9)
PHONE = field("phone", "0954-63-2111", kind="phone", p=0.9)


@pytest.mark.parametrize(
    ("again", "is_found"),
    [
        ((NAME, PHONE, field("day", "2026-04-01", p=0.9)), True),
        ((NAME, PHONE, field("day", "2026-05-01", p=0.3)), True),
        ((NAME, PHONE, field("day", "2026-05-01", p=0.9)), False),
        ((NAME, PHONE, field("day", None, p=0.9)), False),
        ((NAME, field("phone", None, p=0.2), field("day", "2026-04-01", p=0.9)), False),
    ],
)
def test_a_sheet_that_lost_strokes_is_found_by_what_it_says(
    journal: Journal, again: tuple[Field, ...], is_found: bool
) -> None:
    """Two values of one person are equal, and none that is believed on both differs."""
    arrive(journal, inked(1, ink(1), fields=(NAME, PHONE, field("day", "2026-04-01", p=0.9))))
    later = inked(2, ink(1, 260), fields=again)
    arrive(journal, later)
    assert (codes(journal, later) == [LIKELY]) == is_found
    far = inked(3, ink(1, 340), fields=(NAME, PHONE))
    arrive(journal, far)
    assert codes(journal, far) == []


STROKES = np.random.default_rng(4).random((584, 413)) < 0.04


def left_of(strokes: object, share: float, seed: int = 1) -> np.ndarray:
    """What a bad scan leaves of the strokes: this share of them."""
    return np.asarray(strokes) & (np.random.default_rng(seed).random((584, 413)) < share)


def scanned(name: object, strokes: np.ndarray, turned: int, *fields: Field) -> Record:
    """A sheet with its strokes; ``turned`` bits are others than on the first one."""
    record = inked(name, ink(1, turned), fields=fields)
    leaf = dataclasses.replace(record.leaves[0], strokes=packed(strokes))
    return dataclasses.replace(record, leaves=(leaf,))


@pytest.mark.parametrize("share", [0.3, 0.05, 0.02])
@pytest.mark.parametrize("bad_first", [False, True])
def test_a_scan_that_lost_nearly_all_strokes_is_found_by_those_that_are_left(
    journal: Journal, share: float, bad_first: bool
) -> None:
    pair = [scanned(1, STROKES, 0), scanned(2, left_of(STROKES, share), 380)]
    first, again = pair[::-1] if bad_first else pair
    arrive(journal, first)
    for number in range(3, 6):
        arrive(journal, scanned(number, left_of(np.flipud(STROKES), 0.9, number), 420))
    arrive(journal, again)
    assert codes(journal, again) == [LIKELY]
    assert journal.joins.link_of(again.id) == ("like", first.id)


def test_strokes_of_somebody_else_are_not_what_is_left(journal: Journal) -> None:
    arrive(journal, scanned(1, STROKES, 0))
    others = [np.roll(STROKES, 3, 1), np.flipud(STROKES), left_of(np.fliplr(STROKES), 0.05)]
    records = [scanned(number, strokes, 380) for number, strokes in enumerate(others, 2)]
    for record in records:
        arrive(journal, record)
        assert codes(journal, record) == []
    speck = scanned(9, left_of(STROKES, 0.005), 380)
    arrive(journal, speck)
    assert codes(journal, speck) == []


PLACE = Box(20, 20, 100, 20)
CELLS_OF_PLACE = np.s_[39:80, 39:240]


@pytest.mark.parametrize(
    ("day", "engine", "moved", "is_found"),
    [
        ("2026-05-01", "ppocr", 0, True),  # misread once: the ink is the same
        ("2026-05-01", "ppocr", 3, False),  # typed alike, another day
        ("2026-05-01", "textlayer", 0, False),  # the file itself says another day
        (None, "ppocr", 3, True),  # filled in since
    ],
)
def test_a_value_that_differs_parts_sheets_where_its_ink_does(
    journal: Journal, day: str | None, engine: str, moved: int, is_found: bool
) -> None:
    def dated(name: int, day: str | None, strokes: np.ndarray) -> Record:
        features = {"textlayer": 1.0} if engine == "textlayer" else {}
        readings = (Reading(str(day), 0.9, engine, (), features),)
        sure = field("day", day, unseen=True, p=0.99)
        read = dataclasses.replace(sure, value=day, readings=readings, box=PLACE)
        return scanned(name, strokes, 20, read)

    arrive(journal, dated(1, "2026-04-01", STROKES))
    other = STROKES.copy()
    other[CELLS_OF_PLACE] = np.roll(STROKES[CELLS_OF_PLACE], moved, 1)
    again = dated(2, day, other)
    arrive(journal, again)
    assert (codes(journal, again) == [LIKELY]) == is_found


def test_half_a_sheet_and_the_whole_one_scanned_again(journal: Journal) -> None:
    """The back was forgotten at first."""
    missing = half_of(inked(1, ink(1)))
    arrive(journal, missing)
    whole = inked(2, ink(1, 40), ink(2))
    arrive(journal, whole)
    assert codes(journal, whole) == [LIKELY]


def half_of(record: Record) -> Record:
    gone = Problem(PAGE_MISSING, "2ページ目がありません")
    return dataclasses.replace(record, problems=(gone,))


LETTER = (
    "市長 様",
    "通学路の街灯について",
    "納富分の公民館から小学校までの道が暗く、夕方に子どもが歩くのは心配です。",
    "街灯を二つほど増やしていただけないでしょうか。よろしくお願いします。",
)
OTHER_LETTER = (
    "市長 様",
    "公園の遊具について",
    "蟻尾山公園のすべり台が割れていて、子どもがけがをしそうになりました。",
    "直すか、使えないようにしていただけないでしょうか。よろしくお願いします。",
)


def letter(name: object, lines: tuple[str, ...], sender: str) -> Record:
    return dataclasses.replace(
        sheet(sha(name), 1, field("sender", sender, kind="name")), lines=lines
    )


def misread(lines: tuple[str, ...], every: int) -> tuple[str, ...]:
    """Every so many characters another one."""
    return tuple(
        "".join("田" if n % every == every - 1 else c for n, c in enumerate(line)) for line in lines
    )


def test_a_letter_that_is_faxed_again_is_found_by_what_it_says(journal: Journal) -> None:
    first = letter(1, ("2026-11-22 10:15 P.01", *LETTER), "鍋島太郎")
    other = letter(2, OTHER_LETTER, "鍋島太郎")
    again = letter(3, ("2026-11-24 09:02 P.01", *misread(LETTER, 9)), "鍋烏太郎")
    many = letter(4, LETTER, "原口三枝")  # of a campaign: the same words, another citizen
    short = [letter(name, ("別紙のとおり",), "松尾洋子") for name in (5, 6)]
    for record in (first, other, again, many, *short):
        arrive(journal, record)
    assert [codes(journal, r) for r in (first, other, again, many, *short)] == [
        *([], [], [LIKELY]),
        *([], [], []),
    ]
    assert journal.joins.link_of(again.id) == ("like", first.id)


def test_what_is_typed_alike_but_says_another_thing_is_another_sheet(journal: Journal) -> None:
    sure = {"unseen": True}
    arrive(journal, inked(1, ink(1), fields=(field("day", "2026-04-01", **sure),)))  # type: ignore[arg-type]
    other = inked(2, ink(1, 20), fields=(field("day", "2026-05-01", **sure),))  # type: ignore[arg-type]
    arrive(journal, other)
    assert codes(journal, other) == []


def test_a_sheet_read_anew_is_not_its_own_twin_nor_the_later_ones(journal: Journal) -> None:
    doubtful = (field("name"),)
    first, again = inked(1, ink(1), fields=doubtful), inked(2, ink(1, 50))
    arrive(journal, first)
    arrive(journal, again)
    journal.documents.retry(first.document, at(3))
    assert journal.readings.store(first.document, [first], receipts=[receipt()], at=at(4))
    assert codes(journal, first) == []


def test_what_was_returned_may_come_again(journal: Journal) -> None:
    first, again = inked(1, ink(1)), inked(2, ink(1, 50))
    arrive(journal, first)
    journal.reviews.return_record(first.id, "asked", "申請者に確認", at(1))
    arrive(journal, again)
    assert codes(journal, again) == []


def test_a_reading_that_is_undone_hides_no_later_sheet(journal: Journal) -> None:
    """What was compared with a reading that failed in the end is forgotten with it."""
    journal.documents.receive(sha(1), "1.pdf", 1, at())
    bad = inked(1, ink(5), page=2, fields=(field("x", object()),))
    with pytest.raises(TypeError):
        journal.readings.store(sha(1), [inked(1, ink(1)), bad], receipts=[receipt()], at=at())
    first, again = inked(2, ink(1)), inked(3, ink(1, 50))
    arrive(journal, first)
    arrive(journal, again)
    assert (codes(journal, first), codes(journal, again)) == ([], [LIKELY])
