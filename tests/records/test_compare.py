"""One rule for "the same value": what counts, what does not, and who asks it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.compare import comparable, is_empty, same
from records.kinds import KINDS

ROOT = Path(__file__).resolve().parents[2]

ACCOUNT = {
    "bank_code": "0179",
    "bank_name": "佐賀銀行",
    "branch_code": "669",
    "branch_name": "鹿島支店",
    "account_kind": "普通",
    "number": "0012345",
    "holder": "ヤマダ　ハナコ",
}


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("name", "山田　花子", "山田花子"),
        ("name", "ＡＢＣ商会", "ABC商会"),
        ("kana", "ﾔﾏﾀﾞ ﾊﾅｺ", "ヤマダハナコ"),
        ("text", "一行目\n二行目", "一行目 二行目"),
        ("address", "鹿島市大字納富分２６４３ー１", "鹿島市大字納富分2643-1"),
        ("address", "古枝甲1488−2", "古枝甲1488‐2"),
        ("phone", "0954-63-2111", "(0954)63-2111"),
        ("postal_code", "849-1312", "〒8491312"),
        ("my_number", "1234 5678 9018", "123456789018"),
        ("amount", 1234, "1,234円"),
        ("amount", "￥１，２３４", 1234.0),
        ("number", 3, "３"),
        ("choices", ["電車", "徒歩"], ["徒歩", "電車"]),
        ("choices", [], None),
        ("mark", False, None),
        ("name", "", None),
        ("bank_account", ACCOUNT, ACCOUNT | {"bank_name": "佐賀", "holder": "ﾔﾏﾀﾞﾊﾅｺ"}),
    ],
)
def test_what_does_not_count(kind: str, one: object, other: object) -> None:
    assert same(kind, one, other)
    assert same(kind, other, one)


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("name", "髙橋", "高橋"),
        ("name", "山﨑", "山崎"),
        ("name", "\ufa1b田", "福田"),  # which any Unicode normal form takes for U+798F
        ("name", "㈱カシマ", "(株)カシマ"),
        ("kana", "キヨウコ", "キョウコ"),
        ("kana", "ひろし", "ヒロシ"),
        ("kana", "ハ", "バ"),
        ("digits", "0012", "12"),
        ("digits", "12-3", "123"),
        ("date", "2025-04", "2025-04-01"),
        ("date", None, "2025-04-01"),
        ("address", "1丁目2番", "1-2"),
        ("phone", "0954-63-2111", "63-2111"),
        ("phone", "内線", "呼出"),
        ("amount", 1234, 12345),
        ("amount", 0, None),
        ("amount", "千円", "千二百円"),
        ("choices", ["電車"], ["電車", "徒歩"]),
        ("choice", "電車", "バス"),
        ("mark", True, False),
        ("code", "A 1", "A1"),
        ("text", "ー1", "-1"),
        ("bank_account", ACCOUNT, ACCOUNT | {"number": "0012346"}),
        ("bank_account", ACCOUNT | {"bank_code": ""}, ACCOUNT),
        (
            "bank_account",
            {"bank_name": "佐賀銀行", "number": "1"},
            {"bank_name": "佐賀共栄銀行", "number": "1"},
        ),
    ],
)
def test_what_counts(kind: str, one: object, other: object) -> None:
    assert not same(kind, one, other)
    assert not same(kind, other, one)


_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(0, 10**9),
    st.text(max_size=12),
    st.lists(st.text(max_size=4), max_size=3),
    st.dictionaries(st.sampled_from(list(ACCOUNT)), st.text(max_size=5), max_size=4),
)


@given(st.sampled_from(tuple(KINDS)), _VALUES, _VALUES)
def test_it_is_an_equivalence(kind: str, one: object, other: object) -> None:
    """A key decides, so it is reflexive, symmetric and transitive; nothing equals only nothing."""
    assert same(kind, one, one)
    assert same(kind, one, other) == same(kind, other, one)
    hash(comparable(kind, one))
    if is_empty(one) and not is_empty(other):
        assert not same(kind, one, other)


@given(
    st.sampled_from(("name", "text", "address", "kana")),
    st.text("髙高﨑崎邉辺ヤャひヒハバ㈱", max_size=6),
)
def test_letters_are_never_folded(kind: str, text: str) -> None:
    """Whatever the letters: a text is the same as another of such letters only where they are equal
    one by one."""
    for place, letter in enumerate(text):
        for other in "高髙崎﨑辺邉ャヤヒひバハ":
            if other != letter:
                changed = text[:place] + other + text[place + 1 :]
                assert not same(kind, text, changed)


def test_nobody_has_a_rule_of_his_own() -> None:
    """``learn``, ``demo``, ``form check`` and the benchmarks ask records.compare."""
    users = (
        "ocr/office/lessons.py",
        "flows/scoring.py",
        "benchmarks/collect.py",
        "benchmarks/deskclerk.py",
    )
    for name in users:
        tree = ast.parse((ROOT / name).read_text(encoding="utf-8"))
        defined = {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)}
        imported = {
            alias.name
            for n in ast.walk(tree)
            if isinstance(n, ast.ImportFrom) and n.module == "records.compare"
            for alias in n.names
        }
        assert "same" in imported, name
        assert not defined & {"same", "plain"}, name
