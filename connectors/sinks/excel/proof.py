"""Whether a written workbook is what it shall be: everything else as it was, and the new rows
saying what was meant. Looked at in the file on the disk, before it takes the old one's place."""

from __future__ import annotations

import contextlib
import datetime as dt
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO

from connectors.sinks.excel.located import Splice
from connectors.sinks.excel.officebook import OfficeBook
from connectors.sinks.excel.package import DAMAGED, Change, Package, part_key
from connectors.sinks.excel.rowreader import Values
from connectors.sinks.excel.sheet import Sheet
from connectors.sinks.excel.zipcopy import CHUNK, raw_data
from connectors.sinks.kindcolumns import Cell as Value
from records.errors import ServiceError

Rows = Mapping[int, Mapping[int, Value]]
"""Row → column → what was meant to stand there."""


class NotAsMeant(ValueError):
    """The written file differs from what it shall be."""


@dataclass(frozen=True, slots=True)
class Proof:
    """Checks a new file against the package that it was made of.

    Attributes:
        part: the key of the sheet that rows were written to; ``sheet``: as it was before.
        rows: what was meant.
    """

    package: Package
    part: str
    sheet: Sheet
    rows: Rows

    def check(self, path: Path) -> None:
        """Compare.

        Raises:
            ServiceError: they differ.
        """
        try:
            with path.open("rb") as stream, zipfile.ZipFile(stream) as archive:
                self._check_parts(stream, archive)
                self._check_rows(path, stream)
        except (NotAsMeant, *DAMAGED) as error:
            raise ServiceError(
                "workbook",
                f"台帳「{self.package.path.name}」に書いた結果を確かめたところ、意図と違っていました({error})。"
                "台帳は元のままで、行は待っています。情報担当に知らせてください",
                retry_after=600,
            ) from error

    def _check_parts(self, stream: BinaryIO, archive: zipfile.ZipFile) -> None:
        package = self.package
        written = {info.filename: info for info in archive.infolist()}
        expected = {
            info.filename: info
            for info in package.archive.infolist()
            if part_key(info.filename) not in package.dropped
        }
        if written.keys() != expected.keys() | package.added.keys():
            raise NotAsMeant("parts")
        for name, info in written.items():
            key = part_key(name)
            if key in package.changes:
                with archive.open(info) as content:
                    same = _is_same(_read(content), package.changes[key].pieces())
            elif name in package.added:
                same = archive.read(info) == package.added[name]
            else:
                old = expected[name]
                same = info.CRC == old.CRC and info.file_size == old.file_size
                packed = raw_data(stream, info), raw_data(package.stream, old)
                same = same and _is_same(*packed)
            if not same:
                raise NotAsMeant(name)

    def _check_rows(self, path: Path, stream: BinaryIO) -> None:
        """Parse the rows that changed as any reader of the new file would."""
        with contextlib.closing(Package(path, stream)) as package:
            book = OfficeBook(package)
            sheet = self.sheet.seen_with(book.styles, book.strings)
            missing = {*self.rows}
            for number, said in self._written_rows(sheet, book):
                missing.discard(number)
                _compare(number, said, self.rows.get(number, {}))
        if missing:
            raise NotAsMeant(f"{min(missing)}行目")

    def _written_rows(self, sheet: Sheet, book: OfficeBook) -> Iterator[Values]:
        change = self.package.changes.get(self.part)
        if change is None:  # the sheet is new
            yield from book.sheet(self.part).said()
            return
        put_in, filled = _changed_rows(self.sheet, change, self.rows)
        yield from sheet.said_in(put_in)
        for number, pieces in filled:
            yield from sheet.said_in(pieces, number)


def _compare(number: int, said: Mapping[int, Any], meant: Mapping[int, Value]) -> None:
    for column, value in meant.items():
        found = said.get(column)
        is_same = type(found) is type(value) and found == value
        if not is_same and not _is_same_day(found, value):
            raise NotAsMeant(f"{number}行目の{column}列目")


def _changed_rows(
    sheet: Sheet, change: Change, rows: Rows
) -> tuple[list[bytes], list[tuple[int, list[bytes]]]]:
    """What was put between old rows, and the numbers of the rows that were filled with their new
    bytes."""
    filled = sheet.each(number for number in rows if sheet.position(number) is not None)
    spans = sorted((row.element.start, row.element.end, row.number) for row in filled)
    inside: list[list[Splice]] = [[] for _ in spans]
    put_in: list[bytes] = []
    data = sheet.data
    turn = 0
    for splice in change.splices:
        while turn < len(spans) and spans[turn][1] <= splice.start:
            turn += 1
        is_put_in = splice.start == splice.end and sheet.is_row_place(splice.start)
        if is_put_in or (splice.start == data.start and data.is_closed_at_once):
            put_in.append(splice.data)
        elif turn < len(spans) and spans[turn][0] <= splice.start:
            inside[turn].append(splice)
    return put_in, [
        (number, _pieces_of(change, start, end, splices))
        for (start, end, number), splices in zip(spans, inside, strict=True)
    ]


def _pieces_of(change: Change, start: int, end: int, splices: list[Splice]) -> list[bytes]:
    pieces = []
    place = start
    for splice in splices:
        pieces += [change.text.read(place, splice.start), splice.data]
        place = splice.end
    return [*pieces, change.text.read(place, end)]


def _is_same(one: Iterator[bytes], other: Iterator[bytes]) -> bool:
    """Whether two streams of pieces, cut in different places, have the same bytes."""
    left = right = b""
    while True:
        left = left or next(one, b"")
        right = right or _next_piece(other)
        if not left or not right:
            return not left and not right
        length = min(len(left), len(right))
        if left[:length] != right[:length]:
            return False
        left, right = left[length:], right[length:]


def _read(stream: IO[bytes]) -> Iterator[bytes]:
    while piece := stream.read(CHUNK):
        yield piece


def _next_piece(pieces: Iterator[bytes]) -> bytes:
    return next((piece for piece in pieces if piece), b"")


def _is_same_day(found: object, meant: Value) -> bool:
    """Whether a cell has the day that was meant: it is read with a time."""
    if not isinstance(found, dt.datetime) or not isinstance(meant, dt.date):
        return False
    return found.date() == meant and found.time() == dt.time()
