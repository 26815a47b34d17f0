"""How likely a text is as Japanese, and which text near a reading is likelier when both are
weighed.

A hand that writes 医療費 so that it looks like 医素責 is read right by whoever knows the word. What
MeCab's dictionary (IPADIC) says of a sentence is the cost of its best parse, the negative logarithm
of its probability times 800: a language model with 400,000 words that reads a line in ten
microseconds. It speaks only where a person writes freely: names, addresses and numbers have
lexicons of their own.
"""

from __future__ import annotations

import functools
import math
import re
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ocr.decode.ctc import Alphabet, frames_of, said
from ocr.engines.ppocr import Probabilities
from ocr.seen import Scorer
from ocr.weigh import modern
from records.site import Office

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

_SPOKEN = re.compile(r"(?<![0-9²³])[ぁ-ゖァ-ヺー一-鿿々、。A-Za-z]+|[ぁ-ゖァ-ヺー一-鿿々、。]+")
"""Words that language speaks of. Of numbers, signs, and the Latin letters of a unit behind a number
it knows nothing."""

_NUMBER = re.compile("[0-9]+")

_PARSED_NUMBER = "３"
"""What a number is parsed as: to IPADIC a number in half width is 34 (natural log) the less likely,
and a long one less likely than a short one."""

OBJECTS = 12.0
"""A text that lies farther (natural log) behind is none that was meant, whatever language says."""

_taggers = threading.local()


def log_probability(text: str, places: tuple[str, ...] = ()) -> float:
    """Natural log of the probability of ``text`` as running Japanese; blanks do not count, and which
    number stands in it does not. Safe to call from any thread.

    Args:
        places: names that the office's people write, see :func:`ocr.weigh.modern.spoken`.
    """
    tagger: Any = getattr(_taggers, "tagger", None)
    if tagger is None:
        import ipadic
        import MeCab

        tagger = _taggers.tagger = MeCab.Tagger(f'{ipadic.MECAB_ARGS} -F "" -U "" -E "%pc"')
    plain = modern.spoken("".join(text.split()).translate(_HALF), places)
    plain = _NUMBER.sub(_PARSED_NUMBER, plain).translate(_FULL)
    return -float(tagger.parse(plain)) / UNIT if plain else 0.0


_HALF = {code + 0xFEE0: code for code in range(0x30, 0x3A)}
_FULL = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}


@functools.lru_cache(maxsize=4096)
def marks_of(text: str) -> str:
    """The numbers and signs of ``text`` in their order, with ``w`` for the words between them.

    Texts that have it in common differ in words alone, and that is all that language can judge.
    """
    plain = "".join(text.split()).translate(_HALF)
    return _SPOKEN.sub("w", plain)


def settled(
    logs: Mapping[str, float], speech: Callable[[str], float], weight: float = WEIGHT
) -> dict[str, float]:
    """Let language choose the words, and the ink alone the numbers and signs.

    Texts with the same :func:`marks_of` are weighed against each other by ``speech``. The best of
    them then stands where the readers put the first of them, so the text that wins has the numbers
    and signs of the text that the readers believe most.

    Args:
        logs: natural log of the readers' belief in each text.
        speech: natural log of the probability of a text as language.

    Returns:
        Natural log of the belief in each text, up to a constant.
    """
    families: dict[str, list[str]] = {}
    for text in logs:
        families.setdefault(marks_of(text), []).append(text)
    made: dict[str, float] = {}
    for texts in families.values():
        spoken = {t: logs[t] + (weight * speech(t) if len(texts) > 1 else 0.0) for t in texts}
        seen, best = max(logs[t] for t in texts), max(spoken.values())
        made.update({t: seen + spoken[t] - best for t in texts})
    return made


@dataclass(frozen=True, eq=False)
class Speech:
    """What a field for text expects: Japanese, however it is spelled.

    Attributes:
        first: the text that the readers believe most.
        spelling: natural log by which a text's spelling is the less likely; it counts like ink.
        places: see :func:`log_probability`.
    """

    first: str
    spelling: Callable[[str], float]
    places: tuple[str, ...] = ()

    def spoken(self, text: str) -> float:
        return log_probability(text, self.places)

    def __call__(self, text: str) -> float:
        """Log prior against that of :attr:`first`; a text with other numbers or signs has only that
        of its spelling."""
        if marks_of(text) != marks_of(self.first):
            return self.spelling(text)
        spoken = self.spoken(text) - self.spoken(self.first)
        return WEIGHT * spoken + self.spelling(text)

    def objection(self, logs: Mapping[str, float], best: str) -> float:
        """Natural log by which ink and language together would rather have a text with other
        numbers or signs than ``best``: language decides nothing there, but a person should
        look."""
        near = max(logs.values()) - OBJECTS
        both = {
            text: log + self.spelling(text) + WEIGHT * self.spoken(text)
            for text, log in logs.items()
            if log > near or text == best
        }
        return max(both.values()) - both[best] if best in both else 0.0

    def settled(self, logs: Mapping[str, float]) -> dict[str, float]:
        """:func:`settled`, with the spelling."""
        return settled({t: log + self.spelling(t) for t, log in logs.items()}, self.spoken)


def places_of(office: Office) -> tuple[str, ...]:
    """The places that an office's people write of."""
    return (office.city, office.name, office.prefecture, *(town.name for town in office.towns))


@dataclass(frozen=True, slots=True)
class Context:
    """What stands before and after a line, and the places that it may name."""

    before: str = ""
    after: str = ""
    places: tuple[str, ...] = ()

    def log(self, text: str) -> float:
        """:func:`log_probability` of ``text`` where it stands."""
        return log_probability(self.before + text + self.after, self.places)


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
        What :func:`settled` makes of every text that was tried.
    """
    seen: dict[str, float] = {}
    known: dict[str, float] = {}
    others, usual = marks_of(texts[0]), context.log(texts[0])

    def weigh(wanted: Iterable[str]) -> None:
        new = [t for t in dict.fromkeys(wanted) if t and t not in known]
        for text, log in score(new).items():
            spoken = context.log(text) if marks_of(text) == others else usual
            seen[text], known[text] = log, log + weight * spoken

    weigh(texts)
    if not known:
        return known
    best = max(known, key=known.__getitem__)
    for _ in range(ROUNDS):
        edits = _edits(believed, alphabet, said(best))
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
    return settled(seen, context.log, weight)


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


def together(
    lines: Sequence[Line], weight: float = WEIGHT, places: tuple[str, ...] = ()
) -> list[dict[str, float]]:
    """:func:`likelier` for lines of one text, each beside what its neighbours end and begin with;
    ``places`` as for :func:`log_probability`."""
    texts = [found[0] for _, _, _, found in lines]
    made = []
    for n, (believed, alphabet, score, found) in enumerate(lines):
        before = texts[n - 1][-REACH:] if n else ""
        after = texts[n + 1][:REACH] if n + 1 < len(texts) else ""
        context = Context(before, after, places)
        made.append(likelier(believed, alphabet, score, found, context, weight))
    return made
