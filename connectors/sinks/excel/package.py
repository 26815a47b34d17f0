"""A workbook as what it is: a zip file of parts that refer to each other (ECMA-376 part 2, OPC).

Parts are found by following relationships, never by the names that Excel happens to give them, and
compared without case, as OPC says.
"""

from __future__ import annotations

import io
import posixpath
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast
from urllib.parse import unquote

from connectors.sinks.excel.encodedparts import codec_of, decoded, encoded
from connectors.sinks.excel.located import (
    Edits,
    Element,
    NotXml,
    Splice,
    attribute,
    parse,
    spliced,
)
from connectors.sinks.excel.zipcopy import CHUNK, ZipWriter, is_encrypted, raw_name

TYPES = "[content_types].xml"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT_RELATIONS = "http://purl.oclc.org/ooxml/officeDocument/relationships"
_IN_MEMORY = 8 << 20  # larger parts lie in a temporary file while they are looked at
_LARGEST_TEXT = 256 << 20
_KINDS_OF_PACKING = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)

DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    ValueError,  # NotXml, UnicodeError, and a number that is none
    LookupError,  # a part or an attribute that is not there
    EOFError,
    OverflowError,
    RuntimeError,  # a password on the zip, an unknown packing, elements nested too deeply
)
"""What reading a damaged package can raise."""


@dataclass(frozen=True, slots=True)
class Relation:
    """From one part to another.

    Attributes:
        kind: the last word of its type (``worksheet``), the same in Strict and Transitional.
        target: the part's key; empty for what lies outside of the package.
    """

    id: str
    kind: str
    target: str
    element: Element


@dataclass(frozen=True, slots=True)
class Text:
    """An XML part in UTF-8, where it can be read from any place, and the encoding that it has in
    the file."""

    stream: BinaryIO
    size: int
    codec: str

    def read(self, start: int, end: int) -> bytes:
        self.stream.seek(start)
        return self.stream.read(max(end - start, 0))

    def chunks(self) -> Iterator[bytes]:
        for start in range(0, self.size, CHUNK):
            yield self.read(start, start + CHUNK)


@dataclass(frozen=True, slots=True)
class Change:
    """What a part shall become: its text with splices, in the encoding that it had."""

    text: Text
    splices: list[Splice]

    def pieces(self) -> Iterator[bytes]:
        """The new bytes of the part."""
        pieces = _gathered(self._in_utf8())
        return pieces if self.text.codec == "utf-8" else encoded(pieces, self.text.codec)

    def _in_utf8(self) -> Iterator[bytes]:
        place = 0
        for splice in [*self.splices, Splice(self.text.size, self.text.size, b"")]:
            while place < splice.start:
                end = min(place + CHUNK, splice.start)
                yield self.text.read(place, end)
                place = end
            yield splice.data
            place = splice.end


class Package:
    """The parts of one workbook, and what shall change in them.

    Args:
        path: for messages.
        stream: the file; it stays open until :meth:`close`.
    """

    def __init__(self, path: Path, stream: BinaryIO) -> None:
        self.path = path
        self.stream = stream
        self.archive = zipfile.ZipFile(stream)
        self.infos = {part_key(info.filename): info for info in self.archive.infolist()}
        self.changes: dict[str, Change] = {}
        self.added: dict[str, bytes] = {}
        self.dropped: set[str] = set()
        self._texts: dict[str, Text] = {}

    def close(self) -> None:
        for text in self._texts.values():
            text.stream.close()
        self.archive.close()
        self.stream.close()

    def text(self, key: str) -> Text:
        """One XML part, whatever its size.

        Raises:
            KeyError, zipfile.BadZipFile, zlib.error, UnicodeError, NotXml: it is not there or
                damaged.
            OSError: there is no room for it.
        """
        if key in self.added:
            data = self.added[key]
            return Text(io.BytesIO(data), len(data), "utf-8")
        if key not in self._texts:
            info = self.infos[key]
            if is_encrypted(info) or info.compress_type not in _KINDS_OF_PACKING:
                raise NotImplementedError(info.filename)
            self._texts[key] = self._spooled(info)
        return self._texts[key]

    def read(self, key: str) -> bytes:
        """One XML part as UTF-8 with the changes so far."""
        if key in self.added:
            return self.added[key]
        text = self.text(key)
        if text.size > _LARGEST_TEXT:
            raise NotXml(f"{key} is too large")
        data = text.read(0, text.size)
        change = self.changes.get(key)
        return spliced(data, change.splices) if change else data

    def relations(self, key: str) -> list[Relation]:
        """What a part refers to; the package itself is the part with the empty key."""
        rels = relations_key(key)
        if rels not in self.infos and rels not in self.added:
            return []
        found = []
        for element in parse(self.read(rels)).all("Relationship"):
            target = element.attributes.get("Target", "")
            is_inside = element.attributes.get("TargetMode", "").lower() != "external"
            found.append(
                Relation(
                    element.attributes.get("Id", ""),
                    element.attributes.get("Type", "").rpartition("/")[2],
                    _resolved(key, target) if is_inside and target else "",
                    element,
                )
            )
        return found

    def related(self, key: str, kind: str) -> list[str]:
        """The keys of the parts of one kind that a part refers to and that are there."""
        return [
            relation.target
            for relation in self.relations(key)
            if relation.kind == kind
            and (relation.target in self.infos or relation.target in self.added)
        ]

    def change(self, key: str, edits: Edits) -> None:
        """Keep the edits of a part that has none yet."""
        if key in self.added:
            self.added[key] = spliced(self.added[key], edits.splices())
        elif edits:
            self.changes[key] = Change(self.text(key), edits.splices())

    def edit(self, key: str) -> tuple[Element, Edits]:
        """A small part to be edited once more: its root as it is by now, and where its edits go;
        give them to :meth:`apply`."""
        data = self.read(key)
        return parse(data), Edits(lambda start, end: data[start:end])

    def apply(self, key: str, edits: Edits) -> None:
        """Keep what :meth:`edit` began."""
        if not edits:
            return
        self.replace(key, spliced(self.read(key), edits.splices()))

    def replace(self, key: str, data: bytes) -> None:
        """Give a small part other content."""
        if key in self.added:
            self.added[key] = data
            return
        text = self.text(key)
        self.changes[key] = Change(text, [Splice(0, text.size, data)])

    def add(self, name: str, content_type: str, data: bytes) -> str:
        """A new part; returns its key."""
        key = part_key(name)
        self.added[key] = data
        root, edits = self.edit(TYPES)
        edits.append(
            root,
            f'<{root.prefix}Override PartName="/{attribute(name)}"'
            f' ContentType="{attribute(content_type)}"/>',
        )
        self.apply(TYPES, edits)
        return key

    def relate(self, key: str, kind: str, target: str) -> str:
        """A new relationship from a part to the part named ``target``; returns its id."""
        rels = relations_key(key)
        if rels not in self.infos and rels not in self.added:
            self.added[rels] = (
                b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
                b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"/>'
            )
        root, edits = self.edit(rels)
        taken = {relation.id for relation in self.relations(key)}
        number = next(n for n in range(1, len(taken) + 2) if f"rIdT{n}" not in taken)
        kinds = [e.attributes.get("Type", "") for e in root.all("Relationship")]
        is_strict = any(one.startswith(STRICT_RELATIONS) for one in kinds)
        start = STRICT_RELATIONS if is_strict else RELATIONS
        edits.append(
            root,
            f'<{root.prefix}Relationship Id="rIdT{number}" Type="{start}/{kind}"'
            f' Target="/{attribute(target)}"/>',
        )
        self.apply(rels, edits)
        return f"rIdT{number}"

    def drop(self, owner: str, key: str) -> None:
        """Leave a part out, with the relationship from its owner and its content type."""
        rels, types = relations_key(owner), TYPES
        root, edits = self.edit(rels)
        for element in root.all("Relationship"):
            if _resolved(owner, element.attributes.get("Target", "")) == key:
                edits.replace(element, "")
        self.apply(rels, edits)
        root, edits = self.edit(types)
        for element in root.all("Override"):
            if part_key(element.attributes.get("PartName", "")) == key:
                edits.replace(element, "")
        self.apply(types, edits)
        self.dropped.add(key)

    def content_type(self, key: str) -> str:
        """Of one part; empty where none is given."""
        ending = posixpath.splitext(key)[1].lstrip(".")
        default = ""
        for element in parse(self.read(TYPES)).children:
            found = element.attributes.get("ContentType", "")
            if part_key(element.attributes.get("PartName", "")) == key:
                return found
            if element.attributes.get("Extension", "").lower() == ending:
                default = found
        return default

    def free_name(self, pattern: str) -> str:
        """The first name ``pattern.format(n)`` that no part has."""
        taken = {*self.infos, *self.added}
        return next(
            name
            for n in range(1, len(taken) + 2)
            if part_key(name := pattern.format(n)) not in taken
        )

    def write(self, stream: BinaryIO) -> None:
        """The whole package with its changes; what did not change is copied as it lies there.

        Raises:
            zipfile.BadZipFile: the file is damaged.
            TooLarge: it became larger than a zip file without 64-bit fields can be.
        """
        writer = ZipWriter(stream)
        for info in self.archive.infolist():
            key = part_key(info.filename)
            if key in self.dropped:
                continue
            if key in self.changes and info is self.infos[key]:
                name = raw_name(self.stream, info)
                writer.write(info, name, self.changes[key].pieces())
            else:
                writer.copy(self.stream, info)
        for added, data in self.added.items():
            made = zipfile.ZipInfo(added, (1980, 1, 1, 0, 0, 0))
            writer.write(made, added.encode(), [data])
        writer.close(self.archive.comment)

    def _spooled(self, info: zipfile.ZipInfo) -> Text:
        spool = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115
        try:
            with self.archive.open(info) as source:
                first = source.read(CHUNK)
                codec = codec_of(first)
                pieces = _pieces(first, source)
                for piece in pieces if codec == "utf-8" else decoded(pieces, codec):
                    spool.write(piece)
        except BaseException:
            spool.close()
            raise
        return Text(cast(BinaryIO, spool), spool.tell(), codec)


def part_key(name: str) -> str:
    """How part names are compared: without case, first slash and percent signs (OPC, 6.2.2)."""
    return unquote(name.replace("\\", "/")).lstrip("/").casefold()


def relations_key(key: str) -> str:
    folder, _, name = key.rpartition("/")
    return f"{folder}/_rels/{name}.rels".lstrip("/")


def _resolved(owner: str, target: str) -> str:
    """The key of a relationship's target, which is absolute or relative to its owner's folder."""
    target = target.replace("\\", "/").partition("#")[0]
    folder = "" if target.startswith("/") else posixpath.dirname(owner)
    return part_key(posixpath.normpath(posixpath.join("/", folder, target.lstrip("/"))))


def _gathered(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Few large pieces instead of many small ones."""
    kept: list[bytes] = []
    size = 0
    for piece in pieces:
        kept.append(piece)
        size += len(piece)
        if size >= CHUNK:
            yield b"".join(kept)
            kept, size = [], 0
    yield b"".join(kept)


def _pieces(first: bytes, source: object) -> Iterator[bytes]:
    stream = cast(BinaryIO, source)
    piece = first
    while piece:
        yield piece
        piece = stream.read(CHUNK)
