"""Connected pieces of a page's darkness, measured over their pixels alone.

OpenCV's own statistics walk over the whole page, which takes five times as long.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Connected:
    """The pieces of a mask; number 0 is the ground.

    Attributes:
        numbers: the piece of each pixel.
        stats: shape (n, 5): left, top, width, height, area in pixels of each piece.
        at: the pixels of all pieces, flat places in the mask, in rising order; ``of`` the piece of
            each.
    """

    numbers: NDArray[np.int32]
    stats: NDArray[np.int32]
    at: NDArray[np.int64]
    of: NDArray[np.int32]

    def middles(self) -> NDArray[np.float64]:
        """Mean (x, y) of each piece's pixels, shape (n, 2); (0, 0) of the ground."""
        y, x = np.divmod(self.at, self.numbers.shape[1])
        count = len(self.stats)
        share = np.maximum(np.bincount(self.of, minlength=count), 1)
        sums = [np.bincount(self.of, axis, minlength=count) for axis in (x, y)]
        return np.stack(sums, axis=1) / share[:, None]


def connected(mask: NDArray[np.uint8], ways: int = 8) -> Connected:
    """Number the pieces of ``mask``, pixels that touch each other.

    Args:
        mask: contiguous; 0 is ground, everything else is a piece's.
        ways: 8 where a corner joins two pixels, 4 where it does not.
    """
    count, numbered = cv2.connectedComponents(mask, connectivity=ways)
    numbers = np.asarray(numbered, np.int32)
    height, width = mask.shape
    at = np.flatnonzero(mask != 0)  # of truth values: of bytes it takes six times as long
    of = numbers.ravel()[at]
    y, x = np.divmod(at.astype(np.int32), np.int32(width))
    left, top = np.full(count, width, np.int32), np.full(count, height, np.int32)
    right, bottom = np.zeros(count, np.int32), np.zeros(count, np.int32)
    for least, most, place in ((left, right, x), (top, bottom, y)):
        np.minimum.at(least, of, place)
        np.maximum.at(most, of, place)
    area = np.bincount(of, minlength=count).astype(np.int32)
    stats = np.stack([left, top, right - left + 1, bottom - top + 1, area], axis=1)
    stats[0] = 0, 0, width, height, width * height - len(at)
    return Connected(numbers, stats, at, of)
