"""Kills while real sheets are being read: nothing lost, nothing twice.

A process sweeps, reads with the real reader and delivers, as the service does, without Prefect. It
is killed with SIGKILL at a random moment while a document is in a reader's hands, and started
again. In the end each document has as many sheets as every other copy of the same scan, and
archive, journal and ledgers tell the same.

As a program: ``python -m tests.flows.killing --kills 300 --site FOLDER`` goes on where it stopped.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import sys
import threading
import time
from collections import Counter, defaultdict
from multiprocessing.context import ForkServerContext
from pathlib import Path

from connectors.comparing import compare
from flows.composition import journal_of, make_reader
from flows.definitions import load_definitions
from flows.delivery import Delivery
from flows.intake import Intake
from records.journal import Journal
from records.site import load_site
from tests.desk.office import SAMPLES, make_site

SCANS = (
    "citizen_opinion_fax_01.tif",
    "citizen_opinion_fax_standard_01.tif",
    "online_application_01.pdf",
    "staff_survey_slips.tif",
    "truncated.tif",
)
AHEAD = 4
"""Documents that lie in the inbox, at least."""

LONGEST = 2.0
"""Seconds after a document was begun within which the kill comes."""

_LOADED = ("tests.flows.killing", "ocr.reader", "ocr.engines.ppocr", "onnxruntime", "pdfplumber")
"""What each process finds imported, so that kills hit work and not imports."""

_SETTINGS = "[intake]\nsettle_seconds = 0.0\nattempts = 100000\n"


class Wrong(AssertionError):
    """Something was lost or doubled."""


class Killing:
    """One office that is killed again and again.

    Args:
        site: its folder; made where it is missing, gone on with where it is there.
    """

    def __init__(self, site: Path, seed: int = 20261127) -> None:
        if not (site / "site.toml").is_file():
            make_site(site, _SETTINGS)
            (site / "inbox").mkdir(exist_ok=True)
        self.site = site
        self._kept = site / "killing.json"
        told = json.loads(self._kept.read_text()) if self._kept.is_file() else {}
        self.kills, self.hits = int(told.get("kills", 0)), int(told.get("hits", 0))
        self.dropped = int(told.get("dropped", 0))
        self._chance = random.Random(f"{seed}-{self.kills}")
        self._context: ForkServerContext = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(list(_LOADED))

    def run(self, kills: int) -> None:
        """Kill until ``kills`` have been made in all."""
        with journal_of(load_site(self.site)) as journal:
            while self.kills < kills:
                self._fill(journal)
                self._keep()
                self._kill(journal)
                self._keep()

    def _keep(self) -> None:
        told = {"kills": self.kills, "hits": self.hits, "dropped": self.dropped}
        self._kept.write_text(json.dumps(told))

    def finish(self) -> None:
        """Let a last process do what is left, and look at what came of it all.

        Raises:
            Wrong: something was lost or doubled.
        """
        work(str(self.site), rest=True)
        definitions = load_definitions(self.site)
        with journal_of(definitions.site) as journal:
            if journal.chain.verify() is not None or journal.chain.verify_contents() is not None:
                raise Wrong("the journal's chain is broken")
            found = compare(definitions.site, definitions.forms, journal)
            if found.wrong or found.notes:
                raise Wrong(f"{found.wrong} {found.notes}")
            self._count(journal)

    def _count(self, journal: Journal) -> None:
        """Every document is there, with as many sheets as each copy of its scan."""
        rows = journal.documents.page(limit=self.dropped + 1)
        if len(rows) != self.dropped or {row.state for row in rows} - {"read", "failed"}:
            raise Wrong(f"{len(rows)} of {self.dropped}: {Counter(row.state for row in rows)}")
        sheets: dict[str, set[tuple[str, int]]] = defaultdict(set)
        for row in rows:
            kind = row.name.partition("-")[2]
            sheets[kind].add((row.state, len(journal.records.of(row.sha256))))
        uneven = {kind: states for kind, states in sheets.items() if len(states) != 1}
        if uneven:
            raise Wrong(f"copies of one scan were read differently: {uneven}")

    def _fill(self, journal: Journal) -> None:
        """Scans into the inbox, each with bytes of its own behind its end."""
        waiting = self.dropped - _done(journal)
        for _ in range(AHEAD - waiting):
            scan = SCANS[self.dropped % len(SCANS)]
            data = (SAMPLES / "scans" / scan).read_bytes()
            beside = self.site / "inbox" / ".next.part"
            beside.write_bytes(data + f"\n% {self.dropped}\n".encode())
            beside.replace(self.site / "inbox" / f"{self.dropped:05d}-{scan}")
            self.dropped += 1

    def _kill(self, journal: Journal) -> None:
        process = self._context.Process(target=work, args=(str(self.site),))
        process.start()
        end = time.monotonic() + 120
        begun = {(row.sha256, row.attempts) for row in journal.documents.page("reading")}
        wanted = _done(journal) + self._chance.randrange(2)
        while process.is_alive() and time.monotonic() < end:
            now = {(row.sha256, row.attempts) for row in journal.documents.page("reading")}
            if now - begun and _done(journal) >= wanted:
                break
            time.sleep(0.02)
        time.sleep(self._chance.uniform(0.0, LONGEST))
        if not process.is_alive():
            raise Wrong(f"the process ended by itself ({process.exitcode})")
        process.kill()
        process.join()
        self.kills += 1
        self.hits += bool(journal.documents.page("reading"))


def _done(journal: Journal) -> int:
    counts = journal.tallies.counts().documents
    return counts["read"] + counts["failed"]


def work(site: str, rest: bool = False) -> None:
    """Sweep, read and deliver, until killed.

    Args:
        rest: end when nothing is left.
    """
    definitions = load_definitions(Path(site))
    with journal_of(definitions.site) as journal:
        intake = Intake(definitions, journal, make_reader(definitions))
        delivery = Delivery(definitions, journal)
        intake.recover()
        while True:
            swept = intake.sweep()
            readers = [threading.Thread(target=_read_all, args=(intake,)) for _ in range(2)]
            for reader in readers:
                reader.start()
            for reader in readers:
                reader.join()
            for job in delivery.jobs():
                delivery.deliver(job)
            if rest and not (swept.new or swept.waiting or intake.backlog()):
                return
            time.sleep(0.05)


def _read_all(intake: Intake) -> None:
    while (row := intake.claim()) is not None:
        intake.read(row)


def main() -> int:
    """Kill, and tell what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--site", type=Path, required=True, help="kept, so that it can go on")
    given = parser.parse_args()
    begun = time.monotonic()
    killing = Killing(given.site)
    for upto in range(killing.kills + 10, given.kills + 10, 10):
        killing.run(min(upto, given.kills))
        seconds = time.monotonic() - begun
        print(
            f"{killing.kills} kills, {killing.hits} in the middle of a document, "
            f"{killing.dropped} documents, {seconds:.0f} s",
            flush=True,
        )
    killing.finish()
    print("0 lost, 0 twice", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
