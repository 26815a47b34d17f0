"""Pieces are measured as OpenCV measures them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr.ink.connected import connected


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 10_000),
    share=st.floats(0.0, 1.0),
    sides=st.tuples(st.integers(1, 60), st.integers(1, 60)),
    ways=st.sampled_from((4, 8)),
)
def test_pieces_are_those_of_opencv(
    seed: int, share: float, sides: tuple[int, int], ways: int
) -> None:
    mask = (np.random.default_rng(seed).random(sides) < share).astype(np.uint8)
    found = connected(mask, ways)
    count, numbers, stats, middles = cv2.connectedComponentsWithStats(mask, connectivity=ways)
    assert len(found.stats) == count
    assert np.array_equal(found.numbers, numbers)
    assert np.array_equal(found.stats[1:], stats[1:])
    assert found.middles()[1:] == pytest.approx(middles[1:])
    assert np.array_equal(found.of, numbers.ravel()[found.at])
