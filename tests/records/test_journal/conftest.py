"""A journal on each database that an office may use, and sheets to put into it."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from records.journal import Journal, open_journal

_PG_BIN = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)), None)


def _as_postgres() -> dict[str, Any]:
    """PostgreSQL does not run as root."""
    return {"user": "postgres"} if os.getuid() == 0 else {}


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """A private server on a free loopback port, for one test session; yields its URL."""
    if _PG_BIN is None:
        pytest.skip("PostgreSQL is not installed (apt install postgresql)")
    if os.getuid() == 0:
        try:
            pwd.getpwnam("postgres")
        except KeyError:
            pytest.skip("running as root, and there is no user postgres")
    pytest.importorskip(
        "psycopg", reason="psycopg is not installed (pip install 'torikomi[postgresql]')"
    )
    folder = Path(tempfile.mkdtemp(prefix="torikomi-pg-"))
    if os.getuid() == 0:
        shutil.chown(folder, "postgres")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    tools = _PG_BIN.parent

    def run(*command: str | Path) -> None:
        subprocess.run(
            command,
            check=True,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            timeout=120,
            **_as_postgres(),
        )

    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
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
    run(tools / "pg_ctl", "-D", folder / "data", "-w", "-l", folder / "log", "-o", options, "start")
    try:
        yield f"postgresql://torikomi@127.0.0.1:{port}/postgres"
    finally:
        run(tools / "pg_ctl", "-D", folder / "data", "-m", "immediate", "stop")
        shutil.rmtree(folder)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty place for a journal."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'torikomi.db'}"
    server: str = request.getfixturevalue("postgresql")
    name = f"t{uuid.uuid4().hex}"
    engine = sa.create_engine(
        sa.make_url(server).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE SCHEMA {name}")
    engine.dispose()
    return f"{server}?options=-csearch_path%3D{name}"


@pytest.fixture
def journal(url: str) -> Iterator[Journal]:
    """An empty journal. Whatever a test does by its calls, its tables say what its events say."""
    with open_journal(url) as opened:
        yield opened
        if opened.chain.verify() is None and opened.chain.verify_contents() is None:
            assert list(opened.chain.faults()) == []


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'torikomi.db'}"
