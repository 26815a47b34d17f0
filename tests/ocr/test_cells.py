"""Boxes of one character each: every stroke in its own cell, as many characters as filled cells,
and no digit from a scribble."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from ocr.decode.cells import glyphs_of, read_cells, string_together
from ocr.decode.ctc import Alphabet
from ocr.decode.looks import Engines
from ocr.decode.pieces import cut_apart
from ocr.engines.glyphs import GlyphNet
from ocr.engines.ppocr import HEIGHT, PpOcr, Probabilities
from ocr.ink.crops import cut
from ocr.ink.strokes import Ink, find_ink
from ocr.place.blank import PX, Blank
from records.forms import Cells, FormDef
from records.types import Box, Gray
from tests.ocr.drawnpages import Pen, in_place

GetBlank = Callable[[str], Blank]
Forms = dict[str, FormDef]

ROW = Cells(Box(44, 57.3, 84, 7.4), 12)
"""個人番号 of child_allowance: twelve cells of 7 mm."""


def digit(pen: Pen, number: int | str, cell: Box, dx: float = 0.0) -> None:
    """A digit in the middle of a cell, moved by ``dx`` mm."""
    pen.text(
        str(number), Box(cell.x + cell.width / 2 - 2.6 + dx, cell.y, cell.width, cell.height), 4.4
    )


@pytest.fixture
def pen(blank_of: GetBlank) -> Pen:
    return Pen(blank_of("child_allowance"))


@pytest.fixture
def ink_of(blank_of: GetBlank) -> Callable[[Pen], Ink]:
    return lambda pen: find_ink(in_place(blank_of("child_allowance"), pen.image))


def near(box: Box) -> list[Box]:
    return []


# --- every stroke to its cell ---------------------------------------------------------------------


@pytest.mark.parametrize("filled", [tuple(range(12)), (0, 3, 11), (5, 6, 7), ()])
def test_a_character_is_found_in_its_cell_and_nowhere_else(
    filled: Sequence[int], pen: Pen, ink_of: Callable[[Pen], Ink]
) -> None:
    for place in filled:
        digit(pen, (place * 7 + 3) % 10, ROW.cell(place))
    found, crossing = glyphs_of(ink_of(pen), ROW, [])
    assert [place for place, _ in found] == list(filled)
    assert crossing == 0


@pytest.mark.parametrize("dx", [-1.9, 1.9])
def test_a_digit_that_touches_the_cells_border_is_whole(
    dx: float, pen: Pen, ink_of: Callable[[Pen], Ink]
) -> None:
    """Its part beyond the border is not a second digit, and not lost either."""
    for place in (2, 6, 9):
        digit(pen, 8, ROW.cell(place), dx)
    digit(pen, 8, ROW.cell(0))
    found, _ = glyphs_of(ink_of(pen), ROW, [])
    assert [place for place, _ in found] == [0, 2, 6, 9]
    whole = found[0][1].shape
    assert all(abs(glyph.shape[1] - whole[1]) < 0.5 * PX for _, glyph in found)


def test_a_scribble_over_several_cells_is_counted_as_crossing(
    pen: Pen, ink_of: Callable[[Pen], Ink]
) -> None:
    cell = ROW.cell(3)
    pen.line(*[(cell.x + 1 + 2.2 * n, cell.y + (1.5 if n % 2 else 6)) for n in range(12)])
    found, crossing = glyphs_of(ink_of(pen), ROW, [])
    assert crossing >= 1
    assert len(found) >= 3


def test_writing_of_the_field_above_is_not_in_the_cells(
    pen: Pen, ink_of: Callable[[Pen], Ink]
) -> None:
    """A descender that reaches 2 mm into a cell is no digit."""
    above = Box(40.4, 44.4, 67.2, 11.2)
    pen.line((60, 47), (60, 54), (60.3, 59.3))
    assert glyphs_of(ink_of(pen), ROW, [above])[0] == []


def test_an_empty_cell_between_filled_ones_is_asked_about(
    pen: Pen, ink_of: Callable[[Pen], Ink], engine: PpOcr
) -> None:
    """A digit too faint to see would make 1234 out of 12?34."""
    for place in (0, 1, 3, 4):
        digit(pen, 5, ROW.cell(place))
    seen = read_cells(
        Engines(engine), Alphabet(engine.characters, "0123456789"), [ROW], ink_of(pen), near
    )
    assert [p.code for p in seen.problems] == ["cell_gap"]
    assert "3マス目" in seen.problems[0].message


def test_empty_cells_before_and_after_are_no_gap(
    pen: Pen, ink_of: Callable[[Pen], Ink], engine: PpOcr
) -> None:
    for place in (4, 5, 6):
        digit(pen, 5, ROW.cell(place))
    seen = read_cells(
        Engines(engine), Alphabet(engine.characters, "0123456789"), [ROW], ink_of(pen), near
    )
    assert seen.problems == ()
    assert seen.text == "555"


# --- reading --------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", ["148274780639", "900016537225"])
def test_plain_digits_are_read(
    number: str, pen: Pen, ink_of: Callable[[Pen], Ink], engine: PpOcr
) -> None:
    for place, character in enumerate(number):
        digit(pen, character, ROW.cell(place))
    nets = GlyphNet("digits") if "digits" in GlyphNet.installed() else None
    seen = read_cells(
        Engines(engine, nets), Alphabet(engine.characters, "0123456789"), [ROW], ink_of(pen), near
    )
    assert seen.text == number
    assert seen.features["length"] == 12


def test_groups_of_cells_are_read_as_one(blank_of: GetBlank, engine: PpOcr) -> None:
    """A postal code has its two groups apart; together they are seven digits in order."""
    first, second = Cells(Box(46, 67.2, 15, 5.8), 3), Cells(Box(64.5, 67.2, 20, 5.8), 4)
    pen = Pen(blank_of("child_allowance"))
    for cells, text in ((first, "849"), (second, "1312")):
        for place, character in enumerate(text):
            cell = cells.cell(place)
            pen.text(character, Box(cell.x + 0.3, cell.y, cell.width, cell.height), 3.6)
    ink = find_ink(in_place(blank_of("child_allowance"), pen.image))
    seen = read_cells(
        Engines(engine), Alphabet(engine.characters, "0123456789"), [first, second], ink, near
    )
    assert seen.text == "8491312"


def scribble(pen: Pen, cell: Box, seed: int) -> None:
    rng = np.random.default_rng(seed)
    pen.line(
        *[
            (cell.x + 1 + float(x) * 4.6, cell.y + 1.2 + float(y) * 4.8)
            for x, y in rng.random((14, 2))
        ]
    )


@pytest.mark.parametrize("seed", range(4))
def test_a_scribble_among_digits_is_never_a_sure_digit(
    seed: int, pen: Pen, ink_of: Callable[[Pen], Ink], engine: PpOcr
) -> None:
    """The alphabet leaves only digits; what had to be thrown away for that must show."""
    for place, character in enumerate("148274780639"):
        if place != 5:
            digit(pen, character, ROW.cell(place))
    scribble(pen, ROW.cell(5), seed)
    nets = GlyphNet("digits") if "digits" in GlyphNet.installed() else None
    seen = read_cells(
        Engines(engine, nets), Alphabet(engine.characters, "0123456789"), [ROW], ink_of(pen), near
    )
    facts = seen.features
    assert (
        seen.problems
        or facts["kept"] < 0.6
        or facts["share"] < 0.8
        or facts.get("net_share", 1.0) < 0.5
        or facts["weakest"] < 0.6
    )


class OneCharacterShort(PpOcr):
    """An engine that sees 4 and 7 where three characters were written, and believes ``doubt`` of
    anything else."""

    def __init__(self, doubt: float) -> None:
        super().__init__()
        self.doubt = doubt

    @property
    def characters(self) -> tuple[str, ...]:  # type: ignore[override]
        return ("", *"0123456789")

    def look(self, line: Gray) -> tuple[Probabilities, None]:
        seen = np.full((5, 11), self.doubt, np.float32)
        for frame, number in enumerate((0, 5, 0, 8, 0)):
            seen[frame, number] = 1 - 10 * self.doubt
        return seen, None


def test_fewer_characters_than_filled_cells_are_a_problem(
    pen: Pen, ink_of: Callable[[Pen], Ink]
) -> None:
    for place in (0, 1, 2):
        digit(pen, 4, ROW.cell(place))
    short = OneCharacterShort(0.0)
    seen = read_cells(
        Engines(short), Alphabet(short.characters, "0123456789"), [ROW], ink_of(pen), near
    )
    assert seen.text == "47"
    assert [p.code for p in seen.problems] == ["cell_count"]
    assert "3マス" in seen.problems[0].message


def test_a_reading_stretched_to_the_number_of_cells_has_little_belief(
    pen: Pen, ink_of: Callable[[Pen], Ink]
) -> None:
    """The number of cells picks the hypothesis; how little the engine thought of it is kept."""
    for place in (0, 1, 2):
        digit(pen, 4, ROW.cell(place))
    short = OneCharacterShort(0.002)
    seen = read_cells(
        Engines(short), Alphabet(short.characters, "0123456789"), [ROW], ink_of(pen), near
    )
    assert len(seen.text) == 3
    assert seen.features["share"] < 0.05


# --- putting characters in a line -----------------------------------------------------------------


def bar(height: int, width: int) -> Gray:
    return np.zeros((height, width), np.uint8)


def test_a_line_has_its_characters_in_order_at_one_height() -> None:
    line = string_together([bar(60, 20), bar(40, 40), bar(50, 10)])
    assert line.shape[0] == HEIGHT
    dark = (line < 128).any(axis=0)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], dark.astype(int), [0]))))
    widths = edges[1::2] - edges[::2]
    assert len(widths) == 3
    assert widths[1] > widths[0] > widths[2]


def test_a_dot_stays_small_beside_tall_characters() -> None:
    """Blown up to full height a dash becomes a block and a point a zero."""
    line = string_together([bar(50, 20), bar(5, 5), bar(50, 20)])
    columns = np.flatnonzero((line < 128).any(axis=0))
    middle = line[:, columns[len(columns) // 2] - 6 : columns[len(columns) // 2] + 7]
    assert int((middle < 128).sum()) < 60


@pytest.mark.parametrize(("word", "count"), [("10485", 5), ("7", 1), ("11", 2)])
def test_characters_of_a_box_are_cut_apart_from_the_left(
    word: str, count: int, pen: Pen, ink_of: Callable[[Pen], Ink]
) -> None:
    crop = cut(ink_of(pen.text(word, Box(44, 44.4, 60, 11.2), 5.0)), Box(40.4, 44.4, 67.2, 11.2))
    assert crop is not None
    assert len(cut_apart(crop.image)) == count


def test_strokes_one_above_the_other_are_one_character(
    pen: Pen, ink_of: Callable[[Pen], Ink]
) -> None:
    """A 5 whose flag does not touch its body, beside a 1."""
    pen.line((50, 47), (53.5, 47)).line(
        (50.3, 48), (50, 50), (53, 50.4), (53, 52.6), (49.8, 53)
    ).line((57, 47), (57, 53))
    crop = cut(ink_of(pen), Box(40.4, 44.4, 67.2, 11.2))
    assert crop is not None
    assert len(cut_apart(crop.image)) == 2
