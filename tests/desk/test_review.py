"""確認 in a real browser: a sheet is cleared by keyboard alone, and nothing of it is lost."""

from __future__ import annotations

from collections.abc import Callable

import openpyxl
from playwright.sync_api import Page, expect

from flows.delivery import Delivery
from tests.desk.office import Served, definitions_of

WRONG = {"phone": "0954-61-3631", "birth_date": "1994-05-17"}


def label(page: Page, text: str) -> None:
    expect(page.locator("#label")).to_have_text(text)


def test_a_sheet_is_cleared_by_keyboard_and_its_row_appears_in_the_workbook(
    office: Served,
    as_user: Callable[[str], Page],
) -> None:
    record = office.put.sheet(
        "child_allowance_02.tif",
        "child_allowance",
        ["birth_date", "phone", "pension", "relation"],
        WRONG,
    )
    page = as_user("fukushi1")
    expect(page.locator("[data-start]")).to_be_focused()
    page.evaluate(
        "document.activeElement.blur()"
    )  # wherever the focus is: the first page begins with the key that starts
    page.keyboard.press("Enter")
    label(page, "請求者生年月日")
    expect(page.locator("#entry")).to_have_value("平成6年5月17日")
    expect(page.locator("#crop")).to_have_js_property("complete", True)
    page.wait_for_timeout(1200)  # somebody looks
    expect(page.locator("#choices mark")).to_have_text("1")  # what differs in it
    page.keyboard.press("Tab")
    page.keyboard.press("1")  # what the engine saw beside it
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

    row = office.desk.journal.records.get(record.id)
    assert row is not None
    assert row.state == "ready"
    assert row.record.fields["birth_date"].value == "1994-05-11"
    assert row.record.fields["phone"].value == "0954-61-3637"
    first = next(d for d in row.decisions if d.field == "birth_date")
    assert (first.who, first.verdict) == ("fukushi1", "correct")
    assert 1.0 <= first.seconds <= 8.0
    assert all(d.seconds <= 8.0 for d in row.decisions)

    delivery = Delivery(definitions_of(office.desk), office.desk.journal)
    for job in delivery.jobs():
        delivery.deliver(job)
    path = next(office.desk.site.ledgers.glob("児童手当*.xlsx"))
    sheet = openpyxl.load_workbook(path)["受付簿"]
    titles = [cell.value for cell in sheet[1]]
    cells = dict(zip(titles, [cell.value for cell in sheet[2]], strict=True))
    assert cells["生年月日"] == "平成6年5月11日"
    assert cells["電話"] == "0954-61-3637"
    assert office.desk.journal.records.get(record.id).state == "delivered"  # type: ignore[union-attr]


def test_the_input_method_never_trips_the_keys(
    office: Served, as_user: Callable[[str], Page]
) -> None:
    record = office.put.sheet(
        "child_allowance_02.tif",
        "child_allowance",
        ["applicant", "phone"],
        {"applicant": "東島　祐太"},
    )
    page = as_user("fukushi1")
    page.goto(f"{office.url}/review/sheet?form=child_allowance")
    label(page, "請求者氏名")
    ime = page.context.new_cdp_session(page)
    ime.send(
        "Input.imeSetComposition", {"text": "東島　ゆうた", "selectionStart": 6, "selectionEnd": 6}
    )
    for key in (
        "Enter",
        "Escape",
        "F1",
        "1",
        "?",
        "!",
        "Tab",
        "ArrowLeft",
    ):  # the keys that convert, cancel and choose in an IME
        page.evaluate(
            """key => document.activeElement.dispatchEvent(
            new KeyboardEvent("keydown", {key, keyCode: 229, bubbles: true, cancelable: true, isComposing: true}))""",
            key,
        )
        page.evaluate(
            """key => document.activeElement.dispatchEvent(
            new KeyboardEvent("keydown", {key, keyCode: 229, bubbles: true, cancelable: true}))""",
            key,
        )
    label(page, "請求者氏名")
    assert not list(office.desk.journal.chain.events(kind="decided"))
    ime.send("Input.insertText", {"text": "東島　裕太"})  # converted and taken over
    page.keyboard.press("Enter")  # now it is ours
    label(page, "電話番号（自宅）")
    row = office.desk.journal.records.get(record.id)
    assert row is not None
    assert row.record.fields["applicant"].value == "東島　裕太"


def test_what_still_has_problems_is_asked_for_twice_and_giving_back_too(
    office: Served, as_user: Callable[[str], Page]
) -> None:
    records = [
        office.put.sheet("child_allowance_02.tif", "child_allowance", ["postal_code"])
        for _ in range(2)
    ]
    page = as_user("fukushi1")
    page.goto(f"{office.url}/review/sheet?form=child_allowance")
    label(page, "郵便番号")
    page.keyboard.insert_text("8491304")  # another town's; at once, so that it is judged at once
    expect(page.locator("#becomes .problem")).to_contain_text("郵便番号")
    expect(page.locator("#insist")).to_be_hidden()
    page.keyboard.press("Enter")
    expect(page.locator("#insist")).to_be_visible()
    page.keyboard.press("Enter")  # the same key once more keeps nothing
    page.keyboard.press("Enter")
    expect(page.locator("#file")).to_have_text("001_child_allowance_02.tif")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#file")).to_have_text("002_child_allowance_02.tif")
    page.keyboard.press("Tab")
    page.keyboard.press("?")
    expect(page.locator("#becomes")).to_contain_text("差し戻します")
    page.keyboard.press("Escape")
    expect(page.locator("#becomes")).to_have_text("")
    page.keyboard.press("?")
    page.keyboard.press("Enter")
    expect(page.locator("#file")).to_have_text("002_child_allowance_02.tif")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#finished")).to_be_visible()
    states = [row.state for row in office.desk.journal.records.many([r.id for r in records])]
    assert states == ["ready", "returned"]


def test_idle_and_hidden_time_is_not_attention(
    office: Served, as_user: Callable[[str], Page]
) -> None:
    office.put.sheet("child_allowance_02.tif", "child_allowance", ["phone"])
    page = as_user("fukushi1")
    page.clock.install()
    page.goto(f"{office.url}/review/sheet?form=child_allowance")
    label(page, "電話番号（自宅）")
    page.evaluate("window.meter = new Torikomi.Meter(20)")
    page.clock.run_for(5_000)
    page.mouse.move(300, 300)  # 5 s of looking
    page.clock.run_for(300_000)  # five minutes away: 20 s of them count
    page.mouse.move(310, 310)
    page.clock.run_for(2_000)
    seconds = page.evaluate("meter.take()")
    assert 26.5 <= seconds <= 28.5
    assert page.evaluate("meter.take()") < 1.0


def test_two_people_and_a_third_settle_a_field_that_needs_two(
    office: Served, as_user: Callable[[str], Page]
) -> None:
    record = office.put.sheet("account_transfer_02.tif", "account_transfer", ["payer"])
    texts = {"zeimu1": "鹿島　一郎", "zeimu2": "鹿島　二郎", "zeimu3": ""}
    for name, text in texts.items():
        page = as_user(name)
        page.goto(f"{office.url}/review/sheet?form=account_transfer")
        expect(page.locator("#turn")).to_have_text(
            {"zeimu1": "1人目の確認", "zeimu2": "2人目の確認", "zeimu3": "3人目の判断"}[name]
        )
        shown = page.locator("#work").inner_text() + page.locator("#entry").input_value()
        assert ("一郎" in shown) == (name == "zeimu3")  # only who decides sees both
        assert ("二郎" in shown) == (name == "zeimu3")
        if text:
            page.keyboard.insert_text(text)
            page.keyboard.press("Enter")
        else:
            page.keyboard.press("Tab")
            page.keyboard.press("1")
        page.locator("#finished:visible, #insist:visible").first.wait_for()
        if not page.locator("#finished").is_visible():  # it was questioned
            page.keyboard.press("Control+Enter")
        expect(page.locator("#finished")).to_be_visible()
    row = office.desk.journal.records.get(record.id)
    assert row is not None
    assert row.state == "ready"
    assert row.record.fields["payer"].value == "鹿島　一郎"
    assert [d.who for d in row.decisions] == ["zeimu1", "zeimu2", "zeimu3"]
