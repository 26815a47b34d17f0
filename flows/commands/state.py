"""``torikomi status`` and ``torikomi retry``: how things stand, and a second chance for what failed. No Prefect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from flows.console import JapaneseCommand, site_option
from flows.context import journal_of
from records.forms import FormDef, load_forms
from records.journal import Counts, Journal
from records.site import load_site

DOCUMENT_STATES = {"received": "読み取り待ち", "reading": "読み取り中", "read": "読み取り済み", "failed": "失敗"}
RECORD_STATES = {"waiting": "確認待ち", "ready": "転記待ち", "delivered": "転記済み", "returned": "差し戻し"}
_LISTED = 10


@click.command(cls=JapaneseCommand)
@site_option
def status(site: Path) -> None:
    """今の状況を表示します: 届いた文書、様式ごとの確認待ち・転記済み、失敗とその理由。"""
    found = load_site(site)
    with journal_of(found) as journal:
        click.echo("\n".join(status_lines(journal, load_forms(found.forms))))


def status_lines(journal: Journal, forms: Mapping[str, FormDef]) -> Iterator[str]:
    """How things stand, line by line, and what to do next."""
    counts = journal.counts()
    documents = "  ".join(f"{title} {counts.documents[state]}" for state, title in DOCUMENT_STATES.items())
    yield f"文書  {documents}  重複 {counts.duplicates}"
    for form, states in sorted(counts.forms.items()):
        title = forms[form].title if form in forms else form
        yield f"  {title}: " + "  ".join(f"{name} {states.get(state, 0)}" for state, name in RECORD_STATES.items())
    if counts.documents["failed"]:
        yield "失敗した文書(新しい順)"
        for row in journal.documents("failed", limit=_LISTED, newest_first=True):
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
