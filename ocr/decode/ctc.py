"""From CTC probabilities to text, limited to what a field can hold, and honest about what the limit
threw away.

The recogniser spreads its belief over some 6,800 classes. A field of digits needs ten of them.
Within a frame, what went to classes that the field cannot hold is shared among those it can, in
proportion, and the blank keeps its own share: a ``1`` read as ``I`` becomes a ``1`` and does not
vanish. How much had to be shared is kept (``kept``), as a scribble must not become the nearest
digit in silence. Method: prefix beam search (Hannun et al., arXiv 1408.2873) over the restricted
classes; exact scores of whole hypotheses by the CTC forward recursion (Graves et al., ICML 2006).
"""

from __future__ import annotations

import math
import re
import weakref
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ocr.decode.beam import Hypothesis, beam_search, telling
from ocr.engines.ppocr import Probabilities

BELIEVED = 1e-4
"""A class that no frame of a line believes more stands for nothing in it, unless it is asked
for."""

FEW = 600
"""Of more classes than this only those are shared out that some frame believes in."""

_LEAST = 1e-290
"""Belief that is less than this share of a text's best state counts as this much."""

_NEVER = -1e30


@dataclass(frozen=True, slots=True)
class Decoded:
    """A line as decoded.

    Attributes:
        best: hypotheses, best first; never empty (an empty text is a hypothesis too).
        free: what the engine would have read with its alphabet free.
        free_score: mean probability of the free characters, [0, 1].
        kept: smallest share, over the characters of the best text, of belief that went to allowed
            classes, [0, 1]; 0 where a character vanished altogether.
        weakest: smallest probability of a chosen character among the allowed ones, [0, 1].
        second: the largest rival of any character of the best text, as a share of that frame, [0,
        1].
    """

    best: tuple[Hypothesis, ...]
    free: str
    free_score: float
    kept: float
    weakest: float
    second: float

    @property
    def text(self) -> str:
        return self.best[0].text


class Alphabet:
    """Classes that a field can hold, with look-alikes that count as the same character.

    Args:
        characters: the recogniser's character of each class
        (:attr:`ocr.engines.ppocr.PpOcr.characters`).
        allowed: characters allowed; None allows all.
        alike: character → characters that are written the same way, whose belief counts as its own.
    """

    def __init__(
        self,
        characters: Sequence[str],
        allowed: Iterable[str] | None,
        alike: Mapping[str, str] | None = None,
    ) -> None:
        index: dict[str, int] = {}
        for number, character in enumerate(characters):
            index.setdefault(character, number)
        names, groups = [""], [[0]]
        for character in dict.fromkeys(index if allowed is None else allowed):
            same = [
                index[c]
                for c in dict.fromkeys(character + (alike or {}).get(character, ""))
                if c in index
            ]
            if same and character:
                names.append(character)
                groups.append(same)
        self.names: tuple[str, ...] = tuple(names)
        self.place = {name: number for number, name in enumerate(names)}
        self._groups = groups
        # the first class of every group, then the second of those that have one, and so on
        self._layers = [
            (
                np.asarray([n for n, group in enumerate(groups) if len(group) > depth]),
                np.asarray([group[depth] for group in groups if len(group) > depth]),
            )
            for depth in range(max(map(len, groups)))
        ]
        self._classes = [n for group in groups[1:] for n in group]
        self._counts = np.bincount(
            np.asarray(self._classes, np.int64), minlength=len(characters)
        ).astype(np.float32)
        self._shared: dict[int, _Shared] = {}

    def restrict(
        self, probabilities: Probabilities, keep: str = ""
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
        """Share belief out among the allowed classes.

        Args:
            keep: characters whose class must be in the result however little they are believed.

        Returns:
            Belief, shape (frames, believed classes), blank first; per frame the share of non-blank
            belief that went to allowed classes; and the place in :attr:`names` of each column.
        """
        shared = self._share(probabilities)
        asked = {self.place[c] for c in keep if c in self.place} - shared.columns
        if not asked:
            return shared.held, shared.kept, shared.order
        order = np.asarray(sorted(shared.columns | asked))
        held = np.empty((len(shared.held), len(order)))
        held[:, np.searchsorted(order, shared.order)] = shared.held
        for number in asked:
            rare = probabilities[:, self._groups[number]].sum(axis=1)
            held[:, np.searchsorted(order, number)] = rare * shared.factor
        return held, shared.kept, order

    def _share(self, probabilities: Probabilities) -> _Shared:
        """The line's belief shared out; a line is asked for many texts, and keeps it as long as it
        lives itself."""
        known = self._shared.get(id(probabilities))
        if known is not None and known.line() is probabilities:
            return known
        many = len(self.names) > FEW
        allowed = (
            np.einsum("fc,c->f", probabilities, self._counts)
            if many
            else probabilities[:, self._classes].sum(axis=1)
        )
        allowed = allowed.astype(np.float64)
        body = 1 - probabilities[:, 0].astype(np.float64)
        factor = np.where(allowed > 1e-9, body / np.maximum(allowed, 1e-12), 0.0)
        kept = np.where(body > 1e-6, allowed / np.maximum(body, 1e-12), 1.0)
        order = self._possible(probabilities, factor) if many else np.arange(len(self.names))
        held = np.zeros((len(probabilities), len(order)))
        for columns, classes in self._layers:
            if len(order) < len(self.names):
                chosen = np.isin(columns, order, assume_unique=True)
                columns, classes = np.searchsorted(order, columns[chosen]), classes[chosen]
            held[:, columns] += probabilities[:, classes]
        held[:, 1:] *= factor[:, None]
        believed = held.max(axis=0) > BELIEVED
        believed[0] = True
        order, held = order[believed], held[:, believed]
        key = id(probabilities)
        line = weakref.ref(probabilities, lambda _: self._shared.pop(key, None))
        found = _Shared(
            line, held, np.clip(kept, 0.0, 1.0), order, frozenset(order.tolist()), factor
        )
        self._shared[key] = found
        return found

    def _possible(
        self, probabilities: Probabilities, factor: NDArray[np.float64]
    ) -> NDArray[np.int64]:
        """Places of the blank and of groups with a class that comes near being believed: the others
        cannot pass together."""
        near = (
            probabilities.max(axis=0)
            * (len(self._layers) * max(1.0, float(factor.max(initial=0.0))))
            > BELIEVED
        )
        wanted = np.zeros(len(self.names), bool)
        wanted[0] = True
        for columns, classes in self._layers:
            wanted[columns[near[classes]]] = True
        return np.flatnonzero(wanted)


@dataclass(frozen=True, eq=False)
class _Shared:
    """A line's belief, shared out among the classes of one alphabet.

    Attributes:
        line: the line's probabilities.
        held, kept, order: what :meth:`Alphabet.restrict` returns without ``keep``.
        columns: ``order`` as a set.
        factor: what the belief of a class was multiplied with in each frame.
    """

    line: weakref.ref[Probabilities]
    held: NDArray[np.float64]
    kept: NDArray[np.float64]
    order: NDArray[np.int64]
    columns: frozenset[int]
    factor: NDArray[np.float64]


def decode(
    probabilities: Probabilities, alphabet: Alphabet, characters: Sequence[str], beam: int = 12
) -> Decoded:
    """Decode one line.

    Args:
        probabilities: shape (frames, classes) from the engine.
        alphabet: what the field can hold.
        characters: the engine's character of each class.
        beam: prefixes kept from frame to frame.
    """
    held, kept, columns = alphabet.restrict(probabilities)
    names = [alphabet.names[c] for c in columns]
    hypotheses = beam_search(held, names, beam)
    free, free_score = greedy(probabilities, characters)
    least, weakest, second = _measures(held, kept, names, hypotheses[0].text)
    return Decoded(tuple(hypotheses), free, free_score, least, weakest, second)


_TIMES = re.compile(r"(?<=[0-9mM㎡])×(?=[縦横高幅]?[0-9])")


def said(text: str) -> str:
    """``text`` as the recogniser says it, character for character: it knows no ㎡ and sees an m, and
    between numbers a × is an x to it."""
    return _TIMES.sub("x", text).replace("㎡", "m")


def instead(
    decoded: Decoded, probabilities: Probabilities, alphabet: Alphabet, best: Sequence[Hypothesis]
) -> Decoded:
    """The same line with other hypotheses, best first, and what is measured of the best of them."""
    if best[0].text == decoded.text:
        return replace(decoded, best=tuple(best))
    text = said(best[0].text)
    held, kept, columns = alphabet.restrict(probabilities, text)
    names = [alphabet.names[c] for c in columns]
    least, weakest, second = _measures(held, kept, names, text)
    return replace(decoded, best=tuple(best), kept=least, weakest=weakest, second=second)


def _measures(
    held: NDArray[np.float64], kept: NDArray[np.float64], names: Sequence[str], text: str
) -> tuple[float, float, float]:
    """``kept``, ``weakest`` and ``second`` of :class:`Decoded` for a text."""
    frames = frames_of(held, names, text)
    weakest = min((float(held[f, c]) for f, c in frames), default=1.0)
    second = max((_rival(held[f], c) for f, c in frames), default=0.0)
    least = min((float(kept[f]) for f, _ in frames), default=1.0)
    vanished = (kept < 1e-6) & (
        held[:, 0] < 0.5
    )  # a character of which no allowed class got anything leaves no trace
    return 0.0 if vanished.any() else least, weakest, second


def greedy(probabilities: Probabilities, characters: Sequence[str]) -> tuple[str, float]:
    """Best path with the alphabet free, and the mean of the peak probabilities of its characters (0
    for no text)."""
    best = probabilities.argmax(axis=1)
    text, scores, last = [], [], 0
    for frame, number in enumerate(best):
        if number and number != last:
            text.append(characters[number])
            scores.append(float(probabilities[frame, number]))
        elif number and scores:
            scores[-1] = max(scores[-1], float(probabilities[frame, number]))
        last = int(number)
    return "".join(text), float(np.mean(scores)) if scores else 0.0


def _rival(frame: NDArray[np.float64], chosen: int) -> float:
    """Belief of the best other character of a frame."""
    others = frame.copy()
    others[[0, chosen]] = 0.0
    return float(others.max())


def score_texts(
    probabilities: Probabilities, alphabet: Alphabet, texts: Iterable[str]
) -> dict[str, float]:
    """Natural log of the CTC probability of exactly each text (forward recursion, all texts at
    once).

    Texts with a character outside the alphabet are left out.
    """
    wanted = list(dict.fromkeys(texts))
    held, _, columns = alphabet.restrict(probabilities, "".join(wanted))
    place = {alphabet.names[c]: n for n, c in enumerate(columns)}
    wanted = [t for t in wanted if all(c in place for c in t)]
    if not wanted:
        return {}
    size = 2 * max(len(t) for t in wanted) + 1
    states = np.zeros((len(wanted), size), np.int64)
    for row, text in enumerate(wanted):
        states[row, 1 : 2 * len(text) : 2] = [place[c] for c in text]
    jump = np.zeros(states.shape, bool)
    jump[:, 2:] = (states[:, 2:] != 0) & (states[:, 2:] != states[:, :-2])
    believed = np.maximum(held[telling(held)], 1e-12)[:, states]
    scale = np.zeros(len(wanted))
    padded = np.zeros((len(wanted), size + 2))  # two empty states before the first
    row_, one_before, two_before = padded[:, 2:], padded[:, 1:-1], padded[:, :-2]
    row_[:, :2] = believed[0][:, :2]
    may_jump = jump.astype(np.float64)
    moved = np.empty(states.shape)
    for number, frame in enumerate(believed[1:], 1):
        np.multiply(two_before, may_jump, out=moved)
        moved += one_before
        moved += row_
        np.multiply(moved, frame, out=row_)
        if number % 16 == 0:  # 1e-12 in each of 16 frames is still far from what a float can hold
            top = row_.max(axis=1)
            row_[:] = np.maximum(row_ / top[:, None], _LEAST)
            scale += np.log(top)
    result = {}
    for number, text in enumerate(wanted):
        last = 2 * len(text)
        ends = row_[number, last] + (row_[number, last - 1] if text else 0.0)
        result[text] = math.log(max(ends, _LEAST)) + float(scale[number])
    return result


def frames_of(held: NDArray[np.float64], names: Sequence[str], text: str) -> list[tuple[int, int]]:
    """For each character of ``text``, the (frame, class) where it is believed most, by Viterbi
    alignment."""
    if not text:
        return []
    place = {name: number for number, name in enumerate(names)}
    states = [0]
    for character in text:
        states += [place[character], 0]
    size, frames = len(states), len(held)
    logs = np.log(np.maximum(held, 1e-12))
    barred = np.asarray(
        [
            0.0 if i >= 2 and states[i] != 0 and states[i] != states[i - 2] else _NEVER
            for i in range(size)
        ]
    )
    row = np.full(size, _NEVER)
    row[:2] = logs[0, states[:2]]
    back = np.zeros((frames, size), np.int64)
    moves = np.full((3, size), _NEVER)
    for f, gained in enumerate(logs[1:, states], 1):
        moves[0], moves[1, 1:] = row, row[:-1]
        moves[2, 2:] = row[:-2] + barred[2:]
        moves.argmax(axis=0, out=back[f])
        row = moves.max(axis=0) + gained
    state = size - 1 if row[-1] >= row[-2] else size - 2
    best: dict[int, tuple[float, int]] = {}
    for f in range(frames - 1, -1, -1):
        if states[state]:
            belief = float(held[f, states[state]])
            if belief > best.get(state, (-1.0, 0))[0]:
                best[state] = (belief, f)
        state -= int(back[f, state])
    return [(best[s][1], states[s]) for s in sorted(best)]
