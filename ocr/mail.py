"""Mail addresses as people write them: letters, then a number, and a domain without digits that look like letters."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable

from rapidfuzz import fuzz, process

DOMAINS = (
    "gmail.com", "yahoo.co.jp", "ymail.ne.jp", "icloud.com", "me.com", "mac.com", "outlook.com", "outlook.jp", "hotmail.com",
    "hotmail.co.jp", "live.jp", "docomo.ne.jp", "ezweb.ne.jp", "au.com", "softbank.ne.jp", "i.softbank.jp", "ymobile.ne.jp",
    "uqmobile.jp", "rakuten.jp", "nifty.com", "biglobe.ne.jp", "mbe.nifty.com", "ocn.ne.jp", "ybb.ne.jp", "so-net.ne.jp",
    "plala.or.jp", "asahi-net.or.jp", "dion.ne.jp", "excite.co.jp", "infoseek.jp", "goo.jp", "msn.com",
)
"""Where most people in Japan have their mail."""

KNOWN_DOMAIN = 1.5
"""Log prior of such a domain against any other."""

_ALIKE = 80.0
"""From this likeness (:func:`rapidfuzz.fuzz.ratio`) on a known domain stands beside the one that was read."""

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
        near = process.extract(domain, DOMAINS, scorer=fuzz.ratio, score_cutoff=_ALIKE, limit=2)
        found += [f"{name}@{known}" for known, _, _ in near]
    return list(dict.fromkeys(found))


def mail_prior(text: str) -> float:
    """Log prior of a text in a field where a mail address was written."""
    known = KNOWN_DOMAIN if text.partition("@")[2] in DOMAINS else 0.0
    return known if _AS_A_RULE.fullmatch(text) else UNUSUAL + known if _MAIL.fullmatch(text) else NO_MAIL
