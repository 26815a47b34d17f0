"""Where a list ends: its last row with data, and the first row below that is not its own.

The rule (``docs/forms.md`` gives it to the office) reads the sheet from its end upwards. A row
belongs to the list if it has our number or as many of our columns filled as the rows of the list
usually have. What is below the last such row is empty, prepared for later rows, begun by somebody,
or not of the list: a total (by its word, or by a formula over rows above it), a note, anything
outside of the ruled frame.
"""

from __future__ import annotations

import enum
import itertools
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.sinks.excel.formulas import moved, sums_up
from connectors.sinks.excel.labels import (
    is_prepared,
    is_subtotal,
    is_surely_total,
    is_total,
    leading_note,
)
from connectors.sinks.excel.layout import Bounds, Header, Unclear, end_by_rule, key
from connectors.sinks.excel.sheet import Cell, Sheet, SheetRow

_SAMPLE = 20
"""So many rows below the header tell how many of our columns are usually filled."""

_LOOK_ABOVE = 50
"""So many rows above the last row of the list are looked through for a total that ends it."""

_CAPTION_ROWS = 3
"""A text so close above another header is that list's caption."""

_LAST_ROW = 1_048_576


class _Kind(enum.Enum):
    EMPTY = "nothing, or only what was prepared"
    OURS = "has a record's number"
    FULL = "filled like the list's rows"
    BEGUN = "a few cells that somebody filled"
    FOREIGN = "a total or a note"


@dataclass(frozen=True, slots=True)
class _Line:
    """A row as the rule sees it.

    Attributes:
        values: what is written in the list's columns and is no number of a counter and nothing
            prepared.
        filled: how many of our columns hold something written.
        is_ruled: whether most of our columns have a line around them.
        label: the text that makes it foreign, for messages.
    """

    number: int
    kind: _Kind
    values: dict[int, Any]
    filled: int
    is_ruled: bool
    label: str
    is_subtotal: bool = False


@dataclass(frozen=True, slots=True)
class Extent:
    """Where a list ends.

    Attributes:
        last: the last row with data; ``first - 1`` where there is none.
        limit: rows from here on are not ours to fill; None where it is all free.
        template: the row that new rows are made like; None where there is none.
    """

    last: int
    limit: int | None
    template: int | None

    @property
    def room(self) -> int | None:
        """How many rows may be added; None: as many as one likes."""
        return None if self.limit is None else max(self.limit - self.last - 1, 0)


def find_extent(
    sheet: Sheet,
    header: Header,
    merges: Sequence[Bounds],
    bound: int | None = None,
    until: int | str | bool | None = None,
) -> Extent:
    """Where the list under ``header`` ends.

    Args:
        bound: the first row of another list below.
        until: what the office said: the last row that may be filled, the text of the row that ends
            the list, or False for a list that nothing stands under.

    Raises:
        Unclear: a row below can be the list's or not.
    """
    rule = _Rule(sheet, header, merges, until is False, bound)
    return rule.extent(end_by_rule(sheet, header, bound, until))


class _Rule:
    def __init__(
        self,
        sheet: Sheet,
        header: Header,
        merges: Sequence[Bounds],
        is_open: bool,
        next_list: int | None,
    ) -> None:
        self._next_list = next_list
        self._sheet = sheet
        self._header = header
        self._ours = frozenset(header.columns.values())
        self._is_open = is_open
        self._wide = {
            top
            for left, top, right, bottom in merges
            if top >= header.first and len(self._ours & {*range(left, right + 1)}) > 1
        }
        self._usual: float = len(self._ours)
        first = sheet.filled(header.first)[:_SAMPLE]
        lines = [self._line(row, above) for row, above in self._pairs(first)]
        self._has_numbers = any(
            not isinstance(value, str)
            for line in lines
            for column, value in line.values.items()
            if column in self._ours
        )
        usual = [line.filled for line in lines if line.filled]
        if usual:
            self._usual = statistics.median_high(usual)
        self._wide -= {line.number for line in lines if line.filled * 2 > self._usual}
        self._has_frame = any(self._is_ruled(row) for row in sheet.each([header.first]))

    def extent(self, bound: int | None) -> Extent:
        table = self._header.table
        end = table.bounds[3] - table.totals if table is not None else None
        lines = self._from_below(bound)
        last_full = next(
            (n for n, line in enumerate(lines) if line.kind in (_Kind.OURS, _Kind.FULL)), None
        )
        below = lines if last_full is None else lines[:last_full]
        full = None if last_full is None else lines[last_full].number
        last, limit = self._below(full or self._header.first - 1, list(reversed(below)), bound)
        if full is not None and self._header.table is None and not self._is_open:
            self._refuse_list_below_total(full)
            self._refuse_other_list(full)
        if end is not None and last < end + 1:
            limit = self._limit_of_table(end, limit, lines)
        return Extent(last, limit, full or self._first_row(last))

    def _first_row(self, last: int) -> int | None:
        """The row to make new ones like where no row is full: one that is begun, or prepared."""
        first = self._header.first
        if last >= first:
            return last
        return first if self._sheet.position(first) is not None else None

    def _limit_of_table(self, end: int, limit: int | None, lines: list[_Line]) -> int | None:
        """A table of Excel grows over empty rows only."""
        under = [line.number for line in lines if line.number > end and line.values]
        return min([*under, *([limit] if limit else [])], default=None)

    def _below(self, last: int, lines: list[_Line], bound: int | None) -> tuple[int, int | None]:
        """The last row with data and the first foreign one, from the rows below the last full one,
        from the top."""
        for line in lines:
            if line.kind is _Kind.FOREIGN:
                return last, line.number
            if line.kind is _Kind.BEGUN:
                if self._is_caption(line) or self._is_outside(line):
                    return last, line.number
                last = line.number
        return last, bound

    def _is_caption(self, line: _Line) -> bool:
        """Whether a line stands over the next list rather than under this one."""
        if self._next_list is None:
            return False
        return line.number >= self._next_list - _CAPTION_ROWS and len(line.values) == 1

    def _is_outside(self, line: _Line) -> bool:
        """Whether a row with few cells is a remark below the list rather than a row of it.

        Raises:
            Unclear: it cannot be told.
        """
        if self._is_open:
            return False
        in_ours = {column: value for column, value in line.values.items() if column in self._ours}
        texts = [value for value in in_ours.values() if isinstance(value, str)]
        if any(isinstance(line.values.get(column), str) for column in self._header.counters):
            return True
        if not in_ours or line.is_ruled:
            return False
        if self._has_frame:
            return True
        if len(in_ours) == 1 and texts and self._usual > 2:
            raise Unclear(
                f"{line.number}行目の「{texts[0][:20]}」が一覧の行か、一覧の下の注記か分かりません。"
                f"注記なら form.toml に until = {line.number - 1} を、一覧の行なら until = false を書いてください"
            )
        return False

    def _refuse_list_below_total(self, full: int) -> None:
        """A total with rows like the list's below it: either the list goes on, or they are another
        list.

        Raises:
            Unclear: it cannot be told.
        """
        numbers = self._sheet.filled(self._header.first, full)
        for row, above in self._pairs(numbers[-_LOOK_ABOVE:]):
            line = self._line(row, above)
            if line.kind is _Kind.OURS:
                continue
            if line.kind is _Kind.FOREIGN and not line.is_subtotal:
                after = self._kinds([n for n in numbers if n > line.number])
                if _Kind.OURS in after:
                    continue
                raise Unclear(
                    f"{line.number}行目の「{line.label[:20]}」の下にも行があります。一覧がその上で終わるなら "
                    f"form.toml に until = {line.number - 1} を、下まで続くなら until = false を書いてください"
                )

    def _refuse_other_list(self, full: int) -> None:
        """Rows that are filled like the list's but hang together below an empty row, under a row of
        texts only, are perhaps another list under its own header.

        Raises:
            Unclear: it cannot be told.
        """
        filled = self._sheet.filled(self._header.first, full)
        block = [n for back, n in enumerate(reversed(filled)) if n == full - back][:_LOOK_ABOVE]
        top = block[-1]
        if top == filled[0] or len(block) == _LOOK_ABOVE or not self._has_numbers:
            return
        if _Kind.OURS in self._kinds(block):
            return
        for row, above in self._pairs([top]):
            values = self._line(row, above).values
            texts = [v for c, v in values.items() if c in self._ours and isinstance(v, str)]
            if len(texts) == len(values) and len(texts) > 1:
                raise Unclear(
                    f"{top}行目の「{texts[0][:20]}」から下が、同じ一覧の続きか別の一覧か分かりません。別の一覧なら "
                    f"form.toml に until = {top - 1} を、続きなら until = false を書いてください"
                )

    def _kinds(self, numbers: list[int]) -> set[_Kind]:
        return {self._line(row, above).kind for row, above in self._pairs(numbers)}

    def _from_below(self, bound: int | None) -> list[_Line]:
        """The rows from the sheet's end (or ``bound``) up to the last one that is surely the
        list's, without those that hold nothing."""
        last = bound - 1 if bound else _LAST_ROW
        filled = list(reversed(self._sheet.filled(self._header.first, last)))
        lines: list[_Line] = []
        for row, above in self._pairs(filled):
            line = self._line(row, above)
            lines.append(line)
            if line.kind in (_Kind.OURS, _Kind.FULL):
                break
        return self._without_prepared(lines)

    def _without_prepared(self, lines: list[_Line]) -> list[_Line]:
        """Rows that say the same three times or more were prepared, whatever they say."""
        made: list[_Line] = []
        for _, group in itertools.groupby(lines, lambda line: (line.kind, repr(line.values))):
            same = list(group)
            is_prepared_alike = (
                len(same) >= 3 and same[0].kind is _Kind.BEGUN and not self._is_remark(same[0])
            )
            if not is_prepared_alike:
                made += same
        return [line for line in made if line.kind is not _Kind.EMPTY]

    def _is_remark(self, line: _Line) -> bool:
        """A longer text is what somebody wrote, however often."""
        return any(isinstance(v, str) and len(key(v)) > 8 for v in line.values.values())

    def _pairs(self, numbers: list[int]) -> Iterator[tuple[SheetRow, SheetRow | None]]:
        """Each row with the stored row directly above it."""
        known: dict[int, SheetRow] = {}
        for number in numbers:
            for one in (number, number - 1):
                if one not in known:
                    known.update((row.number, row) for row in self._sheet.each([one]))
            if number in known:
                yield known[number], known.get(number - 1)
            known = {n: row for n, row in known.items() if abs(n - number) <= 1}

    def _line(self, row: SheetRow, above: SheetRow | None) -> _Line:
        header = self._header
        cells = {c: cell for c, cell in row.cells.items() if header.left <= c <= header.right}
        written = {c: cell.value for c, cell in cells.items() if cell.value is not None}
        number = written.pop(header.id_column or 0, None)
        values = {
            column: value
            for column, value in written.items()
            if not is_prepared(value) and not self._is_counted(column, value, above)
        }
        filled = len([c for c in written if c in self._ours and c in values])
        label, is_sub = self._foreign(row, above, values, filled)
        kind = self._kind(number, label, values, filled)
        return _Line(row.number, kind, values, filled, self._is_ruled(row), label, is_sub)

    def _kind(self, number: Any, label: str, values: dict[int, Any], filled: int) -> _Kind:
        if number is not None:
            return _Kind.OURS
        if label:
            return _Kind.FOREIGN
        if filled and filled * 2 > self._usual:
            return _Kind.FULL
        return _Kind.BEGUN if values else _Kind.EMPTY

    def _foreign(
        self, row: SheetRow, above: SheetRow | None, values: dict[int, Any], filled: int
    ) -> tuple[str, bool]:
        """What makes a row no row of the list: empty where nothing does; and whether the list may
        go on below it."""
        texts = [
            cell.value
            for column, cell in row.cells.items()
            if column <= self._header.right and isinstance(cell.value, str)
        ]
        total = next((t for t in texts if is_total(t)), None)
        others = [value for value in values.values() if value != total]
        are_numbers = all(isinstance(value, int | float) for value in others)
        if total is not None and (
            is_surely_total(total) or filled < len(self._ours) or are_numbers
        ):
            return total, is_subtotal(total)
        note = self._note(row)
        is_full = filled * 2 > self._usual
        if note is not None and not is_full:
            return note, False
        for column, cell in row.cells.items():
            if not is_full and self._is_sum(row.number, column, cell, above):
                return f"={cell.formula}", False
        if row.number in self._wide and values:
            return str(next(iter(values.values()))), False
        return "", False

    def _note(self, row: SheetRow) -> str | None:
        counters, right = self._header.counters, self._header.right
        own = [c for c in sorted(row.cells) if c <= right and c not in counters]
        return leading_note(row.cells[column].value for column in own)

    def _is_sum(self, number: int, column: int, cell: Cell, above: SheetRow | None) -> bool:
        """Whether a cell sums up rows above it and is no formula that goes down with the list."""
        header = self._header
        if not cell.formula or not sums_up(
            cell.formula, number, header.first, header.left, header.right
        ):
            return False
        over = above.cells.get(column) if above else None
        if over is None or over.formula is None:
            return True
        is_copied = (
            over.formula == ""
            or moved(over.formula, number - 1, column, number, column) == cell.formula
        )
        return not is_copied

    def _is_counted(self, column: int, value: Any, above: SheetRow | None) -> bool:
        """Whether a number is one of a column that the office numbers beforehand."""
        if column in self._ours or not isinstance(value, int) or isinstance(value, bool):
            return False
        if column in self._header.counters:
            return True
        over = above.cells.get(column) if above else None
        return over is not None and over.value == value - 1

    def _is_ruled(self, row: SheetRow) -> bool:
        ruled = [
            column
            for column in self._ours
            if column in row.cells and self._sheet.styles.is_ruled(row.cells[column].style)
        ]
        return len(ruled) * 2 > len(self._ours)
