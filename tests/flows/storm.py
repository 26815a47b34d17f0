"""Writers, sweeps and kills in random order over a real folder and a journal, with a clock of its
own.

Each interleaving has a few programs that write into the inbox in their own ways, at random moments
between sweeps, readings and kills. When all are done, every document that was written whole must be
read exactly once, or lie in failed/ with its reason; and what is archived must hold the bytes that
its name says.

As a program: ``python -m tests.flows.storm --count 5000 --state FILE`` goes on where it stopped.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

from connectors.files import sha256_of
from connectors.sources.folder import holders, parked
from flows.commands.state import retry_document
from flows.composition import journal_of, make_reader
from flows.definitions import load_definitions
from flows.intake import Intake
from records.journal import Journal
from tests.flows.office import make_office, sheet

STEPS = ("mkdir", "replace", "unlink", "rmdir", "open")
PAUSES = (0.0, 0.3, 1.0, 3.0, 9.0, 40.0)
SETTLE = 2.0


class Killed(BaseException):
    """Stands for the end of the process."""


class Wrong(AssertionError):
    """An invariant does not hold; says in which interleaving."""


@dataclass
class Written:
    """A document that a writer makes.

    Attributes:
        sheets: the numbers on its sheets, unique in the whole run.
        path: where it is at the end.
        withdrawn: its writer took it back, so it may be read or not.
    """

    sheets: list[str]
    path: Path
    withdrawn: bool = False


def content(numbers: list[str]) -> bytes:
    return json.dumps({"sheets": [sheet(number) for number in numbers]}).encode()


@dataclass
class World:
    """The inbox as writers see it; the time stamps that they leave follow the world's clock."""

    inbox: Path
    failed: Path
    chance: random.Random
    retry: Callable[[str], object]
    now: float = 1000.0
    ticks: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def stamp(self, where: int | Path) -> None:
        at = int(self.now * 1e9) + next(self.ticks)
        with contextlib.suppress(FileNotFoundError):
            os.utime(where, ns=(at, at))


Writer = Callable[[World, Written], Iterator[None]]


def write_path(world: World, path: Path, data: bytes) -> None:
    path.write_bytes(data)
    world.stamp(path)


def renames(world: World, made: Written) -> Iterator[None]:
    """Under a name of its own first, then renamed: the careful program."""
    beside = made.path.with_name(f"{made.path.name}.part")
    data = content(made.sheets)
    write_path(world, beside, data[: len(data) // 2])
    yield
    write_path(world, beside, data)
    yield
    beside.replace(made.path)


def in_pieces(world: World, made: Written) -> Iterator[None]:
    """One handle, piece by piece."""
    data = content(made.sheets)
    with made.path.open("wb", buffering=0) as stream:
        for start in range(0, len(data), max(1, len(data) // 3)):
            stream.write(data[start : start + max(1, len(data) // 3)])
            world.stamp(stream.fileno())
            yield


def page_by_page(world: World, made: Written) -> Iterator[None]:
    """One handle, whole after each page."""
    with made.path.open("wb", buffering=0) as stream:
        for pages in range(1, len(made.sheets) + 1):
            stream.seek(0)
            stream.write(content(made.sheets[:pages]))
            world.stamp(stream.fileno())
            yield


def rewritten(world: World, made: Written) -> Iterator[None]:
    """By its path, anew for each page."""
    for pages in range(1, len(made.sheets) + 1):
        write_path(world, made.path, content(made.sheets[:pages]))
        yield


def swapped(world: World, made: Written) -> Iterator[None]:
    """A whole new file put over the one before for each page."""
    for pages in range(1, len(made.sheets) + 1):
        beside = made.path.with_name(f".{made.path.name}")
        write_path(world, beside, content(made.sheets[:pages]))
        beside.replace(made.path)
        yield


def preallocated(world: World, made: Written) -> Iterator[None]:
    """The size first, then the content, with the time set back after each piece."""
    data = content(made.sheets)
    with made.path.open("wb", buffering=0) as stream:
        stream.truncate(len(data))
        first = os.fstat(stream.fileno())
        yield
        for start in range(0, len(data), len(data) // 3 + 1):
            stream.seek(start)
            stream.write(data[start : start + len(data) // 3 + 1])
            os.utime(stream.fileno(), ns=(first.st_atime_ns, first.st_mtime_ns))
            yield


def placeholder(world: World, made: Written) -> Iterator[None]:
    """Empty at first; filled later, by its path or through the handle."""
    with made.path.open("wb", buffering=0) as stream:
        world.stamp(stream.fileno())
        yield
        yield
        if world.chance.random() < 0.5:
            stream.write(content(made.sheets))
            return
    yield
    write_path(world, made.path, content(made.sheets))


def moved_on(world: World, made: Written) -> Iterator[None]:
    """Renamed after it was written, if it is still there."""
    first = made.path.with_name(f"vor-{made.path.name}")
    write_path(world, first, content(made.sheets))
    yield
    with contextlib.suppress(FileNotFoundError):
        first.replace(made.path)


def taken_back(world: World, made: Written) -> Iterator[None]:
    """Deleted after it was written, if it is still there."""
    made.withdrawn = True
    write_path(world, made.path, content(made.sheets))
    yield
    made.path.unlink(missing_ok=True)


def copied_twice(world: World, made: Written) -> Iterator[None]:
    """The same content under two names."""
    write_path(world, made.path.with_name(f"kopie-{made.path.name}"), content(made.sheets))
    yield
    write_path(world, made.path, content(made.sheets))


def put_over_failed(world: World, made: Written) -> Iterator[None]:
    """Unreadable; a person puts a better scan in its place in failed/ and has it read again."""
    bad = {"error": "truncated", "message": "途中で切れています", "of": made.sheets}
    write_path(world, made.path, json.dumps(bad).encode())
    better = world.failed / made.path.name
    for _ in range(12):
        if better.is_file():
            write_path(world, better, content(made.sheets))
            yield
            world.retry(made.path.name)
            return
        yield
    yield from renames(world, made)


WRITERS: tuple[Writer, ...] = (
    renames,
    in_pieces,
    page_by_page,
    rewritten,
    swapped,
    preallocated,
    placeholder,
    moved_on,
    taken_back,
    copied_twice,
    put_over_failed,
)


class Storm:
    """One office that goes through interleavings, one after the other.

    Args:
        seed: with the number of an interleaving it decides all that happens in it.
    """

    def __init__(self, folder: Path, seed: int = 20261127) -> None:
        self.seed = seed
        site = make_office(folder, attempts=10_000)
        text = (site / "site.toml").read_text("utf-8")
        (site / "site.toml").write_text(
            text.replace("settle_seconds = 0.0", f"settle_seconds = {SETTLE}"), "utf-8"
        )
        self.definitions = load_definitions(site)
        self.reader = make_reader(self.definitions)
        self.journal: Journal = journal_of(self.definitions.site)
        site_of = self.definitions.site
        self.world = World(site_of.inbox, site_of.failed, random.Random(seed), self._retry)
        self.kills = 0
        self.kinds: list[str] = []
        self._checked: set[Path] = set()
        self._start()

    def close(self) -> None:
        self.journal.close()

    def run(self, number: int) -> None:
        """One interleaving.

        Raises:
            Wrong: a document was lost, doubled or read half.
        """
        chance = self.world.chance = random.Random(f"{self.seed}-{number}")
        is_share = chance.random() < 0.5
        tells = holders._tells
        with mock.patch.object(holders, "_tells", (lambda _: False) if is_share else tells):
            made = self._interleave(number, chance)
            self._quiet(number, made)
        try:
            for one in made:
                self._check(one)
            self._check_archive()
        except Wrong as wrong:
            raise Wrong(f"interleaving {number} (share: {is_share}): {wrong}") from None

    def _interleave(self, number: int, chance: random.Random) -> list[Written]:
        made: list[Written] = []
        going: list[Iterator[None]] = []
        self.kinds.clear()
        for n in range(chance.randint(1, 3)):
            sheets = [f"{number}-{n}-{page}" for page in range(chance.randint(1, 3))]
            one = Written(sheets, self.world.inbox / f"{number}-{n}.json")
            kind = chance.choice(WRITERS)
            self.kinds.append(kind.__name__)
            made.append(one)
            going.append(kind(self.world, one))
        while going:
            self.world.now += chance.choice(PAUSES)
            what = chance.random()
            if what < 0.4:
                writer = chance.choice(going)
                if next(writer, self) is self:
                    going.remove(writer)
            elif what < 0.7:
                self._round()
            else:
                self._killed_round(int(chance.expovariate(0.12)))
        return made

    def _quiet(self, number: int, made: list[Written]) -> None:
        """Let everything come to rest: nobody writes any more."""
        for _ in range(6):
            self.world.now += 30
            self._round()
        with mock.patch.object(parked, "HOLD_SECONDS", -1.0):
            for _ in range(2):
                self.world.now += 30
                self._round()

    def _start(self) -> None:
        self.intake = Intake(self.definitions, self.journal, self.reader, lambda: self.world.now)
        self.intake.recover()

    def _retry(self, name: str) -> None:
        failed = [
            row for row in self.journal.documents.page("failed", limit=10_000) if row.name == name
        ]
        for row in failed:
            retry_document(self.definitions, self.journal, row.sha256)

    def _round(self) -> None:
        swept = self.intake.sweep()
        if swept.stuck:
            raise Wrong(f"{self.kinds}: could not be entered: {swept.stuck}")
        while (row := self.intake.claim()) is not None:
            self.intake.read(row)
        if self.world.chance.random() < 0.5 and (rows := self.journal.deliveries.ready(100)):
            self.journal.deliveries.delivered(rows, "book", at=self.intake.now())

    def _killed_round(self, step: int) -> None:
        """A round that ends at the ``step``-th change of the disk, and a restart that may end so,
        too."""
        for starts, limit in enumerate((step, step // 3, 10_000)):
            try:
                with dying(limit):
                    if starts:
                        self._start()
                    self._round()
            except Killed:
                self.kills += 1
                continue
            if not starts:
                return
        # whatever the last one did, a process that was killed is one that starts anew

    def _check(self, one: Written) -> None:
        found = Counter(
            str(row.record.fields["number"].value)
            for number in one.sheets
            for row in self.journal.records.many(
                [line.id for line in self.journal.records.search(text=number, limit=20)]
            )
            if row.line.state != "returned" and row.record.fields["number"].value == number
        )
        if set(found.values()) - {1}:
            raise Wrong(f"{self.kinds}: read more than once: {found}")
        if one.withdrawn or set(found) == set(one.sheets):
            return
        data = content(one.sheets)
        failed = self.definitions.site.failed
        same = [p for p in failed.iterdir() if p.is_file() and p.read_bytes() == data]
        if any(p.with_name(f"{p.name}.理由.txt").is_file() for p in same):
            return
        raise Wrong(f"{self.kinds}: {sorted(set(one.sheets) - set(found))} are nowhere")

    def _check_archive(self) -> None:
        archive = self.definitions.site.archive
        for path in archive.rglob("*.json"):
            if path not in self._checked and path.stem != sha256_of(path):
                raise Wrong(f"{path.name} holds other bytes")
            self._checked.add(path)
        left = list((self.definitions.site.work / "processing").glob("*"))
        if left:
            raise Wrong(f"left in work/processing: {left}")


@contextlib.contextmanager
def dying(step: int) -> Iterator[None]:
    """From the ``step``-th change of the disk on nothing happens any more."""
    count = itertools.count()

    def guarded(name: str) -> Any:
        real = getattr(Path, name)

        def call(self: Path, *args: Any, **options: Any) -> Any:
            modes = [a for a in (*args, *options.values()) if isinstance(a, str)]
            is_change = name != "open" or any(set(mode) & set("wxa+") for mode in modes)
            if is_change and next(count) >= step:
                raise Killed
            return real(self, *args, **options)

        return call

    with contextlib.ExitStack() as stack:
        for name in STEPS:
            stack.enter_context(mock.patch.object(Path, name, guarded(name)))
        yield


MEMORY = Path("/dev/shm")
"""A place in memory, where there is one: a disk that syncs takes most of a storm's time."""


def main() -> int:
    """Run interleavings from where the state file stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--state", type=Path, required=True, help="keeps how far it came")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after so long")
    parser.add_argument("--seed", type=int, default=20261127)
    given = parser.parse_args()
    done = json.loads(given.state.read_text())["done"] if given.state.is_file() else 0
    begun = time.monotonic()
    kills, told = 0, Counter[str]()
    while done < given.count and time.monotonic() - begun < given.seconds:
        place = MEMORY if MEMORY.is_dir() else None
        folder = Path(tempfile.mkdtemp(prefix="torikomi-storm-", dir=place))
        storm = Storm(folder / "office", given.seed)
        try:
            for number in range(done, min(done + 200, given.count)):
                storm.run(number)
                done = number + 1
        finally:
            kills += storm.kills
            told.update(event.kind for event in storm.journal.chain.events())
            storm.close()
            shutil.rmtree(folder, ignore_errors=True)
            given.state.write_text(json.dumps({"done": done}))
        seconds = time.monotonic() - begun
        print(f"{done} interleavings, {kills} kills, {seconds:.0f} s, {dict(told)}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
