"""Names and furigana: as written, and equal only in comparison keys."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.forms import FieldDef
from records.normalise import normalise
from records.normalise.kana import ZENGIN, kana_key, to_katakana, to_zengin
from records.normalise.names import fold, name_key
from tests.kashima import KASHIMA

OFFICE = KASHIMA
NAME = FieldDef("n", "name")
KANA = FieldDef("k", "kana")
KATAKANA = "".join(chr(c) for c in range(0x30A1, 0x30F5)) + "ー"


def read(text: str, field: FieldDef) -> tuple[object, list[str]]:
    made = normalise(field, text, OFFICE)
    return made.value, [p.code for p in made.problems]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("髙﨑太郎", "髙﨑太郎"),
        ("㈱鹿島①", "㈱鹿島①"),
        ("神田", "神田"),
        ("葛󠄀城", "葛󠄀城"),
        ("𠮷野家", "𠮷野家"),
        ("ｶｼﾏ商店", "ｶｼﾏ商店"),
        ("  鹿島 太郎 ", "鹿島　太郎"),
        ("鹿島　太郎", "鹿島　太郎"),
        ("鹿島   太郎", "鹿島　太郎"),
        ("鹿 島 太 郎", "鹿島太郎"),
        ("鹿 島　太 郎", "鹿島　太郎"),
        ("森 進", "森　進"),
        ("Nguyen Van A", "Nguyen Van A"),
        ("グエン ヴァン アー", "グエン　ヴァン　アー"),
        ("株式会社 鹿島 酒造", "株式会社　鹿島　酒造"),
        ("山田\n太郎", "山田　太郎"),
    ],
)
def test_names_survive_letter_for_letter(text: str, value: str) -> None:
    assert read(text, NAME) == (value, [])


@given(st.text(alphabet="髙﨑神祥①㈱ｶﾅ鹿島太郎㍿Ⅲ々ヶー・", min_size=1, max_size=12))
def test_no_letter_of_a_name_is_ever_changed(text: str) -> None:
    assert read(text, NAME)[0] == text


def test_doubtful_names() -> None:
    assert read("山田|太郎", NAME) == ("山田|太郎", ["odd_character"])
    assert read("山田2郎", NAME) == ("山田2郎", ["odd_character"])
    assert read("山田2号店", FieldDef("n", "name", charset="山田2号店")) == ("山田2号店", [])
    assert read("\ue123田", NAME) == ("\ue123田", ["gaiji"])
    assert read(" \u200b ", NAME) == (None, [])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("髙﨑 一郎", "高崎一郎"),
        ("渡邉", "渡辺"),
        ("渡邊", "渡辺"),
        ("齋藤", "斎藤"),
        ("𠮷田", "吉田"),
        ("濵﨑", "浜崎"),
        ("冨田", "富田"),
        ("葛󠄀城", "葛城"),
        ("ＡＢＣ商会", "abc商会"),
        ("神崎", "神崎"),
        ("中嶋　廣", "中島広"),
        ("舘野", "館野"),
        ("グエン・ヴァン", "グエンヴァン"),
    ],
)
def test_spellings_of_one_name_have_one_key(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("斉藤", "斎藤"), ("伊藤", "伊東"), ("太田", "大田"), ("高崎", "高﨑太"), ("河野", "川野")],
)
def test_different_names_have_different_keys(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)


def test_folding_keeps_the_length() -> None:
    assert fold("髙﨑納冨分") == "高崎納富分"
    assert fold("鹿島") == "鹿島"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("カシマ タロウ", "カシマ　タロウ"),
        ("かしま たろう", "かしま　たろう"),
        ("ｶｼﾏ ﾀﾛｳ", "カシマ　タロウ"),
        ("キヨウコ", "キヨウコ"),
        ("キョウコ", "キョウコ"),
        ("ｷｮｳｺ", "キョウコ"),
        ("カ゛キ゛", "ガギ"),
        ("ハ ゜", "パ"),
        ("ｶﾞｷﾞﾊﾟ", "ガギパ"),
        ("か\u3099", "ガ"),
        ("サト-", "サトー"),
        ("サト―", "サトー"),
        ("ジロ一", "ジロー"),
        ("スーーパ", "スーーパ"),
        ("力シマ", "カシマ"),
        ("夕ロウ", "タロウ"),
        ("ヴァン・ゴッホ", "ヴァン・ゴッホ"),
        ("へイワ", "ヘイワ"),
        ("カ シ マ　タ ロ ウ", "カシマ　タロウ"),
        ("ヰヱヲ", "ヰヱヲ"),
        ("ゔぁん", "ゔぁん"),
        ("ケヶヵ", "ケヶヵ"),
    ],
)
def test_furigana_is_kept_as_written_in_full_width(text: str, value: str) -> None:
    assert read(text, KANA) == (value, [])


@pytest.mark.parametrize(
    ("text", "value", "codes"),
    [
        ("千エ", "チエ", ["kana_guess"]),
        ("鹿島", "鹿島", ["not_kana"]),
        ("カシマ1", "カシマ1", ["not_kana"]),
        ("abc", "abc", ["not_kana"]),
        ("一ロウ", "一ロウ", ["not_kana"]),
        ("ー", "ー", ["not_kana"]),
        ("・", "・", ["not_kana"]),
        ("", None, []),
    ],
)
def test_doubtful_furigana(text: str, value: object, codes: list[str]) -> None:
    assert read(text, KANA) == (value, codes)


@given(st.text(alphabet=KATAKANA, min_size=1, max_size=12))
def test_furigana_is_its_own_normal_form(text: str) -> None:
    value, codes = read(text, KANA)
    assert value == text
    assert codes in ([], ["not_kana"])
    assert (
        to_katakana("".join(chr(ord(c) - 0x60) if "ァ" <= c <= "ヴ" else c for c in text)) == text
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("キョウコ", "ｷﾖｳｺ"),
        ("きょうこ", "キヨウコ"),
        ("ショーコ", "シヨコ"),
        ("カシマ　タロウ", "カシマタロウ"),
        ("カナヅチ", "カナズチ"),
        ("ヲガワ", "オガワ"),
        ("カブシキガイシャ カシマ", "ｶ)ｶｼﾏ"),
        ("ヂロウ", "ジロウ"),
        ("ヴィトン", "ブイトン"),
    ],
)
def test_readings_of_one_name_have_one_key(one: str, other: str) -> None:
    assert kana_key(one) == kana_key(other)


def test_readings_of_two_names_have_two_keys() -> None:
    assert (
        len({kana_key(t) for t in ("カシマ", "ガシマ", "カジマ", "カシマタロウ", "カシヤマ")}) == 5
    )


@pytest.mark.parametrize(
    ("text", "zengin"),
    [
        ("カシマ　タロウ", "ｶｼﾏ ﾀﾛｳ"),
        ("きょうこ", "ｷﾖｳｺ"),
        ("ジロー", "ｼﾞﾛ-"),
        ("ヴァン", "ｳﾞｱﾝ"),
        ("ヲガワ", "ｵｶﾞﾜ"),
        ("パピプ", "ﾊﾟﾋﾟﾌﾟ"),
        ("カブシキガイシャカシマ", "ｶ)ｶｼﾏ"),
        ("カシマ　カブシキガイシャ", "ｶｼﾏ(ｶ"),
        ("カシマカブシキガイシャサガシテン", "ｶｼﾏ(ｶ)ｻｶﾞｼﾃﾝ"),
        ("シャカイフクシホウジン　カシマ", "ﾌｸ)ｶｼﾏ"),
        ("カ）カシマ", "ｶ)ｶｼﾏ"),
        ("ａｂｃ", "ABC"),
    ],
)
def test_bank_kana(text: str, zengin: str) -> None:
    assert to_zengin(text) == (zengin, "")


def test_bank_kana_names_what_it_cannot_hold() -> None:
    assert to_zengin("鹿島タロウ、") == ("ﾀﾛｳ", "鹿島､")


@given(st.text(alphabet=KATAKANA + "　()ABC123", max_size=40))
def test_bank_kana_holds_only_its_characters_and_loses_no_name(text: str) -> None:
    zengin, _ = to_zengin(text)
    assert set(zengin) <= ZENGIN
    if not set(text) & set("ヰヱヮヵヶ"):
        assert kana_key(zengin) == kana_key(text)
