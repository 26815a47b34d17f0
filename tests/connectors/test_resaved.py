"""A CSV ledger that Excel opened and saved: its lines are found, told, and never mixed up."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.sinks import Row
from connectors.sinks.csv import CsvSink
from connectors.sinks.encoding import fit
from connectors.sinks.resaved import as_saved, find_resaved, marks_of

TITLES = ("番号", "氏名", "電話", "受付日", "口座")


def row(n: int, **cells: object) -> Row:
    return Row(
        f"{n:016x}-001",
        {
            "番号": f"{n:04d}",
            "氏名": f"見本 {n}郎",
            "電話": f"0954-63-{2000 + n}",
            "受付日": dt.date(2026, 4, 1 + n % 28),
            "口座": f"{123456789000 + n}",
            **cells,  # type: ignore[dict-item]
        },
    )


def sink(folder: Path) -> CsvSink:
    return CsvSink(folder / "台帳.csv", TITLES, encoding="cp932", defuse=False)


def lines_of(folder: Path) -> list[list[str]]:
    with (folder / "台帳.csv").open(encoding="cp932", newline="") as stream:
        return list(csv.reader(stream))


def saved_by_excel(folder: Path) -> None:
    """What Excel (Japanese Windows) writes after opening the file: numbers, dates, exponents."""

    def shown(text: str) -> str:
        if text.isdigit():
            if len(text) >= 12:
                return f"{int(text):.5E}"
            return str(int(text))
        try:
            day = dt.date.fromisoformat(text)
        except ValueError:
            return text
        return f"{day.year}/{day.month}/{day.day}"

    head, *lines = lines_of(folder)
    with (folder / "台帳.csv").open("w", encoding="cp932", newline="") as stream:
        csv.writer(stream).writerows([head, *([shown(c) for c in line] for line in lines)])


def test_a_correction_after_excel_saved_the_file_finds_its_line_and_all_is_told(
    tmp_path: Path,
) -> None:
    rows = [row(n) for n in range(1, 6)]
    sink(tmp_path).deliver(rows)
    saved_by_excel(tmp_path)
    assert lines_of(tmp_path)[3][0] == "3"
    done = sink(tmp_path).deliver([row(3, 氏名="訂正 花子")])
    assert done.updated == (row(3).record,)
    assert done.withheld == ()
    assert len(done.altered) == 5
    assert "5 行" in done.notes[0]
    assert "台帳.csv" in done.notes[0]
    assert lines_of(tmp_path)[3][:2] == ["0003", "訂正 花子"]
    assert len(lines_of(tmp_path)) == 6


def test_what_was_changed_is_written_as_it_was_when_a_person_wants_it(tmp_path: Path) -> None:
    rows = [row(n) for n in range(1, 6)]
    sink(tmp_path).deliver(rows)
    before = lines_of(tmp_path)
    saved_by_excel(tmp_path)
    assert sink(tmp_path).deliver(rows).updated == (), "not by itself"
    done = sink(tmp_path).deliver([dataclasses.replace(one, again=True) for one in rows])
    assert len(done.updated) == 5
    assert lines_of(tmp_path) == before
    assert sink(tmp_path).deliver(rows).notes == ()


def test_a_deleted_line_is_not_taken_for_its_neighbours_saved_one(tmp_path: Path) -> None:
    rows = [row(n) for n in range(1, 6)]
    sink(tmp_path).deliver(rows)
    saved_by_excel(tmp_path)
    path = tmp_path / "台帳.csv"
    lines = path.read_bytes().split(b"\r\n")
    del lines[3]
    path.write_bytes(b"\r\n".join(lines))
    done = sink(tmp_path).deliver([row(3, 氏名="訂正 花子")])
    assert done.withheld == (row(3).record,)
    assert [line[0] for line in lines_of(tmp_path)[1:]] == ["1", "2", "4", "5"]


def test_a_line_that_a_person_also_edited_is_found_by_the_rest(tmp_path: Path) -> None:
    sink(tmp_path).deliver([row(n) for n in range(1, 6)])
    saved_by_excel(tmp_path)
    path = tmp_path / "台帳.csv"
    path.write_bytes(path.read_bytes().replace("見本 2郎".encode("cp932"), b"X"))
    done = sink(tmp_path).deliver([row(2, 電話="0954-62-1111")])
    assert done.updated == (row(2).record,)


def test_equal_lines_are_nobodys_in_particular() -> None:
    same = ["1", "", "x", "y", "z"]
    lost = {"a": marks_of(["1", "k", "x", "y", "q"])}
    assert find_resaved(lost, {0: same, 1: same}) == {}
    assert find_resaved({"a": marks_of(["", "", ""])}, {0: ["", "", ""]}) == {}


@pytest.mark.parametrize(
    ("written", "saved"),
    [
        ("0012", "12"),
        ("2026-04-01", "2026/4/1"),
        ("1-2", "1月2日"),
        ("123456789012", "1.23457E+11"),
        ("1,000", "1000"),
        ("-5.50", "-5.5"),
        ("true", "TRUE"),
        ("849-1312", "849-1312"),
        ("0954-63-2111", "0954-63-2111"),
        ("００１２", "００１２"),
        ("R7.4.1", "R7.4.1"),
    ],
)
def test_a_cell_as_excel_saves_it(written: str, saved: str) -> None:
    assert as_saved(written) == as_saved(saved)
    assert as_saved(as_saved(written)) == as_saved(written)


@given(st.text(max_size=20))
def test_any_text_has_a_mark_and_saving_twice_changes_nothing_more(text: str) -> None:
    assert as_saved(as_saved(text)) == as_saved(text)
    assert len(marks_of([text, text])) == 8


def test_an_index_of_an_earlier_version_is_gone_on_with(tmp_path: Path) -> None:
    sink(tmp_path).deliver([row(1), row(2)])
    index = sink(tmp_path).index
    entries = [json.loads(line) for line in index.read_text().splitlines()]
    for entry in entries:
        entry.pop("cells", None)
    index.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    done = sink(tmp_path).deliver([row(1), row(2, 氏名="訂正"), row(3)])
    assert (len(done.added), len(done.updated), len(done.unchanged)) == (1, 1, 1)


NAMES = "ガギグゲゴパピプペポヴがぎぐげござじずぜぞ"


def test_letters_with_their_marks_apart_are_one_character() -> None:
    apart = unicodedata.normalize("NFD", NAMES)
    assert len(apart) > len(NAMES)
    assert fit(apart, "cp932") == (NAMES, ())


def test_characters_of_names_that_normalising_would_exchange_stay() -> None:
    names = "\ufa19\ufa1a\ufa1b\ufa11髙﨑"  # as cp932 has them beside 神祥福
    assert fit(names, "cp932") == (names, ())
    assert fit(unicodedata.normalize("NFD", "ガ") + names, "cp932") == ("ガ" + names, ())


def test_a_mark_that_joins_with_nothing_is_still_told() -> None:
    text, missing = fit("ア\u3099", "cp932")
    assert text == "ア〓"
    assert [lack.character for lack in missing] == ["\u3099"]
