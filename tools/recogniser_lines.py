"""Lines to fit the recogniser on: whose characters, which texts, how they are kept.

Half of the lines are by one hand (one font, or strokes drawn anew), half mix hands character by
character: a font never varies, people do. Digits are mostly by people. Some lines are printed, as
letters and applications from machines are.
"""

from __future__ import annotations

import argparse
import multiprocessing
import pickle
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from ocr.decode.alphabets import writing
from records.types import Gray
from tools.glyph_data import DIGITS, font_files, real_digits, uci_digits
from tools.glyph_kana import HIRAGANA, KATAKANA
from tools.glyph_strokes import draw_digit
from tools.line_data import Bank, Shape, line_of, shapes
from tools.line_texts import (
    SMALL,
    a_number,
    a_printed_line,
    a_sentence,
    anything,
    some_kana,
    some_latin,
    some_writing,
    writing_characters,
)
from tools.stroke_hands import written_bank

AGAINST = "国田あア0"
PROCESSES = 2
DIGIT_TALL = 0.82
"""Height of a digit in heights of a kanji of the same hand, more or less."""

RARE = 7
"""So many of the fonts also show the characters that hardly anybody writes."""

CUTS = {"learn": (0.0, 0.65), "fix": (0.65, 0.75), "test": (0.75, 1.0)}
"""Parts of the real digits: to learn from, to choose by, to test with."""

KINDS = (
    ("digits", 0.24),
    ("kana", 0.20),
    ("writing", 0.31),
    ("sentence", 0.17),
    ("latin", 0.05),
    ("anything", 0.03),
)
TEXTS = {
    "digits": a_number,
    "kana": some_kana,
    "writing": some_writing,
    "sentence": a_sentence,
    "latin": some_latin,
    "anything": anything,
}


@dataclass(frozen=True)
class FittedLine:
    """A line as the reader would cut it out, and what stands in it."""

    image: Gray
    text: str
    kind: str


@dataclass(frozen=True)
class Hands:
    """Banks of characters: of all hands together, of one hand each, of printing."""

    every: Bank
    single: Sequence[Bank]
    printed: Sequence[Bank]


def hands_of(
    fonts: Sequence[Sequence[Path]],
    printing: Sequence[Sequence[Path]],
    strokes: Path | None,
    digits: Bank,
    seed: int,
) -> Hands:
    """Put the banks together.

    Args:
        fonts, printing: a font is a sequence of files.
        strokes: folder of KanjiVG's drawings.
        digits: digits by people.
    """
    common = writing_characters()
    every = writing()
    rare = "".join(c for c in every if c not in common)
    rng = np.random.default_rng(seed)
    together: dict[str, list[Shape]] = {}
    single: list[dict[str, list[Shape]]] = []
    wanted = [
        (font, common + SMALL + (rare if n < RARE else ""), AGAINST) for n, font in enumerate(fonts)
    ]
    wanted += [(font, every, AGAINST) for font in printing]
    with multiprocessing.get_context("fork").Pool(PROCESSES) as workers:
        drawn_fonts = workers.starmap(shapes, wanted, chunksize=1)
        parts = []
        for number, (characters, count) in enumerate(_drawings(common)):
            parts.append((strokes, characters, count, [seed, number]))
        drawn_parts = workers.starmap(_drawn, parts if strokes is not None else [], chunksize=1)
    for found in drawn_fonts[: len(fonts)]:
        own = {c: [s] for c, s in found.items()}
        for character, drawn in own.items():
            if character not in digits or rng.random() < 0.5:
                together.setdefault(character, []).extend(drawn)
        single.append(own)
    for character, people in digits.items():
        together.setdefault(character, []).extend(people)
    if strokes is not None:
        drawn_bank = {character: drawn for part in drawn_parts for character, drawn in part.items()}
        for character, drawn in drawn_bank.items():
            together.setdefault(character, []).extend(drawn)
        single += [drawn_bank] * max(1, len(single) // 3)
    printed = [{c: [s] for c, s in found.items()} for found in drawn_fonts[len(fonts) :]]
    return Hands(
        together,
        [
            {**own, **{d: digits[d] for d in digits if d not in own or rng.random() < 0.6}}
            for own in single
        ],
        printed,
    )


def _drawings(common: str) -> list[tuple[str, int]]:
    """Characters to draw stroke by stroke, with how often each, in parts."""
    kana = HIRAGANA + KATAKANA + SMALL
    others = "".join(c for c in common if c not in kana + DIGITS)
    return [(kana, 90)] + [(others[at : at + 400], 9) for at in range(0, len(others), 400)]


def _drawn(
    strokes: Path, characters: str, count: int, seed: Sequence[int]
) -> dict[str, list[Shape]]:
    return written_bank(strokes, characters, count, np.random.default_rng(list(seed)))


def people_digits(real: Path, part: str, uci: Path | None) -> dict[str, list[Shape]]:
    """Digits by people, by strokes that are drawn, and a few enlarged ones of UCI's."""
    rng = np.random.default_rng(1)
    bank: dict[str, list[Shape]] = {}
    small = {}
    if uci and part == "learn":
        small = uci_digits(uci)
    for digit, inks in real_digits(real).items():
        low, high = (round(cut * len(inks)) for cut in CUTS[part])
        bank[digit] = [Shape(ink, DIGIT_TALL, 0.0, True) for ink in inks[low:high]]
        if part == "learn":
            bank[digit] += [Shape(draw_digit(digit, rng), DIGIT_TALL) for _ in range(45)]
            bank[digit] += [Shape(ink, DIGIT_TALL, 0.0, True) for ink in small.get(digit, [])[:40]]
    return bank


_shared: list[Hands] = []


def _one(rng: np.random.Generator, hands: Hands) -> FittedLine | None:
    kind = str(rng.choice([k for k, _ in KINDS], p=[p for _, p in KINDS]))
    print_it = bool(hands.printed) and rng.random() < 0.11
    text = a_printed_line(rng) if print_it and rng.random() < 0.6 else TEXTS[kind](rng)
    banks = hands.printed if print_it else hands.single
    bank = hands.every
    if print_it or rng.random() < 0.5:
        bank = banks[int(rng.integers(len(banks)))]
    if any(c != " " and c not in bank for c in text):
        bank = hands.every
    if not text.strip() or any(c != " " and c not in bank for c in text):
        return None
    cells = not print_it and rng.random() < {"digits": 0.5, "kana": 0.4, "writing": 0.25}.get(
        kind, 0.08
    )
    image = line_of(text, bank, rng, cells=float(cells))
    if image is None or image.shape[1] > 36 * image.shape[0]:
        return None
    return FittedLine(
        image, text.replace(" ", "") if cells else text, "printed" if print_it else kind
    )


def some_lines(hands: Hands, count: int, rng: np.random.Generator) -> list[FittedLine]:
    """So many lines."""
    made: list[FittedLine] = []
    while len(made) < count:
        line = _one(rng, hands)
        if line is not None:
            made.append(line)
    return made


def _make(part: tuple[int, int, int]) -> list[FittedLine]:
    number, count, seed = part
    cv2.setNumThreads(1)
    return some_lines(_shared[-1], count, np.random.default_rng([seed, number]))


def make_lines(hands: Hands, count: int, seed: int) -> list[FittedLine]:
    """Lines, made side by side; the same seed gives the same lines."""
    _shared.append(hands)
    with multiprocessing.get_context("fork").Pool(PROCESSES) as workers:
        parts = workers.map(_make, [(n, -(-count // 32), seed) for n in range(32)], chunksize=1)
    return [line for part in parts for line in part]


def families(folders: Sequence[Path], never: Sequence[str]) -> dict[str, list[Path]]:
    """Fonts by family: a web font's parts lie in a folder of their own, other fonts are a file
    each."""
    found: dict[str, list[Path]] = {}
    for path in font_files(folders, never):
        found.setdefault(path.parent.name if "-400-" in path.name else path.stem, []).append(path)
    return found


def main() -> None:
    """Make lines and keep them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--real", type=Path, required=True, help="folder of sheets 0.png ... 9.png")
    parser.add_argument("--part", choices=tuple(CUTS), default="learn")
    parser.add_argument("--uci", type=Path, help="UCI's optdigits, a line a digit")
    parser.add_argument("--fonts", type=Path, nargs="+", required=True)
    parser.add_argument("--printing", type=Path, nargs="*", default=[])
    parser.add_argument("--never", nargs="*", default=[])
    parser.add_argument("--strokes", type=Path)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    start = time.time()
    fonts = families(options.fonts, options.never)
    printing = families(options.printing, ())
    print(f"{len(fonts)} hands ({', '.join(fonts)}), {len(printing)} printed", flush=True)
    digits = people_digits(options.real, options.part, options.uci)
    hands = hands_of(
        list(fonts.values()), list(printing.values()), options.strokes, digits, options.seed
    )
    print(f"{len(hands.every)} characters, {time.time() - start:.0f} s", flush=True)
    lines = make_lines(hands, options.count, options.seed)
    with options.out.open("wb") as out:
        pickle.dump([(line.image, line.text, line.kind) for line in lines], out)
    print(f"{len(lines)} lines in {time.time() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main()
