"""``torikomi audit verify``: archive, journal and ledgers must tell the same."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import openpyxl
import pytest

from connectors.comparing import Comparison, compare
from flows.cli import main
from flows.commands.state import retry_document
from tests.flows.office import FORM, drop, sheet
from tests.flows.test_later_pages import Office, document

CSV = (
    FORM.replace('to = "excel"', 'to = "csv"')
    .replace("survey.xlsx", "{month}.csv")
    .replace('sheet = "受付簿"\n', "")
)


@pytest.fixture(params=["excel", "csv"])
def office(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Office]:
    made = Office(tmp_path / "office", CSV if request.param == "csv" else FORM)
    drop(made.folder, "a.json", sheet("1"), sheet("2"))
    drop(made.folder, "b.json", sheet("3", doubtful=True))
    drop(made.folder, "c.json", error="truncated", message="途中で切れています")
    made.round()
    made.round()
    yield made
    made.journal.close()


def compared(office: Office) -> Comparison:
    return compare(office.definitions.site, office.definitions.forms, office.journal)


def originals(office: Office) -> list[Path]:
    return sorted((office.folder / "archive").rglob("*.json"))


def test_an_office_at_rest_agrees(office: Office) -> None:
    found = compared(office)
    assert (found.wrong, found.notes) == ((), ())
    assert (found.originals, found.documents, found.rows) == (2, 3, 2)


def test_a_file_that_grew_and_a_replaced_scan_agree(office: Office) -> None:
    (office.folder / "failed" / "c.json").write_bytes(document("4"))
    number = next(row.sha256 for row in office.journal.documents.page("failed"))
    retry_document(office.definitions, office.journal, number)
    for pages in (["5"], ["5", "6"]):
        (office.folder / "inbox" / "d.json").write_bytes(document(*pages))
        office.round()
        office.round()
    found = compared(office)
    assert (found.wrong, found.notes) == ((), ())


def test_an_original_with_other_bytes_is_told(office: Office) -> None:
    originals(office)[0].write_bytes(b"other")
    [line] = compared(office).wrong
    assert "合わない原本" in line
    assert originals(office)[0].name in line


def test_an_original_that_is_gone_or_strange_is_told(office: Office) -> None:
    path = originals(office)[0]
    path.rename(path.with_name(f"{'0' * 64}.json"))
    lines = compared(office).wrong
    assert len(lines) == 3, "gone, strange, and named by other bytes"
    assert any("保管フォルダーにありません: 1 件" in line for line in lines)
    assert any("記録にない原本" in line for line in lines)


def test_what_staff_may_do_is_a_note(office: Office) -> None:
    shutil.rmtree(office.folder / "archive")
    (office.folder / "failed" / "c.json").unlink()
    found = compared(office)
    assert found.wrong == ()
    assert len(found.notes) == 2


def test_a_waiting_document_without_its_file_is_told(office: Office) -> None:
    drop(office.folder, "d.json", sheet("9"))
    office.now += 10
    office.intake.sweep()
    office.now += 10
    office.intake.sweep()
    shutil.rmtree(office.folder / "work" / "processing")
    assert any("読み取りを待つ文書" in line and "d.json" in line for line in compared(office).wrong)


def test_a_row_that_the_ledger_never_had_is_told(office: Office) -> None:
    [[target]] = by_hand(office, "SELECT DISTINCT target FROM deliveries")
    [waiting] = office.journal.reviews.waiting()
    by_hand(
        office,
        "INSERT INTO deliveries (record, target, revision, at) VALUES (?, ?, 1, '')",
        waiting.id,
        target,
    )
    [line] = compared(office).wrong
    assert waiting.id in line


def test_a_row_that_the_journal_does_not_know_is_told(office: Office) -> None:
    [table] = [p for p in (office.folder / "ledgers").iterdir() if p.suffix in (".xlsx", ".csv")]
    if table.suffix == ".xlsx":
        with closing(openpyxl.load_workbook(table)) as book:
            rows = list(book["_torikomi"].values)
            book["_torikomi"].append(["strange-001", *rows[-1][1:]])
            book.save(table)
    else:
        with table.with_name(f".{table.name}.torikomi").open("a") as index:
            index.write('{"record": "strange-001", "line": "0"}\n{"done": 1}\n')
    [line] = compared(office).wrong
    assert "strange-001" in line


def test_counts_that_do_not_agree_are_told(office: Office) -> None:
    by_hand(office, "UPDATE tallies SET n = n + 1 WHERE state = 'read'")
    [line] = compared(office).wrong
    assert "件数" in line


def test_what_is_on_its_way_is_looked_at_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    moving, gone = originals(office)
    away = office.folder / "on its way"
    moving.rename(away)
    gone.unlink()
    monkeypatch.setattr("connectors.comparing.time.sleep", lambda seconds: away.rename(moving))
    site = office.definitions.site
    forms = office.definitions.forms
    found = compare(site, forms, office.journal, settles=5.0)
    [line] = found.wrong
    assert "保管フォルダーにありません: 1 件" in line
    assert moving.is_file()


def test_the_command_tells_and_ends_with_one(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    def run() -> tuple[int, str]:
        with pytest.raises(SystemExit) as stop:
            main(["audit", "verify", "--site", str(office.folder)])
        return int(str(stop.value.code or 0)), capsys.readouterr().out

    code, text = run()
    assert code == 0
    assert "台帳の 2 行は記録と合っています" in text
    originals(office)[0].write_bytes(b"other")
    code, text = run()
    assert code == 1
    assert "合わない原本" in text


def by_hand(office: Office, statement: str, *values: object) -> list[tuple[object, ...]]:
    """What somebody could do to the database by hand."""
    base = sqlite3.connect(office.folder / "torikomi.db")
    with closing(base), base:
        return base.execute(statement, values).fetchall()
