"""Mail addresses as people write them: letters, then a number, and a domain without digits that look like letters."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable

_TWINS = {"0": "o", "o": "0", "1": "l", "l": "1"}
_LETTERS = str.maketrans({"0": "o", "1": "l", "|": "l", "I": "l", "O": "o"})
_MAIL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*@([a-z0-9-]+\.)+[a-z]{2,}")
_AS_A_RULE = re.compile(r"[a-z]+([._-][a-z]+)*[._-]?[0-9]*@([a-z-]+\.)+[a-z]{2,}")
_MOST = 4

NO_MAIL, UNUSUAL = -4.0, -1.5
"""Log prior of what is no mail address, and of one whose letters and digits are mixed."""


def mail_spellings(texts: Iterable[str]) -> list[str]:
    """Each text that has an ``@`` without blanks, with dots for commas, letters in the domain, and o or 0, l or 1 before it."""
    found: list[str] = []
    for text in texts:
        name, at, domain = "".join(text.split()).partition("@")
        if not at:
            continue
        domain = re.sub(r"\.{2,}", ".", domain.replace(",", ".").translate(_LETTERS)).strip(".")
        name = name.replace(",", ".")
        places = [n for n, c in enumerate(name) if c in _TWINS][-_MOST:]
        for flips in itertools.product((False, True), repeat=len(places)):
            made = list(name)
            for place, flip in zip(places, flips, strict=True):
                made[place] = _TWINS[made[place]] if flip else made[place]
            found.append("".join(made) + "@" + domain)
    return list(dict.fromkeys(found))


def mail_prior(text: str) -> float:
    """Log prior of a text in a field where a mail address was written."""
    return 0.0 if _AS_A_RULE.fullmatch(text) else UNUSUAL if _MAIL.fullmatch(text) else NO_MAIL
