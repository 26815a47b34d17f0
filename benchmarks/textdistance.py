"""How far a text is from the truth, in characters; whether a value is right says records.compare."""

from __future__ import annotations

from records.compare import bare
from records.types import Value


def length(truth: Value) -> int:
    """Characters that a clerk would have to type."""
    return len(bare(str(truth or "")))


def edits(truth: Value, read: Value) -> int:
    """Levenshtein distance of two texts without what does not count: the characters a clerk would
    have to correct."""
    from rapidfuzz.distance import Levenshtein

    return int(Levenshtein.distance(bare(str(truth or "")), bare(str(read or ""))))
