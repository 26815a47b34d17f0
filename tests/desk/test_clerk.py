"""What makes a clerk fast: the next screen is there already, one key chooses, one key takes back,
nothing is answered twice."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, Request, expect

from tests.desk.office import Served


def values(office: Served, records: list[str], field: str) -> list[object]:
    return [row.record.fields[field].value for row in office.desk.journal.records.many(records)]


def test_the_next_batch_is_there_and_what_was_put_off_stays_away(
    office: Served, as_user: Callable[[str], Page]
) -> None:
    records = [
        office.put.sheet(
            "child_allowance_02.tif",
            "child_allowance",
            ["birth_date"],
            {"birth_date": "1994-05-17"} if n in (1, 13) else {},
            picture=False,
        ).id
        for n in range(15)
    ]
    page = as_user("fukushi1")
    page.goto(f"{office.url}/batch/field?form=child_allowance&field=birth_date")
    expect(page.locator("#grid li")).to_have_count(12)
    expect(page.locator("#value-0")).to_be_focused()
    held = [row.line.reviewer for row in office.desk.journal.records.many(records)]
    assert held[:12] == ["fukushi1"] * 12
    with page.expect_request("**/batch/decide"):
        page.keyboard.press("Tab")
        page.keyboard.press("Space")  # the first one: later
        expect(page.locator("#grid li").first).to_have_class("skipped")
        page.keyboard.press("Tab")
        expect(page.locator("#value-1")).to_be_focused()
        page.keyboard.press("Tab")
        page.keyboard.press("1")  # the second one: what the engine saw beside it
        expect(page.locator("#value-1")).to_have_value("平成6年5月11日")
        expect(page.locator("#value-2")).to_be_focused()
        expect(page.locator("#count")).to_have_text("11")
        page.keyboard.press("Control+Enter")
    expect(page.locator("#status")).to_have_text("11 件を記録しました(あわせて 11 件)")
    expect(page.locator("#grid li")).to_have_count(3)  # not the one that was put off
    expect(page.locator("#value-0")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.insert_text("H6.5.11")
    expect(page.locator("#why-1")).to_have_text("→ 平成6年5月11日")
    page.keyboard.press("Escape")
    expect(page.locator("#value-1")).to_have_value("平成6年5月17日")
    page.keyboard.insert_text("H6.13.11")
    expect(page.locator("#value-1")).to_have_attribute("aria-invalid", "true")
    page.keyboard.press("Control+Enter")  # all but the one that fails its check
    expect(page.locator("#grid li")).to_have_count(1)
    expect(page.locator("#count")).to_have_text("0")
    page.keyboard.press("Tab")  # past the box that would keep it all the same
    page.keyboard.press("Tab")
    page.keyboard.press("1")
    expect(page.locator("#value-1")).not_to_have_attribute("aria-invalid", "true")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#finished-done")).to_have_text(
        "14 件を確定しました。後回しにした 1 件は、確認待ちに残っています。"
    )
    assert values(office, records, "birth_date") == ["1994-05-11"] * 15
    rows = office.desk.journal.records.many(records)
    assert [row.state for row in rows] == ["waiting"] + ["ready"] * 14
    page.goto(f"{office.url}/batch")
    expect(page.locator("tbody tr")).to_have_count(1)
    assert (
        office.desk.journal.records.many(records[:1])[0].line.reviewer == ""
    )  # anybody may have it


def test_pictures_of_the_next_sheet_are_fetched_before_it_is_shown(
    office: Served, as_user: Callable[[str], Page]
) -> None:
    first, second = (
        office.put.sheet("child_allowance_02.tif", "child_allowance", ["birth_date"])
        for _ in range(2)
    )
    page = as_user("fukushi1")
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    page.on("requestfinished", note)
    page.goto(f"{office.url}/review/sheet?form=child_allowance")
    expect(page.locator("#file")).to_have_text("001_child_allowance_02.tif")
    page.wait_for_load_state("networkidle")
    wanted = [
        f"{office.url}/sheets/{record.id}/{place}"
        for record in (first, second)
        for place in ("field/birth_date.jpg", "1.jpg")
    ]
    assert sorted(asked.count(url) for url in wanted) == [1, 1, 1, 1]
    page.keyboard.press("Enter")
    expect(page.locator("#file")).to_have_text("002_child_allowance_02.tif")
    expect(page.locator("#crop")).to_have_js_property("complete", True)
    assert page.locator("#crop").evaluate("image => image.naturalWidth") > 100
    assert sorted(asked.count(url) for url in wanted) == [1, 1, 1, 1]  # none was fetched again


def test_the_last_answer_can_be_taken_back_when_nothing_is_left(
    office: Served, as_user: Callable[[str], Page]
) -> None:
    record = office.put.sheet(
        "child_allowance_02.tif",
        "child_allowance",
        ["phone"],
        {"phone": "0954-61-3631"},
        picture=False,
    )
    page = as_user("fukushi1")
    page.goto(f"{office.url}/review/sheet?form=child_allowance")
    expect(page.locator("#label")).to_have_text("電話番号（自宅）")
    expect(
        page.locator("#crop-missing")
    ).to_be_visible()  # it has no original, and the page says so
    page.keyboard.press("Enter")
    expect(page.locator("#finished-done")).to_have_text("この画面で 1 枚を確認しました。")
    expect(page.locator("#paper")).to_be_hidden()  # nobody's sheet is left on the screen
    page.keyboard.press("Escape")
    expect(page.locator("#paper")).to_be_visible()
    expect(page.locator("#label")).to_have_text("電話番号（自宅）")
    page.keyboard.press("Tab")
    page.keyboard.press("1")
    expect(page.locator("#finished")).to_be_visible()
    assert values(office, [record.id], "phone") == ["0954-61-3637"]
    row = office.desk.journal.records.get(record.id)
    assert row is not None
    assert (row.state, [d.verdict for d in row.decisions]) == ("ready", ["accept", "correct"])


def test_a_second_enter_does_not_answer_twice(
    office: Served, as_user: Callable[[str], Page]
) -> None:
    record = office.put.sheet(
        "child_allowance_02.tif", "child_allowance", ["phone", "pension"], picture=False
    )
    page = as_user("fukushi1")
    page.goto(f"{office.url}/review/sheet?form=child_allowance")
    expect(page.locator("#label")).to_have_text("電話番号（自宅）")
    page.keyboard.insert_text("0954-62-1111")
    # before the server has answered
    page.evaluate("""() => { for (let n = 0; n < 3; n += 1) document.activeElement.dispatchEvent(
        new KeyboardEvent("keydown", {key: "Enter", bubbles: true, cancelable: true})); }""")
    expect(page.locator("#label")).to_have_text("加入している公的年金")
    expect(page.locator("#toast")).to_have_count(0)
    row = office.desk.journal.records.get(record.id)
    assert row is not None
    assert [(d.field, d.after) for d in row.decisions] == [("phone", "0954-62-1111")]


def test_options_that_are_numbers_keep_their_digit_and_the_tenth_has_a_key(
    office: Served, as_user: Callable[[str], Page]
) -> None:
    first, second = (
        office.put.sheet(
            "staff_survey_01.tif", "staff_survey", ["satisfaction"], values={}, picture=False
        )
        for _ in range(2)
    )
    made = office.desk.forms["staff_survey"].fields["satisfaction"]
    assert made.place is not None
    assert list(made.place.options) == [str(n) for n in range(11)]
    page = as_user("joho")
    page.goto(f"{office.url}/review/sheet?form=staff_survey")
    expect(page.locator("#label")).to_have_text(made.title)
    assert page.locator("#choices kbd").all_text_contents() == [*"0123456789", "a", "-"]
    page.keyboard.press("3")
    expect(page.locator("#file")).to_have_text("002_staff_survey_01.tif")
    page.keyboard.press("a")
    expect(page.locator("#finished")).to_be_visible()
    assert values(office, [first.id, second.id], "satisfaction") == ["3", "10"]


def test_a_long_value_is_shown_whole_in_smaller_letters(
    office: Served, as_user: Callable[[str], Page]
) -> None:
    for _ in range(2):
        office.put.sheet(
            "child_allowance_01.jpg", "child_allowance", ["birth_date", "account"], picture=False
        )
    page = as_user("fukushi1")
    page.goto(f"{office.url}/review/sheet?form=child_allowance")
    size = "box => parseFloat(getComputedStyle(box).fontSize)"
    expect(page.locator("#label")).to_have_text("請求者生年月日")
    large = page.locator("#entry").evaluate(size)
    page.keyboard.press("Enter")
    expect(page.locator("#label")).to_have_text("振込先口座")
    assert page.locator("#entry").evaluate("box => box.scrollWidth <= box.clientWidth")
    assert page.locator("#entry").evaluate(size) < large
    page.keyboard.press("Enter")
    expect(page.locator("#label")).to_have_text("請求者生年月日")
    assert page.locator("#entry").evaluate(size) == large
