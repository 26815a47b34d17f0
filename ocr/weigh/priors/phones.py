"""Telephone numbers: the numbering plan, the office's own area and mobiles first."""

from __future__ import annotations

from ocr.weigh.priors.asked import FOREIGN, WRONG, Asked, Expected
from records.normalise import normalise

_MOBILES = ("090", "080", "070", "050", "060")


def phone_part_expected(asked: Asked) -> Expected:
    """One of three places of a number. Where the office's area is not known, no number is more
    usual."""
    office, part = asked.office, asked.part
    usual = (office.area_code, *_MOBILES) if office.area_code else ()
    if part == "area":
        return list(
            usual
        ), lambda t: 0.0 if t in usual else FOREIGN if t.startswith("0") else -WRONG
    if part == "subscriber":
        return [], lambda t: 0.0 if len(t) == 4 else -WRONG
    return [], lambda t: 0.0 if 1 <= len(t) <= 4 and t[0] not in "01" else -WRONG


def phone_expected(asked: Asked) -> Expected:
    """A whole number; strokes like 1 may be brackets: 0123(45)6789."""
    item, office = asked.item, asked.office
    usual = (office.area_code, *_MOBILES) if office.area_code else ()
    extra = []
    starts = (f"{office.area_code}-", *_MOBILES) if usual else ()
    sizes = [*([(len(office.area_code), 12)] if usual else []), (3, 13)]
    for text in asked.read[:4]:
        for size, total in sizes:
            middle = total - size - 6
            if len(text) == total and text[size] in "1(-" and text[size + middle + 1] in "1)-":
                extra.append(
                    f"{text[:size]}({text[size + 1 : size + 1 + middle]}){text[size + middle + 2 :]}"
                )

    def prior(text: str) -> float:
        made = normalise(item, text, office, {})
        if made.problems or not isinstance(made.value, str):
            return -WRONG
        return 0.0 if made.value.startswith(starts) else FOREIGN

    return extra, prior
