"""XML parts in other encodings than UTF-8: brought to it, and back to what they were."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from xml.parsers import expat

from connectors.sinks.excel.located import NotXml

_WIDE = ("utf-16", "utf-32")


def codec_of(start: bytes) -> str:
    """``utf-8``, or the Python name of another encoding that a part is in.

    Raises:
        NotXml: no program could know its encoding.
    """
    for mark, codec in (
        (b"\xff\xfe", "utf-16-le"),
        (b"\xfe\xff", "utf-16-be"),
        (b"<\0?\0", "utf-16-le"),
        (b"\0<\0?", "utf-16-be"),
    ):
        if start.startswith(mark):
            return codec
    said: list[str] = []

    def declared(version: str, encoding: str | None, standalone: int) -> None:
        said.append(encoding or "utf-8")

    parser = expat.ParserCreate("utf-8")
    parser.XmlDeclHandler = declared
    try:
        parser.Parse(start[: start.find(b">") + 1], False)
        found = codecs.lookup(said[0]).name if said else "utf-8"
    except (expat.ExpatError, LookupError) as error:
        raise NotXml(f"encoding {said}") from error
    # A declaration that could be read byte by byte was written by a program that says UTF-16 and
    # means UTF-8.
    return "utf-8" if found.startswith(_WIDE) else found


def decoded(pieces: Iterable[bytes], codec: str) -> Iterator[bytes]:
    """Bytes in ``codec`` as UTF-8; only what comes back the same is let through."""
    decoder = codecs.getincrementaldecoder(codec)()
    kept = b""
    for piece in pieces:
        text = decoder.decode(piece)
        kept += piece
        back = text.encode(codec)
        if not kept.startswith(back):
            raise NotXml(f"cannot be written back in {codec}")
        kept = kept[len(back) :]
        yield text.encode()
    if decoder.decode(b"", True) or kept:
        raise NotXml("ends within a character")


def encoded(pieces: Iterable[bytes], codec: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder("utf-8")()
    for piece in pieces:
        yield decoder.decode(piece).encode(codec, "xmlcharrefreplace")
