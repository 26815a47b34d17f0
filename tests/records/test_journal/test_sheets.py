"""Parts of sheets, and sheets that came twice: joined, parted, dropped, taken back. Half a sheet is
never ready, whatever anybody answers."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import sqlalchemy as sa

from records.errors import DocumentError
from records.forms import FieldDef, FormDef, PageDef, Part
from records.halves import merged, missing_pages, not_there, parted
from records.journal import Journal, RecordRow, open_journal
from records.journal.schema import head, links, prints
from records.site import Office
from records.types import Box, Decision, Problem, Record, SheetPage
from tests.kashima import KASHIMA
from tests.records.test_journal.made import at, field, receipt, sha

OFFICE: Office = KASHIMA


def definition(name: str, page: int) -> FieldDef:
    return FieldDef(name, "text", name, page, place=Part(Box(10, 20, 30, 8)))


FORM = FormDef(
    "child_allowance",
    "申請書",
    2,
    "EFF-01",
    Path(),
    pages=(PageDef(None), PageDef(None)),
    fields={"front": definition("front", 1), "back": definition("back", 2)},
)


def half(document: str, number: int, face: int, *, unseen: bool = True) -> Record:
    """One page of a sheet of two."""
    name = ("front", "back")[face - 1]
    own = dataclasses.replace(field(name, f"{name}{number}", unseen=unseen), page=face)
    fields = {n: own if n == name else not_there(item) for n, item in FORM.fields.items()}
    return Record(
        Record.id_of(document, number),
        document,
        (number,),
        FORM.id,
        FORM.version,
        0.9,
        fields,
        (),
        missing_pages(FORM, [face]),
        (SheetPage(document, number, face),),
    )


def whole(document: str, number: int, *problems: Problem) -> Record:
    """Two pages that follow each other, joined."""
    parts = [half(document, number, 1), half(document, number + 1, 2)]
    record = merged(parts, FORM, OFFICE, at().date())
    return dataclasses.replace(record, problems=problems)


def arrive(journal: Journal, document: str, *found: Record, minutes: float = 0) -> None:
    journal.documents.receive(document, "stack.tif", 1, at(minutes))
    assert journal.readings.store(document, found, receipts=[receipt()], at=at(minutes))


def row_of(journal: Journal, record: str) -> RecordRow:
    row = journal.records.get(record)
    assert row is not None
    return row


def put_together(journal: Journal, first: str, second: str, minutes: float = 2) -> RecordRow:
    rows = [row_of(journal, first), row_of(journal, second)]
    made = merged([row.record for row in rows], FORM, OFFICE, at().date())
    return journal.joins.join(made, rows, at=at(minutes), who="clerk", seconds=3.0)


def answer(record: str, name: str, minutes: float, value: object = None) -> Decision:
    verdict = "correct" if value else "accept"
    return Decision(record, name, None, value, verdict, "clerk", at(minutes), 1.0)  # type: ignore[arg-type]


def test_half_a_sheet_is_never_ready_whatever_is_answered(journal: Journal) -> None:
    record = half(sha(1), 1, 1, unseen=False)
    arrive(journal, sha(1), record)
    assert row_of(journal, record.id).line.open == ("", "front")
    with pytest.raises(DocumentError) as refused:
        journal.reviews.decide(answer(record.id, "", 1))
    assert refused.value.code == "half"
    for minutes, name in enumerate(("front", "back"), 2):
        row = journal.reviews.decide(answer(record.id, name, minutes, "値"))
        assert (row.state, row.line.open) == ("waiting", ("",))
    journal.reviews.return_record(record.id, "asked", "申請者に確認", at(6))
    row = journal.reviews.decide(answer(record.id, "back", 7, "別の値"))
    assert row.state == "waiting"
    assert journal.deliveries.ready(10) == []


def test_two_halves_become_one_sheet_with_all_that_was_decided(journal: Journal) -> None:
    front, back = half(sha(1), 1, 1, unseen=False), half(sha(1), 4, 2)
    arrive(journal, sha(1), front, back)
    journal.reviews.decide(answer(front.id, "front", 1, "鹿島 花子"))
    assert [row.id for row in journal.joins.halves(front.id)] == [back.id]
    made = put_together(journal, front.id, back.id)
    assert (made.id, made.state, made.line.pages) == (front.id, "ready", (1, 4))
    assert [f.value for f in made.record.fields.values()] == ["鹿島 花子", "back4"]
    gone = row_of(journal, back.id)
    assert (gone.state, gone.line.code) == ("dropped", "joined")
    assert journal.joins.link_of(back.id) == ("joined", front.id)
    counted = {state: n for state, n in journal.tallies.counts().records.items() if n}
    assert counted == {"ready": 1, "dropped": 1}
    assert journal.chain.verify() is None
    with pytest.raises(DocumentError):
        journal.reviews.decide(answer(back.id, "back", 9, "x"))


def test_pages_of_two_documents_become_one_sheet(journal: Journal) -> None:
    front, back = half(sha(1), 1, 1), half(sha(2), 1, 2)
    arrive(journal, sha(1), front)
    arrive(journal, sha(2), back)
    made = put_together(journal, back.id, front.id)
    assert (made.id, made.line.pages) == (front.id, (1,))
    assert [leaf.document for leaf in made.record.leaves] == [sha(1), sha(2)]


def test_what_was_joined_can_be_parted_and_joined_otherwise(journal: Journal) -> None:
    doubt = Problem("joined_by_order", "確認してください")
    record = whole(sha(1), 1, doubt)
    arrive(journal, sha(1), record, half(sha(1), 3, 2))
    row = row_of(journal, record.id)
    pages = journal.joins.part(row, parted(row.record, FORM), at=at(1), who="clerk")
    assert [(p.state, p.record.is_half) for p in pages] == [("waiting", True)] * 2
    made = put_together(journal, record.id, Record.id_of(sha(1), 3))
    assert made.record.fields["back"].value == "back3"
    assert row_of(journal, pages[1].id).state == "waiting"
    again = journal.records.get(made.id)
    assert again is not None
    assert again.state == "ready"


def test_a_document_read_anew_loses_no_page_that_was_joined(journal: Journal) -> None:
    """Neither where both pages come again, nor where the other page came in another document."""
    front, back, far = half(sha(1), 1, 1, unseen=False), half(sha(1), 2, 2), half(sha(2), 1, 2)
    arrive(journal, sha(1), front, back)
    arrive(journal, sha(2), far)
    put_together(journal, front.id, far.id)
    journal.documents.retry(sha(1), at(5))
    assert journal.readings.store(sha(1), [front, back], receipts=[receipt()], at=at(6))
    states = {name: row_of(journal, name).state for name in (front.id, back.id, far.id)}
    assert set(states.values()) == {"waiting"}


def test_pages_that_a_new_reading_joins_do_not_stay_behind_alone(journal: Journal) -> None:
    arrive(journal, sha(1), half(sha(1), 1, 1), half(sha(1), 2, 2))
    journal.documents.retry(sha(1), at(5))
    assert journal.readings.store(sha(1), [whole(sha(1), 1)], receipts=[receipt()], at=at(6))
    assert row_of(journal, Record.id_of(sha(1), 1)).state == "ready"
    assert row_of(journal, Record.id_of(sha(1), 2)).state == "dropped"


def test_who_confirms_the_order_of_a_stack_confirms_all_of_it(journal: Journal) -> None:
    order = Problem("stack_by_order", "並び順だけで組み合わせました")
    note = Problem("stray_ink", "余白に書き込みがあります")
    found = [whole(sha(1), 1, order), whole(sha(1), 3, order), whole(sha(1), 5, order, note)]
    arrive(journal, sha(1), *found)
    arrive(journal, sha(2), whole(sha(2), 1, order))
    assert journal.deliveries.ready(10) == []
    journal.reviews.decide(answer(found[0].id, "", 1))
    assert [row.id for row in journal.deliveries.ready(10)] == [found[0].id, found[1].id]
    assert row_of(journal, found[2].id).line.open == ("",)
    assert len(row_of(journal, found[1].id).decisions) == 1


def test_a_sheet_that_somebody_else_has_is_neither_joined_nor_parted(journal: Journal) -> None:
    front, back = half(sha(1), 1, 1), half(sha(1), 2, 2)
    arrive(journal, sha(1), front, back)
    journal.reviews.reserve("other", 5, 600, at(1), only=front.id)
    with pytest.raises(DocumentError) as refused:
        put_together(journal, front.id, back.id)
    assert refused.value.code == "taken"


def test_a_decision_meanwhile_does_not_let_an_old_screen_join(journal: Journal) -> None:
    front, back = half(sha(1), 1, 1), half(sha(1), 2, 2)
    arrive(journal, sha(1), front, back)
    old = [row_of(journal, front.id), row_of(journal, back.id)]
    put_together(journal, front.id, back.id)
    made = merged([row.record for row in old], FORM, OFFICE, at().date())
    with pytest.raises(DocumentError) as refused:
        journal.joins.join(made, old, at=at(9), who="clerk")
    assert refused.value.code == "changed"


def test_a_sheet_that_is_another_one_again_is_dropped_and_can_be_taken_back(
    journal: Journal,
) -> None:
    first, second = whole(sha(1), 1), whole(sha(2), 1, Problem("likely_duplicate", "同じ?"))
    arrive(journal, sha(1), first)
    arrive(journal, sha(2), second)
    row = journal.joins.drop_same(row_of(journal, second.id), first.id, at=at(2), who="clerk")
    assert (row.state, row.line.code) == ("dropped", "same")
    assert [r.id for r in journal.deliveries.ready(10)] == [first.id]
    back = journal.joins.take_back(second.id, at=at(3), who="clerk")
    assert (back.state, back.line.open) == ("waiting", ("",))
    assert journal.joins.link_of(second.id) is None
    assert journal.chain.verify() is None


def test_a_journal_of_before_gets_the_new_tables(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'old.db'}"
    with open_journal(url) as journal, journal.store.write() as writer:
        links.drop(writer.connection)
        prints.drop(writer.connection)
        writer.connection.execute(head.update().values(schema=1))
    with open_journal(url) as journal:
        arrive(journal, sha(1), half(sha(1), 1, 1), half(sha(1), 2, 2))
        put_together(journal, Record.id_of(sha(1), 1), Record.id_of(sha(1), 2))
        with journal.store.read() as connection:
            assert connection.execute(sa.select(head.c.schema)).scalar_one() == 2
