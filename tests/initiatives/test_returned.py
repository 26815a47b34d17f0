"""Workbooks as they really come back: copied, moved, renamed, merged, hidden, struck out, damaged.
What is clear is taken, the rest is told by its place, all in one round."""

from __future__ import annotations

import datetime as dt
import io
import random
import subprocess
import sys
import zipfile
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
from records.errors import DocumentError
from records.workbooks import open_parts, read_sheet
from records.workbooks.typeddays import typed_day
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
    parts = _parts(path.read_bytes())
    name = next(name for name in parts if name.startswith("xl/worksheets/"))
    parts[name] = parts[name].replace(b"<f>1000+95</f><v />", b"<f>1000+95</f><v>1095</v>")
    path.write_bytes(_packed(parts))
    assert answers(path).surveys[0].get("volume") == 1095


# ---- files ---------------------------------------------------------------------------------------


def _parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _packed(parts: dict[str, bytes]) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return memory.getvalue()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "中身がありません"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "パスワード"),
        (b"\x89PNG", "Excelのブックではありません"),
        ("番号,業務名\r\n".encode("cp932"), "Excelのブックではありません"),
        (_packed({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}), "壊れて"),
        (_packed({"xl/workbook.bin": b"x"}), ".xlsb"),
        (_packed({"word/document.xml": b"<x/>"}), "壊れて"),
    ],
)
def test_other_files_are_named_with_what_to_do(tmp_path: Path, data: bytes, reason: str) -> None:
    bad = tmp_path / "総務課.xlsx"
    good = survey(tmp_path, GOOD)
    bad.write_bytes(data)
    found = answers(bad, good)
    assert titles(found) == [GOOD["title"]]
    [misfit] = found.misfits
    assert misfit.file == "総務課.xlsx"
    assert reason in misfit.reason


def test_any_damage_is_one_line_and_never_stops_the_other_files(tmp_path: Path) -> None:
    chance = random.Random(8)
    good = survey(tmp_path, GOOD, name="良い.xlsx")
    whole = survey(tmp_path, {**GOOD, "title": "別の業務"}, name="x.xlsx").read_bytes()
    parts = _parts(whole)
    told = 0
    for turn in range(60):
        bad = tmp_path / f"{turn}.xlsx"
        if turn % 3 == 0:
            content = bytearray(whole)
            at = chance.randrange(len(content))
            content[at : at + 20] = chance.randbytes(20)
            bad.write_bytes(content if turn % 2 else content[:at])
        else:
            name = chance.choice(sorted(parts))
            part = bytearray(parts[name])
            at = chance.randrange(len(part))
            part[at : at + chance.randint(1, 30)] = chance.randbytes(chance.randint(0, 10))
            bad.write_bytes(_packed({**parts, name: bytes(part)}))
        found = answers(bad, good)
        assert GOOD["title"] in titles(found), f"turn {turn}"
        assert all("\n" not in str(misfit) for misfit in found.misfits)
        told += any(misfit.file == bad.name for misfit in found.misfits)
    assert told > 30


def test_strict_prefixed_and_utf16_parts_are_read(tmp_path: Path) -> None:
    parts = _parts(survey(tmp_path, GOOD).read_bytes())
    main = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    strict = b"http://purl.oclc.org/ooxml/spreadsheetml/main"
    sheet = next(name for name in parts if name.startswith("xl/worksheets/"))
    made = {name: content.replace(main, strict) for name, content in parts.items()}
    made[sheet] = ("\ufeff" + made[sheet].decode()).encode("utf-16-le")
    path = tmp_path / "strict.xlsx"
    path.write_bytes(_packed(made))
    assert titles(answers(path)) == [GOOD["title"]]
    shouting = {name.upper() if "sheet" in name else name: part for name, part in parts.items()}
    path.write_bytes(_packed(shouting))
    assert titles(answers(path)) == [GOOD["title"]]


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


def measured(path: Path) -> tuple[int, float, float]:
    """Cells, processor seconds and MiB above the interpreter, in a process of its own."""
    made = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path)], capture_output=True, text=True, check=True
    )
    cells, seconds, mebibytes = made.stdout.split()
    return int(cells), float(seconds), float(mebibytes)


def test_a_frame_down_to_the_last_row_costs_nothing(tmp_path: Path) -> None:
    path = survey(tmp_path, GOOD)
    cells, seconds, mebibytes = measured(path)
    mangled(path, framed_to_the_end)
    framed = measured(path)
    assert framed[0] == cells
    assert framed[1] < seconds + 0.2
    assert framed[2] < mebibytes + 8


def test_a_hundred_thousand_framed_rows_are_read_in_little_memory(tmp_path: Path) -> None:
    row = '<row r="{n}">' + "".join(f'<c r="{c}{{n}}" s="1"/>' for c in "ABCDEFGH") + "</row>"
    body = "".join(row.replace("{n}", str(n)) for n in range(10, 100_010))
    path = survey(tmp_path, GOOD)
    parts = _parts(path.read_bytes())
    name = next(name for name in parts if name.startswith("xl/worksheets/"))
    head, _, tail = parts[name].decode().partition("</sheetData>")
    kept = head[: head.index('<row r="10"')]
    parts[name] = f"{kept}{body}</sheetData>{tail}".encode()
    path.write_bytes(_packed(parts))
    cells, seconds, mebibytes = measured(path)
    assert cells < 100
    assert mebibytes < 40
    assert seconds < 20
    assert titles(answers(path)) == [GOOD["title"]]


def test_a_sheet_with_too_much_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("records.workbooks.sheetcells.MOST_CELLS", 10)
    path = survey(tmp_path, GOOD)
    with pytest.raises(DocumentError, match="大きすぎ"), open_parts(path) as book:
        read_sheet(book, book.sheets[0])
