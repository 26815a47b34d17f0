"""The diagram by which anybody can see whether p keeps its word: its bins, its figures, and a
drawing that holds them."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.reliability import (
    EDGES,
    brier,
    by_kind,
    calibration_error,
    diagram,
    points,
    table,
    write,
)


def said(count: int, shift: float = 0.0) -> list[tuple[float, bool]]:
    """Values whose p is true, or too high by ``shift``."""
    rng = np.random.default_rng(3)
    p = rng.beta(8, 0.8, count)
    return [(float(one), bool(rng.random() < one - shift)) for one in p]


def test_values_that_keep_their_word_lie_on_the_line_and_others_do_not() -> None:
    honest = said(20000)
    assert calibration_error(honest) < 0.01
    assert all(p.least <= p.said <= p.most for p in points(honest) if p.count > 500)
    assert calibration_error(said(20000, shift=0.1)) > 0.08
    assert brier([(1.0, True), (0.0, False)]) == 0
    assert brier([(0.5, True), (0.8, False)]) == pytest.approx((0.25 + 0.64) / 2)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=60))
def test_every_value_is_in_one_bin_and_the_drawing_is_whole(
    values: list[tuple[float, bool]],
) -> None:
    found = points(values)
    assert sum(p.count for p in found) == len(values)
    assert all(
        p.low - 1e-9 <= p.said <= p.high + 1e-9 and p.least <= p.right <= p.most for p in found
    )
    drawn = ElementTree.fromstring(diagram(values, "題 <&>", "注"))
    texts = ["".join(t.itertext()) for t in drawn.iter() if t.tag.endswith("text")]
    for p in found:
        assert f"n={p.count}" in texts
    assert "題 <&>" in texts


def test_an_interval_says_how_little_a_few_values_show() -> None:
    lone, many = points([(0.97, True)] * 3)[0], points([(0.97, True)] * 3000)[0]
    assert lone.least < 0.4
    assert many.least > 0.998
    assert lone.right == many.right == 1.0
    assert EDGES[0] == 0
    assert EDGES[-1] == 1


def test_the_table_has_a_line_for_each_kind(tmp_path: Path) -> None:
    rows = [("kana", 0.9, True), ("kana", 0.7, False), ("date", 1.0, True)]
    lines = write(tmp_path / "reliability.svg", rows, "3 values")
    assert lines[2:] == table(by_kind(rows))[2:]
    assert lines[2].startswith("| all | 3 |")
    assert lines[3] == "| date | 1 | 1.000 | 1.000 | 0.000 | 0.000 |"
    assert lines[4] == "| kana | 2 | 0.800 | 0.500 | 0.400 | 0.250 |"
    assert "<svg" in (tmp_path / "reliability.svg").read_text(encoding="utf-8")
