"""A damaged blank closes its own form and no other; a blank without its fonts is told of."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pypdf
import pytest
from PIL import Image
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen import canvas

from ocr.place.blank import load_all
from ocr.place.blank_check import blank_warnings
from ocr.reader import Reader
from records.errors import DocumentError
from records.forms import FormDef, PageDef
from records.refusal import Refusal
from records.site import IntakeSettings, Office, ReadingSettings
from records.types import Record
from tests.ocr.drawnpages import SAMPLES

ONLINE = SAMPLES / "scans" / "online_application_flat.pdf"


def with_blank(form: FormDef, *pages: PageDef) -> FormDef:
    return dataclasses.replace(form, pages=pages)


def locked(path: Path, source: Path) -> None:
    writer = pypdf.PdfWriter(clone_from=source)
    writer.encrypt("secret", algorithm="RC4-128")
    writer.write(path)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("garbage", "途中で切れているか壊れています"),
        ("empty", "中身が空"),
        ("locked", "パスワード"),
        ("page", "9ページ目がありません"),
        ("white", "何も印刷されていません"),
        ("gone", "開けません"),
    ],
)
def test_a_blank_that_cannot_be_used_closes_its_form_alone(
    damage: str, said: str, sample_forms: Mapping[str, FormDef], tmp_path: Path
) -> None:
    whole, other = sample_forms["online_application"], sample_forms["account_transfer"]
    good = whole.pages[0].blank
    assert good is not None
    path = tmp_path / ("blank.png" if damage == "white" else "blank.pdf")
    if damage == "white":
        Image.fromarray(np.full((1200, 900), 255, np.uint8)).save(path, dpi=(100, 100))
    elif damage == "locked":
        locked(path, good)
    elif damage == "page":
        path.write_bytes(good.read_bytes())
    elif damage != "gone":
        path.write_bytes(b"%PDF-1.4 rubbish" if damage == "garbage" else b"")
    broken = with_blank(whole, PageDef(path, (), 9 if damage == "page" else 1))
    blanks, closed = load_all([broken, other])
    assert {blank.form for blank in blanks} == {other.id}
    assert list(closed) == [broken.id]
    assert said in closed[broken.id]


def test_sheets_of_a_closed_form_are_refused_with_the_reason_and_others_are_read(
    sample_forms: Mapping[str, FormDef], tmp_path: Path
) -> None:
    """The good first page still tells its sheets from other forms'."""
    (tmp_path / "second.pdf").write_bytes(b"%PDF-1.4 rubbish")
    online = sample_forms["online_application"]
    forms = {
        "account_transfer": with_blank(
            sample_forms["account_transfer"],
            *sample_forms["account_transfer"].pages,
            PageDef(tmp_path / "second.pdf"),
        ),
        "online_application": online,
    }
    reader = Reader(forms, Office(), ReadingSettings(), IntakeSettings())
    assert isinstance(next(reader.read(ONLINE)), Record)
    scan = SAMPLES / "scans" / "account_transfer_02.tif"
    refused = next(reader.read(scan))
    assert isinstance(refused, Refusal)
    assert (refused.error.code, refused.nearest) == ("closed", "account_transfer")
    assert "second.pdf" in refused.error.message
    with pytest.raises(DocumentError, match=r"second\.pdf") as caught:
        next(reader.read(scan, only="account_transfer"))
    assert caught.value.code == "closed"
    other = next(reader.read(SAMPLES / "scans" / "unknown_form.tif"))
    assert isinstance(other, Refusal)
    assert forms["account_transfer"].title in other.error.message


# --- fonts ----------------------------------------------------------------------------------------


def drawn_in(font: str, text: str, path: Path, gray: float = 0.0) -> FormDef:
    pen = canvas.Canvas(str(path), pagesize=(210 * mm, 297 * mm))
    pen.setFont(font, 20)
    pen.setFillGray(gray)
    pen.drawString(100, 500, text)
    pen.save()
    return FormDef("f", "様式", 1, "EFF-01", path.parent, pages=(PageDef(path),))


def test_a_blank_without_its_japanese_font_is_told_of_by_name(tmp_path: Path) -> None:
    pdfmetrics.registerFont(UnicodeCIDFont("HeiseiKakuGo-W5"))
    lines = blank_warnings(drawn_in("HeiseiKakuGo-W5", "申請書", tmp_path / "blank.pdf"))
    assert "HeiseiKakuGo-W5" in lines[0]
    assert "埋め込まれていません" in lines[0]


def test_characters_of_a_blank_that_are_not_drawn_are_named(tmp_path: Path) -> None:
    """A font that stands in leaves them blank; here they are white, which looks the same."""
    pdfmetrics.registerFont(UnicodeCIDFont("HeiseiKakuGo-W5"))
    form = drawn_in("HeiseiKakuGo-W5", "申請", tmp_path / "blank.pdf", gray=1.0)
    assert "「申請」は、この機械では描けません" in blank_warnings(form)[1]


def test_fonts_that_are_embedded_or_that_everyone_has_are_no_trouble(tmp_path: Path) -> None:
    pdfmetrics.registerFont(TTFont("Vera", "Vera.ttf"))
    assert blank_warnings(drawn_in("Vera", "Form", tmp_path / "vera.pdf")) == []
    assert blank_warnings(drawn_in("Helvetica", "Form", tmp_path / "helvetica.pdf")) == []


def test_the_sample_blanks_have_their_fonts(sample_forms: Mapping[str, FormDef]) -> None:
    assert [line for form in sample_forms.values() for line in blank_warnings(form)] == []
