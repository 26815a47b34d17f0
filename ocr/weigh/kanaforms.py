"""Kana that are written alike, and spellings that Japanese does not have."""

from __future__ import annotations

SMALL = dict(zip("ァィゥェォッャュョヮ", "アイウエオツヤユヨワ", strict=True))

LARGE = {large: small for small, large in SMALL.items()}

_I_ROW = "キシチニヒミリギジヂビピ"

_BEFORE_SMALL = {
    "ャ": _I_ROW,
    "ュ": _I_ROW + "デフテヴ",
    "ョ": _I_ROW,
    "ァ": "フヴツ",
    "ィ": "フヴテデウツ",
    "ゥ": "トド",
    "ェ": "フヴシジチツウイキ",
    "ォ": "フヴツウ",
    "ヮ": "クグ",
}

_AFTER_SOKUON = "カキクケコサシスセソタチツテトパピプペポハフガギグゲゴザジズゼゾダデドバビブベボ"


def katakana(text: str) -> str:
    return "".join(chr(ord(c) + 0x60) if "ぁ" <= c <= "ゖ" else c for c in text)


def kana_variants(text: str, most: int = 24) -> list[str]:
    """Readings that differ in the size of ヤユヨツアイウエオ or in a voice mark, one place changed
    at a time."""
    variants = []
    for place, character in enumerate(text):
        for other in _TWINS.get(character, ""):
            variants.append(text[:place] + other + text[place + 1 :])
    return variants[:most]


def _twins() -> dict[str, str]:
    pairs = [
        *SMALL.items(),
        *zip(
            "カキクケコサシスセソタチツテトハヒフヘホ",
            "ガギグゲゴザジズゼゾダヂヅデドバビブベボ",
            strict=True,
        ),
        *zip("ハヒフヘホ", "パピプペポ", strict=True),
        *zip("バビブベボ", "パピプペポ", strict=True),
        ("シ", "ツ"),
        ("ソ", "ン"),
        ("ソ", "リ"),
        ("ク", "ワ"),
        ("ク", "タ"),
        ("チ", "ナ"),
        ("コ", "ユ"),
        ("ユ", "エ"),
        ("ス", "ヌ"),
        ("マ", "ア"),
    ]
    twins: dict[str, str] = {}
    for a, b in pairs:
        twins[a] = twins.get(a, "") + b
        twins[b] = twins.get(b, "") + a
    return twins


_TWINS = _twins()


def impossible_kana(text: str) -> int:
    """How many small kana stand where Japanese spelling cannot have them (ッ before マ, ャ after
    ク)."""
    wrong = 0
    plain = katakana("".join(text.split()))
    for place, character in enumerate(plain):
        if character == "ッ":
            following = plain[place + 1 : place + 2]
            wrong += not following or following not in _AFTER_SOKUON or place == 0
        elif character in _BEFORE_SMALL:
            wrong += place == 0 or plain[place - 1] not in _BEFORE_SMALL[character]
    return wrong
