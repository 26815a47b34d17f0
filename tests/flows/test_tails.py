"""What is added, by its name, to a file that was taken meanwhile belongs to that file."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.files import sha256_of
from connectors.sources import folder
from flows.arrivals import Arrivals
from ocr.pages.pagemarks import page_marks
from tests.flows.test_later_pages import Office, document


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path / "office")
    yield made
    made.journal.close()


def add(office: Office, name: str, data: bytes) -> None:
    """A writer opens the file by its name and adds to it; where it was taken, the file is new."""
    with (office.folder / "inbox" / name).open("ab") as stream:
        stream.write(data)
    office.round()
    office.round()


def original(office: Office, sha256: str) -> bytes:
    site = office.definitions.site
    path = folder.find(sha256, work=site.work, archive_root=site.archive, failed_root=site.failed)
    assert path is not None
    assert sha256_of(path) == sha256
    return path.read_bytes()


@pytest.mark.parametrize("cuts", [(20,), (20, 60), (1, 2, 90)])
def test_a_file_written_in_pieces_by_its_name_is_read_once(
    office: Office, cuts: tuple[int, ...]
) -> None:
    data = document("1", "2")
    edges = (0, *cuts, len(data))
    for start, end in itertools.pairwise(edges):
        add(office, "a.json", data[start:end])
    assert office.rows() == ["1", "2"]
    latest = next(row for row in office.journal.documents.page(newest_first=True) if row.code == "")
    assert original(office, latest.sha256) == data
    assert len(office.journal.documents.earlier_states(latest.sha256)) == len(cuts)
    assert len(office.said) == 1
    assert not list((office.folder / "failed").iterdir())
    assert not list((office.folder / "inbox").glob("*.json"))


def test_a_rest_that_comes_while_the_service_is_killed_is_found_again(office: Office) -> None:
    data = document("1")
    add(office, "a.json", data[:20])
    (office.folder / "inbox" / "a.json").write_bytes(data[20:])
    site = office.definitions.site
    look = folder.scan(site.inbox, folder.Seen(), settle=0.0, now=1.0)
    [found] = folder.scan(site.inbox, look.seen, settle=0.0, now=60.0).settled
    claimed = folder.claim(found, site.inbox, site.work)
    assert claimed is not None
    head = original(office, next(iter(office.journal.documents.page())).sha256)
    (office.folder / "head").write_bytes(head)
    rest = claimed.path.read_bytes()
    before = next(iter(office.journal.documents.page())).sha256
    pieces = [(before, office.folder / "head")]
    both = folder.put_behind(claimed, pieces, site.work, lambda path: True)
    assert both is not None
    claimed.slot.mkdir()  # killed before the rest was taken away
    claimed.path.write_bytes(rest)
    office.start()
    office.round()
    assert office.rows() == ["1"]
    assert office.journal.tallies.agree()


def test_what_begins_as_a_file_does_or_makes_no_document_stays_by_itself(office: Office) -> None:
    data = document("1")
    add(office, "a.json", data)
    add(office, "a.json", b" nothing that could be read")
    add(office, "a.json", b"%PDF-1.7 cut off")
    assert office.rows() == ["1"]
    assert office.said == []
    assert len(office.journal.documents.page("failed")) == 2


@pytest.fixture
def paper(office: Office, monkeypatch: pytest.MonkeyPatch) -> Office:
    """An office that looks at the pages of PDF files as the real reader does."""
    limits = office.definitions.site.intake
    monkeypatch.setattr(office.intake.reader, "page_marks", lambda path: page_marks(path, limits))
    return office


def test_pages_that_a_pdf_program_appends_belong_to_the_document(paper: Office) -> None:
    whole, rest = pdf(1), further(pdf(1), 1)
    add(paper, "scan.pdf", whole)
    add(paper, "scan.pdf", rest)
    add(paper, "scan.pdf", further(whole + rest, 2))
    documents = paper.journal.documents.page(newest_first=True)
    latest = max(documents, key=lambda row: len(paper.journal.documents.earlier_states(row.sha256)))
    assert len(paper.journal.documents.earlier_states(latest.sha256)) == 2
    assert original(paper, latest.sha256).startswith(whole + rest)
    path = paper.folder / "looked-at.pdf"
    path.write_bytes(original(paper, latest.sha256))
    assert len(list(page_marks(path, paper.definitions.site.intake))) == 3


def test_bytes_that_add_no_page_are_no_part_of_the_document(paper: Office) -> None:
    add(paper, "scan.pdf", pdf(1))
    add(paper, "scan.pdf", b"\n% somebody else's bytes\n")
    assert [
        paper.journal.documents.earlier_states(row.sha256) for row in paper.journal.documents.page()
    ] == [
        (),
        (),
    ]


def pdf(pages: int) -> bytes:
    """A PDF with so many pages, each with a line of its own."""
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", _tree(pages)]
    for number in range(pages):
        objects += _page(number)
    return _section(b"%PDF-1.4\n", dict(enumerate(objects, 1)), 0)


def further(before: bytes, pages: int) -> bytes:
    """What a program appends to a file of so many pages for one page more (PDF 1.7, 7.5.6)."""
    page, content = _page(pages)
    number = 3 + 2 * pages
    made = _section(before, {2: _tree(pages + 1), number: page, number + 1: content}, len(before))
    return made[len(before) :]


def _tree(pages: int) -> bytes:
    kids = b" ".join(b"%d 0 R" % (3 + 2 * number) for number in range(pages))
    return b"<</Type/Pages/Count %d/Kids[%s]>>" % (pages, kids)


def _page(number: int) -> list[bytes]:
    height = 100 + 60 * number
    content = b"5 w 50 %d m 300 %d l S" % (height, height)
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 400]/Contents %d 0 R>>" % (4 + 2 * number)
    return [page, b"<</Length %d>>stream\n%s\nendstream" % (len(content), content)]


def _section(before: bytes, objects: dict[int, bytes], previous: int) -> bytes:
    data, places = before, {}
    for number, body in objects.items():
        places[number] = len(data)
        data += b"%d 0 obj%s endobj\n" % (number, body)
    start = len(data)
    data += b"xref\n0 1\n0000000000 65535 f \n"
    for number, place in places.items():
        data += b"%d 1\n%010d 00000 n \n" % (number, place)
    size = 1 + max(places) if not previous else 1 + max(max(places), 50)
    trailer = (
        b"/Prev %d" % int(before[:previous].rsplit(b"startxref\n", 1)[1].split()[0])
        if previous
        else b""
    )
    return data + b"trailer<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (
        size,
        trailer,
        start,
    )


def test_a_bug_on_one_file_stops_no_other_one(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stays in work/, is told with a log, and the next start enters it."""
    real = Arrivals._enter

    def enter(arrivals: Arrivals, claimed: folder.Claimed, told: list[str]) -> str:
        if claimed.name == "a.json":
            raise ZeroDivisionError("nobody foresaw it")
        return real(arrivals, claimed, told)

    for number, name in enumerate(("a.json", "b.json"), 1):
        (office.folder / "inbox" / name).write_bytes(document(str(number)))
    monkeypatch.setattr(Arrivals, "_enter", enter)
    [error] = office.round().stuck
    assert "a.json" in error.message
    assert ".log" in error.message
    assert office.rows() == ["2"]
    office.start()
    assert len(office.round().stuck) == 1, "told again at each start"
    monkeypatch.undo()
    office.start()
    assert office.round().stuck == ()
    assert office.rows() == ["1", "2"]
