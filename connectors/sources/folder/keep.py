"""Where a claimed file ends: in the archive by its content, in failed/ with its reason, or nowhere
if it is kept already."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

from connectors.files import copy_whole, fitted, move, sha256_of, unavailable, write_whole
from connectors.sources.folder.claim import Claimed, held, hints, new_slot, processing, release_slot

REASON = ".理由.txt"
"""What the reason file of ``x.pdf`` ends with: ``x.pdf.理由.txt``."""

_NUMBER = re.compile(r"^文書番号: ([0-9a-f]{64})\s*$", re.MULTILINE)
_PLACE = re.compile(r"^元の場所: inbox/(.+?)\s*$", re.MULTILINE)


def archive(claimed: Claimed, root: Path, day: dt.date) -> Path:
    """Keep the original as ``root/<year>/<first two hex>/<sha256>.<suffix>``; repeatable after a
    kill.

    Raises:
        ServiceError: the archive cannot be written; the file is where it was.
    """
    target = (
        root / f"{day.year:04d}" / claimed.sha256[:2] / f"{claimed.sha256}{_suffix(claimed.name)}"
    )
    try:
        there = archived(root, claimed.sha256)
        if there is not None and _same(there, claimed):
            claimed.path.unlink(missing_ok=True)
            target = there
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            move(claimed.path, target)
    except OSError as error:
        raise unavailable(error, "保管フォルダー", root) from error
    release_slot(claimed)
    return target


def archived(root: Path, sha256: str) -> Path | None:
    """The archived original of a document."""
    return next(iter(sorted(root.glob(f"*/{sha256[:2]}/{sha256}*"))), None)


def fail(claimed: Claimed, root: Path, reason: str, at: dt.datetime) -> Path:
    """Put the original into ``root`` under its own name, with the Japanese reason beside it;
    repeatable after a kill.

    The reason is written first, so that no file is there without one.

    Args:
        reason: what happened and what to do.
        at: in the office's own time zone, as it shall be shown.

    Raises:
        ServiceError: the folder cannot be written; the file is where it was.
    """
    try:
        root.mkdir(parents=True, exist_ok=True)
        target = _free_name(root, claimed)
        text = (
            f"取り込めなかったファイル: {claimed.name}\n理由: {reason}\n日時: {at:%Y-%m-%d %H:%M}\n"
            f"元の場所: inbox/{claimed.relative}\n文書番号: {claimed.sha256}\n\n"
            "直したら、このファイルをもう一度監視フォルダー(inbox)に入れてください。\n"
            f"同じファイルのままやり直すときは torikomi retry {claimed.sha256[:12]} を実行してください。\n"
        )
        write_whole(_reason_of(target), text.replace("\n", "\r\n").encode("utf-8-sig", "replace"))
        move(claimed.path, target)
    except OSError as error:
        raise unavailable(error, "失敗フォルダー", root) from error
    release_slot(claimed)
    return target


def set_aside(claimed: Claimed, root: Path, reason: str, at: dt.datetime) -> Path:
    """Put a copy of the original into ``root`` with the reason beside it, for pages that were not
    read though others were.

    Repeatable after a kill; the original stays where it is.

    Args:
        reason: which pages, what happened and what to do, one line each.
        at: in the office's own time zone, as it shall be shown.

    Raises:
        ServiceError: the folder cannot be written.
    """
    try:
        root.mkdir(parents=True, exist_ok=True)
        target = _free_name(root, claimed)
        text = (
            f"一部のページを取り込めなかったファイル: {claimed.name}\n理由:\n{reason}\n日時: {at:%Y-%m-%d %H:%M}\n"
            f"元の場所: inbox/{claimed.relative}\n文書番号: {claimed.sha256}\n\n"
            "ほかのページは取り込み済みです。上のページだけをスキャンし直して監視フォルダー(inbox)に入れるか、手で処理してください。\n"
            "処理が済んだら、このファイルと写しは消してかまいません。\n"
        )
        write_whole(_reason_of(target), text.replace("\n", "\r\n").encode("utf-8-sig", "replace"))
        copy_whole(claimed.path, target)
    except OSError as error:
        raise unavailable(error, "失敗フォルダー", root) from error
    return target


def discard(claimed: Claimed, work: Path, root: Path, day: dt.date) -> Path:
    """Take away a file whose content is kept already: in the archive, or still in processing.

    The copy that is kept is read and compared first. Where there is none (somebody emptied the
    archive), this file becomes the archived one: nothing is ever deleted on the word of a table
    alone.

    Returns:
        where the content is kept.

    Raises:
        ServiceError: a folder cannot be read or written; the file is where it was.
    """
    try:
        first = held(work, claimed.sha256)
        there = (
            first.path
            if first is not None and first.path != claimed.path
            else archived(root, claimed.sha256)
        )
        if there is None or not _same(there, claimed):
            return archive(claimed, root, day)
        claimed.path.unlink(missing_ok=True)
    except OSError as error:
        raise unavailable(error, "作業フォルダー", processing(work)) from error
    release_slot(claimed)
    return there


def find(sha256: str, *, work: Path, archive_root: Path, failed_root: Path) -> Path | None:
    """The original of a document, wherever it is: in processing, in the archive, or in failed/."""
    first = held(work, sha256)
    if first is not None:
        return first.path
    return archived(archive_root, sha256) or _failed(failed_root, sha256)


def take_back(
    sha256: str,
    *,
    work: Path,
    archive_root: Path,
    failed_root: Path,
    forms: tuple[str, ...] = (),
) -> Claimed | None:
    """Bring a failed or archived original back into processing, for another reading; its reason
    file goes.

    Call ``Journal.retry(…, token=claimed.token)`` next; a kill in between is made good by the next
    recovery.

    Returns:
        the claim; the one that is there already where it never left; None where the original is
        nowhere.

    Raises:
        ServiceError: a folder cannot be read or written; the file is where it was.
    """
    there = held(work, sha256)
    if there is not None:
        return there
    try:
        source = _failed(failed_root, sha256) or archived(archive_root, sha256)
        if source is None:
            return None
        note = _reason_of(source)
        place = _PLACE.search(note.read_text("utf-8-sig", "replace")) if note.is_file() else None
        relative = place[1] if place else source.name
        channel, form = hints(relative, forms)
        claimed = new_slot(
            work, sha256, Path(relative).name, relative, source.stat().st_size, channel, form
        )
        move(source, claimed.path)
        note.unlink(missing_ok=True)
    except OSError as error:
        raise unavailable(error, "作業フォルダー", processing(work)) from error
    return claimed


def clear_failure(sha256: str, failed_root: Path) -> None:
    """After a document was read at last: take away its old copy and reason in failed/, if they are
    still there.

    Raises:
        ServiceError: the folder cannot be written.
    """
    try:
        path = _failed(failed_root, sha256)
        if path is not None and sha256_of(path) == sha256:
            path.unlink()
            _reason_of(path).unlink(missing_ok=True)
    except OSError as error:
        raise unavailable(error, "失敗フォルダー", failed_root) from error


def _failed(root: Path, sha256: str) -> Path | None:
    """The failed original of a document, by its reason file; where that was deleted, by content."""
    if not root.is_dir():
        return None
    orphans = []
    for path in sorted(
        p for p in root.iterdir() if p.is_file() and not p.name.endswith((REASON, ".tmp"))
    ):
        number = _number(_reason_of(path))
        if number == sha256:
            return path
        if number is None:
            orphans.append(path)
    return next((path for path in orphans if sha256_of(path) == sha256), None)


def _free_name(root: Path, claimed: Claimed) -> Path:
    """A name in ``root`` that is free, or that an earlier try of the same document has taken."""
    base = Path(fitted(claimed.name, 200))
    for n in range(1, 100_000):
        path = root / (base.name if n == 1 else f"{base.stem} ({n}){base.suffix}")
        number = _number(_reason_of(path))
        if number == claimed.sha256 or (number is None and not path.exists()):
            return path
    raise OSError(f"too many files called {base.name}")


def _number(note: Path) -> str | None:
    try:
        found = _NUMBER.search(note.read_text("utf-8-sig", "replace"))
    except OSError:
        return None
    return found[1] if found else None


def _reason_of(path: Path) -> Path:
    return path.with_name(path.name + REASON)


def _same(path: Path, claimed: Claimed) -> bool:
    return path.stat().st_size == claimed.path.stat().st_size and sha256_of(path) == claimed.sha256


def _suffix(name: str) -> str:
    suffix = Path(name).suffix.lower()
    return suffix if re.fullmatch(r"\.[a-z0-9]{1,8}", suffix) else ""
