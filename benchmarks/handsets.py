"""Which hands are fitted on, which ones set the bars of trust, and which ones are measured on.

No hand may be in two sets: a bar that was found on a hand says nothing new about that hand.
``tests/test_handsets.py`` holds the sets apart, and ``tools/fit_trust.py`` and the benchmarks take
them from here.
"""

from __future__ import annotations

from collections.abc import Iterable

MEASURING = ("kouzan", "yusei-magic")
"""Hands of the accuracy benchmarks. The networks for single characters have seen both."""

BARS = (
    "kiloji-d",
    "kouzan-gyosho",
    "slackside-one-400",
    "darumadrop-one-400",
    "potta-one-400",
    "kiwi-maru-400",
)
"""Hands that the bars of ``ocr/trust/trust.json`` stand on."""

SIBLINGS = ("kiwi-maru-300", "kiwi-maru-500")
"""Other weights of hands that are in a set; fitted on, they would tell of it."""

NEVER_FITTED = (*MEASURING, *BARS, *SIBLINGS)


def fitted(families: Iterable[str]) -> tuple[str, ...]:
    """Those of ``families`` that may be fitted on."""
    return tuple(sorted(set(families) - set(NEVER_FITTED)))
