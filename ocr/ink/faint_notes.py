"""Pencil notes of which a gray scan has made little ink, and shadows that look like them."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.ink.heaps import box_of, is_thin
from ocr.laid_sheet import Sheet
from ocr.place.blank import PX, pixels

_SEED_MM2, _SEED_PIECES, _FAINT_MM2, _FAINT_AROUND_MM = 0.15, 2, 2.0, 1.5
"""So little ink in so many pieces is a note all the same, where so much that is lighter than ink
lies about it."""

_ONE_SEED_MM2, _WIDE_MM, _WIDE_FAINT_MM2 = 0.1, 3.5, 4.0
"""One piece is enough where so much more of it lies so far about. About a speck of dust lay up to
0.5 mm², in print that shines through up to 2.7, about the only dark piece of a note 5.0."""

_SPREAD_MM = 0.7
"""Characters of 3 mm lie about their middle with such a deviation; a feeder line does not."""

_DARKER = 25
"""So much darker than the blank: gray areas of the print are lighter than ink as well."""

_SHADED_MM, _SHADED, _STANDS_OUT = 1.0, 245.0, 55.0
"""Paper so far about strokes, of 255, is no lighter than this in a shadow; a pencil's strokes are
so much darker than the paper about them. The faintest ones looked at were 68 darker, on paper of
253; grains of a fold's shadow were 43 darker, on 237."""

_BESIDE_INK = np.ones((7, 7), np.uint8)
"""So near to ink, paper is a stroke's blurred edge."""


def is_faint_note(sheet: Sheet, note: NDArray[np.int64]) -> bool:
    """True where pieces are the darkest of something lighter: a pencil's strokes, of which a scan
    has made no more."""
    ink = sheet.ink
    if not ink.faint:
        return False
    seed = float(ink.boxes[note, 4].sum()) / PX**2
    pieces = len(note) >= _SEED_PIECES and seed >= _SEED_MM2
    if pieces and not is_thin(ink, note):
        about = _lighter(sheet, note, _FAINT_AROUND_MM)
        if about.sum() >= _FAINT_MM2 * PX**2:
            return True
    return seed >= _ONE_SEED_MM2 and _is_word(_lighter(sheet, note, _WIDE_MM))


def _is_word(lighter: NDArray[np.bool_]) -> bool:
    """True where what is lighter than ink is enough for characters, and no line."""
    if lighter.sum() < _WIDE_FAINT_MM2 * PX**2:
        return False
    ys, xs = np.nonzero(lighter)
    return bool(min(ys.std(), xs.std()) >= _SPREAD_MM * PX)


def _lighter(sheet: Sheet, note: NDArray[np.int64], around: float) -> NDArray[np.bool_]:
    """Where it is darker than the blank and lighter than ink about pieces, so far ``around`` them
    in mm."""
    ink, blank = sheet.ink, sheet.aligned.blank
    window = pixels(box_of(ink, note), ink.written, around)
    seen = cv2.blur(ink.image[window], (3, 3))
    lighter = (seen < ink.faint) & ~blank.near_print[window]
    lighter &= seen.astype(np.int16) < blank.image[window].astype(np.int16) - _DARKER
    labels = ink.labels[window]
    lighter &= (labels == 0) | np.isin(labels, note)
    return np.asarray(lighter)


def is_shadow(sheet: Sheet, note: NDArray[np.int64]) -> bool:
    """True where the paper about strokes is dark itself, and they are no more than its darkest
    grains: the shadow of a fold or a hand on a photo."""
    ink = sheet.ink
    if not ink.faint:
        return False
    window = pixels(box_of(ink, note), ink.written, _SHADED_MM)
    inked = ink.written[window] & ~sheet.aligned.blank.near_print[window]
    beside = cv2.dilate(ink.written[window].view(np.uint8), _BESIDE_INK) == 0
    paper = ink.image[window][beside & ~sheet.aligned.blank.near_print[window]]
    if not len(paper) or not inked.any():
        return False
    around = float(np.median(paper))
    darkest = float(np.percentile(ink.image[window][inked], 20))
    return around <= _SHADED and around - darkest < _STANDS_OUT
