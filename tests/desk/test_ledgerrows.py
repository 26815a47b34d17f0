"""Rows that left a ledger: the pages say so, show them, and a person has them written again."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from records.types import Record
from tests.desk.client import Client
from tests.desk.office import Served, make_site, serve
from tests.desk.test_delivery import rows_of, state, until
from tests.desk.test_look import violations

Login = Callable[..., Client]
FORM = "child_allowance"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Served]:
    """An office whose desk delivers, as ``torikomi desk`` serves it."""
    served, stop = serve(make_site(tmp_path / "site"), delivering=True)
    yield served
    stop()


def deliver(office: Served, scan: str) -> Record:
    record = office.put.sheet(scan, FORM, [], picture=False)
    office.desk.deliveries.wake()
    until(lambda: state(office.desk, record.id) == "delivered")
    return record


def ledger(office: Served) -> Path:
    return next(office.desk.site.ledgers.glob("児童手当*.xlsx"))


def restored(office: Served, tmp_path: Path) -> tuple[Record, Record]:
    """Two sheets; then the workbook is put back as it was before the second one."""
    first = deliver(office, "child_allowance_02.tif")
    shutil.copy(ledger(office), tmp_path / "copy.xlsx")
    second = deliver(office, "child_allowance_03.tif")
    shutil.copy(tmp_path / "copy.xlsx", ledger(office))
    until(lambda: any(lack.missing for lack in office.desk.deliveries.lacks([FORM])))
    return first, second


def test_a_restored_workbook_is_told_shown_and_written_again(
    office: Served, as_user: Callable[[str], Page], tmp_path: Path
) -> None:
    first, second = restored(office, tmp_path)
    name = ledger(office).name
    page, other = as_user("fukushi1"), as_user("zeimu1")
    page.goto(f"{office.url}/intake")
    expect(page.locator("#part .message.bad")).to_contain_text(name)
    expect(page.locator("#part .message.bad")).to_contain_text("1 行がありません")
    other.goto(f"{office.url}/intake")
    expect(other.locator("#part .message.bad")).to_have_count(0)
    other.goto(f"{office.url}/ledgers")
    expect(other.locator("body")).not_to_contain_text(name)
    page.goto(f"{office.url}/records/{second.id}")
    expect(page.locator("main .message.bad")).to_contain_text(name)
    page.goto(f"{office.url}/records/{first.id}")
    expect(page.locator("main .message.bad")).to_have_count(0)
    page.goto(f"{office.url}/records")
    page.locator(".message.bad a").click()
    expect(page.locator(".lack tbody tr")).to_have_count(1)
    expect(page.locator(".lack tbody")).to_contain_text(second.id)
    assert violations(page) == []
    page.screenshot(path=tmp_path / "ledgers.png")
    page.get_by_role("button", name="1 行を台帳に書き直す").click()
    expect(page.locator(".message.good")).to_contain_text("1 行を書き直しました")
    expect(page.locator(".lack")).to_have_count(0)
    assert len(rows_of(office.desk)) == 2
    [event] = office.desk.journal.chain.events(kind="rewritten")
    assert (event.record, event.actor) == (second.id, "fukushi1")
    page.goto(f"{office.url}/records/{second.id}")
    expect(page.locator(".way").last).to_contain_text("書き直しました")


def test_what_the_staff_deleted_comes_back_only_with_a_tick(
    office: Served, as_user: Callable[[str], Page]
) -> None:
    deliver(office, "child_allowance_02.tif")
    deliver(office, "child_allowance_03.tif")
    book = openpyxl.load_workbook(ledger(office))
    book["受付簿"].delete_rows(2)
    book.save(ledger(office))
    until(lambda: any(lack.deleted for lack in office.desk.deliveries.lacks([FORM])))
    page = as_user("fukushi1")
    page.goto(f"{office.url}/intake")
    expect(page.locator("#part .message.bad")).to_have_count(0)
    page.goto(f"{office.url}/ledgers")
    page.get_by_role("button", name=re.compile("台帳に書き直す")).click()
    expect(page.locator(".message.good")).to_contain_text("0 行")
    assert len(rows_of(office.desk)) == 1
    page.get_by_label("職員が消した 1 行も戻す").check()
    page.get_by_role("button", name=re.compile("台帳に書き直す")).click()
    expect(page.locator(".message.good")).to_contain_text("1 行")
    assert len(rows_of(office.desk)) == 2


def test_an_open_workbook_gets_nothing_and_the_page_says_why(
    office: Served, as_user: Callable[[str], Page], tmp_path: Path
) -> None:
    restored(office, tmp_path)
    book = ledger(office)
    book.with_name(f"~${book.name}").write_bytes(b"\x04\x00Sato".ljust(165, b"\x00"))
    page = as_user("fukushi1")
    page.goto(f"{office.url}/ledgers")
    page.get_by_role("button", name="1 行を台帳に書き直す").click()
    expect(page.locator(".message.bad")).to_contain_text(book.name)
    assert len(rows_of(office.desk)) == 1


def send(client: Client, lack: Any, **changes: str) -> int:
    body = {
        "form": lack.form,
        "target": lack.target,
        "file": lack.path.name,
        "count": str(len(lack.lost)),
        **changes,
    }
    return client.post("/ledgers/again", body).status_code


def test_only_what_was_shown_is_written_and_only_for_ones_own_forms(
    office: Served, as_client: Login, tmp_path: Path
) -> None:
    restored(office, tmp_path)
    [lack] = office.desk.deliveries.lacks([FORM])
    clerk = as_client("fukushi1")
    assert send(clerk, lack, count="2") == 409
    assert send(clerk, lack, file="other.xlsx") == 409
    assert send(as_client("zeimu1"), lack) == 409
    assert clerk.post("/ledgers/again", {}, csrf="wrong").status_code == 403
    assert as_client("system").get("/ledgers").status_code == 404
    assert len(rows_of(office.desk)) == 1
    assert send(clerk, lack) == 200
    assert len(rows_of(office.desk)) == 2
    assert send(clerk, lack) == 409


def test_the_record_names_its_ledger_and_gives_a_copy_to_who_may_see_it(
    office: Served, as_user: Callable[[str], Page], as_client: Login
) -> None:
    record = deliver(office, "child_allowance_02.tif")
    page = as_user("fukushi1")
    page.goto(f"{office.url}/records/{record.id}")
    expect(page.locator(".places")).to_contain_text(str(ledger(office).resolve()))
    with page.expect_download() as waiting:
        page.get_by_role("link", name="写しを開く").click()
    assert waiting.value.suggested_filename == ledger(office).name
    assert Path(waiting.value.path()).read_bytes() == ledger(office).read_bytes()
    places = [f"/records/{record.id}/ledger/{n}" for n in range(4)]
    clerk = as_client("fukushi1")
    answers = [clerk.get(address).status_code for address in places]
    assert answers.count(200) == 1, "none with My Numbers in it, and none beyond"
    [event] = [
        e for e in office.desk.journal.chain.events(kind="exported") if e.payload.get("name")
    ][:1]
    assert event.payload["name"] == ledger(office).name
    stranger = as_client("zeimu1")
    assert {stranger.get(address).status_code for address in places} == {404}
