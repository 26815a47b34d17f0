"""The office's own workbook: its header is found, its looks are kept, and what staff does to it is
respected."""

from __future__ import annotations

import datetime as dt
import io
import itertools
import re
import warnings
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import PIL.Image
import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.chart import BarChart
from openpyxl.drawing.image import Image
from openpyxl.drawing.spreadsheet_drawing import AnchorMarker, TwoCellAnchor
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.workbook import Workbook
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.table import Table, TableStyleInfo
from openpyxl.worksheet.worksheet import Worksheet

from connectors.sinks import Delivered, Row
from connectors.sinks.backups import copies_of
from connectors.sinks.excel import ExcelSink
from connectors.sinks.excel.bookfile import backup_of
from connectors.sinks.excel.layout import ID_TITLE
from connectors.sinks.kindcolumns import ColumnLook
from records.errors import DefinitionError, ServiceError
from tests.connectors.office_workbooks import WORKBOOKS, packed, plain

TITLES = ("受付日", "氏名", "口座番号", "金額")


def row(n: int, **cells: Any) -> Row:
    return Row(
        f"{n:016x}-001",
        {
            "受付日": dt.date(2026, 4, n),
            "氏名": f"申請者{n}",
            "口座番号": f"{n:07d}",
            "金額": 1000 * n,
            **cells,
        },
    )


def ledger(path: Path) -> Workbook:
    """A workbook as an office has it: a title, a header of two rows, staff's own columns, colours,
    lists, formulas."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = "令和8年度"
    sheet["A1"] = "児童手当 受付簿"
    sheet.merge_cells("A1:G1")
    sheet["A1"].font = Font(size=16, bold=True)
    for column, title in enumerate(
        ("No.", "受付日", "申請者", None, "金　額", "所得\n判定", "備考"), 1
    ):
        sheet.cell(3, column).value = title
    sheet["C4"], sheet["D4"] = "氏 名", "口座番号"
    sheet.merge_cells("C3:D3")
    for letter in "ABEFG":
        sheet.merge_cells(f"{letter}3:{letter}4")
    line = Side(style="thin", color="FFFF0000")
    for n in range(1, 3):
        values = (
            n,
            dt.date(2026, 3, n),
            f"手書き{n}",
            f"{n:07d}",
            500 * n,
            f'=IF(E{4 + n}>1500,"高","低")',
            f"備考{n}",
        )
        for column, value in enumerate(values, 1):
            cell = sheet.cell(4 + n, column)
            cell.value = value
            cell.border = Border(left=line, right=line, top=line, bottom=line)
            cell.font = Font(name="ＭＳ 明朝", size=11)
    for r in (5, 6):
        sheet.cell(r, 2).number_format = 'ggge"年"m"月"d"日"'
        sheet.cell(r, 5).number_format = "#,##0"
        sheet.cell(r, 7).protection = Protection(locked=False)
        sheet.row_dimensions[r].height = 24
    sheet.auto_filter.ref = "A4:G6"
    yellow = PatternFill("solid", bgColor="FFFFFF00")
    sheet.conditional_formatting.add(
        "E5:E6", CellIsRule(operator="greaterThan", formula=["1500"], fill=yellow)
    )
    choices = DataValidation(type="list", formula1='"済,未"', sqref="G5:G6")
    sheet.add_data_validation(choices)
    sheet.print_area = "A1:G6"
    sheet.freeze_panes = "A5"
    sheet.column_dimensions["C"].width = 22
    other = book.create_sheet("集計")
    other["A1"] = "=COUNTA('令和8年度'!C5:C1000)"
    book.save(path)
    return book


def sheet_of(path: Path, title: str = "令和8年度") -> Worksheet:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # what openpyxl says of extensions
        found = openpyxl.load_workbook(io.BytesIO(path.read_bytes()))[title]
    assert isinstance(found, Worksheet)
    return found


@pytest.fixture
def path(tmp_path: Path) -> Path:
    ledger(tmp_path / "台帳.xlsx")
    return tmp_path / "台帳.xlsx"


def deliver(path: Path, *rows: Row, **options: Any) -> Delivered:
    return ExcelSink(path, TITLES, **options).deliver(rows)


# --- the office's looks ---------------------------------------------------------------------------


def test_rows_go_under_the_offices_own_header_in_its_own_looks(path: Path) -> None:
    deliver(path, row(1), row(2))
    sheet = sheet_of(path)
    assert [c.value for c in sheet[7]][:7] == [
        None,
        dt.datetime(2026, 4, 1),
        "申請者1",
        "0000001",
        1000,
        '=IF(E7>1500,"高","低")',
        None,
    ]
    assert sheet["F8"].value == '=IF(E8>1500,"高","低")'
    for column in range(2, 8):
        assert sheet.cell(8, column).border.left.style == "thin"
        assert sheet.cell(8, column).font.name == "ＭＳ 明朝"
    assert sheet["B8"].number_format == 'ggge"年"m"月"d"日"'
    assert sheet["E8"].number_format == "#,##0"
    assert sheet["D8"].number_format == "@"
    assert sheet["G8"].protection.locked is False
    assert sheet.row_dimensions[8].height == 24
    assert sheet.column_dimensions["C"].width == 22
    assert sheet.freeze_panes == "A5"


def test_what_surrounds_the_list_grows_with_it(path: Path) -> None:
    deliver(path, row(1), row(2))
    sheet = sheet_of(path)
    assert sheet.auto_filter.ref == "A4:H8"
    assert [str(c.sqref) for c in sheet.conditional_formatting] == ["E5:E8"]
    assert [str(v.sqref) for v in sheet.data_validations.dataValidation] == ["G5:G8"]
    assert sheet.print_area == "'令和8年度'!$A$1:$G$8"
    assert sheet["A1"].value == "児童手当 受付簿"
    assert {"A1:G1", "C3:D3", "F3:F4"} <= {str(m) for m in sheet.merged_cells.ranges}
    assert sheet_of(path, "集計")["A1"].value == "=COUNTA('令和8年度'!C5:C1000)"
    assert sheet["H4"].value == ID_TITLE
    assert sheet.column_dimensions["H"].hidden


def test_the_hidden_sheet_stays_out_of_sight(path: Path) -> None:
    deliver(path, row(1))
    book = openpyxl.load_workbook(path)
    assert book["_torikomi"].sheet_state == "veryHidden"
    assert book.active is not None
    assert book.active.title == "令和8年度"


def test_formulas_are_calculated_when_the_workbook_is_opened(path: Path) -> None:
    deliver(path, row(1))
    assert openpyxl.load_workbook(path).calculation.fullCalcOnLoad


def test_a_table_of_excel_grows_and_gets_the_hidden_column(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    for values in (
        ("受付日", "氏名", "口座番号", "金額", "備考"),
        (None, "前の人", "0000009", 9, "x"),
    ):
        sheet.append(values)
    table = Table(
        displayName="受付簿",
        ref="A1:E2",
        tableStyleInfo=TableStyleInfo(name="TableStyleMedium2", showRowStripes=True),
    )
    table.id = 1
    sheet.add_table(table)
    book.save(path)
    deliver(path, row(1), row(2))
    found = sheet_of(path, "Sheet").tables["受付簿"]
    assert found.ref == "A1:F4"
    assert found.autoFilter.ref == "A1:F4"
    assert [c.name for c in found.tableColumns] == [
        "受付日",
        "氏名",
        "口座番号",
        "金額",
        "備考",
        ID_TITLE,
    ]
    assert len({c.id for c in found.tableColumns}) == 6
    assert sheet_of(path, "Sheet")["F4"].value == row(2).record


def test_rich_text_merges_across_a_row_and_array_formulas_survive(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    sheet = book["令和8年度"]
    sheet["G5"] = CellRichText("赤", TextBlock(InlineFont(color="FFFF0000"), "字"))
    sheet["H4"], sheet["J4"] = "連絡先", "計算"
    sheet["H6"] = "電話"
    sheet.merge_cells("H4:I4")
    sheet.merge_cells("H6:I6")
    sheet["J6"] = ArrayFormula("J6", "=SUM(E6*2)")
    book.save(path)
    deliver(path, row(1))
    sheet = openpyxl.load_workbook(path, rich_text=True)["令和8年度"]
    assert isinstance(sheet["G5"].value, CellRichText)
    assert "H7:I7" in {str(m) for m in sheet.merged_cells.ranges}
    assert sheet["J7"].value.text == "=SUM(E7*2)"


def test_a_width_given_to_a_range_of_columns_is_split_not_overlapped(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    columns = book["令和8年度"].column_dimensions
    columns["G"].min = 7
    columns["G"].max = 16384
    columns["G"].width = 9.5
    book.save(path)
    deliver(path, row(1))
    with zipfile.ZipFile(path) as archive:
        xml = archive.read("xl/worksheets/sheet1.xml").decode()
    spans = sorted(
        (int(a), int(b)) for a, b in re.findall(r'<col [^>]*?min="(\d+)" max="(\d+)"', xml)
    ) or sorted(
        (int(re.search(r'min="(\d+)"', c)[1]), int(re.search(r'max="(\d+)"', c)[1]))  # type: ignore[index]
        for c in re.findall(r"<col [^>]*>", xml)
    )
    assert (8, 8) in spans
    assert all(one[1] < two[0] for one, two in itertools.pairwise(spans)), spans
    assert spans[-1] == (9, 16384)


# --- where rows go --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["chart", "picture"])
def test_a_column_that_something_is_drawn_over_is_not_hidden(kind: str, path: Path) -> None:
    def draw(sheet: Worksheet) -> None:
        if kind == "chart":
            chart = BarChart()
            chart.anchor = TwoCellAnchor(_from=AnchorMarker(col=7), to=AnchorMarker(col=9, row=9))
            sheet.add_chart(chart)
        else:
            seal = io.BytesIO()
            PIL.Image.new("RGB", (100, 100), "red").save(seal, "PNG")
            sheet.add_image(Image(seal), "H2")

    staff(path, draw)
    deliver(path, row(1))
    sheet = sheet_of(path)
    hidden = [letter for letter, look in sheet.column_dimensions.items() if look.hidden]
    assert hidden == ["K"]
    assert sheet["K4"].value == ID_TITLE


def test_rows_prepared_with_numbers_borders_and_formulas_are_filled(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    sheet = book["令和8年度"]
    for n in range(3, 21):
        sheet.cell(4 + n, 1).value = n
        sheet.cell(4 + n, 3).fill = PatternFill("solid", fgColor="FF00FF00")
        sheet.cell(4 + n, 6).value = f'=IF(E{4 + n}="","",1)'
    book.save(path)
    deliver(path, row(1), row(2))
    sheet = sheet_of(path)
    assert [sheet.cell(r, 1).value for r in (7, 8)] == [3, 4]
    assert [sheet.cell(r, 3).value for r in (7, 8, 9)] == ["申請者1", "申請者2", None]
    assert sheet["C7"].fill.fgColor.rgb == "FF00FF00", (
        "a row that was ruled beforehand keeps its looks"
    )
    assert sheet["F7"].value == '=IF(E7="","",1)'


def test_a_remark_of_staff_keeps_its_row_to_itself(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    book["令和8年度"]["G9"] = "この行は窓口で使用中"
    book.save(path)
    deliver(path, row(1))
    sheet = sheet_of(path)
    assert sheet["C10"].value == "申請者1"
    assert sheet["C9"].value is None


def test_totals_below_are_never_overwritten_and_rows_wait_when_the_room_is_used_up(
    path: Path,
) -> None:
    book = openpyxl.load_workbook(path)
    book["令和8年度"]["C9"] = "合　計"
    book["令和8年度"]["E9"] = "=SUM(E5:E8)"
    book["令和8年度"]["A11"] = "※ 口座は本人名義に限る"
    book.save(path)
    deliver(path, row(1), row(2))
    sheet = sheet_of(path)
    assert [sheet.cell(r, 3).value for r in (7, 8, 9)] == ["申請者1", "申請者2", "合　計"]
    before = path.read_bytes()
    with pytest.raises(ServiceError, match=r"9行目.*空いた行がありません"):
        deliver(path, row(3))
    assert path.read_bytes() == before


def test_a_tables_totals_row_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    for values in (
        (*TITLES,),
        (None, "前", "1", 9),
        (None, None, None, None),
        (None, "集計", None, 9),
    ):
        sheet.append(values)
    table = Table(displayName="表", ref="A1:D4", totalsRowCount=1)
    table.id = 1
    sheet.add_table(table)
    book.save(path)
    deliver(path, row(1))
    assert sheet_of(path, "Sheet")["B3"].value == "申請者1"
    with pytest.raises(ServiceError, match="空いた行がありません"):
        deliver(path, row(2))


def test_the_sheet_and_the_header_row_may_be_named(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    copy = book.copy_worksheet(book["令和8年度"])
    copy.title = "令和9年度"
    book.save(path)
    deliver(path, row(1), sheet="令和9年度", header_row=4)
    assert sheet_of(path, "令和9年度")["C7"].value == "申請者1"
    assert sheet_of(path)["C7"].value is None


def test_a_new_sheet_is_made_in_an_existing_workbook_but_not_for_a_renamed_one(path: Path) -> None:
    deliver(path, row(1), sheet="口座")
    assert sheet_of(path, "口座")["B2"].value == "申請者1"
    book = openpyxl.load_workbook(path)
    book["口座"].title = "口座(旧)"
    book.save(path)
    with pytest.raises(ServiceError, match="シート「口座」がありません"):
        deliver(path, row(2), sheet="口座")


def test_a_new_sheet_in_an_old_workbook_is_laid_out_by_kind(path: Path) -> None:
    looks = (ColumnLook(13), ColumnLook(30, wraps=True), ColumnLook(12, horizontal="center"))
    sink = ExcelSink(path, TITLES[:3], sheet="口座", looks=looks)
    for number in (1, 2):
        sink.deliver([Row(f"{number:016x}-001", dict.fromkeys(TITLES[:3], "長い文" * 30))])
    sheet = sheet_of(path, "口座")
    for number in (2, 3):
        assert [sheet.cell(number, c).alignment.wrap_text or False for c in (1, 2, 3)] == [
            *(False, True, False)
        ]
        assert sheet.cell(number, 3).alignment.horizontal == "center"
        assert sheet.cell(number, 2).border.left.style == "thin"


def test_a_new_sheet_in_a_workbook_without_fonts_and_borders(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    change, dress = WORKBOOKS["styles without their collections"]
    path.write_bytes(packed(dress(plain(change))))
    deliver(path, row(1), sheet="口座")
    with zipfile.ZipFile(path) as archive:
        styles = archive.read("xl/styles.xml").decode()
    assert "fontId" not in styles
    assert "borderId" not in styles
    assert deliver(path, row(1), sheet="口座").unchanged


def test_a_protected_sheet_is_written_to_and_that_is_said_once(path: Path) -> None:
    staff(path, lambda sheet: setattr(sheet.protection, "sheet", True))
    first, second = (deliver(path, row(number)) for number in (1, 2))
    assert [note for note in first.notes if "保護" in note]
    assert second.notes == ()
    assert sheet_of(path).protection.sheet


def test_a_new_workbook_is_ready_to_use(tmp_path: Path) -> None:
    path = tmp_path / "new" / "児童手当.xlsx"
    ExcelSink(path, TITLES, name="児童手当").deliver([row(1)])
    sheet = sheet_of(path, "児童手当")
    assert [c.value for c in sheet[1]] == [*TITLES, ID_TITLE]
    assert (sheet.auto_filter.ref, sheet.freeze_panes, sheet.print_title_rows) == (
        "A1:E2",
        "A2",
        "$1:$1",
    )
    assert sheet.column_dimensions["B"].width >= 12
    assert sheet.column_dimensions["E"].hidden
    assert sheet["A2"].number_format == "yyyy/mm/dd"
    assert not backup_of(path).exists()


@pytest.mark.parametrize(
    ("title", "expected"),
    [("受付日", "「受付日」がありません"), ("口座番号", "「口座番号」がありません")],
)
def test_a_missing_column_is_told_instead_of_dropping_values(
    path: Path, title: str, expected: str
) -> None:
    book = openpyxl.load_workbook(path)
    for cells in book["令和8年度"].iter_rows(3, 4):
        for cell in cells:
            if cell.value == title:
                cell.value = "別の見出し"
    book.save(path)
    with pytest.raises(DefinitionError, match=expected):
        deliver(path, row(1))


def test_no_header_at_all_and_a_title_twice_are_told(path: Path, tmp_path: Path) -> None:
    book = Workbook()
    book.worksheets[0]["A1"] = "関係のない表"
    book.save(tmp_path / "other.xlsx")
    with pytest.raises(DefinitionError, match=r"見出し.*のある行が見つかりません"):
        deliver(tmp_path / "other.xlsx", row(1))
    book = openpyxl.load_workbook(path)
    book["令和8年度"]["H4"] = "氏名"
    book.save(path)
    with pytest.raises(DefinitionError, match="「氏名」が二つあります"):
        deliver(path, row(1))


def test_a_header_below_the_thirtieth_row_is_only_found_where_it_is_said_to_be(
    tmp_path: Path,
) -> None:
    path = tmp_path / "low.xlsx"
    book = Workbook()
    for column, title in enumerate(TITLES, 2):
        book.worksheets[0].cell(33, column).value = title
    book.save(path)
    with pytest.raises(DefinitionError, match=r"見出し.*のある行が見つかりません"):
        deliver(path, row(1))
    deliver(path, row(1), header_row=33)
    assert [c.value for c in sheet_of(path, "Sheet")[34]][2:5] == ["申請者1", "0000001", 1000]


# --- what staff does ------------------------------------------------------------------------------


def staff(path: Path, change: Any, title: str = "令和8年度") -> None:
    book = openpyxl.load_workbook(path)
    change(book[title])
    book.save(path)


def move_rows(sheet: Worksheet, order: list[int], columns: int) -> None:
    """Sort as Excel does: values of whole rows move, formulas' places stay."""
    values = {r: [sheet.cell(r, c).value for c in range(1, columns + 1)] for r in order}
    for target, source in zip(sorted(order), order, strict=True):
        for column, value in enumerate(values[source], 1):
            sheet.cell(target, column).value = value


def test_a_correction_finds_its_row_after_sorting(path: Path) -> None:
    deliver(path, row(1), row(2), row(3))
    staff(path, lambda s: move_rows(s, [9, 7, 6, 8, 5], 8))
    done = deliver(path, row(2, 氏名="訂正後"), row(4))
    assert (done.updated, done.added) == ((row(2).record,), (row(4).record,))
    names = {r[0].value: r[1].value for r in sheet_of(path).iter_rows(5, 10, 3, 4)}
    assert names == {
        "手書き1": "0000001",
        "手書き2": "0000002",
        "申請者1": "0000001",
        "訂正後": "0000002",
        "申請者3": "0000003",
        "申請者4": "0000004",
    }


def test_a_sort_that_left_the_hidden_column_behind_does_not_mix_people_up(path: Path) -> None:
    deliver(path, row(1), row(2), row(3))
    staff(path, lambda s: move_rows(s, [9, 8, 7], 7))
    done = deliver(path, row(1, 金額=7777))
    assert done.updated == (row(1).record,)
    sheet = sheet_of(path)
    assert {sheet.cell(r, 3).value: sheet.cell(r, 5).value for r in (7, 8, 9)} == {
        "申請者3": 3000,
        "申請者2": 2000,
        "申請者1": 7777,
    }
    assert sheet["H9"].value == row(1).record, "and its number is right again"
    assert deliver(path, row(3, 金額=3333)).updated == (row(3).record,)
    assert sheet_of(path)["E7"].value == 3333


def test_a_row_that_cannot_be_told_is_left_alone_and_said(path: Path) -> None:
    deliver(path, row(1), row(2))

    def overwrite(sheet: Worksheet) -> None:
        for column, value in ((2, None), (3, "まったく別の人"), (4, "9999999"), (5, 1)):
            sheet.cell(7, column).value = value

    staff(path, overwrite)
    done = deliver(path, row(1, 金額=7777))
    assert done.withheld == (row(1).record,)
    assert "内容が入れ替わっています" in done.notes[0]
    assert sheet_of(path)["C7"].value == "まったく別の人"


def test_only_what_was_corrected_is_written_over_what_staff_edited(path: Path) -> None:
    deliver(path, row(1))

    def edit(sheet: Worksheet) -> None:
        sheet["C7"], sheet["G7"] = "申請者1(旧姓)", "電話済"

    staff(path, edit)
    deliver(path, row(1, 金額=7777))
    sheet = sheet_of(path)
    assert [sheet.cell(7, c).value for c in (3, 5, 7)] == ["申請者1(旧姓)", 7777, "電話済"]


def test_columns_that_staff_moved_or_added_are_followed(path: Path) -> None:
    deliver(path, row(1))

    def rearrange(sheet: Worksheet) -> None:
        for cells in sheet.iter_rows(3, 7):
            values = [c.value for c in cells]
            if cells[0].row >= 5:
                cells[2].value = values[3]
                cells[3].value = values[2]
        sheet["C4"], sheet["D4"] = "口座番号", "氏名"
        sheet["I4"], sheet["I7"] = "担当", "佐藤"

    staff(path, rearrange)
    deliver(path, row(2), row(1, 氏名="訂正"))
    sheet = sheet_of(path)
    assert [sheet.cell(8, c).value for c in (3, 4)] == ["0000002", "申請者2"]
    assert [sheet.cell(7, c).value for c in (3, 4, 9)] == ["0000001", "訂正", "佐藤"]


def test_the_hidden_column_deleted_comes_back_and_nothing_is_doubled(path: Path) -> None:
    deliver(path, row(1), row(2), row(3))

    def delete(sheet: Worksheet) -> None:
        sheet.delete_cols(8)
        sheet["C9"] = "書き換えた人"

    staff(path, delete)
    done = deliver(path, row(1), row(2, 金額=7), row(3), row(4))
    assert (done.added, done.updated, set(done.withheld)) == (
        (row(4).record,),
        (row(2).record,),
        {row(3).record},
    )
    sheet = sheet_of(path)
    assert [sheet.cell(r, 8).value for r in range(7, 11)] == [
        row(1).record,
        row(2).record,
        None,
        row(4).record,
    ]


def test_the_hidden_sheet_deleted_does_not_double_rows(path: Path) -> None:
    deliver(path, row(1), row(2))
    book = openpyxl.load_workbook(path)
    del book["_torikomi"]
    book.save(path)
    done = deliver(path, row(1), row(2, 金額=7), row(3))
    assert done.added == (row(3).record,)
    assert [sheet_of(path).cell(r, 5).value for r in (7, 8, 9)] == [1000, 7, 3000]


# --- text -----------------------------------------------------------------------------------------


def test_text_that_excel_would_convert_is_kept_from_it(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    texts = [
        "=1+1",
        "+81",
        "-5",
        "@x",
        "007",
        "R7.4.1",
        "２０２６年",
        "ふつうの文",
        "一行目\n二行目",
        "あ1" * 200,
    ]
    ExcelSink(path, ("文",)).deliver([Row(f"r{n}", {"文": text}) for n, text in enumerate(texts)])
    cells = [sheet_of(path, "受付簿").cell(n + 2, 1) for n in range(len(texts))]
    assert [c.data_type for c in cells] == ["s"] * len(texts)
    assert [bool(c.quotePrefix) for c in cells] == [True] * 4 + [False] * 6
    assert [c.number_format for c in cells] == ["@"] * 7 + ["General"] * 3
    assert cells[8].alignment.wrap_text


def test_numbers_dates_and_text_take_turns_in_a_cell(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    for value in ("=x", 5, dt.date(2026, 4, 1), "0012", 10**16, None, 7):
        ExcelSink(path, ("値",)).deliver([Row("r", {"値": value})])
        cell = sheet_of(path, "受付簿")["A2"]
        shown = cell.value
        if isinstance(cell.value, dt.datetime):
            shown = cell.value.date()
        assert shown == (str(value) if value == 10**16 else value)
        assert cell.data_type == (
            "s" if isinstance(shown, str) else "d" if isinstance(shown, dt.date) else "n"
        )
        assert bool(cell.quotePrefix) == (value == "=x")
    assert cell.number_format == "General"


# --- the file -------------------------------------------------------------------------------------


def test_the_last_version_is_kept_as_backup(path: Path) -> None:
    before = path.read_bytes()
    deliver(path, row(1))
    assert backup_of(path).read_bytes() == before
    middle = path.read_bytes()
    deliver(path, row(2))
    assert backup_of(path).read_bytes() == middle


def test_a_workbook_with_macros_keeps_them(tmp_path: Path) -> None:
    path = tmp_path / "台帳.xlsm"
    ledger(tmp_path / "a.xlsx")
    patch(
        tmp_path / "a.xlsx",
        path,
        {
            "xl/vbaProject.bin": b"VBA",
            "[Content_Types].xml": lambda text: (
                text.replace("spreadsheetml.sheet.main+xml", "ms-excel.sheet.macroEnabled.main+xml")
                .replace(
                    "application/vnd.openxmlformats-officedocument.ms-excel",
                    "application/vnd.ms-excel",
                )
                .replace(
                    "</Types>",
                    '<Override PartName="/xl/vbaProject.bin" '
                    'ContentType="application/vnd.ms-office.vbaProject"/>'
                    "</Types>",
                )
            ),
            "xl/_rels/workbook.xml.rels": lambda text: text.replace(
                "</Relationships>",
                '<Relationship Id="rIdVba" Type="http://schemas.microsoft.com/office/2006/relationships/vbaProject" '
                'Target="vbaProject.bin"/></Relationships>',
            ),
        },
    )
    deliver(path, row(1))
    with zipfile.ZipFile(path) as archive:
        assert archive.read("xl/vbaProject.bin") == b"VBA"
        assert b"macroEnabled" in archive.read("[Content_Types].xml")
    assert sheet_of(path)["C7"].value == "申請者1"


def patch(source: Path, target: Path, changes: dict[str, Any]) -> None:
    """A workbook with parts changed or added, as programs other than openpyxl write them."""
    with zipfile.ZipFile(source) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    for name, change in changes.items():
        parts[name] = change if isinstance(change, bytes) else change(parts[name].decode()).encode()
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as new:
        for name, data in parts.items():
            new.writestr(name, data)
    target.write_bytes(memory.getvalue())


def test_furigana_by_which_staff_sort_is_kept(path: Path) -> None:
    """Two people of one name read differently, and a name that staff changed since."""
    spoken = '<rPh sb="0" eb="2"><t>{}</t></rPh><phoneticPr fontId="{}" type="noConversion"/>'
    items = [f"<si><t>幸子</t>{spoken.format(kana, 7)}</si>" for kana in ("サチコ", "ユキコ")]
    strings = (
        f'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" count="2" uniqueCount="2">'
        f"{''.join(items)}</sst>"
    )
    patch(
        path,
        path,
        {
            "xl/sharedStrings.xml": strings.encode(),
            "[Content_Types].xml": lambda text: text.replace(
                "</Types>",
                (
                    '<Override PartName="/xl/sharedStrings.xml" ContentType='
                    '"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>'
                ),
            ),
            "xl/worksheets/sheet1.xml": lambda text: re.sub(
                r'<c r="C([56])"( s="\d+")? t="inlineStr">.*?</c>',
                lambda m: f'<c r="C{m[1]}"{m[2] or ""} t="s"><v>{int(m[1]) - 5}</v></c>',
                text,
            ),
        },
    )
    assert [sheet_of(path)[f"C{r}"].value for r in (5, 6)] == ["幸子", "幸子"]
    for n in (1, 2):
        deliver(path, row(n))
        with zipfile.ZipFile(path) as archive:
            assert archive.read("xl/sharedStrings.xml").decode() == strings
            xml = archive.read("xl/worksheets/sheet1.xml").decode()
        assert [f't="s"><v>{n}</v></c>' in xml for n in (0, 1)] == [True, True]
    staff(path, lambda s: setattr(s["C5"], "value", "和子"))
    assert sheet_of(path)["C7"].value == "申請者1"


def test_drop_downs_from_another_sheet_are_kept(path: Path) -> None:
    lists = (
        '<extLst><ext uri="{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}" '
        'xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"><x14:dataValidations count="1" '
        'xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main">'
        '<x14:dataValidation type="list"><x14:formula1><xm:f>集計!$A$1:$A$9'
        "</xm:f></x14:formula1><xm:sqref>G5:G100</xm:sqref></x14:dataValidation></x14:dataValidations></ext>"
        '<ext uri="{A8765BA9-456A-4dab-B4F3-ACF838C121DE}"><x14:slicerList xmlns:x14="x"/></ext></extLst>'
    )
    patch(
        path,
        path,
        {
            "xl/worksheets/sheet1.xml": lambda text: text.replace(
                "</worksheet>", f"{lists}</worksheet>"
            )
        },
    )
    for n in (1, 2):
        deliver(path, row(n))
        with zipfile.ZipFile(path) as archive:
            xml = archive.read("xl/worksheets/sheet1.xml").decode()
        assert xml.count("<xm:f>集計!$A$1:$A$9</xm:f>") == 1
        assert xml.count("slicerList") == 1
        assert f"<xm:sqref>G5:G{100}</xm:sqref>" in xml
        assert xml.endswith("</extLst></worksheet>")
    assert sheet_of(path)["C8"].value == "申請者2"


@pytest.mark.parametrize(
    "data", [b"PK\x03\x04broken", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1encrypted"]
)
def test_a_broken_or_protected_workbook_is_told_and_left_alone(path: Path, data: bytes) -> None:
    whole = path.read_bytes()
    path.write_bytes(data)
    with pytest.raises(ServiceError, match=r"読めません。パスワード.*Excelで開いて修復"):
        deliver(path, row(1))
    assert path.read_bytes() == data
    path.write_bytes(whole)
    deliver(path, row(1))
    path.write_bytes(data)
    [copy] = copies_of(path)
    with pytest.raises(ServiceError, match=rf"「{path.name}\.bak」か「控え」.*「{copy.name}」から"):
        deliver(path, row(2))


def test_an_old_workbook_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="xlsx"):
        deliver(tmp_path / "a.xls", row(1))


def test_a_merged_cell_in_the_way_makes_rows_wait(path: Path) -> None:
    staff(path, lambda s: s.merge_cells("C6:C7"))
    with pytest.raises(ServiceError, match="結合"):
        deliver(path, row(1))


def test_alignment_of_the_row_above_is_kept(path: Path) -> None:
    def centre(sheet: Worksheet) -> None:
        sheet["C6"].alignment = Alignment(horizontal="right", vertical="bottom")

    staff(path, centre)
    deliver(path, row(1))
    assert sheet_of(path)["C7"].alignment.horizontal == "right"
