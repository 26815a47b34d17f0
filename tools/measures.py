#!/usr/bin/env python3
"""Print how easily the source can be lived in, room by room, and how a sheet travels through it.

For developers: run it before and after a change of shape::

    PYTHONPATH=. python tools/measures.py
    PYTHONPATH=. python tools/measures.py --sheet samples/scans/child_allowance_02.tif
"""

from __future__ import annotations

import argparse
import ast
import io
import subprocess
import sys
import threading
import tokenize
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from records.kinds import KINDS

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("torikomi", "records", "ocr", "connectors", "initiatives", "desk", "flows")
WIDE = 100
LONG_FUNCTION = 60
LONG_FILE = 400
MANY_KINDS = 3
"""A file that names so many kinds or more has a table or a list of them."""


@dataclass
class Measured:
    """What was counted in some files.

    Attributes:
        nodes: expressions and statements.
        code: lines that are neither blank, nor comment, nor docstring.
        comments: lines that are a comment or end with one.
        wide: lines of more than 100 columns.
        long_files, long_functions: (lines, name) of those over 400 and over 60 lines.
        kinds: files that name three field kinds or more.
    """

    files: int = 0
    nodes: int = 0
    code: int = 0
    lines: int = 0
    comments: int = 0
    wide: int = 0
    longest_file: tuple[int, str] = (0, "")
    longest_function: tuple[int, str] = (0, "")
    long_files: int = 0
    long_functions: int = 0
    kinds: list[str] = field(default_factory=list)

    def add(self, path: Path) -> None:
        """Count one file."""
        text = path.read_text(encoding="utf-8")
        name = str(path.relative_to(ROOT))
        tree = ast.parse(text)
        lines = text.splitlines()
        self.files += 1
        self.lines += len(lines)
        self.nodes += sum(isinstance(node, ast.expr | ast.stmt) for node in ast.walk(tree))
        self.code += len(_code_lines(text) - _docstring_lines(tree))
        self.comments += _comment_lines(text)
        self.wide += sum(len(line) > WIDE for line in lines)
        self.longest_file = max(self.longest_file, (len(lines), name))
        self.long_files += len(lines) > LONG_FILE
        for length, function in _functions(tree, name):
            self.longest_function = max(self.longest_function, (length, function))
            self.long_functions += length > LONG_FUNCTION
        if len(_kinds_named(tree)) >= MANY_KINDS:
            self.kinds.append(name)

    def row(self, room: str) -> str:
        """A line of the table."""
        return (
            f"| {room} | {self.files} | {self.nodes / self.code:.2f} "
            f"| {self.comments * 100 / self.lines:.1f} | {self.wide * 100 / self.lines:.1f} % "
            f"| {self.long_files} | {self.longest_file[0]} | {self.long_functions} "
            f"| {self.longest_function[0]} | {len(self.kinds)} |"
        )


def _tokens(text: str) -> Iterator[tokenize.TokenInfo]:
    return tokenize.generate_tokens(io.StringIO(text).readline)


_NO_CODE = (
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
)


def _code_lines(text: str) -> set[int]:
    found: set[int] = set()
    for token in _tokens(text):
        if token.type not in _NO_CODE:
            found.update(range(token.start[0], token.end[0] + 1))
    return found


def _comment_lines(text: str) -> int:
    return sum(token.type == tokenize.COMMENT for token in _tokens(text))


def _docstring_lines(tree: ast.Module) -> set[int]:
    """Lines of docstrings, of attributes and constants too."""
    found: set[int] = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Constant):
            continue
        if isinstance(node.value.value, str):
            found.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return found


def _functions(tree: ast.Module, name: str) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            yield length, f"{name}:{node.name}"


def _kinds_named(tree: ast.Module) -> set[str]:
    texts = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            texts.add(node.value)
    return texts & set(KINDS)


def sources(folder: str) -> list[Path]:
    """The tracked Python files of a folder."""
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", f"{folder}/*.py"],
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / line for line in listed.stdout.splitlines()]


def names_that_stand_twice(rooms: Sequence[str]) -> list[str]:
    """File names that several files have, ``__init__.py`` aside."""
    counted = Counter(path.name for room in rooms for path in sources(room))
    found = []
    for name, n in counted.items():
        if n > 1 and name != "__init__.py":
            found.append(name)
    return sorted(found)


class Travel:
    """How often a call leaves the file, or the room, of its caller."""

    def __init__(self) -> None:
        self.files = 0
        self.rooms = 0

    def see(self, frame: FrameType, event: str, _: Any) -> None:
        """For :func:`sys.setprofile`."""
        if event != "call" or frame.f_back is None:
            return
        own, caller = (_place(f.f_code.co_filename) for f in (frame, frame.f_back))
        if own is None or caller is None or own == caller:
            return
        self.files += 1
        self.rooms += own.parent != caller.parent


def _place(name: str) -> Path | None:
    path = Path(name)
    if not path.is_relative_to(ROOT) or ".venv" in path.parts:
        return None
    return path.relative_to(ROOT)


def travel_of(sheet: Path) -> Travel:
    """Read one sheet in one thread and count the changes of file and of room."""
    import concurrent.futures

    from ocr.reader import Reader
    from records.formloading import load_forms
    from records.site import load_site

    site = load_site(ROOT / "samples")
    reader = Reader(load_forms(site.forms), site.office, site.reading, site.intake)
    list(reader.read(sheet))  # what is loaded on first use does not count
    travel = Travel()
    one_thread = concurrent.futures.ThreadPoolExecutor(1)
    threading.setprofile(travel.see)
    sys.setprofile(travel.see)
    try:
        list(reader.read(sheet))
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
        one_thread.shutdown()
    return travel


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sheet", type=Path, help="also count how this sheet travels")
    options = parser.parse_args()
    print(
        "| room | files | nodes a code line | comments a 100 lines | lines over 100 "
        "| files over 400 | longest file | functions over 60 | longest function "
        f"| files that name {MANY_KINDS} kinds |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    every = Measured()
    for room in (*ROOMS, "tools", "benchmarks", "tests"):
        measured = Measured()
        for path in sources(room):
            measured.add(path)
            if room in ROOMS:
                every.add(path)
        print(measured.row(room))
    print(every.row("all six rooms"))
    twice = names_that_stand_twice(ROOMS)
    print(f"\nFile names that stand twice: {len(twice)}: {', '.join(twice)}")
    print(f"Longest file {every.longest_file}, longest function {every.longest_function}")
    if options.sheet:
        travel = travel_of(options.sheet)
        print(f"{options.sheet.name}: {travel.files} changes of file, {travel.rooms} of room")


if __name__ == "__main__":
    main()
