"""The report's charts, drawn once for PDF and HTML (reportlab's graphics): readable in black and
white.

Bars carry their figures, so nothing has to be read off by colour: before is pale with an outline,
now and saved are dark, and what is below zero hangs below the line and carries ``▲``.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from reportlab.graphics.charts.barcharts import HorizontalBarChart, VerticalBarChart
from reportlab.graphics.shapes import Drawing, Rect, String
from reportlab.lib.colors import Color, HexColor, white
from reportlab.pdfbase.pdfmetrics import stringWidth

from initiatives.reportcells import show
from initiatives.writers.fonts import japanese

INK, PALE, GRID, LOSS = (HexColor(c) for c in ("#1F3A5F", "#DCE3EB", "#D5DAE0", "#A61B00"))
Values = Sequence[Decimal | None]


def bars(title: str, labels: Sequence[str], values: Values, width: float, height: float) -> Drawing:
    """Upright bars of one series, hours. Width and height in points."""
    return _columns(title, labels, [("", values)], width, height)


def pairs(
    title: str, labels: Sequence[str], before: Values, now: Values, width: float, height: float
) -> Drawing:
    """Upright bars of before (従来) beside now (現在), hours."""
    return _columns(title, labels, [("従来", before), ("現在", now)], width, height)


def ranking(title: str, labels: Sequence[str], values: Values, width: float) -> Drawing:
    """Lying bars, one for each label, the first on top; the height follows from how many there
    are."""
    fonts, count = japanese(), max(len(labels), 1)
    height = 34 + 17 * count
    drawing = _frame(title, width, height)
    chart: Any = HorizontalBarChart()
    left = 12 + max((text_width(text, 8) for text in labels), default=0)
    chart.x, chart.y, chart.width, chart.height = left, 8, width - left - 46, 17 * count
    numbers = [float(v) if v is not None else 0.0 for v in values]
    chart.data = [numbers[::-1]]
    chart.categoryAxis.categoryNames = list(labels)[::-1]
    chart.categoryAxis.labels.fontName, chart.categoryAxis.labels.fontSize = fonts.regular, 8
    chart.categoryAxis.labels.boxAnchor, chart.categoryAxis.labels.dx = "e", -4
    _value_axis(chart.valueAxis, numbers)
    chart.valueAxis.visibleLabels = False
    chart.valueAxis.visibleTicks = False
    _paint(chart, [list(values)[::-1]])
    chart.categoryAxis.joinAxisMode = "left"
    chart.barLabels.nudge = (
        4 + max((text_width(show(v, "hours"), 7) for v in values if v is not None), default=0) / 2
    )
    chart.barSpacing, chart.groupSpacing = 0, 6
    drawing.add(chart)
    return drawing


def _columns(
    title: str,
    labels: Sequence[str],
    series: Sequence[tuple[str, Values]],
    width: float,
    height: float,
) -> Drawing:
    fonts = japanese()
    drawing = _frame(title, width, height)
    chart: Any = VerticalBarChart()
    chart.x, chart.y, chart.width, chart.height = (
        34,
        26,
        width - 44,
        height - 26 - (46 if len(series) > 1 else 36),
    )
    numbers = [[float(v) if v is not None else 0.0 for v in values] for _, values in series]
    chart.data = numbers
    every = -(
        -len(labels) // 14
    )  # of many months only some are named, and their figures are left to the table
    chart.categoryAxis.categoryNames = [
        text if n % every == 0 else "" for n, text in enumerate(labels)
    ]
    chart.categoryAxis.labels.fontName = fonts.regular
    chart.categoryAxis.labels.fontSize = 7 if width / max(len(labels), 1) > 36 else 6
    chart.categoryAxis.labels.boxAnchor, chart.categoryAxis.labels.dy = "n", -3
    chart.categoryAxis.joinAxisMode = "bottom"
    _value_axis(chart.valueAxis, [v for row in numbers for v in row])
    _paint(chart, [list(values) for _, values in series])
    chart.barLabels.nudge = 6
    chart.groupSpacing, chart.barSpacing = 8, 1
    if len(series) > 1:
        chart.barLabels.fontSize = 6
        for number, (name, _) in enumerate(series):
            x = width - 40 * (len(series) - number) - 4
            drawing.add(_rect(x, height - 27, 8, 8, _fill(number, len(series)), INK))
            drawing.add(String(x + 11, height - 26.5, name, fontName=fonts.regular, fontSize=7.5))
    if every > 1:
        chart.barLabels.visible = 0
    drawing.add(chart)
    return drawing


def _frame(title: str, width: float, height: float) -> Drawing:
    drawing = Drawing(width, height)
    drawing.add(_rect(0.5, 0.5, width - 1, height - 1, white, GRID))
    drawing.add(String(8, height - 15, title, fontName=japanese().bold, fontSize=9, fillColor=INK))
    return drawing


def _rect(x: float, y: float, width: float, height: float, fill: Color, stroke: Color) -> Rect:
    made: Any = {"fillColor": fill, "strokeColor": stroke, "strokeWidth": 0.6}
    return Rect(x, y, width, height, **made)


def _value_axis(axis: Any, numbers: Sequence[float]) -> None:
    """From zero, with some room above for the figures, and lines that help the eye."""
    low, high = min([0.0, *numbers]), max([0.0, *numbers])
    span = (high - low) or 1.0
    made: dict[str, object] = {
        "valueMin": low - (0.2 * span if low < 0 else 0),
        "valueMax": high + 0.12 * span,
        "visibleGrid": True,
        "gridStrokeColor": GRID,
        "gridStrokeWidth": 0.5,
        "strokeWidth": 0.5,
        "maximumTicks": 6,
        "labelTextFormat": lambda v: (
            show(Decimal(str(round(v, 1))), "hours") if span < 5 else show(int(v), "count")
        ),
    }
    for name, value in made.items():
        setattr(axis, name, value)
    axis.labels.fontName, axis.labels.fontSize = japanese().regular, 7


def _paint(chart: Any, series: Sequence[Values]) -> None:
    """Fills, outlines and figures. A month in which nothing happened carries no figure."""
    fonts = japanese()
    for row, values in enumerate(series):
        chart.bars[row].fillColor = _fill(row, len(series))
        chart.bars[row].strokeColor, chart.bars[row].strokeWidth = INK, 0.6
        for column, value in enumerate(values):
            if value is not None and value < 0:
                chart.bars[(row, column)].fillColor = LOSS
    chart.barLabels.fontName, chart.barLabels.fontSize = fonts.regular, 7
    chart.barLabels.boxAnchor = (
        "c"  # and nudged away from the end of the bar, on whichever side of zero it is
    )
    chart.barLabelFormat = "values"
    chart.barLabelArray = [
        ["" if v is None else show(v, "hours") for v in values] for values in series
    ]


def _fill(row: int, of: int) -> Color:
    return PALE if of > 1 and row == 0 else INK


def text_width(text: str, size: float) -> float:
    """Width in points of a line in the report's font."""
    return float(stringWidth(text, japanese().regular, size))
