"""Circles, ticks and fills as people make them: the right option, or a question to a person, and
never another option."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from ocr.engines.ppocr import PpOcr
from ocr.fieldmarks import one_mark
from ocr.fields import FieldReader
from ocr.ink.marks import MarkEvidence
from ocr.laid_sheet import make_sheet
from ocr.place.align import best_blank, even_paper, prepare
from ocr.place.blank import PX, Blank
from ocr.seen import Seen
from records.forms import FieldDef, FormDef, Part
from records.types import Box, Gray
from tests.ocr.drawnpages import Pen, in_place, page_of, shared

GetBlank = Callable[[str], Blank]
Look = Callable[[Pen, str], Seen]
Forms = Mapping[str, FormDef]


@pytest.fixture(scope="module")
def fields(sample_forms: Forms) -> dict[str, FieldDef]:
    """Marks of child_allowance as they are, and the tick boxes of ``attachments`` once more as one
    choice to fill."""
    made = dict(sample_forms["child_allowance"].fields)
    place = made["attachments"].place
    assert place is not None
    return made | {
        "one_tick": FieldDef("one_tick", "choice", "一つ", place=place),
        "fill": FieldDef("fill", "choice", "塗る", place=Part(mark="fill", options=place.options)),
    }


@pytest.fixture(scope="module")
def look(
    engine: PpOcr, blank_of: GetBlank, fields: dict[str, FieldDef], sample_forms: Forms
) -> Look:
    """What is seen in a field of a drawn sheet."""
    reader, on_form = FieldReader(engine), list(sample_forms["child_allowance"].fields.values())

    def seen(pen: Pen, name: str) -> Seen:
        sheet = make_sheet(
            page_of(pen.image), in_place(blank_of("child_allowance"), pen.image), on_form
        )
        return reader.read(fields[name], sheet)[""]

    return seen


@pytest.fixture
def pen(blank_of: GetBlank) -> Pen:
    return Pen(blank_of("child_allowance"))


@pytest.fixture
def option(fields: dict[str, FieldDef]) -> Callable[[str, str], Box]:
    def box(name: str, word: str) -> Box:
        place = fields[name].place
        assert place is not None
        return place.options[word]

    return box


def codes(seen: Seen) -> list[str]:
    return [problem.code for problem in seen.problems]


OPTIONS = (
    "請求者の健康保険証の写し",
    "振込先口座の通帳の写し",
    "本人確認書類の写し",
    "別居監護申立書",
)
FIRST, SECOND, THIRD, FOURTH = OPTIONS


# --- circles --------------------------------------------------------------------------------------

RINGS: dict[str, Callable[[Pen, Box], object]] = {
    "closed": lambda pen, box: pen.ring(box),
    "open at the top": lambda pen, box: pen.ring(box, start=-60, turn=300),
    "open at the side": lambda pen, box: pen.ring(box, start=30, turn=290),
    "twice round": lambda pen, box: pen.ring(box).ring(box, 1.2, 40),
    "tight": lambda pen, box: pen.ring(box, 0.1),
    "wide, into the neighbours' words": lambda pen, box: pen.ring(box, 2.8),
    "moved down": lambda pen, box: pen.ring(box.moved(0.6, 1.2)),
    "moved aside": lambda pen, box: pen.ring(box.moved(1.8, -0.3)),
}


@pytest.mark.parametrize("how", RINGS)
def test_a_circle_round_a_word_is_that_word(
    how: str, pen: Pen, look: Look, option: Callable[[str, str], Box]
) -> None:
    word = "自営業"
    RINGS[how](pen, option("occupation", word))
    seen = look(pen, "occupation")
    assert seen.text == word
    assert seen.problems == ()


@pytest.mark.parametrize("grown", [-0.6, -0.45, -0.3, -0.15, 0.0])
def test_a_ring_drawn_on_the_printed_box_is_never_passed_over(
    grown: float, pen: Pen, look: Look, option: Callable[[str, str], Box]
) -> None:
    """With the box most of the ring is taken away; what is left of it made no mark, and the field
    passed for empty."""
    pen.ring(option("one_tick", SECOND), grown)
    seen = look(pen, "one_tick")
    assert (seen.text == SECOND) != ("faint_mark" in codes(seen))


def test_a_third_of_a_circle_beside_a_whole_one_is_shown_to_a_person(
    pen: Pen, look: Look, option: Callable[[str, str], Box]
) -> None:
    pen.ring(option("occupation", "会社員"))
    pen.ring(option("occupation", "無職"), start=20, turn=130)
    seen = look(pen, "occupation")
    assert seen.text == "会社員"
    assert codes(seen) == ["faint_mark"]


def test_no_circle_is_an_empty_field(pen: Pen, look: Look) -> None:
    seen = look(pen, "occupation")
    assert (seen.text, seen.problems, seen.empty) == ("", (), True)


@pytest.mark.parametrize("words", [("会社員", "自営業"), ("会社員", "公務員"), ("公務員", "無職")])
def test_two_circles_are_asked_about_and_never_picked(
    words: tuple[str, str], pen: Pen, look: Look, option: Callable[[str, str], Box]
) -> None:
    for word in words:
        pen.ring(option("occupation", word))
    seen = look(pen, "occupation")
    assert seen.text == ""
    assert codes(seen) == ["two_marks"]
    assert all(word in seen.problems[0].message for word in words)


def strike(pen: Pen, box: Box) -> Pen:
    """取消線: two lines through a word."""
    y = box.y + box.height / 2
    return pen.line((box.x - 1.5, y - 0.3), (box.right + 1.5, y - 0.3)).line(
        (box.x - 1.5, y + 0.5), (box.right + 1.5, y + 0.5)
    )


@pytest.mark.parametrize("wrong", ["会社員", "公務員", "パート・アルバイト"])
def test_after_a_struck_circle_and_another_one_a_person_looks(
    wrong: str, pen: Pen, look: Look, option: Callable[[str, str], Box]
) -> None:
    """The one that stands may be proposed; the one that was struck out never is."""
    strike(pen.ring(option("occupation", wrong)), option("occupation", wrong)).ring(
        option("occupation", "無職")
    )
    seen = look(pen, "occupation")
    assert set(codes(seen)) <= {"struck_out", "two_marks"}
    assert seen.problems
    assert seen.text == "無職"


@pytest.mark.parametrize(
    ("marks", "proposed"),
    [
        (
            {"パート": (24.6, 0.13, 145), "無職": (8.1, 0.21, 145)},
            "パート",
        ),  # one ring, which reaches over half of the next word
        (
            {"課長": (47.9, 0.66, 30), "会計年度": (41.5, 0.09, 30)},
            "会計年度",
        ),  # a crossed-out ring that touches the one that counts
        ({"有": (24.6, 0.13, 1), "無": (8.1, 0.21, 2)}, "無"),  # scribbled over
        (
            {"大": (2.6, 0.73, 1), "小": (6.8, 1.14, 2), "会議室": (2.3, 0.76, 3)},
            "小",
        ),  # left-overs of printed boxes beside a tick
        ({"大": (2.6, 0.73, 1), "小": (3.8, 1.14, 2), "会議室": (2.3, 0.76, 3)}, ""),
    ],
)
def test_which_of_several_marks_is_proposed(
    marks: Mapping[str, tuple[float, float, int]], proposed: str
) -> None:
    evidence = {
        n: MarkEvidence(1.0, 0.7, ink, False, level, stroke)
        for n, (ink, level, stroke) in marks.items()
    }
    seen = one_mark(evidence, "職業")
    assert (seen.text, codes(seen)) == (proposed, ["two_marks"])


def test_a_struck_circle_alone_is_no_choice(
    pen: Pen, look: Look, option: Callable[[str, str], Box]
) -> None:
    box = option("occupation", "パート・アルバイト")
    seen = look(strike(pen.ring(box), box), "occupation")
    assert (seen.text, codes(seen)) == ("", ["struck_out"])


def test_a_tick_beside_a_word_to_circle_is_that_word_or_a_question(
    pen: Pen, look: Look, option: Callable[[str, str], Box]
) -> None:
    pen.tick(option("pension", "国民年金"), 0.7)
    seen = look(pen, "pension")
    assert seen.text == "国民年金" or seen.problems


@pytest.mark.parametrize("turn", [40, 70])
def test_a_stray_stroke_near_a_word_is_not_a_circle(
    turn: float, pen: Pen, look: Look, option: Callable[[str, str], Box]
) -> None:
    pen.ring(option("occupation", "無職"), 1.0, 200, turn)
    seen = look(pen, "occupation")
    assert seen.text == ""


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    word=st.sampled_from(["厚生年金", "国民年金", "共済組合", "未加入"]),
    grown=st.floats(0.2, 2.4),
    dx=st.floats(-1.5, 1.5),
    dy=st.floats(-0.9, 0.9),
    start=st.floats(0, 360),
    turn=st.floats(290, 420),
)
def test_no_way_of_circling_gives_another_word(
    word: str,
    grown: float,
    dx: float,
    dy: float,
    start: float,
    turn: float,
    blank_of: GetBlank,
    look: Look,
    option: Callable[[str, str], Box],
) -> None:
    """However it is drawn: the word, or a question; another word in silence would be a wrong
    pension."""
    seen = look(
        Pen(blank_of("child_allowance")).ring(
            option("pension", word).moved(dx, dy), grown, start, turn
        ),
        "pension",
    )
    assert seen.text == word or seen.problems


# --- ticks ----------------------------------------------------------------------------------------

TICKS: dict[str, Callable[[Pen, Box], object]] = {
    "inside": lambda pen, box: pen.tick(box, 0.9),
    "starts and ends outside": lambda pen, box: pen.tick(box, 2.0),
    "long tail": lambda pen, box: pen.line(
        (box.x + 0.5, box.y + 1.5), (box.x + 1.4, box.y + 3), (box.right + 4, box.y - 2.5)
    ),
    "cross": lambda pen, box: pen.line((box.x, box.y), (box.right, box.bottom)).line(
        (box.right, box.y), (box.x, box.bottom)
    ),
    "filled": lambda pen, box: pen.fill(box),
    "ring in the box": lambda pen, box: pen.ring(box.grown(-1.2), 0.3),
    "moved over the edge": lambda pen, box: pen.tick(box.moved(1.2, -1.0), 1.2),
}


@pytest.mark.parametrize("how", TICKS)
def test_a_ticked_box_is_ticked_and_its_neighbours_are_not(
    how: str, pen: Pen, look: Look, option: Callable[[str, str], Box]
) -> None:
    TICKS[how](pen, option("attachments", SECOND))
    seen = look(pen, "attachments")
    assert seen.text == SECOND
    assert seen.problems == ()


def test_several_ticks_come_in_the_forms_order(
    pen: Pen, look: Look, option: Callable[[str, str], Box]
) -> None:
    for word in (FOURTH, FIRST, THIRD):
        pen.tick(option("attachments", word))
    assert look(pen, "attachments").text.split("\n") == [FIRST, THIRD, FOURTH]
    assert codes(look(pen, "one_tick")) == ["two_marks"]


def test_between_no_tick_and_a_tick_a_person_is_asked(
    blank_of: GetBlank, look: Look, option: Callable[[str, str], Box]
) -> None:
    """A stroke that grows from a slip of the pen to a tick: nothing, then a question, then a tick
    with a growing margin."""
    box, verdicts, margins = option("one_tick", FIRST), [], []
    for reach in np.arange(0.0, 2.0, 0.2):
        start = (box.x + 1.0, box.y + 2.2)
        seen = look(
            Pen(blank_of("child_allowance")).line(
                start, (start[0] + 0.8 * reach, start[1] - 0.6 * reach)
            ),
            "one_tick",
        )
        verdicts.append(
            "asked"
            if codes(seen) == ["faint_mark"]
            else "tick"
            if seen.text == FIRST
            else "nothing"
        )
        margins.append(seen.features["mark_margin"])
    order = ("nothing", "asked", "tick")
    assert set(verdicts) == set(order)
    assert verdicts == sorted(verdicts, key=order.index)
    assert margins[verdicts.index("tick")] < 0.3 < margins[-1]


def test_a_tick_crossed_out_by_a_long_line_is_asked_about(
    pen: Pen, look: Look, option: Callable[[str, str], Box]
) -> None:
    box = option("attachments", THIRD)
    y = box.y + box.height / 2
    pen.tick(box).line((box.x - 2.5, y), (box.right + 2.5, y))
    seen = look(pen, "attachments")
    assert codes(seen) == ["struck_out"]
    assert THIRD not in seen.text


def test_faxed_speckle_marks_nothing(pen: Pen, look: Look) -> None:
    """600 spots of up to 0.25 x 0.4 mm over the sheet."""
    rng = np.random.default_rng(3)
    for y, x in zip(
        rng.integers(0, pen.image.shape[0], 600),
        rng.integers(0, pen.image.shape[1], 600),
        strict=True,
    ):
        pen.image[y : y + rng.integers(1, 3), x : x + rng.integers(1, 4)] = 0
    for name in ("occupation", "attachments", "seal", "fill"):
        assert look(pen, name).text == "", name


# --- fills ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("share", "text"), [(0.95, SECOND), (0.75, SECOND)])
def test_a_filled_box_is_chosen(
    share: float, text: str, pen: Pen, look: Look, option: Callable[[str, str], Box]
) -> None:
    seen = look(pen.fill(option("fill", SECOND), share), "fill")
    assert (seen.text, seen.problems) == (text, ())


def test_a_light_pencil_fill_counts(
    blank_of: GetBlank, look: Look, option: Callable[[str, str], Box]
) -> None:
    seen = look(Pen(blank_of("child_allowance"), gray=135).fill(option("fill", FIRST)), "fill")
    assert seen.text == FIRST


def test_two_fills_are_asked_about(pen: Pen, look: Look, option: Callable[[str, str], Box]) -> None:
    seen = look(pen.fill(option("fill", FIRST)).fill(option("fill", THIRD)), "fill")
    assert (seen.text, codes(seen)) == ("", ["two_marks"])


# --- presence -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "mark"),
    [
        ("consent", lambda pen, box: pen.tick(box)),
        ("signature", lambda pen, box: pen.text("Kashima", box, 5.0)),
        ("seal", lambda pen, box: pen.ring(box.grown(-3), 0).text("KM", box.grown(-3.5), 5.0)),
    ],
)
def test_what_is_there_is_there(
    name: str, mark: Callable[[Pen, Box], object], pen: Pen, look: Look, fields: dict[str, FieldDef]
) -> None:
    area = fields[name].area
    assert area is not None
    assert look(pen, name).text == ""
    mark(pen, area)
    assert look(pen, name).text == "yes"


# --- a photographed survey ------------------------------------------------------------------------

SHEET = np.float32([[378, 226], [1304, 278], [1288, 1725], [77, 1581]])
"""Corners of the paper in the photo, pixels, clockwise from the top left."""

BUBBLES = np.float32([[994, 597], [1200, 607], [1184, 1060], [960, 1041]])
"""Middles of the bubbles at the corners of the 17 x 5 grid."""

COLUMNS = ("Extremely", "Moderately", "Slightly", "Quite", "Not at all")


def bubbles_mm(to_paper: NDArray[np.float64]) -> NDArray[np.float64]:
    """Middles of all bubbles on the paper, mm, shape (17, 5, 2)."""
    grid = cv2.getPerspectiveTransform(np.float32([[0, 0], [4, 0], [4, 16], [0, 16]]), BUBBLES)
    steps = np.stack(np.meshgrid(np.arange(5.0), np.arange(17.0)), axis=2)
    return np.asarray(
        cv2.perspectiveTransform(cv2.perspectiveTransform(steps, grid), to_paper) / PX
    )


@pytest.mark.shared_data
def test_pencil_in_a_photo_from_aside(engine: PpOcr) -> None:
    """Seventeen answers of a real survey, photographed in strong perspective: each as the eye has
    it.

    The blank is the photo itself, set upright, with an empty bubble of the same row put over each
    filled one.
    """
    truth: list[Any] = json.loads(
        shared("marks/omr_survey_1.marks.json").read_text(encoding="utf-8")
    )["marks"]
    photo = np.asarray(Image.open(shared("marks/omr_survey_1.jpg")).convert("L"))
    size = (round(210 * PX), round(297 * PX))
    upright = cv2.getPerspectiveTransform(
        SHEET, np.float32([[0, 0], [size[0], 0], list(size), [0, size[1]]])
    )
    paper = even_paper(
        np.asarray(cv2.warpPerspective(photo, upright, size, flags=cv2.INTER_AREA), np.uint8)
    )
    middles = bubbles_mm(np.asarray(upright, np.float64))
    blank = Blank(
        "survey", 1, 1, emptied(paper, middles, [COLUMNS.index(a) if a else None for _, a in truth])
    )
    items = [
        FieldDef(
            f"q{row}",
            "choice",
            place=Part(
                mark="fill",
                options={
                    word: Box(float(x) - 1.5, float(y) - 1.5, 3.0, 3.0)
                    for word, (x, y) in zip(COLUMNS, middles[row], strict=True)
                },
            ),
        )
        for row in range(17)
    ]
    page = page_of(photo, 150)
    aligned = best_blank(prepare(page), [blank])[0]
    assert aligned.fit > 0.9
    sheet, reader = make_sheet(page, aligned, items), FieldReader(engine)
    seen = [reader.read(item, sheet)[""] for item in items]
    wrong = [
        (row, s.text, answer)
        for row, (s, (_, answer)) in enumerate(zip(seen, truth, strict=True))
        if s.text != (answer or "") and not s.problems
    ]
    assert wrong == []
    assert (
        sum(
            s.text == (answer or "") and not s.problems
            for s, (_, answer) in zip(seen, truth, strict=True)
        )
        >= 15
    )


def emptied(paper: Gray, middles: NDArray[np.float64], filled: list[int | None]) -> Gray:
    """The sheet before anybody marked it."""
    made, reach = paper.copy(), round(2.3 * PX)
    for row, column in enumerate(filled):
        if column is None:
            continue
        other = column - 1 if column else 1
        (x, y), (u, v) = (
            tuple(round(float(c) * PX) for c in middles[row, n]) for n in (column, other)
        )
        made[y - reach : y + reach, x - reach : x + reach] = paper[
            v - reach : v + reach, u - reach : u + reach
        ]
    return made
