"""Rows that left their ledger: noticed, told, and written again once a person wants them."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Collection, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from connectors.sinks import Holding
from connectors.sinks.backups import KEPT, copies_of, keep_day
from connectors.sinks.excel import ExcelSink
from flows.cli import main
from flows.looked import KeptLooks, Lack
from flows.restoring import Looks, Written, find_lacks, find_lacks_again, write_again
from records.errors import ServiceError
from records.types import Decision
from tests.connectors.test_comparing import CSV
from tests.flows.office import drop, sheet
from tests.flows.test_later_pages import Office


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path / "office")
    take(made, "1", "2")
    yield made
    made.journal.close()


def take(office: Office, *names: str) -> None:
    drop(office.folder, f"{names[0]}.json", *(sheet(name) for name in names))
    office.round()
    office.round()


def book(office: Office) -> Path:
    return office.folder / "ledgers" / "survey.xlsx"


def lacks(office: Office) -> list[Lack]:
    form = office.definitions.forms["survey"]
    return find_lacks(office.definitions.site.folder, form, office.journal)


def again(office: Office, lack: Lack) -> Written:
    return write_again(office.delivery, lack.form, lack.target, lack.path, lack.lost, "係長")


def numbers(office: Office, ids: tuple[str, ...]) -> list[str]:
    return [
        str(row.record.fields["number"].value) for row in office.journal.records.many(list(ids))
    ]


def correct(office: Office, name: str, phone: str) -> None:
    """A person corrects a delivered row, and it is delivered again."""
    for row in office.journal.records.many(
        [line.id for line in office.journal.records.search(limit=50)]
    ):
        if row.record.fields["number"].value == name:
            before = row.record.fields["phone"].value
            now = dt.datetime.now(dt.UTC)
            office.journal.reviews.decide(
                Decision(row.id, "phone", before, phone, "correct", "x", now, 1.0)
            )
    for job in office.delivery.jobs():
        office.delivery.deliver(job)


def command(
    office: Office, capsys: pytest.CaptureFixture[str], *arguments: str
) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stop:
        main([*arguments, "--site", str(office.folder)])
    said = capsys.readouterr()
    return int(str(stop.value.code or 0)), said.out, said.err


def test_a_ledger_as_it_was_left_lacks_nothing(office: Office) -> None:
    assert lacks(office) == []


def test_a_restored_copy_is_noticed_by_the_rows_it_lacks_and_they_come_back(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(book(office), office.folder / "copy.xlsx")
    take(office, "3", "4")
    shutil.copy(office.folder / "copy.xlsx", book(office))
    [lack] = lacks(office)
    assert numbers(office, lack.missing) == ["3", "4"]
    assert (lack.outdated, lack.deleted, lack.is_gone) == ((), (), False)
    _, out, _ = command(office, capsys, "status")
    assert "survey.xlsx" in out
    assert "2 行がありません" in out
    accepted = office.journal.tallies.counts()
    done = again(office, lack)
    assert done.rows == 2
    assert office.rows() == ["1", "2", "3", "4"]
    assert lacks(office) == []
    assert "がありません" not in command(office, capsys, "status")[1]
    assert office.journal.tallies.counts() == accepted
    events = list(office.journal.chain.events(kind="rewritten"))
    assert [(e.record, e.actor) for e in events] == [(id, "係長") for id in lack.missing]
    again(office, lack)
    assert office.rows() == ["1", "2", "3", "4"], "the same again changes nothing"


def test_a_deleted_ledger_is_noticed_and_made_anew(office: Office) -> None:
    book(office).unlink()
    [lack] = lacks(office)
    assert lack.is_gone
    assert "survey.xlsx" in lack.message()
    take(office, "3")
    [lack] = lacks(office)
    assert (lack.is_gone, numbers(office, lack.missing)) == (False, ["1", "2"])
    again(office, lack)
    assert office.rows() == ["1", "2", "3"]
    assert lacks(office) == []


def test_a_correction_that_a_restored_copy_undid_is_noticed(office: Office) -> None:
    shutil.copy(book(office), office.folder / "copy.xlsx")
    correct(office, "2", "0954-62-1111")
    assert lacks(office) == []
    shutil.copy(office.folder / "copy.xlsx", book(office))
    [lack] = lacks(office)
    assert numbers(office, lack.outdated) == ["2"]
    assert lack.missing == ()
    again(office, lack)
    with closing(openpyxl.load_workbook(book(office))) as found:
        rows = {row[0]: row[1] for row in found["受付簿"].iter_rows(min_row=2, values_only=True)}
    assert rows["2"] == "0954-62-1111"
    assert lacks(office) == []


def test_rows_that_the_staff_took_out_are_not_told_and_come_back_only_on_request(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    found = openpyxl.load_workbook(book(office))
    found["受付簿"].delete_rows(2)
    found.save(book(office))
    [lack] = lacks(office)
    assert (lack.lost, numbers(office, lack.deleted)) == ((), ["1"])
    assert not lack.is_told(office.intake.now().date())
    code, out, _ = command(office, capsys, "deliver", "--again", "survey", "--yes")
    assert code == 0
    assert "職員が消した行 1 行" in out
    assert "書き直す行はありません" in out
    assert office.rows() == ["2"]
    code, out, _ = command(office, capsys, "deliver", "--again", "survey", "--deleted", "--yes")
    assert "1 行" in out
    assert office.rows() == ["1", "2"]


def test_a_ledger_without_the_hidden_column_is_not_taken_for_empty(office: Office) -> None:
    found = openpyxl.load_workbook(book(office))
    page = found["受付簿"]
    titles = [cell.value for cell in page[1]]
    page.delete_cols(titles.index("取込番号") + 1)
    found.save(book(office))
    assert lacks(office) == []


def test_the_command_shows_asks_and_writes(
    office: Office, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    book(office).unlink()
    asked: list[str] = []

    def answer(text: str, said: bool) -> bool:
        asked.append(text)
        return said

    monkeypatch.setattr("click.confirm", lambda text: answer(text, False))
    code, out, _ = command(office, capsys, "deliver", "--again", "survey")
    assert code == 0
    assert "台帳にない行 2 行" in out
    assert "1.json" in out
    assert "何も書いていません" in out
    assert asked == ["この 2 行を書き直しますか"]
    assert not book(office).exists()
    monkeypatch.setattr("click.confirm", lambda text: answer(text, True))
    code, out, _ = command(office, capsys, "deliver", "--again", "survey")
    assert "書き直しました" in out
    assert office.rows() == ["1", "2"]


def test_the_command_alone_writes_what_is_ready(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "転記待ちの行はありません" in command(office, capsys, "deliver")[1]
    drop(office.folder, "3.json", sheet("3"))
    for _ in range(2):
        office.now += 10
        office.intake.sweep()
    row = office.intake.claim()
    assert row is not None
    office.intake.read(row)
    code, out, _ = command(office, capsys, "deliver")
    assert code == 0
    assert str(book(office)) in out
    assert office.rows() == ["1", "2", "3"]


def test_an_unknown_form_and_a_stray_option_are_told(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = command(office, capsys, "deliver", "--again", "surve")
    assert (code, "survey" in err) == (1, True)
    assert command(office, capsys, "deliver", "--deleted")[0] == 2


def test_an_open_ledger_gets_nothing_and_is_named(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(book(office), office.folder / "copy.xlsx")
    take(office, "3")
    shutil.copy(office.folder / "copy.xlsx", book(office))
    book(office).with_name("~$survey.xlsx").write_bytes(b"\x04\x00Sato".ljust(165, b"\x00"))
    [lack] = lacks(office)
    with pytest.raises(ServiceError, match=r"survey\.xlsx"):
        again(office, lack)
    code, _, err = command(office, capsys, "deliver", "--again", "survey", "--yes")
    assert (code, "survey.xlsx" in err) == (1, True)


def test_a_ledger_that_was_put_away_long_ago_is_told_to_who_asks(office: Office) -> None:
    book(office).unlink()
    [lack] = lacks(office)
    today = office.intake.now().date()
    assert lack.is_told(today)
    assert not lack.is_told(today + dt.timedelta(days=400))


def test_the_desk_looks_again_when_a_file_or_its_rows_have_changed(office: Office) -> None:
    now = 0.0
    looks = Looks(office.definitions.site.folder, office.journal, lambda: now)
    form = office.definitions.forms["survey"]
    assert looks.lacks(form) == []
    shutil.copy(book(office), office.folder / "copy.xlsx")
    take(office, "3")
    assert looks.lacks(form) == []
    shutil.copy(office.folder / "copy.xlsx", book(office))
    [lack] = looks.lacks(form)
    assert numbers(office, lack.missing) == ["3"]
    again(office, lack)
    assert looks.lacks(form) == []


def test_two_deliveries_to_one_file_are_looked_at_each(office: Office) -> None:
    form, site = office.definitions.forms["survey"], office.definitions.site
    [delivery] = [one for one in form.deliveries if one.to == "excel"]
    below = replace(delivery, options={**delivery.options, "header_row": 40})
    both = replace(form, deliveries=(delivery, below))
    book(office).unlink()
    first, second = Looks(site.folder, office.journal, lambda: 0.0).lacks(both)
    assert first is not second, "the second was not taken for the first"


def aged(path: Path) -> None:
    """As if the file had been written an hour ago, and not this moment."""
    before = path.stat().st_mtime_ns - 3_600_000_000_000
    os.utime(path, ns=(before, before))


def test_a_ledger_that_nobody_touched_is_not_read_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    form, site = office.definitions.forms["survey"], office.definitions.site
    read: list[Path] = []

    def held(self: ExcelSink, of: Collection[str] = ()) -> Holding:
        read.append(self.path)
        return holding(self, of)

    holding = ExcelSink.held
    monkeypatch.setattr(ExcelSink, "held", held)

    def look() -> list[Lack]:
        return find_lacks_again(site.folder, form, office.journal, KeptLooks(site.work))

    assert (look(), look(), len(read)) == ([], [], 2), "too fresh to be sure of"
    aged(form.folder / "form.toml")
    aged(book(office))
    assert (look(), look(), len(read)) == ([], [], 3)
    shutil.copy(book(office), office.folder / "copy.xlsx")
    take(office, "3")
    aged(book(office))
    assert (look(), look(), len(read)) == ([], [], 4), "rows came in"
    shutil.copy(office.folder / "copy.xlsx", book(office))
    aged(book(office))
    [lack] = look()
    assert look() == [lack]
    assert (numbers(office, lack.missing), len(read)) == (["3"], 5)
    (site.work / "compared.json").write_text('{"version": 1, "survey excel": 7', "utf-8")
    assert (look(), len(read)) == ([lack], 6)
    book(office).unlink()
    [gone] = look()
    assert gone.is_gone


def test_a_csv_ledger_that_excel_saved_is_put_right(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    office = Office(tmp_path / "office", CSV)
    take(office, "0012", "0013")
    [path] = (office.folder / "ledgers").glob("*.csv")
    good = path.read_bytes()
    path.write_bytes(good.replace(b"0012", b"12").replace(b"0013", b"13"))
    [lack] = lacks(office)
    assert numbers(office, lack.outdated) == ["0012", "0013"]
    code, out, _ = command(office, capsys, "deliver", "--again", "survey", "--yes")
    assert code == 0
    assert "古い値のままの行 2 行" in out
    assert path.read_bytes() == good
    path.unlink()
    [lack] = lacks(office)
    assert (lack.lost, len(lack.deleted)) == ((), 2), "its reader may have taken it away"
    office.journal.close()


# ---- copies by day -------------------------------------------------------------------------------


def test_one_copy_a_day_is_kept_and_the_oldest_go(tmp_path: Path) -> None:
    path = tmp_path / "受付簿.xlsx"
    openpyxl.Workbook().save(path)
    first = dt.date(2026, 4, 1)
    for number in range(KEPT + 5):
        page = openpyxl.load_workbook(path)
        page.worksheets[0].append([number])
        page.save(path)
        day = first + dt.timedelta(days=number * 3)
        assert keep_day(path, day) is not None
        before = copies_of(path)[0].read_bytes()
        path.write_bytes(before)
        assert keep_day(path, day) is None, "the first of the day stays"
    copies = copies_of(path)
    assert len(copies) == KEPT
    assert copies[0].name == f"受付簿 {first + dt.timedelta(days=(KEPT + 4) * 3)}.xlsx"
    with closing(openpyxl.load_workbook(copies[-1])) as found:
        assert found.worksheets[0].max_row == 6


def test_a_damaged_ledger_pushes_no_good_copy_out(tmp_path: Path) -> None:
    path = tmp_path / "受付簿.xlsx"
    openpyxl.Workbook().save(path)
    good = path.read_bytes()
    days = [dt.date(2026, 4, 1) + dt.timedelta(days=n) for n in range(KEPT)]
    for day in days:
        keep_day(path, day)
    for number, bad in enumerate(
        (b"", good[:500], good[:90] + bytes(b ^ 85 for b in good[90:150]) + good[150:])
    ):
        path.write_bytes(bad)
        assert keep_day(path, dt.date(2026, 5, 1 + number)) is None
    assert [copy.read_bytes() for copy in copies_of(path)] == [good] * KEPT


def test_copies_of_ledgers_with_like_names_do_not_push_each_other_out(tmp_path: Path) -> None:
    one, two = tmp_path / "受付簿.xlsx", tmp_path / "受付簿 2026-04-01.xlsx"
    for path in (one, two):
        openpyxl.Workbook().save(path)
    for number in range(KEPT + 3):
        day = dt.date(2026, 4, 1) + dt.timedelta(days=number)
        keep_day(one, day)
    keep_day(two, dt.date(2026, 4, 1))
    assert len(copies_of(one)) == KEPT
    assert len(copies_of(two)) == 1


def test_a_delivery_keeps_the_days_first_version(office: Office) -> None:
    first = book(office).read_bytes()
    take(office, "3")
    take(office, "4")
    [copy] = copies_of(book(office))
    assert copy.read_bytes() == first


def test_a_damaged_ledger_is_told_though_no_row_waits_for_it(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    book(office).write_bytes(book(office).read_bytes()[:3000])
    [lack] = lacks(office)
    assert lack.lost == ()
    _, out, _ = command(office, capsys, "status")
    assert "survey.xlsx" in out
    assert "壊れていれば" in out
    assert "survey.xlsx" in command(office, capsys, "deliver", "--again", "survey", "--yes")[1]


def test_a_ledger_that_cannot_be_compared_stops_neither_status_nor_the_others(
    office: Office, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def held(*_: object) -> None:
        raise AttributeError("unforeseen")

    monkeypatch.setattr("connectors.sinks.excel.held_in", held)
    [lack] = lacks(office)
    assert "survey.xlsx" in lack.message()
    code, out, _ = command(office, capsys, "status")
    assert code == 0
    assert "survey.xlsx" in out
    assert "unforeseen" not in out
