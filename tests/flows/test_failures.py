"""Nothing that a workbook holds stops another one: damaged in many ways, it is named, the other
ledgers are written, and its rows follow when it is mended."""

from __future__ import annotations

import dataclasses
import io
import random
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import pytest

from connectors.sinks.excel import ExcelSink
from connectors.sinks.failures import Failures, failure_of
from flows.composition import open_site
from flows.service import run_service
from flows.servicetotals import Told, Totals
from records.errors import ServiceError, TorikomiError
from tests.flows.office import FORM, drop, sheet
from tests.flows.test_later_pages import Office

SECOND = """
[[deliver]]
to = "excel"
path = "ledgers/other.xlsx"
columns = { "番号" = "number" }
"""


class TwoLedgers(Office):
    """An office whose form goes to two workbooks."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, FORM + SECOND)
        self.troubles: list[TorikomiError] = []

    @property
    def book(self) -> Path:
        return self.folder / "ledgers" / "survey.xlsx"

    def take(self, *names: str) -> None:
        """Read one document with a sheet of each name, and deliver as the service does."""
        drop(self.folder, f"{names[0]}.json", *(sheet(name) for name in names))
        for _ in range(2):
            self.now += 10
            self.intake.sweep()
        while (row := self.intake.claim()) is not None:
            self.intake.read(row)
        self.deliver()

    def deliver(self) -> None:
        self.troubles = []
        for job in self.delivery.jobs():
            try:
                self.troubles += self.delivery.deliver(job).troubles
            except TorikomiError as error:
                self.troubles.append(error)

    def numbers(self, name: str) -> list[str]:
        book = openpyxl.load_workbook(self.folder / "ledgers" / name)
        found = [row[0] for row in book.worksheets[0].iter_rows(min_row=2, values_only=True)]
        return sorted(str(value) for value in found if value is not None)

    def logs(self) -> str:
        return "".join(
            path.read_text() for path in (self.folder / "work").rglob("torikomi-error-*.log")
        )


@pytest.fixture
def office(tmp_path: Path) -> Iterator[TwoLedgers]:
    made = TwoLedgers(tmp_path / "office")
    made.take("1", "2")
    yield made
    made.journal.close()


def parts_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def texts_of(path: Path) -> set[str]:
    """Every text in any part, whether the workbook can be read as a whole or not."""
    joined = b"".join(parts_of(path.read_bytes()).values())
    return {found.decode() for found in re.findall(rb"<t[^>]*>([^<]*)</t>", joined)}


def packed(parts: dict[str, bytes]) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return memory.getvalue()


def changed(name: str, change: Callable[[bytes], bytes | None]) -> Callable[[bytes], bytes]:
    """A damage to one part of the package; None takes the part away."""

    def damage(data: bytes) -> bytes:
        parts = parts_of(data)
        content = change(parts.pop(name))
        return packed(parts if content is None else {**parts, name: content})

    return damage


def cut_stream(data: bytes) -> bytes:
    """A few bytes inside a deflated part are others: ``zlib.error`` or a wrong sum."""
    at = data.index(b"xl/worksheets/sheet1.xml") + 60
    return data[:at] + bytes(b ^ 0x5A for b in data[at : at + 40]) + data[at + 40 :]


SHEET, BOOK, STYLES = "xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml"
DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "no bytes": lambda data: b"",
    "no zip": lambda data: "<html>ログインしてください</html>".encode(),
    "cut zip": lambda data: data[: len(data) // 2],
    "damaged stream": cut_stream,
    "cut sheet": changed(SHEET, lambda xml: xml[: len(xml) * 2 // 3]),
    "cut styles": changed(STYLES, lambda xml: xml[:200]),
    "cut workbook": changed(BOOK, lambda xml: xml[:-30]),
    "no sheet": changed(SHEET, lambda xml: None),
    "no styles in a cell": changed(SHEET, lambda xml: xml.replace(b' s="', b' s="99')),
    "strange type": changed(SHEET, lambda xml: xml.replace(b't="s"', b't="s" r="\xe3\x81\x82"', 1)),
    "a string that is not there": changed(SHEET, lambda xml: xml.replace(b"<v>0</v>", b"<v>x</v>")),
    "no relationships": changed("xl/_rels/workbook.xml.rels", lambda xml: None),
    "no content types": changed("[Content_Types].xml", lambda xml: None),
    "not xml": changed(BOOK, lambda xml: b"\x00\xff\xfe" + xml),
    "other encoding": changed(BOOK, lambda xml: xml.decode().encode("utf-16-be")),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_workbook_is_named_and_its_rows_follow_when_it_is_mended(
    office: TwoLedgers, name: str
) -> None:
    good = office.book.read_bytes()
    bad = DAMAGES[name](good)
    assert bad != good
    office.book.write_bytes(bad)
    office.take("3", "4")
    assert office.numbers("other.xlsx") == ["1", "2", "3", "4"]
    if not office.troubles:
        # What the writer need not understand it leaves as it is, and the rows are there.
        assert {"3", "4"} <= texts_of(office.book)
    else:
        [trouble] = office.troubles
        assert "survey.xlsx" in trouble.message
        assert "\n" not in trouble.message
        assert office.book.read_bytes() == bad, "what cannot be read is not written over"
        office.deliver()
        assert [error.message for error in office.troubles] == [trouble.message]
        office.book.write_bytes(good)
        office.deliver()
        assert office.troubles == []
        assert office.numbers("survey.xlsx") == ["1", "2", "3", "4"]


def test_random_damage_never_stops_the_other_ledger(office: TwoLedgers) -> None:
    """Bytes of random parts are changed, taken out, or put in anew, forty times."""
    chance = random.Random(20261127)
    good = office.book.read_bytes()
    names = sorted(parts_of(good))
    held = 0
    for turn in range(40):
        parts = parts_of(good)
        name = chance.choice(names)
        content = bytearray(parts[name])
        for _ in range(chance.randint(1, 4)):
            start = chance.randrange(len(content))
            content[start : start + chance.randint(0, 12)] = chance.randbytes(chance.randint(0, 12))
        office.book.write_bytes(packed({**parts, name: bytes(content)}))
        office.take(f"{100 + turn}")
        assert f"{100 + turn}" in office.numbers("other.xlsx")
        held += bool(office.troubles)
        for trouble in office.troubles:
            assert "survey.xlsx" in trouble.message
        office.book.write_bytes(good)
    assert held > 20
    office.deliver()
    assert office.troubles == []


def test_whatever_a_library_raises_is_one_line_and_the_log_has_the_rest(
    office: TwoLedgers, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = ExcelSink.deliver
    for error in (
        AttributeError("calcPr"),
        KeyError("xl/media/image1.webp"),
        MemoryError(),
        RecursionError("deep"),
        UnicodeDecodeError("utf-16", b"x", 0, 1, "truncated data"),
        OverflowError("1048577"),
        RuntimeError("File is encrypted"),
    ):

        def fails(sink: ExcelSink, rows: object, error: Exception = error) -> object:
            if sink.path.name == "survey.xlsx":
                raise error
            return whole(sink, rows)  # type: ignore[arg-type]

        monkeypatch.setattr(ExcelSink, "deliver", fails)
        name = type(error).__name__
        office.delivery.failures = Failures()
        office.take(name)
        [trouble] = office.troubles
        assert "survey.xlsx" in trouble.message
        assert name not in trouble.message
        assert name in office.logs()
        assert name in office.numbers("other.xlsx")
    monkeypatch.setattr(ExcelSink, "deliver", whole)
    office.delivery.failures = Failures()
    office.deliver()
    assert office.numbers("survey.xlsx") == office.numbers("other.xlsx")


def test_one_damaged_month_does_not_hold_back_the_other_months(tmp_path: Path) -> None:
    """More rows than one save takes wait for the damaged file, and rows of another file come after
    them in the queue."""
    office = Office(tmp_path / "office", FORM.replace("survey.xlsx", "{month}.xlsx"))
    books = office.folder / "ledgers"
    drop(office.folder, "a.json", *(sheet(f"{n}") for n in range(520)))
    for _ in range(2):
        office.now += 10
        office.intake.sweep()
    while (row := office.intake.claim()) is not None:
        office.intake.read(row)
    [job] = office.delivery.jobs()
    today = office.intake.now().date()
    (books / f"{today:%Y-%m}.xlsx").write_bytes(b"PK damaged")
    later = office.journal.deliveries.ready(600, "survey")[510:]
    moved = {row.id for row in later}
    real = office.journal.deliveries.ready

    def ready(*arguments: object, **options: object) -> object:
        """The last ten sheets came in another month."""
        found = real(*arguments, **options)  # type: ignore[arg-type]
        return [
            dataclasses.replace(
                row, line=dataclasses.replace(row.line, received_on=today.replace(year=2020))
            )
            if row.id in moved
            else row
            for row in found
        ]

    office.journal.deliveries.ready = ready  # type: ignore[method-assign,assignment]
    handed = office.delivery.deliver(job)
    assert handed.rows == 10
    assert [path.name for path in handed.paths] == [f"2020-{today:%m}.xlsx"]
    [trouble] = handed.troubles
    assert f"{today:%Y-%m}.xlsx" in trouble.message
    office.journal.close()


def test_an_unchanged_file_is_not_tried_again_and_not_logged_again(tmp_path: Path) -> None:
    now = 0.0
    failures = Failures(lambda: now)
    path = tmp_path / "台帳.xlsx"
    path.write_bytes(b"bad")
    error = failure_of(KeyError("x"), path, tmp_path / "log")
    failures.refuse_unchanged(path)
    failures.note(path, error)
    with pytest.raises(ServiceError, match=r"台帳\.xlsx"):
        failures.refuse_unchanged(path)
    now = 1000.0
    failures.refuse_unchanged(path)  # tried all the same after a while
    failures.note(path, error)
    path.write_bytes(b"mended")
    failures.refuse_unchanged(path)


def run_once(site: Path, told: Told) -> Totals:
    with open_site(site) as office:
        return run_service(office, told, role="once")


@pytest.mark.slow
@pytest.mark.usefixtures("prefect_url")
def test_the_service_lives_blames_the_workbook_and_delivers_the_rest(tmp_path: Path) -> None:
    office = TwoLedgers(tmp_path / "office")
    office.take("1")
    office.journal.close()
    good = office.book.read_bytes()
    office.book.write_bytes(changed(SHEET, lambda xml: xml[: len(xml) // 2])(good))
    drop(office.folder, "b.json", sheet("2"))
    said: list[str] = []
    told = Told(trouble=said.append)
    totals = run_once(office.folder, told)
    assert said
    assert not any("Prefect" in line for line in said)
    assert any("survey.xlsx" in line for line in totals.unfinished)
    assert office.numbers("other.xlsx") == ["1", "2"]
    office.book.write_bytes(good)
    again = run_once(office.folder, Told())
    assert again.unfinished == []
    assert office.numbers("survey.xlsx") == ["1", "2"]
    office.book.write_bytes(good)  # restored from a copy: the second row is gone
    said.clear()
    run_once(office.folder, told)
    assert any("survey.xlsx" in line and "1 行がありません" in line for line in said)
