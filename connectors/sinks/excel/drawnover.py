"""Which columns of a sheet something is drawn over: pictures, charts, seals, buttons. What hangs on
a column shrinks to nothing when that is hidden."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

from connectors.sinks.excel.located import Element, NotXml, parse
from connectors.sinks.excel.package import Package

_COLUMN_EMU = 64 * 9525
"""Width of a column that nobody changed, in English Metric Units (1/914,400 inch): 64 pixels."""

_ANCHORS = ("twoCellAnchor", "oneCellAnchor")
_VML_ANCHOR = re.compile(r"^\s*(\d+)\s*,[^,]*,[^,]*,[^,]*,\s*(\d+)\s*,")
_NOTE = "Note"


def drawn_columns(package: Package, part: str) -> set[int]:
    """The columns, 1-based, that the drawings of a sheet stand over. Drawings that cannot be read
    are left out."""
    found: set[int] = set()
    for kind, columns in (("drawing", _columns), ("vmlDrawing", _vml_columns)):
        for key in package.related(part, kind):
            with contextlib.suppress(NotXml, UnicodeError, ValueError):
                for first, last in columns(parse(package.read(key))):
                    found.update(range(first + 1, last + 2))
    return found


def _columns(root: Element) -> Iterator[tuple[int, int]]:
    """First and last column, 0-based, of each anchor of a drawing."""
    for anchor in root.everywhere():
        start = anchor.first("from") if anchor.name in _ANCHORS else None
        if start is None:
            continue
        first = _column(start)
        end, size = anchor.first("to"), anchor.first("ext")
        if end is not None:
            yield first, _column(end)
        elif size is not None:
            yield first, first + int(size.attributes.get("cx", 0)) // _COLUMN_EMU + 1


def _column(place: Element) -> int:
    found = place.first("col")
    return int(found.text) if found is not None else 0


def _vml_columns(root: Element) -> Iterator[tuple[int, int]]:
    """The same of an old drawing; the boxes of notes, which are not shown, left out."""
    for data in root.everywhere():
        if data.name != "ClientData" or data.attributes.get("ObjectType") == _NOTE:
            continue
        anchor = data.first("Anchor")
        match = _VML_ANCHOR.match(anchor.text) if anchor is not None else None
        if match is not None:
            yield int(match[1]), int(match[2])
