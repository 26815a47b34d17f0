"""Lines down a page that dust on a scanner's glass makes, and folds across it."""

from __future__ import annotations

import numpy as np

from ocr.ink.heaps import Marked
from ocr.ink.strokes import Ink
from ocr.laid_sheet import Sheet
from ocr.place.blank import PX

_FEEDER_MM, _FEEDER_PIECE_MM, _FEEDER_BAND_MM = 45.0, 0.6, 0.5
"""Upright pieces that add up to so much in one straight band, each so long, are one feeder line."""

_LEANS = np.linspace(-0.08, 0.08, 33)
"""Slopes of a feeder line on a sheet that was fed askew and is straight again."""

_UPRIGHT_MM, _UPRIGHT, _THIN_MM, _MOST_PIECES = 1.5, 2.0, 0.5, 12
"""A piece of a line is so long, so many times longer than wide with specks that touch it, and so
thin in the mean; the longest ones are looked at."""

_ALONG_MM, _ALONG_SHARE, _BESIDE_MM = 45.0, 0.55, 1.2
"""Their line is looked for so far up and down, and is darker than paper over that share of it. What
else lies on it, and is no wider, is a piece of it."""

_FOLD_SHARE = 0.8
"""A fold is darker than paper over that share of the page's width."""

_PAPER = 215
"""What is darker than this is no paper."""


def feeder_line(ink: Ink, left: Marked) -> Marked:
    """Pieces of a thin straight line down the page that :func:`ocr.ink.strokes.find_ink` has left: dust on
    the scanner's glass. It leans as the sheet did."""
    wide, high, area = (ink.boxes[:, i] for i in (2, 3, 4))
    piece = left & (high >= _FEEDER_PIECE_MM * PX) & (high >= 1.5 * wide) & (area <= PX * high)
    numbers, found = np.flatnonzero(piece), np.zeros(len(left), bool)
    if high[numbers].sum() < _FEEDER_MM * PX:
        return found
    x, y = ink.centres[numbers].T / PX
    for lean in _LEANS:
        at = x + lean * y
        order = np.argsort(at)
        total = np.concatenate([[0], np.cumsum(high[numbers[order]])])
        start = np.searchsorted(at[order], at[order] - _FEEDER_BAND_MM)
        stop = np.searchsorted(at[order], at[order] + _FEEDER_BAND_MM, "right")
        best = int((total[stop] - total[start]).argmax())
        if total[stop[best]] - total[start[best]] >= _FEEDER_MM * PX:
            found[numbers[order[start[best] : stop[best]]]] = True
    return found


def along_line(sheet: Sheet, left: Marked) -> Marked:
    """Pieces of a line of which the rest was taken away, or is too light to be ink: an upright one
    of the feeder goes on over the paper above and below, a fold goes across the whole page."""
    upright = _on_line(sheet, left, True)
    return np.asarray(upright | _on_line(sheet, left & ~upright, False))


def _on_line(sheet: Sheet, left: Marked, upright: bool) -> Marked:
    """Strokes on upright lines, or on level ones."""
    ink, found = sheet.ink, np.zeros(len(left), bool)
    image, near_print = ink.image, sheet.aligned.blank.near_print
    wide, high, across, down = ink.boxes[:, 2], ink.boxes[:, 3], *ink.centres.T
    if not upright:
        image, near_print = image.T, near_print.T
        wide, high, across, down = high, wide, down, across
    thin = ink.boxes[:, 4] <= _THIN_MM * PX * high
    piece = left & thin & (high >= _UPRIGHT_MM * PX) & (high >= _UPRIGHT * wide)
    numbers = np.flatnonzero(piece)
    numbers = numbers[np.argsort(-high[numbers])][:_MOST_PIECES]
    darker = max(ink.faint, float(_PAPER))
    height, width = image.shape
    reach, least = (_ALONG_MM * PX, _ALONG_SHARE) if upright else (height, _FOLD_SHARE)
    for number in numbers:
        x, y = across[number], down[number]
        rows = np.arange(max(0, int(y - reach)), min(height, int(y + reach)))
        columns = np.rint(x + _LEANS[:, None] * (rows - y)).astype(int).clip(1, width - 2)
        paper = ~near_print[rows, columns]
        darkest = np.minimum(image[rows, columns - 1], image[rows, columns + 1])
        darkest = np.minimum(darkest, image[rows, columns])
        share = ((darkest < darker) & paper).sum(axis=1) / np.maximum(paper.sum(axis=1), 1)
        if share.max() >= least:
            lean = _LEANS[share.argmax()]
            off = np.abs(across - x - lean * (down - y))
            found |= left & (off < _FEEDER_BAND_MM * PX) & (wide <= _BESIDE_MM * PX)
    return found
