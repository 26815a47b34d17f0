#!/usr/bin/env python3
"""Measure a network of :mod:`ocr.engines.glyphs` beside PP-OCR, alone and weighed together, on rows
of cells.

Characters that nothing was fitted to are written into printed cells, scanned or faxed, and cut out
by the reader's own code (:mod:`ocr.ink.strokes`, :mod:`ocr.decode.cells`). A row is read by PP-OCR as one line
(CTC log probability of a whole text) and by the network cell by cell (sum of log probabilities); a
text's weight is the first plus ``w`` times the second. The best ``w`` is looked for on one part of
the material and used on the other::

    PYTHONPATH=. python tools/check_glyphs.py digits --real FOLDER
    PYTHONPATH=. python tools/check_glyphs.py katakana --fonts FONT_FOR_THE_WEIGHT FONT... --images FOLDER

``--real`` and its parts are those of ``train_glyphs.py``; ``--images`` holds pictures of one
character each and a ``truth.tsv`` (file, tab, character). Needs the packages of ``train_glyphs.py``
without torch, and rapidocr for PP-OCR's models.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.decode.alphabets import DIGIT_ALIKE, KANA_ALIKE
from ocr.decode.cells import glyphs_of, read_glyphs, string_together
from ocr.decode.ctc import Alphabet, decode, score_texts
from ocr.decode.looks import Engines, installed
from ocr.engines.glyphs import GlyphNet
from ocr.engines.ppocr import PpOcr
from ocr.ink.strokes import find_ink
from ocr.place.align import Aligned, ink_level
from ocr.place.blank import CANVAS_DPI, Blank
from ocr.weigh.weighing import weigh
from records.forms import Cells
from records.normalise.kana import to_hiragana, to_katakana
from records.types import MM_PER_INCH, Box, Gray
from tools.glyph_damage import PAPER_DPI, SCANS, DamageHand, _pen, _scan, _write
from tools.glyph_data import DIGITS, from_fonts, real_digits
from tools.glyph_kana import HIRAGANA, KATAKANA, LARGE, labelled
from tools.glyph_strokes import Ink

KANA = {"katakana": KATAKANA, "hiragana": HIRAGANA}
WEIGHTS = (0.0, 0.1, 0.2, 0.35, 0.5, 0.7, 1.0, 1.4, 2.0, 3.0, 5.0, 1e6)
CELL_MM = (6.5, 8.5)
EDGE_MM = 6.0
NATURAL = DamageHand(1.5, 0.03, 0.04, 0.006)
STILL = DamageHand(0.0, 0.0, 0.0, 0.0)
"""Real handwriting needs little more variety than it has, or none."""


@dataclass(frozen=True)
class CheckedKind:
    """The readers of one kind of character, and how many stand in a row.

    Attributes:
        alphabet: what stands there; ``whole`` what a field of that kind may hold: kana of both
        scripts.
    """

    engines: Engines
    alphabet: Alphabet
    whole: Alphabet
    net: GlyphNet
    length: int
    as_is: bool


@dataclass(frozen=True)
class CheckedRow:
    """A row of cells as both readers see it.

    Attributes:
        truth: what was written.
        cut: how many characters were cut out.
        texts: candidates.
        line, net: log probability of each candidate: PP-OCR's, the network's.
        product: what the product reads, with its heads and networks (:func:`ocr.decode.cells.read_glyphs`)
            and, where it doubts, a second look (:func:`ocr.weigh.weighing.weigh`).
    """

    truth: str
    cut: int
    texts: tuple[str, ...]
    line: NDArray[np.float64]
    net: NDArray[np.float64]
    product: str


def row_of_cells(
    inks: Sequence[Ink], rng: np.random.Generator, scan: str, crossing: bool, as_is: bool = False
) -> list[tuple[int, Gray]]:
    """Write characters into printed cells, scan them, and cut them out as the reader does.

    Args:
        crossing: the characters are large and run into the lines of their cells.
        as_is: keep the strokes as they were written: no other pen, no bending.
    """
    wide, tall = CELL_MM
    paper_px = PAPER_DPI / MM_PER_INCH
    count = len(inks)
    lines = _printed_cells(count)
    written = np.zeros_like(lines)
    hand = float(rng.uniform(0.55, 0.8) if crossing else rng.uniform(0.45, 0.6)) * tall
    for n, ink in enumerate(inks):
        high = hand * float(np.exp(rng.normal(0, 0.06)))
        picture = (
            _write(ink, rng, STILL, high)
            if as_is
            else _write(_pen(ink, rng, high), rng, NATURAL, high)
        )
        reach = (0.09, 0.25) if crossing else (0.04, 0.05)
        x = (
            EDGE_MM + (n + 0.5) * wide + rng.normal(0, reach[0]) * wide
        ) * paper_px - picture.shape[1] / 2
        y = (
            EDGE_MM + tall / 2 + rng.normal(0, reach[1]) * (tall - high)
        ) * paper_px - picture.shape[0] / 2
        left = int(max(0, x))
        top = int(max(0, y))
        window = written[top : top + picture.shape[0], left : left + picture.shape[1]]
        np.maximum(window, picture[: window.shape[0], : window.shape[1]], out=window)
    aligned = _laid_on_blank(lines, written, rng, scan)
    coarse = MM_PER_INCH / 98 if scan == "standard" else MM_PER_INCH / CANVAS_DPI
    found = find_ink(aligned, coarse)
    cells = Cells(Box(EDGE_MM, EDGE_MM, wide * count, tall), count)
    glyphs, _ = glyphs_of(found, cells, [])
    return glyphs


def _printed_cells(count: int) -> NDArray[np.float32]:
    """A square of paper with the rules of a row of cells, 1 is ink."""
    wide, tall = CELL_MM
    paper_px = PAPER_DPI / MM_PER_INCH
    left = round(EDGE_MM * paper_px)
    right = round((EDGE_MM + wide * count) * paper_px)
    top = round(EDGE_MM * paper_px)
    bottom = round((EDGE_MM + tall) * paper_px)
    height = round((2 * EDGE_MM + tall) * paper_px)
    width = round((2 * EDGE_MM + wide * count) * paper_px)
    side = max(height, width)
    lines = np.zeros((side, side), np.float32)
    for n in range(count + 1):
        x = round((EDGE_MM + n * wide) * paper_px)
        cv2.line(lines, (x, top), (x, bottom), (1.0,), 3)
    for y in (top, bottom):
        cv2.line(lines, (left, y), (right, y), (1.0,), 3)
    return lines


def _laid_on_blank(
    lines: NDArray[np.float32], written: NDArray[np.float32], rng: np.random.Generator, scan: str
) -> Aligned:
    """The scan of what is printed and written, as the aligner lays it on the print alone."""
    canvas = _scan(np.maximum(lines, written), rng, scan)
    blank = np.asarray(
        cv2.resize(255 - lines * 255, canvas.shape[::-1], interpolation=cv2.INTER_AREA), np.uint8
    )
    move = np.asarray([[1, 0, rng.normal(0, 0.6)], [0, 1, rng.normal(0, 0.6)]], np.float32)
    size = (canvas.shape[1], canvas.shape[0])
    canvas = np.asarray(cv2.warpAffine(canvas, move, size, borderValue=(255.0,)), np.uint8)
    return Aligned(
        Blank("check", 1, 1, blank),
        canvas,
        canvas < ink_level(canvas),
        1.0,
        99,
        0.0,
        1.0,
        np.zeros(canvas.shape, bool),
    )


def read_row(truth: str, glyphs: Sequence[Gray], kind: CheckedKind) -> CheckedRow:
    """Candidate texts of a row and how much either reader believes them."""
    engine = kind.engines.line
    alphabet = kind.alphabet
    net = kind.net
    probabilities = engine.recognise(string_together(glyphs))
    decoded = decode(probabilities, alphabet, engine.characters, beam=16)
    shares = net.probabilities(glyphs)[:, :-1].astype(np.float64)
    logs = np.log(np.maximum(shares / np.maximum(shares.sum(axis=1, keepdims=True), 1e-12), 1e-6))
    place = {c: n for n, c in enumerate(net.characters[:-1])}
    best = "".join(net.characters[n] for n in logs.argmax(axis=1))
    texts = []
    for h in decoded.best:
        if len(h.text) == len(glyphs):
            texts.append(h.text.translate(LARGE))
    texts = [text for text in texts if all(c in place for c in text)] or [best]
    top = texts[0]
    for n in range(len(best)):
        for other in np.argsort(-logs[n])[:3]:
            texts += [base[:n] + net.characters[other] + base[n + 1 :] for base in (best, top)]
    unlike = [n for n in range(len(best)) if best[n] != top[n]][:6]
    for chosen in itertools.product((0, 1), repeat=len(unlike)):
        mixed = list(top)
        for n, use in zip(unlike, chosen, strict=True):
            mixed[n] = best[n] if use else top[n]
        texts.append("".join(mixed))
    line = score_texts(probabilities, alphabet, texts)
    texts = list(line)
    sums = np.asarray([sum(logs[n, place[c]] for n, c in enumerate(t)) for t in texts])
    product = weigh(
        read_glyphs(kind.engines, kind.whole, glyphs), [], lambda text: 0.0
    ).text.translate(LARGE)
    if "ア" in alphabet.place or "あ" in alphabet.place:
        product = to_katakana(product) if "ア" in alphabet.place else to_hiragana(product)
    return CheckedRow(
        truth, len(glyphs), tuple(texts), np.asarray(list(line.values())), sums, product
    )


def chosen(row: CheckedRow, weight: float | None) -> str:
    """The text that both together believe most; ``weight`` 1e6 is the network alone, 0 PP-OCR
    alone, None the product."""
    if weight is None:
        return row.product.ljust(row.cut)[: row.cut]
    return row.texts[int(np.argmax(row.line + weight * row.net))]


def shares(rows: Sequence[CheckedRow], weight: float | None) -> tuple[float, float, float]:
    """Characters right, rows right, and rows from which every character was cut out; without a
    weight, of the product."""
    whole = [row for row in rows if row.cut == len(row.truth)]
    texts = [chosen(row, weight) for row in whole]
    right = [
        a == b
        for row, text in zip(whole, texts, strict=True)
        for a, b in zip(row.truth, text, strict=True)
    ]
    rows_right = [row.truth == text for row, text in zip(whole, texts, strict=True)]
    return float(np.mean(right)), float(np.mean(rows_right)), len(whole) / len(rows)


def make_rows(
    inks: dict[str, list[Ink]], count: int, way: tuple[str, bool], seed: int, kind: CheckedKind
) -> list[CheckedRow]:
    """Random rows of characters."""
    rng = np.random.default_rng(seed)
    known = "".join(inks)
    rows = []
    for _ in range(count):
        truth = "".join(known[int(n)] for n in rng.integers(0, len(known), kind.length))
        picked = [inks[c][int(rng.integers(len(inks[c])))] for c in truth]
        glyphs = [picture for _, picture in row_of_cells(picked, rng, *way, kind.as_is)]
        if glyphs:
            rows.append(read_row(truth, glyphs, kind))
    return rows


def digits_material(real: Path) -> dict[str, dict[str, list[Ink]]]:
    """The part for the weight, and the part for testing."""
    cells = real_digits(real)
    return {
        "weight": {
            d: inks[round(0.65 * len(inks)) : round(0.75 * len(inks))] for d, inks in cells.items()
        },
        "unseen writers": {d: inks[round(0.75 * len(inks)) :] for d, inks in cells.items()},
    }


def kana_material(
    characters: str, fonts: Sequence[Path], images: Path | None
) -> dict[str, dict[str, list[Ink]]]:
    """The first font is for the weight; the others and the pictures are for testing."""
    found = {}
    for n, font in enumerate(fonts):
        found["weight" if n == 0 else font.stem] = from_fonts([font], characters)
    if images:
        found["pictures"] = labelled(images)
    return found


def main() -> None:
    """Print the shares of characters and of rows right."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", choices=["digits", *KANA])
    parser.add_argument("--real", type=Path, help="folder of sheets 0.png ... 9.png")
    parser.add_argument("--fonts", type=Path, nargs="+", help="fonts that nothing was fitted to")
    parser.add_argument("--images", type=Path, help="folder of pictures and truth.tsv")
    parser.add_argument(
        "--as-is", action="store_true", help="keep the strokes as written: no other pen, no bending"
    )
    parser.add_argument(
        "--rows", type=int, default=100, help="rows for each scan, with and without crossing"
    )
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    engine = PpOcr(1)
    net = GlyphNet(options.name)
    if options.name in KANA:
        own, whole = (
            Alphabet(engine.characters, characters, KANA_ALIKE)
            for characters in (KANA[options.name], "".join(KANA.values()))
        )
        kind = CheckedKind(installed(engine), own, whole, net, 5, options.as_is)
        material = kana_material(KANA[options.name], options.fonts, options.images)
    else:
        own = Alphabet(engine.characters, DIGITS, DIGIT_ALIKE)
        kind = CheckedKind(installed(engine), own, own, net, 7, options.as_is)
        material = digits_material(options.real)
    ways = [(scan, crossing) for scan in SCANS for crossing in (False, True)]
    fixed = [
        r
        for n, way in enumerate(ways)
        for r in make_rows(material["weight"], options.rows // 2, way, options.seed + n, kind)
    ]
    for weight in WEIGHTS:
        print(
            f"to find the weight: w {weight:<9g} characters "
            f"{shares(fixed, weight)[0]:.4f} rows "
            f"{shares(fixed, weight)[1]:.4f}"
        )
    best = max(WEIGHTS[1:-1], key=lambda w: shares(fixed, w)[:2])
    for name, inks in material.items():
        every: list[CheckedRow] = []
        for n, way in enumerate(ways):
            if name != "weight":
                rows = make_rows(inks, options.rows, way, options.seed + 100 + n, kind)
                every += rows
                _print(f"{name}: {way[0]} {'crossing' if way[1] else 'free'}", rows, best)
        if every:
            _print(f"{name}: all", every, best)


def _print(name: str, rows: Sequence[CheckedRow], best: float) -> None:
    readers = (("PP-OCR", 0.0), ("net", 1e6), (f"both(w={best:g})", best), ("product", None))
    parts = []
    for who, weight in readers:
        parts.append(f"{who} {shares(rows, weight)[0]:.4f} {shares(rows, weight)[1]:.4f}")
    print(
        f"{name:34s} n={len(rows)} cut {shares(rows, 0.0)[2]:.3f}; characters, rows right: "
        + "; ".join(parts),
        flush=True,
    )
    wrong = []
    for row in rows:
        if row.cut == len(row.truth) and chosen(row, best) != row.truth:
            wrong.append((row.truth, chosen(row, best)))
    print("   wrong:", *[f"{a}>{b}" for a, b in wrong[:12]], flush=True)


if __name__ == "__main__":
    main()
