"""The command line ``torikomi``: a table of commands, each loaded only when it is called.

``--help``, ``read`` and ``status`` must answer quickly, so nothing here imports Prefect, an OCR
engine or the journal.
"""

from __future__ import annotations

import importlib
import io
import sys
from collections.abc import Mapping, Sequence

import click

from flows.console import JapaneseGroup, run

COMMANDS: Mapping[str, tuple[str, str]] = {
    "init": ("flows.commands.init:init", "新しいサイト(設定とフォルダー一式)を作ります"),
    "read": ("flows.commands.reading:read", "ファイルを読んで結果を表示します(何も保存しません)"),
    "explain": (
        "flows.commands.reading:explain",
        "ファイルがなぜそう読まれたか、または読まれなかったかを説明します",
    ),
    "run": ("flows.commands.run:run", "受信フォルダーを一度だけ処理します"),
    "watch": (
        "flows.commands.run:watch",
        "受信フォルダーを見張り、届いたものを処理し続けます(Ctrl+Cで終了)",
    ),
    "deliver": (
        "flows.commands.deliver:deliver",
        "転記待ちの行を台帳に書きます(--again で、台帳からなくなった行を書き直します)",
    ),
    "status": ("flows.commands.state:status", "今の状況(待ち・失敗・転記済みの件数)を表示します"),
    "retry": ("flows.commands.state:retry", "失敗した文書をもう一度処理に回します"),
    "review": ("flows.commands.review:review", "確認が必要な値を端末で一つずつ確認します"),
    "desk": ("flows.commands.desk:desk", "ブラウザの画面(受付・確認・台帳・取組)を開きます"),
    "user": ("flows.commands.desk:user", "画面を使う人の登録・一覧・パスワード"),
    "audit": ("flows.commands.desk:audit", "記録が改ざんされていないかを調べます"),
    "report": (
        "flows.commands.report:report",
        "取組ごとの削減時間を表示し、報告書(Excel・PDF・HTML・CSV)を書きます",
    ),
    "initiative": (
        "flows.commands.initiative:initiative",
        "取組の登録: 調査票と照会、回答の取り込み、期の引き継ぎ、適性の採点",
    ),
    "learn": (
        "flows.commands.learn:learn",
        "職員の確認と訂正から学習します(--show で今の内容、--undo で前の版に戻す)",
    ),
    "form": ("flows.commands.form:form", "様式の作成・確認・練習用紙の生成"),
    "demo": ("flows.commands.demo:demo", "見本の役所で一通り動かしてみます"),
}
"""Command → where it is defined, and its line in ``torikomi --help``."""


class LazyGroup(JapaneseGroup):
    """A group whose commands stand in a table as import paths."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("コマンド"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=LazyGroup)
def torikomi() -> None:
    """紙の申請書とFAXを取り込み、表計算の行にして、削減できた時間を測ります。

    はじめに「torikomi init フォルダー名」でサイトを作り、inbox
    フォルダーにスキャンを入れて「torikomi run」を実行してください。
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of the ``torikomi`` script; ``arguments`` instead of those of this process."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a file's name may hold what no terminal shows
            stream.reconfigure(errors="replace")
    run(torikomi, arguments)
