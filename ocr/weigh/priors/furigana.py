"""Names in kana: known ones near what was read, and the script that the form asks for."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ocr.weigh.kanaforms import impossible_kana, kana_variants
from ocr.weigh.lexicon import Names
from ocr.weigh.nearnames import known_kana, likely_kana
from ocr.weigh.priors.asked import Asked, Expected
from records.normalise.kana import in_hiragana, to_hiragana, to_katakana

KNOWN_KANA = 3.0
"""Log prior of a family or given name that is known."""


def kana_expected(asked: Asked) -> Expected:
    """A furigana, or an account's holder."""
    return kana_spelled(asked.read, asked.item.label, asked.table)


def kana_spelled(read: Sequence[str], label: str = "", table: Names | None = None) -> Expected:
    """Known names near what was read, and spellings of it; the form's own フリガナ or ふりがな
    favours that script."""
    extra: list[str] = []
    asked = (
        "カ"
        if re.search("フリガナ|カナ", label)
        else "か"
        if re.search("ふりがな|かな", label)
        else ""
    )
    script = to_hiragana if read and in_hiragana(read[0]) else to_katakana
    for text in read[:3]:
        plain = to_katakana("".join(text.split()))
        if len(plain) <= 14:
            extra += [plain, *likely_kana(plain, table=table), *kana_variants(plain)]

    def prior(text: str) -> float:
        mixed = (
            2.0
            if any("ぁ" <= c <= "ゖ" for c in text) and any("ァ" <= c <= "ヶ" for c in text)
            else 0.0
        )
        return (
            KNOWN_KANA * known_kana(text, table)
            - 5.0 * impossible_kana(text)
            - (0.7 if " " in text else 0.0)
            - mixed
            - (3.0 if asked and in_hiragana(text) != (asked == "か") else 0.0)
        )

    scripts = (to_katakana, to_hiragana) if asked else (script,)
    return [s(t) for t in extra for s in scripts], prior
