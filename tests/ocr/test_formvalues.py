"""What form fields of a PDF state counts where it is drawn, and what a viewer would draw counts
too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pypdf
import pytest
from pypdf.generic import (
    ArrayObject,
    ByteStringObject,
    DecodedStreamObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    TextStringObject,
)

from ocr.reader import Reader
from records.types import Record
from tests.ocr.drawnpages import SAMPLES, codes_of, engine_of, one_record

FILLED = SAMPLES / "scans" / "online_application_02.pdf"
"""A form filled on a computer, with its form fields; made by the samples."""


def widgets(writer: pypdf.PdfWriter) -> Iterator[tuple[str, DictionaryObject]]:
    for annotation in writer.pages[0]["/Annots"]:  # type: ignore[attr-defined]
        widget = annotation.get_object()
        yield str(widget.get("/T", "")), widget


def nothing_drawn(writer: pypdf.PdfWriter, widget: DictionaryObject) -> None:
    """An appearance that draws nothing."""
    empty = DecodedStreamObject()
    empty.set_data(b"")
    box = ArrayObject(FloatObject(v) for v in (0, 0, 100, 20))
    empty.update({NameObject("/Subtype"): NameObject("/Form"), NameObject("/BBox"): box})
    widget[NameObject("/AP")] = DictionaryObject({NameObject("/N"): writer._add_object(empty)})


def as_comment(writer: pypdf.PdfWriter, widget: DictionaryObject) -> None:
    """What the field shows becomes a FreeText annotation over the empty field."""
    page: Any = writer.pages[0]
    comment = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Annot"),
            NameObject("/Subtype"): NameObject("/FreeText"),
            NameObject("/Rect"): widget["/Rect"],
            NameObject("/F"): pypdf.generic.NumberObject(4),
            NameObject("/AP"): widget["/AP"],
        }
    )
    page["/Annots"].append(writer._add_object(comment))
    del widget["/AP"], widget["/V"]


@pytest.fixture(scope="module")
def filled(reader: Reader, tmp_path_factory: pytest.TempPathFactory) -> Record:
    """A filled form in which something different is odd about each field."""
    writer = pypdf.PdfWriter(clone_from=FILLED)
    fields = dict(widgets(writer))
    value = NameObject("/V")
    fields["phone"][value] = TextStringObject("070-5527-5118")
    fields["postal_code"].pop("/AP")
    nothing_drawn(writer, fields["email"])
    text = str(fields["applicant"]["/V"])
    fields["applicant"][value] = ByteStringObject(text.encode("cp932"))
    text = str(fields["address"]["/V"])
    fields["address"][value] = ByteStringObject(text.encode("utf-8"))
    as_comment(writer, fields["used_on"])
    fields["applied_on"][value] = TextStringObject("2025/8/27")
    fields["fee"][value] = TextStringObject("11000")
    chosen, other = fields["room.大ホール"], fields["room.和室"]
    chosen[value], other[value] = NameObject("/Off"), NameObject("/Yes")
    chosen.pop("/AS")
    other[NameObject("/AS")] = NameObject("/Yes")
    nothing_drawn(writer, other)
    other[NameObject("/AP")] = DictionaryObject(
        {NameObject("/N"): DictionaryObject({NameObject("/Yes"): other["/AP"].raw_get("/N")})}  # type: ignore[attr-defined]
    )
    path = tmp_path_factory.mktemp("filled") / "page.pdf"
    writer.write(path)
    return one_record(reader, path)


def test_a_form_value_that_is_drawn_needs_no_eyes(filled: Record) -> None:
    assert filled.fields["to_time"].value == "12:00"
    assert filled.fields["to_time"].unseen


def test_one_date_in_two_ways_of_writing_is_no_contradiction(filled: Record) -> None:
    """A script of the form draws another way than what it keeps."""
    assert filled.fields["applied_on"].value == "2025-08-27"
    assert filled.fields["applied_on"].unseen


def test_a_form_value_that_is_not_what_is_drawn_goes_to_a_person(filled: Record) -> None:
    phone = filled.fields["phone"]
    assert phone.value == "070-5527-5113"
    assert codes_of(phone) == ["differs_from_picture"]
    assert "070-5527-5118" in phone.problems[0].message


def test_a_form_value_without_an_appearance_is_what_a_viewer_shows(filled: Record) -> None:
    """Programs that fill forms leave it to the viewer to draw: the value is the only view."""
    assert filled.fields["postal_code"].value == "849-1302"
    assert filled.fields["postal_code"].unseen


def test_a_form_value_with_an_appearance_that_draws_nothing_goes_to_a_person(
    filled: Record,
) -> None:
    assert filled.fields["email"].value == "nao30@example.jp"
    assert codes_of(filled.fields["email"]) == ["not_drawn"]


def test_bytes_without_their_encoding_are_what_is_drawn(filled: Record) -> None:
    """Shift-JIS and UTF-8 without a mark: the picture says which one it is."""
    assert filled.fields["applicant"].value == "片山\u3000さくら"
    assert filled.fields["address"].value == "鹿島市井手3475番地"
    assert filled.fields["applicant"].unseen
    assert filled.fields["address"].unseen


def test_a_comment_over_an_empty_form_field_is_read_as_a_picture(filled: Record) -> None:
    assert filled.fields["used_on"].value == "2025-11-21"
    assert engine_of(filled.fields["used_on"]) == "ppocr"


def test_signs_and_units_about_a_number_are_no_contradiction(filled: Record) -> None:
    """A script of the form draws 11000 as 11,000."""
    assert filled.fields["fee"].value == 11000
    assert not codes_of(filled.fields["fee"])


def test_a_button_that_is_on_and_not_drawn_goes_to_a_person(filled: Record) -> None:
    assert not filled.fields["room"].unseen
    assert {"not_drawn", "differs_from_picture"} & set(codes_of(filled.fields["room"]))


def test_numbered_buttons_give_the_names_that_the_file_keeps_for_them(
    reader: Reader, tmp_path: Path
) -> None:
    """Acrobat numbers the states of buttons whose names are not Latin, and keeps names in Opt."""
    writer = pypdf.PdfWriter(clone_from=FILLED)
    rooms = [(n.split(".")[1], w) for n, w in widgets(writer) if n.startswith("room.")]
    parent = DictionaryObject(
        {
            NameObject("/FT"): NameObject("/Btn"),
            NameObject("/T"): TextStringObject("room"),
            NameObject("/Opt"): ArrayObject(TextStringObject(name) for name, _ in rooms),
        }
    )
    reference = writer._add_object(parent)
    for number, (_, widget) in enumerate(rooms):
        on = widget["/AS"] == "/Yes"
        states: Any = widget["/AP"]
        drawn = states["/N"]
        drawn[NameObject(f"/{number}")] = drawn.raw_get("/Yes")
        del drawn["/Yes"], widget["/T"]
        widget[NameObject("/AS")] = NameObject(f"/{number}" if on else "/Off")
        widget[NameObject("/Parent")] = reference
    writer.write(tmp_path / "page.pdf")
    room = one_record(reader, tmp_path / "page.pdf").fields["room"]
    assert (room.value, room.unseen) == ("大ホール", True)
