"""Registers and work for the tests of this folder, all made up."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

from hypothesis import strategies as st

from initiatives.fiscal import Span, year_span
from initiatives.register import (
    ActionPlanPeriod,
    Baseline,
    Basis,
    Department,
    Handling,
    Initiative,
    Pillar,
    Rate,
    Strategy,
    SystemEra,
)
from initiatives.work import SUMS, Work

SPAN = Span(year_span(2023).first, year_span(2030).last)
CODES = ("EFF-01", "EFF-02", "EFF-03")
FORMS = ("", "claim", "transfer")
DAY = dt.date(2025, 10, 1)


def initiative(code: str = "EFF-01", **changes: Any) -> Initiative:
    """An initiative with a declared baseline of 5 minutes and no handling."""
    made = Initiative(
        code,
        f"{code} の入力",
        "efficiency",
        "old",
        "AI-OCR",
        "本格",
        baselines=(Baseline(dt.date(2024, 4, 1), 300_000, "申告", "担当課の申告"),),
    )
    return dataclasses.replace(made, **changes)


def register(*initiatives: Initiative, **changes: Any) -> Strategy:
    """A register of two pillars, two plan periods and a department that was renamed on 1 April
    2026."""
    made = Strategy(
        "試験の戦略",
        SPAN,
        pillars=(
            Pillar("convenience", "市民の利便性の向上", 1),
            Pillar("efficiency", "業務の効率化", 2, True),
        ),
        periods=(
            ActionPlanPeriod(1, Span(year_span(2023).first, year_span(2024).last)),
            ActionPlanPeriod(2, Span(year_span(2025).first, year_span(2026).last)),
        ),
        departments={
            "old": Department("old", "企画課", valid_to=dt.date(2026, 3, 31), successor="new"),
            "new": Department("new", "政策課", valid_from=dt.date(2026, 4, 1)),
            "tax": Department("tax", "税務課"),
        },
        initiatives={i.code: i for i in initiatives or (initiative(),)},
        eras=(
            SystemEra("第1期", dt.date(2020, 11, 1), dt.date(2025, 10, 31)),
            SystemEra("第2期", dt.date(2025, 11, 1), dt.date(2030, 10, 31)),
        ),
        rates=(
            Rate("時間単価", 2000, dt.date(2024, 4, 1), "条例"),
            Rate("時間単価", 2600, dt.date(2025, 10, 1), "条例"),
        ),
    )
    return dataclasses.replace(made, **changes)


days = st.dates(dt.date(2024, 3, 25), dt.date(2027, 4, 5))
_count = st.integers(0, 500)
_bases: st.SearchStrategy[Basis] = st.sampled_from(("実測", "試算", "申告"))


@st.composite
def works(draw: st.DrawFn) -> Work:
    """Any day's work, with negative savings as likely as others."""
    sums = {
        name: draw(_count) for name in SUMS if not name.endswith(("time",)) and name not in _TIMES
    }
    times = {name: draw(st.integers(0, 40_000_000)) for name in _TIMES}
    return Work(
        draw(days), draw(st.sampled_from(CODES)), draw(st.sampled_from(FORMS)), **sums, **times
    )


_TIMES = ("preparation", "review", "rework", "by_hand_time", "upkeep", "robot")


@st.composite
def baselines(draw: st.DrawFn, form: str) -> tuple[Baseline, ...]:
    made = []
    for day in draw(st.lists(days, max_size=3, unique=True)):
        basis = draw(_bases)
        samples: tuple[int, ...] = ()
        if basis == "実測":
            samples = tuple(draw(st.lists(st.integers(1, 900_000), min_size=3, max_size=6)))
        mean = round(sum(samples) / len(samples)) if samples else draw(st.integers(1, 900_000))
        made.append(Baseline(day, mean, basis, "試験", form, samples))
    return tuple(made)


@st.composite
def handlings(draw: st.DrawFn) -> tuple[Handling, ...]:
    return tuple(
        Handling(
            day,
            draw(_bases),
            "試験",
            draw(st.integers(0, 120_000)),
            draw(st.none() | st.integers(0, 2_000_000)),
            draw(st.integers(0, 9_999_999)),
        )
        for day in draw(st.lists(days, max_size=3, unique=True))
    )


@st.composite
def registers(draw: st.DrawFn) -> Strategy:
    """A register whose baselines and handling figures change on any day, also in the middle of a
    month."""
    return register(
        *(
            initiative(
                code,
                baselines=sum((draw(baselines(form)) for form in FORMS), ()),
                handlings=draw(handlings()),
                systems=draw(st.sampled_from(((), ("基幹系",)))),
                status=draw(st.sampled_from(("試行", "本格", "休止"))),
            )
            for code in CODES
        )
    )


@st.composite
def spans(draw: st.DrawFn) -> Span:
    first = draw(days)
    return Span(first, first + dt.timedelta(days=draw(st.integers(0, 800))))
