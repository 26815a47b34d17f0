"""Fiscal years begin on 1 April, at midnight of the office's own clock."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from initiatives.fiscal import (
    Span,
    fiscal_year,
    label,
    long_label,
    merge,
    month_span,
    ordered_months,
    parse_span,
    parse_year,
    year_span,
)
from records.errors import DefinitionError

D = dt.date


@pytest.mark.parametrize(
    ("day", "year"),
    [
        (D(2026, 3, 31), 2025),
        (D(2026, 4, 1), 2026),
        (D(2025, 12, 31), 2025),
        (D(2026, 1, 1), 2025),
        (D(2024, 2, 29), 2023),
    ],
)
def test_a_fiscal_year_ends_on_31_march(day: D, year: int) -> None:
    assert fiscal_year(day) == year
    assert day in year_span(year)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("R7", D(2025, 4, 1), D(2026, 3, 31)),
        ("r7", D(2025, 4, 1), D(2026, 3, 31)),
        ("令和7年度", D(2025, 4, 1), D(2026, 3, 31)),
        ("R7年度", D(2025, 4, 1), D(2026, 3, 31)),
        ("令和元年度", D(2019, 4, 1), D(2020, 3, 31)),
        ("H31", D(2019, 4, 1), D(2020, 3, 31)),
        ("2025", D(2025, 4, 1), D(2026, 3, 31)),
        ("R7-R8", D(2025, 4, 1), D(2027, 3, 31)),
        ("R7〜R8", D(2025, 4, 1), D(2027, 3, 31)),
        ("R7..R8", D(2025, 4, 1), D(2027, 3, 31)),
        ("R7上期", D(2025, 4, 1), D(2025, 9, 30)),
        ("R7下期", D(2025, 10, 1), D(2026, 3, 31)),
        ("R7Q4", D(2026, 1, 1), D(2026, 3, 31)),
        ("R7第3四半期", D(2025, 10, 1), D(2025, 12, 31)),
        ("2026-02", D(2026, 2, 1), D(2026, 2, 28)),
        ("R8.2", D(2026, 2, 1), D(2026, 2, 28)),
        ("令和8年2月", D(2026, 2, 1), D(2026, 2, 28)),
        ("2025-10..2026-02", D(2025, 10, 1), D(2026, 2, 28)),
        ("2025-04-03..2025-04-05", D(2025, 4, 3), D(2025, 4, 5)),
        ("第2期", D(2025, 4, 1), D(2027, 3, 31)),
    ],
)
def test_periods_are_read_as_people_write_them(text: str, first: D, last: D) -> None:
    periods = {2: Span(D(2025, 4, 1), D(2027, 3, 31))}
    assert parse_span(text, periods) == Span(first, last)


@pytest.mark.parametrize(
    "text",
    ["", "R", "7", "第9期", "来年", "R8-R7", "2025-13", "2025-02-30", "X7", "2025-2026-2027"],
)
def test_anything_else_is_refused_with_examples(text: str) -> None:
    with pytest.raises(DefinitionError, match="R7-R8"):
        parse_span(text, {2: year_span(2025)})


@given(st.integers(1927, 2099))
def test_a_year_survives_being_written(year: int) -> None:
    assert parse_year(label(year)) == year
    assert parse_year(long_label(year)) == year
    assert parse_span(label(year)).title == long_label(year)


@given(st.dates(D(2019, 4, 1), D(2030, 1, 1)), st.integers(0, 900))
def test_months_and_years_cover_a_span_once(first: D, more: int) -> None:
    span = Span(first, first + dt.timedelta(days=more))
    for parts in (span.months(), [p for _, p in span.by_year()]):
        assert [d for part in parts for d in part.dates()] == list(span.dates())
        assert merge(parts) == span


def test_twelve_months_begin_with_april() -> None:
    months = ordered_months(2025)
    assert [m.first.month for m in months] == [4, 5, 6, 7, 8, 9, 10, 11, 12, 1, 2, 3]
    assert months[-1] == month_span(D(2026, 3, 9))


def test_titles_are_japanese() -> None:
    assert Span(D(2025, 4, 1), D(2027, 3, 31)).title == "令和7〜8年度"
    assert Span(D(2018, 4, 1), D(2020, 3, 31)).title == "平成30〜元年度"
    assert month_span(D(2026, 1, 5)).title == "令和8年1月"
    assert Span(D(2025, 4, 3), D(2025, 4, 5)).title == "令和7年4月3日〜令和7年4月5日"


def test_a_span_cannot_end_before_it_begins() -> None:
    with pytest.raises(ValueError, match="ends on or after"):
        Span(D(2025, 4, 2), D(2025, 4, 1))
