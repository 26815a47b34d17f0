"""Postal codes, telephone numbers and addresses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.forms import FieldDef
from records.normalise import normalise
from records.normalise.address import split_address
from records.site import Office, Town
from tests.kashima import KASHIMA

OFFICE = KASHIMA
POSTAL = FieldDef("p", "postal_code")
PHONE = FieldDef("t", "phone")
ADDRESS = FieldDef("a", "address")


def read(
    text: str, field: FieldDef, office: Office = OFFICE, **parts: str
) -> tuple[object, list[str]]:
    made = normalise(field, text, office, parts)
    return made.value, [p.code for p in made.problems]


@pytest.mark.parametrize(
    "text",
    [
        "849-1312",
        "8491312",
        "〒849-1312",
        "〒８４９ー１３１２",
        "849 1312",
        "8 4 9 1 3 1 2",
        "849−1312",
        "849‐1312.",
    ],
)
def test_a_postal_code_written_in_any_usual_way(text: str) -> None:
    assert read(text, POSTAL) == ("849-1312", [])


@pytest.mark.parametrize(
    ("text", "value", "codes"),
    [
        ("849-131", "849-131", ["wrong_length"]),
        ("849-13122", "849-13122", ["wrong_length"]),
        ("84913I2", "84913I2", ["not_digits"]),
        ("849-1319", "849-1319", ["unknown_postal_code"]),
        ("849-1300", "849-1300", []),
        ("849-1392", "849-1392", []),
        ("100-0001", "100-0001", []),
        ("", None, []),
        ("〒 -", None, []),
    ],
)
def test_other_postal_codes(text: str, value: object, codes: list[str]) -> None:
    assert read(text, POSTAL) == (value, codes)


def test_parts_of_a_postal_code() -> None:
    assert read("", POSTAL, first="849", second="1312") == ("849-1312", [])
    assert read("-", POSTAL, first="", second="") == (None, [])
    assert read("", POSTAL, first="849", second="") == ("849", ["wrong_length"])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0954-63-2111", "0954-63-2111"),
        ("63-2111", "0954-63-2111"),
        ("632111", "0954-63-2111"),
        ("６３ー２１１１", "0954-63-2111"),
        ("(0954)63-2111", "0954-63-2111"),
        ("0954(63)2111", "0954-63-2111"),
        ("0954.63.2111", "0954-63-2111"),
        ("0954-632-111", "0954-63-2111"),
        ("TEL 0954-63-2111", "0954-63-2111"),
        ("℡0954-63-2111", "0954-63-2111"),
        ("電話:0954-63-2111", "0954-63-2111"),
        ("090-1234-5678", "090-1234-5678"),
        ("０９０１２３４５６７８", "090-1234-5678"),
        ("070 1234 5678", "070-1234-5678"),
        ("060-1234-5678", "060-1234-5678"),
        ("05012345678", "050-1234-5678"),
        ("+81 90 1234 5678", "090-1234-5678"),
        ("+81-954-63-2111", "0954-63-2111"),
        ("0120123456", "0120-123-456"),
        ("0800-123-4567", "0800-123-4567"),
        ("0570-012-345", "0570-012-345"),
        ("0352532111", "03-5253-2111"),
        ("0661234567", "06-6123-4567"),
        ("0952242111", "0952-24-2111"),
        ("0921112222", "092-111-2222"),
        ("0429981111", "04-2998-1111"),
        ("0499222222", "04992-2-2222"),
        ("(自宅)0954-63-2111", "0954-63-2111"),
    ],
)
def test_a_phone_number_written_in_any_usual_way(text: str, value: str) -> None:
    made, codes = read(text, PHONE)
    assert made == value
    assert codes == (["unknown_exchange"] if value == "092-111-2222" else [])


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("0954-63-211", ["wrong_length"]),
        ("0954-63-21111", ["not_a_phone"]),
        ("1234567890", ["not_a_phone"]),
        ("00-1234-5678", ["not_a_phone"]),
        ("090-1234-567", ["not_a_phone"]),
        ("095463211l", ["not_digits"]),
        ("0954-63-2111/090-1234-5678", ["two_numbers"]),
        ("0954-63-2111 0954-63-2112", ["two_numbers"]),
        ("なし", ["not_digits"]),
    ],
)
def test_what_is_no_phone_number_stays_as_it_was_read(text: str, codes: list[str]) -> None:
    assert read(text, PHONE) == (text, codes)


def test_doubtful_phone_numbers() -> None:
    assert read("0954-63-2111 内線123", PHONE) == ("0954-63-2111", ["extension"])
    assert read("0954-03-2111", PHONE) == ("0954-03-2111", ["unknown_exchange"])
    assert read("0570-012-345", PHONE)[1] == []


def test_parts_of_a_phone_number() -> None:
    assert read("", PHONE, area="0954", exchange="63", subscriber="2111") == ("0954-63-2111", [])
    assert read("", PHONE, area="", exchange="63", subscriber="2111") == ("0954-63-2111", [])
    assert read("--", PHONE, area="", exchange="", subscriber="") == (None, [])
    assert read("", PHONE, area="0954", exchange="", subscriber="") == ("0954", ["wrong_length"])


def test_an_office_without_an_area_code_adds_none() -> None:
    assert read("63-2111", PHONE, Office(area_code=""))[1] == ["wrong_length"]
    tokyo = Office(area_code="03")
    assert read("5253-2111", PHONE, tokyo) == ("03-5253-2111", [])
    assert read("63-2111", PHONE, tokyo)[1] == ["wrong_length"]


@given(st.integers(200000, 999999))
def test_a_local_number_gets_the_offices_area_code_and_reads_back(number: int) -> None:
    text = str(number)
    value, codes = read(text, PHONE)
    assert (value, codes) == (f"0954-{text[:2]}-{text[2:]}", [])
    assert read(str(value), PHONE) == (value, [])


@given(st.text(alphabet="0123456789-() /+内線TEL", max_size=16))
def test_no_text_breaks_a_phone_number(text: str) -> None:
    value, codes = read(text, PHONE)
    if value is not None and not codes:
        digits = str(value).replace("-", "")
        assert len(digits) in (10, 11)
        assert read(str(value), PHONE) == (value, []), "its own normal form"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("佐賀県鹿島市大字納富分２６４３番地１", "佐賀県鹿島市大字納富分2643番地1"),
        ("鹿島市大字納富分2643−1", "鹿島市大字納富分2643-1"),
        ("浜町乙１２３４番地５", "浜町乙1234番地5"),
        ("古枝甲1488", "古枝甲1488"),
        ("森 123", "森123"),
        ("重ノ木乙ー12", "重ノ木乙-12"),
        ("鹿島市大字納冨分2643-1", "鹿島市大字納冨分2643-1"),
        ("鹿嶋市高津原1", "鹿嶋市高津原1"),
        ("鹿島市 大字 納富分 2643-1 ハイツ鹿島 101", "鹿島市大字納富分2643-1　ハイツ鹿島 101"),
        ("鹿島市大字高津原甲\n12-3", "鹿島市大字高津原甲12-3"),
        ("小城市三日月町1-2", "小城市三日月町1-2"),
        ("東京都千代田区千代田1ー1", "東京都千代田区千代田1-1"),
        ("杵島郡白石町福田1", "杵島郡白石町福田1"),
        ("茨城県鹿嶋市平井1", "茨城県鹿嶋市平井1"),
        ("三河内丙二番地", "三河内丙二番地"),
        ("佐賀市栄町1-1", "佐賀市栄町1-1"),
    ],
)
def test_addresses_stay_as_written_with_half_width_numbers(text: str, value: str) -> None:
    assert read(text, ADDRESS) == (value, [])


@pytest.mark.parametrize(
    ("text", "value", "codes"),
    [
        ("鹿鳥市大字納畠分2643ー1", "鹿島市大字納富分2643-1", ["town_guess"]),
        ("佐賀具鹿島市高津原1", "佐賀県鹿島市高津原1", ["town_guess"]),
        ("佐賀県鹿鳥市浜町1", "佐賀県鹿島市浜町1", ["town_guess"]),
        ("鹿島市音威12", "鹿島市音成12", ["town_guess"]),
        ("鹿島市井田12", "鹿島市井田12", ["unknown_town"]),
        ("音威12", "音威12", ["unknown_town"]),
        ("森林町1", "森林町1", ["unknown_town"]),
        ("鹿島市大字納富分", "鹿島市大字納富分", ["no_number"]),
        ("鹿島市", "鹿島市", ["unknown_town"]),
        ("鹿島市高津原1234一5", "鹿島市高津原1234-5", ["dash_guess"]),
    ],
)
def test_doubtful_addresses(text: str, value: str, codes: list[str]) -> None:
    assert read(text, ADDRESS) == (value, codes)


def test_a_guessed_town_is_told_with_what_was_read() -> None:
    made = normalise(ADDRESS, "鹿島市音威12", OFFICE)
    assert "音威" in made.problems[0].message
    assert "音成" in made.problems[0].message


@given(
    st.sampled_from(KASHIMA.towns),
    st.sampled_from(["", "佐賀県", "佐賀県鹿島市", "鹿島市", "鹿島市大字", "大字"]),
    st.sampled_from(["", "甲", "乙", "丙"]),
    st.integers(1, 9999),
)
def test_every_town_is_found_whatever_stands_before_it(
    town: Town, place: str, letter: str, number: int
) -> None:
    found = split_address(f"{place}{town.name}{letter}{number}番地", OFFICE)
    assert (found.town, found.rest, found.exact, found.outside) == (
        town,
        f"{letter}{number}番地",
        True,
        False,
    )
    assert read(f"{place}{town.name}{letter}{number}", ADDRESS) == (
        f"{place}{town.name}{letter}{number}",
        [],
    )


@given(
    st.text(
        alphabet="佐賀県鹿島市大字納富分森浜町甲乙0123456789０-ー一 　ハイツ\n番地", max_size=20
    )
)
def test_no_text_breaks_an_address_and_a_clean_one_is_its_own_normal_form(text: str) -> None:
    value, codes = read(text, ADDRESS)
    if value is not None and not codes:
        assert read(str(value), ADDRESS) == (value, [])
