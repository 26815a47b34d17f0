"""One service per site, and no lock left behind by kill -9."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from flows.lock import single_service
from records.errors import ServiceError

HOLD = """
import sys
from pathlib import Path
from flows.lock import single_service
with single_service(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_service_is_refused_and_told_who_is_there(tmp_path: Path) -> None:
    with (
        single_service(tmp_path),
        pytest.raises(ServiceError, match="別の torikomi が処理中です") as refused,
        single_service(tmp_path),
    ):
        pass
    assert "プロセス" in refused.value.message


def test_the_lock_is_free_again_after_use(tmp_path: Path) -> None:
    for _ in range(2):
        with single_service(tmp_path):
            pass


def test_kill_9_frees_the_lock(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(ServiceError), single_service(tmp_path):
            pass
        holder.kill()
        holder.wait()
    with single_service(tmp_path):
        pass
