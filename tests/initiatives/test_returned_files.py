"""Files that come back as no spreadsheet, damaged, in other spellings, or far too large."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from records.errors import DocumentError
from records.workbooks import open_parts, read_sheet
from tests.initiatives.bookbytes import packed, parts_of
from tests.initiatives.test_returned import MEASURE, answers, framed_to_the_end, mangled, titles
from tests.initiatives.test_survey import GOOD, survey


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "中身がありません"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "パスワード"),
        (b"\x89PNG", "Excelのブックではありません"),
        ("番号,業務名\r\n".encode("cp932"), "Excelのブックではありません"),
        (packed({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}), "壊れて"),
        (packed({"xl/workbook.bin": b"x"}), ".xlsb"),
        (packed({"word/document.xml": b"<x/>"}), "壊れて"),
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
    parts = parts_of(whole)
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
            bad.write_bytes(packed({**parts, name: bytes(part)}))
        found = answers(bad, good)
        assert GOOD["title"] in titles(found), f"turn {turn}"
        assert all("\n" not in str(misfit) for misfit in found.misfits)
        told += any(misfit.file == bad.name for misfit in found.misfits)
    assert told > 30


def test_strict_prefixed_and_utf16_parts_are_read(tmp_path: Path) -> None:
    parts = parts_of(survey(tmp_path, GOOD).read_bytes())
    main = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    strict = b"http://purl.oclc.org/ooxml/spreadsheetml/main"
    sheet = next(name for name in parts if name.startswith("xl/worksheets/"))
    made = {name: content.replace(main, strict) for name, content in parts.items()}
    made[sheet] = ("\ufeff" + made[sheet].decode()).encode("utf-16-le")
    path = tmp_path / "strict.xlsx"
    path.write_bytes(packed(made))
    assert titles(answers(path)) == [GOOD["title"]]
    shouting = {name.upper() if "sheet" in name else name: part for name, part in parts.items()}
    path.write_bytes(packed(shouting))
    assert titles(answers(path)) == [GOOD["title"]]


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
    parts = parts_of(path.read_bytes())
    name = next(name for name in parts if name.startswith("xl/worksheets/"))
    head, _, tail = parts[name].decode().partition("</sheetData>")
    kept = head[: head.index('<row r="10"')]
    parts[name] = f"{kept}{body}</sheetData>{tail}".encode()
    path.write_bytes(packed(parts))
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
