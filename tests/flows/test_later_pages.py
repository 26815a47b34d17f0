"""Files that grow, change or are replaced after they were taken: read with all their pages, and no
sheet twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import openpyxl
import pytest

from connectors.files import sha256_of
from connectors.sources.folder import holders, parked
from flows.commands.state import retry_document
from flows.composition import journal_of, make_reader
from flows.definitions import load_definitions
from flows.delivery import Delivery
from flows.intake import Intake, Swept
from flows.replay import Reader
from flows.watching import Said
from records.errors import DocumentError
from records.filenames import shown_name
from records.journal import Journal
from tests.flows.office import FORM, drop, make_office, sheet


class Office:
    """A site whose clock the test moves; every round is one of the service's, without Prefect."""

    def __init__(self, folder: Path, form: str = FORM) -> None:
        self.folder = make_office(folder, form=form)
        self.definitions = load_definitions(self.folder)
        self.journal: Journal = journal_of(self.definitions.site)
        self.now = 0.0
        self.said: list[str] = []
        self.start()

    def start(self) -> None:
        self.delivery = Delivery(self.definitions, self.journal)
        self.intake = Intake(
            self.definitions, self.journal, make_reader(self.definitions), lambda: self.now
        )
        self.intake.recover()

    def round(self, seconds: float = 10.0) -> Swept:
        self.now += seconds
        swept = self.intake.sweep()
        self.said += swept.told
        while (row := self.intake.claim()) is not None:
            self.intake.read(row)
        for job in self.delivery.jobs():
            self.delivery.deliver(job)
        return swept

    def rows(self) -> list[str]:
        path = self.folder / "ledgers" / "survey.xlsx"
        if not path.is_file():
            return []
        with closing(openpyxl.load_workbook(path)) as book:
            found = book["受付簿"].iter_rows(min_row=2, max_col=1, values_only=True)
            return sorted(str(row[0]) for row in found if row[0] is not None)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path / "office")
    yield made
    made.journal.close()


@pytest.fixture
def share(monkeypatch: pytest.MonkeyPatch) -> None:
    """The inbox is a share: nothing tells who has a file open."""
    monkeypatch.setattr(holders, "_tells", lambda path: False)


def document(*names: str) -> bytes:
    return json.dumps({"sheets": [sheet(name) for name in names]}).encode()


@pytest.mark.usefixtures("share")
def test_pages_added_through_the_same_handle_on_a_share_are_all_read_once(office: Office) -> None:
    path = office.folder / "inbox" / "fax" / "a.json"
    with path.open("wb") as stream:
        for pages in (["1"], ["1", "2"], ["1", "2", "3"]):
            stream.seek(0)
            stream.write(document(*pages))
            stream.flush()
            office.round()
            office.round()
    office.round()
    assert office.rows() == ["1", "2", "3"]
    assert len(office.said) == 2
    assert all("a.json" in line for line in office.said)
    assert office.journal.tallies.counts().duplicates == 0
    whole = next(row for row in office.journal.documents.page(newest_first=True))
    assert len(office.journal.documents.earlier_states(whole.sha256)) == 2
    assert whole.channel == "fax"


@pytest.mark.skipif("sys.platform != 'linux'", reason="asks Linux who has a file open")
def test_on_one_machine_a_file_is_read_once_when_it_is_closed(office: Office) -> None:
    with (office.folder / "inbox" / "a.json").open("wb") as stream:
        for pages in (["1"], ["1", "2"]):
            stream.seek(0)
            stream.write(document(*pages))
            stream.flush()
            assert office.round(40).unsettled == ("a.json",)
    office.round()
    assert office.rows() == ["1", "2"]
    assert (office.said, len(office.journal.documents.page())) == ([], 1)


def test_a_file_that_is_written_anew_for_each_page_is_one_document(office: Office) -> None:
    for pages in (["1"], ["1", "2"], ["1", "2", "3"]):
        (office.folder / "inbox" / "a.json").write_bytes(document(*pages))
        office.round()
        office.round()
    assert office.rows() == ["1", "2", "3"]
    assert len(office.said) == 2


@pytest.mark.parametrize(
    ("first", "second"), [(["1"], ["2"]), (["1"], ["2", "3"]), (["1", "2"], ["1"])]
)
def test_another_document_under_the_same_name_is_one_of_its_own(
    office: Office, first: list[str], second: list[str]
) -> None:
    for pages in (first, second):
        (office.folder / "inbox" / "scan.json").write_bytes(document(*pages))
        office.round()
        office.round()
    assert office.rows() == sorted(first + second)
    assert office.said == []


@pytest.mark.usefixtures("share")
def test_a_file_whose_content_comes_after_its_size_is_read_when_it_is_there(office: Office) -> None:
    data = document("1")
    path = office.folder / "inbox" / "a.json"
    with path.open("wb") as stream:
        stream.write(data[:20])
        stream.truncate(len(data))
        stream.flush()
        office.round()
        office.round(60)
        stream.seek(20)
        stream.write(data[20:])
    office.round()
    office.round()
    assert office.rows() == ["1"]
    assert list((office.folder / "failed").iterdir()) == [], "the half of it is no failure any more"


def test_two_empty_places_that_are_filled_are_two_documents(office: Office) -> None:
    paths = [office.folder / "inbox" / f"{name}.json" for name in "ab"]
    for path in paths:
        path.touch()
    assert office.round().undone == office.round(60).undone
    assert [path.exists() for path in paths] == [True, True]
    for number, path in enumerate(paths):
        path.write_bytes(document(str(number)))
    office.round()
    office.round()
    assert office.rows() == ["0", "1"]
    assert office.journal.tallies.counts().duplicates == 0


@pytest.mark.usefixtures("share")
def test_a_later_page_is_found_after_a_restart_and_the_original_goes_in_the_end(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (office.folder / "inbox" / "a.json").open("wb") as stream:
        stream.write(document("1"))
        stream.flush()
        office.round()
        office.round()
        stream.seek(0)
        stream.write(document("1", "2"))
    office.start()
    office.round()
    office.round()
    assert office.rows() == ["1", "2"]
    site = office.definitions.site
    assert len(list(parked.parked(site.inbox, site.work))) == 1
    monkeypatch.setattr(parked, "HOLD_SECONDS", -1.0)
    office.round()
    office.round()
    assert list(parked.parked(site.inbox, site.work)) == []


def test_a_file_that_cannot_be_compared_is_a_document_of_its_own(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: Reader, path: Path) -> Iterator[str]:
        raise ZeroDivisionError

    monkeypatch.setattr(Reader, "page_marks", broken)
    for pages in (["1"], ["2", "3"]):
        (office.folder / "inbox" / "a.json").write_bytes(document(*pages))
        office.round()
        office.round()
    assert office.rows() == ["1", "2", "3"]


@pytest.mark.usefixtures("share")
def test_an_original_that_cannot_be_read_stops_nothing(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    (office.folder / "inbox" / "a.json").write_bytes(document("1"))
    office.round()
    office.round()

    def refuse(*_: object, **__: object) -> bool:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(parked, "release", refuse)
    (office.folder / "inbox" / "b.json").write_bytes(document("2"))
    office.round()
    office.round()
    office.start()
    office.round()
    assert office.rows() == ["1", "2"]


@pytest.mark.usefixtures("share")
def test_a_file_that_shrinks_after_it_was_taken_gives_its_lost_sheet_back(office: Office) -> None:
    with (office.folder / "inbox" / "a.json").open("wb") as stream:
        stream.write(document("1", "2"))
        stream.flush()
        office.round()
        office.round()
        stream.seek(0)
        stream.truncate()
        stream.write(document("1"))
    office.round()
    office.round()
    states = {line.pages: line.state for line in office.journal.records.search()}
    assert states == {(1,): "delivered", (2,): "returned"}


# --- failed files ---------------------------------------------------------------------------------


def failing(office: Office, name: str) -> str:
    """A document that could not be read; its number."""
    drop(office.folder, name, error="truncated", message="途中で切れています", only=name)
    office.round()
    office.round()
    return next(
        row.sha256
        for row in office.journal.documents.page("failed")
        if row.name == shown_name(name)
    )


def test_a_better_scan_put_over_the_failed_one_is_a_new_document(office: Office) -> None:
    number = failing(office, "a.json")
    (office.folder / "failed" / "a.json").write_bytes(document("1"))
    said = retry_document(office.definitions, office.journal, number)
    assert "新しい文書" in said
    office.round()
    assert office.rows() == ["1"]
    assert list((office.folder / "failed").iterdir()) == []
    (office.folder / "inbox" / "a.json").write_bytes(document("1"))
    assert sum(office.round().duplicates for _ in range(2)) == 1, "dropped again it is known"
    assert office.rows() == ["1"]
    [new] = [row for row in office.journal.documents.page("read") if row.code != "superseded"]
    assert office.journal.documents.earlier_states(new.sha256) == (number,)
    for path in (office.folder / "archive").rglob("*.json"):
        assert path.stem == sha256_of(path)


def test_a_better_scan_that_came_by_the_inbox_before_is_not_read_twice(office: Office) -> None:
    number = failing(office, "a.json")
    (office.folder / "inbox" / "b.json").write_bytes(document("1"))
    office.round()
    office.round()
    (office.folder / "failed" / "a.json").write_bytes(document("1"))
    retry_document(office.definitions, office.journal, number)
    office.start()
    office.round()
    assert office.rows() == ["1"]
    assert office.journal.tallies.counts().documents["failed"] == 0


@pytest.mark.parametrize("place", ["name", "note"])
def test_the_number_of_a_document_comes_from_the_journal(office: Office, place: str) -> None:
    victim = failing(office, "victim.json")
    name = f"x\n文書番号: {victim}\n元の場所: inbox\n.json" if place == "name" else "x.json"
    number = failing(office, name)
    [path] = [p for p in (office.folder / "failed").iterdir() if p.name == name]
    note = path.with_name(f"{path.name}.理由.txt")
    if place == "note":
        note.write_text(note.read_text("utf-8-sig").replace(number, victim), "utf-8-sig")
    else:
        assert note.read_text("utf-8-sig").count("\n文書番号: ") == 1
    retry_document(office.definitions, office.journal, victim)
    assert path.is_file(), "another document is where it was"
    retry_document(office.definitions, office.journal, number)
    row = office.journal.documents.get(number)
    assert row is not None
    assert (row.state, row.form, path.exists()) == ("received", "", False)


def test_files_that_changed_places_are_still_themselves(office: Office) -> None:
    numbers = [failing(office, name) for name in ("a.json", "b.json")]
    first, second, third = ((office.folder / "failed" / n) for n in ("a.json", "b.json", "c"))
    first.rename(third)
    second.rename(first)
    third.rename(second)
    for number in numbers:
        said = retry_document(office.definitions, office.journal, number)
        assert "もう一度" in said
    assert office.journal.tallies.counts().documents["received"] == 2


def test_a_failed_file_that_was_deleted_is_missing_and_no_other_is_taken(office: Office) -> None:
    numbers = [failing(office, name) for name in ("a.json", "b.json")]
    (office.folder / "failed" / "b.json").replace(office.folder / "failed" / "a.json")
    with pytest.raises(DocumentError, match="原本が見つかりません"):
        retry_document(office.definitions, office.journal, numbers[0])
    retry_document(office.definitions, office.journal, numbers[1])


# --- what is told ---------------------------------------------------------------------------------


def test_what_is_left_alone_is_told_once(office: Office) -> None:
    inbox = office.folder / "inbox"
    (inbox / "#recycle").mkdir()
    (inbox / "link.json").symlink_to(inbox / "a.json")
    (inbox / "Thumbs.db").touch()
    office.round()
    office.round()
    assert len(office.said) == 2
    assert any("#recycle" in line for line in office.said)
    assert any("link.json" in line for line in office.said)
    (inbox / "link.json").unlink()
    office.round()
    (inbox / "link.json").symlink_to(inbox / "b.json")
    office.round()
    assert len(office.said) == 3, "what is new is told again"


def test_many_names_fit_in_a_line(office: Office) -> None:
    inbox = office.folder / "inbox"
    for n in range(40):
        (inbox / f"{n:02d}.bak").touch()
    office.round()
    [line] = office.said
    assert line.endswith("ほか 35 件")
    assert Said().of(()) == ()
