"""Texts that people write on forms, made up: numbers, kana, names, addresses, words and sentences.

What the recogniser is fitted on (:mod:`train_recogniser`) must not lean on what a form of the
samples happens to ask for: most texts are words and names by how often they are written, some are
characters by chance.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ocr.decode.alphabets import writing
from ocr.weigh.lexicon import Names, names
from records.normalise.kana import to_hiragana
from tools.glyph_data import DIGITS
from tools.glyph_kana import HIRAGANA, KATAKANA
from tools.recogniser_net import wheel_characters

MARKS = "-()/.,"
"""What stands among the digits of a number, a date or an address."""

OTHERS = (
    "年月日時分円番地号歳才人万千百令和平成昭市町村区県大字丁目甲乙丙のロイハAB:〒鹿島高津原浜中木庭古枝納富分三河内飯田"
    "佐賀武雄嬉野山川本村田中野西東北南上下浦音成母重ノ木行元金銀郵便局店支店様方棟室階"
)
"""Stands for all that is no digit: kanji and kana that addresses, dates and amounts are full of."""

SMALL = "ァィゥェォッャュョぁぃぅぇぉっゃゅょ"
NO_KANA = "山川田木中大小佐藤鈴高橋0123456789ABC一二三口"


def alphabet_of(name: str) -> str:
    """The characters of a head."""
    if name == "writing":
        return writing_characters()
    return {"digits": DIGITS + MARKS, "kana": HIRAGANA + KATAKANA + SMALL}[name]


Text = Callable[[np.random.Generator], str]


def a_number(rng: np.random.Generator) -> str:
    """Something with digits in it, as forms ask for it."""

    def some(low: int, high: int) -> str:
        return "".join(str(n) for n in rng.integers(0, 10, int(rng.integers(low, high + 1))))

    def other(most: int) -> str:
        return "".join(
            OTHERS[int(n)] for n in rng.integers(0, len(OTHERS), int(rng.integers(0, most + 1)))
        )

    kind = rng.random()
    if kind < 0.45:
        return some(1, 9)
    if kind < 0.60:
        area = "0" + some(1, 3)
        middle = some(2, 4)
        last = some(4, 4)
        dash = str(rng.choice(["-", "-", "-", " ", ""]))
        if rng.random() < 0.25:
            return f"{area}({middle}){last}"
        return f"{area}{dash}{middle}{dash}{last}"
    if kind < 0.74:
        year = some(1, 2) if rng.random() < 0.5 else "20" + some(2, 2)
        month = str(rng.integers(1, 13))
        day = str(rng.integers(1, 32))
        if rng.random() < 0.5:
            return f"{'令和' if rng.random() < 0.3 else ''}{year}年{month}月{day}日"
        part = str(rng.choice(["/", ".", "-"]))
        return part.join((year, month, day))
    if kind < 0.80:
        return f"{some(1, 3)},{some(3, 3)}" + ("円" if rng.random() < 0.5 else "")
    if kind < 0.92:
        dash = str(rng.choice(["-", "番地", "の"]))
        return other(5) + some(1, 4) + (dash + some(1, 3) if rng.random() < 0.6 else "")
    return other(4) + (some(1, 2) if rng.random() < 0.5 else "") + other(4) or "年"


def some_kana(rng: np.random.Generator) -> str:
    """A name, or kana by chance; a small one only after what it goes with.

    With three names in ten the recogniser took every second speck beside a ス for a dakuten: among
    kana by chance ズ is as common as ス, in names it is not.
    """
    if rng.random() < 0.65:
        table = names()
        pool = _name_pool(table)
        name = (
            pool[int(rng.integers(len(pool)))]
            + (" " if rng.random() < 0.5 else "")
            + pool[int(rng.integers(len(pool)))]
        )
        if rng.random() < 0.5:
            return name
        return to_hiragana(name)
    script = KATAKANA if rng.random() < 0.5 else HIRAGANA
    text = ""
    for _ in range(int(rng.integers(1, 10))):
        text += script[int(rng.integers(len(script)))]
        if rng.random() < 0.10:
            text += str(rng.choice(list(SMALL[9:] if script is HIRAGANA else SMALL[:9])))
        elif rng.random() < 0.04:
            text += "ー"
        elif rng.random() < 0.04:
            text += " "
        elif rng.random() < 0.03:
            text += NO_KANA[int(rng.integers(len(NO_KANA)))]
    return text.strip()


@functools.cache
def _words(evened: float = 0.8) -> tuple[list[str], NDArray[np.float64]]:
    """Japanese words and how often they are written, to the power of ``evened`` so that rare ones
    are met, too."""
    import wordfreq

    known = wordfreq.get_frequency_dict("ja", "large")
    words = [w for w in sorted(known, key=lambda w: -known[w])[:60_000] if not w.isascii()]
    often = np.asarray([known[w] for w in words]) ** evened
    return words, often / often.sum()


@functools.cache
def writing_characters(most: int = 3300) -> str:
    """The characters that Japanese words and names are written with, commonest first, as far as
    PP-OCR knows them.

    The classes of the head for writing: whoever changes them has to fit that head from nothing.
    """
    words, often = _words(0.6)
    table = names()
    counted: dict[str, float] = defaultdict(float)
    for word, share in zip(words, often, strict=True):
        for character in word:
            counted[character] += float(share)
    for word in (*table.surnames, *table.given):
        for character in word:
            counted[character] += 2e-6
    sure = "".join(
        dict.fromkeys(DIGITS + MARKS + "、。・々〒「」" + HIRAGANA + KATAKANA + SMALL + "ヶ")
    )
    known = set(wheel_characters())
    allowed = set(writing())
    commonest = sorted(counted, key=lambda c: counted[c], reverse=True)
    rest = [c for c in commonest if c in known and c in allowed and c not in sure]
    return sure + "".join(rest[: most - len(sure)])


_PARTICLES = (
    "は",
    "が",
    "を",
    "に",
    "の",
    "で",
    "と",
    "も",
    "へ",
    "から",
    "まで",
    "より",
    "や",
    "、",
)
_ENDS = (
    "です。",
    "ます。",
    "ました。",
    "ください。",
    "ほしい。",
    "たい。",
    "ている。",
    "ありません。",
    "お願いします。",
    "と思う",
    "した",
    "する",
    "",
)


def a_sentence(rng: np.random.Generator) -> str:
    """Words with particles between them and an end, cut to a line's length: a piece of free
    text."""
    words, often = _words()
    text = ""
    for n in rng.choice(len(words), int(rng.integers(2, 7)), p=often):
        text += words[int(n)] + (str(rng.choice(_PARTICLES)) if rng.random() < 0.7 else "")
    text += str(rng.choice(_ENDS))
    start = 0
    if rng.random() < 0.3:
        start = int(rng.integers(0, 4))
    return text[start : start + int(rng.integers(4, 22))]


_ROMAN = "abcdefghijklmnopqrstuvwxyz"
_HOUSES = (
    "ハイツ",
    "コーポ",
    "メゾン",
    "マンション",
    "アパート",
    "団地",
    "荘",
    "ビル",
    "コート",
    "グリーン",
    "サン",
    "第",
)


def some_latin(rng: np.random.Generator) -> str:
    """Mail addresses, capitals and the names of houses with their rooms."""

    def letters(low: int, high: int) -> str:
        return "".join(
            _ROMAN[int(n)] for n in rng.integers(0, 26, int(rng.integers(low, high + 1)))
        )

    kind = rng.random()
    if kind < 0.35:
        end = str(rng.choice(["jp", "ne.jp", "com", "co.jp", "lg.jp", "net"]))
        return f"{letters(2, 8)}{'' if rng.random() < 0.5 else rng.integers(0, 100)}@{letters(3, 8)}.{end}"
    if kind < 0.6:
        text = letters(1, 7)
        if rng.random() < 0.6:
            return text.upper()
        return text
    table = names()
    surnames, _ = _pools(table)
    name = surnames[int(rng.integers(len(surnames)) * rng.random())] + str(rng.choice(_HOUSES))
    rooms = ["", f"{rng.integers(1, 6)}0{rng.integers(1, 10)}", f"{rng.integers(1, 13)}号"]
    return name + str(rng.choice(["", "A", "B", "C", "I", "II"])) + str(rng.choice(rooms))


def anything(rng: np.random.Generator) -> str:
    """A character by chance out of all that can be written, among words: so that rare ones are not
    forgotten."""
    every = writing()
    return some_writing(rng)[:6] + "".join(
        every[int(n)] for n in rng.integers(0, len(every), int(rng.integers(1, 5)))
    )


def some_writing(rng: np.random.Generator) -> str:
    """What people write in free boxes: words, names, places with numbers, and now and then
    characters by chance."""
    words, often = _words()
    table = names()
    kind = rng.random()
    if kind < 0.40:
        count = int(rng.integers(1, 6))
        text = "".join(words[int(n)] for n in rng.choice(len(words), count, p=often))
        return text[: int(rng.integers(2, 15))] + (
            str(rng.choice(["、", "。"])) if rng.random() < 0.25 else ""
        )
    surnames, given = _pools(table)
    if kind < 0.70:
        name = surnames[int(rng.integers(len(surnames)) * rng.random())]
        return name + (" " if rng.random() < 0.6 else "") + given[int(rng.integers(len(given)))]
    if kind < 0.91:
        kinds = ["市", "町", "大字", "郡", "区", "村", "丁目", ""]
        place = surnames[int(rng.integers(len(surnames)) * rng.random())] + str(rng.choice(kinds))
        number = str(rng.integers(1, 5000))
        end = str(
            rng.choice(
                ["番地", f"-{rng.integers(1, 40)}", f"番地{rng.integers(1, 20)}", "号", "甲", ""]
            )
        )
        text = (
            ("佐賀県" if rng.random() < 0.1 else "")
            + place
            + (surnames[int(rng.integers(len(surnames)))] if rng.random() < 0.3 else "")
        )
        return text + number + end
    if kind < 0.97:
        return a_number(rng)
    known = writing_characters()
    return "".join(known[int(n)] for n in rng.integers(0, len(known), int(rng.integers(1, 7))))


@functools.cache
def _pools(table: Names) -> tuple[list[str], list[str]]:
    """Surnames, commonest first, and given names in kanji or kana."""
    return list(table.surnames), [g for g in table.given if 1 <= len(g) <= 4]


@functools.cache
def _name_pool(table: Names) -> list[str]:
    return [*table.surname_readings, *table.given_readings]


LABELS = (
    "住所",
    "氏名",
    "電話",
    "FAX",
    "TEL",
    "件名",
    "宛先",
    "発信元",
    "送信者",
    "日付",
    "意見",
    "鹿島市役所",
    "市民課",
    "企画財政課",
    "御中",
    "様",
    "ご意見",
    "第",
    "号",
    "ページ",
    "フリガナ",
    "生年月日",
    "口座番号",
    "銀行",
    "支店",
    "申請書",
    "届出書",
    "○",
    "※",
    "●",
    "■",
)


def a_printed_line(rng: np.random.Generator) -> str:
    """What machines print: the sender's line of a FAX, labels with a colon, dates and page
    numbers."""
    n = "".join(str(n) for n in rng.integers(0, 10, 6))
    kind = rng.random()
    if kind < 0.35:
        part, month = [
            str(rng.choice(["年", "/", "-", "."])),
            str(rng.choice(["月", "/", "-", "."])),
        ]
        date = f"{rng.integers(1995, 2031)}{part}{rng.integers(1, 13):02d}{month}{rng.integers(1, 32):02d}"
        time = f"{rng.integers(0, 24):02d}:{rng.integers(0, 60):02d}"
        name = (
            str(rng.choice(["FROM:", "FROM ", "TEL:", "FAX:", "Fax ", "To:", "発信元:", ""]))
            + some_writing(rng)[:8]
        )
        page = f"P.{rng.integers(1, 10):0{int(rng.integers(1, 4))}d}" + (
            f"/{rng.integers(1, 10)}" if rng.random() < 0.4 else ""
        )
        return f"{date} {time} {name} 0{n[:3]}-{n[3:5]}-{n[2:]} {page}"
    if kind < 0.6:
        return str(rng.choice(LABELS)) + str(rng.choice([":", "：", " ", ""])) + some_writing(rng)
    if kind < 0.7:
        return "".join(
            str(rng.choice(LABELS)) + str(rng.choice(["", " ", "・"]))
            for _ in range(int(rng.integers(1, 4)))
        )
    if kind < 0.9:
        return a_sentence(rng)
    return f"{some_latin(rng)} {some_latin(rng)}"
