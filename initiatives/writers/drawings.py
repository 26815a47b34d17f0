"""The report's charts, drawn once for PDF and HTML (reportlab's graphics): readable in black and
white.

Bars carry their figures, so nothing has to be read off by colour: before is pale with an outline,
now and saved are dark, and what is below zero hangs below the line and carries ``▲``.
"""

from __future__ import annotations

import math
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
    fonts = japanese()
    count = max(len(labels), 1)
    height = 34 + 17 * count
    drawing = _frame(title, width, height)
    chart: Any = HorizontalBarChart()
    left = 12 + max((text_width(text, 8) for text in labels), default=0)
    chart.x = left
    chart.y = 8
    chart.width = width - left - 46
    chart.height = 17 * count
    numbers = _heights(values)
    # reportlab counts lying bars from the bottom.
    chart.data = [numbers[::-1]]
    chart.categoryAxis.categoryNames = list(labels)[::-1]
    chart.categoryAxis.labels.fontName = fonts.regular
    chart.categoryAxis.labels.fontSize = 8
    chart.categoryAxis.labels.boxAnchor = "e"
    chart.categoryAxis.labels.dx = -4
    _value_axis(chart.valueAxis, numbers)
    chart.valueAxis.visibleLabels = False
    chart.valueAxis.visibleTicks = False
    _paint(chart, [list(values)[::-1]])
    chart.categoryAxis.joinAxisMode = "left"
    figures = [show(v, "hours") for v in values if v is not None]
    widest = max((text_width(text, 7) for text in figures), default=0)
    chart.barLabels.nudge = 4 + widest / 2
    chart.barSpacing = 0
    chart.groupSpacing = 6
    drawing.add(chart)
    return drawing


def _heights(values: Values) -> list[float]:
    """What the bars show; nothing known is no bar."""
    return [0.0 if value is None else float(value) for value in values]


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
    above = 46 if len(series) > 1 else 36
    chart.x = 34
    chart.y = 26
    chart.width = width - 44
    chart.height = height - 26 - above
    numbers = [_heights(values) for _, values in series]
    chart.data = numbers
    # Of many months only some are named, and their figures are left to the table.
    every = math.ceil(len(labels) / 14)
    chart.categoryAxis.categoryNames = [
        text if n % every == 0 else "" for n, text in enumerate(labels)
    ]
    room = width / max(len(labels), 1)
    chart.categoryAxis.labels.fontName = fonts.regular
    chart.categoryAxis.labels.fontSize = 7 if room > 36 else 6
    chart.categoryAxis.labels.boxAnchor = "n"
    chart.categoryAxis.labels.dy = -3
    chart.categoryAxis.joinAxisMode = "bottom"
    _value_axis(chart.valueAxis, [v for row in numbers for v in row])
    _paint(chart, [list(values) for _, values in series])
    chart.barLabels.nudge = 6
    chart.groupSpacing = 8
    chart.barSpacing = 1
    if len(series) > 1:
        chart.barLabels.fontSize = 6
        _legend(drawing, [name for name, _ in series])
    if every > 1:
        chart.barLabels.visible = 0
    drawing.add(chart)
    return drawing


def _legend(drawing: Drawing, names: Sequence[str]) -> None:
    """What each fill stands for, in the upper right corner."""
    for number, name in enumerate(names):
        x = drawing.width - 40 * (len(names) - number) - 4
        fill = _fill(number, len(names))
        drawing.add(_rect(x, drawing.height - 27, 8, 8, fill, INK))
        text = String(
            x + 11, drawing.height - 26.5, name, fontName=japanese().regular, fontSize=7.5
        )
        drawing.add(text)


def _frame(title: str, width: float, height: float) -> Drawing:
    drawing = Drawing(width, height)
    drawing.add(_rect(0.5, 0.5, width - 1, height - 1, white, GRID))
    heading = String(8, height - 15, title, fontName=japanese().bold, fontSize=9, fillColor=INK)
    drawing.add(heading)
    return drawing


def _rect(x: float, y: float, width: float, height: float, fill: Color, stroke: Color) -> Rect:
    made: Any = {"fillColor": fill, "strokeColor": stroke, "strokeWidth": 0.6}
    return Rect(x, y, width, height, **made)


def _value_axis(axis: Any, numbers: Sequence[float]) -> None:
    """From zero, with some room above for the figures, and lines that help the eye."""
    low = min([0.0, *numbers])
    high = max([0.0, *numbers])
    span = (high - low) or 1.0

    def tenths(value: float) -> str:
        return show(Decimal(str(round(value, 1))), "hours")

    def whole(value: float) -> str:
        return show(int(value), "count")

    axis.valueMin = low - 0.2 * span if low < 0 else low
    axis.valueMax = high + 0.12 * span
    axis.visibleGrid = True
    axis.gridStrokeColor = GRID
    axis.gridStrokeWidth = 0.5
    axis.strokeWidth = 0.5
    axis.maximumTicks = 6
    axis.labelTextFormat = tenths if span < 5 else whole
    axis.labels.fontName = japanese().regular
    axis.labels.fontSize = 7


def _paint(chart: Any, series: Sequence[Values]) -> None:
    """Fills, outlines and figures. A month in which nothing happened carries no figure."""
    fonts = japanese()
    for row, values in enumerate(series):
        bars_of_row = chart.bars[row]
        bars_of_row.fillColor = _fill(row, len(series))
        bars_of_row.strokeColor = INK
        bars_of_row.strokeWidth = 0.6
        for column, value in enumerate(values):
            if value is not None and value < 0:
                chart.bars[(row, column)].fillColor = LOSS
    chart.barLabels.fontName = fonts.regular
    chart.barLabels.fontSize = 7
    # Centred, and nudged away from the end of the bar, on whichever side of zero it is.
    chart.barLabels.boxAnchor = "c"
    chart.barLabelFormat = "values"
    chart.barLabelArray = [_figures(values) for values in series]


def _figures(values: Values) -> list[str]:
    """What stands at the bars."""
    return ["" if value is None else show(value, "hours") for value in values]


def _fill(row: int, of: int) -> Color:
    if of > 1 and row == 0:
        return PALE
    return INK


def text_width(text: str, size: float) -> float:
    """Width in points of a line in the report's font."""
    return float(stringWidth(text, japanese().regular, size))
