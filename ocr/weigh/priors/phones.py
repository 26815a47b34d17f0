"""Telephone numbers: the numbering plan, the office's own area and mobiles first."""

from __future__ import annotations

from ocr.weigh.priors.asked import FOREIGN, WRONG, Asked, Expected
from records.normalise import normalise

_MOBILES = ("090", "080", "070", "050", "060")

_MOBILE_DIGITS, _MOBILE_LENGTH = 3, 13
"""Digits before the first bracket of a mobile's number, and characters of all of it."""

_AREA_LENGTH = 12
"""Characters of a number with an area code, brackets and all."""


def phone_part_expected(asked: Asked) -> Expected:
    """One of three places of a number. Where the office's area is not known, no number is more
    usual."""
    area_code, part = asked.office.area_code, asked.part
    usual = (area_code, *_MOBILES) if area_code else ()

    def area(text: str) -> float:
        if text in usual:
            return 0.0
        return FOREIGN if text.startswith("0") else -WRONG

    def exchange(text: str) -> float:
        is_one = 1 <= len(text) <= 4 and text[0] not in "01"
        return 0.0 if is_one else -WRONG

    def subscriber(text: str) -> float:
        return 0.0 if len(text) == 4 else -WRONG

    if part == "area":
        return list(usual), area
    return [], subscriber if part == "subscriber" else exchange


def phone_expected(asked: Asked) -> Expected:
    """A whole number; strokes like 1 may be brackets: 0123(45)6789."""
    item, office = asked.item, asked.office
    starts = (f"{office.area_code}-", *_MOBILES) if office.area_code else ()
    shapes = [(_MOBILE_DIGITS, _MOBILE_LENGTH)]
    if office.area_code:
        shapes.insert(0, (len(office.area_code), _AREA_LENGTH))
    made = [_bracketed(text, *shape) for text in asked.read[:4] for shape in shapes]

    def prior(text: str) -> float:
        read = normalise(item, text, office, {})
        if read.problems or not isinstance(read.value, str):
            return -WRONG
        return 0.0 if read.value.startswith(starts) else FOREIGN

    return [text for text in made if text], prior


def _bracketed(text: str, opens: int, length: int) -> str:
    """``text`` with brackets in place of the strokes at ``opens`` and before the last four digits;
    empty where no strokes stand there."""
    closes = length - 5
    if len(text) != length or text[opens] not in "1(-" or text[closes] not in "1)-":
        return ""
    return f"{text[:opens]}({text[opens + 1 : closes]}){text[closes + 1 :]}"
