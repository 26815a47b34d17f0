"""Which part of a set a QR code is (structured append, ISO/IEC 18004 §8): ZXing tells neither the
place nor the number, so the first twenty bits are read from the code's own modules.

The numbers of blocks are those of ISO/IEC 18004 table 9.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_BLOCKS = {
    "L": "1 1 1 1 1 2 2 2 2 4 4 4 4 4 6 6 6 6 7 8 8 9 9 10 12 12 12 13 14 15 16 17 18 19 19 20 21"
    " 22 24 25",
    "M": "1 1 1 2 2 4 4 4 5 5 5 8 9 9 10 10 11 13 14 16 17 17 18 20 21 23 25 26 28 29 31 33 35 37"
    " 38 40 43 45 47 49",
    "Q": "1 1 2 2 4 4 6 6 8 8 8 10 12 16 12 17 16 18 21 20 23 23 25 27 29 34 34 35 38 40 43 45 48"
    " 51 53 56 59 62 65 68",
    "H": "1 1 2 4 4 4 5 6 8 8 11 11 16 16 18 16 19 21 25 25 25 34 30 32 35 37 40 42 45 48 51 54 57"
    " 60 63 66 70 74 77 81",
}
"""Error correction level → blocks of versions 1 to 40."""

_STRUCTURED_APPEND = 3
_NUMERIC, _ALPHANUMERIC = 1, 2


@dataclass(frozen=True, slots=True)
class SetPart:
    """One code of a set.

    Attributes:
        index: its place, from 0.
        total: how many belong together; 0 where the header cannot be made out.
        parity: of the whole message, the same in all parts.
    """

    index: int
    total: int
    parity: int


UNSURE = SetPart(0, 0, 0)
"""The header is damaged: the code may be a part of something."""


def part_of(modules: NDArray[np.bool_], mask: int, level: str, unused: float) -> SetPart | None:
    """The part of a set that a QR code is, None where it stands alone.

    Args:
        modules: shape (size, size), True where dark, without quiet zone.
        mask: its data mask, 0 to 7; ``level`` its error correction level (L, M, Q, H).
        unused: share of the error correction that was not needed; at 1.0 no module is wrong.
    """
    size = modules.shape[0]
    blocks = int(_BLOCKS[level].split()[(size - 17) // 4 - 1])
    places = _order(size)[: (2 * blocks + 1) * 8]
    bits = [bool(modules[y, x]) ^ _MASKS[mask](y, x) for y, x in places]
    # The first three bytes of the first block: blocks take turns, byte by byte.
    first: list[bool] = []
    for byte in range(3):
        at = byte * 8 * blocks
        first += bits[at : at + 8]
    mode = _number(first[:4])
    if mode == _STRUCTURED_APPEND:
        index = _number(first[4:8])
        count = _number(first[8:12]) + 1
        parity = _number(first[12:20])
        return SetPart(index, count, parity)
    if unused < 1.0 and mode not in (_NUMERIC, _ALPHANUMERIC, 4, 5, 7, 8, 9):
        return UNSURE
    return None


def _number(bits: list[bool]) -> int:
    made = 0
    for bit in bits:
        made = 2 * made + bit
    return made


_MASKS = (
    lambda y, x: (y + x) % 2 == 0,
    lambda y, x: y % 2 == 0,
    lambda y, x: x % 3 == 0,
    lambda y, x: (y + x) % 3 == 0,
    lambda y, x: (y // 2 + x // 3) % 2 == 0,
    lambda y, x: y * x % 2 + y * x % 3 == 0,
    lambda y, x: (y * x % 2 + y * x % 3) % 2 == 0,
    lambda y, x: ((y + x) % 2 + y * x % 3) % 2 == 0,
)
"""Data masks by number: True where a module is inverted (§7.8.2)."""


@functools.lru_cache(maxsize=8)
def _order(size: int) -> list[tuple[int, int]]:
    """(row, column) of the data modules in the order of the bits (§7.7.3)."""
    taken = _function_patterns(size)
    found = []
    for y, x in _zigzag(size):
        if not taken[y, x]:
            found.append((y, x))
    return found


def _zigzag(size: int) -> Iterator[tuple[int, int]]:
    upward = True
    right = size - 1
    while right > 0:
        if right == 6:  # the column of the timing pattern
            right = 5
        rows = range(size - 1, -1, -1) if upward else range(size)
        for row in rows:
            yield row, right
            yield row, right - 1
        upward = not upward
        right -= 2


def _function_patterns(size: int) -> NDArray[np.bool_]:
    """True where a module carries no data."""
    taken = np.zeros((size, size), np.bool_)
    taken[:9, :9] = taken[:9, -8:] = taken[-8:, :9] = True
    taken[6, :] = taken[:, 6] = True
    version = (size - 17) // 4
    centres = _alignment(version, size)
    for y in centres:
        for x in centres:
            if (y, x) not in ((6, 6), (6, size - 7), (size - 7, 6)):
                taken[y - 2 : y + 3, x - 2 : x + 3] = True
    if version >= 7:
        taken[:6, -11:-8] = taken[-11:-8, :6] = True
    return taken


def _alignment(version: int, size: int) -> list[int]:
    """Rows and columns of the centres of the alignment patterns (annex E)."""
    if version == 1:
        return []
    count = version // 7 + 2
    step = 26
    if version != 32:
        step = (version * 4 + count * 2 + 1) // (count * 2 - 2) * 2
    return [6, *(size - 7 - step * place for place in range(count - 2, -1, -1))]
