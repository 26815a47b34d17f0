"""What the networks for single characters learn from and are tested with."""

from __future__ import annotations

import multiprocessing
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from tools.glyph_damage import DamageHand
from tools.glyph_data import (
    DIGITS,
    NO_DIGITS,
    Maker,
    Pool,
    among,
    drawn,
    from_fonts,
    garbage,
    pool,
    real_digits,
    uci_digits,
)
from tools.glyph_kana import HIRAGANA, KATAKANA, NO_KANA, loosely

CLOSE = DamageHand(4.0, 0.10, 0.10, 0.024)

WIDE = DamageHand(6.0, 0.16, 0.16, 0.030)

LOOSE = DamageHand(7.0, 0.16, 0.18, 0.034)
"""Real characters already are many hands; a font is one."""

KANA = {"katakana": KATAKANA, "hiragana": HIRAGANA}

PROCESSES = 2
Recipe = list[tuple[int, int, Maker, DamageHand]]

_recipes: list[Recipe] = []


@dataclass(frozen=True)
class Task:
    """What a network learns from and is tested with.

    Attributes:
        characters: one a class, without "none of them".
        train: parts of the recipe.
        fix: for the temperature.
        tests: name → class → makers of characters that were not learnt from.
    """

    characters: str
    train: Recipe
    fix: Recipe
    tests: dict[str, list[tuple[int, Maker]]]


def digits_task(
    real: Path, uci: Path | None, fonts: Sequence[Path], test_fonts: Sequence[Path], samples: int
) -> Task:
    """Digits and what is none: half of the digits real, the rest from fonts and drawn; a third of
    all is no digit."""
    cells = real_digits(real)
    cut = {d: (round(0.65 * len(inks)), round(0.75 * len(inks))) for d, inks in cells.items()}
    learnt = {d: inks[: cut[d][0]] for d, inks in cells.items()}
    kept = {d: inks[cut[d][0] : cut[d][1]] for d, inks in cells.items()}
    unseen = {d: inks[cut[d][1] :] for d, inks in cells.items()}
    coarse = uci_digits(uci) if uci else learnt
    printed = from_fonts(fonts, DIGITS)
    test_printed = from_fonts(test_fonts, DIGITS)
    others = [ink for inks in from_fonts(fonts, NO_DIGITS).values() for ink in inks]
    test_others = [ink for inks in from_fonts(test_fonts, NO_DIGITS).values() for ink in inks]
    none = len(DIGITS)
    each = samples / len(DIGITS)
    train: Recipe = [(none, round(0.25 * samples), garbage(learnt, others), WIDE)]
    fix: Recipe = [(none, 1500, garbage(kept, test_others), WIDE)]
    tests: dict[str, list[tuple[int, Maker]]] = {
        "real": [],
        "fonts": [],
        "drawn": [],
        "garbage": [],
    }
    for number, digit in enumerate(DIGITS):
        train.append((number, round(0.45 * each), among(learnt[digit]), CLOSE))
        train.append((number, round(0.10 * each), among(coarse[digit]), CLOSE))
        train.append((number, round(0.12 * each), among(printed[digit]), WIDE))
        train.append((number, round(0.08 * each), drawn(digit), WIDE))
        fix.append((number, 300, among(kept[digit]), CLOSE))
        tests["real"] += [(number, _one(ink)) for ink in unseen[digit]]
        tests["fonts"] += [(number, _one(ink)) for ink in test_printed[digit]]
        tests["drawn"] += [(number, drawn(digit))] * 20
    tests["garbage"] = [(none, garbage(unseen, test_others))] * 1000
    return Task(DIGITS, train, fix, tests)


def kana_task(
    characters: str, fonts: Sequence[Path], test_fonts: Sequence[Path], samples: int
) -> Task:
    """Kana of one kind, from fonts, and what is none; the temperature is found on the fonts that
    are left out."""
    printed = from_fonts(fonts, characters)
    test_printed = from_fonts(test_fonts, characters)
    others = [ink for inks in from_fonts(fonts, NO_KANA).values() for ink in inks]
    test_others = [ink for inks in from_fonts(test_fonts, NO_KANA).values() for ink in inks]
    none = len(characters)
    each = round(0.88 * samples / len(characters))
    train: Recipe = [(none, round(0.12 * samples), garbage(printed, others), WIDE)]
    fix: Recipe = [(none, 600, garbage(test_printed, test_others), WIDE)]
    tests: dict[str, list[tuple[int, Maker]]] = {
        "fonts": [],
        "garbage": [(none, garbage(test_printed, test_others))] * 500,
    }
    for number, character in enumerate(characters):
        train.append((number, each, loosely(printed[character]), LOOSE))
        fix.append((number, 40, loosely(test_printed[character]), CLOSE))
        tests["fonts"] += [(number, _one(ink)) for ink in test_printed[character]]
    return Task(characters, train, fix, tests)


def _one(ink: NDArray[np.uint8]) -> Maker:
    return lambda rng: ink


def _make(part: tuple[int, int, int]) -> Pool:
    number, of, seed = part
    cv2.setNumThreads(1)
    shared = [(label, -(-count // of), make, hand) for label, count, make, hand in _recipes[-1]]
    return pool(shared, seed * 1000 + number)


def make_pool(recipe: Recipe, seed: int) -> Pool:
    """The recipe's characters, made by two processes."""
    _recipes.append(recipe)
    parts = [(number, 8, seed) for number in range(8)]
    with multiprocessing.get_context("fork").Pool(PROCESSES) as workers:
        pools = workers.map(_make, parts, chunksize=1)
    return Pool(
        np.concatenate([p.squares for p in pools]), np.concatenate([p.labels for p in pools])
    )
