"""Individual numbers in any text: found in every spelling, and nothing else taken for one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.checkdigits import is_my_number, my_number_check_digit
from records.mynumber import holds_my_number, mask_every_digit, mask_my_number
from tests.spellings import SPELLINGS, tells

SPELT = {**SPELLINGS, "with a wrong check digit": "1234 5678 9012"}

OTHERS = {
    "a corporate number": "1234567890123",
    "a corporate number in cells": "1 2 3 4 5 6 7 8 9 0 1 2 3",
    "a corporate number in groups": "1 0000 2041 2074",
    "another": "１０００ ０２０４ １２０７ ４",
    "a registration number": "T1234567890123",
    "a scanner's time": "202611271430.pdf",
    "a time in groups": "2026-11-27 2319",
    "a time with seconds": "20261127231901",
    "years": "2024 2025 2026",
    "two telephone numbers": "0952-12-3456 0952-12-3457",
    "a mobile telephone": "090-1234-5678",
    "ゆうちょ": "12345 12345671",
    "a record": "3f2a123456789018-001",
    "a postal code and a telephone": "840-8501 0952-24-3151",
    "amounts": "1,234,567円 2,345,678円",
}


@pytest.mark.parametrize("name", SPELT)
def test_every_spelling_is_hidden_but_for_its_end(name: str) -> None:
    shown = mask_my_number(f"番号は{SPELT[name]}です")
    assert shown.count("*") == 8
    assert mask_my_number(shown) == shown, "hiding twice hides no more"


@pytest.mark.parametrize("name", SPELT)
def test_in_a_place_of_its_own_a_part_of_it_is_hidden_whole(name: str) -> None:
    assert mask_every_digit(SPELT[name]).count("*") >= 8
    assert not tells(mask_every_digit(SPELT[name]))
    part = SPELT[name].rstrip(")")[:-1]
    assert mask_every_digit(part).count("*") >= 11


@pytest.mark.parametrize("name", OTHERS)
def test_other_numbers_stay(name: str) -> None:
    assert mask_my_number(OTHERS[name]) == OTHERS[name]


WIDE = str.maketrans("0123456789", "０１２３４５６７８９")


@given(
    first=st.text("0123456789", min_size=11, max_size=11),
    separator=st.sampled_from(
        ["", " ", "-", "−", "ー", "　", "・", ".", "\n", "\t", " - ", "/", "~"]
    ),
    wide=st.booleans(),
    before=st.sampled_from(["", "番号", "No.", "T", "(", "個人番号:", "〒840-8501 ", "1. "]),
    after=st.sampled_from(["", "です", ")", "。", "様", " 電話0952-24-3151"]),
)
def test_no_valid_number_is_left_readable(
    first: str, separator: str, wide: bool, before: str, after: str
) -> None:
    number = first + str(my_number_check_digit(first))
    assert is_my_number(number)
    groups = [number[0:4], number[4:8], number[8:12]]
    spelt = separator.join(groups)
    written = spelt.translate(WIDE) if wide else spelt
    shown = mask_my_number(before + written + after)
    assert shown.count("*") >= 8


@given(st.text(max_size=60))
def test_any_text_keeps_its_length_and_its_letters(text: str) -> None:
    shown = mask_my_number(text)
    assert len(shown) == len(text)
    assert all(b in (a, "*") for a, b in zip(text, shown, strict=True))
    assert holds_my_number(text) == (shown != text)
