"""What an engine is: a line goes in, its looks come out. An engine knows nothing of fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from ocr.engines.ppocr import Leaning, Looked, Probabilities
from records.types import Gray

__all__ = ["Leaning", "LineEngine", "Looked", "PageEngine", "Probabilities"]


class LineEngine(Protocol):
    """Reads lines of one script, from left to right. Safe to share by threads.

    Trust is fitted on what the engine that ships says. Whoever reads with another one fits trust
    anew (``tools/fit_trust.py``): a p that was measured on another engine would be invented.
    """

    @property
    def characters(self) -> tuple[str, ...]:
        """The character of each class; class 0, the CTC blank, is the empty string."""
        ...

    @property
    def index(self) -> Mapping[str, int]:
        """Class of each character."""
        ...

    def look(self, line: Gray) -> tuple[Probabilities, Looked | None]:
        """Look at one line.

        Args:
            line: dark ink on white, shape (height, width), uint8, any size.

        Returns:
            Probabilities, one row for every 8 pixels of the line scaled to 48 pixels high, each
            row's sum 1; and what the heads of :mod:`ocr.engines.heads` read from, None for an
            engine that they were not fitted on.

        Raises:
            ServiceError: the model is not installed.
        """
        ...

    def recognise(self, line: Gray) -> Probabilities:
        """The probabilities of :meth:`look` alone."""
        ...


class PageEngine(LineEngine, Protocol):
    """Finds the lines of a letter, too."""

    def detect(self, image: Gray, side: int = 960) -> list[Leaning]:
        """Find text lines and columns, which may lean: in pixels of ``image``, unordered.

        Args:
            image: a gray page.
            side: the longer side may be scaled down to this many pixels.
        """
        ...
