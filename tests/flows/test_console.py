"""The command line's manners: Japanese, one line, the right exit code, never a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from flows.cli import COMMANDS, torikomi
from flows.console import JapaneseCommand, ask, run, site_option
from records.errors import DocumentError

MY_NUMBER = "123456789018"


@click.command(cls=JapaneseCommand)
@site_option
@click.option("--how", type=click.Choice(["document", "bug", "interrupt", "fine"]), required=True)
@click.option("--count", type=int, default=1)
def misbehave(site: Path, how: str, count: int) -> int:
    """A command of the test."""
    if how == "document":
        raise DocumentError(
            "truncated", f"ファイルが壊れています({MY_NUMBER})。もう一度スキャンしてください"
        )
    if how == "bug":
        raise ZeroDivisionError(f"the value {MY_NUMBER}")
    if how == "interrupt":
        raise KeyboardInterrupt
    return 0


def outcome(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    with pytest.raises(SystemExit) as stop:
        run(misbehave, arguments)
    return int(stop.value.code or 0), capsys.readouterr().err


def test_error_of_a_document_is_one_masked_line_and_code_1(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, text = outcome(capsys, "--how", "document")
    assert code == 1
    assert text == "ファイルが壊れています(********9018)。もう一度スキャンしてください\n"


def test_a_bug_is_one_line_and_its_traceback_is_in_the_sites_log_masked(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    (tmp_path / "site.toml").touch()
    code, text = outcome(capsys, "--how", "bug", "--site", str(tmp_path))
    assert code == 1
    assert text.count("\n") == 1
    assert "Traceback" not in text
    [log] = (tmp_path / "work" / "logs").iterdir()
    assert str(log) in text
    assert "ZeroDivisionError" in log.read_text()
    assert MY_NUMBER not in log.read_text()
    assert "********9018" in log.read_text()


def test_ctrl_c_ends_with_130(capsys: pytest.CaptureFixture[str]) -> None:
    code, text = outcome(capsys, "--how", "interrupt")
    assert code == 130
    assert "中断しました" in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--hou", "bug"], "「--hou」というオプションはありません"),
        ([], "--how"),
        (["--how", "never"], "使えるもの: document、bug、interrupt、fine"),
        (["--how", "fine", "--count", "many"], "数で書いてください"),
        (["--how", "fine", "surplus"], "使い方が違います"),
    ],
)
def test_wrong_usage_is_one_japanese_line_and_code_2(
    arguments: list[str],
    said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, text = outcome(capsys, *arguments)
    assert code == 2
    assert said in text
    assert "--help" in text
    assert text.count("\n") == 1


def test_unknown_command_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        run(torikomi, ["wach"])
    assert stop.value.code == 2
    assert "「wach」というコマンドはありません" in capsys.readouterr().err


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_japanese_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        run(torikomi, [command, "--help"])
    text = capsys.readouterr().out
    assert stop.value.code == 0
    assert text.startswith(f"使い方: torikomi {command}")
    assert "この説明を表示します" in text
    for english in ("Usage:", "Options:", "Commands:", "Show this message"):
        assert english not in text


@pytest.mark.parametrize(
    "arguments", [["--help"], ["read", "--help"], ["status", "--help"], ["explain", "--help"]]
)
def test_quick_commands_do_not_load_prefect(arguments: list[str]) -> None:
    script = (
        "import sys\nfrom flows.cli import torikomi\nfrom flows.console import run\n"
        f"try:\n    run(torikomi, {arguments!r})\nexcept SystemExit as stop:\n    code = stop.code\n"
        "print(int('prefect' in sys.modules), code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "0 0"


@pytest.mark.skipif("sys.platform == 'win32'", reason="has no terminals of this kind")
def test_what_is_typed_before_a_question_is_there_does_not_answer_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import pty

    person, terminal = pty.openpty()
    with os.fdopen(terminal) as keyboard:

        def answered(prompt: str) -> str:
            os.write(person, b"later\n")
            return keyboard.readline().strip()

        monkeypatch.setattr("sys.stdin", keyboard)
        monkeypatch.setattr("click.termui.visible_prompt_func", answered)
        os.write(person, b"\n\nearlier\n")
        assert ask("> ") == "later"
    os.close(person)
