"""Backs of sheets are blank whatever the paper and the machine left on them; a small note is not."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr.ink.emptiness import is_blank
from ocr.ink.showthrough import before_of
from ocr.ink.silent import silence
from ocr.place.align import prepare
from ocr.practice.damage import blackened
from ocr.practice.sensor import jpeg, noisy
from records.types import MM_PER_INCH, Gray
from tests.ocr.drawnpages import page_of

DPI = 200.0
PPM = DPI / MM_PER_INCH
HEIGHT, WIDTH = round(297 * PPM), round(210 * PPM)

QUICK = settings(max_examples=5, deadline=None)


def paper(gray: int = 250) -> Gray:
    return np.full((HEIGHT, WIDTH), gray, np.uint8)


def blank(image: Gray) -> bool:
    return is_blank(prepare(page_of(image, DPI)))


def at(x: float, y: float) -> tuple[int, int]:
    return round(x * PPM), round(y * PPM)


def noted(image: Gray, x: float, y: float, tall: float = 3.2, gray: int = 60) -> Gray:
    """Two characters written small; strokes 0.35 mm wide, softened by the scanner's lens."""
    fresh = np.full_like(image, 255)
    thick = round(0.35 * PPM)
    cv2.putText(fresh, "4k", at(x, y), cv2.FONT_HERSHEY_SIMPLEX, tall * PPM / 21, gray, thick, 16)
    soft = cv2.GaussianBlur(fresh, (0, 0), 0.08 * PPM)
    return np.asarray(np.minimum(image, soft), np.uint8)


def front() -> Gray:
    """A front side: a form's rules and lines of large and small print."""
    image = np.full((HEIGHT, WIDTH), 255, np.uint8)
    for row in range(24):
        y = 22 + 11 * row
        cv2.line(image, at(15, y + 3), at(195, y + 3), 0, round(0.3 * PPM))
        text = "".join(chr(65 + (row * 7 + n * 3) % 26) for n in range(30))
        size = 0.6 + 0.05 * (row % 6)
        cv2.putText(image, text, at(18, y), cv2.FONT_HERSHEY_SIMPLEX, size, 0, 2, cv2.LINE_AA)
    return image


FRONT = front()


def through(darkness: float, scatter_mm: float = 0.25) -> Gray:
    """The back of :data:`FRONT`."""
    back = cv2.GaussianBlur(cv2.flip(FRONT, 1), (0, 0), scatter_mm * PPM)
    return (250 - (255 - back.astype(np.float32)) * darkness).astype(np.uint8)


def holes(image: Gray, places: list[tuple[float, float]], radius: float, gray: int) -> Gray:
    for x, y in places:
        cv2.circle(image, at(x, y), round(radius * PPM), gray, -1, cv2.LINE_AA)
    return image


@QUICK
@given(
    from_edge=st.floats(6, 16),
    radius=st.floats(2.4, 3.6),
    gray=st.integers(0, 170),
    count=st.integers(1, 4),
    seed=st.integers(0, 99),
)
def test_punch_holes_are_silent(
    from_edge: float, radius: float, gray: int, count: int, seed: int
) -> None:
    places = [(from_edge, 148.5 + 80 * (n - (count - 1) / 2)) for n in range(count)]
    kept = [(x, y) for x, y in places if 10 < y < 287]
    image = noisy(holes(paper(), kept, radius, gray), 4, np.random.default_rng(seed))
    assert blank(image)
    assert [m.kind for m in silence(image, DPI).marks] == ["hole"] * len(kept)
    assert not blank(noted(image, 100, 200))


@QUICK
@given(
    xs=st.lists(st.floats(5, 205), min_size=1, max_size=5),
    gray=st.integers(30, 190),
    wide=st.floats(0.15, 0.6),
    sideways=st.booleans(),
)
def test_lines_of_a_dirty_feeder_are_silent(
    xs: list[float], gray: int, wide: float, sideways: bool
) -> None:
    image = paper()
    for x in xs:
        image[:, at(x, 0)[0] : at(x, 0)[0] + max(1, round(wide * PPM))] = gray
    noted_too = noted(image, 60, 170)
    if sideways:
        image, noted_too = np.rot90(image).copy(), np.rot90(noted_too).copy()
    assert blank(image)
    assert not blank(noted_too)


@pytest.mark.parametrize("quality", [0, 60])
@pytest.mark.parametrize("darkness", [0.06, 0.12, 0.2, 0.3, 0.4])
def test_what_shines_through_is_silent(darkness: float, quality: int) -> None:
    image = noisy(through(darkness), 3, np.random.default_rng(1))
    image = jpeg(image, quality) if quality else image
    assert blank(image)


@pytest.mark.parametrize("gray", [40, 120, 165, 185])
@pytest.mark.parametrize("darkness", [0.0, 0.12, 0.2])
def test_a_note_of_two_characters_is_seen_over_what_shines_through(
    gray: int, darkness: float
) -> None:
    """Pen, pencil and a hard pencil, on clean paper and on paper that lets the front through."""
    image = noted(through(darkness), 100, 150, gray=gray)
    assert not blank(noisy(image, 3, np.random.default_rng(2)))


@QUICK
@given(
    deep=st.floats(0.5, 8),
    gray=st.integers(0, 180),
    side=st.integers(0, 3),
    soft=st.booleans(),
    skew=st.floats(-6, 6),
)
def test_shadows_at_the_edge_are_silent(
    deep: float, gray: int, side: int, soft: bool, skew: float
) -> None:
    image = paper()
    far = at(deep + abs(skew), 0)[0]
    slope = np.linspace(0, skew * PPM, WIDTH)
    for x in range(WIDTH):
        edge = max(0, round(deep * PPM + slope[x]))
        image[:edge, x] = np.linspace(gray, 250, edge) if soft else gray
    assert far < HEIGHT
    image = np.ascontiguousarray(np.rot90(image, side))
    assert blank(image)
    assert not blank(noted(image, 100, 120))


@QUICK
@given(seed=st.integers(0, 9999), gray=st.integers(120, 252), noise=st.floats(0, 8))
def test_dust_and_gray_paper_are_blank(seed: int, gray: int, noise: float) -> None:
    rng = np.random.default_rng(seed)
    image = noisy(paper(gray), noise, rng)
    for _ in range(40):
        x, y = int(rng.integers(WIDTH)), int(rng.integers(HEIGHT))
        cv2.circle(image, (x, y), int(rng.integers(1, 4)), int(rng.integers(20, 100)), -1)
    assert blank(image)
    assert not blank(noted(noisy(paper(gray), noise, rng), 90, 90, gray=min(60, gray // 3)))


@pytest.mark.parametrize(("start", "angle"), [((14, 14), 40), ((20, 9), 0), ((8, 30), 90)])
def test_the_shadow_of_a_staple_is_silent(start: tuple[float, float], angle: float) -> None:
    turn = np.deg2rad(angle)
    end = (start[0] + 10 * np.cos(turn), start[1] + 10 * np.sin(turn))
    image = paper()
    cv2.line(image, at(*start), at(float(end[0]), float(end[1])), 60, round(0.8 * PPM), cv2.LINE_AA)
    assert blank(image)
    assert not blank(noted(image, 100, 150))


def fax(seed: int, header: bool) -> Gray:
    """A white FAX page: speckle of the line, and the sender's row."""
    rng = np.random.default_rng(seed)
    image = np.full((HEIGHT, WIDTH), 255, np.uint8)
    for _ in range(150):
        y, x = int(rng.integers(HEIGHT)), int(rng.integers(WIDTH))
        image[y : y + int(rng.integers(1, 3)), x : x + int(rng.integers(1, 4))] = 0
    if header:
        text = "2026-11-27 14:05   FROM:0954-63-2110   KASHIMA   P.02/02"
        size = float(rng.uniform(0.6, 0.8))
        cv2.putText(image, text, at(12, 7), cv2.FONT_HERSHEY_DUPLEX, size, 0, 1)
    return blackened(image, 0.5)


@pytest.mark.parametrize("seed", range(4))
def test_a_fax_with_nothing_but_the_senders_line_is_blank(seed: int) -> None:
    assert blank(fax(seed, header=True))
    assert blank(fax(seed, header=False))
    assert not blank(blackened(noted(fax(seed, header=True), 100, 150, gray=0), 0.6))


def test_a_note_along_the_top_edge_is_no_senders_line() -> None:
    assert not blank(blackened(noted(fax(0, header=False), 20, 9, gray=0), 0.6))
    line = paper()
    for n, glyph in enumerate("call back today 4pm"):
        place = at(20 + 4 * n, 9 + 1.6 * (n % 3))
        cv2.putText(line, glyph, place, cv2.FONT_HERSHEY_SIMPLEX, 0.9 + 0.3 * (n % 2), 30, 2)
    assert not blank(line)


# --- the page before ------------------------------------------------------------------------------


def back(image: Gray, front: Gray = FRONT) -> bool:
    """Is ``image`` blank as the page behind ``front``?"""
    page = replace(page_of(image, DPI), before=before_of(front, DPI))
    return is_blank(prepare(page))


@pytest.mark.parametrize("moved", [(0, 0), (9, -7)])
def test_sharp_show_through_is_known_by_the_page_before(moved: tuple[int, int]) -> None:
    image = np.roll(noisy(through(0.3, 0.15), 2, np.random.default_rng(1)), moved, (0, 1))
    assert back(image)
    assert not back(noted(image, 100, 150, gray=60))


def test_a_page_of_the_same_form_does_not_shine_through() -> None:
    """Frames of one form are alike in the mirror; a page of it is no back of the page before."""
    assert not back(FRONT)
    light = (255 - (255 - FRONT.astype(np.float32)) * 0.5).astype(np.uint8)
    assert not back(light)


@pytest.mark.parametrize("place", [(40, 60), (100, 150), (150, 250), (60, 33)])
def test_a_note_in_black_and_white_is_seen_over_what_shines_through(
    place: tuple[float, float],
) -> None:
    image = noisy(through(0.25), 3, np.random.default_rng(1))
    note = noted(image, *place, gray=40)
    assert not back(blackened(note, 0.85))


# --- scanned too light ----------------------------------------------------------------------------


@pytest.mark.parametrize("contrast", [0.1, 0.12, 0.15])
def test_a_sheet_that_was_scanned_far_too_light_is_no_empty_back(contrast: float) -> None:
    faint = (255 - (255 - FRONT.astype(np.float32)) * contrast).astype(np.uint8)
    assert not blank(faint)
    assert not blank(noisy(faint, 2, np.random.default_rng(3)))
