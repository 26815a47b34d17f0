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

from connectors.sinks import Row
from connectors.sinks.excel import ExcelSink

TITLES = ("氏名", "金額")
_A_TIME = 20
_CHILD = """
import sys
from pathlib import Path
from tests.connectors.test_killed_saves import deliver
path, start = Path(sys.argv[1]), int(sys.argv[2])
print("ready", flush=True)
for number in range(start, start + 10_000):
    deliver(path, number)
"""


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
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(path), str(start)], stdout=subprocess.PIPE
    )
    assert child.stdout is not None
    with child.stdout:
        child.stdout.readline()
        time.sleep(wait)
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
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


def test_killed_at_any_moment_the_workbook_is_whole(tmp_path: Path) -> None:
    run(25, 15, tmp_path)
    deliver(tmp_path / "台帳.xlsx", look(tmp_path / "台帳.xlsx"))
    assert look(tmp_path / "台帳.xlsx") >= 1
    assert not list(tmp_path.glob(".*.tmp"))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        run(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1, Path(scratch))
