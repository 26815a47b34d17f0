"""How numbers and signs are spelled in running text: what one is likely to be, and what none can
be.

People write 2.5 and 1,500 and (仮称). The recogniser takes a decimal point for a comma, the rings of
a per cent sign for per mille, × for x and a bracket for 1. Which of them is meant mostly follows
from what stands beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ocr.weigh.mistaken import meant, unlikely

ODD, UNUSUAL = -12.0, -2.5
"""Natural log by which a text is the less likely for a number that nobody writes so, and for what
few do."""

_COMMA = re.compile(r"(?<=[0-9])[,、，](?=[0-9])")
_GROUPED = re.compile(r"(?<![0-9.,])[1-9][0-9]{0,2}(?:,[0-9]{3})+(?![0-9,])")
_UNIT = "(?:[kcm]?m|k?g|[lLtVAW%°℃㎡]|ha|畳|倍)"
_EITHER = re.compile(rf"(?<=(?<![0-9.,])([0-9]))[,、，](?=([0-9])(?![0-9.,]|{_UNIT}))")
"""2、3日: two days or three. Before a unit that is measured a comma is a point: 約1,2km."""

_TIMES = re.compile(r"(?<=[0-9mM㎡])[xX](?=[縦横高幅]?[0-9])")
_HOUR, _MONTH = re.compile(r"([0-9]{2,})時(?!間)"), re.compile(r"([0-9]{2,})月(?![間々])")
_FIVE = re.compile(r"(?<=か)5(?=[0-9])")
"""The ら of から beside a number is as good as a 5."""

_BLANK = re.compile(r"[ \u3000]*([.,:~〜・、，-])[ \u3000]*(?=[0-9])")
_GAP = re.compile(
    r"[0-9][ \u3000]+[0-9一-鿿]|(?<![一-鿿])[一-鿿]{1,2}[ \u3000]+[一-鿿]{1,2}(?![一-鿿])"
    r"|(?<![A-Za-z])[A-Za-z][ \u3000]+[A-Za-z](?![A-Za-z])"
)

_BARE = re.compile(r"[ぁ-ゖァ-ヺ一-鿿][0-9]$")
"""A digit at the end of words, with nothing that it counts: 21時終7 is 21時終了."""

_LACKING = re.compile(
    r"(?<!(?<![0-9])[0-9]:[0-5])(?<!(?:[01][0-9]|2[0-4]):[0-5])[0-9][)」]?$"  # 219 was 21g
    r"|[0-9](?![mgtl](?![A-Za-z]))[a-z](?![A-Za-z])"  # 40x was 40%
    r"|[0-9][-−ー][0-9]"  # a flat wave
    r"|か[0-9]"  # から: its ら is as good as a 5, or gone
    r"|[^ \u3000][ \u3000]+[^ \u3000]"  # a point between words that left no ink
)
"""What in a line of one's own words lacks something more often than not: a number at the end that
is no time of day, one before a letter that is no unit, a dash for a wave, a か before a number, a
blank for a point."""

_UNSURE = re.compile(
    r"(?<![0-9.])(?:[01]?[0-9]|2[0-4])\.[0-5][05](?![0-9.%℃°A-Za-zぁ-ゖァ-ヺ一-鿿㎡])"  # 15.00
    r"|[0-9]m(?![A-Za-z0-9²×xX])"  # the recogniser knows no ㎡ and sees an m
    r"|:[0-9]+/"
    r"|[月火水木金土日][一ー][月火水木金土日]|^(?!土日)[月火水木金土日]{2}$"  # 月~金
    r"|(?<![0-9])月7[月日]"
)
"""What is as likely to be something else: a time with one of its dots, a square, a wave."""

_ITEM = re.compile(r"[0-9A-Za-zア-ン]{1,2}\)")
"""The number of an item: 1) or ア)."""

_OPEN, _CLOSE = "(「『【", ")」』】"
_LIKE_BRACKETS = {"(": "1lIくCし", ")": "1lIノフり)7"}

_PLAIN = str.maketrans({"‰": "%", "●": "・", "•": "・", "，": ",", "．": ".", "：": ":"})


def spellings(texts: Iterable[str]) -> list[str]:
    """The same texts with their numbers and signs as people spell them, and other ways to take what
    none can be; the texts themselves are not among them."""
    own = list(texts)
    made: list[str] = []
    for text in own:
        plain = _BLANK.sub(lambda m: m[1], text.translate(_PLAIN))
        plain = _TIMES.sub("×", plain)
        made += [plain, _pointed(plain), _FIVE.sub("ら", plain)]
        made += _bracketed(plain)
    made += meant(own)
    return [text for text in dict.fromkeys(made) if text not in own]


def _pointed(text: str) -> str:
    """``text`` with a point for every comma between digits that parts no thousands."""
    grouped = {m.start() + n for m in _GROUPED.finditer(text) for n in range(len(m[0]))}
    grouped |= {m.start() for m in _EITHER.finditer(text) if int(m[2]) == int(m[1]) + 1}
    return _COMMA.sub(lambda m: m[0] if m.start() in grouped else ".", text)


def unbalanced(text: str) -> str:
    """The first bracket of ``text`` that has no partner; empty where there is none. One that closes
    the number of an item needs none."""
    waiting: list[str] = []
    for place, character in enumerate(text):
        if character in _OPEN:
            waiting.append(character)
        elif character in _CLOSE:
            if waiting and waiting[-1] == _OPEN[_CLOSE.index(character)]:
                waiting.pop()
            elif not _ITEM.fullmatch(text[: place + 1]):
                return character
    return waiting[0] if waiting else ""


def _bracketed(text: str) -> list[str]:
    """``text`` with the lacking partner of a bracket in place of a character that looks like it."""
    lone = unbalanced(text)
    if lone not in ("(", ")"):
        return []
    wanted = ")" if lone == "(" else "("
    at = text.index(lone)
    places = range(at + 1, len(text)) if lone == "(" else range(at)
    return [
        text[:place] + wanted + text[place + 1 :]
        for place in places
        if text[place] in _LIKE_BRACKETS[wanted]
    ]


def oddness(text: str) -> float:
    """Natural log by which ``text`` is the less likely for how its numbers and signs are spelled;
    0 where they are as people write them."""
    plain = text.translate(_PLAIN)
    odd = sum(int(m[1]) > 30 for m in _HOUR.finditer(text))
    odd += sum(int(m[1]) > 12 for m in _MONTH.finditer(text))
    odd += (plain != text) + (_pointed(plain) != plain) + bool(_TIMES.search(plain))
    spaced = any(m[0] != m[1] for m in _BLANK.finditer(plain))
    return ODD * odd + UNUSUAL * (bool(unbalanced(plain)) + spaced) + unlikely(plain)


def doubtful(text: str) -> bool:
    """True where a number or sign seems to be missing: a gap inside a number or between single
    letters, where a point or colon was too light to be seen, a bracket without its partner, a comma
    where none is written, a digit that counts nothing."""
    plain = text.translate(_PLAIN)
    odd = unbalanced(plain) or _pointed(plain) != plain or _UNSURE.search(plain)
    return bool(odd or _GAP.search(text) or _BARE.search(text))


def lacking(text: str) -> bool:
    """True where a line of a few words of one's own seems to have lost a sign or a unit."""
    return bool(_LACKING.search(text.translate(_PLAIN).strip()))
