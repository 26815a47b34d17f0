"""The table of shared strings of a workbook, looked up by number without being kept in memory."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable

from connectors.sinks.excel.located import Element, new_parser, parse, read_xml
from connectors.sinks.excel.package import Package, Text

_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")


class Strings:
    """Text by number. Where each item stands is found in one pass, when the first is asked for.

    Args:
        key: the part; None where the workbook has none.
    """

    def __init__(self, package: Package, key: str | None) -> None:
        self._package = package
        self._key = key
        self._known: dict[int, str] = {}
        self._starts: array[int] | None = None
        self._context = b""

    def __getitem__(self, number: int) -> str:
        """One text; empty where the table has no such number."""
        if number not in self._known:
            self.look_up([number])
        return self._known.get(number, "")

    def look_up(self, numbers: Iterable[int]) -> None:
        """Read several at once, which is cheaper than one by one.

        Raises:
            NotXml: the part is damaged.
        """
        if self._key is None:
            return
        text = self._package.text(self._key)
        starts = self._index(text)
        for number in sorted({*numbers} - {*self._known}):
            if 0 <= number < len(starts) - 1:
                data = text.read(starts[number], starts[number + 1])
                item = parse(data, self._context).children[0]
                self._known[number] = unescaped(text_of(item))

    def _index(self, text: Text) -> array[int]:
        """Where each item begins, and where the last one's table ends."""
        if self._starts is not None:
            return self._starts
        starts = array("Q")
        parser = new_parser(knows_prefixes=False)
        item = ""

        def start(name: str, attributes: dict[str, str]) -> None:
            if name == item:
                starts.append(parser.CurrentByteIndex)

        def first(name: str, attributes: dict[str, str]) -> None:
            nonlocal item
            item = f"{name.partition(' ')[0]} si"
            parser.StartElementHandler = start

        parser.StartElementHandler = first
        for chunk in text.chunks():
            read_xml(parser, chunk, False)
        read_xml(parser, b"", True)
        self._context = text.read(0, starts[0] if starts else 0)
        starts.append(text.size)
        self._starts = starts
        return starts


def text_of(item: Element) -> str:
    """What a shared or inline string says: its runs, without furigana and as it is written."""
    pieces = [e.text for e in item.all("t")]
    for run in item.all("r"):
        pieces += [e.text for e in run.all("t")]
    return "".join(pieces)


def unescaped(text: str) -> str:
    """``_x000D_`` stands for a character that XML cannot hold (ECMA-376 part 1, 22.9.2.19)."""
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def escaped(text: str) -> str:
    """The opposite of :func:`unescaped` for a text that itself holds such a sequence."""
    return _ESCAPE.sub(lambda found: f"_x005F{found[0]}", text) if "_x" in text else text
