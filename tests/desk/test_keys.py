"""What the desk keeps is what it shows, by keyboard in a real browser: no key of the browser means
anything else, nothing that fails its check is kept by habit, and nothing is lost with a session."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.desk.client import Client
from tests.desk.conftest import seen
from tests.desk.office import PASSWORD, Served

Login = Callable[[str], Page]

BROWSER_KEYS = (
    *(f"F{n}" for n in range(1, 13)),
    *(f"Shift+F{n}" for n in (1, 3, 5, 7)),
    *(f"Control+F{n}" for n in (1, 5, 8)),
    *(f"Control+{n}" for n in (1, 2, 0)),
    *(f"Alt+{key}" for key in ("1", "2", "ArrowLeft", "ArrowDown", "Enter", "?")),
    *(f"Control+{key}" for key in ("f", "g", "k", "ArrowLeft", "Shift+1")),
    *("ArrowLeft", "ArrowRight", "ArrowDown", "ArrowUp", "Home", "End", "PageDown", "PageUp"),
    *("Insert", "ContextMenu", "Control+Enter", "Shift+Tab", "Tab"),
)
"""Pressed out of habit, or in another window's mind."""

LISTEN = """() => { window.taken = []; window.addEventListener("keydown",
    (e) => { if (e.defaultPrevented) window.taken.push(e.key); }); }"""


def decided(office: Served) -> list[tuple[str, object]]:
    events = office.desk.journal.chain.events(kind="decided")
    return [(e.payload["field"], e.payload["verdict"]) for e in events]


def test_no_key_of_the_browser_means_anything_here(office: Served, as_user: Login) -> None:
    office.put.sheet(
        "child_allowance_02.tif", "child_allowance", ["phone"], {"phone": "0954-61-3631"}
    )
    page = as_user("fukushi1")
    for place, box in (
        ("/review/sheet?form=child_allowance", "#entry"),
        ("/batch/field?form=child_allowance&field=phone", "#value-0"),
    ):
        page.goto(office.url + place)
        expect(page.locator(box)).to_be_focused()
        page.evaluate(LISTEN)
        for key in BROWSER_KEYS:
            if key == "Control+Enter" and box != "#entry":
                continue  # it settles the screen, as its button says
            page.locator(box).focus()
            page.keyboard.press(key)
        expect(page.locator(box)).to_have_value("0954-61-3631")
        taken = page.evaluate("window.taken")
        assert set(taken) <= {"Enter"}
        assert decided(office) == []
    page.goto(f"{office.url}/review/sheet?form=child_allowance")
    expect(page.locator("#entry")).to_be_focused()  # what is shown later takes the focus
    page.locator(".paper").click()  # a look at the paper
    for key in "0954613637":  # what is typed there was meant for the entry: it chooses nothing
        page.keyboard.press(key)
    expect(page.locator("#entry")).to_have_value("0954-61-3631")
    page.locator("#entry").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # out of an entry and on, as on any form: what is shown is kept
    expect(page.locator("#finished")).to_be_visible()
    assert decided(office) == [("phone", "accept")]


def test_enter_keeps_neither_an_empty_value_that_must_be_there_nor_one_that_fails(
    office: Served, as_user: Login
) -> None:
    record = office.put.sheet(
        "child_allowance_02.tif",
        "child_allowance",
        ["applicant", "phone", "pension"],
        {"applicant": None, "phone": "61-36", "pension": None},
        picture=False,
    )
    page = as_user("fukushi1")
    page.goto(f"{office.url}/review/sheet?form=child_allowance")
    for title, reason in (
        ("請求者氏名", "空欄です"),
        ("電話番号（自宅）", "電話"),
        ("加入している公的年金", "空欄です"),
    ):
        expect(page.locator("#label")).to_have_text(title)
        page.keyboard.press("Enter")
        expect(page.locator("#becomes .problem")).to_contain_text(reason)
        for _ in range(3):
            page.keyboard.press("Enter")
        page.locator("#accept").dblclick()
        expect(page.locator("#label")).to_have_text(title)
        expect(page.locator("#dots i.done")).to_have_count(len(decided(office)))
        page.keyboard.press("Control+Enter")
    expect(page.locator("#finished")).to_be_visible()
    row = office.desk.journal.records.get(record.id)
    assert row is not None
    assert row.state == "ready"
    assert [d.verdict for d in row.decisions] == ["accept"] * 3


def test_what_enter_records_of_a_choice_is_where_the_ring_stands(
    office: Served, as_user: Login
) -> None:
    record = office.put.sheet(
        "child_allowance_02.tif",
        "child_allowance",
        ["sex", "occupation", "attachments"],
        {"sex": None, "occupation": "公務員"},
        picture=False,
    )
    page = as_user("fukushi1")
    page.goto(f"{office.url}/review/sheet?form=child_allowance")
    expect(page.locator("#label")).to_have_text("性別")
    expect(page.locator("#choices button:focus")).to_have_text("- 空欄")
    expect(page.locator("#accept-text")).to_have_text("「空欄」で記録")
    page.keyboard.press("Enter")
    expect(page.locator("#label")).to_have_text("職業")
    expect(page.locator("#choices button:focus")).to_contain_text("公務員")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#choices button:focus")).to_contain_text("自営業")
    expect(page.locator("#choices [aria-pressed=true]")).to_contain_text("自営業")
    expect(page.locator("#accept-text")).to_have_text("「自営業」で記録")
    page.keyboard.press("Enter")
    title = office.desk.forms["child_allowance"].fields["attachments"].title
    expect(page.locator("#label")).to_have_text(title)
    page.keyboard.press("1")
    page.keyboard.press("2")
    page.keyboard.press("1")
    expect(page.locator("#choices [aria-checked=true]")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator("#finished")).to_be_visible()
    row = office.desk.journal.records.get(record.id)
    assert row is not None
    made = office.desk.forms["child_allowance"].fields["attachments"]
    assert made.place is not None
    kept = {name: row.record.fields[name].value for name in ("sex", "occupation", "attachments")}
    assert kept == {
        "sex": None,
        "occupation": "自営業",
        "attachments": [list(made.place.options)[1]],
    }
    page.keyboard.press("Escape")  # the empty field can be chosen by its key, too
    page.keyboard.press("-")
    expect(page.locator("#choices [aria-checked=true]")).to_have_count(0)


def test_a_decision_outlives_the_session(
    office: Served, as_user: Login, as_client: Callable[..., Client]
) -> None:
    record = office.put.sheet(
        "child_allowance_02.tif", "child_allowance", ["applicant", "phone"], picture=False
    )
    page = as_user("fukushi1")
    page.goto(f"{office.url}/review/sheet?form=child_allowance")
    expect(page.locator("#label")).to_have_text("請求者氏名")
    page.keyboard.insert_text("東島　祐太")
    page.context.clear_cookies()
    page.keyboard.press("Enter")
    expect(page.locator("#again")).to_be_visible()
    expect(page.locator("#again-word")).to_be_focused()
    expect(page.locator("#label")).to_have_text("請求者氏名")
    expect(page.locator("#dots i.done")).to_have_count(0)
    assert decided(office) == []
    page.keyboard.press("Escape")  # does not throw it away
    page.keyboard.type("wrong")
    page.keyboard.press("Enter")
    expect(page.locator("#again .message")).to_be_visible()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("#again")).to_have_count(0)
    expect(page.locator("#label")).to_have_text("電話番号（自宅）")
    expect(page.locator("#dots i.done")).to_have_count(1)
    row = office.desk.journal.records.get(record.id)
    assert row is not None
    assert row.record.fields["applicant"].value == "東島　祐太"

    other = as_client("fukushi2")  # somebody else logs in beside, in the same browser
    cookie = {"name": "torikomi", "value": other.http.cookies["torikomi"], "url": office.url}
    page.context.add_cookies([cookie])  # type: ignore[list-item]
    page.keyboard.press("Enter")
    expect(page.locator("#toast")).to_contain_text("福祉 二子 さんでログインしています")
    expect(page.locator("#label")).to_have_text("電話番号（自宅）")
    assert len(decided(office)) == 1


def test_a_batch_offers_only_what_it_can_show(
    office: Served, as_user: Login, as_client: Callable[..., Client]
) -> None:
    fields = ["account", "address", "attachments", "phone", "applicant"]
    record = office.put.sheet("child_allowance_02.tif", "child_allowance", fields)
    clerk = as_client("fukushi1")
    listed = clerk.get("/batch").text
    offered = [name for name in fields if f"field={name}" in listed]
    assert offered == ["phone", "applicant"]
    for name in ("account", "address", "attachments"):
        body = {"form": "child_allowance", "field": name, "have": []}
        assert clerk.get(f"/batch/field?form=child_allowance&field={name}").status_code == 400
        assert clerk.post("/batch/next", body).status_code == 400
    wish = {"record": record.id, "field": "account", "reading": 1, "verdict": "accept"}
    assert clerk.post("/batch/decide", {"items": [wish]}).status_code == 400
    assert decided(office) == []
    page = as_user("fukushi2")
    page.goto(f"{office.url}/batch/field?form=child_allowance&field=applicant")
    picture = page.locator("#grid img")
    expect(picture).to_have_js_property("complete", True)
    expect(page.locator("#value-0")).to_be_focused()
    whole = "box => box.scrollWidth <= box.clientWidth"
    assert page.locator("#value-0").evaluate(whole)
    made = office.desk.forms["child_allowance"].fields["applicant"].area
    assert made is not None
    shown = picture.bounding_box()
    assert shown is not None
    assert min(shown["width"] / made.width, shown["height"] / made.height) >= 3.0


def test_a_batch_keeps_what_fails_its_check_only_where_its_own_box_is_ticked(
    office: Served, as_user: Login
) -> None:
    records = [
        office.put.sheet(
            "child_allowance_02.tif",
            "child_allowance",
            ["phone"],
            {"phone": wrong},
            picture=False,
        ).id
        for wrong in ("61-36", "61-37", "0954-61-3637")
    ]
    page = as_user("fukushi1")
    page.goto(f"{office.url}/batch/field?form=child_allowance&field=phone")
    expect(page.locator("#value-0")).to_be_focused()
    for done in (1, 1, 1):
        page.keyboard.press("Control+Enter")
        expect(page.locator("#grid li")).to_have_count(3 - done)
        expect(page.locator("#status")).to_contain_text(f"あわせて {done} 件")
    page.locator("#value-0").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.locator("#count")).to_have_text("1")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#grid li")).to_have_count(1)
    states = [row.state for row in office.desk.journal.records.many(records)]
    assert states == ["ready", "waiting", "ready"]


def test_a_choice_on_a_record_is_corrected_among_its_options(
    office: Served, as_user: Login
) -> None:
    record = office.put.sheet("child_allowance_02.tif", "child_allowance", [], picture=False)
    page = as_user("fukushi1")
    page.goto(f"{office.url}/records/{record.id}")
    page.locator("tr[data-field=pension] button.correct").click()
    box = page.locator("#correcting-one")
    expect(box).to_be_focused()
    expect(page.locator("#correcting-entry")).to_be_hidden()
    assert box.locator("option").all_text_contents() == [
        "厚生年金",
        "国民年金",
        "共済組合",
        "未加入",
        "(空欄)",
    ]
    box.select_option("")
    page.locator("#correcting-save").click()
    expect(page.locator("#correcting-becomes")).to_contain_text("空欄です")
    page.locator("#correcting-save").click()
    expect(page.locator("#correcting-insist")).to_be_visible()
    assert decided(office) == []
    box.select_option("国民年金")
    expect(page.locator("#correcting-insist")).to_be_hidden()
    page.locator("#correcting-save").click()
    expect(page.locator("tr[data-field=pension] .now")).to_have_text("国民年金")
    row = office.desk.journal.records.get(record.id)
    assert row is not None
    assert row.record.fields["pension"].value == "国民年金"


PRESS_AT_ONCE = """([key, watched, held]) => new Promise((done) => {
  const press = () => document.activeElement.dispatchEvent(new KeyboardEvent("keydown",
    { key, ctrlKey: held, bubbles: true, cancelable: true }));
  const watching = new MutationObserver(() => { press(); watching.disconnect(); done(); });
  watching.observe(document.querySelector(watched), { childList: true });
  press();
})"""
"""Presses a key, and once more the moment that something else is on the screen, before anybody can
have read it."""


def test_a_key_meant_for_one_screen_of_a_batch_settles_no_other(
    office: Served, as_user: Login
) -> None:
    for _ in range(14):
        office.put.sheet("child_allowance_02.tif", "child_allowance", ["phone"], picture=False)
    page = as_user("fukushi1")
    page.goto(f"{office.url}/batch/field?form=child_allowance&field=phone")
    expect(page.locator("#grid li")).to_have_count(12)
    expect(page.locator("#value-0")).to_be_focused()
    seen(page)
    page.evaluate(PRESS_AT_ONCE, ["Enter", "#grid", True])
    expect(page.locator("#grid li")).to_have_count(2)
    expect(page.locator("#status")).to_contain_text("12 件を記録しました")
    assert len(decided(office)) == 12


@pytest.mark.parametrize(("field", "key"), [("phone", "Enter"), ("pension", "1")])
def test_a_key_that_bounces_answers_one_field_only(
    office: Served, as_user: Login, field: str, key: str
) -> None:
    fields = ["applicant", field, "birth_date"] if field == "phone" else ["sex", field]
    office.put.sheet("child_allowance_02.tif", "child_allowance", fields, picture=False)
    page = as_user("fukushi1")
    page.goto(f"{office.url}/review/sheet?form=child_allowance")
    expect(page.locator("#work")).to_be_visible()
    seen(page)
    first = page.locator("#label").text_content()
    page.evaluate(PRESS_AT_ONCE, [key, "#dots", False])
    expect(page.locator("#label")).not_to_have_text(first or "")
    second = page.locator("#label").text_content()
    seen(page)
    expect(page.locator("#label")).to_have_text(second or "")
    assert len(decided(office)) == 1


def test_a_key_that_is_held_down_answers_nothing(office: Served, as_user: Login) -> None:
    record = office.put.sheet(
        "child_allowance_02.tif", "child_allowance", ["applicant", "phone"], picture=False
    )
    page = as_user("fukushi1")
    page.goto(f"{office.url}/records/{record.id}")
    page.locator("tr[data-field=birth_date] button.correct").focus()
    seen(page)
    for _ in range(8):  # down again and again without up: what a keyboard sends while it is held
        page.keyboard.down("Enter")
    page.keyboard.up("Enter")
    expect(page.locator("#correcting")).to_be_visible()
    page.keyboard.press("Escape")
    page.goto(f"{office.url}/review/sheet?form=child_allowance")
    expect(page.locator("#entry")).to_be_focused()
    seen(page)
    for _ in range(8):
        page.keyboard.down("Enter")
    page.keyboard.up("Enter")
    expect(page.locator("#dots i.done")).to_have_count(1)
    assert len(decided(office)) == 1


def test_a_double_click_is_one_click_and_a_form_is_sent_once(
    office: Served, as_user: Login
) -> None:
    office.put.sheet(
        "child_allowance_02.tif", "child_allowance", ["applicant", "phone"], picture=False
    )
    page = as_user("joho")
    page.goto(f"{office.url}/review/sheet?form=child_allowance")
    expect(page.locator("#entry")).to_be_focused()
    page.locator("#accept").dblclick()
    expect(page.locator("#dots i.done")).to_have_count(1)
    seen(page)
    assert len(decided(office)) == 1
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else "")
    page.goto(f"{office.url}/audit")
    page.evaluate(
        "() => { const form = document.querySelector('form[action=\"/audit/verify\"]');"
        " form.requestSubmit(); form.requestSubmit(); }"
    )
    expect(page.locator("h1")).to_contain_text("検査")
    assert [url for url in sent if url.endswith("/audit/verify")] == [f"{office.url}/audit/verify"]
