"""A workbook that did not exist before looks as an office would lay it out."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import openpyxl
import pytest

from connectors.sinks import Row, open_sink
from connectors.sinks.excel.newlist import text_width
from records.formfiles import read_forms

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
FORMS, _ = read_forms(SAMPLES / "forms")
OPINION = "駅前の駐輪場は屋根が低く、雨の日に傘をさしたまま通れません。" * 3


def made(folder: Path, form: str) -> tuple[Path, dict[str, str]]:
    """The form's first ledger with two rows, long texts in some cells; title → source."""
    definition = FORMS[form]
    delivery = next(one for one in definition.deliveries if one.to == "excel")
    path = folder / "台帳.xlsx"
    sink = open_sink(delivery, definition, path)
    titles = dict(delivery.columns)
    for number in (1, 2):
        cells = {
            title: dt.date(2026, 4, number) if "受付日" in title else OPINION[: 10 * number * 4]
            for title in titles
        }
        sink.deliver([Row(f"{number:016x}-001", cells)])
    return path, titles


@pytest.mark.parametrize("form", sorted(FORMS))
def test_every_samples_ledger_is_frozen_filtered_and_wide_enough_for_its_titles(
    tmp_path: Path, form: str
) -> None:
    path, titles = made(tmp_path, form)
    page = openpyxl.load_workbook(path).worksheets[0]
    assert page.freeze_panes == "A2"
    assert page.auto_filter.ref.startswith("A1:")
    for cell in page[1][: len(titles)]:
        width = page.column_dimensions[cell.column_letter].width
        assert width >= min(text_width(str(cell.value)) + 2, 28)
        assert width <= 60
        assert cell.alignment.wrap_text


def test_widths_and_wrapping_follow_the_kind_of_the_column(tmp_path: Path) -> None:
    path, titles = made(tmp_path, "child_allowance")
    page = openpyxl.load_workbook(path).worksheets[0]
    kinds = FORMS["child_allowance"].fields
    letters = {str(cell.value): cell.column_letter for cell in page[1]}
    seen = set()
    for title, source in titles.items():
        field = kinds.get(source.partition(":")[0])
        if field is None or ":" in source:
            continue
        seen.add(field.kind)
        cells = [page[f"{letters[title]}{row}"] for row in (2, 3)]
        wraps = [bool(cell.alignment.wrap_text) for cell in cells]
        assert wraps == [field.kind in ("text", "lines", "address", "choices", "bank_account")] * 2
        width = page.column_dimensions[letters[title]].width
        if field.kind == "address":
            assert width >= 38
        if field.kind in ("phone", "postal_code", "mark"):
            assert width < 38
    assert {"address", "name", "phone"} <= seen


def test_rows_after_the_first_look_like_it(tmp_path: Path) -> None:
    path, titles = made(tmp_path, "child_allowance")
    page = openpyxl.load_workbook(path).worksheets[0]
    for column in range(1, len(titles) + 1):
        first = page.cell(2, column)
        second = page.cell(3, column)
        assert first.border.left.style == second.border.left.style == "thin"
        assert first.alignment.vertical == second.alignment.vertical == "top"
