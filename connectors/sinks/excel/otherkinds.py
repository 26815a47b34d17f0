"""What a file that is called a workbook is instead, told by its bytes."""

from __future__ import annotations

import struct
import zipfile
from typing import BinaryIO

SAVE_AS = "Excelで開き、「名前を付けて保存」で「Excelブック(*.xlsx)」を選んで保存し直してください"

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLE_DIRECTORY = 48  # where its header says in which sector the directory begins (MS-CFB, 2.2)
_OLE_SHIFT = 30
_START = 1 << 20
_OTHER_OFFICE = {"word/": "Wordの文書", "ppt/": "PowerPointの資料", "visio/": "Visioの図面"}


def what_else(stream: BinaryIO) -> str:
    """The rest of a sentence that begins with the file's name: what it is, and what to do; empty
    where it may be a damaged workbook."""
    stream.seek(0)
    start = stream.read(_START)
    if not start:
        return "は中身のない(0バイトの)ファイルです。控えから戻すか、削除すると新しく作ります"
    if start.startswith(_OLE):
        return _ole(start + _directory(stream, start))
    if b"mimetypeapplication/vnd.oasis.opendocument" in start[:200]:
        return f"はOpenDocument形式(.ods)です。{SAVE_AS}"
    if start.lstrip(b"\xef\xbb\xbf\r\n\t ")[:1] == b"<":
        return f"はExcelブックではなく XML か HTML です。{SAVE_AS}"
    if start.startswith(b"%PDF"):
        return f"はExcelブックではなく PDF です。{SAVE_AS}"
    if b"\0" not in start and b"PK" not in start[:4]:
        return f"はExcelブックではなく文字だけのファイル(CSVなど)です。{SAVE_AS}"
    return _other_package(stream)


def _ole(data: bytes) -> str:
    if "EncryptedPackage".encode("utf-16-le") in data:
        return "はパスワードがかかっています。パスワードを外して保存し直してください"
    if any(name.encode("utf-16-le") in data for name in ("Workbook", "Book\0")):
        return f"は古い形式(Excel 97-2003)です。{SAVE_AS}"
    return ""


def _directory(stream: BinaryIO, start: bytes) -> bytes:
    """The names in an OLE file, which may stand anywhere in it."""
    if len(start) < _OLE_DIRECTORY + 4:
        return b""
    (shift,) = struct.unpack_from("<H", start, _OLE_SHIFT)
    (sector,) = struct.unpack_from("<L", start, _OLE_DIRECTORY)
    stream.seek((sector + 1) << min(shift, 16))
    return stream.read(1 << 16)


def _other_package(stream: BinaryIO) -> str:
    """Of a zip file: another office program's, or any archive."""
    try:
        with zipfile.ZipFile(stream) as archive:
            names = [name.replace("\\", "/").lower() for name in archive.namelist()]
    except Exception:  # a damaged package makes zipfile raise anything
        return ""
    for start, kind in _OTHER_OFFICE.items():
        if any(name.startswith(start) for name in names):
            return f"はExcelブックではなく{kind}です。{SAVE_AS}"
    if "[content_types].xml" not in names:
        return "はExcelブックではなく圧縮ファイルです。中のブックを取り出して台帳にしてください"
    return ""
