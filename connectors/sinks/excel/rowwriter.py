"""Rows of a sheet as XML: filled where they were prepared, made like the row above where they were
not; every other cell stays as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from openpyxl.utils.cell import get_column_letter

from connectors.sinks.excel.cells import Formula, cell_xml, style_for
from connectors.sinks.excel.formulas import moved
from connectors.sinks.excel.layout import Bounds
from connectors.sinks.excel.located import Edits, Element, attribute
from connectors.sinks.excel.sharedformulas import SharedFormulas, refuse_in_array
from connectors.sinks.excel.sheet import Cell, Sheet, SheetRow
from connectors.sinks.kindcolumns import Cell as Value
from records.errors import ServiceError

LAST_ROW = 1_048_576
_KEPT_OF_A_ROW = ("s", "customFormat", "ht", "customHeight", "thickTop", "thickBot")


@dataclass(slots=True)
class Plan:
    """What shall stand in one row: column → value.

    Attributes:
        template: the row that it is made like.
        keeps_prepared: columns in which nothing leaves what was prepared.
        style: of all these cells; None: that of the row above.
    """

    number: int
    values: dict[int, Value]
    template: int | None = None
    keeps_prepared: frozenset[int] = frozenset()
    style: int | None = None


@dataclass(slots=True)
class RowWriter:
    """Writes planned rows into the edits of a sheet.

    Attributes:
        columns: the first and last column that is made like the row above.
        replaced_formula: whether a cell had a formula and has a value now.
    """

    sheet: Sheet
    edits: Edits
    merges: Sequence[Bounds]
    columns: tuple[int, int]
    column_styles: Mapping[int, int]
    replaced_formula: bool = False
    merged: list[Bounds] = field(default_factory=list)
    shared: SharedFormulas = field(default_factory=SharedFormulas)
    _over: tuple[int, list[Bounds]] = field(default=(0, []))
    _last_template: tuple[int, list[tuple[int, Cell]]] = field(default=(0, []))
    _prefix: str = ""

    def __post_init__(self) -> None:
        self._prefix = self.sheet.data.prefix

    def write(self, plan: Plan) -> None:
        """Put one row into the edits.

        Raises:
            ServiceError: a cell is the hidden part of a merged one, or the sheet is full.
        """
        if plan.number > LAST_ROW:
            raise ServiceError(
                "workbook",
                "シートの最後の行(1,048,576行目)まで使われています。form.toml の path に {fiscal_year} などを入れて"
                "台帳を分けてください",
                retry_after=600,
            )
        self._refuse_hidden(plan)
        template = self.sheet.row(plan.template) if plan.template else None
        row = self.sheet.row(plan.number)
        if row is None:
            self._insert(plan, template)
        else:
            self._fill(row, plan, template)
        if template is not None and self.merges:
            self._copy_merges(template.number, plan.number)

    def _insert(self, plan: Plan, template: SheetRow | None) -> None:
        data = self.sheet.data
        p = data.prefix
        contents = self._contents(plan, None, template)
        number = plan.number
        cells = "".join([self._cell(number, c, *contents[c]) for c in sorted(contents)])
        kept = _row_attributes(template.element) if template else ""
        xml = f'<{p}row r="{plan.number}"{kept}>{cells}</{p}row>'
        place = self._place_of(plan.number)
        if place is not None:
            self.edits.insert(place, xml)
        else:
            self.edits.append(data, xml)

    def _fill(self, row: SheetRow, plan: Plan, template: SheetRow | None) -> None:
        contents = self._contents(plan, row, template)
        for column, (style, content) in sorted(contents.items()):
            xml = self._cell(row.number, column, style, content)
            old = row.cells.get(column)
            if old is not None:
                self._note_formula(old, row.number)
                self.edits.replace(old.element, xml)
                continue
            after = [cell.element.start for c, cell in row.cells.items() if c > column]
            if after:
                self.edits.insert(min(after), xml)
            else:
                self.edits.append(row.element, xml)
        self._widen(row.element, contents)

    def _contents(
        self, plan: Plan, row: SheetRow | None, template: SheetRow | None
    ) -> dict[int, tuple[int, Value | Formula]]:
        """Column → style and content of the cells that change."""
        made: dict[int, tuple[int, Value | Formula]] = {}
        styles = self.sheet.styles
        for column, value in plan.values.items():
            old = row.cells.get(column) if row else None
            if value is None and (old is None or column in plan.keeps_prepared) and row:
                continue
            base = self._base(column, row, template) if plan.style is None else plan.style
            made[column] = style_for(styles, base, value), value
        if template is None:
            return made
        for column, source in self._handed_down(template):
            if column in made or self._covers(plan.number, column):
                continue
            content = self._copied(source, template.number, plan.number, column)
            old = row.cells.get(column) if row else None
            if old is None:
                if source.style or content is not None:
                    made[column] = source.style, content
            elif old.formula is None and not old.is_shown:
                style = old.style or source.style
                if content is not None or style != old.style:
                    made[column] = style, content
        return made

    def _handed_down(self, template: SheetRow) -> list[tuple[int, Cell]]:
        """The cells of a row that give another one like it a look or a formula; most rows of a
        delivery are made like the same one."""
        if self._last_template[0] != template.number:
            left, right = self.columns
            given = [
                (column, cell)
                for column, cell in template.cells.items()
                if left <= column <= right and (cell.style or cell.formula is not None)
            ]
            self._last_template = template.number, given
        return self._last_template[1]

    def _base(self, column: int, row: SheetRow | None, template: SheetRow | None) -> int:
        """The style that a cell has already, or that it takes from the row above, its row or its
        column."""
        old = row.cells.get(column) if row else None
        if old is not None and old.style:
            return old.style
        source = template.cells.get(column) if template else None
        if source is not None:
            return source.style
        if row is not None and row.element.attributes.get("customFormat") in ("1", "true"):
            return int(row.element.attributes.get("s") or 0)
        return self.column_styles.get(column, 0)

    def _copied(self, source: Cell, number: int, to: int, column: int) -> Formula | None:
        """The formula of the cell above, moved down; None where there is none that can be."""
        element = source.formula_element
        if source.formula is None or element is None:
            return None
        kind = element.attributes.get("t", "normal")
        text, row, start = source.formula, number, column
        if kind == "shared" and not text:
            master = self.sheet.master(element.attributes.get("si", ""))
            if master is None:
                return None
            text, row, start = master
        place = f"{get_column_letter(column)}{number}"
        is_single = element.attributes.get("ref", place) == place
        if kind == "dataTable" or (kind == "array" and not is_single):
            return None
        formula = moved(text, row, start, to, column)
        if formula is None:
            return None
        if kind != "array":
            return Formula(formula)
        dynamic = source.element.attributes.get("cm")
        return Formula(
            formula,
            attributes=f' t="array" ref="{get_column_letter(column)}{to}"',
            cell_attributes=f' cm="{attribute(dynamic)}"' if dynamic else "",
        )

    def _cell(self, number: int, column: int, style: int, content: Value | Formula) -> str:
        place = f"{get_column_letter(column)}{number}"
        return cell_xml(self._prefix, place, style, content, self.sheet.epoch)

    def finish(self) -> None:
        """What becomes of formulas that other cells need.

        Raises:
            ServiceError: they cannot be kept.
        """
        self.shared.hand_on(self.sheet, self.edits)

    def _note_formula(self, old: Cell, number: int) -> None:
        if old.formula is not None:
            self.shared.take(number, old)
            self.replaced_formula = True

    def _place_of(self, number: int) -> int | None:
        """Where a row of this number goes: before the first one of a higher number."""
        index = self.sheet.index
        for position in range(len(index.numbers) - 1, -1, -1):
            if index.numbers[position] < number:
                after = position + 1
                return index.starts[after] if after < len(index.starts) else None
        return index.starts[0] if index.starts else None

    def _refuse_hidden(self, plan: Plan) -> None:
        """No value may go where another cell is shown in its place."""
        if self._merges_over(plan.number):
            for column in plan.values:
                self._refuse_covered(plan.number, column)
        if not self.sheet.index.arrays:
            return
        for column, value in plan.values.items():
            if value is not None:
                refuse_in_array(self.sheet, plan.number, column)

    def _refuse_covered(self, number: int, column: int) -> None:
        if self._covers(number, column):
            place = f"{get_column_letter(column)}{number}"
            raise ServiceError(
                "workbook",
                f"台帳のセル {place} は上か左のセルと結合されています。結合を解くと続きを書き込みます",
                retry_after=300,
            )

    def _covers(self, number: int, column: int) -> bool:
        """Whether a merged range hides this cell."""
        return any(
            left <= column <= right and (top, left) != (number, column)
            for left, top, right, _ in self._merges_over(number)
        )

    def _merges_over(self, number: int) -> list[Bounds]:
        if self._over[0] != number:
            found = [m for m in (*self.merges, *self.merged) if m[1] <= number <= m[3]]
            self._over = number, found
        return self._over[1]

    def _copy_merges(self, template: int, number: int) -> None:
        """What is merged across the row above is merged across the new one."""
        left, right = self.columns
        there = list(self._merges_over(number))
        for start, top, end, bottom in self._merges_over(template):
            is_across = top == bottom == template and left <= start <= right
            if is_across and not any(m[0] <= end and start <= m[2] for m in there):
                self.merged.append((start, number, end, number))

    def _widen(self, row: Element, contents: Mapping[int, object]) -> None:
        """``spans`` says in which columns a row has cells; it must not say too little."""
        spans = row.attributes.get("spans", "").split()
        if len(spans) != 1 or not contents:
            return
        first, _, last = spans[0].partition(":")
        if first.isdigit() and last.isdigit():
            wider = f"{min(int(first), *contents)}:{max(int(last), *contents)}"
            self.edits.set(row, "spans", wider)


def _row_attributes(element: Element) -> str:
    """Height and style of a row, for a new one like it."""
    kept = {n: v for n, v in element.attributes.items() if n in _KEPT_OF_A_ROW}
    return "".join(f' {name}="{attribute(value)}"' for name, value in kept.items())
