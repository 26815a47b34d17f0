"""What was seen in one place of a form, before anybody decides whether it is right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from records.types import Problem, Reading


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen in one field or part.

    Attributes:
        texts: (text, share of belief), best first; a single empty text for an empty place.
        readings: what the engines said.
        features: measured facts for :mod:`ocr.trust`.
        problems: what speaks against any value (two marks, struck out).
        empty: True where no ink is.
    """

    texts: tuple[tuple[str, float], ...]
    readings: tuple[Reading, ...] = ()
    features: Mapping[str, float] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    empty: bool = False

    @property
    def text(self) -> str:
        return self.texts[0][0]


EMPTY = Seen((("", 1.0),), empty=True, features={"empty": 1.0})
