"""A part of a workbook as a stream of elements: constant memory, and nothing is built for what
nobody asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO
from xml.parsers import expat

CHUNK = 1 << 16
"""Bytes that are read at once."""

Attributes = dict[str, str]
Start = Callable[[Attributes], None]
End = Callable[[], None]

_OFF = ("0", "false", "off")


class PartStream:
    """Calls a function at the start and end of each element that has one, by its name without the
    namespace.

    Args:
        starts, ends: local name → function.
    """

    def __init__(self, starts: Mapping[str, Start], ends: Mapping[str, End]) -> None:
        self._starts, self._ends = dict(starts), dict(ends)
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._by_name: dict[str, tuple[Start | None, End | None]] = {}

    def listen(self, hear: Callable[[str], object] | None) -> None:
        """Hand text to ``hear`` from now on; None: to nobody."""
        self._parser.CharacterDataHandler = hear

    def chunks(self, stream: IO[bytes]) -> Iterator[None]:
        """Parse chunk by chunk, so that the caller can take what has come.

        Raises:
            expat.ExpatError: it is no well-formed XML.
        """
        while data := stream.read(CHUNK):
            self._parser.Parse(data, False)
            yield
        self._parser.Parse(b"", True)
        yield

    def _of(self, name: str) -> tuple[Start | None, End | None]:
        plain = name.rpartition(" ")[2]
        found = self._by_name[name] = (self._starts.get(plain), self._ends.get(plain))
        return found

    def _start(self, name: str, attributes: Attributes) -> None:
        found = (self._by_name.get(name) or self._of(name))[0]
        if found is not None:
            found(attributes)

    def _end(self, name: str) -> None:
        found = (self._by_name.get(name) or self._of(name))[1]
        if found is not None:
            found()


@dataclass(frozen=True, slots=True)
class StruckText:
    """A text of which a share of the characters is struck out, in (0, 1]."""

    text: str
    struck: float


Text = str | StruckText


class TextRuns:
    """Puts a text together from ``t`` elements, alone or in runs ``r``, without furigana ``rPh``.

    Attributes:
        starts, ends: what :class:`PartStream` is to call.
        wanted: texts are only collected while it is true.
    """

    def __init__(self) -> None:
        self.stream: PartStream | None = None
        self.wanted = True
        self.starts: Mapping[str, Start] = {
            "t": self._begin,
            "r": self._run,
            "rPh": self._furigana,
            "strike": self._strike,
        }
        self.ends: Mapping[str, End] = {"t": self._finish, "rPh": self._spoken}
        self._parts: list[str] = []
        self._struck = 0
        self._before = 0
        self._is_struck = self._is_furigana = False

    def take(self) -> Text | None:
        """The text since the last call; None where there was none."""
        if not self._parts:
            return None
        text = "".join(self._parts)
        struck = self._struck
        self._parts, self._struck, self._is_struck = [], 0, False
        return StruckText(text, struck / len(text)) if struck else text

    def _run(self, attributes: Attributes) -> None:
        self._is_struck = False

    def _strike(self, attributes: Attributes) -> None:
        self._is_struck = attributes.get("val", "1") not in _OFF

    def _furigana(self, attributes: Attributes) -> None:
        self._is_furigana = True

    def _spoken(self) -> None:
        self._is_furigana = False

    def _begin(self, attributes: Attributes) -> None:
        if self.wanted and not self._is_furigana:
            assert self.stream is not None
            self._before = len(self._parts)
            self.stream.listen(self._parts.append)

    def _finish(self) -> None:
        assert self.stream is not None
        self.stream.listen(None)
        if self._is_struck:
            self._struck += sum(map(len, self._parts[self._before :]))
        self._before = len(self._parts)
