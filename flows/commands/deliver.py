"""``torikomi deliver``: write what is ready, or what a ledger has lost, without reading anything. No
Prefect."""

from __future__ import annotations

import getpass
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from flows.composition import open_site
from flows.console import JapaneseCommand, say, site_option
from flows.delivery import Delivery
from flows.looked import Lack
from flows.prefect.runreports import delivered_line
from flows.restoring import find_lacks, write_again
from records.errors import DefinitionError, TorikomiError
from records.journal import Journal

_LISTED = 20


@click.command(cls=JapaneseCommand)
@click.option(
    "--again",
    "form",
    default="",
    metavar="様式ID",
    help="この様式の台帳からなくなった行を、確かめてから書き直します",
)
@click.option("--deleted", is_flag=True, help="--again で、職員が消した行も戻します")
@click.option("--yes", is_flag=True, help="尋ねずに書き直します")
@site_option
def deliver(form: str, deleted: bool, yes: bool, site: Path) -> int:
    """転記待ちの行を台帳に書きます。--again では、台帳からなくなった行を書き直します。

    控えのブックを戻したあとや、ブックを消したあとには、そのあとに転記した行が台帳にありません。
    職員が消した行は、--deleted を付けたときだけ戻します。
    """
    if deleted and not form:
        raise click.UsageError("--deleted は --again 様式ID と一緒に使います")
    with open_site(site) as office:
        allowed = tuple(office.forms)
        if form and form not in allowed:
            raise DefinitionError(f"様式「{form}」はありません", key="form", allowed=allowed)
        work = Delivery(office.definitions, office.journal)
        if form:
            return _again(work, form, deleted, yes)
        return _ready(work)


def _ready(work: Delivery) -> int:
    """Write everything that is ready."""
    troubles: list[TorikomiError] = []
    rows = 0
    for job in work.jobs():
        try:
            done = work.deliver(job)
        except TorikomiError as error:
            troubles.append(error)
            continue
        rows += done.rows
        troubles += done.troubles
        click.echo(delivered_line(done))
        for note in done.notes:
            click.echo(f"  {note}")
    for trouble in troubles:
        say(trouble.message)
    for reason in work.closed.values():
        say(reason)
    if not rows and not troubles:
        click.echo("転記待ちの行はありません。")
    return 1 if troubles else 0


def _again(work: Delivery, form: str, with_deleted: bool, is_agreed: bool) -> int:
    """Show what each file of a form lacks, ask, and write it."""
    definitions = work.definitions
    journal = work.journal
    lacks = find_lacks(definitions.site.folder, definitions.forms[form], journal)
    wanted = [(lack, rows_of_lack(lack, with_deleted)) for lack in lacks]
    for lack, ids in wanted:
        for line in lack_lines(lack, ids, journal):
            click.echo(line)
    wanted = [(lack, ids) for lack, ids in wanted if ids]
    total = sum(len(ids) for _, ids in wanted)
    if not total:
        click.echo(f"「{definitions.forms[form].title}」の台帳に、書き直す行はありません。")
        return 0
    if not is_agreed and not click.confirm(f"この {total} 行を書き直しますか"):
        click.echo("何も書いていません。")
        return 0
    return _write(work, wanted)


def _write(work: Delivery, wanted: Sequence[tuple[Lack, Sequence[str]]]) -> int:
    has_failed = False
    for lack, ids in wanted:
        try:
            done = write_again(work, lack.form, lack.target, lack.path, ids, getpass.getuser())
        except TorikomiError as error:
            say(error.message)
            has_failed = True
            continue
        click.echo(f"書き直しました: {lack.path} に {done.rows} 行")
        for note in done.notes:
            click.echo(f"  {note}")
    return 1 if has_failed else 0


def rows_of_lack(lack: Lack, with_deleted: bool) -> tuple[str, ...]:
    """The rows to write, in the order in which they came in."""
    if with_deleted:
        return (*lack.lost, *lack.deleted)
    return lack.lost


def lack_lines(lack: Lack, ids: Sequence[str], journal: Journal) -> Iterator[str]:
    """How many rows of a file are to be written again and which, and what is left out."""
    if lack.unreadable:
        yield lack.unreadable
        return
    yield f"台帳 {lack.path}" + ("(ファイルがありません)" if lack.is_gone else "")
    for title, part in (
        ("台帳にない行", lack.missing),
        ("古い値のままの行", lack.outdated),
        ("職員が消した行", lack.deleted),
    ):
        if not part:
            continue
        is_left = not set(part) <= set(ids)
        yield f"  {title} {len(part)} 行" + ("(戻しません。戻すには --deleted)" if is_left else "")
        shown = part[:_LISTED]
        for row in journal.records.many(shown):
            pages = "、".join(map(str, row.line.pages))
            yield f"    {row.line.received_on}  {row.line.file} {pages}ページ  {row.id}"
        if len(part) > len(shown):
            yield f"    ほか {len(part) - len(shown)} 行"
