"""KPI, grades and money: nothing is assumed, everything has its date."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from initiatives.evaluate import costs, grade, labour, measure, money
from initiatives.fiscal import Span, year_span
from initiatives.register import DEFAULT_GRADES, KPI, Actual, CostItem, Rate, Strategy
from initiatives.saving import Books
from initiatives.work import Work
from tests.initiatives.madeplans import DAY, initiative, register, registers, spans, works

YEAR = year_span(2025)
END = YEAR.last


def books(*done: Work, until: dt.date = END, strategy: Strategy | None = None) -> Books:
    return Books(strategy or register(), done, until)


HOURS = KPI("削減", "時間", formula="saved_hours", targets={2025: 10.0})


def test_a_saving_is_compared_with_what_should_be_there_by_now() -> None:
    done = Work(dt.date(2025, 4, 1), "EFF-01", accepted=60)  # 5 hours
    half = dt.date(2025, 9, 29)
    found = books(done, until=half)
    m = measure(HOURS, 2025, found.balance("EFF-01", YEAR), half)
    assert m.value == pytest.approx(5.0)
    assert m.expected == pytest.approx(10 * 182 / 365)
    assert m.track == "順調"
    late = measure(HOURS, 2025, found.balance("EFF-01", YEAR), dt.date(2026, 1, 31))
    assert late.track == "遅れ"
    assert measure(HOURS, 2025, found.balance("EFF-01", YEAR), END).track == "未達"


def test_a_target_that_is_reached_early_is_reached() -> None:
    done = Work(dt.date(2025, 4, 1), "EFF-01", accepted=121)
    m = measure(HOURS, 2025, books(done).balance("EFF-01", YEAR), dt.date(2025, 6, 1))
    assert m.track == "達成"


def test_an_initiative_that_begins_in_the_year_owes_only_the_rest() -> None:
    began = dt.date(2025, 10, 1)
    done = Work(began, "EFF-01", accepted=60)
    m = measure(HOURS, 2025, books(done).balance("EFF-01", YEAR), dt.date(2025, 12, 30), began)
    assert m.elapsed == pytest.approx(91 / 182)


def test_a_lost_hour_is_negative_progress_and_the_lowest_grade() -> None:
    done = Work(DAY, "EFF-01", accepted=1, review=3_600_000)
    m = measure(HOURS, 2025, books(done).balance("EFF-01", YEAR), END)
    assert m.progress is not None
    assert m.progress < 0
    found = grade(DEFAULT_GRADES, m.progress)
    assert found is not None
    assert found.letter == "C"


def test_what_was_not_measured_is_not_graded() -> None:
    m = measure(HOURS, 2025, books().balance("EFF-01", YEAR), END)
    assert m.value is None
    assert m.track == "—"
    found = grade(DEFAULT_GRADES, m.progress)
    assert found is not None
    assert found.letter == "-"


def test_a_rate_of_errors_carries_its_exact_interval_and_less_is_better() -> None:
    kpi = KPI("誤り", "%", direction="down", formula="wrong_unseen", targets={2025: 1.0})
    done = Work(DAY, "EFF-01", accepted=10, sampled=400, sampled_wrong=2)
    m = measure(kpi, 2025, books(done).balance("EFF-01", YEAR), END)
    assert m.value == pytest.approx(0.5)
    assert m.n == 400
    assert m.interval is not None
    assert m.interval.low < 0.5 < m.interval.high
    assert m.track == "達成"


def test_a_recorded_actual_keeps_how_it_came_about() -> None:
    kpi = KPI("割合", "%", targets={2025: 40.0}, actuals=(Actual(2025, 37.5, "申告"),))
    m = measure(kpi, 2025, books().balance("EFF-01", YEAR), END)
    assert (m.value, m.basis, m.track) == (37.5, "申告", "未達")


@pytest.mark.parametrize(
    ("progress", "letter"),
    [
        (1.2, "S"),
        (1.19, "A"),
        (1.0, "A"),
        (0.7, "B"),
        (0.69, "C"),
        (-5.0, "C"),
        (None, "-"),
        (float("inf"), "S"),
    ],
)
def test_the_offices_own_scale_decides(progress: float | None, letter: str) -> None:
    found = grade(DEFAULT_GRADES, progress)
    assert found is not None
    assert found.letter == letter


# ---- money ---------------------------------------------------------------------------------------


def test_hours_are_worth_the_price_of_their_day() -> None:
    """The unit price rises on 1 October: 5 hours before at 2,000 yen, 5 hours after at 2,600."""
    done = [
        Work(dt.date(2025, 9, 30), "EFF-01", accepted=60),
        Work(dt.date(2025, 10, 1), "EFF-01", accepted=60),
    ]
    assert labour(books(*done), "EFF-01", YEAR) == 5 * 2000 + 5 * 2600


def test_without_a_price_there_is_no_yen() -> None:
    done = Work(DAY, "EFF-01", accepted=60)
    assert labour(books(done, strategy=register(rates=())), "EFF-01", YEAR) is None
    later = register(rates=(Rate("時間単価", 2000, dt.date(2025, 10, 2), "条例"),))
    assert labour(books(done, strategy=later), "EFF-01", YEAR) is None


@settings(deadline=None)
@given(registers(), st.lists(works(), max_size=15), spans(), st.integers(0, 800))
def test_money_of_the_parts_is_money_of_the_whole(
    strategy: Strategy, done: list[Work], span: Span, at: int
) -> None:
    found = Books(strategy, done, dt.date(2027, 4, 5))
    cut = span.first + dt.timedelta(days=at % span.days)
    parts = [Span(span.first, cut)] + (
        [Span(cut + dt.timedelta(days=1), span.last)] if cut < span.last else []
    )
    for code in strategy.initiatives:
        whole = labour(found, code, span)
        pieces = [labour(found, code, part) for part in parts]
        if all(p is not None for p in pieces) and whole is not None:
            assert sum(pieces, Fraction(0)) == whole


def test_costs_fall_on_their_days() -> None:
    made = initiative(
        costs=(
            CostItem(2025, "保守", 36_500),
            CostItem(2025, "開発", 500_000, once=True, years=5),
        )
    )
    running, build = costs(made, YEAR)
    assert (running, build) == (36_500, 100_000)
    april = costs(made, Span(YEAR.first, dt.date(2025, 4, 30)))
    assert april == (3_000, Fraction(100_000 * 30, 365))
    assert costs(made, year_span(2029)) == (0, 100_000)
    assert costs(made, year_span(2030)) == (0, 0)


def test_costs_of_days_to_come_are_not_held_against_what_is_saved_so_far() -> None:
    strategy = register(initiative(costs=(CostItem(2025, "保守", 36_500),)))
    done = Work(YEAR.first, "EFF-01", accepted=12)
    found = money(books(done, until=dt.date(2025, 4, 30), strategy=strategy), "EFF-01", YEAR)
    assert (found.labour, found.running) == (2_000, 3_000)


def test_payback_is_never_where_nothing_is_left_over() -> None:
    made = initiative(
        costs=(CostItem(2025, "開発", 500_000, once=True, years=5), CostItem(2025, "保守", 10**9))
    )
    strategy = register(made)
    done = [Work(YEAR.first + dt.timedelta(days=n), "EFF-01", accepted=10) for n in range(100)]
    found = money(books(*done, strategy=strategy), "EFF-01", YEAR)
    assert found.payback is None
    assert found.net is not None
    assert found.net < 0


def test_a_good_case_pays_back_and_is_worth_people() -> None:
    rates = (
        Rate("時間単価", 2000, dt.date(2024, 4, 1), "s"),
        Rate("年間時間", 1900, dt.date(2024, 4, 1), "s"),
    )
    strategy = register(
        initiative(costs=(CostItem(2025, "開発", 100_000, once=True, years=5),)), rates=rates
    )
    # An hour a day.
    done = [Work(YEAR.first + dt.timedelta(days=n), "EFF-01", accepted=12) for n in range(365)]
    found = money(books(*done, strategy=strategy), "EFF-01", YEAR)
    assert found.annual_hours == pytest.approx(365)
    assert found.fte == pytest.approx(365 / 1900)
    assert found.payback == pytest.approx(100_000 / 730_000)
    assert found.labour == 730_000


def test_a_few_days_are_not_annualised() -> None:
    done = Work(dt.date(2026, 3, 20), "EFF-01", accepted=10)
    found = money(books(done), "EFF-01", YEAR)
    assert found.annual_hours is None
    assert found.fte is None
