"""A document that no machine could read is seen by those whose folder it came by, opened, and
brought to its end once in the figures; bytes that came before are told at the upload."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from connectors.sources import folder
from desk.opendesk import Desk
from flows.commands.state import retry_document
from flows.definitions import load_definitions
from flows.intake import Intake
from initiatives.fiscal import year_span
from records.errors import DocumentError
from records.journal import DocumentRow
from records.refusal import Refusal
from records.types import Record
from tests.desk.client import Client
from tests.desk.office import SAMPLES, Served, make_site, serve

Login = Callable[..., Client]
SCAN = SAMPLES / "scans" / "child_allowance_02.tif"
FORM = "child_allowance"


@dataclass(frozen=True)
class SetAsidePage:
    """Stands for a document of which the first page is of no form."""

    nearest: str = ""


class NobodyReads:
    """A reader that finds no form on any page, or what it is given."""

    def __init__(self, found: tuple[Record | SetAsidePage, ...] = ()) -> None:
        self.found = found

    def read(self, path: Path, sha256: str, *_: object) -> Iterator[Record | Refusal]:
        if self.found and isinstance(self.found[0], SetAsidePage):
            error = DocumentError("no_form", "1ページ目に合う様式がありません")
            yield Refusal((1,), error, self.found[0].nearest)
            yield Record(Record.id_of(sha256, 2), sha256, (2,), FORM, 1, 0.95, {})
            return
        yield from (one for one in self.found if isinstance(one, Record))
        if not self.found:
            raise DocumentError("no_form", f"「{path.name}」に合う様式がありません")


def intake_of(desk: Desk, *found: Record | SetAsidePage) -> Intake:
    return Intake(load_definitions(desk.site.folder), desk.journal, NobodyReads(found))  # type: ignore[arg-type]


def arrive(desk: Desk, place: str, *found: Record | SetAsidePage) -> DocumentRow:
    """A file comes by a folder of the inbox and cannot be read."""
    target = desk.site.inbox / place
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(SCAN, target)
    with target.open("ab") as stream:
        stream.write(place.encode())
    sha = hashlib.sha256(target.read_bytes()).hexdigest()
    intake = intake_of(desk, *found)
    while desk.journal.documents.get(sha) is None:
        intake.sweep()
    row = intake.claim()
    assert row is not None
    intake.read(row)
    done = desk.journal.documents.get(sha)
    assert done is not None
    return done


def figures(desk: Desk) -> tuple[int, int]:
    """Failed sheets and those keyed in by hand of the form's initiative, by the savings' books."""
    code = desk.forms[FORM].initiative
    today = desk.now().date()
    with desk.accounts.on(today) as history:
        year = today.year if today.month >= 4 else today.year - 1
        work = history.balance(code, year_span(year)).work
    return work.failed, work.by_hand


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Served]:
    settings = """
[intake]
settle_seconds = 0.0
[desk.folders]
fax = ["福祉課"]
"""
    served, stop = serve(make_site(tmp_path / "site", settings))
    yield served
    stop()


def test_failed_documents_are_seen_by_those_whose_folder_they_came_by(
    office: Served, as_client: Login
) -> None:
    desk = office.desk
    rows = {
        place: arrive(desk, place)
        for place in ("fax/a.tif", "税務課/b.tif", f"{FORM}/c.tif", "d.tif", "mail/e.tif")
    }
    seen = {
        "fukushi1": ["a.tif", "c.tif"],
        "zeimu1": ["b.tif"],
        "joho": ["a.tif", "b.tif", "c.tif", "d.tif", "e.tif"],
    }
    for name, files in seen.items():
        client = as_client(name)
        listed = client.get("/intake").text
        assert [row.name for row in rows.values() if row.name in listed] == sorted(files)
        for row in rows.values():
            status = 200 if row.name in files else 404
            assert client.get(f"/intake/document/{row.sha256}").status_code == status
            assert client.get(f"/intake/document/{row.sha256}/1.jpg").status_code == status
        assert ("2 件あります" in listed) == (name != "joho")  # no one's, and told to everybody
        client.close()


def test_a_sheet_keyed_in_by_hand_counts_once_however_often_it_failed(
    office: Served, as_client: Login
) -> None:
    desk = office.desk
    row = arrive(desk, f"{FORM}/a.tif")
    intake = intake_of(desk)
    clerk = as_client("fukushi1")
    for _ in range(2):  # read again, and failed again
        body = {"document": row.sha256, "form": FORM, "csrf": clerk.csrf}
        assert clerk.http.post("/intake/again", data=body).status_code == 303
        claimed = intake.claim()
        assert claimed is not None
        assert intake.read(claimed).state == "failed"
    assert figures(desk) == (1, 0)
    place = f"/intake/document/{row.sha256}/by_hand"
    good = {"csrf": clerk.csrf, "form": FORM, "sheets": "1", "minutes": "6"}
    for wrong in ({"form": ""}, {"form": "account_transfer"}, {"sheets": "0"}, {"minutes": ""}):
        assert clerk.http.post(place, data={**good, **wrong}).status_code == 400
    assert figures(desk) == (1, 0)
    assert clerk.http.post(place, data=good).status_code == 303
    assert clerk.http.post(place, data=good).status_code == 400  # twice is once
    assert figures(desk) == (1, 1)
    now = desk.journal.documents.get(row.sha256)
    assert now is not None
    assert (now.state, now.code) == ("finished", "by_hand")
    assert folder.archived(desk.site.archive, row.sha256) is not None
    assert not list(desk.site.failed.iterdir())
    assert "a.tif" not in clerk.get("/intake").text.split("最近")[0]
    assert desk.journal.chain.verify() is None
    told = clerk.get("/initiatives").status_code
    assert told == 200


def test_a_failure_that_was_read_at_last_is_no_failure(office: Served, as_client: Login) -> None:
    desk = office.desk
    row = arrive(desk, f"{FORM}/a.tif")
    assert figures(desk) == (1, 0)
    clerk = as_client("fukushi1")
    body = {"document": row.sha256, "form": FORM, "csrf": clerk.csrf}
    assert clerk.http.post("/intake/again", data=body).status_code == 303
    record = Record(Record.id_of(row.sha256, 1), row.sha256, (1,), FORM, 1, 0.95, {})
    intake = intake_of(desk, record)
    claimed = intake.claim()
    assert claimed is not None
    assert intake.read(claimed).state == "read"
    assert figures(desk) == (0, 0)
    late = {"csrf": clerk.csrf, "form": FORM, "sheets": "1", "minutes": "6"}
    assert clerk.http.post(f"/intake/document/{row.sha256}/by_hand", data=late).status_code == 400
    assert figures(desk) == (0, 0)


def test_a_document_of_an_unknown_form_counts_under_the_form_that_a_person_names(
    office: Served, as_client: Login
) -> None:
    desk = office.desk
    row = arrive(desk, "fax/a.tif")
    assert figures(desk) == (0, 0)
    clerk = as_client("fukushi1")
    body = {"csrf": clerk.csrf, "form": FORM, "sheets": "3", "minutes": "12"}
    reply = clerk.http.post(f"/intake/document/{row.sha256}/by_hand", data=body)
    assert reply.status_code == 303
    assert figures(desk) == (3, 3)


def test_hand_work_that_was_told_before_is_not_counted_again(
    office: Served, as_client: Login
) -> None:
    desk = office.desk
    row = arrive(desk, f"{FORM}/a.tif")
    clerk = as_client("fukushi1")
    code = desk.forms[FORM].initiative
    entry = {
        "csrf": clerk.csrf,
        "initiative": code,
        "step": "exception",
        "form": FORM,
        "day": desk.now().date().isoformat(),
        "minutes": "5",
        "sheets": "1",
        "key": "hand:0123456789abcdef",
        "worker": "",
        "note": "",
    }
    assert clerk.http.post("/initiatives/handwork", data=entry).status_code in (200, 303)
    assert figures(desk) == (1, 1)
    body = {"csrf": clerk.csrf, "form": FORM, "sheets": "1", "minutes": "5"}
    place = f"/intake/document/{row.sha256}/by_hand"
    reply = clerk.http.post(place, data=body)
    assert (reply.status_code, "入力済み" in reply.text) == (400, True)
    assert clerk.http.post(place, data={**body, "minutes": "", "told": "1"}).status_code == 303
    assert figures(desk) == (1, 1)


def test_what_is_thrown_away_was_no_case_and_needs_a_reason(
    office: Served, as_client: Login
) -> None:
    desk = office.desk
    row = arrive(desk, f"{FORM}/a.tif")
    clerk = as_client("fukushi1")
    place = f"/intake/document/{row.sha256}/discard"
    assert figures(desk) == (1, 0)
    body = {"csrf": clerk.csrf, "reason": " ", "seconds": "0"}
    assert clerk.http.post(place, data=body).status_code == 400
    for seconds in ("-1", "nan", "x"):
        bad = {**body, "reason": "広告", "seconds": seconds}
        assert clerk.http.post(place, data=bad).status_code in (400, 422)
    assert clerk.http.post(place, data={**body, "reason": "広告のFAX"}).status_code == 303
    assert figures(desk) == (0, 0)
    assert "広告のFAX" in clerk.get(f"/intake/document/{row.sha256}").text
    assert folder.archived(desk.site.archive, row.sha256) is not None
    assert as_client("zeimu1").get(f"/intake/document/{row.sha256}").status_code == 404


@pytest.mark.parametrize("place", [f"{FORM}/a.tif", "fax/a.tif"])
def test_what_was_finished_by_mistake_is_opened_again_and_counted_once(
    office: Served, as_client: Login, place: str
) -> None:
    desk = office.desk
    row = arrive(desk, place)
    intake, clerk = intake_of(desk), as_client("fukushi1")
    address = f"/intake/document/{row.sha256}"
    hand = {"csrf": clerk.csrf, "form": FORM, "sheets": "2", "minutes": "6"}
    for how, body in (
        ("discard", {"csrf": clerk.csrf, "reason": "広告", "seconds": "0.5"}),
        ("by_hand", hand),
        ("by_hand", hand),
    ):
        assert clerk.http.post(f"{address}/{how}", data=body).status_code == 303
        assert figures(desk) == ((2, 2) if how == "by_hand" else (0, 0))
        with pytest.raises(DocumentError, match="取り消して読み直す"):
            retry_document(intake.definitions, desk.journal, row.sha256)
        again = {"csrf": clerk.csrf, "document": row.sha256, "form": FORM}
        assert clerk.http.post("/intake/again", data=again).status_code == 409
        assert clerk.http.post(f"{address}/reopen", data={"csrf": clerk.csrf}).status_code == 303
        assert figures(desk) == (0, 0)
        claimed = intake.claim()
        assert claimed is not None
        assert intake.read(claimed).state == "failed"
    assert clerk.http.post(f"{address}/by_hand", data=hand).status_code == 303
    assert figures(desk) == (2, 2)
    assert desk.journal.chain.verify() is None


@pytest.mark.parametrize("nearest", ["", FORM])
def test_pages_set_aside_count_one_failure_whichever_way_they_were_told(
    office: Served, as_client: Login, nearest: str
) -> None:
    desk, clerk = office.desk, as_client("fukushi1")
    for name, ending in (("a.tif", "by_hand"), ("b.tif", "discard")):
        row = arrive(desk, f"fax/{name}", SetAsidePage(nearest))
        if name == "a.tif":
            assert figures(desk) == ((1, 0) if nearest else (0, 0))
        body = {"csrf": clerk.csrf, "form": FORM, "sheets": "1", "minutes": "4", "pages": "1"}
        body |= {"reason": "裏面の注意書き", "seconds": "0"}
        reply = clerk.http.post(f"/intake/document/{row.sha256}/{ending}", data=body)
        assert reply.status_code == 303
        assert figures(desk) == (1, 1)


def test_pages_that_were_set_aside_are_shown_and_finished(office: Served, as_client: Login) -> None:
    desk = office.desk
    row = arrive(desk, "fax/a.tif", SetAsidePage())
    assert row.state == "read"
    clerk, other = as_client("fukushi1"), as_client("zeimu1")
    assert "読まなかったページ" in clerk.get("/intake").text
    assert "読まなかったページ" not in other.get("/intake").text
    place = f"/intake/document/{row.sha256}"
    assert clerk.get(f"{place}/1.jpg").status_code == 200
    assert clerk.get(f"{place}/2.jpg").status_code == 404  # no page that was set aside
    body = {"csrf": clerk.csrf, "form": FORM, "sheets": "1", "minutes": "4", "pages": "1"}
    assert clerk.http.post(f"{place}/by_hand", data={**body, "pages": "2"}).status_code == 400
    assert clerk.http.post(f"{place}/by_hand", data={**body, "pages": ""}).status_code == 400
    assert figures(desk) == (0, 0)
    assert clerk.http.post(f"{place}/by_hand", data=body).status_code == 303
    assert clerk.http.post(f"{place}/by_hand", data=body).status_code == 400
    assert figures(desk) == (1, 1)
    assert "読まなかったページ" not in clerk.get("/intake").text
    assert not list(desk.site.failed.iterdir())
    assert desk.journal.chain.verify() is None


@pytest.mark.parametrize("nearest", ["", FORM])
@pytest.mark.parametrize("ending", ["by_hand", "discard", ""])
def test_pages_that_were_finished_and_are_read_again_count_once(
    office: Served, as_client: Login, nearest: str, ending: str
) -> None:
    desk, clerk = office.desk, as_client("fukushi1")
    row = arrive(desk, "fax/a.tif", SetAsidePage(nearest))
    body = {"csrf": clerk.csrf, "form": FORM, "sheets": "1", "minutes": "4", "pages": "1"}
    body |= {"reason": "裏面の注意書き", "seconds": "2"}
    definitions = load_definitions(desk.site.folder)
    for _ in range(3):  # read again, and refused again
        if ending:
            address = f"/intake/document/{row.sha256}/{ending}"
            assert clerk.http.post(address, data=body).status_code == 303
        retry_document(definitions, desk.journal, row.sha256)
        again = intake_of(desk, SetAsidePage(nearest))
        claimed = again.claim()
        assert claimed is not None
        assert again.read(claimed).state == "read"
        assert figures(desk) == ((1, 0) if nearest else (0, 0))
    retry_document(definitions, desk.journal, row.sha256)
    every = Record(Record.id_of(row.sha256, 1), row.sha256, (1,), FORM, 1, 0.95, {})
    last = intake_of(desk, every)
    claimed = last.claim()
    assert claimed is not None
    assert last.read(claimed).state == "read"
    assert figures(desk) == (0, 0)
    assert desk.journal.chain.verify() is None


def test_the_pages_are_looked_at_and_a_form_is_given(
    office: Served, as_user: Callable[[str], Page]
) -> None:
    row = arrive(office.desk, "fax/うすい.tif")
    page = as_user("fukushi1")
    page.goto(f"{office.url}/intake")
    page.get_by_role("link", name="うすい.tif").click()
    picture = page.locator(".pages img")
    expect(picture).to_have_count(1)
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 800
    page.locator('form[action="/intake/again"] select').select_option(FORM)
    page.get_by_role("button", name="読み直す").click()
    page.wait_for_url("**/intake")
    now = office.desk.journal.documents.get(row.sha256)
    assert now is not None
    assert (now.state, now.form) == ("received", FORM)


def test_bytes_that_came_before_are_told_with_a_link(
    office: Served, as_user: Callable[[str], Page], tmp_path: Path
) -> None:
    desk = office.desk
    row = arrive(desk, "fax/a.tif")
    first = tmp_path / "b.tif"
    first.write_bytes(SCAN.read_bytes() + b"fax/a.tif")
    page = as_user("fukushi1")
    page.goto(f"{office.url}/intake")
    page.set_input_files("#files", [first])
    said = page.locator("#uploads li").first
    day = row.received_on
    expect(said).to_contain_text(f"{day.month}月{day.day}日に届いたものと同じです")
    expect(said).to_contain_text("もう一度読みます")
    expect(said.get_by_role("link")).to_have_attribute("href", f"/intake/document/{row.sha256}")
    new = tmp_path / "c.tif"
    new.write_bytes(SCAN.read_bytes() + b"new")
    page.set_input_files("#files", [new])
    expect(said).to_contain_text("受け付けました")
    page.set_input_files("#files", [new])  # nobody has read it yet
    expect(said).to_contain_text("届いたものと同じです")
