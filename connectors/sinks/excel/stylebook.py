"""The styles of a workbook: what one looks like, and the same one with another number format."""

from __future__ import annotations

from dataclasses import dataclass, replace

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format

from connectors.sinks.excel.located import Edits, Element, attribute, parse, spliced
from connectors.sinks.excel.package import Package
from connectors.sinks.kindcolumns import ColumnLook

GENERAL = "General"
TEXT = "@"
_FIRST_OWN_FORMAT = 164
_DATES = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
"""Built-in formats that show a day or a time; 27 to 36 and 50 to 58 are the Japanese ones
(ECMA-376 part 1, 18.8.30)."""

_EMPTY = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<styleSheet xmlns="{namespace}">'
    '<fonts count="1"><font><sz val="11"/><name val="游ゴシック"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs>'
    "</styleSheet>"
)
_BEFORE_STYLES = ("numFmts", "fonts", "fills", "borders", "cellStyleXfs")

_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"
_TRUE = ("1", "true")


@dataclass(frozen=True, slots=True)
class _Look:
    """One ``xf``: its attributes, those of its alignment, and its other children as XML."""

    attributes: tuple[tuple[str, str], ...]
    alignment: tuple[tuple[str, str], ...] | None
    rest: str

    def attribute(self, name: str) -> str:
        return dict(self.attributes).get(name, "")

    def with_attributes(self, **changes: str | None) -> _Look:
        made = {**dict(self.attributes), **changes}
        kept = tuple((name, value) for name, value in made.items() if value is not None)
        return replace(self, attributes=kept)

    def with_wrapped_text(self) -> _Look:
        before = dict(self.alignment or ())
        made = {"vertical": "top", **before, "wrapText": "1"}
        return replace(self, alignment=tuple(made.items())).with_attributes(applyAlignment="1")

    def xml(self, p: str) -> str:
        alignment = "" if self.alignment is None else f"<{p}alignment{_listed(self.alignment)}/>"
        return f"<{p}xf{_listed(self.attributes)}>{alignment}{self.rest}</{p}xf>"


class Stylebook:
    """The cell styles of one workbook by their numbers; :meth:`save` keeps the new ones.

    Args:
        owner: key of the workbook part.
        key: of the styles part; None where there is none.
        namespace: that the workbook is written in.
    """

    def __init__(self, package: Package, owner: str, key: str | None, namespace: str) -> None:
        self._package = package
        self._owner = owner
        self._key = key
        there = (
            package.read(key) if key is not None else _EMPTY.format(namespace=namespace).encode()
        )
        self._data = _completed(there)
        self._is_completed = self._data != there
        self._root = parse(self._data)
        self._edits = Edits(lambda start, end: self._data[start:end])
        self._looks = [self._look(element) for element in self._items("cellXfs")]
        self._formats = {
            int(e.attributes.get("numFmtId", 0)): e.attributes.get("formatCode", "")
            for e in self._items("numFmts")
        }
        self._is_ruled = [_has_line(border) for border in self._items("borders")]
        self._counts: dict[str, int] = {}
        self._numbers: dict[tuple[int, str], int] = {}
        self._framed: int | None = None
        self._made: dict[tuple[int, str | None, bool, bool], int] = {}

    def has(self, style: int) -> bool:
        """Whether there is a style of this number; a workbook without styles has any."""
        return self._key is None or style < len(self._looks)

    def number_format(self, style: int) -> str:
        """As it is written: ``General``, ``@``, ``yyyy/mm/dd``."""
        number = self._number(style, "numFmtId")
        return self._formats.get(number) or BUILTIN_FORMATS.get(number, GENERAL)

    def is_date(self, style: int) -> bool:
        number = self._number(style, "numFmtId")
        if number in self._formats:
            return bool(is_date_format(self._formats[number]))
        return number in _DATES

    def is_ruled(self, style: int) -> bool:
        """Whether a cell of this style has a line on any side."""
        number = self._number(style, "borderId")
        return number < len(self._is_ruled) and self._is_ruled[number]

    def like(self, style: int, number_format: str | None, quotes: bool, wraps: bool) -> int:
        """The style that differs from ``style`` in this; a new one where there is none.

        Args:
            number_format: None: as it is.
            quotes: whether it has the mark of a text that looks like a formula.
            wraps: show line breaks; False: as it is.
        """
        asked = style, number_format, quotes, wraps
        made = self._made.get(asked)
        if made is None:
            made = self._made[asked] = self._like(*asked)
        return made

    def _like(self, style: int, number_format: str | None, quotes: bool, wraps: bool) -> int:
        old = self._looks[style] if style < len(self._looks) else _Look((), None, "")
        made = old
        if number_format is not None and number_format != self.number_format(style):
            number = str(self._number_of(number_format))
            made = made.with_attributes(numFmtId=number, applyNumberFormat="1")
        if quotes != (old.attribute("quotePrefix") in _TRUE):
            made = made.with_attributes(quotePrefix="1" if quotes else None)
        if wraps and dict(made.alignment or ()).get("wrapText") not in _TRUE:
            made = made.with_wrapped_text()
        return style if made == old else self._kept(made)

    def heading(self) -> int:
        """The style of a title of a new list: bold, ruled, coloured, in the middle."""
        p = self._root.prefix
        font = self._grown("fonts", self._bold_font())
        fill = self._grown(
            "fills",
            f'<{p}fill><{p}patternFill patternType="solid"><{p}fgColor rgb="FFE8EEF7"/>'
            f"</{p}patternFill></{p}fill>",
        )
        border = self._frame()
        base = self._first("cellStyleXfs")
        attributes = _numbered(fontId=font, fillId=fill, borderId=border, xfId=base)
        attributes |= dict.fromkeys(
            ("applyFont", "applyFill", "applyBorder", "applyAlignment"), "1"
        )
        alignment = {"horizontal": "center", "vertical": "center", "wrapText": "1"}
        return self._kept(_Look(tuple(attributes.items()), tuple(alignment.items()), ""))

    def body(self, look: ColumnLook) -> int:
        """The style of a value in a new list: ruled, at the top of its cell, wrapped where its
        kind is long."""
        font, base = self._first("fonts"), self._first("cellStyleXfs")
        attributes = _numbered(fontId=font, borderId=self._frame(), xfId=base)
        attributes |= dict.fromkeys(("applyBorder", "applyAlignment"), "1")
        alignment = {"horizontal": look.horizontal} if look.horizontal else {}
        alignment |= {"vertical": "top"} | ({"wrapText": "1"} if look.wraps else {})
        return self._kept(_Look(tuple(attributes.items()), tuple(alignment.items()), ""))

    def save(self) -> None:
        """Hand the new styles to the package."""
        if not self._edits:
            return
        for name, count in self._counts.items():
            found = self._root.first(name)
            if found is not None:
                self._edits.set(found, "count", str(count))
        if self._key is not None and not self._is_completed:
            self._package.change(self._key, self._edits)
            return
        data = spliced(self._data, self._edits.splices())
        if self._key is not None:
            self._package.replace(self._key, data)
            return
        name = self._package.free_name("xl/styles{}.xml")
        self._key = self._package.add(name, _TYPE, data)
        self._package.relate(self._owner, "styles", name)

    def _items(self, name: str) -> list[Element]:
        found = self._root.first(name)
        return found.children if found is not None else []

    def _look(self, element: Element) -> _Look:
        attributes = tuple((n, v) for n, v in element.attributes.items() if " " not in n)
        alignment = element.first("alignment")
        rest = b"".join(
            self._data[child.start : child.end]
            for child in element.children
            if child is not alignment
        )
        kept = tuple(alignment.attributes.items()) if alignment is not None else None
        return _Look(attributes, kept, rest.decode())

    def _number(self, style: int, name: str) -> int:
        """An attribute of a style that is a number; asked for each cell, and so kept."""
        if style >= len(self._looks):
            return 0
        asked = style, name
        if asked not in self._numbers:
            self._numbers[asked] = int(self._looks[style].attribute(name) or 0)
        return self._numbers[asked]

    def _kept(self, look: _Look) -> int:
        if look in self._looks:
            return self._looks.index(look)
        self._looks.append(look)
        self._grown("cellXfs", look.xml(self._root.prefix))
        return len(self._looks) - 1

    def _first(self, name: str) -> int | None:
        """The first item of a collection; None where there is none."""
        return 0 if self._items(name) else None

    def _grown(self, name: str, xml: str) -> int | None:
        """Append one item to a collection; returns its number, or None where the workbook has no
        such collection: to make one would change the looks of every cell."""
        found = self._root.first(name)
        if found is None:
            return None
        number = self._counts.get(name, len(found.children))
        self._counts[name] = number + 1
        self._edits.append(found, xml)
        return number

    def _frame(self) -> int | None:
        """The border with a thin gray line on each side."""
        if self._framed is None:
            p = self._root.prefix
            lines = "".join(
                f'<{p}{side} style="thin"><{p}color rgb="FF999999"/></{p}{side}>'
                for side in ("left", "right", "top", "bottom")
            )
            self._framed = self._grown("borders", f"<{p}border>{lines}<{p}diagonal/></{p}border>")
        return self._framed

    def _bold_font(self) -> str:
        """The workbook's normal font in bold."""
        p = self._root.prefix
        fonts = self._items("fonts")
        kept = [child for child in fonts[0].children if child.name != "b"] if fonts else []
        rest = b"".join(self._data[child.start : child.end] for child in kept).decode()
        return f"<{p}font><{p}b/>{rest}</{p}font>"

    def _number_of(self, code: str) -> int:
        builtin = {GENERAL: 0, TEXT: 49}
        if code in builtin:
            return builtin[code]
        for number, known in self._formats.items():
            if known == code:
                return number
        number = max([_FIRST_OWN_FORMAT - 1, *self._formats]) + 1
        self._formats[number] = code
        p = self._root.prefix
        xml = f'<{p}numFmt numFmtId="{number}" formatCode="{attribute(code)}"/>'
        if self._root.first("numFmts") is not None:
            self._grown("numFmts", xml)
        else:
            # numFmts is the first child in the schema
            place = self._root.children[0].start
            self._edits.insert(place, f'<{p}numFmts count="1">{xml}</{p}numFmts>')
        return number


def _completed(data: bytes) -> bytes:
    """A styles part with the collection of cell styles, which some programs leave out or empty. Its
    first one says nothing, so that no cell changes its looks."""
    root = parse(data)
    edits = Edits(lambda start, end: data[start:end])
    p, found = root.prefix, root.first("cellXfs")
    before = [e for e in root.children if e.name in _BEFORE_STYLES]
    collection = f'<{p}cellXfs count="1"><{p}xf/></{p}cellXfs>'
    if found is not None and not found.children:
        edits.append(found, f"<{p}xf/>")
    elif found is None and before:
        edits.insert(before[-1].end, collection)
    elif found is None and root.children:
        edits.insert(root.children[0].start, collection)
    elif found is None:
        edits.append(root, collection)
    return spliced(data, edits.splices())


def _numbered(**numbers: int | None) -> dict[str, str]:
    """Attributes of a style: what its font, fill and border are, where there are any."""
    found = {name: str(number) for name, number in numbers.items() if number is not None}
    return {"numFmtId": "0", **found}


def _listed(attributes: tuple[tuple[str, str], ...]) -> str:
    return "".join(f' {name}="{attribute(value)}"' for name, value in attributes)


def _has_line(border: Element) -> bool:
    return any(side.attributes.get("style", "none") != "none" for side in border.children)
