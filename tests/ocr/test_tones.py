"""Paper comes out light and ink dark whatever the numbers of the file count, or the page is
refused for what it is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from ocr.pages.tones import TonesError, gray_of, seen_tones
from ocr.practice.sensor import noisy
from records.types import Gray


def printed(paper: int = 245, ink: int = 20) -> Gray:
    """A page of thin rules and short strokes, as forms are."""
    page = np.full((1170, 827), paper, np.uint8)
    page[60:1100:40, 60:760] = ink
    page[60:1100, 60:760:120] = ink
    for y in range(80, 1080, 40):
        page[y : y + 12, 70:400:9] = ink
    page[30:44, 300:500] = ink
    return page


@settings(max_examples=25, deadline=None)
@given(paper=st.integers(150, 255), contrast=st.floats(0.3, 1.0), noise=st.floats(0, 6))
def test_a_negative_comes_out_as_the_page_it_was(paper: int, contrast: float, noise: float) -> None:
    page = noisy(printed(paper, round(paper * (1 - contrast))), noise, np.random.default_rng(1))
    assert np.array_equal(seen_tones(page), page)
    assert np.array_equal(seen_tones(np.asarray(255 - page, np.uint8)), page)


@settings(max_examples=25, deadline=None)
@given(light=st.floats(0.28, 0.6), border=st.integers(0, 400))
def test_a_dark_photo_and_a_slip_on_a_black_lid_are_no_negatives(light: float, border: int) -> None:
    page = (printed() * light).astype(np.uint8)
    page = np.pad(page, border, constant_values=3)
    assert np.array_equal(seen_tones(page), page)


def test_an_underexposed_page_is_brightened() -> None:
    page = (printed() * 0.25).astype(np.uint8)
    seen = seen_tones(page)
    assert np.median(seen) > 200
    assert seen[60, 100] < 60


@pytest.mark.parametrize("level", [0, 8, 40])
def test_a_black_page_is_never_an_empty_one(level: int) -> None:
    page = noisy(np.full((1170, 827), level, np.uint8), 1.5, np.random.default_rng(2))
    with pytest.raises(TonesError, match="真っ黒"):
        seen_tones(page)


def test_the_negative_of_an_empty_page_is_never_an_empty_one() -> None:
    with pytest.raises(TonesError):
        seen_tones(np.full((1170, 827), 4, np.uint8))


@pytest.mark.parametrize("bits", [10, 12, 14, 16])
@pytest.mark.parametrize("white_is_zero", [False, True])
def test_deep_grays_use_the_bits_that_the_scanner_wrote(bits: int, white_is_zero: bool) -> None:
    page = printed(255, 0)
    numbers = page.astype(np.uint32) * (2**bits - 1) // 255
    numbers = 2**bits - 1 - numbers if white_is_zero else numbers
    image = Image.fromarray(numbers.astype(np.uint16))
    assert np.abs(gray_of(image, white_is_zero).astype(int) - page).max() <= 1


@pytest.mark.parametrize("most", [1.0, 255.0, 65535.0])
def test_floating_point_grays(most: float) -> None:
    page = printed(255, 0)
    image = Image.fromarray((page / 255 * most).astype(np.float32))
    assert np.abs(gray_of(image).astype(int) - page).max() <= 1
