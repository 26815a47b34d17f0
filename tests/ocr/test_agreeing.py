"""A text says what is drawn where nothing plain to see contradicts it."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ocr.views.agreeing import HeardCharacter, agrees, is_crossed, rows_of

KNOWN = frozenset("0123456789鹿島市高")


def seen(text: str, belief: float = 0.99) -> list[HeardCharacter]:
    return [HeardCharacter(character, belief) for character in text]


@given(st.text("0123456789", min_size=1, max_size=12), st.data())
def test_a_digit_that_is_plainly_another_one_is_a_contradiction(
    digits: str, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(digits) - 1))
    other = data.draw(st.sampled_from([d for d in "0123456789" if d != digits[place]]))
    changed = digits[:place] + other + digits[place + 1 :]
    for numeric in (True, False):
        assert agrees(digits, seen(digits), KNOWN, numeric)
        assert not agrees(changed, seen(digits), KNOWN, numeric)
        assert not agrees(digits + other, seen(digits), KNOWN, numeric)
        assert not agrees(digits, seen(digits + other), KNOWN, numeric)


def test_a_letter_that_the_reader_cannot_name_may_be_drawn_as_anything() -> None:
    assert agrees("栁田", seen("柳田"), frozenset("柳田"), numeric=False)
    assert agrees("鹿島𠮷", seen("鹿島古"), KNOWN, numeric=False)
    assert not agrees("高島", seen("鹿島"), KNOWN, numeric=False)


def test_forms_of_one_letter_and_its_twins_in_print_are_no_contradiction() -> None:
    assert agrees("髙島", seen("高島"), KNOWN, numeric=False)
    assert agrees("ニシ", seen("二シ"), frozenset("ニシ二"), numeric=False)
    assert agrees("0954-62", seen("095462"), KNOWN, numeric=True)
    assert agrees("¥1,200円", seen("1200"), KNOWN, numeric=True)


def test_lines_of_print_are_parted_and_one_letter_of_two_strokes_is_not() -> None:
    picture = np.full((80, 400), 255, np.uint8)
    picture[5:30, 5:300] = 0
    picture[40:45, 5:40] = 0
    picture[52:57, 5:40] = 0
    assert [row.shape[0] for row in rows_of(picture)] == [33, 25]  # with 4 rows of paper around


def test_a_line_through_characters_is_no_character() -> None:
    picture = np.full((40, 400), 255, np.uint8)
    for left in range(10, 330, 22):
        picture[8:32, left : left + 4] = 0
        picture[18:21, left : left + 16] = 0
    assert not is_crossed(picture)
    picture[19:22, 5:200] = 0
    assert is_crossed(picture)
