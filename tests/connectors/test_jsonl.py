"""What JSON Lines has beside the contract of all sinks: types, foreign lines, masks and zones."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from connectors.sinks import Row, RowContext, open_sink, rows_for
from connectors.sinks.jsonl import RECORD, JsonlSink
from records.errors import DefinitionError, ServiceError
from records.forms import DeliverDef, FieldDef, FormDef, Part
from records.types import Box, Field, Record

NUMBER = "123456789018"
DAY = dt.date(2026, 4, 1)


def form(zone: str = "mynumber") -> FormDef:
    place = Part(box=Box(10, 10, 40, 8))
    fields = {
        "number": FieldDef("number", "my_number", "個人番号", place=place),
        "rate": FieldDef("rate", "percent", "補助率", place=place),
    }
    return FormDef("one", "一つの様式", 1, "EFF-01", Path(), zone=zone, fields=fields)


def record() -> Record:
    fields = {
        "number": Field("number", "my_number", NUMBER, NUMBER, 1.0),
        "rate": Field("rate", "percent", "12.5%", 12.5, 1.0),
    }
    return Record("0123456789abcdef-001", "0" * 64, (1,), "one", 1, 0.9, fields)


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def row(n: int, **cells: object) -> Row:
    return Row(f"r-{n}", {"値": n, **cells})  # type: ignore[dict-item]


@pytest.mark.parametrize("cell", [0, 12.5, -1, "0012", "", None, "1e5", 10**20])
def test_a_number_stays_a_number_and_text_text(
    tmp_path: Path, cell: str | int | float | None
) -> None:
    path = tmp_path / "a.jsonl"
    sink = JsonlSink(path, ("値",))
    sink.deliver([Row("r-1", {"値": cell})])
    (found,) = lines(path)
    assert found == {RECORD: "r-1", "値": cell}
    assert type(found["値"]) is type(cell)
    assert sink.held(["r-1"]).marks == {"r-1": dict(sink.marks(Row("r-1", {"値": cell})))}


@pytest.mark.parametrize("is_wanted", [False, True])
def test_a_my_number_is_masked_unless_the_delivery_needs_it(
    tmp_path: Path, is_wanted: bool
) -> None:
    delivery = DeliverDef("jsonl", "a.jsonl", zone="mynumber", my_number=is_wanted)
    path = tmp_path / "a.jsonl"
    made = rows_for(record(), form(), delivery, RowContext(DAY))
    open_sink(delivery, form(), path).deliver([made])
    (found,) = lines(path)
    shown = NUMBER
    if not is_wanted:
        shown = "*" * 8 + NUMBER[-4:]
    assert found == {RECORD: record().id, "個人番号": shown, "補助率": 12.5}
    held = b"".join(one.read_bytes() for one in tmp_path.iterdir())
    assert (NUMBER.encode() in held) is is_wanted


def test_a_sink_of_another_zone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="mynumber"):
        open_sink(DeliverDef("jsonl", "a", zone="internet"), form(), tmp_path / "a.jsonl")


def test_a_column_cannot_take_the_name_of_the_record(tmp_path: Path) -> None:
    delivery = DeliverDef("jsonl", "a.jsonl", {RECORD: "rate"})
    with pytest.raises(DefinitionError, match="別の列名"):
        open_sink(delivery, form(), tmp_path / "a.jsonl")


def test_lines_of_others_stay_to_the_letter(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"their":   "own", "n": 1.50}\n', encoding="utf-8")
    sink = JsonlSink(path, ("値",))
    sink.deliver([row(1), row(2)])
    sink.deliver([row(1, 値=9)])
    assert path.read_text(encoding="utf-8").splitlines() == [
        '{"their":   "own", "n": 1.50}',
        '{"取込番号": "r-1", "値": 9}',
        '{"取込番号": "r-2", "値": 2}',
    ]


def test_what_another_program_changed_is_put_right_and_told(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    sink = JsonlSink(path, ("値",))
    sink.deliver([row(1), row(2)])
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"値": 1', '"値": 7'), encoding="utf-8")
    assert sink.held().altered == {"r-1"}
    assert sink.deliver([row(1)]).altered == ("r-1",)
    assert [one["値"] for one in lines(path)] == [1, 2]
    assert sink.held().altered == frozenset()


def test_a_lost_index_repeats_nothing(tmp_path: Path) -> None:
    sink = JsonlSink(tmp_path / "a.jsonl", ("値",))
    sink.deliver([row(1), row(2)])
    sink.index.unlink()
    done = sink.deliver([row(1), row(2), row(3)])
    assert (done.unchanged, done.added) == (("r-1", "r-2"), ("r-3",))


def test_a_file_that_its_reader_took_begins_anew(tmp_path: Path) -> None:
    sink = JsonlSink(tmp_path / "a.jsonl", ("値",))
    sink.deliver([row(1), row(2)])
    sink.path.unlink()
    done = sink.deliver([row(1), row(2, 値=5), row(3)])
    assert (done.unchanged, done.updated, done.added) == (("r-1",), ("r-2",), ("r-3",))
    assert [one[RECORD] for one in lines(sink.path)] == ["r-2", "r-3"]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b'{"a": 1}\n{"b": \n', "2行目"),
        (b"[1, 2]\n", "1行目"),
        ("名前".encode("cp932"), "UTF-8"),
    ],
)
def test_a_file_that_is_none_is_named_and_left_alone(tmp_path: Path, raw: bytes, said: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(raw)
    with pytest.raises(ServiceError, match=said) as error:
        JsonlSink(path, ("値",)).deliver([row(1)])
    assert path.name in error.value.message
    assert path.read_bytes() == raw


def test_a_separator_of_unicode_ends_no_line(tmp_path: Path) -> None:
    sink = JsonlSink(tmp_path / "a.jsonl", ("値",))
    sink.deliver([row(1, 値="一\u2028二\u0085三")])
    assert sink.deliver([row(1, 値="一\u2028二\u0085三")]).unchanged == ("r-1",)
