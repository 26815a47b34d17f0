"""Writing beside a ringed option: what stands outside a closed ring is none of the ring.

A ring is one closed line about the print of its option. Print and rules cut it into pieces, so ink
near a marked option is the mark's as long as the ring is open where it lies. Where the ring is
closed, strokes farther out in the same direction are their own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ocr.ink.heaps import Marked, box_of, together
from ocr.ink.strokes import Ink
from ocr.place.blank import PX, pixels
from records.types import Box

_TURNS = 24
"""Directions about an option's middle that are told apart."""

_PIXELS = 2
"""So much ink in a direction is a line there."""

_ARC, _CLOSED = 6, 15
"""Directions that a piece of a ring runs through, and that a closed ring has ink in
(:mod:`ocr.ink.marks` takes 0.62 of them for a ring)."""

_OUTSIDE_SHARE = 0.8
"""A stroke with this share of its ink farther out than the ring stands outside of it."""

_CLAIM_SHARE, _CLAIM_MM = 0.12, 2.0
"""A stroke with this share of its ink so near to an option can be its mark."""

_REACH_SHARE = 0.6
"""So can one with this share of its ink within the option's reach."""

_WRITTEN_MM2, _WRITTEN_MM, _WRITTEN_STROKES = 1.2, 1.5, 2
"""Writing has so much ink, in so many strokes, and is so wide and so high; a ring's loose end is
one thin line."""

_STROKE_MM2 = 0.1
"""What has less ink is a speck, no stroke."""

_MUCH_MM2 = 2.0
"""So much ink is writing in one stroke too: two characters have it."""


@dataclass(frozen=True, slots=True)
class MarkedOption:
    """An option that a person marked.

    Attributes:
        box: its print, mm on the form's page.
        reach: how far about it ink is the mark's, mm.
        ringed: it is marked by a ring, not by a tick in a printed frame.
    """

    box: Box
    reach: float
    ringed: bool


def beside_rings(ink: Ink, marked: Iterable[MarkedOption]) -> Marked:
    """Strokes that stand outside the ring about one of the ``marked`` options and look like
    writing."""
    outside = np.zeros(len(ink.boxes), bool)
    held = np.zeros(len(ink.boxes), bool)
    for option in marked:
        numbers, claimed, beyond = _about(ink, option)
        outside[numbers[beyond]] = True
        held[numbers[claimed & ~beyond]] = True
    outside &= ~held
    found = np.zeros(len(outside), bool)
    if outside.any():
        for heap in together(ink, outside):
            found[heap] = _is_writing(ink, heap)
    return found


@dataclass(frozen=True, eq=False)
class _Ring:
    """The ring about an option.

    Attributes:
        own: which of the strokes near the option are the ring's.
        edge: how far out the ring lies in each direction, in sizes of the option from its middle;
            infinite where it is open.
    """

    own: Marked
    edge: NDArray[np.float64]


def _about(ink: Ink, option: MarkedOption) -> tuple[NDArray[np.int32], Marked, Marked]:
    """The strokes near an option, which of them can be its mark, and which stand outside its
    ring."""
    box = option.box
    rows, columns = pixels(box, ink.written, option.reach)
    labels = ink.labels[rows, columns]
    ys, xs = np.nonzero(labels)
    numbers, of = np.unique(labels[ys, xs], return_inverse=True)
    x = (xs + columns.start + 0.5) / PX - box.x - box.width / 2
    y = (ys + rows.start + 0.5) / PX - box.y - box.height / 2
    angle = np.arctan2(y / box.height, x / box.width)
    turn = ((angle + np.pi) / (2 * np.pi) * _TURNS).astype(int) % _TURNS
    out = np.hypot(x / box.width, y / box.height)
    ring = _ring(of, turn, out, len(numbers))
    area = ink.boxes[numbers, 4]
    within = np.bincount(of[out <= ring.edge[turn]], minlength=len(numbers))
    beyond = option.ringed & ~ring.own & (within <= (1 - _OUTSIDE_SHARE) * area)
    near = np.maximum(np.abs(x) - box.width / 2, np.abs(y) - box.height / 2) <= _CLAIM_MM
    claimed = np.bincount(of[near], minlength=len(numbers)) >= _CLAIM_SHARE * area
    claimed |= np.bincount(of, minlength=len(numbers)) >= _REACH_SHARE * area
    return numbers, np.asarray(claimed | ring.own), np.asarray(beyond)


def _ring(
    of: NDArray[np.int64], turn: NDArray[np.int64], out: NDArray[np.float64], count: int
) -> _Ring:
    """The ring that the pieces of ``count`` strokes make.

    Args:
        of, turn, out: the stroke of each pixel, its direction, and how far out it lies.
    """
    ink_in = np.bincount(of * _TURNS + turn, minlength=count * _TURNS)
    lines = ink_in.reshape(count, _TURNS) >= _PIXELS
    own = lines.sum(axis=1) >= _ARC
    edge = np.full(_TURNS, np.inf)
    closed = lines[own].any(axis=0)
    if closed.sum() < _CLOSED:
        return _Ring(own, edge)
    rings = own[of]
    edge[closed] = 0.0
    np.maximum.at(edge, turn[rings], out[rings])
    return _Ring(own, edge)


def _is_writing(ink: Ink, heap: NDArray[np.int64]) -> bool:
    """True where strokes are more than a ring's loose end."""
    area, box = float(ink.boxes[heap, 4].sum()) / PX**2, box_of(ink, heap)
    if min(box.width, box.height) < _WRITTEN_MM or area < _WRITTEN_MM2:
        return False
    strokes = int((ink.boxes[heap, 4] >= _STROKE_MM2 * PX**2).sum())
    return strokes >= _WRITTEN_STROKES or area >= _MUCH_MM2
