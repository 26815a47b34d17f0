"""How a letter's page is taken apart and read: directions, order, two readings of a column, the
machine's line."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from ocr.decode.alphabets import Alphabets
from ocr.engines.ppocr import Leaning, PpOcr
from ocr.letters.headers import Header, told
from ocr.letters.letter import LetterReader
from ocr.letters.order import in_order
from ocr.letters.regions import Region, regions_of, turn_of, turned_back
from ocr.letters.ruledpaper import without_rules
from ocr.letters.tworeadings import LOST, Spelt, in_script, merged
from records.types import Gray

PAGE = np.full((2339, 1654), 255, np.uint8)
MINCHO = Path("/usr/share/fonts/opentype/ipaexfont-mincho/ipaexm.ttf")


def column(x: float, top: float, bottom: float) -> Region:
    return Region(x, (top + bottom) / 2, 40.0, bottom - top, 0.0, True)


def line(y: float, left: float, right: float) -> Region:
    return Region((left + right) / 2, y, right - left, 40.0, 0.0, False)


# --- order ----------------------------------------------------------------------------------------


@given(st.permutations(range(9)))
def test_columns_go_from_the_right_and_tiers_one_after_the_other(shuffled: list[int]) -> None:
    """A heading, two tiers of three columns, and the sender on the left, who spans both tiers."""
    heading = column(1500, 300, 700)
    upper = [column(x, 200, 1000) for x in (1300, 1240, 1180)]
    lower = [column(x, 1100, 1900) for x in (1300, 1240, 1180)]
    ends = [column(900, 400, 1200), column(840, 900, 1500)]
    wanted = [heading, *upper, *lower, *ends]
    assert in_order([wanted[n] for n in shuffled]) == wanted


@given(st.permutations(range(12)))
def test_the_left_half_of_a_double_page_comes_first(shuffled: list[int]) -> None:
    halves = [[line(200 + 70 * n, left, left + 600) for n in range(6)] for left in (100, 900)]
    wanted = [*halves[0], *halves[1]]
    assert in_order([wanted[n] for n in shuffled]) == wanted


def test_a_label_and_its_value_are_one_row_and_no_double_page() -> None:
    wanted = [
        one
        for n in range(5)
        for one in (line(200 + 70 * n, 100, 220), line(205 + 70 * n, 500, 1100))
    ]
    assert in_order(wanted[::-1]) == wanted


def test_the_machines_line_above_columns_is_read_first() -> None:
    header, right, left = line(30, 100, 800), column(1300, 200, 1900), column(1200, 200, 1900)
    assert in_order([left, header, right]) == [header, right, left]


# --- regions --------------------------------------------------------------------------------------


def test_each_region_has_its_own_direction() -> None:
    """A line of a machine above columns lies, and two digits below them stand as they do."""
    found = [
        Leaning(500, 40, 800, 30, 0.0),
        Leaning(1300, 1000, 45, 1500, 0.0),
        Leaning(1200, 700, 45, 900, 0.0),
        Leaning(1200, 1200, 42, 44, 0.0),
    ]
    regions = regions_of(PAGE, found, 200.0)
    assert [region.standing for region in regions].count(False) == 1
    standing = [region for region in regions if region.standing]
    assert sorted(round(region.bottom) for region in standing) == [1222, 1750]


def test_furigana_is_no_column() -> None:
    found = [Leaning(1300, 1000, 50, 1500, 0.0), Leaning(1338, 700, 20, 120, 0.0)]
    found.append(Leaning(1200, 1000, 50, 1500, 0.0))
    assert len(regions_of(PAGE, found, 200.0)) == 2


@pytest.mark.parametrize("angle", [-4.0, 2.5])
def test_a_page_that_is_turned_is_turned_back(angle: float) -> None:
    found = [Leaning(1000, 1000, 45, 1500, angle), Leaning(800, 1000, 45, 1500, angle + 0.2)]
    found.append(Leaning(300, 300, 50, 45, 30.0))
    turn = turn_of(found)
    assert turn == pytest.approx(angle, abs=0.2)
    _, moved = turned_back(PAGE, found, turn)
    assert abs(moved[0].angle) < 0.3
    assert abs(moved[0].y - moved[1].y - (1000 - 1000)) < 30


# --- ruled paper ----------------------------------------------------------------------------------


@pytest.mark.parametrize("lean", [0.0, 0.012])
@pytest.mark.parametrize("down", [False, True])
def test_rules_go_and_strokes_that_cross_them_stay(lean: float, down: bool) -> None:
    page = np.full((900, 1200), 255, np.uint8)
    cv2.line(page, (600, 380), (600, 460), 0, 5)  # a stroke through the second rule
    cv2.line(page, (300, 330), (360, 330), 0, 5)  # 一 between two rules
    written = page.copy()
    for number in range(6):
        y = 200 + 100 * number
        cv2.line(page, (60, y), (1140, y + round(1080 * lean)), 120, 2)
    if down:
        page, written = (np.ascontiguousarray(p.T) for p in (page, written))
    cleaned = without_rules(page, 200.0)
    lost = (written < 128) & (cleaned > 128)
    left = (cleaned < 200) & (written > 200)
    assert lost.sum() < 0.02 * (written < 128).sum()
    assert left.sum() < 0.02 * (page < 200).sum()


def test_a_page_without_rules_stays_as_it_is() -> None:
    page = printed("市政への意見", "歩道の段差を直してください。")
    assert np.array_equal(without_rules(page, 200.0), page)


# --- two readings ---------------------------------------------------------------------------------


def spelt(text: str, belief: float = 0.95) -> list[Spelt]:
    return [Spelt(char, belief, 10.0 * n) for n, char in enumerate(text)]


def test_what_a_turned_column_loses_comes_from_the_other_reading() -> None:
    whole = "「ガードレール」が、曲がったまま。"
    turned = [s for s in spelt(whole) if s.text not in LOST]
    assert merged(turned, spelt(whole)).text == whole


def test_a_character_on_which_the_readings_differ_is_doubtful() -> None:
    told_of = merged(spelt("歩道が狭い", 0.99), spelt("歩道か狭い", 0.6))
    assert told_of.text == "歩道が狭い"
    assert told_of.doubtful == (2,)


@given(st.text("歩道の段差、。ー「」っ直してくださいガレル", max_size=20))
def test_two_readings_that_agree_are_taken_as_they_are(text: str) -> None:
    told_of = merged(spelt(text), spelt(text))
    assert told_of.text == in_script(text)
    assert told_of.doubtful == ()


def test_an_invented_character_is_not_taken_where_there_is_no_room() -> None:
    assert merged(spelt("コピー機を", 0.99), spelt("コヒピー機を", 0.99)).text == "コピー機を"


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("べンチ", "ベンチ"),
        ("コンビ二で", "コンビニで"),
        ("市役所へ行く", "市役所へ行く"),
        ("十一月", "十一月"),
        ("スーパ一の", "スーパーの"),
        ("井手ー942", "井手1942"),
        ("テレビ二台", "テレビ二台"),
        ("ー人で", "一人で"),
    ],
)
def test_what_looks_alike_follows_its_neighbours(read: str, meant: str) -> None:
    assert in_script(read) == meant


# --- the machine's line ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "2026-11-22 10:15 FROM:0954-62-1111 P.01",
            ("2026-11-22", "10:15", "0954-62-1111", 1, 0),
        ),
        (
            "2026/11/22 10:15 TEL:0954-62-1111 P.02/03",
            ("2026/11/22", "10:15", "0954-62-1111", 2, 3),
        ),
        (
            "2026年11月22日 9:05 発信元:0954-62-1111 1/2",
            ("2026年11月22日", "9:05", "0954-62-1111", 1, 2),
        ),
        ("10:15 P.5/3", ("", "10:15", "", 0, 0)),
        ("", ("", "", "", 0, 0)),
    ],
)
def test_the_machines_line_is_kept_as_facts(
    text: str, wanted: tuple[str, str, str, int, int]
) -> None:
    assert told(text) == Header(text, *wanted)


# --- from pixels ----------------------------------------------------------------------------------


def printed(*columns: str) -> Gray:
    """A page of 200 dpi with columns in print from the right."""
    image = Image.new("L", (900, 1100), 255)
    pen = ImageDraw.Draw(image)
    font = ImageFont.truetype(str(MINCHO), 34)
    for number, text in enumerate(columns):
        pen.text((780 - 60 * number, 80), text, font=font, fill=0, direction="ttb")
    return np.asarray(image, np.uint8)


def test_printed_columns_keep_their_stops_brackets_and_long_vowels(engine: PpOcr) -> None:
    if not MINCHO.is_file():
        pytest.skip("fonts-ipaexfont is not installed")
    wanted = (
        "「ガードレール」の端が曲がり、",
        "子どもが手を切りました。",
        "スーパーの前の信号です。",
    )
    read = LetterReader(engine, Alphabets(engine.characters)).read(printed(*wanted), 200.0)
    assert [one.text for one in read.lines] == list(wanted)
    assert all(one.vertical for one in read.lines)
