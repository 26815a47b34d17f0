"""``torikomi report``: the net minutes saved by each initiative, from the journal's receipts and decisions."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from pathlib import Path

import click

from flows.console import JapaneseCommand, site_option
from flows.context import journal_of
from initiatives.fiscal import Span, fiscal_year, year_span
from initiatives.register import Strategy
from initiatives.report import saving_by_initiative, text
from initiatives.strategy import load_strategy
from initiatives.work import works_of_totals
from records.journal import Journal
from records.site import load_site


@click.command(cls=JapaneseCommand)
@site_option
def report(site: Path) -> None:
    """取組ごとに、今年度の件数と正味の削減時間(分)を表示します。"""
    found = load_site(site)
    today = dt.datetime.now(zoneinfo.ZoneInfo(found.timezone)).date()
    with journal_of(found) as journal:
        click.echo(report_text(load_strategy(found.strategy), journal, year_span(fiscal_year(today)), today))


def report_text(strategy: Strategy, journal: Journal, span: Span, today: dt.date) -> str:
    """The report over ``span`` as it is printed."""
    works = works_of_totals(journal.totals(since=span.first, until=span.last))
    return text(strategy, saving_by_initiative(strategy, works, span, today), span, today)
