"""``torikomi demo``: the sample office at work, from scans in a folder to rows, doubts, accuracy
and minutes saved."""

from __future__ import annotations

import itertools
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import click

from flows.commandpath import where_the_command_is
from flows.commands.demo_year import show_year
from flows.commands.report import report_text
from flows.commands.run import Screen, say_what_is_missing, summary
from flows.composition import OpenSite, open_site
from flows.console import JapaneseCommand, say
from flows.definitions import Definitions
from flows.samplefolder import sample_folder
from flows.scoring import Miss, Score, difference, lines, load_expectation, load_truth, score_file
from flows.service import run_service
from initiatives.fiscal import fiscal_year, year_span
from records import days
from records.codec import mask_in, show
from records.errors import DefinitionError
from records.journal import Journal, RecordRow
from records.journal.verdicts import WHOLE
from records.mynumber import mask_my_number

_MARKER = ".torikomi-demo"
_SHOWN = 8


@click.command(cls=JapaneseCommand)
@click.option(
    "--to",
    "target",
    type=click.Path(path_type=Path),
    default=Path("demo-site"),
    metavar="フォルダー",
    help="見本のサイトを作る場所(省略時は demo-site)",
)
@click.option(
    "--samples",
    type=click.Path(path_type=Path),
    default=None,
    metavar="フォルダー",
    help="見本の元(省略時は同梱の見本)",
)
@click.option(
    "--year",
    is_flag=True,
    help="用紙を読む代わりに、架空の1年分の記録を作り、画面と報告書を一杯にして見せます",
)
def demo(target: Path, samples: Path | None, year: bool) -> None:
    """見本の役所に用紙が届いたことにして、表になるまでを見せます。"""
    begun = time.monotonic()
    source = samples or sample_folder()
    count = make_demo_site(source, target, scans=not year)
    if not year:
        say(f"見本のサイトを {target} に作り、{count} 個のファイルを inbox に入れました。")
    with open_site(target) as office:
        if year:
            show_year(office)
        else:
            _show_day(office, target, source, begun)


def _show_day(office: OpenSite, target: Path, source: Path, begun: float) -> None:
    """Let the sample scans come in, and print what became of them.

    Args:
        begun: monotonic seconds at which the command was called.
    """
    definitions = office.definitions
    say_what_is_missing(definitions)
    with Screen() as screen:
        totals = run_service(office, screen.told(), role="once")
    click.echo("\n■ 取り込み")
    for line in summary(totals):
        click.echo(line)
    journal = office.journal
    for line in (
        *_ledgers(definitions),
        *_waiting(definitions, journal),
        *_failures(journal),
        *_accuracy(journal, source),
    ):
        click.echo(line)
    today = days.today(office.site.timezone)
    this_year = year_span(fiscal_year(today))
    click.echo("\n■ 取組ごとの削減")
    click.echo(report_text(office.strategy, journal, this_year, today))
    seconds = time.monotonic() - begun
    memory = totals.memory + totals.server_memory
    click.echo(
        f"\n全体で {seconds:.0f} 秒、最大メモリは {memory:.0f} MiB"
        f"(読み取り {totals.memory:.0f} + 実行管理 {totals.server_memory:.0f})でした。"
    )
    click.echo(
        f"続き: torikomi review --site {target}(確認)、torikomi run --site {target}(確認後の転記)、"
        f"torikomi report --site {target}(削減時間)"
    )
    if found := where_the_command_is():
        click.echo(found)


def make_demo_site(source: Path, target: Path, *, scans: bool = True) -> int:
    """Copy the sample office to ``target`` and its scans into the inbox; an earlier demo there is
    replaced.

    Args:
        scans: False leaves the inbox empty.

    Returns:
        how many files are in the inbox.

    Raises:
        DefinitionError: the samples are not there, or ``target`` is something else than an earlier
        demo.
    """
    if not (source / "site.toml").is_file() or not (source / "scans").is_dir():
        raise DefinitionError(
            "見本がありません。torikomi を入れ直すか、--samples で見本のフォルダーを指定してください",
            path=source,
        )
    if target.exists() and any(target.iterdir()) and not (target / _MARKER).is_file():
        raise DefinitionError(
            "すでに別のものが入っています。--to で別のフォルダーを指定してください", path=target
        )
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    (target / _MARKER).touch()
    for name in ("site.toml", "strategy.toml"):
        shutil.copy2(source / name, target / name)
    shutil.copytree(source / "forms", target / "forms")
    if scans:
        shutil.copytree(source / "scans", target / "inbox")
        _add_letters(source / "letters", target)
    (target / "inbox").mkdir(exist_ok=True)
    return sum(path.is_file() for path in (target / "inbox").rglob("*"))


def _add_letters(letters: Path, target: Path) -> None:
    """The letters without a layout, and the form that takes them, where the samples have them."""
    if letters.is_dir():
        shutil.copytree(letters / "forms", target / "forms", dirs_exist_ok=True)
        shutil.copytree(letters / "scans", target / "inbox", dirs_exist_ok=True)


def _ledgers(definitions: Definitions) -> Iterator[str]:
    yield "\n■ できた表"
    folder = definitions.site.ledgers
    files = [path for path in folder.rglob("*") if path.is_file()]
    for path in sorted(path for path in files if not path.name.startswith(".")):
        yield f"  {path}"


def _waiting(definitions: Definitions, journal: Journal) -> Iterator[str]:
    rows = journal.reviews.waiting(limit=1000)
    fields = sum(len(row.line.open) for row in rows)
    first = ""
    if fields > _SHOWN:
        first = f"(はじめの {_SHOWN} 項目)"
    yield f"\n■ 人の確認を待つ値: {len(rows)} 枚の {fields} 項目{first}"
    shown = ((row, name) for row in rows for name in row.line.open)
    for row, name in itertools.islice(shown, _SHOWN):
        yield f"  {row.line.file} {_why(definitions, row, name)}"


def _why(definitions: Definitions, row: RecordRow, name: str) -> str:
    """What is asked about one field, or about the sheet as a whole, and why."""
    if name == WHOLE:
        reasons = [mask_my_number(problem.message) for problem in row.record.problems]
        return f"用紙全体 — {'、'.join(reasons)}"
    field = row.record.fields[name]
    made = definitions.forms[row.line.form].fields[name]
    value = show(mask_in(field.kind, field.value)) or "(空欄)"
    reason = f"確からしさ {field.p:.0%}"
    if field.problems:
        reason = field.problems[0].message
    return f"{made.title}: {value} — {mask_my_number(reason)}"


def _failures(journal: Journal) -> Iterator[str]:
    failed = journal.documents.page("failed", limit=100)
    yield f"\n■ 読めなかった文書: {len(failed)} 件(failed フォルダーに原本と理由)"
    for row in failed:
        yield f"  {row.name}: {row.reason}"


def _accuracy(journal: Journal, source: Path) -> Iterator[str]:
    score, misses = score_journal(journal, source / "truth")
    letters, missed = score_journal(journal, source / "letters" / "truth")
    score, misses = score.plus(letters), misses + missed
    yield "\n■ 正解との照合(見本の用紙には正解があります)"
    yield from (f"  {line}" for line in lines(score))
    unreadable = {
        p.name.removesuffix(".json"): e
        for p in (source / "truth").rglob("*.json")
        if (e := load_expectation(p))
    }
    failed = journal.documents.page("failed", limit=10_000)
    found = {row.name: row.code for row in failed}
    kept_out = sum(found.get(name) == code for name, code in unreadable.items())
    yield f"  読めないはずの {len(unreadable)} 件のうち {kept_out} 件を、正しい理由をつけて除けました。"
    for miss in (m for m in misses if m.unseen):
        row = journal.records.get(miss.record)
        if row is not None:
            field = row.as_read.fields[miss.field]
            told = difference(miss, field.kind)
            yield f"  目視不要なのに誤り: {row.line.file} {miss.field} {told}"


def score_journal(journal: Journal, truth: Path) -> tuple[Score, list[Miss]]:
    """Compare everything that the journal read with the truth files, as the machine read it."""
    documents = journal.documents.page(limit=10_000)
    numbers = {row.name: row.sha256 for row in documents}
    score = Score()
    misses: list[Miss] = []
    for path in sorted(truth.rglob("*.json")):
        name = path.name.removesuffix(".json")
        if name in numbers:
            made, missed = score_file(
                load_truth(path), [row.as_read for row in journal.records.of(numbers[name])]
            )
            score = score.plus(made)
            misses = misses + missed
    return score, misses
