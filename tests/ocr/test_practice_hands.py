"""Writers of practice sheets: their fonts, and pictures of real characters in place of a font."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ocr.practice import practice_sheets
from ocr.practice.fill import NONE
from ocr.practice.hands import find_hands, installed_fonts, load_cells, make_hand
from records.errors import ServiceError
from records.formloading import load_form
from tests.ocr.test_practice import OFFICE, SAMPLES, needs_fonts


@needs_fonts
def test_hands_differ_and_can_be_held_apart() -> None:
    some = find_hands(per_font=3)
    families = {hand.family for hand in some}
    assert len({hand.name for hand in some}) == len(some) == 3 * len(families)
    assert len({hand.habits for hand in some}) == len(some)
    left_out = sorted(families)[0]
    assert (
        left_out not in {hand.family for hand in find_hands(per_font=1, without=[left_out])}
        or len(families) == 1
    )
    again = make_hand(some[0].family, some[0].fonts, some[0].number)
    assert again.habits == some[0].habits


def test_missing_fonts_are_told_with_the_line_to_type(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ocr.practice.hands.FONT_FOLDER", tmp_path)
    monkeypatch.delenv("TORIKOMI_HAND_FONTS", raising=False)
    with pytest.raises(ServiceError, match="apt-get install fonts-klee"):
        find_hands()


@needs_fonts
def test_fonts_of_a_folder_join_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = next(iter(installed_fonts().values()))[0]
    (tmp_path / "MyHand.ttf").write_bytes(source.read_bytes())
    monkeypatch.setenv("TORIKOMI_HAND_FONTS", str(tmp_path))
    assert "MyHand" in {hand.family for hand in find_hands(per_font=1)}


@needs_fonts
def test_pictures_of_real_characters_stand_in_for_the_font(tmp_path: Path) -> None:
    sheet = np.full((28, 56), 255, np.uint8)
    sheet[4:24, 12:16] = 0  # a one in the first square, nothing in the second
    Image.fromarray(sheet).save(tmp_path / "1.png")
    (tmp_path / "7").mkdir()
    Image.fromarray(sheet[:, :28]).save(tmp_path / "7" / "a.png")
    cells = load_cells(tmp_path)
    assert {char: len(found) for char, found in cells.items()} == {"1": 1, "7": 1}
    plain, *_ = find_hands(per_font=1)
    hand = make_hand(plain.family, plain.fonts, 0, cells)
    form = load_form(SAMPLES / "forms" / "child_allowance")
    with_cells = next(practice_sheets(form, OFFICE, 1, 4, [hand], ["clean"], NONE))
    without = next(practice_sheets(form, OFFICE, 1, 4, [plain], ["clean"], NONE))
    assert with_cells.truth == without.truth
    assert not np.array_equal(with_cells.images[0], without.images[0])
