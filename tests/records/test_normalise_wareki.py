"""Dates, months, times, eras, fiscal years and ages."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.forms import Era, FieldDef
from records.normalise import normalise
from records.normalise.wareki import age_on, days_of, fiscal_year, format_wareki
from records.types import Box
from tests.kashima import KASHIMA

OFFICE = KASHIMA
DATE = FieldDef("d", "date")
REIWA = FieldDef("d", "date", era=Era(fixed="令和"))
CIRCLED = FieldDef("d", "date", era=Era(circle={"昭和": Box(1, 1, 1, 1), "平成": Box(3, 1, 1, 1)}))


def read(text: str, field: FieldDef = DATE, **parts: str) -> tuple[object, list[str]]:
    made = normalise(field, text, OFFICE, parts)
    assert all(p.message and p.code for p in made.problems)
    return made.value, [p.code for p in made.problems]


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("令和7年4月1日", "2025-04-01"),
        ("令和 7 年 4 月 1 日", "2025-04-01"),
        ("令和７年４月１日", "2025-04-01"),
        ("R7.4.1", "2025-04-01"),
        ("r7-4-1", "2025-04-01"),
        ("Ｒ７・４・１", "2025-04-01"),
        ("R 7 4 1", "2025-04-01"),
        ("令7/4/1", "2025-04-01"),
        ("㋿7.4.1", "2025-04-01"),
        ("㍻31.4.30", "2019-04-30"),
        ("㍼64年1月7日", "1989-01-07"),
        ("㍽元.7.30", "1912-07-30"),
        ("㍾45年7月30日", "1912-07-30"),
        ("大正15年12月25日", "1926-12-25"),
        ("昭和元年12月25日", "1926-12-25"),
        ("令和元年五月一日", "2019-05-01"),
        ("昭和四十年十二月三十一日", "1965-12-31"),
        ("平成二〇年三月三日", "2008-03-03"),
        ("昭和六十三年廿日", None),
        ("H1ー1ー8", "1989-01-08"),
        ("S40、1、1", "1965-01-01"),
        ("R070401", "2025-04-01"),
        ("2025-04-01", "2025-04-01"),
        ("２０２５／４／１", "2025-04-01"),
        ("20250401", "2025-04-01"),
        ("2 0 2 5 0 4 0 1", "2025-04-01"),
        ("西暦1998年4月1日", "1998-04-01"),
        ("1998年(平成10年)4月1日", "1998-04-01"),
        ("令和7年4月1日(火)", "2025-04-01"),
        ("昭和40年1月1日生", "1965-01-01"),
        ("明治6年1月1日", "1873-01-01"),
        ("。令和7年4月1日.", "2025-04-01"),
    ],
)
def test_a_date_written_in_any_usual_way(text: str, iso: str | None) -> None:
    if iso is None:
        assert read(text)[1] == ["not_a_date"]
    else:
        assert read(text) == (iso, [])


@pytest.mark.parametrize(
    ("text", "value", "codes"),
    [
        ("平成31年5月1日", "2019-05-01", ["era_out_of_range"]),
        ("昭和64年1月8日", "1989-01-08", ["era_out_of_range"]),
        ("大正元年7月29日", "1912-07-29", ["era_out_of_range"]),
        ("令和元年4月30日", "2019-04-30", ["era_out_of_range"]),
        ("昭和70年1月1日", "1995-01-01", ["era_out_of_range"]),
        ("昭和40年", "1965", ["partial"]),
        ("昭和40年月日不詳", "1965", ["partial"]),
        ("昭和40年4月日不詳", "1965-04", ["partial"]),
        ("令和7年 月 日", "2025", ["partial"]),
        ("令和元年3月", "2019-03", ["era_out_of_range", "partial"]),
        ("平成31年", "2019", ["partial"]),
        ("令和7年4月1日頃", "2025-04-01", ["approximate"]),
        ("令和7年4月1?日", "2025-04-01", ["approximate"]),
        ("令和7年4月1日(水)", "2025-04-01", ["weekday"]),
        ("1998年(平成11年)4月1日", "1998-04-01", ["era_conflict"]),
        ("令和2025年4月1日", "2025-04-01", ["era_conflict"]),
        ("今和7年4月1日", "2025-04-01", ["era_guess"]),
        ("5070401", "2025-04-01", ["era_code"]),
        ("3400101", "1965-01-01", ["era_code"]),
        ("令和77年4月1日", "2095-04-01", ["far_date"]),
        ("明治5年12月2日", "1872", ["old_calendar", "partial"]),
        ("1025年4月1日", "1025", ["old_calendar", "far_date", "partial"]),
    ],
)
def test_a_doubtful_date_keeps_its_value_and_says_why(
    text: str, value: str, codes: list[str]
) -> None:
    assert read(text) == (value, codes)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("5.2.3", "no_era"),
        ("070401", "no_era"),
        ("98年4月1日", "no_era"),
        ("4月1日", "no_year"),
        ("年4月1日", "no_year"),
        ("令和7年2月30日", "invalid_day"),
        ("令和6年2月30日", "invalid_day"),
        ("令和7年13月1日", "invalid_day"),
        ("令和7年0月1日", "invalid_day"),
        ("令和0年4月1日", "invalid_day"),
        ("20251301", "invalid_day"),
        ("令和O年4月1日", "not_a_date"),
        ("令和l年4月1日", "not_a_date"),
        ("abc", "not_a_date"),
        ("令和 年 月 日", "not_a_date"),
        ("西暦98.4.1", "short_year"),
        ("令和7年4月1日~令和8年3月31日", "not_a_date"),
        ("令和7年41", "invalid_day"),
        ("2〇25年4月1日", "not_a_date"),
    ],
)
def test_what_cannot_be_a_date_stays_as_it_was_read(text: str, code: str) -> None:
    assert read(text) == (text, [code])


def test_february_29_exists_in_leap_years_only() -> None:
    assert read("令和6年2月29日") == ("2024-02-29", [])
    assert read("令和7年2月29日")[1] == ["invalid_day"]


def test_the_form_may_fix_the_era() -> None:
    assert read("7.4.1", REIWA) == ("2025-04-01", [])
    assert read("070401", REIWA) == ("2025-04-01", [])
    assert read("平成31年4月30日", REIWA) == ("2019-04-30", ["era_conflict"])
    assert read("98.4.1", FieldDef("d", "date", era=Era(fixed="西暦")))[1] == ["short_year"]


def test_a_western_year_is_doubtful_only_where_the_form_asks_for_an_era() -> None:
    assert read("2025年4月1日", REIWA) == ("2025-04-01", ["western"])
    assert read("2025年4月1日", CIRCLED) == ("2025-04-01", ["western"])
    assert read("2025-04-01", REIWA) == ("2025-04-01", []), (
        "a date in its normal form, as a clerk's program gives it back"
    )
    foreigners = FieldDef(
        "d", "date", era=Era(circle={"平成": Box(1, 1, 1, 1), "西暦": Box(3, 1, 1, 1)})
    )
    assert read("2025年4月1日", foreigners) == ("2025-04-01", [])
    assert read(
        "", FieldDef("d", "date", era=Era(fixed="西暦")), year="2025", month="4", day="1"
    ) == ("2025-04-01", [])


def test_parts_make_the_date() -> None:
    assert read("", CIRCLED, era="昭和", year="40", month="4", day="1") == ("1965-04-01", [])
    assert read("ignored", CIRCLED, era="昭和", year="４０年", month="4月", day=" 1 日") == (
        "1965-04-01",
        [],
    )
    assert read("", CIRCLED, year="S40", month="4", day="1") == ("1965-04-01", [])
    assert read("", CIRCLED, era="昭和", year="H2", month="4", day="1") == (
        "1927-04-01",
        ["era_conflict"],
    )
    assert read("", CIRCLED, era="昭和", year="40", month="", day="") == ("1965", ["partial"])
    assert read("", CIRCLED, era="昭和", year="元", month="12", day="30") == ("1926-12-30", [])
    assert read("", CIRCLED, year="40", month="4", day="1")[1] == ["no_era"]
    assert read("", CIRCLED, era="昭和", month="4", day="1")[1] == ["no_year"]
    assert read("", CIRCLED, era="昭和", year="4O", month="4", day="1") == (
        "昭和4O年4月1日",
        ["not_a_date"],
    )
    assert read("40.4.1", CIRCLED, era="昭和") == ("1965-04-01", []), (
        "a circled era and a date in one box"
    )


def test_empty_parts_are_an_empty_date_although_their_composition_is_not() -> None:
    assert read("年月日", DATE, year="", month="", day="") == (None, [])
    assert read("令和年月日", REIWA, year="", month="", day="") == (None, [])
    assert read("昭和", CIRCLED, era="昭和", year="", month="", day="") == ("昭和", ["not_a_date"])


def test_months() -> None:
    field = FieldDef("m", "month")
    assert read("令和7年4月", field) == ("2025-04", [])
    assert read("令和7年4月分", field) == ("2025-04", [])
    assert read("R7.4", field) == ("2025-04", [])
    assert read("202504", field) == ("2025-04", [])
    assert read("R0704", field) == ("2025-04", [])
    assert read("", field, era="令和", year="7", month="12") == ("2025-12", [])
    assert read("令和7年", field) == ("2025", ["partial"])
    assert read("令和7年4月1日", field) == ("2025-04", ["day_ignored"])
    assert read("令和7年13月", field)[1] == ["invalid_day"]
    assert read("平成31年5月", field) == ("2019-05", ["era_out_of_range"])
    assert read("平成31年4月", field) == ("2019-04", [])


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("14:30", "14:30"),
        ("９：０５", "09:05"),
        ("午後2時30分", "14:30"),
        ("午前0時5分", "00:05"),
        ("午前12時", "00:00"),
        ("午後12時10分", "12:10"),
        ("14時半", "14:30"),
        ("14時", "14:00"),
        ("2:30 PM", "14:30"),
        ("1430", "14:30"),
        ("正午", "12:00"),
        ("8 30", "08:30"),
        ("18 00", "18:00"),
        ("十時三十分", "10:30"),
        ("24:00", "24:00"),
        ("9.05", "09:05"),
    ],
)
def test_times(text: str, iso: str) -> None:
    assert read(text, FieldDef("t", "time")) == (iso, [])


def test_doubtful_times() -> None:
    field = FieldDef("t", "time")
    assert read("14", field) == ("14:00", ["partial"])
    assert read("午後14時", field) == ("14:00", ["half_day"])
    assert read("", field, hour="9", minute="5") == ("09:05", [])
    assert read(":", field, hour="", minute="") == (None, [])
    for text in ("25:00", "14:60", "24:30", "abc", "1時2時"):
        assert read(text, field) == (text, ["not_a_time"])


@given(st.dates(dt.date(1873, 1, 1), dt.date(2070, 12, 31)))
def test_a_formatted_date_reads_back(day: dt.date) -> None:
    assert read(format_wareki(day.isoformat())) == (day.isoformat(), [])
    assert read(day.isoformat()) == (day.isoformat(), [])


@given(
    st.text(
        alphabet="令和平成昭大正明治元年月日0123456789０１〇一二十. -/()?RHS頃不詳西暦火",
        max_size=14,
    )
)
def test_no_text_breaks_a_date_and_a_raw_value_is_never_without_a_problem(text: str) -> None:
    for field in (DATE, REIWA, CIRCLED, FieldDef("m", "month")):
        value, codes = read(text, field)
        if value is not None and not codes:
            days_of(str(value))
            assert len(str(value)) == (10 if field.kind == "date" else 7)


def test_days_of_refuses_what_is_no_iso_date() -> None:
    assert days_of("2024-02") == (dt.date(2024, 2, 1), dt.date(2024, 2, 29))
    assert days_of("2024") == (dt.date(2024, 1, 1), dt.date(2024, 12, 31))
    for text in (
        "",
        "24",
        "2024-2",
        "2024-13",
        "2024-02-30",
        "2024-02-01-01",
        "令和7年",
        "20-2402",
        "２０２４",
    ):
        with pytest.raises(ValueError, match=r"."):
            days_of(text)


@pytest.mark.parametrize(
    ("iso", "text"),
    [
        ("2025-04-01", "令和7年4月1日"),
        ("2019-05-01", "令和元年5月1日"),
        ("2019-04-30", "平成31年4月30日"),
        ("1989-01-08", "平成元年1月8日"),
        ("1926-12-25", "昭和元年12月25日"),
        ("1912-07-30", "大正元年7月30日"),
        ("2025-04", "令和7年4月"),
        ("2025", "令和7年"),
        ("2019", "平成31年/令和元年"),
        ("1989-01", "昭和64年1月/平成元年1月"),
        ("1872", "1872年"),
        ("1600-09-15", "1600年9月15日"),
        ("不詳", "不詳"),
        ("", ""),
    ],
)
def test_format_wareki(iso: str, text: str) -> None:
    assert format_wareki(iso) == text


def test_the_fiscal_year_begins_in_april() -> None:
    assert fiscal_year(dt.date(2025, 3, 31)) == 2024
    assert fiscal_year(dt.date(2025, 4, 1)) == 2025


def test_a_year_of_age_is_complete_the_day_before_the_birthday() -> None:
    april_1 = dt.date(2019, 4, 1)
    assert age_on(april_1, dt.date(2025, 3, 30)) == 5
    assert age_on(april_1, dt.date(2025, 3, 31)) == 6
    assert age_on(dt.date(2019, 4, 2), dt.date(2025, 3, 31)) == 5
    leap = dt.date(2000, 2, 29)
    assert age_on(leap, dt.date(2001, 2, 27)) == 0
    assert age_on(leap, dt.date(2001, 2, 28)) == 1
    assert age_on(leap, dt.date(2004, 2, 28)) == 4
    assert age_on(dt.date(2025, 4, 1), dt.date(2025, 3, 30)) == -1


@given(st.dates(dt.date(1900, 1, 1), dt.date(2030, 1, 1)), st.integers(0, 45000))
def test_age_counts_the_anniversaries_up_to_the_next_day(birth: dt.date, days: int) -> None:
    on = birth + dt.timedelta(days=days)
    reached = 0
    for year in range(birth.year + 1, on.year + 2):
        try:
            birthday = birth.replace(year=year)
        except ValueError:  # born on February 29: the year of age ends with February 28
            birthday = dt.date(year, 3, 1)
        reached += birthday - dt.timedelta(days=1) <= on
    assert age_on(birth, on) == reached
