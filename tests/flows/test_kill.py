"""Nothing lost, nothing twice: the service is killed with SIGKILL at random points, again and
again."""

from __future__ import annotations

import hashlib
import itertools
import multiprocessing
import random
import time
from collections import Counter
from collections.abc import Iterator
from multiprocessing.process import BaseProcess
from pathlib import Path

import openpyxl
import pytest

from flows.cli import main
from flows.composition import journal_of
from records.journal import Journal
from records.site import load_site
from tests.flows.office import drop, make_office, sheet

SHEETS = 200
KILLS = 36
LIMIT_SECONDS = 240.0


@pytest.fixture
def spawn(prefect_url: str) -> multiprocessing.context.ForkServerContext:
    """Processes that have loaded everything and started nothing, so that the kills hit work and not
    imports."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(
        [
            "flows.commands.run",
            "flows.prefect.intakeflow",
            "flows.prefect.deliveryflow",
            "flows.replay",
        ]
    )
    return context


def documents() -> Iterator[tuple[str, list[str], dict[str, object]]]:
    """Documents with :data:`SHEETS` sheets in all: a name, the numbers of its sheets, what else
    stands in it."""
    number = 0
    for document in itertools.count(1):
        names = [f"{number + i:04d}" for i in range(1 if document % 5 else 3)]
        number += len(names)
        broken = (
            {"error": "truncated", "message": "途中で切れています"} if document % 11 == 0 else {}
        )
        yield f"文書{document:03d}.json", names, dict(broken)
        if number >= SHEETS:
            return


def put(site: Path, name: str, numbers: list[str], more: dict[str, object]) -> dict[str, str]:
    """Drop one document, now and then a second time; returns what is expected of each sheet."""
    sheets = [sheet(number, doubtful=int(number) % 7 == 0) for number in numbers]
    path = drop(site, name, *sheets, seconds=0.04 * len(numbers), **more)
    if int(numbers[0]) % 13 == 0:
        drop(site, f"写し{name}", *sheets, seconds=0.04 * len(numbers), **more)
    if more:
        return dict.fromkeys(numbers, f"failed:{path.name}")
    return {number: "row" if int(number) % 7 else "waiting" for number in numbers}


def finished(journal: Journal, site: Path) -> bool:
    counts = journal.tallies.counts()
    busy = counts.documents["received"] + counts.documents["reading"] + counts.records["ready"]
    if busy:
        return False
    try:
        return not [
            p
            for folder in ("inbox", "work/processing")
            for p in (site / folder).rglob("*")
            if p.is_file()
        ]
    except FileNotFoundError:  # the service is moving a file at this moment
        return False


def finished_now(site: Path) -> bool:
    with journal_of(load_site(site)) as journal:
        return finished(journal, site)


def wait_until_finished(site: Path, process: BaseProcess, limit: float) -> None:
    end = time.monotonic() + limit
    with journal_of(load_site(site)) as journal:
        while time.monotonic() < end and not finished(journal, site):
            assert process.is_alive(), "the service ended by itself"
            time.sleep(0.2)
        assert finished(journal, site), journal.tallies.counts()


def rows_of(site: Path) -> Counter[str]:
    book = openpyxl.load_workbook(site / "ledgers" / "survey.xlsx", read_only=True)
    cells = [row[0] for row in book["受付簿"].iter_rows(min_row=2, max_col=1, values_only=True)]
    book.close()
    return Counter(str(cell) for cell in cells if cell is not None)


@pytest.mark.slow
def test_kill_9_at_random_points_loses_nothing_and_repeats_nothing(
    tmp_path: Path,
    spawn: multiprocessing.context.ForkServerContext,
) -> None:
    chance = random.Random(20261122)
    site = make_office(
        tmp_path / "office", attempts=50
    )  # the test kills more often than a crash loop ever would
    expected: dict[str, str] = {}
    queue = list(documents())
    interrupted = 0
    begun = time.monotonic()
    for left in range(KILLS, 0, -1):
        process = spawn.Process(target=main, args=(["watch", "--site", str(site)],))
        process.start()
        late = (
            chance.random() < 0.6
        )  # what lies there at the start may be done on a fast machine before the kill comes
        if late:
            time.sleep(chance.uniform(0.3, 1.7))
        for _ in range(-(-len(queue) // left)):
            expected |= put(site, *queue.pop(0))
        time.sleep(chance.uniform(0.0, 0.12) if late else chance.uniform(0.3, 2.3))
        assert process.is_alive(), "the service ended by itself"
        process.kill()
        process.join()
        interrupted += not finished_now(site)
    assert interrupted >= KILLS / 3, f"only {interrupted} kills hit work"
    process = spawn.Process(target=main, args=(["watch", "--site", str(site)],))
    process.start()
    wait_until_finished(site, process, LIMIT_SECONDS - (time.monotonic() - begun))
    process.terminate()
    process.join(30)
    assert process.exitcode == 0, "SIGTERM ends the service in good order"

    rows = rows_of(site)
    with journal_of(load_site(site)) as journal:
        waiting = Counter(
            str(row.record.fields["number"].value) for row in journal.reviews.waiting(limit=SHEETS)
        )
        failed = {row.name for row in journal.documents.page("failed", limit=SHEETS)}
        assert journal.chain.verify() is None
    for name, where in expected.items():
        assert rows[name] == (where == "row"), (name, where, rows[name])
        assert waiting[name] == (where == "waiting"), (name, where)
        if where.startswith("failed:"):
            kept = where.removeprefix("failed:")
            assert kept in failed
            assert (site / "failed" / kept).is_file()
            assert "途中で切れています" in (site / "failed" / f"{kept}.理由.txt").read_text(
                "utf-8-sig"
            )
    kept_files = [p for folder in ("archive", "failed") for p in (site / folder).rglob("*.json")]
    contents = Counter(hashlib.sha256(p.read_bytes()).hexdigest() for p in kept_files)
    assert len(contents) == len(list(documents()))
    assert set(contents.values()) == {1}, "each original is kept once"
