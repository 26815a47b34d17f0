"""What only a real browser shows: the input method's own events, files dropped onto the page, the
policy against foreign scripts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect

from tests.desk.office import PASSWORD, SAMPLES, Served

LISTEN = """() => {
  window.heard = [];
  for (const kind of ["compositionstart", "compositionupdate", "compositionend", "keydown"])
    window.addEventListener(kind, 
      (e) => window.heard.push([kind, e.key || "", Boolean(e.isComposing), e.keyCode || 0]), true);
}"""
KEYS = (
    ("Enter", 13),
    ("Escape", 27),
    ("F1", 112),
    ("F7", 118),
    ("F8", 119),
    ("F8", 119),
    ("F9", 120),
    ("F9", 120),
    ("F10", 121),
    ("ArrowLeft", 37),
    ("ArrowDown", 40),
    ("1", 49),
    ("?", 191),
    ("!", 49),
    ("*", 186),
    ("+", 187),
)
"""Keys that convert, cancel and choose in an input method, and that would do something here."""


def press(ime: CDPSession, key: str, code: int, modifiers: int = 0) -> None:
    for kind in ("rawKeyDown", "keyUp"):
        ime.send(
            "Input.dispatchKeyEvent",
            {"type": kind, "key": key, "windowsVirtualKeyCode": code, "modifiers": modifiers},
        )


def compose(page: Page, text: str, *, only_229: bool = False) -> CDPSession:
    """Begin a composition as an input method does, and press every key in it: as the key itself,
    and as 229.

    Args:
        only_229: as Windows does it; Chromium itself closes a dialog by an Escape that no input
        method took.
    """
    ime = page.context.new_cdp_session(page)
    page.evaluate(LISTEN)
    for n in range(1, len(text) + 1):
        ime.send(
            "Input.imeSetComposition", {"text": text[:n], "selectionStart": n, "selectionEnd": n}
        )
    codes = [(key, code) for key, own in KEYS for code in ((229,) if only_229 else (own, 229))]
    for key, code in codes:
        press(ime, key, code)
    press(ime, "Enter", 229 if only_229 else 13, modifiers=2)  # Ctrl
    heard: list[list[Any]] = page.evaluate("window.heard")
    assert {kind for kind, *_ in heard} >= {"compositionstart", "compositionupdate", "keydown"}
    assert "compositionend" not in {kind for kind, *_ in heard}
    down = [one for one in heard if one[0] == "keydown"]
    assert len(down) == len(codes) + 1
    assert all(composing for _, _, composing, _ in down)
    return ime


def test_review_leaves_every_key_to_the_input_method(
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
    expect(page.locator("#label")).to_have_text("請求者氏名")
    ime = compose(page, "ひがしじま　ゆうた")
    expect(page.locator("#label")).to_have_text("請求者氏名")
    expect(page.locator("#entry")).to_have_value("ひがしじま　ゆうた")
    expect(page.locator("#zoom")).to_have_attribute("aria-pressed", "false")
    assert not list(office.desk.journal.chain.events(kind="decided"))
    ime.send("Input.insertText", {"text": "東島　裕太"})  # converted and taken over
    expect(page.locator("#entry")).to_have_value("東島　裕太")
    page.keyboard.press("Enter")  # now it is ours
    expect(page.locator("#label")).to_have_text("電話番号（自宅）")
    row = office.desk.journal.records.get(record.id)
    assert row is not None
    assert row.record.fields["applicant"].value == "東島　裕太"


def test_batch_review_and_correction_do_too(office: Served, as_user: Callable[[str], Page]) -> None:
    for _ in range(2):
        office.put.sheet("child_allowance_02.tif", "child_allowance", ["applicant"])
    done = office.put.sheet("child_allowance_02.tif", "child_allowance", [])
    page = as_user("fukushi1")
    page.goto(f"{office.url}/batch/field?form=child_allowance&field=applicant")
    expect(page.locator("#value-0")).to_be_focused()
    compose(page, "ひがしじま")
    expect(page.locator("#value-0")).to_be_focused()
    expect(page.locator("#grid li")).to_have_count(2)
    expect(page.locator("#count")).to_have_text("2")
    page.goto(f"{office.url}/records/{done.id}")
    page.locator("tr[data-field=applicant] button.correct").click()
    compose(page, "ひがしじま", only_229=True)
    expect(page.locator("#correcting")).to_be_visible()
    assert not list(office.desk.journal.chain.events(kind="decided"))


@pytest.mark.parametrize("place", ["#drop", "h1"])
def test_files_are_dropped_onto_the_page(
    office: Served, as_user: Callable[[str], Page], place: str
) -> None:
    scans = [
        SAMPLES / "scans" / name for name in ("child_allowance_02.tif", "account_transfer_01.jpg")
    ]
    page = as_user("joho")
    page.goto(f"{office.url}/intake")
    box = page.locator(place).bounding_box()
    assert box is not None
    browser = page.context.new_cdp_session(page)  # a real drag from outside the browser
    data = {"items": [], "files": [str(scan) for scan in scans], "dragOperationsMask": 1}
    where = {"x": box["x"] + 20, "y": box["y"] + 10, "data": data}
    for kind in ("dragEnter", "dragOver"):
        browser.send("Input.dispatchDragEvent", {"type": kind, **where})
    expect(page.locator("#drop")).to_have_class("drop card over")
    browser.send("Input.dispatchDragEvent", {"type": "drop", **where})
    expect(page.locator("#uploads li")).to_have_count(2)
    for line in page.locator("#uploads li").all():
        expect(line).to_contain_text("受け付けました")
    expect(page.locator("#drop")).to_have_class("drop card")
    kept = {
        path.name: path.read_bytes() for path in office.desk.site.inbox.iterdir() if path.is_file()
    }
    assert kept == {scan.name: scan.read_bytes() for scan in scans}
    assert page.url.endswith("/intake")  # the browser did not open the file instead


def test_no_script_runs_that_is_not_ours_even_where_one_gets_onto_the_page(
    office: Served, browser: Browser
) -> None:
    context = browser.new_context()
    page = context.new_page()
    blocked: list[str] = []
    page.on(
        "console",
        lambda message: (
            blocked.append(message.text) if "Content Security Policy" in message.text else None
        ),
    )
    page.goto(f"{office.url}/login")
    page.evaluate("""() => {
      const inline = document.createElement("script");
      inline.textContent = "window.stolen = 1";
      const picture = document.createElement("img");
      picture.setAttribute("onerror", "window.stolen = 2");
      picture.src = "/nowhere.png";
      const outside = document.createElement("script");
      outside.src = "http://127.0.0.1:9/x.js";
      document.body.append(inline, picture, outside);
    }""")
    page.wait_for_timeout(500)
    assert page.evaluate("window.stolen") is None
    assert len(blocked) >= 3
    page.fill("input[name=name]", "fukushi1")
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/review")  # our own still do
    expect(page.locator("[data-start], .message.good").first).to_be_visible()
    context.close()
