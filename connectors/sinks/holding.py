"""What a target holds of what was delivered to it, as it says itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Holding:
    """The records of one target. A restored backup knows only what came before it, a new file
    nothing.

    Attributes:
        known: every record that was ever written there, whether its row still stands or not.
        rows: the records whose row stands there now.
        altered: those of ``rows`` that another program saved with other values.
        marks: record → column title → mark of what was written there, as ``Sink.marks`` makes it of
        a row; empty where the target does not keep it.
    """

    known: frozenset[str] = frozenset()
    rows: frozenset[str] = frozenset()
    altered: frozenset[str] = frozenset()
    marks: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def deleted(self) -> frozenset[str]:
        """Records whose row was taken out after it had been written."""
        return self.known - self.rows
