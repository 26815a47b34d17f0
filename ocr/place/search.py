"""The search for every sheet on a page.

An A3 glass holds two sheets, a PDF page four small ones, a slip is left over a form. So a page is
not done when a sheet is found on it: the sheet is taken away and what is left is looked at again,
until nothing printed is left or nothing more is known.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import cv2
import numpy as np

from ocr.pages.shapes import likeliest, stretched
from ocr.place.align import Aligned, PreparedPage, best_blank, prepare
from ocr.place.blank import PX, Blank, Each
from ocr.place.found_sheets import (
    SAME,
    Lying,
    PageLook,
    Rule,
    Spot,
    apart,
    covers,
    in_reading_order,
    is_off,
    lying_over,
    page_of,
)
from ocr.place.offsheet import Bounds, covered, print_outside
from ocr.place.relatives import FormChoice, choose, rather
from records.types import Box

MOST = 9
"""So many sheets are looked for on one page."""

_GROWN_MM = 3.0
"""So far beyond its corners a sheet is taken away: paper bends."""

_EDGE_MM = 5.0
"""So much of what is around a sheet is looked at with it."""

_AROUND_MM = 25.0
"""So far around what covers a sheet's print, or juts out beside it, a slip is looked for."""

_LEAST = 100
"""A part of a page with fewer pixels than this on a side shows no sheet."""


def look_over(
    scan: PreparedPage, blanks: Sequence[Blank], rule: Rule, each: Each = map
) -> PageLook:
    """Find every sheet on a page.

    Args:
        blanks: the forms' pages that it may be.
        rule: what is asked of a sheet.
        each: how parts of the page are worked on, see :data:`ocr.place.blank.Each`.
    """
    ranked = best_blank(scan, blanks, each=each)
    shape = None
    if not any(rule.fits(aligned) for aligned in ranked) and not scan.page.words:
        shape = likeliest(scan, blanks)
        if shape is not None:
            other = prepare(stretched(scan.page, shape))
            again = best_blank(other, blanks, each=each)
            if any(rule.fits(aligned) for aligned in again):
                scan, ranked = other, again
            else:
                shape = None
    search = _Search(scan, blanks, rule, each)
    search.guessed = shape is not None
    if search.take(Spot(scan), ranked):
        search.go_on()
    sheets = in_reading_order(search.settled())
    return PageLook(scan, tuple(ranked), sheets, search.strange, search.beside, shape)


def pages_of(look: PageLook, middle: tuple[float, float] | None) -> dict[int, Aligned]:
    """The pages of one sheet among what lies on a page of a document, by their number in the form.

    Args:
        look: over that page, for the blanks of the sheet's form.
        middle: where the sheet's first page lies, see :meth:`records.types.Record.id_of`; None
            where nothing else lies there.
    """
    sheets = list(look.sheets)
    if middle is not None:
        sheets.sort(key=lambda sheet: math.dist(sheet.middle, middle))
    numbers = [sheet.aligned.blank.page for sheet in sheets]
    if middle is not None and len(set(numbers)) < len(numbers):
        sheets = sheets[:1]  # whose the others are nobody can tell
    found: dict[int, Aligned] = {}
    for sheet in sheets:
        found.setdefault(sheet.aligned.blank.page, sheet.aligned)
    return found or {a.blank.page: a for a in (*look.strange, *look.ranked)[:1]}


class _Search:
    """The search for all sheets of one page."""

    def __init__(self, scan: PreparedPage, blanks: Sequence[Blank], rule: Rule, each: Each) -> None:
        self._scan = scan
        self._blanks = blanks
        self._rule = rule
        self._each = each
        self._found: list[Lying] = []
        self._unread: list[tuple[Spot, Aligned]] = []
        self.beside = False
        self.guessed = False  # the page's resolution, as its pixels were not square

    def take(self, spot: Spot, ranked: Sequence[Aligned]) -> bool:
        """Add the sheets that a spot shows; False where there is none that is not known already."""
        before = len(self._found)
        left = [a for a in ranked if self._rule.like(a) and self._is_new(spot, a)]
        while left:
            here = [a for a in left if not apart(spot, left[0], spot, a)]
            left = [a for a in left if all(a is not h for h in here)]
            fitting = [a for a in here if self._rule.fits(a)]
            if fitting:
                self._choose(spot, fitting, [a for a in here if all(a is not f for f in fitting)])
            elif not self._under(spot, here[0]):
                self._unread.append((spot, here[0]))
        return len(self._found) > before

    def _choose(self, spot: Spot, fitting: Sequence[Aligned], versions: Sequence[Aligned]) -> None:
        choice = choose(spot.scan, fitting)
        version = rather(spot.scan, choice.best, versions)
        if version is not None:
            self._unread.append((spot, version))
        else:
            self._found.append(Lying(self._scan.page, choice, spot))

    def _under(self, spot: Spot, aligned: Aligned) -> bool:
        """Add a sheet that only fits where nothing lies over it, with what lies there."""
        sheet = Lying(self._scan.page, FormChoice(aligned), spot)
        self._found.append(sheet)
        before = len(self._found)
        for place in covered(aligned):
            self._search(self._cut(self._bounds(sheet, place), _AROUND_MM, False))
        over = [lying_over(sheet, other) for other in self._found[before:]]
        hidden = [box for box in over if box is not None]
        if hidden and self._rule.fits(aligned, hidden):
            return True
        del self._found[before - 1 :]
        return False

    def go_on(self) -> None:
        """Take away what was found and look again: beside the sheets, then over them."""
        while (bounds := self._outside()) is not None:
            if len(self._found) >= MOST or not self._further(bounds):
                self.beside = True
                break
        for number, sheet in enumerate(list(self._found)):
            for place in covered(sheet.aligned):
                if self._is_known(sheet, place):
                    continue
                spot = self._cut(self._bounds(sheet, place), _AROUND_MM, False)
                if not self._search(spot) and not self._shows(sheet, spot, place):
                    self.beside = True
                    hidden = (*self._found[number].hidden, place)
                    self._found[number] = replace(self._found[number], hidden=hidden)

    def _further(self, bounds: Bounds) -> bool:
        """Look at a place beside the sheets: without them, and with them where a sheet lies partly
        over another."""
        clear = self._cut(bounds, _EDGE_MM, True)
        return self._search(clear) or self._search(self._cut(bounds, _AROUND_MM, False))

    def _search(self, spot: Spot) -> bool:
        """Look at a spot; where it shows no more than a part of a sheet, at all of that sheet."""
        ranked = best_blank(spot.scan, self._blanks, each=self._each)
        if self.take(spot, ranked):
            return True
        part = next((a for a in ranked if self._is_new(spot, a)), None)
        if part is None:
            return False
        corners = spot.corners(part)
        (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
        whole = self._cut((int(left), int(top), int(right), int(bottom)), _EDGE_MM, False)
        if min(whole.scan.page.image.shape) < _LEAST:
            return False
        return self.take(whole, best_blank(whole.scan, self._blanks, each=self._each))

    def _is_known(self, sheet: Lying, place: Box) -> bool:
        """True where another sheet that was found lies over a place."""
        boxes = [lying_over(sheet, other) for other in self._found if other is not sheet]
        return any(box is not None and covers(box, place) for box in boxes)

    def _shows(self, sheet: Lying, spot: Spot, place: Box) -> bool:
        """True where a spot shows the sheet itself: it was only laid badly there."""
        again = best_blank(spot.scan, [sheet.aligned.blank], 1, each=self._each)
        return any(a.fit_around(place, 0.0) > SAME for a in again)

    @property
    def strange(self) -> tuple[Aligned, ...]:
        """What is like a form and was not read, where nothing that was read lies there."""
        left = (
            (spot, a)
            for spot, a in self._unread
            if all(is_off(sheet, spot, a) for sheet in self._found)
        )
        kept: list[tuple[Spot, Aligned]] = []
        for spot, aligned in left:
            if all(apart(spot, aligned, *other) for other in kept):
                kept.append((spot, aligned))
        return tuple(aligned for _, aligned in kept)

    def _is_new(self, spot: Spot, aligned: Aligned) -> bool:
        return all(apart(spot, aligned, s.spot, s.aligned) for s in self._found)

    @property
    def _ppm(self) -> float:
        """Pixels of the page for one mm of the first sheet."""
        first = self._found[0]
        return first.aligned.source_scale * PX / first.spot.scale

    def _outside(self) -> Bounds | None:
        return print_outside(self._scan, [sheet.corners for sheet in self._found], self._ppm)

    def _bounds(self, sheet: Lying, place: Box) -> Bounds:
        """A place on a sheet's blank as bounds on the page."""
        corners = np.asarray(
            [[(x * PX, y * PX) for y in (place.y, place.bottom) for x in (place.x, place.right)]]
        )
        matrix = sheet.aligned.way.matrix
        seen = cv2.perspectiveTransform(corners, matrix)[0] / sheet.spot.scale
        seen = np.asarray(seen) + np.asarray([sheet.spot.x, sheet.spot.y])
        (left, top), (right, bottom) = seen.min(axis=0), seen.max(axis=0)
        return int(left), int(top), int(right), int(bottom)

    def _cut(self, bounds: Bounds, around: float, clear: bool) -> Spot:
        """A part of the page by itself; ``clear`` where the sheets that were found are to be taken
        away."""
        page = self._scan.page
        more = round(around * self._ppm)
        height, width = page.image.shape
        left = max(0, bounds[0] - more)
        top = max(0, bounds[1] - more)
        right = min(width, bounds[2] + more)
        bottom = min(height, bounds[3] + more)
        image = page.image[top:bottom, left:right].copy()
        if clear:
            paper = int(np.percentile(image[::8, ::8], 90))
            grown = round(_GROWN_MM * self._ppm)
            for sheet in self._found:
                corners = np.round(sheet.corners - (left, top)).astype(np.int32)
                cv2.fillConvexPoly(image, corners, paper)
                cv2.polylines(image, [corners], True, paper, 2 * grown)
        part = replace(page, image=image, words=(), form_values={})
        return Spot(prepare(part), left, top)

    def settled(self) -> list[Lying]:
        """The sheets as they are to be read."""
        several = len(self._found) > 1 or self.guessed
        found = []
        for sheet in self._found:
            found.append(
                replace(
                    sheet,
                    page=page_of(sheet, several),
                    hidden=(*sheet.hidden, *self._hidden(sheet)),
                )
            )
        return found

    def _hidden(self, sheet: Lying) -> Iterator[Box]:
        """Where other sheets lie over this one: where two overlap, the upper one is whole."""
        for other in self._found:
            if other is sheet:
                continue
            mine = lying_over(sheet, other)
            others = lying_over(other, sheet)
            if mine is None or others is None:
                continue
            if sheet.aligned.fit_around(mine, 0.0) <= other.aligned.fit_around(others, 0.0):
                yield mine
