"""Forms that share print: which of two that both fit is on the page.

A form that is another one and something more fits wherever that other one does, and two forms that
differ in their title fit each other's sheets to a hundredth. So the two are compared only where
their print differs, on the page itself: each predicts how the page looks there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.place.align import Aligned, PreparedPage
from ocr.place.blank import LOW, PX
from ocr.place.tiles import bend_at
from records.types import Gray

CLEAR = 0.3
"""From this on the page says which form it is; 1 is a page that looks as that form in every place
where the two differ, 0 one that looks as much like the other."""

_TILE_MM = 10.0
_SHIFT_MM = 0.5
_LEAST_MM2 = 0.04
"""Forms that differ in less print than this are alike."""

_SEEN = 40.0
"""Predictions that differ by so many gray values differ."""

_OWN, _ALIKE = 0.25, 0.4
"""Where so much of the difference is print of the likelier form, its print must be like what is
seen: a correlation."""

_SMOOTHER_MM = 0.5
"""So much less the tiles of the right form have moved against their neighbours."""

Picture = NDArray[np.float32]
"""Ink on zero, 255 black, slightly blurred; in pixels of the page's small image."""


@dataclass(frozen=True, eq=False)
class FormChoice:
    """One of several forms that a sheet may be.

    Attributes:
        best: the form that is most like the sheet.
        alike: others that are as much like it; empty where the choice is clear.
    """

    best: Aligned
    alike: tuple[Aligned, ...] = ()


def choose(scan: PreparedPage, fitting: Sequence[Aligned]) -> FormChoice:
    """The form among those that fit that the sheet says it is.

    Args:
        fitting: at least one, best fit first.
    """
    best = fitting[0]
    if len(fitting) == 1:
        return FormChoice(best)
    views = _RelativeViews(scan)
    for other in fitting[1:]:
        if views.told(best, other) < 0:
            best = other
    others = (other for other in fitting if other is not best)
    return FormChoice(best, tuple(other for other in others if views.told(best, other) < CLEAR))


def rather(scan: PreparedPage, chosen: Aligned, others: Sequence[Aligned]) -> Aligned | None:
    """One of ``others`` that fits better and that the sheet clearly is instead; None where there
    is none."""
    better = [other for other in others if other.fit > chosen.fit]
    views = _RelativeViews(scan)
    return next((other for other in better if views.told(chosen, other) <= -CLEAR), None)


class _RelativeViews:
    """A page as it is, and as each form predicts it."""

    def __init__(self, scan: PreparedPage) -> None:
        self._scan = scan
        self._seen = _picture(scan.low)
        self._made: dict[int, Picture] = {}

    def _of(self, aligned: Aligned) -> Picture:
        if id(aligned) not in self._made:
            self._made[id(aligned)] = predicted(self._scan, aligned)
        return self._made[id(aligned)]

    def told(self, one: Aligned, other: Aligned) -> float:
        """How clearly the page is ``one`` (1) and not ``other`` (-1); 0 where it does not say."""
        here = self._of(one)
        there = self._of(other)
        told = _told(self._seen, here, there, _scale(self._scan, one))
        if abs(told) < CLEAR and _laid_alike(one, other):
            told = _finely(one, other) or told
        if abs(told) >= CLEAR:
            return told
        rough = unevenness(other) - unevenness(one)
        if abs(rough) >= _SMOOTHER_MM and np.sign(rough) * told >= -0.1:
            return float(np.sign(rough))
        return told


def _laid_alike(one: Aligned, other: Aligned) -> bool:
    """True where both forms have pages of one size that lie on the scan alike, to half a mm."""
    if one.blank.image.shape != other.blank.image.shape:
        return False
    apart = one.way.corners(one.blank) - other.way.corners(other.blank)
    return float(np.linalg.norm(apart, axis=1).max()) <= 0.5 * PX * one.source_scale


def _finely(one: Aligned, other: Aligned) -> float:
    """As :func:`_told`, on the canvas: one digit of the form's number is a few pixels there."""
    seen, here, there = (
        _picture(image) for image in (one.image, one.blank.image, other.blank.image)
    )
    return _told(seen, here, there, PX)


def _scale(scan: PreparedPage, aligned: Aligned) -> float:
    """Pixels of the page's small image for one mm of the sheet."""
    return aligned.source_scale * scan.scale * PX


def predicted(scan: PreparedPage, aligned: Aligned) -> Picture:
    """The page's small image if nothing but the blank's print were on it."""
    height, width = scan.low.shape
    coarse = 16
    xs, ys = (
        (np.arange(-1, side // coarse + 2, dtype=np.float32) * coarse + coarse / 2)
        for side in (width, height)
    )
    grid = np.stack(np.meshgrid(xs, ys), axis=2) / scan.scale - 0.5
    back = np.linalg.inv(aligned.way.matrix)
    straight = cv2.perspectiveTransform(grid.reshape(1, -1, 2).astype(np.float64), back)
    straight = straight.reshape(grid.shape)
    canvas = np.asarray(straight, np.float32)
    if aligned.way.bend.shape[:2] != (1, 1):
        for _ in range(2):  # a few mm at most, and smooth: this is as near as a tenth of a pixel
            canvas = np.asarray(straight - bend_at(aligned.way.bend, canvas), np.float32)
    nodes = (canvas + 0.5) * LOW - 0.5
    x, y = (
        cv2.resize(np.ascontiguousarray(nodes[..., axis]), None, fx=coarse, fy=coarse)[
            coarse : coarse + height, coarse : coarse + width
        ]
        for axis in (0, 1)
    )
    print_ = cv2.remap(
        _shrunk_to(aligned, scan),
        x,
        y,
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(255,),
    )
    return _picture(np.asarray(print_, np.uint8))


def _shrunk_to(aligned: Aligned, scan: PreparedPage) -> Gray:
    """The blank's small image, blurred where the page shows it smaller, as shrinking would."""
    shrunk = aligned.source_scale * scan.scale / LOW
    if shrunk > 0.8:
        return aligned.blank.low
    return np.asarray(cv2.GaussianBlur(aligned.blank.low, (0, 0), 0.5 / shrunk), np.uint8)


def _picture(image: Gray) -> Picture:
    return np.asarray(255 - cv2.GaussianBlur(image, (0, 0), 1.0), np.float32)


def _told(seen: Picture, here: Picture, there: Picture, ppm: float) -> float:
    """Tile by tile, how much nearer the page is to one prediction than to the other, weighted by
    how far these differ; each tile may be off by half a mm.

    A form that has print of its own must also be seen to have it: paper where both have some, or a
    blot, says nothing.
    """
    differ = (here - there) ** 2
    unit = ppm**2 * 255.0**2
    if float(differ.sum()) < _LEAST_MM2 * unit:
        return 0.0
    seen = np.asarray(seen * _gain(seen, np.minimum(here, there)), np.float32)
    tile = max(8, round(_TILE_MM * ppm))
    reach = max(1, round(_SHIFT_MM * ppm))
    border = cv2.copyMakeBorder(seen, reach, reach, reach, reach, cv2.BORDER_REPLICATE)
    around = np.asarray(border, np.float32)
    is_seen = (differ > _SEEN**2).astype(np.uint8)
    side = 2 * reach + 1
    near = cv2.dilate(is_seen, np.ones((side, side))) > 0
    total = weight = 0.0
    sides = (_Side(), _Side())
    for top in range(0, seen.shape[0], tile):
        for left in range(0, seen.shape[1], tile):
            part = (slice(top, top + tile), slice(left, left + tile))
            much = float(differ[part].sum())
            if much < 0.5 * _LEAST_MM2 * unit:
                continue
            height, width = here[part].shape
            rows = slice(top, top + height + 2 * reach)
            columns = slice(left, left + width + 2 * reach)
            window = around[rows, columns]
            off_here = sides[0].add(window, here[part], there[part], near[part])
            off_there = sides[1].add(window, there[part], here[part], near[part])
            total += float(np.clip((off_there - off_here) / much, -1.0, 1.0)) * much
            weight += much
    told = total / weight if weight else 0.0
    winner = sides[0] if told > 0 else sides[1]
    if winner.own >= _OWN * weight and winner.likeness() < _ALIKE:
        return float(np.clip(told, -0.5 * CLEAR, 0.5 * CLEAR))
    return told


class _Side:
    """What one of two forms predicts where they differ, against what is seen there."""

    def __init__(self) -> None:
        self.own = 0.0
        self._pairs: list[Picture] = []

    def add(
        self, window: Picture, mine: Picture, others: Picture, near: NDArray[np.bool_]
    ) -> float:
        """Add a tile.

        Args:
            window: the page, with more around it.

        Returns:
            The least sum of squares between prediction and page, over small shifts.
        """
        off = cv2.matchTemplate(window, mine, cv2.TM_SQDIFF)
        least, _, (x, y), _ = cv2.minMaxLoc(off)
        there = window[y : y + mine.shape[0], x : x + mine.shape[1]]
        self.own += float((np.maximum(mine - others, 0.0) ** 2).sum())
        self._pairs.append(np.stack([mine[near], there[near]]))
        return float(least)

    def likeness(self) -> float:
        """Correlation of prediction and page; 0 where one of them is even."""
        if not self._pairs:
            return 0.0
        mine, seen = np.concatenate(self._pairs, axis=1)
        spread = float(mine.std() * seen.std())
        if not spread:
            return 0
        return float(np.mean((mine - mine.mean()) * (seen - seen.mean())) / spread)


def _gain(seen: Picture, common: Picture) -> float:
    """How much fainter than the blanks the page is where both have print."""
    printed = common > 120
    if np.count_nonzero(printed) < 100:
        return 1.0
    level = float(seen[printed].mean())
    return float(np.clip(common[printed].mean() / max(level, 1.0), 0.8, 2.5))


def unevenness(aligned: Aligned) -> float:
    """How far rows, or columns, of tiles have moved against the next, mm in the worst place: the
    lower half of another version jumps where it was set lower."""
    bend = aligned.way.bend
    jumps = [np.linalg.norm(np.diff(bend, axis=axis), axis=2) for axis in (0, 1)]
    steps = [np.median(jump, axis=1 - axis) for axis, jump in enumerate(jumps) if jump.size]
    return max((float(step.max()) for step in steps), default=0.0) / PX
