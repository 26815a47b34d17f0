"""Where a row goes is what the sheet says: its header, its table, its frame, its totals. What the
sheet does not say is asked, and the answer is kept to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.styles import Border, Side
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from connectors.sinks import Row
from connectors.sinks.excel import ExcelSink
from connectors.sinks.excel.labels import is_note, is_prepared, is_total
from connectors.sinks.excel.layout import ID_TITLE
from records.errors import DefinitionError, ServiceError

TITLES = ("受付日", "氏名", "口座番号", "金額")
_LINE = Side(style="thin")
FRAME = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)


def row(n: int) -> Row:
    values = (dt.date(2026, 4, n), f"申請者{n}", f"{n:07d}", 1000 * n)
    return Row(f"{n:016x}-001", dict(zip(TITLES, values, strict=True)))


def written(sheet: Worksheet, first: int, last: int, start: int = 1) -> None:
    """Rows that the office wrote itself."""
    for number in range(first, last + 1):
        values = (dt.date(2026, 3, 1), f"手書き{number}", "0000009", 500)
        for column, value in enumerate(values, start):
            sheet.cell(number, column).value = value


def heading(sheet: Worksheet, number: int, start: int = 1) -> None:
    for column, title in enumerate(TITLES, start):
        sheet.cell(number, column).value = title


def framed(sheet: Worksheet, first: int, last: int) -> None:
    for number in range(first, last + 1):
        for column in range(1, 5):
            sheet.cell(number, column).border = FRAME


def book(path: Path, *changes: Callable[[Worksheet], None]) -> Path:
    made = Workbook()
    sheet = made.worksheets[0]
    sheet.title = "名簿"
    heading(sheet, 3)
    written(sheet, 4, 6)
    for change in changes:
        change(sheet)
    made.save(path)
    return path


def cells(path: Path, title: str = "名簿") -> Worksheet:
    found = openpyxl.load_workbook(path)[title]
    assert isinstance(found, Worksheet)
    return found


def names(path: Path, column: str = "B", title: str = "名簿") -> dict[int, Any]:
    return {c.row: c.value for c in cells(path, title)[column] if c.value is not None}


def deliver(path: Path, *numbers: int, **options: Any) -> None:
    ExcelSink(path, TITLES, **options).deliver([row(n) for n in numbers])


def put(**values: Any) -> Callable[[Worksheet], None]:
    def change(sheet: Worksheet) -> None:
        for place, value in values.items():
            sheet[place] = value

    return change


@pytest.mark.parametrize(
    "label",
    [
        *(
            "合計",
            "合　計",
            "合計(円)",
            "【合計】",
            "合計金額",
            "総計",
            "計",
            "小計",
            "累計",
            "月計",
            "4月計",
        ),
        *(
            "件数",
            "総件数",
            "人数",
            "平均",
            "差引残高",
            "Total",
            "以下余白",
            "(注)",
            "注)",
            "注1) 口座は",
            "※ 口座は",
        ),
        *("（注１）", "注意事項", "備考:", "＊印は必須", "本日計", "延べ人数"),
    ],
)
@pytest.mark.parametrize("amount", [None, 1500, "=SUM(D4:D6)"])
def test_rows_stay_above_totals_and_notes(label: str, amount: Any, tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", put(B9=label, D9=amount))
    deliver(path, 1, 2)
    assert names(path)[7] == "申請者1"
    assert names(path)[8] == "申請者2"
    assert names(path)[9] == label
    before = path.read_bytes()
    with pytest.raises(ServiceError, match=r"9行目.*空いた行がありません"):
        deliver(path, 3)
    assert path.read_bytes() == before


@pytest.mark.parametrize("formula", ["=SUM(D4:D6)", "=SUBTOTAL(9,D$4:D$8)", "=COUNTA(B4:B8)"])
def test_a_sum_without_a_word_is_not_written_over(formula: str, tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", put(D8=formula))
    deliver(path, 1)
    assert cells(path)["D8"].value == formula
    with pytest.raises(ServiceError, match=r"8行目.*空いた行がありません"):
        deliver(path, 2)


def test_a_running_total_in_every_row_goes_down_with_the_list(tmp_path: Path) -> None:
    def total(sheet: Worksheet) -> None:
        sheet["E3"] = "累計額"
        for number in (4, 5, 6):
            sheet[f"E{number}"] = f"=SUM(D$4:D{number})"

    path = book(tmp_path / "a.xlsx", total)
    deliver(path, 1)
    assert cells(path)["E7"].value == "=SUM(D$4:D7)"


@pytest.mark.parametrize("sign", ["□", "㊞", False, "　年　月　日", "円", "有・無", 0])
def test_prepared_rows_are_filled(sign: Any, tmp_path: Path) -> None:
    def prepare(sheet: Worksheet) -> None:
        sheet["E3"] = "確認"
        framed(sheet, 3, 20)
        for number in range(7, 21):
            sheet[f"E{number}"] = sign

    path = book(tmp_path / "a.xlsx", prepare)
    deliver(path, 1, 2)
    assert names(path)[7] == "申請者1"
    assert [cells(path)[f"E{n}"].value for n in (7, 8, 9)] == [sign] * 3


def test_a_line_below_the_ruled_frame_is_not_the_lists(tmp_path: Path) -> None:
    path = book(
        tmp_path / "a.xlsx", lambda s: framed(s, 3, 9), put(B10="提出は月末までにお願いします")
    )
    deliver(path, 1, 2, 3)
    with pytest.raises(ServiceError, match=r"10行目.*空いた行がありません"):
        deliver(path, 4)


def test_a_line_that_can_be_either_is_asked_about(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", put(B9="提出は月末までにお願いします"))
    with pytest.raises(DefinitionError, match=r"9行目の「提出は.*until = 8.*until = false"):
        deliver(path, 1)
    deliver(path, 1, until=8)
    assert names(path)[7] == "申請者1"
    deliver(path, 2, until="提出は")
    assert names(path)[8] == "申請者2"
    with pytest.raises(ServiceError, match=r"9行目.*空いた行がありません"):
        deliver(path, 3, until="提出は")


def test_a_list_that_goes_on_below_a_subtotal_is_followed(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", put(B7="3月小計", D7=1500), lambda s: written(s, 8, 9))
    deliver(path, 1)
    assert names(path)[10] == "申請者1"


def test_rows_below_a_total_are_asked_about(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", put(B8="合計", D8=1500), lambda s: written(s, 11, 13))
    with pytest.raises(DefinitionError, match=r"8行目の「合計」の下にも行が.*until = 7"):
        deliver(path, 1)
    deliver(path, 1, until=7)
    assert names(path)[7] == "申請者1"


def test_two_lists_with_one_header_are_asked_about(tmp_path: Path) -> None:
    path = book(
        tmp_path / "a.xlsx",
        put(A2="令和8年度", A39="令和7年度"),
        lambda s: heading(s, 40),
        lambda s: written(s, 41, 50),
    )
    with pytest.raises(DefinitionError, match=r"2つあります.*header_row に.*3か40"):
        deliver(path, 1)
    deliver(path, 1, header_row=3)
    assert names(path)[7] == "申請者1"
    deliver(path, 2)
    assert names(path)[8] == "申請者2", "where rows were delivered before is the list"


@pytest.mark.parametrize("which", [2, "令和7年度"])
def test_the_answer_names_the_list(which: Any, tmp_path: Path) -> None:
    path = book(
        tmp_path / "a.xlsx",
        put(A2="令和8年度", A39="令和7年度"),
        lambda s: heading(s, 40),
        lambda s: written(s, 41, 50),
    )
    deliver(path, 1, which=which)
    assert names(path)[51] == "申請者1"


def test_an_example_above_the_real_list_is_asked_about(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", put(A2="記入例", A11="受付簿"), lambda s: heading(s, 12))
    with pytest.raises(DefinitionError, match=r"2つあります.*3か12"):
        deliver(path, 1)
    deliver(path, 1, header_row=12)
    assert names(path)[13] == "申請者1"


def test_lists_side_by_side_are_told_apart_by_number(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", lambda s: heading(s, 3, 7), lambda s: written(s, 4, 9, 7))
    with pytest.raises(DefinitionError, match=r"2つあります.*list に左からの番号"):
        deliver(path, 1)
    deliver(path, 1, which=2)
    assert names(path, "H")[10] == "申請者1"


def test_two_sheets_that_fit_alike_are_asked_about(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx")
    both = openpyxl.load_workbook(path)
    both.copy_worksheet(both["名簿"]).title = "名簿(R7)"
    both.save(path)
    with pytest.raises(DefinitionError, match=r"「名簿」「名簿\(R7\)」.*sheet に"):
        deliver(path, 1)
    deliver(path, 1, sheet="名簿")
    assert names(path)[7] == "申請者1"


def test_a_sheet_is_found_under_another_width_and_with_blanks(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", lambda s: setattr(s, "title", "令和８年 度 "))
    deliver(path, 1, sheet="令和8年度")
    assert openpyxl.load_workbook(path).sheetnames == ["令和８年 度 ", "_torikomi"]


def test_a_column_that_is_used_above_the_header_is_not_hidden(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", put(E1="課長印"))
    deliver(path, 1)
    sheet = cells(path)
    assert sheet["F3"].value == ID_TITLE
    assert not sheet.column_dimensions["E"].hidden
    assert sheet.column_dimensions["F"].hidden


def test_a_person_may_be_called_like_a_total(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", put(B6="鈴木計"))
    deliver(path, 1)
    assert names(path)[7] == "申請者1"


def test_words_that_only_look_alike_are_no_labels() -> None:
    assert not any(is_total(text) for text in ("時計店", "会計課長", "計画書", "小計算", None, 5))
    assert not any(is_note(text) for text in ("注連 花子", "注文書", "備前", None, 5))
    assert not any(is_prepared(value) for value in ("済", "山", True, 5, "保留"))


def test_two_headers_that_lack_a_title_are_a_misfit_and_not_a_choice(tmp_path: Path) -> None:
    def partly(sheet: Worksheet) -> None:
        heading(sheet, 12)
        sheet["D3"] = sheet["D12"] = "別の見出し"

    path = book(tmp_path / "a.xlsx", partly)
    with pytest.raises(DefinitionError, match="「金額」がありません"):
        deliver(path, 1)


def test_a_new_sheet_and_an_empty_one_get_a_header_and_a_filter(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    Workbook().save(path)
    deliver(path, 1, 2)
    sheet = cells(path, "Sheet")
    assert [c.value for c in sheet[1]] == [*TITLES, ID_TITLE]
    assert (sheet.auto_filter.ref, sheet.column_dimensions["E"].hidden) == ("A1:E3", True)
    deliver(path, 3, sheet="別の口座")
    assert names(path, title="別の口座") == {1: "氏名", 2: "申請者3"}
    assert cells(path, "別の口座").freeze_panes == "A2"


def test_another_list_under_its_own_header_is_asked_about(tmp_path: Path) -> None:
    def other(sheet: Worksheet) -> None:
        for column, title in enumerate(("区分", "内容", "担当", "件数(月)"), 1):
            sheet.cell(20, column).value = title
        written(sheet, 21, 23)

    path = book(tmp_path / "a.xlsx", other)
    with pytest.raises(DefinitionError, match=r"20行目の「区分」から下.*until = 19"):
        deliver(path, 1)
    deliver(path, 1, until=19)
    assert names(path)[7] == "申請者1"


def test_a_remark_behind_other_values_is_no_note_below_the_list(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", put(E3="担当", F3="備考"))
    staff = openpyxl.load_workbook(path)
    sheet = staff["名簿"]
    for number in (5, 7):  # begun by somebody: none of our columns is filled
        for column in "ABCD":
            sheet[f"{column}{number}"] = None
        sheet[f"E{number}"], sheet[f"F{number}"] = "佐藤", "※要確認"
    sheet["A8"], sheet["B8"], sheet["C8"], sheet["D8"] = dt.date(2026, 3, 1), "手書き", "0000009", 5
    staff.save(path)
    deliver(path, 1)
    assert names(path)[9] == "申請者1"
