"""Pieces of a line: a text's score is that of the best way to lay it over them."""

from __future__ import annotations

import itertools

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr.decode.pieces import Lattice, lattice_of_cells, lattice_of_line
from ocr.engines.glyphs import GlyphNet
from records.types import Gray

KNOWN = {"0": 0, "1": 1, "2": 2}


def made(size: int, seed: int, runs: int = 2) -> Lattice:
    rng = np.random.default_rng(seed)
    believed = rng.dirichlet(np.full(4, 0.4), (runs, size))
    logs = np.log(np.maximum(believed, 1e-5))
    for run in range(1, runs):
        logs[run, size - run :] = -1e9
    return Lattice(KNOWN, logs, -3.0)


def by_trying(lattice: Lattice, text: str) -> float:
    """The same score by trying every way of giving 0, 1 or 2 pieces to each character and leaving
    pieces out."""
    runs, size, _ = lattice.logs.shape
    none = lattice.logs[0, :, -1]
    best = -1e18
    for takes in itertools.product(range(runs + 1), repeat=len(text)):
        left = size - sum(takes)
        if left < 0:
            continue
        for where in itertools.combinations_with_replacement(range(len(text) + 1), left):
            at, total = 0, 0.0
            for place in range(len(text) + 1):
                for _ in range(where.count(place)):
                    total += max(float(none[at]), -8.0)
                    at += 1
                if place == len(text):
                    break
                kind, take = KNOWN.get(text[place]), takes[place]
                if take == 0:
                    total += -1.5 if kind is None else lattice.lost
                elif kind is None:
                    total += sum(max(float(none[at + i]), -2.5) for i in range(take))
                else:
                    total += float(lattice.logs[take - 1, at, kind])
                at += take
            best = max(best, total)
    return best


@settings(max_examples=60)
@given(
    st.integers(1, 4),
    st.integers(0, 10_000),
    st.lists(st.text("012-", max_size=4), min_size=1, max_size=4),
)
def test_the_score_is_that_of_the_best_way(size: int, seed: int, texts: list[str]) -> None:
    lattice = made(size, seed)
    for text, score in lattice.score(texts).items():
        assert score == pytest.approx(by_trying(lattice, text), abs=1e-6)


@settings(max_examples=60)
@given(st.integers(1, 6), st.integers(0, 10_000), st.text("012-", min_size=1, max_size=6))
def test_a_laid_text_takes_each_piece_at_most_once_and_in_order(
    size: int, seed: int, text: str
) -> None:
    laid = made(size, seed).lay(text)
    assert len(laid) == len(text)
    ends = [first + run for first, run in laid]
    assert all(first >= end for (first, _), end in zip(laid[1:], ends, strict=False))
    assert ends[-1] <= size


def test_a_character_that_the_network_reads_otherwise_is_offered() -> None:
    logs = np.log(
        np.asarray(
            [[[0.98, 0.01, 0.005, 0.005], [0.01, 0.01, 0.97, 0.01], [0.01, 0.97, 0.01, 0.01]]]
        )
    )
    lattice = Lattice(KNOWN, logs)
    assert lattice.near("011")[0] == "021"
    assert "021" in lattice.near("01")  # one too few
    share, gap = lattice.opinion("011", lattice.lay("011"))
    assert share == pytest.approx(0.01)
    assert gap == pytest.approx(np.log(97), abs=0.01)
    assert lattice.opinion("021", lattice.lay("021"))[1] == pytest.approx(0.0)


# --- with the network that ships ------------------------------------------------------------------


def line_of(text: str, step: int, size: float = 1.6) -> Gray:
    """Digits of single strokes on white, ``step`` pixels apart."""
    image = np.full((60, step * len(text) + 50), 255, np.uint8)
    for place, character in enumerate(text):
        cv2.putText(
            image,
            character,
            (12 + step * place, 48),
            cv2.FONT_HERSHEY_SIMPLEX,
            size,
            0,
            3,
            cv2.LINE_AA,
        )
    return image


@pytest.mark.parametrize("text", ["849", "20254", "7536018"])
def test_a_line_of_digits_scores_best_as_what_it_is(text: str) -> None:
    lattice = lattice_of_line(GlyphNet("digits"), line_of(text, 40))
    assert lattice is not None
    others = [text[:-1], text + "1", text[::-1], "9" + text[1:], text[:-1] + "6"]
    scores = lattice.score([text, *(o for o in others if o != text)])
    assert max(scores, key=lambda t: scores[t]) == text
    assert lattice.best() == text


def test_two_digits_that_touch_are_still_two() -> None:
    image = line_of("25", 26, 1.5)
    image[40:43, 30:50] = 0  # a stroke that joins them
    lattice = lattice_of_line(GlyphNet("digits"), image)
    assert lattice is not None
    scores = lattice.score(["25", "2", "5"])
    assert max(scores, key=lambda t: scores[t]) == "25"


def test_what_stands_before_the_start_is_left_alone() -> None:
    net = GlyphNet("digits")
    whole, tail = (
        lattice_of_line(net, line_of("1849", 40)),
        lattice_of_line(net, line_of("1849", 40), 52),
    )
    assert whole is not None
    assert tail is not None
    assert (whole.size, tail.size) == (4, 3)
    assert tail.best() == "849"


def test_an_empty_line_has_no_pieces() -> None:
    assert lattice_of_line(GlyphNet("digits"), np.full((40, 100), 255, np.uint8)) is None


def test_small_kana_are_known_by_their_large_form() -> None:
    glyph = line_of("1", 30)[:, 5:45]
    lattice = lattice_of_cells(GlyphNet("katakana"), [glyph])
    scores = lattice.score(["ツ", "ッ"])
    assert scores["ツ"] == scores["ッ"]
