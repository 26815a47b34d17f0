"""``torikomi run`` (one sweep) and ``torikomi watch`` (until stopped): the only commands that load
Prefect, with demo."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from flows.blanks import blank_troubles
from flows.composition import open_site
from flows.console import JapaneseCommand, say, site_option
from flows.definitions import Definitions
from flows.delivery import JobResult
from flows.intake import Outcome, Swept
from flows.officelines import missing_evidence
from flows.prefect.runreports import delivered_line
from flows.service import run_service
from flows.servicetotals import Told, Totals
from ocr.engines import tesseract
from records import days
from records.mynumber import mask_my_number


@click.command(cls=JapaneseCommand)
@site_option
def run(site: Path) -> int:
    """受信フォルダーにあるものを一度だけ処理し、表に書き出して終わります。"""
    with open_site(site) as office:
        say_what_is_missing(office.definitions)
        with Screen() as screen:
            totals = run_service(office, screen.told(), role="once")
    for line in summary(totals):
        click.echo(line)
    return 1 if totals.unfinished else 0


@click.command(cls=JapaneseCommand)
@click.option(
    "--join",
    is_flag=True,
    help="ほかの機械の watch を手伝い、読み取りだけを受け持ちます(台帳がPostgreSQLのとき)",
)
@site_option
def watch(join: bool, site: Path) -> None:
    """受信フォルダーを見張り、届いたものを処理し続けます。Ctrl+C
    で、手元の分を終えてから止まります。"""
    with open_site(site) as office:
        definitions = office.definitions
        if join:
            say("読み取りを手伝います(Ctrl+C で終了)")
        else:
            say(f"見張りを始めます: {office.site.inbox}(Ctrl+C で終了)")
        say_what_is_missing(definitions)
        with Screen(times=True, zone=office.site.timezone) as screen:
            totals = run_service(office, screen.told(), role="join" if join else "watch")
    for line in summary(totals):
        click.echo(line)


def say_what_is_missing(definitions: Definitions) -> None:
    """The main job runs without the second reader and without the office's towns; whoever runs it
    should know."""
    for line in missing_evidence(definitions.site.office, definitions.site.folder):
        say(line)
    if definitions.site.reading.second_reader and not tesseract.is_installed():
        say(
            "Tesseract(日本語)が入っていないので、第2の読み取りなしで続けます。迷う項目が少し増えます。入れるには: "
            "sudo apt-get install tesseract-ocr tesseract-ocr-jpn tesseract-ocr-jpn-vert"
        )
    for line in blank_troubles(definitions.site, definitions.forms.values()):
        say(line)


class Screen:
    """What a person sees while the service works: a progress bar where there is a terminal, plain
    lines elsewhere.

    Args:
        times: put the time before each line, for a service that runs for days; ``zone`` the office's.
    """

    def __init__(self, *, times: bool = False, zone: str = days.TIMEZONE) -> None:
        self._console = Console(stderr=True)
        self._times = times
        self._zone = zone
        self._lock = threading.Lock()
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._task = self._progress.add_task("起動しています", total=None)

    def __enter__(self) -> Screen:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def told(self) -> Told:
        """The calls that the service makes."""
        return Told(self._started, self._swept, self._read, self._delivered, self._line)

    def _line(self, text: str, paths: Sequence[Path] = ()) -> None:
        stamp = ""
        if self._times:
            stamp = f"{days.now(self._zone):%m-%d %H:%M:%S} "
        line = Text(stamp + mask_my_number(text))
        for path in paths:
            # A terminal that knows links opens the ledger by a click; others show the path alone.
            line.highlight_words([str(path)], f"link {path.resolve().as_uri()}")
        with self._lock:
            self._progress.console.print(line, soft_wrap=True)

    def _started(self, page: str) -> None:
        self._line(f"実行の様子は {page} でも見られます")

    def _swept(self, swept: Swept, waiting: int) -> None:
        if swept.new or swept.duplicates:
            again = ""
            if swept.duplicates:
                again = f"、前に届いたものと同じ {swept.duplicates} 件"
            self._line(f"受信: 新しい文書 {swept.new} 件{again}")
        if waiting:
            self._progress.update(self._task, description="読み取り中", total=waiting, completed=0)

    def _read(self, outcome: Outcome) -> None:
        self._progress.advance(self._task)
        if outcome.state == "failed":
            self._line(f"失敗: {outcome.name}: {outcome.reason}")
        elif outcome.state == "read":
            waiting = sum(outcome.waiting.values())
            aside = ""
            if outcome.set_aside:
                aside = f"、様式外 {outcome.set_aside} ページ"
            doubt = f"{waiting} 枚は確認待ち" if waiting else "確認不要"
            self._line(
                f"読取: {outcome.name}: {sum(outcome.sheets.values())} 枚({doubt}{aside}、{outcome.seconds:.1f}秒)"
            )

    def _delivered(self, delivered: JobResult) -> None:
        self._line(delivered_line(delivered), delivered.paths)
        for note in delivered.notes:
            self._line(f"  {note}")


def summary(totals: Totals) -> list[str]:
    """What one run did, and what a person does next."""
    lines = [
        f"文書 {totals.documents} 件、用紙 {totals.sheets} 枚を読みました("
        f"確認待ち {totals.waiting} 枚、失敗 {totals.failed} 件、"
        f"重複 {totals.duplicates} 件)。転記 {totals.rows} 行、{totals.seconds:.1f} 秒。"
    ]
    lines += dict.fromkeys(totals.unfinished)
    if totals.waiting:
        lines.append("確認待ちの値は torikomi review で確認できます。")
    return lines
