"""``torikomi report``: what each initiative has saved, on the screen or as a report that a city
hands round."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from flows.composition import open_site
from flows.console import JapaneseCommand, site_option
from initiatives.fiscal import Span, fiscal_year, parse_span, year_span
from initiatives.madeup import NOTICE, is_made_up
from initiatives.register import Strategy
from initiatives.savingtable import read_savings, text
from initiatives.summary import make_report
from initiatives.writers import check_ending, write_report
from records import days
from records.errors import DefinitionError
from records.journal import Journal
from records.site import Site


@click.command(cls=JapaneseCommand)
@click.option(
    "--period",
    default="",
    metavar="期間",
    help="R7(年度)、R7-R8、R7上期、R7Q2、2025-10(月)、第2期 など(省略時は今年度)",
)
@click.option(
    "--to",
    type=click.Path(path_type=Path),
    default=None,
    metavar="ファイル",
    help="報告書を書くファイル。.xlsx .pdf .html .csv のどれか(省略時は画面に表示)",
)
@site_option
def report(period: str, to: Path | None, site: Path) -> None:
    """取組ごとの件数と正味の削減時間を表示します。--to
    を付けると、総括表・個票・課別・年度別の報告書を書きます。"""
    if to is not None:
        check_ending(to)
    with open_site(site) as office:
        strategy = office.strategy
        today = today_of(office.site)
        span = span_of(strategy, period, today)
        if to is None:
            click.echo(report_text(strategy, office.journal, span, today))
            return
        made = make_report(office.journal, strategy, span, today)
        written = write_report(made, to)
    click.echo(f"報告書を書きました: {written}({span.title})")


def today_of(site: Site) -> dt.date:
    """The office's own date."""
    return days.today(site.timezone)


def span_of(strategy: Strategy, period: str, today: dt.date) -> Span:
    """The days that ``period`` names; this fiscal year where it is empty.

    Raises:
        DefinitionError: it names none, or none that has begun.
    """
    if not period:
        return year_span(fiscal_year(today))
    try:
        span = parse_span(period, strategy.period_spans())
    except DefinitionError as error:
        plans = "、".join(f"第{p.no}期({p.span.title})" for p in strategy.periods)
        raise DefinitionError(
            f"{error.message}。この戦略の期は {plans} です" if plans else error.message,
            key="period",
        ) from None
    if span.first > today:
        raise DefinitionError(
            f"「{period}」({span.title})はまだ始まっていません。今日までの期間を指定してください",
            key="period",
        )
    return span


def report_text(strategy: Strategy, journal: Journal, span: Span, today: dt.date) -> str:
    """The report over ``span`` as it is printed; made-up work says so first."""
    printed = text(strategy, read_savings(journal, strategy, span, today), span, today)
    if is_made_up(journal):
        return f"【{NOTICE}】\n{printed}"
    return printed
