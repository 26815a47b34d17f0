"""What a workbook loses when rows are delivered onto it: nothing, or it is said.

``python -m benchmarks.survival FOLDER…`` copies each workbook that it finds, delivers three times
five rows under a header that stands in it (or onto a new sheet), and looks at the result with
other eyes than the product's: parts as bytes, cells as canonical XML, rows through openpyxl.
``--made 300 --seed 1`` makes workbooks of its own first (:mod:`benchmarks.workbook_kinds`).
"""

from __future__ import annotations

import argparse
import collections
import datetime as dt
import random
import re
import shutil
import sys
import tempfile
import traceback
import warnings
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from openpyxl import load_workbook

from benchmarks.workbook_kinds import make
from connectors.sinks import Row
from connectors.sinks.excel import ExcelSink
from connectors.sinks.excel.layout import key
from connectors.sinks.kindcolumns import Cell
from records.errors import TorikomiError
from records.workbooks import open_parts, read_sheet

NEW_SHEET = "取込テスト"
_SPACES = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
)
_HOLDS = re.compile("<[^<>/]*:(v|t|f)[ >][^<]")
"""That a cell in canonical XML holds something."""

_SEARCH = 30


@dataclass(slots=True)
class Outcome:
    """What came of one workbook: the faults, and why it was refused where it was."""

    path: Path
    how: str = ""
    refused: str = ""
    faults: list[str] = field(default_factory=list)


def rows_of(titles: Sequence[str], start: int) -> list[Row]:
    """Five rows with a text, a number, a day and digits that must stay text by turns."""
    made = []
    for n in range(start, start + 5):
        values: tuple[Cell, ...] = (f"試験{n:03d}", 1000 + n, dt.date(2026, 4, n), f"00{n:05d}")
        cells = {title: values[column % 4] for column, title in enumerate(titles)}
        made.append(Row(f"{n:016x}-001", cells))
    return made


def headers(path: Path) -> list[tuple[str, tuple[str, ...]]]:
    """Sheet and titles of what may be the header of a list: the row among a sheet's first with most
    different texts."""
    found = []
    with open_parts(path) as book:
        for part in book.sheets:
            if part.name == "_torikomi":
                continue
            texts: dict[int, dict[str, str]] = collections.defaultdict(dict)
            for (row, _), cell in read_sheet(book, part).cells.items():
                is_title = isinstance(cell.value, str) and key(cell.value) and len(cell.value) < 40
                if row <= _SEARCH and is_title:
                    texts[row].setdefault(key(cell.value), str(cell.value))
            best = max(texts.values(), key=len, default={})
            if len(best) >= 2:
                found.append((part.name, tuple(best.values())))
    return found


def survive(origin: Path, folder: Path, dice: random.Random) -> Outcome:
    """Deliver onto a copy of one workbook, and look."""
    path = folder / origin.name
    shutil.copy(origin, path)
    outcome = Outcome(origin)
    try:
        sinks = list(_sinks(path, dice))
        if dice.random() < 0.6:
            sinks = _injected(path) or sinks
    except TorikomiError as error:
        sinks = [("unread", ExcelSink(path, ("氏名", "金額"), sheet=NEW_SHEET))]
        outcome.refused = f"reader: {error.message}"
    outcome.how, sink = dice.choice(sinks)
    try:
        before = parts_of(path) if zipfile.is_zipfile(path) else {}
        loads = _openpyxl_loads(path)
        records: list[str] = []
        for start in (1, 6, 11):
            rows = rows_of(sink.titles, start)
            done = sink.deliver(rows)
            records += [row.record for row in rows]
            if len(done.added) != 5:
                outcome.faults.append(f"added {len(done.added)} of 5")
        outcome.faults += _compared(before, path)
        again = sink.deliver(rows_of(sink.titles, 6))
        if len(again.unchanged) != 5:
            outcome.faults.append("a row that is there was written again")
        if sink.held().rows != {*records}:
            outcome.faults.append(f"held says {len(sink.held().rows)} of {len(records)}")
        if loads:
            outcome.faults += _read_back(path, sink, records)
    except TorikomiError as error:
        outcome.refused = error.message
    except Exception:
        outcome.faults.append(traceback.format_exc(limit=-4))
    return outcome


def _sinks(path: Path, dice: random.Random) -> Iterator[tuple[str, ExcelSink]]:
    yield "a new sheet", ExcelSink(path, ("氏名", "金額"), sheet=NEW_SHEET)
    for sheet, titles in headers(path):
        some = tuple(dice.sample(titles, min(len(titles), dice.randrange(2, 7))))
        for _ in range(3):
            yield f"「{sheet}」 {some}", ExcelSink(path, some, sheet=sheet)


def parts_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name.replace("\\", "/").lower(): archive.read(name) for name in archive.namelist()}


def _compared(before: Mapping[str, bytes], path: Path) -> Iterator[str]:
    """What differs between the parts and should not."""
    after = parts_of(path)
    with zipfile.ZipFile(path) as archive:
        if archive.testzip() is not None:
            yield "a damaged zip file"
    changed = []
    for name, data in before.items():
        if name not in after:
            if "calcchain" not in name:
                yield f"part {name} is gone"
        elif after[name] != data:
            changed.append(name)
    sheets = [name for name in changed if b"sheetData" in before[name].replace(b"\0", b"")]
    allowed = ("[content_types].xml", ".rels", "styles", "table", "workbook", "book")
    for name in changed:
        if name not in sheets and not any(word in name for word in allowed):
            yield f"part {name} changed"
    if len(sheets) > 1:
        yield f"{len(sheets)} sheets changed"
    for name in sheets:
        yield from _cells_compared(name, before[name], after[name])
    for name in after:
        if name.endswith((".xml", ".rels")):
            try:
                ElementTree.fromstring(after[name])
            except ElementTree.ParseError:
                if name not in before or name in changed:
                    yield f"part {name} is no XML"


def _cells_compared(name: str, before: bytes, after: bytes) -> Iterator[str]:
    old, new = dict(_cells(before)), dict(_cells(after))
    rows = {_row(place) for place, xml in new.items() if "試験" in xml or "0000" in xml}
    for place, xml in old.items():
        is_same = new.get(place) == xml
        if not is_same and (_row(place) not in rows or _HOLDS.search(xml)):
            yield f"{name} {place}: {xml[:80]} → {(new.get(place) or 'gone')[:80]}"
            return
    rest = [_rest(data) for data in (before, after)]
    if not rest[0] <= rest[1]:
        yield f"{name}: around the rows {[*(rest[0] - rest[1])][:2]} differ"


_GROWING = {
    *("cols", "dimension", "autoFilter", "mergeCells", "conditionalFormatting"),
    *("dataValidations", "extLst", "protectedRanges", "ignoredErrors", "sheetData"),
}


def _rest(data: bytes) -> set[str]:
    """What stands around the rows and does not grow with them."""
    root = ElementTree.fromstring(data)
    return {
        ElementTree.canonicalize(ElementTree.tostring(part))
        for part in root
        if part.tag.rpartition("}")[2] not in _GROWING
    }


def _cells(xml: bytes) -> Iterator[tuple[str, str]]:
    root = ElementTree.fromstring(xml)
    space = next(one for one in _SPACES if root.tag.startswith(f"{{{one}}}"))
    number = 0
    for line in root.iter(f"{{{space}}}row"):
        number = int(line.get("r") or number + 1)
        for turn, cell in enumerate(line, 1):
            place = cell.get("r") or f"#{turn}_{number}"
            yield place, ElementTree.canonicalize(ElementTree.tostring(cell))


def _row(place: str) -> int:
    digits = place.rpartition("_")[2] if place.startswith("#") else place
    return int("".join(filter(str.isdigit, digits)))


def _openpyxl_loads(path: Path) -> bool:
    try:
        with warnings.catch_warnings(action="ignore"):
            load_workbook(path)
    except Exception:  # it raises anything
        return False
    return True


def _read_back(path: Path, sink: ExcelSink, records: Sequence[str]) -> Iterator[str]:
    try:
        with warnings.catch_warnings(action="ignore"):
            book = load_workbook(path)
    except Exception as error:
        yield f"openpyxl does not open it any more: {error}"
        return
    del book
    with open_parts(path) as parts:
        part = next(one for one in parts.sheets if key(one.name) == key(sink.sheet))
        cells = read_sheet(parts, part).cells
    rows: dict[int, list[object]] = collections.defaultdict(list)
    for (number, _), cell in sorted(cells.items()):
        rows[number].append(cell.value)
    for number, record in enumerate(records):
        there = next((line for line in rows.values() if record in line), [])
        row = rows_of(sink.titles, number + 1)[0]
        missing = [value for value in row.cells.values() if value not in there]
        if missing:
            yield f"row {number + 1} lacks {missing[:3]}: {there[:8]}"
            return


def _injected(path: Path) -> list[tuple[str, ExcelSink]]:
    """Put a list with two rows below everything on the first sheet, so that a workbook without any
    is written to as well; nothing where the sheet is spelled in an unusual way."""
    with open_parts(path) as book:
        sheet = book.sheets[0] if book.sheets else None
        name = next((n for n in parts_of(path) if sheet and n == sheet.part.lower()), "")
    if sheet is None or not name:
        return []
    text = parts_of(path)[name].decode("utf-8", "replace")
    start = max([0, *map(int, re.findall(r'<row [^>]*?r="([0-9]+)"', text))]) + 3
    lines = [f'<row r="{start}">{_text("A", start, "氏名")}{_text("B", start, "金額")}</row>']
    for row in (start + 1, start + 2):
        cells = f'{_text("A", row, "手書き")}<c r="B{row}"><v>{row}</v></c>'
        lines.append(f'<row r="{row}">{cells}</row>')
    made = re.sub(r"<sheetData ?/>", "<sheetData></sheetData>", text)
    if "</sheetData>" not in made:
        return []
    made = made.replace("</sheetData>", f"{''.join(lines)}</sheetData>")
    _replace_part(path, name, made.encode())
    return [("an injected list", ExcelSink(path, ("氏名", "金額"), sheet.name, header_row=start))]


def _text(letter: str, row: int, text: str) -> str:
    return f'<c r="{letter}{row}" t="inlineStr"><is><t>{text}</t></is></c>'


def _replace_part(path: Path, part: str, data: bytes) -> None:
    beside = path.with_suffix(".new")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            is_it = info.filename.replace("\\", "/").lower() == part
            new.writestr(info, data if is_it else old.read(info))
    beside.replace(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--made", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", type=int, default=1, help="take every so-manyeth workbook")
    parser.add_argument("--keep", type=Path, help="a folder for those with faults")
    asked = parser.parse_args()
    dice = random.Random(asked.seed)
    refused: collections.Counter[str] = collections.Counter()
    count = faulty = 0
    with tempfile.TemporaryDirectory() as scratch:
        made = Path(scratch) / "made"
        made.mkdir()
        for number in range(asked.made):
            make(made, number, dice)
        paths = [p for f in (*asked.folders, made) for p in sorted(f.rglob("*.xls[xm]"))]
        paths = paths[:: asked.every]
        for number, path in enumerate(paths):
            work = Path(scratch) / str(number)
            work.mkdir()
            outcome = survive(path, work, dice)
            count += 1
            if count % 50 == 0:
                print(f"{count} of {len(paths)}", flush=True)
            if outcome.refused:
                refused[
                    re.sub(
                        r"[0-9]+", "n", outcome.refused.replace(path.name, "…").rpartition("/")[2]
                    )
                ] += 1
            if outcome.faults:
                faulty += 1
                print(path.name, outcome.how, *outcome.faults[:3], sep="\n   ", flush=True)
                if asked.keep:
                    asked.keep.mkdir(exist_ok=True)
                    shutil.copy(path, asked.keep / path.name)
            shutil.rmtree(work)
    for message, times in refused.most_common():
        print(f"{times:5} refused: {message}")
    print(f"{count} workbooks, {refused.total()} refused, {faulty} with faults")
    sys.exit(bool(faulty))


if __name__ == "__main__":
    main()
