"""Gray areas of the print that a black-and-white scan has made black, or black here and there."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.ink.heaps import Marked, box_of, together
from ocr.laid_sheet import Sheet
from ocr.place.blank import PX, pixels

_TONE, _TONE_DARK, _TONE_SHARE, _COARSE = 248, 0.015, 0.85, 3
"""Print that is darker than this is toned at least. Where so much of a sheet's tone has become
black, a stroke with that share on tone is none; one pixel in three each way is looked at."""

_TONE_SPECKS, _TONE_SPECK_MM = 0.005, 1.2
"""Where so much of the tone is black, what is shorter than this is a speck of it."""

_WHOLE_MM2 = 40.0
"""A stroke with so much ink on tone is the whole gray area, run together."""

_TONE_AROUND_MM, _TONE_LEAST_MM2, _TONE_CLEAN = 4.0, 6.0, 0.01
"""Where tone so far around strokes, so much of it at least, has less than this share of black, they
are none of it."""

_TONE_BLACK, _TONE_LIGHT, _SOLID_MM2 = 0.06, 0.12, 1.5
"""Where the whole sheet's tone and the tone around have less than these shares of black, strokes
with so much ink are none of it."""


def toned(sheet: Sheet, left: Marked) -> Marked:
    """Gray areas of the print that a black-and-white scan has made black, or black here and
    there."""
    ink, found = sheet.ink, np.zeros(len(left), bool)
    if ink.faint or not left.any():
        return found
    blank = sheet.aligned.blank
    coarse = np.s_[::_COARSE, ::_COARSE]
    paper = (blank.image[coarse] < _TONE) & ~blank.near_print[coarse]
    black = float(sheet.aligned.dark[coarse][paper].sum()) / max(1, paper.sum())
    if black < _TONE_SPECKS:
        return found
    for number in np.flatnonzero(left):
        x, y, wide, high, _ = (int(v) for v in ink.boxes[number])
        window = np.s_[y : y + high, x : x + wide]
        tone = blank.image[window][ink.labels[window] == number] < _TONE
        found[number] = tone.mean() >= _TONE_SHARE
    whole = ink.boxes[:, 4] >= _WHOLE_MM2 * PX**2
    large = found & ~whole & (ink.boxes[:, 2:4].max(axis=1) > _TONE_SPECK_MM * PX)
    for heap in together(ink, large):
        specked = _specks_about(sheet, heap)
        solid = ink.boxes[heap, 4] >= _SOLID_MM2 * PX**2
        if black < _TONE_DARK or specked < _TONE_CLEAN:
            found[heap] = False
        elif black < _TONE_BLACK and specked < _TONE_LIGHT:
            found[heap[solid]] = False
    return found


def _specks_about(sheet: Sheet, heap: NDArray[np.int64]) -> float:
    """Share of the tone about strokes that has become black, beside what is written there; 1 where
    nothing of it can be seen."""
    ink, blank = sheet.ink, sheet.aligned.blank
    window = pixels(box_of(ink, heap), ink.written, _TONE_AROUND_MM)
    printed = cv2.dilate(blank.near_print[window].view(np.uint8), np.ones((9, 9), np.uint8)) > 0
    tone = (blank.image[window] < _TONE) & ~printed
    stroke = ink.boxes[:, 2:4].max(axis=1) > _TONE_SPECK_MM * PX
    stroke[0] = False
    written = cv2.dilate(stroke[ink.labels[window]].view(np.uint8), np.ones((5, 5), np.uint8)) > 0
    tone &= ~written
    seen = int(tone.sum())
    if seen < _TONE_LEAST_MM2 * PX**2:
        return 1.0
    return float((sheet.aligned.dark[window] & tone).sum()) / seen
