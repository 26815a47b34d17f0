"""Characters on their way into Windows-31J (cp932), the encoding of most core systems.

Facts, tried with Python 3.11 against Windows: Python encodes 髙 as EEE0 (NEC's copy of the IBM
extensions), Windows as FBFC; this concerns the code points of rows ED and EE. JIS and Windows
disagree on the Unicode character behind eight signs (〜 and ～ among them). ``shift_jis`` and
``shift_jis_2004`` decode other bytes differently again: never use them here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

ENCODINGS = ("utf-8-sig", "utf-8", "cp932")
GETA = "〓"
"""The printers' sign for a character that is not there."""

_SAME_SIGN = str.maketrans(
    {
        "〜": "～",
        "−": "－",
        "—": "―",
        "‖": "∥",
        "¢": "￠",
        "£": "￡",
        "¬": "￢",
        "¥": "￥",
        "‐": "‐",
        "‑": "-",
        "‒": "-",
        "–": "-",
        "\u00a0": " ",
    }
)

_WITH_MARKS = re.compile("[^\u0300-\u036f\u3099\u309a][\u0300-\u036f\u3099\u309a]+")
"""A letter and the marks that are written over it as characters of their own."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A character that an encoding does not have: its 0-based place in the text, and what stands
    for it."""

    place: int
    character: str
    instead: str


def encoder(encoding: str) -> Callable[[str], bytes]:
    """``str`` → ``bytes`` of one of :data:`ENCODINGS`, without a byte order mark; ``cp932`` as
    Windows writes it."""
    if encoding == "cp932":
        return _windows
    return lambda text: text.encode("utf-8")


def fit(text: str, encoding: str) -> tuple[str, tuple[Missing, ...]]:
    """``text`` with every character that ``encoding`` lacks replaced by :data:`GETA`, and what was
    replaced.

    Signs that only differ in which of two standards named them are exchanged without a word, and
    a letter with its mark apart (カ and ゛, as macOS writes file names) becomes one character. A
    variation selector (異体字) is dropped and told: the plain character stands for it.
    """
    if encoding != "cp932":
        return text, ()
    text = composed(text).translate(_SAME_SIGN)
    if _encodable(text):
        return text, ()
    made: list[str] = []
    missing: list[Missing] = []
    for place, character in enumerate(text):
        if _encodable(character):
            made.append(character)
            continue
        selector = 0xFE00 <= ord(character) <= 0xFE0F or 0xE0100 <= ord(character) <= 0xE01EF
        if selector and made:
            missing.append(Missing(place, text[place - 1 : place + 1], made[-1]))
        else:
            made.append(GETA)
            missing.append(Missing(place, character, GETA))
    return "".join(made), tuple(missing)


def composed(text: str) -> str:
    """``text`` with letters and their combining marks joined where Unicode has one character.

    Only these: the whole of NFC would also exchange U+FA19 for 神, which are two characters in
    cp932 and in people's names.
    """
    return _WITH_MARKS.sub(_joined, text)


def _joined(found: re.Match[str]) -> str:
    letter = found[0][0]
    is_stable = unicodedata.normalize("NFC", letter) == letter
    if is_stable:
        return unicodedata.normalize("NFC", found[0])
    return found[0]


def _encodable(text: str) -> bool:
    try:
        text.encode("cp932")
    except UnicodeEncodeError:
        return False
    return True


def _ibm_extensions() -> dict[str, bytes]:
    """Characters that Python writes into rows ED and EE, with their bytes in FA to FC."""
    found: dict[str, bytes] = {}
    for lead in (0xFA, 0xFB, 0xFC):
        for trail in range(0x40, 0xFD):
            code = bytes((lead, trail))
            try:
                character = code.decode("cp932")
            except UnicodeDecodeError:
                continue
            if character.encode("cp932")[0] in (0xED, 0xEE):
                found[character] = code
    return found


_IBM = _ibm_extensions()


def _windows(text: str) -> bytes:
    if not _IBM.keys() & set(text):
        return text.encode("cp932")
    return b"".join(_IBM.get(character) or character.encode("cp932") for character in text)
