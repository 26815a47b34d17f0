"""Prefix beam search over the frames of a line (Hannun et al., arXiv 1408.2873)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TOP = 6
"""Classes per frame that the beam may extend with."""

LEAST_BELIEVED = 1e-3
"""Belief in a frame that a class needs for the beam to extend with it."""

FLOOR = 1e-7

_BETWEEN = 1e-4
"""A frame with less belief in all characters together than this lies between characters."""


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One reading of a line.

    Attributes:
        text: the characters.
        share: its part of the belief of all hypotheses kept, [0, 1].
        log: natural log of its CTC probability under the restricted classes.
    """

    text: str
    share: float
    log: float


def beam_search(held: NDArray[np.float64], names: Sequence[str], width: int) -> list[Hypothesis]:
    """CTC prefix beam search; returns up to ``width`` hypotheses by their exact beam
    probability."""
    held = held[telling(held)]
    tops = _tops(held)
    tried = sorted({0, *(n for top in tops for n in top)})  # the others stand in no prefix
    place = {n: at for at, n in enumerate(tried)}
    floored = np.maximum(held[:, tried], FLOOR)  # what extends a prefix lies far above it
    prefixes = _Prefixes()
    beams: dict[int, tuple[float, float]] = {0: (1.0, 0.0)}
    scale = 0.0
    for frame, top in zip(floored.tolist(), tops, strict=True):
        if top:
            tails = [(place[n], frame[place[n]]) for n in top]
            following = _extended(beams, frame, tails, prefixes)
            ranked = sorted(following.items(), key=_belief)[:width]
        else:
            ranked = list(_waited(beams, frame, prefixes.last).items())
        total = sum(b + c for _, (b, c) in ranked) or 1.0
        scale += math.log(total)
        beams = {prefix: (b / total, c / total) for prefix, (b, c) in ranked}
    texts = prefixes.texts([names[n] for n in tried])
    return _as_hypotheses({texts(prefix): belief for prefix, belief in beams.items()}, scale)


class _Prefixes:
    """Beginnings of texts as numbers, each made from a shorter one and a class; 0 is the empty
    one."""

    def __init__(self) -> None:
        self.last = [0]
        self._shorter = [0]
        self._longer: dict[tuple[int, int], int] = {}

    def longer(self, prefix: int, number: int) -> int:
        """The prefix with one more class."""
        key = (prefix, number)
        known = self._longer.get(key)
        if known is None:
            known = self._longer[key] = len(self.last)
            self.last.append(number)
            self._shorter.append(prefix)
        return known

    def texts(self, names: Sequence[str]) -> Callable[[int], str]:
        """From a prefix to its text."""

        def text(prefix: int) -> str:
            letters = []
            while prefix:
                letters.append(names[self.last[prefix]])
                prefix = self._shorter[prefix]
            return "".join(reversed(letters))

        return text


Beams = Mapping[int, tuple[float, float]]
"""Prefix → belief in it where it ends with paper, and where it ends with its last character."""


def _waited(beams: Beams, frame: Sequence[float], last: Sequence[int]) -> Beams:
    """The beams after a frame between characters, where nothing new can begin."""
    blank = frame[0]
    return {
        prefix: ((paper + ink) * blank, ink * frame[last[prefix]] if prefix else 0.0)
        for prefix, (paper, ink) in beams.items()
    }


def _extended(
    beams: Beams,
    frame: Sequence[float],
    tails: Sequence[tuple[int, float]],
    prefixes: _Prefixes,
) -> Beams:
    """The beams after a frame in which each of ``tails`` (class, belief) may begin."""
    blank = frame[0]
    following: dict[int, tuple[float, float]] = {}
    for prefix, (paper, ink) in beams.items():
        both = paper + ink
        last = prefixes.last[prefix]
        b, c = following.get(prefix, (0.0, 0.0))
        following[prefix] = (b + both * blank, c + ink * frame[last] if prefix else c)
        for number, belief in tails:
            gain = (paper if last == number else both) * belief
            if gain > 0.0:
                longer = prefixes.longer(prefix, number)
                b, c = following.get(longer, (0.0, 0.0))
                following[longer] = (b, c + gain)
    return following


def telling(held: NDArray[np.float64]) -> NDArray[np.bool_]:
    """The frames that a text's probability hangs on: of several between two characters the first.

    A second blank after a blank changes no path, and more than half of all frames are such.
    """
    between = held[:, 0] > 1.0 - _BETWEEN
    telling = ~between
    telling[1:] |= ~between[:-1]
    telling[:1] = True
    return telling


def _belief(item: tuple[int, tuple[float, float]]) -> float:
    """Sorts prefixes by falling belief."""
    return -(item[1][0] + item[1][1])


def _as_hypotheses(beams: Mapping[str, tuple[float, float]], scale: float) -> list[Hypothesis]:
    shares = {text: b + c for text, (b, c) in beams.items()}
    ranked = sorted(shares.items(), key=lambda item: -item[1])
    total = sum(shares.values()) or 1.0
    return [
        Hypothesis(text, share / total, math.log(max(share, 1e-300)) + scale)
        for text, share in ranked
    ]


def _tops(held: NDArray[np.float64]) -> list[list[int]]:
    """The likeliest non-blank classes of each frame, leaving out what nobody believes."""
    tops: list[list[int]] = [[] for _ in held]
    for frame, number in np.argwhere(held[:, 1:] > LEAST_BELIEVED).tolist():
        tops[frame].append(number + 1)
    return [
        sorted(top, key=lambda n: -held[f, n])[:TOP] if len(top) > TOP else top
        for f, top in enumerate(tops)
    ]
