"""Pictures of single characters to fit and test the small networks of :mod:`ocr.engines.glyphs`
with.

They come from sheets of real handwriting, from fonts and from strokes that are drawn
(:mod:`glyph_strokes`); each use of one is another hand, pen, scan and damage (:mod:`glyph_damage`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ocr.engines.glyphs import SIDE, normalise
from records.types import Gray
from tools.glyph_damage import DamageHand, spoil
from tools.glyph_strokes import SIZE, TALL, Ink, draw_digit, mark, scribble

DIGITS = "0123456789"

NO_DIGITS = (
    "ABEFHKMNPRWXacdefhjkmnprtvwx"
    "#%*+=<>?@¥&"
    "あいおかきくけこさしすせたちなにぬねはふへほまみむめもやゆよをん"
    "アイウエオカキケサシスセソタテトナニネハヒヘホマミムモヤヨラリルレヲンガギグゲダバパ"
    "一二三四五六七八九十百千万円年月日人大中小山川田木水火金土上下左右本名生先学校市町村区県東西南北京都高橋佐藤鈴木渡辺伊"
    "加井石松林森野原島崎福岡長谷明昭和平成令有無男女父母子元"
)
"""Characters that nobody takes for a digit; look-alikes (O l Z S b g q ろ る そ つ フ 乙 丁 口 ...)
are left out of the fitting altogether: whether they are one is for the field to say."""

_ROUNDS = 24

Maker = Callable[[np.random.Generator], Ink]


@dataclass(frozen=True, eq=False)
class Pool:
    """Characters as the network sees them.

    Attributes:
        squares: shape (n, 32, 32), uint8.
        labels: shape (n,), class of each.
    """

    squares: NDArray[np.uint8]
    labels: NDArray[np.int64]


def fit_in(ink: NDArray[np.uint8]) -> Ink | None:
    """A character centred at one size in a picture of 128 x 128; None where there is none."""
    ys = np.flatnonzero(ink.max(axis=1) > 90)
    xs = np.flatnonzero(ink.max(axis=0) > 90)
    if not len(ys) or not len(xs):
        return None
    close = ink[ys[0] : ys[-1] + 1, xs[0] : xs[-1] + 1]
    scale = TALL / max(close.shape)
    size = (max(1, round(close.shape[1] * scale)), max(1, round(close.shape[0] * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    picture = np.zeros((SIZE, SIZE), np.uint8)
    top = (SIZE - size[1]) // 2
    left = (SIZE - size[0]) // 2
    picture[top : top + size[1], left : left + size[0]] = cv2.resize(close, size, interpolation=how)
    return picture


def real_digits(folder: Path, cell: int = 28) -> dict[str, list[Ink]]:
    """Digits of many writers from sheets ``0.png`` ... ``9.png`` of square cells, dark on white, in
    their order.

    Raises:
        FileNotFoundError: a sheet is not there.
    """
    found: dict[str, list[Ink]] = {}
    for digit in DIGITS:
        path = folder / f"{digit}.png"
        sheet = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        if sheet is None:
            raise FileNotFoundError(path)
        cells = [
            255 - sheet[y : y + cell, x : x + cell]
            for y in range(0, sheet.shape[0] - cell + 1, cell)
            for x in range(0, sheet.shape[1] - cell + 1, cell)
        ]
        fitted = [fit_in(np.asarray(cell, np.uint8)) for cell in cells]
        found[digit] = [_crisp(ink) for ink in fitted if ink is not None]
    return found


def uci_digits(path: Path) -> dict[str, list[Ink]]:
    """Digits of 43 writers from UCI's "Optical Recognition of Handwritten Digits" (Alpaydin &
    Kaynak 1998).

    Args:
        path: a line a digit, 64 counts (8 x 8) from 0 to 16 and the class; lines that begin with
        ``@`` are passed over.
    """
    found: dict[str, list[Ink]] = {digit: [] for digit in DIGITS}
    for line in path.read_text("ascii").splitlines():
        if not line.strip() or line.startswith("@"):
            continue
        *counts, digit = line.replace(" ", "").split(",")
        small = np.pad(np.asarray(counts, np.float32).reshape(8, 8), 1)
        large = np.clip(
            (cv2.resize(small, (160, 160), interpolation=cv2.INTER_CUBIC) - 5) * 64, 0, 255
        )
        ink = fit_in(large.astype(np.uint8))
        if ink is not None:
            found[digit].append(ink)
    return found


def _crisp(ink: Ink) -> Ink:
    """The edges of an enlarged character as sharp as a pen's."""
    return np.asarray(np.clip(ink.astype(np.float32) * 3 - 255, 0, 255), np.uint8)


def font_files(folders: Iterable[Path], leave_out: Sequence[str] = ()) -> list[Path]:
    """Fonts under the folders, but for those with one of the words of ``leave_out`` in their
    path."""
    files = [
        f
        for folder in folders
        for f in ([folder] if folder.is_file() else sorted(folder.rglob("*")))
    ]
    return [
        f
        for f in files
        if f.suffix.lower() in (".ttf", ".otf") and not any(word in str(f) for word in leave_out)
    ]


def from_fonts(fonts: Iterable[Path], characters: str) -> dict[str, list[Ink]]:
    """Each character in each font that has it."""
    from fontTools.ttLib import TTFont

    found: dict[str, list[Ink]] = {c: [] for c in characters}
    for path in fonts:
        with TTFont(path, lazy=True) as opened:
            has = set(opened.getBestCmap())
        wanted = [c for c in found if ord(c) in has]
        face = None
        if wanted:
            face = ImageFont.truetype(str(path), 120)
        for character in wanted:
            picture = Image.new("L", (300, 340), 0)
            ImageDraw.Draw(picture).text((80, 70), character, font=face, fill=255)
            ink = fit_in(np.asarray(picture))
            if ink is not None:
                found[character].append(ink)
    return {c: inks for c, inks in found.items() if inks}


def struck_out(ink: Ink, rng: np.random.Generator) -> Ink:
    """A character crossed out: one line or two that run over it from side to side, a cross, or a
    zigzag."""
    ink = ink.copy()
    ys, xs = np.nonzero(ink > 127)
    top = int(ys.min())
    bottom = int(ys.max())
    left = int(xs.min())
    right = int(xs.max())
    pen = int(rng.integers(3, 11))
    if rng.random() < 0.25:
        n = int(rng.integers(5, 10))
        path = np.stack(
            [
                np.linspace(left - 10, right + 10, n),
                np.where(np.arange(n) % 2, top + 12, bottom - 12),
            ],
            1,
        )
        cv2.polylines(
            ink,
            [np.asarray(path + rng.normal(0, 6, path.shape), np.int32)],
            False,
            (255,),
            pen,
            cv2.LINE_AA,
        )
        return ink
    middle = (top + bottom) / 2
    lean = rng.normal(0, 14)
    rows = (
        [middle + rng.normal(0, 7)]
        if rng.random() < 0.4
        else [middle - rng.uniform(6, 16), middle + rng.uniform(6, 16)]
    )
    if rng.random() < 0.35:
        rows = [middle, middle]
        lean = (bottom - top) * float(rng.uniform(0.3, 0.5))
    for number, row in enumerate(rows):
        way = lean * (-1 if number and abs(lean) > 25 else 1)
        ends = (left - int(rng.integers(8, 26)), right + int(rng.integers(8, 26)))
        cv2.line(
            ink, (ends[0], round(row + way)), (ends[1], round(row - way)), (255,), pen, cv2.LINE_AA
        )
    return fit_in(ink) if rng.random() < 0.5 else ink  # type: ignore[return-value]


def two_in_one(a: Ink, b: Ink, rng: np.random.Generator) -> Ink:
    """Two characters squeezed into one cell."""
    parts = []
    for ink in (a, b):
        ys, xs = np.nonzero(ink > 90)
        close = ink[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]
        tall = int(rng.integers(56, 78))
        wide = max(4, round(close.shape[1] * tall / close.shape[0] * float(rng.uniform(0.55, 0.9))))
        parts.append(cv2.resize(close, (wide, tall), interpolation=cv2.INTER_AREA))
    gap = int(rng.integers(-4, 12))
    drop = int(rng.integers(0, 14))
    both = np.zeros((110, parts[0].shape[1] + parts[1].shape[1] + 40), np.uint8)
    x = 16
    both[8 : 8 + parts[0].shape[0], x : x + parts[0].shape[1]] = parts[0]
    x += parts[0].shape[1] + gap
    where = both[8 + drop : 8 + drop + parts[1].shape[0], x : x + parts[1].shape[1]]
    np.maximum(where, parts[1][: where.shape[0], : where.shape[1]], out=where)
    fitted = fit_in(both)
    return a if fitted is None else fitted


def fragment(ink: Ink, rng: np.random.Generator) -> Ink | None:
    """Less than half of a character; None where what is left could be a digit itself (a bar, a
    ring)."""
    ys, xs = np.nonzero(ink > 127)
    share = float(rng.uniform(0.25, 0.45))
    part = ink.copy()
    if rng.random() < 0.5:
        edge = int(ys.min() + share * np.ptp(ys))
        part[
            slice(edge, None)
            if rng.random() < 0.5
            else slice(0, int(ys.max() - share * np.ptp(ys)))
        ] = 0
    else:
        edge = int(xs.min() + share * np.ptp(xs))
        part[
            :,
            slice(edge, None)
            if rng.random() < 0.5
            else slice(0, int(xs.max() - share * np.ptp(xs))),
        ] = 0
    holes = cv2.findContours(
        (part > 127).astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE
    )[1]
    ys, xs = np.nonzero(part > 127)
    if (
        holes is None
        or len(ys) < 60
        or np.ptp(ys) > 0.85 * np.ptp(xs)
        or bool((holes[0][:, 3] >= 0).any())
    ):
        return None
    return fit_in(part)


def garbage(digits: dict[str, list[Ink]], others: list[Ink]) -> Maker:
    """What stands in a cell and is no digit."""
    every = [ink for inks in digits.values() for ink in inks]

    def make(rng: np.random.Generator) -> Ink:
        def one() -> Ink:
            return every[int(rng.integers(len(every)))]

        kind = rng.random()
        if kind < 0.4:
            return others[int(rng.integers(len(others)))]
        if kind < 0.58:
            return scribble(rng)
        if kind < 0.74:
            return struck_out(one(), rng)
        if kind < 0.87:
            return two_in_one(one(), one(), rng)
        if kind < 0.93:
            return mark(rng)
        for _ in range(_ROUNDS):
            part = fragment(one(), rng)
            if part is not None:
                return part
        return scribble(rng)

    return make


def among(inks: Sequence[Ink]) -> Maker:
    """A maker that takes one of the pictures."""
    return lambda rng: inks[int(rng.integers(len(inks)))]


def drawn(digit: str) -> Maker:
    """A maker that draws the digit."""
    return lambda rng: draw_digit(digit, rng)


def damaged(
    make: Maker,
    rng: np.random.Generator,
    hand: DamageHand,
    scan: str | None = None,
    spare: bool = False,
) -> Gray:
    """One character by ``make``, damaged until something is left of it."""
    while True:
        glyph = spoil(make(rng), rng, hand, scan, spare)
        if glyph is not None:
            return glyph


def pool(wanted: Sequence[tuple[int, int, Maker, DamageHand]], seed: int) -> Pool:
    """Characters to learn from.

    Args:
        wanted: (class, how many, maker, hand).
        seed: the same seed gives the same pool.
    """
    rng = np.random.default_rng(seed)
    squares = np.zeros((sum(count for _, count, _, _ in wanted), SIDE, SIDE), np.uint8)
    labels = np.zeros(len(squares), np.int64)
    at = 0
    for label, count, make, hand in wanted:
        for _ in range(count):
            squares[at], labels[at] = normalise(damaged(make, rng, hand)), label
            at += 1
    return Pool(squares, labels)
