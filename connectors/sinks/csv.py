"""Rows into a CSV file for core systems and people: fixed columns, Windows line ends, each record
once.

What is in the file says nothing about records, so an index lies beside it (``.<name>.torikomi``):
for each record the fingerprint of its line. It is only ever appended to: first what is going to be
written, then, when the file has been swapped in, that it is done. After a kill in between, the file
itself tells whether the lines are there. (One gap is left: killed after the swap, and the reader
takes the file away before the restart. Then the lines of that one delivery come again.)

A file that its reader took away begins anew with a header; the records that it had do not come
again, except those that were corrected since.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
import os
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from connectors.files import fitted, stat_of, swap_in, unavailable, write_beside, write_whole
from connectors.sinks import Capabilities, Delivered, once_each
from connectors.sinks.encoding import ENCODINGS, Missing, encoder, fit
from connectors.sinks.locks import refuse_if_open
from connectors.sinks.rows import Cell, Row, columns_of
from connectors.sinks.text import clean, like_formula
from records.errors import DefinitionError, ServiceError
from records.forms import DeliverDef, FormDef

_BOM = "\ufeff".encode()
_REPLACED_HEAD = ("取込番号", "列", "位置", "元の文字", "符号位置", "置き換え")


@dataclass(frozen=True, slots=True)
class CsvSink:
    """A CSV file.

    Attributes:
        titles: column titles, in order; ``header``: whether they are the first line.
        encoding: ``utf-8-sig`` (Excel opens it rightly), ``utf-8``, or ``cp932`` as Windows writes
        it.
        quote_all: every cell in quotes, else only where needed.
        geta: what the encoding does not have becomes 〓 and is listed in ``<name>.外字.csv``; else
        such a row is refused.
        defuse: an apostrophe before text that a spreadsheet would take for a formula. Core systems
            need the text as it is; people open the file in Excel. So it is on by default for
            ``utf-8-sig``, which only Excel needs.
    """

    path: Path
    titles: tuple[str, ...]
    encoding: str = "utf-8-sig"
    header: bool = True
    delimiter: str = ","
    quote_all: bool = False
    geta: bool = False
    defuse: bool = True
    capabilities = Capabilities(accepts_my_number=True)

    @classmethod
    def from_definition(cls, path: Path, delivery: DeliverDef, form: FormDef) -> CsvSink:
        """From ``[[deliver]] to = "csv"`` with options ``encoding, header, delimiter, quote, gaiji,
        defuse``.

        Raises:
            DefinitionError: an option has a value that it cannot have.
        """
        options, where = delivery.options, form.folder / "form.toml"

        def option(key: str, default: object, allowed: Sequence[object]) -> object:
            value = options.get(key, default)
            if not any(value is a or (value == a and type(value) is type(a)) for a in allowed):
                names = tuple(
                    "true" if a is True else "false" if a is False else str(a) for a in allowed
                )
                raise DefinitionError(
                    f"「{key}」の「{value}」は使えません", path=where, key=key, allowed=names
                )
            return value

        encoding = str(option("encoding", "utf-8-sig", ENCODINGS))
        delimiter = str(option("delimiter", ",", (",", "tab", "\t", ";")))
        return cls(
            path,
            tuple(columns_of(form, delivery)),
            encoding,
            bool(option("header", True, (True, False))),
            "\t" if delimiter == "tab" else delimiter,
            option("quote", "needed", ("needed", "all")) == "all",
            option("gaiji", "strict", ("strict", "geta")) == "geta",
            bool(option("defuse", encoding == "utf-8-sig", (True, False))),
        )

    def deliver(self, rows: Sequence[Row]) -> Delivered:
        """See :meth:`connectors.sinks.Sink.deliver`. One write, however many rows there are."""
        started = time.monotonic()
        try:
            refuse_if_open(self.path)
            writing = _Writing(self)
            for row in once_each(rows):
                writing.take(row)
            writing.finish()
        except OSError as error:
            raise unavailable(error, "CSVファイル", self.path, "file") from error
        return Delivered(
            tuple(writing.added),
            tuple(writing.updated),
            tuple(writing.unchanged),
            tuple(writing.withheld),
            str(self.path),
            time.monotonic() - started,
            tuple(writing.notes),
            writing.refused,
        )

    def recorded(self) -> frozenset[str]:
        """See :meth:`connectors.sinks.Sink.recorded`."""
        done, planned = _load_index(self.index)
        return frozenset(done) | frozenset(planned)

    @property
    def index(self) -> Path:
        """Where it is kept what was delivered."""
        return self.path.with_name(f".{fitted(self.path.name, 230)}.torikomi")

    @property
    def replaced(self) -> Path:
        """Where the characters are listed that the encoding does not have."""
        return self.path.with_name(f"{fitted(self.path.stem, 220)}.外字.csv")


class _Writing:
    """One delivery into a CSV file."""

    def __init__(self, sink: CsvSink) -> None:
        self.sink = sink
        self.added: list[str] = []
        self.updated: list[str] = []
        self.unchanged: list[str] = []
        self.withheld: list[str] = []
        self.notes: list[str] = []
        self.refused: dict[str, str] = {}
        self.stat = stat_of(sink.path)
        self.raw = sink.path.read_bytes() if self.stat else b""
        self.lines = _parse(sink, self.raw)
        self.index = _Index(
            sink.index, [_fingerprint(line) for line in self.lines[int(sink.header) :]]
        )
        self.appended: list[list[str]] = []
        self.rewritten = False
        self.missing: list[tuple[str, str, Missing]] = []

    def take(self, row: Row) -> None:
        """Add, update, or leave one row."""
        cells, missing = self._cells(row)
        if missing and not self.sink.geta:
            title, first = missing[0]
            self.refused[row.record] = (
                f"「{title}」の文字「{first.character}」は {self.sink.encoding} にないため書き出せません。"
                '別の字に直すか、form.toml で gaiji = "geta" を選んでください'
            )
            return
        mark = _fingerprint(cells)
        before = self.index.marks.get(row.record)
        if before == mark:
            self.unchanged.append(row.record)
            return
        if before is None and self.index.adopt(mark):
            self.unchanged.append(row.record)
        elif before is None:
            self.appended.append(cells)
            self.added.append(row.record)
        elif not self._replace(before, cells):
            self.withheld.append(row.record)
            return
        else:
            self.updated.append(row.record)
        self.index.plan(row.record, mark)
        self.missing += [(row.record, title, lack) for title, lack in missing]

    def finish(self) -> None:
        """Index, list of replaced characters, file, index: each whole, in an order that a kill
        cannot spoil."""
        if not self.index.planned:
            return
        self.sink.path.parent.mkdir(parents=True, exist_ok=True)
        self.index.write_plan()
        if self.missing:
            self._list_missing()
        if self.appended or self.rewritten:
            self._swap_in()
        self.index.write_done()

    def _swap_in(self) -> None:
        """Only where nobody changed the file or took it away since it was read."""
        content = self._content()

        def write(stream: BinaryIO) -> None:
            stream.write(content)

        beside = write_beside(self.sink.path, write)
        if stat_of(self.sink.path) != self.stat:
            beside.unlink(missing_ok=True)
            raise ServiceError(
                "file",
                f"CSVファイル「{self.sink.path.name}」がこの間に変わりました。次の回に書き込みます",
                retry_after=5,
            )
        swap_in(beside, self.sink.path)

    def _cells(self, row: Row) -> tuple[list[str], list[tuple[str, Missing]]]:
        cells: list[str] = []
        missing: list[tuple[str, Missing]] = []
        for title in self.sink.titles:
            text, lacks = fit(_text(row.cells.get(title)), self.sink.encoding)
            is_text = isinstance(row.cells.get(title), str)
            cells.append(
                f"'{text}" if self.sink.defuse and is_text and like_formula(text) else text
            )
            missing += [(title, lack) for lack in lacks]
        return cells, missing

    def _replace(self, before: str, cells: list[str]) -> bool:
        """Put ``cells`` in the place of the old line; where the file was taken away, add them.
        False: staff deleted it."""
        for number in range(int(self.sink.header), len(self.lines)):
            if _fingerprint(self.lines[number]) == before:
                self.lines[number] = cells
                self.rewritten = True
                return True
        if len(self.lines) > int(self.sink.header):
            return False
        self.appended.append(cells)
        return True

    def _content(self) -> bytes:
        """The whole new file. What others wrote stays byte for byte unless one of our lines
        changes."""
        start = _BOM if self.sink.encoding == "utf-8-sig" else b""
        if self.rewritten:
            return start + _encode(self.sink, [*self.lines, *self.appended])
        if not self.lines:
            head = [list(self.sink.titles)] if self.sink.header else []
            return start + _encode(self.sink, [*head, *self.appended])
        gap = b"" if self.raw.endswith(b"\n") else b"\r\n"
        return self.raw + gap + _encode(self.sink, self.appended)

    def _list_missing(self) -> None:
        """Add to ``<name>.外字.csv`` what is not there yet."""
        path = self.sink.replaced
        old = path.read_text("utf-8-sig") if path.exists() else ""
        known = {tuple(line) for line in csv.reader(io.StringIO(old, newline=""))}
        lines = [] if old else [list(_REPLACED_HEAD)]
        for record, title, lack in self.missing:
            points = " ".join(f"U+{ord(c):04X}" for c in lack.character)
            line = [record, title, str(lack.place + 1), lack.character, points, lack.instead]
            if tuple(line) not in known:
                lines.append(line)
        stream = io.StringIO(newline="")
        csv.writer(stream, lineterminator="\r\n").writerows(lines)
        write_whole(path, (old + stream.getvalue()).encode("utf-8-sig"))
        self.notes.append(
            f"{self.sink.encoding} にない文字を〓などに置き換えました。「{path.name}」で確かめてください"
        )


class _Index:
    """Which record has which line, as appended beside the file.

    Args:
        lines: fingerprints of the lines that the file has now.
    """

    def __init__(self, path: Path, lines: Sequence[str]) -> None:
        self._path = path
        self._lost = not path.exists()
        self.planned: dict[str, str] = {}
        self.marks, pending = _load_index(path)
        self._unowned = Counter(lines) - Counter(self.marks.values())
        for (
            record,
            mark,
        ) in (
            pending.items()
        ):  # killed between plan and done: the file tells whether it has the line
            if self._own(mark):
                self.plan(record, mark)

    def adopt(self, mark: str) -> bool:
        """Where the index was lost: take a line of the file that is no record's yet instead of
        adding it again."""
        return self._lost and self._own(mark)

    def _own(self, mark: str) -> bool:
        if self._unowned[mark] <= 0:
            return False
        self._unowned[mark] -= 1
        return True

    def plan(self, record: str, mark: str) -> None:
        self.planned[record] = mark
        self.marks[record] = mark

    def write_plan(self) -> None:
        self._append([{"record": record, "line": mark} for record, mark in self.planned.items()])

    def write_done(self) -> None:
        self._append([{"done": len(self.planned)}])
        self.planned.clear()

    def _append(self, entries: Sequence[Mapping[str, object]]) -> None:
        text = "".join(json.dumps(entry, sort_keys=True) + "\n" for entry in entries)
        with self._path.open("ab+") as stream:
            if stream.tell() and not _ends_with_line(stream.fileno(), stream.tell()):
                text = "\n" + text  # a kill cut the last line
            stream.write(text.encode())
            stream.flush()
            os.fsync(stream.fileno())


def _load_index(path: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Lines that are done, and lines that were planned last and never said to be done."""
    done: dict[str, str] = {}
    pending: dict[str, str] = {}
    for line in path.read_bytes().splitlines() if path.exists() else ():
        try:
            entry = json.loads(line)
        except ValueError:
            continue  # cut by a kill: it was only planned
        if "done" in entry:
            done |= pending
            pending = {}
        else:
            pending[str(entry["record"])] = str(entry["line"])
    return done, pending


def _ends_with_line(handle: int, size: int) -> bool:
    return os.pread(handle, 1, size - 1) == b"\n" if hasattr(os, "pread") else True


def _parse(sink: CsvSink, raw: bytes) -> list[list[str]]:
    """The lines of the file as it is.

    Raises:
        ServiceError: it cannot be read in this encoding.
        DefinitionError: its header is another one.
    """
    try:
        text = raw.decode("utf-8-sig" if sink.encoding.startswith("utf-8") else sink.encoding)
        lines = [
            line
            for line in csv.reader(io.StringIO(text, newline=""), delimiter=sink.delimiter)
            if line
        ]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ServiceError(
            "file",
            f"CSVファイル「{sink.path.name}」を {sink.encoding} として読めま"
            "せん。名前を変えて残すと、新しいファイルに書きます",
            retry_after=300,
        ) from error
    head = [fit(clean(title), sink.encoding)[0] for title in sink.titles]
    if sink.header and lines and lines[0] != head:
        raise DefinitionError(
            f"CSVファイル「{sink.path.name}」の見出しが form.toml の columns と違います。"
            "古いファイルの名前を変えるか、path を変えてください",
            path=sink.path,
            key="columns",
        )
    return lines


def _encode(sink: CsvSink, lines: Sequence[Sequence[str]]) -> bytes:
    stream = io.StringIO(newline="")
    csv.writer(
        stream,
        delimiter=sink.delimiter,
        lineterminator="\r\n",
        quoting=csv.QUOTE_ALL if sink.quote_all else csv.QUOTE_MINIMAL,
    ).writerows([[fit(cell, sink.encoding)[0] for cell in line] for line in lines])
    return encoder(sink.encoding)(stream.getvalue())


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    return cell.isoformat() if isinstance(cell, dt.date) else clean(str(cell))


def _fingerprint(cells: Sequence[str]) -> str:
    return hashlib.sha256(json.dumps(list(cells)).encode("utf-8", "surrogatepass")).hexdigest()[:16]
