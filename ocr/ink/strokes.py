"""Only what the person wrote: the blank's lines and print are taken away, the strokes that cross
them are kept.

What is dark well away from print is writing for certain. From there it is followed into the seam
along the print, and over a rule where it goes on at the other side. An empty box is thereby known
to be empty without reading it.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.ink.connected import connected
from ocr.place.align import Aligned, ink_level
from ocr.place.blank import PX, Blank, Each, pixels
from records.types import Box, Gray

_SEAM_MM = 0.42
"""Dark pixels this near to print are writing only if they hang together with writing farther
off."""

_SPECK_MM2 = 0.05
"""Smaller islands are FAX speckle or dust."""

_LEAST_TWO_MM = 6.5
"""A stroke that is two characters of two boxes is at least so high."""

FAINT, FAINT_MM = 0.5, 0.8
"""How far from ink to paper (255) faint strokes reach, and how far they are followed from ink."""

AROUND = np.ones((3, 3), np.uint8)


@dataclass(frozen=True, eq=False)
class Ink:
    """What was written on a page, as connected strokes.

    Attributes:
        image: the aligned scan, gray.
        written: True where a person's ink is, canvas pixels.
        labels: stroke number of each pixel, 0 for none.
        boxes: shape (n, 5): left, top, width, height, area in pixels of each stroke; row 0 is the
        background.
        centres: shape (n, 2): (x, y) in pixels.
        faint: strokes go on where the image is darker than this; 0 where the scan knows no grays.
        printed: True near the blank's print; None where nobody knows.
    """

    image: Gray
    written: NDArray[np.bool_]
    labels: NDArray[np.int32]
    boxes: NDArray[np.int32]
    centres: NDArray[np.float64]
    faint: float = 0.0
    printed: NDArray[np.bool_] | None = None

    @functools.cached_property
    def inked(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """The pixels of all strokes: flat places on the canvas, and the stroke of each."""
        at = np.flatnonzero(self.written)
        return at, self.labels.ravel()[at]

    def mask_of(self, chosen: NDArray[np.bool_]) -> NDArray[np.uint8]:
        """1 where one of the ``chosen`` strokes is; one truth value a stroke."""
        at, of = self.inked
        mask = np.zeros(self.labels.shape, np.uint8)
        mask.ravel()[at[chosen[of]]] = 1
        return mask

    def amount(self, box: Box, margin: float = 0.0) -> float:
        """Written area in mm² inside ``box`` grown by ``margin`` mm."""
        return float(self.written[pixels(box, self.written, margin)].sum()) / PX**2

    def with_faint(self, window: tuple[slice, slice], mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """``mask`` of strokes in ``window`` with the thin parts of a pencil's strokes that hang on
        to them.

        What is too light to be ink for certain leaves gaps in strokes, and horizontal ones vanish
        in FAX of 200 dpi. It is averaged over 3 x 3 pixels, so that grain is none of it, and
        followed for :data:`FAINT_MM`, but not into other strokes.
        """
        if not self.faint:
            return mask
        room = (cv2.blur(self.image[window], (3, 3)) < self.faint) & (self.labels[window] == 0)
        mask = np.ascontiguousarray(mask)
        for _ in range(round(FAINT_MM * PX)):
            grown = cv2.dilate(mask, AROUND) & (room | (mask > 0))
            if np.array_equal(grown, mask):
                break
            mask = np.asarray(grown, np.uint8)
        return mask

    def strokes_in(self, box: Box, others: Iterable[Box] = ()) -> NDArray[np.int64]:
        """Numbers of the strokes that belong to ``box``: mostly inside, or reaching out of it into
        no other box."""
        rows, columns = pixels(box, self.written)
        numbers, inside = np.unique(self.labels[rows, columns], return_counts=True)
        chosen = []
        rivals = [pixels(other, self.written) for other in others]
        for number, count in zip(numbers, inside, strict=True):
            if number == 0:
                continue
            area = int(self.boxes[number, 4])
            if count >= 0.5 * area:
                chosen.append(int(number))
                continue
            if count < 0.12 * area:
                continue
            held = max((int((self.labels[r] == number).sum()) for r in rivals), default=0)
            if count > held:
                chosen.append(int(number))
        return np.asarray(chosen, dtype=np.int64)


def find_ink(
    aligned: Aligned, coarse_mm: float = 0.13, each: Each = map, gray: bool = False
) -> Ink:
    """Take the blank's print away from an aligned scan.

    Args:
        coarse_mm: the coarser pixel pitch of the source; FAX standard has 0.26 mm.
        each: how parts of the work are done that do not need each other.
        gray: the scan knows shades between ink and paper.
    """
    dark = aligned.dark.view(np.uint8)
    tight_mm = max(0.16, 0.8 * coarse_mm)
    tight = _grown_print(aligned.blank, _kernel(tight_mm))
    wide = _grown_print(aligned.blank, _kernel(max(_SEAM_MM, tight_mm + 0.2)))
    sure = dark & (1 - wide)
    near = dark & (1 - tight) & _grown(sure, _kernel(0.6))
    written = sure | near
    written |= _bridges(written, dark, tight, tight_mm, each)
    written &= 1 - _streaks(written, each)
    ink = replace(_islands(aligned.image, written), printed=aligned.blank.near_print)
    if not gray:
        return ink
    level = ink_level(aligned.image[::2, ::2])
    return replace(ink, faint=level + FAINT * (255 - level))


def parted(ink: Ink, places: Sequence[Box]) -> Ink:
    """The same ink, where a stroke that fills two boxes, one above the other, is two: the 1 of a
    postal code runs into the 5 of the address below it, and one of the two fields would lose its
    digit. Overwrites what is known of that stroke.

    Args:
        places: where something may be written.
    """
    tall = np.flatnonzero(ink.boxes[1:, 3] > _LEAST_TWO_MM * PX) + 1
    boxes, centres = [ink.boxes], [ink.centres]
    count = len(ink.boxes)
    for number in tall.tolist():
        left, top, wide, high, _ = (int(v) for v in ink.boxes[number])
        window = ink.labels[top : top + high, left : left + wide]
        if not (window == number).any():
            continue
        filled = sorted({b for b in places if _fills(ink, number, b)}, key=lambda b: b.y)
        if len(filled) != 2 or filled[0].bottom > filled[1].y + 1.0:
            continue
        edge = round((filled[0].bottom + filled[1].y) / 2 * PX) - top
        for part, start, stop in ((number, 0, edge), (count, edge, high)):
            ys, xs = np.nonzero(window[start:stop] == number)
            ys += start
            window[ys, xs] = part
            made = [
                left + int(xs.min()),
                top + int(ys.min()),
                int(np.ptp(xs)) + 1,
                int(np.ptp(ys)) + 1,
                len(ys),
            ]
            middle = [left + float(xs.mean()), top + float(ys.mean())]
            if part == number:
                boxes[0][number], centres[0][number] = made, middle
            else:
                boxes.append(np.asarray([made], np.int32))
                centres.append(np.asarray([middle]))
        count += 1
    return (
        replace(ink, boxes=np.concatenate(boxes), centres=np.concatenate(centres))
        if count > len(ink.boxes)
        else ink
    )


def _fills(ink: Ink, number: int, box: Box) -> bool:
    """True where the part of a stroke inside ``box`` is as high as a character there."""
    left, top, wide, high, area = (float(v) for v in ink.boxes[number])
    if (
        left > box.right * PX
        or left + wide < box.x * PX
        or top > box.bottom * PX
        or top + high < box.y * PX
    ):
        return False
    ys, _ = np.nonzero(ink.labels[pixels(box, ink.labels)] == number)
    return len(ys) >= 0.25 * area and float(np.ptp(ys)) >= 0.55 * min(box.height, 7.0) * PX


def _kernel(by_mm: float) -> int:
    """Side in pixels of what a mask is dilated with to grow by so many mm."""
    return 2 * max(1, round(by_mm * PX)) + 1


def _grown(mask: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    return np.asarray(
        cv2.dilate(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))), np.uint8
    )


@functools.lru_cache(maxsize=8)
def _grown_print(blank: Blank, size: int) -> NDArray[np.uint8]:
    """The blank's print grown; kept for the forms that came last."""
    return _grown(blank.print_mask.view(np.uint8), size)


def _bridges(
    written: NDArray[np.uint8],
    dark: NDArray[np.uint8],
    tight: NDArray[np.uint8],
    tight_mm: float,
    each: Each,
) -> NDArray[np.uint8]:
    """Dark pixels under the print that join writing on both sides of a rule (0.2-0.5 mm thick)."""
    span = 2 * round((2 * tight_mm + 0.55) * PX / 2) + 1
    slant = np.eye(span, dtype=np.uint8)
    lines = (
        np.ones((span, 1), np.uint8),
        np.ones((1, span), np.uint8),
        slant,
        np.ascontiguousarray(slant[::-1]),
    )
    joined = np.zeros_like(written)
    for closed in each(lambda line: cv2.morphologyEx(written, cv2.MORPH_CLOSE, line), lines):
        joined |= np.asarray(closed, np.uint8)
    return joined & dark & tight


def _islands(image: Gray, written: NDArray[np.uint8]) -> Ink:
    """Number the strokes and leave out the smaller ones; overwrites ``written``."""
    strokes = connected(written)
    small = strokes.stats[:, 4] < _SPECK_MM2 * PX**2
    dropped = strokes.at[small[strokes.of]]
    strokes.numbers.ravel()[dropped] = 0
    written.ravel()[dropped] = 0
    return Ink(image, written.view(np.bool_), strokes.numbers, strokes.stats, strokes.middles())


def _streaks(written: NDArray[np.uint8], each: Each = map) -> NDArray[np.uint8]:
    """Thin straight lines down or across the page: dust on the scanner's glass, a fold.

    A line counts when straight runs of 6 mm and more cover 60 mm of a band 3 mm wide, or half the
    page where it runs across: people cross lines of writing out, often with two lines, and that
    must not go for dirt. It may lean a little.
    """
    run, band = round(6 * PX), round(1.5 * PX)

    def found(down: bool) -> NDArray[np.uint8] | None:
        ink = written if down else np.asarray(cv2.transpose(written), np.uint8)
        wide = np.asarray(cv2.dilate(ink, np.ones((1, 3), np.uint8)), np.uint8)
        least = 60 * PX if down else max(60 * PX, 0.5 * written.shape[1])
        # what all ink cannot add up to, thin ink cannot, and most pages end here
        if not _may_streak(wide, ink, run, band, least):
            return None
        thick = np.asarray(
            cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((1, round(0.6 * PX)), np.uint8)), np.uint8
        )
        thin = ink & (1 - thick)
        if not _may_streak(wide, thin, run, band, least):
            return None
        thin &= np.asarray(
            cv2.morphologyEx(wide, cv2.MORPH_OPEN, np.ones((run, 1), np.uint8)), np.uint8
        )
        covered = np.asarray(cv2.dilate(thin, np.ones((1, 2 * band + 1), np.uint8)), np.uint8).sum(
            axis=0, dtype=np.float64
        )
        hit = thin * (covered >= least).astype(np.uint8)
        return hit if down else np.asarray(cv2.transpose(hit), np.uint8)

    streaks = np.zeros_like(written)
    for part in each(found, (True, False)):
        if part is not None:
            streaks |= part
    return streaks


def _may_streak(
    wide: NDArray[np.uint8], thin: NDArray[np.uint8], run: int, band: int, least: float = 60 * PX
) -> bool:
    """False where the thin ink in runs down the page cannot add up to ``least`` pixels in any band:
    so it is on most pages.

    The page is cut into strips, each a sixth of a run high. A run fills at least five strips one
    below the other and reaches into the strip before and the one after; beyond the page's edge all
    counts as ink.

    Args:
        wide: the ink, a little wider, so that a line may lean.
        thin: the ink that is no thick stroke.
    """
    strip, width = run // 6, wide.shape[1]
    lacking = -len(wide) % strip
    filled, inked = (
        way.reduce(
            cv2.copyMakeBorder(a, 0, lacking, 0, 0, cv2.BORDER_CONSTANT, value=(beyond,)).reshape(
                -1, strip, width
            ),
            axis=1,
            dtype=np.uint8,
        )
        for way, a, beyond in ((np.bitwise_and, wide, 1), (np.add, thin, 0))
    )
    crossed = cv2.dilate(
        cv2.morphologyEx(filled, cv2.MORPH_OPEN, np.ones((5, 1), np.uint8)),
        np.ones((3, 1), np.uint8),
    )
    most = (inked * np.asarray(crossed, np.uint8)).sum(axis=0, dtype=np.float64)
    return bool((np.convolve(most, np.ones(2 * band + 1), "same") >= least).any())
