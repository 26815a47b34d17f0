"""Words of today, and the office's places, are as likely as those that the dictionary knows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ocr.weigh.language import log_probability, places_of
from ocr.weigh.modern import spoken
from records.site import Office, Town


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("令和7年度", "合和7年度"),
        ("令和7年4月", "今和7年4月"),
        ("スマホ1台", "ヌマホ1台"),
        ("熱中症の対策", "熱中疲の対策"),
        ("LINE登録", "LINF登録"),
        ("ひとり親家庭", "ひとり税家庭"),
        ("鉢植え30個", "今植え30個"),
    ],
)
def test_todays_words_are_likelier_than_what_looks_like_them(right: str, wrong: str) -> None:
    assert log_probability(right) > log_probability(wrong) + 3


def test_the_offices_own_places_are_likelier_than_what_looks_like_them() -> None:
    places = places_of(Office())
    assert log_probability("納富分の公園", places) > log_probability("納冨分の公園", places) + 3
    other = replace(
        Office(), city="佐久島市", name="佐久島市", towns=(Town("0000000", "鬼窪", "オニクボ"),)
    )
    text, alike = "鬼窪の公園", "鬼窟の公園"
    assert log_probability(text, places_of(other)) > log_probability(alike, places_of(other)) + 3


def test_a_word_inside_a_longer_one_is_none() -> None:
    assert spoken("キャビネット2台") == "キャビネット2台"
    assert spoken("ネット2台") != "ネット2台"
    assert spoken("line") == spoken("LINE")
    assert spoken("森の中", ("森",)) == "森の中"
