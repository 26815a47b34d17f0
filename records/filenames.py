"""The name by which a file is known to people: no My Number in it, and nothing that acts on a screen."""

from __future__ import annotations

import unicodedata

from records.mynumber import mask_my_number

_TURNS = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks of direction: with them ``fdp.exe`` is shown as ``exe.pdf``."""


def shown_name(name: str) -> str:
    """The name, or the path below the inbox, by which people know a document.

    A My Number in it is masked by ``X``, and what would act on a terminal, start a line or turn the
    direction of writing becomes ``�``. In ``failed/`` a file keeps its own name but for the mask: its
    bytes may be all that tells an old system's letters.
    """
    masked = mask_my_number(name, sign="X")
    return "".join("�" if _acts(char) else char for char in masked)


def plain_line(text: str) -> str:
    """A line of a message without what acts on a terminal; line ends and tabs stay."""
    return "".join("�" if _acts(char) and char not in "\n\t" else char for char in text)


def _acts(char: str) -> bool:
    return char in _TURNS or unicodedata.category(char) in ("Cc", "Zl", "Zp", "Cs")
