"""The arithmetic of savings: exact under any cut, net of everything, negative where it is."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from initiatives.balance import Balance, total, weakest
from initiatives.fiscal import Span, month_span, ordered_months, year_span
from initiatives.register import Baseline, Handling, Strategy
from initiatives.saving import Books
from initiatives.work import SUMS, Work, merged, staff_receipt, work_of
from tests.initiatives.madeplans import CODES, DAY, initiative, register, registers, spans, works

UNTIL = dt.date(2027, 4, 5)
YEAR = year_span(2025)
TERMS = ("baseline", "preparation", "review", "rework", "exceptions", "upkeep")

many_works = st.lists(works(), max_size=25)


def figures(balance: Balance) -> dict[str, int]:
    """Everything in a balance that adds up: terms in ms, their n, and the counts."""
    parts = {name: getattr(balance, name) for name in TERMS}
    return {
        **{name: part.milliseconds for name, part in parts.items()},
        **{f"{n} n": p.n for n, p in parts.items()},
        **balance.work.counts,
        "net": balance.net.milliseconds,
    }


def books(strategy: Strategy, *done: Work, until: dt.date = UNTIL) -> Books:
    return Books(strategy, done, until)


# ---- what the formula says -----------------------------------------------------------------------


def test_saving_is_net_of_every_kind_of_handling() -> None:
    made = initiative(
        handlings=(
            Handling(dt.date(2025, 4, 1), "試算", "s", preparation=10_000, upkeep=3_100_000),
        )
    )
    done = Work(
        DAY,
        "EFF-01",
        "claim",
        accepted=100,
        review=900_000,
        rework=60_000,
        preparation=5_000,
        robot=9_999_999,
    )
    balance = books(register(made), done, until=DAY).balance("EFF-01", YEAR)
    assert balance.baseline.milliseconds == 100 * 300_000
    assert balance.preparation.milliseconds == 100 * 10_000 + 5_000
    assert balance.review.milliseconds == 900_000
    assert balance.rework.milliseconds == 60_000
    assert balance.upkeep.milliseconds == 100_000  # one of the 31 days of October
    assert balance.net.milliseconds == 30_000_000 - 1_005_000 - 900_000 - 60_000 - 100_000


def test_robot_time_never_counts_as_staff_time() -> None:
    slow = Work(DAY, "EFF-01", accepted=1, robot=10**12)
    fast = dataclasses.replace(slow, robot=0)
    assert (
        books(register(), slow).balance("EFF-01", YEAR).net
        == books(register(), fast).balance("EFF-01", YEAR).net
    )


def test_a_case_that_costs_more_than_it_saves_is_shown_as_negative() -> None:
    """1.6 hours before, 16.2 hours of checking after: what a city measured for its tax receipts."""
    made = initiative(baselines=(Baseline(dt.date(2025, 4, 1), 57_600, "申告", "s"),))
    done = Work(DAY, "EFF-01", accepted=100, review=58_320_000)
    net = books(register(made), done).balance("EFF-01", YEAR).net
    assert net.hours == pytest.approx(1.6 - 16.2)


def test_an_exception_saves_nothing_by_itself() -> None:
    done = Work(DAY, "EFF-01", failed=7)
    assert books(register(), done).balance("EFF-01", YEAR).net.milliseconds == 0


def test_an_exception_costs_its_measured_hand_time_also_when_it_is_done_another_day() -> None:
    made = initiative(handlings=(Handling(dt.date(2025, 4, 1), "試算", "s", exception=420_000),))
    failed = Work(DAY, "EFF-01", failed=2)
    assumed = books(register(made), failed).balance("EFF-01", YEAR)
    assert assumed.net.milliseconds == -2 * 120_000
    by_hand = Work(DAY + dt.timedelta(days=1), "EFF-01", by_hand=2, by_hand_time=700_000)
    measured = books(register(made), failed, by_hand).balance("EFF-01", YEAR)
    assert measured.net.milliseconds == 2 * 300_000 - 700_000


@given(st.integers(0, 50), st.integers(0, 2_000_000))
def test_failing_more_never_saves_more(failed: int, exception: int) -> None:
    made = initiative(handlings=(Handling(dt.date(2025, 4, 1), "試算", "s", exception=exception),))
    net = (
        books(register(made), Work(DAY, "EFF-01", accepted=10, failed=failed))
        .balance("EFF-01", YEAR)
        .net
    )
    assert net.milliseconds <= 10 * 300_000


def test_without_a_baseline_nothing_is_claimed() -> None:
    strategy = register(initiative(baselines=()), initiative("EFF-02"))
    found = books(
        strategy, Work(DAY, "EFF-01", accepted=5, review=99_000), Work(DAY, "EFF-02", accepted=5)
    )
    alone = found.balance("EFF-01", YEAR)
    assert not alone.known
    assert alone.net.milliseconds == 0
    assert alone.work.accepted == 5
    both = found.total(("EFF-01", "EFF-02"), YEAR)
    assert both.missing == ("EFF-01",)
    assert both.net.milliseconds == 5 * 300_000


# ---- baselines and their basis -------------------------------------------------------------------


def test_a_forms_own_baseline_goes_before_the_initiatives() -> None:
    made = initiative(
        baselines=(
            Baseline(dt.date(2024, 4, 1), 300_000, "申告", "s"),
            Baseline(dt.date(2024, 4, 1), 60_000, "申告", "s", form="claim"),
        )
    )
    found = books(
        register(made),
        Work(DAY, "EFF-01", "claim", accepted=1),
        Work(DAY, "EFF-01", "other", accepted=1),
    )
    assert found.balance("EFF-01", YEAR, "claim").baseline.milliseconds == 60_000
    assert found.balance("EFF-01", YEAR, "other").baseline.milliseconds == 300_000


def test_a_new_baseline_holds_from_its_day_on() -> None:
    made = initiative(
        baselines=(
            Baseline(dt.date(2024, 4, 1), 300_000, "申告", "s"),
            Baseline(DAY, 100_000, "申告", "s"),
        )
    )
    found = books(
        register(made),
        *(Work(DAY + dt.timedelta(days=n), "EFF-01", accepted=1) for n in (-1, 0, 1)),
    )
    assert found.balance("EFF-01", YEAR).baseline.milliseconds == 300_000 + 2 * 100_000


def test_a_measured_baseline_becomes_an_estimate_when_the_core_system_changes() -> None:
    samples = (290_000, 300_000, 310_000)
    made = initiative(
        systems=("基幹系",),
        baselines=(Baseline(dt.date(2025, 4, 1), 300_000, "実測", "s", "", samples),),
    )
    before = dt.date(2025, 10, 31)
    after = dt.date(2025, 11, 1)
    found = books(
        register(made), Work(before, "EFF-01", accepted=1), Work(after, "EFF-01", accepted=1)
    )
    assert found.balance("EFF-01", Span(before, before)).baseline.basis == "実測"
    assert found.balance("EFF-01", Span(after, after)).baseline.basis == "試算"
    assert found.balance("EFF-01", YEAR).baseline.basis == "試算"


def test_a_sum_claims_no_more_than_its_weakest_term() -> None:
    assert weakest(["実測", None, "実測"]) == "実測"
    assert weakest(["実測", "試算"]) == "試算"
    assert weakest(["実測", "申告", "試算"]) == "申告"
    assert weakest([None]) is None


# ---- exact under any cut -------------------------------------------------------------------------


@settings(deadline=None)
@given(registers(), many_works, spans(), st.data())
def test_splitting_or_merging_periods_changes_nothing(
    strategy: Strategy, done: list[Work], span: Span, data: st.DataObject
) -> None:
    found = books(strategy, *done)
    cuts = sorted(
        data.draw(st.sets(st.sampled_from(list(span.dates())), max_size=4)) - {span.first}
    )
    begins = [span.first, *cuts]
    ends = [*(c - dt.timedelta(days=1) for c in cuts), span.last]
    pieces = [Span(a, b) for a, b in zip(begins, ends, strict=True)]
    for code in CODES:
        whole = found.balance(code, span)
        parts = total((found.balance(code, piece) for piece in pieces), span)
        assert figures(parts) == figures(whole)
        assert weakest([parts.net.basis]) == whole.net.basis


@settings(deadline=None)
@given(registers(), many_works, spans())
def test_totals_equal_the_sum_of_their_drill_down_to_the_millisecond(
    strategy: Strategy, done: list[Work], span: Span
) -> None:
    found = books(strategy, *done)
    overall = found.total(CODES, span)
    months = total((b for _, b in found.months(CODES, span)), span)
    by_form = total(
        (found.balance(c, span, f) for c in CODES for f in {"", *found.forms(c, span)}), span
    )
    by_day = overall
    if span.days < 60:
        by_day = total((found.total(CODES, Span(d, d)) for d in span.dates()), span)
    by_year = total((found.total(CODES, part) for _, part in span.by_year()), span)
    assert (
        figures(overall)
        == figures(months)
        == figures(by_form)
        == figures(by_day)
        == figures(by_year)
    )


@settings(deadline=None)
@given(registers(), many_works, spans(), st.randoms(use_true_random=False))
def test_the_order_and_the_number_of_pieces_that_work_arrives_in_do_not_matter(
    strategy: Strategy, done: list[Work], span: Span, random: object
) -> None:
    ones = []
    for work in done:
        for name in SUMS:
            if getattr(work, name):
                ones.append(
                    Work(work.day, work.initiative, work.form, **{name: getattr(work, name)})
                )
    random.shuffle(ones)  # type: ignore[attr-defined]
    # a form without accepted sheets and failures still counts as work: keep every key
    keys = [Work(*work.key) for work in done]
    for code in CODES:
        assert figures(books(strategy, *ones, *keys).balance(code, span)) == figures(
            books(strategy, *done).balance(code, span)
        )


@given(many_works)
def test_merging_keeps_every_count(done: list[Work]) -> None:
    whole = merged(done)
    for name in SUMS:
        assert sum(getattr(w, name) for w in whole.values()) == sum(getattr(w, name) for w in done)


def test_monthly_upkeep_is_whole_in_every_month_and_stops_with_today() -> None:
    made = initiative(handlings=(Handling(dt.date(2024, 4, 1), "試算", "s", upkeep=1_000_001),))
    found = books(
        register(made), Work(dt.date(2025, 4, 1), "EFF-01", accepted=1), until=dt.date(2025, 12, 10)
    )
    spent = [found.balance("EFF-01", m).upkeep.milliseconds for m in ordered_months(2025)]
    assert spent[:8] == [1_000_001] * 8
    assert 0 < spent[8] < 1_000_001
    assert spent[9:] == [0, 0, 0]


def test_upkeep_of_a_stopped_initiative_ends_with_its_last_work() -> None:
    made = initiative(
        status="終了", handlings=(Handling(dt.date(2024, 4, 1), "試算", "s", upkeep=3_000_000),)
    )
    found = books(
        register(made),
        Work(dt.date(2025, 4, 1), "EFF-01", accepted=1),
        Work(dt.date(2025, 4, 30), "EFF-01", accepted=1),
    )
    assert found.balance("EFF-01", YEAR).upkeep.milliseconds == 3_000_000


def test_upkeep_changes_with_its_figure_in_the_middle_of_a_month() -> None:
    made = initiative(
        handlings=(
            Handling(dt.date(2024, 4, 1), "試算", "s", upkeep=3_000_000),
            Handling(dt.date(2025, 4, 16), "申告", "s"),
        )
    )
    found = books(register(made), Work(dt.date(2025, 4, 1), "EFF-01", accepted=1))
    assert found.balance("EFF-01", month_span(dt.date(2025, 4, 1))).upkeep.milliseconds == 1_500_000


# ---- shares and accuracies -----------------------------------------------------------------------


def test_shares_are_absent_where_nothing_was_counted() -> None:
    balance = books(register(), Work(DAY, "EFF-01", accepted=3)).balance("EFF-01", YEAR)
    assert balance.unseen_share is None
    assert balance.field_accuracy is None
    assert balance.character_accuracy is None


def test_accuracies_come_from_what_people_changed() -> None:
    done = Work(
        DAY,
        "EFF-01",
        accepted=10,
        fields=100,
        unseen=80,
        corrected=4,
        characters=1000,
        edits=7,
        review=50_000,
    )
    balance = books(register(), done).balance("EFF-01", YEAR)
    assert balance.unseen_share == pytest.approx(0.8)
    assert balance.field_accuracy == pytest.approx(0.96)
    assert balance.character_accuracy == pytest.approx(0.993)
    assert balance.seconds_per_sheet == pytest.approx(5.0)


def test_staff_receipts_carry_their_time_as_a_count_and_none_as_robot_time() -> None:
    receipt = staff_receipt("exception", "EFF-01", "claim", seconds=61.2345, sheets=2)
    assert receipt.seconds == 0
    done = work_of(DAY, "EFF-01", "claim", receipt.step, receipt.counts)
    assert (done.by_hand, done.by_hand_time, done.robot) == (2, 61_234, 0)
    with pytest.raises(ValueError, match="staff step"):
        staff_receipt("read", "EFF-01", seconds=1)
    with pytest.raises(ValueError, match="staff step"):
        staff_receipt("rework", "EFF-01", seconds=-1)
