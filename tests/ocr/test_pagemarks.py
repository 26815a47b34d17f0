"""Marks of pages: the same page has the same mark in another file, whatever the file is like."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from ocr.pages.pagemarks import page_marks
from records.errors import DocumentError
from records.site import IntakeSettings

LIMITS = IntakeSettings()


def page(number: int) -> Image.Image:
    image = Image.new("1", (860, 1216), 1)
    ImageDraw.Draw(image).rectangle((100, 100 * number, 500, 100 * number + 60), fill=0)
    return image


def saved(path: Path, *numbers: int, **options: object) -> Path:
    first, *others = map(page, numbers)
    first.save(path, save_all=True, append_images=others, resolution=104, **options)
    return path


@pytest.mark.parametrize("ending", [".tif", ".pdf"])
def test_a_file_that_goes_on_begins_with_the_same_marks(tmp_path: Path, ending: str) -> None:
    options = {"compression": "group4"} if ending == ".tif" else {}
    one = list(page_marks(saved(tmp_path / f"one{ending}", 1, **options), LIMITS))
    two = list(page_marks(saved(tmp_path / f"two{ending}", 1, 2, **options), LIMITS))
    other = list(page_marks(saved(tmp_path / f"other{ending}", 3, **options), LIMITS))
    assert (len(one), len(two)) == (1, 2)
    assert two[0] == one[0]
    assert len({*two, *other}) == 3


def test_the_way_of_packing_does_not_matter(tmp_path: Path) -> None:
    loose = saved(tmp_path / "loose.tif", 1, 2)
    tight = saved(tmp_path / "tight.tif", 1, 2, compression="group4")
    assert list(page_marks(loose, LIMITS)) == list(page_marks(tight, LIMITS))


def test_no_more_pages_are_opened_than_are_asked_for(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.tif", 1, 2)
    whole = path.read_bytes()
    [first] = islice(page_marks(path, LIMITS), 1)
    assert first
    assert path.read_bytes() == whole


def test_what_cannot_be_opened_has_no_marks(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    path.write_bytes(np.zeros(3000, np.uint8).tobytes())
    with pytest.raises(DocumentError):
        list(page_marks(path, LIMITS))
