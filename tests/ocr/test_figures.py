"""How numbers and signs are spelled, and where one seems to be missing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.weigh.figures import doubtful, oddness, spellings, unbalanced
from ocr.weigh.mistaken import meant

WELL = [
    "高さ2.5メートル",
    "1,500円",
    "12,345,678円",
    "10:30~12:00",
    "(仮称)森公園",
    "2、3日",
    "25m×4本",
    "120時間",
    "36か月",
    "4月から6か月",
    "A・B・C棟",
    "1)会場",
    "LINEで申請",
    "鹿島市の公園",
    "30cm",
    "3.15kg",
    "月曜日",
    "土日",
]


@pytest.mark.parametrize("text", WELL)
def test_what_people_write_is_not_odd(text: str) -> None:
    assert oddness(text) == 0
    assert not doubtful(text)


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("高さ2,5メートル", "高さ2.5メートル"),
        ("0,88%", "0.88%"),
        ("50‰", "50%"),
        ("25mx4本", "25m×4本"),
        ("縦2mX横3m", "縦2m×横3m"),
        ("(仮称1森公園", "(仮称)森公園"),
        ("1有)山田組", "(有)山田組"),
        ("7月1日か58月31日", "7月1日から8月31日"),
        ("体温36, 8度", "体温36.8度"),
        ("昼の部●夜の部", "昼の部・夜の部"),
    ],
)
def test_what_was_meant_is_tried_and_is_the_less_odd(read: str, meant: str) -> None:
    assert meant in spellings([read])
    assert oddness(read) < oddness(meant) == 0


@pytest.mark.parametrize(
    "text",
    [
        "15 00",
        "9 00開始",
        "A B C棟",
        "未定(後日",
        "白)2張",
        "36,8度",
        "21時終7",
        "15.00",
        "150m",
        "月一金",
        "8:30/7:15",
    ],
)
def test_where_a_sign_seems_to_be_missing_a_person_looks(text: str) -> None:
    assert doubtful(text)


@pytest.mark.parametrize(
    ("text", "lone"), [("(白", "("), ("「夏", "「"), ("白い)", ")"), ("(a)", "")]
)
def test_a_bracket_without_its_partner_is_found(text: str, lone: str) -> None:
    assert unbalanced(text) == lone


@given(st.text("0123456789,.:~()か時月日円 m×x%", max_size=14))
def test_spellings_never_lose_a_digit(text: str) -> None:
    digits = sum(c.isdigit() for c in text)
    swapped = text.count("か5") + text.count("1") + text.count("7")  # か5 is から, a bracket like 1
    shown = meant([text])  # m2 for ㎡, 30日 for 3か月: a person sees each of them
    for other in set(spellings([text])) - set(shown):
        assert digits - swapped <= sum(c.isdigit() for c in other) <= digits
    assert oddness(text) <= 0
