"""Charts as SVG within a page: drawn by Vega-Lite on the server, without a browser, a script or
anything from outside.

Nothing has to be told by colour: bars carry their figures, what is lost is hatched and carries
``▲``, the plan is a dashed line with hollow points. Every chart stands beside a table of the same
figures and says so to who cannot see it. A chart is drawn once for its data, and its looks are put
together once for its shape: drawing takes 20 to 45 ms, Altair as long again.
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from markupsafe import Markup

INK, PALE, GRID, LOSS, SOFT, _TEXT = (
    "#0a5a74",
    "#dbe7ec",
    "#d5dbe0",
    "#a3182a",
    "#4d5b68",
    "#1b2733",
)
_HATCHED, _DOTTED = "#010203", "#030201"
"""Fills that stand for patterns, which Vega does not know: replaced in the SVG."""
_FONT = "BIZ UDPGothic, BIZ UDPゴシック, Yu Gothic UI, Meiryo, Hiragino Sans, Noto Sans CJK JP, sans-serif"
_MINUS = "(datum.value < 0 ? '▲' : '') + format(abs(datum.value), ',')"
_LOCK = threading.Lock()
_MOST = 256


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: where it stands, its value (None: nothing happened, no bar), and the figure on
    it."""

    label: str
    value: float | None
    text: str


@dataclass(frozen=True, slots=True)
class Step:
    """One month of a course: what was reached by its end and what was planned by then; None where
    there is nothing to say."""

    label: str
    actual: float | None
    plan: float | None


@dataclass(frozen=True, slots=True)
class Pair:
    """Before and now, with the figures on them."""

    label: str
    before: Bar
    now: Bar


@functools.lru_cache(_MOST)
def columns(title: str, bars: tuple[Bar, ...], unit: str, height: int = 190) -> Markup:
    """Upright bars of one series."""
    labels = tuple(bar.label for bar in bars)
    rows = [_row(bar) for bar in bars]
    data = {"rows": rows, "room": _room(bars)}
    return _svg(title, _columns(labels, unit, height), data, _told(bars, unit))


@functools.lru_cache(_MOST)
def course(title: str, steps: tuple[Step, ...], unit: str, height: int = 190) -> Markup:
    """What has been reached, month by month, beside what was planned; both lines are named at their
    ends."""
    rows: list[dict[str, Any]] = []
    actual = [step.actual for step in steps]
    plan = [step.plan for step in steps]
    for name, values in (("実績", actual), ("計画", plan)):
        last = max((n for n, value in enumerate(values) if value is not None), default=None)
        for n, value in enumerate(values):
            if value is not None:
                end = ""
                if n == last:
                    end = f" {name} {_said(value, 0)}"
                label = steps[n].label
                rows.append({"label": label, "series": name, "value": value, "end": end})
    said = []
    for step in steps:
        if step.actual is not None or step.plan is not None:
            actual_text = _said(step.actual)
            plan_text = _said(step.plan)
            said.append(f"{step.label} 実績 {actual_text} 計画 {plan_text}")
    told = "、".join(said)
    return _svg(
        title,
        _course(tuple(s.label for s in steps), unit, height),
        {"rows": rows, "room": [{"value": 0}]},
        told,
    )


@functools.lru_cache(_MOST)
def lying(title: str, bars: tuple[Bar, ...], unit: str) -> Markup:
    """Lying bars, the first on top; the height follows from how many there are."""
    labels = tuple(bar.label for bar in bars)
    rows = [_row(bar) for bar in bars]
    data = {"rows": rows, "room": _room(bars)}
    return _svg(title, _lying(labels, unit), data, _told(bars, unit))


@functools.lru_cache(_MOST)
def pairs(title: str, found: tuple[Pair, ...], unit: str, height: int = 190) -> Markup:
    """Upright bars of before (従来, dotted) beside now (現在, full)."""
    rows = []
    for pair in found:
        for name, bar in (("従来", pair.before), ("現在", pair.now)):
            rows.append({**_row(bar), "label": pair.label, "series": name})
    every: list[Bar] = []
    said = []
    for pair in found:
        every += [pair.before, pair.now]
        said.append(f"{pair.label} 従来 {pair.before.text} 現在 {pair.now.text}")
    told = "、".join(said)
    return _svg(
        title,
        _pairs(tuple(p.label for p in found), unit, height),
        {"rows": rows, "room": _room(every)},
        told,
    )


# --- how they look: Vega-Lite without its data, made and checked against Vega-Lite's schema once for each shape


@functools.lru_cache(_MOST)
def _columns(labels: tuple[str, ...], unit: str, height: int) -> str:
    alt = _altair()
    base = alt.Chart(alt.NamedData("rows")).encode(x=_x(labels))
    bar = base.mark_bar(stroke=INK, strokeWidth=1)
    bar = bar.encode(y=_y(unit), fill=_signed())
    size = 11 if len(labels) <= 14 else 9
    text = _figures(base.encode(y="value:Q", text="text:N"), size)
    chart = alt.layer(bar, text, *_ground())
    return _spec(chart.properties(width=560, height=height))


@functools.lru_cache(_MOST)
def _course(labels: tuple[str, ...], unit: str, height: int) -> str:
    alt = _altair()
    names = ["実績", "計画"]
    axis = alt.Axis(tickCount=5, labelExpr=_MINUS)
    y = alt.Y("value:Q", title=unit, axis=axis)
    base = alt.Chart(alt.NamedData("rows")).encode(x=_x(labels), y=y)
    colours = alt.Scale(domain=names, range=[INK, SOFT])
    stroke = alt.Stroke("series:N", scale=colours, legend=None)
    dash = alt.StrokeDash(
        "series:N", scale=alt.Scale(domain=names, range=[[1, 0], [6, 4]]), legend=None
    )
    fills = alt.Scale(domain=names, range=[INK, "white"])
    fill = alt.Fill("series:N", scale=fills, legend=None)
    line = base.mark_line(strokeWidth=2.5).encode(stroke=stroke, strokeDash=dash)
    points = base.mark_point(size=42, opacity=1, strokeWidth=2)
    points = points.encode(stroke=stroke, fill=fill)
    text = base.mark_text(align="left", dx=4, fontSize=12, fontWeight="bold", color=_TEXT).encode(
        text="end:N"
    )
    chart = alt.layer(line, points, text, *_ground())
    return _spec(chart.properties(width=520, height=height))


@functools.lru_cache(_MOST)
def _lying(labels: tuple[str, ...], unit: str) -> str:
    alt = _altair()
    names = list(labels)
    y = alt.Y(
        "label:N",
        sort=names,
        scale=alt.Scale(domain=names),
        title=None,
        axis=alt.Axis(ticks=False, labelLimit=280, labelPadding=6),
    )
    base = alt.Chart(alt.NamedData("rows")).encode(y=y)
    x = alt.X(
        "value:Q",
        title=unit,
        scale=alt.Scale(nice=False),
        axis=alt.Axis(tickCount=6, labelExpr=_MINUS),
    )
    parts = [
        base.mark_bar(stroke=INK, strokeWidth=1, height={"band": 0.62}).encode(x=x, fill=_signed())
    ]
    sides = (("datum.value >= 0", "left", 5), ("datum.value < 0", "right", -5))
    for test, align, dx in sides:
        text = base.transform_filter(test)
        text = text.mark_text(align=align, dx=dx, fontSize=11, color=_TEXT)
        parts.append(text.encode(x="value:Q", text="text:N"))
    chart = alt.layer(*parts, *_ground("x"))
    height = 26 * max(len(labels), 1)
    return _spec(chart.properties(width=560, height=height))


@functools.lru_cache(_MOST)
def _pairs(labels: tuple[str, ...], unit: str, height: int) -> str:
    alt = _altair()
    names = ["従来", "現在"]
    base = alt.Chart(alt.NamedData("rows")).encode(
        x=_x(labels), xOffset=alt.XOffset("series:N", sort=names)
    )
    paint = alt.Fill(
        "series:N",
        scale=alt.Scale(domain=names, range=[_DOTTED, INK]),
        legend=alt.Legend(title=None, orient="top-right", symbolStrokeColor=INK, symbolSize=140),
    )
    bar = base.mark_bar(stroke=INK, strokeWidth=1)
    bar = bar.encode(y=_y(unit), fill=paint)
    size = 10 if len(labels) < 9 else 8
    text = _figures(base.encode(y="value:Q", text="text:N"), size)
    chart = alt.layer(bar, text, *_ground())
    return _spec(chart.properties(width=560, height=height))


def _altair() -> Any:
    import altair  # loaded here: 0.3 s and 30 MB that only who looks at charts should pay

    return altair


def _spec(chart: Any) -> str:
    made = chart.to_dict()
    made["config"] = {
        "font": _FONT,
        "background": "transparent",
        "view": {"stroke": None},
        "axis": {
            "labelFontSize": 11,
            "titleFontSize": 11,
            "titleFontWeight": "normal",
            "labelColor": _TEXT,
            "titleColor": SOFT,
            "gridColor": GRID,
            "domainColor": "#8b97a2",
            "tickColor": "#8b97a2",
        },
        "axisX": {"grid": False, "domain": False},
        "legend": {"labelFontSize": 11},
    }
    return json.dumps(made)


def _x(labels: tuple[str, ...]) -> Any:
    """The months or names along the bottom; one of which nothing is known keeps its place."""
    alt = _altair()
    names = list(labels)
    axis = alt.Axis(labelAngle=0, labelOverlap="greedy", ticks=False)
    scale = alt.Scale(domain=names)
    return alt.X("label:N", sort=names, scale=scale, title=None, axis=axis)


def _y(unit: str) -> Any:
    alt = _altair()
    return alt.Y(
        "value:Q",
        title=unit,
        scale=alt.Scale(nice=False),
        axis=alt.Axis(tickCount=5, labelExpr=_MINUS),
    )


def _signed() -> Any:
    alt = _altair()
    return alt.Fill(
        "sign:N", scale=alt.Scale(domain=["gain", "loss"], range=[INK, _HATCHED]), legend=None
    )


def _figures(base: Any, size: int) -> Any:
    """The figure at the end of each bar, on its own side of zero."""
    alt = _altair()
    style: dict[str, Any] = {"fontSize": size, "color": _TEXT}
    return alt.layer(
        base.transform_filter("datum.value >= 0").mark_text(dy=-7, **style),
        base.transform_filter("datum.value < 0").mark_text(dy=9, **style),
    )


def _ground(axis: str = "y") -> tuple[Any, Any]:
    """The line at zero, and unseen points that keep room beyond the bars for the figures on
    them."""
    alt = _altair()
    zero = (
        alt.Chart(alt.Data(values=[{"zero": 0}])).mark_rule(color=_TEXT).encode(**{axis: "zero:Q"})
    )
    room = alt.Chart(alt.NamedData("room")).mark_point(opacity=0)
    return zero, room.encode(**{axis: "value:Q"})


# --- their data -----------------------------------------------------------------------------------


def _row(bar: Bar) -> dict[str, Any]:
    loss = bar.value is not None and bar.value < 0
    return {
        "label": bar.label,
        "value": bar.value,
        "text": "" if bar.value is None else bar.text,
        "sign": "loss" if loss else "gain",
    }


def _room(bars: Sequence[Bar]) -> list[dict[str, float]]:
    values = [bar.value for bar in bars if bar.value is not None]
    low = min([0.0, *values])
    high = max([0.0, *values])
    span = (high - low) or 1.0
    under = 0.16 * span if low < 0 else 0
    return [{"value": low - under}, {"value": high + 0.16 * span}]


def _said(value: float | None, digits: int = 1) -> str:
    if value is None:
        return "なし"
    return f"{value:,.{digits}f}".replace("-", "▲")


def _told(bars: Sequence[Bar], unit: str) -> str:
    said = [f"{bar.label} {bar.text}" for bar in bars if bar.value is not None]
    return f"単位 {unit}。" + "、".join(said)


_TAG = re.compile(r"<svg[^>]*?width=\"([\d.]+)\" height=\"([\d.]+)\"[^>]*>")
_SPOKEN = re.compile(r' (?:role|aria-[a-z]+)="[^"]*"')


def _svg(title: str, spec: str, data: Mapping[str, Any], told: str) -> Markup:
    """The chart as one SVG element that says what it is; the words of its parts, made for other
    uses, are left out."""
    import vl_convert

    made = {**json.loads(spec), "datasets": data}
    with _LOCK:  # one JavaScript engine for all
        drawn = vl_convert.vegalite_to_svg(made)
    head = _TAG.search(drawn)
    assert head is not None, "Vega draws one SVG element"
    digest = hashlib.sha256(drawn.encode()).hexdigest()
    name = f"chart-{digest[:10]}"
    inner = drawn[head.end() : drawn.rindex("</svg>")]
    inner = _SPOKEN.sub("", inner)
    inner = inner.replace(f'fill="{_HATCHED}"', f'fill="url(#{name}-h)"')
    inner = inner.replace(f'fill="{_DOTTED}"', f'fill="url(#{name}-d)"')
    patterns = (
        f'<pattern id="{name}-h" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        f'<rect width="6" height="6" fill="white"/><rect width="2.4" height="6" fill="{LOSS}"/></pattern>'
        f'<pattern id="{name}-d" width="5" height="5" patternUnits="userSpaceOnUse">'
        f'<rect width="5" height="5" fill="{PALE}"/><circle cx="1.5" cy="1.5" r=".8" fill="{INK}"/></pattern>'
    )
    return Markup(  # every text in it came through Vega's own escaping or escape()
        f'<svg class="chart" viewBox="0 0 {head[1]} {head[2]}" role="img" '
        f'aria-labelledby="{name}-t" aria-describedby="{name}-s">'
        f'<title id="{name}-t">{escape(title)}</title><desc id="{name}-s">{escape(told)}(同じ数値の表があります)</desc>'
        f"<defs>{patterns}</defs>{inner}</svg>"
    )
