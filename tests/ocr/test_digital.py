"""Born-digital pages: what was typed is taken as typed, from where it stands, and nothing else
is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pypdf
import pytest
from PIL import Image
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    RectangleObject,
    TextStringObject,
)
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen import canvas

from ocr.pages.opening import open_pages
from ocr.place.blank import Blank
from ocr.seen import Seen
from ocr.views.digital import form_texts, layer_texts, on_blank
from ocr.weigh.sheetwide import refine
from records.forms import FieldDef, FormDef, Part
from records.site import IntakeSettings
from records.types import Box, Page, Word
from tests.kashima import KASHIMA

LIMITS = IntakeSettings()
WHITE = np.full((300, 300), 255, np.uint8)


def one_page(path: Path) -> Page:
    pages = list(open_pages(path, LIMITS))
    assert len(pages) == 1
    assert isinstance(pages[0], Page)
    return pages[0]


def typed_pdf(path: Path, text: str = "HELLO") -> Path:
    made = canvas.Canvas(str(path), pagesize=(300, 400))
    made.setFont("Helvetica", 20)
    made.drawString(100, 300, text)
    made.save()
    return path


# --- where the words stand ------------------------------------------------------------------------


def moved_origin(page: Any) -> None:
    page.mediabox = RectangleObject((40, 50, 340, 450))


def cropped(page: Any) -> None:
    page.cropbox = RectangleObject((40, 50, 290, 380))


def turned(page: Any) -> None:
    page.rotate(90)


def as_it_is(page: Any) -> None:
    pass


@pytest.mark.parametrize("change", [as_it_is, moved_origin, cropped, turned])
def test_a_word_stands_where_its_print_is_seen(
    change: Callable[[Any], None], tmp_path: Path
) -> None:
    """PDF programs crop and move pages; a word taken from beside its place would fall into another
    field."""
    writer = pypdf.PdfWriter(clone_from=typed_pdf(tmp_path / "typed.pdf"))
    change(writer.pages[0])
    writer.write(tmp_path / "changed.pdf")
    page = one_page(tmp_path / "changed.pdf")
    assert [word.text for word in page.words] == ["HELLO"]
    box, scale = page.words[0].box, page.pixels_per_mm
    dark = page.image < 128
    inside = dark[
        round(box.y * scale) : round(box.bottom * scale),
        round(box.x * scale) : round(box.right * scale),
    ]
    assert inside.mean() > 0.1
    assert inside.sum() > 0.97 * dark.sum()


@pytest.mark.parametrize(("covered", "words"), [(1.0, 0), (0.75, 0), (0.3, 1)])
def test_text_over_a_scan_is_another_programs_ocr(
    covered: float, words: int, tmp_path: Path
) -> None:
    """Scanners put their own invisible reading on a page; it is not what a person typed. A logo
    makes no scan."""
    made = canvas.Canvas(str(tmp_path / "page.pdf"), pagesize=(300, 400))
    grain = Image.fromarray(np.random.default_rng(2).integers(0, 256, (200, 150), dtype=np.uint8))
    made.drawImage(ImageReader(grain), 0, 0, 300, 400 * covered)
    text = made.beginText(50, 390)
    text.setTextRenderMode(3)
    text.textLine("misread")
    made.drawText(text)
    made.save()
    assert len(one_page(tmp_path / "page.pdf").words) == words


# --- form fields ----------------------------------------------------------------------------------


def widget(
    writer: pypdf.PdfWriter, page: int, name: str, entries: Mapping[str, Any], parent: str = ""
) -> None:
    """Put one form field, or one under a parent field, on a page."""
    made = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Annot"),
            NameObject("/Subtype"): NameObject("/Widget"),
            NameObject("/Rect"): ArrayObject(FloatObject(v) for v in (20, 20, 120, 40)),
            NameObject("/T"): TextStringObject(name),
        }
    )
    made.update({NameObject(key): value for key, value in entries.items()})
    top = made
    if parent:
        top = DictionaryObject(
            {NameObject("/T"): TextStringObject(parent), NameObject("/Kids"): ArrayObject()}
        )
        made[NameObject("/Parent")] = writer._add_object(top)
    reference = writer._add_object(made)
    writer.pages[page].setdefault(NameObject("/Annots"), ArrayObject()).append(reference)
    form = writer._root_object.setdefault(
        NameObject("/AcroForm"), DictionaryObject({NameObject("/Fields"): ArrayObject()})
    )
    form["/Fields"].append(reference)


def text(value: str) -> dict[str, Any]:
    return {"/FT": NameObject("/Tx"), "/V": TextStringObject(value)}


def button(state: str) -> dict[str, Any]:
    return {"/FT": NameObject("/Btn"), "/V": NameObject(state), "/AS": NameObject(state)}


def test_form_fields_give_what_was_typed_page_by_page(tmp_path: Path) -> None:
    writer = pypdf.PdfWriter()
    for _ in range(2):
        writer.add_blank_page(300, 400)
    widget(writer, 0, "applicant", text("髙﨑　一郎"))
    widget(writer, 0, "name", text("佐藤"), parent="child")
    widget(writer, 0, "agreed", button("/Yes"))
    widget(writer, 0, "declined", button("/Off"))
    widget(writer, 0, "empty", {"/FT": NameObject("/Tx")})
    widget(writer, 1, "reason", text("一行目\r二行目"))
    writer.write(tmp_path / "form.pdf")
    first, second = (
        page for page in open_pages(tmp_path / "form.pdf", LIMITS) if isinstance(page, Page)
    )
    assert first.form_values == {
        "applicant": "髙﨑　一郎",
        "child.name": "佐藤",
        "agreed": "Yes",
        "declined": "",
        "empty": "",
    }
    assert set(second.form_values) == {"reason"}
    assert second.form_values["reason"].splitlines() == ["一行目", "二行目"]


def test_a_box_that_was_unticked_again_is_not_ticked(tmp_path: Path) -> None:
    """Some programs leave the old value and only switch the appearance off."""
    writer = pypdf.PdfWriter()
    writer.add_blank_page(300, 400)
    widget(
        writer,
        0,
        "agreed",
        {"/FT": NameObject("/Btn"), "/V": NameObject("/Yes"), "/AS": NameObject("/Off")},
    )
    writer.write(tmp_path / "form.pdf")
    assert one_page(tmp_path / "form.pdf").form_values == {"agreed": ""}


# --- fields from pages ----------------------------------------------------------------------------


def page(values: Mapping[str, str] = {}, words: tuple[Word, ...] = ()) -> Page:
    return Page("0" * 64, 1, WHITE, 300.0, words, dict(values))


def blank(words: tuple[Word, ...] = ()) -> Blank:
    return Blank("f", 1, 1, WHITE, words)


def read_digital(item: FieldDef, page: Page, blank: Blank) -> dict[str, Seen] | None:
    """What the file states: its form fields, else its words."""
    stated = form_texts(item, page.form_values)
    if stated is None and page.words:
        stated = layer_texts(item, [w for w in page.words if not on_blank(w, blank)])
    return stated


def word(text: str, x: float, y: float, width: float = 8.0) -> Word:
    return Word(text, Box(x, y, width, 4.0))


def texts(seen: Mapping[str, Seen] | None) -> dict[str, str]:
    assert seen is not None
    return {name: part.text for name, part in seen.items()}


def simple(kind: str, **more: Any) -> FieldDef:
    return FieldDef("item", kind, place=Part(Box(20, 20, 60, 20)), **more)


def choice(kind: str = "choice") -> FieldDef:
    return FieldDef(
        "item",
        kind,
        place=Part(mark="check", options={"甲": Box(20, 20, 5, 5), "乙": Box(40, 20, 5, 5)}),
    )


def test_only_words_whose_middle_lies_in_the_box_are_the_fields() -> None:
    words = (
        word("左", 8, 22),
        word("佐賀県", 21, 22),
        word("鹿島市", 32, 22.5),
        word("右", 78, 22),
        word("下", 30, 42),
    )
    assert texts(read_digital(simple("text"), page(words=words), blank())) == {"": "佐賀県 鹿島市"}


def test_print_of_the_blank_is_not_the_persons() -> None:
    """「〒」 stands in the box on the empty form already; the same sign elsewhere was typed."""
    sign = word("〒", 21, 22, 4)
    words = (sign, word("849-1311", 30, 22, 20), word("〒", 60, 22, 4))
    assert texts(read_digital(simple("text"), page(words=words), blank((sign,)))) == {
        "": "849-1311 〒"
    }


def test_lines_keep_their_breaks_and_other_kinds_do_not() -> None:
    words = (word("二", 21, 30), word("一", 21, 23), word("行目", 32, 23))
    assert texts(read_digital(simple("lines"), page(words=words), blank())) == {"": "一 行目\n二"}
    assert texts(read_digital(simple("text"), page(words=words), blank())) == {"": "一 行目 二"}


def test_parts_of_a_date_are_told_apart_by_place() -> None:
    item = FieldDef(
        "item",
        "date",
        parts={
            "year": Part(Box(20, 20, 10, 6)),
            "month": Part(Box(35, 20, 10, 6)),
            "day": Part(Box(50, 20, 10, 6)),
        },
    )
    words = (word("7", 21, 21), word("12", 36, 21), word("3", 51, 21))
    assert texts(read_digital(item, page(words=words), blank())) == {
        "year": "7",
        "month": "12",
        "day": "3",
    }


def test_form_values_come_before_words() -> None:
    found = read_digital(
        simple("text", acroform="Feld7"), page({"Feld7": "入力"}, (word("別", 21, 22),)), blank()
    )
    assert texts(found) == {"": "入力"}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"item.甲": "Yes", "item.乙": ""}, "甲"),
        ({"item.甲": "", "item.乙": ""}, ""),
        ({"item": "乙"}, "乙"),
        ({"item": ""}, ""),
        ({"item.甲": "Yes", "item.乙": "Yes"}, "甲\n乙"),
    ],
)
def test_options_come_from_boxes_or_from_one_group(
    values: Mapping[str, str], expected: str
) -> None:
    assert texts(read_digital(choice("choices"), page(values), blank())) == {"": expected}


def test_a_value_that_is_no_option_of_the_form_is_never_taken_over_unseen() -> None:
    """PDF programs number the buttons of a group; 「1」 is not what the office's ledger knows."""
    found = read_digital(choice(), page({"item": "1"}), blank())
    assert found is not None
    assert found[""].problems
    assert found[""].text == ""


def test_an_empty_form_field_is_an_empty_field() -> None:
    found = read_digital(simple("text"), page({"item": ""}), blank())
    assert found is not None
    assert found[""].empty


# --- and what becomes of it -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        ("text", "nao30@example.jp"),
        ("text", "コ一ポ"),
        ("address", "鹿島市大字高津原O番地"),
        ("name", "澤邊　壽"),
        ("lines", "1l0 ニ二\n國"),
    ],
)
def test_what_was_typed_is_not_respelled(kind: str, typed: str, tmp_path: Path) -> None:
    """Ink is respelled where characters look alike; typed characters are what the person chose."""
    item = simple(kind)
    seen = read_digital(item, page({"item": typed}), blank())
    assert seen is not None
    form = FormDef("f", "様式", 1, "EFF-01", tmp_path, fields={"item": item})
    assert refine(form, {"item": seen}, KASHIMA)["item"][""].text == typed
