"""Strokes that lie together: what touches when each is grown a little."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.ink.strokes import Ink
from ocr.place.blank import PX
from records.types import Box

Marked = NDArray[np.bool_]
"""One truth value a stroke, shape (n,) as :attr:`ocr.ink.strokes.Ink.boxes` counts them."""

_TOGETHER_MM = 2.0
"""Strokes are grown by this: what touches then is one note."""

_THIN_MM = 0.7
"""What is thinner as a whole is the edge of a printed rule: two characters are wider than a stroke."""


def together(ink: Ink, left: Marked) -> list[NDArray[np.int64]]:
    """Strokes put together by what touches when they are grown."""
    numbers = np.flatnonzero(left)
    coarse = np.zeros([round(side / PX) + 1 for side in ink.written.shape], np.uint8)
    for x, y, wide, high in (ink.boxes[numbers, :4] / PX).tolist():
        top, start = max(0, int(y - _TOGETHER_MM)), max(0, int(x - _TOGETHER_MM))
        coarse[top : int(y + high + _TOGETHER_MM) + 1, start : int(x + wide + _TOGETHER_MM) + 1] = 1
    _, joined = cv2.connectedComponents(coarse, connectivity=4)
    at = (ink.boxes[numbers, :2] / PX).astype(int)
    group = np.asarray(joined)[at[:, 1], at[:, 0]]
    return [numbers[group == one] for one in np.unique(group)]


def box_of(ink: Ink, strokes: NDArray[np.int64]) -> Box:
    """The box around strokes, mm."""
    stats = ink.boxes[strokes] / PX
    x, y = float(stats[:, 0].min()), float(stats[:, 1].min())
    right, bottom = (
        float((stats[:, 0] + stats[:, 2]).max()),
        float((stats[:, 1] + stats[:, 3]).max()),
    )
    return Box(x, y, right - x, bottom - y)


def is_thin(ink: Ink, strokes: NDArray[np.int64]) -> bool:
    """True where strokes are together no wider or no higher than a line."""
    box = box_of(ink, strokes)
    return min(box.width, box.height) < _THIN_MM
