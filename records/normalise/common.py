"""What every normaliser shares: its result, problems without a My Number in them, and character
tables."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from records.forms import FieldDef
from records.mynumber import mask_my_number
from records.types import Problem, Value

DASHES = "-‐‑‒–—―−－ー─━ｰ﹣˗⁃"
"""What people and OCR put where a hyphen is meant; the long vowel mark ー among them."""

_DASH = re.compile(f"[{DASHES}]")
_BLANK = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Normalised:
    """A clean value and what speaks against it.

    Attributes:
        value: typed (see :data:`records.types.Value`); None for an empty field; the raw text where
        it has no value.
        problems: stable codes with a Japanese sentence each; empty where nothing had to be guessed.
    """

    value: Value
    problems: tuple[Problem, ...] = ()


def problem(code: str, message: str) -> Problem:
    """A problem whose sentence can be shown and logged anywhere: My Numbers in it are masked."""
    return Problem(code, mask_my_number(message))


def empty(field: FieldDef, value: Value = None) -> Normalised:
    """The result for a field in which nothing is written."""
    if not field.required:
        return Normalised(value)
    return Normalised(
        value,
        (
            problem(
                "required",
                f"「{field.title}」が空欄です。必須の項目なので、申請者に確認してください",
            ),
        ),
    )


def half(text: str) -> str:
    """NFKC with all dashes as ``-``: for digits and their punctuation, never for names (① and ㈱
    would be lost)."""
    return _DASH.sub("-", unicodedata.normalize("NFKC", text))


def squeezed(text: str) -> str:
    """``text`` without any blanks, full-width ones included."""
    return _BLANK.sub("", text)


def tidy(text: str) -> str:
    """``text`` without control characters, zero-width characters and outer blanks; otherwise as
    written."""
    kept = []
    for letter in text:
        is_unseen = unicodedata.category(letter) in ("Cc", "Cf")
        if letter in "\n\t" or not is_unseen:
            kept.append(letter)
    return "".join(kept).strip()


def limited(field: FieldDef, value: str, problems: Iterable[Problem] = ()) -> Normalised:
    """``value`` as text, checked against the field's ``charset`` (its characters) and its closed
    list of ``values``.

    A listed value is found whatever its blanks and width. One that is only near stays as it is, and
    the problem ``not_in_list`` names the nearest; ``charset`` names the characters that do not
    belong.
    """
    found = list(problems)
    if field.charset:
        strange = [c for c in value if c not in field.charset and not c.isspace()]
        odd = "".join(dict.fromkeys(strange))
        if odd:
            found.append(
                problem(
                    "charset", f"この項目で使えない文字「{odd}」があります。用紙を確認してください"
                )
            )
    if field.values and value not in field.values:
        by_key = {list_key(v): v for v in field.values}
        if list_key(value) in by_key:
            value = by_key[list_key(value)]
        else:
            near = difflib.get_close_matches(value, field.values, 1)
            hint = ""
            if near:
                hint = f"「{near[0]}」のことですか。"
            found.append(
                problem(
                    "not_in_list",
                    f"「{value}」は決められた値にありません。{hint}用紙を確認してください",
                )
            )
    return Normalised(value, tuple(found))


def list_key(text: str) -> str:
    """The key by which a text is found in an office's own list: NFKC, one kind of dash, no blanks,
    lower case."""
    return squeezed(half(text)).casefold()
