"""Letters of names that the recogniser reads as another, worked out from its alphabet."""

from __future__ import annotations

import pytest

from ocr.engines.ppocr import PpOcr
from ocr.trust.ceilings import UNREAD_TWIN, ceiling
from ocr.trust.model import shipped
from ocr.weigh.twins import DOUBTFUL, Form, doubtful_letters, overlooked, rows


def test_a_form_outside_the_alphabet_is_never_said_whatever_was_measured() -> None:
    table = [Form("吉", "𠮷", "𠮷田", 0.06, 1.0)]
    assert overlooked("吉", table) == {"吉": 0.06}
    assert overlooked("吉𠮷", table) == {"吉": 0.0}


def test_the_forms_of_a_letter_add_up_and_half_is_taken_where_nobody_measured() -> None:
    table = [Form("柳", "栁", "栁田", 0.05, 0.2), Form("柳", "桺", "桺田", 0.01, None)]
    assert overlooked("柳栁桺", table)["柳"] == pytest.approx(0.045)


@pytest.mark.parametrize("name", ["柳田 太郎", "吉田 花子", "高橋 一郎", "山崎 徳子", "剣持 誠"])
def test_a_name_whose_letter_has_an_unread_twin_stays_below_the_bar(name: str) -> None:
    assert ceiling("name", name, {}) == UNREAD_TWIN
    assert shipped().bar(0.01) > UNREAD_TWIN


@pytest.mark.parametrize("name", ["山田 太郎", "鶴田 花子", "橋本 一郎", "杉本 塩子", "渡辺 沢子"])
def test_letters_that_next_to_nobody_writes_otherwise_are_shown_to_no_one(name: str) -> None:
    assert ceiling("name", name, {}) == 1.0


def test_words_are_no_names_and_typed_names_are_what_was_typed() -> None:
    assert ceiling("text", "高さ制限", {}) == 1.0
    assert ceiling("text", "柳田 太郎", {}) == UNREAD_TWIN
    assert ceiling("name", "柳田 太郎", {"textlayer": 1.0}) == 1.0


def test_the_table_is_whole() -> None:
    known = frozenset(PpOcr().characters)
    forms = [row.form for row in rows()]
    assert len(forms) == len(set(forms))
    for row in rows():
        assert row.form in row.example
        assert row.usual in known
        assert 0 < row.kept < 1
        if row.form not in known:
            assert not row.said
    assert all(share >= DOUBTFUL for share in doubtful_letters().values())
