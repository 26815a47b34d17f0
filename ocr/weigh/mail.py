"""Mail addresses as people write them: letters, then a number, and a domain without digits that
look like letters."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterable

from rapidfuzz import fuzz, process
from rapidfuzz.distance import Hamming

from ocr.weigh.lexicon import names

DOMAINS = (
    "gmail.com",
    "yahoo.co.jp",
    "ymail.ne.jp",
    "icloud.com",
    "me.com",
    "mac.com",
    "outlook.com",
    "outlook.jp",
    "hotmail.com",
    "hotmail.co.jp",
    "live.jp",
    "docomo.ne.jp",
    "ezweb.ne.jp",
    "au.com",
    "softbank.ne.jp",
    "i.softbank.jp",
    "ymobile.ne.jp",
    "uqmobile.jp",
    "rakuten.jp",
    "nifty.com",
    "biglobe.ne.jp",
    "mbe.nifty.com",
    "ocn.ne.jp",
    "ybb.ne.jp",
    "so-net.ne.jp",
    "plala.or.jp",
    "asahi-net.or.jp",
    "dion.ne.jp",
    "excite.co.jp",
    "infoseek.jp",
    "goo.jp",
    "msn.com",
)
"""Where most people in Japan have their mail."""

KNOWN_DOMAIN = 1.5
"""Log prior of such a domain against any other."""

_OFFICES = (
    "info",
    "mail",
    "office",
    "contact",
    "support",
    "sales",
    "admin",
    "soumu",
    "kikaku",
    "webmaster",
    "post",
    "service",
    "shop",
    "home",
)

KNOWN_WORD = 3.0
"""The same for a name in Latin letters, or a word like info, before the number."""

_LIKE_WORD, _WORDS = 0.6, 12
"""Share of its letters that such a word has in common with what was read, and how many of them are
tried."""

_DIGITS = str.maketrans("oOlI|", "00111")

_ALIKE = 80.0
"""From this likeness (:func:`rapidfuzz.fuzz.ratio`) on a known domain stands beside the one that
was read."""

_TWINS = {"0": "o", "o": "0", "1": "l", "l": "1"}
_LETTERS = str.maketrans({"0": "o", "1": "l", "|": "l", "I": "l", "O": "o"})
_MAIL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*@([a-z0-9-]+\.)+[a-z]{2,}")
_AS_A_RULE = re.compile(r"[a-z]+([._-][a-z]+)*[._-]?[0-9]*@([a-z-]+\.)+[a-z]{2,}")
_MOST = 4

NO_MAIL, UNUSUAL = -4.0, -1.5
"""Log prior of what is no mail address, and of one whose letters and digits are mixed."""

_ROMAN = {
    "": "アイウエオ",
    "k": "カキクケコ",
    "s": "サ ス ソ",
    "t": "タ  テト",
    "n": "ナニヌネノ",
    "h": "ハヒ ヘホ",
    "m": "マミムメモ",
    "y": "ヤ ユ ヨ",
    "r": "ラリルレロ",
    "w": "ワ   ヲ",
    "g": "ガギグゲゴ",
    "z": "ザ ズゼゾ",
    "d": "ダ  デド",
    "b": "バビブベボ",
    "p": "パピプペポ",
}
_SYLLABLES = {
    kana: consonant + vowel
    for consonant, row in _ROMAN.items()
    for kana, vowel in zip(row, "aiueo", strict=False)
    if kana != " "
} | {
    "シ": "shi",
    "セ": "se",
    "ソ": "so",
    "チ": "chi",
    "ツ": "tsu",
    "フ": "fu",
    "ユ": "yu",
    "ヨ": "yo",
    "ジ": "ji",
    "ヂ": "ji",
    "ヅ": "zu",
    "ン": "n",
    "ー": "",
}
_SMALL = {"ャ": "a", "ュ": "u", "ョ": "o"}


def romanised(kana: str) -> str:
    """A name in katakana as people write it in a mail address: Hepburn without long vowels,
    キョウコ is kyoko."""
    made = ""
    for place, character in enumerate(kana):
        if character in _SMALL and made.endswith("i"):
            made = (
                made[:-1] + ("" if made.endswith(("shi", "chi", "ji")) else "y") + _SMALL[character]
            )
        elif character == "ッ":
            following = _SYLLABLES.get(kana[place + 1 : place + 2], "")
            made += "t" if following.startswith("ch") else following[:1]
        else:
            made += _SYLLABLES.get(character, "")
    return made.replace("ou", "o").replace("oo", "o").replace("uu", "u")


@functools.cache
def known_words() -> frozenset[str]:
    """What mail addresses begin with: names, and what offices and firms call theirs."""
    table = names()
    roman = {romanised(kana) for kana in (*table.surname_readings, *table.given_readings)}
    return frozenset(w for w in roman if len(w) > 2) | frozenset(_OFFICES)


@functools.cache
def _known_of(length: int) -> tuple[str, ...]:
    return tuple(sorted(word for word in known_words() if len(word) == length))


def _with_names(name: str) -> list[str]:
    """``name`` with its letters as a known word that looks like them, and up to four digits
    behind."""
    found = []
    for digits in range(5):
        cut = len(name) - digits
        tail = name[cut:].translate(_DIGITS)
        if cut < 2 or (tail and not tail.isdecimal()):
            continue
        before, mark, word = _last_word(name[:cut].translate(_LETTERS).lower())
        near = process.extract(
            word,
            _known_of(len(word)),
            scorer=Hamming.normalized_similarity,
            score_cutoff=_LIKE_WORD,
            limit=_WORDS,
        )
        found += [before + mark + known + tail for known, _, _ in near]
    return found


def _last_word(text: str) -> tuple[str, str, str]:
    """``k.yama`` in what stands before the last mark, the mark and what stands after it."""
    parts = re.split(r"([._-])", text)
    return "".join(parts[:-2]), parts[-2] if len(parts) > 1 else "", parts[-1]


def mail_spellings(texts: Iterable[str]) -> list[str]:
    """Each text that has an ``@`` without blanks, with dots for commas, letters in the domain, and
    o or 0, l or 1 before it."""
    found: list[str] = []
    for text in texts:
        name, at, domain = "".join(text.split()).partition("@")
        if not at:
            continue
        domain = re.sub(r"\.{2,}", ".", domain.replace(",", ".").translate(_LETTERS)).strip(".")
        name = name.replace(",", ".")
        places = [n for n, c in enumerate(name) if c in _TWINS][-_MOST:]
        for flips in itertools.product((False, True), repeat=len(places)):
            made = list(name)
            for place, flip in zip(places, flips, strict=True):
                made[place] = _TWINS[made[place]] if flip else made[place]
            found.append("".join(made) + "@" + domain)
        found += [f"{other}@{domain}" for other in _with_names(name)]
        near = process.extract(domain, DOMAINS, scorer=fuzz.ratio, score_cutoff=_ALIKE, limit=2)
        found += [f"{name}@{known}" for known, _, _ in near]
    return list(dict.fromkeys(found))


def mail_prior(text: str) -> float:
    """Log prior of a text in a field where a mail address was written."""
    name, _, domain = text.partition("@")
    known = KNOWN_DOMAIN if domain in DOMAINS else 0.0
    known += KNOWN_WORD if _last_word(name.rstrip("0123456789"))[2] in known_words() else 0.0
    return (
        known
        if _AS_A_RULE.fullmatch(text)
        else UNUSUAL + known
        if _MAIL.fullmatch(text)
        else NO_MAIL
    )
