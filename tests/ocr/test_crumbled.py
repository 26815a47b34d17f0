"""A pencil that a black-and-white scan left as dots: no stroke can be read, and the place is not taken
for empty. Dirt that lies everywhere alike is none of it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from numpy.typing import NDArray

from ocr.laid_sheet import Sheet
from ocr.place.blank import PX
from records.types import Box

NAME = Box(50, 30, 90, 10)
OTHER = Box(50, 60, 90, 10)
PAGE = (297, 210)


def _page(dots: int, dirt: int, seed: int) -> NDArray[np.bool_]:
    """Dots where the name stands, each of one to four pixels, and dirt all over the page."""
    rng = np.random.default_rng(seed)
    dark = np.zeros((round(PAGE[0] * PX), round(PAGE[1] * PX)), bool)
    for y, x in zip(rng.uniform(32, 38, dots), rng.uniform(54, 90, dots), strict=True):
        side = int(rng.integers(1, 3))
        dark[round(y * PX) : round(y * PX) + side, round(x * PX) : round(x * PX) + side] = True
    for y, x in zip(rng.uniform(1, 296, dirt), rng.uniform(1, 209, dirt), strict=True):
        dark[round(y * PX), round(x * PX)] = True
    return dark


def _sheet(dark: NDArray[np.bool_], *, faint: float = 0.0) -> Sheet:
    blank = SimpleNamespace(near_print=np.zeros_like(dark))
    image = np.where(dark, 0, 255).astype(np.uint8)
    aligned = SimpleNamespace(dark=dark, image=image, blank=blank)
    ink = SimpleNamespace(faint=faint)
    return Sheet(cast(Any, None), cast(Any, aligned), cast(Any, ink), (NAME, OTHER))


@pytest.mark.parametrize("seed", range(5))
def test_dots_of_a_name_are_no_empty_place(seed: int) -> None:
    sheet = _sheet(_page(30, 40, seed))
    assert sheet.has_crumbled([NAME])
    assert not sheet.has_crumbled([OTHER])


@pytest.mark.parametrize("dirt", [0, 40, 400, 4000])
def test_dirt_that_lies_everywhere_is_no_writing(dirt: int) -> None:
    sheet = _sheet(_page(0, dirt, dirt))
    assert not sheet.has_crumbled([NAME, OTHER])


def test_on_a_gray_page_the_grays_are_asked_instead() -> None:
    assert not _sheet(_page(30, 0, 1), faint=200.0).has_crumbled([NAME])


def test_a_place_too_small_for_a_letter_is_left_alone() -> None:
    assert not _sheet(_page(30, 0, 1)).has_crumbled([Box(54, 32, 2, 2)])
