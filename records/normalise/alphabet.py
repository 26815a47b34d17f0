"""The characters that a reading of a kind may hold, for decoding that is limited to them."""

from __future__ import annotations

from functools import lru_cache

from records.forms import FieldDef
from records.kinds import kind_of

DIGITS = "0123456789０１２３４５６７８９"
DASH = "-－−ー—"
KANJI_DIGITS = "〇一二三四五六七八九十百千万億"
WRITTEN = "一二三四五六七八九十"
FORMAL_DIGITS = "零壱壹弐貳参參肆伍陸漆捌玖拾佰仟阡萬兆"
SPACE = " \u3000"
KATAKANA = "".join(map(chr, range(0x30A1, 0x30F7))) + "ー"
HIRAGANA = "".join(map(chr, range(0x3041, 0x3095)))
HALF_KATAKANA = "".join(map(chr, range(0xFF66, 0xFFA0)))
ERA = "明治大正昭和平成令和西暦MTSHRＭＴＳＨＲ㍾㍽㍼㍻㋿"

_WHOLE: dict[str, str] = {
    "digits": DIGITS + DASH + SPACE,
    "number": DIGITS + DASH + SPACE + ",，." + KANJI_DIGITS + "人名個件枚回日歳才△▲",
    "amount": DIGITS + DASH + SPACE + ",，.¥￥円金也*＊※△▲" + KANJI_DIGITS + FORMAL_DIGITS,
    "percent": DIGITS + SPACE + ".．・,，、%％割分厘約-" + KANJI_DIGITS,
    "date": DIGITS + DASH + SPACE + ERA + KANJI_DIGITS + "元年月日./／・",
    "month": DIGITS + DASH + SPACE + ERA + KANJI_DIGITS + "元年月分./／・",
    "time": DIGITS + SPACE + ":：時分半午前後正",
    "postal_code": DIGITS + DASH + SPACE + "〒",
    "phone": DIGITS + DASH + SPACE + "()（）+＋",
    "my_number": DIGITS + DASH + SPACE,
    "corporate_number": DIGITS + DASH + SPACE + "TＴ",
    "kana": KATAKANA + HIRAGANA + HALF_KATAKANA + SPACE + "・",
}
"""By kind, for a field read in one piece. Kinds that are not here may hold any character."""

_PARTS: dict[str, str] = {
    "era": ERA,
    "year": DIGITS + WRITTEN + "元",
    "month": DIGITS + WRITTEN,
    "day": DIGITS + WRITTEN,
    "hour": DIGITS,
    "minute": DIGITS,
    "area": DIGITS,
    "exchange": DIGITS,
    "subscriber": DIGITS,
    "first": DIGITS,
    "second": DIGITS,
    "bank_code": DIGITS,
    "branch_code": DIGITS,
    "number": DIGITS,
    "symbol": DIGITS,
    "account_kind": "普通当座貯蓄総合" + DIGITS,
    "holder": KATAKANA
    + HIRAGANA
    + HALF_KATAKANA
    + SPACE
    + "・()（）.．-－/"
    + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    + DIGITS,
}
"""By part of a composite kind; ``bank`` and ``branch`` may hold any character."""


def alphabet(field: FieldDef, part: str = "") -> str | None:
    """The characters that may appear in a raw reading of ``field``, or of one of its parts.

    Args:
        field: the field's definition. A ``charset`` or a closed list of ``values`` decides before
        the kind.
        part: the name of a part of a composite field, ``era`` included; empty for the whole field.

    Returns:
        Every allowed character once, half and full width; None where any character may appear.
    """
    cells = bool(
        field.parts[part].cells if part in field.parts else field.place and field.place.cells
    )
    return _alphabet(field.kind, part, field.charset, () if part else field.values, cells)


@lru_cache(maxsize=4096)
def _alphabet(
    kind: str, part: str, charset: str, values: tuple[str, ...], cells: bool
) -> str | None:
    if charset and not part:
        found: str | None = charset
    elif values and kind_of(kind).is_listed:
        found = "".join(values) + SPACE
    elif cells and kind_of(kind).digits_in_cells and part in ("", "year", "month", "day"):
        found = DIGITS + ("元" if part == "year" else "")
    else:
        found = _PARTS.get(part) if part else _WHOLE.get(kind)
    if found is None:
        return None
    return "".join(dict.fromkeys(found))
