"""``torikomi report``: any period, on the screen and as files; what cannot be written loses
nothing."""

from __future__ import annotations

import csv
import datetime as dt
import errno
from pathlib import Path

import openpyxl
import pdfplumber
import pytest
from click.testing import CliRunner, Result

from flows.cli import torikomi
from flows.commands.demo import make_demo_site
from flows.commands.demo_year import show_year, year_until
from flows.composition import open_site
from initiatives import writers
from initiatives.fiscal import Span
from initiatives.madeup import NOTICE
from initiatives.savingtable import rate
from records.errors import DefinitionError, ServiceError

SAMPLES = Path(__file__).parents[2] / "samples"
SPAN = Span(dt.date(2025, 7, 1), dt.date(2025, 7, 11))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample office after two made-up weeks of July in R7."""
    folder = tmp_path_factory.mktemp("report") / "office"
    assert make_demo_site(SAMPLES, folder, scans=False) == 0
    with open_site(folder) as office:
        show_year(office, span=SPAN, scale=0.5)
    return folder


def call(site: Path, *arguments: str) -> Result:
    return CliRunner().invoke(torikomi, ["report", "--site", str(site), *arguments])


def test_the_screen_shows_the_period_and_says_that_it_is_made_up(site: Path) -> None:
    shown = call(site, "--period", "R7")
    assert shown.exit_code == 0
    assert shown.stdout.startswith(f"【{NOTICE}】\n")
    assert "令和7年度" in shown.stdout
    assert "EFF-01" in shown.stdout
    assert "目視しなかった値の誤り率" in shown.stdout
    before = call(site, "--period", "R6")
    assert before.exit_code == 0
    assert "この期間に取り込まれたものはまだありません" in before.stdout


@pytest.mark.parametrize(
    ("period", "words"),
    [
        ("R7", "令和7年度"),
        ("R7-R8", "令和7〜8年度"),
        ("第2期", "令和7〜8年度"),
        ("R7Q2", "令和7年7月1日"),
        ("2025-07", "令和7年7月"),
    ],
)
def test_periods_as_a_city_writes_them(site: Path, period: str, words: str) -> None:
    shown = call(site, "--period", period)
    assert shown.exit_code == 0
    assert words in shown.stdout
    assert "EFF-02" in shown.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--period", "第9期"), "第4期(令和11〜12年度)"),
        (("--period", "再来年"), "R7(年度)"),
        (("--period", "R30"), "まだ始まっていません"),
        (("--to", "report.docx"), ".xlsx、.pdf、.html、.csv"),
        (("--to", "report"), "使えるもの"),
    ],
)
def test_what_is_not_possible_says_what_is(
    site: Path, arguments: tuple[str, str], words: str
) -> None:
    found = call(site, *arguments)
    assert isinstance(found.exception, DefinitionError)
    assert words in found.exception.message
    assert "\n" not in found.exception.message


def test_all_four_files_hold_the_same_sheets(site: Path, tmp_path: Path) -> None:
    for ending in writers.WRITERS:
        path = tmp_path / "新しいフォルダー" / f"報告{ending.upper()}"
        done = call(site, "--period", "R7", "--to", str(path))
        assert done.exit_code == 0, done.exception
        assert str(path) in done.stdout
    folder = tmp_path / "新しいフォルダー"
    book = openpyxl.load_workbook(folder / "報告.XLSX")
    count = _cell(book.worksheets[0], "EFF-01", "件数")
    assert isinstance(count, int)
    assert count > 0
    with (folder / "報告.CSV").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert any(
        row[0] == "総括表" and row[2] == "EFF-01" and row[4] == "件数" and row[5] == str(count)
        for row in rows
    )
    with pdfplumber.open(folder / "報告.PDF") as pdf:
        assert all(NOTICE in (page.extract_text() or "") for page in pdf.pages)
        assert f" {count} " in (pdf.pages[0].extract_text() or "")
    assert NOTICE in (folder / "報告.HTML").read_text(encoding="utf-8")
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        f"報告{e.upper()}" for e in writers.WRITERS
    )


def _cell(page: openpyxl.worksheet.worksheet.Worksheet, code: str, title: str) -> object:
    """The cell in the row that begins with ``code`` and under ``title``."""
    column = next(cell.column for row in page.iter_rows() for cell in row if cell.value == title)
    row = next(cell.row for line in page.iter_rows() for cell in line if cell.value == code)
    return page.cell(row, column).value


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EACCES, "閉じ"),
        (errno.ENOSPC, "ディスクがいっぱい"),
        (errno.EROFS, "読み取り専用"),
        (errno.EIO, "場所と空き容量"),
    ],
)
def test_what_cannot_be_written_leaves_the_old_report(
    site: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    words: str,
) -> None:
    old = tmp_path / "r.csv"
    old.write_text("old", encoding="utf-8")

    def refuse(*_: object) -> None:
        raise OSError(number, "no")

    monkeypatch.setattr(writers.os, "replace", refuse)
    found = call(site, "--period", "R7", "--to", str(old))
    assert isinstance(found.exception, ServiceError)
    assert words in found.exception.message
    assert old.read_text(encoding="utf-8") == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["r.csv"]


def test_a_file_in_the_way_of_the_folder(site: Path, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("mine", encoding="utf-8")
    (tmp_path / "b.csv").mkdir()
    for to in ("a/r.csv", "b.csv"):
        found = call(site, "--period", "R7", "--to", str(tmp_path / to))
        assert isinstance(found.exception, ServiceError)
        assert "別の名前" in found.exception.message
    assert (tmp_path / "a").read_text(encoding="utf-8") == "mine"


def test_the_rate_of_wrong_unseen_values_with_its_exact_interval() -> None:
    assert rate(0, 0) == "—"
    assert (
        rate(0, 30) == "0.00%(0/30、95%区間 0.00〜11.57%)"
    )  # Clopper-Pearson: 1 - 0.025 ** (1 / 30)
    assert rate(2, 1000).startswith("0.20%(2/1,000、95%区間 0.02〜0.72%")


def test_the_made_up_year_ends_yesterday() -> None:
    span = year_until(dt.date(2026, 4, 1))
    assert (span.first, span.last, span.days) == (dt.date(2025, 4, 1), dt.date(2026, 3, 31), 365)


def test_made_up_work_never_joins_other_work(site: Path) -> None:
    with open_site(site) as office, pytest.raises(DefinitionError, match="台帳に文書が入"):
        show_year(office, span=SPAN, scale=0.5)
