"""確認 in a real browser: a sheet is cleared by keyboard alone, and nothing of it is lost."""

from __future__ import annotations

from collections.abc import Callable

import openpyxl
from playwright.sync_api import Page, expect

from flows.context import Definitions
from flows.delivering import deliver_job, jobs
from flows.shop import Shop
from tests.desk.office import Served

WRONG = {"phone": "0954-61-3631", "birth_date": "1994-05-17"}


def label(page: Page, text: str) -> None:
    expect(page.locator("#label")).to_have_text(text)


def test_a_sheet_is_cleared_by_keyboard_and_its_row_appears_in_the_workbook(
    office: Served, as_user: Callable[[str], Page],
) -> None:
    record = office.put.sheet("child_allowance_02.tif", "child_allowance", ["birth_date", "phone", "pension", "relation"], WRONG)
    page = as_user("fukushi1")
    page.keyboard.press("Enter")  # the first page begins with the button that starts
    label(page, "請求者生年月日")
    expect(page.locator("#entry")).to_have_value("平成6年5月17日")
    expect(page.locator("#crop")).to_have_js_property("complete", True)
    page.wait_for_timeout(1200)  # somebody looks
    page.keyboard.press("F1")  # what the engine saw beside it
    label(page, "電話番号（自宅）")
    page.keyboard.type("613637")
    expect(page.locator("#becomes")).to_contain_text("0954-61-3637")
    page.keyboard.press("Enter")
    label(page, "加入している公的年金")
    page.keyboard.press("Escape")  # back, and forth again
    label(page, "電話番号（自宅）")
    page.keyboard.press("Enter")
    label(page, "加入している公的年金")
    page.keyboard.press("3")  # 共済組合: the choice by its number
    expect(page.locator("#finished")).to_be_visible()

    row = office.desk.journal.record(record.id)
    assert row is not None
    assert row.state == "ready"
    assert row.record.fields["birth_date"].value == "1994-05-11"
    assert row.record.fields["phone"].value == "0954-61-3637"
    first = next(d for d in row.decisions if d.field == "birth_date")
    assert (first.who, first.verdict) == ("fukushi1", "correct")
    assert 1.0 <= first.seconds <= 8.0
    assert all(d.seconds <= 8.0 for d in row.decisions)

    shop = Shop(Definitions(office.desk.site, office.desk.strategy, office.desk.forms), office.desk.journal, None)  # type: ignore[arg-type]
    for job in jobs(shop):
        deliver_job(shop, job)
    path = next(office.desk.site.ledgers.glob("児童手当*.xlsx"))
    sheet = openpyxl.load_workbook(path)["受付簿"]
    titles = [cell.value for cell in sheet[1]]
    cells = dict(zip(titles, [cell.value for cell in sheet[2]], strict=True))
    assert cells["生年月日"] == "平成6年5月11日"
    assert cells["電話"] == "0954-61-3637"
    assert office.desk.journal.record(record.id).state == "delivered"  # type: ignore[union-attr]
