"""Several processes at once, and processes that die: one chain, nothing lost, nothing twice."""

from __future__ import annotations

import multiprocessing
import random
import signal
import time
from collections import Counter
from multiprocessing.connection import Connection
from typing import Any

from records.journal import open_journal
from records.types import Decision
from tests.records.test_journal.made import at, read, receipt, sha, sheet

_SPAWN = multiprocessing.get_context("spawn")


def _race(url: str, name: str, pipe: Any) -> None:
    """Everybody receives the same files, reads what they get, and clears what they may."""
    done: Counter[str] = Counter()
    with open_journal(url) as journal:
        for n in range(30):
            done[journal.documents.receive(sha(n), f"{name}-{n}.pdf", 1, at())] += 1
        while rows := journal.documents.claim(name, 3, 600, at()):
            for row in rows:
                record = sheet(row.sha256)
                done["read"] += journal.readings.store(
                    row.sha256, [record], receipts=[receipt()], at=at()
                )
        while held := journal.reviews.reserve(name, 4, 600, at()):
            for row in held:
                journal.reviews.decide(
                    Decision(row.id, "name", "鹿島", name, "correct", name, at(1), 1.0)
                )
                done["decided"] += 1
    pipe.send(done)
    pipe.close()


def test_processes_share_the_work_without_doing_anything_twice(url: str) -> None:
    with open_journal(url) as journal:
        pipes: list[Connection] = []
        processes = []
        for name in ("A", "B", "C"):
            ours, theirs = _SPAWN.Pipe(duplex=False)
            processes.append(_SPAWN.Process(target=_race, args=(url, name, theirs)))
            pipes.append(ours)
        for process in processes:
            process.start()
        done = sum((pipe.recv() for pipe in pipes), Counter[str]())
        for process in processes:
            process.join()
            assert process.exitcode == 0
        assert (done["new"], done["duplicate"], done["read"]) == (30, 60, 30)
        # each got through at least once; a record is reserved again only by whom it was given to
        assert len({row.decision.record for row in journal.work.decisions()}) == 30
        assert len(list(journal.work.decisions())) == done["decided"] == 30
        assert journal.tallies.counts().records["ready"] == 30
        assert journal.chain.verify() is None
        assert [event.seq for event in journal.chain.events()] == list(
            range(1, len(list(journal.chain.events())) + 1)
        )


def _work_until_killed(url: str, pipe: Any) -> None:
    with open_journal(url) as journal:
        n = (
            journal.tallies.counts().documents["read"]
            + journal.tallies.counts().documents["reading"]
        )
        while True:
            document = sha(f"kill-{n}")
            if journal.documents.get(document) is None:
                read(journal, f"kill-{n}")
            elif journal.documents.claim("again", 10, 0, at(10_000)):
                journal.readings.store(document, [sheet(document)], receipts=[receipt()], at=at())
            pipe.send(n)
            n += 1


def test_kill_9_leaves_whole_steps_only(sqlite_url: str) -> None:
    chance = random.Random(20261122)
    told = 0
    with open_journal(sqlite_url, attempts=1000) as journal:
        for _ in range(8):
            ours, theirs = _SPAWN.Pipe(duplex=False)
            process = _SPAWN.Process(target=_work_until_killed, args=(sqlite_url, theirs))
            process.start()
            theirs.close()
            while not ours.poll(0.05):  # it has begun
                assert process.is_alive()
            time.sleep(chance.uniform(0.0, 0.15))
            process.kill()
            process.join()
            assert process.exitcode == -signal.SIGKILL
            told += _drain(ours)
            assert journal.chain.verify() is None
            assert journal.chain.verify_contents() is None
        kinds = Counter(event.kind for event in journal.chain.events())
        documents = journal.documents.page(limit=100_000)
        # what was told to be done is done, and every document that is read has exactly its one
        # record and receipt
        assert len(documents) >= told > 8
        states = Counter(row.state for row in documents)
        assert kinds["received"] == len(documents)
        assert (
            kinds["read"]
            == kinds["receipt"]
            == states["read"]
            == sum(journal.tallies.counts().records.values())
        )


def _drain(pipe: Connection) -> int:
    n = 0
    try:
        while pipe.poll(0.2):
            pipe.recv()
            n += 1
    except EOFError:
        pass
    return n
