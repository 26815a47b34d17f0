"""Rows into a JSON Lines file (https://jsonlines.org) for scripts and core systems: one object a
line, UTF-8, each record once.

Every line carries its record's id under :data:`RECORD`, so the file itself says what it holds. An
index beside it (``.<name>.torikomi``, :mod:`connectors.sinks.lineindex`) remembers what staff or a
reader took out. It is written before the file and completed after it, so that a kill in between
loses nothing and repeats nothing.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from connectors.files import stat_of, unavailable
from connectors.sinks import Capabilities, Delivered
from connectors.sinks.holding import Holding
from connectors.sinks.kindcolumns import Cell
from connectors.sinks.linefile import deliver_lines, swap_lines
from connectors.sinks.lineindex import LineIndex, LineMark, fingerprint, index_of
from connectors.sinks.recordrows import Row, columns_of
from connectors.sinks.text import clean
from records.errors import DefinitionError, ServiceError
from records.forms import DeliverDef, FormDef

RECORD = "取込番号"
"""Key of the record's id in every line."""

_MARK = 12
"""Hex digits of a value's mark."""


@dataclass(frozen=True, slots=True)
class JsonlSink:
    """A JSON Lines file.

    Attributes:
        titles: the keys of each object behind :data:`RECORD`, in order. Numbers stay numbers, days
            are ISO text, an empty cell is null.
        keeps_copies: the day's first version goes to 控え; not where it holds My Numbers.
    """

    path: Path
    titles: tuple[str, ...]
    keeps_copies: bool = True
    capabilities = Capabilities(accepts_my_number=True)

    @classmethod
    def from_definition(cls, path: Path, delivery: DeliverDef, form: FormDef) -> JsonlSink:
        """From ``[[deliver]] to = "jsonl"``, which has no options.

        Raises:
            DefinitionError: a column has the name that the record's id has.
        """
        titles = tuple(columns_of(form, delivery))
        if RECORD in titles:
            raise DefinitionError(
                f"列名「{RECORD}」は JSON Lines で記録の番号に使います。別の列名にしてください",
                path=form.folder / "form.toml",
                key="columns",
            )
        return cls(path, titles, not delivery.my_number)

    def deliver(self, rows: Sequence[Row]) -> Delivered:
        """See :meth:`connectors.sinks.Sink.deliver`. One write, however many rows there are."""
        return deliver_lines(self.path, _WHAT, rows, lambda: _Writing(self))

    def recorded(self) -> frozenset[str]:
        """See :meth:`connectors.sinks.Sink.recorded`."""
        return self.held().known

    def held(self, of: Collection[str] = ()) -> Holding:
        """See :meth:`connectors.sinks.Sink.held`."""
        try:
            book = _Lines(self)
        except OSError as error:
            raise unavailable(error, _WHAT, self.path, "file") from error
        rows = frozenset(book.places)
        altered = frozenset(filter(book.is_altered, rows))
        marks = {record: book.marks(record) for record in of if record in rows}
        return Holding(book.index.records | rows, rows, altered, marks)

    def marks(self, row: Row) -> Mapping[str, str]:
        """See :meth:`connectors.sinks.Sink.marks`."""
        return {title: _mark(_value(row.cells.get(title))) for title in self.titles}

    @property
    def index(self) -> Path:
        """Where it is kept what was delivered."""
        return index_of(self.path)

    def line(self, row: Row) -> str:
        """What stands for a row in the file, without its line end."""
        values = {title: _value(row.cells.get(title)) for title in self.titles}
        return json.dumps({RECORD: row.record, **values}, ensure_ascii=False)


_WHAT = "JSON Linesファイル"


class _Lines:
    """What the file holds, line by line, and whose each line is."""

    def __init__(self, sink: JsonlSink) -> None:
        self._sink = sink
        self.stat = stat_of(sink.path)
        raw = sink.path.read_bytes() if self.stat else b""
        self.texts = _texts(sink.path, raw)
        self.objects = list(_objects(sink.path, self.texts))
        self.places: dict[str, int] = {}
        for number, found in enumerate(self.objects):
            record = found.get(RECORD)
            if isinstance(record, str):
                self.places[record] = number
        self.index = LineIndex(sink.index, [(text,) for text in self.texts])

    def is_altered(self, record: str) -> bool:
        """Whether another program has changed what was written for the record."""
        written = self.index.line(record)
        now = fingerprint((self.texts[self.places[record]],))
        return written is not None and written.whole != now

    def marks(self, record: str) -> dict[str, str]:
        """Column title → mark of what the record's line says."""
        found = self.objects[self.places[record]]
        return {title: _mark(found.get(title)) for title in self._sink.titles}


class _Writing:
    """One delivery into a JSON Lines file."""

    def __init__(self, sink: JsonlSink) -> None:
        self._sink = sink
        self._book = _Lines(sink)
        self._texts = list(self._book.texts)
        self._is_changed = False
        self.added: list[str] = []
        self.updated: list[str] = []
        self.unchanged: list[str] = []
        self.withheld: list[str] = []
        self.notes: list[str] = []
        self.refused: dict[str, str] = {}
        self.altered = [record for record in self._book.places if self._book.is_altered(record)]

    def take(self, row: Row) -> None:
        """Add, replace, or leave one row."""
        text = self._sink.line(row)
        line = LineMark(fingerprint((text,)))
        place = self._book.places.get(row.record)
        before = self._book.index.line(row.record)
        if place is not None and self._texts[place] == text:
            self.unchanged.append(row.record)
            if before == line:
                return
        elif place is not None:
            self._texts[place] = text
            self._is_changed = True
            self.updated.append(row.record)
        elif before is not None and self._stays_away(row, line, before):
            return
        else:
            self._texts.append(text)
            self._is_changed = True
            (self.added if before is None else self.updated).append(row.record)
        self._book.index.plan(row.record, line)

    def _stays_away(self, row: Row, line: LineMark, before: LineMark) -> bool:
        """Whether a row that was taken out is not written again. Where the whole file was taken
        away, only corrections come."""
        if row.again:
            return False
        if before == line:
            self.unchanged.append(row.record)
            return True
        if not self._book.texts:
            return False
        self.withheld.append(row.record)
        return True

    def finish(self) -> None:
        """Plan, file, done: each whole, in an order that a kill cannot spoil."""
        index = self._book.index
        if not index.has_plan:
            return
        self._sink.path.parent.mkdir(parents=True, exist_ok=True)
        index.write_plan()
        if self._is_changed:
            content = "".join(f"{text}\n" for text in self._texts).encode()
            sink = self._sink
            swap_lines(sink.path, _WHAT, self._book.stat, content, sink.keeps_copies)
        index.write_done()


def _texts(path: Path, raw: bytes) -> list[str]:
    """The lines of the file. Only a line feed ends one: U+2028 may stand in a text.

    Raises:
        ServiceError: it is no UTF-8.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _unreadable(path, "UTF-8 ではありません") from error
    lines = (line.removesuffix("\r") for line in text.split("\n"))
    return [line for line in lines if line.strip()]


def _objects(path: Path, texts: Sequence[str]) -> Iterator[dict[str, object]]:
    """What each line says.

    Raises:
        ServiceError: a line is no JSON object; it names the line.
    """
    for number, text in enumerate(texts, 1):
        try:
            found = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise _unreadable(path, f"{number}行目が JSON ではありません") from error
        if not isinstance(found, dict):
            raise _unreadable(path, f"{number}行目が {{…}} の形ではありません")
        yield found


def _unreadable(path: Path, reason: str) -> ServiceError:
    return ServiceError(
        "file",
        f"{_WHAT}「{path.name}」を読めません({reason})。名前を変えて残すと、新しいファイルに書きます",
        retry_after=300,
    )


def _value(cell: Cell) -> str | int | float | None:
    """A cell as JSON holds it."""
    if isinstance(cell, dt.date):
        return cell.isoformat()
    if isinstance(cell, str):
        return clean(cell)
    return cell


def _mark(value: object) -> str:
    said = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:_MARK]
