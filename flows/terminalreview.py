"""What the review in the terminal needs beside :mod:`desk.answers`: attention by a clock, and
places on the paper."""

from __future__ import annotations

from collections.abc import Iterator

from records.types import Field, Place

IDLE_SECONDS = 60.0
"""Attention to one field beyond this is not counted: a terminal cannot tell reading from being
away."""


def attention(begun: float, ended: float) -> float:
    """Seconds of attention between two readings of a monotonic clock, without what must have been
    idle time."""
    return min(max(ended - begun, 0.0), IDLE_SECONDS)


def where(field: Field) -> Iterator[str]:
    """Where on the paper the field is, for a person with the sheet in hand."""
    if field.box is not None:
        yield where_at(Place(field.page, field.box))


def where_at(place: Place) -> str:
    """One place on the paper, for a person with the sheet in hand."""
    return f"{place.page}枚目の上から {place.box.y:.0f} mm、左から {place.box.x:.0f} mm"
