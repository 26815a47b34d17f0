"""Is a value right? One rule for every reader that is compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

_BLANK = re.compile(r"\s+")
_DASH = re.compile("[‐‑‒–—―−ー─ｰ-]")


def plain(value: Any) -> Any:
    """A value without what does not count: blanks, full or half width, kind of dash between digits;
    empty is None."""
    if value in (None, "", False, [], {}):
        return None
    if isinstance(value, str):
        text = unicodedata.normalize("NFKC", _BLANK.sub("", value))
        return re.sub(r"(?<=[0-9])[‐‑‒–—―−ー─ｰ](?=[0-9])", "-", text)
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, Mapping):  # a bank account: the names follow from the codes
        return {
            k: plain(v)
            for k, v in value.items()
            if plain(v) is not None and not k.endswith("_name")
        }
    return value


def same(truth: Any, read: Any) -> bool:
    """True where the value read is the truth, by :func:`plain`."""
    return bool(plain(truth) == plain(read))


def edits(truth: str, read: str) -> int:
    """Levenshtein distance of two texts after :func:`plain`: the characters a clerk would have to
    correct."""
    from rapidfuzz.distance import Levenshtein

    return int(Levenshtein.distance(str(plain(truth) or ""), str(plain(read) or "")))
