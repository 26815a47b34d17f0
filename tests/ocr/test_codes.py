"""Codes in a field: whole, several, in sets, in Japanese, covered, beside the box.

The codes are made by segno and ZXing and laid on a sample form's blank, softened as by a scanner.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import permutations

import cv2
import numpy as np
import pytest
import segno
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr.decode.codes import decoded, read_code
from ocr.engines.ppocr import PpOcr
from ocr.engines.qrheader import part_of
from ocr.fields import FieldReader
from ocr.ink.strokes import find_ink
from ocr.laid_sheet import Sheet, make_sheet
from ocr.place.blank import PX, Blank
from ocr.seen import Seen
from records.forms import FieldDef, Part
from records.normalise import normalise
from records.site import Office
from records.types import Box, Gray, Page
from tests.ocr.drawnpages import Pen, in_place

Format = zxingcpp.BarcodeFormat

BOX = Box(20, 178, 100, 30)
"""A place of the opinion form that has no print."""
ITEM = FieldDef("number", "code", place=Part(BOX))
LONG = "ABCDEFGHIJ0123456789-abcdefghijklmnopqrstuvwxyz"


def qr(text: str, encoding: str | None = None, mm: float = 22.0, **more: object) -> Gray:
    made = segno.make(text, encoding=encoding, micro=False, **more)
    return sized(modules(made), mm)


def modules(made: segno.QRCode) -> Gray:
    rows = [list(row) for row in made.matrix]
    return np.asarray(255 * (1 - np.asarray(rows, np.uint8)), np.uint8)


def sized(picture: Gray, wide: float, high: float | None = None) -> Gray:
    """A code of so many mm on the canvas, from modules that are one pixel each."""
    shape = (round(wide * PX), round((high or wide) * PX))
    return np.asarray(cv2.resize(picture, shape, interpolation=cv2.INTER_AREA), np.uint8)


def bars(
    content: str,
    kind: zxingcpp.BarcodeFormat,
    wide: float = 60.0,
    high: float = 12.0,
    **more: object,
) -> Gray:
    barcode = zxingcpp.create_barcode(content, kind, **more)
    fine = np.asarray(barcode.to_image(scale=4, add_quiet_zones=False))
    return sized(fine, wide, high)


@pytest.fixture(scope="module")
def blank(blank_of: Callable[[str], Blank]) -> Blank:
    return blank_of("citizen_opinion")


Laid = tuple[Gray, float, float]
"""A picture and the place (mm) of its top-left corner."""


def page_with(blank: Blank, laid: Sequence[Laid]) -> Gray:
    return page_on(blank.image, laid)


def page_on(page: Gray, laid: Sequence[Laid]) -> Gray:
    image = page.copy()
    for picture, x, y in laid:
        top, left = round(y * PX), round(x * PX)
        image[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
    return image


def seen_on(blank: Blank, image: Gray, item: FieldDef = ITEM, near: Sequence[Box] = ()) -> Seen:
    assert item.place is not None
    assert item.place.box is not None
    aligned = in_place(blank, image)
    page = Page("0" * 64, 1, aligned.image, 200.0)
    box = item.place.box
    sheet = Sheet(page, aligned, find_ink(aligned, gray=True), (box, *near), (box, *near))
    return read_code(item, box, aligned, sheet.ink, sheet.code_places)


def codes_of(seen: Seen) -> list[str]:
    return [p.code for p in seen.problems]


@pytest.mark.parametrize(
    ("picture", "text"),
    [
        (qr("髙橋 太郎,ﾀｶﾊｼ", "cp932"), "髙橋 太郎,ﾀｶﾊｼ"),
        (qr("①㈱髙﨑", "cp932"), "①㈱髙﨑"),
        (qr("髙橋﨑 𠮷田", "utf-8"), "髙橋﨑 𠮷田"),
        (qr("鹿島市", "utf-8", eci=True), "鹿島市"),
        (qr("鹿島市", "shift-jis", eci=True), "鹿島市"),
        (qr("鹿島市納富分", "shift-jis", mode="kanji"), "鹿島市納富分"),
        (qr("1行目\r\n2行目\r\n", "cp932"), "1行目\n2行目"),
        (255 - np.pad(qr("R7-000123", mm=18), 16, constant_values=255), "R7-000123"),
        (np.rot90(qr("R7-000123")), "R7-000123"),
        (np.rot90(qr("R7-000123"), 2), "R7-000123"),
        (sized(modules(segno.make_micro("12345")), 10), "12345"),
        (bars("R7-000123", Format.DataMatrix, 16, 16), "R7-000123"),
        (bars("0123456789", Format.Code128), "0123456789"),
        (bars("(91)1234567890(21)AB12", Format.Code128, gs1=True), "911234567890<GS>21AB12"),
        (bars("(01)04912345678904(21)AB", Format.DataMatrix, 18, 18, gs1=True), "010491234567890421AB"),
        (bars("ABC-123", Format.Code39), "ABC-123"),
        (bars("A+B$C", Format.Code39Std), "A+B$C"),
        (bars("A1234567B", Format.Codabar), "A1234567B"),
        (bars("4912345678904", Format.EAN13, 40), "4912345678904"),
    ],
)  # fmt: skip
def test_a_code_says_what_its_bytes_are(blank: Blank, picture: Gray, text: str) -> None:
    seen = seen_on(blank, page_with(blank, [(picture, 30, 180)]))
    assert (seen.text, codes_of(seen)) == (text, [])
    made = normalise(ITEM, seen.text, Office())
    assert (made.value, made.problems) == (text, ())


def test_the_two_halves_of_a_squat_fax_line_still_make_a_code(blank: Blank) -> None:
    """204×98: every second line is missing and was drawn twice."""
    image = page_with(blank, [(qr("R7-000123", mm=25), 30, 180)])
    squat = cv2.resize(
        image, (image.shape[1], image.shape[0] // 2), interpolation=cv2.INTER_NEAREST
    )
    back = cv2.resize(squat, (image.shape[1], image.shape[0]), interpolation=cv2.INTER_NEAREST)
    assert seen_on(blank, np.asarray(back, np.uint8)).text == "R7-000123"


def test_of_several_codes_none_is_picked_unseen(blank: Blank) -> None:
    first, second = qr("R7-000001"), qr("R7-000002")
    seen = seen_on(blank, page_with(blank, [(first, 30, 180), (second, 80, 180)]))
    assert codes_of(seen) == ["several_codes"]
    assert [text for text, _ in seen.texts] == ["R7-000001", "R7-000002"]
    assert "R7-000002" in seen.problems[0].message
    twice = seen_on(blank, page_with(blank, [(first, 30, 180), (first, 80, 180)]))
    assert (twice.text, codes_of(twice)) == ("R7-000001", [])


def test_a_code_in_the_next_place_is_that_field_s(blank: Blank) -> None:
    left, right = Box(20, 178, 45, 30), Box(67, 178, 45, 30)
    image = page_with(blank, [(qr("R7-1", mm=20), 40, 180), (qr("R7-2", mm=20), 70, 180)])
    for box, other, text in ((left, right, "R7-1"), (right, left, "R7-2")):
        item = FieldDef("number", "code", place=Part(box))
        seen = seen_on(blank, image, item, [other])
        assert (seen.text, codes_of(seen)) == (text, [])


def parts(text: str, encoding: str | None = None) -> list[Gray]:
    made = segno.make_sequence(text, symbol_count=3, encoding=encoding)
    return [sized(modules(part), 22) for part in made]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_set_is_joined_in_its_own_order(blank: Blank, order: tuple[int, ...]) -> None:
    three = parts(LONG)
    laid = [(three[part], 24.0 + 32 * place, 181.0) for place, part in enumerate(order)]
    seen = seen_on(blank, page_with(blank, laid))
    assert (seen.text, codes_of(seen)) == (LONG, [])


def test_letters_that_a_set_cuts_in_two_are_whole_again(blank: Blank) -> None:
    text = "佐賀県鹿島市大字納富分2643番地1 髙橋太郎"
    three = parts(text, "utf-8")
    laid = [(part, 24.0 + 32 * place, 181.0) for place, part in enumerate(three)]
    seen = seen_on(blank, page_with(blank, laid))
    assert (seen.text, codes_of(seen)) == (text, [])


@pytest.mark.parametrize("kept", [(0,), (1,), (0, 2), (2, 1)])
def test_a_set_that_is_not_whole_is_shown(blank: Blank, kept: tuple[int, ...]) -> None:
    three = parts(LONG)
    laid = [(three[part], 24.0 + 32 * place, 181.0) for place, part in enumerate(kept)]
    seen = seen_on(blank, page_with(blank, laid))
    assert codes_of(seen) == ["code_incomplete"]
    assert "3個で一組" in seen.problems[0].message


def test_parts_of_two_sets_are_not_mixed(blank: Blank) -> None:
    three, others = parts(LONG), parts(LONG[::-1].replace("A", "B"))
    laid = [(p, 24.0 + 32 * i, 181.0) for i, p in enumerate((three[0], others[1], three[2]))]
    seen = seen_on(blank, page_with(blank, laid))
    assert set(codes_of(seen)) & {"code_incomplete", "code_mixed"}


def test_the_part_of_a_set_is_read_in_every_version() -> None:
    read = 0
    for level in "LMQH":
        for version in (2, 5, 7, 10, 15, 22, 32):
            capacity = 36 * version * version // (3 if level in "QH" else 2) // 10
            whole = segno.make_sequence(
                "a" * (capacity + 40), version=version, error=level, boost_error=False
            )
            for index, one in enumerate(whole):
                dark = modules(one) < 128
                part = part_of(dark, one.mask, level, 1.0)
                told = None if part is None else (part.index, part.total)
                assert told == (None if len(whole) == 1 else (index, len(whole))), (level, version)
                read += part is not None
    assert read > 20


def read_on_print(blank: Blank) -> list[str]:
    """What speaks against an empty place in which the blank has words and a frame."""
    item = FieldDef("number", "code", place=Part(Box(150, 3, 40, 20)))
    return codes_of(seen_on(blank, blank.image, item))


def test_a_code_that_cannot_be_read_is_never_an_empty_field(blank: Blank) -> None:
    whole = qr("R7-000123", mm=20, error="l", boost_error=False)
    torn, covered = whole.copy(), whole.copy()
    torn[: len(torn) // 2] = 255
    covered[40:120, 40:120] = 0
    cut = bars("0123456789", Format.Code128, 40, 10)[:, :150]
    for picture in (torn, covered, cut):
        seen = seen_on(blank, page_with(blank, [(picture, 40, 182)]))
        assert (seen.text, seen.empty) == ("", False)
        assert codes_of(seen) == ["code_unreadable"]
    pen = Pen(blank).text("12345", Box(30, 182, 40, 8))
    assert codes_of(seen_on(blank, pen.image)) == ["code_unreadable"]
    assert not read_on_print(blank)
    nothing = seen_on(blank, blank.image)
    assert (nothing.text, nothing.empty, codes_of(nothing)) == ("", True, [])


def test_a_damaged_code_beside_a_good_one_is_shown(blank: Blank) -> None:
    good, torn = qr("R7-000001", mm=20), qr("R7-000002", mm=20)
    torn[: len(torn) // 2] = np.random.default_rng(1).choice(np.asarray([0, 255], np.uint8), 1)
    torn[60:110, 30:120] = 128
    seen = seen_on(blank, page_with(blank, [(good, 30, 182), (torn, 80, 182)]))
    assert (seen.text, codes_of(seen)) == ("R7-000001", ["code_beside"])
    pen = Pen(blank).text("12345", Box(85, 182, 30, 6))
    beside = seen_on(blank, page_on(pen.image, [(good, 30, 182)]))
    assert (beside.text, codes_of(beside)) == ("R7-000001", [])


def test_a_label_that_hangs_over_the_edge_is_read_and_one_far_off_is_shown(blank: Blank) -> None:
    small = FieldDef("number", "code", place=Part(Box(60, 185, 30, 15)))
    near = seen_on(blank, page_with(blank, [(qr("R7-000123", mm=20), 54, 176)]), small)
    assert (near.text, codes_of(near)) == ("R7-000123", [])
    far = seen_on(blank, page_with(blank, [(qr("R7-000123", mm=18), 100, 183)]), small)
    assert (far.text, codes_of(far)) == ("R7-000123", ["code_moved"])
    label = bars("R7000123", Format.Code39Std, 45, 8)
    fine = seen_on(blank, page_with(blank, [(label, 130, 4)]), small)
    assert (fine.text, codes_of(fine)) == ("R7000123", ["code_moved"])


def test_an_itf_needs_its_length(blank: Blank) -> None:
    """ZXing reads 8 of 14 digits of a tilted one without an error."""
    fine = bars("12345678901234", Format.ITF, 60, 12)
    padded = np.pad(fine, 60, constant_values=255)
    middle = (padded.shape[1] / 2, padded.shape[0] / 2)
    turn = cv2.getRotationMatrix2D(middle, 33, 0.8)
    tilted = np.asarray(
        cv2.warpAffine(padded, turn, padded.shape[::-1], borderValue=(255,)), np.uint8
    )[90:-20]
    measured = FieldDef("number", "code", place=Part(BOX), length=14)
    straight = page_with(blank, [(fine, 30, 182)])
    assert codes_of(seen_on(blank, straight)) == ["code_length"]
    assert codes_of(seen_on(blank, straight, measured)) == []
    image = page_with(blank, [(tilted[:230], 30, 179)])
    for item in (ITEM, measured):
        seen = seen_on(blank, image, item)
        made = normalise(item, seen.text, Office())
        assert made.value == "12345678901234" or seen.problems or made.problems


def test_start_and_stop_letters_go_where_the_field_has_no_letters(blank: Blank) -> None:
    image = page_with(blank, [(bars("A1234567A", Format.Codabar), 30, 182)])
    digits = FieldDef("number", "code", place=Part(BOX), charset="0123456789")
    assert seen_on(blank, image, digits).text == "1234567"
    assert seen_on(blank, image).text == "A1234567A"


def test_a_field_of_a_form_is_read_this_way(engine: PpOcr, blank: Blank) -> None:
    right = FieldDef("right", "code", place=Part(Box(67, 178, 45, 30)))
    left = FieldDef("left", "code", place=Part(Box(20, 178, 45, 30)))
    image = page_with(blank, [(qr("髙橋", "cp932", mm=20), 70, 180)])
    aligned = in_place(blank, image)
    page = Page("0" * 64, 1, aligned.image, 200.0)
    sheet = make_sheet(page, aligned, [left, right])
    reader = FieldReader(engine)
    assert reader.read(right, sheet)[""].text == "髙橋"
    beside = reader.read(left, sheet)[""]
    assert (beside.text, beside.empty) == ("", True), "the code in the next place is not this one's"


@pytest.mark.parametrize(
    ("data", "text", "problems"),
    [
        ("髙﨑①㈱".encode("cp932"), "髙﨑①㈱", []),
        ("ｶｼﾏ ﾀﾛｳ".encode("cp932"), "ｶｼﾏ ﾀﾛｳ", []),
        ("カシマ".encode(), "カシマ", []),
        ("\ufeff鹿島".encode(), "鹿島", []),
        ("é".encode(), "ﾃｩ", ["code_encoding"]),
        ("さが".encode("euc_jp"), "､ｵ､ｬ", ["code_encoding"]),
        (b"\x00\x01ABC", "\x00\x01ABC", ["code_control"]),
        (b"ABC\x1d12\x1e\x04", "ABC\x1d12\x1e\x04", []),
    ],
)
def test_bytes_become_text_or_a_question(data: bytes, text: str, problems: list[str]) -> None:
    made, found = decoded(data, "")
    assert (made, [p.code for p in found]) == (text, problems)


def test_bytes_that_are_no_text_are_kept_as_numbers() -> None:
    text, problems = decoded(b"\xff\xfe\x80\x00", "")
    assert (text, [p.code for p in problems]) == ("FF FE 80 00", ["code_encoding"])


JAPANESE = st.text(
    alphabet=st.sampled_from("髙﨑①㈱鹿島市佐賀県あいうアイウｱｲｳ0123ABC-, 〒"),
    min_size=1,
    max_size=30,
)


@settings(max_examples=200, deadline=None)
@given(JAPANESE, st.sampled_from(["utf-8", "cp932"]))
def test_no_wrong_letters_pass_unseen(text: str, encoding: str) -> None:
    made, problems = decoded(text.encode(encoding), "")
    assert made == text or problems


@given(st.binary(min_size=1, max_size=40))
def test_no_bytes_become_stray_letters_unseen(data: bytes) -> None:
    text, problems = decoded(data, "")
    assert "\ufffd" not in text
    if not problems:
        strict = [data.decode(name, "ignore") for name in ("utf-8-sig", "cp932")]
        assert text in strict


def test_control_characters_have_names_in_the_value() -> None:
    made = normalise(ITEM, "91123\x1d21AB\r\n", Office())
    assert made.value == "91123<GS>21AB"
    typed = normalise(ITEM, "91123<GS>21AB", Office())
    assert typed.value == made.value
    short = normalise(FieldDef("n", "code", place=Part(BOX), length=5), "1234", Office())
    assert [p.code for p in short.problems] == ["code_length"]
