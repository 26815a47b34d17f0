"""Which form is it, and where exactly: a scan is warped onto the blank, rotation and all, and its fit is measured.

Three steps. SIFT landmarks with RANSAC give a homography, upside down included, so that there is no separate stage
for orientation or skew. Tiles of print then say how far each part of the page is still off, which takes out FAX
stretch, paper feed and lens. What print of the blank is found in the warped scan is the fit, for the page and around
each field: a form whose rules stand elsewhere by a few mm does not fit there, however well the rest does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.blank import CANVAS_DPI, LANDMARK_DPI, LOW, PX, Blank, landmarks, pixels, shrink
from records.types import Box, Gray, Page

_TILE_MM, _STEP_MM = 26.0, 18.0
_PASSES = ((0.25, 3.4), (0.5, 1.1))
"""(scale of the canvas, reach in mm) of each search for what the homography left over."""

_MIN_MATCHES = 12
_SAMPLE = 300
_PRINT_TOLERANCE_MM = 0.35


@dataclass(frozen=True, eq=False)
class Aligned:
    """A page warped onto its blank.

    Attributes:
        blank: the blank it was warped onto.
        image: gray at the canvas resolution, same shape as ``blank.image``, paper evened out to white.
        dark: True where the scan has ink or print.
        fit: share of the blank's print that the scan has at the same place, [0, 1].
        inliers: landmarks that agree with the homography.
        bend: mm that the tiles moved beyond the homography, median.
        source_scale: source pixels per canvas pixel; below 1 the scan is coarser than the canvas.
        matched: integral images (print found, print) for :meth:`fit_around`.
    """

    blank: Blank
    image: Gray
    dark: NDArray[np.bool_]
    fit: float
    inliers: int
    bend: float
    source_scale: float
    matched: tuple[NDArray[np.float64], NDArray[np.float64]]

    def fit_around(self, box: Box, margin: float = 4.0) -> float:
        """Share of the blank's print in and around ``box`` that the scan has there; 1.0 where the blank has none."""
        rows, columns = pixels(box, self.image, margin)
        found, printed = (_window(total, rows, columns) for total in self.matched)
        return float(found / printed) if printed >= 20 else 1.0


def _window(total: NDArray[np.float64], rows: slice, columns: slice) -> float:
    return float(
        total[rows.stop, columns.stop] - total[rows.start, columns.stop]
        - total[rows.stop, columns.start] + total[rows.start, columns.start]
    )


@dataclass(frozen=True, eq=False)
class Scan:
    """A page prepared once for matching against any number of blanks.

    Attributes:
        image: gray, paper evened out, at no more than about 1.5 times the canvas resolution.
        low: the same at about 100 dpi; ``scale`` is low pixels per image pixel.
        points, descriptors: SIFT landmarks, in pixels of ``image``.
    """

    page: Page
    image: Gray
    low: Gray
    scale: float
    points: NDArray[np.float32]
    descriptors: NDArray[np.float32]


def prepare(page: Page) -> Scan:
    """Even out the paper and find the landmarks of a page."""
    ppm = page.pixels_per_mm
    image = shrink(page.image, 1.5 * PX / ppm) if ppm > 1.6 * PX else page.image
    image = even_paper(image)
    dpi = CANVAS_DPI / PX * ppm * image.shape[0] / page.image.shape[0]
    scale = min(1.0, 1400 / max(image.shape), LOW * CANVAS_DPI / dpi)
    low = shrink(image, scale)
    points, descriptors = landmarks(image, min(1.0, scale * LANDMARK_DPI / (LOW * CANVAS_DPI)))
    return Scan(page, image, low, low.shape[0] / image.shape[0], points, descriptors)


def even_paper(image: Gray) -> Gray:
    """Divide by the paper's brightness, so that shadows and grey paper become white; 1-bit pages stay as they are."""
    small = cv2.resize(image, (max(8, image.shape[1] // 16), max(8, image.shape[0] // 16)), interpolation=cv2.INTER_AREA)
    paper = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))
    paper = cv2.GaussianBlur(cv2.dilate(paper, np.ones((3, 3), np.uint8)), (0, 0), 3)
    if int(paper.min()) >= 250:
        return image
    full = cv2.resize(paper, (image.shape[1], image.shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.divide(image, np.maximum(full, 40), scale=255), dtype=np.uint8)


def best_blank(scan: Scan, blanks: Sequence[Blank], keep: int = 3) -> list[Aligned]:
    """Align ``scan`` to the likeliest of ``blanks``.

    Returns:
        Up to ``keep`` alignments, best fit first; empty where no blank agrees in its landmarks.
    """
    guesses = []
    if len(blanks) > keep:
        votes = {id(blank): _votes(scan, blank) for blank in blanks}
        blanks = sorted(blanks, key=lambda b: -votes[id(b)])[:keep]
    for blank in blanks:
        found = _homography(scan, blank)
        if found is not None:
            guesses.append((found[1], blank, found[0]))
    guesses.sort(key=lambda g: -g[0])
    if guesses:
        guesses = [g for g in guesses if g[0] >= 0.25 * guesses[0][0]]
    aligned = [align(scan, blank, matrix, inliers) for inliers, blank, matrix in guesses[:keep]]
    return sorted(aligned, key=lambda a: -a.fit)


def _votes(scan: Scan, blank: Blank) -> int:
    """How many of a sample of the scan's landmarks have one clear counterpart on the blank: a cheap first choice."""
    descriptors = blank.landmarks[1]
    if len(descriptors) < _MIN_MATCHES or len(scan.descriptors) < _MIN_MATCHES:
        return 0
    sample = scan.descriptors[:: max(1, len(scan.descriptors) // _SAMPLE)]
    top, second, _ = _two_best(sample @ descriptors.T)
    return int(((1 - top) < 0.72 * (1 - second)).sum())


def _two_best(
    similar: NDArray[np.float32],
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.int64]]:
    """Best and second best of each row, and the column of the best; overwrites its argument."""
    rows, best = np.arange(len(similar)), similar.argmax(axis=1)
    top = similar[rows, best]
    similar[rows, best] = -1
    return top, similar.max(axis=1), best


def _homography(scan: Scan, blank: Blank) -> tuple[NDArray[np.float64], int] | None:
    """The homography from canvas pixels to pixels of ``scan.image``, and its inliers; None where there is none."""
    points, descriptors = blank.landmarks
    if len(points) < _MIN_MATCHES or len(scan.points) < _MIN_MATCHES:
        return None
    similar = scan.descriptors @ descriptors.T  # RootSIFT has unit length: a dot product orders like a distance
    top, second, best = _two_best(similar)
    good = (2 - 2 * top) < 0.81 * (2 - 2 * second)  # Lowe's ratio 0.9, on squared distances
    if int(good.sum()) < _MIN_MATCHES:
        return None
    source, target = points[best[good]], scan.points[good]
    within = 2.5 / scan.scale * LOW * CANVAS_DPI / LANDMARK_DPI
    matrix, mask = cv2.findHomography(source, target, cv2.USAC_MAGSAC, within, maxIters=2000, confidence=0.999)
    if matrix is None or mask is None or not _plausible(np.asarray(matrix, np.float64), blank.image.shape):
        return None
    inliers = int(mask.sum())
    return (np.asarray(matrix, dtype=np.float64), inliers) if inliers >= _MIN_MATCHES else None


def _plausible(matrix: NDArray[np.float64], shape: tuple[int, ...]) -> bool:
    """True for a page seen from in front: no mirror image, no fold, no extreme scale."""
    height, width = shape[:2]
    corners = np.asarray([[[0, 0], [width, 0], [width, height], [0, height]]], dtype=np.float64)
    quad = cv2.perspectiveTransform(corners, matrix)[0]
    sides = np.linalg.norm(np.roll(quad, -1, axis=0) - quad, axis=1)
    area = 0.5 * float(np.sum(quad[:, 0] * np.roll(quad[:, 1], -1) - np.roll(quad[:, 0], -1) * quad[:, 1]))
    convex = bool(cv2.isContourConvex(quad.astype(np.float32)[:, None]))
    return convex and area > 0.02 * width * height and float(sides.max()) < 4 * float(sides.min() + 1) * height / width


def align(scan: Scan, blank: Blank, matrix: NDArray[np.float64], inliers: int) -> Aligned:
    """Warp ``scan`` onto ``blank``: homography first, then what the tiles say.

    Args:
        matrix: homography from canvas pixels to pixels of ``scan.image``.
        inliers: landmarks that agree with it.
    """
    bend = np.zeros((1, 1, 2), np.float32)
    for scale, reach in _PASSES:
        small = shrink(blank.low, scale / LOW)
        seen = _sample(scan.low, matrix, bend, (small.shape[1], small.shape[0]), scale, scan.scale)
        step = _tile_offsets(small, seen, reach, scale * PX) / scale
        bend = step if bend.shape[:2] == (1, 1) else bend + step
    moved = float(np.median(np.linalg.norm(bend, axis=2))) / PX
    image = _sample(scan.image, matrix, bend, (blank.image.shape[1], blank.image.shape[0]), 1.0, 1.0)
    dark = np.asarray(image < ink_level(image))
    found, printed = _print_found(blank, dark)
    corner = cv2.perspectiveTransform(np.asarray([[[0, 0], [100, 0]]], np.float64), matrix)[0]
    source_scale = float(np.linalg.norm(corner[1] - corner[0])) / 100
    total_print = printed[-1, -1]
    fit = float(found[-1, -1] / total_print) if total_print else 0.0
    return Aligned(blank, image, dark, fit, inliers, moved, source_scale, (found, printed))


def ink_level(image: Gray) -> int:
    """The gray value below which a pixel is ink: Otsu's threshold, held between pencil and paper."""
    threshold, _ = cv2.threshold(image, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return int(np.clip(threshold + 15, 150, 205))


def _sample(
    image: Gray, matrix: NDArray[np.float64], bend: NDArray[np.float32], size: tuple[int, int], scale: float, zoom: float
) -> Gray:
    """The scan seen from the blank.

    Args:
        image: the scan, or the scan shrunk by ``zoom``.
        matrix: canvas pixels to pixels of the unshrunk scan.
        bend: the tiles' offsets, canvas pixels.
        size: (width, height) of the result, which is the canvas shrunk by ``scale``.
    """
    coarse = 16
    xs = (np.arange(0, size[0] + coarse, coarse, dtype=np.float32) + 0.5) / scale - 0.5
    ys = (np.arange(0, size[1] + coarse, coarse, dtype=np.float32) + 0.5) / scale - 0.5
    grid = np.stack(np.meshgrid(xs, ys), axis=2)
    if bend.shape[:2] != (1, 1):
        grid = grid + _bend_at(bend, grid)
    mapped = cv2.perspectiveTransform(grid.reshape(1, -1, 2).astype(np.float64), matrix).reshape(grid.shape)
    mapped = ((mapped + 0.5) * zoom - 0.5).astype(np.float32)
    # warpAffine places the coarse nodes exactly on every 16th pixel; resize would shift them by half a node
    spread = np.asarray([[coarse, 0, 0], [0, coarse, 0]], np.float64)
    x, y = (cv2.warpAffine(np.ascontiguousarray(mapped[..., i]), spread, size, flags=cv2.INTER_LINEAR,
                           borderMode=cv2.BORDER_REPLICATE) for i in (0, 1))
    seen = cv2.remap(image, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=(255,))
    return np.asarray(seen, np.uint8)


def _bend_at(bend: NDArray[np.float32], grid: NDArray[np.float32]) -> NDArray[np.float32]:
    """The tiles' offsets at the points of ``grid`` (canvas pixels), bilinear between tile centres."""
    step, half = _STEP_MM * PX, _TILE_MM * PX / 2
    at = ((grid - half) / step).astype(np.float32)
    return np.asarray(cv2.remap(bend, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32)


def _tile_offsets(blank: Gray, seen: Gray, reach_mm: float, px: float) -> NDArray[np.float32]:
    """How far each tile of the blank's print is off in the warped scan, smoothed.

    Args:
        px: pixels per mm of ``blank`` and ``seen``.

    Returns:
        Shape (tile rows, tile columns, 2): (x, y) in their pixels to add, by normalised cross-correlation.
    """
    tile, step, reach = round(_TILE_MM * px), _STEP_MM * px, round(reach_mm * px)
    rows = max(1, int((blank.shape[0] - tile) / step) + 1)
    columns = max(1, int((blank.shape[1] - tile) / step) + 1)
    offsets = np.zeros((rows, columns, 2), np.float32)
    weights = np.zeros((rows, columns), np.float32)
    soft_blank = cv2.GaussianBlur(blank, (0, 0), 1.0)
    soft_seen = cv2.copyMakeBorder(cv2.GaussianBlur(seen, (0, 0), 1.0), reach, reach, reach, reach, cv2.BORDER_REPLICATE)
    span = np.arange(-reach, reach + 1, dtype=np.float32)
    calm = 0.10 * (span[None, :] ** 2 + span[:, None] ** 2) / max(1, reach) ** 2
    for r in range(rows):
        for c in range(columns):
            y, x = round(r * step), round(c * step)
            part = soft_blank[y:y + tile, x:x + tile]
            if float(part.std()) < 8:
                continue
            window = soft_seen[y:y + tile + 2 * reach, x:x + tile + 2 * reach]
            match = cv2.matchTemplate(window, part, cv2.TM_CCOEFF_NORMED) - calm
            _, score, _, place = cv2.minMaxLoc(match)
            if score > 0.25:
                offsets[r, c] = _peak(match, place) - reach
                weights[r, c] = score
    return _smooth(offsets, weights)


def _peak(match: NDArray[np.floating], place: Sequence[int]) -> NDArray[np.float32]:
    """The peak's place refined by a parabola through its neighbours."""
    x, y = place
    fine = [float(x), float(y)]
    if 0 < x < match.shape[1] - 1:
        a, b, c = (float(match[y, x + d]) for d in (-1, 0, 1))
        fine[0] += 0.5 * (a - c) / (a - 2 * b + c) if a - 2 * b + c < -1e-6 else 0.0
    if 0 < y < match.shape[0] - 1:
        a, b, c = (float(match[y + d, x]) for d in (-1, 0, 1))
        fine[1] += 0.5 * (a - c) / (a - 2 * b + c) if a - 2 * b + c < -1e-6 else 0.0
    return np.asarray(fine, np.float32)


def _smooth(offsets: NDArray[np.float32], weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each tile becomes the weighted median of its neighbourhood: a tile alone cannot move, a region can."""
    rows, columns = weights.shape
    smooth = np.zeros_like(offsets)
    for r in range(rows):
        for c in range(columns):
            for radius in (1, 2, 4, max(rows, columns)):
                near = (slice(max(0, r - radius), r + radius + 1), slice(max(0, c - radius), c + radius + 1))
                if int((weights[near] > 0).sum()) >= 3:
                    w = weights[near].ravel().copy()
                    smooth[r, c] = [_weighted_median(offsets[near][..., i].ravel(), w) for i in (0, 1)]
                    break
    return smooth


def _weighted_median(values: NDArray[np.float32], weights: NDArray[np.float32]) -> float:
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][int(np.searchsorted(total, total[-1] / 2))])


def _print_found(blank: Blank, dark: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Integral images of the blank's print that the scan has (within 0.35 mm), and of the print itself."""
    size = 2 * round(_PRINT_TOLERANCE_MM * PX) + 1
    near = cv2.dilate(dark.astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))
    printed = blank.print_mask.astype(np.uint8)
    found = cv2.bitwise_and(near, printed)
    return np.asarray(cv2.integral(found), np.float64), np.asarray(cv2.integral(printed), np.float64)
