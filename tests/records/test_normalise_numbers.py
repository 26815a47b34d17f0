"""Identifiers, quantities, yen and check digits."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from stdnum.jp import cn, in_

from records.checkdigits import (
    corporate_check_digit,
    is_corporate_number,
    is_municipality_code,
    is_my_number,
    municipality_check_digit,
    my_number_check_digit,
)
from records.forms import Cells, FieldDef, Part
from records.normalise import normalise
from records.normalise.numerals import to_int
from records.types import Box
from tests.kashima import KASHIMA

OFFICE = KASHIMA
AMOUNT = FieldDef("a", "amount")
NUMBER = FieldDef("n", "number")
THOUSANDS = FieldDef("a", "amount", unit=1000)


def read(text: str, field: FieldDef) -> tuple[object, list[str]]:
    made = normalise(field, text, OFFICE)
    return made.value, [p.code for p in made.problems]


def cells(count: int, align: str = "left") -> FieldDef:
    return FieldDef("d", "digits", place=Part(cells=(Cells(Box(1, 1, 50, 5), count, align),)))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("¥1,234-", 1234),
        ("￥１，２３４ー", 1234),
        ("\\3000-", 3000),
        ("金壱万弐千参百円也", 12300),
        ("金 拾弐萬円", 120000),
        ("1億2,345万", 123450000),
        ("12万3456円", 123456),
        ("3千5百円", 3500),
        ("5千円", 5000),
        ("百二十三万四千五百六十七", 1234567),
        ("廿五円", 25),
        ("一二三〇円", 1230),
        ("**12,000", 12000),
        ("※12,000円※", 12000),
        ("0", 0),
        ("０円", 0),
        ("1,234,567.-", 1234567),
        ("伍阡円", 5000),
        ("弐佰万円", 2000000),
        ("△500", -500),
        ("▲1,000円", -1000),
        ("1'200", 1200),
        ("1 2 3 4", 1234),
        ("一兆円", 10**12),
        ("千円", 1000),
    ],
)
def test_yen_written_in_any_usual_way(text: str, value: int) -> None:
    assert read(text, AMOUNT) == (value, [])


@pytest.mark.parametrize(
    ("text", "value", "codes"),
    [
        ("-500", -500, ["sign"]),
        ("¥-500", -500, ["sign"]),
        ("1.234", 1234, ["grouping"]),
        ("1,23", 123, ["grouping"]),
        ("12,34,567", 1234567, ["grouping"]),
        ("1,000一", 1000, ["stray"]),
        (",500", 500, ["stray"]),
        ("-", None, ["dash_only"]),
        ("¥ー", None, ["dash_only"]),
        ("円", None, ["dash_only"]),
    ],
)
def test_doubtful_yen(text: str, value: int | None, codes: list[str]) -> None:
    assert read(text, AMOUNT) == (value, codes)


@pytest.mark.parametrize(
    "text",
    [
        "O12",
        "1l0",
        "二十三百",
        "1億2億",
        "12.5",
        "1.2.3",
        "十百",
        "0百",
        "12千",
        "百123",
        "1〇",
        "1000五",
        "約3000",
        "万円",
        "3個500",
        "abc",
    ],
)
def test_what_is_no_amount_stays_as_it_was_read(text: str) -> None:
    assert read(text, AMOUNT) == (text, ["not_a_number"])


def test_a_column_in_thousands_of_yen() -> None:
    assert read("5,000", THOUSANDS) == (5_000_000, [])
    assert read("5,000千円", THOUSANDS) == (5_000_000, [])
    assert read("5,000円", THOUSANDS) == (5_000_000, ["unit"])


@pytest.mark.parametrize(
    ("text", "value", "codes"),
    [
        ("3", 3, []),
        ("3人", 3, []),
        ("１２ 名", 12, []),
        ("三人", 3, []),
        ("二十日", 20, []),
        ("30日", 30, []),
        ("1,200", 1200, []),
        ("12か月", 12, []),
        ("-2", -2, ["sign"]),
        ("ー", None, ["dash_only"]),
        ("3.5", "3.5", ["not_a_number"]),
        ("約3", "約3", ["not_a_number"]),
        ("人", "人", ["not_a_number"]),
    ],
)
def test_quantities(text: str, value: object, codes: list[str]) -> None:
    assert read(text, NUMBER) == (value, codes)


def test_limits_and_listed_values() -> None:
    field = FieldDef("n", "number", minimum=1, maximum=31)
    assert read("31", field) == (31, [])
    assert read("0", field) == (0, ["too_small"])
    assert read("32", field) == (32, ["too_large"])
    assert read("-5", FieldDef("n", "number", minimum=-10)) == (-5, []), (
        "a field that expects negative numbers"
    )
    assert read("3", FieldDef("n", "number", values=("1", "2"))) == (3, ["not_in_list"])


@pytest.mark.parametrize(
    ("text", "value", "codes"),
    [
        ("0012345", "0012345", []),
        ("０ ０ １ ２", "0012", []),
        ("12-345", "12345", []),
        ("12ー345", "12345", []),
        ("123,", "123", ["stray"]),
        (".12.3", "123", ["stray"]),
        ("O12", "O12", ["not_digits"]),
        ("l2", "l2", ["not_digits"]),
        ("12〇4", "12〇4", ["not_digits"]),
        ("-", "-", ["not_digits"]),
        ("①23", "123", []),
        ("", None, []),
    ],
)
def test_identifiers(text: str, value: object, codes: list[str]) -> None:
    assert read(text, FieldDef("d", "digits")) == (value, codes)


def test_the_number_of_cells_limits_an_identifier() -> None:
    assert read("1234567", cells(7)) == ("1234567", [])
    assert read("12345678", cells(7)) == ("12345678", ["too_long"])
    assert read("123456", cells(7)) == ("123456", ["too_short"])
    assert read("123456", cells(7, "right")) == ("123456", []), (
        "written from the right, a short number is usual"
    )


def test_an_identifier_with_letters_has_a_charset() -> None:
    field = FieldDef("d", "digits", charset="0123456789AB")
    assert read("A012", field) == ("A012", [])
    assert read("C012", field) == ("C012", ["charset"])


# --- numerals -------------------------------------------------------------------------------------


def kanji(
    number: int, digits: str = "一二三四五六七八九", small: str = "十百千", large: str = "万億兆"
) -> str:
    """A writer of kanji numerals, independent of the reader."""
    text = ""
    for power in range(3, -1, -1):
        group = number // 10 ** (4 * power) % 10**4
        part = ""
        for place in range(3, -1, -1):
            digit = group // 10**place % 10
            if digit:
                part += ("" if digit == 1 and place else digits[digit - 1]) + (
                    small[place - 1] if place else ""
                )
        text += part + (large[power - 1] if part and power else "")
    return text


@given(st.integers(1, 10**16 - 1))
def test_kanji_numerals_read_back(number: int) -> None:
    assert to_int(kanji(number)) == number
    assert to_int(kanji(number, "壱弐参四伍六七八九", "拾百千", "萬億兆")) == number


@given(st.integers(0, 10**13))
def test_arabic_and_positional_numerals_read_back(number: int) -> None:
    assume(not is_my_number(str(number)))  # that is asked about, whatever it stands for
    assert to_int(str(number)) == number
    assert (
        to_int(str(number).translate(str.maketrans("0123456789", "〇一二三四五六七八九"))) == number
    )
    assert read(f"¥{number:,}-", AMOUNT) == (number, [])
    assert read(f"金{number:,}円也", AMOUNT) == (number, [])
    assert read(str(number), AMOUNT) == (number, [])


@given(st.integers(1, 9999), st.integers(0, 9999), st.integers(0, 9999))
def test_mixed_numerals_read_back(oku: int, man: int, one: int) -> None:
    assume(not is_my_number(str((oku * 10_000 + man) * 10_000 + one)))
    text = f"{oku:,}億" + (f"{man:,}万" if man else "") + (f"{one:,}" if one else "")
    assert read(text, AMOUNT) == (oku * 10**8 + man * 10**4 + one, [])


@given(st.text(alphabet="0123456789,.一二三十百千万億壱拾-¥円", max_size=10))
def test_no_text_breaks_an_amount(text: str) -> None:
    value, codes = read(text, AMOUNT)
    assert isinstance(value, int) or codes or not text.strip()


@given(st.text(alphabet="十百千万億一二三0123456789", min_size=1, max_size=8))
def test_a_number_from_kanji_is_worth_what_it_writes(text: str) -> None:
    number = to_int(text)
    assume(number is not None)
    assert number is not None
    assert number >= 0
    for mark, value in (("億", 10**8), ("万", 10**4)):
        if mark in text:
            assert number >= value


# --- check digits ---------------------------------------------------------------------------------


@given(st.text(alphabet="0123456789", min_size=11, max_size=11))
def test_my_numbers_agree_with_the_oracle(first: str) -> None:
    digit = my_number_check_digit(first)
    assert str(digit) == in_.calc_check_digit(first)
    assert is_my_number(f"{first}{digit}")
    assert not is_my_number(f"{first}{(digit + 1) % 10}")


@given(st.text(alphabet="0123456789", min_size=12, max_size=12))
def test_corporate_numbers_agree_with_the_oracle(last: str) -> None:
    digit = corporate_check_digit(last)
    assert str(digit) == cn.calc_check_digit(last)
    assert 1 <= digit <= 9
    assert is_corporate_number(f"{digit}{last}")
    assert not is_corporate_number(f"{(digit + 1) % 10}{last}")


def test_a_run_of_very_many_digits_is_no_number() -> None:
    assert to_int("9" * 5000) is None
    assert to_int("9" * 16) == 10**16 - 1
    assert read("1" * 5000, AMOUNT)[1] == ["not_a_number"]


def test_known_numbers() -> None:
    assert my_number_check_digit("12345678901") == 8
    assert is_corporate_number("1000020412074")
    assert [municipality_check_digit(c) for c in ("41207", "01100", "13101", "47201", "27100")] == [
        4,
        2,
        6,
        8,
        4,
    ]
    assert is_municipality_code(OFFICE.municipality_code)
    assert not is_municipality_code("412075")
    assert not is_my_number("１２３４５６７８９０１８")


@pytest.mark.parametrize(
    ("text", "value", "codes"),
    [
        ("123456789018", "123456789018", []),
        ("1234-5678-9018", "123456789018", []),
        ("１２３４ ５６７８ ９０１８", "123456789018", []),
        ("123456789019", "123456789019", ["check_digit"]),
        ("12345678901", "12345678901", ["wrong_length"]),
        ("12345678901B", "12345678901B", ["not_digits"]),
        ("", None, []),
    ],
)
def test_my_number(text: str, value: object, codes: list[str]) -> None:
    made = normalise(FieldDef("m", "my_number", label="個人番号"), text, OFFICE)
    assert (made.value, [p.code for p in made.problems]) == (value, codes)
    for found in made.problems:
        assert "1234" not in found.message, "no digit of a My Number may stand in a message"


@pytest.mark.parametrize(
    ("text", "value", "codes"),
    [
        ("1000020412074", "1000020412074", []),
        ("T1000020412074", "1000020412074", []),
        ("Ｔ１０００ ０２０４ １２０７ ４", "1000020412074", []),
        ("2000020412074", "2000020412074", ["check_digit"]),
        ("100002041207", "100002041207", ["wrong_length"]),
    ],
)
def test_corporate_number(text: str, value: object, codes: list[str]) -> None:
    assert read(text, FieldDef("c", "corporate_number")) == (value, codes)


def test_a_my_number_in_another_field_is_masked_in_messages() -> None:
    made = normalise(FieldDef("d", "digits", values=("1",)), "123456789018", OFFICE)
    assert [p.code for p in made.problems] == ["not_in_list", "my_number_inside"]
    assert "123456789018" not in made.problems[0].message
    assert "********9018" in made.problems[0].message
