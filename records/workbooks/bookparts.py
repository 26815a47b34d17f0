"""The parts of a workbook's package: which sheets there are, their texts and their styles.

Source: ECMA-376 part 2 (packages) and part 1, 18.2, 18.4 and 18.8. Names are compared without
namespaces, because Strict workbooks and those of other programs use other ones for the same parts.
"""

from __future__ import annotations

import contextlib
import posixpath
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO
from xml.etree import ElementTree

from records.errors import DocumentError, TorikomiError
from records.workbooks.partstream import PartStream, StruckText, Text, TextRuns

LARGEST_PART = 2 << 30
"""Bytes of one unpacked part: more is a damaged or hostile file, not an office's list."""

_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")


@dataclass(frozen=True, slots=True)
class SheetPart:
    """A sheet as the workbook lists it; ``part`` is its name in the package."""

    name: str
    is_hidden: bool
    part: str


@dataclass(frozen=True, slots=True)
class Look:
    """What a cell's style means for its value.

    Attributes:
        number_format: Excel's format code; empty for the general one.
        is_date: numbers in it are days since 1900 or 1904.
        is_struck: its font is struck out.
    """

    number_format: str = ""
    is_date: bool = False
    is_struck: bool = False


PLAIN = Look()


class Book:
    """An open workbook. Parts are read when they are first asked for.

    Attributes:
        path: the file.
        sheets: its worksheets in their order, hidden ones among them; no charts.
    """

    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        self.path = path
        self._archive = archive
        self._names = {_plain_name(name): name for name in archive.namelist()}
        self._main = self._main_part()
        self._relations = self._relations_of(self._main)
        self.sheets = tuple(self._listed())

    @contextlib.contextmanager
    def stream(self, part: str) -> Iterator[IO[bytes]]:
        """A part's bytes.

        Raises:
            DocumentError: it is larger than :data:`LARGEST_PART`.
            KeyError: there is no such part.
        """
        name = self._names[_plain_name(part)]
        if self._archive.getinfo(name).file_size > LARGEST_PART:
            raise DocumentError(
                "too_large",
                f"「{self.path.name}」は大きすぎて読めません。要る表だけを新しいブックに写してください",
                path=self.path,
            )
        with self._archive.open(name) as stream:
            yield stream

    @cached_property
    def uses_1904(self) -> bool:
        """Whether days are counted from 1904, as old Macintosh workbooks do."""
        with self.stream(self._main) as stream:
            for _, element in ElementTree.iterparse(stream):
                if local(element.tag) == "workbookPr":
                    return element.get("date1904", "0") in ("1", "true", "on")
        return False

    @cached_property
    def texts(self) -> Sequence[Text]:
        """The shared strings, by their number."""
        part = self._related("/sharedStrings")
        if not part:
            return ()
        found: list[Text] = []
        runs = TextRuns()

        def keep() -> None:
            found.append(unescaped(runs.take() or ""))

        runs.stream = PartStream(runs.starts, {**runs.ends, "si": keep})
        with self.stream(part) as stream:
            for _ in runs.stream.chunks(stream):
                pass
        return found

    @cached_property
    def looks(self) -> Sequence[Look]:
        """The cell styles, by their number."""
        part = self._related("/styles")
        if not part:
            return ()
        with self.stream(part) as stream:
            root = ElementTree.parse(stream).getroot()
        formats = {
            int(one.get("numFmtId", "0")): one.get("formatCode", "")
            for one in _children(root, "numFmts")
        }
        struck = [_is_struck(font) for font in _children(root, "fonts")]
        return [_look(one, formats, struck) for one in _children(root, "cellXfs")]

    def _main_part(self) -> str:
        for kind, target in self._relations_of("").values():
            if kind.endswith("/officeDocument") and _plain_name(target) in self._names:
                return target
        return "xl/workbook.xml"

    def _related(self, kind: str) -> str:
        """The part of a kind that the workbook names; empty where there is none."""
        for found, target in self._relations.values():
            if found.endswith(kind) and _plain_name(target) in self._names:
                return target
        return ""

    def _relations_of(self, part: str) -> dict[str, tuple[str, str]]:
        """Id → (type, part) of the relationships of a part; of the package for the empty name."""
        folder, _, name = part.rpartition("/")
        where = f"{folder}/_rels/{name}.rels" if part else "_rels/.rels"
        if _plain_name(where) not in self._names:
            return {}
        with self.stream(where) as stream:
            root = ElementTree.parse(stream).getroot()
        found = {}
        for one in root:
            target = one.get("Target", "").replace("\\", "/")
            whole = target if target.startswith("/") else f"{folder}/{target}"
            found[one.get("Id", "")] = (
                one.get("Type", ""),
                posixpath.normpath(whole).lstrip("/"),
            )
        return found

    def _listed(self) -> Iterator[SheetPart]:
        with self.stream(self._main) as stream:
            root = ElementTree.parse(stream).getroot()
        for sheet in _children(root, "sheets"):
            ids = [value for key, value in sheet.attrib.items() if local(key) == "id"]
            kind, part = self._relations.get(ids[0] if ids else "", ("", ""))
            if kind.endswith("/worksheet"):
                state = sheet.get("state", "visible")
                yield SheetPart(sheet.get("name", ""), state != "visible", part)


@contextlib.contextmanager
def open_parts(path: Path) -> Iterator[Book]:
    """Open a workbook for reading. Whatever the body finds broken in it is told by one line.

    Raises:
        DocumentError: it is no workbook that can be read: of another kind, locked by a password,
        cut, or damaged. The message names the file and says what to do.
    """
    try:
        with path.open("rb") as stream:
            _refuse_other_kinds(path, stream)
            stream.seek(0)
            with zipfile.ZipFile(stream) as archive:
                yield Book(path, archive)
    except TorikomiError:
        raise
    except FileNotFoundError:
        raise DocumentError("missing", f"「{path.name}」がありません", path=path) from None
    except PermissionError as error:
        raise DocumentError(
            "unreadable", f"「{path.name}」を読む権限がないか、開かれています", path=path
        ) from error
    except MemoryError as error:
        raise DocumentError(
            "too_large",
            f"「{path.name}」を読むにはメモリーが足りません。要る表だけを新しいブックに写してください",
            path=path,
        ) from error
    except Exception as error:  # a damaged file makes zipfile, zlib and the parser raise anything
        raise DocumentError(
            "damaged",
            f"「{path.name}」は壊れていて開けません。Excelで開いて別の名前の .xlsx に保存し、"
            "開けなければ作った人にもう一度もらってください",
            path=path,
        ) from error


def _refuse_other_kinds(path: Path, stream: IO[bytes]) -> None:
    start = stream.read(64)
    advice = "Excelで開き、「Excelブック(.xlsx)」で保存し直してください"
    if not start:
        reason = "は中身がありません。もう一度もらってください"
    elif start.startswith(_OLE):
        reason = f"はパスワードがかかっているか、古い形式(.xls)です。パスワードを外し、{advice}"
    elif b"application/vnd.oasis.opendocument" in start:
        reason = f"はOpenDocument形式(.ods)です。{advice}"
    elif not start.startswith(b"PK"):
        reason = f"はExcelのブックではありません。{advice}"
    else:
        with zipfile.ZipFile(stream) as archive:
            names = {_plain_name(name) for name in archive.namelist()}
        if "xl/workbook.bin" not in names:
            return
        reason = f"はバイナリ形式(.xlsb)です。{advice}"
    raise DocumentError("unsupported", f"「{path.name}」{reason}", path=path)


def local(name: str) -> str:
    """An element's or attribute's name without its namespace."""
    return name.rpartition("}")[2]


def unescaped(text: Text) -> Text:
    """``_x000D_`` stands for a character that XML cannot hold (ECMA-376 part 1, 22.9.2.19)."""
    if isinstance(text, StruckText):
        return StruckText(_unescaped(text.text), text.struck)
    return _unescaped(text)


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def _plain_name(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").casefold()


def _children(root: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    """The children of the root's child with a name."""
    found = next((one for one in root if local(one.tag) == name), None)
    return [] if found is None else list(found)


def _is_struck(font: ElementTree.Element) -> bool:
    return any(
        local(part.tag) == "strike" and part.get("val", "1") not in ("0", "false") for part in font
    )


def _look(style: ElementTree.Element, formats: Mapping[int, str], struck: Sequence[bool]) -> Look:
    from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format

    number = int(style.get("numFmtId", "0"))
    font = int(style.get("fontId", "0"))
    code = formats.get(number) or BUILTIN_FORMATS.get(number, "")
    # 27 to 36 and 50 to 58 are the dates of East Asian editions (part 1, 18.8.30).
    is_date = number in _EASTERN_DATES or bool(code and is_date_format(code))
    return Look(code, is_date, font < len(struck) and struck[font])


_EASTERN_DATES = frozenset((*range(27, 37), *range(50, 59)))
