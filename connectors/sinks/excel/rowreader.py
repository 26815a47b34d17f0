"""What rows of a sheet say, read from their XML as any program would read it: values only, no
places, and nothing built that is not asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from openpyxl.utils.cell import column_index_from_string

from connectors.sinks.excel.located import new_parser, read_xml

_DIGITS = "0123456789"

Values = tuple[int, dict[int, Any]]
"""The number of a row, and column → value of each cell that says something and is no formula."""

ValueOf = Callable[[Mapping[str, str], str, bool], Any]
"""A cell's value from the attributes of its ``c``, the text in it, and whether that is inline."""


def rows_said(
    pieces: Iterable[bytes], value_of: ValueOf, number: int = 0, is_whole: bool = False
) -> Iterator[Values]:
    """The rows of a sheet's XML, or of a part of it that begins with the start tags around them.

    Args:
        number: of a first row that does not say its own.
        is_whole: whether all tags are closed.

    Raises:
        NotXml: it is damaged.
    """
    reading = _Reading(new_parser(knows_prefixes=False), value_of, number)
    for piece in pieces:
        read_xml(reading.parser, piece, False)
        yield from reading.done
        reading.done.clear()
    read_xml(reading.parser, b"", is_whole)
    yield from reading.done


@dataclass(slots=True)
class _Reading:
    parser: expat.XMLParserType
    value_of: ValueOf
    number: int
    done: list[Values] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.parser.StartElementHandler = self._first

    def _first(self, name: str, attributes: dict[str, str]) -> None:
        """The first tag gives the namespace."""
        self._set_handlers(name.rpartition(" ")[0])

    def _set_handlers(self, namespace: str) -> None:
        parser, value_of, done = self.parser, self.value_of, self.done
        row_name, cell_name, formula, inline, furigana, *texts_in = (
            f"{namespace} {name}" for name in ("row", "c", "f", "is", "rPh", "v", "t")
        )
        text_names = frozenset(texts_in)
        columns: dict[str, int] = {}
        cells: dict[int, Any] = {}
        texts: list[str] = []
        said = ""
        cell: dict[str, str] = {}
        number, column = self.number - 1 if self.number else 0, 0
        is_formula = is_inline = is_spoken = False

        def start(name: str, attributes: dict[str, str]) -> None:
            nonlocal cell, column, number, said, is_formula, is_inline, is_spoken
            if name in text_names:
                texts.clear()  # what stands between elements is no text of a cell
            elif name == cell_name:
                cell = attributes
                letters = attributes.get("r", "").rstrip(_DIGITS)
                if letters not in columns:
                    columns[letters] = column_index_from_string(letters) if letters else 0
                column = columns[letters] or column + 1
                is_formula = is_inline = False
                said = ""
            elif name == inline:
                is_inline = True
            elif name == formula:
                is_formula = True
            elif name == furigana:
                is_spoken = True
            elif name == row_name:
                number = int(attributes.get("r", number + 1))
                column = 0

        def end(name: str) -> None:
            nonlocal cells, said, is_spoken
            if name in text_names:
                if not is_spoken:
                    said += "".join(texts)
            elif name == cell_name:
                if not is_formula:
                    value = value_of(cell, said, is_inline)
                    if value is not None:
                        cells[column] = value
            elif name == furigana:
                is_spoken = False
            elif name == row_name:
                done.append((number, cells))
                cells = {}

        parser.StartElementHandler = start
        parser.EndElementHandler = end
        parser.CharacterDataHandler = texts.append
