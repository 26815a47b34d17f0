"""Intervals: they cover the truth as often as they say, and admit what they do not cover."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from scipy import stats

from initiatives.fiscal import year_span
from initiatives.interval import rate_interval, saving_interval, spread
from initiatives.register import Baseline
from initiatives.saving import Books
from initiatives.work import Work
from tests.initiatives.madeplans import DAY, initiative, register

YEAR = year_span(2025)


def books(
    rng: np.random.Generator, days: int, samples: tuple[int, ...] = (), mean: float = 20_000
) -> Books:
    """Days of 10 to 30 sheets; attention differs from day to day as it does from clerk to clerk."""
    done = []
    for number in range(days):
        accepted = int(rng.integers(10, 31))
        spent = int(accepted * rng.gamma(8, mean / 8))
        done.append(
            Work(
                DAY + dt.timedelta(days=number),
                "EFF-01",
                accepted=accepted,
                review=spent,
                decisions=accepted,
            )
        )
    made = (
        initiative(
            baselines=(
                Baseline(dt.date(2025, 4, 1), round(np.mean(samples)), "実測", "s", "", samples),
            )
        )
        if samples
        else initiative()
    )
    return Books(register(made), done, dt.date(2026, 3, 31))


def test_the_same_figures_give_the_same_interval() -> None:
    found = [
        saving_interval(books(np.random.default_rng(1), 30), ["EFF-01"], YEAR) for _ in range(2)
    ]
    assert found[0] == found[1]
    assert found[0] is not None
    assert found[0].low < found[0].high


def test_the_interval_lies_around_the_saving() -> None:
    made = books(np.random.default_rng(2), 40, (280_000, 300_000, 330_000, 290_000))
    found = saving_interval(made, ["EFF-01"], YEAR)
    assert found is not None
    assert found.covers == ("基準時間", "確認時間")
    assert found.low < made.balance("EFF-01", YEAR).net.hours < found.high


def test_a_declared_baseline_is_not_in_the_width_and_the_interval_says_so() -> None:
    declared = saving_interval(books(np.random.default_rng(3), 30), ["EFF-01"], YEAR)
    measured = saving_interval(
        books(np.random.default_rng(3), 30, (100_000, 300_000, 500_000)), ["EFF-01"], YEAR
    )
    assert declared is not None
    assert measured is not None
    assert declared.covers == ("確認時間",)
    assert "含みません" in declared.note
    assert measured.high - measured.low > 5 * (declared.high - declared.low)


def test_nothing_sampled_gives_no_interval() -> None:
    assert saving_interval(books(np.random.default_rng(4), 4), ["EFF-01"], YEAR) is None
    assert saving_interval(Books(register(), [], DAY), ["EFF-01"], YEAR) is None


def test_two_initiatives_are_drawn_independently() -> None:
    rng = np.random.default_rng(5)
    strategy = register(initiative(), initiative("EFF-02"))
    done = [
        Work(
            DAY + dt.timedelta(days=n),
            code,
            accepted=20,
            review=int(20 * rng.gamma(8, 2500)),
            decisions=20,
        )
        for code in ("EFF-01", "EFF-02")
        for n in range(60)
    ]
    made = Books(strategy, done, dt.date(2026, 3, 31))
    one, two, both = (
        saving_interval(made, c, YEAR) for c in (["EFF-01"], ["EFF-02"], ["EFF-01", "EFF-02"])
    )
    assert one is not None
    assert two is not None
    assert both is not None
    widths = [i.high - i.low for i in (one, two, both)]
    assert widths[2] == pytest.approx((widths[0] ** 2 + widths[1] ** 2) ** 0.5, rel=0.15)


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    """150 offices with known true times; 95 % intervals of 60 days and 20 samples should hold the
    truth in most."""
    rng = np.random.default_rng(6)
    hits = 0
    for _ in range(150):
        samples = tuple(int(v) for v in rng.normal(300_000, 60_000, 20).clip(1_000))
        made = books(rng, 60, samples)
        accepted = made.balance("EFF-01", YEAR).work.accepted
        found = saving_interval(made, ["EFF-01"], YEAR)
        assert found is not None
        hits += found.low <= accepted * (300_000 - 20_000) / 3_600_000 <= found.high
    # Bootstrap percentiles of 20 samples run a little short of 0.95.
    assert 0.86 <= hits / 150 <= 0.99


@pytest.mark.parametrize(("wrong", "n"), [(0, 10), (1, 200), (5, 5), (37, 400), (0, 1)])
def test_rates_have_exact_intervals(wrong: int, n: int) -> None:
    found = rate_interval(wrong, n)
    expected = stats.binomtest(wrong, n).proportion_ci(method="exact")
    assert found is not None
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


def test_a_rate_of_nothing_is_no_rate() -> None:
    assert rate_interval(0, 0) is None
    with pytest.raises(ValueError, match="wrong <= n"):
        rate_interval(2, 1)


def test_spread_needs_two() -> None:
    assert spread([3.0]) is None
    assert spread([1.0, 3.0]) == pytest.approx(2**0.5)
