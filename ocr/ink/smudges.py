"""Pieces of darkness on a page, one by one: which are holes, staples, a FAX machine's print, dust, or
print of the other side."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.ink.connected import Connected
from records.types import Gray

_HOLE_MM = (3.5, 9.0)
_HOLE_EDGE_MM = 26.0
"""Holes are so wide (ISO 838: 6 mm, with the shadow round it more) and so near an edge."""

_HOLES_APART_MM = (6.5, 290.0)
_STAPLE_MM = (5.5, 16.0)
_STAPLE_EDGE_MM, _BAR_MM = 42.0, 1.9
_HEADER_MM, _HEADER_TALL_MM, _HEADER_WIDE_MM = 16.0, 5.0, 55.0
_HEADER_PIECES, _GLYPH_MM, _LINE_TALL_MM = 10, 1.0, 30.0
_DUST_MM, _DUST_MM2 = 1.1, 0.45
"""Specks: no side longer, no more ink. The dot of a pen is as large, but stands beside strokes."""

_THROUGH_DARK = 0.55
"""What shines through paper is at most so dark; a ball pen has 0.7 and more."""

_CROWD, _CROWD_SOFT_MM, _FRONT_SOFT_MM = 30, 0.64, 0.42
"""A back shines through in so many pieces, with edges so wide: paper scatters light over a quarter
of a millimetre. Edges of a pencil's strokes have 0.34 to 0.46 mm in a sharp scan, 0.60 in a blurred
one. Where the page before is known to be what shines through, less will do."""

_LIKE_CROWD_SOFT, _LIKE_CROWD_DARK = 0.68, 1.35
"""A piece whose edges are sharper than this share of the crowd's usual ones, or which is so much
darker than the crowd's dark ones, is none of it: a note over what shines through."""

_CRISP_SOFT_MM, _HAZE_IN_CROWD = 0.3, 0.25
"""JPEG sharpens what is hardly darker than paper: in a crowd such a piece is one of it."""

_ALONE_SOFT_MM, _ALONE_DARK, _HAZE = 0.72, 0.35, 0.21
"""Without a crowd only what is softer than any pencil, or hardly darker than paper, shines
through."""


class Pieces:
    """Connected pieces of darkness; every verdict is one bool a piece, False for number 0."""

    def __init__(self, found: Connected, small: Gray, ppm: float, front: bool) -> None:
        self.numbers, self.stats = found.numbers, found.stats
        self._at, self._of = found.at, found.of
        self.small, self.ppm, self.front = small, ppm, front
        self.height, self.width = found.numbers.shape
        stats = self.stats
        mm = stats[:, :4] / ppm
        self.x, self.y, self.wide, self.high = mm.T
        self.area = stats[:, 4] / ppm**2
        self.long = np.maximum(self.wide, self.high)
        self.middle = np.stack([self.x + self.wide / 2, self.y + self.high / 2], axis=1)
        self.far = np.array([self.width, self.height]) / ppm

    def none(self) -> NDArray[np.bool_]:
        return np.zeros(len(self.stats), bool)

    def mask_of(self, chosen: NDArray[np.bool_]) -> NDArray[np.uint8]:
        """1 where one of the ``chosen`` pieces is."""
        mask = np.zeros(self.numbers.shape, np.uint8)
        mask.ravel()[self._at[chosen[self._of]]] = 1
        return mask

    def _mask(self, number: int) -> NDArray[np.uint8]:
        left, top, wide, high = (int(v) for v in self.stats[number, :4])
        window = self.numbers[top : top + high, left : left + wide]
        return np.asarray(window == number, np.uint8)

    def from_edge(self) -> NDArray[np.float64]:
        """mm from each piece's middle to the left, right, top and bottom edge, shape (n, 4)."""
        near, away = self.middle, self.far - self.middle
        return np.stack([near[:, 0], away[:, 0], near[:, 1], away[:, 1]], axis=1)

    # --- holes ------------------------------------------------------------------------------------

    def holes(self) -> NDArray[np.bool_]:
        """Full discs near an edge; rings and crescents of that size where another hole is level
        with them."""
        near = self.from_edge().min(axis=1) < _HOLE_EDGE_MM
        least, most = _HOLE_MM
        sized = (self.long >= least) & (self.long <= most) & near
        sized[0] = False
        full, open_ = [], []
        for number in np.flatnonzero(sized).tolist():
            roundness = self._roundness(number)
            if roundness == "disc":
                full.append(number)
            elif roundness in ("ring", "crescent"):
                open_.append(number)
        chosen = self.none()
        chosen[full] = True
        for number in open_:
            others = [n for n in (*full, *open_) if n != number]
            chosen[number] = any(self._level(number, other) for other in others)
        return chosen

    def _roundness(self, number: int) -> str:
        """``disc``, ``ring`` (nothing inside), ``crescent`` (a part of a ring), or nothing."""
        mask = self._mask(number)
        high, wide = mask.shape
        area = float(mask.sum())
        outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        hull = cv2.convexHull(outlines[0])
        (cx, cy), radius = cv2.minEnclosingCircle(hull)
        if not _HOLE_MM[0] / 2 <= radius / self.ppm <= _HOLE_MM[1] / 2:
            return ""
        circle = np.pi * radius**2
        filled = float(cv2.contourArea(hull)) / circle
        square = min(wide, high) / max(wide, high)
        if square > 0.78 and filled > 0.78 and area > 0.8 * cv2.contourArea(hull):
            return "disc"
        ys, xs = np.nonzero(mask)
        away = np.hypot(xs - cx, ys - cy) / radius
        if float((away < 0.55).mean()) > 0.03:
            return ""
        return "ring" if square > 0.78 and filled > 0.78 else "crescent"

    def _level(self, one: int, other: int) -> bool:
        """True where two holes are one punch's: alike, equally far from the same edge, apart."""
        apart = float(np.hypot(*(self.middle[one] - self.middle[other])))
        if not _HOLES_APART_MM[0] <= apart <= _HOLES_APART_MM[1]:
            return False
        small, large = sorted((self.long[one], self.long[other]))
        if small < 0.6 * large:
            return False
        edges = self.from_edge()
        both_near = np.maximum(edges[one], edges[other]) < _HOLE_EDGE_MM
        alike = np.abs(edges[one] - edges[other]) < 1.5 + 0.03 * apart
        return bool((both_near & alike).any())

    # --- staples ----------------------------------------------------------------------------------

    def staples(self, rest: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """One short straight bar in a corner or along a side, alone."""
        edges = self.from_edge()
        corner = np.minimum(edges[:, 0], edges[:, 1]) < _STAPLE_EDGE_MM
        corner &= np.minimum(edges[:, 2], edges[:, 3]) < _STAPLE_EDGE_MM
        placed = corner | (edges.min(axis=1) < 14.0)
        diagonal = np.hypot(self.wide, self.high)
        least, most = _STAPLE_MM
        sized = rest & placed & (diagonal >= least) & (diagonal <= most)
        sized[0] = False
        bars = [n for n in np.flatnonzero(sized).tolist() if self._is_bar(self._mask(n))]
        chosen = self.none()
        strokes = rest & (self.long >= 1.6) & ~self._thin_lines()
        strokes[0] = False
        for number in bars:
            beside = np.flatnonzero(strokes & (self._gaps(number) < 6.0)).tolist()
            others = [n for n in beside if n != number and n not in bars]
            chosen[number] = not others and len(beside) <= 3
        return chosen

    def _thin_lines(self) -> NDArray[np.bool_]:
        """Pieces of lines along the page's sides: longer than a staple, and no thicker."""
        short = np.minimum(self.wide, self.high)
        return np.asarray((self.long > _STAPLE_MM[1]) & (short <= _BAR_MM))

    def _gaps(self, number: int) -> NDArray[np.float64]:
        """mm from the box of each piece to that of one."""
        right, bottom = self.x + self.wide, self.y + self.high
        across = np.maximum(self.x - right[number], self.x[number] - right)
        down = np.maximum(self.y - bottom[number], self.y[number] - bottom)
        return np.asarray(np.maximum(across, down))

    def _is_bar(self, mask: NDArray[np.uint8]) -> bool:
        points = np.argwhere(mask).astype(np.float32)
        (_, (one, other), _) = cv2.minAreaRect(points)
        thick, length = sorted((one + 1, other + 1))
        straight = thick <= _BAR_MM * self.ppm and length >= _STAPLE_MM[0] * self.ppm
        return straight and len(points) >= 0.45 * thick * length and length > 5 * thick

    # --- the sending machine's line ---------------------------------------------------------------

    def header(self) -> NDArray[np.bool_]:
        """A row of small even print along the top or the bottom edge with nothing close to it."""
        top = self._row(self.y, self.y + self.high)
        tall = self.height / self.ppm
        bottom = self._row(tall - self.y - self.high, tall - self.y)
        return top | bottom

    def _row(self, near: NDArray[np.float64], far: NDArray[np.float64]) -> NDArray[np.bool_]:
        """The header at the edge that pieces are ``near`` to ``far`` mm away from."""
        chosen = self.none()
        solid = self.area >= 0.06
        solid[0] = False
        glyphs = solid & (self.high >= _GLYPH_MM)
        within = glyphs & (far <= _HEADER_MM) & (self.high <= _HEADER_TALL_MM)
        for band in _bands(near, far, np.flatnonzero(within)):
            start, stop = float(near[band].min()), float(far[band].max())
            wide = float(np.ptp(np.concatenate([self.x[band], (self.x + self.wide)[band]])))
            if stop - start > _HEADER_TALL_MM + 0.02 * wide or wide < _HEADER_WIDE_MM:
                continue
            if len(band) < _HEADER_PIECES or not self._even(band):
                continue
            whole = glyphs & (near < stop) & (far > start) & (self.high < _LINE_TALL_MM)
            if (far[whole] > stop + 0.3).any():
                continue
            chosen[band] = True
            chosen |= (near >= start - 0.3) & (far <= stop + 0.3)
        chosen[0] = False
        return chosen

    def _even(self, band: NDArray[np.int64]) -> bool:
        """True where the larger pieces of a row stand on one line and are of one height."""
        high = self.high[band]
        usual = float(np.percentile(high, 75))
        large = band[(high > 0.75 * usual) & (high < 1.35 * usual)]
        if usual > 4.2 or len(large) < max(6, 0.4 * len(band)):
            return False
        feet = self.y[large] + self.high[large]
        line = np.polyfit(self.x[large], feet, 1)
        off = feet - np.polyval(line, self.x[large])
        return float(np.median(np.abs(off))) < 0.2 and float(np.std(off)) < 0.45

    # --- what shines through ----------------------------------------------------------------------

    def through(self) -> NDArray[np.bool_]:
        """Light pieces with soft edges: a crowd of them alike, or very soft ones."""
        darkest, soft_mm = self.softness()
        faint = darkest < _THROUGH_DARK
        faint[0] = False
        alone = (soft_mm > _ALONE_SOFT_MM) & (darkest < _ALONE_DARK)
        alone |= (soft_mm > _FRONT_SOFT_MM) & (darkest < _HAZE)
        crowd = faint & (self.long > 1.2) & (soft_mm > _FRONT_SOFT_MM)
        if crowd.sum() < _CROWD:
            return np.asarray(faint & alone)
        usual = float(np.median(soft_mm[crowd]))
        dark = float(np.percentile(darkest[crowd], 95))
        if usual < (_FRONT_SOFT_MM if self.front else _CROWD_SOFT_MM):
            return np.asarray(faint & alone)
        like = (soft_mm > max(0.4, _LIKE_CROWD_SOFT * usual)) & (darkest < _LIKE_CROWD_DARK * dark)
        like |= (soft_mm > _CRISP_SOFT_MM) & (darkest < _HAZE_IN_CROWD)
        return np.asarray(faint & (like | alone))

    def softness(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Darkness of each piece, 0 paper to 1 black, and the width of its edges in mm."""
        across = cv2.Sobel(self.small, cv2.CV_16S, 1, 0, ksize=3).ravel()[self._at]
        down = cv2.Sobel(self.small, cv2.CV_16S, 0, 1, ksize=3).ravel()[self._at]
        slope = np.hypot(across.astype(np.float32), down.astype(np.float32)) / (8 * 255)
        light = 1 - self.small.ravel()[self._at].astype(np.float32) / 255
        darkest = _largest(self._of, light, len(self.stats))
        steepest = _largest(self._of, slope, len(self.stats))
        soft = darkest / np.maximum(steepest, 1e-6) / np.float32(self.ppm)
        return darkest, np.asarray(soft, np.float32)

    # --- dust -------------------------------------------------------------------------------------

    def dust(self, rest: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Specks that no stroke is near to."""
        speck = rest & (self.long <= _DUST_MM) & (self.area <= _DUST_MM2)
        speck[0] = False
        strokes = rest & ~speck
        strokes[0] = False
        if not (speck.any() and strokes.any()):
            return np.asarray(speck)
        brush = disc(2 * 2.0 * self.ppm)
        side, half = len(brush), len(brush) // 2
        around = np.pad(self.mask_of(strokes), half)
        columns = (self.middle[:, 0] * self.ppm).astype(int).clip(0, self.width - 1)
        rows = (self.middle[:, 1] * self.ppm).astype(int).clip(0, self.height - 1)
        for number in np.flatnonzero(speck):
            top, left = rows[number], columns[number]
            near = around[top : top + side, left : left + side] & brush
            speck[number] = not near.any()
        return np.asarray(speck)


def _bands(
    near: NDArray[np.float64], far: NDArray[np.float64], members: NDArray[np.int64]
) -> list[NDArray[np.int64]]:
    """Pieces in rows: one row goes on while the next piece begins before the last one ends."""
    rows: list[list[int]] = []
    end = -1.0
    for number in sorted(members.tolist(), key=lambda n: near[n]):
        if rows and near[number] < end:
            rows[-1].append(number)
            end = max(end, float(far[number]))
        else:
            rows.append([number])
            end = float(far[number])
    return [np.asarray(row, np.int64) for row in rows]


def _largest(numbers: NDArray[np.int32], values: NDArray[Any], count: int) -> NDArray[np.float32]:
    """The largest of ``values`` for each number."""
    out = np.zeros(count, np.float32)
    np.maximum.at(out, numbers, values)
    return out


def disc(across: float) -> NDArray[np.uint8]:
    side = odd(across)
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)


def odd(length: float) -> int:
    return 2 * max(1, round(length / 2)) + 1
