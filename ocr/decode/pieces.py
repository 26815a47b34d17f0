"""A line of writing cut into pieces, and how well any text goes with them by a network that reads
single characters.

The line reader sees a whole line and finds its own characters in it; the network sees one character
at a time and makes other errors. To weigh the two together, a text is laid over the pieces: each of
its characters that the network knows takes one piece (or a few that belong together), others take
what is left, and the best way of doing so is the text's score. Cutting apart is never decided
alone: a piece that looks like two characters is also tried as two, neighbours also as one, as in
over-segmentation readers of cheque amounts (Casey & Lecolinet, "A survey of methods and strategies
in character segmentation", PAMI 1996).
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.engines.glyphs import GlyphNet
from ocr.ink.crops import on_white
from records.types import Gray

_RUN = 3
"""Pieces that may make one character."""

_NEVER = -1e9
_LOST_CHARACTER = -6.0
"""Natural log for a character that the network knows but that has no ink of its own, where
characters are apart for certain; :data:`_TOUCHING` where two of them may share a piece."""

_TOUCHING = -3.0
_BADLY_CUT = 0.1
"""Share of the pieces that are no whole character, though the network has its opinion on them."""

_LOST_OTHER = -1.5
"""The same for a character that the network does not know: a dot too faint, a dash that touches its
neighbour."""

_LEAST = -2.5
"""What another character (a kanji's part, a dash) makes of a piece costs no more than this: half of
和 is a fine 0."""

_LEAST_DUST = -8.0
"""A piece that no character takes costs at most this."""

_FLOOR = 1e-6

_SMALL, _LARGE = (
    "ァィゥェォッャュョヮぁぃぅぇぉっゃゅょゎ",
    "アイウエオツヤユヨワあいうえおつやゆよわ",
)


@dataclass(frozen=True, eq=False)
class Lattice:
    """Pieces of a line, left to right, with the network's belief about every run of them that may
    be one character.

    Attributes:
        known: the network's characters, by class; small kana stand under their large form.
        logs: shape (runs, pieces, classes + 1), natural log of the probability that the run of 1,
            2, ... pieces that begins at a piece is a character; the last class is "no such
            character"; far below zero where a run is impossible.
    """

    known: Mapping[str, int]
    logs: NDArray[np.float64]
    lost: float = _LOST_CHARACTER

    @property
    def size(self) -> int:
        """Pieces in the line."""
        return int(self.logs.shape[1])

    @functools.cached_property
    def _moves(self) -> NDArray[np.float64]:
        """Cost of each kind of character for 0, 1, 2… pieces; shape (runs + 1, pieces + 1, classes
        + 3).

        The columns beyond the network's own: another character, a blank, and nothing at all
        (padding).
        """
        runs, size, classes = self.logs.shape
        other, blank, pad = classes - 1, classes, classes + 1
        moves = np.full((runs + 1, size + 1, classes + 2), _NEVER)
        moves[0, :, :other] = self.lost
        moves[0, :, other] = _LOST_OTHER
        moves[0, :, blank] = 0.0
        moves[0, :, pad] = 0.0
        moves[1:, :size, :other] = self.logs[:, :, :-1]
        single = np.maximum(self.logs[0, :, -1], _LEAST)
        for run in range(1, min(runs, size) + 1):
            total = np.convolve(single, np.ones(run), "valid")
            moves[run, : len(total), other] = total
        return moves

    @functools.cached_property
    def _dust(self) -> NDArray[np.float64]:
        """Running cost of leaving pieces out, shape (pieces + 1,)."""
        return np.concatenate(([0.0], np.cumsum(np.maximum(self.logs[0, :, -1], _LEAST_DUST))))

    def _classes(self, text: str) -> list[int]:
        other = self.logs.shape[2] - 1
        return [self.known.get(c, other + 1 if c.isspace() else other) for c in text]

    def least_character(self) -> float:
        """The smallest probability, over the pieces, that one is any character at all and no
        scribble."""
        return float(1 - np.exp(self.logs[0, :, -1]).max())

    def score(self, texts: Iterable[str]) -> dict[str, float]:
        """Natural log of how well the pieces go with each text: 0 for a perfect match, less for
        every disagreement."""
        wanted = list(dict.fromkeys(texts))
        longest = max((len(t) for t in wanted), default=0)
        size, dust, moves = self.size, self._dust, self._moves
        classes = np.full((len(wanted), max(1, longest)), moves.shape[2] - 1)
        for row, text in enumerate(wanted):
            classes[row, : len(text)] = self._classes(text)
        rows = np.tile(dust, (len(wanted), 1))
        for place in range(longest):
            cost = moves[:, :, classes[:, place]]  # (runs + 1, pieces + 1, texts)
            after = rows + cost[0].T
            for run in range(1, len(moves)):
                if run <= size:
                    after[:, run:] = np.maximum(
                        after[:, run:], rows[:, : size + 1 - run] + cost[run, : size + 1 - run].T
                    )
            rows = dust + np.maximum.accumulate(after - dust, axis=1)
        return {text: float(rows[number, -1]) for number, text in enumerate(wanted)}

    def best(self) -> str:
        """The network's own word for each piece by itself, ``?`` where it knows none."""
        names = {number: name for name, number in reversed(list(self.known.items()))}
        return "".join(names.get(int(n), "?") for n in self.logs[0].argmax(axis=1))

    def lay(self, text: str) -> list[tuple[int, int]]:
        """For each character of ``text`` the (first piece, pieces) that it takes in the best way; 0
        pieces for none."""
        size, dust, moves, classes = self.size, self._dust, self._moves, self._classes(text)
        rows = [dust.copy()]
        backs: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []
        for kind in classes:
            after = rows[-1] + moves[0, :, kind]
            took = np.zeros(size + 1, np.int64)
            for run in range(1, min(len(moves), size + 1)):
                new = rows[-1][: size + 1 - run] + moves[run, : size + 1 - run, kind]
                better = new > after[run:]
                after[run:][better] = new[better]
                took[run:][better] = run
            free = after - dust
            origin = np.maximum.accumulate(
                np.where(free >= np.maximum.accumulate(free), np.arange(size + 1), 0)
            )
            rows.append(dust + free[origin])
            backs.append((origin, took))
        laid: list[tuple[int, int]] = []
        at = size
        for origin, took in reversed(backs):
            at = int(origin[at])
            run = int(took[at])
            laid.append((at - run, run))
            at -= run
        return laid[::-1]

    def opinion(self, text: str, laid: Sequence[tuple[int, int]]) -> tuple[float, float]:
        """How far the network goes along with ``text``.

        Returns:
            The smallest probability of any character of it that has ink (1.0 where the network
            knows none), and the natural log by which the network would rather read something else
            there, summed.
        """
        least, gap = 0.0, 0.0
        taken: set[int] = set()
        for character, (first, run) in zip(text, laid, strict=True):
            kind = self.known.get(character)
            if run:
                taken.update(range(first, first + run))
            if kind is None:
                continue
            if not run:
                least, gap = min(least, self.lost), gap - self.lost
                continue
            row = self.logs[run - 1, first]
            least = min(least, float(row[kind]))
            gap += float(row.max() - row[kind])
        for piece in set(range(self.size)) - taken:
            row = self.logs[0, piece]
            gap += float(max(0.0, row[:-1].max() - row[-1]))
        return float(np.exp(least)), gap

    def near(self, text: str, most: int = 8) -> list[str]:
        """Texts that the network would rather have: single characters of ``text`` exchanged, put in
        or left out."""
        laid = self.lay(text)
        names = {number: name for name, number in reversed(list(self.known.items()))}
        made: list[tuple[float, str]] = []
        exchanged = list(text)
        taken: set[int] = set()
        for place, (character, (first, run)) in enumerate(zip(text, laid, strict=True)):
            taken.update(range(first, first + run))
            kind = self.known.get(character)
            if not run:
                if kind is not None:
                    made.append((2.0, text[:place] + text[place + 1 :]))
                continue
            row = self.logs[run - 1, first]
            if kind is None and run > 1:
                continue
            own = float(row[kind]) if kind is not None else float(max(row[-1], _LEAST))
            for other in np.argsort(-row[:-1])[:2]:
                if other != kind and row[other] > own - 5.0:
                    made.append(
                        (
                            float(row[other] - own),
                            text[:place] + names[int(other)] + text[place + 1 :],
                        )
                    )
                    if row[other] > own:
                        exchanged[place] = names[int(other)]
        for piece in set(range(self.size)) - taken:
            row = self.logs[0, piece]
            other = int(row[:-1].argmax())
            if row[other] > row[-1] - 3.0:
                place = next((n for n, (first, _) in enumerate(laid) if first > piece), len(text))
                made.append(
                    (float(row[other] - row[-1]), text[:place] + names[other] + text[place:])
                )
        made.sort(key=lambda m: -m[0])
        return list(
            dict.fromkeys(
                [*(["".join(exchanged)] if exchanged != list(text) else []), *(t for _, t in made)]
            )
        )[:most]


def lattice_of_cells(net: GlyphNet, glyphs: Sequence[Gray]) -> Lattice:
    """Characters that are cut apart for certain, one a piece."""
    return Lattice(
        _known(net), np.log(np.maximum(net.probabilities(glyphs), _FLOOR))[None].astype(np.float64)
    )


def lattice_of_line(
    net: GlyphNet, image: Gray, start: float = 0.0, most: int = 32
) -> Lattice | None:
    """A line of writing cut into pieces; None where there is none, or so many that it is no line of
    single characters.

    Args:
        image: a crop of :func:`ocr.ink.crops.cut`, dark on pure white.
        start: pixels from the left; what lies before is left alone.
        most: pieces.
    """
    pieces = [p for p in cut_apart(image) if (p.left + p.right) / 2 >= start]
    if not 0 < len(pieces) <= most:
        return None
    tall = float(np.percentile([p.bottom - p.top for p in pieces], 75))
    runs: list[tuple[int, int]] = []
    glyphs: list[Gray] = []
    for first in range(len(pieces)):
        for count in range(1, _RUN + 1):
            group = pieces[first : first + count]
            if len(group) < count or (count > 1 and not _may_be_one(group, tall)):
                break
            picture = _picture(image, group)
            if picture is not None:
                runs.append((count - 1, first))
                glyphs.append(picture)
    if not glyphs:
        return None
    plain = net.probabilities(glyphs)
    believed = np.log((1 - _BADLY_CUT) * plain + _BADLY_CUT / plain.shape[1])
    logs = np.full((_RUN, len(pieces), believed.shape[1]), _NEVER)
    logs[0, :, -1] = 0.0  # dust
    for (count, first), row in zip(runs, believed, strict=True):
        logs[count, first] = row
    return Lattice(_known(net), logs, _TOUCHING)


@functools.cache
def _known(net: GlyphNet) -> dict[str, int]:
    known = {name: number for number, name in enumerate(net.characters) if name}
    return known | {
        small: known[large] for small, large in zip(_SMALL, _LARGE, strict=True) if large in known
    }


@dataclass(frozen=True, eq=False)
class Piece:
    """A part of a line: the strokes ``numbers`` of ``labels`` between two columns."""

    labels: NDArray[np.int32]
    numbers: tuple[int, ...]
    left: int
    right: int
    top: int
    bottom: int


def cut_apart(image: Gray) -> list[Piece]:
    """Strokes one above the other belong together; what is far wider than tall is cut at its
    thinnest places."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        (image < 200).astype(np.uint8), connectivity=8
    )
    strokes = sorted(
        (n for n in range(1, count) if stats[n, 4] >= 4), key=lambda n: int(stats[n, 0])
    )
    groups: list[list[int]] = []
    spans: list[list[int]] = []
    for number in strokes:
        left, width = int(stats[number, 0]), int(stats[number, 2])
        right = left + width
        if spans and min(right, spans[-1][1]) - left > 0.45 * min(
            width, spans[-1][1] - spans[-1][0]
        ):
            spans[-1][1] = max(spans[-1][1], right)
            groups[-1].append(number)
        else:
            spans.append([left, right])
            groups.append([number])
    marks = np.asarray(labels, np.int32)
    pieces = []
    for numbers, (left, right) in zip(groups, spans, strict=True):
        own = stats[numbers]
        top, bottom = int(own[:, 1].min()), int((own[:, 1] + own[:, 3]).max())
        pieces.append(Piece(marks, tuple(numbers), left, right, top, bottom))
    if not pieces:
        return []
    tall = float(np.percentile([p.bottom - p.top for p in pieces], 75))
    return [part for piece in pieces for part in _parted(piece, tall)]


def _parted(piece: Piece, tall: float) -> list[Piece]:
    """The piece, or two or three of it where it is so wide that several characters may touch."""
    width = piece.right - piece.left
    if width < 0.95 * tall or piece.bottom - piece.top < 0.45 * tall:
        return [piece]
    parts = 3 if width > 1.9 * tall else 2
    ink = np.isin(piece.labels[piece.top : piece.bottom, piece.left : piece.right], piece.numbers)
    profile = ink.sum(axis=0).astype(np.float64)
    columns = np.arange(width)
    cuts = [0]
    for number in range(1, parts):
        middle = width * number / parts
        cost = (
            profile
            + 0.35 * np.abs(columns - middle)
            + np.where(np.abs(columns - middle) > 0.22 * width, 1e6, 0.0)
        )
        cuts.append(int(cost.argmin()))
    cuts.append(width)
    return [
        Piece(piece.labels, piece.numbers, piece.left + a, piece.left + b, piece.top, piece.bottom)
        for a, b in itertools.pairwise(cuts)
        if b - a >= 2
    ]


def _may_be_one(group: Sequence[Piece], tall: float) -> bool:
    """Neighbours that are near enough, and together no wider than a character."""
    gaps = [b.left - a.right for a, b in itertools.pairwise(group)]
    return max(gaps) < 0.22 * tall and group[-1].right - group[0].left < 1.15 * tall


def _picture(image: Gray, group: Sequence[Piece]) -> Gray | None:
    """The ink of the pieces on white, cut close; None for dust."""
    left, right = min(p.left for p in group), max(p.right for p in group)
    top, bottom = min(p.top for p in group), max(p.bottom for p in group)
    mask = np.zeros((bottom - top, right - left), bool)
    for piece in group:
        window = piece.labels[top:bottom, piece.left : piece.right]
        mask[:, piece.left - left : piece.right - left] |= np.isin(window, piece.numbers)
    if mask.sum() < 11 or max(mask.shape) < 8:
        return None
    return on_white(image[top:bottom, left:right], mask.astype(np.uint8))
