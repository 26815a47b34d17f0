"""``torikomi initiative …``: the register's paperwork: sheets out to the departments, answers back,
plans carried over."""

from __future__ import annotations

import datetime as dt
import os
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import click

from flows.commands.report import span_of, today_of
from flows.composition import open_site
from flows.console import JapaneseGroup, say, site_option
from initiatives.ledger import open_books
from initiatives.register import Strategy
from initiatives.suitability import Assumptions, ErrorCost, Estimate, TaskCase, estimate, from_books
from initiatives.survey import (
    Answers,
    append,
    read_answers,
    roll_over,
    to_toml,
    write_inquiry,
    write_survey,
)
from initiatives.survey.returned import case_of
from initiatives.writers import remedy
from records.errors import DefinitionError, ServiceError
from records.site import Site

_COSTS: dict[str, ErrorCost] = {"小": "小", "中": "中", "大": "大"}
_file = click.Path(path_type=Path)
_show = click.option(
    "--show", is_flag=True, help="書き加える内容を表示するだけで、strategy.toml は変えません"
)


@click.group(cls=JapaneseGroup)
def initiative() -> None:
    """取組の登録: 調査票と照会のひな形、回答の取り込み、次の期への引き継ぎ、自動化の適性の採点。"""


@initiative.command(short_help="業務調査票(Excel)のひな形を作ります")
@click.option(
    "--to",
    type=_file,
    default=Path("業務調査票.xlsx"),
    metavar="ファイル",
    help="作るファイル(省略時は 業務調査票.xlsx)",
)
@site_option
def template(to: Path, site: Path) -> None:
    """自動化したい業務を各課に書いてもらう、空の業務調査票を作ります。"""
    found, strategy = _register(site)
    _write_new(to, lambda path: write_survey(path, strategy, today_of(found)))
    click.echo(f"業務調査票を作りました: {to}")
    click.echo(f"回答の取り込み: torikomi initiative import --site {site} 回答.xlsx …")


@initiative.command(short_help="登録済みの取組についての各課照会(Excel)を作ります")
@click.argument("codes", nargs=-1, metavar="[番号…]")
@click.option(
    "--to",
    type=_file,
    default=Path("各課照会.xlsx"),
    metavar="ファイル",
    help="作るファイル(省略時は 各課照会.xlsx)",
)
@site_option
def inquiry(codes: tuple[str, ...], to: Path, site: Path) -> None:
    """時間の計り直し・振り返り・評価・手で記録する実績を各課に尋ねる照会を作ります。番号を省くとすべての取組です。"""
    found, strategy = _register(site)
    for code in codes:
        if code not in strategy.initiatives:
            raise DefinitionError(
                f"取組「{code}」は登録されていません",
                key="codes",
                allowed=tuple(sorted(strategy.initiatives)),
            )
    _write_new(to, lambda path: write_inquiry(path, strategy, today_of(found), codes or None))
    click.echo(f"各課照会を作りました: {to}({len(codes) or len(strategy.initiatives)}取組)")
    click.echo(f"回答の取り込み: torikomi initiative import --site {site} 回答.xlsx …")


@initiative.command(
    "import", short_help="業務調査票・各課照会の回答を strategy.toml に取り込みます"
)
@click.argument("files", nargs=-1, required=True, type=_file, metavar="ファイル…")
@click.option("--rest", is_flag=True, help="問題のある行を除いて、残りを取り込みます")
@_show
@site_option
def import_answers(files: tuple[Path, ...], rest: bool, show: bool, site: Path) -> int:
    """回答を読んで strategy.toml の終わりに書き加えます。元の strategy.toml は写しを残します。

    問題のある行が一つでもあれば、ファイル・シート・セルと理由を示し、何も書きません。
    """
    found, strategy = _register(site)
    today = today_of(found)
    answers = read_answers(_there(files), strategy, today)
    _say_all(answers)
    if answers.misfits and not rest:
        say(
            f"問題が {len(answers.misfits)} 件あるので、何も取り込んでいません"
            "。直すか、--rest を付けて残りだけを取り込んでください。"
        )
        return 1
    text = to_toml(answers, strategy, today)
    if not text:
        click.echo("取り込むものはありません(書き込まれた行がないか、登録のとおりです)。")
    elif show:
        click.echo(text)
    else:
        after = _append(found, text, today)
        for line in (
            *_added(strategy, after),
            _counts(answers),
            f"書き加えました: {found.strategy}",
        ):
            click.echo(line)
    return 1 if answers.misfits else 0


@initiative.command(short_help="続ける取組の計画を、次の期に引き継ぎます")
@click.argument("number", type=int, metavar="期の番号")
@_show
@site_option
def rollover(number: int, show: bool, site: Path) -> None:
    """終わっていない取組の計画の文を、次の期の計画として strategy.toml
    に書き加えます。あとで書き直してください。"""
    found, strategy = _register(site)
    text = roll_over(strategy, number)
    if not text:
        click.echo(f"第{number}期から引き継ぐ取組はありません。")
    elif show:
        click.echo(text)
    else:
        _append(found, text, today_of(found))
        click.echo(
            f"{text.count('[[plan]]')} 取組の計画を第{number + 1}期に引き継ぎました: {found.strategy}"
        )


@initiative.command(short_help="自動化する前に、減りそうかどうかを見積もります")
@click.argument("files", nargs=-1, type=_file, metavar="[業務調査票…]")
@click.option("--volume", type=click.IntRange(min=1), metavar="枚", help="年間の件数")
@click.option(
    "--minutes",
    type=click.FloatRange(min=0, min_open=True),
    metavar="分",
    help="今かかっている1件の時間",
)
@click.option("--fields", type=click.IntRange(min=1), metavar="数", help="1枚の項目数")
@click.option(
    "--layouts",
    type=click.IntRange(min=1),
    default=1,
    metavar="数",
    help="様式の種類数(省略時は 1)",
)
@click.option(
    "--handwriting",
    type=click.FloatRange(0, 100),
    default=100,
    metavar="%",
    help="手書きの割合(省略時は 100)",
)
@click.option(
    "--born-digital",
    type=click.FloatRange(0, 100),
    default=0,
    metavar="%",
    help="電子で届く割合(省略時は 0)",
)
@click.option(
    "--error-cost",
    type=click.Choice(list(_COSTS)),
    default="中",
    help="誤りの影響。大=金額・権利に関わる(省略時は 中)",
)
@click.option(
    "--measured",
    default="",
    metavar="期間",
    help="この役所がその期間に実測した確認時間などで見積もります(例 R7)",
)
@site_option
def suitability(
    files: tuple[Path, ...],
    volume: int | None,
    minutes: float | None,
    fields: int | None,
    layouts: int,
    handwriting: float,
    born_digital: float,
    error_cost: str,
    measured: str,
    site: Path,
) -> int:
    """件数・時間・項目数などから、年間に減りそうな時間と適性(0〜100点)を見積もります(試算)。

    記入済みの業務調査票を渡すと、その各行を採点します。
    """
    if files:
        return _score_files(files, site, _assumed(site, measured))
    if volume is None or minutes is None or fields is None:
        raise click.UsageError(
            "--volume、--minutes、--fields の三つ、または記入済みの業務調査票を指定してください"
        )
    case = TaskCase(
        volume, minutes, fields, layouts, handwriting / 100, _COSTS[error_cost], born_digital / 100
    )
    for line in _told(estimate(case, _assumed(site, measured))):
        click.echo(line)
    return 0


def _score_files(files: Sequence[Path], site: Path, assumed: Assumptions) -> int:
    """Score every row of filled-in sheets, the best first."""
    found, strategy = _register(site)
    answers = read_answers(_there(files), strategy, today_of(found))
    _say_all(answers)
    cases = [(row, case_of(row)) for row in answers.surveys]
    scored = [(row, estimate(case, assumed)) for row, case in cases if case is not None]
    for row, made in sorted(scored, key=lambda pair: -pair[1].score):
        click.echo(f"■ {row.get('title')}({row.get('department')})")
        for line in _told(made):
            click.echo(f"  {line}")
    for row, case in cases:
        if case is None:
            say(
                f"「{row.get('title')}」は採点できません。年間件数・1件の時間・1枚の項目数を書いてください"
            )
    if not cases:
        say("採点できる行がありません。業務調査票に記入したファイルを渡してください")
    if answers.misfits or not scored:
        return 1
    return 0


def _told(made: Estimate) -> Iterable[str]:
    yield f"適性 {made.score}点 — {made.advice}(試算)"
    yield f"年間 {made.before:,.1f}時間 → {made.after:,.1f}時間、{_change(made.saved)}"
    if made.break_even is not None:
        yield f"年 {made.break_even:,}件から減りはじめます"
    for reason in made.reasons:
        yield f"・{reason}"


def _change(saved: float) -> str:
    if saved >= 0:
        return f"{saved:,.1f}時間の削減"
    return f"▲{-saved:,.1f}時間(増えます)"


def _assumed(site: Path, measured: str) -> Assumptions:
    """What is taken for granted, or what the office measured in a period."""
    if not measured:
        return Assumptions()
    with open_site(site) as office:
        strategy = office.strategy
        today = today_of(office.site)
        span = span_of(strategy, measured, today)
        books = open_books(office.journal, strategy, span, today)
        assumed = from_books(books, span)
    if assumed.measured:
        say(
            f"{span.title}の実測: 1項目の確認 {assumed.seconds:.1f}秒、読めない割合 {assumed.unreadable:.1%}、"
            f"手書きの項目を確かめる割合 {assumed.doubtful_hand:.0%}(少ない件数のものは一般の値)"
        )
    else:
        say(f"{span.title}の実測が少ないので、一般の値で見積もります")
    return assumed


def _say_all(answers: Answers) -> None:
    """Everything about all files in one go, so that each is sent back once."""
    for misfit in answers.misfits:
        say(str(misfit))
    for note in answers.notes:
        say(f"注意: {note}")


def _there(files: Sequence[Path]) -> Sequence[Path]:
    for path in files:
        if not path.is_file():
            raise DefinitionError(
                f"「{path}」というファイルがありません。名前と場所を確かめてください", key="files"
            )
    return files


def _register(site: Path) -> tuple[Site, Strategy]:
    office = open_site(site)
    return office.site, office.strategy


def _append(site: Site, text: str, day: dt.date) -> Strategy:
    try:
        return append(site.strategy, text, day)
    except OSError as error:
        raise ServiceError(
            "folder",
            f"{site.strategy} に書き込めません({error.strerror})。何も変えていません。"
            "フォルダーの書き込みの権限と空き容量を確かめてください",
        ) from None


def _added(before: Strategy, after: Strategy) -> Iterable[str]:
    """One line for each new initiative: its code is what a form.toml names."""
    for code in sorted(after.initiatives.keys() - before.initiatives.keys()):
        made = after.initiatives[code]
        yield f"  新しい取組 {code} {made.title}({made.status})" + (
            f" {made.note}" if made.note else ""
        )


def _counts(answers: Answers) -> str:
    return (
        f"業務調査票 {len(answers.surveys)} 件、各課照会 "
        f"{len(answers.inquiries)} 件、実績 {len(answers.actuals)} 件を取り込"
        "みました"
        + (f"(問題のあった {len(answers.misfits)} 件を除く)。" if answers.misfits else "。")
    )


def _write_new(to: Path, write: Callable[[Path], None]) -> None:
    """Write a workbook that is not there yet: one that is may hold a department's answers.

    Raises:
        DefinitionError: it is there, or its name does not end in .xlsx.
        ServiceError: it cannot be written; no half file is left.
    """
    if to.suffix.lower() != ".xlsx":
        raise DefinitionError(
            f"「{to.name}」には書けません。名前の終わりを .xlsx にしてください",
            key="to",
            allowed=(".xlsx",),
        )
    if to.exists():
        raise DefinitionError(
            f"「{to}」はもうあります。回答が入っているかもしれないので上"
            "書きしません。--to で別の名前を指定してください",
            key="to",
        )
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=to.parent, prefix=".template-") as folder:
            beside = Path(folder) / "book.xlsx"
            write(beside)
            os.replace(beside, to)  # noqa: PTH105 - the same call on every system
    except OSError as error:
        raise ServiceError("workbook", f"「{to}」に書き込めません。{remedy(error)}") from None
