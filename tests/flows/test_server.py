"""Prefect's server as a child of ours: it has pages, leaves nothing behind, and its stale runs are
relabelled."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import psutil
import pytest

from flows.composition import open_site
from flows.prefect.prefectserver import PrefectServer, prepare
from flows.service import run_service
from flows.servicetotals import Told
from tests.flows.office import drop, make_office, sheet

OWN = {**os.environ, "PYTHONUNBUFFERED": "1"}


def test_prepare_switches_telemetry_off_and_keeps_the_proxy_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path))
    monkeypatch.setenv("DO_NOT_TRACK", "0")
    monkeypatch.setenv("PREFECT_SERVER_ANALYTICS_ENABLED", "true")
    monkeypatch.setenv("NO_PROXY", "intra.example")
    monkeypatch.setenv("no_proxy", "")
    prepare(tmp_path)
    assert os.environ["DO_NOT_TRACK"] == "1"
    assert os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"
    assert os.environ["NO_PROXY"] == "intra.example,127.0.0.1,localhost"
    assert os.environ["no_proxy"] == "127.0.0.1,localhost"


def test_a_central_server_is_used_and_never_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "http://prefect.example:4200/api")
    server = PrefectServer()
    server.start()
    assert not server.own
    assert server.page == "http://prefect.example:4200"


@pytest.mark.slow
def test_after_kill_9_no_server_is_left_and_the_run_is_relabelled(tmp_path: Path) -> None:
    site = make_office(tmp_path / "office")
    environment = {k: v for k, v in OWN.items() if k not in ("PREFECT_API_URL", "PREFECT_HOME")}
    drop(site, "long.json", *(sheet(str(i)) for i in range(100)), seconds=100.0)
    command = [sys.executable, "-c", "from flows.cli import main; main()"]
    with subprocess.Popen(
        [*command, "run", "--site", str(site)], stderr=subprocess.PIPE, text=True, env=environment
    ) as first:
        assert first.stderr is not None
        page = next(line for line in first.stderr if "http" in line)
        url = page.split()[1]
        children = psutil.Process(first.pid).children(recursive=True)
        assert any("server_main.py" in " ".join(child.cmdline()) for child in children)
        answer = httpx.get(url, follow_redirects=True)
        assert answer.status_code == 200
        assert "html" in answer.headers["content-type"]
        wait_for_run(f"{url}/api", "Running")
        first.kill()
    psutil.wait_procs(children, timeout=15)
    assert not any(child.is_running() for child in children)

    second = subprocess.Popen(
        [*command, "watch", "--site", str(site)], stderr=subprocess.PIPE, text=True, env=environment
    )
    with second:
        assert second.stderr is not None
        page = next(line for line in second.stderr if "http" in line)
        wait_for_run(f"{page.split()[3]}/api", "Crashed")
        second.send_signal(signal.SIGTERM)
        second.communicate(timeout=30)
    assert second.returncode == 0


def wait_for_run(api: str, state: str) -> None:
    end = time.monotonic() + 40
    while time.monotonic() < end:
        found = httpx.post(f"{api}/flow_runs/filter", json={}).json()
        if any(run["state"]["name"] == state for run in found):
            return
        time.sleep(0.3)
    raise AssertionError(f"no run is {state}")


def test_a_server_that_dies_is_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "prefect"))
    site = make_office(tmp_path / "office")
    for name in ("a", "b"):
        drop(site, f"{name}.json", sheet(name))
    shared = {
        child.pid for child in psutil.Process().children()
    }  # the other tests' server is not ours to kill
    killed: list[int] = []
    said: list[str] = []

    def kill_server(_: object) -> None:
        if not killed:
            for child in psutil.Process().children():
                if child.pid not in shared and "server_main.py" in " ".join(child.cmdline()):
                    killed.append(child.pid)
                    child.kill()
                    child.wait()

    with open_site(site) as office:
        totals = run_service(office, Told(read=kill_server, trouble=said.append), role="once")
    assert killed
    assert any("起動し直します" in line for line in said)
    assert totals.rows == 2
