"""How much of a line's ink each letter of a text takes, beside what such a letter usually takes.

A reader that overlooks a letter leaves its ink to a neighbour, and one that sees a letter too many
gives it next to none: 5~6人 as 56人 has a 5 that is as wide as two, 3往復 as 往復 has a 往 with
something before it. So the ink of a line is shared out among the letters of a text, and the widest
letter and the barest one tell what the text leaves unsaid. A text that says all its ink has none of
either, whatever it means.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_WIDE_LATIN, _NARROW_LATIN = frozenset("mwMW%@"), frozenset("1iIljtfr/|()[]「」'")
_FULL_SIGNS = frozenset("㎡㎝℃①②③④⑤⑥⑦⑧⑨⑩※±×+=")
_STROKES = frozenset("~〜～-−—ー一")
_DOTS = frozenset(".,:;・·、。°゜'\"")
_SMALL_KANA = frozenset("ァィゥェォッャュョヮヵヶぁぃぅぇぉっゃゅょゎ")

_PULL = 0.15
"""What a column costs for each column that it lies off from where two letters should part, in
pixels of ink."""

_FEW, _SCALES = 4, (0.8, 1.3)
"""A line of so many letters tells how wide its writer writes; within these bounds."""


@dataclass(frozen=True, slots=True)
class Shared:
    """The ink of a line shared out among the letters of a text.

    Attributes:
        over: heights of a letter by which the widest letter is wider than usual, 0 and more.
        bare: heights by which the barest letter is narrower than usual, 0 and more.
        loose: width, in heights, of ink beside a digit that hangs on none of its strokes.
        apart: heights by which two digits of one number stand farther apart than letters do here: a
            point between them may have left no ink.
    """

    over: float
    bare: float
    loose: float
    apart: float


def usual_width(letter: str) -> float:
    """Width of a letter's ink in heights of a line's letters."""
    if letter in _DOTS:
        return 0.15
    if letter in _NARROW_LATIN:
        return 0.28
    if letter in _WIDE_LATIN:
        return 0.85
    if letter in _STROKES:
        return 0.65
    if letter in _SMALL_KANA:
        return 0.55
    if letter in _FULL_SIGNS or not letter.isascii():
        return 0.9
    return 0.55


def shared(
    text: str,
    places: Sequence[float],
    columns: NDArray[np.int64],
    pieces: NDArray[np.int32],
    tall: float,
) -> Shared:
    """Share the ink out.

    Args:
        text: without blanks, at least one letter.
        places: x of each letter of it, rising, pixels.
        columns: pixels of ink in each column of the line.
        pieces: left, top, width and height of each piece of ink, a row each.
        tall: height of the line's letters, pixels.
    """
    usual = np.asarray([usual_width(letter) for letter in text])
    edges = _edges(places, usual, columns)
    spans = [_span(columns, left, right) for left, right in itertools.pairwise(edges)]
    taken = np.asarray([(right - left) / tall for left, right in spans])
    whole = usual > 0.2
    scale = 1.0
    if whole.sum() >= _FEW:
        scale = float(np.clip(np.median(taken[whole] / usual[whole]), *_SCALES))
    more = taken - scale * usual
    loose = max(
        (_loose(pieces, span) / tall for c, span in zip(text, spans, strict=True) if c.isdigit()),
        default=0.0,
    )
    over, bare = max(0.0, float(more.max())), max(0.0, float(-more.min()))
    return Shared(over, bare, loose, _apart(text, spans) / tall)


def _apart(text: str, spans: Sequence[tuple[int, int]]) -> float:
    """Pixels by which the widest gap inside a number is wider than the line's gaps usually are."""
    gaps = [right[0] - left[1] for left, right in itertools.pairwise(spans)]
    inside = [
        gap
        for gap, (a, b) in zip(gaps, itertools.pairwise(text), strict=True)
        if a.isdigit() and b.isdigit()
    ]
    return max(0.0, max(inside) - float(np.median(gaps))) if inside else 0.0


def _edges(
    places: Sequence[float], usual: NDArray[np.float64], columns: NDArray[np.int64]
) -> list[int]:
    """Columns where each letter begins, and where the last one ends."""
    edges = [0]
    for (left, right), (a, b) in zip(
        itertools.pairwise(places), itertools.pairwise(usual), strict=True
    ):
        first = max(edges[-1], min(int(left), len(columns) - 1))
        last = max(first + 1, min(round(right), len(columns)))
        at = np.arange(first, last)
        parting = left + (right - left) * a / (a + b)
        cost = columns[first:last] + _PULL * np.abs(at - parting)
        edges.append(first + int(cost.argmin()))
    return [*edges, len(columns)]


def _span(columns: NDArray[np.int64], left: int, right: int) -> tuple[int, int]:
    """The first column with ink and the one after the last; both the same where there is none."""
    inked = np.flatnonzero(columns[left:right])
    return (left + int(inked[0]), left + int(inked[-1]) + 1) if len(inked) else (left, left)


def _loose(pieces: NDArray[np.int32], span: tuple[int, int]) -> float:
    """Width of pieces within a span that lie beside the largest one."""
    middle = pieces[:, 0] + pieces[:, 2] / 2
    own = pieces[(middle >= span[0]) & (middle < span[1])]
    if len(own) < 2:
        return 0.0
    largest = own[(own[:, 2] * own[:, 3]).argmax()]
    right, ends = largest[0] + largest[2], own[:, 0] + own[:, 2]
    beside = (own[:, 0] >= right) | (ends <= largest[0])
    return float(own[beside, 2].sum())
