"""Times and counts, everyday words with a number, and texts with signs, written and read the whole
way: the benchmark's sets, small."""

from __future__ import annotations

import pytest

from benchmarks.texts import FORM, SETS, key, read
from ocr.practice.hands import find_hands
from records.formloading import load_form


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("8:30~17:15", "8：30〜17：15", True),
        ("150㎡", "150m²", True),
        ("高さ2.5m", "高さ 2.5m", True),
        ("高さ2.5m", "高さ25m", False),
        ("3~5回", "35回", False),
        ("(仮称)森", "仮称)森", False),
    ],
)
def test_texts_are_the_same_but_for_width_and_blanks(one: str, other: str, same: bool) -> None:
    assert (key(one) == key(other)) is same


@pytest.mark.parametrize(("name", "right"), [*zip(SETS, (14, 15, 8), strict=True)])
def test_most_is_read_right_and_nothing_wrong_goes_unseen(name: str, right: int) -> None:
    form = load_form(FORM)
    hands = find_hands(families=("klee", "kiloji", "kiloji-b"), per_font=1)
    made = list(read(form, SETS[name], 3, 4, hands))
    assert len(made) == 18
    wrong = [w.line() for w in made if not w.right]
    assert not [line for line in wrong if "UNSEEN" in line]
    assert len(made) - len(wrong) >= right, wrong
