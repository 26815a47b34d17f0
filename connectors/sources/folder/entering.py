"""Taking a document that is no file of the inbox: what other sources fetch."""

from __future__ import annotations

import hashlib
import uuid
from pathlib import Path
from typing import BinaryIO

from connectors.files import make_folder, move, unavailable, write_beside
from connectors.sources.folder.claim import Claimed, drop, held, new_slot, processing


def enter(work: Path, name: str, content: bytes, channel: str, form: str = "") -> Claimed:
    """Take a document into ``work/processing``; it is on the disk before this returns.

    The same bytes under the same name and channel are taken once, as long as they wait there.

    Args:
        name: what it is called where it comes from; folders in it are left out.
        channel: where it comes from, in a word (``mail``).
        form: the one form that it may be; empty for any.

    Raises:
        ServiceError: it cannot be written.
    """
    last = name.replace("\\", "/").rpartition("/")[2]
    plain = last if last.strip(". ") else "名前なし"
    relative = f"{channel}/{plain}"
    sha256 = hashlib.sha256(content).hexdigest()
    folder = processing(work)
    there = held(work, sha256)
    if there is not None and there.relative == relative:
        return there

    def write(stream: BinaryIO) -> None:
        stream.write(content)

    try:
        make_folder(folder)
        beside = write_beside(folder / uuid.uuid4().hex, write)
        claimed = new_slot(work, sha256, plain, relative, len(content), channel, form)
        try:
            move(beside, claimed.path)
        except OSError:
            drop(claimed)
            raise
    except OSError as error:
        raise unavailable(error, "作業フォルダー", folder) from error
    return claimed
