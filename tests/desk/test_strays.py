"""A note outside all fields, on the review page: shown with its place, confirmed by keyboard like a
field."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from records.types import Box, Place, Problem, Record
from tests.desk.client import Client
from tests.desk.office import Served

NOTES = (Place(1, Box(20.0, 283.0, 40.0, 6.0)), Place(1, Box(60.0, 4.0, 30.0, 6.0)))
PROBLEM = Problem("stray_ink", "余白に書き込みがあります(2か所)", NOTES)


def put(office: Served, *doubtful: str) -> Record:
    return office.put.sheet(
        "child_allowance_02.tif", "child_allowance", doubtful, problems=(PROBLEM,)
    )


def test_notes_are_shown_in_their_places_and_confirmed_by_keyboard(
    office: Served, as_user: Callable[[str], Page]
) -> None:
    record = put(office, "phone")
    page = as_user("fukushi1")
    page.goto(f"{office.url}/review/sheet?form=child_allowance")
    expect(page.locator("#label")).to_have_text("余白の書き込み")
    expect(page.locator("#reasons")).to_contain_text("余白に書き込みがあります")
    pictures = page.locator("#crop-box img:visible")
    expect(pictures).to_have_count(2)
    for picture in pictures.all():
        expect(picture).to_have_attribute("src", re.compile("."))
        assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 100
    expect(page.locator("#paper rect:visible")).to_have_count(2)
    page.keyboard.press("Enter")
    expect(page.locator("#label")).to_have_text("電話番号（自宅）")
    expect(page.locator("#crop-box img:visible")).to_have_count(1)
    expect(page.locator("#paper rect:visible")).to_have_count(1)
    row = office.desk.journal.records.get(record.id)
    assert row is not None
    assert (row.state, row.line.open) == ("waiting", ("phone",))
    page.keyboard.press("Enter")
    expect(page.locator("#finished")).to_be_visible()
    row = office.desk.journal.records.get(record.id)
    assert row is not None
    assert row.state == "ready"
    assert [(d.field, d.verdict) for d in row.decisions] == [("", "accept"), ("phone", "accept")]


def test_a_note_can_send_the_sheet_back(office: Served, as_user: Callable[[str], Page]) -> None:
    record = put(office)
    page = as_user("fukushi1")
    page.goto(f"{office.url}/review/sheet?form=child_allowance")
    expect(page.locator("#label")).to_have_text("余白の書き込み")
    page.keyboard.press("?")
    expect(page.locator("#insist")).to_be_visible()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#finished")).to_be_visible()
    row = office.desk.journal.records.get(record.id)
    assert row is not None
    assert (row.state, row.line.code) == ("returned", "unreadable")


def test_only_places_that_are_there_have_pictures(
    office: Served, as_client: Callable[..., Client]
) -> None:
    record = put(office)
    clerk = as_client("fukushi1")
    for number in (0, 1):
        reply = clerk.get(f"/sheets/{record.id}/place/{number}.jpg")
        assert (reply.status_code, reply.headers["content-type"]) == (200, "image/jpeg")
    assert clerk.get(f"/sheets/{record.id}/place/2.jpg").status_code == 404
    assert as_client("zeimu1").get(f"/sheets/{record.id}/place/0.jpg").status_code == 404
    opened = clerk.get(f"/records/{record.id}").text
    assert f"/sheets/{record.id}/place/1.jpg" in opened
    assert PROBLEM.message in opened


def test_a_sheet_with_another_problem_of_its_own_is_still_asked_about_as_a_whole(
    office: Served, as_user: Callable[[str], Page]
) -> None:
    order = Problem("page_order", "ページが逆の順に入っています")
    office.put.sheet("child_allowance_02.tif", "child_allowance", ["phone"], problems=(order,))
    page = as_user("fukushi1")
    page.goto(f"{office.url}/review/sheet?form=child_allowance")
    expect(page.locator("#label")).to_have_text("用紙全体")
    expect(page.locator("#crop-box")).to_be_hidden()
    expect(page.locator("#unreadable")).to_be_hidden()
    page.keyboard.press("Enter")
    expect(page.locator("#label")).to_have_text("電話番号（自宅）")
