"""Stacks of two-page forms as files that a feeder writes, really read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.stacks import draw_form, sheet_of
from ocr.practice.hands import find_hands
from ocr.reader import Reader
from records.forms import FormDef
from records.refusal import Refusal
from records.site import IntakeSettings, Office, ReadingSettings
from records.types import Record

Pages = list[Image.Image]


@pytest.fixture(scope="module")
def form(tmp_path_factory: pytest.TempPathFactory) -> FormDef:
    return draw_form(tmp_path_factory.mktemp("forms"))


@pytest.fixture(scope="module")
def stack_reader(form: FormDef) -> Reader:
    return Reader({form.id: form}, Office(), ReadingSettings(), IntakeSettings())


@pytest.fixture(scope="module")
def people(form: FormDef) -> list[Pages]:
    """Both pages of two people, scanned."""
    hand = find_hands()[0]
    made = []
    for seed in (1, 2):
        sheet = sheet_of(form, hand, "scan200", np.random.default_rng(seed))
        made.append([Image.fromarray(image) for image in sheet.images])
    return made


def read(reader: Reader, path: Path, pages: Sequence[Image.Image]) -> list[Record]:
    first, *rest = pages
    first.save(path, save_all=True, append_images=rest, compression="tiff_lzw", dpi=(200, 200))
    items = list(reader.read(path))
    assert not [item for item in items if isinstance(item, Refusal)]
    return [item for item in items if isinstance(item, Record)]


def test_manual_duplex_is_joined_and_a_lost_back_leaves_its_front_alone(
    stack_reader: Reader, people: list[Pages], tmp_path: Path
) -> None:
    (a1, a2), (b1, b2) = people
    found = read(stack_reader, tmp_path / "manual.tif", [a1, b1, b2.rotate(180), a2])
    assert [(r.pages, r.is_half) for r in found] == [((1, 4), False), ((2, 3), False)]
    assert [leaf.face for leaf in found[1].leaves] == [1, 2]
    numbers = [(r.fields["number"].value, r.fields["number_back"].value) for r in found]
    assert all(one == other for one, other in numbers)
    assert numbers[0] != numbers[1]
    assert not any(
        p.code.startswith(("joined", "stack", "page_")) for r in found for p in r.problems
    )


def test_a_front_and_the_back_of_another_are_two_halves(
    stack_reader: Reader, people: list[Pages], tmp_path: Path
) -> None:
    (a1, _), (_, b2) = people
    found = read(stack_reader, tmp_path / "mixed.tif", [a1, b2])
    joined = [r for r in found if not r.is_half]
    assert all(any(p.code == "joined_in_doubt" for p in r.problems) for r in joined)
    if not joined:
        assert [r.pages for r in found] == [(1,), (2,)]
        assert all(
            f.problems for r in found for f in r.fields.values() if f.page != r.leaves[0].face
        )
