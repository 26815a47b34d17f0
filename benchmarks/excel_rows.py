"""What a row costs in a workbook that has many: Torikomi beside openpyxl's load, append and save.

Each measurement is a process of its own on a fresh copy of the same workbook: 12 columns, half of
the texts inline and half in the shared table. Processor time is that of the delivery with its
check; memory is the process's peak above what it had before, its libraries imported.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from openpyxl import Workbook, load_workbook

from benchmarks.resultpage import table_row
from connectors.sinks import Row
from connectors.sinks.excel import ExcelSink

TITLES = tuple(f"列{number}" for number in range(1, 13))
_LETTERS = "ABCDEFGHIJKL"
_SHARED = 200_000  # different texts in the shared table, at most
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_STRINGS_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
_MILLION = 1_000_000


def make_workbook(path: Path, rows: int) -> None:
    """A list of so many rows below a header."""
    blank = path.with_suffix(".blank")
    Workbook().save(blank)
    with zipfile.ZipFile(blank) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name in source.namelist():
            data = source.read(name).decode()
            if name == "xl/worksheets/sheet1.xml":
                with made.open(name, "w", force_zip64=True) as stream:
                    for piece in _sheet(rows):
                        stream.write(piece.encode())
                continue
            if name == "xl/sharedStrings.xml":
                continue
            if name == "xl/_rels/workbook.xml.rels" and "sharedStrings" not in data:
                relation = f'<Relationship Id="rS" Type="{_OFFICE}/sharedStrings"'
                end = f'{relation} Target="sharedStrings.xml"/></Relationships>'
                data = data.replace("</Relationships>", end)
            if name == "[Content_Types].xml" and "sharedStrings" not in data:
                part = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{_STRINGS_TYPE}"/>'
                data = data.replace("</Types>", f"{part}</Types>")
            made.writestr(name, data)
        items = "".join(f"<si><t>共有の文字{n}</t></si>" for n in range(min(rows * 4, _SHARED)))
        made.writestr("xl/sharedStrings.xml", f'<sst xmlns="{_MAIN}">{items}</sst>')
    blank.unlink()


def _sheet(rows: int) -> Iterator[str]:
    yield f'<worksheet xmlns="{_MAIN}"><sheetData><row r="1">'
    for letter, title in zip(_LETTERS, TITLES, strict=True):
        yield f'<c r="{letter}1" t="inlineStr"><is><t>{title}</t></is></c>'
    yield "</row>"
    shared = min(rows * 4, _SHARED)
    for row in range(2, rows + 2):
        yield f'<row r="{row}">' + "".join(_cells(row, shared)) + "</row>"
    yield "</sheetData></worksheet>"


def _cells(row: int, shared: int) -> Iterator[str]:
    for column, letter in enumerate(_LETTERS):
        if column in (0, 6):
            yield f'<c r="{letter}{row}"><v>{row * 10 + column}</v></c>'
        elif column % 2:
            text = f"申請者{row}の{column}番"
            yield f'<c r="{letter}{row}" t="inlineStr"><is><t>{text}</t></is></c>'
        else:
            number = (row * 4 + column // 2) % shared
            yield f'<c r="{letter}{row}" t="s"><v>{number}</v></c>'


def new_rows(count: int) -> list[Row]:
    found = []
    for number in range(count):
        found.append(
            Row(
                f"{number:016x}-001",
                {
                    title: number if column in (0, 6) else f"新しい{number}の{column}"
                    for column, title in enumerate(TITLES)
                },
            )
        )
    return found


def measure_here(who: str, path: Path, count: int) -> dict[str, float]:
    """One delivery in this process: seconds of processor time, and MiB of memory above before."""
    rows = new_rows(count)
    before = _peak()
    started = time.process_time()
    if who == "torikomi":
        done = ExcelSink(path, TITLES).deliver(rows)
        assert len(done.added) == count
    else:
        book = load_workbook(path)
        for row in rows:
            book.worksheets[0].append([*row.cells.values()])
        book.save(path)
    return {"seconds": time.process_time() - started, "memory": _peak() - before}


def measure(who: str, workbook: Path, count: int) -> dict[str, float]:
    """One delivery onto a copy of a workbook, in a process of its own."""
    copy = workbook.with_name(f"copy-{workbook.name}")
    shutil.copy(workbook, copy)
    line = [sys.executable, "-m", "benchmarks.excel_rows", "--one", who, str(copy), str(count)]
    done = subprocess.run(line, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def table(sizes: Sequence[int], counts: Sequence[int], folder: Path) -> Iterator[str]:
    """The lines of the table, as they are measured."""
    yield "| rows there | rows added | processor s | openpyxl s | less by | MiB | openpyxl MiB |"
    yield "|---|---|---|---|---|---|---|"
    for size in sizes:
        workbook = folder / f"{size}.xlsx"
        make_workbook(workbook, size)
        for count in counts if size < _MILLION else [1]:
            ours = measure("torikomi", workbook, count)
            theirs = measure("openpyxl", workbook, count)
            ratio = theirs["seconds"] / ours["seconds"]
            seconds = [f"{measured['seconds']:.2f}" for measured in (ours, theirs)]
            memory = [f"{measured['memory']:.0f}" for measured in (ours, theirs)]
            yield table_row(f"{size:,}", f"{count:,}", *seconds, f"{ratio:.1f}×", *memory)


def _peak() -> float:
    """MiB that this process has held at most. ``ru_maxrss`` would count what the process that
    started it held."""
    status = Path("/proc/self/status").read_text("utf-8")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[1000, 100_000, _MILLION])
    parser.add_argument("--added", type=int, nargs="+", default=[1, 100, 10_000])
    parser.add_argument("--one", nargs=3, metavar=("WHO", "WORKBOOK", "ROWS"))
    asked = parser.parse_args()
    if asked.one:
        who, path, count = asked.one
        print(json.dumps(measure_here(who, Path(path), int(count))))
        return
    with tempfile.TemporaryDirectory() as folder:
        for line in table(asked.rows, asked.added, Path(folder)):
            print(line, flush=True)


if __name__ == "__main__":
    main()
