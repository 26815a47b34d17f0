"""The engine and the blanks it reads against: what they give, and what they say where they are
missing."""

from __future__ import annotations

import dataclasses
import importlib.util
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from ocr.decode.ctc import greedy
from ocr.engines.ppocr import MAX_WIDTH, STEP, PpOcr, models_folder
from ocr.place.blank import CANVAS_DPI, PX, Blank, load_blanks, pixels, shrink
from records.errors import DefinitionError, ServiceError
from records.formloading import load_form
from records.forms import FormDef, PageDef
from records.types import Box, Gray


def line(text: str, height: int = 60, scale: float = 1.4) -> Gray:
    """Dark text in OpenCV's stroke font on white."""
    (width, _), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, 3)
    image = np.full((height, width + 30), 255, np.uint8)
    cv2.putText(
        image, text, (15, round(height * 0.72)), cv2.FONT_HERSHEY_SIMPLEX, scale, 0, 3, cv2.LINE_AA
    )
    return image


# --- the recogniser -------------------------------------------------------------------------------


def jis_level_1() -> str:
    """The 2,965 kanji of JIS X 0208's first level, which hold those taught at school, by their
    codes in Shift_JIS."""
    codes = [
        (first, second)
        for first in range(0x88, 0x99)
        for second in range(0x40, 0xFD)
        if second != 0x7F
    ]
    kanji = "".join(
        bytes(c).decode("cp932", "ignore") for c in codes if (0x88, 0x9F) <= c <= (0x98, 0x72)
    )
    assert len(kanji) == 2965
    return kanji


def test_the_alphabet_starts_with_the_blank_and_holds_japanese(engine: PpOcr) -> None:
    assert engine.characters[0] == ""
    assert engine.characters[-1] == " "
    assert 6_000 < len(engine.characters) < 8_000
    assert len(set(engine.characters)) == len(engine.characters)
    assert not set("们这为发说") & set(engine.characters), (
        "what only Chinese is written with is no rival"
    )
    missing = [c for c in jis_level_1() if c not in engine.index]
    assert len(missing) < 20, missing
    assert all(engine.characters[n] == c for c, n in engine.index.items())


@pytest.mark.parametrize("text", ["0954-63-2111", "KASHIMA 2026", "7"])
def test_a_clear_line_is_read(text: str, engine: PpOcr) -> None:
    believed = engine.recognise(line(text))
    read, score = greedy(believed, engine.characters)
    assert read.replace(" ", "") == text.replace(" ", "")
    assert score > 0.8


def test_probabilities_are_probabilities_one_row_a_step(engine: PpOcr) -> None:
    image = line("123")
    believed = engine.recognise(image)
    assert believed.shape[1] == len(engine.characters)
    assert abs(believed.shape[0] - image.shape[1] * 48 / image.shape[0] / STEP) <= 2
    assert believed.sum(axis=1) == pytest.approx(1.0, abs=1e-3)
    assert float(believed.min()) >= 0


@pytest.mark.parametrize("size", [(1, 1), (3, 400), (400, 3), (48, 8), (10, 20_000)])
def test_a_picture_of_any_shape_is_taken(size: tuple[int, int], engine: PpOcr) -> None:
    """Crops come from people's scribbles: a dot, a line across the page, a speck."""
    believed = engine.recognise(np.full(size, 255, np.uint8))
    assert believed.shape[0] <= MAX_WIDTH // STEP + 1
    assert greedy(believed, engine.characters)[0].strip() == ""


def test_lines_of_text_are_found_where_they_are(engine: PpOcr) -> None:
    page = np.full((900, 1200), 255, np.uint8)
    for y in (100, 400, 700):
        part = line("SOME TEXT 12345")
        page[y : y + part.shape[0], 200 : 200 + part.shape[1]] = part
    found = sorted(engine.detect(page), key=lambda one: one.y)
    assert len(found) == 3
    for one, top in zip(found, (100, 400, 700), strict=True):
        ys, xs = np.nonzero(page[top : top + 60] < 128)
        assert one.x - one.width / 2 <= 200 + 15
        assert one.x + one.width / 2 >= xs.max()
        assert one.y - one.height / 2 <= top + ys.min()
        assert top + ys.max() <= one.y + one.height / 2
        assert one.height < 110
        assert abs(one.angle) < 1


def test_threads_share_one_engine(engine: PpOcr) -> None:
    images = [line(f"{n * 7919 % 100000:05d}") for n in range(6)]
    alone = [engine.recognise(image) for image in images]
    with ThreadPoolExecutor(3) as pool:
        together = list(pool.map(engine.recognise, images))
    assert all(np.allclose(a, b, atol=1e-4) for a, b in zip(alone, together, strict=True))


def test_a_missing_engine_is_said_in_words(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ServiceError, match="rapidocr") as caught:
        models_folder()
    assert "make demo" in caught.value.message
    monkeypatch.setattr("ocr.engines.ppocr.models_folder", lambda: tmp_path)
    with pytest.raises(ServiceError, match="モデル"):
        PpOcr().detect(line("1"))
    monkeypatch.setattr("ocr.engines.ppocr.RECOGNISER", tmp_path / "recogniser.onnx")
    with pytest.raises(ServiceError, match="モデル"):
        PpOcr().recognise(line("1"))


# --- blanks ---------------------------------------------------------------------------------------


def test_a_blank_is_as_large_as_its_paper(blank_of: Callable[[str], Blank]) -> None:
    blank = blank_of("child_allowance")
    assert blank.size_mm == pytest.approx((210, 297), abs=0.5)
    assert 0.01 < float(blank.print_mask.mean()) < 0.2
    assert (blank.near_print | ~blank.print_mask).all()
    assert any("児童手当" in word.text for word in blank.words)
    points, descriptors = blank.landmarks
    assert len(points) == len(descriptors) > 300
    assert points.min() >= 0
    assert points[:, 0].max() < blank.image.shape[1]
    assert np.linalg.norm(descriptors, axis=1) == pytest.approx(1.0, abs=0.01)


def form_with(folder: Path, name: str, page: int = 1) -> FormDef:
    return FormDef("f", "様式", 1, "EFF-01", folder, pages=(PageDef(folder / name, (), page),))


def test_a_blank_may_be_a_picture_of_any_resolution(tmp_path: Path) -> None:
    Image.fromarray(np.full((3508, 2480), 255, np.uint8)).save(
        tmp_path / "blank.png", dpi=(300, 300)
    )
    blank = load_blanks(form_with(tmp_path, "blank.png"))[0]
    assert blank.image.shape == (2339, 1653)
    assert CANVAS_DPI == 200


def test_each_page_of_a_form_has_its_own_blank(sample_forms: Mapping[str, FormDef]) -> None:
    blanks = load_blanks(sample_forms["staff_survey"])
    assert [blank.page for blank in blanks] == [1, 2]
    assert not np.array_equal(blanks[0].image, blanks[1].image)


def test_a_page_that_the_file_does_not_have_is_named(sample_forms: Mapping[str, FormDef]) -> None:
    survey = sample_forms["staff_survey"]
    pages = (dataclasses.replace(survey.pages[0], blank_page=9),)
    with pytest.raises(DefinitionError, match="9ページ目がありません"):
        load_blanks(dataclasses.replace(survey, pages=pages))


@pytest.mark.parametrize("content", [b"", b"%PDF-1.4\n", b"no picture"])
def test_a_blank_that_cannot_be_read_names_the_form_and_the_file(
    content: bytes, tmp_path: Path
) -> None:
    (tmp_path / "blank.pdf").write_bytes(content)
    with pytest.raises(DefinitionError) as caught:
        load_blanks(form_with(tmp_path, "blank.pdf"))
    assert "「f」の白紙が読めません" in str(caught.value)
    assert caught.value.path == tmp_path / "blank.pdf"


def test_a_form_without_a_blank_has_none(sample_forms: Mapping[str, FormDef]) -> None:
    letter = FormDef("l", "手紙", 1, "EFF-03", Path(), kind="letter", pages=(PageDef(None),))
    assert load_blanks(letter) == ()
    assert load_form(sample_forms["child_allowance"].folder).id == "child_allowance"


@pytest.mark.parametrize(
    "box",
    [
        Box(0, 0, 10, 10),
        Box(-5, -5, 8, 8),
        Box(205, 290, 50, 50),
        Box(500, 500, 1, 1),
        Box(10, 10, 0.01, 0.01),
    ],
)
def test_pixels_of_a_box_lie_in_the_picture_and_are_never_empty(box: Box) -> None:
    image = np.zeros((2339, 1654), np.uint8)
    rows, columns = pixels(box, image, 1.0)
    assert 0 <= rows.start < rows.stop <= image.shape[0]
    assert 0 <= columns.start < columns.stop <= image.shape[1]
    assert image[rows, columns].size > 0


def test_shrinking_averages_and_keeps_places() -> None:
    """A thin rule must turn gray, not vanish between two sampled lines."""
    page = np.full((400, 400), 255, np.uint8)
    page[201] = 0
    small = shrink(page, 0.25)
    assert small.shape == (100, 100)
    assert int(small[50].mean()) in range(180, 200)
    assert shrink(page, 1.0) is page
    assert pytest.approx(200 / 25.4) == PX
