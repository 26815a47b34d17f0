"""What a person waits for at the desk, alone and beside others, with 100,000 records in the journal."""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import re
import statistics
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from benchmarks.madeoffice import (
    GIVEN,
    PASSWORD,
    SURNAMES,
    TOWNS,
    DeskProcess,
    deliver_all,
    make_site,
    settings,
    sqlite,
)
from benchmarks.postgresql import postgresql
from benchmarks.resultpage import write_section
from records.journal import open_journal


class Visitor:
    """One logged-in person over HTTP; keeps how long each kind of request took."""

    def __init__(self, url: str, name: str) -> None:
        self.http = httpx.Client(base_url=url, timeout=60, trust_env=False)
        self.times: dict[str, list[float]] = defaultdict(list)
        token = _found(r'name="csrf" value="([^"]+)"', self.http.get("/login").text)
        self.http.post("/login", data={"csrf": token, "name": name, "password": PASSWORD})
        self.csrf = _found(r'name="csrf" content="([^"]+)"', self.http.get("/account").text)

    def get(self, kind: str, path: str) -> httpx.Response:
        begun = time.perf_counter()
        reply = self.http.get(path)
        self.times[kind].append(time.perf_counter() - begun)
        reply.raise_for_status()
        return reply

    def post(self, kind: str, path: str, body: dict[str, Any]) -> httpx.Response:
        begun = time.perf_counter()
        reply = self.http.post(
            path, json=body, headers={"Accept": "application/json", "X-CSRF-Token": self.csrf}
        )
        self.times[kind].append(time.perf_counter() - begun)
        return reply


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    if match is None:
        raise RuntimeError("an unexpected page")
    return match[1]


def told(times: dict[str, list[float]]) -> Iterator[str]:
    for kind, values in times.items():
        ordered = sorted(values)
        figures = (statistics.median(values), ordered[int(len(ordered) * 0.95)], ordered[-1])
        yield f"| {kind} | {len(values)} | {' | '.join(f'{second * 1000:.0f}' for second in figures)} |"


def alone(url: str, rounds: int) -> list[str]:
    """One person, one request after another; returns lines of a table."""
    person = Visitor(url, "user00")
    rng = random.Random(2)
    for n in range(rounds):
        person.get("review page", "/review/sheet?form=child_allowance")
        sheets = person.post(
            "review: next sheet", "/review/next", {"form": "child_allowance", "have": []}
        ).json()["sheets"]
        sheet = sheets[0]
        person.post(
            "review: live check",
            "/review/check",
            {"record": sheet["record"], "field": "claimed_on", "text": "令和8年2月5日"},
        )
        for one in sheet["fields"]:
            person.post(
                "review: decision",
                "/review/decide",
                {
                    "record": sheet["record"],
                    "reading": sheet["reading"],
                    "field": one["name"],
                    "verdict": "accept",
                    "seconds": 0.1,
                },
            )
        person.get("search: a rare word", f"/records?text=scan_{rng.randrange(100_000):06d}")
        words = f"{rng.choice(SURNAMES)}　{rng.choice(GIVEN)} {rng.choice(TOWNS)}{rng.randint(1, 3000)}番地"
        person.get("search: name and place", f"/records?text={words}")
        person.get("search: a surname", f"/records?text={rng.choice(SURNAMES)}")
        person.get("search: nothing found", f"/records?text=存在しない名前{n}")
        person.get("search: latest waiting", "/records?state=waiting")
        person.get("a record", f"/records/{sheet['record']}")
        person.get("intake", "/intake")
        person.get("review list", "/review")
    return list(told(person.times))


class _Shift:
    """Many people at the desk until a time; what they were shown, answered, and were refused."""

    def __init__(self, end: float, think: float) -> None:
        self.end = end
        self.think = think
        self.shown: list[tuple[str, str]] = []
        self.done: list[tuple[str, str]] = []
        self.errors: Counter[str] = Counter()

    def work(self, person: Visitor, seed: int) -> None:
        """One person takes sheets and accepts their fields."""
        rng = random.Random(seed)
        have: set[str] = set()
        while time.monotonic() < self.end:
            asked = {"form": "", "have": sorted(have)}
            reply = person.post("next sheet", "/review/next", asked)
            if reply.status_code != 200:
                self.errors[reply.text[:80]] += 1
                continue
            for sheet in reply.json()["sheets"]:
                have.add(sheet["record"])
                self._clear(person, sheet, rng)

    def _clear(self, person: Visitor, sheet: dict[str, Any], rng: random.Random) -> None:
        names = [one["name"] for one in sheet["fields"]]
        self.shown.extend((sheet["record"], name) for name in names)
        for name in names:
            time.sleep(rng.uniform(0.5, 1.5) * self.think)
            decision = {
                "record": sheet["record"],
                "reading": sheet["reading"],
                "field": name,
                "verdict": "accept",
                "seconds": self.think,
            }
            answer = person.post("decision", "/review/decide", decision)
            if answer.status_code == 200:
                self.done.append((sheet["record"], name))
            else:
                self.errors[answer.text[:80]] += 1


def together(
    journal_url: str, url: str, people: int, seconds: float, think: float
) -> tuple[list[str], str]:
    """Many people review at once; afterwards the journal must hold each answered field once."""
    staff = [Visitor(url, f"user{n:02d}") for n in range(people)]
    for person in staff:
        person.times.clear()
    with open_journal(journal_url) as journal:
        last = next(journal.chain.events(newest_first=True, limit=1)).seq
    shift = _Shift(time.monotonic() + seconds, think)
    threads = []
    for number, person in enumerate(staff):
        threads.append(threading.Thread(target=shift.work, args=(person, number)))
    begun = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.monotonic() - begun
    times: dict[str, list[float]] = defaultdict(list)
    for person in staff:
        for kind, values in person.times.items():
            times[kind] += values
    kept = []
    with open_journal(journal_url) as journal:
        for event in journal.chain.events(kind="decided", after=last):
            kept.append((event.record, event.payload["field"]))
        broken = journal.chain.verify()
    shown_twice = sum(n - 1 for n in Counter(shift.shown).values())
    done = shift.done
    lost = len(set(done) - set(kept))
    kept_twice = len(kept) - len(set(kept))
    chain = "whole" if broken is None else f"broken at {broken}"
    lines = [line.replace("| ", f"| {people} at once: ", 1) for line in told(times)]
    return lines, (
        f"{people} people at once for {took:.0f} s, {think:.1f} s of thought "
        f"a field: {len(done)} decisions; fields shown to two people\n"
        f"{shown_twice}; answers acknowledged {len(done)}, in the journal "
        f"{len(kept)}, lost {lost}, twice "
        f"{kept_twice}; errors {dict(shift.errors) or 0}; "
        f"chain {chain}."
    )


def load(arguments: argparse.Namespace) -> None:
    with (
        tempfile.TemporaryDirectory(prefix="torikomi-desk-") as temporary,
        contextlib.ExitStack() as stack,
    ):
        Path(temporary).chmod(0o755)
        folder = arguments.folder or Path(temporary) / "site"
        url = (
            stack.enter_context(postgresql(folder / "postgresql"))
            if arguments.postgresql
            else sqlite(folder)
        )
        if (folder / "site.toml").is_file():
            settings(folder, url)
        else:
            make_site(folder, arguments.records, arguments.people, url)
        deliver_all(url)
        with DeskProcess(folder) as served:
            lines = alone(served.url, arguments.rounds)
            more, said = together(
                url, served.url, arguments.people, arguments.seconds, arguments.think
            )
    name, flag = ("PostgreSQL", " --postgresql") if arguments.postgresql else ("SQLite", "")
    table = ["| request | n | median, ms | p95 | slowest |", "|---|---|---|---|---|", *lines, *more]
    about = (
        f"{arguments.records:,} records; taken at the client over loopback "
        f"HTTP; load average at the end {os.getloadavg()[0]:.0f}."
    )
    write_section(
        f"Desk: under load, {name}",
        "\n".join([*table, "", about, said]),
        f"python -m benchmarks.desk load{flag}",
    )
