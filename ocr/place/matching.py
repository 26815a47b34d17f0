"""Landmarks of a page and of a blank: which belong together, and how the one lies on the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.place.blank import Blank, Landmarks

_MIN_MATCHES = 12
_SAMPLE = 300


@dataclass(frozen=True, eq=False)
class Guess:
    """A blank that a page may be, with the homography from canvas pixels to pixels of the scan's
    image."""

    blank: Blank
    matrix: NDArray[np.float64]
    inliers: int


def votes(seen: Landmarks, known: Landmarks) -> NDArray[np.int64]:
    """Those of a sample of the scan's landmarks that have one clear counterpart on the blank: a
    cheap first choice.

    Returns:
        (landmark of the scan, landmark of the blank), shape (n, 2).
    """
    descriptors = known[1]
    if len(descriptors) < _MIN_MATCHES or len(seen[1]) < _MIN_MATCHES:
        return np.zeros((0, 2), np.int64)
    step = stride(seen)
    top, second, best = _two_best(alike(seen[1][::step], descriptors))
    clear = np.flatnonzero((1 - top) < 0.72 * (1 - second))
    return np.stack([clear * step, best[clear]], axis=1)


def stride(seen: Landmarks) -> int:
    """Every so many-th landmark has a vote."""
    return max(1, len(seen[1]) // _SAMPLE)


_TRIES = 6
"""After so many blanks in a row that lie nowhere on the page, no more are laid on it."""


def laid_out(
    seen: Landmarks,
    known: Sequence[tuple[Blank, Landmarks, NDArray[np.int64]]],
    within: float,
) -> list[Guess]:
    """Blanks with the homographies that their votes agree on, most agreement first.

    Forms that share print lie alike on the page, so that one homography does for most of them; only
    where a form's votes do not agree with any so far they are asked for one of their own.
    """
    ways: list[NDArray[np.float64]] = []
    laid: list[Guess] = []
    failed = 0
    for blank, (points, _), pairs in known:
        here = seen[0][pairs[:, 0]]
        there = points[pairs[:, 1]]
        agree = [_agreeing(way, there, here, within) for way in ways]
        if agree and max(agree) >= max(_MIN_MATCHES, 0.6 * len(pairs)):
            laid.append(Guess(blank, ways[int(np.argmax(agree))], max(agree)))
            continue
        if failed >= _TRIES:
            continue
        own = _ransac(there, here, blank.image.shape, within)
        if own is None:
            failed += 1
            continue
        failed = 0
        ways.append(own[0])
        laid.append(Guess(blank, *own))
    return sorted(laid, key=lambda g: -g.inliers)


def _agreeing(
    matrix: NDArray[np.float64],
    known: NDArray[np.float32],
    seen: NDArray[np.float32],
    within: float,
) -> int:
    """How many points of a blank come to lie where they were seen."""
    laid = cv2.perspectiveTransform(known[None].astype(np.float64), matrix)[0]
    return int((np.linalg.norm(laid - seen, axis=1) <= within).sum())


def alike(left: NDArray[np.float32], right: NDArray[np.float32]) -> NDArray[np.float32]:
    """Every row of ``left`` times every row of ``right``.

    Piece by piece: for products this small BLAS stays in this thread. For a large one it wakes its
    other threads, and those keep a processor busy for 20 ms more than the product takes (measured).
    """
    tall = 32
    wide = 64
    depth = left.shape[1]
    rows = np.zeros((-(-len(left) // tall), 1, tall, depth), np.float32)
    columns = np.zeros((-(-len(right) // wide), wide, depth), np.float32)
    rows.reshape(-1, depth)[: len(left)] = left
    columns.reshape(-1, depth)[: len(right)] = right
    pieces = rows @ np.ascontiguousarray(columns.transpose(0, 2, 1))
    whole = pieces.transpose(0, 2, 1, 3).reshape(len(rows) * tall, len(columns) * wide)
    return np.asarray(whole[: len(left), : len(right)])


def _two_best(
    similar: NDArray[np.float32],
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.int64]]:
    """Best and second best of each row, and the column of the best; overwrites its argument."""
    rows = np.arange(len(similar))
    best = similar.argmax(axis=1)
    top = similar[rows, best]
    similar[rows, best] = -1
    return top, similar.max(axis=1), best


def homography(
    seen: Landmarks, known: Landmarks, shape: tuple[int, ...], within: float
) -> tuple[NDArray[np.float64], int] | None:
    """The homography from canvas pixels to pixels of the scan's image, and its inliers; None where
    there is none.

    Args:
        shape: of the blank, canvas pixels.
        within: how far an inlier may be off, pixels of the scan's image.
    """
    points, descriptors = known
    if len(points) < _MIN_MATCHES or len(seen[0]) < _MIN_MATCHES:
        return None
    # RootSIFT has unit length: a dot product orders like a distance
    top, second, best = _two_best(alike(seen[1], descriptors))
    good = (2 - 2 * top) < 0.81 * (2 - 2 * second)  # Lowe's ratio 0.9, on squared distances
    if int(good.sum()) < _MIN_MATCHES:
        return None
    return _ransac(points[best[good]], seen[0][good], shape, within)


def _ransac(
    known: NDArray[np.float32], seen: NDArray[np.float32], shape: tuple[int, ...], within: float
) -> tuple[NDArray[np.float64], int] | None:
    """The homography that most pairs of points agree on, and how many do; None where too few do."""
    if len(known) < _MIN_MATCHES:
        return None
    matrix, mask = cv2.findHomography(
        known, seen, cv2.USAC_MAGSAC, within, maxIters=2000, confidence=0.999
    )
    if matrix is None or mask is None or not _plausible(np.asarray(matrix, np.float64), shape):
        return None
    inliers = int(mask.sum())
    if inliers >= _MIN_MATCHES:
        return (np.asarray(matrix, dtype=np.float64), inliers)
    return None


def _plausible(matrix: NDArray[np.float64], shape: tuple[int, ...]) -> bool:
    """True for a page seen from in front: no mirror image, no fold, no extreme scale."""
    height, width = shape[:2]
    corners = np.asarray([[[0, 0], [width, 0], [width, height], [0, height]]], dtype=np.float64)
    quad = cv2.perspectiveTransform(corners, matrix)[0]
    following = np.roll(quad, -1, axis=0)
    sides = np.linalg.norm(following - quad, axis=1)
    # The shoelace formula: negative for a mirror image.
    area = 0.5 * float(np.sum(quad[:, 0] * following[:, 1] - following[:, 0] * quad[:, 1]))
    convex = bool(cv2.isContourConvex(quad.astype(np.float32)[:, None]))
    return (
        convex
        and area > 0.02 * width * height
        and float(sides.max()) < 4 * float(sides.min() + 1) * height / width
    )
