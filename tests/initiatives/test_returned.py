"""Workbooks as they really come back: copied, moved, renamed, merged, hidden, struck out, damaged.
What is clear is taken, the rest is told by its place, all in one round."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.styles import Border, Font, Side
from openpyxl.workbook import Workbook

from initiatives.survey import Answers, read_answers, write_inquiry
from initiatives.survey.answercolumns import SURVEY, AnswerColumn
from initiatives.survey.answersheets import read_returned
from records.workbooks.typeddays import typed_day
from tests.initiatives.bookbytes import packed, parts_of
from tests.initiatives.test_survey import DAY, GOOD, STRATEGY, survey

SHEET = "業務調査票"
KEYS = [column.key for column in SURVEY]


def mangled(path: Path, change: Callable[[Workbook, Any], object]) -> Path:
    """What somebody did to a workbook before sending it back."""
    book = openpyxl.load_workbook(path, rich_text=True)
    change(book, book[SHEET])
    book.save(path)
    return path


def answers(*paths: Path) -> Answers:
    return read_answers(paths, STRATEGY, DAY)


def titles(found: Answers) -> list[str]:
    return [row.get("title") for row in found.surveys]


def place(key: str, row: int = 6) -> str:
    return f"{openpyxl.utils.get_column_letter(KEYS.index(key) + 1)}{row}"


def rename(name: str) -> Callable[[Workbook, Any], object]:
    return lambda book, page: setattr(page, "title", name)


def copied(book: Workbook, page: Any) -> None:
    book.copy_worksheet(page)
    book.remove(page)
    page = book.worksheets[0]
    page.title = f"{SHEET} (2)"


def moved(book: Workbook, page: Any) -> None:
    page.insert_rows(1, 5)
    page.insert_cols(1, 2)


def taller_header(book: Workbook, page: Any) -> None:
    for number in range(1, len(SURVEY) + 1):
        letter = openpyxl.utils.get_column_letter(number)
        page[f"{letter}5"] = None
        page.merge_cells(f"{letter}4:{letter}5")


def framed_to_the_end(book: Workbook, page: Any) -> None:
    page.cell(1_048_576, 3).border = Border(left=Side("thin"))


def merged_to_the_end(book: Workbook, page: Any) -> None:
    page.merge_cells("W7:W1048576")


TAKEN: dict[str, Callable[[Workbook, Any], object]] = {
    "a copied sheet": copied,
    "a sheet of another name": rename("R8 税務課"),
    "a name with blanks": rename("業務 調査票"),
    "moved down and right": moved,
    "a header over two rows": taller_header,
    "a header in full width": lambda b, p: setattr(p["O4"], "value", "１件の時間（分）＊"),
    "a header with a line break": lambda b, p: setattr(p["N4"], "value", "年間\n件数*"),
    "a frame down to the last row": framed_to_the_end,
    "a merged cell down to the last row": merged_to_the_end,
    "a hidden column": lambda b, p: setattr(p.column_dimensions["N"], "hidden", True),
    "another sheet": lambda b, p: b.create_sheet("メモ").append(["電話 63-2111"]),
    "a column of their own": lambda b, p: (p.__setitem__("X4", "整理"), p.__setitem__("X6", 1)),
}


@pytest.mark.parametrize("name", TAKEN)
def test_what_is_clear_is_taken(tmp_path: Path, name: str) -> None:
    found = answers(mangled(survey(tmp_path, GOOD), TAKEN[name]))
    assert found.misfits == ()
    [row] = found.surveys
    assert {key: row.get(key) for key in GOOD} == GOOD


def test_what_was_taken_otherwise_than_it_stands_is_noted(tmp_path: Path) -> None:
    def change(book: Workbook, page: Any) -> None:
        page.title = f"{SHEET} (2)"
        book.create_sheet("メモ").append(["x"])
        page["X4"], page["X6"], page["Z7"] = "整理", 1, "至急"

    notes = answers(mangled(survey(tmp_path, GOOD), change)).notes
    assert {(note.sheet, note.cell) for note in notes} == {
        ("メモ", ""),
        (f"{SHEET} (2)", ""),
        (f"{SHEET} (2)", "X4"),
        (f"{SHEET} (2)", "Z7"),
    }


def test_a_department_merged_over_its_tasks_counts_for_each(tmp_path: Path) -> None:
    rows = [GOOD, {**GOOD, "title": "二つ目"}, {**GOOD, "title": "三つ目"}]
    path = mangled(survey(tmp_path, *rows), lambda b, p: p.merge_cells("C6:C8"))
    found = answers(path)
    assert found.misfits == ()
    assert [row.get("department") for row in found.surveys] == ["税務課"] * 3


def test_a_number_merged_over_tasks_is_told_and_so_are_merged_columns(tmp_path: Path) -> None:
    def change(book: Workbook, page: Any) -> None:
        page.merge_cells(f"{place('volume')}:{place('volume', 7)}")
        page.merge_cells(f"{place('kind', 8)}:{place('current_issue', 8)}")

    rows = [GOOD, {**GOOD, "title": "二つ目"}, {**GOOD, "title": "三つ目"}]
    found = answers(mangled(survey(tmp_path, *rows), change))
    assert titles(found) == [GOOD["title"]]
    assert [m.cell for m in found.misfits] == [place("volume", 7), place("current_issue", 8)]
    assert all("結合を解いて" in m.reason for m in found.misfits)


def test_struck_out_rows_are_left_out_and_said_and_struck_cells_are_asked(tmp_path: Path) -> None:
    def change(book: Workbook, page: Any) -> None:
        for cell in page[6]:
            cell.font = Font(strike=True)
        page[place("title", 7)] = CellRichText(
            TextBlock(InlineFont(strike=True), "旧の"), TextBlock(InlineFont(), "業務")
        )

    rows = [GOOD, {**GOOD, "title": "二つ目"}, {**GOOD, "title": "三つ目"}]
    found = answers(mangled(survey(tmp_path, *rows), change))
    assert titles(found) == ["三つ目"]
    assert [m.cell for m in found.misfits] == [place("title", 7)]
    assert [note.cell for note in found.notes] == ["6行目"]


def test_hidden_rows_and_sheets_with_answers_are_asked_about(tmp_path: Path) -> None:
    path = survey(tmp_path, GOOD, {**GOOD, "title": "二つ目"})
    mangled(path, lambda b, p: setattr(p.row_dimensions[7], "hidden", True))
    found = answers(path)
    assert titles(found) == [GOOD["title"]]
    assert [m.cell for m in found.misfits] == ["7行目"]

    def hide(book: Workbook, page: Any) -> None:
        book.create_sheet("表紙")
        page.sheet_state = "hidden"

    assert len(answers(mangled(path, hide)).misfits) == 2


def test_an_inquiry_filtered_to_one_task_asks_nothing_about_the_hidden_ones(
    tmp_path: Path,
) -> None:
    path = tmp_path / "照会.xlsx"
    write_inquiry(path, STRATEGY, DAY)
    book = openpyxl.load_workbook(path)
    for row in range(7, 20):
        book["各課照会"].row_dimensions[row].hidden = True
    book.save(path)
    assert answers(path).misfits == ()
    book["各課照会"]["I8"] = "見直した"
    book.save(path)
    assert [m.cell for m in answers(path).misfits] == ["8行目"]


@pytest.mark.parametrize(
    ("title", "reason"),
    [("年間の件数", "「年間件数」のことですか"), ("ぜんぜん違う", "見つかりません")],
)
def test_a_renamed_title_is_told_with_what_it_was(tmp_path: Path, title: str, reason: str) -> None:
    path = mangled(survey(tmp_path, GOOD), lambda b, p: setattr(p["N4"], "value", title))
    found = answers(path)
    assert found.count == 0
    assert any(reason in m.reason for m in found.misfits)


def test_a_renamed_column_that_may_be_empty_is_not_lost_in_silence(tmp_path: Path) -> None:
    path = survey(tmp_path, {**GOOD, "law_basis": "地方税法"})
    mangled(path, lambda b, p: setattr(p[place("law_basis", 4)], "value", "根拠となる法令"))
    assert [m.cell for m in answers(path).misfits] == [place("law_basis", 4)]


def test_a_title_that_stands_twice_is_told(tmp_path: Path) -> None:
    path = mangled(survey(tmp_path, GOOD), lambda b, p: setattr(p["X4"], "value", "年間件数"))
    assert [m.cell for m in answers(path).misfits] == ["X4"]


@pytest.mark.parametrize(
    "value",
    [
        dt.datetime(2026, 4, 1),
        dt.date(2026, 4, 1),
        46113,
        46113.0,
        20260401,
        "46113",
        "20260401",
        "2026-04-01",
        "2026/4/1",
        "2026.4.1",
        "2026年4月1日",
        "令和8年4月1日",
        "令和８年４月１日",
        "令和8年4月1日(水)",
        "R8.4.1",
        "Ｒ８．４．１",
        "r8/4/1",
        "R 8. 4. 1",
        " 令 8-4-1 ",
    ],
)
def test_a_day_is_read_however_it_is_typed(tmp_path: Path, value: object) -> None:
    if value == "46113":
        with pytest.raises(ValueError, match="書いてください"):
            typed_day("46113")
        return
    assert typed_day(value) == dt.date(2026, 4, 1)  # type: ignore[arg-type]
    path = mangled(survey(tmp_path, GOOD), lambda b, p: setattr(p["B3"], "value", value))
    assert answers(path).days == {path.name: dt.date(2026, 4, 1)}


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("4月1日", "のように書いて"),
        ("令和8年2月30日", "という日はありません"),
        ("平成31年5月1日", "平成の期間にありません"),
        ("未定", "のように書いて"),
        (8, "数を入れたもの"),
    ],
)
def test_what_is_no_day_is_told_by_its_cell(tmp_path: Path, value: object, reason: str) -> None:
    path = mangled(survey(tmp_path, GOOD), lambda b, p: setattr(p["B3"], "value", value))
    [misfit] = answers(path).misfits
    assert misfit.cell == "B3"
    assert reason in misfit.reason


def test_the_day_is_found_where_rows_were_put_in_above(tmp_path: Path) -> None:
    def change(book: Workbook, page: Any) -> None:
        page["B3"] = "R8.6.1"
        page.insert_rows(1, 2)

    path = mangled(survey(tmp_path, GOOD), change)
    assert answers(path).days == {path.name: dt.date(2026, 6, 1)}


def test_a_column_of_days_is_read_for_any_questionnaire(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    page: Any = book.active
    page.title = "照会"
    for row in (["件名", "期限"], ["a", "R8.4.1"], ["b", 46113], ["c", "4/1"]):
        page.append(row)
    book.save(tmp_path / "照会.xlsx")
    columns = (AnswerColumn("name", "件名", required=True), AnswerColumn("due", "期限", "day"))
    found = read_returned(tmp_path / "照会.xlsx", "照会.xlsx", {"照会": columns})
    assert [row.get("due") for row in found.rows[:2]] == [dt.date(2026, 4, 1)] * 2
    assert [m.cell for m in found.misfits] == ["B4"]


def test_every_problem_of_every_file_is_told_in_one_round(tmp_path: Path) -> None:
    """A row that has three faults of different kinds, a damaged file, a wrong header, another row."""
    row = {
        **GOOD,
        "department": "税無課",
        "volume": "多数",
        "kind": "OCR",
        "co_departments": "無い課",
    }
    one = survey(tmp_path, row, {**GOOD, "title": "良い行"}, name="a.xlsx")
    two = survey(tmp_path, {**GOOD, "title": "別", "minutes": "長い"}, name="b.xlsx")
    three = tmp_path / "c.xlsx"
    three.write_bytes(one.read_bytes()[:4000])
    found = answers(one, two, three)
    assert titles(found) == ["良い行"]
    assert {(m.file, m.cell) for m in found.misfits} == {
        ("a.xlsx", place("department")),
        ("a.xlsx", place("volume")),
        ("a.xlsx", place("kind")),
        ("a.xlsx", place("co_departments")),
        ("b.xlsx", place("minutes")),
        ("c.xlsx", ""),
    }


def test_formulas_without_a_result_are_told_and_those_with_one_are_taken(tmp_path: Path) -> None:
    path = mangled(survey(tmp_path, GOOD), lambda b, p: setattr(p["N6"], "value", "=1000+95"))
    [misfit] = answers(path).misfits
    assert (misfit.cell, "保存し直す" in misfit.reason) == ("N6", True)
    parts = parts_of(path.read_bytes())
    name = next(name for name in parts if name.startswith("xl/worksheets/"))
    parts[name] = parts[name].replace(b"<f>1000+95</f><v />", b"<f>1000+95</f><v>1095</v>")
    path.write_bytes(packed(parts))
    assert answers(path).surveys[0].get("volume") == 1095


# ---- files ---------------------------------------------------------------------------------------


MEASURE = """
import resource, sys, time
from pathlib import Path
from records.workbooks import open_parts, read_sheet
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
start = time.process_time()
with open_parts(Path(sys.argv[1])) as book:
    cells = len(read_sheet(book, book.sheets[0]).cells)
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(cells, time.process_time() - start, (after - before) / 1024)
"""
