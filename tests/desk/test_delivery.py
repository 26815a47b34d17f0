"""The desk delivers by itself: what a person has decided or corrected is in the table soon after,
once, whoever else writes."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from desk.deliveryloop import DeliveryLoop, Held
from desk.opendesk import Desk
from flows.delivery import Delivery
from flows.deskdelivery import DeskDelivery
from flows.lock import single_writer
from records.errors import ServiceError
from tests.desk.client import Client
from tests.desk.office import Putter, Served, definitions_of, make_site, serve

Login = Callable[..., Client]

HOLD = """
import sys
from pathlib import Path
from flows.lock import single_writer
with single_writer(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Served]:
    """An office whose desk delivers, as ``torikomi desk`` serves it."""
    served, stop = serve(make_site(tmp_path / "site"), delivering=True)
    yield served
    stop()


def until(holds: Callable[[], object], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def rows_of(desk: Desk) -> list[dict[str, Any]]:
    """The rows of the child allowance ledger, by the office's own titles."""
    path = next(desk.site.ledgers.glob("児童手当*.xlsx"))
    titles, *rows = openpyxl.load_workbook(path)["受付簿"].iter_rows(values_only=True)
    return [dict(zip(map(str, titles), row, strict=True)) for row in rows if any(row)]


def state(desk: Desk, record: str) -> str:
    row = desk.journal.records.get(record)
    assert row is not None
    return row.state


def test_the_last_decision_of_a_sheet_brings_its_row_into_the_table(
    office: Served, as_client: Login
) -> None:
    record = office.put.sheet(
        "child_allowance_02.tif", "child_allowance", ["birth_date", "phone"], picture=False
    )
    clerk = as_client("fukushi1")
    (sheet,) = clerk.next()
    clerk.decide(sheet, "birth_date")
    time.sleep(0.6)  # two looks of the background worker
    assert not list(office.desk.site.ledgers.glob("*.xlsx"))  # a field is still in doubt
    assert (
        clerk.decide(sheet, "phone", "correct", "0954-62-1111", insist=True).json()["state"]
        == "ready"
    )
    until(lambda: state(office.desk, record.id) == "delivered")
    assert [row["電話"] for row in rows_of(office.desk)] == ["0954-62-1111"]


def test_a_correction_is_in_the_table_and_the_page_says_so(
    office: Served, as_user: Callable[[str], Page]
) -> None:
    record = office.put.sheet("child_allowance_02.tif", "child_allowance", [])
    office.desk.deliveries.wake()
    until(lambda: state(office.desk, record.id) == "delivered")
    page = as_user("fukushi1")
    page.goto(f"{office.url}/records/{record.id}")
    page.locator("tr[data-field=phone] button.correct").click()
    page.keyboard.insert_text("0954-62-1111")
    page.keyboard.press("Enter")
    expect(page.locator("tr[data-field=phone] .now")).to_have_text("0954-62-1111")
    expect(page.locator("h1 .state")).to_have_text("転記済み")
    assert [row["電話"] for row in rows_of(office.desk)] == ["0954-62-1111"]


def test_an_open_workbook_is_waited_for_and_both_pages_say_so(
    office: Served, as_user: Callable[[str], Page]
) -> None:
    first = office.put.sheet("child_allowance_02.tif", "child_allowance", [])
    office.desk.deliveries.wake()
    until(lambda: state(office.desk, first.id) == "delivered")
    book = next(office.desk.site.ledgers.glob("児童手当*.xlsx"))
    lock = book.with_name(
        f"~${book.name}"
    )  # what Excel puts beside a workbook that somebody has open
    lock.write_bytes(b"\x04\x00Sato".ljust(165, b"\x00"))
    second = office.put.sheet("child_allowance_03.tif", "child_allowance", [])
    office.desk.deliveries.wake()
    page, other = as_user("fukushi1"), as_user("zeimu1")
    page.goto(f"{office.url}/intake")
    expect(page.locator("#part .message")).to_contain_text("開")
    expect(page.locator("#part .message")).to_contain_text(book.name)
    other.goto(f"{office.url}/intake")
    expect(other.locator(".figures")).to_be_visible()
    expect(other.locator("#part .message")).to_have_count(0)  # another department's
    page.goto(f"{office.url}/records/{second.id}")
    expect(page.locator("#handing")).to_contain_text(book.name)
    assert len(rows_of(office.desk)) == 1
    lock.unlink()
    expect(page.locator("#handing")).to_contain_text(str(book))
    expect(page.locator("h1 .state")).to_have_text("転記済み")
    assert len(rows_of(office.desk)) == 2


def test_while_another_process_writes_the_desk_waits(
    still: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = Putter(still).sheet("child_allowance_02.tif", "child_allowance", [], picture=False)
    monkeypatch.setattr("flows.delivery.single_writer", lambda work: single_writer(work, wait=0.3))
    desk_delivery = DeskDelivery(definitions_of(still), still.journal, again=0.0)
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(still.site.work)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout is not None
        assert other.stdin is not None
        assert other.stdout.readline() == b"held\n"
        assert {held.message for held in desk_delivery(threading.Event())} == {
            "ほかの処理が転記しています。終わりしだい続けます"
        }
        assert state(still, record.id) == "ready"
        other.stdin.close()
        other.wait(20)
    assert desk_delivery(threading.Event()) == []
    assert state(still, record.id) == "delivered"


def test_the_service_and_the_desk_at_once_write_each_row_once(still: Desk) -> None:
    put = Putter(still)
    records = [
        put.sheet("child_allowance_02.tif", "child_allowance", [], picture=False) for _ in range(12)
    ]
    failures: list[BaseException] = []

    def service() -> None:
        delivery = Delivery(definitions_of(still), still.journal)
        for job in delivery.jobs():
            delivery.deliver(job)

    def guarded(work: Callable[[], object]) -> None:
        try:
            work()
        except BaseException as error:
            failures.append(error)

    def the_desk() -> None:
        DeskDelivery(definitions_of(still), still.journal)(threading.Event())

    works: list[Callable[[], object]] = [service, the_desk] * 2
    threads = [threading.Thread(target=guarded, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failures
    assert [state(still, record.id) for record in records] == ["delivered"] * 12
    assert len(rows_of(still)) == 12
    delivered = [event.record for event in still.journal.chain.events(kind="delivered")]
    assert sorted(delivered) == sorted(record.id for record in records)


def test_a_journal_that_is_away_is_told_and_looked_for_again() -> None:
    away = True

    def deliver(stop: threading.Event) -> list[Held]:
        if away:
            raise ServiceError("database", "台帳につながりません")
        return [Held("a", "開いています"), Held("a", "開いています"), Held("b", "別の課の表")]

    handing = DeliveryLoop(quiet=0.2, longest=5.0, every=0.4)
    assert not handing.working
    handing.begin(deliver)
    until(lambda: handing.held(["x"]) == ["台帳につながりません"])
    away = False
    until(lambda: handing.held(["a"]) == ["開いています"])  # looked again without being woken
    assert handing.held(["b", "c"]) == ["別の課の表"]
    handing.close()
    assert not handing.working


def test_what_comes_while_rows_are_written_is_written_in_one_go_after_them() -> None:
    begun: list[int] = []
    goes_on = threading.Semaphore(0)

    def deliver(stop: threading.Event) -> list[Held]:
        begun.append(len(begun))
        goes_on.acquire()
        return []

    handing = DeliveryLoop(quiet=0.01, longest=0.1, every=3600.0)  # woken, or not at all
    handing.begin(deliver)
    until(lambda: len(begun) == 1)
    for _ in range(8):
        handing.wake()
    goes_on.release()
    until(lambda: len(begun) == 2)
    goes_on.release(8)
    time.sleep(0.3)  # a call for each of the eight would have come by now
    assert len(begun) == 2
    handing.close()


def test_the_command_delivers_what_was_ready_before_it_began(still: Desk) -> None:
    record = Putter(still).sheet("child_allowance_02.tif", "child_allowance", [], picture=False)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = ["desk", "--port", str(port), "--site", str(still.site.folder)]
    with subprocess.Popen(
        [sys.executable, "-c", "from flows.cli import main; main()", *command]
    ) as process:
        try:
            until(lambda: state(still, record.id) == "delivered", 180)
        finally:
            process.terminate()
            process.wait(60)
    assert len(rows_of(still)) == 1
