"""A My Number where no form asks for one: written into any field, in any spelling, it stands in no
page, export, log or event until a person asks for it."""

from __future__ import annotations

from collections.abc import Callable

from records.types import Problem
from tests.desk.client import Client
from tests.desk.office import Served
from tests.spellings import SPELLINGS, tells

Login = Callable[..., Client]

INSIDE = Problem("my_number_inside", "個人番号と思われる数字があります")


def _planted(office: Served, spelling: str) -> tuple[str, list[str]]:
    """A sheet with the number in fields of several kinds and in its file's name."""
    form = office.desk.forms["child_allowance"]
    names = [n for n, made in form.fields.items() if made.traits.editor in ("text", "lines")]
    wrong = {name: f"番号は{spelling}です" for name in names if name != "my_number"}
    record = office.put.sheet(
        "child_allowance_02.tif",
        form.id,
        list(wrong),
        wrong,
        name=f"{spelling}.tif".replace("\n", " ").replace("/", "-"),
        problems=(INSIDE,),
    )
    return record.id, list(wrong)


def test_no_page_shows_it(office: Served, as_client: Login) -> None:
    planted = {name: _planted(office, spelt) for name, spelt in SPELLINGS.items()}
    staff, manager = as_client("fukushi1"), as_client("joho")
    fields = planted["in fours"][1]
    pages = [
        "/records",
        "/records?text=番号",
        "/records/export.csv?form=child_allowance",
        "/review/sheet?form=child_allowance",
        f"/batch/field?form=child_allowance&field={fields[0]}",
        "/intake",
        *(f"/records/{record}" for record, _ in planted.values()),
    ]
    for page in pages:
        shown = staff.get(page)
        assert shown.status_code == 200, page
        assert not tells(shown.text), page
    for page in ("/audit", "/intake"):
        assert not tells(manager.get(page).text), page
    for sheet in staff.next():
        assert not tells(str(sheet)), sheet["record"]
    for name, (record, _) in planted.items():
        text = {"record": record, "field": fields[0], "text": SPELLINGS[name]}
        assert not tells(staff.post("/review/check", text).text), name
    assert not any(
        tells(str(event.payload)) for event in office.desk.journal.chain.events(limit=500)
    )


def test_a_person_who_asks_sees_it_and_that_is_kept(office: Served, as_client: Login) -> None:
    record, fields = _planted(office, SPELLINGS["in fours"])
    staff = as_client("fukushi1")
    shown = staff.post("/review/reveal", {"record": record, "field": fields[0]})
    assert tells(shown.json()["value"])
    assert tells(staff.get(f"/records/{record}").text)
    assert not tells(as_client("fukushi2").get(f"/records/{record}").text)
    (event,) = office.desk.journal.chain.events(kind="revealed")
    assert (event.record, event.payload["field"]) == (record, fields[0])


def test_confirming_a_hidden_value_keeps_it_whole(office: Served, as_client: Login) -> None:
    record, fields = _planted(office, SPELLINGS["with hyphens"])
    staff = as_client("fukushi1")
    sheet = next(sheet for sheet in staff.next() if sheet["record"] == record)
    asked = staff.decide(sheet, fields[0], insist=True)
    assert asked.status_code == 200
    row = office.desk.journal.records.get(record)
    assert row is not None
    assert tells(str(row.record.fields[fields[0]].value))


def test_the_page_of_a_record_shows_the_number_of_its_own_field_to_who_asked(
    office: Served, as_client: Login
) -> None:
    record, _ = _planted(office, SPELLINGS["in fours"])
    row = office.desk.journal.records.get(record)
    assert row is not None
    number = str(row.record.fields["my_number"].value)
    staff = as_client("fukushi1")
    assert number not in staff.get(f"/records/{record}").text
    staff.post("/review/reveal", {"record": record, "field": "my_number"})
    assert number in staff.get(f"/records/{record}").text
