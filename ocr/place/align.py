"""Which form is it, and where exactly: a scan is warped onto the blank, rotation and all, and its
fit is measured.

Three steps. SIFT landmarks with RANSAC give a homography, upside down included, so that there is no
separate stage for orientation or skew. Tiles of print then say how far each part of the page is
still off, which takes out FAX stretch, paper feed and lens. What print of the blank is found in the
warped scan is the fit, for the page and around each field: a form whose rules stand elsewhere by a
few mm does not fit there, however well the rest does.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.place.blank import (
    CANVAS_DPI,
    FINE_DPI,
    FINE_LANDMARKS,
    GLANCE,
    GLANCE_INK,
    LANDMARK_DPI,
    LOW,
    PX,
    Blank,
    Each,
    Landmarks,
    landmarks,
    pixels,
    shrink,
)
from ocr.place.matching import Guess, homography, laid_out, stride, votes
from ocr.place.tiles import bend_at, tile_offsets, tiles_of
from records.types import Box, Gray, Page

_PASSES = ((0.25, 3.4), (0.5, 1.1))
"""(scale of the canvas, reach in mm) of each search for what the homography left over."""

_CLEAR = 100
"""With fewer agreeing landmarks than this a page is looked at once more, finer."""

_UNLIKELY = 0.4
"""A blank with fewer votes than this share of the best one's is not tried."""

_NEAR = np.ones((5, 5), np.uint8)
_NEARER = np.ones((3, 3), np.uint8)
"""1 mm at 50 dpi: so much the homography alone may be off; 0.5 mm: so much what lies exactly."""

_LONGEST_MM = 297.0
"""No page is taken for smaller than A4: shrunk too little it is read all the same."""

_PRINT_TOLERANCE_MM = 0.35


@dataclass(frozen=True, eq=False)
class BlankToScan:
    """From points of the blank to points of the scan.

    Attributes:
        matrix: homography from canvas pixels to pixels of the scan's image.
        bend: the tiles' offsets before it, canvas pixels, shape (tile rows, tile columns, 2).
    """

    matrix: NDArray[np.float64]
    bend: NDArray[np.float32]

    def corners(self, blank: Blank) -> NDArray[np.float64]:
        """The blank's four corners, clockwise from its top left, in pixels of the scan's image."""
        height, width = blank.image.shape
        corners = np.asarray([[[0, 0], [width, 0], [width, height], [0, height]]], np.float64)
        return np.asarray(cv2.perspectiveTransform(corners, self.matrix)[0])

    def on_scan(self, points: NDArray[np.float32]) -> NDArray[np.float64]:
        """Points of the blank, (x, y) in canvas pixels, in pixels of the scan's image."""
        wide = 4096  # OpenCV asks for no more than 32767 columns
        grid = np.zeros((-(-len(points) // wide), wide, 2), np.float32)
        grid.reshape(-1, 2)[: len(points)] = points
        if self.bend.shape[:2] != (1, 1):
            grid += bend_at(self.bend, grid)
        places = grid.reshape(1, -1, 2).astype(np.float64)
        return np.asarray(cv2.perspectiveTransform(places, self.matrix)[0, : len(points)])


STRAIGHT = BlankToScan(np.eye(3), np.zeros((1, 1, 2), np.float32))


@dataclass(frozen=True, eq=False)
class Aligned:
    """A page warped onto its blank.

    Attributes:
        blank: the blank it was warped onto.
        image: gray at the canvas resolution, same shape as ``blank.image``, paper evened out to
        white.
        dark: True where the scan has ink or print.
        fit: share of the blank's print that the scan has at the same place, [0, 1].
        inliers: landmarks that agree with the homography.
        bend: mm that the tiles moved beyond the homography, median.
        source_scale: source pixels per canvas pixel; below 1 the scan is coarser than the canvas.
        matched: True where the blank's print is found in the scan.
        way: how points of the blank come to points of the scan.
        page_ppm: pixels of the prepared scan's image per mm of the page.
        source: the prepared scan's image; None where nobody keeps it.
    """

    blank: Blank
    image: Gray
    dark: NDArray[np.bool_]
    fit: float
    inliers: int
    bend: float
    source_scale: float
    matched: NDArray[np.bool_]
    way: BlankToScan = field(default_factory=lambda: STRAIGHT)
    page_ppm: float = PX
    source: Gray | None = None

    def fit_around(self, box: Box, margin: float = 4.0) -> float:
        """Share of the blank's print in and around ``box`` that the scan has there; 1.0 where the
        blank has none."""
        around = pixels(box, self.image, margin)
        printed = np.count_nonzero(self.blank.print_mask[around])
        if printed >= 20:
            return np.count_nonzero(self.matched[around]) / printed
        return 1.0


@dataclass(frozen=True, eq=False)
class PreparedPage:
    """A page prepared once for matching against any number of blanks.

    Attributes:
        image: gray, paper evened out, at no more than about 1.5 times the canvas resolution.
        low: the same at about 100 dpi; ``scale`` is low pixels per image pixel.
    """

    page: Page
    image: Gray
    low: Gray
    scale: float

    def landmarks(self, each: Each = map) -> Landmarks:
        """Landmarks in pixels of ``image``; ``each`` as for :func:`best_blank`."""
        return landmarks(
            self.low, LANDMARK_DPI / (LOW * CANVAS_DPI), self.scale, strips=2, each=each
        )

    @functools.cached_property
    def fine_landmarks(self) -> Landmarks:
        """More of them, where those do not do."""
        return landmarks(self.low, FINE_DPI / (LOW * CANVAS_DPI), self.scale, FINE_LANDMARKS)


def prepare(page: Page) -> PreparedPage:
    """Even out the paper of a page and make it small."""
    ppm = page.pixels_per_mm
    whole = max(page.image.shape) / _LONGEST_MM
    ppm = whole if ppm > 1.25 * whole else ppm  # a resolution that would make a stamp of the page
    image = page.image
    if ppm > 1.6 * PX:
        image = shrink(page.image, 1.5 * PX / ppm)
    image = even_paper(image)
    dpi = CANVAS_DPI / PX * ppm * image.shape[0] / page.image.shape[0]
    low = shrink(image, min(1.0, 1400 / max(image.shape), LOW * CANVAS_DPI / dpi))
    return PreparedPage(page, image, low, low.shape[0] / image.shape[0])


def even_paper(image: Gray) -> Gray:
    """Divide by the paper's brightness, so that shadows and grey paper become white; 1-bit pages
    stay as they are."""
    height, width = image.shape
    # whole squares of 16 pixels are averaged ten times as fast as what is nearly that
    whole = cv2.copyMakeBorder(
        image,
        0,
        max(128 - height, -height % 16),
        0,
        max(128 - width, -width % 16),
        cv2.BORDER_REPLICATE,
    )
    small = cv2.resize(
        whole, (whole.shape[1] // 16, whole.shape[0] // 16), interpolation=cv2.INTER_AREA
    )
    paper = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))
    paper = cv2.GaussianBlur(cv2.dilate(paper, np.ones((3, 3), np.uint8)), (0, 0), 3)
    if int(paper.min()) >= 250:
        return image
    full = cv2.resize(
        np.maximum(paper, 40), (whole.shape[1], whole.shape[0]), interpolation=cv2.INTER_LINEAR
    )
    return np.asarray(cv2.divide(image, full[:height, :width], scale=255), dtype=np.uint8)


def best_blank(
    scan: PreparedPage, blanks: Sequence[Blank], keep: int = 3, each: Each = map
) -> list[Aligned]:
    """Align ``scan`` to the likeliest of ``blanks``.

    Args:
        keep: so many are tried at most; one more where forms share print and landmarks alone do
            not tell which it is.
        each: how parts of the page are worked on, see :data:`Each`.

    Returns:
        The alignments, best fit first; empty where no blank agrees in its landmarks.
    """
    guesses = _guesses(scan, scan.landmarks(each), blanks, keep)
    if not guesses or guesses[0].inliers < _CLEAR:
        finer = _guesses(scan, scan.fine_landmarks, blanks, keep, fine=True)
        guesses = finer or guesses
    likely = [g for g in guesses if g.inliers >= 0.25 * guesses[0].inliers]
    if len(likely) > keep:
        return _of_relatives(scan, likely, keep, each)
    aligned = [align(scan, g.blank, g.matrix, g.inliers, each) for g in likely]
    return sorted(aligned, key=lambda a: -a.fit)


def _of_relatives(
    scan: PreparedPage, guesses: Sequence[Guess], keep: int, each: Each
) -> list[Aligned]:
    """Those among many forms that share print which are most like the page.

    The nearest at a glance is laid exactly, and the page as it then lies is compared with all of
    them once more: what they share lies exactly, so that they differ in what is their own.
    """
    first = nearest(scan, guesses, 1)[0]
    exact = align(scan, first.blank, first.matrix, first.inliers, each)
    ink = np.asarray(shrink(exact.image, GLANCE) < GLANCE_INK, np.uint8)
    order = sorted(
        (g for g in guesses if g is not first), key=lambda g: _unlike(ink, g.blank, _NEARER)
    )
    rest = [align(scan, g.blank, g.matrix, g.inliers, each) for g in order[:keep]]
    return sorted([exact, *rest], key=lambda a: -a.fit)


def nearest(scan: PreparedPage, guesses: Sequence[Guess], keep: int) -> list[Guess]:
    """The guesses that are most like the page at a glance."""
    ways = {id(g.matrix): g.matrix for g in guesses}
    seen: dict[tuple[int, tuple[int, ...]], NDArray[np.uint8]] = {}
    costs = []
    for number, guess in enumerate(guesses):
        shape = guess.blank.image.shape
        for way, matrix in ways.items():
            if (way, shape) not in seen:
                seen[way, shape] = _glance(scan, matrix, shape)
        costs.append((_unlike(seen[id(guess.matrix), shape], guess.blank, _NEAR), number))
    return [guesses[number] for _, number in sorted(costs)[:keep]]


def _unlike(ink: NDArray[np.uint8], blank: Blank, near: NDArray[np.uint8]) -> int:
    """How much of the blank's print is not on the page, and of the page's ink no print of the
    blank, pixels at 50 dpi; what the applicant wrote counts against all blanks alike."""
    mask = blank.glance
    if ink.shape != mask.shape:
        height = max(ink.shape[0], mask.shape[0])
        width = max(ink.shape[1], mask.shape[1])

        def padded(part: NDArray[np.uint8]) -> NDArray[np.uint8]:
            below = height - part.shape[0]
            right = width - part.shape[1]
            return np.pad(part, ((0, below), (0, right)))

        ink = padded(ink)
        mask = padded(mask)
    missing = np.count_nonzero((mask > 0) & (cv2.dilate(ink, near) == 0))
    foreign = np.count_nonzero((ink > 0) & (cv2.dilate(mask, near) == 0))
    return int(missing + foreign)


def likeness(scan: PreparedPage, blanks: Sequence[Blank]) -> int:
    """The most votes that any of ``blanks`` gets: 70 and more for the right one, 50 and fewer for
    others."""
    seen = scan.landmarks()
    return max((len(votes(seen, b.landmarks)) for b in blanks), default=0)


def _glance(
    scan: PreparedPage, matrix: NDArray[np.float64], shape: tuple[int, ...]
) -> NDArray[np.uint8]:
    """The scan's ink on a blank's canvas at 50 dpi, 1 where there is some."""
    size = (round(shape[1] * GLANCE), round(shape[0] * GLANCE))
    small = scan.low
    if scan.scale > GLANCE:
        small = shrink(scan.low, GLANCE / LOW)
    zoom = scan.scale * small.shape[0] / scan.low.shape[0]
    seen = _sample(small, matrix, STRAIGHT.bend, size, GLANCE, zoom)
    return np.asarray(seen < GLANCE_INK, np.uint8)


def _guesses(
    scan: PreparedPage, seen: Landmarks, blanks: Sequence[Blank], keep: int, fine: bool = False
) -> list[Guess]:
    """The blanks whose landmarks agree with those ``seen`` on the page, most agreement first."""
    known = {id(b): b.fine_landmarks if fine else b.landmarks for b in blanks}
    within = 2.5 / scan.scale * LOW * CANVAS_DPI / (FINE_DPI if fine else LANDMARK_DPI)
    if len(blanks) > keep:
        pairs = {id(b): votes(seen, known[id(b)]) for b in blanks}
        blanks = sorted(blanks, key=lambda b: -len(pairs[id(b)]))
        least = _UNLIKELY * len(pairs[id(blanks[0])])
        blanks = [b for b in blanks if len(pairs[id(b)]) >= least]
        if len(blanks) > keep:
            laid = laid_out(seen, [(b, known[id(b)], pairs[id(b)]) for b in blanks], within)
            step = stride(seen)
            laid = [replace(guess, inliers=guess.inliers * step) for guess in laid]
            if len(laid) > keep:
                return laid
            # where next to nothing agrees the votes are chance
            blanks = [g.blank for g in laid] or blanks[:keep]
    found = ((b, homography(seen, known[id(b)], b.image.shape, within)) for b in blanks)
    return sorted((Guess(b, *h) for b, h in found if h is not None), key=lambda g: -g.inliers)


def align(
    scan: PreparedPage, blank: Blank, matrix: NDArray[np.float64], inliers: int, each: Each = map
) -> Aligned:
    """Warp ``scan`` onto ``blank``: homography first, then what the tiles say.

    Args:
        matrix: homography from canvas pixels to pixels of ``scan.image``.
        inliers: landmarks that agree with it.
        each: how parts of the page are worked on.
    """
    bend = np.zeros((1, 1, 2), np.float32)
    for scale, reach in _PASSES:
        tiles = tiles_of(blank, scale)
        seen = _sample(scan.low, matrix, bend, tiles.size, scale, scan.scale)
        step = tile_offsets(tiles, seen, round(reach * scale * PX), each) / scale
        bend = step if bend.shape[:2] == (1, 1) else bend + step
    moved = float(np.median(np.linalg.norm(bend, axis=2))) / PX
    image = _sample(
        scan.image, matrix, bend, (blank.image.shape[1], blank.image.shape[0]), 1.0, 1.0, each
    )
    dark = np.asarray(image < ink_level(image))
    found = _print_found(blank, dark)
    corner = cv2.perspectiveTransform(np.asarray([[[0, 0], [100, 0]]], np.float64), matrix)[0]
    source_scale = float(np.linalg.norm(corner[1] - corner[0])) / 100
    printed = np.count_nonzero(blank.print_mask)
    fit = 0.0
    if printed:
        fit = np.count_nonzero(found) / printed
    ppm = scan.page.pixels_per_mm * scan.image.shape[0] / scan.page.image.shape[0]
    way = BlankToScan(matrix, bend)
    return Aligned(
        blank, image, dark, fit, inliers, moved, source_scale, found, way, ppm, scan.image
    )


def ink_level(image: Gray) -> int:
    """The gray value below which a pixel is ink: Otsu's threshold, held between pencil and
    paper."""
    threshold, _ = cv2.threshold(image, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return int(np.clip(threshold + 15, 150, 205))


def _sample(
    image: Gray,
    matrix: NDArray[np.float64],
    bend: NDArray[np.float32],
    size: tuple[int, int],
    scale: float,
    zoom: float,
    each: Each = map,
) -> Gray:
    """The scan seen from the blank.

    Args:
        image: the scan, or the scan shrunk by ``zoom``.
        matrix: canvas pixels to pixels of the unshrunk scan.
        bend: the tiles' offsets, canvas pixels.
        size: (width, height) of the result, which is the canvas shrunk by ``scale``.
    """
    coarse = 16
    # nodes in the middles of squares of 16 pixels, one row of squares beyond each edge: resize then
    # runs through them
    xs, ys = (
        (np.arange(-1, side // coarse + 2, dtype=np.float32) * coarse + coarse / 2) / scale - 0.5
        for side in size
    )
    grid = np.stack(np.meshgrid(xs, ys), axis=2)
    if bend.shape[:2] != (1, 1):
        grid = grid + bend_at(bend, grid)
    points = grid.reshape(1, -1, 2).astype(np.float64)
    mapped = cv2.perspectiveTransform(points, matrix).reshape(grid.shape)
    # Middles of pixels, not their corners, are what is mapped.
    zoomed = (mapped + 0.5) * zoom - 0.5
    nodes = [np.ascontiguousarray(zoomed[..., axis], np.float32) for axis in (0, 1)]
    seen = np.empty((size[1], size[0]), np.uint8)
    band = 16 * coarse  # as much as stays in the processor's cache

    def fill(top: int) -> None:
        part = seen[top : top + band]
        x, y = (
            cv2.resize(
                n[top // coarse : (top + band) // coarse + 2],
                None,
                fx=coarse,
                fy=coarse,
                interpolation=cv2.INTER_LINEAR,
            )[coarse : coarse + len(part), coarse : coarse + size[0]]
            for n in nodes
        )
        part[:] = cv2.remap(
            image, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=(255,)
        )

    list(each(fill, range(0, size[1], band)))
    return seen


def _print_found(blank: Blank, dark: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The blank's print that the scan has (within 0.35 mm)."""
    size = 2 * round(_PRINT_TOLERANCE_MM * PX) + 1
    near = cv2.dilate(
        dark.view(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    )
    return np.asarray(cv2.bitwise_and(near, blank.print_mask.view(np.uint8))).view(np.bool_)
