"""Where on a page lines lie and columns stand, each with a direction of its own."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from ocr.decode.columns import columns_of, ink_of
from ocr.engines.contract import Leaning
from ocr.ink.crops import Crop
from ocr.ink.strokes import Ink
from ocr.place.align import ink_level
from ocr.place.blank import CANVAS_DPI, PX
from records.types import MM_PER_INCH, Box, Gray

_TALL = 1.5
"""A region so many times as high as wide stands, and the other way round it lies."""

_LEAST_TURN = 0.3
"""Degrees by which a page is turned before it is turned back."""

_LEADER = 3.0
"""A region so many times as long as thick says how the page is turned."""

_GAP = 0.7
"""Parts of one column are at most so many of its widths apart."""

_LEAST_INKED = 2
"""A row with fewer dark pixels than this is blank but for dust."""

_TIER = 0.75
"""Tiers are at least so many widths of a column apart."""

_BROAD = 1.4
"""A column so many times as wide as usual is two that run together."""

_INTO = 0.3
"""Columns that share so much of the narrower one's width run into one another."""

_NARROW, _NEAR = 0.6, 0.8
"""A column so narrow, of the one on its left, and so near to it, is furigana."""


@dataclass(frozen=True, slots=True)
class Region:
    """A line that lies or a column that stands, in pixels: its middle, extent and own angle in
    degrees clockwise.

    Attributes:
        picture: where its ink alone was cut out; None for what lies within its bounds.
    """

    x: float
    y: float
    width: float
    height: float
    angle: float
    standing: bool
    picture: Gray | None = field(default=None, compare=False, repr=False)

    @property
    def left(self) -> float:
        return self.x - self.width / 2

    @property
    def right(self) -> float:
        return self.x + self.width / 2

    @property
    def top(self) -> float:
        return self.y - self.height / 2

    @property
    def bottom(self) -> float:
        return self.y + self.height / 2

    def shares_column(self, other: Region) -> bool:
        """True where both stand in one column, one above the other."""
        return abs(self.x - other.x) < 0.5 * min(self.width, other.width)


def turn_of(found: Sequence[Leaning]) -> float:
    """By how many degrees clockwise the page is turned: what its long lines and columns say."""
    leaders = [
        f for f in found if max(f.width, f.height) > _LEADER * max(1.0, min(f.width, f.height))
    ]
    if not leaders:
        return 0.0
    leaders.sort(key=lambda f: f.angle)
    lengths = np.cumsum([max(f.width, f.height) for f in leaders])
    middle = int(np.searchsorted(lengths, lengths[-1] / 2))
    angle = leaders[middle].angle
    return angle if abs(angle) >= _LEAST_TURN else 0.0


def turned_back(image: Gray, found: Sequence[Leaning], angle: float) -> tuple[Gray, list[Leaning]]:
    """The page turned back by ``angle``, and what was found on it."""
    if not angle:
        return image, list(found)
    height, width = image.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    straight = cv2.warpAffine(image, matrix, (width, height), borderValue=(255,))
    moved = []
    for one in found:
        x, y = matrix @ np.array([one.x, one.y, 1.0])
        moved.append(replace(one, x=float(x), y=float(y), angle=one.angle - angle))
    return np.asarray(straight, np.uint8), moved


def regions_of(image: Gray, found: Sequence[Leaning], dpi: float) -> list[Region]:
    """Lines and columns of a page, furigana left out, columns whole."""
    regions = _with_directions(found)
    lying = [region for region in regions if not region.standing]
    standing = [region for region in regions if region.standing]
    if not standing:
        return lying
    usual = statistics.median(region.width for region in standing)
    parted = _parted(image, dpi, standing, usual)
    cut = [part for region in parted for part in _cut_at_gaps(image, region, usual)]
    whole = _joined(cut, usual)
    return lying + _without_furigana(whole)


def _with_directions(found: Sequence[Leaning]) -> list[Region]:
    """Each region's direction: by its shape, and where that says nothing by the nearest one that
    says it."""
    clear: list[Region] = []
    square: list[Leaning] = []
    for one in found:
        if one.height > _TALL * one.width:
            clear.append(_region(one, True))
        elif one.width > _TALL * one.height:
            clear.append(_region(one, False))
        else:
            square.append(one)
    return clear + [_region(one, _stands_near(one, clear)) for one in square]


def _region(one: Leaning, standing: bool) -> Region:
    return Region(one.x, one.y, one.width, one.height, one.angle, standing)


def _stands_near(one: Leaning, clear: Sequence[Region]) -> bool:
    """Whether what is about as high as wide belongs to columns."""
    return min(clear, key=lambda r: _distance(one, r)).standing if clear else False


def _distance(one: Leaning, region: Region) -> float:
    across = max(0.0, region.left - one.x, one.x - region.right)
    down = max(0.0, region.top - one.y, one.y - region.bottom)
    return math.hypot(across, down)


def _parted(image: Gray, dpi: float, standing: Sequence[Region], usual: float) -> list[Region]:
    """The columns, those by their ink that the detector ran together."""
    broad = [region for region in standing if region.width > _BROAD * usual]
    if not broad:
        return list(standing)
    ink = _ink(image, dpi)
    left = list(standing)
    parted: list[Region] = []
    while any(region in left for region in broad):
        block = _block(next(region for region in broad if region in left), left)
        left = [region for region in left if region not in block]
        tiers = _tiers(ink, _area(block, dpi), _TIER * usual * MM_PER_INCH / dpi)
        columns = [column for tier in tiers for column in columns_of(ink, tier)]
        parted += [_by_ink(column, dpi) for column in columns] or block
    return left + parted


def _ink(image: Gray, dpi: float) -> Ink:
    """The strokes of a page, at the canvas' resolution."""
    scale = CANVAS_DPI / dpi
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    page = np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=how), np.uint8)
    return ink_of(page, page < ink_level(page))


def _block(first: Region, regions: Sequence[Region]) -> list[Region]:
    """``first`` with all that it runs into, and what they run into."""
    block, waiting = [first], [first]
    while waiting:
        one = waiting.pop()
        for other in regions:
            if other not in block and _runs_into(one, other):
                block.append(other)
                waiting.append(other)
    return block


def _runs_into(one: Region, other: Region) -> bool:
    across = min(one.right, other.right) - max(one.left, other.left)
    down = min(one.bottom, other.bottom) - max(one.top, other.top)
    return across > _INTO * min(one.width, other.width) and down > 0


def _area(block: Sequence[Region], dpi: float) -> Box:
    """The bounds of a block, mm."""
    mm = MM_PER_INCH / dpi
    left, top = min(r.left for r in block), min(r.top for r in block)
    right, bottom = max(r.right for r in block), max(r.bottom for r in block)
    return Box(max(0.0, left * mm), max(0.0, top * mm), (right - left) * mm, (bottom - top) * mm)


def _tiers(ink: Ink, area: Box, least: float) -> list[Box]:
    """The area, cut where nothing is written across all of it for ``least`` mm."""
    x, y = ink.centres[:, 0] / PX, ink.centres[:, 1] / PX
    inside = (x > area.x) & (x < area.right) & (y > area.y) & (y < area.bottom)
    inside[0] = False
    spans = [(top / PX, (top + high) / PX) for _, top, _, high, _ in ink.boxes[inside].tolist()]
    tiers: list[Box] = []
    begin = reach = area.y
    for top, bottom in sorted(spans):
        if top - reach > least and reach > begin:
            tiers.append(Box(area.x, begin, area.width, reach - begin + 0.5))
            begin = top - 0.5
        reach = max(reach, bottom)
    return [*tiers, Box(area.x, begin, area.width, max(0.1, area.bottom - begin))]


def _by_ink(column: Crop, dpi: float) -> Region:
    """A column that its ink shows, with a picture that holds nothing else."""
    scale, box = dpi / MM_PER_INCH, column.place
    middle = ((box.x + box.width / 2) * scale, (box.y + box.height / 2) * scale)
    extent = (box.width * scale, box.height * scale)
    return Region(*middle, *extent, 0.0, True, column.image)


def _cut_at_gaps(image: Gray, region: Region, usual: float) -> list[Region]:
    """The region's parts above and below each wide gap: tiers that the detector ran together."""
    picture = crop_of(image, region)
    side = picture.shape[1] // 5  # the edges may hold ink of the columns beside it
    dark = picture[:, side : picture.shape[1] - side] < ink_level(image)
    inked = np.flatnonzero(dark.sum(axis=1) >= _LEAST_INKED)
    if inked.size == 0 or region.height < 4 * usual:
        return [region]
    rows = picture.shape[0] / region.height
    wide = np.flatnonzero(np.diff(inked) > _TIER * usual * rows)
    starts, stops = [0, *inked[wide + 1]], [*(inked[wide] + 1), picture.shape[0]]
    return [
        _part(region, int(start), int(stop), rows)
        for start, stop in zip(starts, stops, strict=True)
    ]


def _part(region: Region, start: int, stop: int, rows: float) -> Region:
    """What lies between two rows of the region's picture."""
    middle = ((start + stop) / 2 / rows) - region.height / 2
    lean = math.radians(region.angle)
    picture = region.picture[start:stop] if region.picture is not None else None
    return replace(
        region,
        x=region.x - middle * math.sin(lean),
        y=region.y + middle * math.cos(lean),
        height=(stop - start) / rows,
        picture=picture,
    )


def _joined(standing: Iterable[Region], usual: float) -> list[Region]:
    """Columns of which the detector found parts, whole."""
    columns: list[Region] = []
    for region in sorted(standing, key=lambda r: r.top):
        above = next((c for c in columns if _goes_on(c, region, usual)), None)
        if above is None:
            columns.append(region)
        else:
            columns[columns.index(above)] = _union(above, region)
    return columns


def _goes_on(above: Region, below: Region, usual: float) -> bool:
    gap = below.top - above.bottom
    near = abs(above.x - below.x) < 0.5 * max(above.width, below.width)
    return near and -0.5 * below.height < gap < _GAP * usual


def _union(above: Region, below: Region) -> Region:
    left, right = min(above.left, below.left), max(above.right, below.right)
    top, bottom = min(above.top, below.top), max(above.bottom, below.bottom)
    longer = max(above, below, key=lambda r: r.height)
    # the ends of a long column that leans a little lie beside one another
    width = min(right - left, 1.3 * longer.width)
    return Region((left + right) / 2, (top + bottom) / 2, width, bottom - top, longer.angle, True)


def _without_furigana(columns: Sequence[Region]) -> list[Region]:
    """Columns without the small ones that say how the column on their left is read."""
    return [one for one in columns if not any(_reads(one, other) for other in columns)]


def _reads(one: Region, other: Region) -> bool:
    narrow = one.width < _NARROW * other.width
    beside = other.x < one.x and one.left - other.right < (_NEAR - 1) * one.width + one.width * 0.5
    return (
        narrow
        and beside
        and other.top - one.width < one.top
        and one.bottom < (other.bottom + one.width)
    )


def crop_of(image: Gray, region: Region) -> Gray:
    """The region's picture, upright."""
    if region.picture is not None:
        return region.picture
    matrix = cv2.getRotationMatrix2D((region.x, region.y), region.angle, 1.0)
    matrix[:, 2] += np.array([region.width / 2 - region.x, region.height / 2 - region.y])
    shape = (max(4, round(region.width)), max(4, round(region.height)))
    made = cv2.warpAffine(image, matrix, shape, flags=cv2.INTER_LINEAR, borderValue=(255,))
    return np.asarray(made, np.uint8)
