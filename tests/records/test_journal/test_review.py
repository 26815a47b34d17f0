"""Records: what waits, what people decide, and what becomes of it."""

from __future__ import annotations

import dataclasses
import json

import pytest

from records.errors import DocumentError
from records.journal import Journal, SetAside
from records.journal.schema import records
from records.types import Box, Place, Problem
from tests.records.test_journal.made import at, decision, deliver, field, read, receipt, sha, sheet


def states(journal: Journal) -> dict[str, int]:
    return {state: n for state, n in journal.tallies.counts().records.items() if n}


def test_a_sheet_with_a_doubtful_field_waits_and_a_clear_one_is_ready(journal: Journal) -> None:
    waiting = read(journal, 1)
    clear = read(journal, 2, field("name", unseen=True))
    assert [row.id for row in journal.reviews.waiting()] == [waiting.id]
    assert [row.id for row in journal.deliveries.ready(10)] == [clear.id]
    row = journal.records.get(waiting.id)
    assert row is not None
    assert (row.as_read, row.record, row.line.open, row.line.initiative) == (
        waiting,
        waiting,
        ("name",),
        "EFF-01",
    )


def test_storing_a_reading_again_changes_nothing(journal: Journal) -> None:
    record = read(journal, 1)
    before = list(journal.chain.events())
    assert not journal.readings.store(record.document, [record], receipts=[receipt()], at=at(9))
    assert list(journal.chain.events()) == before
    assert states(journal) == {"waiting": 1}


def test_a_reading_is_stored_whole_or_not_at_all(journal: Journal) -> None:
    journal.documents.receive(sha(1), "1.pdf", 1, at())
    good, bad = sheet(sha(1), 1), sheet(sha(1), 2, field("x", object()))
    with pytest.raises(TypeError):
        journal.readings.store(sha(1), [good, bad], receipts=[receipt()], at=at())
    assert journal.records.get(good.id) is None
    assert [event.kind for event in journal.chain.events()] == ["received"]
    assert journal.readings.store(sha(1), [good], receipts=[receipt()], at=at())


def test_a_record_of_another_document_is_refused(journal: Journal) -> None:
    journal.documents.receive(sha(1), "1.pdf", 1, at())
    with pytest.raises(ValueError, match="another document"):
        journal.readings.store(sha(1), [sheet(sha(2))], at=at())


def test_pages_set_aside_are_told(journal: Journal) -> None:
    journal.documents.receive(sha(1), "1.pdf", 1, at())
    aside = SetAside((2, 3), "blank", "白紙です", "survey")
    journal.readings.store(sha(1), [sheet(sha(1))], [aside], [receipt()], at=at(), pages=3)
    event = next(journal.chain.events(kind="set_aside", document=sha(1)))
    assert event.payload == {
        "pages": [2, 3],
        "code": "blank",
        "message": "白紙です",
        "nearest": "survey",
    }


def test_a_decision_puts_the_persons_value_in_and_keeps_what_was_read(journal: Journal) -> None:
    record = read(journal, 1)
    row = journal.reviews.decide(decision(record))
    now = row.record.fields["name"]
    assert (row.state, row.line.open, row.line.checked_by) == ("ready", (), "clerk")
    assert (now.value, now.text, now.problems, now.unseen) == ("鹿島 花子", "鹿島 花子", (), True)
    assert now.p == record.fields["name"].p, (
        "the measured p stays; a person's certainty was not measured"
    )
    assert [r.engine for r in now.readings] == ["ppocr", "person"]
    assert row.as_read == record
    assert [e.kind for e in journal.chain.events(record=record.id)] == ["read", "decided", "ready"]


def test_a_record_waits_until_its_last_doubtful_field_is_settled(journal: Journal) -> None:
    record = read(
        journal,
        1,
        field("a"),
        field("b"),
        field("c", unseen=True),
        field("d", unseen=True, sampled=True),
    )
    assert journal.reviews.waiting()[0].line.open == ("a", "b", "d")
    assert journal.reviews.decide(decision(record, "b", "x")).line.open == ("a", "d")
    rows = journal.reviews.decide_many(
        [decision(record, "a", "鹿島", verdict="accept"), decision(record, "d", "鹿嶋")]
    )
    assert [row.state for row in rows] == ["ready", "ready"]
    total = next(t for t in journal.work.totals(step="review"))
    assert (total.n, total.seconds) == (3, 7.5)
    assert {
        name: total.counts[name] for name in ("accept", "correct", "sampled", "sampled_wrong")
    } == {"accept": 1, "correct": 2, "sampled": 1, "sampled_wrong": 1}


def test_a_drawn_value_is_one_trial_however_many_people_look_at_it(journal: Journal) -> None:
    """Two-person checking or a change of mind must not make the real rate of wrong unseen values
    look surer than it is."""
    record = read(
        journal, 1, field("d", unseen=True, sampled=True), verify=frozenset({"child_allowance"})
    )
    journal.reviews.decide(decision(record, "d", "鹿嶋", who="A"))
    journal.reviews.decide(decision(record, "d", "鹿嶋", who="B", minutes=2))
    journal.reviews.decide(decision(record, "d", "鹿島", who="B", minutes=3, verdict="accept"))
    counts = journal.work.totals(step="review")[0].counts
    assert (counts["sampled"], counts["sampled_wrong"]) == (1, 1)
    assert [row.sampled for row in journal.work.decisions()] == [True, False, False]


def test_the_same_decision_twice_counts_once(journal: Journal) -> None:
    record = read(journal, 1)
    journal.reviews.decide_many([decision(record), decision(record)])
    journal.reviews.decide(decision(record))
    assert len(list(journal.work.decisions())) == 1
    assert journal.work.totals(step="review")[0].n == 1


def test_a_later_answer_of_the_same_person_replaces_the_earlier(journal: Journal) -> None:
    record = read(journal, 1)
    journal.reviews.decide(decision(record, after="一"))
    assert (
        journal.reviews.decide(decision(record, after="二", minutes=2)).record.fields["name"].value
        == "二"
    )


@pytest.mark.parametrize("verdict", ["unreadable", "wrong_form"])
def test_giving_back_returns_the_record_and_a_later_answer_brings_it_back(
    journal: Journal, verdict: str
) -> None:
    record = read(journal, 1)
    row = journal.reviews.decide(decision(record, after=None, verdict=verdict))  # type: ignore[arg-type]
    assert (row.state, row.line.code) == ("returned", verdict)
    assert row.line.reason
    assert row.record.fields["name"].value == "鹿島", "nothing was put in its place"
    row = journal.reviews.decide(decision(record, after="本人に電話", minutes=3))
    assert (row.state, row.line.code, row.record.fields["name"].value) == (
        "ready",
        "",
        "本人に電話",
    )
    assert [e.kind for e in journal.chain.events(record=record.id)] == [
        "read",
        "decided",
        "returned",
        "decided",
        "ready",
    ]


def test_a_clear_field_found_unreadable_must_be_answered_before_the_record_is_ready(
    journal: Journal,
) -> None:
    record = read(journal, 1, field("a"), field("b", unseen=True))
    journal.reviews.decide(decision(record, "b", None, verdict="unreadable"))
    assert journal.reviews.decide(decision(record, "a", "x", minutes=2)).line.open == ("b",)
    assert journal.reviews.decide(decision(record, "b", "y", minutes=3)).state == "ready"


def test_a_sheet_with_a_problem_of_its_own_waits_for_a_word_on_the_whole(journal: Journal) -> None:
    record = read(
        journal, 1, field("a", unseen=True), problems=(Problem("old_version", "旧様式です"),)
    )
    assert journal.reviews.waiting()[0].line.open == ("",)
    assert journal.reviews.decide(decision(record, "", None, verdict="accept")).state == "ready"


def test_a_field_that_is_not_there_and_a_record_that_is_not_there(journal: Journal) -> None:
    record = read(journal, 1)
    with pytest.raises(ValueError, match="no field"):
        journal.reviews.decide(decision(record, "typo"))
    with pytest.raises(DocumentError, match="台帳にありません"):
        journal.reviews.decide(decision(sheet(sha("unknown"))))
    assert journal.records.get("unknown") is None


def test_returning_a_whole_record_with_a_reason(journal: Journal) -> None:
    record = read(journal, 1)
    assert journal.reviews.return_record(
        record.id, "gaiji", "書けない文字があります", at(1), "torikomi"
    )
    assert not journal.reviews.return_record(record.id, "gaiji", "書けない文字があります", at(2))
    row = journal.records.get(record.id)
    assert row is not None
    assert (row.state, row.line.reason) == ("returned", "書けない文字があります")


def test_two_people_must_agree_and_a_third_decides(journal: Journal) -> None:
    forms = frozenset({"child_allowance"})
    agreed = read(journal, 1, verify=forms)
    assert journal.reviews.decide(decision(agreed, after="花子", who="A")).state == "waiting"
    assert (
        journal.reviews.decide(decision(agreed, after="花子", who="A", minutes=2)).state
        == "waiting"
    ), "one person twice"
    assert journal.reviews.decide(decision(agreed, after="花子", who="B")).state == "ready"
    split = read(journal, 2, verify=forms)
    journal.reviews.decide(decision(split, after="花子", who="A"))
    row = journal.reviews.decide(decision(split, after="花江", who="B"))
    assert (row.state, row.record.fields["name"].value) == ("waiting", "鹿島")
    row = journal.reviews.decide(decision(split, after="花枝", who="C"))
    assert (row.state, row.record.fields["name"].value) == ("ready", "花枝")


def test_the_second_person_is_somebody_else(journal: Journal) -> None:
    record = read(journal, 1, verify=frozenset({"child_allowance"}))
    assert [r.id for r in journal.reviews.reserve("A", 5, 60, at())] == [record.id]
    journal.reviews.decide(decision(record, who="A"))
    assert journal.reviews.reserve("A", 5, 60, at(1)) == []
    assert [r.id for r in journal.reviews.reserve("B", 5, 60, at(1))] == [record.id]


def test_reserved_records_go_to_one_person_until_time_runs_out(journal: Journal) -> None:
    records = [read(journal, n) for n in range(4)]
    mine = journal.reviews.reserve("A", 2, 60, at())
    theirs = journal.reviews.reserve("B", 9, 60, at())
    assert [r.id for r in mine] == [r.id for r in records[:2]]
    assert [r.id for r in theirs] == [r.id for r in records[2:]]
    assert [r.id for r in journal.reviews.reserve("A", 2, 60, at(0.5))] == [
        r.id for r in records[:2]
    ], "prolonged"
    journal.reviews.unreserve("B", [records[3].id])
    assert [r.id for r in journal.reviews.reserve("C", 9, 60, at(0.6))] == [records[3].id]
    assert len(journal.reviews.reserve("D", 9, 60, at(10))) == 4


def test_waiting_by_form_in_the_order_of_arrival(journal: Journal) -> None:
    names = [read(journal, n, form=f"f{n % 2}").id for n in range(6)]
    assert [r.id for r in journal.reviews.waiting()] == names
    assert [r.id for r in journal.reviews.waiting("f1")] == names[1::2]
    assert [r.id for r in journal.reviews.waiting(forms=["f0"], limit=2, after=1)] == names[2:6:2]
    assert journal.reviews.waiting(forms=[]) == []


def test_reading_again_replaces_what_waits_and_leaves_what_is_done(journal: Journal) -> None:
    journal.documents.receive(sha(1), "1.pdf", 1, at())
    done, wrong = sheet(sha(1), 1, field("a", unseen=True)), sheet(sha(1), 2)
    journal.readings.store(sha(1), [done, wrong], receipts=[receipt()], at=at())
    journal.reviews.decide(decision(wrong, after=None, verdict="wrong_form"))
    assert journal.documents.retry(sha(1), at(2), form="survey")
    anew = sheet(sha(1), 2, field("q1"), form="survey")
    assert journal.readings.store(sha(1), [done, anew], receipts=[receipt("survey")], at=at(3))
    row = journal.records.get(anew.id)
    assert row is not None
    assert (row.state, row.line.form, row.line.reading, row.decisions, row.record) == (
        "waiting",
        "survey",
        2,
        (),
        anew,
    )
    assert states(journal) == {"waiting": 1, "ready": 1}
    assert journal.tallies.counts().forms["child_allowance"]["returned"] == 0
    assert len(list(journal.work.decisions(record=wrong.id))) == 1, (
        "what a person did is not forgotten"
    )
    assert journal.chain.verify_contents() is None


def test_a_delivered_record_that_is_corrected_is_delivered_again(journal: Journal) -> None:
    record = read(journal, 1, field("name", unseen=True))
    assert [r.id for r in deliver(journal)] == [record.id]
    assert states(journal) == {"delivered": 1}
    assert (
        journal.reviews.decide(decision(record, after="鹿島", verdict="accept")).state
        == "delivered"
    ), "nothing changed"
    row = journal.reviews.decide(decision(record, after="直した", minutes=9))
    assert (row.state, row.line.revision) == ("ready", 2)
    assert [r.record.fields["name"].value for r in deliver(journal)] == ["直した"]
    assert states(journal) == {"delivered": 1}


def test_a_correction_while_the_row_is_on_its_way_is_not_lost(journal: Journal) -> None:
    record = read(journal, 1, field("name", unseen=True))
    on_its_way = journal.deliveries.ready(10, target="t")
    journal.reviews.decide(decision(record, after="直した"))
    assert journal.deliveries.delivered(on_its_way, "t", at=at(2)) == []
    assert [r.record.fields["name"].value for r in journal.deliveries.ready(10, target="t")] == [
        "直した"
    ]


def test_a_record_is_delivered_when_every_target_has_it(journal: Journal) -> None:
    record = read(journal, 1, field("name", unseen=True))
    rows = journal.deliveries.ready(10, target="excel")
    assert journal.deliveries.delivered(rows, "excel", at=at(), targets=("excel", "csv")) == []
    assert journal.deliveries.ready(10, target="excel") == []
    rows = journal.deliveries.ready(10, target="csv")
    assert journal.deliveries.delivered(rows, "csv", at=at(), targets=("excel", "csv")) == [
        record.id
    ]
    assert journal.deliveries.delivered(rows, "csv", at=at(), targets=("excel", "csv")) == []
    assert journal.deliveries.ready_forms() == []


def test_search_finds_by_word_form_state_and_day(journal: Journal) -> None:
    a = read(
        journal,
        "a",
        field("name", "ﾔﾏﾀﾞ 花子", unseen=True),
        field("number", "123456789018", unseen=True, kind="my_number"),
    )
    b = read(journal, "b", field("name", "100%_山田"), form="survey", minutes=60 * 24)
    assert [r.id for r in journal.records.search()] == [b.id, a.id]
    assert [r.id for r in journal.records.search(text="ヤマダ　花子")] == [a.id]
    assert [r.id for r in journal.records.search(text="100%_")] == [b.id]
    assert journal.records.search(text="0%山") == []
    assert journal.records.search(text="123456789018") == [], "My Numbers cannot be searched"
    assert [r.id for r in journal.records.search(text="A.pdf")] == [a.id]
    assert [r.id for r in journal.records.search(form="survey", state="waiting")] == [b.id]
    assert [r.id for r in journal.records.search(forms=["child_allowance"])] == [a.id]
    assert [r.id for r in journal.records.search(until=at().date())] == [a.id]
    assert [r.id for r in journal.records.search(since=at(60 * 24).date())] == [b.id]
    journal.reviews.decide(decision(b, after="佐藤 次郎", minutes=60 * 25))
    assert [r.id for r in journal.records.search(text="佐藤")] == [b.id]


def test_no_value_and_no_my_number_ever_gets_into_an_event(journal: Journal) -> None:
    record = read(
        journal, 1, field("number", "123456789018", kind="my_number"), field("name", "秘密 太郎")
    )
    journal.reviews.decide_many(
        [decision(record, "number", "210987654321"), decision(record, "name", "内緒 次郎")]
    )
    deliver(journal)
    text = json.dumps([e.payload for e in journal.chain.events()], ensure_ascii=False)
    for secret in ("123456789018", "210987654321", "秘密", "内緒"):
        assert secret not in text


STRAY = Problem("stray_ink", "余白に書き込みがあります", (Place(1, Box(20, 280, 30, 5)),))


def test_a_note_in_the_margin_is_asked_about_beside_the_doubtful_fields(journal: Journal) -> None:
    record = read(journal, 1, problems=(STRAY,))
    assert journal.reviews.waiting()[0].line.open == ("", "name")
    row = journal.reviews.decide(decision(record, "name", "鹿島", verdict="accept"))
    assert (row.state, row.line.open) == ("waiting", ("",))
    assert row.as_read.problems == (STRAY,)
    row = journal.reviews.decide(decision(record, "", None, minutes=2, verdict="accept"))
    assert (row.state, row.line.open) == ("ready", ())


def test_a_note_on_a_sheet_without_doubt_keeps_it_from_being_delivered(journal: Journal) -> None:
    record = read(journal, 1, field("name", unseen=True), problems=(STRAY,))
    assert states(journal) == {"waiting": 1}
    assert journal.reviews.waiting_problems() == {"stray_ink": 1}
    row = journal.reviews.decide(decision(record, "", None, verdict="accept"))
    assert row.state == "ready"
    assert journal.reviews.waiting_problems() == {}
    deliver(journal)
    later = journal.reviews.decide(decision(record, "name", "嬉野", minutes=9))
    assert (later.state, later.line.open) == ("ready", ())  # it is not asked about once more


def test_a_missing_page_that_its_fields_tell_of_is_not_asked_about_twice(journal: Journal) -> None:
    """It is asked about once, for the sheet: its fields cannot be answered without it."""
    gone = Problem("page_missing", "このページがありません")
    lost = dataclasses.replace(field("name"), problems=(gone,))
    read(journal, 1, lost, problems=(gone,))
    assert journal.reviews.waiting()[0].line.open == ("",)


def test_a_sheet_that_was_released_before_sheets_were_asked_about_stays_released(
    journal: Journal,
) -> None:
    record = read(journal, 1, problems=(Problem("page_order", "逆の順です"),))
    with journal.store.write() as writer:  # as versions before wrote it
        writer.connection.execute(records.update().values(open='["name"]'))
    row = journal.reviews.decide(decision(record, "name", "鹿島", verdict="accept"))
    assert (row.state, row.line.open) == ("ready", ())
