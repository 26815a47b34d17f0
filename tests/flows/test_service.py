"""The service over a small office: everything that arrives ends in one place, and people are
told."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import openpyxl
import pytest

from flows.commands.state import retry_document, status_lines
from flows.composition import journal_of, open_site
from flows.definitions import load_definitions
from flows.delivery import Delivery
from flows.intake import Intake
from flows.prefect.prefectserver import PrefectServer
from flows.replay import Reader
from flows.service import Service, in_thread, run_service
from flows.servicetotals import Told, Totals
from records.errors import ServiceError
from records.site import load_site
from records.types import Record
from tests.flows.office import drop, make_office, sheet

pytestmark = pytest.mark.usefixtures("prefect_url")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return make_office(tmp_path / "office")


def run_once(site: Path, told: Told | None = None) -> Totals:
    with open_site(site) as office:
        return run_service(office, told or Told(), role="once")


def rows(site: Path) -> list[tuple[object, ...]]:
    book = openpyxl.load_workbook(site / "ledgers" / "survey.xlsx")
    found = [
        row for row in book["受付簿"].iter_rows(min_row=2, values_only=True) if row[0] is not None
    ]
    book.close()
    return found


def numbers(site: Path) -> list[str]:
    return sorted(str(row[0]) for row in rows(site))


def everything_in(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.rglob("*") if p.is_file())


def test_every_sheet_ends_in_its_place(site: Path) -> None:
    drop(site, "a.json", sheet("1"), sheet("2"))
    drop(site, "b.json", sheet("3", doubtful=True))
    drop(site, "c.json", error="truncated", message="途中で切れています。取り直してください")
    drop(site, "d.json", sheet("1"), sheet("2"))  # the same content as a.json
    drop(site, "fax/e.json", sheet("4"))
    totals = run_once(site)

    assert numbers(site) == ["1", "2", "4"]
    assert all(row[1] == "0954-63-2111" for row in rows(site))
    assert (
        totals.documents,
        totals.sheets,
        totals.waiting,
        totals.failed,
        totals.duplicates,
        totals.rows,
    ) == (4, 4, 1, 1, 1, 3)
    assert everything_in(site / "failed") == ["c.json", "c.json.理由.txt"]
    assert everything_in(site / "inbox") == []
    assert everything_in(site / "work" / "processing") == []
    assert len(everything_in(site / "archive")) == 3
    with journal_of(load_site(site)) as journal:
        text = "\n".join(status_lines(journal, load_definitions(site).forms))
        [fax] = [row for row in journal.documents.page() if row.name == "e.json"]
    assert fax.channel == "fax"
    assert "確認待ち 1  転記待ち 0  転記済み 3" in text
    assert "c.json: 途中で切れています" in text
    assert "torikomi review" in text


def test_a_second_run_does_nothing_and_needs_no_prefect(site: Path) -> None:
    drop(site, "a.json", sheet("1"))
    run_once(site)
    begun = time.monotonic()
    again = run_once(site, Told(started=lambda page: pytest.fail("Prefect was not needed")))
    assert (again.documents, again.rows) == (0, 0)
    assert time.monotonic() - begun < 3


def test_runs_are_named_and_tagged_for_people_and_hold_nothing_from_the_paper(
    site: Path, prefect_url: str
) -> None:
    drop(site, "鹿島花子の申請.json", sheet("ひみつ-4711"), sheet("ひみつ-4712", doubtful=True))
    run_once(site)
    found = httpx.post(
        f"{prefect_url}/flow_runs/filter", json={"sort": "START_TIME_DESC", "limit": 2}
    ).json()
    names = {run["name"]: run for run in found}
    assert set(names) == {"取込 職員アンケート 2枚", "転記 職員アンケート 1行"}
    assert all(run["state"]["name"] == "Completed" for run in found)
    assert set(names["取込 職員アンケート 2枚"]["tags"]) == {
        "torikomi",
        "survey",
        "EFF-01",
        "福祉課",
    }
    artifacts = httpx.post(
        f"{prefect_url}/artifacts/filter",
        json={"artifacts": {"flow_run_id": {"any_": [run["id"] for run in found]}}},
    ).json()
    assert {a["key"] for a in artifacts} >= {
        "torikomi-progress",
        "torikomi-batch",
        "torikomi-report",
        "torikomi-delivery",
    }
    assert next(a for a in artifacts if a["key"] == "torikomi-progress")["data"] == 100.0
    base = sqlite3.connect(Path(os.environ["PREFECT_HOME"]) / "prefect.db")
    tables = [name for (name,) in base.execute("select name from sqlite_master where type='table'")]
    everything = " ".join(
        str(row) for table in tables for row in base.execute(f'select * from "{table}"')
    )
    base.close()
    assert "EFF-01" in everything
    assert "ひみつ" not in everything
    assert "鹿島花子" not in everything
    assert json.dumps("ひみつ")[1:-1] not in everything


def test_an_open_workbook_makes_rows_wait_and_says_so(site: Path) -> None:
    drop(site, "a.json", sheet("1"))
    run_once(site)
    lock = site / "ledgers" / "~$survey.xlsx"
    lock.write_bytes(b"\x05clerk")
    drop(site, "b.json", sheet("2"))
    said: list[str] = []
    totals = run_once(site, Told(trouble=said.append))
    assert numbers(site) == ["1"]
    assert totals.unfinished
    assert "survey.xlsx" in said[0]
    assert "閉じ" in said[0]
    lock.unlink()
    assert run_once(site).rows == 1
    assert numbers(site) == ["1", "2"]


def test_pages_of_no_form_beside_read_ones_are_told_in_failed(site: Path) -> None:
    drop(
        site,
        "a.json",
        sheet("1"),
        {"refuse": "no_form", "message": "2ページ目に合う様式がありません"},
        {"refuse": "blank", "message": "白紙です"},
    )
    drop(
        site,
        "b.json",
        {"refuse": "blank", "message": "白紙です"},
        {"refuse": "no_form", "message": "様式がありません"},
    )
    drop(site, "c.json", sheet("2"), {"refuse": "blank", "message": "裏面は白紙です"})
    totals = run_once(site)
    assert numbers(site) == ["1", "2"]
    assert totals.failed == 1
    assert everything_in(site / "failed") == [
        "a.json",
        "a.json.理由.txt",
        "b.json",
        "b.json.理由.txt",
    ]
    reason = (site / "failed" / "a.json.理由.txt").read_text("utf-8-sig")
    assert "2ページ: 2ページ目に合う様式がありません" in reason
    assert "白紙" not in reason
    assert "様式がありません" in (site / "failed" / "b.json.理由.txt").read_text("utf-8-sig")


def test_retry_brings_a_failed_document_back(site: Path) -> None:
    drop(site, "a.json", sheet("1"), form="missing")
    definitions = load_definitions(site)
    path = drop(site, "b.json", error="password", message="パスワードがかかっています")
    content = path.read_bytes()
    run_once(site)
    assert "b.json" in everything_in(site / "failed")
    with journal_of(definitions.site) as journal:
        assert "もう一度読み取りに回しました" in retry_document(definitions, journal, "b.json")
        assert "もう読み取りを待っています" in retry_document(definitions, journal, "b.json")
    assert "b.json" not in everything_in(site / "failed")
    run_once(site)
    assert (site / "failed" / "b.json").read_bytes() == content


def test_dropping_a_failed_file_again_tries_it_again_and_leaves_one_copy(site: Path) -> None:
    path = drop(site, "a.json", error="truncated", message="切れています")
    content = path.read_bytes()
    run_once(site)
    (site / "inbox" / "again.json").write_bytes(content)
    assert run_once(site).failed == 1
    assert everything_in(site / "failed") == ["again.json", "again.json.理由.txt"]


class Unsteady(Reader):
    """A reader behind which something outside is away for the first ``times`` reads."""

    times = 0
    error: Exception = ServiceError("folder", "共有フォルダーにつながりません", retry_after=1)

    def read(self, path: Path, *given: object) -> Iterator[Record]:  # type: ignore[override]
        if self.times:
            self.times -= 1
            raise self.error
        yield from super().read(path, *given)  # type: ignore[misc, arg-type]


@pytest.fixture
def serve(site: Path) -> Iterator[Callable[..., Totals]]:
    """Run one sweep with a reader of the test's own."""
    definitions = load_definitions(site)
    with journal_of(definitions.site) as journal:

        def run(times: int, error: Exception | None = None) -> Totals:
            made = definitions.site
            reader = Unsteady(definitions.forms, made.office, made.reading, made.intake)
            reader.times = times
            reader.error = error or reader.error
            return in_thread(
                Service(
                    Intake(definitions, journal, reader),
                    Delivery(definitions, journal),
                    PrefectServer(),
                    Told(),
                    "once",
                )
            )

        yield run


def test_what_is_away_for_a_moment_is_tried_again_within_the_run(
    site: Path, serve: Callable[..., Totals]
) -> None:
    drop(site, "a.json", sheet("1"))
    assert serve(1).sheets == 1
    with journal_of(load_site(site)) as journal:
        assert journal.documents.page()[0].attempts == 1


def test_what_stays_away_is_given_back_without_spending_an_attempt(
    site: Path, serve: Callable[..., Totals]
) -> None:
    drop(site, "a.json", sheet("1"))
    assert serve(3).sheets == 0
    with journal_of(load_site(site)) as journal:
        [row] = journal.documents.page()
        assert (row.state, row.attempts) == ("received", 0)
    assert serve(0).sheets == 1


def test_a_bug_on_one_document_does_not_stop_the_others(
    site: Path, serve: Callable[..., Totals]
) -> None:
    drop(site, "a.json", sheet("1"))
    drop(site, "b.json", sheet("2"))
    totals = serve(1, ZeroDivisionError("nothing personal"))
    assert (totals.sheets, totals.failed) == (1, 1)
    [log] = (site / "work" / "logs").iterdir()
    assert "ZeroDivisionError" in log.read_text()
    [reason] = (site / "failed").glob("*.理由.txt")
    assert str(log) in reason.read_text("utf-8-sig")


def test_a_second_service_on_the_same_site_is_refused(site: Path) -> None:
    refused: list[ServiceError] = []

    def second(_: object, __: int) -> None:
        try:
            run_once(site)
        except ServiceError as error:
            refused.append(error)

    drop(site, "a.json", sheet("1"))
    run_once(site, Told(swept=second))
    assert refused
    assert "別の torikomi が処理中です" in refused[0].message


def watch(site: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", "from flows.cli import main; main()", "watch", "--site", str(site)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )


def wait_for(what: Callable[[], bool], seconds: float = 40.0) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)


def test_watch_takes_what_arrives_and_stops_gracefully(site: Path) -> None:
    with watch(site) as service:
        try:
            drop(site, "a.json", sheet("1"))
            wait_for(lambda: (site / "ledgers" / "survey.xlsx").is_file())
            drop(site, "long.json", *(sheet(f"L{i}") for i in range(100)), seconds=60.0)
            wait_for(
                lambda: any(
                    "long" in p.name for p in (site / "work" / "processing").rglob("*.json")
                )
            )
            time.sleep(1.5)  # a few of its hundred sheets have been read
            begun = time.monotonic()
            service.send_signal(signal.SIGTERM)
            said, trouble = service.communicate(timeout=20)
            ended = time.monotonic()
        finally:
            service.kill()
    assert service.returncode == 0
    assert ended - begun < 10, "a long document is given back, not read to its end"
    assert "用紙 1 枚を読みました" in said
    assert "Traceback" not in trouble
    with journal_of(load_site(site)) as journal:
        states = {row.name: (row.state, row.attempts) for row in journal.documents.page()}
    assert states == {"a.json": ("read", 1), "long.json": ("received", 0)}


def test_a_file_that_is_still_growing_is_left_alone(tmp_path: Path) -> None:
    site = make_office(tmp_path / "office")
    settings = (
        (site / "site.toml")
        .read_text("utf-8")
        .replace("settle_seconds = 0.0", "settle_seconds = 1.0")
    )
    (site / "site.toml").write_text(settings, "utf-8")
    text = json.dumps({"sheets": [sheet("1"), sheet("2")]})
    path = site / "inbox" / "slow.json"
    path.write_text(text[:10], "utf-8")

    def copy() -> None:
        for end in range(20, len(text) + 10, 10):
            time.sleep(0.3)
            path.write_text(text[:end], "utf-8")

    copying = threading.Thread(target=copy)
    copying.start()
    totals = run_once(site)
    copying.join()
    assert (totals.sheets, totals.failed) == (2, 0)
