"""Lines of a FAX that were repeated, lost or moved aside: their print is no note, a note is one."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping

import cv2
import numpy as np
import pytest

from ocr.ink.stray import find_strays
from ocr.laid_sheet import make_sheet
from ocr.place.blank import PX, Blank, load_blanks
from records.forms import FormDef
from records.types import Box, Gray
from tests.ocr.drawnpages import in_place, page_of

FORM = "account_transfer"


@pytest.fixture(scope="module")
def form(sample_forms: Mapping[str, FormDef]) -> FormDef:
    return sample_forms[FORM]


@pytest.fixture(scope="module")
def blank(form: FormDef) -> Blank:
    return load_blanks(form)[0]


def strays(form: FormDef, blank: Blank, bits: Gray, by_lines: bool = True) -> list[Box]:
    """What is found on a page; ``by_lines`` where its own lines are known."""
    aligned = in_place(blank, bits)
    if by_lines:
        aligned = dataclasses.replace(aligned, source=bits)
    sheet = make_sheet(page_of(bits), aligned, list(form.fields.values()))
    return find_strays(sheet, form, {})


def bits_of(image: Gray) -> Gray:
    return np.where(image < 170, 0, 255).astype(np.uint8)


def written(image: Gray, boxes: list[Box]) -> Gray:
    made = image.copy()
    for box in boxes:
        at = (round(box.x * PX), round(box.bottom * PX))
        cv2.putText(made, "28", at, cv2.FONT_HERSHEY_SIMPLEX, box.height * PX / 21.0, 0, 3)
    return bits_of(made)


def repeated(bits: Gray, line: int) -> Gray:
    made = bits.copy()
    made[line : line + 10] = made[line - 1]
    return made


def lost(bits: Gray, line: int) -> Gray:
    """Twelve lines are gone; farther down as many are filled in."""
    below = line + 160
    filled = np.repeat(bits[below : below + 1], 12, axis=0)
    return np.concatenate([bits[:line], bits[line + 12 : below], filled, bits[below:]])


def moved_aside(bits: Gray, line: int) -> Gray:
    made = bits.copy()
    made[line : line + 10] = np.roll(made[line : line + 10], 41, axis=1)
    return made


Tear = Callable[[Gray, int], Gray]
TEARS = [repeated, lost, moved_aside]


APART = 180
"""Lines between two tears: 23 mm."""


def lines_of_words(blank: Blank) -> list[int]:
    """Lines of the scan through the middle of long words, far apart, down the page."""
    found: list[int] = []
    for box in sorted((w.box for w in blank.words if w.box.width > 25.0), key=lambda box: box.y):
        line = round((box.y + box.height / 2) * PX)
        if not found or line >= found[-1] + APART:
            found.append(line)
    return found


def torn(bits: Gray, tear: Tear, lines: list[int]) -> Gray:
    for line in lines:
        bits = tear(bits, line)
    return bits


def meet(one: Box, other: Box) -> bool:
    across = one.x < other.right and other.x < one.right
    return across and one.y < other.bottom and other.y < one.bottom


@pytest.mark.parametrize("tear", TEARS)
def test_print_on_torn_lines_is_no_note(form: FormDef, blank: Blank, tear: Tear) -> None:
    lines = lines_of_words(blank)
    page = torn(bits_of(blank.image), tear, lines)
    assert len(lines) >= 5
    assert strays(form, blank, page, by_lines=False)
    assert strays(form, blank, page) == []


@pytest.mark.parametrize("tear", TEARS)
def test_a_note_on_torn_lines_is_found(form: FormDef, blank: Blank, tear: Tear) -> None:
    lines = lines_of_words(blank)
    notes = [Box(100.0, line / PX - 1.8, 9.0, 3.6) for line in lines]
    whole = written(blank.image, notes)
    plainly, found = strays(form, blank, whole), strays(form, blank, torn(whole, tear, lines))
    told = [note for note in notes if any(meet(note, box) for box in plainly)]
    assert len(told) >= 6
    assert sum(any(meet(note, box) for box in found) for note in told) >= len(told) - 1


def test_a_note_close_above_print_does_not_become_that_print(form: FormDef, blank: Blank) -> None:
    notes: list[Box] = []
    for box in (w.box for w in blank.words if w.box.width > 12.0 and w.box.height < 5.0):
        note = Box(box.x + 1.0, box.y - 3.4, 7.0, 3.2)
        if box.y > 20.0 and not any(meet(note.grown(4.0), other) for other in notes):
            notes.append(note)
    page = written(blank.image, notes)
    found, plainly = strays(form, blank, page), strays(form, blank, page, by_lines=False)
    assert len(notes) >= 8
    for note in notes:
        assert any(meet(note, box) for box in found) or not any(meet(note, box) for box in plainly)
    assert len(found) >= len(notes) // 2
