"""CSV for core systems: exact bytes, characters that Windows does not have, and a file that its
reader takes away."""

from __future__ import annotations

import codecs
import csv
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.sinks import Delivered, Row
from connectors.sinks.backups import copies_of
from connectors.sinks.csv import CsvSink
from connectors.sinks.encoding import encoder, fit
from connectors.sinks.jsonl import JsonlSink
from records.errors import DefinitionError, ServiceError

TITLES = ("番号", "氏名")


def row(n: int, name: str = "") -> Row:
    return Row(f"r{n}-001", {"番号": f"{n:03d}", "氏名": name or f"氏名{n}"})


def deliver(path: Path, *rows: Row, **options: Any) -> Delivered:
    return CsvSink(path, TITLES, **{"encoding": "utf-8", **options}).deliver(rows)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "core.csv"


# --- bytes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (
            {"encoding": "cp932"},
            "番号,氏名\r\n001,髙橋\r\n".encode("cp932").replace(b"\xee\xe0", b"\xfb\xfc"),
        ),
        ({"encoding": "utf-8"}, "番号,氏名\r\n001,髙橋\r\n".encode()),
        ({"encoding": "utf-8-sig"}, codecs.BOM_UTF8 + "番号,氏名\r\n001,髙橋\r\n".encode()),
        ({"header": False}, "001,髙橋\r\n".encode()),
        ({"delimiter": "\t"}, "番号\t氏名\r\n001\t髙橋\r\n".encode()),
        ({"quote_all": True}, '"番号","氏名"\r\n"001","髙橋"\r\n'.encode()),
    ],
)
def test_the_bytes_are_what_the_reader_asked_for(
    path: Path, options: dict[str, Any], expected: bytes
) -> None:
    deliver(path, row(1, "髙橋"), **options)
    assert path.read_bytes() == expected
    deliver(path, row(2, "髙橋"), **options)
    end = encoder(options.get("encoding", "utf-8"))("髙橋")
    assert path.read_bytes().startswith(expected)
    assert end in path.read_bytes()[len(expected) :]


def test_what_others_wrote_stays_byte_for_byte(path: Path) -> None:
    path.write_bytes('番号,氏名\n"900","手で書いた行"\n901,改行なし'.encode())
    deliver(path, row(1))
    assert (
        path.read_bytes()
        == '番号,氏名\n"900","手で書いた行"\n901,改行なし\r\n001,氏名1\r\n'.encode()
    )


@pytest.mark.parametrize(("defuse", "expected"), [(True, "'=1+1"), (False, "=1+1")])
def test_formulas_are_defused_for_people_and_left_for_core_systems(
    path: Path, defuse: bool, expected: str
) -> None:
    deliver(path, row(1, "=1+1"), defuse=defuse)
    assert path.read_text("utf-8").splitlines()[1] == f"001,{expected}"


def test_numbers_are_never_defused(path: Path) -> None:
    CsvSink(path, ("金額",), encoding="utf-8", defuse=True).deliver([Row("r", {"金額": -500})])
    assert path.read_text("utf-8").splitlines() == ["金額", "-500"]


# --- cp932 ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "bytes_"),
    [
        ("髙", b"\xfb\xfc"),
        ("﨑", b"\xfa\xb1"),
        ("ⅰ", b"\xfa\x40"),
        ("①㈱", b"\x87\x40\x87\x8a"),
        ("～－∥", b"\x81\x60\x81\x7c\x81\x61"),
        ("神", b"\x90_"),
        ("ー", b"\x81["),
        ("\ue000", b"\xf0@"),
        ("a\\~", b"a\\~"),
        ("ﾊﾟ", b"\xca\xdf"),
    ],
)
def test_cp932_is_written_as_windows_writes_it(text: str, bytes_: bytes) -> None:
    assert encoder("cp932")(text) == bytes_
    assert bytes_.decode("cp932") == text


@given(st.text(st.characters()))
def test_whatever_fits_can_be_written_and_comes_back(text: str) -> None:
    made, missing = fit(text, "cp932")
    assert encoder("cp932")(made).decode("cp932") == made
    assert (made == text) or missing or set(text) & set("〜−—‖¢£¬¥‑‒–\u00a0")
    assert fit(made, "cp932") == (made, ())


@pytest.mark.parametrize(
    ("text", "expected"),
    [("〜", "～"), ("−", "－"), ("‖", "∥"), ("¥100", "￥100"), ("—", "―"), ("1‑2–3", "1-2-3")],
)
def test_signs_that_two_standards_name_differently_are_exchanged(text: str, expected: str) -> None:
    assert fit(text, "cp932") == (expected, ())


def test_a_character_that_is_not_there_refuses_the_row_and_only_that_row(path: Path) -> None:
    done = deliver(path, row(1), row(2, "𠮷野家"), row(3), encoding="cp932")
    assert done.added == ("r1-001", "r3-001")
    assert "「氏名」の文字「𠮷」は cp932 にない" in done.refused["r2-001"]
    assert path.read_text("cp932").splitlines() == ["番号,氏名", "001,氏名1", "003,氏名3"]
    assert deliver(path, row(2, "吉野家"), encoding="cp932").added == ("r2-001",), (
        "once a person has changed it"
    )


def test_geta_stands_for_what_is_not_there_and_a_list_says_what_it_was(path: Path) -> None:
    rows = [row(1, "𠮷野 葛\U000e0100"), row(2, "鷗")]
    done = deliver(path, *rows, encoding="cp932", geta=True)
    assert path.read_text("cp932").splitlines()[1:] == ["001,〓野 葛", "002,〓"]
    with (path.parent / "core.外字.csv").open(encoding="utf-8-sig", newline="") as stream:
        lines = list(csv.reader(stream))
    assert lines == [
        ["取込番号", "列", "位置", "元の文字", "符号位置", "置き換え"],
        ["r1-001", "氏名", "1", "𠮷", "U+20BB7", "〓"],
        ["r1-001", "氏名", "5", "葛\U000e0100", "U+845B U+E0100", "葛"],
        ["r2-001", "氏名", "1", "鷗", "U+9DD7", "〓"],
    ]
    assert "core.外字.csv" in done.notes[0]
    assert deliver(path, *rows, encoding="cp932", geta=True).unchanged == ("r1-001", "r2-001")
    deliver(path, row(3, "𠮷"), encoding="cp932", geta=True)
    assert len((path.parent / "core.外字.csv").read_text("utf-8-sig").splitlines()) == 5


# --- the file and its reader ----------------------------------------------------------------------


def test_a_file_taken_away_begins_anew_and_only_new_and_corrected_rows_come(path: Path) -> None:
    deliver(path, row(1), row(2))
    path.unlink()
    done = deliver(path, row(1), row(2, "訂正"), row(3))
    assert (done.unchanged, done.updated, done.added) == (("r1-001",), ("r2-001",), ("r3-001",))
    assert path.read_text("utf-8").splitlines() == ["番号,氏名", "002,訂正", "003,氏名3"]


def test_a_lost_index_does_not_double_rows(path: Path) -> None:
    sink = CsvSink(path, TITLES, encoding="utf-8")
    sink.deliver([row(1), row(2)])
    sink.index.unlink()
    done = sink.deliver([row(1), row(2), row(3)])
    assert (done.unchanged, done.added) == (("r1-001", "r2-001"), ("r3-001",))
    assert len(path.read_text("utf-8").splitlines()) == 4


def test_a_new_sheet_that_says_what_a_strange_line_says_is_still_added(path: Path) -> None:
    deliver(path, row(1))
    path.write_bytes(path.read_bytes() + "002,氏名2\r\n".encode())
    assert deliver(path, row(2)).added == ("r2-001",), "only a lost index makes lines into records"


@pytest.mark.parametrize("cut", [1, 5, 12])
def test_an_index_cut_by_a_kill_is_gone_on_with(path: Path, cut: int) -> None:
    sink = CsvSink(path, TITLES, encoding="utf-8")
    sink.deliver([row(1)])
    sink.deliver([row(2)])
    sink.index.write_bytes(sink.index.read_bytes()[:-cut])
    sink.deliver([row(1), row(2), row(3)])
    assert path.read_text("utf-8").splitlines() == [
        "番号,氏名",
        "001,氏名1",
        "002,氏名2",
        "003,氏名3",
    ]
    sink.deliver([row(1), row(2), row(3)])
    assert len(path.read_text("utf-8").splitlines()) == 4
    assert all(
        isinstance(json.loads(line), dict) for line in sink.index.read_text().splitlines()[-2:]
    )


def test_lines_that_somebody_sorted_or_requoted_are_still_found(path: Path) -> None:
    deliver(path, row(1), row(2), row(3))
    path.write_bytes('番号,氏名\r\n"003","氏名3"\r\n"002","氏名2"\r\n"001","氏名1"\r\n'.encode())
    assert deliver(path, row(2, "訂正")).updated == ("r2-001",)
    assert path.read_text("utf-8").splitlines() == [
        "番号,氏名",
        "003,氏名3",
        "002,訂正",
        "001,氏名1",
    ]


def test_another_header_is_told_instead_of_mixing_columns(path: Path) -> None:
    path.write_bytes("氏名,番号\r\n".encode())
    with pytest.raises(DefinitionError, match=r"見出しが form\.toml の columns と違います"):
        deliver(path, row(1))
    assert path.read_bytes() == "氏名,番号\r\n".encode()


@pytest.mark.parametrize(
    "raw", ["番号,氏名\r\n".encode("cp932"), '番号,氏名\r\n1,"'.encode() + b"x" * 200_000]
)
def test_a_file_that_cannot_be_read_is_told_and_left_alone(path: Path, raw: bytes) -> None:
    path.write_bytes(raw)
    with pytest.raises(ServiceError, match="として読めません"):
        deliver(path, row(1))
    assert path.read_bytes() == raw


# --- copies ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [CsvSink, JsonlSink])
def test_the_file_from_before_the_first_delivery_of_a_day_is_kept(
    kind: type[CsvSink | JsonlSink], tmp_path: Path
) -> None:
    path = tmp_path / "core.csv"
    kind(path, TITLES).deliver([row(1)])
    assert copies_of(path) == [], "there was nothing to copy"
    first = path.read_bytes()
    for number in (2, 3):
        kind(path, TITLES).deliver([row(number)])
    [copy] = copies_of(path)
    assert copy.read_bytes() == first
    assert copy.parent == tmp_path / "控え"


@pytest.mark.parametrize("kind", [CsvSink, JsonlSink])
def test_no_copies_are_made_of_my_numbers(kind: type[CsvSink | JsonlSink], tmp_path: Path) -> None:
    for number in (1, 2):
        kind(tmp_path / "core.csv", TITLES, keeps_copies=False).deliver([row(number)])
    assert not (tmp_path / "控え").exists()
