"""Receipts, decisions and sums: what figures are made of, to the millisecond."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from records.journal import Journal, open_journal
from records.types import Receipt
from tests.records.test_journal.made import NOON, at, decision, read, receipt


def test_a_receipt_with_a_key_is_kept_once(journal: Journal) -> None:
    made = Receipt("deliver", "f", "EFF-01", {"rows": 3}, 0.5, "ledgers/a.xlsx", "run-1")
    assert journal.work.add_receipt(made, at())
    assert not journal.work.add_receipt(made, at(1))
    assert journal.work.add_receipts([made, receipt(), receipt()], at()) == 2
    assert [row.receipt for row in journal.work.receipts(step="deliver")] == [made]
    assert journal.work.totals(step="deliver")[0].n == 1


def test_receipts_are_filtered_by_day_step_form_and_initiative(journal: Journal) -> None:
    for day in range(4):
        journal.work.add_receipt(
            Receipt("read", f"f{day % 2}", f"I{day}", {"sheets": day}, 1), at(60 * 24 * day)
        )
    first = at().date()
    assert [
        r.receipt.counts["sheets"]
        for r in journal.work.receipts(since=first + dt.timedelta(1), until=first + dt.timedelta(2))
    ] == [1, 2]
    assert [r.receipt.counts["sheets"] for r in journal.work.receipts(form="f1")] == [1, 3]
    assert [r.receipt.counts["sheets"] for r in journal.work.receipts(initiative="I2")] == [2]
    seqs = [r.seq for r in journal.work.receipts()]
    assert [r.seq for r in journal.work.receipts(after=seqs[1])] == seqs[2:]


def test_more_receipts_than_a_page_are_streamed_once_each(journal: Journal) -> None:
    journal.work.add_receipts(
        [Receipt("read", "f", "I", {"sheets": n}, 0) for n in range(2345)], at()
    )
    assert [r.receipt.counts["sheets"] for r in journal.work.receipts()] == list(range(2345))


def test_decisions_carry_what_measuring_needs(journal: Journal) -> None:
    record = read(journal, 1)
    journal.reviews.decide(decision(record, seconds=1.23456))
    row = next(journal.work.decisions(form="child_allowance", since=at().date()))
    assert (row.form, row.initiative, row.kind, row.p, row.sampled) == (
        "child_allowance",
        "EFF-01",
        "text",
        0.6,
        False,
    )
    assert (row.decision.seconds, row.decision.at, row.decision.after) == (
        1.235,
        at(1),
        "鹿島 花子",
    )


times = st.datetimes(
    NOON.replace(tzinfo=None), NOON.replace(tzinfo=None) + dt.timedelta(days=3)
).map(lambda t: t.replace(tzinfo=NOON.tzinfo))
made_receipts = st.lists(
    st.tuples(
        st.builds(
            Receipt,
            step=st.sampled_from(["read", "deliver"]),
            form=st.sampled_from(["f", "g"]),
            initiative=st.sampled_from(["I", "J"]),
            counts=st.dictionaries(st.sampled_from(["sheets", "rows", "#"]), st.integers(0, 10**6)),
            seconds=st.floats(0, 10**6),
            target=st.text(),
            key=st.sampled_from(["", "", "", "k"]),
        ),
        times,
    ),
    max_size=20,
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(made_receipts)
def test_running_sums_equal_what_the_receipts_add_up_to(
    tmp_path_factory: pytest.TempPathFactory,
    made: list[tuple[Receipt, dt.datetime]],
) -> None:
    with open_journal(f"sqlite:///{tmp_path_factory.mktemp('j') / 'j.db'}") as journal:
        for item, when in made:
            journal.work.add_receipt(item, when)
        sums: dict[tuple[object, ...], list[int]] = {}
        for row in journal.work.receipts():
            place = sums.setdefault(
                (row.day, row.receipt.initiative, row.receipt.form, row.receipt.step), [0, 0, 0]
            )
            place[0] += 1
            place[1] += round(row.receipt.seconds * 1000)
            place[2] += row.receipt.counts.get("sheets", 0)
        totals = {
            (t.day, t.initiative, t.form, t.step): [
                t.n,
                round(t.seconds * 1000),
                t.counts.get("sheets", 0),
            ]
            for t in journal.work.totals()
        }
        assert totals == sums
