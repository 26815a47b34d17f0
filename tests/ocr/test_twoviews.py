"""What a PDF states counts where its picture says the same; everything else is read as a picture or
goes to a person."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pypdf
import pypdf.annotations
import pytest
from PIL import Image, ImageDraw, ImageFont
from pypdf.generic import (
    DecodedStreamObject,
    NameObject,
)
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen import canvas

from ocr.pages.opening import open_pages
from ocr.reader import Reader
from records.forms import FormDef
from records.site import IntakeSettings
from records.types import Box, Field, Page, Record
from tests.ocr.drawnpages import codes_of, engine_of, one_record

HEIGHT = 297.0 * mm
Draw = Callable[[canvas.Canvas, Box], None]


@pytest.fixture(scope="module")
def form(sample_forms: Mapping[str, FormDef]) -> FormDef:
    return sample_forms["online_application"]


# --- pages made of drawing ------------------------------------------------------------------------


def over_blank(form: FormDef, draws: Mapping[str, Draw], path: Path) -> Path:
    """The form's blank without form fields, with something drawn in the places of fields."""
    over = path.with_name("over.pdf")
    pen = canvas.Canvas(str(over), pagesize=(210 * mm, HEIGHT))
    for name, draw in draws.items():
        area = form.fields[name].area
        assert area is not None
        pen.saveState()
        draw(pen, area)
        pen.restoreState()
    pen.showPage()
    pen.save()
    blank = form.pages[0].blank
    assert blank is not None
    writer = pypdf.PdfWriter()
    page = writer.add_page(pypdf.PdfReader(blank).pages[0])
    page.merge_page(pypdf.PdfReader(over).pages[0])
    page.pop("/Annots", None)
    writer.write(path)
    return path


def typed(text: str, size: float = 10.0, mode: int = 0, font: str = "Helvetica") -> Draw:
    """Text as a program types it into a box."""

    def draw(pen: canvas.Canvas, box: Box) -> None:
        line = pen.beginText(box.x * mm + 3, HEIGHT - (box.y + box.height / 2) * mm - 0.36 * size)
        line.setFont(font, size)
        line.setTextRenderMode(mode)
        line.textOut(text)
        pen.drawText(line)

    return draw


def white(text: str) -> Draw:
    def draw(pen: canvas.Canvas, box: Box) -> None:
        pen.setFillGray(1.0)
        typed(text)(pen, box)

    return draw


def clipped_away(text: str) -> Draw:
    def draw(pen: canvas.Canvas, box: Box) -> None:
        path = pen.beginPath()
        path.rect(5, 5, 20, 20)
        pen.clipPath(path, stroke=0)
        typed(text)(pen, box)

    return draw


def over_an_old_value(old: str, new: str) -> Draw:
    def draw(pen: canvas.Canvas, box: Box) -> None:
        typed(old)(pen, box)
        pen.setFillGray(1.0)
        pen.rect(box.x * mm + 2, HEIGHT - box.bottom * mm + 2, 60, 14, stroke=0, fill=1)
        pen.setFillGray(0.0)
        typed(new)(pen, box)

    return draw


def outlined(text: str) -> Draw:
    """Text turned to curves, or the ink of a tablet: paths, and no text."""

    def draw(pen: canvas.Canvas, box: Box) -> None:
        font = ImageFont.load_default(48)
        picture = Image.new("L", (round(font.getlength(text)) + 8, 64), 0)
        ImageDraw.Draw(picture).text((4, 4), text, 255, font=font)
        scale = 4.2 * mm / 64
        left, top = box.x * mm + 4, HEIGHT - (box.y + 1.2) * mm
        for y, row in enumerate(np.asarray(picture) > 128):
            edges = np.flatnonzero(np.diff(np.concatenate([[0], row, [0]])))
            for start, end in edges.reshape(-1, 2).tolist():
                x, width = left + start * scale, (end - start) * scale
                pen.rect(x, top - y * scale, width, 1.05 * scale, stroke=0, fill=1)

    return draw


def behind_a_picture(text: str) -> Draw:
    def draw(pen: canvas.Canvas, box: Box) -> None:
        typed(text)(pen, box)
        paper = ImageReader(Image.new("L", (40, 8), 255))
        place = (box.x * mm + 2, HEIGHT - box.bottom * mm + 2)
        pen.drawImage(paper, *place, (box.width - 2) * mm, (box.height - 1.5) * mm)

    return draw


def by_hand(text: str, more: str) -> Draw:
    """Typed, and something added with a pen beside it."""

    def draw(pen: canvas.Canvas, box: Box) -> None:
        typed(text)(pen, box)
        outlined(more)(pen, Box(box.x + 25, box.y, box.width - 25, box.height))

    return draw


@pytest.fixture(scope="module")
def drawn(form: FormDef, reader: Reader, tmp_path_factory: pytest.TempPathFactory) -> Record:
    """One page with a different kind of text or ink in each field."""
    draws = {
        "applied_on": typed("2025-04-01"),
        "postal_code": behind_a_picture("849-1311"),
        "phone": typed("0954-62-0001"),
        "email": typed("hidden@example.jp", mode=3),
        "used_on": outlined("2025-10-15"),
        "from_time": typed("09:00", size=1.0),
        "to_time": clipped_away("12:30"),
        "people": over_an_old_value("120", "35"),
        "fee": white("2,000"),
    }
    return one_record(
        reader, over_blank(form, draws, tmp_path_factory.mktemp("drawn") / "page.pdf")
    )


def test_text_that_is_seen_as_it_is_stated_needs_no_eyes(drawn: Record) -> None:
    for name, value in (("applied_on", "2025-04-01"), ("phone", "0954-62-0001")):
        assert (drawn.fields[name].value, engine_of(drawn.fields[name])) == (value, "textlayer")
        assert drawn.fields[name].unseen


@pytest.mark.parametrize("name", ["email", "from_time", "to_time", "fee"])
def test_text_that_nobody_sees_is_never_a_value_and_never_passes_in_silence(
    name: str, drawn: Record
) -> None:
    """Invisible, tiny, clipped away, white on white."""
    assert drawn.fields[name].value is None
    assert "not_drawn" in codes_of(drawn.fields[name])
    assert not drawn.fields[name].unseen


def test_text_behind_a_picture_is_no_value(drawn: Record) -> None:
    assert drawn.fields["postal_code"].value is None
    assert not drawn.fields["postal_code"].unseen


def test_a_new_value_over_an_old_one_is_read_and_shown_to_a_person(drawn: Record) -> None:
    assert drawn.fields["people"].value == 35
    assert "differs_from_picture" in codes_of(drawn.fields["people"])


def test_ink_without_text_is_read_as_a_picture(drawn: Record) -> None:
    assert drawn.fields["used_on"].value == "2025-10-15"
    assert engine_of(drawn.fields["used_on"]) == "ppocr"
    assert not codes_of(drawn.fields["used_on"])


def test_what_was_added_by_hand_beside_typed_text_is_not_lost(
    form: FormDef, reader: Reader, tmp_path: Path
) -> None:
    page = over_blank(form, {"phone": by_hand("0954-62-0001", "(2)")}, tmp_path / "page.pdf")
    phone = one_record(reader, page).fields["phone"]
    assert "differs_from_picture" in codes_of(phone)
    assert not phone.unseen


def struck(text: str, *offsets: float) -> Draw:
    """Typed, and crossed out with a pen."""

    def draw(pen: canvas.Canvas, box: Box) -> None:
        typed(text)(pen, box)
        pen.setLineWidth(0.6)
        middle = HEIGHT - (box.y + box.height / 2) * mm
        for offset in offsets:
            pen.line(box.x * mm + 1, middle + offset, box.x * mm + 75, middle + offset)

    return draw


def test_a_typed_value_that_was_crossed_out_goes_to_a_person(
    form: FormDef, reader: Reader, tmp_path: Path
) -> None:
    """The line reader sees the characters as if there were no line."""
    draws = {
        "phone": struck("0954-62-0001", 0.0),
        "applied_on": struck("2025-04-01", -1.2, 1.2),
        "email": struck("nao@example.jp", -4.2),
    }
    fields = one_record(reader, over_blank(form, draws, tmp_path / "page.pdf")).fields
    for name in draws:
        assert codes_of(fields[name])
        assert not fields[name].unseen


def smaller(page: pypdf.PageObject) -> None:
    """As printed on a sheet with margins."""
    page.add_transformation(pypdf.Transformation().scale(0.93).translate(9, 24))


def lying(page: pypdf.PageObject) -> None:
    """Turned with its content, as a landscape sheet."""
    page.add_transformation(pypdf.Transformation().rotate(90).translate(HEIGHT, 0))
    page.mediabox = pypdf.generic.RectangleObject((0, 0, HEIGHT, 210 * mm))
    page.cropbox = page.mediabox


@pytest.mark.parametrize("change", [smaller, lying])
def test_words_are_found_in_their_fields_wherever_the_page_puts_the_form(
    change: Callable[[pypdf.PageObject], None], form: FormDef, reader: Reader, tmp_path: Path
) -> None:
    draws = {"phone": typed("0954-62-0001"), "people": typed("35"), "email": typed("a", mode=3)}
    writer = pypdf.PdfWriter(clone_from=over_blank(form, draws, tmp_path / "page.pdf"))
    change(writer.pages[0])
    writer.write(tmp_path / "changed.pdf")
    fields = one_record(reader, tmp_path / "changed.pdf").fields
    for name, value in (("phone", "0954-62-0001"), ("people", 35)):
        assert (fields[name].value, engine_of(fields[name])) == (value, "textlayer")
        assert fields[name].unseen
    assert codes_of(fields["email"]) == ["not_drawn"]


def test_a_text_box_without_an_appearance_reaches_a_person(
    form: FormDef, reader: Reader, tmp_path: Path
) -> None:
    """A viewer may draw it; here only its frame is drawn, and the field must not pass as empty."""
    writer = pypdf.PdfWriter(clone_from=over_blank(form, {}, tmp_path / "page.pdf"))
    writer.add_annotation(
        0,
        pypdf.annotations.FreeText(
            text="nao@example.jp",
            rect=(60 * mm, HEIGHT - 113 * mm, 120 * mm, HEIGHT - 108 * mm),
        ),
    )
    note: Any = writer.pages[0]["/Annots"]
    note[0].get_object().pop("/AP", None)
    writer.write(tmp_path / "page.pdf")
    email = one_record(reader, tmp_path / "page.pdf").fields["email"]
    assert {"not_drawn", "differs_from_picture"} & set(codes_of(email))
    assert "nao@example.jp" in " ".join(problem.message for problem in email.problems)


def test_characters_in_cells_and_the_ring_round_an_era_are_found(
    sample_forms: Mapping[str, FormDef], reader: Reader, tmp_path: Path
) -> None:
    """The text layer has the digits of a date, and not the era, which is a ring."""
    form = sample_forms["child_allowance"]

    def birth(pen: canvas.Canvas, box: Box) -> None:
        item = form.fields["birth_date"]
        for part, text in zip(item.parts.values(), ("6", "5", "11"), strict=True):
            typed(text)(pen, part.area)
        assert item.era is not None
        ring = item.era.circle["平成"].grown(0.3)
        corners = (ring.x, ring.y), (ring.right, ring.bottom)
        (left, top), (right, bottom) = ((x * mm, HEIGHT - y * mm) for x, y in corners)
        pen.ellipse(left, bottom, right, top)

    def number(pen: canvas.Canvas, box: Box) -> None:
        place = form.fields["my_number"].place
        assert place is not None
        for index, digit in enumerate("477627144459"):
            typed(digit)(pen, place.cells[0].cell(index))

    page = over_blank(form, {"birth_date": birth, "my_number": number}, tmp_path / "page.pdf")
    fields = one_record(reader, page).fields
    for name, value in (("birth_date", "1994-05-11"), ("my_number", "477627144459")):
        assert (fields[name].value, engine_of(fields[name])) == (value, "textlayer")
        assert fields[name].unseen


# --- maps from glyphs to characters ---------------------------------------------------------------


def change_maps(path: Path, change: Callable[[bytes], bytes] | None) -> None:
    """Change each font's map from glyphs to characters, or take it away."""
    writer = pypdf.PdfWriter(clone_from=path)
    resources: Any = writer.pages[0]["/Resources"]
    for font in resources["/Font"].values():
        font = font.get_object()
        if "Vera" not in str(font.get("/BaseFont")):
            continue
        stream = DecodedStreamObject()
        stream.set_data(change(font["/ToUnicode"].get_data()) if change else b"")
        font[NameObject("/ToUnicode")] = writer._add_object(stream)
    writer.write(path)


def shifted(data: bytes) -> bytes:
    """Each digit of the map names the next one."""
    return re.sub(rb"<003([0-8])>", lambda m: b"<003%d>" % (int(m[1]) + 1), data)


@pytest.fixture(params=[shifted, None], ids=["wrong", "none"])
def mapped(
    request: pytest.FixtureRequest, form: FormDef, reader: Reader, tmp_path: Path
) -> tuple[Field, bool]:
    pdfmetrics.registerFont(TTFont("Vera", "Vera.ttf"))
    draws = {"phone": typed("0954-62-1234", font="Vera")}
    page = over_blank(form, draws, tmp_path / "page.pdf")
    change_maps(page, request.param)
    return one_record(reader, page).fields["phone"], request.param is not None


def test_a_wrong_map_from_glyphs_to_characters_is_found_out(mapped: tuple[Field, bool]) -> None:
    """The layer says another digit than the one drawn: the picture is read, and a person told."""
    phone, wrong = mapped
    assert phone.value == "0954-62-1234"
    assert engine_of(phone) == "ppocr" or not wrong
    assert ("differs_from_picture" in codes_of(phone)) == wrong


def test_a_layer_that_misnames_the_print_itself_is_not_asked(
    form: FormDef, reader: Reader, tmp_path: Path
) -> None:
    """Mojibake throughout: the sheet is read as a picture, and nobody is troubled field by
    field."""
    page = over_blank(form, {"phone": typed("0954-62-1234")}, tmp_path / "page.pdf")
    writer = pypdf.PdfWriter(clone_from=page)
    fonts: Any = writer.pages[0]["/Resources"]
    for font in fonts["/Font"].values():
        font = font.get_object()
        if "/ToUnicode" in font:
            stream = DecodedStreamObject()
            stream.set_data(re.sub(rb"> <[0-9A-F]{2}", rb"> <51", font["/ToUnicode"].get_data()))
            font[NameObject("/ToUnicode")] = writer._add_object(stream)
    writer.write(page)
    phone = one_record(reader, page).fields["phone"]
    assert (phone.value, engine_of(phone), codes_of(phone)) == ("0954-62-1234", "ppocr", [])


# --- scans with another program's text ------------------------------------------------------------


@pytest.mark.parametrize("share", [1.0, 0.45])
def test_text_on_a_picture_is_another_programs_whatever_the_picture_is_wrapped_in(
    share: float, tmp_path: Path
) -> None:
    """Imposition and stamping programs put a scan into form XObjects with a scale of their own."""
    made = canvas.Canvas(str(tmp_path / "page.pdf"), pagesize=(300, 400))
    grain = Image.fromarray(np.random.default_rng(2).integers(0, 256, (200, 150), dtype=np.uint8))
    made.beginForm("inner")
    made.drawImage(ImageReader(grain), 0, 0, 75, 100 * share)
    made.endForm()
    made.beginForm("outer")
    made.scale(2, 2)
    made.doForm("inner")
    made.endForm()
    made.scale(2, 2)
    made.doForm("outer")
    made.scale(0.5, 0.5)
    made.drawString(50, 80, "misread")
    made.drawString(50, 390, "caption")
    made.save()
    pages = list(open_pages(tmp_path / "page.pdf", IntakeSettings()))
    assert isinstance(pages[0], Page)
    assert [w.text for w in pages[0].words] == ([] if share > 0.5 else ["caption"])


def test_my_number_is_in_no_message(form: FormDef) -> None:
    """A value that differs is named; a My Number is not."""
    from ocr.views.twoviews import problem_of

    number = problem_of("my_number", "not_drawn", "1234 5678 9018", "用紙の上に見えません")
    assert "1234" not in number.message
    noted = problem_of("text", "not_drawn", "番号は123456789018", "用紙の上に見えません")
    assert "12345678" not in noted.message
