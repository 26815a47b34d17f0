"""What is read of a box with writing in it: what looks crossed out, what goes over several lines,
what is running text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.accuracy import DAMAGES
from benchmarks.handsets import MEASURING
from ocr.decode.looks import looked_once
from ocr.engines.ppocr import PpOcr
from ocr.fields import FieldReader
from ocr.ink.strokes import find_ink
from ocr.laid_sheet import Sheet
from ocr.place.blank import CANVAS_DPI, Blank, shrink
from ocr.practice import drawnmarks
from ocr.practice.blankpaper import Paper
from ocr.practice.blankpaper import blank_of as printed
from ocr.practice.damage import SOURCE_DPI
from ocr.practice.hands import Hand, find_hands
from ocr.practice.lettering import Writer
from ocr.practice.practicesheets import practice_sheets
from ocr.practice.write import save_practice
from ocr.reader import Reader
from ocr.seen import Seen
from records.forms import FieldDef, FormDef
from records.types import Box, Page, Record
from tests.kashima import KASHIMA
from tests.ocr.drawnpages import in_place


def hand_of(family: str, number: int) -> Hand:
    return next(h for h in find_hands(families=[family], per_font=number + 1) if h.number == number)


def reading(
    engine: PpOcr,
    form: FormDef,
    blank: Blank,
    item: FieldDef,
    hand: Hand,
    write: Callable[[Writer, Paper, Box], object],
    darkness: float = 0.9,
) -> Seen:
    """What is seen where ``write`` wrote with ink of so much darkness."""
    assert item.place is not None
    box = item.place.area
    paper = Paper(printed(form.pages[0], SOURCE_DPI), SOURCE_DPI)
    write(Writer(hand, np.random.default_rng(5)), paper, box)
    image = shrink(paper.finished(darkness, 0.1, np.random.default_rng(6)), CANVAS_DPI / SOURCE_DPI)
    aligned = in_place(blank, image)
    page = Page("0" * 64, 1, aligned.image, CANVAS_DPI)
    return FieldReader(engine).read(
        item, Sheet(page, aligned, find_ink(aligned, gray=True), (box,))
    )[""]


@pytest.fixture
def letter(
    sample_forms: Mapping[str, FormDef], blank_of: Callable[[str], Blank]
) -> tuple[FormDef, Blank]:
    return sample_forms["citizen_opinion"], blank_of("citizen_opinion")


def test_level_strokes_of_a_hand_strike_nothing_out(
    reader: Reader, sample_forms: Mapping[str, FormDef], tmp_path: Path
) -> None:
    """In this hand the level strokes of 鹿 are two lines through writing; it was left out of the
    address as crossed out."""
    hand = hand_of("yusei-magic", 8)
    form = sample_forms["citizen_opinion"]
    sheet = next(
        s
        for s in practice_sheets(form, KASHIMA, 8, 77, find_hands(families=MEASURING), DAMAGES)
        if s.hand == hand.name
    )
    assert sheet.truth["address"] == "鹿島市大字森5418-2コーポ鹿島104号"
    record = next(iter(reader.read(save_practice([sheet], tmp_path)[0])))
    assert isinstance(record, Record)
    assert record.fields["address"].text.startswith("鹿島市大字森")
    assert not record.fields["address"].problems


def test_what_is_crossed_out_is_seen_and_what_stands_beside_it_is_read(
    engine: PpOcr, letter: tuple[FormDef, Blank]
) -> None:
    form, blank = letter
    hand = hand_of("klee", 1)

    def write(writer: Writer, paper: Paper, box: Box) -> None:
        wrong = Box(box.x, box.y, box.width * 0.4, box.height)
        ink = writer.line(paper, wrong, "鹿島市浜町", 5.0, "left")
        assert ink is not None
        drawnmarks.strike(paper, hand, ink, writer.rng)
        writer.line(
            paper,
            Box(box.x + box.width * 0.45, box.y, box.width * 0.5, box.height),
            "鹿島市古枝",
            5.0,
            "left",
        )

    seen = reading(engine, form, blank, form.fields["address"], hand, write)
    assert [p.code for p in seen.problems] == ["struck_out"]
    assert "古枝" in seen.text
    assert "浜" not in seen.text


def test_free_text_comes_out_line_by_line_and_as_japanese(
    engine: PpOcr, letter: tuple[FormDef, Blank]
) -> None:
    form, blank = letter
    item = next(f for f in form.fields.values() if f.kind == "lines")
    wrote: list[str] = []
    text = (
        "医療費の助成を広げてください。図書館の開館時間を夜8時まで延ばしてほしいです。窓口の待ち時間が長いので困っています。"
        * 2
    )
    seen = reading(
        engine,
        form,
        blank,
        item,
        hand_of("klee", 2),
        lambda writer, paper, box: wrote.append(writer.paragraph(paper, box, text)),
    )
    assert seen.text.count("\n") == wrote[0].count("\n") > 0
    right = sum(
        a == b for a, b in zip("".join(seen.text.split()), "".join(wrote[0].split()), strict=False)
    )
    assert right >= 0.95 * len("".join(wrote[0].split()))
    assert seen.features["gap"] >= 0


def light(text: str) -> Callable[[Writer, Paper, Box], object]:
    return lambda writer, paper, box: writer.line(paper, box, text, 5.0, "left")


@pytest.mark.parametrize("darkness", [0.16, 0.2])
def test_a_light_hand_in_a_box_that_seems_empty_is_shown_to_a_person(
    darkness: float, engine: PpOcr, letter: tuple[FormDef, Blank]
) -> None:
    """Too light to be ink for certain, and no empty box either: it passed unseen as one."""
    form, blank = letter
    seen = reading(
        engine,
        form,
        blank,
        form.fields["address"],
        hand_of("klee", 3),
        light("鹿島市古枝"),
        darkness,
    )
    assert [p.code for p in seen.problems] == ["faint_mark"]
    assert not seen.empty


def test_an_empty_box_of_a_gray_scan_is_empty(engine: PpOcr, letter: tuple[FormDef, Blank]) -> None:
    form, blank = letter
    seen = reading(engine, form, blank, form.fields["address"], hand_of("klee", 3), lambda *_: None)
    assert seen.empty
    assert not seen.problems


def test_a_light_circle_is_proposed_and_shown(
    engine: PpOcr, sample_forms: Mapping[str, FormDef], blank_of: Callable[[str], Blank]
) -> None:
    form, hand = sample_forms["child_allowance"], hand_of("klee", 3)
    item = form.fields["sex"]
    assert item.place is not None
    ring = item.place.options["女"]
    seen = reading(
        engine,
        form,
        blank_of("child_allowance"),
        item,
        hand,
        lambda writer, paper, box: drawnmarks.ring(paper, hand, ring, writer.rng),
        0.18,
    )
    assert seen.text == "女"
    assert [p.code for p in seen.problems] == ["faint_mark"]


@pytest.mark.parametrize(("stroke", "faint"), [(215, True), (255, False)])
def test_specks_of_a_light_stroke_do_not_hide_it(stroke: int, faint: bool) -> None:
    """Of a 7 in light pencil two specks were ink for certain; the rest lay too near to them to
    count, and the box was empty."""
    blank = Blank("f", 1, 1, np.full((400, 600), 255, np.uint8))
    image = np.full((400, 600), 255, np.uint8)
    cv2.polylines(
        image,
        [np.asarray([[200, 170], [226, 170], [212, 212]], np.int32)],
        False,
        (stroke,),
        4,
        cv2.LINE_AA,
    )
    for x, y in ((205, 170), (222, 182)):
        cv2.circle(image, (x, y), 2, (90,), -1)
    box = Box(20, 18, 15, 12)
    aligned = in_place(blank, image)
    sheet = Sheet(
        Page("0" * 64, 1, aligned.image, CANVAS_DPI), aligned, find_ink(aligned, gray=True), (box,)
    )
    assert sheet.has_faint([box], -0.3) is faint


def test_a_line_is_looked_at_once_however_often_it_is_asked_about() -> None:
    asked: list[int] = []

    def look(line: np.ndarray) -> tuple[np.ndarray, None]:
        asked.append(id(line))
        return line.astype(np.float32), None

    looking = looked_once(look)
    one, other = np.zeros((4, 8), np.uint8), np.ones((4, 8), np.uint8)
    for line in (one, other, one):
        assert looking(line)[0].sum() == line.sum()
    assert asked == [id(one), id(other)]
