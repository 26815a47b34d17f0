"""Does a text say what is drawn? The line reader looks at the ink, and what it sees is laid beside
the text.

The reader errs now and then, so that a text need not be what it would read itself: it must not be
contradicted. A wrong map from glyphs to characters, an old value under a new one, or another
program's guess contradict the ink in several characters, or in a digit that is plain to see.
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ocr.decode.alphabets import KANA_ALIKE
from ocr.engines.ppocr import Probabilities
from records.normalise.names import fold
from records.types import Gray

UNITS = frozenset("円年月日時分人名様金也")
"""What a form writes about a number, and a program may add to it or leave out."""

_ALIKE = {
    **{twin: kana for kana, twins in KANA_ALIKE.items() for twin in twins},
    **dict(
        zip(
            "ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ",
            "あいうえおつやゆよわアイウエオツヤユヨワ",
            strict=True,
        )
    ),
    **dict(zip("oil|", "0111", strict=True)),
    "べ": "ベ",
    "ぺ": "ペ",
    "〇": "0",
    "○": "0",
}
"""What cannot be told apart in a picture of one line."""

_DASHES = "ー一"
"""Letters that look like a hyphen, which counts for nothing."""

_SLIP, _SLIPS = 0.3, 0.02
"""So much contradiction is allowed in any text, and so much more a character of a text that is no
number: of typed values in five fonts next to none is contradicted at all."""

_INK = 200
"""What is darker than this is ink, on a picture in which all else is white."""

_TALLER = 1.2
"""What is no higher together than so many times the highest part is one line."""

_EDGE = 4
"""So many rows of paper are left above and below a line."""

_LEVEL = 2.6
_TOUCHING = 5.0
_LEAST_HIGH = 17
"""A level stroke, or touching ink, so many times as long as its line is high (at least so many
pixels, 2.2 mm) is no character."""

_LONGEST = 24
"""A line so many times as wide as high is still read as it is."""

_UNHEARD = 0.7
"""A character that the reader does not see at all contradicts so much: thin ones get lost."""

_UNNAMED = 0.3
"""The same for a character that the reader cannot name."""


@dataclass(frozen=True, slots=True)
class HeardCharacter:
    """One character that the line reader sees, with its belief in it."""

    text: str
    belief: float


def heard_in(believed: Probabilities, characters: Sequence[str]) -> list[HeardCharacter]:
    """The characters of a line in the order of reading: the likeliest of each step, repeats and
    blanks left out.

    Args:
        believed: of :meth:`ocr.engines.ppocr.PpOcr.recognise`.
        characters: the character of each class; class 0 is the blank.
    """
    best = believed.argmax(axis=1)
    beliefs = believed.max(axis=1)
    found: list[HeardCharacter] = []
    before = 0
    for number, belief in zip(best.tolist(), beliefs.tolist(), strict=True):
        if number and number != before:
            found.append(HeardCharacter(characters[number], belief))
        elif number and belief > found[-1].belief:
            found[-1] = HeardCharacter(found[-1].text, belief)
        before = number
    return found


def rows_of(image: Gray) -> list[Gray]:
    """The lines of print in a picture of ink, top to bottom.

    They are parted where a row of pixels is empty: print stands closer than lines of handwriting
    ever do. Rows that are one line together (こ) stay together.

    Args:
        image: ink on pure white at the canvas resolution.
    """
    filled = np.concatenate([[False], (image < _INK).any(axis=1), [False]])
    edges = np.flatnonzero(filled[1:] != filled[:-1]).tolist()
    spans = list(zip(edges[::2], edges[1::2], strict=True))
    most = _TALLER * max((bottom - top for top, bottom in spans), default=0)
    rows: list[tuple[int, int]] = []
    for top, bottom in spans:
        if rows and bottom - rows[-1][0] <= most:
            rows[-1] = (rows[-1][0], bottom)
        else:
            rows.append((top, bottom))
    return [image[max(0, top - _EDGE) : bottom + _EDGE] for top, bottom in rows]


def is_crossed(line: Gray) -> bool:
    """True where a line runs through or under several characters of print.

    The line reader sees the characters all the same. No print has a level stroke much longer than a
    character is high, and not so many characters touch each other.
    """
    dark = np.asarray(line < _INK, np.uint8)
    tall = max(int(dark.any(axis=1).sum()), _LEAST_HIGH)
    _, _, stats, _ = cv2.connectedComponentsWithStats(dark, connectivity=8)
    if stats[1:, cv2.CC_STAT_WIDTH].max(initial=0) > _TOUCHING * tall:
        return True
    reach = round(_LEVEL * tall)
    level = cv2.erode(dark, np.ones((1, reach), np.uint8), borderValue=0)
    return bool(np.any(level))


def pieces_of(line: Gray) -> list[Gray]:
    """A line in pieces that the reader need not squeeze."""
    height, width = line.shape
    if width <= _LONGEST * height:
        return [line]
    white = np.flatnonzero((line >= _INK).all(axis=0))
    inside = white[(white > width // 4) & (white < width - width // 4)]
    if not len(inside):
        return [line]
    middle = int(inside[np.abs(inside - width // 2).argmin()])
    return [*pieces_of(line[:, :middle]), *pieces_of(line[:, middle:])]


def agrees(
    text: str, heard: Sequence[HeardCharacter], known: Collection[str], numeric: bool
) -> bool:
    """True where nothing drawn contradicts ``text``.

    Args:
        heard: what is seen in the ink.
        known: characters that the line reader can name; any other one may be drawn as anything.
        numeric: the text is a number, a date, a code: every character counts.
    """
    typed = [_folded(c) if _can_be_named(c, known) else "" for c in text if _counts(c, numeric)]
    seen = [HeardCharacter(_folded(h.text), h.belief) for h in heard if _counts(h.text, numeric)]
    if not typed and not seen:
        return True
    if not any(typed):  # nothing of it can be named: as many characters must be there
        return abs(len(typed) - len(seen)) <= 1
    if not numeric and _contradiction(typed, seen) > _SLIP + _SLIPS * len(typed):
        return False
    digits = [c for c in typed if numeric or c.isdecimal()]
    drawn = [h for h in seen if numeric or h.text.isdecimal()]
    return _contradiction(digits, drawn) <= _SLIP


def _can_be_named(character: str, known: Collection[str]) -> bool:
    return character in known or unicodedata.normalize("NFKC", character) in known


@functools.lru_cache(maxsize=8192)
def _folded(character: str) -> str:
    """A character as it is compared."""
    plain = fold(unicodedata.normalize("NFKC", character)).casefold()
    return "".join(_ALIKE.get(c, c) for c in plain)


def _counts(character: str, numeric: bool) -> bool:
    """Punctuation, spaces and what looks like a hyphen count for nothing; neither do units about a
    number."""
    if character in _DASHES or (numeric and character in UNITS):
        return False
    return any(c.isalnum() for c in unicodedata.normalize("NFKC", character))


def _contradiction(typed: Sequence[str], seen: Sequence[HeardCharacter]) -> float:
    """The least sum of contradictions over all ways to lay both beside each other."""
    width = len(seen) + 1
    row = np.concatenate([[0.0], np.cumsum([h.belief for h in seen])]).tolist()
    for character in typed:
        gone = _UNHEARD if character else _UNNAMED
        next_row = [row[0] + gone]
        for place in range(1, width):
            next_row.append(
                min(
                    row[place - 1] + _other(character, seen[place - 1]),
                    row[place] + gone,
                    next_row[place - 1] + seen[place - 1].belief,
                )
            )
        row = next_row
    return float(row[-1])


def _other(character: str, heard: HeardCharacter) -> float:
    """How much a seen character contradicts a typed one in its place."""
    if character in ("", heard.text):
        return 0.0
    return heard.belief
