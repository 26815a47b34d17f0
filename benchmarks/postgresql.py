"""A private PostgreSQL server on the loopback interface, for as long as a benchmark runs; safe
settings, nothing tuned."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any


@contextlib.contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    """Serve the cluster in ``folder``, made where there is none; yields the URL of its database.

    The caller's directory must be passable by the user ``postgres`` where this runs as root.

    Raises:
        RuntimeError: PostgreSQL is not installed.
    """
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if not found:
        raise RuntimeError("PostgreSQL is not installed (apt install postgresql)")
    tools = found[0]
    who: dict[str, Any] = {}
    if os.getuid() == 0:
        who = {"user": "postgres"}
    folder.mkdir(parents=True, exist_ok=True)
    if who:
        shutil.chown(folder, "postgres")

    def run(*command: str | Path) -> None:
        subprocess.run(
            command, check=True, cwd=folder, stdout=subprocess.DEVNULL, timeout=300, **who
        )

    if not (folder / "data").is_dir():
        run(
            tools / "initdb",
            "-D",
            folder / "data",
            "-A",
            "trust",
            "-U",
            "torikomi",
            "-E",
            "UTF8",
            "--no-locale",
        )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''"
    run(tools / "pg_ctl", "-D", folder / "data", "-w", "-l", folder / "log", "-o", options, "start")
    try:
        yield f"postgresql://torikomi@127.0.0.1:{port}/postgres"
    finally:
        run(tools / "pg_ctl", "-D", folder / "data", "-m", "fast", "-w", "stop")
