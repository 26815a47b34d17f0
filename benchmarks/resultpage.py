"""docs/benchmarks.md, one section a benchmark: date, versions, figures, and the line that repeats
them."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from pathlib import Path

from benchmarks.peers import versions
from records import days

REPORT = Path(__file__).parent.parent / "docs" / "benchmarks.md"
HEAD = (
    "# Benchmarks\n\nMeasured, never estimated; ratios come from one "
    "run on one machine. Practice hands and damages are made by\n"
    "`torikomi form practice`; the fonts named as held out were not used in fitting.\n"
)


def table_row(*cells: object) -> str:
    """A row of a Markdown table."""
    return f"| {' | '.join(map(str, cells))} |"


def write_section(title: str, body: str, command: str) -> None:
    """Print a section and put it into the report in place of the one with the same title."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()
    stated = ", ".join(f"{name} {number}" for name, number in versions().items())
    python = platform.python_version()
    made = (
        f"{days.today()}, commit {commit or '-'}, Python {python}, "
        f"{os.cpu_count()} cores, {stated}. Repeat: `{command}`."
    )
    text = f"## {title}\n\n{body}\n\n{made}\n"
    print(text)
    old = HEAD
    if REPORT.is_file():
        old = REPORT.read_text(encoding="utf-8")
    pattern = re.compile(rf"^## {re.escape(title)}\n.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
    new = f"{old.rstrip()}\n\n{text}"
    if pattern.search(old):
        new = pattern.sub(lambda _: text + "\n", old)
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(new.rstrip() + "\n", encoding="utf-8")
