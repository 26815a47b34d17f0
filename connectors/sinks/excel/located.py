"""XML whose elements know where they stand, so that a part can be changed in places while every
other byte of it stays.

Everything here is UTF-8; a part in another encoding is brought to it before and back afterwards
(:mod:`connectors.sinks.excel.package`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat
from xml.sax.saxutils import escape


class NotXml(ValueError):
    """A part is no well-formed XML, or has a document type, which no workbook has (OPC, M1.17)."""


@dataclass(slots=True)
class Element:
    """One element and its place.

    Attributes:
        namespace, name: what it is; ``prefix`` is how its namespace is called there, with the
            colon, so that a new neighbour can be called alike.
        attributes: by name; ``namespace name`` for one that has a namespace.
        start, open_end: of its start tag, in bytes.
        close_start, end: of its end tag; all of ``open_end``, ``close_start`` and ``end`` are the
            same for ``<a/>``.
        text: its own characters, those of its children not included.
    """

    namespace: str
    name: str
    prefix: str
    attributes: dict[str, str]
    start: int
    open_end: int
    close_start: int = -1
    end: int = -1
    text: str = ""
    children: list[Element] = field(default_factory=list)

    def all(self, name: str) -> Iterator[Element]:
        """The children of that name in the element's own namespace."""
        return (c for c in self.children if c.name == name and c.namespace == self.namespace)

    def first(self, name: str) -> Element | None:
        return next(self.all(name), None)

    def everywhere(self) -> Iterator[Element]:
        """Itself and everything in it."""
        yield self
        for child in self.children:
            yield from child.everywhere()

    @property
    def is_closed_at_once(self) -> bool:
        return self.end == self.open_end


def new_parser(knows_prefixes: bool = True) -> expat.XMLParserType:
    """A parser of UTF-8 that knows namespaces and refuses document types.

    Names come as ``namespace name prefix``, or ``namespace name`` where prefixes do not matter.
    """
    parser = expat.ParserCreate("utf-8", " ")
    parser.namespace_prefixes = knows_prefixes
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    return parser


def plain_parser() -> expat.XMLParserType:
    """A parser of UTF-8 to which prefixes are part of the names; refuses document types too."""
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    return parser


def parse(data: bytes, context: bytes = b"", offset: int = 0) -> Element:
    """The root of ``data``, or what stands in ``context`` (start tags that are left open).

    Args:
        context: start tags that give ``data`` its namespaces; places in it are negative.
        offset: added to all places.

    Raises:
        NotXml: it is damaged.
    """
    builder = _Builder(context + data, offset - len(context))
    builder.run(is_whole=not context)
    return builder.root


def read_xml(parser: expat.XMLParserType, data: bytes, is_last: bool) -> None:
    """Feed a parser.

    Raises:
        NotXml: it is damaged.
    """
    try:
        parser.Parse(data, is_last)
    except expat.ExpatError as error:
        raise NotXml(str(error)) from error


class _Builder:
    """Builds elements."""

    def __init__(self, data: bytes, shift: int) -> None:
        self._data = data
        self._shift = shift
        self._open: list[Element] = []
        self.root: Element
        self._parser = new_parser()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters

    def run(self, is_whole: bool) -> None:
        read_xml(self._parser, self._data, is_whole)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        start = self._parser.CurrentByteIndex
        namespace, local, prefix = split_name(name)
        made = Element(
            namespace,
            local,
            prefix,
            _plainly_named(attributes),
            start + self._shift,
            tag_end(self._data, start) + self._shift,
        )
        if self._open:
            self._open[-1].children.append(made)
        else:
            self.root = made
        self._open.append(made)

    def _end(self, name: str) -> None:
        made = self._open.pop()
        close = self._parser.CurrentByteIndex
        if self._data[made.open_end - self._shift - 2] == ord("/"):
            made.close_start = made.end = made.open_end
            return
        made.close_start = close + self._shift
        made.end = tag_end(self._data, close) + self._shift

    def _characters(self, text: str) -> None:
        self._open[-1].text += text


def split_name(name: str) -> tuple[str, str, str]:
    """Namespace, local name, and prefix with its colon."""
    pieces = name.split(" ")
    if len(pieces) == 1:
        return "", pieces[0], ""
    return pieces[0], pieces[1], f"{pieces[2]}:" if len(pieces) == 3 else ""


def _plainly_named(attributes: dict[str, str]) -> dict[str, str]:
    """Attributes by name and namespace, without prefixes."""
    if not any(" " in name for name in attributes):
        return attributes
    return {" ".join(name.split(" ")[:2]): value for name, value in attributes.items()}


def tag_end(data: bytes, start: int) -> int:
    """Where the tag that begins at ``start`` ends: the first ``>`` that is in no value."""
    end = data.index(b">", start)
    tag = data[start:end]
    if b"'" not in tag and tag.count(b'"') % 2 == 0:
        return end + 1
    place = start
    while True:
        end = data.index(b">", place)
        quotes = [q for q in (data.find(b'"', place, end), data.find(b"'", place, end)) if q >= 0]
        if not quotes:
            return end + 1
        quote = min(quotes)
        place = data.index(data[quote : quote + 1], quote + 1) + 1


@dataclass(frozen=True, slots=True)
class Splice:
    """Bytes ``start`` to ``end`` of a part give way to ``data``."""

    start: int
    end: int
    data: bytes


@dataclass(slots=True)
class _Touched:
    element: Element
    attributes: dict[str, str | None] = field(default_factory=dict)
    appended: list[bytes] = field(default_factory=list)


class Edits:
    """Changes of one part, gathered while it is looked at, and given out as splices.

    Args:
        read: gives the part's bytes from one place to another.
    """

    def __init__(self, read: Callable[[int, int], bytes]) -> None:
        self._read = read
        self._touched: dict[int, _Touched] = {}
        self._replaced: dict[tuple[int, int], list[bytes]] = {}

    def __bool__(self) -> bool:
        return bool(self._touched or self._replaced)

    def set(self, element: Element, name: str, value: str | None) -> None:
        """Give an attribute without namespace another value; None takes it away."""
        if element.attributes.get(name) == value:
            return
        self._touch(element).attributes[name] = value
        if value is None:
            del element.attributes[name]
        else:
            element.attributes[name] = value

    def append(self, element: Element, xml: str) -> None:
        """Put ``xml`` behind the last child."""
        self._touch(element).appended.append(xml.encode())

    def insert(self, place: int, xml: str) -> None:
        """Put ``xml`` at a place between two elements; several at one place come in order."""
        self._replaced.setdefault((place, place), []).append(xml.encode())

    def replace(self, element: Element, xml: str) -> None:
        """Put ``xml`` in the place of an element."""
        self._replaced[element.start, element.end] = [xml.encode()]

    def set_text(self, element: Element, text: str) -> None:
        """Give an element without children another text."""
        element.text = text
        self._replaced[element.open_end, element.close_start] = [escape(text).encode()]

    def splices(self) -> list[Splice]:
        """All changes in the order of their places."""
        made = [
            Splice(start, end, xml)
            for (start, end), pieces in self._replaced.items()
            for xml in pieces
        ]
        for touched in self._touched.values():
            made += self._of(touched)
        return sorted(made, key=lambda splice: (splice.start, splice.end))

    def _touch(self, element: Element) -> _Touched:
        return self._touched.setdefault(element.start, _Touched(element))

    def _of(self, touched: _Touched) -> Iterator[Splice]:
        element = touched.element
        old = self._read(element.start, element.open_end).decode()
        tag = old
        for name, value in touched.attributes.items():
            tag = _with_attribute(tag, name, value)
        if touched.appended and element.is_closed_at_once:
            tag = f"{tag[:-2].rstrip()}>"
            end = f"</{element.prefix}{element.name}>".encode()
            made = b"".join([tag.encode(), *touched.appended, end])
            yield Splice(element.start, element.open_end, made)
            return
        place = element.close_start
        yield from (Splice(place, place, xml) for xml in touched.appended)
        if tag != old:
            yield Splice(element.start, element.open_end, tag.encode())


def spliced(data: bytes, splices: list[Splice]) -> bytes:
    """``data`` with the splices done."""
    pieces = []
    place = 0
    for splice in splices:
        pieces += [data[place : splice.start], splice.data]
        place = splice.end
    return b"".join([*pieces, data[place:]])


def attribute(value: str) -> str:
    """``value`` as it may stand between double quotes."""
    return escape(value, {'"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})


def _with_attribute(tag: str, name: str, value: str | None) -> str:
    for found, start, value_start, value_end in _attributes(tag):
        if found == name and value is None:
            return tag[:start].rstrip() + tag[value_end + 1 :]
        if found == name and value is not None:
            quote = tag[value_start - 1]
            text = attribute(value).replace("'", "&apos;") if quote == "'" else attribute(value)
            return tag[:value_start] + text + tag[value_end:]
    if value is None:
        return tag
    end = len(tag) - (2 if tag.endswith("/>") else 1)
    return f'{tag[:end].rstrip()} {name}="{attribute(value)}"{tag[end:]}'


def _attributes(tag: str) -> Iterator[tuple[str, int, int, int]]:
    """Name and places of each attribute in a start tag that a parser has found well-formed."""
    place = next((i for i, c in enumerate(tag) if c.isspace()), len(tag))
    while True:
        while place < len(tag) and tag[place].isspace():
            place += 1
        if place >= len(tag) or tag[place] in "/>":
            return
        equals = tag.index("=", place)
        value_start = equals + 1
        while tag[value_start].isspace():
            value_start += 1
        value_end = tag.index(tag[value_start], value_start + 1)
        yield tag[place:equals].rstrip(), place, value_start + 1, value_end
        place = value_end + 1


def _refuse_doctype(*_: object) -> NoReturn:
    raise NotXml("a document type")
