"""Text from paper on its way into files that programs read: nothing of it may act there."""

from __future__ import annotations

import re
import unicodedata

_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_FORMULA_STARTS = frozenset("=+-@\t\r＝＋－＠")
_DECIMAL = re.compile(r"\d")

CELL_CHARACTERS = 32_767
"""Most characters that an Excel cell holds."""


def clean(text: str) -> str:
    """``text`` without control characters and what XML cannot hold; line ends as ``\\n``, tabs as
    blanks.

    Nothing is lost for good: the journal keeps the text as it was read.
    """
    if text.isprintable():  # most texts, and cheaper to tell than to change nothing
        return text
    return _NOT_XML.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))


def like_formula(text: str) -> bool:
    """Whether a spreadsheet that opens or re-enters ``text`` may take it for a formula
    (CWE-1236)."""
    return text[:1] in _FORMULA_STARTS


def like_number(text: str) -> bool:
    """Whether Excel, when somebody re-enters the text, may turn it into a number, a date or a truth
    value.

    It does so with full-width digits and Japanese dates too: 令和7年4月1日, R7.4.1, ０１２.
    """
    if _DECIMAL.search(text):  # most of them, and cheaper to tell than the rest
        return True
    plain = unicodedata.normalize("NFKC", text).strip().upper()
    return any(map(str.isdigit, plain)) or plain in ("TRUE", "FALSE")
