"""Several people at once: leases, ベリファイ, the batch view, correction after delivery."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable

import openpyxl
from playwright.sync_api import Page, expect

from flows.delivery import Delivery
from tests.desk.client import Client
from tests.desk.office import Served, definitions_of

Login = Callable[..., Client]


def deliver(office: Served) -> None:
    delivery = Delivery(definitions_of(office.desk), office.desk.journal)
    for job in delivery.jobs():
        delivery.deliver(job)


def test_two_people_never_get_the_same_sheet_and_what_one_leaves_the_other_gets(
    office: Served, as_client: Login
) -> None:
    for _ in range(4):
        office.put.sheet("child_allowance_02.tif", "child_allowance", ["birth_date"], picture=False)
    one, two = as_client("fukushi1"), as_client("fukushi2")
    mine, theirs = one.next(), two.next()
    assert len(mine) == len(theirs) == 2
    assert not {s["record"] for s in mine} & {s["record"] for s in theirs}
    stolen = two.decide(mine[0], "birth_date")
    assert stolen.status_code == 409
    assert "別の人" in stolen.json()["error"]
    assert one.decide(mine[0], "birth_date").json() == {
        "state": "ready",
        "open": [],
        "value": "平成6年5月11日",
    }
    again = one.decide(mine[0], "birth_date")
    assert again.status_code == 409
    one.post("/review/release", {"records": [mine[1]["record"]]})
    for sheet in theirs:
        assert two.decide(sheet, "birth_date").status_code == 200
    assert [s["record"] for s in two.next()] == [mine[1]["record"]]


def test_a_sheet_that_was_read_anew_takes_no_answer_to_the_old_reading(
    office: Served, as_client: Login
) -> None:
    office.put.sheet("child_allowance_02.tif", "child_allowance", ["birth_date"], picture=False)
    clerk = as_client("fukushi1")
    (sheet,) = clerk.next()
    assert clerk.decide({**sheet, "reading": 2}, "birth_date").status_code == 409


def test_seconds_that_cannot_be_are_refused(office: Served, as_client: Login) -> None:
    office.put.sheet("child_allowance_02.tif", "child_allowance", ["birth_date"], picture=False)
    clerk = as_client("fukushi1")
    (sheet,) = clerk.next()
    for seconds in (-1, "1", None, True, [1]):
        assert clerk.decide(sheet, "birth_date", seconds=seconds).status_code == 422, seconds
    raw = (
        f'{{"record":"{sheet["record"]}","reading":1,"field":"birth_date",'
        '"verdict":"accept","seconds":1e400}'
    )
    headers = {
        "Content-Type": "application/json",
        "Accept": "application/json",
        "X-CSRF-Token": clerk.csrf,
    }
    reply = clerk.http.post("/review/decide", content=raw, headers=headers)
    assert reply.status_code == 422
    assert not list(office.desk.journal.chain.events(kind="decided"))


def test_nobody_claims_more_attention_than_time_has_passed(
    office: Served, as_client: Login
) -> None:
    office.put.sheet(
        "child_allowance_02.tif", "child_allowance", ["birth_date", "phone"], picture=False
    )
    clerk = as_client("fukushi1")
    (sheet,) = clerk.next()
    assert clerk.decide(sheet, "birth_date", seconds=500).status_code == 200
    assert clerk.decide(sheet, "phone", seconds=500).status_code == 200
    row = office.desk.journal.records.get(sheet["record"])
    assert row is not None
    assert sum(d.seconds for d in row.decisions) < 20


def test_with_two_person_checking_the_second_does_not_see_the_first_and_a_third_decides(
    office: Served,
    as_client: Login,
) -> None:
    record = office.put.sheet(
        "account_transfer_02.tif", "account_transfer", ["payer", "notice_number"], picture=False
    )
    first, second, third = (as_client(name) for name in ("zeimu1", "zeimu2", "zeimu3"))
    (sheet,) = first.next()
    assert [f["turn"] for f in sheet["fields"]] == ["first", "first"]
    assert second.next() == []  # the first one has it on the screen
    first.decide(sheet, "payer", "correct", "鹿島 一郎", insist=True)
    assert [s["record"] for s in first.next(have=[])] == [
        record.id
    ]  # the other field is still theirs
    first.decide(sheet, "notice_number", insist=True)
    assert first.next() == []  # nothing left that they may answer

    (seen,) = second.next()
    assert [f["turn"] for f in seen["fields"]] == ["second", "second"]
    pages = (
        second.get(f"/records/{record.id}").text
        + json.dumps(seen, ensure_ascii=False)
        + second.get("/records").text
    )
    assert "一郎" not in pages
    second.decide(seen, "payer", "correct", "鹿島 二郎", insist=True)
    kept = second.decide(seen, "notice_number").json()
    assert (kept["state"], kept["open"]) == ("waiting", [])

    (last,) = third.next()
    (field,) = last["fields"]  # the other one is settled: two people of one mind
    assert (field["name"], field["turn"]) == ("payer", "third")
    assert {c.replace("　", " ") for c in field["alternatives"]} >= {"鹿島 一郎", "鹿島 二郎"}
    assert (
        third.decide(last, "payer", "correct", "鹿島 二郎", insist=True).json()["state"] == "ready"
    )
    row = office.desk.journal.records.get(record.id)
    assert row is not None
    assert str(row.record.fields["payer"].value).replace("　", " ") == "鹿島 二郎"


def test_a_my_number_is_masked_until_asked_for_and_the_asking_is_recorded(
    office: Served, as_client: Login
) -> None:
    record = office.put.sheet(
        "child_allowance_02.tif", "child_allowance", ["my_number", "birth_date"]
    )
    clerk, number = as_client("fukushi1"), "477627144459"
    (sheet,) = clerk.next()
    places = [
        f"/records/{record.id}",
        "/records?text=東島",
        "/records/export.csv?form=child_allowance",
        "/review",
    ]
    assert number not in str(sheet)
    assert all(number not in clerk.get(place).text for place in places)
    picture, page = f"/sheets/{record.id}/field/my_number.jpg", f"/sheets/{record.id}/1.jpg"
    covered = clerk.get(picture).content, clerk.get(page).content
    reply = clerk.post("/review/reveal", {"record": record.id, "field": "my_number"})
    assert reply.json()["value"] == number
    assert clerk.get(picture).content != covered[0]
    assert clerk.get(page).content != covered[1]
    other = as_client("fukushi2")
    assert other.get(page).content == covered[1]  # for this person only
    (event,) = office.desk.journal.chain.events(kind="revealed")
    assert (event.actor, event.record, event.payload["field"]) == (
        "fukushi1",
        record.id,
        "my_number",
    )


def test_every_look_is_an_event_and_tampering_is_found(office: Served, as_client: Login) -> None:
    record = office.put.sheet("child_allowance_02.tif", "child_allowance", ["birth_date"])
    clerk = as_client("fukushi1")
    clerk.get(f"/sheets/{record.id}/1.jpg")
    clerk.get(f"/sheets/{record.id}/field/phone.jpg")
    clerk.get(f"/records/{record.id}")
    clerk.get("/records?text=東島")
    clerk.get("/records/export.csv?form=child_allowance")
    seen = [
        (e.kind, e.payload.get("what", ""))
        for e in office.desk.journal.chain.events(actor="fukushi1", kind=("viewed", "exported"))
    ]
    assert seen == [
        ("viewed", "picture"),
        ("viewed", "record"),
        ("viewed", "list"),
        ("exported", ""),
    ]
    admin = as_client("system")
    assert record.id in admin.get(f"/audit?actor=fukushi1&target={record.id}").text
    assert "つながっています" in verified(admin)
    with (
        office.desk.journal.store.engine.connect().execution_options(torikomi_write=True) as db,
        db.begin(),
    ):
        db.exec_driver_sql("DROP TRIGGER events_no_update")
        db.exec_driver_sql("UPDATE events SET actor='somebody' WHERE kind='exported'")
    assert "書き換えられています" in verified(admin)


def verified(admin: Client) -> str:
    """The page of a check when it has ended."""
    assert admin.http.post("/audit/verify", data={"csrf": admin.csrf}).status_code == 303
    end = time.monotonic() + 60
    while "検査しています" in (shown := admin.get("/audit/verify").text):
        assert time.monotonic() < end
        time.sleep(0.1)
    return shown


def test_the_audit_page_compares_archive_and_ledgers_as_the_command_does(
    office: Served, as_client: Callable[..., Client]
) -> None:
    record = office.put.sheet("child_allowance_02.tif", "child_allowance", [])
    deliver(office)
    admin = as_client("system")
    shown = verified(admin)
    assert "台帳の 2 行は記録と合っています" in shown
    assert as_client("fukushi1").get("/audit/verify").status_code == 404
    original = next(office.desk.site.archive.glob(f"*/*/{record.document}*"))
    original.write_bytes(b"other")
    shown = verified(admin)
    assert "合わない原本" in shown
    assert original.name in shown
    [*_, last] = office.desk.journal.chain.events(kind="verified")
    assert last.payload["mismatches"] == 1


def test_a_correction_after_delivery_changes_the_row(
    office: Served, as_user: Callable[[str], Page]
) -> None:
    record = office.put.sheet("child_allowance_02.tif", "child_allowance", [])
    deliver(office)
    page = as_user("fukushi1")
    page.goto(f"{office.url}/records/{record.id}")
    line = page.locator("tr[data-field=phone]")
    line.locator("button.correct").click()
    page.keyboard.type("0954-62-1111")
    expect(page.locator("#correcting-becomes")).to_have_text("")
    page.keyboard.press("Enter")
    expect(line.locator(".now")).to_have_text("0954-62-1111")
    expect(page.locator("h1 .state")).to_have_text("転記待ち")
    deliver(office)
    path = next(office.desk.site.ledgers.glob("児童手当*.xlsx"))
    rows = list(openpyxl.load_workbook(path)["受付簿"].iter_rows(values_only=True))
    assert len(rows) == 2
    assert dict(zip(rows[0], rows[1], strict=True))["電話"] == "0954-62-1111"
    row = office.desk.journal.records.get(record.id)
    assert row is not None
    assert (row.state, row.line.revision, row.decisions[0].before) == (
        "delivered",
        2,
        "0954-61-3637",
    )


def test_one_field_of_many_sheets_is_settled_on_one_screen(
    office: Served, as_user: Callable[[str], Page]
) -> None:
    records = [
        office.put.sheet(
            "child_allowance_02.tif",
            "child_allowance",
            ["birth_date"],
            {"birth_date": "1994-05-17"} if n == 1 else {},
        )
        for n in range(3)
    ]
    page = as_user("fukushi1")
    page.goto(f"{office.url}/batch/field?form=child_allowance&field=birth_date")
    expect(page.locator("#grid li")).to_have_count(3)
    page.keyboard.press("Enter")
    page.keyboard.type("h6.5.11")
    page.wait_for_timeout(900)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#finished")).to_be_visible()
    rows = office.desk.journal.records.many([r.id for r in records])
    assert [row.state for row in rows] == ["ready"] * 3
    assert [row.record.fields["birth_date"].value for row in rows] == ["1994-05-11"] * 3
    seconds = [row.decisions[0].seconds for row in rows]
    assert all(0.25 <= s <= 5 for s in seconds)
    assert [row.decisions[0].verdict for row in rows] == ["accept", "correct", "accept"]


def test_many_people_at_once_lose_nothing_and_answer_each_field_once(
    office: Served, as_client: Login
) -> None:
    for _ in range(24):
        office.put.sheet(
            "child_allowance_02.tif", "child_allowance", ["birth_date", "phone"], picture=False
        )
    done: list[tuple[str, str]] = []
    failures: list[str] = []

    def work(name: str) -> None:
        client = Client(office.url, name)
        while sheets := client.next():
            for sheet in sheets:
                for field in sheet["fields"]:
                    reply = client.decide(sheet, field["name"])
                    if reply.status_code == 200:
                        done.append((sheet["record"], field["name"]))
                    elif reply.status_code != 409:
                        failures.append(reply.text)
        client.close()

    threads = [
        threading.Thread(target=work, args=(name,)) for name in ("fukushi1", "fukushi2", "joho")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not failures
    assert len(done) == len(set(done)) == 48
    assert office.desk.journal.tallies.counts().records["ready"] == 24
    decided = [
        (e.record, e.payload["field"]) for e in office.desk.journal.chain.events(kind="decided")
    ]
    assert sorted(decided) == sorted(done)
