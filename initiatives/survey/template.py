"""The workbooks that go out to the departments, with choices to pick from and room to write."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from initiatives.fiscal import label
from initiatives.register import Strategy
from initiatives.survey.answercolumns import (
    ACTUAL,
    ACTUAL_SHEET,
    INQUIRY,
    INQUIRY_SHEET,
    SURVEY,
    SURVEY_SHEET,
    AnswerColumn,
)

FONT = "BIZ UDPゴシック"
HEADER_ROW = 4
_ROWS = 80
_LINE = Side(style="thin", color="8A95A3")


def write_survey(path: Path, strategy: Strategy, day: dt.date) -> None:
    """The empty 業務調査票: one task a row. Baselines hold from ``day``, which the sheet shows and
    lets people change."""
    book, page = _book(SURVEY_SHEET)
    _sheet(
        page,
        SURVEY,
        f"{strategy.name} 業務調査票",
        [
            "自動化・効率化したい業務を1行に1つ書いてください。色の付いた欄は必ず書きます。",
            "1件の時間は、時計で3件以上計った秒数(実測)がいちばん確かです。計れないときは申告として分を書いてください。",
        ],
    )
    _day(page, "調査日", day)
    page.page_setup.paperSize = page.PAPERSIZE_A3
    names = []
    for d in strategy.departments.values():
        if d.valid_from <= day <= d.valid_to:
            names.append(d.name)
    _choices(page, SURVEY, "department", names)
    _finish(book, path)


def write_inquiry(
    path: Path, strategy: Strategy, day: dt.date, codes: Sequence[str] | None = None
) -> None:
    """The 各課照会 about registered initiatives, filled in as far as known.

    Args:
        day: names of departments and the plan period are those of this day.
        codes: only these initiatives; all of them by default.
    """
    book, page = _book(INQUIRY_SHEET)
    period = strategy.period_on(day)
    _sheet(
        page,
        INQUIRY,
        f"{strategy.name} 各課照会({period.title if period else ''})",
        [
            "変わったこと、書けることだけを書いてください。空欄は今の登録のままです。番号は書き換えないでください。",
            "計り直した時間は、この照会の基準日(下のB3)から使われます。",
        ],
    )
    _day(page, "基準日", day)
    chosen = []
    for c in codes if codes is not None else sorted(strategy.initiatives):
        chosen.append(strategy.initiatives[c])
    for row, made in enumerate(chosen, HEADER_ROW + 2):
        for column, value in enumerate(
            (made.code, made.title, strategy.department_on(made.department, day).name), 1
        ):
            _put(page, row, column, value)
    _choices(page, INQUIRY, "grade", [g.letter for g in strategy.grades])
    actual: Worksheet = book.create_sheet(ACTUAL_SHEET)
    _sheet(
        actual,
        ACTUAL,
        "実績(手で記録する指標)",
        ["計算できない指標の実績を書いてください。書かない行はそのままで構いません。"],
    )
    known = [
        (made, kpi, year)
        for made in chosen
        for kpi in made.kpis
        if kpi.formula == "manual"
        for year in kpi.targets
    ]
    for row, (made, kpi, year) in enumerate(known, HEADER_ROW + 2):
        found = next((a for a in kpi.actuals if a.year == year), None)
        cells = (
            made.code,
            kpi.name,
            label(year),
            kpi.unit,
            found and found.value,
            found and found.basis,
            found and found.source,
        )
        for column, cell in enumerate(cells, 1):
            _put(actual, row, column, cell)
    _finish(book, path)


def _book(name: str) -> tuple[Workbook, Worksheet]:
    book = Workbook()
    page: Any = book.active
    page.title = name
    return book, page


def _day(page: Worksheet, title: str, day: dt.date) -> None:
    _put(page, 3, 1, title, bold=True)
    cell = _put(page, 3, 2, day)
    cell.number_format = "yyyy-mm-dd"
    cell.alignment = Alignment(horizontal="left")


def _put(
    page: Worksheet, row: int, column: int, value: Any, *, bold: bool = False, size: float = 10
) -> Any:
    cell: Any = page.cell(row, column, value)
    if isinstance(value, str):
        cell.data_type = "s"
    cell.font = Font(name=FONT, size=size, bold=bold)
    cell.alignment = Alignment(vertical="top", wrap_text=row > HEADER_ROW)
    return cell


def _sheet(
    page: Worksheet, columns: Sequence[AnswerColumn], title: str, advice: Sequence[str]
) -> None:
    """Title, advice, header, hints, and framed rows to write in, on A4 across."""
    _put(page, 1, 1, title, bold=True, size=14)
    _put(page, 2, 1, " ".join(advice), size=9)
    for number, column in enumerate(columns, 1):
        page.column_dimensions[get_column_letter(number)].width = column.width
        head = _put(
            page, HEADER_ROW, number, column.title + ("*" if column.required else ""), bold=True
        )
        hint = _put(page, HEADER_ROW + 1, number, column.hint, size=8)
        head.fill = hint.fill = PatternFill(
            "solid", fgColor="FFE9C7" if column.required else "E8EDF3"
        )
        head.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
        hint.alignment = Alignment(horizontal="center", vertical="top", wrap_text=True)
        for row in range(HEADER_ROW, HEADER_ROW + 2 + _ROWS):
            page.cell(row, number).border = Border(_LINE, _LINE, _LINE, _LINE)
        for row in range(HEADER_ROW + 2, HEADER_ROW + 2 + _ROWS):
            page.cell(row, number).alignment = Alignment(vertical="top", wrap_text=True)
            if column.form in ("text", "names", "seconds"):
                page.cell(
                    row, number
                ).number_format = "@"  # leading zeros and dates stay as they were typed
        if column.choices:
            _choices(page, columns, column.key, column.choices)
    page.row_dimensions[HEADER_ROW].height = 30
    page.row_dimensions[HEADER_ROW + 1].height = 24
    page.freeze_panes = f"C{HEADER_ROW + 2}"
    setup: Any = page
    setup.page_setup.paperSize = page.PAPERSIZE_A4
    setup.page_setup.orientation = "landscape"
    setup.page_setup.fitToHeight = 0
    setup.sheet_properties.pageSetUpPr.fitToPage = True
    page.print_title_rows = f"{HEADER_ROW}:{HEADER_ROW + 1}"


def _choices(
    page: Worksheet, columns: Sequence[AnswerColumn], key: str, choices: Sequence[str]
) -> None:
    """A drop-down list. Excel takes 255 characters for a list in a cell's rule; a longer one is
    left to the import."""
    number = 1 + [c.key for c in columns].index(key)
    text = ",".join(choices)
    if not choices or len(text) > 250:
        return
    letter = get_column_letter(number)
    rule = DataValidation(
        type="list", formula1=f'"{text}"', allow_blank=True, showErrorMessage=key != "department"
    )
    rule.errorTitle, rule.error = (
        "選び直してください",
        f"{'、'.join(choices)} のどれかを選んでください",
    )
    page.add_data_validation(rule)
    rule.add(f"{letter}{HEADER_ROW + 2}:{letter}{HEADER_ROW + 1 + _ROWS}")


def _finish(book: Workbook, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # not straight to the path: on a full disk a half-written ZIP would print a traceback at its end
    whole = io.BytesIO()
    book.save(whole)
    path.write_bytes(whole.getvalue())
