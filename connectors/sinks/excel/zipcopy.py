"""Copying a zip file entry by entry: what does not change is copied as it is compressed, never
unpacked and packed again.

The standard library reads the directory (zip64, data descriptors and comments included). It cannot
write compressed data that it did not compress itself, so the two headers of an entry are written
here (APPNOTE.TXT 6.3.10, 4.3.7 and 4.3.12).
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

CHUNK = 1 << 20
LEVEL = 1
"""How hard to deflate. On a sheet of 64 MB level 3 takes 0.24 s for 5.9 MB, level 1 0.15 s for
6.6 MB."""

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s4B4H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_LOCAL_NAME = 26  # where the length of the name stands in a local header
_DESCRIPTOR = 0x08
_ENCRYPTED = 0x01
_ZIP64_FIELD = 0x0001
_MOST = 0xFFFFFFFF
_MOST_ENTRIES = 0xFFFF


class TooLarge(Exception):
    """More than the zip format holds without its 64-bit extension."""


@dataclass(frozen=True, slots=True)
class _Written:
    info: zipfile.ZipInfo
    name: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    offset: int


class ZipWriter:
    """Writes a zip file into a seekable stream; :meth:`close` writes the directory."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._written: list[_Written] = []

    def copy(self, source: BinaryIO, info: zipfile.ZipInfo) -> None:
        """Copy one entry of ``source`` with its data as they are."""
        name = raw_name(source, info)
        made = _Written(
            info,
            name,
            info.flag_bits & ~_DESCRIPTOR,
            info.compress_type,
            info.CRC,
            info.compress_size,
            info.file_size,
            self._stream.tell(),
        )
        self._head(made)
        for piece in raw_data(source, info):
            self._stream.write(piece)
        self._written.append(made)

    def write(self, info: zipfile.ZipInfo, name: bytes, pieces: Iterable[bytes]) -> None:
        """Deflate ``pieces`` as one entry; ``info`` gives everything but name, sizes and CRC."""
        offset = self._stream.tell()
        flags = info.flag_bits & ~(_DESCRIPTOR | _ENCRYPTED)
        self._head(_Written(info, name, flags, zipfile.ZIP_DEFLATED, 0, 0, 0, offset))
        start = self._stream.tell()
        packer = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
        crc = size = 0
        for piece in pieces:
            crc = zlib.crc32(piece, crc)
            size += len(piece)
            self._stream.write(packer.compress(piece))
        self._stream.write(packer.flush())
        end = self._stream.tell()
        made = _Written(info, name, flags, zipfile.ZIP_DEFLATED, crc, end - start, size, offset)
        self._stream.seek(offset)
        self._head(made)
        self._stream.seek(end)
        self._written.append(made)

    def close(self, comment: bytes) -> None:
        """Write the directory.

        Raises:
            TooLarge: it needs the 64-bit extension.
        """
        start = self._stream.tell()
        for made in self._written:
            self._stream.write(_central(made))
        size = self._stream.tell() - start
        count = len(self._written)
        if start > _MOST or count > _MOST_ENTRIES:
            raise TooLarge
        self._stream.write(
            _END.pack(b"PK\x05\x06", 0, 0, count, count, size, start, len(comment)) + comment
        )

    def _head(self, made: _Written) -> None:
        if max(made.packed, made.size, made.offset) > _MOST:
            raise TooLarge
        day, time = _dos_time(made.info)
        head = _LOCAL.pack(
            b"PK\x03\x04",
            20,
            made.flags,
            made.method,
            time,
            day,
            made.crc,
            made.packed,
            made.size,
            len(made.name),
            0,
        )
        self._stream.write(head + made.name)


def raw_name(source: BinaryIO, info: zipfile.ZipInfo) -> bytes:
    """An entry's name as its bytes stand in the file, in whatever encoding.

    Raises:
        zipfile.BadZipFile: there is no entry at that place.
    """
    source.seek(info.header_offset)
    head = source.read(_LOCAL.size)
    if len(head) < _LOCAL.size or head[:4] != b"PK\x03\x04":
        raise zipfile.BadZipFile(f"no entry at {info.header_offset}")
    length, _ = struct.unpack_from("<2H", head, _LOCAL_NAME)
    return source.read(length)


def raw_data(source: BinaryIO, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """An entry's compressed bytes.

    Raises:
        zipfile.BadZipFile: the file ends before they do.
    """
    source.seek(info.header_offset)
    head = source.read(_LOCAL.size)
    if len(head) < _LOCAL.size:
        raise zipfile.BadZipFile(f"no entry at {info.header_offset}")
    name, extra = struct.unpack_from("<2H", head, _LOCAL_NAME)
    source.seek(info.header_offset + _LOCAL.size + name + extra)
    left = info.compress_size
    while left:
        piece = source.read(min(left, CHUNK))
        if not piece:
            raise zipfile.BadZipFile(f"{info.filename} is cut")
        left -= len(piece)
        yield piece


def is_encrypted(info: zipfile.ZipInfo) -> bool:
    return bool(info.flag_bits & _ENCRYPTED)


def _central(made: _Written) -> bytes:
    info = made.info
    day, time = _dos_time(info)
    extra = _without_zip64(info.extra)
    head = _CENTRAL.pack(
        b"PK\x01\x02",
        info.create_version,
        info.create_system,
        20,
        0,
        made.flags,
        made.method,
        time,
        day,
        made.crc,
        made.packed,
        made.size,
        len(made.name),
        len(extra),
        len(info.comment),
        0,
        info.internal_attr,
        info.external_attr,
        made.offset,
    )
    return head + made.name + extra + info.comment


def _dos_time(info: zipfile.ZipInfo) -> tuple[int, int]:
    year, month, day, hour, minute, second = info.date_time
    return (
        (max(year - 1980, 0) << 9) | (month << 5) | day,
        (hour << 11) | (minute << 5) | (second // 2),
    )


def _without_zip64(extra: bytes) -> bytes:
    """The extra fields but the one with 64-bit sizes, which the 32-bit fields now give."""
    kept = b""
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<2H", extra)
        if kind != _ZIP64_FIELD:
            kept += extra[: 4 + length]
        extra = extra[4 + length :]
    return kept
