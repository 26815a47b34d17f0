"""A sheet of another form that shares its print is told, one of the form itself is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from benchmarks.kin import HEAD, LABELS, Kin
from ocr.place.align import best_blank, prepare
from ocr.place.blank import PX, Blank, load_blanks
from ocr.place.otherprint import find_others
from ocr.place.overprint import NOWHERE, marked_places
from ocr.practice.damage import damaged
from ocr.reader import Reader
from records.forms import FormDef
from records.site import IntakeSettings, Office, ReadingSettings
from records.types import Box, Gray, Record
from tests.ocr.drawnpages import Pen, page_of

KIN = (
    replace(HEAD, name="title", title="住宅解体補助金交付申請書"),
    replace(HEAD, name="part", part="(団体が申請する場合)"),
    replace(HEAD, name="year", year="令和8年度"),
    replace(HEAD, name="city", city="武雄市長 様"),
    replace(HEAD, name="law", law=HEAD.law.replace("補助金等", "助成金等")),
    replace(HEAD, name="label", labels=("フリガナ", "名称", *LABELS[2:])),
    replace(HEAD, name="label_less", labels=(*LABELS[:3], "", *LABELS[4:])),
    replace(HEAD, name="options", options=("新規", "変更", "廃止")),
    *(replace(HEAD, name=f"number{n}", number=f"様式第{n}号(第3条関係)") for n in "2479"),
    replace(HEAD, name="article", number="様式第1号(第8条関係)"),
)
"""Each differs from the registered form in one thing."""

TITLE = Box(60, 20, 90, 8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kin")


@pytest.fixture(scope="module")
def head(folder: Path) -> FormDef:
    return HEAD.draw(folder)


@pytest.fixture(scope="module")
def blank(head: FormDef) -> Blank:
    return load_blanks(head)[0]


@pytest.fixture(scope="module")
def kin(folder: Path) -> Mapping[str, Gray]:
    """The blanks of forms that nobody registered."""
    return {one.name: _image(one, folder) for one in KIN}


def _image(one: Kin, folder: Path) -> Gray:
    return load_blanks(one.draw(folder))[0].image


def written(image: Gray, seed: int) -> Gray:
    """Writing all over the rows, and over some of their print; the options are left alone."""
    made, rng = image.copy(), np.random.default_rng(seed)
    for _ in range(30):
        at = (int(rng.integers(480, 1300)), int(rng.integers(430, 1750)))
        if 1210 < at[1] < 1360:
            continue
        word = "".join(chr(rng.integers(48, 90)) for _ in range(4))
        cv2.putText(made, word, at, cv2.FONT_HERSHEY_SCRIPT_SIMPLEX, 1.2, 30, 3, cv2.LINE_AA)
    return made


def others(image: Gray, damage: str, blank: Blank, form: FormDef, seed: int = 4) -> list[Box]:
    """What is found on ``image`` after ``damage``."""
    sheet = np.asarray(cv2.resize(image, None, fx=1.5, fy=1.5, interpolation=cv2.INTER_CUBIC))
    [scan], dpi = damaged([sheet], damage, np.random.default_rng(seed))
    square = round(scan.shape[0] * dpi[0] / dpi[1])
    scan = np.asarray(cv2.resize(scan, (scan.shape[1], square)), np.uint8)
    page = page_of(scan, dpi[0], (dpi[0], dpi[1]))
    aligned = best_blank(prepare(page), [blank])[0]
    assert aligned.fit > 0.9
    return find_others(blank, aligned.image, marked_places(form, 1))


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        *((one.name, "scan200") for one in KIN),
        *((name, "fax_fine") for name in ("title", "year", "label", "article")),
        ("title", "fax_standard"),
    ],
)
def test_one_other_word_is_found(
    name: str, damage: str, kin: Mapping[str, Gray], blank: Blank, head: FormDef
) -> None:
    assert others(written(kin[name], 2), damage, blank, head)


def test_the_word_is_shown(kin: Mapping[str, Gray], blank: Blank, head: FormDef) -> None:
    [found] = others(kin["title"], "scan300", blank, head)
    assert TITLE.x < found.x
    assert found.right < TITLE.right
    assert TITLE.y < found.y
    assert found.bottom < TITLE.bottom


@pytest.mark.parametrize("damage", ["scan200", "faint", "mono200", "jpeg", "fax_standard"])
def test_the_form_itself_is_not_told(damage: str, blank: Blank, head: FormDef) -> None:
    assert others(written(blank.image, 3), damage, blank, head) == []


def test_what_people_do_to_print_makes_no_other_print(blank: Blank, head: FormDef) -> None:
    """A line through the title, a ring round a label, a blot over the city, a hole in the law."""
    pen = Pen(blank).line((55, 24), (155, 24.5)).line((55, 25.5), (155, 25))
    pen.ring(Box(34, 60, 18, 8)).fill(Box(24, 38, 14, 4), 1.0)
    image = pen.image
    cv2.circle(image, (round(12 * PX), round(108 * PX)), round(3 * PX), 0, -1)
    assert others(image, "scan200", blank, head) == []


@pytest.mark.parametrize("at", [16.0, 17.5])
def test_a_staple_or_a_feeder_line_over_the_number_makes_no_other_form(
    blank: Blank, head: FormDef, at: float
) -> None:
    staple = Pen(blank, 0.7, 40).line((29, at), (39, at + 2)).image
    assert others(staple, "scan200", blank, head) == []
    line = Pen(blank, 0.15, 90).line((33.1, 0), (33.3, blank.size_mm[1])).image
    assert others(line, "scan200", blank, head) == []


def test_a_hole_that_lets_the_light_through_removes_no_word(blank: Blank) -> None:
    image = blank.image.copy()
    cv2.circle(image, (round(27 * PX), round(16 * PX)), round(3 * PX), 255, -1)
    image[round(280 * PX) :] = 255
    assert find_others(blank, image, NOWHERE) == []


def test_a_sheet_of_another_form_goes_to_a_person(
    kin: Mapping[str, Gray], head: FormDef, tmp_path: Path
) -> None:
    clerk = Reader({head.id: head}, Office(), ReadingSettings(), IntakeSettings())
    for name, code in (("title", "other_form"), ("own", "")):
        image = load_blanks(head)[0].image if name == "own" else kin[name]
        Image.fromarray(image).save(tmp_path / f"{name}.png", dpi=(200, 200))
        [record] = clerk.read(tmp_path / f"{name}.png")
        assert isinstance(record, Record)
        assert [p.code for p in record.problems if p.code != "stray_ink"] == (
            [code] if code else []
        )
        assert not code or head.title in record.problems[0].message
        assert {place.page for place in record.places} == ({1} if code else set())
