"""The inbox as a Samba share: a private server on loopback, and Debian's client that writes to
it."""

from __future__ import annotations

import contextlib
import getpass
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.flows.office import sheet
from tests.flows.test_later_pages import Office

_SMBD = shutil.which("smbd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
_CLIENT = shutil.which("smbclient")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        _SMBD is None or _CLIENT is None,
        reason="Samba is not installed (apt-get install samba smbclient)",
    ),
    pytest.mark.skipif(sys.platform != "linux", reason="asks Linux who has a file open"),
]


PIECES = 24_000_000
"""More bytes than the client keeps back before it sends any."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Share:
    """A running server whose one share is a folder."""

    def __init__(self, port: int, place: Path) -> None:
        self.port, self.place = port, place

    def client(self, commands: str, **options: object) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [
                str(_CLIENT),
                "//127.0.0.1/inbox",
                "--port",
                str(self.port),
                "--no-pass",
                "--configfile",
                str(self.place / "smb.conf"),
                "--command",
                commands,
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            **options,  # type: ignore[call-overload]
        )

    def do(self, commands: str) -> str:
        client = self.client(commands)
        told, _ = client.communicate(timeout=30)
        assert client.returncode == 0, told.decode(errors="replace")
        return told.decode(errors="replace")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path / "office")
    yield made
    made.journal.close()


@pytest.fixture
def share(office: Office) -> Iterator[Share]:
    with tempfile.TemporaryDirectory(prefix="smb-") as short:  # sockets have short names only
        yield from serve(office, Path(short))


def serve(office: Office, place: Path) -> Iterator[Share]:
    for name in ("lock", "state", "cache", "private", "pid", "ncalrpc"):
        (place / name).mkdir(parents=True)
    port = free_port()
    (place / "smb.conf").write_text(
        f"""[global]
        server role = standalone server
        map to guest = Bad User
        guest account = {getpass.getuser()}
        smb ports = {port}
        interfaces = 127.0.0.1
        bind interfaces only = yes
        disable netbios = yes
        load printers = no
        disable spoolss = yes
        lock directory = {place}/lock
        state directory = {place}/state
        cache directory = {place}/cache
        private dir = {place}/private
        pid directory = {place}/pid
        ncalrpc dir = {place}/ncalrpc
        log file = {place}/log
        [inbox]
        path = {office.folder}/inbox
        guest ok = yes
        read only = no
        force user = {getpass.getuser()}
        """,
        encoding="utf-8",
    )
    with subprocess.Popen(
        [str(_SMBD), "--foreground", "--no-process-group", f"--configfile={place}/smb.conf"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # it ends its whole process group
    ) as server:
        try:
            wait_for(port, server)
            yield Share(port, place)
        finally:
            server.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(10)
            server.kill()


def wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if server.poll() is not None:
            pytest.skip(f"smbd does not start here (exit {server.returncode})")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    pytest.skip("smbd does not answer here")


def document(*names: str) -> bytes:
    return json.dumps({"sheets": [sheet(name) for name in names]}).encode()


def wait_until(found: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not found():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)


def test_what_is_put_on_the_share_is_read_once(office: Office, share: Share) -> None:
    source = share.place / "a.json"
    source.write_bytes(document("1", "2"))
    share.do(f"put {source} a.json; mkdir fax2; put {source} fax2/b.json")
    office.round()
    office.round()
    assert office.rows() == ["1", "2"]
    assert office.journal.tallies.counts().duplicates == 1


def test_a_slow_copy_to_the_share_is_waited_for(office: Office, share: Share) -> None:
    """The client sends what a pipe gives it, so the server holds the file open meanwhile."""
    pipe = share.place / "slow"
    os.mkfifo(pipe)
    there = office.folder / "inbox" / "slow.json"
    told = {"pad": "x" * PIECES, "sheets": [sheet("1"), sheet("2")]}
    data = json.dumps(told).encode()
    with share.client(f"put {pipe} slow.json") as client:
        try:
            with pipe.open("wb", buffering=0) as stream:
                stream.write(data[:PIECES])
                wait_until(lambda: there.is_file() and there.stat().st_size > 0)
                for _ in range(3):
                    swept = office.round(40)
                    assert (swept.new, swept.unsettled) == (0, ("slow.json",))
                stream.write(data[PIECES:])
            assert client.wait(30) == 0
        finally:
            client.kill()
    office.round()
    office.round()
    assert office.rows() == ["1", "2"]
    assert list((office.folder / "failed").iterdir()) == []


def test_a_file_put_anew_for_each_page_is_one_document(office: Office, share: Share) -> None:
    source = share.place / "a.json"
    for pages in (["1"], ["1", "2"], ["1", "2", "3"]):
        source.write_bytes(document(*pages))
        share.do(f"put {source} a.json")
        office.round()
        office.round()
    assert office.rows() == ["1", "2", "3"]


def test_waste_bins_and_names_of_files_being_written_are_left_alone(
    office: Office, share: Share
) -> None:
    source = share.place / "a.json"
    source.write_bytes(document("1"))
    share.do(
        f"mkdir #recycle; put {source} #recycle/old.json; put {source} a.json.part;"
        f" rename a.json.part a.json"
    )
    office.round()
    office.round()
    assert office.rows() == ["1"]
    assert any("#recycle" in line for line in office.said)
