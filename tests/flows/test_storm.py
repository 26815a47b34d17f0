"""Random interleavings of writers, sweeps and kills: nothing lost, nothing twice, nothing half.

More of them: ``python -m tests.flows.storm --count 5000 --state FILE``.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from unittest import mock

import pytest

from connectors.sources.folder import parked
from flows.arrivals import Arrivals
from tests.flows.storm import MEMORY, Storm, Wrong

INTERLEAVINGS = 200


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    with contextlib.ExitStack() as stack:
        if MEMORY.is_dir():
            tmp_path = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=MEMORY)))
        yield tmp_path / "office"


def run_all(storm: Storm, count: int) -> None:
    for number in range(count):
        storm.run(number)


def test_every_document_is_read_exactly_once_or_lies_in_failed(place: Path) -> None:
    with closing(Storm(place)) as storm:
        run_all(storm, INTERLEAVINGS)
        assert storm.journal.chain.verify() is None
        told = [event.kind for event in storm.journal.chain.events(kind=("reopened", "duplicate"))]
        assert storm.kills >= INTERLEAVINGS / 2
        assert told.count("reopened") >= INTERLEAVINGS / 10
        assert told.count("duplicate") >= INTERLEAVINGS / 20


@pytest.mark.parametrize("fault", ["original is deleted unseen", "no page is compared"])
def test_the_storm_finds_a_fault(place: Path, fault: str) -> None:
    def release(path: Path, sha256: str, *, sure: bool = False) -> bool:
        path.unlink(missing_ok=True)
        return True

    faults = {
        "original is deleted unseen": mock.patch.object(parked, "release", release),
        "no page is compared": mock.patch.object(Arrivals, "_continued", return_value=""),
    }
    with closing(Storm(place)) as storm, faults[fault], pytest.raises(Wrong):
        run_all(storm, 60)
