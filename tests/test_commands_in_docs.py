"""Commands and messages that the pages name are the program's own."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from flows.cli import torikomi

ROOT = Path(__file__).resolve().parents[1]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
_SPAN = re.compile(r"`(torikomi [^`\n]+)`")
_BLOCK = re.compile(r"^```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def commands(page: Path) -> Iterator[str]:
    """Each call of ``torikomi`` on a page, without its comment."""
    text = page.read_text(encoding="utf-8")
    yield from _SPAN.findall(text)
    for block in _BLOCK.findall(text):
        for line in block.splitlines():
            if re.match(r"torikomi \S", line):
                yield line.partition(" #")[0]


def fault(line: str) -> str:
    """What is wrong with a call; empty where the program understands it."""
    context = click.Context(torikomi)
    command: click.Command = torikomi
    words = shlex.split(line.replace("…", ""))[1:]
    while words and isinstance(command, click.Group):
        names = words[0].split("|")  # `user add|list|password`
        found = [command.get_command(context, name) for name in names]
        if None in found or found[0] is None:
            return "" if words[0].startswith("-") else f"{line}: no command {words[0]}"
        command, words = found[0], words[1:]
    known = {name for param in command.params for name in param.opts} | {"--help"}
    unknown = [word for word in words if word.startswith("-") and word.split("=")[0] not in known]
    return f"{line}: no option {unknown}" if unknown else ""


def test_every_call_on_a_page_is_understood() -> None:
    calls = [call for page in PAGES for call in commands(page)]
    assert len(calls) > 80
    assert [wrong for call in calls if (wrong := fault(call))] == []


@pytest.mark.parametrize(
    "line", ["torikomi rad FILE", "torikomi read FILE --jsn", "torikomi form shw ID"]
)
def test_a_slip_is_found(line: str) -> None:
    assert fault(line)


def test_messages_that_the_page_for_operators_quotes_are_the_programs() -> None:
    page = (ROOT / "docs" / "operate.md").read_text(encoding="utf-8")
    quoted = re.findall(r"^\| ([^ -~][^|]*) \|", page, re.MULTILINE)
    assert len(quoted) >= 3
    source = "".join(
        path.read_text(encoding="utf-8")
        for room in ("connectors", "ocr", "flows", "desk", "records")
        for path in (ROOT / room).rglob("*.py")
    )
    parts = [part for message in quoted for part in re.split(r"[「」…]+", message) if part.strip()]
    assert [part for part in parts if part.strip() not in source] == []
