"""The ink of a line, shared out among the letters of a text."""

from __future__ import annotations

import numpy as np
import pytest

from ocr.weigh.letterwidths import Shared, shared

TALL = 40.0


def _told(text: str, at: list[float], ink: list[tuple[int, int]]) -> Shared:
    """What is told of a text whose letters stand at ``at`` over upright bars of ink from the first
    to before the second column."""
    columns = np.zeros(ink[-1][1], np.int64)
    for left, right in ink:
        columns[left:right] = 12
    pieces = np.asarray([(a, 0, b - a, 40) for a, b in ink], np.int32)
    return shared(text, at, columns, pieces, TALL)


def test_a_text_that_says_all_its_ink_has_nothing_over() -> None:
    told = _told("5回", [11, 48], [(0, 22), (30, 66)])
    assert max(told.over, told.bare) < 0.1
    assert told.loose == told.apart == 0


@pytest.mark.parametrize(
    ("text", "at", "ink"),
    [
        ("56人", [11, 72, 108], [(0, 50), (60, 82), (90, 126)]),  # 5~6人, the wave on the bar
        ("往復", [46, 86], [(0, 22), (28, 64), (68, 104)]),  # 3往復
        ("53", [11, 39], [(0, 22), (28, 50), (58, 94)]),  # 53分
        ("週日", [18, 84], [(0, 36), (42, 60), (66, 102)]),  # 週5日
        ("6.9", [11, 28, 44], [(0, 22), (26, 30), (34, 56), (62, 98)]),  # 6.9㎡
    ],
)
def test_ink_of_a_letter_that_is_not_said_is_over(
    text: str, at: list[float], ink: list[tuple[int, int]]
) -> None:
    assert _told(text, at, ink).over > 0.4


def test_a_letter_without_ink_is_bare() -> None:
    assert _told("10時", [11, 20, 48], [(0, 22), (30, 66)]).bare > 0.2


def test_a_ring_beside_a_digit_is_loose() -> None:
    told = _told("90", [11, 39], [(0, 22), (28, 50), (54, 66)])
    assert told.loose == pytest.approx(12 / TALL)
    assert told.over > 0.3


def test_digits_with_room_for_a_point_between_them_stand_apart() -> None:
    told = _told("921日", [11, 53, 95, 124], [(0, 22), (42, 64), (84, 106), (112, 136)])
    assert told.apart == pytest.approx(0.0)  # all of them stand so
    told = _told("令和51", [18, 60, 95, 137], [(0, 36), (42, 78), (84, 106), (126, 148)])
    assert told.apart == pytest.approx(14 / TALL)
