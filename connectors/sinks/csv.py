"""Rows into a CSV file for core systems and people: fixed columns, Windows line ends, each record
once.

What is in the file says nothing about records, so an index lies beside it (``.<name>.torikomi``,
:mod:`connectors.sinks.lineindex`): for each record the fingerprint of its line. (One gap is left:
killed after the swap, and the reader takes the file away before the restart. Then the lines of that
one delivery come again.)

A file that its reader took away begins anew with a header; the records that it had do not come
again, except those that were corrected since.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from connectors.files import fitted, stat_of, unavailable, write_whole
from connectors.sinks import Capabilities, Delivered
from connectors.sinks.encoding import ENCODINGS, Missing, encoder, fit
from connectors.sinks.holding import Holding
from connectors.sinks.kindcolumns import Cell
from connectors.sinks.linefile import deliver_lines, swap_lines
from connectors.sinks.lineindex import (
    LineIndex,
    LineMark,
    fingerprint,
    index_of,
    line_of,
    load_index,
)
from connectors.sinks.recordrows import Row, columns_of
from connectors.sinks.text import clean, like_formula
from records.errors import DefinitionError, ServiceError
from records.forms import DeliverDef, FormDef

_WHAT = "CSVファイル"
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
        keeps_copies: the day's first version goes to 控え; not where it holds My Numbers, which
            are to go when their reader has taken them.
    """

    path: Path
    titles: tuple[str, ...]
    encoding: str = "utf-8-sig"
    header: bool = True
    delimiter: str = ","
    quote_all: bool = False
    geta: bool = False
    defuse: bool = True
    keeps_copies: bool = True
    capabilities = Capabilities(
        accepts_my_number=True,
        options=("encoding", "header", "delimiter", "quote", "gaiji", "defuse"),
    )

    @classmethod
    def from_definition(cls, path: Path, delivery: DeliverDef, form: FormDef) -> CsvSink:
        """From ``[[deliver]] to = "csv"`` with options ``encoding, header, delimiter, quote, gaiji,
        defuse``.

        Raises:
            DefinitionError: an option has a value that it cannot have.
        """
        options = delivery.options
        where = form.folder / "form.toml"

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
            not delivery.my_number,
        )

    def deliver(self, rows: Sequence[Row]) -> Delivered:
        """See :meth:`connectors.sinks.Sink.deliver`. One write, however many rows there are."""
        return deliver_lines(self.path, _WHAT, rows, lambda: _Writing(self))

    def recorded(self) -> frozenset[str]:
        """See :meth:`connectors.sinks.Sink.recorded`."""
        done, planned = load_index(self.index)
        return frozenset(done) | frozenset(planned)

    def held(self, of: Collection[str] = ()) -> Holding:
        """See :meth:`connectors.sinks.Sink.held`. Lines that their reader took away count as
        deleted."""
        try:
            raw = b""
            if self.path.exists():
                raw = self.path.read_bytes()
            index = LineIndex(self.index, _parse(self, raw)[int(self.header) :])
        except OSError as error:
            raise unavailable(error, _WHAT, self.path, "file") from error
        altered = frozenset(index.resaved)
        return Holding(index.records, index.standing | altered, altered)

    def marks(self, row: Row) -> Mapping[str, str]:
        """See :meth:`connectors.sinks.Sink.marks`: a CSV file keeps none."""
        return {}

    @property
    def index(self) -> Path:
        """Where it is kept what was delivered."""
        return index_of(self.path)

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
        self.index = LineIndex(sink.index, self.lines[int(sink.header) :])
        if self.index.resaved:
            self.notes.append(self._about_resaved())
        self.appended: list[list[str]] = []
        self.rewritten = False
        self.missing: list[tuple[str, str, Missing]] = []

    @property
    def altered(self) -> Sequence[str]:
        return tuple(self.index.resaved)

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
        line = line_of(cells)
        before = self.index.line(row.record)
        is_there = not row.again or row.record in self.index.standing
        if before is not None and before.whole == line.whole and is_there:
            self.unchanged.append(row.record)
            return
        if before is None and self.index.adopt(line):
            self.unchanged.append(row.record)
        elif before is None:
            self.appended.append(cells)
            self.added.append(row.record)
        elif not self._replace(row, before, cells):
            self.withheld.append(row.record)
            return
        else:
            self.updated.append(row.record)
        self.index.plan(row.record, line)
        self.missing += [(row.record, title, lack) for title, lack in missing]

    def finish(self) -> None:
        """Index, list of replaced characters, file, index: each whole, in an order that a kill
        cannot spoil."""
        if not self.index.has_plan:
            return
        self.sink.path.parent.mkdir(parents=True, exist_ok=True)
        self.index.write_plan()
        if self.missing:
            self._list_missing()
        if self.appended or self.rewritten:
            sink = self.sink
            swap_lines(sink.path, _WHAT, self.stat, self._content(), sink.keeps_copies)
        self.index.write_done()

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

    def _replace(self, row: Row, before: LineMark, cells: list[str]) -> bool:
        """Put ``cells`` in the place of the old line; where the file was taken away, add them.
        False: staff deleted it."""
        first = int(self.sink.header)
        place = next(
            (
                n
                for n in range(first, len(self.lines))
                if fingerprint(self.lines[n]) == before.whole
            ),
            None,
        )
        if place is None and row.record in self.index.resaved:
            place = first + self.index.resaved[row.record]
        if place is not None:
            self.lines[place] = cells
            self.rewritten = True
            return True
        if len(self.lines) > first and not row.again:
            return False
        self.appended.append(cells)
        return True

    def _about_resaved(self) -> str:
        number = min(self.index.resaved.values()) + int(self.sink.header) + 1
        return (
            f"CSVファイル「{self.sink.path.name}」の {len(self.index.resaved)} 行(初めは{number}行目)は、"
            "Excelなどで保存し直されて値が変わっています(先頭の0、日付、長い番号)。"
            "この表をそのまま業務システムに取り込まないでください"
        )

    def _content(self) -> bytes:
        """The whole new file. What others wrote stays byte for byte unless one of our lines
        changes."""
        start = _BOM if self.sink.encoding == "utf-8-sig" else b""
        if self.rewritten:
            return start + _encode(self.sink, [*self.lines, *self.appended])
        if not self.lines:
            head = []
            if self.sink.header:
                head = [list(self.sink.titles)]
            return start + _encode(self.sink, [*head, *self.appended])
        gap = b"" if self.raw.endswith(b"\n") else b"\r\n"
        return self.raw + gap + _encode(self.sink, self.appended)

    def _list_missing(self) -> None:
        """Add to ``<name>.外字.csv`` what is not there yet."""
        path = self.sink.replaced
        old = ""
        if path.exists():
            old = path.read_text("utf-8-sig")
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


def _parse(sink: CsvSink, raw: bytes) -> list[list[str]]:
    """The lines of the file as it is.

    Raises:
        ServiceError: it cannot be read in this encoding.
        DefinitionError: its header is another one.
    """
    try:
        text = raw.decode("utf-8-sig" if sink.encoding.startswith("utf-8") else sink.encoding)
        lines = []
        for line in csv.reader(io.StringIO(text, newline=""), delimiter=sink.delimiter):
            if line:
                lines.append(line)
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
    if isinstance(cell, dt.date):
        return cell.isoformat()
    return clean(str(cell))
