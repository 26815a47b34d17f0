"""ページのつなぎ: halves are joined, sheets parted, and nothing of it is delivered before."""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Callable

import httpx
from playwright.sync_api import Page, expect

from records.halves import LIKELY, parted
from records.journal import RecordRow
from records.types import Problem, Receipt, Record, SheetPage
from tests.desk.client import Client
from tests.desk.office import Served

FORM, SCAN = "staff_survey", "staff_survey_01.tif"


def two_pages(office: Served, *problems: Problem) -> Record:
    """The survey's two pages as one sheet."""
    record = office.put.sheet(SCAN, FORM, (), problems=(Problem("replaced", "あとで"),))
    sha = hashlib.sha256(f"{record.document} pages".encode()).hexdigest()
    old = next(office.desk.site.archive.glob(f"2026/*/{record.document}*"))
    place = office.desk.site.archive / "2026" / sha[:2] / f"{sha}.tif"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(old.read_bytes())
    leaves = (SheetPage(sha, 1, 1), SheetPage(sha, 2, 2))
    return dataclasses.replace(
        record,
        id=Record.id_of(sha, 1),
        document=sha,
        pages=(1, 2),
        problems=problems,
        leaves=leaves,
    )


def store(office: Served, *found: Record) -> None:
    journal, now, sha = office.desk.journal, office.desk.now(), found[0].document
    form = office.desk.forms[FORM]
    journal.documents.receive(sha, "stack.tif", 1, now)
    receipt = Receipt("read", FORM, form.initiative, {"sheets": len(found)}, 1.0)
    assert journal.readings.store(sha, found, receipts=[receipt], at=now, pages=2)


def row_of(office: Served, record: str) -> RecordRow:
    row = office.desk.journal.records.get(record)
    assert row is not None
    return row


def send(clerk: Client, record: str, what: str, **body: str) -> httpx.Response:
    data = {"csrf": clerk.csrf, "seconds": "1.5", **body}
    return clerk.http.post(f"/joining/{record}/{what}", data=data)


def test_halves_are_joined_on_their_page(office: Served, as_client: Callable[..., Client]) -> None:
    front, back = parted(two_pages(office), office.desk.forms[FORM])
    store(office, front, back)
    clerk = as_client("joho")
    assert f'href="/joining/{front.id}"' in clerk.get("/joining").text
    assert "ページが足りない用紙が 2 枚" in clerk.get("/review").text
    shown_next = [sheet["record"] for sheet in clerk.next()]
    assert front.id not in shown_next, "nobody can answer half a sheet by looking at it"
    shown = clerk.get(f"/joining/{front.id}").text
    assert f'value="{back.id}"' in shown
    assert clerk.get(f"/sheets/{back.id}/2.jpg").status_code == 200
    refused = clerk.post(
        "/review/decide",
        {"record": front.id, "field": "", "reading": 1, "verdict": "accept", "seconds": 0},
    )
    assert refused.status_code == 400
    assert "足りないページ" in refused.json()["error"]
    assert send(clerk, front.id, "join", other=back.id).status_code == 303
    row = row_of(office, front.id)
    assert row.state in ("ready", "delivered")
    assert [leaf.number for leaf in row.record.leaves] == [1, 2]
    assert row_of(office, back.id).state == "dropped"
    assert "つなぎました" in clerk.get(f"/records/{back.id}").text
    assert clerk.get(f"/sheets/{front.id}/2.jpg").status_code == 200


def test_a_sheet_of_two_people_is_parted(office: Served, as_client: Callable[..., Client]) -> None:
    doubt = Problem("joined_by_order", "同じ人の用紙かどうか確認してください")
    record = two_pages(office, doubt)
    store(office, record)
    clerk = as_client("joho")
    assert send(clerk, record.id, "part").status_code == 303
    second = Record.id_of(record.document, 2)
    assert [row_of(office, name).record.is_half for name in (record.id, second)] == [True, True]
    assert second in clerk.get(f"/joining/{record.id}").text


def test_who_may_not_see_a_sheet_may_not_join_it(
    office: Served, as_client: Callable[..., Client]
) -> None:
    front, back = parted(two_pages(office), office.desk.forms[FORM])
    store(office, front, back)
    other = as_client("zeimu1")
    assert other.get(f"/joining/{front.id}").status_code == 404
    assert send(other, front.id, "join", other=back.id).status_code == 404
    clerk = as_client("joho")
    forged = clerk.http.post(f"/joining/{front.id}/join", data={"csrf": "x", "other": back.id})
    assert forged.status_code == 403
    assert row_of(office, front.id).record.is_half


def test_a_missing_page_is_told_where_the_sheet_is_reviewed(
    office: Served, as_user: Callable[[str], Page]
) -> None:
    front, back = parted(two_pages(office), office.desk.forms[FORM])
    store(office, front, back)
    page = as_user("joho")
    page.goto(f"{office.url}/review/sheet?record={front.id}")
    expect(page.locator("#reasons")).to_contain_text("2ページ目がありません")
    page.locator("#pages-link").click()
    expect(page).to_have_url(re.compile(f"/joining/{front.id}"))
    page.get_by_role("button", name="この用紙とつなぐ").first.click()
    expect(page.locator("h1")).to_contain_text(re.compile("転記"))
    assert row_of(office, front.id).record.is_half is False


def test_a_likely_duplicate_is_kept_beside_the_first_by_a_choice_of_its_own(
    office: Served, as_user: Callable[[str], Page]
) -> None:
    record = two_pages(office, Problem(LIKELY, "前に届いた用紙と同じ用紙のようです"))
    store(office, record)
    page = as_user("joho")
    page.goto(f"{office.url}/review/sheet?record={record.id}")
    expect(page.locator("#accept-text")).to_contain_text("別の用紙である")
    page.keyboard.press("Enter")
    expect(page.locator("#insist-text")).to_have_text("別の用紙として両方を転記する")
    page.keyboard.press("Enter")
    expect(page.locator("#insist")).to_be_visible()
    assert row_of(office, record.id).state == "waiting"
    page.keyboard.press("Control+Enter")
    expect(page.locator("#finished")).to_be_visible()
    assert row_of(office, record.id).state in ("ready", "delivered")
