"""Where the command is said to be: the line that is printed works when it is typed."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

import pytest

from flows.commandpath import where_the_command_is


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "my office" / ".venv" / "bin" / "torikomi"
    path.parent.mkdir(parents=True)
    path.write_text("#!/bin/sh\necho found\n")
    path.chmod(0o755)
    return path


def test_nothing_is_said_where_the_shell_finds_it(program: Path) -> None:
    assert where_the_command_is(str(program), str(program.parent)) == ""


def test_the_line_leads_to_it(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    office = program.parents[2]
    monkeypatch.chdir(office)
    line = where_the_command_is(".venv/bin/torikomi", "/usr/bin:/bin")
    assert line.startswith("torikomi は .venv/bin/torikomi にあります。")
    typed = line.partition("使うには: ")[2]
    done = subprocess.run(
        ["sh", "-c", f"{typed}; torikomi"],
        cwd="/",
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    assert done.stdout == "found\n", done.stderr


def test_from_elsewhere_the_whole_path_is_said(program: Path, tmp_path: Path) -> None:
    assert f"torikomi は {program} にあります" in where_the_command_is(str(program), os.devnull)


def test_a_module_is_called_as_one() -> None:
    line = where_the_command_is("/x/torikomi/__main__.py", os.devnull)
    command = shlex.split(line.partition("「")[2].partition("」")[0])
    assert command[1:] == ["-m", "torikomi"]
    assert Path(command[0]).is_file()
