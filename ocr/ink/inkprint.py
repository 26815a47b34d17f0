"""What is written in a page's fields as a thousand bits: the same sheet scanned again has nearly the
same ones, whatever machine scanned it, and another sheet does not.

The page is aligned to its blank and its print is taken away already, so what is left is the
writing, each stroke in its place to some tenths of a millimetre. It is averaged over a stroke's
width, the slow part is taken away (people write in the same places), and the rest is projected on
random directions; each bit is a sign. The angle between two sheets is the share of bits that
differ (Charikar, "Similarity Estimation Techniques from Rounding Algorithms", STOC 2002). The
directions are rows of a Hadamard matrix after random signs and a random order, so that a page costs
two milliseconds and no table.

Bits tell which sheets may be one. Where a scan has lost most of its strokes, the cells that are left
tell it (:mod:`records.inkmap`).
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.laid_sheet import Sheet
from ocr.place.blank import PX, windows
from records.inkmap import CELL_MM, packed
from records.types import Gray

BITS = 1024

_CELL = 8
"""Canvas pixels: one mm, about."""
_FINE_CELLS, _SLOW_CELLS = 0.8, 2.5
"""Sigmas: of a stroke's width, in half cells; of what is slow, in cells."""
_FINE = round(CELL_MM * PX)
"""Canvas pixels: half a cell."""
_INKED = 64
"""A fine cell is ink where its mean, 0 to 255, is higher."""
_AROUND_MM = 1.0
_LEAST_MM2 = 12.0
"""With less ink than this, two sheets differ in nothing that could be told from dirt."""


@dataclass(frozen=True, slots=True)
class InkPrint:
    """What a page is known by when it comes again; both empty where hardly anything is written.

    Attributes:
        bits: :data:`BITS` of them, hex.
        strokes: where ink is (:func:`records.inkmap.packed`).
    """

    bits: str = ""
    strokes: str = ""


def ink_print(sheet: Sheet) -> InkPrint:
    """The writing in a page's fields."""
    fields = _fields(sheet)
    written = sheet.ink.written.view(np.uint8)
    own = np.asarray(cv2.bitwise_and(fields, fields, mask=written), np.uint8)
    if cv2.countNonZero(own) / PX**2 < _LEAST_MM2:
        return InkPrint()
    cells = _fine_cells(own)
    return InkPrint(_bits(cells, fields), packed(cells > _INKED))


def _fields(sheet: Sheet) -> Gray:
    """255 in and right around the fields of a page."""
    fields = np.zeros(sheet.ink.written.shape, np.uint8)
    around = [(box, _AROUND_MM) for box in sheet.places]
    for window in windows(around, fields):
        fields[window] = 255
    return fields


def _fine_cells(own: Gray) -> Gray:
    """How much ink is in each cell of :data:`_FINE` pixels: 255 where all of it is."""
    high, wide = (side // _FINE for side in own.shape)
    cells = own[: high * _FINE, : wide * _FINE]
    return np.asarray(cv2.resize(cells, (wide, high), interpolation=cv2.INTER_AREA), np.uint8)


def _bits(cells: Gray, fields: Gray) -> str:
    high, wide = (side // _CELL * _CELL for side in fields.shape)
    whole = (wide // _CELL, high // _CELL)
    small = cells[: high // _FINE, : wide // _FINE].astype(np.float32)
    soft = cv2.GaussianBlur(small, (0, 0), _FINE_CELLS)
    fine = cv2.resize(soft, whole, interpolation=cv2.INTER_AREA)
    slow = cv2.GaussianBlur(fine, (0, 0), _SLOW_CELLS)
    middle = _CELL // 2
    inside = fields[middle:high:_CELL, middle:wide:_CELL] > 0
    return bytes(np.packbits(_signs((fine - slow)[inside]))).hex()


def _signs(values: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which side of each of :data:`BITS` random planes the values lie on."""
    room = max(BITS, 1 << int(values.size - 1).bit_length())
    turns, order, chosen = _directions(room)
    mixed = np.zeros(room, np.float32)
    mixed[: values.size] = values
    mixed = (mixed * turns)[order]
    step = 1
    while step < room:
        pairs = mixed.reshape(-1, 2, step)
        mixed = np.stack([pairs[:, 0] + pairs[:, 1], pairs[:, 0] - pairs[:, 1]], 1).reshape(-1)
        step *= 2
    return np.asarray(mixed[chosen] > 0)


@functools.lru_cache(maxsize=4)
def _directions(room: int) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.int64]]:
    """Signs, an order, and the rows of the Hadamard matrix that are asked for; the same for ever."""
    chance = np.random.default_rng(room)
    turns = chance.choice(np.asarray([-1, 1], np.float32), room)
    return turns, chance.permutation(room), chance.permutation(room)[:BITS]
