"""How likely a text is as Japanese, and which text near a reading is likelier when both are
weighed.

A hand that writes 医療費 so that it looks like 医素責 is read right by whoever knows the word. What
MeCab's dictionary (IPADIC) says of a sentence is the cost of its best parse, the negative logarithm
of its probability times 800: a language model with 400,000 words that reads a line in ten
microseconds. It speaks only where a person writes freely: names, addresses and numbers have
lexicons of their own.
"""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ocr.decode import Alphabet, frames_of
from ocr.engines.ppocr import Probabilities
from ocr.seen import Scorer

UNIT = 800.0
"""IPADIC's costs are natural logarithms times this."""

WEIGHT = 0.55
"""Of the language's log probability beside that of the recogniser and the heads."""

RIVAL, RIVALS = 0.002, 5
"""A character is tried in another's place where it has this much belief in its frame; so many at
most."""

LOST, NEW = 0.3, 0.05
"""Belief in the blank from which a character is tried without, and in a character from which it is
tried between two."""

STOPS = 0.3
"""Belief from which a comma or full stop is put before or behind a line: language would have one at
every line's end."""

REACH = 12
"""So many characters of the lines before and after are looked at."""

ROUNDS, TRIED, PAIRED = 3, 80, 30

_WORDS = re.compile("[ぁ-ゖァ-ヺー一-鿿々、。]*")
"""What language speaks of."""

_NO_WORDS = re.compile(r"[^ぁ-ゖァ-ヺー一-鿿々、。A-Za-z\s]")
"""Of numbers, brackets, boxes and marks it knows nothing: texts that differ in them are as likely
to it."""

_taggers = threading.local()


def log_probability(text: str) -> float:
    """Natural log of the probability of ``text`` as running Japanese; blanks do not count. Safe to
    call from any thread."""
    tagger: Any = getattr(_taggers, "tagger", None)
    if tagger is None:
        import ipadic
        import MeCab

        tagger = _taggers.tagger = MeCab.Tagger(f'{ipadic.MECAB_ARGS} -F "" -U "" -E "%pc"')
    plain = "".join(text.split())
    return -float(tagger.parse(plain)) / UNIT if plain else 0.0


@dataclass(frozen=True, slots=True)
class Context:
    """What stands before and after a line."""

    before: str = ""
    after: str = ""

    def log(self, text: str) -> float:
        """:func:`log_probability` of ``text`` where it stands."""
        return log_probability(self.before + text + self.after)


def likelier(
    believed: Probabilities,
    alphabet: Alphabet,
    score: Scorer,
    texts: Sequence[str],
    context: Context,
    weight: float = WEIGHT,
) -> dict[str, float]:
    """Look for texts that are likelier than ``texts`` when language counts, one character after
    another.

    Args:
        believed: the line's probabilities, from which rivals of each character are taken.
        score: log belief of all readers in whole texts.
        texts: the readers' own, best first; at least one.

    Returns:
        The readers' log belief plus ``weight`` times the language's, of every text that was tried.
    """
    known: dict[str, float] = {}
    others, usual = _NO_WORDS.findall(texts[0]), context.log(texts[0])

    def weigh(wanted: Iterable[str]) -> None:
        new = [t for t in dict.fromkeys(wanted) if t and t not in known]
        for text, log in score(new).items():
            known[text] = log + weight * (
                context.log(text) if _NO_WORDS.findall(text) == others else usual
            )

    weigh(texts)
    if not known:
        return known
    best = max(known, key=known.__getitem__)
    for _ in range(ROUNDS):
        edits = _edits(believed, alphabet, best)
        if not edits:
            break
        weigh(_edited(best, [edit]) for edit in edits)
        weigh(_edited(best, pair) for pair in _pairs(edits))
        better = [e for e in edits if known.get(_edited(best, [e]), -math.inf) > known[best] + 0.1]
        weigh([_edited(best, _apart(sorted(better, key=lambda e: -known[_edited(best, [e])])))])
        first = max(known, key=known.__getitem__)
        if first == best:
            break
        best = first
    return known


Edit = tuple[int, int, str]
"""Characters from the first to before the second place become the third."""


def _edited(text: str, edits: Iterable[Edit]) -> str:
    for start, stop, put in sorted(edits, reverse=True):
        text = text[:start] + put + text[stop:]
    return text


def _pairs(edits: Sequence[Edit]) -> list[tuple[Edit, Edit]]:
    """Two edits side by side: 素責 is no better a word with either of its characters put right
    alone."""
    likely = [e for e in edits if e[0] < e[1] and e[2]][: 2 * PAIRED]
    return [(a, b) for a in likely for b in likely if 0 <= b[0] - a[1] <= 1][:PAIRED]


def _apart(edits: Iterable[Edit]) -> list[Edit]:
    """Those edits, the better ones first, that do not touch each other."""
    kept: list[Edit] = []
    for start, stop, put in edits:
        if all(stop < other[0] or start > other[1] for other in kept):
            kept.append((start, stop, put))
    return kept


def _edits(believed: Probabilities, alphabet: Alphabet, text: str) -> list[Edit]:
    """What may stand in place of single characters of ``text``, or between them, likeliest
    first."""
    held, _, columns = alphabet.restrict(believed, text)
    names = [alphabet.names[c] for c in columns]
    frames = frames_of(held, names, text)
    if len(frames) != len(text):
        return []
    found: list[tuple[float, Edit]] = []
    for place, (frame, own) in enumerate(frames):
        for number in np.argsort(-held[frame])[: RIVALS + 2]:
            belief = float(held[frame, number])
            if number and number != own and belief >= RIVAL:
                found.append((belief, (place, place + 1, names[number])))
        if held[frame, 0] >= LOST:
            found.append((float(held[frame, 0]), (place, place + 1, "")))
    edges = [-1, *(frame for frame, _ in frames), len(held)]
    for place in range(len(edges) - 1):
        for frame in range(edges[place] + 1, edges[place + 1]):
            beside = {
                frames[n][1] for n in (place - 1, place) if 0 <= n < len(frames)
            }  # its own flank, or written twice
            for number in np.flatnonzero(held[frame] >= NEW):
                stop = (
                    names[number] in "、。"
                    and place in (0, len(frames))
                    and held[frame, number] < STOPS
                )
                if number and number not in beside and not stop:
                    found.append((float(held[frame, number]), (place, place, names[number])))
    best: dict[Edit, float] = {}
    for belief, edit in found:
        gone = text[edit[0] : edit[1]]
        if _WORDS.fullmatch(edit[2]) and (
            _WORDS.fullmatch(gone) or (gone.isascii() and gone.isalpha())
        ):
            best[edit] = max(belief, best.get(edit, 0.0))
    return sorted(best, key=lambda e: -best[e])[:TRIED]


Line = tuple[Probabilities, Alphabet, Scorer, Sequence[str]]
"""What :func:`likelier` takes of a line."""


def together(lines: Sequence[Line], weight: float = WEIGHT) -> list[dict[str, float]]:
    """:func:`likelier` for lines of one text, each beside what its neighbours end and begin
    with."""
    texts = [found[0] for _, _, _, found in lines]
    made = []
    for n, (believed, alphabet, score, found) in enumerate(lines):
        context = Context(
            texts[n - 1][-REACH:] if n else "", texts[n + 1][:REACH] if n + 1 < len(texts) else ""
        )
        made.append(likelier(believed, alphabet, score, found, context, weight))
    return made
