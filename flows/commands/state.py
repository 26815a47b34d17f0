"""``torikomi status`` and ``torikomi retry``: how things stand, and a second chance for what
failed. No Prefect."""

from __future__ import annotations

import datetime as dt
import getpass
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from connectors.sources import folder
from flows.blanks import blank_troubles
from flows.composition import open_site
from flows.console import JapaneseCommand, site_option
from flows.definitions import Definitions
from flows.looked import KeptLooks, Lack
from flows.restoring import find_lacks_again
from records import days
from records.errors import DefinitionError, DocumentError
from records.formfiles import read_forms
from records.forms import FormDef
from records.journal import Counts, Journal

DOCUMENT_STATES = {
    "received": "読み取り待ち",
    "reading": "読み取り中",
    "read": "読み取り済み",
    "failed": "失敗",
}
RECORD_STATES = {
    "waiting": "確認待ち",
    "ready": "転記待ち",
    "delivered": "転記済み",
    "returned": "差し戻し",
    "dropped": "対象外",
}
_LISTED = 10


@click.command(cls=JapaneseCommand)
@site_option
def status(site: Path) -> None:
    """今の状況を表示します: 届いた文書、様式ごとの確認待ち・転記済み、失敗とその理由。"""
    with open_site(site) as office:
        found = office.site
        journal = office.journal
        forms, broken = read_forms(found.forms)  # what strategy.toml says is no matter here
        click.echo("\n".join(status_lines(journal, forms)))
        today = days.today(found.timezone)
        whole = [form for name, form in forms.items() if name not in broken]
        kept = KeptLooks(found.work)
        lacks: list[Lack] = []
        for form in whole:
            lacks += find_lacks_again(found.folder, form, journal, kept)
    for lack in lacks:
        if lack.is_told(today):
            click.echo(f"注意: {lack.message()}")
    for error in broken.values():
        click.echo(f"注意: {error.message}")
    for line in blank_troubles(found, forms.values(), fonts=False):
        click.echo(f"注意: {line}")


@click.command(cls=JapaneseCommand)
@click.argument("numbers", nargs=-1, required=True, metavar="番号…")
@click.option("--form", default="", metavar="様式ID", help="この様式として読み直します")
@site_option
def retry(numbers: tuple[str, ...], form: str, site: Path) -> None:
    """失敗した文書(または読み違えた文書)をもう一度読み取りに回します。番号は torikomi status
    で見られます。"""
    with open_site(site) as office:
        allowed = tuple(office.forms)
        if form and form not in allowed:
            raise DefinitionError(f"様式「{form}」はありません", key="form", allowed=allowed)
        for number in numbers:
            click.echo(retry_document(office.definitions, office.journal, number, form))
    click.echo("次の torikomi run(または動いている torikomi watch)で読み直します。")


def retry_document(definitions: Definitions, journal: Journal, number: str, form: str = "") -> str:
    """Put one document back into the queue; returns what was done as a Japanese line.

    Raises:
        DocumentError: no such document, or its original is nowhere.
    """
    site = definitions.site
    row = journal.documents.find(number)
    if row.state in ("received", "reading"):
        return f"{row.name} はもう読み取りを待っています。"
    if row.state == "finished":
        raise DocumentError(
            "finished",
            f"{row.name} は手で処理済み(または破棄)です。まちがいなら、画面の受付でこの文書を"
            "開き、「取り消して読み直す」を押してください。数えた件数と時間も取り消されます",
        )
    claimed = folder.read_again(
        journal,
        site,
        row,
        forms=tuple(definitions.forms),
        at=dt.datetime.now(dt.UTC),
        who=getpass.getuser(),
        form=form,
    )
    if claimed is None:
        raise DocumentError(
            "missing",
            f"{row.name} の原本が見つかりません。もう一度スキャンして inbox に入れてください",
        )
    if claimed.sha256 != row.sha256:
        return (
            f"{row.name} は差し替えられているので、新しい文書 {claimed.sha256[:12]} として"
            "読み取りに回しました。"
        )
    return f"{row.name} をもう一度読み取りに回しました。"


def status_lines(journal: Journal, forms: Mapping[str, FormDef]) -> Iterator[str]:
    """How things stand, line by line, and what to do next."""
    counts = journal.tallies.counts()
    documents = "  ".join(
        f"{title} {counts.documents[state]}" for state, title in DOCUMENT_STATES.items()
    )
    if counts.documents["finished"]:
        documents += f"  手で処理 {counts.documents['finished']}"
    yield f"文書  {documents}  重複 {counts.duplicates}"
    for form, states in sorted(counts.forms.items()):
        title = form
        if form in forms:
            title = forms[form].title
        yield f"  {title}: " + "  ".join(
            f"{name} {states.get(state, 0)}" for state, name in RECORD_STATES.items()
        )
    strays = journal.reviews.waiting_problems()["stray_ink"]
    if strays:
        yield f"余白に書き込みのある用紙(確認待ち) {strays} 枚"
    if counts.documents["failed"]:
        yield "失敗した文書(新しい順)"
        for row in journal.documents.page("failed", limit=_LISTED, newest_first=True):
            yield f"  {row.sha256[:12]}  {row.name}: {row.reason}"
    yield from next_steps(counts)


def next_steps(counts: Counts) -> Iterator[str]:
    """What a person can do now."""
    if counts.records["waiting"]:
        yield f"→ 確認待ちが {counts.records['waiting']} 枚あります: torikomi review"
    if counts.records["ready"]:
        yield f"→ 転記待ちが {counts.records['ready']} 枚あります: torikomi run(台帳のファイルを開いていたら閉じてから)"
    if counts.documents["received"]:
        yield f"→ 読み取り待ちが {counts.documents['received']} 件あります: torikomi run"
    if counts.documents["failed"]:
        yield "→ 失敗した文書は、理由のとおりに直して入れ直すか、torikomi retry 番号"
    if not any((counts.records["waiting"], counts.records["ready"], counts.documents["received"])):
        yield "→ 待っているものはありません"
