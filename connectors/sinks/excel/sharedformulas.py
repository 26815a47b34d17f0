"""Formulas that one cell spells out for many (ECMA-376 part 1, 18.3.1.40): where a value takes that
cell, the next one spells the formula out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from openpyxl.utils.cell import get_column_letter

from connectors.sinks.excel.formulas import moved
from connectors.sinks.excel.layout import bounds, reference
from connectors.sinks.excel.located import Edits, Element
from connectors.sinks.excel.sheet import Cell, Sheet
from records.errors import ServiceError


@dataclass(frozen=True, slots=True)
class _Given:
    """A formula whose cell has a value now."""

    row: int
    column: int
    element: Element


@dataclass(slots=True)
class SharedFormulas:
    """The formulas of a sheet that lose the cell in which they are spelled out."""

    _given: dict[str, _Given] = field(default_factory=dict)
    _taken: set[tuple[int, int]] = field(default_factory=set)

    def take(self, row: int, cell: Cell) -> None:
        """Note that a value takes the place of a cell's formula."""
        element = cell.formula_element
        if element is None:
            return
        self._taken.add((row, cell.column))
        if "ref" in element.attributes and "si" in element.attributes:
            self._given[element.attributes["si"]] = _Given(row, cell.column, element)

    def hand_on(self, sheet: Sheet, edits: Edits) -> None:
        """Let the first cell that is left of each group spell its formula out.

        Raises:
            ServiceError: the formula cannot stand there.
        """
        for group, given in self._given.items():
            left, _, right, bottom = bounds(given.element.attributes["ref"])
            heir = next(self._heirs(sheet, group, given), None)
            if heir is None:
                continue
            row, cell = heir
            formula = moved(given.element.text, given.row, given.column, row, cell.column)
            element = cell.formula_element
            if formula is None or element is None:
                raise _needed(given.row, given.column)
            start = cell.column if left == right else left
            p, ref = element.prefix, reference(start, row, right, bottom)
            edits.replace(
                element,
                f'<{p}f t="shared" ref="{ref}" si="{group}">{escape(formula)}</{p}f>',
            )

    def _heirs(self, sheet: Sheet, group: str, given: _Given) -> Iterator[tuple[int, Cell]]:
        left, top, right, bottom = bounds(given.element.attributes["ref"])
        for row in sheet.each(sheet.numbers(top, bottom)):
            for column, cell in sorted(row.cells.items()):
                element = cell.formula_element
                if element is None or not left <= column <= right:
                    continue
                is_of_it = element.attributes.get("si") == group
                if is_of_it and (row.number, column) not in self._taken:
                    yield row.number, cell


def refuse_in_array(sheet: Sheet, row: int, column: int) -> None:
    """Excel would write the formula's result over a value in such a cell.

    Raises:
        ServiceError: the cell shows a part of the result of one formula (an array, a data table).
    """
    for ref in sheet.index.arrays:
        left, top, right, bottom = bounds(ref)
        if left <= column <= right and top <= row <= bottom:
            raise ServiceError(
                "workbook",
                f"台帳のセル {get_column_letter(column)}{row} は、配列数式かデータテーブル({ref})の結果を表示する"
                "セルです。その数式を消すか、別の列に転記するようにしてください",
                retry_after=300,
            )


def _needed(row: int, column: int) -> ServiceError:
    return ServiceError(
        "workbook",
        f"台帳のセル {get_column_letter(column)}{row} の数式は、ほかのセルの数式の元になっています。"
        "この列の数式を消すか、別の列に転記するようにしてください",
        retry_after=300,
    )
