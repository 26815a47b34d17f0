"""A form of percentages: practice writes it, the reader reads it, and no lost point is unseen."""

from __future__ import annotations

from pathlib import Path

import pytest

from ocr.practice import practice_sheets
from ocr.practice.fill import NONE
from ocr.practice.hands import APT_LINE, find_hands, installed_fonts
from ocr.practice.write import save_practice
from ocr.reader import Reader
from ocr.trust.ceilings import UNFITTED, ceiling
from ocr.trust.model import group_of, shipped
from records.compare import same
from records.formloading import load_form
from records.forms import FormDef
from records.site import IntakeSettings, Office, ReadingSettings
from records.types import Box, Record
from samples.blanks.kit import Definition, Pen, inner, load_fonts

ROWS = ("補助率", "自己負担の割合", "出席率", "持分の割合", "達成率", "稼働率", "含水率", "勾配")


def draw(folder: Path) -> FormDef:
    """A form of eight percentages."""
    load_fonts()
    head = {"id": "rates", "title": "補助率等の届出書", "version": 1, "zone": "lgwan"}
    head |= {"department": "建設課", "initiative": "EFF-05"}
    pen, form = (
        Pen(folder / "blank.pdf", "補助率等の届出書"),
        Definition(head, [["補助率等の届出書"]]),
    )
    pen.text(105, 20, "補助率等の届出書", 16, "center")
    pen.text(20, 32, "鹿島市長 様", 11)
    for number, label in enumerate(ROWS):
        y = 50.0 + 14 * number
        pen.label(Box(20, y, 45, 12), label, 9)
        box = pen.frame(Box(65, y, 60, 12))
        form.field(f"rate{number}", "percent", label, box=inner(box), required=True)
    pen.save()
    form.write(folder / "form.toml", "割合だけの様式")
    return load_form(folder)


@pytest.mark.skipif(not installed_fonts(), reason=f"手書きフォントがありません: {APT_LINE}")
def test_a_practice_sheet_of_percentages_is_read_whole(tmp_path: Path) -> None:
    """A written sign is often taken for a digit: such a value may be wrong, but never unseen."""
    form = draw(tmp_path)
    hands = find_hands(per_font=1)
    (sheet,) = practice_sheets(form, Office(), 1, 2, hands, ["clean"], NONE)
    (path,) = save_practice([sheet], tmp_path / "practice")
    reader = Reader({form.id: form}, Office(), ReadingSettings(), IntakeSettings())
    (record,) = reader.read(path)
    assert isinstance(record, Record)
    wrong = {
        name: (value, field.value)
        for name, value in sheet.truth.items()
        if not same("percent", (field := record.fields[name]).value, value)
    }
    assert not any(field.unseen for field in record.fields.values())
    assert len(wrong) <= len(ROWS) // 2, wrong
    assert any(isinstance(value, float) for value in sheet.truth.values())


def test_no_share_is_unseen_before_trust_is_fitted_on_decimal_points() -> None:
    trust = shipped()
    ink = {"ink": 100.0, "kept": 1.0}
    assert group_of("percent", ink) == "number"
    assert trust.needs_no_eyes("number", ink, 0.9999, 0.05)
    assert not trust.needs_no_eyes("percent", ink, 0.9999, 0.05)
    assert trust.needs_no_eyes("percent", {**ink, "textlayer": 1.0}, 0.9999, 0.05)
    assert ceiling("number", "69", ink) == 1.0
    assert ceiling("percent", "69", ink) == UNFITTED
    assert ceiling("percent", "69", {**ink, "textlayer": 1.0}) == 1.0
