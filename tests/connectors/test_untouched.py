"""A row costs the office's workbook nothing: every part and every cell that is not the row's own
stays as it was, whatever program made it."""

from __future__ import annotations

import datetime as dt
import random
import shutil
import stat
import struct
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from connectors.sinks import Row
from connectors.sinks.excel import ExcelSink
from records.errors import ServiceError, TorikomiError
from tests.connectors.office_workbooks import (
    BOOK,
    BOOK_RELS,
    FIRST_NEW,
    MAIN,
    SHEET,
    STRICT,
    TITLES,
    TYPES,
    WORKBOOKS,
    packed,
    plain,
    prefixed,
    streamed,
    with_shared_strings,
)

OURS = {SHEET, BOOK, BOOK_RELS, TYPES, "xl/styles.xml", "xl/tables/table1.xml"}
"""The parts that a row may change; everything else is as it was, to the byte."""


NOT_FOR_LIBREOFFICE = {
    "part names in capitals",
    "backward slashes",
    "relative targets",
    "says UTF-16 and is UTF-8",
}
"""LibreOffice does not find parts under another spelling, and believes what a part says of its
encoding; it does not open them before a delivery either."""


def row(n: int) -> Row:
    return Row(
        f"{n:016x}-001",
        {
            "受付日": dt.date(2026, 4, n),
            "氏名": f"申請者{n}",
            "口座番号": f"{n:07d}",
            "金額": 1000 * n,
        },
    )


def made(name: str, folder: Path) -> Path:
    change, dress = WORKBOOKS[name]
    path = folder / f"{name}.{'xlsm' if 'macros' in name else 'xlsx'}"
    path.write_bytes(packed(dress(plain(change))))
    return path


def parts_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {name.replace("\\", "/").lower(): archive.read(name) for name in archive.namelist()}


def cells_of(xml: bytes) -> Iterator[tuple[str, str]]:
    """Place and canonical XML of each cell; a cell that does not say its place is told by its
    turn."""
    root = ElementTree.fromstring(xml)
    space = STRICT if STRICT.encode() in xml else MAIN
    for turn, line in enumerate(root.iter(f"{{{space}}}row"), 1):
        for number, cell in enumerate(line, 1):
            if cell.tag == f"{{{space}}}c":
                yield (
                    cell.get("r") or f"{'ABCDEFGHI'[number - 1]}{line.get('r') or turn}",
                    ElementTree.canonicalize(ElementTree.tostring(cell)),
                )


def deliver_thrice(path: Path) -> list[Row]:
    rows = [row(n) for n in range(1, 16)]
    for start in (0, 5, 10):
        done = ExcelSink(path, TITLES).deliver(rows[start : start + 5])
        assert len(done.added) == 5, done
    return rows


def check(path: Path, before: dict[str, bytes]) -> None:
    after = parts_of(path)
    ours = {name.lower() for name in OURS}
    for name, data in before.items():
        if name == "xl/calcchain.xml" and name not in after:
            continue
        assert name in after, f"{name} is gone"
        if name not in ours:
            assert after[name] == data, name
    old = dict(cells_of(before[SHEET]))
    new = dict(cells_of(after[SHEET]))
    changed = {place for place, xml in old.items() if new.get(place) != xml}
    filled = {place for place in changed if int("".join(filter(str.isdigit, place))) >= FIRST_NEW}
    assert changed == filled
    added = {f"{letter}{n}" for letter in "BCDEH" for n in range(FIRST_NEW, FIRST_NEW + 15)}
    assert added <= new.keys() | {f"I{n}" for n in range(99)} | {f"J{n}" for n in range(99)} | {
        f"H{n}" for n in range(99)
    }
    for n in range(15):
        assert f"申請者{n + 1}<" in new[f"C{FIRST_NEW + n}"], n


@pytest.mark.parametrize("name", WORKBOOKS)
def test_three_deliveries_leave_everything_else_as_it_was(name: str, tmp_path: Path) -> None:
    path = made(name, tmp_path)
    before = parts_of(path)
    rows = deliver_thrice(path)
    check(path, before)
    again = path.read_bytes()
    assert len(ExcelSink(path, TITLES).deliver(rows).unchanged) == 15
    assert path.read_bytes() == again


@pytest.mark.parametrize(
    "data",
    [
        streamed(plain()),
        packed(plain(), force_zip64=True),
        packed(plain(), compression=zipfile.ZIP_STORED),
        b"something in front" + packed(plain()),
    ],
    ids=["data descriptors", "zip64 fields", "stored", "not from the start"],
)
def test_any_way_of_packing_is_read(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "packed.xlsx"
    path.write_bytes(data)
    before = parts_of(path)
    deliver_thrice(path)
    check(path, before)


def test_the_set_is_large_enough() -> None:
    assert len(WORKBOOKS) + 4 >= 40


@pytest.mark.slow
def test_libreoffice_opens_each_and_sees_the_rows(tmp_path: Path) -> None:
    program = shutil.which("soffice")
    if program is None:
        pytest.skip("LibreOffice is not installed (libreoffice-calc)")
    paths = [made(name, tmp_path) for name in WORKBOOKS if name not in NOT_FOR_LIBREOFFICE]
    for path in paths:
        deliver_thrice(path)
    out = tmp_path / "out"
    subprocess.run(
        [
            program,
            f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}",
            "--headless",
            "--convert-to",
            "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false",
            "--outdir",
            str(out),
            *map(str, paths),
        ],
        check=True,
        capture_output=True,
        timeout=570,
    )
    unseen = []
    for path in paths:
        seen = (out / f"{path.stem}.csv").read_text("utf-8")
        if not all(f"申請者{n},{n:07d}" in seen for n in range(1, 16)):
            unseen.append(path.stem)
    assert unseen == []


def delivered_or_refused(path: Path) -> None:
    """Either the row arrives, or one line names the file and it is as it was."""
    before = path.read_bytes()
    refused = ""
    try:
        ExcelSink(path, TITLES).deliver([row(1)])
    except TorikomiError as error:
        refused = error.message
    if refused:
        assert path.name in refused
        assert path.read_bytes() == before


def test_whatever_is_damaged_the_file_is_named_and_left_alone(tmp_path: Path) -> None:
    dice = random.Random(20261127)
    parts = with_shared_strings(plain())
    names = [name for name in parts if name.endswith((".xml", ".rels"))]
    for turn in range(120):
        name = dice.choice([SHEET, *names])
        data = bytearray(parts[name])
        start = dice.randrange(len(data))
        how = dice.choice(("cut", "other letters", "taken out", "gone"))
        if how == "cut":
            del data[start:]
        elif how == "other letters":
            for place in range(start, min(start + 3, len(data))):
                data[place] = dice.randrange(32, 127)
        else:
            del data[start : start + dice.randrange(1, 40)]
        damaged = {n: bytes(data) if n == name else d for n, d in parts.items()}
        if how == "gone":
            del damaged[name]
        path = tmp_path / f"{turn}.xlsx"
        path.write_bytes(packed(damaged))
        delivered_or_refused(path)


@pytest.mark.parametrize("seed", range(3))
def test_damaged_bytes_are_told(seed: int, tmp_path: Path) -> None:
    dice = random.Random(seed)
    whole = packed(plain())
    path = tmp_path / "damaged.xlsx"
    for _ in range(40):
        data = bytearray(whole)
        for _ in range(dice.randrange(1, 6)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        path.write_bytes(data)
        delivered_or_refused(path)


def _encrypted_late() -> bytes:
    """An OLE file of 2 MiB with its directory at the end."""
    head = bytearray(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504))
    head[30:32] = struct.pack("<H", 9)
    head[48:52] = struct.pack("<L", (2 << 20) // 512 - 1)
    return bytes(head) + bytes((2 << 20) - 512) + "EncryptedPackage".encode("utf-16-le")


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "パスワード",
        ),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "Workbook".encode("utf-16-le"),
            "97-2003.*保存し直し",
        ),
        (b"<html><table></table></html>", "XML か HTML.*保存し直し"),
        (
            packed(
                {"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"},
                compression=zipfile.ZIP_STORED,
            ),
            "OpenDocument.*保存し直し",
        ),
        (
            packed(
                {
                    name: data.replace(
                        b"openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
                        b"ms-excel.sheet.binary.macroEnabled.main",
                    )
                    for name, data in plain().items()
                }
            ),
            "xlsb.*保存し直し",
        ),
        (packed({**plain(), "_xmlsignatures/sig1.xml": b"<Signature/>"}), "電子署名"),
        (b"", "0バイト"),
        ("氏名,金額\r\n山田,100\r\n".encode("cp932"), "文字だけ.*保存し直し"),
        (b"%PDF-1.7\n", "PDF.*保存し直し"),
        (packed({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<x/>"}), "Word"),
        (packed({"台帳.xlsx": packed(plain())}), "圧縮ファイル.*取り出して"),
        (_encrypted_late(), "パスワード"),
    ],
    ids=[
        *("password", "xls", "html", "ods", "xlsb", "signature", "empty", "csv", "pdf"),
        *("docx", "zip", "password far behind"),
    ],
)
def test_what_cannot_be_written_is_refused_by_name(data: bytes, what: str, tmp_path: Path) -> None:
    path = tmp_path / "台帳.xlsx"
    path.write_bytes(data)
    with pytest.raises(ServiceError, match=rf"「台帳\.xlsx」.*{what}"):
        ExcelSink(path, TITLES).deliver([row(1)])
    assert path.read_bytes() == data


def test_a_link_stays_a_link_and_the_rights_stay(tmp_path: Path) -> None:
    real = tmp_path / "real.xlsx"
    real.write_bytes(packed(plain()))
    real.chmod(0o664)
    link = tmp_path / "link.xlsx"
    link.symlink_to(real)
    ExcelSink(link, TITLES).deliver([row(1)])
    assert link.is_symlink()
    assert stat.S_IMODE(real.stat().st_mode) == 0o664
    assert ExcelSink(real, TITLES).deliver([row(1)]).unchanged == (row(1).record,)


def test_rows_under_another_prefix_than_the_sheets_are_found(tmp_path: Path) -> None:
    parts = plain()
    text = parts[SHEET].decode()
    start = text.index("<sheetData>")
    end = text.index("</sheetData>") + len("</sheetData>")
    rows = prefixed({**parts, SHEET: text.encode()})[SHEET].decode()
    inner = rows[rows.index("<x:sheetData>") : rows.index("</x:sheetData>") + 14]
    assert inner.endswith("</x:sheetData>")
    mixed = text[:start] + inner.replace("<x:sheetData>", f'<x:sheetData xmlns:x="{MAIN}">', 1)
    path = tmp_path / "mixed.xlsx"
    path.write_bytes(packed({**parts, SHEET: (mixed + text[end:]).encode()}))
    before = parts_of(path)
    deliver_thrice(path)
    check(path, before)
