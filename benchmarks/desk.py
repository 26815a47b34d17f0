"""The desk under load and in a clerk's hands.

``python -m benchmarks.desk load`` puts 100,000 records into a journal, serves it, and measures what
a person waits for; then 50 people review at once, and what they did is compared with the journal.

``python -m benchmarks.desk clerk`` reads sample scans and lets a simulated clerk clear the same
sheets on the same page twice: only the doubtful fields, and every field.

All times are taken at the client on the loopback interface, so they include HTTP and are upper
bounds for the server's.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import datetime as dt
import hashlib
import json
import os
import random
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa
from playwright.sync_api import TimeoutError

from benchmarks.postgresql import postgresql
from benchmarks.resultpage import write_section
from desk.logins import EVERY, People, User
from records.compare import same
from records.formloading import load_forms
from records.forms import FormDef
from records.journal import Journal, open_journal
from records.types import Field, Problem, Reading, Receipt, Record
from records.written import written

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
PASSWORD = "sakura-no-hana"
DOUBT = Problem("low_score", "はっきり読めません。用紙を確認してください")
SURNAMES = tuple(
    re.split(
        " ",
        "東島 光武 山口 田中 井手 吉田 松尾 中村 西村 馬場 江口 古賀 川崎 副島 永石 岩永 峰松 織田 森田 原",
    )
)
GIVEN = tuple(
    re.split(
        " ",
        "裕太 礼子 健一 美咲 翔太 和子 直樹 陽菜 大輔 恵子 蓮 結衣 隆 由美 誠 拓海 節子 勇気 千夏 昇",
    )
)
TOWNS = tuple(re.split(" ", "納富分 高津原 重ノ木 山浦 三河内 古枝 浜町 音成 飯田 常広 井手 中村"))


# --- a large journal ------------------------------------------------------------------------------


def sqlite(folder: Path) -> str:
    return f"sqlite:///{folder / 'torikomi.db'}"


def settings(folder: Path, url: str = "") -> None:
    """Write site.toml: the sample office's, and where the journal is."""
    journal = f'\n[journal]\nurl = "{url}"\n' if url else ""
    sample = (SAMPLES / "site.toml").read_text(encoding="utf-8")
    (folder / "site.toml").write_text(sample + journal, encoding="utf-8")


def make_site(folder: Path, count: int, people: int, url: str = "") -> None:
    """The sample office with ``count`` sheets of 55 and of 15 fields, a fifth of them waiting, and
    ``people`` who may log in."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(SAMPLES / "forms", folder / "forms", dirs_exist_ok=True)
    shutil.copy2(SAMPLES / "strategy.toml", folder / "strategy.toml")
    settings(folder, url)
    users = People(folder / "desk.db")
    for n in range(people):
        users.add(
            User(f"user{n:02d}", f"職員 {n}", frozenset({"staff"}), frozenset({EVERY})), PASSWORD
        )
    forms = load_forms(folder / "forms")
    mixed = [
        forms[name]
        for name in ("child_allowance", "child_allowance", "child_allowance", "staff_survey")
    ]
    rng = random.Random(1)
    begun = time.monotonic()
    with open_journal(url or sqlite(folder)) as journal:
        for start in range(0, count, 500):
            with journal.batch() as batch:
                for n in range(start, min(count, start + 500)):
                    put(batch, mixed[n % len(mixed)], n, rng)
            print(
                f"\r{min(count, start + 500):,} records, {time.monotonic() - begun:.0f} s",
                end="",
                file=sys.stderr,
            )
    print(file=sys.stderr)


def deliver_all(url: str) -> None:
    """Take what nobody needs to look at for delivered, as in an office that works; the tables
    themselves are not written."""
    parsed = sa.make_url(url)
    engine = sa.create_engine(
        parsed.set(drivername="postgresql+psycopg") if parsed.drivername == "postgresql" else parsed
    )
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE records SET state='delivered' WHERE state='ready'")
        connection.exec_driver_sql("DELETE FROM tallies WHERE scope='record'")
        connection.exec_driver_sql(
            "INSERT INTO tallies SELECT 'record', form, state, count(*) FROM records GROUP BY form, state"
        )
    engine.dispose()


def put(journal: Journal, form: FormDef, n: int, rng: random.Random) -> None:
    """One sheet as if it had been read; every fifth has three doubtful fields."""
    sha = hashlib.sha256(str(n).encode()).hexdigest()
    at = dt.datetime(2026, 1, 1, 9, tzinfo=dt.UTC) + dt.timedelta(minutes=n)
    names = [
        name
        for name, f in form.fields.items()
        if f.kind in ("name", "date", "phone", "text", "digits", "choice")
    ]
    doubtful = frozenset(names[:3] if n % 5 == 0 else ())
    fields = {name: field(form, name, name in doubtful, rng) for name in form.fields}
    record = Record(Record.id_of(sha, 1), sha, (1,), form.id, form.version, 0.95, fields)
    journal.receive(sha, f"scan_{n:06d}.tif", 100_000, at)
    journal.store_read(
        sha,
        [record],
        receipts=[Receipt("read", form.id, form.initiative, {"sheets": 1}, 1.0)],
        at=at,
        pages=1,
    )


def field(form: FormDef, name: str, doubtful: bool, rng: random.Random) -> Field:
    made = form.fields[name]
    person = f"{rng.choice(SURNAMES)}　{rng.choice(GIVEN)}"
    values: dict[str, Any] = {
        "name": person,
        "kana": "ヒガシジマ　ユウタ",
        "date": f"19{rng.randint(50, 99)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}",
        "phone": f"0954-6{rng.randint(0, 9)}-{rng.randint(0, 9999):04d}",
        "postal_code": "849-1313",
        "address": f"鹿島市大字{rng.choice(TOWNS)}{rng.randint(1, 3000)}番地{rng.randint(1, 40)}",
        "my_number": "123456789018",
        "text": rng.choice(["長男", "二女", "子"]),
        "mark": True,
        "seal": True,
        "signature": True,
        "choices": [],
        "bank_account": {
            "bank_code": "0179",
            "bank_name": "佐賀銀行",
            "branch_code": "669",
            "branch_name": "鹿島支店",
            "account_kind": "普通",
            "number": f"{rng.randint(0, 9_999_999):07d}",
            "holder": "ヒガシジマ　ユウタ",
        },
    }
    value = values.get(
        made.kind, next(iter(made.place.options)) if made.place and made.place.options else "x"
    )
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return Field(
        name,
        made.kind,
        text,
        value,
        0.6 if doubtful else 0.999,
        (DOUBT,) if doubtful else (),
        (Reading(text, 0.8, "ppocr", ((text + "7", 0.1),)),),
        made.area,
        made.page,
        unseen=not doubtful,
    )


# --- people ---------------------------------------------------------------------------------------


class Served:
    """``torikomi desk`` in a process of its own."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-c",
                "from flows.cli import main; main()",
                "desk",
                "--port",
                str(port),
                "--site",
                str(folder),
            ]
        )

    def __enter__(self) -> Served:
        for _ in range(300):
            try:
                httpx.get(f"{self.url}/login", trust_env=False)
                return self
            except httpx.TransportError:
                time.sleep(0.2)
        raise RuntimeError("the desk does not answer")

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(20)


class Person:
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
    person, rng = Person(url, "user00"), random.Random(2)
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


def together(
    journal_url: str, url: str, people: int, seconds: float, think: float
) -> tuple[list[str], str]:
    """Many people review at once; afterwards the journal must hold each answered field once."""
    staff = [Person(url, f"user{n:02d}") for n in range(people)]
    for person in staff:
        person.times.clear()
    shown: list[tuple[str, str]] = []
    done: list[tuple[str, str]] = []
    errors: Counter[str] = Counter()
    with open_journal(journal_url) as journal:
        last = next(journal.events(newest_first=True, limit=1)).seq
    end = time.monotonic() + seconds

    def work(person: Person, seed: int) -> None:
        rng = random.Random(seed)
        have: set[str] = set()
        while time.monotonic() < end:
            reply = person.post("next sheet", "/review/next", {"form": "", "have": sorted(have)})
            if reply.status_code != 200:
                errors[reply.text[:80]] += 1
                continue
            for sheet in reply.json()["sheets"]:
                have.add(sheet["record"])
                shown.extend((sheet["record"], one["name"]) for one in sheet["fields"])
                for one in sheet["fields"]:
                    time.sleep(rng.uniform(0.5, 1.5) * think)
                    answer = person.post(
                        "decision",
                        "/review/decide",
                        {
                            "record": sheet["record"],
                            "reading": sheet["reading"],
                            "field": one["name"],
                            "verdict": "accept",
                            "seconds": think,
                        },
                    )
                    if answer.status_code == 200:
                        done.append((sheet["record"], one["name"]))
                    else:
                        errors[answer.text[:80]] += 1

    threads = [threading.Thread(target=work, args=(person, n)) for n, person in enumerate(staff)]
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
    with open_journal(journal_url) as journal:
        kept = [(e.record, e.payload["field"]) for e in journal.events(kind="decided", after=last)]
        whole = journal.verify()
    twice = sum(n - 1 for n in Counter(shown).values())
    lines = [line.replace("| ", f"| {people} at once: ", 1) for line in told(times)]
    return lines, (
        f"{people} people at once for {took:.0f} s, {think:.1f} s of thought "
        f"a field: {len(done)} decisions; fields shown to two people\n"
        f"{twice}; answers acknowledged {len(done)}, in the journal "
        f"{len(kept)}, lost {len(set(done) - set(kept))}, twice "
        f"{len(kept) - len(set(kept))}; errors {dict(errors) or 0}; "
        f"chain {'whole' if whole is None else f'broken at {whole}'}."
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
        with Served(folder) as served:
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


# --- a simulated clerk ----------------------------------------------------------------------------

LOOK, PER_CHARACTER, PER_KEY, CHOOSE = 0.9, 0.06, 0.20, 0.6
"""Seconds: finding the field on the paper, comparing one character, typing one, choosing one of
several. Declared, not measured: the two ways of working are compared under the same figures."""

_DECLARED = f"""The clerk is simulated in Chromium at 1366×768: {LOOK} s to find a field on the paper,
{PER_CHARACTER} s to compare a character, {PER_KEY} s to type one,
{CHOOSE} s to choose one of several (declared); the page's own time between two fields is measured,
as the journal keeps it."""


def read_scans(desk: Any, sheets: int) -> list[tuple[Record, dict[str, Any]]]:
    """Sheets of the sample office as the machine reads them, each with its truth.

    Args:
        sheets: how many, one of each form first; 0 for all that can be read as what they are.
    """
    from ocr.pages.opening import sha256_of
    from ocr.reader import Reader

    reader = Reader(desk.forms, desk.site.office, desk.site.reading, desk.site.intake)
    found: list[tuple[Record, dict[str, Any]]] = []
    for path in sorted(
        (SAMPLES / "scans").glob("*_01.*" if sheets else "*"),
        key=lambda p: ("fax" in p.name, p.name),
    ):
        if sheets and len(found) >= sheets:
            break
        truth = json.loads((SAMPLES / "truth" / f"{path.name}.json").read_text(encoding="utf-8"))[
            "sheets"
        ]
        right = {(sheet["form"], tuple(sheet["pages"])): sheet["fields"] for sheet in truth}
        sha = sha256_of(path)
        for item in reader.read(path, sha) if right else ():
            if (
                isinstance(item, Record)
                and (item.form, item.pages) in right
                and not (sheets and len(found) >= sheets)
            ):
                found.append((item, right[item.form, item.pages]))
                place = desk.site.archive / "2026" / sha[:2] / f"{sha}{path.suffix}"
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, place)
        print(f"\r{len(found)} sheets read", end="", file=sys.stderr)
    print(file=sys.stderr)
    return found


def enter(desk: Any, read: list[Record], *, every: bool) -> None:
    """Put sheets into the journal as they were read, or with every field for a person."""
    documents: dict[str, list[Record]] = defaultdict(list)
    for record in read:
        if every:
            fields = {n: dataclasses.replace(f, unseen=False) for n, f in record.fields.items()}
            record = dataclasses.replace(record, fields=fields)
        documents[record.document].append(record)
    for document, records in documents.items():
        now, forms = desk.now(), {record.form: desk.forms[record.form] for record in records}
        desk.journal.receive(document, records[0].form, 1, now)
        desk.journal.store_read(
            document,
            records,
            receipts=[
                Receipt("read", form.id, form.initiative, {"sheets": 1}, 1.0)
                for form in forms.values()
            ],
            at=now,
        )


_SCREEN = """() => {
  const $ = id => document.getElementById(id), lines = !$("entry-lines").hidden;
  return {key: $("review").dataset.showing || "", value: $("entry-box").hidden ? null :
    (lines ? $("entry-lines") : $("entry")).value,
          choices: [...document.querySelectorAll("#choices button")].map(b =>
              [b.lastChild.textContent.trim(), b.getAttribute("aria-pressed") || b.getAttribute("aria-checked"),
               b.querySelector("kbd").textContent])};
}"""
_PICTURE = """() => !document.getElementById("finished").hidden || document.getElementById("crop-box").hidden
  || (document.getElementById("crop").complete && document.getElementById("crop").naturalWidth > 0)"""
_MOVED = """old => document.getElementById("review").dataset.showing !== old ||
  !document.getElementById("finished").hidden
  || (!document.getElementById("insist").hidden && "asked")"""


class Thinking:
    """What the clerk needs for looking and typing, spent ``hurry`` times faster; the page's own
    time is spent in full."""

    def __init__(self, hurry: float) -> None:
        self.hurry, self.seconds = hurry, 0.0

    def take(self, seconds: float) -> None:
        self.seconds += seconds
        time.sleep(seconds / self.hurry)

    @property
    def spared(self) -> float:
        return self.seconds * (1 - 1 / self.hurry)


def work_through(
    page: Any, desk: Any, truth: dict[str, dict[str, Any]], thinking: Thinking
) -> None:
    """Clear everything that waits, by keyboard: compare, and where the value is wrong choose or
    type the right one."""
    while True:
        page.wait_for_function(
            "!document.getElementById('finished').hidden || document.getElementById('label').textContent"
        )
        if page.locator("#finished").is_visible():
            return
        page.wait_for_function(
            _PICTURE, timeout=60_000
        )  # nobody compares with a picture that is not there yet
        here = page.evaluate(_SCREEN)
        record, name, *_ = here["key"].split("/")
        kind = (
            desk.forms[next(r.line.form for r in desk.journal.records([record]))].fields[name].kind
            if name
            else ""
        )
        right = written(kind, truth[record].get(name)) if name else ""
        answer(page, here, kind, right, thinking)
        for _ in range(4):  # what still has problems is questioned
            try:
                if (
                    page.wait_for_function(_MOVED, arg=here["key"], timeout=5000).json_value()
                    != "asked"
                ):
                    break
                thinking.take(LOOK)
            except TimeoutError:
                print(f"no answer to {name} of {record}", file=sys.stderr)
            page.keyboard.press("Control+Enter")


def answer(page: Any, here: dict[str, Any], kind: str, right: str, thinking: Thinking) -> None:
    """What the clerk does about one field."""
    shown = (
        here["value"]
        if here["value"] is not None
        else "、".join(text for text, pressed, _ in here["choices"] if pressed == "true")
    )
    texts = [text for text, *_ in here["choices"]]
    thinking.take(LOOK + PER_CHARACTER * len(shown))
    if "*" in shown or same("text", shown, right) or (kind == "bank_account" and not right):
        page.keyboard.press("Enter")
        return
    keys = {text: key for text, _, key in here["choices"]}
    if here["value"] is None and kind != "choices" and (right or "空欄") in texts:
        thinking.take(CHOOSE)
        page.keyboard.press(keys[right or "空欄"])
    elif here["value"] is None:
        wanted, chosen = (
            set(right.split("、")) if right else set(),
            {text for text, pressed, _ in here["choices"] if pressed == "true"},
        )
        for text in texts:
            if text != "空欄" and (text in wanted) != (text in chosen):
                thinking.take(CHOOSE)
                page.keyboard.press(keys[text])
        page.keyboard.press("Enter")
    elif right in texts[:6]:
        thinking.take(CHOOSE)
        page.keyboard.press("Tab")  # out of the entry: there every key types
        page.keyboard.press(keys[right])
    else:
        thinking.take(PER_KEY * len(right))
        page.keyboard.insert_text(right) if right else page.keyboard.press("Delete")
        page.keyboard.press("Enter")


def clerk(arguments: argparse.Namespace) -> None:
    """The same sheets twice on the same page; what counts is the attention that the page measured
    and the journal keeps."""
    from playwright.sync_api import sync_playwright

    from flows.composition import open_site

    results: dict[str, tuple[int, float, float, int]] = {}
    read: list[tuple[Record, dict[str, Any]]] = []
    with tempfile.TemporaryDirectory(prefix="torikomi-clerk-") as temporary:
        for way in ("doubtful", "every"):
            folder = Path(temporary) / way
            make_site(folder, 0, 1)
            for definition in (folder / "forms").glob(
                "*/form.toml"
            ):  # one clerk: nobody checks a second time
                definition.write_text(
                    definition.read_text(encoding="utf-8").replace("verify = true", ""),
                    encoding="utf-8",
                )
            opened = open_site(folder)
            desk = opened.desk
            thinking = Thinking(arguments.hurry)
            read = read or read_scans(desk, arguments.sheets)
            for record, _ in read:
                for place in (Path(temporary) / "doubtful" / "archive").rglob(
                    f"{record.document}*"
                ):
                    target = folder / place.relative_to(Path(temporary) / "doubtful")
                    target.parent.mkdir(parents=True, exist_ok=True)
                    if not target.exists():
                        shutil.copy2(place, target)
            enter(desk, [record for record, _ in read], every=way == "every")
            with Served(folder) as served, sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path=arguments.chromium, args=["--no-sandbox", "--disable-gpu"]
                )
                page = browser.new_page(
                    viewport={"width": 1366, "height": 768}, bypass_csp=True
                )  # for the clerk to look around
                page.goto(f"{served.url}/login")
                page.fill("input[name=name]", "user00")
                page.fill("input[name=password]", PASSWORD)
                page.keyboard.press("Enter")
                page.wait_for_url("**/review")
                page.goto(f"{served.url}/review/sheet")
                work_through(page, desk, {r.id: fields for r, fields in read}, thinking)
                browser.close()
            made = [row.decision for row in desk.journal.decisions()]
            truths = {r.id: fields for r, fields in read}
            right = sum(_right(row, truths[row.id]) for row in desk.journal.records(list(truths)))
            results[way] = (
                len(made),
                sum(d.seconds for d in made) + thinking.spared,
                thinking.seconds,
                right,
            )
            opened.close()
    total = sum(len(r.fields) for r, _ in read)
    lines = [
        "| shown to the clerk | fields looked at | attention, s a sheet "
        "| … of which the page's own | fields right afterwards |",
        "|---|---|---|---|---|",
    ]
    for way, (n, seconds, thought, right) in results.items():
        name = {"doubtful": "only the doubtful fields", "every": "every field"}[way]
        each, own = seconds / len(read), (seconds - thought) / len(read)
        lines.append(f"| {name} | {n} of {total} | {each:.1f} | {own:.1f} | {right / total:.4f} |")
    once = f"{len(read)} sheets of the sample office, all forms, scans and FAX. {_DECLARED}"
    write_section(
        "Desk: attention",
        "\n".join([*lines, "", once]),
        f"python -m benchmarks.desk clerk --sheets {arguments.sheets} --hurry {arguments.hurry:g}",
    )


def _right(row: Any, truth: dict[str, Any]) -> int:
    return sum(same(f.kind, f.value, truth.get(n)) for n, f in row.record.fields.items())


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parts = parser.add_subparsers(required=True)
    one = parts.add_parser("load", help="100,000 records, 50 people")
    one.add_argument(
        "--folder", type=Path, default=None, help="keep the site here, and use it again"
    )
    one.add_argument(
        "--postgresql", action="store_true", help="the journal in a PostgreSQL server of its own"
    )
    one.add_argument("--records", type=int, default=100_000)
    one.add_argument("--people", type=int, default=50)
    one.add_argument("--rounds", type=int, default=30)
    one.add_argument("--seconds", type=float, default=40.0)
    one.add_argument("--think", type=float, default=3.0)
    one.set_defaults(run=load)
    two = parts.add_parser("clerk", help="a simulated clerk over sample scans")
    two.add_argument("--sheets", type=int, default=0, help="how many; 0: all")
    two.add_argument(
        "--hurry",
        type=float,
        default=1.0,
        help="look and type so many times faster, and add what that spared",
    )
    two.add_argument("--chromium", default=shutil.which("chromium"))
    two.set_defaults(run=clerk)
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
