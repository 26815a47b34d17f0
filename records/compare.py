"""When are two values of a field the same value? One rule, for all that counts right and wrong.

``learn``, ``demo``, ``form check`` and the benchmarks ask here; the journal asks something else (was
anything changed at all?) and compares byte by byte.

What does not count, by kind:

===================================  ==============================================================
every kind                           nothing written: None, "", False, [] and {} are one value
texts, names, kana, addresses        blanks and line breaks; full and half width (Ａ A, ｱ ア, － -);
                                     the kind of dash between two digits (1ー2, 1−2, 1-2)
phone, postal code, My Number,       everything but digits: 0954-63-2111 is 0954632111
corporate number
number, amount                       how it is written: 1,234円 is 1234
choices                              the order
bank account                         the names of bank and branch where their codes are known
===================================  ==============================================================

Everything else counts: 髙 is not 高, ㈱ is not (株), キヨウコ is not キョウコ, ひ is not ヒ, 0012 is
not 12, 2025-04 is not 2025-04-01, 1丁目2番 is not 1-2, and every character of a code's payload.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Hashable, Mapping

from records.kinds import Comparison, kind_of
from records.types import Value

_BLANK = re.compile(r"\s+")
_WIDTHS = re.compile("[\uff01-\uff9f\uffe0-\uffe6]+")
"""Full-width ASCII and half-width kana. Only these are made one width: NFKC over the whole text
would make ㈱ (株) and U+FA1B 福."""
_DASH = re.compile("(?<=[0-9])[‐‑‒–—―−ー─━-](?=[0-9])")
_NOT_A_DIGIT = re.compile("[^0-9]")
_NUMBER = re.compile(r"[¥\\]?([+-]?[0-9][0-9,]*(?:\.[0-9]+)?)円?")


def same(kind: str, one: Value, other: Value) -> bool:
    """True where two values of a field of ``kind`` are the same value (see the module's table).

    Args:
        kind: one of :data:`records.kinds.KINDS`; an unknown one is compared as text.
    """
    return comparable(kind, one) == comparable(kind, other)


def is_empty(value: Value) -> bool:
    """True where a value stands for nothing written."""
    return value is None or value is False or value in ("", [], (), {}) or _is_blank(value)


def _is_blank(value: Value) -> bool:
    return isinstance(value, str) and not value.strip()


def comparable(kind: str, value: Value) -> Hashable:
    """What is left of a value when all that does not count is taken away; None for nothing."""
    if is_empty(value):
        return None
    compared = kind_of(kind).compared
    if isinstance(value, Mapping):
        return _account(value)
    if isinstance(value, list | tuple):
        return frozenset(comparable(kind, item) for item in value)
    if isinstance(value, bool):
        return True
    if isinstance(value, int | float):
        if compared == "amount":
            return float(value)
        return str(value)
    if compared == "exact":
        exact: Hashable = value
        return exact
    return _of_text(compared, str(value))


def _of_text(compared: Comparison, text: str) -> Hashable:
    plain = bare(text)
    if compared == "digits":
        return _NOT_A_DIGIT.sub("", plain) or plain
    if compared == "amount" and (number := _NUMBER.fullmatch(plain)):
        return float(number[1].replace(",", ""))
    return plain


def bare(text: str) -> str:
    """``text`` without blanks, in one width, with one kind of dash between digits."""
    narrow = _WIDTHS.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text)
    return _DASH.sub("-", _BLANK.sub("", narrow))


def _account(value: Mapping[str, Value]) -> Hashable:
    """A bank account by its parts; a name that follows from its code is left out."""
    kept = {}
    for part, written in value.items():
        code = value.get(part.removesuffix("_name") + "_code")
        if is_empty(written) or (part.endswith("_name") and not is_empty(code)):
            continue
        kept[part] = comparable("text", written)
    return frozenset(kept.items())
