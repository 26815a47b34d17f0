"""Which of the recogniser's characters a field can hold, and which of them are written alike."""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Sequence

from ocr.decode.ctc import Alphabet
from records.forms import FieldDef
from records.normalise import alphabet as allowed_in

DIGIT_ALIKE = {
    "0": "OoOＯ〇○０DQ",
    "1": "Il|丨!/１丶ﾉ",
    "2": "Zz２",
    "3": "３",
    "4": "４",
    "5": "Ss５",
    "6": "b６",
    "7": "７フ",
    "8": "B&８",
    "9": "gq９",
}
"""What the engine, its alphabet free, calls handwritten digits."""

KANA_ALIKE = {
    "ー": "一-—─－",
    "ロ": "口",
    "ニ": "二",
    "ハ": "八",
    "カ": "力",
    "タ": "夕",
    "エ": "工",
    "ト": "卜",
    "チ": "千",
    "ミ": "三",
    "オ": "才",
    "イ": "亻",
    "ヘ": "へ",
    "リ": "り",
    "ヌ": "又",
    "ム": "厶",
    "メ": "乂",
}
"""Kanji and others that are written like a kana; for fields that hold kana only."""

VERTICAL_ALIKE = {
    "0": "零",
    "2": "二ニ",
    "3": "三ミ",
    "4": "四",
    "5": "五",
    "6": "六",
    "7": "七",
    "8": "八ハ",
    "9": "九",
}
"""Kanji for digits in vertical writing, for numbers that hold digits only; 一 may be a dash."""
WRITTEN_ALIKE = {"%": "‰", "・": "●•"}
"""What the recogniser calls signs of running text: nobody writes per mille on a form, or fills a
disc."""

_DIGITS = "0123456789"
_NUMBER_PARTS = (
    "year",
    "month",
    "day",
    "hour",
    "minute",
    "area",
    "exchange",
    "subscriber",
    "first",
    "second",
    "bank_code",
    "branch_code",
    "number",
    "symbol",
)


@functools.cache
def japanese() -> str:
    """Every character of Windows' Japanese code page (cp932): JIS X 0208 with the NEC and IBM
    additions, among them 髙 and 﨑. Names and texts of a city office hold no others often enough to
    be worth the confusion with Chinese."""
    found = []
    for code in range(0x20, 0x10000):
        character = chr(code)
        if 0xE000 <= code < 0xF900 or unicodedata.category(character) in ("Cc", "Cf", "Cs"):
            continue
        try:
            character.encode("cp932")
        except UnicodeEncodeError:
            continue
        found.append(character)
    return "".join(found) + "𠮷"


@functools.cache
def writing() -> str:
    """:func:`japanese` without what nobody writes on a form: half-width kana, Greek, Cyrillic, box
    drawing, twins of ASCII in full width."""
    kept = []
    for character in japanese():
        code = ord(character)
        if (
            0x2500 <= code < 0x2580
            or 0x370 <= code < 0x460
            or 0xFF61 <= code <= 0xFF9F
            or 0xFF01 <= code <= 0xFF5E
            or character in "".join(WRITTEN_ALIKE.values())
        ):
            continue
        kept.append(character)
    return "".join(kept)


class Alphabets:
    """The alphabets of one engine, each built once."""

    def __init__(self, characters: Sequence[str]) -> None:
        self._characters = characters
        self._made: dict[str, Alphabet] = {}

    def of(self, field: FieldDef, part: str = "") -> Alphabet:
        """The alphabet of a field or one of its parts: digits fold full width and look-alikes into
        one class each."""
        allowed = allowed_in(field, part)
        numeric = part in _NUMBER_PARTS if part else field.traits.is_numeric
        cells = (
            field.parts[part].cells
            if part in field.parts
            else field.place.cells
            if field.place
            else ()
        )
        kanji = field.vertical and not cells and part in ("year", "month", "day")
        if numeric and (cells or part) and not kanji:
            allowed = _DIGITS + "元" if part == "year" and not cells else _DIGITS
        if allowed is None:
            return self.plain_writing()
        down = numeric and field.vertical
        key = f"{int(numeric)}{int(down)}{allowed}"
        if key not in self._made:
            kana = field.kind == "kana" or part == "holder"
            self._made[key] = self._make(allowed, numeric, kana, down)
        return self._made[key]

    def plain_writing(self) -> Alphabet:
        """Whatever people write (:func:`writing`)."""
        if "" not in self._made:
            self._made[""] = Alphabet(self._characters, writing(), WRITTEN_ALIKE)
        return self._made[""]

    def _make(self, allowed: str, numeric: bool, kana: bool, down: bool) -> Alphabet:
        folded: dict[str, str] = {}
        for character in allowed:
            plain = (
                unicodedata.normalize("NFKC", character)
                if ord(character) > 0x7F and numeric
                else character
            )
            plain = plain if len(plain) == 1 else character
            if plain in "－−—" or (numeric and plain == "ー"):
                plain = "-"
            folded[plain] = folded.get(plain, "") + (character if character != plain else "")
        alike = dict(folded)
        extra = DIGIT_ALIKE if numeric else KANA_ALIKE if kana else {}
        extra = {**WRITTEN_ALIKE, **extra}
        for character, others in extra.items():
            if character in folded:
                alike[character] = folded[character] + "".join(o for o in others if o not in folded)
        for character, others in VERTICAL_ALIKE.items() if down else ():
            if character in folded:
                alike[character] += "".join(o for o in others if o not in folded)
        if numeric and "-" in alike:
            alike["-"] += "".join(c for c in "一~〜_" if c not in folded)
        return Alphabet(self._characters, folded, alike)
