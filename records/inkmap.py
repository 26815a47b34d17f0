"""Where ink lies on a page, in cells of half a millimetre: what is left of a sheet whose scan has lost
most of its strokes lies on the strokes of the same sheet, and on nobody else's.

:mod:`ocr.ink.inkprint` makes the cells.
"""

from __future__ import annotations

import base64
import math
import struct
import zlib

import numpy as np
from numpy.typing import NDArray

from records.errors import DocumentError
from records.types import Box

Cells = NDArray[np.bool_]

CELL_MM = 25.4 / 50
"""Side of a cell."""

_HEAD = struct.Struct(">HH")
_EFFORT = 6
"""Of zlib: the highest one makes the text a few per cent shorter and takes four times as long."""

_LEAST_CELLS = 60
"""With fewer inked cells a sheet may lie on another one by chance."""

_ON_STROKES = 0.97
"""Where a scan has lost strokes, this share of the cells that it has left, or more, lies on the
other's or beside them. Measured by ``python -m benchmarks.duplicates``: see docs/decisions.md."""


def packed(cells: Cells) -> str:
    """The cells as text, for the journal."""
    rows, columns = cells.shape
    body = _HEAD.pack(rows, columns) + np.packbits(cells).tobytes()
    return base64.b85encode(zlib.compress(body, _EFFORT)).decode("ascii")


def unpacked(text: str) -> Cells:
    """The cells that :func:`packed` wrote.

    Raises:
        DocumentError: the text is none of its.
    """
    try:
        body = zlib.decompress(base64.b85decode(text))
        rows, columns = _HEAD.unpack_from(body)
        bits = np.unpackbits(np.frombuffer(body, np.uint8, offset=_HEAD.size), count=rows * columns)
        return bits.reshape(rows, columns).astype(np.bool_)
    except (ValueError, zlib.error, struct.error) as error:
        raise DocumentError("damaged", "用紙の筆跡の控えが壊れています") from error


def cells_in(cells: Cells, box: Box) -> Cells:
    """The cells of one place on the page."""
    top, bottom = int(box.y / CELL_MM), math.ceil(box.bottom / CELL_MM)
    left, right = int(box.x / CELL_MM), math.ceil(box.right / CELL_MM)
    return cells[max(0, top) : bottom, max(0, left) : right]


def lies_on(one: Cells, other: Cells) -> tuple[int, int]:
    """How many cells the page with less ink has, and how many of them lie on the other's or right
    beside them."""
    if one.shape != other.shape:
        return 0, 0
    less, more = (one, other) if one.sum() <= other.sum() else (other, one)
    return int(less.sum()), int((less & _grown(more)).sum())


def is_mostly(cells: int, lying: int) -> bool:
    """True where so many of a page's cells lie on the other's as on two scans of one page."""
    return cells > 0 and lying >= _ON_STROKES * cells


def is_left_of(cells: int, lying: int) -> bool:
    """True where all pages' cells together, as :func:`lies_on` counts them, are what is left of
    the other sheet."""
    return cells >= _LEAST_CELLS and is_mostly(cells, lying)


def _grown(cells: Cells) -> Cells:
    """The cells and their neighbours."""
    wide = np.pad(cells, 1)
    across = wide[:, :-2] | wide[:, 1:-1] | wide[:, 2:]
    return np.asarray(across[:-2] | across[1:-1] | across[2:], np.bool_)
