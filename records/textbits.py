"""What stands in a letter as a thousand bits, so that the same letter faxed again is found though
some of its characters are read otherwise: a sum over its pairs of characters, of which each bit is
a sign (Charikar, "Similarity Estimation Techniques from Rounding Algorithms", STOC 2002).
"""

from __future__ import annotations

import hashlib
import itertools
import unicodedata
from collections.abc import Sequence

import numpy as np
from rapidfuzz import fuzz

BITS = 1024
_LEAST_CHARACTERS = 30
"""Shorter letters say too little: 「別紙のとおり」 comes from everybody."""

_ONE_LETTER = 80.0
"""Two readings of one letter are so much alike, 0 to 100; letters that share their
phrases and are about two things 51."""


def text_of(lines: Sequence[str]) -> str:
    """What is compared of a letter: no blanks, no widths."""
    return "".join(unicodedata.normalize("NFKC", "".join(lines)).split())


def text_bits(lines: Sequence[str]) -> str:
    """The bits of a letter, hex; empty where hardly anything stands in it."""
    text = text_of(lines)
    if len(text) < _LEAST_CHARACTERS:
        return ""
    total = np.zeros(BITS, np.int32)
    for pair in {one + other for one, other in itertools.pairwise(text)}:
        digest = hashlib.shake_128(pair.encode("utf-8", "surrogatepass")).digest(BITS // 8)
        total += np.unpackbits(np.frombuffer(digest, np.uint8))
    half = len(set(itertools.pairwise(text))) / 2
    return np.packbits(total > half).tobytes().hex()


def same_text(one: Sequence[str], other: Sequence[str]) -> bool:
    """True where two letters say the same, as far as they were read."""
    texts = text_of(one), text_of(other)
    if min(map(len, texts)) < _LEAST_CHARACTERS:
        return False
    return fuzz.ratio(*texts) >= _ONE_LETTER
