"""Sheets as they lie on a page: where each is, what lies over it, and what is asked of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.place.align import Aligned, PreparedPage
from ocr.place.blank import CANVAS_DPI, PX
from ocr.place.offsheet import Quad
from ocr.place.relatives import FormChoice
from records.forms import FormDef
from records.types import Box, Page

MISFIT = 0.8
"""Share of the print around a field that must be found there. Sound sheets, FAX among them, have
0.90 and more; a form whose rules stand 4 mm elsewhere has 0.2 to 0.7."""

MISFITS = 0.3
"""With this share of misfitting fields the sheet is another form or another version of it."""

SAME = 0.5
"""Two placements that share so much are one sheet, found twice."""

_OVER_MM = 8.0
"""Sheets that overlap by less touch each other."""

_OFF, _OFF_ALONE = 1.2, 1.6
"""A resolution that is off by more than this factor is not the page's; for a sheet that lies alone,
by as much as a lost resolution of a FAX is, and no paper that a machine shrank."""


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
        areas = []
        for f in self.forms[aligned.blank.form].fields.values():
            if f.page == aligned.blank.page and f.area and not is_hidden(f.area, hidden):
                areas.append(f.area)
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

    scan: PreparedPage
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
    choice: FormChoice
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
class PageLook:
    """What lies on a page.

    Attributes:
        scan: the page, stretched where that was needed; ``stretch`` by how much, (x, y).
        ranked: the blanks that were tried for the whole page, best fit first.
        sheets: in reading order.
        strange: sheets that are like a blank and cannot be read as it, such as another version.
        beside: True where there is more print on the page than its sheets explain.
    """

    scan: PreparedPage
    ranked: tuple[Aligned, ...]
    sheets: tuple[Lying, ...] = ()
    strange: tuple[Aligned, ...] = ()
    beside: bool = False
    stretch: tuple[float, float] | None = None

    def of(self, form: str) -> PageLook:
        """The part of it that concerns one form."""
        return replace(
            self,
            ranked=tuple(a for a in self.ranked if a.blank.form == form),
            sheets=tuple(s for s in self.sheets if s.aligned.blank.form == form),
            strange=tuple(a for a in self.strange if a.blank.form == form),
        )


def apart(one_spot: Spot, one: Aligned, other_spot: Spot, other: Aligned) -> bool:
    """True for two sheets, False for one that was found twice."""
    quads = [one_spot.corners(one), other_spot.corners(other)]
    shared = _overlap(quads[0], quads[1])[0]
    areas = [_area(quad) for quad in quads]
    alike = one.blank.form == other.blank.form
    return shared < SAME * (min(areas) if alike else sum(areas) - shared)


def is_off(sheet: Lying, spot: Spot, aligned: Aligned) -> bool:
    """True where most of what is laid on a blank lies off a sheet."""
    quad = spot.corners(aligned)
    return _overlap(sheet.corners, quad)[0] < SAME * _area(quad)


def lying_over(sheet: Lying, other: Lying) -> Box | None:
    """Where another sheet overlaps this one, on this one's blank, mm; None where they only
    touch."""
    polygon = _overlap(sheet.corners, other.corners)[1]
    if len(polygon) < 3:
        return None
    box = on_blank(sheet, polygon)
    if min(box.width, box.height) >= _OVER_MM:
        return box
    return None


def covers(box: Box, place: Box) -> bool:
    """True where ``box`` holds more than half of ``place``."""
    across = min(box.right, place.right) - max(box.x, place.x)
    down = min(box.bottom, place.bottom) - max(box.y, place.y)
    return across > 0 and down > 0 and across * down > 0.5 * place.width * place.height


def on_blank(sheet: Lying, polygon: NDArray[np.float64]) -> Box:
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


def page_of(sheet: Lying, several: bool) -> Page:
    """The page with the resolution that the sheet has on it, where that is not what the page says;
    with other sheets beside it, without its text layer, whose places are those of the page."""
    page = sheet.page
    off = [dpi / page.dpi for dpi in _true_dpi(sheet)]
    told = page.source_dpi is not None or several or max(off) > _OFF_ALONE * min(off)
    most = _OFF if several or page.source_dpi is None else _OFF_ALONE
    if told and max(*off, *(1 / share for share in off)) > most:
        stated = page.source_dpi or (page.dpi, page.dpi)
        source = (stated[0] * off[0], stated[1] * off[1])
        page = replace(page, dpi=page.dpi * min(off), source_dpi=source)
    if several:
        return replace(page, words=(), form_values={})
    return page


def _true_dpi(sheet: Lying) -> tuple[float, float]:
    """Pixels of the page for an inch of the sheet, along the page's width and along its height."""
    height, width = sheet.aligned.blank.image.shape
    x = width / 2
    y = height / 2
    step = 50.0
    across_points = [[x - step, y], [x + step, y]]
    down_points = [[x, y - step], [x, y + step]]
    around = np.asarray([across_points + down_points], np.float64)
    left, right, top, bottom = cv2.perspectiveTransform(around, sheet.aligned.way.matrix)[0]
    turned = np.stack([right - left, bottom - top], axis=1) / (2 * step)
    across, down = np.linalg.norm(turned, axis=1) * CANVAS_DPI / sheet.spot.scale
    return float(across), float(down)


def in_reading_order(sheets: Sequence[Lying]) -> tuple[Lying, ...]:
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
