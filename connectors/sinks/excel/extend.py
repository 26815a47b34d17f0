"""What surrounds a list grows with it: filter, table, coloured ranges, drop-downs, print area,
hidden column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from openpyxl.utils.cell import get_column_letter

from connectors.sinks.excel.layout import (
    ID_TITLE,
    Bounds,
    Header,
    Table,
    bounds,
    range_of,
    reference,
)
from connectors.sinks.excel.located import Edits, Element, attribute
from connectors.sinks.excel.officebook import OfficeBook, Tab
from connectors.sinks.excel.package import Package
from connectors.sinks.excel.sheet import Sheet

_BEFORE_COLUMNS = ("sheetPr", "dimension", "sheetViews", "sheetFormatPr")
_GROWING = ("conditionalFormatting", "dataValidation", "ignoredError", "protectedRange")
_FILTER_NAME = "_xlnm._FilterDatabase"
_PRINT_NAME = "_xlnm.Print_Area"
_LAST_ROW = 1_048_576


@dataclass(frozen=True, slots=True)
class Growth:
    """A list that ended with row ``before`` ends with row ``after``, in columns ``left`` to
    ``right``."""

    left: int
    right: int
    before: int
    after: int

    def of(self, found: Bounds) -> Bounds:
        """A range that went along with the list to its end, or to the end of its prepared rows."""
        left, top, right, bottom = found
        goes_along = top <= self.before <= bottom < self.after
        if goes_along and left <= self.right and right >= self.left:
            return left, top, right, self.after
        return found

    def of_reference(self, text: str) -> str:
        """The same for ``A1:B2 C3:C4``; what does not grow stays as it is written."""
        pieces = []
        for piece in text.split():
            try:
                old = bounds(piece)
            except ValueError:
                return text
            made = self.of(old)
            pieces.append(piece if made == old else reference(*made))
        return " ".join(pieces) if pieces != text.split() else text


def grow_sheet(sheet: Sheet, edits: Edits, growth: Growth) -> None:
    """Coloured ranges, drop-downs and the like, in the sheet and in its extensions."""
    if growth.after <= growth.before:
        return
    for part in sheet.outline.children:
        if part.name == "sheetData":
            continue
        for element in part.everywhere():
            if element.name in _GROWING and "sqref" in element.attributes:
                edits.set(element, "sqref", growth.of_reference(element.attributes["sqref"]))
            elif element.name in _GROWING:
                for child in element.children:
                    if child.name == "sqref":
                        grown = growth.of_reference(child.text)
                        if grown != child.text:
                            edits.set_text(child, grown)


def grow_filter(
    book: OfficeBook, tab: Tab, sheet: Sheet, edits: Edits, header: Header, last: int, right: int
) -> None:
    """The sheet's own filter, and the hidden name that Excel keeps for it.

    Args:
        last, right: where the list ends now.
    """
    found = sheet.outline.first("autoFilter")
    old = range_of(found) if found is not None else None
    if found is None or old is None or old[1] != header.row:
        return
    left, top, old_right, bottom = old
    edge = right if old_right in (header.right, right - 1) else old_right
    ref = reference(left, top, max(edge, old_right), max(bottom, last))
    if ref == found.attributes["ref"]:
        return
    edits.set(found, "ref", ref)
    for name in book.names(_FILTER_NAME, tab):
        start, _, _ = name.text.rpartition("!")
        book.set_name(name, f"{start}!{_absolute(bounds(ref))}")


def grow_print_area(book: OfficeBook, tab: Tab, growth: Growth) -> None:
    """The part of the print area that ended with the list."""
    for name in book.names(_PRINT_NAME, tab):
        pieces = []
        for piece in _areas(name.text):
            start, mark, ref = piece.rpartition("!")
            try:
                old = bounds(ref)
            except ValueError:
                return
            made = growth.of(old)
            pieces.append(piece if made == old else f"{start}{mark}{_absolute(made)}")
        book.set_name(name, ",".join(pieces))


def grow_table(package: Package, table: Table, last: int, id_column: int | None) -> None:
    """The table of Excel, and its column 取込番号 where that stands beside it."""
    left, top, right, bottom = table.bounds
    bottom = bottom if table.totals else max(bottom, last)
    is_wider = id_column == right + 1 and table.is_plain
    ref = reference(left, top, right + is_wider, bottom)
    root, edits = package.edit(table.key)
    edits.set(root, "ref", ref)
    found = root.first("autoFilter")
    if found is not None and "ref" in found.attributes:
        edits.set(found, "ref", reference(left, top, right + is_wider, bottom - table.totals))
    columns = root.first("tableColumns")
    if is_wider and columns is not None:
        numbers = [int(e.attributes.get("id", 0)) for e in columns.children]
        edits.set(columns, "count", str(len(columns.children) + 1))
        edits.append(
            columns,
            f'<{columns.prefix}tableColumn id="{max([0, *numbers]) + 1}" name="{ID_TITLE}"/>',
        )
    package.apply(table.key, edits)


def add_merges(sheet: Sheet, edits: Edits, merged: Sequence[Bounds]) -> None:
    """More merged ranges; the sheet has some already."""
    found = sheet.outline.first("mergeCells")
    if found is None or not merged:
        return
    p = found.prefix
    edits.append(found, "".join(f'<{p}mergeCell ref="{reference(*m)}"/>' for m in merged))
    if "count" in found.attributes:
        edits.set(found, "count", str(len(found.children) + len(merged)))


def correct_dimension(sheet: Sheet, edits: Edits, right: int, last: int) -> None:
    """The range in which the sheet says that it has cells, where it says so."""
    found = sheet.outline.first("dimension")
    old = range_of(found) if found is not None else None
    if found is None or old is None:
        return
    left, top, old_right, bottom = old
    edits.set(found, "ref", reference(left, top, max(right, old_right), max(last, bottom)))


def hide_column(sheet: Sheet, edits: Edits, column: int) -> None:
    """Hide one column, splitting a width that was given to a range of columns: overlapping ones
    break the file."""
    outline = sheet.outline
    p = outline.prefix
    xml = f'<{p}col min="{column}" max="{column}" width="9" hidden="1" customWidth="1"/>'
    columns = outline.first("cols")
    if columns is None:
        before = [e for e in outline.children if e.name in _BEFORE_COLUMNS]
        place = before[-1].end if before else outline.open_end
        edits.insert(place, f"<{p}cols>{xml}</{p}cols>")
        return
    for element in columns.all("col"):
        first, last = _span(element)
        if first <= column <= last:
            edits.replace(element, _split(element, column))
            return
        if first > column:
            edits.insert(element.start, xml)
            return
    edits.append(columns, xml)


def column_styles(sheet: Sheet) -> dict[int, int]:
    """The styles that cells of a column have where nothing else is said; of the first columns of
    each range only, which is where lists are."""
    found: dict[int, int] = {}
    columns = sheet.outline.first("cols")
    for element in columns.all("col") if columns is not None else ():
        first, last = _span(element)
        style = int(element.attributes.get("style", 0))
        if style:
            found.update(dict.fromkeys(range(first, min(last, first + 255) + 1), style))
    return found


def _split(element: Element, column: int) -> str:
    first, last = _span(element)
    pieces = ((first, column - 1, False), (column, column, True), (column + 1, last, False))
    made = []
    for start, end, is_hidden in pieces:
        if start > end:
            continue
        attributes = {**element.attributes, "min": str(start), "max": str(end)}
        if is_hidden:
            attributes["hidden"] = "1"
        kept = "".join(f' {n}="{attribute(v)}"' for n, v in attributes.items() if " " not in n)
        made.append(f"<{element.prefix}col{kept}/>")
    return "".join(made)


def _span(element: Element) -> tuple[int, int]:
    return int(element.attributes.get("min", 0)), int(element.attributes.get("max", 0))


def _absolute(found: Bounds) -> str:
    left, top, right, bottom = found
    return f"${get_column_letter(left)}${top}:${get_column_letter(right)}${bottom}"


def _areas(text: str) -> Iterator[str]:
    """The ranges of a print area; a sheet's name in quotes may hold a comma."""
    piece = ""
    is_quoted = False
    for letter in text:
        if letter == "'":
            is_quoted = not is_quoted
        if letter == "," and not is_quoted:
            yield piece
            piece = ""
        else:
            piece += letter
    yield piece
