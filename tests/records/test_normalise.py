"""What all normalisers have in common: empty fields, closed lists, marks, alphabets, and no
surprise on any text."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.forms import Cells, Era, FieldDef, Part
from records.kinds import KINDS
from records.normalise import Normalised, alphabet, normalise
from records.types import Box
from tests.kashima import KASHIMA

OFFICE = KASHIMA
BOX = Box(1, 1, 50, 5)
OPTIONS = Part(mark="circle", options={"国民年金": BOX, "厚生年金": BOX, "その他": BOX})
MARKS = ("mark", "seal", "signature")
WRITTEN = {
    "text": "意見です",
    "lines": "一行目\n二行目",
    "name": "髙﨑　太郎",
    "kana": "カシマ　タロウ",
    "percent": "12.5",
    "digits": "0012345",
    "number": "3",
    "amount": "12300",
    "date": "2025-04-01",
    "month": "2025-04",
    "time": "14:30",
    "postal_code": "849-1312",
    "address": "鹿島市納富分2643-1",
    "phone": "0954-63-2111",
    "my_number": "123456789018",
    "corporate_number": "1000020412074",
    "bank_account": "佐賀銀行(0179) 鹿島支店(669) 普通 1234567 カシマ　タロウ",
    "mark": "True",
    "choice": "国民年金",
    "choices": "国民年金、その他",
    "seal": "True",
    "signature": "False",
    "code": "ABC-123",
}


def made(kind: str, text: str, **more: object) -> Normalised:
    return normalise(
        FieldDef(
            "f", kind, label="項目", place=OPTIONS if kind.startswith("choice") else None, **more
        ),
        text,
        OFFICE,
    )  # type: ignore[arg-type]


def test_every_kind_has_a_normaliser() -> None:
    assert set(WRITTEN) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_value_in_its_normal_form_has_no_problem(kind: str) -> None:
    assert made(kind, WRITTEN[kind]).problems == ()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", ["", " ", "　\n", "\u200b"])
def test_an_empty_field_is_a_problem_only_where_the_form_requires_it(kind: str, text: str) -> None:
    nothing = False if kind in MARKS else None
    assert made(kind, text) == Normalised(nothing, ())
    required = made(kind, text, required=True)
    assert required.value is nothing
    assert [p.code for p in required.problems] == ["required"]
    assert "項目" in required.problems[0].message


@given(st.sampled_from(tuple(KINDS)), st.text(max_size=30))
def test_no_text_breaks_any_kind(kind: str, text: str) -> None:
    found = made(kind, text, required=True)
    for reason in found.problems:
        assert reason.code.isidentifier()
        assert reason.code.islower()
        assert unicodedata.normalize("NFC", reason.message).endswith(
            ("ください", "残しました", "除きました", "あたります)", "しました")
        )


@given(st.sampled_from([kind.name for kind in KINDS.values() if kind.parts]), st.data())
def test_no_parts_break_a_composite_kind(kind: str, data: st.DataObject) -> None:
    parts = KINDS[kind].parts
    names = parts
    if KINDS[kind].is_day:
        names = (*parts, "era")
    parts = data.draw(st.dictionaries(st.sampled_from(names), st.text(max_size=8)))
    text = data.draw(st.text(max_size=12))
    normalise(FieldDef("f", kind), text, OFFICE, parts)


def test_text_and_lines_stay_as_written() -> None:
    assert made("text", "  ①㈱ﾃｽﾄ  です ").value == "①㈱ﾃｽﾄ  です"
    assert made("text", "一行目\n二行目").value == "一行目 二行目"
    assert made("lines", "\n 一行目 \n\n二行目\n").value == "一行目\n\n二行目"
    assert made("code", " ABC-123\n").value == "ABC-123"
    assert made("text", "a\x07b").value == "ab"


def test_a_closed_list() -> None:
    listed = FieldDef("f", "text", values=("福祉課", "総務課", "ＤＸ推進室"))
    assert normalise(listed, "福祉課", OFFICE) == Normalised("福祉課")
    assert normalise(listed, " 福 祉 課", OFFICE) == Normalised("福祉課")
    assert normalise(listed, "DX推進室", OFFICE) == Normalised("ＤＸ推進室")
    near = normalise(listed, "福社課", OFFICE)
    assert near.value == "福社課"
    assert [p.code for p in near.problems] == ["not_in_list"]
    assert "福祉課" in near.problems[0].message


def test_a_charset() -> None:
    field = FieldDef("f", "text", charset="ABC123")
    assert normalise(field, "A 1", OFFICE).problems == ()
    odd = normalise(field, "A1X", OFFICE)
    assert (odd.value, [p.code for p in odd.problems]) == ("A1X", ["charset"])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("レ", True),
        ("✓", True),
        ("Yes", True),
        ("true", True),
        ("有", True),
        ("1", True),
        ("Off", False),
        ("false", False),
        ("無", False),
        ("□", False),
    ],
)
def test_marks(text: str, value: bool) -> None:
    for kind in MARKS:
        assert made(kind, text) == Normalised(value)


def test_a_mark_that_says_neither_stays_as_it_was_read() -> None:
    assert (made("mark", "×").value, made("mark", "×").problems[0].code) == ("×", "not_a_mark")


def test_choices_never_pick_between_two_marks() -> None:
    assert made("choice", "国民 年金") == Normalised("国民年金")
    two = made("choice", "国民年金、厚生年金")
    assert (two.value, two.problems[0].code) == ("国民年金、厚生年金", "two_marks")
    assert made("choice", "共済").problems[0].code == "not_an_option"
    assert made("choices", "その他、国民年金") == Normalised(["国民年金", "その他"]), (
        "in the form's order"
    )
    assert made("choices", "その他、共済").problems[0].code == "not_an_option"


# --- alphabets ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_an_alphabet_holds_every_character_of_a_normal_form(kind: str) -> None:
    letters = alphabet(FieldDef("f", kind))
    if letters is not None:
        assert len(set(letters)) == len(letters)
        assert set(WRITTEN[kind]) <= set(letters)


def test_kinds_of_free_text_have_no_alphabet() -> None:
    for kind in ("text", "lines", "name", "address", "code", "mark", "choice", "bank_account"):
        assert alphabet(FieldDef("f", kind)) is None


def test_alphabets_of_parts_cells_and_the_forms_own_limits() -> None:
    cells = Part(cells=(Cells(BOX, 8),))
    assert set(alphabet(FieldDef("f", "date", place=cells)) or "") == set(
        "0123456789０１２３４５６７８９"
    )
    assert "元" in (alphabet(FieldDef("f", "date", parts={"year": cells}), "year") or "")
    assert "一" not in (alphabet(FieldDef("f", "date", parts={"year": cells}), "year") or "")
    assert "十" in (alphabet(FieldDef("f", "date", parts={"day": Part(BOX)}), "day") or "")
    assert {"令", "R"} <= set(alphabet(FieldDef("f", "date", era=Era(box=BOX)), "era") or "")
    assert alphabet(FieldDef("f", "bank_account"), "bank") is None
    assert "1" in (alphabet(FieldDef("f", "bank_account"), "number") or "")
    assert "普" in (alphabet(FieldDef("f", "bank_account"), "account_kind") or "")
    assert alphabet(FieldDef("f", "digits", charset="AB12")) == "AB12"
    assert set("福祉課総務") <= set(
        alphabet(FieldDef("f", "text", values=("福祉課", "総務課"))) or ""
    )


def test_a_field_is_normalised_in_well_under_a_millisecond() -> None:
    for kind, text in WRITTEN.items():
        field = FieldDef("f", kind, place=OPTIONS if kind.startswith("choice") else None)
        normalise(field, text, OFFICE)  # loads the tables of its kind
        best = min(_seconds(field, text) for _ in range(5))
        assert best < 0.001, f"{kind}: {best * 1000:.2f} ms"


def _seconds(field: FieldDef, text: str) -> float:
    start = time.perf_counter()
    for _ in range(10):
        normalise(field, text, OFFICE)
    return (time.perf_counter() - start) / 10
