"""Words of today that the dictionary of 2007 does not know.

To IPADIC 令和 is no word, and 合和 is a likelier one; it has neither スマホ nor 熱中症, nor most towns.
Before a text is parsed such words are put as others that the dictionary knows and that stand in a
sentence as they do (``words.txt``), so that they are as likely as those. The office's own places
are put as a well-known one.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from importlib import resources

CITY, TOWN = "佐賀市", "佐賀"
"""What the dictionary knows in place of a city and of a town."""


def spoken(text: str, places: tuple[str, ...] = ()) -> str:
    """``text`` with each word that the dictionary does not know put as one that it knows.

    Args:
        places: the office's city and towns; names of one character are left alone.
    """
    pattern, standing = _words(places)
    return pattern.sub(lambda found: standing[found[0].upper()], text)


@functools.lru_cache(maxsize=8)
def _words(places: tuple[str, ...]) -> tuple[re.Pattern[str], Mapping[str, str]]:
    """A pattern of all words, longest first, and the known word for each."""
    standing: dict[str, str] = {}
    text = resources.files(__package__).joinpath("words.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            known, *words = line.split()
            standing.update({word.upper(): known for word in words if word != known})
    for place in places:
        if len(place) > 1:
            standing[place] = CITY if place[-1] in "市町村区" else TOWN
    ordered = sorted(standing, key=len, reverse=True)
    firsts = re.escape("".join(sorted({word[0] for word in standing})))
    # the search tries all words only where one of them can begin
    pattern = f"(?=[{firsts}])(?:{'|'.join(map(_bounded, ordered))})"
    return re.compile(pattern, re.IGNORECASE), standing


def _bounded(word: str) -> str:
    """A pattern for a word; one of katakana or Latin letters is none inside a longer one."""
    pattern = re.escape(word)
    for letters in ("ァ-ヺー", "A-Za-z"):
        if re.fullmatch(f"[{letters}]+", word):
            pattern = f"(?<![{letters}]){pattern}(?![{letters}])"
    return pattern
