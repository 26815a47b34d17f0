"""How text is spelled: what only looks like kana or kanji is put right."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ocr.weigh.kanaforms import SMALL, katakana

_IN_KATAKANA = {
    "一": "ー",
    "-": "ー",
    "－": "ー",
    "~": "ー",
    "〜": "ー",
    "～": "ー",
    "八": "ハ",
    "力": "カ",
    "二": "ニ",
    "口": "ロ",
    "工": "エ",
    "夕": "タ",
    "卜": "ト",
    "才": "オ",
    "千": "チ",
    "へ": "ヘ",
}

_BETWEEN_KANJI = ("ノ", "ヶ", "ケ", "ツ")
"""Katakana that place names and family names have between kanji: 口ノ津, 千ヶ崎, 八ツ橋."""

_COUNTED = ("階", "号", "番", "丁", "棟", "室", "館", "区", "条")
"""What follows a number: ビル一階 has no ー."""

_SLIPS = tuple(
    (re.compile(pattern), right)
    for pattern, right in (
        ("曰", "日"),
        ("て(?=す[。、でが]|す$|した[。、が]|しょう|きる|きま|きて|きな|はなく)", "で"),
        (r"(?<=[ぁ-ゖ])のて(?=[、。])", "ので"),
        (r"(?<=[0-9０-９])(?:[播春悉者香](?=地)|年(?=地(?:$|[0-9の])))", "番"),
        ("大[学宇](?=[一-龥]{1,4}[甲乙丙丁0-9])", "大字"),
    )
)
"""What can hardly be meant, and what is: voice marks that handwriting loses, letters that nobody
writes."""

_LARGE_FIRST = re.compile("(?<![ァ-ヺー])[ァィゥェォャュョ](?=[ァ-ヺー])")

_HIRAGANA_AMONG = re.compile("[べぺ](?=[ァ-ヺー])|(?<=[ァ-ヺー])[へべぺ](?=[ァ-ヺー])")


def smoothed(text: str) -> str:
    """Characters that are written alike follow their neighbours: コ一ポ is コーポ, 1|2 is 112,
    べンチ is ベンチ."""
    for pattern, right in _SLIPS:
        text = pattern.sub(right, text)
    text = _LARGE_FIRST.sub(lambda m: SMALL[m[0]], text)
    text = _HIRAGANA_AMONG.sub(lambda m: katakana(m[0]), text)
    result = list(text)
    for place, character in enumerate(text):
        before, after = text[place - 1 : place], text[place + 1 : place + 2]
        if character in _IN_KATAKANA:
            if _is_kana(character, before, after, text[place + 2 : place + 3]):
                result[place] = _IN_KATAKANA[character]
        elif character in "/丿" and is_kanji(before) and is_kanji(after):
            result[place] = "ノ"  # 一ノ瀬
        elif character in "|丨)]}!lI/":
            written = character == "/" and before.isdigit()  # 4/1 is a date
            if (
                not written
                and (before.isdigit() or before in "-地の町甲乙丙")
                and (after.isdigit() or (after and after in "-番号"))
            ):
                result[place] = "1"
        elif (
            character in "oOＯ〇○"
            and (before.isdigit() or after.isdigit())
            and not any(c.isascii() and c.isalpha() for c in (before, after))
        ):  # nao30@… is a name
            result[place] = "0"
    return "".join(result)


def is_kanji(character: str) -> bool:
    return "一" <= character <= "鿿"


def _is_kana(character: str, before: str, after: str, next_one: str) -> bool:
    """True where a character that looks like a katakana stands among katakana."""
    left = before != "" and ("ァ" <= before <= "ヶ" or before == "ー")
    right = after != "" and "ァ" <= after <= "ヶ"
    two = right and "ァ" <= next_one <= "ー"
    if _IN_KATAKANA[character] == "ー":
        return left and after not in _COUNTED and not (character in "-－" and after.isdigit())
    if before == "第" or (after in _BETWEEN_KANJI and not left and not two):
        return False
    return (left and right) or two or (right and not before.isdigit())


def spelled(texts: Iterable[str]) -> list[str]:
    """Each text and its smoothed form, in order, once."""
    return list(dict.fromkeys(t for text in texts for t in (smoothed(text), text)))
