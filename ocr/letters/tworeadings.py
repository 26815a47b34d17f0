"""A column read in two ways, and what both say together.

Turned by a right angle its strokes keep together, but 、。「」 and small kana are lost; with its
characters laid side by side (:mod:`ocr.decode.vertical`) these are kept, but characters that touch
or fall apart are lost. Both texts are aligned by edit distance. What only one has is taken where the
other is known to lose it; where they name different characters the one that is believed more
stands, and the character is doubtful.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from ocr.decode.vertical import Piece, Way, em_of, lay_down, pieces_of, stands, ways_of
from ocr.engines.contract import LineEngine, Probabilities
from ocr.engines.turned import TurnedReader
from ocr.weigh import language
from records.types import Gray

LOST = frozenset("、。，．・「」『』()（）ー—…：ぁぃぅぇぉっゃゅょァィゥェォッャュョ")
"""What a turned column loses."""

_SMALL, _LARGE, _KEPT = 0.5, 0.8, 0.5
"""Belief from which a character that only one reading has is taken: one of :data:`LOST` and any other
one of the characters laid side by side, and one of the turned column."""

_ROOM = 1.6
"""Another character than one of :data:`LOST` is missing only where two that follow one another are so
many usual steps apart."""

_AT_ONCE = 24
"""Characters laid side by side in one line."""

_FLAT, _THIN, _OPEN = 0.75, 0.3, 0.06
"""Of a standing 「 or 」: its height in ems at most, the thickness of its two strokes and the ink
elsewhere in it, as shares."""

_SURE = 0.9

_BY_SHAPE = 0.6
"""Belief in a 「 or 」 that the shape alone tells: taken, and doubtful."""

_CONTEXT, _LANGUAGE = 6, 0.2
"""Characters about a place that say what is likely there, and the weight of what they say."""

_BARS = "ー一"
_AS_KATAKANA = {"へ": "ヘ", "べ": "ベ", "ぺ": "ペ", "二": "ニ", "一": "ー", "口": "ロ", "力": "カ"}
_AS_KATAKANA |= {"夕": "タ", "工": "エ", "八": "ハ", "卜": "ト", "三": "ミ", "千": "チ"}
_AS_HIRAGANA = {"ヘ": "へ", "ベ": "べ", "ペ": "ぺ"}


@dataclass(frozen=True, slots=True)
class Spelt:
    """One character of a reading, its belief and where it is along the line, in frames."""

    text: str
    belief: float
    at: float


@dataclass(frozen=True, slots=True)
class Told:
    """What a column says.

    Attributes:
        beliefs: of each character.
        doubtful: numbers of the characters on which the readings do not agree.
    """

    text: str
    beliefs: tuple[float, ...]
    doubtful: tuple[int, ...]


def read_column(engine: LineEngine, turned: TurnedReader, column: Gray) -> Told:
    """Read a column in both ways."""
    one = spelled(turned.read(column), turned.characters)
    return merged(one, _side_by_side(engine, column))


def spelled(probabilities: Probabilities, characters: Sequence[str]) -> list[Spelt]:
    """The best path of a line, character by character."""
    best = probabilities.argmax(axis=1)
    made: list[Spelt] = []
    begin = 0
    for end in range(1, len(best) + 1):
        if end < len(best) and best[end] == best[begin]:
            continue
        if best[begin]:
            belief = float(probabilities[begin:end, best[begin]].max())
            made.append(Spelt(characters[best[begin]], belief, (begin + end - 1) / 2))
        begin = end
    return made


def _side_by_side(engine: LineEngine, column: Gray) -> list[Spelt]:
    """The column with its characters laid side by side, so many at once."""
    pieces = pieces_of(column)
    if not pieces:
        return []
    em = em_of(pieces)
    made: list[Spelt] = []
    run: list[Sequence[Piece]] = []
    for group in ways_of(pieces, em, 1)[0].groups:
        for part in _without_brackets(group, em):
            bracket = _bracket(part[0], em) if len(part) == 1 else ""
            if bracket or len(run) == _AT_ONCE:
                made += _laid(engine, column, run, em)
                run = []
            if bracket:
                made.append(Spelt(bracket, _BY_SHAPE, 0.0))
            else:
                run.append(part)
    return made + _laid(engine, column, run, em)


def _laid(
    engine: LineEngine, column: Gray, run: Sequence[Sequence[Piece]], em: float
) -> list[Spelt]:
    """Characters side by side, read as a line."""
    if not run:
        return []
    turn = frozenset(number for number, group in enumerate(run) if stands(group))
    way = Way(tuple(tuple(group) for group in run), 0.0)
    return spelled(engine.recognise(lay_down(column, way, em, turn)), engine.characters)


def _without_brackets(group: Sequence[Piece], em: float) -> list[Sequence[Piece]]:
    """The pieces of a character, and each 「 or 」 among them apart."""
    parts: list[list[Piece]] = []
    for piece in group:
        if _bracket(piece, em) or not parts or _bracket(parts[-1][0], em):
            parts.append([piece])
        else:
            parts[-1].append(piece)
    return list(parts)


def _bracket(piece: Piece, em: float) -> str:
    """「 or 」 where a piece has the corner that they are in vertical writing; else nothing."""
    mask = piece.mask
    height, width = mask.shape
    if max(height, width) < 0.22 * em or width < 0.2 * em:
        return ""
    if height > _FLAT * em or width > 0.9 * em:
        return ""
    thick, broad = max(1, round(_THIN * height)), max(1, round(_THIN * width))
    if _corner(mask[:thick], mask[:, -broad:], mask[thick:, :-broad]):
        return "「"
    if _corner(mask[-thick:], mask[:, :broad], mask[:-thick, broad:]):
        return "」"
    return ""


def _corner(flat: NDArray[np.bool_], upright: NDArray[np.bool_], rest: NDArray[np.bool_]) -> bool:
    """True where ink runs all along a flat and an upright edge, and hardly anywhere else."""
    along = float(flat.any(axis=0).mean()) > 0.8 and float(upright.any(axis=1).mean()) > 0.8
    return along and (not rest.size or float(rest.mean()) < _OPEN)


def merged(turned: Sequence[Spelt], laid: Sequence[Spelt]) -> Told:
    """What two readings of one column say together."""
    steps = [b.at - a.at for a, b in pairwise(turned)]
    pitch = statistics.median(steps) if len(steps) > 2 else 0.0
    kept: list[tuple[Spelt, bool]] = []
    codes = Levenshtein.opcodes([c.text for c in turned], [c.text for c in laid])
    for code in codes:
        tag, begin = code.tag, code.src_start
        one, other = turned[begin : code.src_end], laid[code.dest_start : code.dest_end]
        if tag == "equal":
            kept += [(max(a, b, key=_belief), True) for a, b in zip(one, other, strict=True)]
        elif tag == "insert":
            far = _is_far(turned, begin, pitch)
            kept += [(c, c.text in LOST and c.belief >= _SURE) for c in other if _taken(c, far)]
        elif tag == "delete":
            kept += [(c, False) for c in one if c.belief >= _KEPT]
        else:
            before = "".join(c.text for c, _ in kept[-_CONTEXT:])
            after = "".join(c.text for c in turned[code.src_end : code.src_end + _CONTEXT])
            kept += [(c, False) for c in _likelier(before, one, other, after)]
    text = in_script("".join(c.text for c, _ in kept))
    doubtful = tuple(number for number, (_, agreed) in enumerate(kept) if not agreed)
    return Told(text, tuple(c.belief for c, _ in kept), doubtful)


def _belief(character: Spelt) -> float:
    return character.belief


def _mean_belief(characters: Sequence[Spelt]) -> float:
    return statistics.fmean(c.belief for c in characters)


def _likelier(
    before: str, one: Sequence[Spelt], other: Sequence[Spelt], after: str
) -> Sequence[Spelt]:
    """Of two readings of the same ink the one that is believed more, and says more where it
    stands."""

    def log(characters: Sequence[Spelt]) -> float:
        said = "".join(c.text for c in characters)
        spoken = language.log_probability(f"{before}{said}{after}")
        return math.log(max(1e-3, _mean_belief(characters))) + _LANGUAGE * spoken

    return max(one, other, key=log)


def in_script(text: str) -> str:
    """The text with what looks alike in two scripts in that of its neighbours: べ between katakana is
    ベ, 二 after them ニ, and ー that follows no kana is 一, or 1 beside digits."""
    made = list(text)
    for place, char in enumerate(text):
        before = made[place - 1] if place else ""
        after = text[place + 1] if place + 1 < len(text) else ""
        made[place] = _of_neighbours(char, before, after)
    return "".join(made)


def _of_neighbours(char: str, before: str, after: str) -> str:
    if char in _BARS and (before.isdigit() or after.isdigit()) and not _is_kana(before):
        return "1" if _is_digit(before) or _is_digit(after) else char
    if char == "ー" and not _is_kana(before):
        return "一"
    if char in "べぺ" and _is_katakana(after):
        return _AS_KATAKANA[char]
    if char in _AS_KATAKANA and _is_katakana(before) and not _is_kanji(after):
        particle = char == "へ" and not _is_katakana(after)
        return char if particle else _AS_KATAKANA[char]
    if _is_hiragana(before) and _is_hiragana(after) and char in _AS_HIRAGANA:
        return _AS_HIRAGANA[char]
    return char


def _is_digit(char: str) -> bool:
    return bool(char) and char in "0123456789"


def _is_katakana(char: str) -> bool:
    return (bool(char) and "ァ" <= char <= "ヺ") or char == "ー"


def _is_hiragana(char: str) -> bool:
    return bool(char) and "ぁ" <= char <= "ゖ"


def _is_kanji(char: str) -> bool:
    return bool(char) and "一" <= char <= "鿿"


def _is_kana(char: str) -> bool:
    return _is_katakana(char) or _is_hiragana(char)


def _is_far(turned: Sequence[Spelt], before: int, pitch: float) -> bool:
    """Whether there is room for a character before the one with this number."""
    if not 0 < before < len(turned):
        return True
    return turned[before].at - turned[before - 1].at >= _ROOM * pitch


def _taken(character: Spelt, far: bool) -> bool:
    if character.text in LOST:
        return character.belief >= _SMALL
    return far and character.belief >= _LARGE
