"""One pass over a sheet of any size, which finds where its rows are and what was asked for."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field

from openpyxl.utils.cell import column_index_from_string, get_column_letter

from connectors.sinks.excel.located import NotXml, new_parser, plain_parser, read_xml
from connectors.sinks.excel.package import Text

NAMESPACES = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
)
"""Of SpreadsheetML: Transitional and Strict."""

_DIGITS = "0123456789"
_ROWS_ELSEWHERE = ("row", ":c")
_IN_CELLS = ("v", "is", "t", "r", "rPr", "rPh", "phoneticPr", "extLst", "ext")


@dataclass(slots=True)
class RowIndex:
    """What the pass over a sheet found.

    Attributes:
        starts: where each row begins, in bytes; ``numbers``: its row number.
        filled: 1 for a row of which a cell holds something.
        masters: shared formula's number to the position of the row that spells it out.
        arrays: the ranges of cells that show one formula's result together.
        ids: position of a row to what its cell in an asked column says: text, and whether it is
            the number of a shared string.
        titles: position of a row to which of the asked texts it has.
        last_columns: letters of the last cells of all rows.
        end: where the row behind the last one begins, if not all rows were read.
    """

    starts: array[int] = field(default_factory=lambda: array("Q"))
    numbers: array[int] = field(default_factory=lambda: array("L"))
    filled: bytearray = field(default_factory=bytearray)
    masters: dict[str, int] = field(default_factory=dict)
    arrays: list[str] = field(default_factory=list)
    ids: dict[int, tuple[str, bool]] = field(default_factory=dict)
    titles: dict[int, set[str]] = field(default_factory=dict)
    last_columns: set[str] = field(default_factory=set)
    end: int | None = None


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


class _OtherNames(Exception):
    """Rows are called by another prefix than the sheet."""


class Scanner:
    """One pass over a sheet. Its handlers are called for each element of up to millions of cells,
    so they do as little as they can. Names are compared as they are spelled, with the prefix that
    the sheet's first tag gives them, which takes a tenth less time; where rows are called by
    another prefix, the sheet is read again by a parser that knows namespaces.

    Args:
        stop: the number of the last row that is needed; None: all.
    """

    def __init__(self, text: Text, wanted: Wanted, stop: int | None) -> None:
        self._text = text
        self._wanted = wanted
        self._stop = stop if stop is not None else 1 << 31
        self._found = RowIndex()
        self._parser = plain_parser()

    def run(self) -> RowIndex:
        """Read to the end, or to the row behind the last that is needed.

        Raises:
            NotXml: it is damaged, or no worksheet.
        """
        self._parser.StartElementHandler = self._first
        try:
            self._read()
        except _OtherNames:
            self._found = RowIndex()
            self._parser = new_parser(knows_prefixes=False)
            self._parser.StartElementHandler = self._first
            self._read()
        del self._found.filled[0]  # whether a row is filled was noted when the next one began
        return self._found

    def _read(self) -> None:
        try:
            for chunk in self._text.chunks():
                read_xml(self._parser, chunk, False)
            read_xml(self._parser, b"", True)
        except _Enough:
            pass
        else:
            self._found.filled.append(1)

    def _first(self, name: str, attributes: dict[str, str]) -> None:
        prefix, colon, local = name.rpartition(":")
        if " " in name:
            namespace, _, local = name.partition(" ")
            start = f"{namespace} "
        else:
            namespace = attributes.get(f"xmlns:{prefix}" if colon else "xmlns", "")
            start = f"{prefix}{colon}"
        if local != "worksheet" or namespace not in NAMESPACES:
            raise NotXml(f"no worksheet but {name}")
        self._set_handlers(start)

    def _set_handlers(self, space: str) -> None:
        """Args:
        space: what the names of SpreadsheetML begin with.
        """
        found, parser, stop = self._found, self._parser, self._stop
        starts, numbers, filled, ids = found.starts, found.numbers, found.filled, found.ids
        row_name, cell_name, formula = (f"{space}{name}" for name in ("row", "c", "f"))
        inside = frozenset(f"{space}{name}" for name in _IN_CELLS)
        texts, shared, letters = self._wanted.texts, self._wanted.shared, self._wanted.id_column
        names = frozenset({*texts, *shared})
        length = len(letters)
        cell: dict[str, str] = {}
        number = seen = 0

        def note_range(attributes: dict[str, str]) -> None:
            if "si" in attributes:
                found.masters[attributes["si"]] = len(starts) - 1
            elif ":" in attributes["ref"]:
                found.arrays.append(attributes["ref"])

        def start(name: str, attributes: dict[str, str]) -> None:
            nonlocal cell, number, seen
            if name in inside:  # most elements
                seen = 1
            elif name == cell_name:
                if "r" not in attributes:
                    attributes["r"] = _next_place(cell, number)
                cell = attributes
            elif name == formula:
                seen = 1
                if "ref" in attributes:
                    note_range(attributes)
            elif name == row_name:
                if "xmlns" in attributes:
                    raise _OtherNames
                number = int(attributes["r"]) if "r" in attributes else number + 1
                found.last_columns.add(_letters(cell))
                filled.append(seen)
                if number > stop:
                    found.end = parser.CurrentByteIndex
                    raise _Enough
                starts.append(parser.CurrentByteIndex)
                numbers.append(number)
                cell, seen = {}, 0
            else:
                if name.endswith(_ROWS_ELSEWHERE) and " " not in name:
                    raise _OtherNames
                cell = {}  # behind the last row

        def look_for_titles(text: str) -> None:
            if text in names and cell:
                name = (shared if cell.get("t") == "s" else texts).get(text)
                if name is not None:
                    found.titles.setdefault(len(starts) - 1, set()).add(name)

        def look_for_ids(text: str) -> None:
            look_for_titles(text)
            if cell:
                place = cell["r"]
                if place.startswith(letters) and place[length:].isdigit():
                    before = ids.get(len(starts) - 1, ("", False))[0]
                    ids[len(starts) - 1] = before + text, cell.get("t") == "s"

        parser.StartElementHandler = start
        parser.CharacterDataHandler = look_for_ids if letters else look_for_titles


def _letters(cell: dict[str, str]) -> str:
    return cell["r"].rstrip(_DIGITS) if cell else ""


def _next_place(before: dict[str, str], row: int) -> str:
    """The place of a cell that does not say it: right of the one before."""
    letters = _letters(before)
    column = column_index_from_string(letters) if letters else 0
    return f"{get_column_letter(column + 1)}{row}"
