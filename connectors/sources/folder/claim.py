"""Taking a file out of the inbox: copied to a place that its content names, verified, then removed.

The copy has an inode of its own, so a writer that still has the original open cannot change what
will be read and archived. What such a writer adds is found at the original itself
(:mod:`connectors.sources.folder.parked`).
"""

from __future__ import annotations

import contextlib
import json
import shutil
import uuid
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath

from connectors.files import (
    fitted,
    make_folder,
    move,
    sha256_of,
    sync_folder,
    unavailable,
    write_whole,
)
from connectors.sources.folder import parked
from connectors.sources.folder.copying import Copied, copied, part
from connectors.sources.folder.scan import Settled
from records.errors import ServiceError
from records.mynumber import mask_my_number


@dataclass(frozen=True, slots=True)
class Claimed:
    """A file that is ours.

    Attributes:
        sha256: of its bytes, hex.
        name: as it was called in the inbox, a My Number in it masked.
        path: where it is now, in ``work/processing/``.
        relative: where it was, below the inbox, with ``/``; as it was called, for the original is
            removed by it.
        channel: the sub-folder of the inbox that is no form (``fax``), or empty.
        form: the sub-folder that is a form's id, or empty.
        token: names this one arrival; give it to ``journal.documents.receive``.
        source: inode and mtime of the original, to know it again after a kill.
        before: sha256 of the document that this is a later state of, or empty.
    """

    sha256: str
    name: str
    path: Path
    size: int
    relative: str
    channel: str
    form: str
    token: str
    source: str = ""
    before: str = ""

    @property
    def slot(self) -> Path:
        """The folder that holds the file; its sidecar is beside it."""
        return self.path.parent

    @property
    def sidecar(self) -> Path:
        return self.slot.with_name(f"{self.slot.name}.json")


def processing(work: Path) -> Path:
    """Where claimed files are."""
    return work / "processing"


def claim(
    found: Settled, inbox: Path, work: Path, forms: Iterable[str] = (), before: str = ""
) -> Claimed | None:
    """Take one settled file out of the inbox.

    Its bytes are copied and hashed in one pass into ``work/processing/<sha256>/``, with a sidecar.
    Then the original is moved out of sight and, where nobody can write to it any more, deleted.
    Where the same content is being processed already, this one gets a folder of its own beside it,
    so that nothing is ever overwritten.

    Args:
        forms: ids of the office's forms, to tell a form's sub-folder from a channel's.
        before: the document of which this is a later state; the original is parked already then.

    Returns:
        None where the file changed meanwhile or is gone; the next sweep sees it anew.

    Raises:
        ServiceError: the file cannot be read or moved (locked, read-only inbox, disk full); it is
        where it was.
    """
    copy = copied(found, processing(work))
    if copy is None:
        return None
    finished = _same_arrival(found, work, copy)
    if finished is not None:
        copy.path.unlink(missing_ok=True)
        if not part(found, copy.sha256, copy.source, inbox, work):
            return None
        return finished
    try:
        claimed = _slot(found, work, copy, forms, before)
        move(copy.path, claimed.path)
    except OSError as error:
        copy.path.unlink(missing_ok=True)
        raise unavailable(error, "作業フォルダー", processing(work)) from error
    if before:
        return claimed
    try:
        parted = part(found, copy.sha256, copy.source, inbox, work)
    except ServiceError:
        drop(claimed)
        raise
    if not parted:
        drop(claimed)
        return None
    return claimed


def recover(work: Path, inbox: Path | None = None) -> list[Claimed]:
    """All claimed files, oldest claim first, after tidying up what a kill left half done.

    An empty slot (killed before the copy was in it) is taken away: its file is still in the inbox.
    An original whose copy is in its slot, and that was not removed any more, is removed now.

    Args:
        inbox: where such originals may be.

    Raises:
        ServiceError: the folder cannot be read.
    """
    folder = processing(work)
    try:
        if not folder.is_dir():
            return []
        for left in folder.glob(".*.tmp"):
            left.unlink(missing_ok=True)
        slots = [p for p in folder.iterdir() if p.is_dir()]
        found = [claimed for slot in slots if (claimed := _load(slot)) is not None]
        for sidecar in folder.glob("*.json"):
            if not sidecar.with_suffix("").is_dir():
                sidecar.unlink(missing_ok=True)
        if inbox is not None:
            for claimed in found:
                _complete(claimed, inbox, work)
        parked.tidy(inbox, work)
        return sorted(found, key=lambda c: (c.path.stat().st_ctime_ns, c.token))
    except OSError as error:
        raise unavailable(error, "作業フォルダー", folder) from error


def _complete(claimed: Claimed, inbox: Path, work: Path) -> None:
    """Remove the original of a claim that a kill interrupted before that, if it is still the
    same."""
    path = inbox / claimed.relative
    try:
        now = path.lstat()
    except (OSError, ValueError):
        return
    found = Settled(path, claimed.relative, now.st_size, now.st_mtime_ns, now.st_ctime_ns)
    if claimed.source != f"{now.st_ino}:{now.st_mtime_ns}" or sha256_of(path) != claimed.sha256:
        return
    with contextlib.suppress(ServiceError):  # then the sweep tells of it
        part(found, claimed.sha256, claimed.source, inbox, work)


def held(work: Path, sha256: str) -> Claimed | None:
    """The claimed file of a document; None where it has gone on or never was."""
    slot = processing(work) / sha256
    if not slot.is_dir():
        return None
    return _load(slot)


def hints(relative: str, forms: Iterable[str]) -> tuple[str, str]:
    """Channel and form that the sub-folders of ``relative`` say."""
    known = frozenset(forms)
    folders = PurePosixPath(relative).parts[:-1]
    form = next((f for f in folders if f in known), "")
    channel = next((f for f in folders if f not in known), "")
    return channel, form


def release_slot(claimed: Claimed) -> None:
    """Take away the empty slot and sidecar of a file that has moved on."""
    claimed.sidecar.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        claimed.slot.rmdir()


def new_slot(
    work: Path,
    sha256: str,
    name: str,
    relative: str,
    size: int,
    channel: str,
    form: str,
    *,
    source: str = "",
    before: str = "",
) -> Claimed:
    """Make a slot with its sidecar for a file that is about to move in.

    Raises:
        OSError: it could not be made.
    """
    folder = processing(work)
    make_folder(folder)
    token = uuid.uuid4().hex
    slot = folder / sha256
    try:
        slot.mkdir()
    except FileExistsError:
        slot = folder / f"{sha256}.{token[:12]}"
        slot.mkdir()
    claimed = Claimed(
        sha256,
        name,
        slot / fitted(name),
        size,
        relative,
        channel,
        form,
        token,
        source,
        before,
    )
    try:
        write_sidecar(claimed)
    except OSError:
        drop(claimed)
        raise
    sync_folder(folder)
    return claimed


def write_sidecar(claimed: Claimed) -> None:
    """Keep what the file's own bytes do not tell."""
    data = {}
    for key, value in asdict(claimed).items():
        if key != "path":
            data[key] = value
    write_whole(
        claimed.sidecar, json.dumps({**data, "file": claimed.path.name}, sort_keys=True).encode()
    )


def _slot(found: Settled, work: Path, copied: Copied, forms: Iterable[str], before: str) -> Claimed:
    channel, form = hints(found.relative, forms)
    name = mask_my_number(PurePosixPath(found.relative).name, sign="X")
    return new_slot(
        work,
        copied.sha256,
        name,
        found.relative,
        found.size,
        channel,
        form,
        source=copied.source,
        before=before,
    )


def _same_arrival(found: Settled, work: Path, copied: Copied) -> Claimed | None:
    """The claim of this very file that a kill interrupted before the original was removed."""
    claimed = held(work, copied.sha256)
    if claimed is None or claimed.relative != found.relative:
        return None
    elsewhere = claimed.path.stat().st_dev != found.path.stat().st_dev
    if claimed.source != copied.source and not elsewhere:
        return None
    if sha256_of(claimed.path) != copied.sha256:
        return None
    return claimed


def _load(slot: Path) -> Claimed | None:
    """The claim in ``slot``; None, and the slot is gone, where no whole file is in it."""
    for left in slot.glob(".*.tmp"):
        left.unlink(missing_ok=True)
    files = [p for p in slot.iterdir() if p.is_file()]
    sidecar = slot.with_name(f"{slot.name}.json")
    if not files:
        sidecar.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            slot.rmdir()
        return None
    path = files[0]
    try:
        data = json.loads(sidecar.read_bytes())
        path = slot / data.pop("file") if (slot / data["file"]).is_file() else path
        data.pop("file", None)
        return Claimed(path=path, **data)
    except (
        OSError,
        ValueError,
        TypeError,
        KeyError,
    ):  # somebody deleted or changed it: the file itself is what counts
        sha256 = slot.name.partition(".")[0]
        claimed = Claimed(
            sha256, path.name, path, path.stat().st_size, path.name, "", "", f"slot-{slot.name}"
        )
        write_sidecar(claimed)
        return claimed


def drop(claimed: Claimed) -> None:
    """Take away a claimed file with its slot: its bytes are elsewhere."""
    claimed.sidecar.unlink(missing_ok=True)
    shutil.rmtree(claimed.slot, ignore_errors=True)
