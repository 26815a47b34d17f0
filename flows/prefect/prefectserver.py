"""Prefect's settings for this program, and the embedded server of one site.

Prefect reads its settings from the environment when it is imported; so :func:`prepare` must run
before the first ``import prefect``. Where ``PREFECT_API_URL`` is set (a central server, see
docker-compose.yml) that server is used and none is started. The server's database is in the site's
work folder; nothing leaves this machine.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from flows.processmemory import peak_mebibytes
from records.errors import ServiceError

_PROGRAM = Path(__file__).with_name("server_main.py")
_START_SECONDS = (
    120.0  # an empty database takes 13 s on a quick machine, over a minute on a busy small one
)
_STOP_SECONDS = 10.0
_PORTS = range(4200, 4300)

_SETTINGS = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
    # a missing server must be an error, not a second hidden one
    "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    "PREFECT_LOGGING_LEVEL": "CRITICAL",  # what people must know is said by us, in Japanese
    "PREFECT_LOGGING_INTERNAL_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_SERVER_LEVEL": "ERROR",
    "PREFECT_LOGGING_TO_API_ENABLED": "false",
    # Nobody schedules runs on the embedded server: these services would only poll its SQLite.
    "PREFECT_SERVER_SERVICES_SCHEDULER_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_LATE_RUNS_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_FOREMAN_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
    "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": str(30 * 86400),
}


def prepare(work: Path) -> None:
    """Set Prefect's environment for this process and its children; what the user has set wins, but
    for telemetry."""
    if "prefect" in sys.modules and os.environ.get("PREFECT_HOME") is None:
        raise RuntimeError("prepare() must run before Prefect is imported")
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
    os.environ["DO_NOT_TRACK"] = "1"
    os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"
    os.environ.setdefault("PREFECT_HOME", str(work / "prefect"))
    loopback = (
        "127.0.0.1,localhost"  # an office's proxy must not be asked for the server on this machine
    )
    for name in ("NO_PROXY", "no_proxy"):
        os.environ[name] = f"{os.environ[name]},{loopback}" if os.environ.get(name) else loopback


class PrefectServer:
    """The Prefect server that this process uses: its own, or the one that ``PREFECT_API_URL``
    names.

    Starting takes seconds, so :meth:`start` returns at once and :meth:`wait` waits; load other
    things between.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0 if os.environ.get("PREFECT_API_URL") else _free_port()
        self.url = os.environ.get("PREFECT_API_URL") or f"http://127.0.0.1:{self._port}/api"

    @property
    def own(self) -> bool:
        """True where this process starts and ends the server; False for a central one."""
        return self._port > 0

    @contextlib.contextmanager
    def settings(self) -> Iterator[None]:
        """Make Prefect in this process talk to this server. (Its own reading of the environment is
        done only once.)"""
        from prefect.settings import PREFECT_API_URL, temporary_settings

        with temporary_settings(updates={PREFECT_API_URL: self.url}):
            yield

    @property
    def page(self) -> str:
        """The address of Prefect's page, for people."""
        return self.url.removesuffix("/api")

    def start(self) -> None:
        """Begin to start the server, unless a central one is used."""
        if not self.own or self._process is not None:
            return
        home = Path(os.environ["PREFECT_HOME"])
        home.mkdir(parents=True, exist_ok=True)
        with (home / "server.log").open("wb") as log:
            self._process = subprocess.Popen(
                # by its place and without that on the path: a folder flows/ where one stands is not ours
                [sys.executable, "-P", str(_PROGRAM), str(self._port)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env={**os.environ, "PREFECT_SERVER_UI_API_URL": self.url},
                start_new_session=True,  # Ctrl+C is ours
            )

    def wait(self) -> str:
        """The server's API address, as soon as it answers.

        Raises:
            ServiceError: it does not come up, or the central one cannot be reached.
        """
        limit = time.monotonic() + (_START_SECONDS if self.own else 15.0)
        while time.monotonic() < limit:
            if _healthy(self.url):
                return self.url
            if self._process is not None and self._process.poll() is not None:
                break
            time.sleep(0.1)
        self.stop()
        if self.own:
            raise ServiceError(
                "prefect",
                f"実行管理(Prefect)を起動できません。記録: {os.environ['PREFECT_HOME']}/server.log",
            )
        raise ServiceError(
            "prefect",
            f"実行管理のサーバー {self.url} に接続できません。PREFECT_API_URL とネットワークを確かめてください",
        )

    @property
    def died(self) -> bool:
        """True where our own server ended by itself (or was ended by the system for want of
        memory)."""
        return self._process is not None and self._process.poll() is not None

    @property
    def peak_mebibytes(self) -> float:
        """Peak memory of our own server, MiB; 0 for none and for a central one."""
        if self._process is not None:
            return peak_mebibytes(self._process.pid)
        return 0.0

    def restart(self) -> None:
        """Start our own server again at the same address: Prefect's client tries again for minutes,
        and finds it."""
        self.stop()
        self.start()
        self.wait()

    def stop(self) -> None:
        """End our own server; safe to call twice."""
        process = self._process
        self._process = None
        if process is None:
            return
        assert process.stdin is not None
        process.stdin.close()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_port() -> int:
    """A free loopback port: 4200, Prefect's usual one, or the next; else any."""
    for port in (*_PORTS, 0):
        with socket.socket() as probe:
            probe.setsockopt(
                socket.SOL_SOCKET, socket.SO_REUSEADDR, 1
            )  # the port of a server that ended just now is free
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise ServiceError("prefect", "実行管理(Prefect)のための空いたポートがありません")


def _healthy(url: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{url}/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
