"""Which sheets lie on a page, and where.

An A3 glass holds two sheets, a PDF page four small ones, a slip is left over a form. So a page is
not done when a sheet is found on it: the sheet is taken away and what is left is looked at again,
until nothing printed is left or nothing more is known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.align import Aligned, Scan, best_blank, prepare
from ocr.beside import Bounds, Quad, covered, print_outside
from ocr.blank import CANVAS_DPI, PX, Blank, Each
from ocr.relatives import Choice, choose, rather
from ocr.shapes import likeliest, stretched
from records.forms import FormDef
from records.types import Box, Page

MISFIT = 0.8
"""Share of the print around a field that must be found there. Sound sheets, FAX among them, have
0.90 and more; a form whose rules stand 4 mm elsewhere has 0.2 to 0.7."""

MISFITS = 0.3
"""With this share of misfitting fields the sheet is another form or another version of it."""

MOST = 9
"""So many sheets are looked for on one page."""

_GROWN_MM = 3.0
"""So far beyond its corners a sheet is taken away: paper bends."""

_EDGE_MM = 5.0
_AROUND_MM = 25.0
"""So far around what covers a sheet's print, or juts out beside it, a slip is looked for."""

_LEAST = 100
"""A part of a page with fewer pixels than this on a side shows no sheet."""

_SAME = 0.5
"""Two placements that share so much are one sheet, found twice."""

_OVER_MM = 8.0
"""Sheets that overlap by less touch each other."""

_TOLD = 0.2
"""A resolution that is off by more than this share is not the page's."""


@dataclass(frozen=True, eq=False)
class Rule:
    """What is asked of a sheet as it was laid on a blank.

    Attributes:
        forms: by id.
        score: the fit below which nothing is read.
    """

    forms: Mapping[str, FormDef]
    score: float

    def like(self, aligned: Aligned) -> bool:
        """True for a sheet of the form, or of another version of it."""
        return bool(aligned.fit >= self.score)

    def fits(self, aligned: Aligned, hidden: Sequence[Box] = ()) -> bool:
        """True for a sheet that can be read as this form.

        Args:
            hidden: places, mm, where something else lies over it; fields there do not count.
        """
        return self.like(aligned) and self.misfits(aligned, hidden) < MISFITS

    def misfits(self, aligned: Aligned, hidden: Sequence[Box] = ()) -> float:
        """Share of the page's fields whose printed surroundings are not where the form has
        them."""
        areas = [
            f.area
            for f in self.forms[aligned.blank.form].fields.values()
            if f.page == aligned.blank.page and f.area and not is_hidden(f.area, hidden)
        ]
        if not areas:
            return 0.0
        return sum(aligned.fit_around(area) < MISFIT for area in areas) / len(areas)


def is_hidden(area: Box, hidden: Sequence[Box]) -> bool:
    """True where something lies over a field, or touches it."""
    return any(
        box.x < area.right and area.x < box.right and box.y < area.bottom and area.y < box.bottom
        for box in hidden
    )


@dataclass(frozen=True, eq=False)
class Spot:
    """A part of a page that is looked at by itself; ``x``, ``y`` its corner on the page, pixels."""

    scan: Scan
    x: int = 0
    y: int = 0

    @property
    def scale(self) -> float:
        """Pixels of the scan's image for one of the page's."""
        return float(self.scan.image.shape[0] / self.scan.page.image.shape[0])

    def corners(self, aligned: Aligned) -> Quad:
        """The sheet's corners on the page, pixels."""
        return aligned.way.corners(aligned.blank) / self.scale + (self.x, self.y)


@dataclass(frozen=True, eq=False)
class Lying:
    """A sheet that lies on a page.

    Attributes:
        page: the page as this sheet is to be read: with the resolution that it has here.
        choice: the form it is, laid on its blank.
        spot: the part of the page that it was found in.
        hidden: places on the blank, mm, where something else lies over it.
    """

    page: Page
    choice: Choice
    spot: Spot
    hidden: tuple[Box, ...] = ()

    @property
    def aligned(self) -> Aligned:
        return self.choice.best

    @property
    def corners(self) -> Quad:
        """On the page, pixels."""
        return self.spot.corners(self.aligned)

    @property
    def middle(self) -> tuple[float, float]:
        """In shares of the page's width and height."""
        height, width = self.page.image.shape
        x, y = (float(v) for v in self.corners.mean(axis=0))
        return x / width, y / height


@dataclass(frozen=True, eq=False)
class Look:
    """What lies on a page.

    Attributes:
        scan: the page, stretched where that was needed; ``stretch`` by how much, (x, y).
        ranked: the blanks that were tried for the whole page, best fit first.
        sheets: in reading order.
        strange: sheets that are like a blank and cannot be read as it, such as another version.
        beside: True where there is more print on the page than its sheets explain.
    """

    scan: Scan
    ranked: tuple[Aligned, ...]
    sheets: tuple[Lying, ...] = ()
    strange: tuple[Aligned, ...] = ()
    beside: bool = False
    stretch: tuple[float, float] | None = None

    def of(self, form: str) -> Look:
        """The part of it that concerns one form."""
        return replace(
            self,
            ranked=tuple(a for a in self.ranked if a.blank.form == form),
            sheets=tuple(s for s in self.sheets if s.aligned.blank.form == form),
            strange=tuple(a for a in self.strange if a.blank.form == form),
        )


def look_over(scan: Scan, blanks: Sequence[Blank], rule: Rule, each: Each = map) -> Look:
    """Find every sheet on a page.

    Args:
        blanks: the forms' pages that it may be.
        rule: what is asked of a sheet.
        each: how parts of the page are worked on, see :data:`ocr.blank.Each`.
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
    if search.take(Spot(scan), ranked):
        search.go_on()
    sheets = _in_reading_order(search.settled())
    return Look(scan, tuple(ranked), sheets, search.strange, search.beside, shape)


def pages_of(look: Look, middle: tuple[float, float] | None) -> dict[int, Aligned]:
    """The pages of one sheet among what lies on a page of a document, by their number in the form.

    Args:
        look: over that page, for the blanks of the sheet's form.
        middle: where the sheet's first page lies, see :meth:`records.types.Record.id_of`; None
            where nothing else lies there.
    """
    sheets = list(look.sheets)
    if middle is not None:
        sheets.sort(key=lambda s: np.hypot(s.middle[0] - middle[0], s.middle[1] - middle[1]))
    numbers = [sheet.aligned.blank.page for sheet in sheets]
    if middle is not None and len(set(numbers)) < len(numbers):
        sheets = sheets[:1]  # whose the others are nobody can tell
    found: dict[int, Aligned] = {}
    for sheet in sheets:
        found.setdefault(sheet.aligned.blank.page, sheet.aligned)
    return found or {a.blank.page: a for a in (*look.strange, *look.ranked)[:1]}


class _Search:
    """The search for all sheets of one page."""

    def __init__(self, scan: Scan, blanks: Sequence[Blank], rule: Rule, each: Each) -> None:
        self._scan, self._blanks, self._rule, self._each = scan, blanks, rule, each
        self._found: list[Lying] = []
        self._unread: list[tuple[Spot, Aligned]] = []
        self.beside = False

    def take(self, spot: Spot, ranked: Sequence[Aligned]) -> bool:
        """Add the sheets that a spot shows; False where there is none that is not known already."""
        before = len(self._found)
        left = [a for a in ranked if self._rule.like(a) and self._is_new(spot, a)]
        while left:
            here = [a for a in left if not _apart(spot, left[0], spot, a)]
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
        sheet = Lying(self._scan.page, Choice(aligned), spot)
        self._found.append(sheet)
        before = len(self._found)
        for place in covered(aligned):
            self._search(self._cut(self._bounds(sheet, place), _AROUND_MM, False))
        over = [_shared(sheet, other) for other in self._found[before:]]
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
        boxes = [_shared(sheet, other) for other in self._found if other is not sheet]
        return any(box is not None and _covers(box, place) for box in boxes)

    def _shows(self, sheet: Lying, spot: Spot, place: Box) -> bool:
        """True where a spot shows the sheet itself: it was only laid badly there."""
        again = best_blank(spot.scan, [sheet.aligned.blank], 1, each=self._each)
        return any(a.fit_around(place, 0.0) > _SAME for a in again)

    @property
    def strange(self) -> tuple[Aligned, ...]:
        """What is like a form and was not read, where nothing that was read lies there."""
        left = (
            (spot, a)
            for spot, a in self._unread
            if all(_is_off(sheet, spot, a) for sheet in self._found)
        )
        kept: list[tuple[Spot, Aligned]] = []
        for spot, aligned in left:
            if all(_apart(spot, aligned, *other) for other in kept):
                kept.append((spot, aligned))
        return tuple(aligned for _, aligned in kept)

    def _is_new(self, spot: Spot, aligned: Aligned) -> bool:
        return all(_apart(spot, aligned, s.spot, s.aligned) for s in self._found)

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
        page, more = self._scan.page, round(around * self._ppm)
        height, width = page.image.shape
        left, top = max(0, bounds[0] - more), max(0, bounds[1] - more)
        right, bottom = min(width, bounds[2] + more), min(height, bounds[3] + more)
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
        several = len(self._found) > 1
        return [
            replace(
                sheet,
                page=_page_of(sheet, several),
                hidden=(*sheet.hidden, *self._hidden(sheet)),
            )
            for sheet in self._found
        ]

    def _hidden(self, sheet: Lying) -> Iterator[Box]:
        """Where other sheets lie over this one: where two overlap, the upper one is whole."""
        for other in self._found:
            if other is sheet:
                continue
            mine, others = _shared(sheet, other), _shared(other, sheet)
            if mine is None or others is None:
                continue
            if sheet.aligned.fit_around(mine, 0.0) <= other.aligned.fit_around(others, 0.0):
                yield mine


def _apart(one_spot: Spot, one: Aligned, other_spot: Spot, other: Aligned) -> bool:
    """True for two sheets, False for one that was found twice."""
    quads = [one_spot.corners(one), other_spot.corners(other)]
    shared = _overlap(quads[0], quads[1])[0]
    areas = [_area(quad) for quad in quads]
    alike = one.blank.form == other.blank.form
    return shared < _SAME * (min(areas) if alike else sum(areas) - shared)


def _is_off(sheet: Lying, spot: Spot, aligned: Aligned) -> bool:
    """True where most of what is laid on a blank lies off a sheet."""
    quad = spot.corners(aligned)
    return _overlap(sheet.corners, quad)[0] < _SAME * _area(quad)


def _shared(sheet: Lying, other: Lying) -> Box | None:
    """Where another sheet overlaps this one, on this one's blank, mm; None where they only
    touch."""
    polygon = _overlap(sheet.corners, other.corners)[1]
    if len(polygon) < 3:
        return None
    box = _on_blank(sheet, polygon)
    return box if min(box.width, box.height) >= _OVER_MM else None


def _covers(box: Box, place: Box) -> bool:
    """True where ``box`` holds more than half of ``place``."""
    across = min(box.right, place.right) - max(box.x, place.x)
    down = min(box.bottom, place.bottom) - max(box.y, place.y)
    return across > 0 and down > 0 and across * down > 0.5 * place.width * place.height


def _on_blank(sheet: Lying, polygon: NDArray[np.float64]) -> Box:
    """The bounds of a polygon of the page on a sheet's blank, mm."""
    points = (polygon - (sheet.spot.x, sheet.spot.y)) * sheet.spot.scale
    back = np.linalg.inv(sheet.aligned.way.matrix)
    laid = cv2.perspectiveTransform(points[None], back)[0] / PX
    size = sheet.aligned.blank.size_mm
    (left, top), (right, bottom) = (
        np.clip(laid.min(axis=0), 0, size),
        np.clip(laid.max(axis=0), 0, size),
    )
    return Box(
        float(left), float(top), max(0.01, float(right - left)), max(0.01, float(bottom - top))
    )


def _area(quad: Quad) -> float:
    return float(cv2.contourArea(quad.astype(np.float32)))


def _overlap(one: Quad, other: Quad) -> tuple[float, NDArray[np.float64]]:
    """How much two quads share, pixels², and the polygon that they share."""
    shared, polygon = cv2.intersectConvexConvex(one.astype(np.float32), other.astype(np.float32))
    if polygon is None:
        return 0.0, np.zeros((0, 2))
    return float(shared), np.asarray(polygon, np.float64).reshape(-1, 2)


def _page_of(sheet: Lying, several: bool) -> Page:
    """The page with the resolution that the sheet has on it, where that is not what the page says;
    with other sheets beside it, without its text layer, whose places are those of the page."""
    page = sheet.page
    off = [dpi / page.dpi for dpi in _true_dpi(sheet)]
    told = page.source_dpi is not None or several or max(off) > (1 + _TOLD) * min(off)
    if told and max(abs(share - 1) for share in off) > _TOLD:
        stated = page.source_dpi or (page.dpi, page.dpi)
        source = (stated[0] * off[0], stated[1] * off[1])
        page = replace(page, dpi=page.dpi * min(off), source_dpi=source)
    return replace(page, words=(), form_values={}) if several else page


def _true_dpi(sheet: Lying) -> tuple[float, float]:
    """Pixels of the page for an inch of the sheet, along the page's width and along its height."""
    height, width = sheet.aligned.blank.image.shape
    x, y = width / 2, height / 2
    step = 50.0
    around = np.asarray([[[x - step, y], [x + step, y], [x, y - step], [x, y + step]]], np.float64)
    left, right, top, bottom = cv2.perspectiveTransform(around, sheet.aligned.way.matrix)[0]
    turned = np.stack([right - left, bottom - top], axis=1) / (2 * step)
    across, down = np.linalg.norm(turned, axis=1) * CANVAS_DPI / sheet.spot.scale
    return float(across), float(down)


def _in_reading_order(sheets: Sequence[Lying]) -> tuple[Lying, ...]:
    """Row by row from the top, each from the left."""
    rows: list[list[Lying]] = []
    for sheet in sorted(sheets, key=lambda s: s.middle[1]):
        height = sheet.page.image.shape[0]
        tops = sheet.corners[:, 1].min() / height
        if rows and tops < rows[-1][0].middle[1]:
            rows[-1].append(sheet)
        else:
            rows.append([sheet])
    return tuple(sheet for row in rows for sheet in sorted(row, key=lambda s: s.middle[0]))
