"""Does p keep its word? The reliability diagram (docs/reliability.svg) and its figures by kind,
from held-out readings.

In each bin the share of values that were right stands against the mean p that was said, with its
exact interval. The drawing is plain SVG: dots, bars and numbers, nothing told by colour alone.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from benchmarks.resultpage import table_row
from initiatives.interval import rate_interval

EDGES = (0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 1.0)
"""Narrow where it matters: the bars of 0.5 % and 0.1 % lie there."""

WIDTH = 760
HEIGHT = 640
LEFT = 76
TOP = 56
SIDE = 480


@dataclass(frozen=True, slots=True)
class Point:
    """One bin: how many values, the mean p said of them, the share right and its 95 % interval
    (Clopper-Pearson)."""

    low: float
    high: float
    count: int
    said: float
    right: float
    least: float
    most: float


Said = tuple[float, bool]
"""p, and whether the value was right."""


def points(said: Sequence[Said], edges: Sequence[float] = EDGES) -> list[Point]:
    """The bins that hold anything; the last one includes p = 1."""
    found = []
    for low, high in itertools.pairwise(edges):
        inside = [
            (p, right) for p, right in said if low <= p < high or (high == edges[-1] and p >= high)
        ]
        if inside:
            right = sum(hit for _, hit in inside)
            between = rate_interval(right, len(inside))
            assert between is not None
            found.append(
                Point(
                    low,
                    high,
                    len(inside),
                    sum(p for p, _ in inside) / len(inside),
                    right / len(inside),
                    between.low,
                    between.high,
                )
            )
    return found


def calibration_error(said: Sequence[Said]) -> float:
    """Expected calibration error over :data:`EDGES`: mean distance of said and right, weighted by
    how many."""
    apart = 0.0
    for point in points(said):
        apart += point.count * abs(point.said - point.right)
    return apart / max(1, len(said))


def brier(said: Sequence[Said]) -> float:
    """Mean squared distance of p from 1 (right) or 0 (wrong)."""
    squares = sum((p - right) ** 2 for p, right in said)
    return squares / max(1, len(said))


def table(kinds: Mapping[str, Sequence[Said]]) -> list[str]:
    """Markdown lines: one a kind, and all together."""
    every = [one for said in kinds.values() for one in said]
    lines = [
        "| kind | values | mean p | right | calibration error | Brier |",
        "|---|---|---|---|---|---|",
    ]
    for name, said in [("all", every), *sorted(kinds.items())]:
        if not said:
            continue
        mean = sum(p for p, _ in said) / len(said)
        right = sum(is_right for _, is_right in said) / len(said)
        figures = (mean, right, calibration_error(said), brier(said))
        lines.append(table_row(name, len(said), *(f"{figure:.3f}" for figure in figures)))
    return lines


def by_kind(rows: Iterable[tuple[str, float, bool]]) -> dict[str, list[Said]]:
    """(kind, p, right) by kind."""
    found: dict[str, list[Said]] = defaultdict(list)
    for kind, p, right in rows:
        found[kind].append((p, right))
    return dict(found)


def _place(p: float) -> float:
    """Where p stands on an axis, 0 to 1: by log odds, so that 0.9, 0.99 and 0.999 are as far apart
    as they matter."""
    least = -math.log(9)
    most = math.log(999)
    odds = math.log(max(p, 1e-6) / max(1 - p, 1e-6))
    shown = min(max(odds, least), most)
    return (shown - least) / (most - least)


def _x(p: float) -> float:
    return LEFT + SIDE * _place(p)


def _y(p: float) -> float:
    return TOP + SIDE * (1 - _place(p))


def _dot(point: Point) -> list[str]:
    """A bin's dot with its interval and its number of values."""
    at = _x(point.said)
    middle = _y(point.right)
    low = f"{_y(point.least):.1f}"
    high = f"{_y(point.most):.1f}"
    left = f"{at - 5:.1f}"
    beside = f"{at - 8:.1f}"
    above = f"{max(middle - 9, TOP + 18):.1f}"
    return [
        f'<path d="M{at:.1f} {low}V{high}M{left} {low}h10M{left} {high}h10" '
        'stroke="#000" stroke-width="1.6"/>',
        f'<circle cx="{at:.1f}" cy="{middle:.1f}" r="5" stroke="#000"/>',
        f'<text x="{beside}" y="{above}" text-anchor="end" font-size="11" '
        f'stroke="#fff" stroke-width="3" paint-order="stroke">n={point.count}</text>',
    ]


TICKS = (0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999)


def diagram(said: Sequence[Said], title: str, note: str) -> str:
    """The diagram as SVG text, axes in log odds."""
    bottom = TOP + SIDE
    right = LEFT + SIDE
    made = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'font-family="sans-serif" font-size="13" role="img" aria-label="{escape(title)}">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text x="{LEFT}" y="26" font-size="17" font-weight="bold">{escape(title)}</text>',
        f'<text x="{LEFT}" y="45" fill="#333">{escape(note)}</text>',
    ]
    for tick in TICKS:
        across = f"{_x(tick):.1f}"
        down = f"{_y(tick):.1f}"
        beside = f"{_y(tick) + 4:.1f}"
        made += [
            f'<path d="M{across} {TOP}V{bottom}M{LEFT} {down}H{right}" stroke="#ddd"/>',
            f'<text x="{across}" y="{bottom + 18}" text-anchor="middle" font-size="11">{tick:g}</text>',
            f'<text x="{LEFT - 8}" y="{beside}" text-anchor="end" font-size="11">{tick:g}</text>',
        ]
    made += [
        f'<rect x="{LEFT}" y="{TOP}" width="{SIDE}" height="{SIDE}" fill="none" stroke="#000"/>',
        f'<path d="M{LEFT} {bottom}L{right} {TOP}" stroke="#000" stroke-dasharray="6 5"/>',
        f'<text x="{LEFT + SIDE / 2}" y="{bottom + 42}" text-anchor="middle">p that was said (mean of the bin)</text>',
        f'<text transform="translate(22 {TOP + SIDE / 2}) rotate(-90)" text-anchor="middle">'
        "share that was right, with 95 % interval</text>",
        f'<text x="{right + 18}" y="{TOP + 4}" font-weight="bold">bin of p: right / values</text>',
    ]
    for number, point in enumerate(points(said)):
        made += _dot(point)
        line = TOP + 28 + 20 * number
        hits = round(point.right * point.count)
        made.append(
            f'<text x="{right + 18}" y="{line}">{point.low:g} to {point.high:g}: '
            f"{hits} / {point.count}</text>"
        )
    made += [
        f'<text x="{right + 18}" y="{bottom - 46}" font-size="12">dashed line: p keeps its word</text>',
        f'<text x="{right + 18}" y="{bottom - 28}" font-size="12">above: surer than said</text>',
        f'<text x="{right + 18}" y="{bottom - 10}" font-size="12">below: less sure than said</text>',
        f'<text x="{LEFT}" y="{HEIGHT - 14}" fill="#333" font-size="12">Axes '
        "in log odds; beyond 0.999 a dot stands at the edge.</text>",
        "</svg>",
    ]
    return "\n".join(made) + "\n"


def write(path: Path, rows: Sequence[tuple[str, float, bool]], note: str) -> list[str]:
    """Write the diagram to ``path`` and give the table's lines."""
    kinds = by_kind(rows)
    every = [one for said in kinds.values() for one in said]
    path.write_text(diagram(every, "Does p keep its word?", note), encoding="utf-8")
    return table(kinds)
