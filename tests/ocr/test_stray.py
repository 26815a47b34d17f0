"""Ink accounting: what no field has taken is told, what nobody wrote is not."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import cv2
import numpy as np
import pytest

from benchmarks.stray import cluttered, read, sheets
from ocr.ink.stray import find_strays
from ocr.laid_sheet import make_sheet
from ocr.place.blank import PX, Blank, load_blanks
from ocr.practice.hands import find_hands
from ocr.reader import Reader
from ocr.seen import EMPTY, Seen
from records.forms import FormDef, SilentDef
from records.types import Box, Gray
from tests.ocr.drawnpages import Pen, in_place, page_of

FORM = "child_allowance"
MARGIN = Box(30.0, 285.0, 20.0, 5.0)


@pytest.fixture(scope="module")
def form(sample_forms: Mapping[str, FormDef]) -> FormDef:
    return sample_forms[FORM]


@pytest.fixture(scope="module")
def blank(form: FormDef) -> Blank:
    return load_blanks(form)[0]


def written(image: Gray, box: Box, text: str = "28") -> Gray:
    """``text`` in a pen's strokes that fill the height of ``box``."""
    made = image.copy()
    scale = box.height * PX / 21.0
    at = (round(box.x * PX), round(box.bottom * PX))
    cv2.putText(made, text, at, cv2.FONT_HERSHEY_SIMPLEX, scale, 30, 3, cv2.LINE_AA)
    return made


def strays(form: FormDef, blank: Blank, image: Gray, **seen: Mapping[str, Seen]) -> list[Box]:
    fields = list(form.fields.values())
    sheet = make_sheet(page_of(image), in_place(blank, image), fields)
    return find_strays(sheet, form, seen)


def near(found: Box, box: Box) -> bool:
    return (
        found.x < box.right
        and box.x < found.right
        and found.y < box.bottom
        and box.y < found.bottom
    )


def text_seen(text: str) -> Mapping[str, Seen]:
    return {"": Seen(((text, 1.0),))}


def test_an_empty_form_has_no_strays(form: FormDef, blank: Blank) -> None:
    assert strays(form, blank, blank.image) == []


@pytest.mark.parametrize("height", [3.0, 5.0])
@pytest.mark.parametrize(
    "at", [(30, 285), (60, 8), (172, 205), (8, 120)], ids=["foot", "head", "in a cell", "margin"]
)
def test_a_note_outside_all_fields_is_found(
    form: FormDef, blank: Blank, at: tuple[float, float], height: float
) -> None:
    box = Box(at[0], at[1], 2.2 * height, height)
    [found] = strays(form, blank, written(blank.image, box))
    assert near(found, box)
    assert found.width < box.width + 4
    assert found.height < box.height + 4


def test_ink_that_a_field_read_is_the_fields_and_ink_that_it_did_not_read_is_not(
    form: FormDef, blank: Blank
) -> None:
    seal = form.fields["seal"]
    assert seal.area is not None
    inside = Box(seal.area.x + 4, seal.area.y + 5, 6, 3)
    image = written(blank.image, inside, "12")
    assert strays(form, blank, image, seal={"": Seen((("yes", 1.0),))}) == []
    [found] = strays(form, blank, image, seal={"": EMPTY})
    assert near(found, inside)


def test_a_seal_goes_over_the_edge_of_its_place(form: FormDef, blank: Blank) -> None:
    seal = form.fields["seal"].area
    assert seal is not None
    stamp = Pen(blank).ring(seal.grown(-3.0).moved(4.0, 0.0), 1.0).text("28", seal, 4.0)
    assert strays(form, blank, stamp.image, seal={"": Seen((("yes", 1.0),))}) == []


def test_a_part_of_a_date_that_a_text_layer_gave_as_a_whole_is_the_dates(
    form: FormDef, blank: Blank
) -> None:
    year = form.fields["claimed_on"].parts["year"].box
    assert year is not None
    image = Pen(blank).text("28", year, 4.0).image
    assert strays(form, blank, image, claimed_on=text_seen("令和8年2月5日")) == []
    assert strays(form, blank, image)


def test_a_fields_last_letters_behind_its_end_are_its_own_and_a_note_farther_off_is_not(
    form: FormDef, blank: Blank
) -> None:
    holder = form.fields["account"].parts["holder"].box
    assert holder is not None
    line = Box(holder.right - 12, holder.y + 2, 14, 4)
    seen = {"holder": Seen((("123456", 1.0),))}
    long = Pen(blank).text("123456", line, 3.5)
    assert strays(form, blank, long.image, account=seen) == []
    note = Box(holder.right + 30, holder.y + 1.5, 12, 5)
    [found] = strays(form, blank, long.text("99", note, 3.5).image, account=seen)
    assert near(found, note)


def test_a_mark_accounts_for_its_own_option_alone(form: FormDef, blank: Blank) -> None:
    options = form.fields["pension"].place
    assert options is not None
    one, other = options.options["厚生年金"], options.options["未加入"]
    seen = {"": Seen((("厚生年金", 1.0),))}
    ring = Pen(blank).ring(one, 1.5)
    assert strays(form, blank, ring.image, pension=seen) == []
    [found] = strays(form, blank, ring.ring(other, 1.5).image, pension=seen)
    assert near(found, other)


def _below(option: Box) -> Box:
    """Where a note stands close below the ring about an option."""
    return Box(option.x + option.width / 2 - 4.0, option.bottom + 2.4, 8.0, 3.2)


def _ringed(form: FormDef, blank: Blank) -> tuple[Pen, Box, dict[str, Mapping[str, Seen]]]:
    """A ring about an option, the option, and what was seen."""
    options = form.fields["pension"].place
    assert options is not None
    option = options.options["厚生年金"]
    seen = {"pension": {"": Seen((("厚生年金", 1.0),))}}
    return Pen(blank).ring(option, 1.0), option, seen


def test_a_note_close_to_a_ringed_option_is_none_of_its_ring(form: FormDef, blank: Blank) -> None:
    ring, option, seen = _ringed(form, blank)
    note = _below(option)
    [found] = strays(form, blank, written(ring.image, note), **seen)
    assert near(found, note)
    assert found.y > option.bottom + 1.0


def test_a_note_close_to_a_ring_that_print_has_cut_is_found(form: FormDef, blank: Blank) -> None:
    _, option, seen = _ringed(form, blank)
    halves = Pen(blank).ring(option, 1.0, 20.0, 140.0).ring(option, 1.0, 200.0, 140.0)
    assert strays(form, blank, halves.image, **seen) == []
    note = _below(option)
    [found] = strays(form, blank, written(halves.image, note), **seen)
    assert near(found, note)


@pytest.mark.parametrize("grown", [0.5, 1.5, 2.5])
def test_a_ring_with_a_loose_end_or_drawn_twice_is_the_options(
    form: FormDef, blank: Blank, grown: float
) -> None:
    ring, option, seen = _ringed(form, blank)
    twice = ring.ring(option, grown + 0.4, 15.0)
    assert strays(form, blank, twice.image, **seen) == []
    end = (option.right + 3.2, option.y + 1.0)
    loose = twice.line(end, (end[0] + 1.2, end[1] - 1.8))
    assert strays(form, blank, loose.image, **seen) == []


def test_ink_beside_a_ring_that_is_open_there_is_the_rings(form: FormDef, blank: Blank) -> None:
    _, option, seen = _ringed(form, blank)
    arc = Pen(blank).ring(option, 1.0, 150.0, 150.0)
    assert strays(form, blank, arc.ring(option, 2.2, 60.0, 60.0).image, **seen) == []


def test_a_silent_place_keeps_the_offices_stamp_to_itself(form: FormDef, blank: Blank) -> None:
    place = form.silent[0].box
    date = Box(place.x + 6, place.y + 7, 14, 4)
    stamp = Pen(blank).ring(place.grown(-4.0), 3.0).text("7.4.1", date, 3.5).image
    assert strays(form, blank, stamp) == []
    unnamed = dataclasses.replace(form, silent=())
    assert strays(unnamed, blank, stamp)
    elsewhere = (SilentDef(2, place, "受付印"),)
    assert strays(dataclasses.replace(form, silent=elsewhere), blank, stamp)


def test_a_line_drawn_through_the_whole_sheet_is_told(form: FormDef, blank: Blank) -> None:
    image = blank.image.copy()
    cv2.line(image, (100, 150), (1550, 2200), 30, 4, cv2.LINE_AA)
    assert strays(form, blank, image, applicant=text_seen("山田"))


def test_what_machines_leave_is_silent(form: FormDef, blank: Blank) -> None:
    image = blank.image.copy()
    height = len(image)
    for at in (-40, 40):
        centre = (round(8 * PX), round(height / 2 + at * PX))
        cv2.circle(image, centre, round(3 * PX), 30, -1)
    cv2.line(image, (round(201 * PX), 0), (round(203 * PX), height), 90, 1)
    cv2.line(image, (70, 110), (140, 135), 40, 6)
    image[:, : round(1.5 * PX)] = 20
    assert strays(form, blank, image) == []
    [found] = strays(form, blank, written(image, MARGIN))
    assert near(found, MARGIN)


def test_the_rim_of_a_punch_hole_is_silent_wherever_print_runs_through_it(
    form: FormDef, blank: Blank
) -> None:
    middle = blank.size_mm[1] / 2
    for x in (10.5, 12.0, 13.5):
        image = blank.image.copy()
        for y in (middle - 40, middle + 40):
            centre = (round(x * PX), round(y * PX))
            cv2.circle(image, centre, round(3 * PX), 30, 2, cv2.LINE_AA)
        assert strays(form, blank, image) == []


def test_a_ring_that_a_hand_draws_is_no_hole(form: FormDef, blank: Blank) -> None:
    middle = blank.size_mm[1] / 2
    oval = Pen(blank).ring(Box(6.5, middle - 41.5, 4.0, 1.5), 1.0).image
    assert len(strays(form, blank, oval)) == 1


@pytest.mark.parametrize("slope", [-0.4, 0.0, 0.25, 0.5])
def test_a_staple_is_silent_across_print_too(form: FormDef, blank: Blank, slope: float) -> None:
    start = (15.0, 10.0 - 5 * slope)
    pen = Pen(blank, 0.7, 40).line(start, (25.0, start[1] + 10 * slope))
    assert strays(form, blank, pen.image) == []


def test_a_word_beside_a_bar_makes_it_no_staple(form: FormDef, blank: Blank) -> None:
    note = Box(20.0, 283.0, 8.0, 4.0)
    image = Pen(blank, 0.7, 40).line((12.0, 285.0), (18.0, 285.5)).image
    [found] = strays(form, blank, written(image, note))
    assert near(found, note)


def _on_words(blank: Blank) -> list[Box]:
    """Places of notes across printed words, one a word that is long enough."""
    words = [word.box for word in blank.words if word.box.width > 7.0 and word.box.height < 4.5]
    return [Box(box.x + 0.5, box.y - 0.8, 7.0, 3.4) for box in words]


@pytest.mark.parametrize("gray", [30, 110], ids=["pen", "pencil"])
def test_a_note_across_printed_words_is_found(form: FormDef, blank: Blank, gray: int) -> None:
    places = _on_words(blank)[::4]
    assert len(places) >= 8
    missed = []
    for box in places:
        image = Pen(blank, 0.4, gray).text("28", box, box.height).image
        if not any(near(found, box) for found in strays(form, blank, image)):
            missed.append(box)
    assert len(missed) <= len(places) // 10


@pytest.mark.parametrize("moved", [(2, 0), (0, 3), (-2, 2)])
def test_print_that_stands_off_is_no_note(
    form: FormDef, blank: Blank, moved: tuple[int, int]
) -> None:
    """So do parts of a page that were fed unevenly: here one strip of it."""
    image = blank.image.copy()
    strip = slice(round(120 * PX), round(160 * PX))
    image[strip] = np.roll(image[strip], moved, axis=(0, 1))
    assert strays(form, blank, image) == []


def _specked(blank: Blank, share: float) -> Gray:
    """A black-and-white scan in which so much of the toned print has become black."""
    chance = np.random.default_rng(8).random(blank.image.shape)
    chance = cv2.GaussianBlur(chance, (0, 0), 1.0)
    tone = (blank.image >= 170) & (blank.image < 248)
    black = tone & (chance < np.quantile(chance, share))
    return np.where((blank.image < 160) | black, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("share", [0.01, 0.03, 0.06])
def test_toned_print_that_has_become_specks_is_no_note(
    form: FormDef, blank: Blank, share: float
) -> None:
    assert strays(form, blank, _specked(blank, share)) == []


def test_the_sender_line_of_a_fax_is_silent_and_a_note_beside_it_is_not(
    form: FormDef, blank: Blank
) -> None:
    image = blank.image.copy()
    text = "2025-04-01 10:15    FROM:0954-63-2111    TO:KASHIMA CITY    P.01/01"
    cv2.putText(image, text, (80, 55), cv2.FONT_HERSHEY_PLAIN, 1.4, 0, 2)
    bits = np.where(image < 160, 0, 255).astype(np.uint8)
    assert strays(form, blank, bits) == []
    note = Box(60.0, 8.5, 10.0, 4.5)
    [found] = strays(form, blank, np.minimum(bits, written(blank.image, note)))
    assert near(found, note)


def test_dust_is_no_note(form: FormDef, blank: Blank) -> None:
    image, rng = blank.image.copy(), np.random.default_rng(3)
    for y, x in rng.uniform((50, 50), (2250, 1600), (60, 2)).astype(int).tolist():
        image[y : y + 2, x : x + 3] = 0
    assert strays(form, blank, image) == []


def _with_specks(image: Gray, *at: tuple[int, int]) -> Gray:
    """Pieces so dark and so large as the darkest of a pencil's stroke, 4 x 3 pixels each."""
    made = image.copy()
    for y, x in at:
        made[y : y + 3, x : x + 4] = 60
    return made


def test_a_faint_note_with_one_dark_piece_is_found_and_a_speck_alone_is_not(
    form: FormDef, blank: Blank
) -> None:
    faint = Pen(blank, 0.45, 200).text("2819", MARGIN, 4.5).image
    top, left = round((MARGIN.y + 2.5) * PX), round((MARGIN.x + 6) * PX)
    assert strays(form, blank, faint) == []
    assert strays(form, blank, _with_specks(blank.image, (top, left))) == []
    [found] = strays(form, blank, _with_specks(faint, (top, left)))
    assert near(found, MARGIN)


@pytest.fixture(scope="module")
def writers() -> None:
    if not find_hands():
        pytest.skip("no handwriting font")


def test_notes_are_found_the_whole_way(
    reader: Reader, sample_forms: Mapping[str, FormDef], writers: None
) -> None:
    damages = ("scan200", "mono300", "fax_standard")
    found = list(read(sheets([sample_forms["account_transfer"]], damages, 3, 31, True), reader))
    assert all(sheet.read for sheet in found)
    hits = [sheet.has(note) for sheet in found for note in sheet.planted if not note.over_print]
    assert len(hits) >= 3
    assert all(hits)


def test_sheets_without_notes_have_no_strays(
    reader: Reader, sample_forms: Mapping[str, FormDef], writers: None
) -> None:
    forms = [sample_forms["account_transfer"]]
    plain = list(read(sheets(forms, ("scan200", "fax_standard"), 2, 32, False), reader))
    clutter = list(read(cluttered(forms, 2, 33), reader))
    assert [(s.form, s.damage, s.places) for s in (*plain, *clutter) if s.places] == []
