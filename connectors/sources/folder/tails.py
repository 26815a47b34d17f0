"""The rest of a file that was taken meanwhile: a writer that opens it by its name finds it gone and
begins a new file, which holds nothing but what is added.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

from connectors.files import move, sha256_of, unavailable, write_beside
from connectors.sources.folder.claim import Claimed, drop, new_slot, processing

_BEGINNINGS = (
    *(b"%PDF", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+", b"\xff\xd8\xff", b"\x89PNG", b"BM", b"GIF8"),
    *(b"\0\0\0\x0cjP", b"\xff\x4f\xff\x51"),
)
"""How files begin that are read; JPEG 2000 comes last."""

_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis")
"""What stands in HEIF and AVIF behind ``ftyp``."""

HEAD_BYTES = 64
"""So many bytes tell how a file begins."""


def is_beginning(head: bytes) -> bool:
    """True where a file that is read begins with these bytes (:data:`HEAD_BYTES` of them)."""
    brands = {head[8:12], *(head[at : at + 4] for at in range(16, len(head), 4))}
    is_heif = head[4:8] == b"ftyp" and not brands.isdisjoint(_BRANDS)
    is_webp = head[:4] == b"RIFF" and head[8:12] == b"WEBP"
    return head.startswith(_BEGINNINGS) or is_heif or is_webp


def begins(path: Path) -> bool:
    """True where a file begins as its kind begins, so that it is no rest of another one."""
    with path.open("rb") as stream:
        return is_beginning(stream.read(HEAD_BYTES))


def put_behind(
    claimed: Claimed,
    pieces: Sequence[tuple[str, Path]],
    work: Path,
    is_one: Callable[[Path], bool],
) -> Claimed | None:
    """Put a claimed file behind what was taken of it before. Killed at any point, the next start
    finds the rest again, or all of it together, or both.

    Args:
        pieces: sha256 and bytes of what was taken, the first first.
        is_one: whether the file of all, which does not have its name yet, is one document.

    Returns:
        The file of all in a place of its own, instead of ``claimed``; None, and nothing is
        changed, where they are not one document.

    Raises:
        ServiceError: the disk is full, or the work folder cannot be written.
    """

    def all_pieces(target: BinaryIO) -> None:
        for path in (*(path for _, path in pieces), claimed.path):
            with path.open("rb") as source:
                shutil.copyfileobj(source, target, 1 << 20)

    folder = processing(work)
    try:
        beside = write_beside(folder / uuid.uuid4().hex, all_pieces)
    except OSError as error:
        raise unavailable(error, "作業フォルダー", folder) from error
    try:
        if not is_one(beside):
            return None
        size = beside.stat().st_size
        made = new_slot(
            work,
            sha256_of(beside),
            claimed.name,
            claimed.relative,
            size,
            claimed.channel,
            claimed.form,
            before=pieces[-1][0],
        )
        move(beside, made.path)
    except OSError as error:
        raise unavailable(error, "作業フォルダー", folder) from error
    finally:
        beside.unlink(missing_ok=True)
    drop(claimed)
    return made
