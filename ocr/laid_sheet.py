"""A sheet as its fields are read from it: the page on its blank, and its ink."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.ink.strokes import Ink, find_ink, parted
from ocr.place.align import Aligned
from ocr.place.blank import PX, Each, pixels
from ocr.views.digital import words_on
from records.forms import FieldDef, Part
from records.types import Box, Gray, Page, Word

_SAME_MM = 0.1
"""Places whose edges differ by no more lie one within the other."""

LIGHT = 224.0
"""What is lighter than this is paper, whatever print and ink are like."""

_FAINT_MM2 = 0.8
"""So much that is darker than paper, without being ink, may be writing."""

_BESIDE_INK = np.ones((2 * round(0.8 * PX) + 1,) * 2, np.uint8)
"""So near to ink it is the edge of a blurred stroke."""


_SPECK_MM2 = 0.12
_EDGE_MM = 0.8
_LEAST_SPECKS = 12
_OVER_DIRT = 4.0
"""A name of four letters that a black-and-white scan of a pencil left as dots has 20 and more of
them; the box of a usual scan has one or two."""


@dataclass(frozen=True, eq=False)
class Sheet:
    """An aligned page with its ink and the places of all fields on it."""

    page: Page
    aligned: Aligned
    ink: Ink
    places: tuple[Box, ...]
    code_places: tuple[Box, ...] = ()

    @functools.cached_property
    def coarse_mm(self) -> float:
        return _coarse(self.page)

    @functools.cached_property
    def words(self) -> tuple[Word, ...]:
        """What the page's text layer says beside the print, where it stands on the blank."""
        return words_on(self.aligned, self.page.words)

    @functools.cached_property
    def fainter(self) -> Sheet:
        """The same sheet with everything for ink that is darker than its paper: for places where a
        light hand left no more."""
        return replace(
            self,
            ink=find_ink(
                replace(self.aligned, dark=self._no_paper(self.aligned.image)), self.coarse_mm
            ),
        )

    def _no_paper(self, image: Gray) -> NDArray[np.bool_]:
        """What is darker than paper, averaged so that grain is none of it."""
        return np.asarray(cv2.blur(image, (3, 3)) < max(LIGHT, self.ink.faint))

    def has_faint(self, boxes: Iterable[Box], margin: float) -> bool:
        """True where something that is no ink for certain, and no print, covers as much as a light
        hand's stroke does."""
        if not self.ink.faint:
            return False
        for box in boxes:
            window = pixels(box, self.ink.written, margin)
            faint = self._no_paper(self.aligned.image[window])
            labels = self.ink.labels[window]
            ink = labels > 0
            if (
                margin < 0
            ):  # the specks in a place that seems empty are what is left of its own strokes
                ink &= ~np.isin(labels, self.ink.strokes_in(box))
            inked = cv2.dilate(ink.astype(np.uint8), _BESIDE_INK) > 0
            if (
                faint & ~inked & ~self.aligned.blank.near_print[window]
            ).sum() >= _FAINT_MM2 * PX**2:
                return True
        return False

    @functools.cached_property
    def _specks(self) -> NDArray[np.float64]:
        """The middles of all dark specks away from print, (n, 2) in mm: x and y."""
        loose = (self.aligned.dark & ~self.aligned.blank.near_print).astype(np.uint8)
        _, _, stats, middles = cv2.connectedComponentsWithStats(loose, connectivity=8)
        small = stats[:, cv2.CC_STAT_AREA] <= _SPECK_MM2 * PX**2
        small[0] = False  # the paper itself
        return np.asarray(middles[small] / PX)

    @functools.cached_property
    def _dirt(self) -> float:
        """Specks a mm² where nobody writes: what this scanner and this paper leave everywhere."""
        outside = np.ones(len(self._specks), bool)
        written = 0.0
        for place in self.places:
            outside &= ~_within(self._specks, place)
            written += place.width * place.height
        height, width = self.aligned.image.shape
        rest = max(width * height / PX**2 - written, 1.0)
        return float(np.count_nonzero(outside) / rest)

    def has_crumbled(self, boxes: Iterable[Box]) -> bool:
        """True where a place of a black-and-white page holds far more specks than the page around:
        what is left of a light hand, of which no stroke can be read."""
        if self.ink.faint:
            return False
        for box in boxes:
            if min(box.width, box.height) <= 3 * _EDGE_MM:
                continue
            inner = box.grown(-_EDGE_MM)
            expected = self._dirt * inner.width * inner.height
            found = int(_within(self._specks, inner).sum())
            if found >= max(_LEAST_SPECKS, _OVER_DIRT * expected):
                return True
        return False

    def around(self, options: Mapping[str, Box]) -> list[Box]:
        """The places of other fields near any of ``options``."""
        own = set(options.values())
        return list(dict.fromkeys(b for box in own for b in self.near(box) if b not in own))

    def near(self, box: Box) -> list[Box]:
        """The places of other fields within 6 mm of ``box``."""
        left, top, right, bottom = self._edges
        wide = box.grown(6.0)
        beside = (left < wide.right) & (right > wide.x) & (top < wide.bottom) & (bottom > wide.y)
        outer, inner = box.grown(_SAME_MM), box.grown(-_SAME_MM)
        within = (left >= outer.x) & (top >= outer.y)
        within &= (right <= outer.right) & (bottom <= outer.bottom)
        around = (left <= inner.x) & (top <= inner.y)
        around &= (right >= inner.right) & (bottom >= inner.bottom)
        found = np.flatnonzero(beside & ~within & ~around)
        return [self.places[n] for n in found.tolist()]

    @functools.cached_property
    def _edges(self) -> NDArray[np.float64]:
        """Left, top, right and bottom of :attr:`places`, mm; a row each."""
        corners = [(b.x, b.y, b.right, b.bottom) for b in self.places]
        return np.asarray(corners, np.float64).reshape(-1, 4).T


def _coarse(page: Page) -> float:
    return 25.4 / min(page.source_dpi) if page.source_dpi else 25.4 / page.dpi


def boxes_of(part: Part) -> list[Box]:
    """Where something is written in a part: its box, and its rows of cells."""
    return [*([part.box] if part.box else []), *(c.box for c in part.cells)]


def make_sheet(page: Page, aligned: Aligned, fields: Sequence[FieldDef], each: Each = map) -> Sheet:
    """Take the print away and list the places of ``fields`` (those of this page); ``each`` as for
    :func:`ocr.ink.strokes.find_ink`."""
    places: list[Box] = []
    written: list[Box] = []
    for item in fields:
        for part in (*([item.place] if item.place else []), *item.parts.values()):
            boxes = boxes_of(part)
            written += boxes if item.traits.is_written or item.traits.has_options else []
            places += [*boxes, *part.options.values()]
        if item.era:
            places += [*item.era.circle.values(), *([item.era.box] if item.era.box else [])]
    gray = bool(
        (page.image[::5, ::5] == 255).mean() < 0.8
    )  # of a FAX or a black-and-white scan nearly all is pure white
    codes = [f.place.box for f in fields if f.kind == "code" and f.place and f.place.box]
    ink = parted(find_ink(aligned, _coarse(page), each, gray), written)
    return Sheet(page, aligned, ink, tuple(places), tuple(codes))


def _within(points: NDArray[np.float64], box: Box) -> NDArray[np.bool_]:
    """Which points, (n, 2) in mm, lie in a box."""
    x, y = points[:, 0], points[:, 1]
    return np.asarray((x >= box.x) & (x <= box.right) & (y >= box.y) & (y <= box.bottom))
