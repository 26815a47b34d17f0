"""The report as a PDF for a meeting: 総括表 across the page, then tables and charts, then a 個票 a
page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_CENTER
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

from initiatives import initiativepage, reportcells, reportnotes, tables
from initiatives.fiscal import label
from initiatives.reportcells import Table
from initiatives.summary import InitiativeSheet, Report
from initiatives.writers import drawings
from initiatives.writers.fonts import japanese
from initiatives.writers.papertables import BARE, INK, LINE, MARGIN, Typesetting, safe

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
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
    )
    document.addPageTemplates(
        [_template("wide", landscape(A4), report), _template("tall", A4, report)]
    )
    document.build(made.story(), canvasmaker=_numbered(japanese().regular))


def _template(name: str, size: tuple[float, float], report: Report) -> PageTemplate:
    width, height = size
    inner = (width - 2 * MARGIN, height - 2 * MARGIN)
    frame = Frame(MARGIN, MARGIN, *inner, 0, 0, 0, 0)

    def decorate(canvas: Canvas, _: BaseDocTemplate) -> None:
        canvas.setFont(japanese().regular, 7.5)
        canvas.setFillColor(HexColor("#444444"))
        canvas.drawString(MARGIN, 8 * mm, f"{report.strategy.name}  {report.as_of}")
        canvas.drawRightString(width - MARGIN, height - 9 * mm, report.caution)

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


class _Paper(Typesetting):
    """The flow of one report."""

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
                [
                    reportcells.hours(reportcells.net(d.balance))
                    for d in report.departments[:_SHOWN]
                ],
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
                [reportcells.hours(reportcells.before(y.balance)) for y in years],
                [reportcells.hours(reportcells.now(y.balance)) for y in years],
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
        # A table of a year's months stays together; a long one may run on.
        rows = min(len(table.rows), 13)
        return [
            CondPageBreak((30 + 5.6 * rows) * mm),
            Paragraph(heading, self.title),
            Paragraph(self.report.as_of, self.small),
            Spacer(1, 3 * mm),
            self.grid(table, self.wide),
            Spacer(1, 2 * mm),
            *self.notes(table.notes),
            Spacer(1, 3 * mm),
        ]

    def _summary(self) -> list[Flowable]:
        report = self.report
        table = tables.summary_table(report)
        best = [s for s in report.sheets if reportcells.net(s.balance) is not None][:_SHOWN]
        half = self.wide / 2 - 2 * mm
        ranking = drawings.ranking(
            "取組別の削減時間(時間)",
            [s.initiative.code for s in best],
            [reportcells.hours(reportcells.net(s.balance)) for s in best],
            half,
        )
        monthly = drawings.pairs(
            "月別の従来と現在(時間)",
            [tables.month_name(m) for m, _ in report.months],
            [reportcells.hours(reportcells.before(b)) for _, b in report.months],
            [reportcells.hours(reportcells.now(b)) for _, b in report.months],
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
            self.grid(table, self.wide),
            Spacer(1, 2 * mm),
            *self.notes(table.notes),
            Spacer(1, 3 * mm),
            KeepTogether(graphs),
        ]

    def _head(self) -> Flowable:
        """Title at the left, boxes for seals at the right."""
        report = self.report
        boxes = self.report.strategy.approvals[:5]
        left = [
            Paragraph("デジタル化による業務効率化 総括表", self.title),
            Paragraph(
                f"{safe(report.strategy.name)} {safe(report.strategy.automation.name)}  {report.as_of}",
                self.small,
            ),
        ]
        if not boxes:
            return Grid([[left]], colWidths=[self.wide], style=BARE)
        seal = 17 * mm
        seals = Grid(
            [
                [Paragraph(b, ParagraphStyle("c", self.small, alignment=TA_CENTER)) for b in boxes],
                [""] * len(boxes),
            ],
            colWidths=[seal] * len(boxes),
            rowHeights=[5 * mm, 15 * mm],
            style=[("GRID", (0, 0), (-1, -1), 0.6, LINE)],
        )
        return Grid(
            [[left, seals]],
            colWidths=[self.wide - seal * len(boxes), seal * len(boxes)],
            style=BARE,
        )

    def _cards(self) -> Flowable:
        cells = []
        for title, text, under in reportnotes.headline(self.report):
            cells.append(
                [
                    Paragraph(title, self.small),
                    Paragraph(text, self.figure),
                    Paragraph(under, self.small),
                ]
            )
        return Grid(
            [cells],
            colWidths=[self.wide / len(cells)] * len(cells),
            style=[
                *BARE,
                ("LINEBEFORE", (0, 0), (-1, -1), 2, INK),
                ("LEFTPADDING", (0, 0), (-1, -1), 8),
            ],
        )

    def _single(self, sheet: InitiativeSheet) -> list[Flowable]:
        kpis = initiativepage.kpis(sheet)
        flow: list[Flowable] = [
            Paragraph(f"{safe(sheet.initiative.code)}  {safe(sheet.initiative.title)}", self.title),
            Paragraph(f"取組の個票  {self.report.as_of}", self.small),
            Spacer(1, 2 * mm),
            self.pairs(initiativepage.facts(sheet)),
        ]
        story = initiativepage.story(sheet)
        if story:
            flow += [Spacer(1, 1.5 * mm), self.labelled(story)]
        flow += [
            Paragraph("効果", self.heading),
            self.grid(initiativepage.terms_table(sheet), self.tall),
            Spacer(1, 1.5 * mm),
            self.labelled([("費用", initiativepage.money_facts(sheet))]),
        ]
        if kpis.rows:
            flow += [Paragraph(self.report.kpi_title, self.heading), self.grid(kpis, self.tall)]
        flow += [Paragraph("品質", self.heading), self.pairs(initiativepage.quality(sheet))]
        schedule = initiativepage.schedule(sheet)
        if schedule.rows:
            flow += [Paragraph("スケジュール", self.heading), self.grid(schedule, self.tall)]
        flow += [
            Spacer(1, 2 * mm),
            self.labelled([("評価", initiativepage.verdict(sheet)), ("所見", "\n\n")]),
            Spacer(1, 2 * mm),
        ]
        if initiativepage.has_course(sheet):
            flow.append(
                drawings.bars(
                    "月別の削減時間(時間)",
                    [tables.month_name(m) for m, _ in sheet.months],
                    [reportcells.hours(reportcells.net(b)) for _, b in sheet.months],
                    self.tall,
                    42 * mm,
                )
            )
        # One page each, whatever was written.
        return [KeepInFrame(self.tall, A4[1] - 2 * MARGIN, flow, mode="shrink")]
