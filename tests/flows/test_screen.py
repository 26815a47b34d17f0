"""What a person sees of a delivery in the terminal: the ledger's path, as a link where that is
known."""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from flows.commands.run import Screen
from flows.delivery import JobResult


def shown(path: Path, *, is_terminal: bool) -> str:
    console = Console(file=io.StringIO(), force_terminal=is_terminal, width=40)
    screen = Screen()
    screen._progress = Progress(console=console)
    screen._delivered(JobResult("survey", "t", 3, (path,), ("3行目 [赤] を確かめてください",), 0.1))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_the_path_is_a_link_in_a_terminal_and_plain_elsewhere(tmp_path: Path) -> None:
    path = tmp_path / "受付簿 [R8] 50%.xlsx"
    plain = shown(path, is_terminal=False)
    assert f"転記: {path} に 3 行\n" in plain
    assert "[赤]" in plain
    linked = shown(path, is_terminal=True)
    assert f";{path.as_uri()}\x1b\\" in linked
    assert str(path) in linked
