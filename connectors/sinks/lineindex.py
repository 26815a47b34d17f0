"""Which record has which line of a CSV file, appended to a file beside it.

First what is going to be written, then, when the CSV file has been swapped in, that it is done.
After a kill in between, the CSV file itself tells whether the lines are there.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from connectors.files import fitted
from connectors.sinks.resaved import find_resaved, marks_of


def index_of(path: Path) -> Path:
    """Where it is kept what was delivered into a CSV or JSON Lines file."""
    return path.with_name(f".{fitted(path.name, 230)}.torikomi")


@dataclass(frozen=True, slots=True)
class LineMark:
    """What is kept of a line: a fingerprint of the whole, and a short mark for each cell (empty in
    an index of an earlier version)."""

    whole: str
    cells: str = ""


def line_of(cells: Sequence[str]) -> LineMark:
    """What is kept of a line with these cells."""
    return LineMark(fingerprint(cells), marks_of(cells))


def fingerprint(cells: Sequence[str]) -> str:
    """64 bits over all cells of a line."""
    data = json.dumps(list(cells)).encode("utf-8", "surrogatepass")
    return hashlib.sha256(data).hexdigest()[:16]


class LineIndex:
    """The index of one CSV file.

    Args:
        path: of the index; ``lines``: the data lines that the CSV file has now.

    Attributes:
        standing: records whose line is in the file as it was written.
        resaved: record → number of its line (0-based in ``lines``), where a spreadsheet has
        changed its text.
    """

    def __init__(self, path: Path, lines: Sequence[Sequence[str]]) -> None:
        self._path = path
        self._is_new = not path.exists()
        self._planned: dict[str, LineMark] = {}
        self._lines, pending = load_index(path)
        wholes = [fingerprint(cells) for cells in lines]
        self._unowned = Counter(wholes) - Counter(line.whole for line in self._lines.values())
        for record, line in pending.items():
            # Killed between plan and done: the file tells whether it has the line.
            if self._own(line.whole):
                self.plan(record, line)
        self.standing = self._with_their_line(wholes)
        self.resaved = self._find_resaved(lines, wholes)

    def line(self, record: str) -> LineMark | None:
        """What was written for ``record``; None where it never came here."""
        return self._lines.get(record)

    @property
    def has_plan(self) -> bool:
        """Whether anything is going to be written."""
        return bool(self._planned)

    def adopt(self, line: LineMark) -> bool:
        """Where the index was lost: take a line of the file that is no record's yet instead of
        adding it again."""
        return self._is_new and self._own(line.whole)

    @property
    def records(self) -> frozenset[str]:
        """Every record that ever had a line here."""
        return frozenset(self._lines)

    def plan(self, record: str, line: LineMark) -> None:
        self._planned[record] = line
        self._lines[record] = line

    def write_plan(self) -> None:
        self._append(
            [
                {"record": record, "line": line.whole, "cells": line.cells}
                for record, line in self._planned.items()
            ]
        )

    def write_done(self) -> None:
        self._append([{"done": len(self._planned)}])
        self._planned.clear()

    def _own(self, whole: str) -> bool:
        if self._unowned[whole] <= 0:
            return False
        self._unowned[whole] -= 1
        return True

    def _with_their_line(self, wholes: Sequence[str]) -> frozenset[str]:
        left = Counter(wholes)
        standing = set()
        for record, line in self._lines.items():
            if left[line.whole] > 0:
                left[line.whole] -= 1
                standing.add(record)
        return frozenset(standing)

    def _find_resaved(
        self, lines: Sequence[Sequence[str]], wholes: Sequence[str]
    ) -> dict[str, int]:
        owned = Counter(self._lines[record].whole for record in self.standing)
        strange: dict[int, Sequence[str]] = {}
        for number, whole in enumerate(wholes):
            if owned[whole] > 0:
                owned[whole] -= 1
            else:
                strange[number] = lines[number]
        lost = {
            record: line.cells
            for record, line in self._lines.items()
            if record not in self.standing and line.cells
        }
        if lost and strange:
            return find_resaved(lost, strange)
        return {}

    def _append(self, entries: Sequence[Mapping[str, object]]) -> None:
        text = "".join(json.dumps(entry, sort_keys=True) + "\n" for entry in entries)
        with self._path.open("ab+") as stream:
            if stream.tell() and not _ends_with_line(stream.fileno(), stream.tell()):
                text = "\n" + text  # a kill cut the last line
            stream.write(text.encode())
            stream.flush()
            os.fsync(stream.fileno())


def load_index(path: Path) -> tuple[dict[str, LineMark], dict[str, LineMark]]:
    """Lines that are done, and lines that were planned last and never said to be done."""
    done: dict[str, LineMark] = {}
    pending: dict[str, LineMark] = {}
    for text in path.read_bytes().splitlines() if path.exists() else ():
        try:
            entry = json.loads(text)
        except ValueError:
            continue  # cut by a kill: it was only planned
        if "done" in entry:
            done |= pending
            pending = {}
        else:
            pending[str(entry["record"])] = LineMark(
                str(entry["line"]), str(entry.get("cells", ""))
            )
    return done, pending


def _ends_with_line(handle: int, size: int) -> bool:
    if not hasattr(os, "pread"):
        return True
    return os.pread(handle, 1, size - 1) == b"\n"
