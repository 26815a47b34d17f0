"""Rules of letter paper and the squares of 原稿用紙, taken off before a letter is read."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.place.align import ink_level
from records.types import MM_PER_INCH, Gray

_RUN_MM, _LEAST_MM = 6.0, 40.0
"""A rule runs on for this long without a break, and is so long in all."""

_BREAK_MM, _STEP = 8.0, 7
"""Parts of one rule are so near to one another, and a step of a leaning one so high, pixels."""

_THICK_MM, _LEAN = 0.7, 0.03
"""A rule is no thicker on average, and leaves its line by no more than this share of its length."""

_ACROSS = 9
"""Pixels from a rule's ink to the stroke that it may be part of."""

_PAPER = 255


def without_rules(image: Gray, dpi: float) -> Gray:
    """The page without long thin lines; strokes that cross one stay whole.

    Args:
        image: gray, nearly upright, paper evened out.
    """
    dark = image < ink_level(image)
    pixels = dpi / MM_PER_INCH
    lying = _rules(dark, pixels)
    standing = _rules(dark.T, pixels).T
    if not lying.any() and not standing.any():
        return image
    rest = dark & ~lying & ~standing
    gone = _uncrossed(lying, rest) | _uncrossed(standing.T, rest.T).T
    # the soft edge of a rule goes with it, that of a stroke stays
    edge = cv2.dilate(gone.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    near = cv2.dilate(rest.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return np.where(gone | (edge & ~near & ~rest), _PAPER, image).astype(np.uint8)


def _rules(dark: NDArray[np.bool_], pixels: float) -> NDArray[np.bool_]:
    """Ink of the rules that lie."""
    ink = dark.astype(np.uint8)
    # a rule that leans a little climbs by a pixel now and then
    broad = cv2.dilate(ink, np.ones((3, 1), np.uint8))
    run = np.ones((1, max(3, round(_RUN_MM * pixels))), np.uint8)
    runs = cv2.morphologyEx(broad, cv2.MORPH_OPEN, run)
    bridge = np.ones((_STEP, max(3, round(_BREAK_MM * pixels))), np.uint8)
    joined = cv2.dilate(runs, bridge)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    found = (runs > 0) & dark
    areas = np.bincount(labels[found], minlength=count)
    long = stats[:, 2] >= _LEAST_MM * pixels
    straight = stats[:, 3] <= np.maximum(2 * _THICK_MM * pixels + 2 * _STEP, _LEAN * stats[:, 2])
    thin = areas <= _THICK_MM * pixels * np.maximum(1, stats[:, 2])
    rules = long & straight & thin
    rules[0] = False
    ruled = found & rules[labels]
    return np.asarray(ruled | _between(dark & ~ruled, rules[labels]), np.bool_)


def _between(rest: NDArray[np.bool_], band: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """What is left of a leaning rule between its parts: ink that lies in its band alone."""
    count, parts = cv2.connectedComponents(rest.astype(np.uint8), connectivity=8)
    whole = np.bincount(parts[rest], minlength=count)
    inside = np.bincount(parts[rest & band], minlength=count)
    only = (whole > 0) & (inside == whole)
    return np.asarray(only[parts], np.bool_)


def _uncrossed(rules: NDArray[np.bool_], rest: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Ink of lying rules but for where a stroke runs through from above to below."""
    ink = rest.astype(np.uint8)
    reach = np.ones((_ACROSS, 1), np.uint8)
    above = cv2.dilate(ink, reach, anchor=(0, _ACROSS - 1)) > 0
    below = cv2.dilate(ink, reach, anchor=(0, 0)) > 0
    return rules & ~(above & below)
