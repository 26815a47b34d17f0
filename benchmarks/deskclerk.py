"""A simulated clerk in a real browser: the same sheets with the doubtful fields only, and with every field."""

from __future__ import annotations

import argparse
import dataclasses
import json
import shutil
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

from playwright.sync_api import TimeoutError

from benchmarks.madeoffice import PASSWORD, SAMPLES, DeskProcess, make_site
from benchmarks.resultpage import write_section
from records.compare import same
from records.types import Receipt, Record
from records.written import written

LOOK = 0.9
PER_CHARACTER = 0.06
PER_KEY = 0.20
CHOOSE = 0.6
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
        now = desk.now()
        forms = {record.form: desk.forms[record.form] for record in records}
        desk.journal.documents.receive(document, records[0].form, 1, now)
        desk.journal.readings.store(
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
        self.hurry = hurry
        self.seconds = 0.0

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
        # Nobody compares with a picture that is not there yet.
        page.wait_for_function(_PICTURE, timeout=60_000)
        here = page.evaluate(_SCREEN)
        record, name, *_ = here["key"].split("/")
        kind = ""
        right = ""
        if name:
            (row,) = desk.journal.records.many([record])
            kind = desk.forms[row.line.form].fields[name].kind
            right = written(kind, truth[record].get(name))
        answer(page, here, kind, right, thinking)
        for _ in range(4):  # what still has problems is questioned
            try:
                moved = page.wait_for_function(_MOVED, arg=here["key"], timeout=5000)
                if moved.json_value() != "asked":
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
        wanted = set(right.split("、")) if right else set()
        chosen = {text for text, pressed, _ in here["choices"] if pressed == "true"}
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


def _check_once(folder: Path) -> None:
    """One clerk: nobody checks a second time."""
    for definition in (folder / "forms").glob("*/form.toml"):
        text = definition.read_text(encoding="utf-8")
        definition.write_text(text.replace("verify = true", ""), encoding="utf-8")


def _sit_down(
    folder: Path,
    desk: Any,
    truths: dict[str, dict[str, Any]],
    thinking: Thinking,
    chromium: str | None,
) -> None:
    """The clerk logs in and clears everything that waits."""
    from playwright.sync_api import sync_playwright

    with DeskProcess(folder) as served, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        # The clerk asks the page's scripts what is shown, which its own policy forbids.
        page = browser.new_page(viewport={"width": 1366, "height": 768}, bypass_csp=True)
        page.goto(f"{served.url}/login")
        page.fill("input[name=name]", "user00")
        page.fill("input[name=password]", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/review")
        page.goto(f"{served.url}/review/sheet")
        work_through(page, desk, truths, thinking)
        browser.close()


def clerk(arguments: argparse.Namespace) -> None:
    """The same sheets twice on the same page; what counts is the attention that the page measured
    and the journal keeps."""
    from flows.composition import open_site

    results: dict[str, tuple[int, float, float, int]] = {}
    read: list[tuple[Record, dict[str, Any]]] = []
    with tempfile.TemporaryDirectory(prefix="torikomi-clerk-") as temporary:
        first = Path(temporary) / "doubtful"
        for way in ("doubtful", "every"):
            folder = Path(temporary) / way
            make_site(folder, 0, 1)
            _check_once(folder)
            opened = open_site(folder)
            desk = opened.desk
            thinking = Thinking(arguments.hurry)
            read = read or read_scans(desk, arguments.sheets)
            if folder != first:
                shutil.copytree(first / "archive", folder / "archive", dirs_exist_ok=True)
            enter(desk, [record for record, _ in read], every=way == "every")
            truths = {record.id: fields for record, fields in read}
            _sit_down(folder, desk, truths, thinking, arguments.chromium)
            made = [row.decision for row in desk.journal.work.decisions()]
            rows = desk.journal.records.many(list(truths))
            right = sum(_right(row, truths[row.id]) for row in rows)
            seconds = sum(decision.seconds for decision in made) + thinking.spared
            results[way] = (len(made), seconds, thinking.seconds, right)
            opened.close()
    total = sum(len(r.fields) for r, _ in read)
    lines = [
        "| shown to the clerk | fields looked at | attention, s a sheet "
        "| … of which the page's own | fields right afterwards |",
        "|---|---|---|---|---|",
    ]
    for way, (n, seconds, thought, right) in results.items():
        name = {"doubtful": "only the doubtful fields", "every": "every field"}[way]
        each = seconds / len(read)
        own = (seconds - thought) / len(read)
        lines.append(f"| {name} | {n} of {total} | {each:.1f} | {own:.1f} | {right / total:.4f} |")
    once = f"{len(read)} sheets of the sample office, all forms, scans and FAX. {_DECLARED}"
    write_section(
        "Desk: attention",
        "\n".join([*lines, "", once]),
        f"python -m benchmarks.desk clerk --sheets {arguments.sheets} --hurry {arguments.hurry:g}",
    )


def _right(row: Any, truth: dict[str, Any]) -> int:
    return sum(same(f.kind, f.value, truth.get(n)) for n, f in row.record.fields.items())
