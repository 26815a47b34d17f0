"""The small networks: one picture in, calibrated probabilities out, and a scribble is no digit."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr.engines.glyphs import BATCH, SIDE, GlyphNet, _level, models_folder, normalise
from records.errors import ServiceError
from records.types import Gray

ROOT = Path(__file__).resolve().parents[2]
KATAKANA = ROOT.parent / "shared" / "data" / "handwriting" / "katakana"
REAL = ROOT.parent / "shared" / "data" / "handwriting" / "digits"

sys.path.insert(0, str(ROOT / "tools"))
from glyph_data import fit_in, real_digits, struck_out  # noqa: E402
from glyph_kana import labelled  # noqa: E402
from glyph_strokes import Ink, draw_digit, mark, scribble  # noqa: E402

DIGITS = "0123456789"


@pytest.fixture(scope="module")
def net() -> GlyphNet:
    return GlyphNet()


def picture(ink: Ink, tall: int = 40) -> Gray:
    """Ink as a cell's picture: dark on white, cut close, ``tall`` pixels high."""
    ys, xs = np.flatnonzero(ink.max(axis=1) > 90), np.flatnonzero(ink.max(axis=0) > 90)
    close = 255 - ink[ys[0] : ys[-1] + 1, xs[0] : xs[-1] + 1]
    wide = max(2, round(close.shape[1] * tall / close.shape[0]))
    return np.asarray(cv2.resize(close, (wide, tall), interpolation=cv2.INTER_AREA), np.uint8)


def digits(count: int, seed: int) -> tuple[list[Gray], str]:
    """Digits by hands that the networks never saw: each draw is another."""
    rng = np.random.default_rng(seed)
    truth = "".join(DIGITS[n % 10] for n in range(count))
    return [picture(draw_digit(d, rng)) for d in truth], truth


def read(net: GlyphNet, glyphs: list[Gray]) -> str:
    return "".join(net.characters[n] or "?" for n in net.probabilities(glyphs).argmax(axis=1))


def test_normalising_gives_a_square_whatever_the_size() -> None:
    ink = draw_digit("5", np.random.default_rng(1))
    squares = [normalise(picture(ink, tall)).astype(int) for tall in (24, 40, 90)]
    assert all(square.shape == (SIDE, SIDE) for square in squares)
    assert all(np.abs(squares[0] - other).mean() < 20 for other in squares[1:])


def test_pencil_looks_like_pen() -> None:
    pen = picture(draw_digit("3", np.random.default_rng(2)))
    pencil = (255 - (255 - pen.astype(int)) * 0.35).astype(np.uint8)
    assert np.abs(normalise(pen).astype(int) - normalise(pencil)).mean() < 6


def test_dust_does_not_move_the_character() -> None:
    clean = np.pad(picture(draw_digit("8", np.random.default_rng(3)), 60), 12, constant_values=255)
    dusty = clean.copy()
    dusty[0, 0] = dusty[-1, -2] = 0
    assert np.array_equal(normalise(clean), normalise(dusty))


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (30, 20)])
@pytest.mark.parametrize("gray", [0, 255])
def test_odd_pictures_do_no_harm(net: GlyphNet, shape: tuple[int, int], gray: int) -> None:
    blank = np.full(shape, gray, np.uint8)
    assert normalise(blank).any() == (gray == 0)
    assert net.probabilities([blank]).sum() == pytest.approx(1.0, abs=1e-5)


def test_the_classes_are_the_digits_and_none(net: GlyphNet) -> None:
    assert net.characters == (*DIGITS, "")
    assert "digits" in GlyphNet.installed()


def test_rows_are_probabilities_one_a_glyph(net: GlyphNet) -> None:
    glyphs, _ = digits(BATCH + 5, 4)
    together = net.probabilities(glyphs)
    assert together.shape == (BATCH + 5, 11)
    assert together.dtype == np.float32
    assert np.allclose(together.sum(axis=1), 1.0, atol=1e-5)
    alone = np.concatenate([net.probabilities([glyph]) for glyph in glyphs[-7:]])
    assert np.allclose(together[-7:], alone, atol=1e-4)
    assert net.probabilities([]).shape == (0, 11)


def test_reads_the_ways_digits_are_written_in_japan(net: GlyphNet) -> None:
    glyphs, truth = digits(300, 5)
    wrong = [(a, b) for a, b in zip(truth, read(net, glyphs), strict=True) if a != b]
    assert len(wrong) <= 6, wrong


def test_a_scribble_becomes_no_digit_in_silence(net: GlyphNet) -> None:
    rng = np.random.default_rng(6)
    nothing = [picture(make(rng)) for make in (scribble, mark) for _ in range(100)]
    crossed = [picture(struck_out(draw_digit(str(n % 10), rng), rng)) for n in range(100)]
    sure = net.probabilities(nothing + crossed)[:, :-1].max(axis=1) > 0.9
    assert sure[:200].mean() <= 0.04
    assert sure[200:].mean() <= 0.04


def test_an_unknown_network_says_which_there_are() -> None:
    with pytest.raises(ServiceError, match="digits"):
        GlyphNet("kanji").probabilities([np.zeros((9, 9), np.uint8)])


def test_one_network_serves_several_threads() -> None:
    shared = GlyphNet()
    glyphs, _ = digits(40, 7)
    with ThreadPoolExecutor(4) as threads:
        results = list(threads.map(lambda _: shared.probabilities(glyphs), range(8)))
    assert all(np.array_equal(results[0], other) for other in results[1:])


def test_models_are_small() -> None:
    """The head for some 3,300 characters needs a megabyte, the line reader eight: what a clone has
    to carry."""
    sizes = {path.stem: path.stat().st_size for path in models_folder().glob("*.onnx")}
    assert sizes.pop("recogniser") < 8_000_000
    assert all(size < 600_000 for name, size in sizes.items() if name != "writing-head")
    assert sum(sizes.values()) < 2_800_000


def test_kana_are_classes_in_their_large_form() -> None:
    kana = GlyphNet("katakana").characters
    assert kana[-1] == ""
    assert len(set(kana)) == len(kana)
    assert {"ツ", "ヤ", "ガ", "パ", "ヴ", "ー"} < set(kana)
    assert not {"ッ", "ャ", "ァ"} & set(kana)


@pytest.mark.shared_data
def test_reads_confusable_katakana_of_a_hand_it_was_not_fitted_to() -> None:
    if not KATAKANA.is_dir():
        pytest.skip(f"{KATAKANA} is not there")
    net = GlyphNet("katakana")
    found = [(character, ink) for character, inks in labelled(KATAKANA).items() for ink in inks]
    shares = net.probabilities([picture(ink) for _, ink in found])[:, :-1]
    right = [
        net.characters[n] == character
        for n, (character, _) in zip(shares.argmax(axis=1), found, strict=True)
    ]
    assert np.mean(right) >= 0.6, "ten classes that people confuse too, learnt from fonts alone"


@pytest.mark.shared_data
def test_reads_writers_it_was_not_fitted_to(net: GlyphNet) -> None:
    if not REAL.is_dir():
        pytest.skip(f"{REAL} is not there")
    unseen = [
        (digit, ink)
        for digit, inks in real_digits(REAL).items()
        for ink in inks[round(0.75 * len(inks)) :]
    ]
    shares = net.probabilities(
        [picture(fitted) for _, ink in unseen if (fitted := fit_in(ink)) is not None]
    )
    right = shares[:, :-1].argmax(axis=1) == [int(digit) for digit, _ in unseen]
    assert right.mean() >= 0.985
    assert (shares[:, -1] > 0.9).mean() <= 0.02, "a digit is seldom taken for nothing"


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.integers(0, 231), min_size=1, max_size=200),
    st.sampled_from((0.25, 0.6, 0.9)),
)
def test_the_level_of_ink_is_the_percentile_of_its_pixels(dark: list[int], share: float) -> None:
    glyph = np.asarray([dark], np.uint8)
    ink = 255.0 - glyph.astype(np.float32)
    least = 0.4 * float(ink.max())
    expected = float(np.percentile(ink[ink > least], 100 * share))
    assert _level(glyph, least, share) == pytest.approx(expected, rel=1e-6)
