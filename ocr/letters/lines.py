"""A letter's lines as they were read."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import numpy as np

from ocr.decode.ctc import Decoded
from records.types import Box, Gray


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a letter, with its place on the page in mm and how it was decoded.

    Attributes:
        prose: the text as running Japanese, which a name or an address is not.
        page: of the letter, from 1.
    """

    text: str
    box: Box
    decoded: Decoded
    vertical: bool = False
    prose: str = ""
    page: int = 1


@dataclass(frozen=True, eq=False)
class Letter:
    """A letter's lines in reading order."""

    lines: tuple[Line, ...]
    image: Gray
    dpi: float

    @property
    def score(self) -> float:
        """Mean free score of the engine over the characters, [0, 1]; 0 without lines."""
        weights = [len(line.text) for line in self.lines]
        return (
            float(np.average([line.decoded.free_score for line in self.lines], weights=weights))
            if sum(weights)
            else 0.0
        )


def plain(text: str) -> str:
    """NFKC, no blanks, every dash the same: for finding things, never for keeping them."""
    return re.sub(r"[‐-―−ー─]", "-", re.sub(r"\s", "", unicodedata.normalize("NFKC", text)))
