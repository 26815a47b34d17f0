"""How the PDF report is set: its styles, its tables over the whole width, and labelled texts."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_CENTER, TA_RIGHT
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Paragraph
from reportlab.platypus import Table as Grid

from initiatives.reportcells import Column, Table
from initiatives.summary import Report
from initiatives.writers import drawings
from initiatives.writers.fonts import japanese

INK, PALE, LINE, LOSS = (HexColor(c) for c in ("#1F3A5F", "#E8EDF3", "#8A95A3", "#A61B00"))
MARGIN = 14 * mm
BARE: list[tuple[Any, ...]] = [
    ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ("RIGHTPADDING", (0, 0), (-1, -1), 0),
    ("TOPPADDING", (0, 0), (-1, -1), 0),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 0),
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
]
BOXED: list[tuple[Any, ...]] = [
    ("GRID", (0, 0), (-1, -1), 0.4, LINE),
    ("BACKGROUND", (0, 0), (0, -1), PALE),
    ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
    ("TOPPADDING", (0, 0), (-1, -1), 1.5),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
    ("LEFTPADDING", (0, 0), (-1, -1), 4),
    ("RIGHTPADDING", (0, 0), (-1, -1), 4),
]


class Typesetting:
    """The styles of one report, and what is set in them."""

    def __init__(self, report: Report) -> None:
        self.report = report
        fonts = japanese()
        base = ParagraphStyle(
            "base", fontName=fonts.regular, fontSize=8.5, leading=11.5, wordWrap="CJK"
        )
        self.text = base
        self.bold = ParagraphStyle("bold", base, fontName=fonts.bold)
        self.small = ParagraphStyle(
            "small", base, fontSize=7.2, leading=9.6, textColor=HexColor("#444444")
        )
        self.title = ParagraphStyle(
            "title", base, fontName=fonts.bold, fontSize=16, leading=21, textColor=INK
        )
        self.heading = ParagraphStyle(
            "heading",
            base,
            fontName=fonts.bold,
            fontSize=10,
            leading=14,
            textColor=INK,
            spaceBefore=4,
            spaceAfter=2,
        )
        self.figure = ParagraphStyle(
            "figure", base, fontName=fonts.bold, fontSize=18, leading=24, textColor=INK
        )
        self.wide = landscape(A4)[0] - 2 * MARGIN
        self.tall = A4[0] - 2 * MARGIN

    def notes(self, notes: Sequence[str]) -> list[Flowable]:
        return [Paragraph(f"※ {safe(note)}", self.small) for note in notes]

    def grid(self, table: Table, width: float) -> Flowable:
        """A table over the whole width, its header repeated on each page."""
        total = sum(c.width for c in table.columns)
        head = ParagraphStyle("head", self.bold, fontSize=7.6, leading=9.5, alignment=TA_CENTER)
        titles = [column.title.replace("\n", "<br/>") for column in table.columns]
        rows: list[list[Flowable]] = [[Paragraph(title, head) for title in titles]]
        for number, cells in enumerate(table.shown()):
            is_sum = table.summed and number == len(table.rows) - 1
            pairs = zip(cells, table.columns, strict=True)
            rows.append([self._cell(text, column, is_sum) for text, column in pairs])
        style: list[tuple[Any, ...]] = [
            ("GRID", (0, 0), (-1, -1), 0.4, LINE),
            ("BACKGROUND", (0, 0), (-1, 0), PALE),
            ("LINEBELOW", (0, 0), (-1, 0), 1, INK),
            ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
            ("TOPPADDING", (0, 0), (-1, -1), 2),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
            ("LEFTPADDING", (0, 0), (-1, -1), 3),
            ("RIGHTPADDING", (0, 0), (-1, -1), 4),
        ]
        if table.summed:
            style.append(("LINEABOVE", (0, -1), (-1, -1), 1, INK))
        widths = [width * column.width / total for column in table.columns]
        return Grid(rows, colWidths=widths, style=style, repeatRows=1)

    def _cell(self, text: str, column: Column, strong: bool) -> Flowable:
        base = self.bold if strong else self.text
        style = ParagraphStyle("cell", base, fontSize=8, leading=10.5)
        is_figure = column.kind != "text"
        if is_figure or column.centred:
            style.alignment = TA_RIGHT if is_figure else TA_CENTER
            # A figure is never broken over two lines.
            style.wordWrap = None
            style.splitLongWords = 0
        if text.startswith("▲"):
            style.textColor = LOSS
        return Paragraph(safe(text), style)

    def pairs(self, items: Sequence[tuple[str, str]]) -> Flowable:
        """Label and text, two pairs a row; a long text takes a row of its own."""
        left = 25 * mm
        rest = self.tall / 2 - left
        style = list(BOXED)
        rows: list[list[Any]] = []
        queue = list(items)

        def is_short(text: str) -> bool:
            return drawings.text_width(text, 8.5) <= rest - 8

        while queue:
            at = len(rows)
            item = queue.pop(0)
            if queue and is_short(item[1]) and is_short(queue[0][1]):
                rows.append([*self._pair(item), *self._pair(queue.pop(0))])
                style.append(("BACKGROUND", (2, at), (2, at), PALE))
            else:
                rows.append([*self._pair(item), "", ""])
                style.append(("SPAN", (1, at), (3, at)))
        return Grid(rows, colWidths=[left, rest, left, rest], style=style)

    def _pair(self, item: tuple[str, str]) -> list[Flowable]:
        name, text = item
        return [Paragraph(name, self.bold), Paragraph(safe(text), self.text)]

    def labelled(self, items: Sequence[tuple[str, str]]) -> Flowable:
        rows = []
        for name, text in items:
            in_lines = safe(text).replace("\n", "<br/>&nbsp;")
            rows.append([Paragraph(name, self.bold), Paragraph(in_lines, self.text)])
        return Grid(rows, colWidths=[25 * mm, self.tall - 25 * mm], style=BOXED)


def safe(text: str) -> str:
    """Text as a paragraph takes it: what the office wrote is never markup."""
    return html.escape(text, quote=False)
