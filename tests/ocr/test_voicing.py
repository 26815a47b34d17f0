"""A voice mark that a thick pen fills in: the reading without it is a name, too, and is shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from ocr.seen import Seen
from ocr.trust.ceilings import VOICELESS, ceiling
from ocr.weigh.sheetwide import together
from ocr.weigh.voicing import voiced_twin
from records.forms import FieldDef, FormDef
from tests.kashima import KASHIMA

FORM = FormDef(
    "one",
    "様式",
    1,
    "one",
    Path(),
    fields={
        "payer_kana": FieldDef("payer_kana", "kana", "フリガナ"),
        "payer": FieldDef("payer", "name", "氏名"),
        "account": FieldDef("account", "bank_account", "口座"),
    },
)


@pytest.mark.parametrize(
    ("kana", "name", "twin"),
    [
        ("ヤマクチ サオリ", "山口 沙織", "ヤマグチ サオリ"),
        ("オサキ エツコ", "尾崎 悦子", "オザキ エツコ"),
        ("えくち りょう", "江口 亮", "エグチ リョウ"),
        ("シモムラ タイキ", "下村 大樹", "シモムラ ダイキ"),
        ("ウエタコウヘイ", "上田 浩平", "ウエダ コウヘイ"),
        ("ヤマクチ サオリ", "", "ヤマグチ サオリ"),
    ],
)
def test_a_reading_whose_voiced_twin_is_the_usual_one_is_doubtful(
    kana: str, name: str, twin: str
) -> None:
    assert voiced_twin(kana, name) == twin


@pytest.mark.parametrize(
    ("kana", "name"),
    [
        ("タカハシ ユミ", "高橋 由美"),
        ("サトウ ユウコ", "佐藤 裕子"),
        ("カトウ ケイコ", "加藤 恵子"),
        ("イノウエ ダイスケ", "井上 大輔"),
        ("ヤマグチ サオリ", "山口 沙織"),
        ("タナカ ハナコ", ""),
    ],
)
def test_a_reading_that_is_far_more_usual_than_its_twin_is_believed(kana: str, name: str) -> None:
    assert voiced_twin(kana, name) == ""


def _seen(text: str, **features: float) -> Seen:
    return Seen(((text, 0.99),), features={"share": 0.99, **features})


def _read(kana: str, name: str, holder: str) -> dict[str, dict[str, Seen]]:
    made = {
        "payer_kana": {"": _seen(kana)},
        "payer": {"": _seen(name)},
        "account": {"holder": _seen(holder), "number": _seen("1234567")},
    }
    return together(FORM, made, KASHIMA)


def test_the_furigana_and_the_holder_are_shown_with_the_reason() -> None:
    made = _read("ヤマクチ サオリ", "山口 沙織", "ヤマクチサオリ")
    for look in (made["payer_kana"][""], made["account"]["holder"]):
        assert [p.code for p in look.problems] == ["voiceless"]
        assert "ヤマグチ" in look.problems[0].message
        assert ceiling("kana", look.text, look.features) <= VOICELESS
    assert not made["account"]["number"].problems


def test_what_was_typed_is_believed() -> None:
    made = {"payer_kana": {"": _seen("ヤマクチ サオリ", textlayer=1.0)}}
    assert not together(FORM, made, KASHIMA)["payer_kana"][""].problems
