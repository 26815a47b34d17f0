"""What happens between the filled sheet and the file: scanners, phone cameras and FAX machines."""

from __future__ import annotations

from collections.abc import Sequence

from ocr.practice.people import Rng
from records.types import Gray


def source_dpi(damage: str) -> int:
    """The resolution at which a sheet is filled before this damage."""
    return 300


def damaged(pages: Sequence[Gray], damage: str, rng: Rng) -> tuple[list[Gray], tuple[float, float]]:
    """``clean`` only, for now."""
    return list(pages), (300.0, 300.0)
