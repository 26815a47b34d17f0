"""The report as one HTML file that needs nothing else: tables, drawn charts, and a style that
prints well."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from reportlab.graphics import renderSVG
from reportlab.graphics.shapes import Drawing

from initiatives import initiativepage, reportcells, reportnotes, tables
from initiatives.fiscal import label
from initiatives.reportcells import Table
from initiatives.summary import InitiativeSheet, Report
from initiatives.writers import drawings

_FONTS = '"BIZ UDPGothic", "BIZ UDPゴシック", "Yu Gothic UI", Meiryo, "Hiragino Sans", "IPAexGothic", sans-serif'
_STYLE = f"""
:root {{ --ink: #1f3a5f; --line: #8a95a3; --pale: #e8edf3; }}
body {{ font: 15px/1.6 {_FONTS}; color: #111; margin: 0 auto; max-width: 1120px; padding: 24px; }}
h1 {{ font-size: 24px; color: var(--ink); margin: 0; }} h2 {{ font-size: 20px; color: var(--ink); margin: 40px 0 8px; }}
h3 {{ font-size: 16px; color: var(--ink); margin: 20px 0 6px; }}
.caution {{ border: 1px solid var(--line); padding: 4px 10px; font-size: 13px; display: inline-block; }}
.cards {{ display: flex; flex-wrap: wrap; gap: 16px; margin: 16px 0; }}
.cards div {{ border-left: 4px solid var(--ink); padding: 0 12px; flex: 1 1 200px; }}
.cards b {{ display: block; font-size: 28px; line-height: 1.3; color: var(--ink); }}
small, .notes {{ font-size: 13px; color: #333; }}
.scroll {{ overflow-x: auto; }} table {{ border-collapse: collapse; width: 100%; font-size: 14px; }}
th, td {{ border: 1px solid var(--line); padding: 4px 8px; text-align: left; }}
th {{ background: var(--pale); }} thead th {{ text-align: center; border-bottom: 2px solid var(--ink); }}
.n {{ text-align: right; white-space: nowrap; }} .c {{ text-align: center; white-space: nowrap; }}
.minus {{ color: #a61b00; font-weight: bold; }}
tr.sum td {{ font-weight: bold; border-top: 2px solid var(--ink); }} .facts th {{ width: 11em; text-align: left; }}
.charts {{ display: flex; flex-wrap: wrap; gap: 16px; }} figure {{ margin: 12px 0; flex: 1 1 460px; }}
figure svg {{ width: 100%; height: auto; }} nav ul {{ columns: 2; padding-left: 20px; }}
@media print {{ body {{ font-size: 10.5px; max-width: none; padding: 0; }}
  table {{ font-size: 10px; }} nav {{ display: none; }}
  h2 {{ break-after: avoid; }} section.single {{ break-before: page; }} tr, figure {{ break-inside: avoid; }} }}
"""


def write_html(report: Report, path: Path) -> None:
    """Write ``report`` as HTML."""
    singles = "".join(_single(report, sheet) for sheet in report.sheets)
    contents = "".join(
        f'<li><a href="#{_id(s)}">{escape(s.initiative.code)} {escape(s.initiative.title)}</a></li>'
        for s in report.sheets
    )
    body = (
        f"{_summary(report)}<nav aria-label='個票の一覧'><h2>個票</h2>"
        f"<ul>{contents}</ul></nav>{_tables(report)}{singles}"
    )
    path.write_text(
        f'<!DOCTYPE html>\n<html lang="ja"><head><meta charset="utf-8"><title>{escape(report.title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body><main>{body}</main>'
        "</body></html>\n",
        encoding="utf-8",
    )


def _id(sheet: InitiativeSheet) -> str:
    return "i-" + re.sub(r"\W", "_", sheet.initiative.code)


def _summary(report: Report) -> str:
    cards = "".join(
        f"<div><small>{escape(label)}</small><b>{escape(text)}</b><small>{escape(under)}</small></div>"
        for label, text, under in reportnotes.headline(report)
    )
    known = [s for s in report.sheets if reportcells.net(s.balance) is not None]
    ranking = drawings.ranking(
        "取組別の削減時間(時間)",
        [s.initiative.code for s in known],
        [reportcells.hours(reportcells.net(s.balance)) for s in known],
        500,
    )
    monthly = drawings.pairs(
        "月別の従来と現在(時間)",
        [tables.month_name(m) for m, _ in report.months],
        [reportcells.hours(reportcells.before(b)) for _, b in report.months],
        [reportcells.hours(reportcells.now(b)) for _, b in report.months],
        560,
        220,
    )
    caution = ""
    if report.caution:
        caution = f'<p class="caution">{escape(report.caution)}</p>'
    strategy = report.strategy
    names = (strategy.name, strategy.automation.name, report.as_of)
    parts = [
        f"{caution}<h1>デジタル化による業務効率化 総括表</h1>",
        f"<p>{' '.join(map(escape, names))}</p>",
        f"<div class='cards'>{cards}</div>",
        table(tables.summary_table(report)),
        f"<div class='charts'>{figure(ranking)}{figure(monthly)}</div>",
    ]
    return "".join(parts)


def _tables(report: Report) -> str:
    kpis = [(report.strategy.automation.name, m) for m in report.measurements]
    kpis += [
        (s.initiative.code, m) for s in (*report.sheets, *report.others) for m in s.measurements
    ]
    years = report.years
    by_year = drawings.pairs(
        "年度別の従来と現在(時間)",
        [label(y.year) for y in years],
        [reportcells.hours(reportcells.before(y.balance)) for y in years],
        [reportcells.hours(reportcells.now(y.balance)) for y in years],
        760,
        200,
    )
    departments = report.departments
    by_department = drawings.ranking(
        "課別の削減時間(時間)",
        [d.department.name for d in departments],
        [reportcells.hours(reportcells.net(d.balance)) for d in departments],
        760,
    )
    parts = [
        (report.kpi_title, table(tables.kpi_table(kpis)) if kpis else ""),
        ("課別の効果", table(tables.department_table(report)) + figure(by_department)),
        ("年度別の効果", table(tables.year_table(report)) + figure(by_year)),
        (
            "アクションプランの期別の効果",
            table(tables.period_table(report)) if report.periods else "",
        ),
        ("月別の効果", table(tables.month_table(report.months))),
        ("費用と効果", table(tables.money_table(report))),
    ]
    return "".join(
        f"<section><h2>{heading}</h2>{inner}</section>" for heading, inner in parts if inner
    )


def _single(report: Report, sheet: InitiativeSheet) -> str:
    kpis = tables.kpi_table([(sheet.initiative.code, m) for m in sheet.measurements])
    chart = drawings.bars(
        "月別の削減時間(時間)",
        [tables.month_name(m) for m, _ in sheet.months],
        [reportcells.hours(reportcells.net(b)) for _, b in sheet.months],
        760,
        180,
    )
    schedule = initiativepage.schedule(sheet)
    heading = f"{escape(sheet.initiative.code)} {escape(sheet.initiative.title)}"
    parts = [
        f'<section class="single" id="{_id(sheet)}"><h2>{heading}</h2>',
        f"<p>取組の個票 {escape(report.as_of)}</p>",
        _facts([*initiativepage.facts(sheet), *initiativepage.story(sheet)]),
        f"<h3>効果</h3>{table(initiativepage.terms_table(sheet))}",
        _facts([("費用", initiativepage.money_facts(sheet))]),
    ]
    if kpis.rows:
        parts.append(f"<h3>{report.kpi_title}</h3>{table(kpis)}")
    parts.append(f"<h3>品質</h3>{_facts(initiativepage.quality(sheet))}")
    if schedule.rows:
        parts.append(f"<h3>スケジュール</h3>{table(schedule)}")
    parts.append(_facts([("評価", initiativepage.verdict(sheet))]))
    if initiativepage.has_course(sheet):
        parts.append(figure(chart))
    parts.append("</section>")
    return "".join(parts)


def table(made: Table) -> str:
    """A table with its notes; every text is escaped."""
    heads = "".join(
        f'<th scope="col">{escape(c.title).replace(chr(10), "<br>")}</th>' for c in made.columns
    )
    rows = []
    for number, cells in enumerate(made.shown()):
        inner = "".join(
            f'<td class="{_classes(c.kind != "text", c.centred, cell)}">{escape(cell)}</td>'
            for cell, c in zip(cells, made.columns, strict=True)
        )
        is_sum = made.summed and number == len(made.rows) - 1
        rows.append(f"<tr{' class=sum' if is_sum else ''}>{inner}</tr>")
    notes = "".join(f"<li>{escape(note)}</li>" for note in made.notes)
    return (
        f'<div class="scroll"><table><thead><tr>{heads}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'
        + (f'<ul class="notes">{notes}</ul>' if notes else "")
    )


def _classes(number: bool, centred: bool, cell: str) -> str:
    names = ["n" if number else "c" if centred else "t"]
    return " ".join([*names, "minus"] if cell.startswith("▲") else names)


def _facts(items: Sequence[tuple[str, str]] | Iterable[tuple[str, str]]) -> str:
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(text)}</td></tr>'
        for name, text in items
    )
    return f'<table class="facts"><tbody>{rows}</tbody></table>'


_CLIP = re.compile(
    r'<clipPath id="clip">.*?</clipPath>|<title>.*?</title>|<desc>'
    r'.*?</desc>|style="clip-path: url\(#clip\)"|id="group"',
    re.DOTALL,
)
"""What every drawing brings and a page may have only once, or not at all."""


def figure(drawing: Drawing) -> str:
    """A chart as SVG within the page; its title is its accessible name, its figures stand in the
    table beside it."""
    title = next((str(s.text) for s in drawing.contents if hasattr(s, "text")), "図")
    svg = renderSVG.drawToString(drawing)
    svg = _CLIP.sub("", svg[svg.index("<svg") :])
    fonts = _FONTS.replace('"', "'")
    svg = re.sub(
        r"font-family:\s*Torikomi-Bold[^;\"]*", f"font-family: {fonts}; font-weight: bold", svg
    )
    svg = re.sub(r"font-family:\s*(?:Torikomi|Heisei)[^;\"]*", f"font-family: {fonts}", svg)
    return f'<figure role="img" aria-label="{escape(title)}">{svg}</figure>'
