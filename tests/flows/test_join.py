"""Several machines on one journal: one takes in and delivers, the others help to read; nothing is
read twice."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from flows.composition import journal_of, open_site
from flows.lock import single_service
from flows.service import run_service
from flows.servicetotals import Told
from records.errors import ServiceError
from records.site import load_site
from tests.flows.office import drop, make_office, sheet

DOCUMENTS = 24

HELPER = """
import socket, sys
socket.gethostname = lambda: "helper"     # another machine, as far as leases and locks go
from flows.cli import main
main(["watch", "--join", "--site", sys.argv[1]])
"""


@pytest.mark.usefixtures("prefect_url")
def test_two_machines_share_the_reading_and_one_delivers(tmp_path: Path) -> None:
    site = make_office(tmp_path / "office")
    for number in range(DOCUMENTS):
        drop(site, f"d{number:02d}.json", sheet(f"{number}"), seconds=0.5)
    seen: list[int] = []
    helper = subprocess.Popen(
        [sys.executable, "-c", HELPER, str(site)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    with helper:
        try:
            time.sleep(3)  # it has started and found nothing: taking in is not its work
            assert (site / "inbox" / "d00.json").is_file()
            told = Told(delivered=lambda handed: seen.append(handed.rows))
            with open_site(site) as office:
                totals = run_service(office, told, role="once")
            wait_until_read(site)
            with open_site(site) as office:
                run_service(office, told, role="once")
            helper.terminate()
            helper.communicate(timeout=30)
        finally:
            helper.kill()
    assert helper.returncode == 0
    with journal_of(load_site(site)) as journal:
        readers = Counter(event.actor.split(":")[0] for event in journal.chain.events(kind="read"))
        assert journal.tallies.counts().records["delivered"] == DOCUMENTS
        assert all(row.attempts == 1 for row in journal.documents.page(limit=100))
    assert sum(readers.values()) == DOCUMENTS
    assert set(readers) == {"helper", socket.gethostname()}
    assert totals.documents == readers[socket.gethostname()]
    assert sum(seen) == DOCUMENTS


def wait_until_read(site: Path) -> None:
    end = time.monotonic() + 60
    with journal_of(load_site(site)) as journal:
        while journal.tallies.counts().documents["read"] < DOCUMENTS:
            assert time.monotonic() < end
            time.sleep(0.2)


def test_a_machine_joins_once(tmp_path: Path) -> None:
    with (
        single_service(tmp_path),
        single_service(tmp_path, "pc2"),
        single_service(tmp_path, "pc3"),
        pytest.raises(ServiceError),
        single_service(tmp_path, "pc2"),
    ):
        pass
