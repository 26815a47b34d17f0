"""One pass over a sheet of any size, which finds where its rows are and what was asked for."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from openpyxl.utils.cell import column_index_from_string, get_column_letter

from connectors.sinks.excel.located import NotXml, new_parser, read_xml
from connectors.sinks.excel.package import Text

NAMESPACES = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
)
"""Of SpreadsheetML: Transitional and Strict."""

_DIGITS = "0123456789"
_IN_CELLS = ("v", "f", "is", "t", "r", "rPr", "rPh", "phoneticPr", "extLst", "ext")


@dataclass(slots=True)
class RowIndex:
    """What the pass over a sheet found.

    Attributes:
        starts: where each row begins, in bytes; ``numbers``: its row number.
        filled: 1 for a row of which a cell holds something.
        masters: shared formula's number to the position of the row that spells it out.
        ids: position of a row to what its cell in an asked column says: text, and whether it is
            the number of a shared string.
        titles: position of a row to which of the asked texts it has.
        last_columns: letters of the last cells of all rows.
    """

    starts: array[int] = field(default_factory=lambda: array("Q"))
    numbers: array[int] = field(default_factory=lambda: array("L"))
    filled: bytearray = field(default_factory=bytearray)
    masters: dict[str, int] = field(default_factory=dict)
    ids: dict[int, tuple[str, bool]] = field(default_factory=dict)
    titles: dict[int, set[str]] = field(default_factory=dict)
    last_columns: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the pass shall look for beside rows.

    Attributes:
        id_column: the letters of a column whose cells are all read; empty for none.
        texts: texts to look for everywhere, to the name under which they are found.
        shared: the same by numbers of shared strings.
    """

    id_column: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)
    shared: Mapping[str, str] = field(default_factory=dict)


class _Enough(Exception):
    """The asked rows are read."""


class Scanner:
    """One pass over a sheet. Its handlers are called for each element of up to millions of cells,
    so they do as little as they can.

    Args:
        stop: the number of the last row that is needed; None: all.
    """

    def __init__(self, text: Text, wanted: Wanted, stop: int | None) -> None:
        self._text = text
        self._wanted = wanted
        self._stop = stop if stop is not None else 1 << 31
        self._found = RowIndex()
        self._cell: dict[str, str] = {}
        self._number = 0
        self._parser = new_parser(knows_prefixes=False)

    def run(self) -> RowIndex:
        self._parser.StartElementHandler = self._first
        try:
            for chunk in self._text.chunks():
                read_xml(self._parser, chunk, False)
            read_xml(self._parser, b"", True)
        except _Enough:
            pass
        self._found.filled.append(1)
        del self._found.filled[0]  # each row was noted when the next one began
        return self._found

    def _first(self, name: str, attributes: dict[str, str]) -> None:
        namespace, _, local = name.partition(" ")
        if local != "worksheet" or namespace not in NAMESPACES:
            raise NotXml(f"no worksheet but {name}")
        self._parser.StartElementHandler = self._starts(namespace)
        self._parser.CharacterDataHandler = self._characters()

    def _starts(self, namespace: str) -> Any:
        found, parser, stop = self._found, self._parser, self._stop
        row, cell, formula = (f"{namespace} {name}" for name in ("row", "c", "f"))
        inside = {f"{namespace} {name}" for name in _IN_CELLS}
        seen = 0
        column = 0

        def start(name: str, attributes: dict[str, str]) -> None:
            nonlocal seen, column
            if name == cell:
                if "r" not in attributes:
                    place = self._cell.get("r", "").rstrip(_DIGITS)
                    column = column_index_from_string(place) if place else 0
                    attributes["r"] = f"{get_column_letter(column + 1)}{self._number}"
                self._cell = attributes
            elif name == row:
                number = int(attributes["r"]) if "r" in attributes else self._number + 1
                found.last_columns.add(self._cell.get("r", "").rstrip(_DIGITS))
                found.filled.append(seen)
                if number > stop:
                    raise _Enough
                found.starts.append(parser.CurrentByteIndex)
                found.numbers.append(number)
                self._number, self._cell, seen = number, {}, 0
            elif name not in inside:
                self._cell = {}  # behind the last row
            else:
                seen = 1
                if name == formula and "ref" in attributes and "si" in attributes:
                    found.masters[attributes["si"]] = len(found.starts) - 1

        return start

    def _characters(self) -> Any:
        found, wanted = self._found, self._wanted
        letters = wanted.id_column
        length = len(letters)
        names = {**wanted.texts, **wanted.shared}

        def characters(text: str) -> None:
            if text in names:
                is_shared = self._cell.get("t") == "s"
                name = (wanted.shared if is_shared else wanted.texts).get(text)
                if name is not None and found.starts:
                    found.titles.setdefault(len(found.starts) - 1, set()).add(name)
            if length:
                place = self._cell.get("r", "")
                if place[:length] == letters and place[length:].isdigit():
                    position = len(found.starts) - 1
                    before = found.ids.get(position, ("", False))[0]
                    found.ids[position] = before + text, self._cell.get("t") == "s"

        return characters
