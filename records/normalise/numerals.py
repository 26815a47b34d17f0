"""Kanji, formal (大字) and mixed numerals: ``壱百弐拾参``, ``二〇二五``, ``1億2,345万``."""

from __future__ import annotations

import re

_DIGIT = {
    c: value
    for value, chars in enumerate(
        (
            "0〇零○◯",
            "1一壱壹弌",
            "2二弐貳貮弍",
            "3三参參弎",
            "4四肆",
            "5五伍",
            "6六陸",
            "7七漆柒",
            "8八捌",
            "9九玖",
        )
    )
    for c in chars
}
_SMALL = {
    "十": 10,
    "拾": 10,
    "廿": 20,
    "卅": 30,
    "百": 100,
    "佰": 100,
    "陌": 100,
    "千": 1000,
    "仟": 1000,
    "阡": 1000,
}
_LARGE = {"万": 10**4, "萬": 10**4, "億": 10**8, "兆": 10**12}

NUMERALS = "".join((*_DIGIT, *_SMALL, *_LARGE))
"""Every character that :func:`to_int` understands, without separators."""

_KANJI = "".join(c for c in _DIGIT if not c.isascii())
_TOKEN = re.compile(f"([0-9]+|[{_KANJI}]+)|([{''.join(_SMALL)}])|([{''.join(_LARGE)}])")


def to_int(text: str) -> int | None:
    """The number that ``text`` writes, or None where it is no well-formed number.

    ``text`` is NFKC'd and holds neither blanks nor thousands separators. Multipliers must fall from
    left to right (``三百二十`` is a number, ``二十三百`` is none), so that a misread character does
    not become another number.
    """
    total = section = 0
    digits: int | None = None
    large_before = 10**16
    small_before = 10**4
    used = False
    end = 0
    for token in _TOKEN.finditer(text):
        if token.start() != end:
            return None
        end = token.end()
        if token[1]:
            # Arabic beside kanji digits: one of them is something else.
            if digits is not None or len(token[1]) > 16:
                return None
            digits = int("".join(str(_DIGIT[c]) for c in token[1]))
        elif token[2]:
            value, rank, factor = _small(token[2], digits)
            if rank >= small_before or factor > 9 or factor == 0:
                return None
            section = section + value
            small_before = rank
            digits = None
        else:
            value = section + (digits or 0)
            if (
                _LARGE[token[3]] >= large_before
                or not 0 < value < 10**4
                or _misplaced(section, digits, small_before)
            ):
                return None
            total = total + value * _LARGE[token[3]]
            large_before = _LARGE[token[3]]
            section = 0
            small_before = 10**4
            digits = None
        used = True
    if not used or end != len(text) or _misplaced(section, digits, small_before):
        return None
    rest = section + (digits or 0)
    if rest < large_before:
        return total + rest
    return None


def _small(mark: str, digits: int | None) -> tuple[int, int, int]:
    """The value of a multiplier with its factor, its rank, and the factor."""
    factor = 1 if digits is None else digits
    if mark in "廿卅":
        return _SMALL[mark], 10, factor if digits is None else 0
    return factor * _SMALL[mark], _SMALL[mark], factor


def _misplaced(section: int, digits: int | None, small_before: int) -> bool:
    """True where digits after a multiplier do not fit below it, as in 百 followed by 123."""
    return section > 0 and digits is not None and digits >= small_before
