"""Names with several readings: a right furigana is never a stranger to its name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.weigh.lexicon import COMPOSED, OTHER, names
from ocr.weigh.namereadings import Composer
from ocr.weigh.nearnames import known_kana, reads_as

SURNAMES = """
中島 ナカジマ ナカシマ | 山崎 ヤマザキ ヤマサキ | 熊谷 クマガイ クマガヤ クマヤ クマタニ
新田 ニッタ シンデン アラタ ニイダ | 高田 タカダ タカタ | 神山 カミヤマ コウヤマ
大谷 オオタニ オオヤ | 河野 コウノ カワノ | 東 ヒガシ アズマ | 上村 ウエムラ カミムラ
金城 キンジョウ カネシロ | 小山 コヤマ オヤマ | 吉川 ヨシカワ キッカワ | 羽生 ハニュウ ハブ
渡部 ワタベ ワタナベ | 中田 ナカタ ナカダ | 茂木 モテギ モギ | 菅野 カンノ スガノ
長田 オサダ ナガタ | 角田 ツノダ カクタ カドタ スミダ | 小谷 コタニ オダニ コダニ
川内 カワウチ カワチ センダイ | 柏原 カシワバラ カシハラ カシワラ | 古谷 フルヤ フルタニ コタニ
白石 シライシ シロイシ | 塚原 ツカハラ ツカバラ | 荒木 アラキ アラギ | 田代 タシロ タジロ
生田 イクタ ショウダ | 浜田 ハマダ ハマタ | 藤田 フジタ フジダ | 太田 オオタ オオダ
前田 マエダ マエタ | 福田 フクダ フクタ | 松島 マツシマ マツジマ | 宮崎 ミヤザキ ミヤサキ
岡崎 オカザキ オカサキ | 松崎 マツザキ マツサキ | 尾崎 オザキ オサキ | 島崎 シマザキ シマサキ
川崎 カワサキ カワザキ | 寺崎 テラサキ テラザキ | 高島 タカシマ タカジマ | 大島 オオシマ オオジマ
長島 ナガシマ ナガジマ | 小島 コジマ オジマ コシマ | 北島 キタジマ キタシマ
豊島 トヨシマ トシマ テシマ | 水谷 ミズタニ ミズノヤ | 染谷 ソメヤ ソメタニ | 渋谷 シブヤ シブタニ
大沢 オオサワ オオザワ | 小沢 オザワ コザワ | 中沢 ナカザワ ナカサワ | 長沢 ナガサワ ナガザワ
金沢 カナザワ カネザワ | 吉沢 ヨシザワ ヨシサワ | 米沢 ヨネザワ ヨネサワ | 相沢 アイザワ アイサワ
滝沢 タキザワ タキサワ | 石川 イシカワ イシガワ | 長谷川 ハセガワ ハセカワ | 平川 ヒラカワ ヒラガワ
中川 ナカガワ ナカカワ | 古川 フルカワ コガワ | 皆川 ミナガワ ミナカワ | 河内 カワチ コウチ カワウチ
平田 ヒラタ ヒラダ | 富田 トミタ トミダ | 徳田 トクダ トクタ | 梶原 カジワラ カジハラ
桑原 クワバラ クワハラ | 萩原 ハギワラ ハギハラ | 藤原 フジワラ フジハラ | 栗原 クリハラ クリバラ
石原 イシハラ イシワラ | 菅原 スガワラ スガハラ | 上原 ウエハラ カミハラ | 笠原 カサハラ カサワラ
榊原 サカキバラ サカキハラ | 松原 マツバラ マツハラ | 小原 オハラ オバラ コハラ
北原 キタハラ キタバラ | 江原 エハラ エバラ | 西原 ニシハラ サイバラ ニシバラ | 神田 カンダ コウダ
神谷 カミヤ カミタニ カベヤ | 神崎 カンザキ コウザキ | 神戸 カンベ コウベ ゴウド
上田 ウエダ カミダ ウエタ | 上野 ウエノ カミノ | 上山 ウエヤマ カミヤマ | 安田 ヤスダ アンダ
安西 アンザイ ヤスニシ | 信田 シノダ ノブタ シダ | 日向 ヒュウガ ヒナタ | 米田 ヨネダ ヨネタ コメダ
柳田 ヤナギダ ヤナギタ | 柳沢 ヤナギサワ ヤナギザワ | 仲田 ナカタ ナカダ | 多田 タダ オオタ
額田 ヌカタ ヌカダ | 三谷 ミタニ ミツヤ | 三田 ミタ サンダ | 菊田 キクタ キクダ
竹田 タケダ タケタ | 武田 タケダ タケタ | 沼田 ヌマタ ヌマダ | 山田 ヤマダ ヤマタ
八田 ハッタ ヤタ | 長野 ナガノ チョウノ | 小田 オダ コダ | 小川 オガワ コガワ
小林 コバヤシ オバヤシ | 小倉 オグラ コクラ | 小黒 オグロ コグロ | 小畑 オバタ コバタ
小幡 オバタ コハタ | 小関 コセキ オゼキ | 小椋 オグラ コムラ | 立川 タチカワ タツカワ
高山 タカヤマ コウヤマ | 高野 タカノ コウノ | 城 ジョウ シロ | 谷川 タニカワ タニガワ
角 スミ カド
"""
"""Surnames and readings that people have, gathered by hand: not out of the tables that are tested."""

READINGS = [
    (entry.split()[0], kana)
    for line in SURNAMES.split("\n")
    for entry in line.split(" | ")
    for kana in entry.split()[1:]
]


def test_surnames_with_several_readings_go_with_each_of_them() -> None:
    fits = [reads_as(f"{name} 太郎", f"{kana} タロウ") for name, kana in READINGS]
    strange = [pair for pair, fit in zip(READINGS, fits, strict=True) if fit < 1.0 + COMPOSED]
    assert len(READINGS) > 260
    assert len(strange) <= 0.05 * len(READINGS), strange
    assert sum(fit >= 1.0 + OTHER for fit in fits) >= 0.65 * len(fits)


def test_every_listed_reading_of_a_usual_surname_counts() -> None:
    table = names()
    several = [name for name in table.surnames if len(table.readings(name)) > 1]
    assert len(several) > 300
    for name in several:
        for kana in table.readings(name):
            assert reads_as(f"{name} 太郎", f"{kana} タロウ") >= 1.0 + OTHER, (name, kana)


@pytest.mark.parametrize(
    ("name", "kana"),
    [
        ("中島", "ナカシマ"),
        ("山崎", "ヤマサキ"),
        ("熊谷", "クマガヤ"),
        ("新田", "ニッタ"),
        ("羽生", "ハブ"),
        ("渡部", "ワタナベ"),
        ("小山", "オヤマ"),
        ("東", "アズマ"),
    ],
)
def test_a_second_reading_counts_nearly_as_much_as_the_usual_one(name: str, kana: str) -> None:
    usual = names().surnames[name][0]
    assert usual != kana
    first = reads_as(f"{name} 太郎", f"{usual} タロウ")
    second = reads_as(f"{name} 太郎", f"{kana} タロウ")
    assert 0.0 < first - second < 0.3
    assert known_kana(f"{kana} タロウ") >= 1.0 + OTHER


@pytest.mark.parametrize(
    ("name", "kana"),
    [
        ("田中 陽翔", "タナカ ハルト"),
        ("田中 結翔", "タナカ ユイト"),
        ("田中 琉生", "タナカ ルイ"),
        ("熊谷 太郎", "クマヤ タロウ"),
        ("角田 花子", "カドタ ハナコ"),
    ],
)
def test_a_reading_that_no_table_lists_is_put_together(name: str, kana: str) -> None:
    assert reads_as(name, kana) == 1.0 + COMPOSED


@pytest.mark.parametrize(
    ("name", "kana"),
    [
        ("鈴木 太郎", "ススキ タロウ"),
        ("佐藤 太郎", "サトワ タロウ"),
        ("田中 太郎", "タチカ タロウ"),
        ("陽翔 太郎", "ハルト クロウ"),
        ("高橋 太郎", "タカハツ タロウ"),
        ("松崎 太郎", "マノサキ タロウ"),
    ],
)
def test_a_misreading_is_not_put_together(name: str, kana: str) -> None:
    assert reads_as(name, kana) <= 1.0


def test_a_listed_reading_beats_one_that_is_put_together() -> None:
    """A lost voice mark is a usual misreading: it must not look as good as the name's own reading."""
    for name, kana, lost in (
        ("石川", "イシカワ", "イシガワ"),
        ("平田", "ヒラタ", "ヒラダ"),
        ("高橋", "タカハシ", "タカバシ"),
    ):
        own, other = (reads_as(f"{name} 太郎", f"{k} タロウ") for k in (kana, lost))
        assert own == 2.0
        assert other <= 1.0 + OTHER


TABLE = {"陽菜": ("ハルナ",), "陽斗": ("ハルト",), "陽希": ("ハルキ",), "大翔": ("ヒロト",),
         "海翔": ("カイト",), "結翔": ("ユイト",), "悠翔": ("ハルト",)}  # fmt: skip


def test_a_part_ends_where_several_ways_go_on() -> None:
    composer = Composer((TABLE,))
    assert composer.composes("陽翔", "ハルト")
    for wrong in ("ハト", "ハルルト", "ルト", "ハル", "ト", ""):
        assert not composer.composes("陽翔", wrong)
    assert not composer.composes("翔", "ト")
    assert not composer.composes("陽大翔", "ハルヒロト")


@given(
    st.text(max_size=6),
    st.text(alphabet="アイカガキギサザシジタダナハバマヤラワンッャュョー", max_size=8),
)
def test_no_text_breaks_a_comparison(name: str, kana: str) -> None:
    assert 0.0 <= reads_as(name, kana) <= 2.0
