"""One My Number as people, keyboards and readers write it; the number itself is made up."""

from __future__ import annotations

import html
import re
import unicodedata

NUMBER = "123456789018"

SPELLINGS = {
    "in one piece": NUMBER,
    "in fours": "1234 5678 9018",
    "with hyphens": "1234-5678-9018",
    "full-width": "１２３４５６７８９０１８",
    "full-width with hyphens": "１２３４－５６７８－９０１８",
    "with the long vowel mark": "1234ー5678ー9018",
    "with a hyphen read as 一": "1234一5678一9018",
    "a cell a digit": "1 2 3 4 5 6 7 8 9 0 1 8",
    "a line a group": "1234\n5678\n9018",
    "full-width blanks": "1234　5678　9018",
    "kanji": "一二三四五六七八九〇一八",
    "kanji in groups": "一二三四　五六七八　九零一八",
    "circled": "①②③④⑤⑥⑦⑧⑨⓪①⑧",
    "in threes": "123-456-789-018",
    "in sixes": "123456 789018",
    "eight and four": "12345678-9018",
    "other groups": "12345 6789018",
    "with dots": "1234.5678.9018",
    "with strokes": "1/2/3/4/5/6/7/8/9/0/1/8",
    "with blanks round the hyphens": "1234  -  5678 - 9018",
    "with zero-width blanks": "1234\u200b5678\u200b9018",
    "in brackets": "(1234)(5678)(9018)",
}

_KANJI = str.maketrans("〇零一二三四五六七八九", "00123456789")


def tells(text: str) -> bool:
    """True where the number can be read in a text, however it is written or escaped.

    Own code on purpose: it shares nothing with what it tests. Kanji count as digits in a second pass.
    """
    plain = unicodedata.normalize("NFKC", html.unescape(text))
    plain = re.sub(r"\\u([0-9a-f]{4})", lambda code: chr(int(code[1], 16)), plain)
    latin = re.sub(r"[^\d*]", "", plain.translate({ord("⓪"): "0"}))
    kanji = re.sub(r"[^\d*]", "", plain.translate(_KANJI))
    return NUMBER in latin or NUMBER in kanji
