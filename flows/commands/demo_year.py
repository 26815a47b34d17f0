"""``torikomi demo --year``: the sample office with a made-up year in its journal, so that pages and
reports are full."""

from __future__ import annotations

import datetime as dt

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from flows.commandpath import where_the_command_is
from flows.commands.report import report_text, today_of
from flows.composition import OpenSite
from flows.console import say
from initiatives.fiscal import Span, fiscal_year, label
from initiatives.madeup import NOTICE, operate


def year_until(today: dt.date) -> Span:
    """The 365 days that end with yesterday: this fiscal year so far, and the rest of the year from
    the one before."""
    return Span(today - dt.timedelta(days=365), today - dt.timedelta(days=1))


def show_year(office: OpenSite, *, span: Span | None = None, scale: float = 1.0) -> None:
    """Fill the journal of a new demo site and print the report.

    Args:
        span: the days to fill; a year up to yesterday by default.
        scale: multiplies the registered volumes.

    Raises:
        DefinitionError: the journal is not empty, or no form's initiative has a volume.
    """
    site = office.site
    strategy = office.strategy
    journal = office.journal
    today = today_of(site)
    span = span or year_until(today)
    say(f"{NOTICE} {span.title}の架空の1年分を書きます(数分かかります)。")
    with _bar() as progress:
        task = progress.add_task("書いています", total=span.days)

        def told(day: dt.date, done: int) -> None:
            days = (day - span.first).days + 1
            progress.update(task, completed=days, description=f"{day:%Y-%m-%d} {done:,}枚")

        sheets = operate(journal, strategy, office.forms, span, scale=scale, told=told)
    click.echo(f"架空の用紙 {sheets:,} 枚分を台帳に書きました。\n\n■ 取組ごとの削減")
    click.echo(report_text(strategy, journal, span, today))
    folder = site.folder
    click.echo(
        f"\n続き: torikomi desk --site {folder}(画面)、torikomi report --site {folder}"
        f" --period {label(fiscal_year(today))} --to report.xlsx(報告書。.pdf .html .csv も)"
    )
    if found := where_the_command_is():
        click.echo(found)


def _bar() -> Progress:
    """A progress bar on stderr, where that is a terminal."""
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
