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

DOT_MM2 = 0.17
"""A FAX speck of 3 x 2 pixels has up to 0.15 mm² once it is warped, the dot of a pen 0.2."""

_LEAST_LINE_MM = 1.4
"""What is lower than this beside real lines is what is left of a dotted rule."""

_LEAST_TWO_MM = 6.5
"""A stroke that is two characters of two boxes is at least so high."""

_LEAST_INK_MM2 = 0.45
"""A line of a ruled box has this much ink: a full stop has one and more."""

_FLAT_MM, _BY_RULE_MM, _SEVERAL = 0.6, 0.8, 3
"""So many strokes that are so flat and so near a dotted rule, side by side, are dots that were not
taken away with it."""

FAINT, FAINT_MM = 0.5, 0.8
"""How far from ink to paper (255) faint strokes reach, and how far they are followed from ink."""

_AROUND = np.ones((3, 3), np.uint8)

_FAR_MM, _POINT_MM, _MOST_POINTS, _SPECK_LEVEL = 6.0, 1.0, 6, 160
"""How far from the characters of a line a speck is none of it; how large a light point is; how many
a line has that is not dirty; how dark one is where the scan knows no grays."""

_AROUND_POINT = np.ones((9, 9), np.uint8)

OVERFLOW_MM = 3.5
"""Writing is followed this far out of its box."""


RUN_ON_MM = 9.0
"""Characters that stand behind their box are followed this far."""


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
            grown = cv2.dilate(mask, _AROUND) & (room | (mask > 0))
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
        thick = np.asarray(
            cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((1, round(0.6 * PX)), np.uint8)), np.uint8
        )
        thin = ink & (1 - thick)
        least = 60 * PX if down else max(60 * PX, 0.5 * written.shape[1])
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


@dataclass(frozen=True, eq=False)
class Crop:
    """One line of writing, cut out: dark ink on pure white, with nothing else in it.

    Attributes:
        image: gray, as tall as the writing plus a small border.
        place: where on the blank, mm.
        overflow: mm by which the writing leaves its box.
        marks: strokes in it.
    """

    image: Gray
    place: Box
    overflow: float
    marks: int


def cut(ink: Ink, box: Box, others: Sequence[Box] = (), pad: float = 0.5) -> Crop | None:
    """The writing that belongs to ``box`` as one picture; None where nothing is written."""
    strokes = ink.strokes_in(box, others)
    return (
        cut_strokes(ink, running_on(ink, strokes, box, others), box, pad)
        if _enough(ink, strokes)
        else None
    )


def running_on(
    ink: Ink, strokes: NDArray[np.int64], box: Box, others: Sequence[Box]
) -> NDArray[np.int64]:
    """``strokes`` of a box with those behind its right end that go on in the same line: the last
    character of an address that was too long stands in nobody's box. Each is as near to the one
    before it as characters are, and no higher than it may be."""
    found, edge = list(strokes.tolist()), box.right * PX
    left, right = ink.boxes[:, 0], ink.boxes[:, 0] + ink.boxes[:, 2]
    middle = ink.centres[:, 1]
    near = (
        (left > edge - PX)
        & (right < edge + RUN_ON_MM * PX)
        & (middle > (box.y - 1) * PX)
        & (middle < (box.bottom + 1) * PX)
    )
    near &= (ink.boxes[:, 4] >= DOT_MM2 * PX**2) & (ink.boxes[:, 3] < 1.2 * box.height * PX)
    left_over = [
        int(n)
        for n in np.flatnonzero(near)
        if n and n not in found and not _is_of(ink, int(n), others)
    ]
    for number in sorted(left_over, key=lambda n: int(left[n])):
        before = [
            n
            for n in found
            if right[n] > edge - 4 * PX
            and middle[n] - 0.6 * ink.boxes[n, 3] - PX
            < middle[number]
            < middle[n] + 0.6 * ink.boxes[n, 3] + PX
        ]
        if before and left[number] - max(right[n] for n in before) < max(
            1.5 * PX, 0.7 * max(ink.boxes[n, 3] for n in before)
        ):
            found.append(number)
    return np.asarray(found, dtype=np.int64)


def _is_of(ink: Ink, number: int, others: Sequence[Box]) -> bool:
    """True where the middle of a stroke lies in one of ``others``."""
    x, y = ink.centres[number] / PX
    return any(o.x - 0.5 <= x <= o.right + 0.5 and o.y - 0.5 <= y <= o.bottom + 0.5 for o in others)


def _enough(ink: Ink, strokes: NDArray[np.int64]) -> bool:
    """More than dust: 0.25 mm² of ink in strokes, or one stroke longer than 1.2 mm. Specks never
    add up to a stroke."""
    if not len(strokes):
        return False
    stats = ink.boxes[strokes]
    areas = stats[:, 4]
    return bool(
        areas[areas >= DOT_MM2 * PX**2].sum() >= 0.25 * PX**2 or stats[:, 2:4].max() >= 1.2 * PX
    )


def cut_strokes(ink: Ink, strokes: NDArray[np.int64], box: Box, pad: float = 0.5) -> Crop:
    """The given strokes as one picture, no farther than 3.5 mm out of ``box``."""
    rows, columns = pixels(box, ink.written, OVERFLOW_MM)
    stats = ink.boxes[strokes]
    left, top = max(int(stats[:, 0].min()), columns.start), max(int(stats[:, 1].min()), rows.start)
    right = int((stats[:, 0] + stats[:, 2]).max())
    if not (stats[:, 0] > columns.stop - OVERFLOW_MM * PX).any():  # nothing begins behind the box
        right = min(right, columns.stop)
    bottom = min(int((stats[:, 1] + stats[:, 3]).max()), rows.stop)
    margin = max(2, round(pad * PX))
    y0, y1 = max(0, top - margin), min(ink.image.shape[0], bottom + margin)
    x0, x1 = max(0, left - margin), min(ink.image.shape[1], right + margin)
    mask = np.isin(ink.labels[y0:y1, x0:x1], strokes).astype(np.uint8)
    mask[: max(0, rows.start - y0)] = 0
    image = on_white(ink.image[y0:y1, x0:x1], ink.with_faint((slice(y0, y1), slice(x0, x1)), mask))
    place = Box(left / PX, top / PX, max(0.1, (right - left) / PX), max(0.1, (bottom - top) / PX))
    over = max(
        0.0, box.x - place.x, box.y - place.y, place.right - box.right, place.bottom - box.bottom
    )
    return Crop(image, place, over, len(strokes))


def with_points(ink: Ink, crop: Crop, strokes: NDArray[np.int64]) -> Crop:
    """A line of writing with the points in it that are too light or too small to be ink for certain,
    and without specks far from its characters.

    A point, a colon's two dots or a middle dot are the smallest ink there is, and alone; what is as
    small between two characters of a line is one more often than it is dust. A line with many such
    is a dirty one, and keeps what it had.
    """
    stats = ink.boxes[strokes]
    real = stats[(stats[:, 4] >= 2 * DOT_MM2 * PX**2) | (stats[:, 2:4].max(axis=1) >= 1.5 * PX)]
    if not len(real):
        return crop
    far = [int(n) for n, row in zip(strokes, stats, strict=True) if _far_off(row, stats)]
    kept = strokes[~np.isin(strokes, far)]
    made = crop if not far else replace(cut_strokes(ink, kept, crop.place), overflow=crop.overflow)
    return _with_light_points(ink, made, real)


def _far_off(row: NDArray[np.int32], stats: NDArray[np.int32]) -> bool:
    """True for a speck that lies far from every other stroke of its line: the pieces of a light
    character are as small, but they lie together."""
    if row[4] >= DOT_MM2 * PX**2 or row[2:4].max() >= 0.8 * PX:
        return False
    gaps = np.maximum(stats[:, 0] - row[0] - row[2], row[0] - stats[:, 0] - stats[:, 2])
    return int((gaps <= _FAR_MM * PX).sum()) == 1


def _with_light_points(ink: Ink, crop: Crop, real: NDArray[np.int32]) -> Crop:
    """The same line with its light points drawn as dark as its ink."""
    top, left = round(crop.place.y * PX), round(crop.place.x * PX)
    bottom, right = round(crop.place.bottom * PX), round(crop.place.right * PX)
    window = (slice(max(0, top), bottom), slice(max(0, left), right))
    gray = ink.image[window]
    light = (gray if not ink.faint else cv2.blur(gray, (3, 3))) < (ink.faint or _SPECK_LEVEL)
    taken = cv2.dilate((ink.labels[window] > 0).astype(np.uint8), _AROUND_POINT) > 0
    free = light & ~taken
    if ink.printed is not None:
        free &= ~ink.printed[window]
    count, labels, stats, centres = cv2.connectedComponentsWithStats(
        free.astype(np.uint8), connectivity=8
    )
    size, found = round(_POINT_MM * PX), []
    for number in range(1, count):
        x = centres[number][0] + window[1].start
        fits = stats[number, 4] >= 2 and stats[number, 2:4].max() <= size
        sides = (real[:, 0] + real[:, 2] <= x + 2).any() and (real[:, 0] >= x - 2).any()
        if fits and sides:
            found.append(number)
    if not 0 < len(found) <= _MOST_POINTS:
        return crop
    mask = np.isin(labels, found)
    pad = crop.image.shape[0] - gray.shape[0], crop.image.shape[1] - gray.shape[1]
    y, x = pad[0] // 2, pad[1] // 2
    image = crop.image.copy()
    place = image[y : y + gray.shape[0], x : x + gray.shape[1]]
    drawn = cv2.dilate(mask.astype(np.uint8), _AROUND) > 0
    dark = int(np.percentile(crop.image[crop.image < 200], 50)) if (crop.image < 200).any() else 0
    drawn = drawn[: place.shape[0], : place.shape[1]]
    place[drawn] = np.minimum(place[drawn], dark)
    return replace(crop, image=image)


def on_white(image: Gray, mask: NDArray[np.uint8]) -> Gray:
    """Ink under the mask and its soft edge; everything else white."""
    soft = cv2.dilate(mask, np.ones((3, 3), np.uint8))
    return np.asarray(np.where(soft > 0, image, 255), np.uint8)


def lines_of(
    ink: Ink,
    box: Box,
    rules: Sequence[float] = (),
    others: Sequence[Box] = (),
    points: bool = False,
) -> list[Crop]:
    """The lines of writing in a box, top to bottom.

    Args:
        rules: y in mm of horizontal rules that the blank prints inside the box; they part the lines
        where there are any.
        points: light points are looked for, see :func:`with_points`.
    """
    strokes = ink.strokes_in(box, others)
    if not _enough(ink, strokes):
        return []
    strokes = running_on(ink, strokes, box, others)
    if rules:
        edges = np.asarray(sorted(rules)) * PX
        bands = _hung_over(
            np.searchsorted(edges, ink.centres[strokes, 1]),
            ink.boxes[strokes],
            ink.centres[strokes],
            edges,
        )
    else:
        bands = _bands(ink.boxes[strokes], box.height * PX)
    left = _left_of_rules(
        ink.boxes[strokes], ink.centres[strokes, 1], np.asarray(sorted(rules)) * PX
    )
    crops = []
    for band in sorted(set(bands.tolist())):
        part = strokes[(bands == band) & ~left]
        if _enough(ink, part) and (_is_written(ink.boxes[part]) or not rules):
            crop = cut_strokes(ink, part, box)
            crops.append(with_points(ink, crop, part) if points else crop)
    return [c for c in crops if c.place.height >= _LEAST_LINE_MM or rules] or crops[:1]


def _hung_over(
    bands: NDArray[np.int64],
    stats: NDArray[np.int32],
    centres: NDArray[np.float64],
    edges: NDArray[np.float64],
) -> NDArray[np.int64]:
    """The same bands, where a full stop that hangs over the rule under its line, with nothing else
    there, belongs to that line."""
    moved = bands.copy()
    for band in sorted(set(bands.tolist())):
        part = np.flatnonzero(bands == band)
        above = stats[moved == band - 1]
        if band == 0 or len(part) > 3 or not len(above) or stats[part, 3].max() > 2 * PX:
            continue
        if (centres[part, 1] - edges[band - 1]).max() > 2.6 * PX:
            continue
        before = stats[part, 0].min() - (above[:, 0] + above[:, 2])
        if ((before > -PX) & (before < 8 * PX)).any():
            moved[part] = band - 1
    return moved


def _left_of_rules(
    stats: NDArray[np.int32], middles: NDArray[np.float64], rules: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Which strokes are what is left of a dotted rule: flat ones on it, several beside each other.

    Args:
        stats: rows of :attr:`Ink.boxes`; ``middles`` the y of each stroke's centre; ``rules`` those
        of the rules, in pixels.
    """
    left = np.zeros(len(stats), bool)
    flat = (stats[:, 3] < _FLAT_MM * PX) & (stats[:, 4] < 2.0 * PX * _FLAT_MM * PX)
    for rule in rules:
        on_it = flat & (np.abs(middles - rule) < _BY_RULE_MM * PX)
        if on_it.sum() >= _SEVERAL:
            left |= on_it
    return left


def _is_written(stats: NDArray[np.int32]) -> bool:
    """True where strokes are as high as a full stop, or as long as a dash: neither specks nor dots
    of a rule are."""
    real = stats[
        (stats[:, 4] >= 1.2 * DOT_MM2 * PX**2)
        & ((stats[:, 3] >= 0.8 * PX) | (stats[:, 2] >= 2.2 * PX))
    ]
    return bool(real[:, 4].sum() >= _LEAST_INK_MM2 * PX**2)


def _bands(stats: NDArray[np.int32], height: float) -> NDArray[np.int64]:
    """Group strokes into lines by the gaps and valleys of their vertical profile (each stroke
    weighs its width)."""
    top, bottom = int(stats[:, 1].min()), int((stats[:, 1] + stats[:, 3]).max())
    tall = bottom - top
    if tall < 7.0 * PX and tall < 1.3 * height:
        return np.zeros(len(stats), np.int64)
    profile = np.zeros(tall + 1)
    for _left, y, w, h, _area in stats:
        if h < 14 * PX:
            profile[y - top : y - top + h] += w
    smooth = cv2.GaussianBlur(profile[:, None], (1, 2 * round(1.2 * PX) + 1), 0.45 * PX)[:, 0]
    level = 0.28 * float(np.percentile(smooth, 80))
    low = smooth < level
    edges, start = [], None
    for y, is_low in enumerate(np.append(low, False)):
        if is_low and start is None:
            start = y
        elif not is_low and start is not None:
            edges.append((start + y) / 2)
            start = None
    edges = _far_apart(edges, tall)
    middles = stats[:, 1] + stats[:, 3] / 2 - top
    return np.searchsorted(np.asarray(edges), middles)


def _far_apart(edges: list[float], tall: int) -> list[float]:
    """Drop edges that would leave a line less than 2.6 mm high."""
    least = 2.6 * PX
    kept: list[float] = []
    for edge in edges:
        if edge - (kept[-1] if kept else 0.0) >= least and tall - edge >= least:
            kept.append(edge)
    return kept


def rules_in(print_mask: NDArray[np.bool_], box: Box) -> list[float]:
    """y in mm of the horizontal rules that the blank prints across the inside of ``box``."""
    rows, columns = pixels(box, print_mask, -0.6)
    share = print_mask[rows, columns].mean(axis=1)
    found, inside = [], False
    for offset, is_rule in enumerate(share > 0.45):
        if is_rule and not inside:
            found.append((rows.start + offset) / PX)
        inside = bool(is_rule)
    return found
