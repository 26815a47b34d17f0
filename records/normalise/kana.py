"""Furigana: kept as written in full-width katakana, folded only for comparison, and 全銀カナ for
bank files."""

from __future__ import annotations

import re
import unicodedata

import habachen

from records.forms import FieldDef
from records.normalise.common import DASHES, Normalised, empty, limited, problem, tidy

ZENGIN_LENGTH = 30
"""Most characters of an account holder's name in a 全銀 record."""

_TWINS = str.maketrans("二八力夕工口卜丿", "ニハカタエロトノ")
"""Kanji that look exactly like a kana; in a field of kana they can be nothing else."""
_SIMILAR = {"千": "チ", "三": "ミ", "才": "オ", "又": "ヌ", "匕": "ヒ"}
"""Kanji and what they most likely are in a field of kana; taken only with the problem
``kana_guess``."""

_SMALL = str.maketrans("ァィゥェォッャュョヮヵヶ", "アイウエオツヤユヨワカケ")
_FOLDED = str.maketrans("ヂヅヲヴ", "ジズオブ")
_LONG = re.compile(f"(?<=[ァ-ヺー])[{DASHES}一]")
_VOICE_MARK = re.compile(r"\s*([゛゜])")
_COMBINING = {"゛": "\u3099", "゜": "\u309a"}
_VOICED = str.maketrans("ヷヸヹヺ", "ワイエオ")

_KANA = re.compile("[ァ-ヺー・ヽヾ\u3000 ]")
_ZENGIN_KANA = "".join(map(chr, range(0xFF71, 0xFFA0)))
ZENGIN = frozenset(_ZENGIN_KANA + "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ ().-/")
"""Characters of a 全銀 name that every bank takes (ｱ to ﾝ, ﾞ ﾟ, no small kana, no ｦ)."""

_FIRMS = {
    "カブシキガイシヤ": "カ",
    "カブシキカイシヤ": "カ",
    "ユウゲンガイシヤ": "ユ",
    "ユウゲンカイシヤ": "ユ",
    "ゴウメイガイシヤ": "メ",
    "ゴウメイカイシヤ": "メ",
    "ゴウシガイシヤ": "シ",
    "ゴウシカイシヤ": "シ",
    "ゴウドウガイシヤ": "ド",
    "ゴウドウカイシヤ": "ド",
    "イリヨウホウジン": "イ",
    "シヤカイフクシホウジン": "フク",
    "イツパンシヤダンホウジン": "シヤ",
    "コウエキシヤダンホウジン": "シヤ",
    "シヤダンホウジン": "シヤ",
    "イツパンザイダンホウジン": "ザイ",
    "コウエキザイダンホウジン": "ザイ",
    "ザイダンホウジン": "ザイ",
    "ガツコウホウジン": "ガク",
    "シユウキヨウホウジン": "シユウ",
    "トクテイヒエイリカツドウホウジン": "トクヒ",
    "ノウジクミアイホウジン": "ノウ",
    "ドクリツギヨウセイホウジン": "ドク",
    "ベンゴシホウジン": "ベン",
    "ゼイリシホウジン": "ゼイ",
    "シホウシヨシホウジン": "シホウ",
    "ギヨウセイシヨシホウジン": "ギヨ",
}
"""法人略語 (全国銀行協会): the reading in large kana → its abbreviation."""


def kana(field: FieldDef, text: str) -> Normalised:
    """Furigana as written: hiragana stays hiragana, katakana is full width, small and large letters
    stay what they are.

    A form that asks for フリガナ by its label gets katakana whatever was written. Letters that look
    alike in both scripts (へ, り, か) follow the script of the others. One full-width space stands
    between names. Problems: ``not_kana`` (the text stays as read), ``kana_guess`` (a kanji was
    taken for a similar kana).
    """
    raw = tidy(text)
    if not raw:
        return empty(field)
    value = to_katakana(raw)
    odd = "".join(dict.fromkeys(_KANA.sub("", value)))
    problems = []
    if odd and all(c in _SIMILAR for c in odd):
        problems.append(
            problem("kana_guess", f"「{raw}」の「{odd}」をカナと読みました。用紙を確認してください")
        )
        value = "".join(_SIMILAR.get(c, c) for c in value)
    elif odd:
        return Normalised(
            raw,
            (
                problem(
                    "not_kana",
                    f"「{raw}」にカナでない文字「{odd}」があります。用紙を見て入力してください",
                ),
            ),
        )
    if not value.strip("ー・\u3000"):
        return Normalised(
            raw,
            (problem("not_kana", f"「{raw}」はカナとして読めません。用紙を見て入力してください"),),
        )
    asks_katakana = re.search("フリガナ|カタカナ|カナ|ｶﾅ", field.label) is not None
    return limited(
        field, value if asks_katakana or not in_hiragana(raw) else to_hiragana(value), problems
    )


_SAME_IN_BOTH = frozenset("へべぺりかやせうもきこヘベペリカヤセウモキコ")


def in_hiragana(text: str) -> bool:
    """True where the letters that tell the scripts apart are rather hiragana than katakana."""
    telling = [c for c in text if c not in _SAME_IN_BOTH] or list(text)
    hiragana = sum("ぁ" <= c <= "ゖ" for c in telling)
    return hiragana > sum("ァ" <= c <= "ヺ" or "ｦ" <= c <= "ﾟ" for c in telling)


_HIRAGANA = {code: code - 0x60 for code in range(ord("ァ"), ord("ヶ") + 1)}


def to_hiragana(text: str) -> str:
    """Full-width katakana as hiragana; ー and what has no hiragana stay."""
    return text.translate(_HIRAGANA)


def to_katakana(text: str) -> str:
    """Hiragana and half-width katakana as full-width katakana; what looks like ー behind a kana is
    one.

    A ゛ or ゜ that stands alone, as in a cell of its own, goes to the letter before it.
    """
    wide = habachen.han_to_zen(text, ascii=False, digit=False, kana=True)
    wide = unicodedata.normalize("NFC", _VOICE_MARK.sub(lambda m: _COMBINING[m[1]], wide))
    wide = habachen.hira_to_kata(wide).translate(_TWINS)
    while (longer := _LONG.sub("ー", wide)) != wide:
        wide = longer
    return spaced(wide)


def spaced(text: str) -> str:
    """``text`` with one full-width space between names; none where every letter stood alone, as
    from cells."""
    names = [name.split() for name in re.split(r"\s{2,}|\u3000", text.strip())]
    if len(names) == 1 and len(names[0]) == 2:
        return "\u3000".join(names[0])
    single = []
    for words in names:
        if words:
            stood_alone = all(len(word) == 1 for word in words)
            between = "" if stood_alone else "\u3000"
            single.append(between.join(words))
    return "\u3000".join(single)


def kana_key(text: str) -> str:
    """A key equal for spellings of one name: ｷﾖｳｺ, きょうこ, キョーコ differ only by what furigana
    may differ by.

    Large letters, no ー, no blanks and marks, ヂ=ジ, ヅ=ズ, ヲ=オ, ヴ=ブ; a firm's form abbreviated
    as banks do. Only for comparison: it is never stored.
    """
    folded = to_katakana(text).translate(_SMALL).translate(_VOICED)
    for reading, short in _FIRMS.items():
        folded = folded.replace(reading, short)
    return re.sub(
        r"[^ァ-ヺ0-9A-Z]", "", unicodedata.normalize("NFKC", folded).upper().translate(_FOLDED)
    )


def to_zengin(text: str) -> tuple[str, str]:
    """``text`` in 全銀カナ, and the characters that it cannot hold.

    Half-width, large letters, ー as ``-``, ヲ as ｵ; a firm's form becomes ``ｶ)`` in front, ``(ｶ``
    behind and ``(ｶ)`` between. The first result keeps only what may stand there and may be longer
    than :data:`ZENGIN_LENGTH`; nothing is cut.
    """
    large = to_katakana(text).translate(_SMALL).translate(_VOICED)
    for reading, short in _FIRMS.items():
        at = large.find(reading)
        if at >= 0:
            before = large[:at].rstrip()
            after = large[at + len(reading) :].lstrip()
            large = before + ("(" if before else "") + short + (")" if after else "") + after
            break
    line = unicodedata.normalize("NFKC", large).translate(str.maketrans("ヲ・", "オ "))
    narrow = habachen.zen_to_han(
        re.sub(f"[{DASHES}]", "-", line), ascii=True, digit=True, kana=True
    ).upper()
    kept = "".join(c for c in narrow if c in ZENGIN)
    return kept, "".join(dict.fromkeys(c for c in narrow if c not in ZENGIN))
