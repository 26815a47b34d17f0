"""Letters without a layout: lines in reading order, fields by label, pattern and place, and every
line told once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image
from rapidfuzz import fuzz

from ocr.decode.alphabets import Alphabets
from ocr.decode.beam import Hypothesis
from ocr.decode.ctc import Decoded
from ocr.engines.ppocr import PpOcr
from ocr.letters.finding import letter_fields
from ocr.letters.letter import LetterReader, is_letter
from ocr.letters.lines import Letter, Line
from ocr.pages.opening import open_pages
from ocr.reader import Reader
from records.forms import FieldDef, Find, FormDef, PageDef
from records.site import IntakeSettings, ReadingSettings
from records.types import Box, Gray, Page, Record
from tests.kashima import KASHIMA
from tests.ocr.drawnpages import SAMPLES, shared

WHITE = np.full((10, 10), 255, np.uint8)


def line(text: str, y: float, x: float = 20.0, width: float = 100.0, score: float = 0.95) -> Line:
    decoded = Decoded((Hypothesis(text, score, 0.0),), text, score, 1.0, score, 0.01)
    return Line(text, Box(x, y, width, 5.0), decoded)


def letter(*texts: str) -> Letter:
    """Lines one below the other, 10 mm apart."""
    return Letter(tuple(line(text, 5.0 + 10 * n) for n, text in enumerate(texts)), WHITE, 200.0)


def form(*keywords: str, **finds: Find) -> FormDef:
    fields = {
        name: FieldDef(name, "lines" if name == "body" else "text", find=find)
        for name, find in finds.items()
    }
    return FormDef(
        "letter",
        "手紙",
        1,
        "EFF-03",
        Path(),
        kind="letter",
        pages=(PageDef(None, keywords),),
        fields=fields,
    )


def texts(found: Mapping[str, Any]) -> dict[str, str]:
    return {name: parts[""].text for name, parts in found.items()}


FORM = form(
    header=Find(position="header"),
    sender=Find(label=("氏名", "お名前", "ご提出者名")),
    address=Find(label=("住所",)),
    phone=Find(pattern="phone"),
    mail=Find(pattern="email"),
    subject=Find(position="first_line"),
    body=Find(position="rest"),
)


def test_every_line_goes_where_it_belongs_and_only_there() -> None:
    found = letter_fields(
        FORM,
        letter(
            "2026-11-22 10:15 FROM:0954-62-1111 P.01",
            "市長への意見",
            "氏名:鍋島 太郎",
            "住所 鹿島市大字納富分2643番地1",
            "歩道の段差を直してください。",
            "車いすでは通れません。",
            "連絡先 0954-63-2111",
            "nabe@example.jp",
        ),
    )
    assert texts(found) == {
        "header": "2026-11-22 10:15 FROM:0954-62-1111 P.01",
        "sender": "鍋島 太郎",
        "address": "鹿島市大字納富分2643番地1",
        "phone": "0954-63-2111",
        "mail": "nabe@example.jp",
        "subject": "市長への意見",
        "body": "歩道の段差を直してください。\n車いすでは通れません。",
    }


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("氏名:佐藤花子", "佐藤花子"),
        ("氏 名 佐藤花子", "佐藤花子"),
        ("氏名】佐藤花子", "佐藤花子"),
        ("お名前・佐藤花子", "佐藤花子"),
        ("ご提出者各:佐藤花子", "佐藤花子"),
    ],
)
def test_a_label_is_known_however_it_is_set(written: str, value: str) -> None:
    assert texts(letter_fields(FORM, letter("あ", written)))["sender"] == value


@pytest.mark.parametrize("written", ["私の氏族は", "名前は書きません", "住民の声"])
def test_what_is_no_label_finds_nothing(written: str) -> None:
    found = letter_fields(FORM, letter("題", written))
    assert found["sender"][""].empty
    assert found["address"][""].empty
    assert written in found["body"][""].text


def test_the_value_may_stand_beside_or_below_its_label() -> None:
    label = line("氏名", 20, 20, 20)
    beside, below = line("佐藤花子", 21, 50, 40), line("よろしく", 30, 20, 40)
    assert (
        texts(letter_fields(FORM, Letter((label, below, beside), WHITE, 200.0)))["sender"]
        == "佐藤花子"
    )
    assert texts(letter_fields(FORM, Letter((label, below), WHITE, 200.0)))["sender"] == "よろしく"


@pytest.mark.parametrize(
    ("pattern", "text", "value"),
    [
        ("phone", "電話は(0954)63-2111です", "(0954)63-2111"),
        ("phone", "携帯 090-1234-5678", "090-1234-5678"),
        ("phone", "0954(63)2111まで", "0954(63)2111"),
        ("postal_code", "〒849-1312 鹿島市", "〒849-1312"),
        ("date", "2025/4/1", "2025/4/1"),
        ("date", "令和7年4月1日に届いた", "令和7年4月1日"),
        ("email", "a.b+c@city.example.jp まで", "a.b+c@city.example.jp"),
        ("phone", "ＴＥＬ ０９５４－６３－２１１１", "0954-63-2111"),
    ],
)
def test_patterns_are_found_within_a_line(pattern: str, text: str, value: str) -> None:
    found = texts(letter_fields(form(item=Find(pattern=pattern)), letter("題", text)))
    assert found["item"] == value


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("phone", "平成30年12月"),
        ("phone", "1234567890123456"),
        ("postal_code", "12345-678901"),
        ("email", "at mark なし"),
        ("date", "3-2-1号"),
        ("date", "12345/6/7"),
    ],
)
def test_what_is_no_pattern_is_not_found(pattern: str, text: str) -> None:
    assert letter_fields(form(item=Find(pattern=pattern)), letter("題", text))["item"][""].empty


def test_the_machines_line_is_a_header_only_at_the_top() -> None:
    """A citizen who writes 10:30 in the middle of the letter is no FAX machine."""
    found = texts(
        letter_fields(
            FORM, letter("2026-11-22 10:15 P.01", "題", "毎日10:30に困ります", "FAXで送ります")
        )
    )
    assert found["header"] == "2026-11-22 10:15 P.01"
    assert found["body"] == "毎日10:30に困ります\nFAXで送ります"


def test_a_piece_of_the_machines_line_is_no_part_of_the_letter() -> None:
    pieces = (line("2026-11-22 10:15", 5, 20, 40), line("CITYHALL", 5.5, 90, 30))
    body = line("毎日困ります", 30)
    found = texts(letter_fields(FORM, Letter((*pieces, line("題", 15), body), WHITE, 200.0)))
    assert found["header"] == "2026-11-22 10:15\nCITYHALL"
    assert found["subject"] == "題"
    assert found["body"] == "毎日困ります"


def test_a_letter_is_as_sure_as_its_least_sure_line() -> None:
    lines = (line("題", 5), line("明らかな行", 30), line("読めない行", 40, score=0.3))
    seen = letter_fields(FORM, Letter(lines, WHITE, 200.0))["body"][""]
    assert seen.features["share"] == pytest.approx(0.95 * 0.3)
    assert seen.features["weakest"] == 0.3
    assert seen.features["lines"] == 2


@pytest.mark.parametrize(
    ("keywords", "lines", "expected"),
    [
        (("市長への意見",), ("市長への意見", "本文"), True),
        (("市長への意見",), ("市長への意貝", "本文"), True),
        (("市長への意見",), ("請求書", "金額"), False),
        ((), ("ながいながい手紙の本文がここに続いています。",), True),
        ((), ("短い",), False),
    ],
)
def test_a_form_of_letters_takes_what_bears_its_words(
    keywords: Sequence[str], lines: Sequence[str], expected: bool
) -> None:
    assert is_letter(letter(*lines), form(*keywords)) is expected


# --- from pixels ----------------------------------------------------------------------------------


def written(rows: Sequence[str], turned: int = 0, angle: float = 0.0) -> Gray:
    """A page of 200 dpi with Latin lines on it."""
    image = np.full((1400, 1100), 255, np.uint8)
    for n, row in enumerate(rows):
        cv2.putText(
            image, row, (90, 160 + 120 * n), cv2.FONT_HERSHEY_SIMPLEX, 1.3, 0, 3, cv2.LINE_AA
        )
    if angle:
        matrix = cv2.getRotationMatrix2D((550, 700), angle, 1.0)
        image = np.asarray(
            cv2.warpAffine(image, matrix, (1100, 1400), borderValue=(255,)), np.uint8
        )
    return np.ascontiguousarray(np.rot90(image, turned))


ROWS = ("KASHIMA CITY MAYOR", "THE ROAD IS BROKEN", "PLEASE REPAIR IT SOON", "TEL 0954-63-2111")


@pytest.fixture(scope="module")
def letters(engine: PpOcr) -> LetterReader:
    return LetterReader(engine, Alphabets(engine.characters))


@pytest.mark.parametrize(("turned", "angle"), [(0, 3.0), (2, 0.0)])
def test_lines_come_in_reading_order_whichever_way_the_page_lies(
    turned: int, angle: float, letters: LetterReader
) -> None:
    read = letters.read(written(ROWS, turned, angle), 200.0)
    got = [line.text for line in read.lines]
    assert len(got) == len(ROWS)
    assert all(
        fuzz.ratio(a.replace(" ", ""), b.replace(" ", "")) > 85
        for a, b in zip(got, ROWS, strict=True)
    ), got
    assert [line.box.y for line in read.lines] == sorted(line.box.y for line in read.lines)
    assert read.score > 0.7


def test_an_empty_page_is_no_letter(letters: LetterReader) -> None:
    read = letters.read(np.full((1400, 1100), 255, np.uint8), 200.0)
    assert read.lines == ()
    assert read.score == 0.0
    assert not is_letter(read, form())


@pytest.mark.shared_data
def test_a_real_fax_is_read_line_by_line(letters: LetterReader) -> None:
    """Standard resolution, 1990: the sender line and nearly all of the main lines of the page's
    upper half."""
    told = [
        t
        for t in shared("fax/fax2d.truth.txt").read_text(encoding="utf-8").splitlines()
        if t and not t.startswith("#")
    ]
    truth = told[:8]
    page = next(iter(open_pages(shared("fax/fax2d.tif"), IntakeSettings())))
    assert isinstance(page, Page)
    upper = np.ascontiguousarray(page.image[: page.image.shape[0] // 2])
    read = letters.read(upper, page.dpi)
    whole = ["".join(line.text.split()).lower() for line in read.lines]
    found = [
        t
        for t in truth
        if max((fuzz.partial_ratio("".join(t.split()).lower(), w) for w in whole), default=0) > 75
    ]
    assert len(found) >= 0.75 * len(truth), set(truth) - set(found)
    header = letter_fields(FORM, read)["header"][""].text
    assert "08/17/1990" in header


def test_a_letter_becomes_a_record(tmp_path: Path, sample_forms: Mapping[str, FormDef]) -> None:
    """A page that is no form and bears a letter's words: a record with its lines and its fields,
    pages of forms untouched."""
    wanted = form("KASHIMA CITY MAYOR", phone=Find(pattern="phone"), body=Find(position="rest"))
    reader = Reader(
        {"letter": wanted}, KASHIMA, ReadingSettings(second_reader=False), IntakeSettings()
    )
    cv2.imwrite(str(tmp_path / "letter.png"), written(ROWS))
    made = list(reader.read(tmp_path / "letter.png"))
    assert len(made) == 1
    assert isinstance(made[0], Record)
    assert made[0].form == "letter"
    assert len(made[0].lines) == len(ROWS)
    assert made[0].fields["phone"].value == "0954-63-2111"
    assert "BROKEN" in str(made[0].fields["body"].value)
    assert set(made[0].doubtful) == {"phone", "body"}
    other = list(reader.read(SAMPLES / "scans" / "blank_sheet.jpg"))
    assert not isinstance(other[0], Record)


def test_two_pages_of_one_letter_are_one_record(tmp_path: Path) -> None:
    """The second page bears no words of the form; the first one's last sentence runs over."""
    wanted = form("KASHIMA CITY MAYOR", body=Find(position="rest"))
    reader = Reader(
        {"letter": wanted}, KASHIMA, ReadingSettings(second_reader=False), IntakeSettings()
    )
    more = ("THANK YOU FOR ALL", "THE GOOD WORK OF YEARS")
    first, second = Image.fromarray(written(ROWS)), Image.fromarray(written(more))
    first.save(tmp_path / "letter.tif", save_all=True, append_images=[second], dpi=(130, 130))
    (made,) = reader.read(tmp_path / "letter.tif")
    assert isinstance(made, Record)
    assert made.pages == (1, 2)
    assert "BROKEN" in str(made.fields["body"].value)
    assert "THANK" in str(made.fields["body"].value)
