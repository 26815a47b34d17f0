"""The order in which the lines and columns of a page are read.

Lines go from the top, the left half of a double page first. Columns go from the right; where they
stand in tiers (段組), the upper tier is read whole before the lower one.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from itertools import pairwise

from ocr.letters.regions import Region

_APART = 1.8
"""Columns that are so many usual steps apart belong to different groups."""

_SAME_ROW = 0.45
"""Two lines are in one row where their middles are nearer than this share of their height."""

_LONG, _MANY = 8.0, 4
"""A half of a double page has so many lines, on average so many times as long as high."""


_INDENT = 2.5
"""A column of a tier begins at most so many widths from where the tier begins."""

_CROSSED = 0.34
"""No tiers are parted where more of the columns than this share run through the cut."""


def in_order(regions: Sequence[Region]) -> list[Region]:
    """All regions of a page in reading order."""
    standing = [region for region in regions if region.standing]
    lying = [region for region in regions if not region.standing]
    if not standing:
        return _lines(lying)
    top = min(region.top for region in standing)
    above = [region for region in lying if region.y < top]
    below = [region for region in lying if region.y >= top]
    if sum(r.width for r in lying) > sum(r.height for r in standing):
        beside = [r for r in standing if any(r.top < one.y < r.bottom for one in lying)]
        rest = [region for region in standing if region not in beside]
        return [*_lines(lying), *_columns(beside), *_columns(rest)]
    return [*_lines(above), *_columns(standing), *_lines(below)]


# --- lines ----------------------------------------------------------------------------------------


def _lines(lying: Sequence[Region]) -> list[Region]:
    """Rows from the top, each from the left; a double page by its halves."""
    gutter = _gutter(lying)
    if gutter is not None:
        left = [region for region in lying if region.x < gutter]
        right = [region for region in lying if region.x >= gutter]
        return [*_lines(left), *_lines(right)]
    rows: list[list[Region]] = []
    for region in sorted(lying, key=lambda r: r.y):
        last = rows[-1][-1] if rows else None
        near = last and abs(region.y - last.y) < _SAME_ROW * min(region.height, last.height)
        if near:
            rows[-1].append(region)
        else:
            rows.append([region])
    return [region for row in rows for region in sorted(row, key=lambda r: r.left)]


def _gutter(lying: Sequence[Region]) -> float | None:
    """Where a double page is parted, pixels; None where it is none."""
    if len(lying) < 2 * _MANY:
        return None
    edges = sorted((region.left, region.right) for region in lying)
    reach = edges[0][1]
    for left, right in edges:
        middle = (reach + left) / 2
        if left > reach and _is_double(lying, middle):
            return middle
        reach = max(reach, right)
    return None


def _is_double(lying: Sequence[Region], middle: float) -> bool:
    """True where both sides have long lines, beside one another."""
    halves = ([r for r in lying if r.x < middle], [r for r in lying if r.x >= middle])
    if any(len(half) < _MANY for half in halves):
        return False
    if any(sum(r.width / r.height for r in half) < _LONG * len(half) for half in halves):
        return False
    tops, bottoms = _ends(halves, min, "top"), _ends(halves, max, "bottom")
    shared = min(bottoms) - max(tops)
    return shared > 0.5 * min(b - t for t, b in zip(tops, bottoms, strict=True))


def _ends(
    halves: Sequence[Sequence[Region]], which: Callable[..., float], side: str
) -> list[float]:
    return [which(getattr(region, side) for region in half) for half in halves]


# --- columns --------------------------------------------------------------------------------------


def _columns(standing: Sequence[Region]) -> list[Region]:
    """Columns from the right, group by group."""
    ordered = sorted(standing, key=lambda r: -r.x)
    steps = [a.x - b.x for a, b in pairwise(ordered) if a.x - b.x > 0.5 * b.width]
    usual = statistics.median(steps) if steps else 0.0
    groups: list[list[Region]] = []
    for region in ordered:
        if groups and groups[-1][-1].x - region.x <= _APART * usual:
            groups[-1].append(region)
        else:
            groups.append([region])
    return [region for group in groups for region in _in_tiers(group)]


def _in_tiers(group: Sequence[Region]) -> list[Region]:
    """A group's columns by tiers, where it has such."""
    pairs = [
        (upper, lower)
        for upper in group
        for lower in group
        if upper.shares_column(lower) and upper.bottom < lower.top
    ]
    if not pairs:
        return _from_right(group)
    cuts = [(upper.bottom + lower.top) / 2 for upper, lower in pairs]
    best = min(cuts, key=lambda cut: _cost(group, pairs, cut))
    crossed = sum(region.top < best < region.bottom for region in group)
    if crossed > _CROSSED * len(group):
        return _from_right(group)
    return _by_tiers(group, pairs, best)


def _by_tiers(
    group: Sequence[Region], pairs: Sequence[tuple[Region, Region]], cut: float
) -> list[Region]:
    """The columns of the upper tier, then those of the lower one; a heading comes before them, and
    what is indented or runs through both tiers on the left, as a sender, behind them."""
    parted = [(u, low) for u, low in pairs if u.bottom <= cut <= low.top]
    begins = statistics.median(upper.top for upper, _ in parted)
    right = max(upper.x for upper, _ in parted)
    before: list[Region] = []
    upper: list[Region] = []
    lower: list[Region] = []
    after: list[Region] = []
    for region in group:
        aligned = abs(region.top - begins) < _INDENT * region.width
        if region.top >= cut:
            lower.append(region)
        elif region.bottom <= cut and aligned:
            upper.append(region)
        else:
            (before if region.x > right else after).append(region)
    if not upper or not lower:
        return _from_right(group)
    return [one for part in (before, upper, lower, after) for one in _from_right(part)]


def _from_right(part: Sequence[Region]) -> list[Region]:
    return sorted(part, key=lambda r: (-r.x, r.y))


def _cost(
    group: Sequence[Region], pairs: Sequence[tuple[Region, Region]], cut: float
) -> tuple[int, int]:
    """Columns that a cut runs through, and pairs that it leaves together."""
    crossed = sum(region.top < cut < region.bottom for region in group)
    parted = sum(upper.bottom <= cut <= lower.top for upper, lower in pairs)
    return crossed - parted, crossed
