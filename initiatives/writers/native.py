"""Native Excel charts: bars that stay readable in black and white and can be edited by whoever gets
the workbook."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from openpyxl.chart import BarChart, Reference
from openpyxl.chart.label import DataLabelList
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.chart.text import RichText
from openpyxl.drawing.colors import ColorChoice
from openpyxl.drawing.fill import PatternFillProperties
from openpyxl.drawing.line import LineProperties
from openpyxl.drawing.spreadsheet_drawing import AnchorMarker, TwoCellAnchor
from openpyxl.drawing.text import CharacterProperties, Paragraph, ParagraphProperties
from openpyxl.drawing.text import Font as ChartFont
from openpyxl.worksheet.worksheet import Worksheet

from initiatives.writers.cellstyle import FONT, FORMATS, GRID, INK


def bars(
    page: Worksheet,
    source: Worksheet,
    title: str,
    place: tuple[int, int, int, int],
    rows: tuple[int, int],
    labels: int,
    values: Sequence[int],
    *,
    upright: bool = True,
    end: int = 0,
) -> None:
    """A native bar chart on ``page``, drawn from a table on ``source``.

    Args:
        rows: header row and last row of the table that it is drawn from.
        place: first column, first row, last column, last row that it covers: cells, not
            centimetres, so that it fits the table whatever width the reader's fonts give the
            columns.
        labels, values: columns.
        end: rows to leave out at the end, negative.
    """
    first = rows[0]
    last = rows[1] + end
    if last <= first:
        return
    chart: Any = BarChart()
    chart.type = "col" if upright else "bar"
    chart.title = title
    chart.style = 10
    left, top, right, bottom = place
    chart.anchor = TwoCellAnchor(
        editAs="twoCell",
        _from=AnchorMarker(col=left - 1, row=top - 1),
        to=AnchorMarker(col=right - 1, colOff=350_000, row=bottom),
    )
    for column in values:
        chart.add_data(
            Reference(source, min_col=column, min_row=first, max_row=last), titles_from_data=True
        )
    chart.set_categories(Reference(source, min_col=labels, min_row=first + 1, max_row=last))
    for number, series in enumerate(chart.series):
        series.graphicalProperties = _look(number if len(values) > 1 else 1)
        series.invertIfNegative = False
    _letter(chart)
    _from_zero(chart.y_axis, source, (first + 1, last), values)
    if not upright:
        chart.x_axis.scaling.orientation = "maxMin"  # the first row on top, as in the table
        chart.y_axis.crosses = "max"
    page.add_chart(chart)


def _letter(chart: Any) -> None:
    """Title, legend or figures at the bars, and axes."""
    if len(chart.series) == 1:
        chart.legend = None
        (series,) = chart.series
        series.dLbls = DataLabelList(
            numFmt=FORMATS["hours"],
            showVal=True,
            showSerName=False,
            showCatName=False,
            showLegendKey=False,
            showPercent=False,
        )
        series.dLbls.txPr = _rich(800)
    else:
        chart.legend.position = "b"
        chart.legend.txPr = _rich(800)
    chart.title.tx.rich.p[0].pPr = ParagraphProperties(defRPr=_letters(1100, bold=True))
    chart.title.overlay = False
    chart.gapWidth = 60
    for axis in (chart.x_axis, chart.y_axis):
        axis.delete = False
        axis.txPr = _rich(800)
    chart.x_axis.tickLblPos = "low"
    chart.y_axis.numFmt = '#,##0;"▲"#,##0'
    thin = LineProperties(solidFill="D5DAE0", w=6350)
    chart.y_axis.majorGridlines.spPr = GraphicalProperties(ln=thin)


def _from_zero(axis: Any, page: Worksheet, rows: tuple[int, int], columns: Sequence[int]) -> None:
    """Bars always begin at zero: an axis that a program cuts off makes small differences look
    large."""
    values = [
        page.cell(row, column).value for column in columns for row in range(rows[0], rows[1] + 1)
    ]
    numbers = []
    for v in values:
        if isinstance(v, int | float | Decimal):
            numbers.append(float(v))
    if min(numbers, default=0.0) >= 0:
        axis.scaling.min = 0
    elif max(numbers) <= 0:
        axis.scaling.max = 0


def _look(number: int) -> GraphicalProperties:
    """Dark and solid, or pale and hatched: told apart in black and white, and without colours."""
    made = GraphicalProperties(ln=LineProperties(solidFill=INK, w=9525))
    if number == 1:
        made.solidFill = INK
    else:
        made.pattFill = PatternFillProperties(
            prst="ltUpDiag", fgClr=_colour(GRID), bgClr=_colour("FFFFFF")
        )
    return made


def _colour(code: str) -> ColorChoice:
    return ColorChoice(srgbClr=code)  # type: ignore[arg-type]  # the stub wants the descriptor, the constructor the text


def _letters(size: int, bold: bool = False) -> CharacterProperties:
    return CharacterProperties(
        sz=size, b=bold, latin=ChartFont(typeface=FONT), ea=ChartFont(typeface=FONT)
    )


def _rich(size: int) -> RichText:
    return RichText(
        p=[Paragraph(pPr=ParagraphProperties(defRPr=_letters(size)), endParaRPr=_letters(size))]
    )
