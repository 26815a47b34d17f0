"""What a share in percent looks like: the recogniser takes a written sign for a digit."""

from __future__ import annotations

import re

from ocr.weigh.priors.asked import WRONG, Asked, Expected
from records.normalise import normalise

_LIKE_A_SIGN = re.compile("(?<=[0-9])[ .,]?[0-9]$")
_FINE = re.compile(r"\.[0-9]{2,}")

SELDOM = 2.0
"""Natural log by which two decimals are less likely on paper than one or none."""


def share_expected(asked: Asked) -> Expected:
    """A share within its limits. Each text that ends with a digit may end with a sign instead."""
    item, office = asked.item, asked.office
    signed = [_LIKE_A_SIGN.sub("%", text) for text in asked.read if _LIKE_A_SIGN.search(text)]

    def prior(text: str) -> float:
        wrong = WRONG if normalise(item, text, office, {}).problems else 0.0
        return -wrong - (SELDOM if _FINE.search(text) else 0.0)

    return list(dict.fromkeys(signed)), prior
