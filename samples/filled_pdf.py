"""Born-digital applications: the sample PDF filled as a person would on a computer, with or without
its form fields."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

from blanks.kit import load_fonts
from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    BooleanObject,
    DecodedStreamObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    TextStringObject,
)
from reportlab.lib.units import mm
from reportlab.pdfgen import canvas

from records.forms import FormDef
from records.types import Box, Value

SIZE = 10


def typed(form: FormDef, values: Mapping[str, Value]) -> dict[str, str]:
    """What a person types into each form field; a ticked box is ``Yes``."""
    texts: dict[str, str] = {}
    for name, field in form.fields.items():
        value = values[name]
        if field.kind in ("choice", "choices") and field.place:
            chosen = [value] if isinstance(value, str) else value or []
            texts |= {
                f"{name}.{option}": "Yes" if option in chosen else ""
                for option in field.place.options
            }
        elif value is not None:
            texts[name] = f"{value:,}" if field.kind == "amount" else str(value)
    return texts


def fill_form(form: FormDef, values: Mapping[str, Value], target: Path) -> None:
    """Fill the AcroForm fields, each with an appearance in an embedded font as a PDF program would
    save it."""
    load_fonts()
    blank = form.pages[0].blank
    assert blank is not None
    writer = PdfWriter(clone_from=blank)
    texts = typed(form, values)
    for annotation in writer.pages[0]["/Annots"]:  # type: ignore[attr-defined]
        widget = annotation.get_object()
        text = texts.get(str(widget["/T"]), "")
        if widget["/FT"] == "/Btn":
            state = NameObject("/Yes" if text else "/Off")
            widget[NameObject("/V")], widget[NameObject("/AS")] = state, state
        elif text:
            widget[NameObject("/V")] = TextStringObject(text)
            appearance = DictionaryObject(
                {NameObject("/N"): writer._add_object(_appearance(writer, widget, text))}
            )
            widget[NameObject("/AP")] = appearance
    writer._root_object["/AcroForm"][NameObject("/NeedAppearances")] = BooleanObject(False)
    writer.compress_identical_objects()
    writer.write(target)


def _appearance(writer: PdfWriter, widget: DictionaryObject, text: str) -> DecodedStreamObject:
    """The drawn text of one field as a form XObject."""
    left, bottom, right, top = (float(v) for v in widget["/Rect"])  # type: ignore[attr-defined]
    width, height = right - left, top - bottom
    buffer = io.BytesIO()
    pen = canvas.Canvas(buffer, pagesize=(width, height), invariant=1)
    _lines(pen, text, 2.0, height, width)
    pen.showPage()
    pen.save()
    page = PdfReader(buffer).pages[0]
    stream = DecodedStreamObject()
    stream.set_data(page.get_contents().get_data())  # type: ignore[union-attr]
    stream.update(
        {
            NameObject("/Type"): NameObject("/XObject"),
            NameObject("/Subtype"): NameObject("/Form"),
            NameObject("/BBox"): ArrayObject(FloatObject(v) for v in (0, 0, width, height)),
            NameObject("/Resources"): page["/Resources"].clone(writer),  # type: ignore[attr-defined]
        }
    )
    return stream


def _lines(pen: canvas.Canvas, text: str, x: float, top: float, width: float) -> None:
    """Text in 10 points: one line in the middle of a low box, several from the top of a high
    one."""
    most = max(1, int((width - 4) / SIZE))
    lines = (
        [part[n : n + most] for part in text.split("\n") for n in range(0, len(part), most)]
        if top > 40
        else [text]
    )
    y = top - SIZE - 3 if top > 40 else top / 2 - SIZE * 0.36
    pen.setFont("gothic", SIZE)
    for n, line in enumerate(lines):
        pen.drawString(x, y - n * SIZE * 1.4, line)


def flatten(form: FormDef, values: Mapping[str, Value], target: Path) -> None:
    """The same as printed to PDF: the typed words are a text layer, ticks are drawn, no form fields
    are left."""
    load_fonts()
    blank = form.pages[0].blank
    assert blank is not None
    source = PdfReader(blank)
    height = float(source.pages[0].mediabox.height)
    buffer = io.BytesIO()
    pen = canvas.Canvas(
        buffer, pagesize=(float(source.pages[0].mediabox.width), height), invariant=1
    )
    for name, text in typed(form, values).items():
        field, _, option = name.partition(".")
        place = form.fields[field].place
        assert place is not None
        box = place.options[option] if option else place.box
        assert box is not None
        if option and text:
            _tick(pen, box, height)
        elif text:
            pen.saveState()
            pen.translate(box.x * mm, height - box.bottom * mm)
            _lines(pen, text, 2.0, box.height * mm, box.width * mm)
            pen.restoreState()
    pen.showPage()
    pen.save()
    writer = PdfWriter()
    page = writer.add_page(source.pages[0])
    page.merge_page(PdfReader(buffer).pages[0])
    del page["/Annots"]
    writer.compress_identical_objects()
    writer.write(target)


def _tick(pen: canvas.Canvas, box: Box, height: float) -> None:
    x, y, side = box.x * mm, height - box.bottom * mm, box.width * mm
    pen.setLineWidth(1.2)
    pen.lines(
        [
            (x + 0.15 * side, y + 0.5 * side, x + 0.42 * side, y + 0.18 * side),
            (x + 0.42 * side, y + 0.18 * side, x + 0.88 * side, y + 0.85 * side),
        ]
    )
