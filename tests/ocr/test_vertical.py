"""Vertical writing: its columns, how they are taken apart and laid down, and that it is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from rapidfuzz.distance import Levenshtein

from benchmarks.vertical import PLACES, draw_form, measured, typists
from flows.commands.form import draw_form as draw_places
from ocr.decode import standing, vertical
from ocr.decode.alphabets import Alphabets
from ocr.decode.beam import Hypothesis
from ocr.decode.cells import glyphs_of
from ocr.decode.columns import columns_of
from ocr.engines.ppocr import PpOcr
from ocr.ink.crops import Crop
from ocr.ink.strokes import Ink
from ocr.letters.finding import letter_fields
from ocr.letters.letter import LetterReader
from ocr.place.blank import PX
from ocr.practice.blankpaper import Paper
from ocr.practice.hands import Hand, find_hands
from ocr.practice.lettering import Writer
from ocr.practice.tategaki import NUMERALS, numbered, places_of, write_columns
from ocr.seen import EMPTY
from ocr.trust.ceilings import UNFITTED, ceiling
from ocr.trust.inputs import gathered
from ocr.trust.model import Trust, shipped
from records.compare import same
from records.errors import DefinitionError
from records.formloading import load_form
from records.forms import Cells, FieldDef, Find, FormDef
from records.types import Box, Gray

BOX = Box(20, 20, 60, 100)
NARROW = Box(30, 10, 10, 120)


@pytest.fixture(scope="module")
def form(tmp_path_factory: pytest.TempPathFactory) -> FormDef:
    """Without the long text, which costs most of the time."""
    left_out = ("opinion", "spouse_address", "purpose", "spouse_kana", "phone")
    places = [place for place in PLACES if place.name not in left_out]
    return draw_form(tmp_path_factory.mktemp("vertical"), places)


def klee(number: int = 1) -> Hand:
    return next(h for h in find_hands(families=["klee"], per_font=number + 1) if h.number == number)


def ink_of(image: Gray) -> Ink:
    """A picture at the canvas' resolution as ink."""
    count, labels, stats, centres = cv2.connectedComponentsWithStats(
        (image < 140).astype(np.uint8), connectivity=8
    )
    assert count > 1
    marks = np.asarray(labels, np.int32)
    return Ink(image, marks > 0, marks, np.asarray(stats, np.int32), np.asarray(centres))


def written(write: Callable[[Writer, Paper], object], hand: Hand | None = None) -> Ink:
    """What ``write`` wrote on white paper of 100 x 150 mm."""
    canvas = round(PX * 25.4)
    paper = Paper(np.full((round(150 * PX), round(100 * PX)), 255, np.uint8), canvas)
    write(Writer(hand or klee(), np.random.default_rng(3)), paper)
    return ink_of(paper.finished(0.95, 0.0, np.random.default_rng(4)))


def column_of(text: str, box: Box = NARROW, hand: Hand | None = None) -> Gray:
    """One column of writing."""
    ink = written(lambda writer, paper: write_columns(writer, paper, box, text), hand)
    columns = columns_of(ink, box, one=True)
    assert len(columns) == 1
    return columns[0].image


# --- columns -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "図書館の開館時間を延ばしてほしいです。公園の遊具が古くなっています。",
        "会議の資料をホームページに早く載せてほしい。図書館の開館時間を夜八時まで延ばしてほしいです",
    ],
)
def test_columns_come_from_right_to_left_and_a_short_last_one_is_one(text: str) -> None:
    made: list[str] = []

    def write(writer: Writer, paper: Paper) -> None:
        made.extend(write_columns(writer, paper, BOX, text, lines=True)[0])

    found = columns_of(written(write), BOX)
    assert len(found) == len(made) > 1
    assert all(a.place.x > b.place.x for a, b in pairwise(found))
    # each column is as long as what stands in it
    longest = max(made, key=len)
    heights = [crop.place.height / len(line) for crop, line in zip(found, made, strict=True)]
    assert max(heights) < 1.8 * heights[made.index(longest)]


@pytest.mark.parametrize("text", ["小川", "川小", "州川", "卜部", "林"])
def test_the_strokes_of_one_character_are_no_columns(text: str) -> None:
    box = Box(30, 20, 13, 70)
    ink = written(lambda writer, paper: write_columns(writer, paper, box, text))
    assert len(columns_of(ink, box)) == 1


def test_writing_that_runs_over_the_foot_of_its_box_is_in_its_column() -> None:
    long = Box(30, 20, 12, 60)
    ink = written(lambda writer, paper: write_columns(writer, paper, long, "鹿島市大字納富分"))
    short = Box(30, 20, 12, 37)
    whole = columns_of(ink, long, one=True)[0]
    found = columns_of(ink, short, one=True)[0]
    assert found.place.bottom == pytest.approx(whole.place.bottom, abs=0.5)
    assert found.overflow > 1.0


# --- taking apart --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["三宅二郎", "鹿島市大字音成", "昌吉圭多", "ふじもりたかし", "中村一雄", "会館、公園。駅"],
)
def test_the_likeliest_ways_have_a_character_a_place(text: str) -> None:
    column = column_of(text)
    pieces = vertical.pieces_of(column)
    ways = vertical.ways_of(pieces, vertical.em_of(pieces))
    assert len(text) in [len(way.groups) for way in ways]
    assert all(a.log >= b.log for a, b in pairwise(ways))


def test_every_stroke_is_in_every_way() -> None:
    column = column_of("佐賀県鹿島市")
    pieces = vertical.pieces_of(column)
    for way in vertical.ways_of(pieces, vertical.em_of(pieces)):
        inside = sum(int(piece.mask.sum()) for group in way.groups for piece in group)
        assert inside == sum(int(piece.mask.sum()) for piece in pieces)


def test_what_stands_is_laid_down() -> None:
    column = column_of("カード")
    pieces = vertical.pieces_of(column)
    em = vertical.em_of(pieces)
    way = next(w for w in vertical.ways_of(pieces, em) if len(w.groups) == 3)
    assert [vertical.stands(group) for group in way.groups] == [False, True, False]
    down = vertical.lay_down(column, way, em, {1})
    up = vertical.lay_down(column, way, em)
    assert down.shape[0] == up.shape[0] == 48
    assert (down < 128).any(axis=0).sum() > (up < 128).any(axis=0).sum()


@pytest.mark.parametrize(
    ("text", "dashes", "meant"),
    [
        ("三河内五ニハ九番地十五", True, "三河内五二八九番地十五"),
        ("納富分ニ五ー四番地", False, "納富分二五一四番地"),
        ("音成五0四一ー七", True, "音成五〇四一ー七"),
        ("サンシャイン若葉ニ0三号", True, "サンシャイン若葉二〇三号"),
        ("丁七番地ニナ三", True, "丁七番地二十三"),
        ("森ニ番地", True, "森二番地"),
        ("ハローワーク", True, "ハローワーク"),
        ("コーポ104号", True, "コーポ104号"),
        ("一ノ瀬", True, "一ノ瀬"),
        ("図書館は十時から。ナイター", True, "図書館は十時から。ナイター"),
    ],
)
def test_what_looks_like_a_numeral_is_one_beside_others(
    text: str, dashes: bool, meant: str
) -> None:
    assert standing.in_numerals(text, dashes) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("095416312111", ["0954-63-2111"]),
        ("0901123411234", ["090-1234-1234"]),
        ("0954-6312111", ["0954-63-2111"]),
        ("0954632111", []),
        ("095426322111", []),
    ],
)
def test_a_dash_that_stands_may_have_been_read_as_1(text: str, meant: list[str]) -> None:
    assert standing.dashed(text) == meant


# --- reading -------------------------------------------------------------------------------------


def _share(rows: Sequence[bool]) -> float:
    return sum(rows) / len(rows)


def test_vertical_fields_are_read_and_none_goes_unseen(form: FormDef) -> None:
    """Of the names 10 of 22 were right when columns were read as lines."""
    hands = [
        hand
        for hand in find_hands(per_font=2)
        if hand.name in ("klee/1", "yusei-magic/0", "kiloji/1", "aoyagi/1")
    ]
    rows = measured(form, hands, 4, 11, ("scan300", "fax_fine"))
    down = [row for row in rows if form.fields[row.name].vertical]
    names = [row.right for row in down if row.kind in ("name", "kana")]
    assert len(names) >= 8
    assert _share(names) >= 0.8
    assert _share([row.right for row in down if row.kind != "lines"]) >= 0.6
    assert not any(row.unseen for row in down)
    across = [row for row in rows if not form.fields[row.name].vertical]
    assert any(row.unseen for row in across)


def test_a_column_too_light_to_be_taken_apart_is_no_empty_place(engine: PpOcr) -> None:
    light = np.full((200, 60), 255, np.uint8)
    cv2.line(light, (30, 20), (30, 180), (215,), 5)
    crop = Crop(light, NARROW, 0.0, 1)
    alphabet = Alphabets(engine.characters).plain_writing()
    best, read = (lambda _: Hypothesis("", 1.0, 0.0)), (lambda *_: EMPTY)
    assert standing.standing_text([], best, read, "name", alphabet).empty
    assert not standing.standing_text([crop], best, read, "name", alphabet).empty


def test_vertical_print_is_read(form: FormDef) -> None:
    rows = measured(form, typists(), 2, 5, ("scan300",))
    plain = [r for r in rows if form.fields[r.name].vertical and r.kind in ("name", "kana", "text")]
    assert len(plain) >= 4
    assert all(
        same(row.kind, row.truth, row.value) for row in plain if form.fields[row.name].place.box
    )


def test_a_vertical_letter_is_read_column_by_column(engine: PpOcr) -> None:
    """The detector runs columns together: of such a page a tenth of the characters was right."""
    text = "図書館の開館時間を夜八時まで延ばしてほしい。浜町の酒蔵通りの街灯が切れたままです。"
    paper = Paper(np.full((2339, 1654), 255, np.uint8), 200)
    writer = Writer(klee(), np.random.default_rng(1))
    made, _ = write_columns(writer, paper, Box(100, 40, 60, 120), text, lines=True)
    page = paper.finished(0.9, 0.1, np.random.default_rng(2))
    letter = LetterReader(engine, Alphabets(engine.characters)).read(page, 200.0)
    assert len(letter.lines) == len(made) > 1
    assert all(line.vertical for line in letter.lines)
    said = "".join(line.text for line in letter.lines)
    assert Levenshtein.distance(said, text) <= 0.1 * len(text)
    item = FieldDef("body", "lines", find=Find(position="rest"))
    whole = FormDef("l", "手紙", 1, "EFF-01", Path(), kind="letter", fields={"body": item})
    assert letter_fields(whole, letter)["body"][""].features["vertical"] == 1.0


def test_a_vertical_value_is_not_believed_more_than_was_measured() -> None:
    assert ceiling("name", "森本 拓也", {"vertical": 1.0}) == UNFITTED < shipped().bar(0.005)
    assert ceiling("name", "森本 拓也", {"vertical": 1.0, "textlayer": 1.0}) == 1.0
    assert gathered([{"share": 1.0}, {"share": 1.0, "vertical": 1.0}])["vertical"] == 1.0


def test_no_vertical_value_is_unseen_however_sure_the_model_is() -> None:
    trust: Trust = shipped()
    sure: Mapping[str, float] = {"share": 1.0, "kept": 1.0, "free_score": 1.0}
    assert trust.needs_no_eyes("name", sure, 0.9999, 0.05)
    assert not trust.needs_no_eyes("name", {**sure, "vertical": 1.0}, 0.9999, 0.05)
    typed = {**sure, "vertical": 1.0, "textlayer": 1.0}
    assert trust.needs_no_eyes("name", typed, 0.9999, 0.05)


# --- the definition ------------------------------------------------------------------------------

_FORM = 'id = "f"\ntitle = "様式"\ninitiative = "EFF-01"\n[[page]]\nblank = "blank.png"\n[[field]]\nname = "a"\n'


def _loaded(folder: Path, field: str) -> FormDef:
    cv2.imwrite(str(folder / "blank.png"), np.full((1754, 1240), 255, np.uint8))
    (folder / "form.toml").write_text(_FORM + field, encoding="utf-8")
    return load_form(folder)


@pytest.mark.parametrize(
    "field",
    [
        'kind = "mark"\nbox = [10, 10, 5, 5]',
        'kind = "seal"\nbox = [10, 10, 15, 15]',
        'kind = "signature"\nbox = [10, 10, 15, 15]',
        'kind = "code"\nbox = [10, 10, 15, 15]',
        'kind = "choice"\nmark = "circle"\noptions = { "有" = [10, 10, 5, 5], "無" = [20, 10, 5, 5] }',
        'kind = "phone"\nfind = { label = "電話" }',
    ],
)
def test_vertical_is_refused_where_it_means_nothing(tmp_path: Path, field: str) -> None:
    with pytest.raises(DefinitionError, match="vertical"):
        _loaded(tmp_path, f"{field}\nvertical = true\n")


def test_cells_of_a_vertical_field_stand_one_below_the_other(tmp_path: Path) -> None:
    text = 'kind = "digits"\ncells = { box = [10, 20, 8, 56], count = 7 }\n'
    place = _loaded(tmp_path, f"{text}vertical = true\n").fields["a"].place
    assert place is not None
    assert place.cells == (Cells(Box(10, 20, 8, 56), 7, down=True),)
    assert [place.cells[0].cell(n).y for n in range(7)] == [20, 28, 36, 44, 52, 60, 68]
    lying = 'kind = "digits"\ncells = { box = [10, 20, 56, 8], count = 7 }\n'
    across = _loaded(tmp_path, lying).fields["a"].place
    assert across is not None
    assert across.cells[0].cell(1).x == pytest.approx(10 + 56 / 7)


def test_digits_that_touch_in_cells_are_two() -> None:
    """Digits are higher than wide: the 5 took the 1 below it, and a cell seemed empty."""
    group = Cells(Box(20, 20, 8, 24), 3, down=True)
    image = np.full((round(60 * PX), round(60 * PX)), 255, np.uint8)
    middle = round(24 * PX)
    for top, bottom in ((20.8, 27.4), (27.4, 35.6), (36.8, 43.2)):
        cv2.line(image, (middle, round(top * PX)), (middle, round(bottom * PX)), (0,), 4)
    cv2.circle(image, (middle, round(24 * PX)), round(2.4 * PX), (0,), 4)
    found, crossing = glyphs_of(ink_of(image), group, [])
    assert [place for place, _ in found] == [0, 1, 2]
    assert crossing == 1


def test_form_show_draws_an_arrow_into_what_is_vertical(form: FormDef, tmp_path: Path) -> None:
    picture = np.asarray(Image.open(draw_places(form, tmp_path / "f.png")[0]).convert("RGB"))
    for name, arrow in (("name", True), ("child_name", False)):
        area = form.fields[name].area
        assert area is not None
        x, y = round((area.x + area.width / 2) * PX), round((area.bottom - 4) * PX)
        inside = picture[y - 3 : y + 3, x - 8 : x + 8].astype(int)
        assert bool((np.ptp(inside, axis=2) > 60).any()) is arrow


# --- practice ------------------------------------------------------------------------------------


def test_digits_are_spelled_as_people_spell_them_in_a_column() -> None:
    spelled = {numbered("12番地の305", np.random.default_rng(seed)) for seed in range(20)}
    assert spelled == {"十二番地の三〇五", "一二番地の三〇五"}
    assert numbered("森", np.random.default_rng(0)) == "森"
    assert NUMERALS[0] == "〇"


def test_two_digits_stand_in_one_place() -> None:
    assert [p.text for p in places_of("7年12月305", True)] == ["7", "年", "12", "月", "3", "0", "5"]
    assert [p.text for p in places_of("12月", False)] == ["1", "2", "月"]


def test_the_long_vowel_stands_in_a_column_and_lies_in_a_line() -> None:
    box = Box(30, 20, 10, 30)
    ink = written(lambda writer, paper: write_columns(writer, paper, box, "ー"))
    down = ink.boxes[1:][ink.boxes[1:, 4].argmax()]
    assert down[3] > 2 * down[2]
