"""Hands that are fitted on, that set bars, and that are measured on stay apart."""

from __future__ import annotations

import itertools

from benchmarks.handsets import BARS, MEASURING, NEVER_FITTED, SIBLINGS, fitted
from ocr.practice.hands import find_hands


def test_no_hand_is_in_two_sets() -> None:
    for one, other in itertools.combinations((MEASURING, BARS, SIBLINGS), 2):
        assert not set(one) & set(other)


def test_every_weight_of_a_hand_of_a_set_is_kept_from_fitting() -> None:
    families = {hand.family for hand in find_hands(per_font=1)}
    designs = {name.rsplit("-", 1)[0] for name in NEVER_FITTED if name[-1].isdigit()}
    for family in fitted(families):
        assert family.rsplit("-", 1)[0] not in designs, f"{family} is a weight of a kept hand"


def test_hands_remain_for_each_purpose() -> None:
    families = {hand.family for hand in find_hands(per_font=1)}
    assert set(MEASURING) <= families, "the fonts of make test hold what is measured on"
    assert set(BARS) & families
    assert fitted(families)
