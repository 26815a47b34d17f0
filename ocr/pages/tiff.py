"""What a TIFF file holds: its directories, which of them are pages, and pages that Pillow does not
decode by itself.

Each directory is opened on its own, as if it were the first one, so that a page of an unknown kind
does not hide those behind it.
"""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2

NEW_SUBFILE = 254
OLD_SUBFILE = 255
WIDTH = 256
HEIGHT = 257
COMPRESSION = 259
PHOTOMETRIC = 262
STRIPS = 273
ORIENTATION = 274
STRIP_ROWS = 278
STRIP_BYTES = 279
TILE_WIDTH = 322
TILE_HEIGHT = 323
TILES = 324
TILE_BYTES = 325
JPEG_START, JPEG_LENGTH = 513, 514

_REDUCED, _MASK = 1, 4
"""Bits of NewSubfileType: a smaller copy of another page, and a mask over one."""

_OLD_JPEG = 6
_JPEG_2000 = (33003, 33004, 33005, 34712)

_METHODS = {
    6: "旧式JPEG",
    9: "JBIG",
    10: "カラーJBIG",
    33003: "JPEG 2000",
    33004: "JPEG 2000",
    33005: "JPEG 2000",
    34661: "JBIG",
    34663: "JBIG2",
    34676: "LogLuv",
    34677: "LogLuv",
    34712: "JPEG 2000",
    34713: "ニコンRAW",
    34715: "JBIG2",
    34887: "LERC",
    34892: "DNG",
    50002: "JPEG XL",
    52546: "JPEG XL",
}


@dataclass(frozen=True, eq=False)
class Directory:
    """One directory of a TIFF file: a page, a smaller copy of one, or a mask.

    Attributes:
        offset: where it begins in the file; ``tags`` what it says.
    """

    offset: int
    tags: Mapping[int, Any]

    @property
    def size(self) -> tuple[int, int]:
        return self.number(WIDTH), self.number(HEIGHT)

    @property
    def is_page(self) -> bool:
        """False for thumbnails, steps of a pyramid, and masks."""
        kind = self.number(NEW_SUBFILE)
        is_copy = bool(kind & _REDUCED) or self.number(OLD_SUBFILE) == 2
        return not is_copy and not kind & _MASK and self.number(PHOTOMETRIC) != 4

    @property
    def white_is_zero(self) -> bool:
        return PHOTOMETRIC in self.tags and self.number(PHOTOMETRIC) == 0

    @property
    def method(self) -> str:
        """The name of a compression that is not decoded, empty for the others."""
        return _METHODS.get(self.number(COMPRESSION), "")

    @property
    def has_pixels(self) -> bool:
        return bool({STRIPS, TILES, JPEG_START} & set(self.tags))

    def number(self, tag: int) -> int:
        """The (first) whole number of a tag, 0 where there is none."""
        values = self.numbers(tag)
        return values[0] if values else 0

    def numbers(self, tag: int) -> tuple[int, ...]:
        value = self.tags.get(tag, ())
        values = value if isinstance(value, tuple) else (value,)
        return tuple(v for v in values if isinstance(v, int))


def is_tiff(head: bytes) -> bool:
    return head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def directories(stream: BinaryIO) -> tuple[list[Directory], bool]:
    """The file's directories in their order, and whether their list goes on to its end.

    A file that is cut short loses the end of the list; a list that comes back to where it was ends
    there.
    """
    found: list[Directory] = []
    seen: set[int] = set()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.filterwarnings("error", "Corrupt EXIF|Truncated File")
            for directory, offset in _chain(stream):
                if offset in seen:
                    return found, True
                seen.add(offset)
                found.append(directory)
    except (OSError, SyntaxError, ValueError, LookupError, TypeError, ArithmeticError, UserWarning):
        return found, False
    return found, True


def _chain(stream: BinaryIO) -> Iterator[tuple[Directory, int]]:
    stream.seek(0)
    header = stream.read(8)
    if header[2:3] in (b"+",) or header[3:4] in (b"+",):
        header += stream.read(8)
    offset = ImageFileDirectory_v2(header).next
    while offset:
        tags = ImageFileDirectory_v2(header)
        stream.seek(offset)
        tags.load(stream)
        yield Directory(offset, tags), offset
        offset = tags.next


def open_directory(stream: BinaryIO, directory: Directory) -> Image.Image:
    """One directory as an image whose size is known and whose pixels are not decoded yet.

    Raises:
        UnidentifiedImageError: Pillow does not know this kind of page.
    """
    starting: Any = _Starting(stream, directory.offset)
    return Image.open(starting, formats=("TIFF",))


class _Starting(io.RawIOBase):
    """A TIFF file whose header names another directory as the first one.

    libtiff reads the file itself by its number and is told the directory's place; what is changed
    here is for Pillow alone.
    """

    def __init__(self, stream: BinaryIO, offset: int) -> None:
        self._stream = stream
        stream.seek(0)
        header = stream.read(16)
        order = "little" if header[:1] == b"I" else "big"
        big = b"+" in header[2:4]
        at, size = (8, 8) if big else (4, 4)
        self._header = header[:at] + offset.to_bytes(size, order) + header[at + size :]  # type: ignore[arg-type]
        stream.seek(0)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        start = self._stream.tell()
        data = self._stream.read(size)
        if start < len(self._header):
            patched = self._header[start : start + len(data)]
            data = patched + data[len(patched) :]
        return data

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()

    def fileno(self) -> int:
        return self._stream.fileno()

    def close(self) -> None:
        """The stream belongs to who opened it."""


# --- pages that Pillow does not decode by itself --------------------------------------------------


def unpacked(stream: BinaryIO, directory: Directory) -> Image.Image | None:
    """A page of old-style JPEG or JPEG 2000, decoded; None where Pillow's own way is the one to
    take.

    Raises:
        ValueError: the pieces do not make the page that the directory states.
    """
    compression = directory.number(COMPRESSION)
    if compression == _OLD_JPEG:
        return _old_jpeg(stream, directory)
    if compression in _JPEG_2000:
        return _jpeg_2000(stream, directory)
    return None


def _old_jpeg(stream: BinaryIO, directory: Directory) -> Image.Image | None:
    """The JPEG file that an old-style JPEG page holds whole; None where it holds only pieces of
    one."""
    start = directory.number(JPEG_START)
    length = directory.number(JPEG_LENGTH)
    if not start and len(directory.numbers(STRIPS)) == 1:
        start = directory.number(STRIPS)
        length = directory.number(STRIP_BYTES)
    stream.seek(start)
    if not start or stream.read(3) != b"\xff\xd8\xff":
        return None
    stream.seek(start)
    data = stream.read(length or -1)
    image = Image.open(io.BytesIO(data), formats=("JPEG",))
    if image.size != directory.size:
        raise ValueError("the JPEG inside is no picture of the page")
    return image


def _jpeg_2000(stream: BinaryIO, directory: Directory) -> Image.Image:
    """A page put together of its strips or tiles, each a JPEG 2000 code stream."""
    width, height = directory.size
    page: Image.Image | None = None
    for place, start, length in _segments(directory):
        stream.seek(start)
        piece = Image.open(io.BytesIO(stream.read(length)), formats=("JPEG2000",))
        left, top, wide, high = place
        if piece.width > wide or piece.height > high:
            raise ValueError("a piece is larger than its place")
        if page is None:
            page = Image.new(piece.mode, (width, height))
        page.paste(piece, (left, top))
    if page is None:
        raise ValueError("a page without pieces")
    return page


def _segments(directory: Directory) -> Iterable[tuple[tuple[int, int, int, int], int, int]]:
    """(left, top, width, height), start and length of each strip or tile."""
    width, height = directory.size
    tiled = TILES in directory.tags
    wide = directory.number(TILE_WIDTH) if tiled else width
    high = directory.number(TILE_HEIGHT if tiled else STRIP_ROWS) or height
    high = high if tiled else min(high, height)
    if not wide or not high:
        raise ValueError("pieces without a size")
    starts = directory.numbers(TILES if tiled else STRIPS)
    lengths = directory.numbers(TILE_BYTES if tiled else STRIP_BYTES)
    across = -(-width // wide)
    needed = across * -(-height // high)
    if len(starts) != needed or len(lengths) != needed:
        raise ValueError("not as many pieces as the page needs")
    for number, (start, length) in enumerate(zip(starts, lengths, strict=True)):
        yield (number % across * wide, number // across * high, wide, high), start, length
