"""What is left when the print is taken away: all that was written, and nothing that was printed,
sprayed or scanned."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import cv2
import numpy as np
import pytest

from ocr.decode.cells import glyphs_of
from ocr.ink.crops import cut, lines_of, rules_in
from ocr.ink.strikes import standing, strike_in
from ocr.ink.strokes import Ink, _islands, _may_streak, _streaks, find_ink, parted
from ocr.place.align import best_blank, prepare
from ocr.place.blank import PX, Blank
from records.forms import FormDef
from records.types import Box, Gray
from tests.ocr.drawnpages import Pen, in_place, page_of

GetBlank = Callable[[str], Blank]

NAME = Box(40.4, 44.4, 67.2, 11.2)
KANA = Box(40.4, 37.4, 67.2, 6.2)
ADDRESS = Box(41, 73.2, 156, 6.6)
"""Fields of child_allowance; a rule runs between kana and name at y = 44."""


@pytest.fixture
def pen(blank_of: GetBlank) -> Pen:
    return Pen(blank_of("child_allowance"))


@pytest.fixture
def ink_of(blank_of: GetBlank) -> Callable[[Pen | Gray], Ink]:
    def ink(drawn: Pen | Gray) -> Ink:
        return find_ink(
            in_place(blank_of("child_allowance"), drawn.image if isinstance(drawn, Pen) else drawn)
        )

    return ink


def places(form: FormDef) -> Iterator[Box]:
    for item in form.fields.values():
        for part in (*([item.place] if item.place else []), *item.parts.values()):
            yield from (*([part.box] if part.box else []), *part.options.values())
            yield from (cells.box for cells in part.cells)


# --- an empty sheet -------------------------------------------------------------------------------


def grainy(image: Gray) -> Gray:
    rng = np.random.default_rng(1)
    return np.clip(
        cv2.GaussianBlur(image, (0, 0), 0.8) + rng.normal(0, 6, image.shape), 0, 255
    ).astype(np.uint8)


def one_bit(image: Gray) -> Gray:
    return np.where(image > 150, 255, 0).astype(np.uint8)


def speckled(image: Gray) -> Gray:
    """A bad telephone line: 300 spots of up to 0.25 x 0.4 mm all over the sheet."""
    made, rng = one_bit(image), np.random.default_rng(2)
    for y, x in zip(
        rng.integers(0, image.shape[0], 300), rng.integers(0, image.shape[1], 300), strict=True
    ):
        made[y : y + rng.integers(1, 3), x : x + rng.integers(1, 4)] = 0
    return made


def thick(image: Gray) -> Gray:
    """Toner spread: every printed line 0.25 mm thicker."""
    return np.asarray(cv2.erode(image, np.ones((3, 3), np.uint8)), np.uint8)


def skewed(image: Gray) -> Gray:
    height, width = image.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), 1.7, 0.99)
    return np.asarray(
        cv2.warpAffine(image, turn, (width, height), flags=cv2.INTER_AREA, borderValue=(255,)),
        np.uint8,
    )


@pytest.mark.parametrize(
    ("how", "name"),
    [
        (grainy, "child_allowance"),
        (speckled, "child_allowance"),
        (skewed, "child_allowance"),
        (one_bit, "account_transfer"),
        (speckled, "account_transfer"),
        (thick, "account_transfer"),
        (skewed, "citizen_opinion"),
    ],
)
def test_an_empty_sheet_is_known_to_be_empty(
    how: Callable[[Gray], Gray], name: str, blank_of: GetBlank, sample_forms: Mapping[str, FormDef]
) -> None:
    """Residue of rules read as 「一」 or 1 would be a value that nobody wrote."""
    blank = blank_of(name)
    ink = find_ink(best_blank(prepare(page_of(how(blank.image))), [blank])[0])
    boxes = list(places(sample_forms[name]))
    assert len(boxes) > 15
    assert [box for box in boxes if cut(ink, box) is not None] == []
    for item in sample_forms[name].fields.values():
        for part in (*([item.place] if item.place else []), *item.parts.values()):
            assert all(glyphs_of(ink, cells, [])[0] == [] for cells in part.cells), item.name


# --- strokes --------------------------------------------------------------------------------------


def test_as_much_ink_is_found_as_was_written(pen: Pen, ink_of: Callable[[Pen], Ink]) -> None:
    """Trust in an empty box rests on this: nothing is lost at the box's edge or under print."""
    before = pen.image.copy()
    for n in range(10):
        pen.line((44 + 6 * n, 47), (44 + 6 * n, 53))
    ink = ink_of(pen)
    drawn = float(((pen.image < 190) & (before > 190)).sum()) / PX**2
    assert drawn > 25
    assert ink.amount(NAME) == pytest.approx(drawn, rel=0.15)
    assert len(ink.strokes_in(NAME)) == 10
    assert ink.amount(KANA) < 0.1


@pytest.mark.parametrize("gray", [30, 90, 130])
def test_pencil_is_ink_as_well(gray: int, blank_of: GetBlank, ink_of: Callable[[Pen], Ink]) -> None:
    ink = ink_of(Pen(blank_of("child_allowance"), gray=gray).line((50, 47), (56, 53)))
    assert cut(ink, NAME) is not None


@pytest.mark.parametrize(
    ("start", "end"), [((60, 40), (60, 50)), ((58, 40), (63, 50)), ((64, 40), (57, 50))]
)
def test_a_stroke_over_a_rule_stays_one_stroke(
    start: tuple[float, float], end: tuple[float, float], pen: Pen, ink_of: Callable[[Pen], Ink]
) -> None:
    """Cut at the rule, a 4 becomes a 1 over a dash."""
    ink = ink_of(pen.line(start, end))
    numbers = ink.strokes_in(Box(50, 39, 20, 12))
    assert len(numbers) == 1
    assert ink.boxes[numbers[0], 3] / PX == pytest.approx(10, abs=0.8)


def test_the_rule_itself_does_not_come_along(pen: Pen, ink_of: Callable[[Pen], Ink]) -> None:
    """Where writing crosses a rule only the crossing is the person's, not the rule to the left and
    right of it."""
    ink = ink_of(pen.line((60, 40), (60, 50)).line((66, 40), (66, 50)))
    numbers = ink.strokes_in(Box(50, 39, 20, 12))
    assert len(numbers) == 2
    assert all(ink.boxes[n, 2] / PX < 1.5 for n in numbers)


def test_the_crop_holds_the_writing_and_nothing_else(
    pen: Pen, ink_of: Callable[[Pen], Ink]
) -> None:
    """No rule, no label: what the recogniser sees is dark ink on white."""
    crop = cut(ink_of(pen.text("ABC 123", NAME, 5.0)), NAME)
    assert crop is not None
    assert crop.overflow == 0.0
    assert crop.place.height == pytest.approx(5, abs=1.2)
    assert (crop.image == 255).mean() > 0.4
    assert (
        crop.image[:2].min()
        == crop.image[-2:].min()
        == crop.image[:, :2].min()
        == crop.image[:, -2:].min()
        == 255
    )


def test_nothing_of_the_neighbour_is_in_the_crop(pen: Pen, ink_of: Callable[[Pen], Ink]) -> None:
    ink = ink_of(pen.text("WWWWW", KANA, 4.0).text("IIIII", NAME, 6.0))
    above, below = cut(ink, KANA, [NAME]), cut(ink, NAME, [KANA])
    assert above is not None
    assert below is not None
    assert above.place.bottom < 44.5
    assert below.place.y > 43.5


@pytest.mark.parametrize("over", [1.0, 2.5])
def test_writing_that_leaves_its_box_is_followed_and_measured(
    over: float, pen: Pen, ink_of: Callable[[Pen], Ink]
) -> None:
    """A tail beyond the edge belongs to the character; how far it went lowers the trust in it."""
    crop = cut(ink_of(pen.line((95, 50), (NAME.right + over, 50)).line((92, 47), (92, 53))), NAME)
    assert crop is not None
    assert crop.overflow == pytest.approx(over, abs=0.6)


ACROSS = Box(41, 73.2, 100, 6.6)
"""The left part of the address's box: to the right of it is paper."""


def crosses(pen: Pen, *places: float) -> Pen:
    """A cross of 4 mm at each x, mm."""
    for x in places:
        pen.line((x, 74.5), (x + 3.6, 78.5)).line((x + 3.6, 74.5), (x, 78.5))
    return pen


def test_characters_behind_the_box_come_along(pen: Pen, ink_of: Callable[[Pen], Ink]) -> None:
    """Lost without a trace they were: 3218-29 in a box that ends behind the 2 was read 3218-2, and
    passed unseen."""
    ink = ink_of(crosses(pen, 130, 134.6, 139.2, 143.8))
    for crop in (cut(ink, ACROSS), lines_of(ink, ACROSS)[0]):
        assert crop is not None
        assert crop.place.right == pytest.approx(147.4, abs=0.5)
        assert crop.overflow == pytest.approx(6.4, abs=0.5)
        assert (crop.image[:, -round(3 * PX) :] < 128).any()


def test_what_is_another_fields_or_far_away_does_not_come_along(
    pen: Pen, ink_of: Callable[[Pen], Ink]
) -> None:
    ink = ink_of(crosses(pen, 130, 134.6, 143.8))
    crop = cut(ink, ACROSS)
    assert crop is not None
    assert crop.place.right == pytest.approx(138.2, abs=0.5)
    ink = ink_of(crosses(pen, 139.2))
    crop = cut(ink, ACROSS, [Box(142, 73.2, 30, 6.6)])
    assert crop is not None
    assert crop.place.right == pytest.approx(142.8, abs=0.5)


def test_a_stroke_belongs_to_the_box_that_holds_most_of_it(
    pen: Pen, ink_of: Callable[[Pen], Ink]
) -> None:
    """A name's descender reaches into the box below it; it is no writing of that box."""
    ink = ink_of(pen.line((60, 39), (60, 43.2), (60.2, 47)))
    assert len(ink.strokes_in(KANA, [NAME])) == 1
    assert len(ink.strokes_in(NAME, [KANA])) == 0


def test_a_digit_that_runs_into_the_box_below_is_in_both(
    pen: Pen, ink_of: Callable[[Pen], Ink]
) -> None:
    """One stroke, two characters: the last 1 of a postal code, and the 5 that begins the number of
    the street."""
    cells, below = Box(64.5, 67.2, 20, 5.8), ADDRESS
    ink = ink_of(pen.line((82, 68), (82, 74), (82, 78)).line((82, 74.4), (85, 74.4)))
    assert [len(ink.strokes_in(a, [b])) for a, b in ((cells, below), (below, cells))] == [0, 1]
    ink = parted(ink, [cells, below, NAME])
    upper, lower = (ink.strokes_in(a, [b]) for a, b in ((cells, below), (below, cells)))
    assert len(upper) == len(lower) == 1
    assert ink.boxes[upper[0], 1] + ink.boxes[upper[0], 3] <= ink.boxes[lower[0], 1]
    assert ink.boxes[[upper[0], lower[0]], 4].sum() == (ink.labels > 0).sum()
    for number in (upper[0], lower[0]):
        ys, xs = np.nonzero(ink.labels == number)
        assert tuple(ink.boxes[number]) == (
            xs.min(),
            ys.min(),
            np.ptp(xs) + 1,
            np.ptp(ys) + 1,
            len(ys),
        )


def test_a_descender_stays_in_one_piece(pen: Pen, ink_of: Callable[[Pen], Ink]) -> None:
    ink = ink_of(pen.line((82, 68), (82, 75.5)))
    assert len(parted(ink, [Box(64.5, 67.2, 20, 5.8), ADDRESS]).boxes) == len(ink.boxes)


def test_dust_is_not_writing_but_a_dot_of_a_pen_is(pen: Pen, ink_of: Callable[[Pen], Ink]) -> None:
    pen.image[round(50 * PX) : round(50 * PX) + 2, round(60 * PX) : round(60 * PX) + 2] = 0
    assert cut(ink_of(pen), NAME) is None
    assert cut(ink_of(pen.line((70, 50), (70.5, 50.6), (70, 50.5), (71.3, 50.2))), NAME) is not None


# --- lines of dirt and lines of ink ---------------------------------------------------------------


def test_a_streak_down_the_page_is_dirt_on_the_glass(
    pen: Pen, ink_of: Callable[[Pen], Ink]
) -> None:
    """It runs through twenty fields; in each of them it would be a 1."""
    pen.image[:, round(70 * PX) : round(70 * PX) + 2] = 0
    ink = ink_of(pen.text("ABC", Box(44, 44.4, 20, 11.2), 5.0))
    assert len(ink.strokes_in(Box(66, 44.4, 8, 11.2))) == 0
    assert cut(ink, ADDRESS) is None
    assert cut(ink, NAME) is not None


def test_a_column_of_ones_is_no_streak(pen: Pen, ink_of: Callable[[Pen], Ink]) -> None:
    """Four children born in the same month: the digits stand in line, and stay."""
    boxes = [Box(101.9, 137.4 + 11 * n, 11, 8.2) for n in range(4)]
    for box in boxes:
        pen.line((106, box.y + 1.5), (106, box.y + 6.5))
    ink = ink_of(pen)
    assert all(cut(ink, box) is not None for box in boxes)


# --- lines ----------------------------------------------------------------------------------------


def test_two_lines_in_a_box_are_two_crops_from_the_top(
    pen: Pen, ink_of: Callable[[Pen], Ink]
) -> None:
    crops = lines_of(
        ink_of(
            pen.text("FIRST", Box(44, 44.2, 60, 5.4), 3.2).text(
                "SECOND LINE", Box(44, 50, 60, 5.4), 3.2
            )
        ),
        NAME,
    )
    assert len(crops) == 2
    assert crops[0].place.bottom < crops[1].place.y
    assert crops[1].place.width > crops[0].place.width


def test_one_tall_line_is_not_cut_in_two(pen: Pen, ink_of: Callable[[Pen], Ink]) -> None:
    """二 and 三 have gaps as wide as those between lines."""
    for y in (46.5, 49.7, 53):
        pen.line((50, y), (56, y))
    assert len(lines_of(ink_of(pen), NAME)) == 1


def test_printed_rules_part_the_lines_of_a_letter_box(
    blank_of: GetBlank, sample_forms: Mapping[str, FormDef]
) -> None:
    blank = blank_of("citizen_opinion")
    lines = [
        item.place.box
        for item in sample_forms["citizen_opinion"].fields.values()
        if item.kind == "lines" and item.place
    ]
    box = max((b for b in lines if b), key=lambda b: b.height)
    rules = rules_in(blank.print_mask, box)
    assert len(rules) >= 3
    pen, pitch = Pen(blank), rules[1] - rules[0]
    for n in range(3):
        pen.text("ABC DEF", Box(box.x + 5, rules[n] - pitch * 0.95, 80, pitch * 0.9), pitch * 0.5)
    crops = lines_of(find_ink(in_place(blank, pen.image)), box, rules)
    assert len(crops) == 3
    assert all(abs(crop.place.bottom - rules[n]) < 0.6 * pitch for n, crop in enumerate(crops))


@pytest.fixture
def ruled(
    blank_of: GetBlank, sample_forms: Mapping[str, FormDef]
) -> tuple[Blank, Box, list[float]]:
    """A letter's box with printed rules."""
    blank = blank_of("citizen_opinion")
    boxes = [
        f.place.box
        for f in sample_forms["citizen_opinion"].fields.values()
        if f.kind == "lines" and f.place and f.place.box
    ]
    box = max(boxes, key=lambda b: b.height)
    return blank, box, rules_in(blank.print_mask, box)


def test_dots_of_a_rule_and_specks_are_no_line(ruled: tuple[Blank, Box, list[float]]) -> None:
    """What alignment left of a dotted rule, and a FAX machine's dust, came out as lines of 20 and
    0020."""
    blank, box, rules = ruled
    pen = Pen(blank)
    pen.text("ABC DEF", Box(box.x + 5, rules[0] - 8, 80, 7), 4.5)
    for n in range(9):
        pen.line((box.x + 20 + 2 * n, rules[3] + 0.55), (box.x + 21 + 2 * n, rules[3] + 0.55))
    for n in range(6):
        pen.image[round((rules[5] + 3 + 0.4 * n) * PX) :, :][
            :3, round((box.x + 10 + 11 * n) * PX) :
        ][:, :2] = 0
    crops = lines_of(find_ink(in_place(blank, pen.image)), box, rules)
    assert len(crops) == 1
    assert crops[0].place.bottom < rules[0] + 1


def test_a_full_stop_below_the_rule_belongs_to_its_line(
    ruled: tuple[Blank, Box, list[float]],
) -> None:
    blank, box, rules = ruled
    pen = Pen(blank).text("ABC DEF", Box(box.x + 5, rules[0] - 8, 80, 7), 4.5)
    right = lines_of(find_ink(in_place(blank, pen.image)), box, rules)[0].place.right
    pen.ring(Box(right + 1.5, rules[0] + 1.0, 0.4, 0.4), 0.25)
    assert len(lines_of(find_ink(in_place(blank, pen.image)), box, rules)) == 1


def test_a_full_stop_that_begins_a_line_is_a_line(ruled: tuple[Blank, Box, list[float]]) -> None:
    blank, box, rules = ruled
    pen = Pen(blank).text("ABC DEF", Box(box.x + 25, rules[0] - 8, 80, 7), 4.5)
    pen.ring(Box(box.x + 4, rules[1] - 3.5, 0.4, 0.4), 0.5)
    assert len(lines_of(find_ink(in_place(blank, pen.image)), box, rules)) == 2


# --- pencil ---------------------------------------------------------------------------------------


def test_the_thin_part_of_a_stroke_comes_along_where_the_scan_knows_grays(
    pen: Pen, blank_of: GetBlank
) -> None:
    """A pencil's strokes are lighter where it was pressed less: half of a 十 is no ink for certain,
    and was left out."""
    pen.line((60, 50), (64, 50))
    pen.gray = 215
    pen.line((62, 47.8), (62, 49.8))
    aligned = in_place(blank_of("child_allowance"), pen.image)
    without, crop = (cut(find_ink(aligned, gray=gray), NAME) for gray in (False, True))
    assert without is not None
    assert crop is not None
    assert (without.image < 225).sum() < (crop.image < 225).sum()


def test_light_paper_and_other_strokes_do_not_come_along(pen: Pen, blank_of: GetBlank) -> None:
    pen.gray = 246
    pen.fill(Box(58, 46, 8, 8))
    pen.gray = 0
    pen.line((60, 50), (64, 50))
    crop = cut(find_ink(in_place(blank_of("child_allowance"), pen.image), gray=True), NAME)
    assert crop is not None
    assert crop.place.height < 1.0
    assert (crop.image < 250).sum() < 2 * (crop.image < 150).sum()


# --- struck out -----------------------------------------------------------------------------------


def crop_of(ink: Ink, box: Box = NAME) -> Gray:
    crop = cut(ink, box)
    assert crop is not None
    return crop.image


@pytest.mark.parametrize("slope", [0.0, 0.8, -0.8])
def test_a_line_through_a_word_is_seen(
    slope: float, pen: Pen, ink_of: Callable[[Pen], Ink]
) -> None:
    ink = ink_of(pen.text("KASHIMA", NAME, 5.0).line((41.5, 50 - slope / 2), (75, 50 + slope / 2)))
    assert strike_in(crop_of(ink))


@pytest.mark.parametrize("word", ["KASHIMA", "HHEETT", "T-T-T-T", "EZ-Z2__7"])
def test_level_strokes_of_letters_strike_nothing_out(
    word: str, pen: Pen, ink_of: Callable[[Pen], Ink]
) -> None:
    assert not strike_in(crop_of(ink_of(pen.text(word, NAME, 5.0))))


def test_a_long_strike_through_a_whole_address_is_not_taken_for_dirt(
    pen: Pen, ink_of: Callable[[Pen], Ink]
) -> None:
    """Were it dropped as a streak, the cancelled address would be read as if it stood."""
    ink = ink_of(
        pen.text("KASHIMA SHI TAKATSUHARA 1234 - 5", ADDRESS, 4.0).line((41.5, 76.5), (150, 76.8))
    )
    assert strike_in(crop_of(ink, ADDRESS))


def crossed_out(pen: Pen, left: float, right: float) -> Pen:
    """Two lines through what stands in NAME."""
    for y in (49.3, 50.6):
        pen.line((left, y), (right, y + 0.1))
    return pen


def test_two_lines_of_30_mm_are_no_streak_across_the_page(
    pen: Pen, ink_of: Callable[[Pen], Ink]
) -> None:
    """Together they are 60 mm of straight thin ink in one band, as a fold is; dropped, the
    cancelled name would stand."""
    image = crop_of(
        ink_of(crossed_out(pen.text("KASHIMA", Box(42, 44.4, 28, 11.2), 5.0), 41.5, 71.5))
    )
    found = strike_in(image)
    assert found is not None
    assert found.through
    assert found.right - found.left > 24 * PX


def test_a_line_across_half_the_page_is_a_streak(pen: Pen, ink_of: Callable[[Pen], Ink]) -> None:
    pen.image[round(50 * PX) : round(50 * PX) + 2, :] = 0
    assert cut(ink_of(pen), NAME) is None


@pytest.mark.parametrize(("wrong", "right"), [((42, 62), (70, 90)), ((78, 98), (42, 62))])
def test_beside_a_crossed_out_name_the_other_one_is_left(
    wrong: tuple[float, float],
    right: tuple[float, float],
    pen: Pen,
    ink_of: Callable[[Pen], Ink],
) -> None:
    low, high = wrong
    pen.text("KIYO", Box(right[0], 44.4, right[1] - right[0], 11.2), 5.0)
    alone = crop_of(ink_of(pen))
    crossed_out(pen.text("HARU", Box(low, 44.4, high - low, 11.2), 5.0), low - 0.5, high + 0.5)
    crop = cut(ink_of(pen), NAME)
    assert crop is not None
    found = strike_in(crop.image)
    left = standing(crop, found)
    assert abs(left.image.shape[1] - alone.shape[1]) < PX
    assert float((left.image < 190).sum()) == pytest.approx(float((alone < 190).sum()), rel=0.05)


@pytest.mark.parametrize("bends", [-1, 1])
def test_the_ends_of_bent_strokes_are_crossed_out_too(
    bends: int, pen: Pen, ink_of: Callable[[Pen], Ink]
) -> None:
    """A hand draws no straight line: where it bends away from level, its end still belongs to it,
    and the right text stands beside that end."""
    pen.text("KIYO", Box(80, 44.4, 18, 11.2), 5.0)
    alone = crop_of(ink_of(pen))
    pen.text("HARU", Box(45, 44.4, 20, 11.2), 5.0)
    for y in (49.2, 50.9):
        corner = (64.0, y)
        pen.line((41.5, y), corner).line(corner, (70.0, y + bends * 1.2))
    crop = cut(ink_of(pen), NAME)
    assert crop is not None
    left = standing(crop, strike_in(crop.image))
    assert abs(left.image.shape[1] - alone.shape[1]) < PX
    assert float((left.image < 190).sum()) == pytest.approx(float((alone < 190).sum()), rel=0.05)


def test_where_only_a_crossed_out_name_stands_nothing_is_left_out(
    pen: Pen, ink_of: Callable[[Pen], Ink]
) -> None:
    crop = cut(ink_of(crossed_out(pen.text("KASHIMA", NAME, 5.0), 41.5, 80)), NAME)
    assert crop is not None
    assert standing(crop, strike_in(crop.image)) is crop


# --- shortcuts that change nothing ----------------------------------------------------------------


def test_strokes_are_measured_as_opencv_measures_them() -> None:
    rng = np.random.default_rng(3)
    written = cv2.dilate(
        (rng.random((400, 300)) < 0.01).astype(np.uint8), np.ones((3, 2), np.uint8)
    )
    count, labels, stats, centres = cv2.connectedComponentsWithStats(written, connectivity=8)
    ink = _islands(np.full(written.shape, 255, np.uint8), np.asarray(written, np.uint8).copy())
    assert count > 100
    assert np.array_equal(ink.boxes[1:], stats[1:])
    assert ink.centres[1:] == pytest.approx(centres[1:])
    large = stats[:, 4] >= 0.05 * PX**2
    large[0] = False
    assert 0 < large.sum() < count - 1
    assert np.array_equal(ink.labels, np.where(large[labels], labels, 0))


@pytest.mark.parametrize("seed", range(12))
def test_no_streak_is_missed_where_the_quick_look_sees_none(seed: int) -> None:
    """Lines that lean, break off and lie at the edge: where one is found by looking everywhere, the
    quick look says so too."""
    rng = np.random.default_rng(seed)
    run, band = round(6 * PX), round(1.5 * PX)
    for length in (58, 62, 75):
        page = np.zeros((1500, 200), np.uint8)
        top, left = (int(rng.integers(0, n)) for n in (2, 190))
        pieces = int(rng.integers(1, 8))
        for piece in range(pieces):
            y = (0 if top else 40) + round(piece * (length * PX / pieces + 9))
            for row in range(y, min(1500, y + round(length * PX / pieces))):
                x = left + (row - y) // 60
                page[row, x] = 1
        everywhere = np.ones((1, 3), np.uint8)
        runs = cv2.morphologyEx(
            cv2.dilate(page, everywhere), cv2.MORPH_OPEN, np.ones((run, 1), np.uint8)
        )
        total = np.convolve(
            (np.asarray(runs, np.uint8) & page).sum(axis=0, dtype=np.float64),
            np.ones(2 * band + 1),
            "same",
        )
        found = bool(total.max() >= 60 * PX)
        assert (
            _may_streak(np.asarray(cv2.dilate(page, everywhere), np.uint8), page, run, band)
            >= found
        )
        assert bool(_streaks(page).any()) == found
