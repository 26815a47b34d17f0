"""One suite for every sink: whatever is registered must keep the whole contract."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import errno
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape

from connectors.sinks import SINKS, Row, Sink
from connectors.sinks.csv import CsvSink
from connectors.sinks.excel import ExcelSink
from connectors.sinks.jsonl import JsonlSink
from connectors.sinks.text import clean
from records.errors import ServiceError
from tests.connectors.dying import Killed, die_at

TITLES = ("番号", "氏名", "金額", "受付日", "意見")


@dataclass(frozen=True)
class Example:
    """How the suite makes a sink of a kind and looks at what it wrote."""

    make: Callable[[Path], Sink]
    path: str
    read: Callable[[Path], list[list[str]]]
    delete: Callable[[Path, int], None]


def _excel_rows(path: Path) -> list[list[str]]:
    sheet = openpyxl.load_workbook(path).worksheets[0]
    titles = [cell.value for cell in sheet[1]]
    assert titles[: len(TITLES)] == list(TITLES)
    for row in sheet.iter_rows(2, max_col=len(TITLES)):
        assert all(cell.data_type != "f" for cell in row), "a citizen's text has become a formula"
    return [
        [
            "" if v is None else v.date().isoformat() if isinstance(v, dt.datetime) else _said(v)
            for v in row
        ]
        for row in sheet.iter_rows(2, max_col=len(TITLES), values_only=True)
    ]


def _said(value: object) -> str:
    """openpyxl hands the escapes of inline strings out as they are; Excel shows what they mean."""
    if isinstance(value, str):
        return unescape(value)
    return str(value)


def _excel_delete(path: Path, number: int) -> None:
    book = openpyxl.load_workbook(path)
    book.worksheets[0].delete_rows(number + 1)
    book.save(path)


def _csv_rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        lines = list(csv.reader(stream))
    assert lines[0] == list(TITLES)
    return lines[1:]


def _csv_delete(path: Path, number: int) -> None:
    lines = path.read_bytes().split(b"\r\n")
    del lines[number]
    path.write_bytes(b"\r\n".join(lines))


def _jsonl_rows(path: Path) -> list[list[str]]:
    found = [json.loads(line) for line in path.read_bytes().splitlines()]
    assert all(list(one) == ["取込番号", *TITLES] for one in found)
    return [["" if one[t] is None else str(one[t]) for t in TITLES] for one in found]


def _jsonl_delete(path: Path, number: int) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    del lines[number - 1]
    path.write_bytes(b"".join(lines))


EXAMPLES = {
    "excel": Example(
        lambda d: ExcelSink(d / "台帳.xlsx", TITLES), "台帳.xlsx", _excel_rows, _excel_delete
    ),
    "csv": Example(
        lambda d: CsvSink(d / "台帳.csv", TITLES, encoding="utf-8", defuse=False),
        "台帳.csv",
        _csv_rows,
        _csv_delete,
    ),
    "jsonl": Example(
        lambda d: JsonlSink(d / "台帳.jsonl", TITLES), "台帳.jsonl", _jsonl_rows, _jsonl_delete
    ),
}


def test_every_registered_sink_is_in_this_suite() -> None:
    assert set(EXAMPLES) == set(SINKS)


@pytest.fixture(params=sorted(SINKS))
def example(request: pytest.FixtureRequest) -> Example:
    return EXAMPLES[request.param]


def row(n: int, **cells: Any) -> Row:
    return Row(
        f"{n:016x}-001",
        {
            "番号": f"{n:07d}",
            "氏名": f"髙橋 {n}",
            "金額": 1000 * n,
            "受付日": dt.date(2026, 4, 1),
            "意見": None,
            **cells,
        },
    )


def as_read(*rows: Row) -> list[list[str]]:
    return [
        [
            "" if v is None else v.isoformat() if isinstance(v, dt.date) else str(v)
            for v in r.cells.values()
        ]
        for r in rows
    ]


def test_rows_arrive_once_in_order_with_their_leading_zeros(
    example: Example, tmp_path: Path
) -> None:
    rows = [row(n) for n in (3, 1, 2)]
    done = example.make(tmp_path).deliver(rows)
    assert done.added == tuple(r.record for r in rows)
    assert example.read(tmp_path / example.path) == as_read(*rows)
    assert done.seconds > 0
    assert done.target == str(tmp_path / example.path)


def test_the_same_rows_again_change_nothing(example: Example, tmp_path: Path) -> None:
    rows = [row(n) for n in range(3)]
    example.make(tmp_path).deliver(rows)
    before = (tmp_path / example.path).read_bytes()
    done = example.make(tmp_path).deliver(rows)
    assert (done.added, done.updated, done.unchanged) == ((), (), tuple(r.record for r in rows))
    assert (tmp_path / example.path).read_bytes() == before


def test_old_and_new_rows_together_add_the_new_ones(example: Example, tmp_path: Path) -> None:
    example.make(tmp_path).deliver([row(1), row(2)])
    done = example.make(tmp_path).deliver([row(2), row(3)])
    assert (done.added, done.unchanged) == ((row(3).record,), (row(2).record,))
    assert example.read(tmp_path / example.path) == as_read(row(1), row(2), row(3))


def test_a_record_twice_in_one_delivery_is_one_row(example: Example, tmp_path: Path) -> None:
    example.make(tmp_path).deliver([row(1), row(1), row(1, 氏名="後の値")])
    assert example.read(tmp_path / example.path) == as_read(row(1, 氏名="後の値"))


def test_two_sheets_that_say_the_same_are_two_rows(example: Example, tmp_path: Path) -> None:
    same = {title: row(1).cells[title] for title in TITLES}
    rows = [Row("a-001", same), Row("b-001", same)]
    example.make(tmp_path).deliver(rows)
    assert example.make(tmp_path).deliver(rows).unchanged == ("a-001", "b-001")
    assert len(example.read(tmp_path / example.path)) == 2


def test_a_corrected_value_finds_its_row(example: Example, tmp_path: Path) -> None:
    example.make(tmp_path).deliver([row(1), row(2), row(3)])
    done = example.make(tmp_path).deliver([row(2, 氏名="訂正 花子", 意見="あり")])
    assert done.updated == (row(2).record,)
    assert example.read(tmp_path / example.path) == as_read(
        row(1), row(2, 氏名="訂正 花子", 意見="あり"), row(3)
    )
    assert example.make(tmp_path).deliver([row(2, 氏名="訂正 花子", 意見="あり")]).unchanged == (
        row(2).record,
    )


def test_a_row_that_staff_deleted_does_not_come_back(example: Example, tmp_path: Path) -> None:
    rows = [row(n) for n in range(1, 5)]
    example.make(tmp_path).deliver(rows)
    example.delete(tmp_path / example.path, 2)
    done = example.make(tmp_path).deliver([*rows, row(9)])
    assert done.added == (row(9).record,)
    assert example.read(tmp_path / example.path) == as_read(rows[0], rows[2], rows[3], row(9))
    done = example.make(tmp_path).deliver([row(2, 氏名="訂正")])
    assert done.withheld == (row(2).record,)
    assert example.read(tmp_path / example.path) == as_read(rows[0], rows[2], rows[3], row(9))


def test_no_rows_touch_nothing(example: Example, tmp_path: Path) -> None:
    assert example.make(tmp_path).deliver([]).added == ()
    assert list(tmp_path.iterdir()) == []


HOSTILE = (
    "=1+1",
    '=HYPERLINK("http://x/","見る")',
    "+81-954-63-2111",
    "-1",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "＝1+1",
    "=cmd|' /C calc'!A0",
    "'=1+1",
    '"quoted", comma',
    "一行目\r\n二行目\n\n四行目",
    "<script>&amp;]]></x>",
    "null\x00bell\x07esc\x1b[31m",
    "\ud800壊れ\udfff",
    "\ufffe\uffff",
    "#REF!",
    "TRUE",
    "1E5",
    "0123",
    "令和7年4月1日",
    "2026/4/1",
    " 前後の空白 ",
    "",
    "あ" * 300,
    "_x0041_",
    "𠮷野家 葛\U000e0100",
    "${jndi:ldap://x}",
    "%0a",
    "\\N",
    ";;;",
    "a" * 32_767,
)


@pytest.mark.parametrize("text", HOSTILE, ids=[repr(t)[:24] for t in HOSTILE])
def test_a_citizens_text_arrives_as_text_and_does_nothing(
    example: Example, tmp_path: Path, text: str
) -> None:
    rows = [row(1, 意見=text), row(2)]
    example.make(tmp_path).deliver(rows)
    found = example.read(tmp_path / example.path)
    assert [line[-1] for line in found] == [clean(text), ""]
    assert example.make(tmp_path).deliver(rows).unchanged == (rows[0].record, rows[1].record)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(texts=st.lists(st.text(st.characters(), max_size=30), min_size=1, max_size=4))
def test_any_text_arrives_as_text(
    example: Example, tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("any")
    rows = [row(n, 意見=text) for n, text in enumerate(texts)]
    example.make(folder).deliver(rows)
    assert [line[-1] for line in example.read(folder / example.path)] == [
        clean(text) for text in texts
    ]
    assert len(example.make(folder).deliver(rows).unchanged) == len(rows)


def test_text_longer_than_a_cell_is_cut_and_stays_the_same_row(
    example: Example, tmp_path: Path
) -> None:
    rows = [row(1, 意見="長" * 40_000)]
    example.make(tmp_path).deliver(rows)
    assert example.read(tmp_path / example.path)[0][-1].startswith("長" * 32_000)
    assert example.make(tmp_path).deliver(rows).unchanged == (rows[0].record,)


def test_many_rows_cost_one_save(
    example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    swaps: list[str] = []
    replace = Path.replace

    def counting(self: Path, target: Path) -> Path:
        swaps.append(Path(target).name)
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", counting)
    rows = [row(n) for n in range(1000)]
    example.make(tmp_path).deliver(rows)
    assert swaps.count(example.path) == 1
    assert len(example.read(tmp_path / example.path)) == 1000


def test_killed_before_any_single_step_the_next_delivery_completes_it(
    example: Example, tmp_path: Path
) -> None:
    first = [row(1), row(2)]
    second = [row(2, 氏名="訂正"), row(3), row(4)]
    expected = as_read(row(1), row(2, 氏名="訂正"), row(3), row(4))
    for step in range(100):
        folder = tmp_path / str(step)
        folder.mkdir()
        example.make(folder).deliver(first)
        killed = False
        with pytest.MonkeyPatch.context() as patch:
            die_at(patch, step)
            try:
                example.make(folder).deliver(second)
            except Killed:
                killed = True
        found = example.read(folder / example.path)
        assert found in (as_read(*first), expected), (step, "neither as it was nor as it shall be")
        done = example.make(folder).deliver(second)
        assert example.read(folder / example.path) == expected, step
        assert not done.withheld
        assert list(folder.glob(".*.tmp")) == []
        if not killed:
            assert step >= 3
            return
    pytest.fail("it never came to an end")


def test_a_full_disk_makes_rows_wait_and_keeps_the_file(
    example: Example,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    example.make(tmp_path).deliver([row(1)])

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ServiceError, match="いっぱいです"):
        example.make(tmp_path).deliver([row(2)])
    monkeypatch.undo()
    assert example.read(tmp_path / example.path) == as_read(row(1))
    assert example.make(tmp_path).deliver([row(2)]).added == (row(2).record,)
    assert example.read(tmp_path / example.path) == as_read(row(1), row(2))


def test_a_file_that_somebody_has_open_makes_rows_wait(example: Example, tmp_path: Path) -> None:
    example.make(tmp_path).deliver([row(1)])
    name = "山田 太郎"
    excel = tmp_path / f"~${example.path}"
    excel.write_bytes(
        bytes([len(name)])
        + b" " * 54
        + len(name).to_bytes(2, "little")
        + name.encode("utf-16-le")
        + b"\0" * 20
    )
    with pytest.raises(ServiceError, match="山田 太郎 さんが開いています") as error:
        example.make(tmp_path).deliver([row(2)])
    assert excel.name in error.value.message
    assert error.value.retry_after > 0
    excel.unlink()
    libre = tmp_path / f".~lock.{example.path}#"
    libre.write_text(",佐藤,pc,2026/4/1 12:00,file:///home/x;", encoding="utf-8")
    with pytest.raises(ServiceError, match="佐藤 さんが開いています"):
        example.make(tmp_path).deliver([row(2)])
    libre.unlink()
    example.make(tmp_path).deliver([row(2)])
    assert example.read(tmp_path / example.path) == as_read(row(1), row(2))


def test_a_file_that_changes_meanwhile_is_not_overwritten(
    example: Example,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    example.make(tmp_path).deliver([row(1)])
    path = tmp_path / example.path
    fsync = os.fsync

    def save_by_somebody(handle: int) -> None:
        if path.read_bytes() != b"saved by somebody":
            path.write_bytes(b"saved by somebody")
        fsync(handle)

    monkeypatch.setattr(os, "fsync", save_by_somebody)
    with pytest.raises(ServiceError, match="この間に"):
        example.make(tmp_path).deliver([row(2)])
    assert path.read_bytes() == b"saved by somebody"


def test_folders_are_made_and_a_gone_share_makes_rows_wait(
    example: Example, tmp_path: Path
) -> None:
    example.make(tmp_path / "new" / "folder").deliver([row(1)])
    assert example.read(tmp_path / "new" / "folder" / example.path) == as_read(row(1))
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ServiceError, match="見つかりません"):
        example.make(tmp_path / "file").deliver([row(1)])


def test_a_target_says_what_it_holds(example: Example, tmp_path: Path) -> None:
    sink = example.make(tmp_path)
    assert (sink.held().known, sink.held().rows) == (frozenset(), frozenset())
    rows = [row(n) for n in range(1, 5)]
    sink.deliver(rows)
    example.delete(tmp_path / example.path, 2)
    held = sink.held([rows[0].record])
    assert held.known == {one.record for one in rows}
    assert held.deleted == {rows[1].record}
    assert held.rows == held.known - held.deleted
    assert held.altered == frozenset()
    for record, marks in held.marks.items():
        assert (record, marks) == (rows[0].record, sink.marks(rows[0]))


def test_what_was_deleted_comes_back_when_a_person_wants_it_and_only_once(
    example: Example, tmp_path: Path
) -> None:
    sink = example.make(tmp_path)
    rows = [row(n) for n in range(1, 5)]
    sink.deliver(rows)
    example.delete(tmp_path / example.path, 2)
    wanted = [dataclasses.replace(one, again=True) for one in rows]
    for _ in range(2):
        sink.deliver(wanted)
        found = example.read(tmp_path / example.path)
        assert found == as_read(rows[0], rows[2], rows[3], rows[1])
    assert sink.deliver(rows).unchanged == tuple(one.record for one in rows)


def test_a_target_that_was_put_back_gets_only_what_it_lacks(
    example: Example, tmp_path: Path
) -> None:
    path = tmp_path / example.path
    sink = example.make(tmp_path)
    rows = [row(n) for n in range(1, 5)]
    sink.deliver(rows[:2])
    kept = path.read_bytes()
    sink.deliver(rows[2:])
    sink.deliver([row(1, 氏名="訂正 花子")])
    path.write_bytes(kept)
    changed = [row(1, 氏名="訂正 花子"), *rows[1:]]
    sink.deliver([dataclasses.replace(one, again=True) for one in changed])
    assert sorted(example.read(path)) == sorted(as_read(*changed))
