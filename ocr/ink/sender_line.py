"""The line that a FAX machine prints along the top or bottom of a page."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ocr.ink.heaps import Marked
from ocr.ink.strokes import Ink
from ocr.place.blank import PX

_HEADER_MM, _HEADER_LEAST, _HEADER_SPAN_MM = 14.0, 10, 40.0
"""A FAX's sender line: so near to the top or bottom, so many characters, over so much."""

_HEADER_LOW_MM, _HEADER_TALL_MM, _ALIKE_MM, _ALIKE_SHARE = 1.2, 3.2, 0.4, 0.6
"""Its characters are lower than a note's, and so many of them are equally high."""


def sender_line(ink: Ink, left: Marked) -> Marked:
    """The line that a FAX machine prints along the top or bottom: small characters of one height
    on one straight base line, as no hand writes them."""
    found = np.zeros(len(left), bool)
    height, band = ink.written.shape[0], _HEADER_MM * PX
    top, bottom = ink.boxes[:, 1], ink.boxes[:, 1] + ink.boxes[:, 3]
    for within in (bottom < band, top > height - band):
        line = np.flatnonzero(left & within & (ink.boxes[:, 3] < 4.0 * PX))
        found[_on_one_line(ink, line)] = True
    return found


def _on_one_line(ink: Ink, line: NDArray[np.int64]) -> NDArray[np.int64]:
    """Those strokes of ``line`` that are, or lie among, printed characters in a row; none where no
    such row is."""
    none = np.zeros(0, np.int64)
    tall = line[ink.boxes[line, 3] > _HEADER_LOW_MM * PX]
    x, base = ink.centres[tall, 0], (ink.boxes[tall, 1] + ink.boxes[tall, 3]).astype(float)
    if len(tall) < _HEADER_LEAST:
        return none
    fit = np.array([0.0, float(np.median(base))])
    near = np.ones(len(tall), bool)
    for reach in (1.5, 0.6, 0.4):
        near = np.abs(base - np.polyval(fit, x)) < reach * PX
        if near.sum() < _HEADER_LEAST:
            return none
        fit = np.polyfit(x[near], base[near], 1)
    high = ink.boxes[tall[near], 3]
    usual = float(np.median(high))
    alike = np.abs(high - usual) < _ALIKE_MM * PX
    spans = float(np.ptp(x[near])) >= _HEADER_SPAN_MM * PX
    if not spans or alike.mean() < _ALIKE_SHARE or usual > _HEADER_TALL_MM * PX:
        return none
    over = np.polyval(fit, ink.centres[line, 0]) - ink.centres[line, 1]
    among = (over > -0.5 * PX) & (over < usual + 0.3 * PX)
    among &= ink.centres[line, 0] > x[near].min() - 2 * PX
    among &= ink.centres[line, 0] < x[near].max() + 2 * PX
    return np.asarray(line[among], np.int64)
