"""The report as a PDF for a meeting: 総括表 across the page, then tables and charts, then a 個票 a
page."""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_CENTER, TA_RIGHT
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    KeepInFrame,
    KeepTogether,
    NextPageTemplate,
    PageBreak,
    PageTemplate,
    Paragraph,
    Spacer,
)
from reportlab.platypus import Table as Grid

from initiatives import tables
from initiatives.fiscal import label
from initiatives.summary import Report, Sheet
from initiatives.tables import Column, Table
from initiatives.writers import drawings
from initiatives.writers.fonts import japanese

_INK, _PALE, _LINE, _LOSS = (HexColor(c) for c in ("#1F3A5F", "#E8EDF3", "#8A95A3", "#A61B00"))
_MARGIN = 14 * mm
_SHOWN = 12
"""Most bars of the ranking on the first page."""


def write_pdf(report: Report, path: Path) -> None:
    """Write ``report`` as a PDF of A4 pages."""
    made = _Paper(report)
    document = BaseDocTemplate(
        str(path),
        title=report.title,
        author=report.strategy.name,
        subject=report.as_of,
        invariant=1,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=_MARGIN,
    )
    document.addPageTemplates(
        [_template("wide", landscape(A4), report), _template("tall", A4, report)]
    )
    document.build(made.story(), canvasmaker=_numbered(japanese().regular))


def _template(name: str, size: tuple[float, float], report: Report) -> PageTemplate:
    frame = Frame(_MARGIN, _MARGIN, size[0] - 2 * _MARGIN, size[1] - 2 * _MARGIN, 0, 0, 0, 0)

    def decorate(canvas: Canvas, _: BaseDocTemplate) -> None:
        canvas.setFont(japanese().regular, 7.5)
        canvas.setFillColor(HexColor("#444444"))
        canvas.drawString(_MARGIN, 8 * mm, f"{report.strategy.name}  {report.as_of}")
        canvas.drawRightString(size[0] - _MARGIN, size[1] - 9 * mm, report.caution)

    return PageTemplate(name, [frame], onPage=decorate, pagesize=size)


def _numbered(font: str) -> type[Canvas]:
    """A canvas that writes ``page / pages`` once it knows how many there are."""

    class Numbered(Canvas):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self._pages: list[dict[str, Any]] = []

        def showPage(self) -> None:
            self._pages.append(dict(self.__dict__))
            self._startPage()  # type: ignore[attr-defined]

        def save(self) -> None:
            for number, state in enumerate(self._pages, 1):
                self.__dict__.update(state)
                self.setFont(font, 7.5)
                self.setFillColor(HexColor("#444444"))
                middle = self._pagesize[0] / 2  # type: ignore[attr-defined]
                self.drawCentredString(middle, 8 * mm, f"{number} / {len(self._pages)}")
                super().showPage()
            super().save()

    return Numbered


class _Paper:
    """The flow of one report."""

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
            "title", base, fontName=fonts.bold, fontSize=16, leading=21, textColor=_INK
        )
        self.heading = ParagraphStyle(
            "heading",
            base,
            fontName=fonts.bold,
            fontSize=10,
            leading=14,
            textColor=_INK,
            spaceBefore=4,
            spaceAfter=2,
        )
        self.figure = ParagraphStyle(
            "figure", base, fontName=fonts.bold, fontSize=18, leading=24, textColor=_INK
        )
        self.wide, self.tall = landscape(A4)[0] - 2 * _MARGIN, A4[0] - 2 * _MARGIN

    def story(self) -> list[Flowable]:
        """Everything in order."""
        report = self.report
        flow: list[Flowable] = [*self._summary(), PageBreak()]
        kpis = [(report.strategy.automation.name, m) for m in report.measurements]
        kpis += [
            (s.initiative.code, m) for s in (*report.sheets, *report.others) for m in s.measurements
        ]
        if kpis:
            flow += self._section(report.kpi_title, tables.kpi_table(kpis))
        departments = tables.department_table(report)
        flow += self._section("課別の効果", departments)
        flow += [
            drawings.ranking(
                "課別の削減時間(時間)",
                [r[1].split("(")[0] for r in departments.shown()[:-1][:_SHOWN]],
                [tables.hours(tables.net(d.balance)) for d in report.departments[:_SHOWN]],
                self.wide,
            ),
            Spacer(1, 6 * mm),
        ]
        years = report.years
        flow += self._section("年度別の効果", tables.year_table(report))
        flow += [
            drawings.pairs(
                "年度別の従来と現在(時間)",
                [label(y.year) for y in years],
                [tables.hours(tables.before(y.balance)) for y in years],
                [tables.hours(tables.now(y.balance)) for y in years],
                self.wide,
                52 * mm,
            ),
            Spacer(1, 6 * mm),
        ]
        if report.periods:
            flow += self._section("アクションプランの期別の効果", tables.period_table(report))
        flow += self._section("月別の効果", tables.month_table(report.months))
        flow += self._section("費用と効果", tables.money_table(report))
        for sheet in report.sheets:
            flow += [NextPageTemplate("tall"), PageBreak(), *self._single(sheet)]
        return flow

    def _section(self, heading: str, table: Table) -> list[Flowable]:
        rows = min(
            len(table.rows), 13
        )  # a table of a year's months stays together; a long one may run on
        return [
            CondPageBreak((30 + 5.6 * rows) * mm),
            Paragraph(heading, self.title),
            Paragraph(self.report.as_of, self.small),
            Spacer(1, 3 * mm),
            self._grid(table, self.wide),
            Spacer(1, 2 * mm),
            *self._notes(table.notes),
            Spacer(1, 3 * mm),
        ]

    def _notes(self, notes: Sequence[str]) -> list[Flowable]:
        return [Paragraph(f"※ {_safe(note)}", self.small) for note in notes]

    # ---- 総括表 ----

    def _summary(self) -> list[Flowable]:
        report = self.report
        table = tables.summary_table(report)
        best = [s for s in report.sheets if tables.net(s.balance) is not None][:_SHOWN]
        half = self.wide / 2 - 2 * mm
        ranking = drawings.ranking(
            "取組別の削減時間(時間)",
            [s.initiative.code for s in best],
            [tables.hours(tables.net(s.balance)) for s in best],
            half,
        )
        monthly = drawings.pairs(
            "月別の従来と現在(時間)",
            [tables.month_name(m) for m, _ in report.months],
            [tables.hours(tables.before(b)) for _, b in report.months],
            [tables.hours(tables.now(b)) for _, b in report.months],
            half,
            max(ranking.height, 44 * mm),
        )
        graphs = Grid(
            [[ranking, monthly]],
            colWidths=[half + 4 * mm, half],
            style=[
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("RIGHTPADDING", (0, 0), (-1, -1), 0),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ],
        )
        return [
            self._head(),
            Spacer(1, 3 * mm),
            self._cards(),
            Spacer(1, 3 * mm),
            self._grid(table, self.wide),
            Spacer(1, 2 * mm),
            *self._notes(table.notes),
            Spacer(1, 3 * mm),
            KeepTogether(graphs),
        ]

    def _head(self) -> Flowable:
        """Title at the left, boxes for seals at the right."""
        report, boxes = self.report, self.report.strategy.approvals[:5]
        left = [
            Paragraph("デジタル化による業務効率化 総括表", self.title),
            Paragraph(
                f"{_safe(report.strategy.name)} {_safe(report.strategy.automation.name)}  {report.as_of}",
                self.small,
            ),
        ]
        if not boxes:
            return Grid([[left]], colWidths=[self.wide], style=_BARE)
        seal = 17 * mm
        seals = Grid(
            [
                [Paragraph(b, ParagraphStyle("c", self.small, alignment=TA_CENTER)) for b in boxes],
                [""] * len(boxes),
            ],
            colWidths=[seal] * len(boxes),
            rowHeights=[5 * mm, 15 * mm],
            style=[("GRID", (0, 0), (-1, -1), 0.6, _LINE)],
        )
        return Grid(
            [[left, seals]],
            colWidths=[self.wide - seal * len(boxes), seal * len(boxes)],
            style=_BARE,
        )

    def _cards(self) -> Flowable:
        cells = [
            [
                Paragraph(label, self.small),
                Paragraph(text, self.figure),
                Paragraph(under, self.small),
            ]
            for label, text, under in tables.headline(self.report)
        ]
        return Grid(
            [cells],
            colWidths=[self.wide / len(cells)] * len(cells),
            style=[
                *_BARE,
                ("LINEBEFORE", (0, 0), (-1, -1), 2, _INK),
                ("LEFTPADDING", (0, 0), (-1, -1), 8),
            ],
        )

    # ---- tables ----

    def _grid(self, table: Table, width: float) -> Flowable:
        """A table over the whole width, its header repeated on each page."""
        total = sum(c.width for c in table.columns)
        head = ParagraphStyle("head", self.bold, fontSize=7.6, leading=9.5, alignment=TA_CENTER)
        rows: list[list[Flowable]] = [
            [Paragraph(c.title.replace("\n", "<br/>"), head) for c in table.columns]
        ]
        for number, cells in enumerate(table.shown()):
            is_sum = table.summed and number == len(table.rows) - 1
            rows.append(
                [
                    self._cell(text, column, is_sum)
                    for text, column in zip(cells, table.columns, strict=True)
                ]
            )
        style: list[tuple[Any, ...]] = [
            ("GRID", (0, 0), (-1, -1), 0.4, _LINE),
            ("BACKGROUND", (0, 0), (-1, 0), _PALE),
            ("LINEBELOW", (0, 0), (-1, 0), 1, _INK),
            ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
            ("TOPPADDING", (0, 0), (-1, -1), 2),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
            ("LEFTPADDING", (0, 0), (-1, -1), 3),
            ("RIGHTPADDING", (0, 0), (-1, -1), 4),
        ]
        if table.summed:
            style.append(("LINEABOVE", (0, -1), (-1, -1), 1, _INK))
        return Grid(
            rows,
            colWidths=[width * c.width / total for c in table.columns],
            style=style,
            repeatRows=1,
        )

    def _cell(self, text: str, column: Column, strong: bool) -> Flowable:
        style = ParagraphStyle("cell", self.bold if strong else self.text, fontSize=8, leading=10.5)
        if column.kind != "text" or column.centred:
            style.alignment = TA_RIGHT if column.kind != "text" else TA_CENTER
            style.wordWrap, style.splitLongWords = (
                None,
                0,
            )  # a figure is never broken over two lines
        if text.startswith("▲"):
            style.textColor = _LOSS
        return Paragraph(_safe(text), style)

    # ---- 個票 ----

    def _single(self, sheet: Sheet) -> list[Flowable]:
        kpis = tables.kpi_table([(sheet.initiative.code, m) for m in sheet.measurements])
        keep = (1, 3, 5, 6, 7, 8, 9, 10)
        kpis = Table(
            kpis.name,
            tuple(kpis.columns[i] for i in keep),
            tuple(tuple(r[i] for i in keep) for r in kpis.rows),
        )
        flow: list[Flowable] = [
            Paragraph(
                f"{_safe(sheet.initiative.code)}  {_safe(sheet.initiative.title)}", self.title
            ),
            Paragraph(f"取組の個票  {self.report.as_of}", self.small),
            Spacer(1, 2 * mm),
            self._pairs(tables.facts(sheet)),
        ]
        story = tables.story(sheet)
        if story:
            flow += [Spacer(1, 1.5 * mm), self._labelled(story)]
        flow += [
            Paragraph("効果", self.heading),
            self._grid(tables.terms_table(sheet), self.tall),
            Spacer(1, 1.5 * mm),
            self._labelled([("費用", tables.money_facts(sheet))]),
        ]
        if kpis.rows:
            flow += [Paragraph(self.report.kpi_title, self.heading), self._grid(kpis, self.tall)]
        flow += [Paragraph("品質", self.heading), self._pairs(tables.quality(sheet))]
        schedule = tables.schedule(sheet)
        if schedule.rows:
            flow += [Paragraph("スケジュール", self.heading), self._grid(schedule, self.tall)]
        flow += [
            Spacer(1, 2 * mm),
            self._labelled([("評価", tables.verdict(sheet)), ("所見", "\n\n")]),
            Spacer(1, 2 * mm),
        ]
        if tables.has_course(sheet):
            flow.append(
                drawings.bars(
                    "月別の削減時間(時間)",
                    [tables.month_name(m) for m, _ in sheet.months],
                    [tables.hours(tables.net(b)) for _, b in sheet.months],
                    self.tall,
                    42 * mm,
                )
            )
        return [
            KeepInFrame(self.tall, A4[1] - 2 * _MARGIN, flow, mode="shrink")
        ]  # one page each, whatever was written

    def _pairs(self, items: Sequence[tuple[str, str]]) -> Flowable:
        """Label and text, two pairs a row; a long text takes a row of its own."""
        left, style = 25 * mm, list(_BOXED)
        rows: list[list[Any]] = []
        short = self.tall / 2 - left - 8
        queue = list(items)
        while queue:
            name, text = queue.pop(0)
            pair = queue and all(drawings.text_width(t, 8.5) <= short for t in (text, queue[0][1]))
            row: list[Any] = [Paragraph(name, self.bold), Paragraph(_safe(text), self.text), "", ""]
            if pair:
                other, more = queue.pop(0)
                row[2:] = [Paragraph(other, self.bold), Paragraph(_safe(more), self.text)]
                style.append(("BACKGROUND", (2, len(rows)), (2, len(rows)), _PALE))
            else:
                style.append(("SPAN", (1, len(rows)), (3, len(rows))))
            rows.append(row)
        rest = self.tall / 2 - left
        return Grid(rows, colWidths=[left, rest, left, rest], style=style)

    def _labelled(self, items: Sequence[tuple[str, str]]) -> Flowable:
        rows = [
            [
                Paragraph(name, self.bold),
                Paragraph(_safe(text).replace("\n", "<br/>&nbsp;"), self.text),
            ]
            for name, text in items
        ]
        return Grid(rows, colWidths=[25 * mm, self.tall - 25 * mm], style=_BOXED)


_BARE: list[tuple[Any, ...]] = [
    ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ("RIGHTPADDING", (0, 0), (-1, -1), 0),
    ("TOPPADDING", (0, 0), (-1, -1), 0),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 0),
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
]
_BOXED: list[tuple[Any, ...]] = [
    ("GRID", (0, 0), (-1, -1), 0.4, _LINE),
    ("BACKGROUND", (0, 0), (0, -1), _PALE),
    ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
    ("TOPPADDING", (0, 0), (-1, -1), 1.5),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
    ("LEFTPADDING", (0, 0), (-1, -1), 4),
    ("RIGHTPADDING", (0, 0), (-1, -1), 4),
]


def _safe(text: str) -> str:
    """Text as a paragraph takes it: what the office wrote is never markup."""
    return html.escape(text, quote=False)
