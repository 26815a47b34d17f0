"""Report files: the same figures in Excel, PDF, HTML and CSV, nothing cut off, nothing executed."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import re
import xml.etree.ElementTree as ET
from decimal import Decimal
from html import unescape
from pathlib import Path

import openpyxl
import pdfplumber
import pytest

from initiatives import reportcells, tables
from initiatives.fiscal import Span, year_span
from initiatives.register import KPI, Baseline, CostItem, Handling, InitiativePeriod, Milestone
from initiatives.reportcells import show
from initiatives.saving import Books
from initiatives.summary import Report, summarise
from initiatives.work import Work
from initiatives.writers import WRITERS, fonts, write_report
from records.errors import DefinitionError, ServiceError
from tests.initiatives.madeplans import DAY, initiative, register

YEAR = year_span(2025)
UNTIL = dt.date(2026, 2, 14)
EVIL = '=HYPERLINK("http://x","<b>押す</b>") & <script>alert(1)</script>'
LONG = "とても長い名前の取組で、申請から交付までの一連の流れをまとめて自動化し、窓口と内部の事務の両方を減らすもの"


def made_report(span: Span = YEAR) -> Report:
    """A saving, a loss, one without baseline, one that never ran, and names that try to break
    out."""
    kpi = KPI("正味の削減時間", "時間", formula="saved_hours", targets={2025: 30.0})
    strategy = register(
        initiative(
            kpis=(kpi,),
            systems=("基幹系",),
            law_basis="児童手当法",
            content="読み取る。",
            current_issue=LONG * 3,
            milestones=(Milestone("本格運用", 2025, 2, dt.date(2025, 7, 1)),),
            costs=(CostItem(2025, "保守", 30_000),),
            periods=(InitiativePeriod(2, "広げる。", verdict="拡大"),),
            handlings=(Handling(dt.date(2025, 4, 1), "試算", "s", 15_000, None, 3_600_000),),
        ),
        initiative(
            "EFF-02",
            title="収納の消込",
            baselines=(Baseline(dt.date(2025, 4, 1), 57_600, "申告", "s"),),
        ),
        initiative("EFF-03", title=EVIL, department="tax", baselines=()),
        initiative("EFF-04", title=LONG, status="検討"),
        initiative("PEO-01", pillar="convenience", kpis=(KPI("割合", "%", targets={2025: 3.0}),)),
        approvals=("部長", "課長"),
        note="試験の注意書き & <架空>",
    )
    done = [
        Work(
            DAY + dt.timedelta(days=n),
            "EFF-01",
            "claim",
            accepted=20,
            fields=200,
            unseen=150,
            review=200_000 + n,
            decisions=50,
            corrected=5,
            sampled=4,
            failed=n % 2,
            characters=900,
            edits=9,
        )
        for n in range(40)
    ]
    done += [
        Work(DAY + dt.timedelta(days=n), "EFF-02", accepted=10, review=5_832_000, decisions=80)
        for n in range(9)
    ]
    done.append(Work(DAY, "EFF-03", accepted=7, review=1_000, decisions=1))
    books = Books(strategy, done, UNTIL)
    return summarise(books, books, span)


@pytest.fixture(scope="module")
def report() -> Report:
    return made_report()


@pytest.fixture(scope="module")
def files(report: Report, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("reports")
    return {ending: write_report(report, folder / f"令和7年度 報告{ending}") for ending in WRITERS}


def summary_rows(report: Report) -> list[tuple[str, ...]]:
    return tables.summary_table(report).shown()


def test_the_loss_is_a_loss_in_the_tables(report: Report) -> None:
    by_code = {row[0]: row for row in summary_rows(report)}
    assert by_code["EFF-02"][7] == "▲13.1"  # 90 sheets: 1.44 h before, 14.58 h of looking
    assert by_code["EFF-03"][5:9] == ("—",) * 4  # no baseline, nothing claimed
    assert by_code["EFF-04"][5:9] == ("—",) * 4
    assert report.balance.net.milliseconds == sum(
        s.balance.net.milliseconds for s in report.sheets if s.balance.known
    )


def test_excel_shows_the_tables_figures_as_numbers(report: Report, files: dict[str, Path]) -> None:
    book = openpyxl.load_workbook(files[".xlsx"])
    page = book["総括表"]
    shown = [
        tuple(c.value for c in row[:14])
        for row in page.iter_rows(min_row=10, max_row=9 + len(report.sheets) + 1)
    ]
    for cells, expected in zip(shown, tables.summary_table(report).rows, strict=True):
        for cell, value in zip(cells, expected, strict=True):
            if isinstance(value, Decimal | int):
                assert Decimal(str(cell)) == value
            else:
                assert cell == (reportcells.NONE if value is None else value or None)
    assert {"総括表", "KPI", "課別", "年度別", "期別", "月別", "費用と効果", "個票 EFF-01"} <= set(
        book.sheetnames
    )


def test_excel_has_native_charts_and_prints_on_a4(files: dict[str, Path]) -> None:
    book = openpyxl.load_workbook(files[".xlsx"])
    for name, charts in (
        ("総括表", 2),
        ("課別", 1),
        ("年度別", 1),
        ("月別", 1),
        ("個票 EFF-01", 1),
        ("個票 EFF-04", 0),
    ):
        assert len(book[name]._charts) == charts
    for page in book.worksheets:
        assert page.page_setup.paperSize == "9" or page.page_setup.paperSize == 9
        assert page.page_setup.fitToWidth in (None, 1)
        assert page.sheet_properties.pageSetUpPr.fitToPage
        assert "試験の注意書き" in page.oddHeader.right.text


def test_the_months_of_a_plan_period_stay_on_one_page_with_their_chart_beside_them(
    tmp_path: Path,
) -> None:
    two_years = made_report(Span(YEAR.first, dt.date(2027, 3, 31)))
    book = openpyxl.load_workbook(write_report(two_years, tmp_path / "report.xlsx"))
    page = book["月別"]
    place = page._charts[0].anchor
    assert page.page_setup.fitToHeight == 1
    assert place._from.col > max(i for i, cell in enumerate(page[4]) if cell.value is not None)
    assert place.to.row <= page.max_row


def test_bars_begin_at_zero(files: dict[str, Path]) -> None:
    book = openpyxl.load_workbook(files[".xlsx"])
    assert book["月別"]._charts[0].y_axis.scaling.min == 0
    # Nothing but losses: they hang from zero.
    assert book["個票 EFF-02"]._charts[0].y_axis.scaling.max == 0
    # Gains and losses: zero is in between anyway.
    assert book["総括表"]._charts[0].y_axis.scaling.min is None


def test_no_text_of_the_office_becomes_a_formula_or_markup(files: dict[str, Path]) -> None:
    book = openpyxl.load_workbook(files[".xlsx"])
    cells = [c for page in book.worksheets for row in page.iter_rows() for c in row]
    assert any(c.value == EVIL for c in cells)
    assert not any(c.data_type == "f" for c in cells)
    source = files[".html"].read_text(encoding="utf-8")
    assert "<script>" not in source
    assert EVIL in unescape(source)
    with files[".csv"].open(encoding="utf-8-sig", newline="") as file:
        flat = [cell for row in csv.reader(file) for cell in row]
    assert f"'{EVIL}" in flat
    assert not any(cell.startswith(("=", "+", "@")) for cell in flat)


def test_html_shows_the_same_rows_and_needs_nothing_from_outside(
    report: Report, files: dict[str, Path]
) -> None:
    source = files[".html"].read_text(encoding="utf-8")
    found = {
        tuple(unescape(re.sub(r"<.*?>", "", c)) for c in re.findall(r"<td.*?>(.*?)</td>", row))
        for row in re.findall(r"<tr.*?>(.*?)</tr>", source)
    }
    for made in (
        tables.summary_table(report),
        tables.department_table(report),
        tables.year_table(report),
        tables.period_table(report),
        tables.month_table(report.months),
        tables.money_table(report),
    ):
        assert set(made.shown()) <= found
    assert not re.search(r"""(?:src|href)\s*=\s*["'](?!#)""", re.sub(r"xmlns[^>]*", "", source))
    assert "url(" not in source


def test_every_chart_in_the_page_is_well_formed_and_named(files: dict[str, Path]) -> None:
    source = files[".html"].read_text(encoding="utf-8")
    drawings = re.findall(
        r'<figure role="img" aria-label="([^"]+)">(<svg.*?</svg>)', source, re.DOTALL
    )
    # Two on the first page, by department, by year, and one for each initiative that has run.
    assert len(drawings) == 4 + 2
    for name, svg in drawings:
        assert "時間" in name
        ET.fromstring(svg.replace("xlink:", ""))
        assert "clip" not in svg  # ids of one drawing must not cut another


def test_pdf_has_a_page_for_each_initiative_and_the_same_figures(
    report: Report, files: dict[str, Path]
) -> None:
    with pdfplumber.open(files[".pdf"]) as document:
        pages = [page.extract_text() or "" for page in document.pages]
    first = re.sub(r"\s", "", pages[0])
    for row in summary_rows(report):
        for cell in row[4:9]:
            assert re.sub(r"\s", "", cell) in first
    singles = [p for p in pages if "取組の個票" in p]
    assert len(singles) == len(report.sheets)
    for sheet, page in zip(report.sheets, singles, strict=True):
        assert sheet.initiative.code in page
        assert "所見" in page
        # No empty chart.
        assert ("月別の削減時間" in page) == (sheet.initiative.code in ("EFF-01", "EFF-02"))
    assert all("試験の注意書き&<架空>" in re.sub(r"\s", "", p) for p in pages)
    assert f"{len(pages)} / {len(pages)}" in pages[-1]


def test_csv_has_a_line_for_each_figure(report: Report, files: dict[str, Path]) -> None:
    with files[".csv"].open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    saved = {r["番号"]: r["値"] for r in lines if r["表"] == "総括表" and r["項目"] == "削減(時間)"}
    for sheet in report.sheets:
        expected = reportcells.hours(reportcells.net(sheet.balance))
        assert saved.get(sheet.initiative.code) == (None if expected is None else str(expected))
    basis = next(
        r
        for r in lines
        if r["表"] == "総括表" and r["番号"] == "EFF-01" and r["項目"] == "削減(時間)"
    )
    assert basis["根拠"] == "申告"
    count = next(
        r for r in lines if r["表"] == "総括表" and r["番号"] == "EFF-01" and r["項目"] == "件数"
    )
    assert (count["値"], count["根拠"]) == ("800", "")


def test_the_same_report_makes_the_same_pdf(
    report: Report, files: dict[str, Path], tmp_path: Path
) -> None:
    again = write_report(report, tmp_path / "again.pdf")
    assert again.read_bytes() == files[".pdf"].read_bytes()


def test_without_a_japanese_font_the_readers_own_is_used(
    report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fonts.japanese.cache_clear()
    monkeypatch.setattr(fonts, "_folders", lambda: iter(()))
    try:
        assert not fonts.japanese().embedded
        path = write_report(report, tmp_path / "cid.pdf")
        with pdfplumber.open(path) as document:
            assert "総括表" in (document.pages[0].extract_text() or "")
    finally:
        fonts.japanese.cache_clear()


def test_an_unknown_ending_names_the_known_ones(report: Report, tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match=r"\.xlsx"):
        write_report(report, tmp_path / "report.docx")


def test_a_report_that_is_open_elsewhere_is_kept_and_the_person_is_told(
    report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "report.csv"
    path.write_text("古い報告", encoding="utf-8")

    def refuse(*_: object) -> None:
        raise PermissionError(13, "in use")

    monkeypatch.setattr("initiatives.writers.os.replace", refuse)
    with pytest.raises(ServiceError, match="閉じて"):
        write_report(report, path)
    assert path.read_text(encoding="utf-8") == "古い報告"
    assert [p.name for p in tmp_path.iterdir()] == ["report.csv"]


def test_a_report_of_an_office_that_has_done_nothing_is_still_a_report(tmp_path: Path) -> None:
    books = Books(register(), [], UNTIL)
    empty = summarise(books, books, YEAR)
    for ending in WRITERS:
        assert write_report(empty, tmp_path / f"empty{ending}").stat().st_size > 0


def test_a_renamed_department_answers_with_its_old_name_beside_it(report: Report) -> None:
    later = dataclasses.replace(made_report(), span=YEAR)
    books = Books(later.strategy, [Work(DAY, "EFF-01", accepted=1)], dt.date(2026, 6, 1))
    after = summarise(books, books, year_span(2026))
    line = next(d for d in after.departments if "EFF-01" in d.codes)
    assert (line.department.name, line.formerly) == ("政策課", ("企画課",))
    before = next(d for d in report.departments if "EFF-01" in d.codes)
    assert (before.department.name, before.formerly) == ("企画課", ())


def test_plan_periods_are_compared(report: Report) -> None:
    first, second = report.periods
    assert (first.period.no, first.balance.work.accepted, first.partial) == (1, 0, False)
    assert (second.period.no, second.partial, second.planned) == (2, True, 1)
    assert second.balance.net == report.balance.net  # R7 is all of the second period so far
    assert second.verdicts == (("拡大", 1),)


@pytest.mark.parametrize(
    ("cell", "kind", "text"),
    [
        (Decimal("-0.1"), "hours", "▲0.1"),
        (Decimal("-0.0"), "hours", "0.0"),
        (1234567, "yen", "1,234,567"),
        (Decimal("-0.031"), "percent", "▲3.1%"),
        (None, "hours", "—"),
        ("", "text", ""),
        ("-", "text", "-"),
    ],
)
def test_cells_read_as_a_city_writes_them(
    cell: reportcells.Cell, kind: reportcells.Kind, text: str
) -> None:
    assert show(cell, kind) == text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (180_000, "0.1"),
        (179_999, "0.0"),
        (-180_000, "-0.1"),
        (5_220_000, "1.5"),
        (5_219_999, "1.4"),
    ],
)
def test_hours_are_rounded_half_up(value: int, expected: str) -> None:
    assert str(reportcells.hours(value)) == expected
