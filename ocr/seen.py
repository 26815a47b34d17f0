"""What was seen in one place of a form, before anybody decides whether it is right."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from records.types import Problem, Reading

Scorer = Callable[[Iterable[str]], dict[str, float]]
"""Texts → natural log of the probability that the engine gives to exactly that text; impossible
texts are left out."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen in one field or part.

    Attributes:
        texts: (text, share of belief), best first; a single empty text for an empty place.
        readings: what the engines said.
        features: measured facts for :mod:`ocr.trust.model`.
        problems: what speaks against any value (two marks, struck out).
        empty: True where no ink is.
        scorer: asks the engine about any other text; None where it cannot be asked (several lines,
        marks).
        opinion: what a head thinks of one text (:meth:`ocr.decode.looks.Look.opinion`); None where no head
        was asked.
        other: asks another engine about the same ink; only where its word may decide.
        text: the text that is believed most.
        again: reads the same ink once more in another size and gives a second scorer; run only
        where it may decide.
        anew: reads the same ink from its small picture, in both sizes, and gives one scorer: kept
        where what was read of it would be too large to keep.
    """

    texts: tuple[tuple[str, float], ...]
    readings: tuple[Reading, ...] = ()
    features: Mapping[str, float] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    empty: bool = False
    scorer: Scorer | None = None
    again: Callable[[], Scorer] | None = None
    anew: Callable[[], Scorer] | None = None
    opinion: Callable[[str], dict[str, float]] | None = None
    other: Callable[[], str] | None = None
    text: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", self.texts[0][0])


def shares_of(logs: Mapping[str, float]) -> dict[str, float]:
    """Texts by falling belief, and the belief of each, summing to 1.

    Args:
        logs: text → natural log of a belief, up to a constant; at least one.
    """
    top = max(logs.values())
    weights = {text: math.exp(log - top) for text, log in logs.items()}
    total = sum(weights.values())
    return {text: weights[text] / total for text in sorted(weights, key=lambda t: -weights[t])}


def both_looks(first: Scorer, second: Scorer) -> Scorer:
    """One scorer of two looks at the same ink: they count as one and a third, as their errors go
    together."""

    def score(texts: Iterable[str]) -> dict[str, float]:
        wanted = list(texts)
        one, two = first(wanted), second(wanted)
        return {t: 0.67 * (one[t] + two[t]) for t in one if t in two}

    return score


EMPTY = Seen((("", 1.0),), empty=True, features={"empty": 1.0})
