"""Strokes that nobody wrote: what is left of print, and what machines leave on a form's page.

What is on most sheets (the edge's shadow, print that stands a little off, a FAX's sender line,
feeder lines, punch holes) is known by the strokes alone, at next to no cost. What is left then is
seldom; there :mod:`ocr.ink.silent` looks at the page without its print and its fields.
"""

from __future__ import annotations

import cv2
import numpy as np

from ocr.ink.fasteners import rims, staples
from ocr.ink.feeder_lines import along_line, feeder_line
from ocr.ink.heaps import Marked
from ocr.ink.residue import residue
from ocr.ink.sender_line import sender_line
from ocr.ink.silent import silence
from ocr.ink.strokes import Ink
from ocr.ink.toned import toned
from ocr.laid_sheet import Sheet
from ocr.place.blank import CANVAS_DPI, PX, pixels
from records.types import Gray

_EDGE_MM = 2.5
"""What reaches so wide a border of the sheet is its edge's shadow, or dirt from the feeder."""

_HOLE_MM, _HOLE_FILLED = (4.0, 8.0), 0.68
"""Sides of a punch hole's frame (ISO 838: 6 mm), and how much of it is black; of a full circle
0.785."""

_SILENT_SHARE = 0.5
"""A stroke with this share of its ink in what :mod:`ocr.ink.silent` knows is none of a person's."""


def dirt_in(sheet: Sheet, left: Marked) -> Marked:
    """Which of the strokes ``left`` nobody wrote."""
    ink = sheet.ink
    found = sender_line(ink, left)  # before the edge takes some of its characters
    found |= left & _at_edge(ink)
    found |= residue(sheet, left & ~found)
    found |= feeder_line(ink, left & ~found)
    found |= along_line(sheet, left & ~found)
    found |= toned(sheet, left & ~found)
    found |= rims(sheet, left & ~found)
    found |= staples(sheet, left & ~found)
    return np.asarray(found | _holes(ink, left & ~found))


def silent_in(sheet: Sheet, left: Marked, unowned: Marked) -> Marked:
    """Which of the strokes ``left`` :mod:`ocr.ink.silent` takes for what nobody wrote: staples, the
    edges of holes, folds, what shines through.

    It is shown the page without print and without the fields' strokes; those that are ``unowned``
    and known already are shown, for a hole is known by the other one of the pair. What it takes for
    dust may be a piece of a pencil's stroke: here it counts.
    """
    ink = sheet.ink
    made = silence(_without_fields(sheet, left, unowned), CANVAS_DPI)
    named = np.zeros(ink.written.shape, bool)
    for window in [pixels(mark.box, named, 0.3) for mark in made.marks]:
        named[window] = True
    at, of = ink.inked
    own = left[of]
    at, of = at[own], of[own]
    quiet = named.ravel()[at] & made.holds(at)
    share = np.bincount(of, quiet, len(left)) / np.maximum(np.bincount(of, minlength=len(left)), 1)
    return np.asarray(left & (share >= _SILENT_SHARE))


def _without_fields(sheet: Sheet, left: Marked, unowned: Marked) -> Gray:
    """The page without its print, but for what joins pieces that are ``left``, and without the
    fields' strokes."""
    ink = sheet.ink
    pieces = ink.mask_of(left)
    kept = cv2.morphologyEx(pieces, cv2.MORPH_CLOSE, np.ones((17, 17), np.uint8))
    printed = sheet.aligned.blank.near_print.view(np.uint8) & (1 - np.asarray(kept, np.uint8))
    known = cv2.dilate(ink.mask_of(~unowned), np.ones((5, 5), np.uint8))
    hidden = 255 * (printed | np.asarray(known, np.uint8))
    return np.asarray(cv2.max(ink.image, hidden), np.uint8)


def _at_edge(ink: Ink) -> Marked:
    """Strokes that reach the border of the sheet."""
    height, width = ink.written.shape
    edge = _EDGE_MM * PX
    left, top, wide, high = (ink.boxes[:, i] for i in range(4))
    beyond = (left + wide > width - edge) | (top + high > height - edge)
    return np.asarray((left < edge) | (top < edge) | beyond)


def _holes(ink: Ink, left: Marked) -> Marked:
    """Punch holes: round, and black all over."""
    wide, high, area = (ink.boxes[:, i] for i in (2, 3, 4))
    least, most = (side * PX for side in _HOLE_MM)
    size = (np.minimum(wide, high) >= least) & (np.maximum(wide, high) <= most)
    filled = area >= _HOLE_FILLED * wide * high
    return np.asarray(left & size & filled & (np.abs(wide - high) <= 0.8 * PX))
