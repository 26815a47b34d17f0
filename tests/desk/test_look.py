"""Every page as a person sees it: axe-core finds nothing against JIS X 8341-3 AA, and the pictures
of the manual are made here.

``TORIKOMI_SCREENSHOTS=1 pytest tests/desk/test_look.py`` writes the pictures to docs/screenshots/;
without it they are made and thrown away.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.desk.office import SAMPLES, Served

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
DOCS = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
BLOB = re.compile("^blob:")
RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }
}


def violations(page: Page) -> list[str]:
    """What axe-core finds on a page."""
    # The page's own policy lets no script in; the debugger may.
    session = page.context.new_cdp_session(page)
    session.send("Runtime.evaluate", {"expression": AXE})
    session.detach()
    found: Any = page.evaluate("rules => axe.run(document, rules)", RULES)
    assert found["passes"]
    return [
        f"{violation['id']} {node['target']} {node.get('failureSummary', '')}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


@pytest.fixture
def look(tmp_path: Path) -> Callable[[Page, str], None]:
    """Take a picture of a page and let axe-core look at it."""
    folder = DOCS if os.environ.get("TORIKOMI_SCREENSHOTS") else tmp_path

    def taken(page: Page, name: str) -> None:
        page.wait_for_load_state("networkidle")
        folder.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=folder / f"{name}.png")
        lines = violations(page)
        assert not lines, "\n".join(f"{name}: {line}" for line in lines)

    return taken


def fill(office: Served) -> str:
    """A working day: sheets of three departments in every state; returns a delivered record."""
    put, journal = office.put, office.desk.journal
    wrong = {"birth_date": "1994-05-17", "phone": "0954-61-3631", "address": "鹿島市重ノ木丁2190"}
    first = put.sheet(
        "child_allowance_02.tif",
        "child_allowance",
        ["birth_date", "address", "my_number", "pension", "phone"],
        wrong,
    )
    for n in range(7):
        scan = f"child_allowance_0{n % 3 + 1}.{'jpg' if n % 3 == 0 else 'tif'}"
        put.sheet(
            scan,
            "child_allowance",
            ["birth_date", "pension"] if n % 2 else ["birth_date", "account"],
        )
    done = put.sheet("child_allowance_03.tif", "child_allowance", [])
    journal.deliveries.delivered(
        journal.deliveries.ready(10, "child_allowance"), "excel:x", at=office.desk.now()
    )
    for n in range(1, 4):
        put.sheet(
            f"account_transfer_0{n}.{'jpg' if n == 1 else 'tif'}",
            "account_transfer",
            ["payer", "notice_number"],
        )
    put.sheet("citizen_opinion_scan.jpg", "citizen_opinion", ["subject", "opinion"])
    now = office.desk.now()
    failures = (
        (
            "a" * 64,
            "password.pdf",
            "「password.pdf」にはパスワードがかかっています。解除したPDFを入れ直してください",
        ),
        (
            "b" * 64,
            "unknown_form.tif",
            "「unknown_form.tif」の1ページ目に合う様式がありません。様式を登録するか、手で処理してください",
        ),
    )
    for sha, name, reason in failures:
        journal.documents.receive(sha, name, 10, now)
        journal.documents.fail(sha, reason, "password", now)
    lying = office.desk.site.failed / "unknown_form.tif"
    lying.parent.mkdir(parents=True, exist_ok=True)
    lying.write_bytes((SAMPLES / "scans" / "child_allowance_02.tif").read_bytes())
    note = f"文書番号: {'b' * 64}\n元の場所: inbox/unknown_form.tif\n"
    lying.with_name("unknown_form.tif.理由.txt").write_text(note, encoding="utf-8-sig")
    journal.documents.receive("c" * 64, "窓口スキャン_0412.pdf", 10, now)
    assert first.id != done.id
    return done.id


def test_every_page_looks_right_and_can_be_used_by_everybody(
    office: Served,
    as_user: Callable[[str], Page],
    look: Callable[[Page, str], None],
) -> None:
    delivered = fill(office)
    page = as_user("joho")
    look(page, "review-list")
    page.goto(f"{office.url}/review/sheet?form=child_allowance")
    expect(page.locator("#label")).to_have_text("請求者生年月日")
    expect(page.locator("#crop")).to_have_attribute("src", BLOB)
    look(page, "review")
    page.keyboard.press("Enter")
    expect(page.locator("#label")).to_have_text("個人番号")
    look(page, "review-my-number")
    page.keyboard.press("Enter")
    expect(page.locator("#label")).to_have_text("住所")
    page.keyboard.type("鹿島市重ノ木丁2196番地")
    page.keyboard.press("Tab")
    page.keyboard.press("+")
    page.wait_for_timeout(400)
    look(page, "review-large")
    expect(page.locator("#entry")).to_have_value("鹿島市重ノ木丁2196番地")
    page.keyboard.press("+")
    page.keyboard.press("Escape")  # what was typed is taken back
    expect(page.locator("#entry")).to_have_value("鹿島市重ノ木丁2190")
    for name in ("電話番号（自宅）", "加入している公的年金"):
        page.keyboard.press("Enter")
        expect(page.locator("#label")).to_have_text(name)
    look(page, "review-choice")
    pages = {
        "intake": "/intake",
        "document": f"/intake/document/{'b' * 64}",
        "batch-list": "/batch",
        "records": "/records",
        "record": f"/records/{delivered}",
        "ledgers": "/ledgers",
        "initiatives": "/initiatives",
        "audit": "/audit",
        "users": "/users",
        "account": "/account",
        "error": "/records/nowhere",
    }
    for name, place in pages.items():
        page.goto(office.url + place)
        look(page, name)
    page.goto(f"{office.url}/audit")
    page.click("text=改ざんがないか検査する")
    expect(page.locator("p.note")).to_contain_text("終了")
    look(page, "audit-verified")
    page.goto(f"{office.url}/batch/field?form=child_allowance&field=birth_date")
    expect(page.locator("#grid img").last).to_have_attribute("src", BLOB, timeout=60_000)
    page.wait_for_timeout(500)
    look(page, "batch")
    page.goto(f"{office.url}/records/{delivered}")
    page.locator("button.correct").nth(2).click()
    look(page, "record-correct")
    page.keyboard.press("Escape")
    page.click("text=ログアウト")
    look(page, "login")
