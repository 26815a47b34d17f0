"""A process that is killed while it saves: the workbook is whole, and each row is there once.

``python -m tests.connectors.test_killed_saves 500`` does it as often as one likes.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import openpyxl
import pytest

from connectors.sinks import Row
from connectors.sinks.excel import ExcelSink

TITLES = ("氏名", "金額")
_A_TIME = 20


def deliver(path: Path, number: int) -> None:
    """Deliver one batch; the one before goes along, as after any failure."""
    rows = [
        Row(f"{n:016x}-001", {"氏名": f"申請者{n}", "金額": n})
        for n in range(max(number - 1, 0) * _A_TIME, (number + 1) * _A_TIME)
    ]
    ExcelSink(path, TITLES).deliver(rows)


def kill_once(path: Path, start: int, wait: float) -> int:
    """Let a process deliver, kill it after ``wait`` seconds, and look; returns the batches that
    are there."""
    child = os.fork()
    if not child:
        for number in range(start, start + 10_000):
            deliver(path, number)
    time.sleep(wait)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return look(path)


def look(path: Path) -> int:
    if not path.exists():
        return 0
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
    sheet = openpyxl.load_workbook(path).worksheets[0]
    numbers = [row[1] for row in sheet.iter_rows(2, values_only=True) if row[1] is not None]
    assert numbers == list(range(len(numbers))), "each row once, in order"
    assert len(numbers) % _A_TIME == 0, "a delivery is there whole or not at all"
    return len(numbers) // _A_TIME


def run(kills: int, seed: int, folder: Path) -> int:
    dice = random.Random(seed)
    path = folder / "台帳.xlsx"
    done = 0
    for turn in range(kills):
        if done > 60:
            path.unlink()
            done = 0
        done = kill_once(path, done, dice.uniform(0, 0.25))
        if turn % 50 == 49:
            print(f"{turn + 1} kills", flush=True)
    return done


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_killed_at_any_moment_the_workbook_is_whole(tmp_path: Path) -> None:
    line = [sys.executable, "-m", "tests.connectors.test_killed_saves", "25", str(tmp_path)]
    subprocess.run(line, check=True, timeout=570)  # fork wants a process without threads
    path = tmp_path / "台帳.xlsx"
    deliver(path, look(path))
    assert look(path) >= 1
    assert not list(tmp_path.glob(".*.tmp"))


if __name__ == "__main__":
    if len(sys.argv) > 2:
        run(int(sys.argv[1]), 15, Path(sys.argv[2]))
    else:
        with tempfile.TemporaryDirectory() as scratch:
            run(int(sys.argv[1]), 1, Path(scratch))
