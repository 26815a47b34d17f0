"""What people do to the intake: send files in, and have a document read again."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import unicodedata
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from connectors.files import sync_folder
from connectors.sources import folder
from desk.opendesk import Desk
from initiatives.fiscal import wareki_day
from records.errors import DocumentError, ServiceError
from records.filenames import shown_name
from records.journal import DocumentRow
from records.mynumber import mask_my_number

_FORBIDDEN = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f]')


def safe_name(name: str) -> str:
    """A file name that any share can hold, from what a browser says; the ending is kept and a My
    Number masked."""
    own = name.replace("\\", "/").rsplit("/", 1)[-1]
    masked = mask_my_number(unicodedata.normalize("NFC", own), sign="X")
    allowed = _FORBIDDEN.sub("_", masked)
    plain = shown_name(allowed).strip(" .")
    stem, dot, ending = plain.rpartition(".")
    if not dot:
        stem = plain
        ending = ""
    while len((stem + dot + ending).encode()) > 180 and stem:
        stem = stem[:-1]
    return (stem + dot + ending) or "upload"


async def keep_upload(
    desk: Desk, name: str, form: str, chunks: AsyncIterator[bytes]
) -> tuple[Path, str, str]:
    """Write a file into the inbox: beside first, then renamed, so that the sweep never sees half of
    it.

    Args:
        form: a form's id (its sub-folder of the inbox), or empty.
        chunks: the file's bytes.

    Returns:
        Where it is, its sha256, and what to tell where the same bytes came before (asked before a
        sweep can see it, else it would be its own predecessor).

    Raises:
        DocumentError: too large, empty, or neither PDF nor image.
        ServiceError: the inbox cannot be written.
    """
    place = desk.site.inbox / form if form else desk.site.inbox
    beside = place / f".{uuid.uuid4().hex}.part"
    try:
        place.mkdir(parents=True, exist_ok=True)
        upload = await _written(beside, chunks, desk.site.desk.upload_megabytes, name)
        _refuse(upload, name)
        before = came_before(desk, upload.sha256)
        path = _placed(beside, place, safe_name(name))
        sync_folder(place)
        return path, upload.sha256, before
    except OSError as error:
        raise ServiceError(
            "folder", "受信フォルダーに書き込めません。空きと権限を確かめてください"
        ) from error
    finally:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class _Upload:
    """What was written: how many bytes, the first of them, and their sha256."""

    size: int
    head: bytes
    sha256: str


async def _written(
    beside: Path, chunks: AsyncIterator[bytes], megabytes: int, name: str
) -> _Upload:
    """Write the bytes to the disk for good.

    Raises:
        DocumentError: they are more than ``megabytes``.
    """
    digest = hashlib.sha256()
    size = 0
    head = b""
    with beside.open("xb") as stream:
        async for chunk in chunks:
            size += len(chunk)
            if size > megabytes * 1_000_000:
                limit = f"{megabytes}MBまで"
                told = f"「{name}」は大きすぎます({limit})。分けて送ってください"
                raise DocumentError("too_large", told)
            if len(head) < folder.HEAD_BYTES:
                head = (head + chunk)[: folder.HEAD_BYTES]
            digest.update(chunk)
            stream.write(chunk)
        stream.flush()
        os.fsync(stream.fileno())
    return _Upload(size, head, digest.hexdigest())


def _refuse(upload: _Upload, name: str) -> None:
    """Raises:
    DocumentError: what was sent is nothing that can be read.
    """
    if folder.left_alone(safe_name(name)) is not None:
        raise DocumentError(
            "unsupported",
            f"「{name}」は、控えや書きかけを表す名前なので取り込みません。名前を変えて送ってください",
        )
    if not upload.size:
        raise DocumentError("empty", f"「{name}」は中身が空です")
    if not folder.is_beginning(upload.head):
        raise DocumentError(
            "unsupported",
            f"「{name}」は画像でもPDFでもありません。PDF、TIFF、JPEG、PNG、HEICなどにしてください",
        )


def came_before(desk: Desk, sha256: str) -> str:
    """What to tell of bytes that came before: when, and what becomes of them now; empty where they
    are new."""
    row = desk.journal.documents.get(sha256)
    if row is None:
        sent = next(desk.journal.chain.events(kind="uploaded", document=sha256, limit=1), None)
        if sent is None:
            return ""
        day = sent.at.astimezone(desk.zone).date()
        return f"{day.month}月{day.day}日に届いたものと同じです。読み取りを待っています"
    came = f"{row.received_on.month}月{row.received_on.day}日に届いたものと同じです"
    if row.received_on.year != desk.now().year:
        came = f"{wareki_day(row.received_on)}に届いたものと同じです"
    if row.state == "failed":
        return f"{came}。前は読めなかったので、もう一度読みます"
    return f"{came}。二重には取り込みません"


def _placed(beside: Path, place: Path, name: str) -> Path:
    stem = Path(name).stem
    ending = Path(name).suffix
    for n in range(1, 10_000):
        target = place / (name if n == 1 else f"{stem} ({n}){ending}")
        try:
            os.link(beside, target)  # fails where the name is taken: nothing is overwritten
        except FileExistsError:
            continue
        except OSError:  # a share without links
            if target.exists():
                continue
            beside.rename(target)
        return target
    raise OSError(f"too many files called {name}")


def read_again(desk: Desk, row: DocumentRow, form: str, who: str) -> None:
    """Put a document back into the queue, as ``form`` where a person says so.

    Raises:
        DocumentError: its original is nowhere.
        ServiceError: a folder cannot be written.
    """
    if row.state in ("received", "reading"):
        return
    claimed = folder.read_again(
        desk.journal,
        desk.site,
        row,
        forms=tuple(desk.forms),
        at=desk.now(),
        who=who,
        form=form,
    )
    if claimed is None:
        raise DocumentError(
            "missing", f"「{row.name}」の原本が見つかりません。もう一度スキャンして入れてください"
        )
