"""Where a claimed file ends: in the archive by its content, in failed/ with its reason, or nowhere
if it is kept already."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

from connectors.files import (
    copy_whole,
    fitted,
    make_folder,
    move,
    sha256_of,
    unavailable,
    write_whole,
)
from connectors.sources.folder import failedplaces, holders
from connectors.sources.folder.claim import Claimed, held, hints, new_slot, processing, release_slot
from connectors.sources.folder.failedplaces import FailedPlace
from records.errors import DocumentError, ServiceError
from records.filenames import shown_name

REASON = ".理由.txt"
"""What the reason file of ``x.pdf`` ends with: ``x.pdf.理由.txt``."""


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
        if sha256_of(claimed.path) != claimed.sha256:
            raise ServiceError(
                "folder",
                f"作業フォルダーの「{claimed.path}」の内容が変わっています。"
                "原本を確かめ、もう一度 inbox に入れてください",
                retry_after=300,
            )
        there = archived(root, claimed.sha256)
        if there is not None and _same(there, claimed):
            claimed.path.unlink(missing_ok=True)
            target = there
        else:
            make_folder(target.parent)
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
        make_folder(root)
        target = _free_name(root, claimed)
        text = (
            f"取り込めなかったファイル: {shown_name(claimed.name)}\n理由: {reason}\n日時: {at:%Y-%m-%d %H:%M}\n"
            f"元の場所: inbox/{shown_name(claimed.relative)}\n文書番号: {claimed.sha256}\n\n"
            "直したら、このファイルをもう一度監視フォルダー(inbox)に入れてください。\n"
            f"同じ場所で差し替えたとき、または同じファイルのままやり直すときは "
            f"torikomi retry {claimed.sha256[:12]} を実行してください。\n"
        )
        failedplaces.write(_work_of(claimed), FailedPlace.of(claimed, target.name))
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
        make_folder(root)
        target = _free_name(root, claimed)
        text = (
            f"一部のページを取り込めなかったファイル: {shown_name(claimed.name)}\n"
            f"理由:\n{reason}\n日時: {at:%Y-%m-%d %H:%M}\n"
            f"元の場所: inbox/{shown_name(claimed.relative)}\n文書番号: {claimed.sha256}\n\n"
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
    return archived(archive_root, sha256) or _failed(failed_root, work, sha256)


def _hash_of_still(path: Path) -> str:
    """The hash of a file that nobody is writing to.

    Raises:
        ServiceError: somebody is.
    """
    if holders.writers_of(path) == "some":
        message = f"「{path.name}」に書き込み中のソフトがあります"
        raise ServiceError("folder", f"{message}。終わってからやり直してください")
    return sha256_of(path)


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

    The bytes are hashed anew. Where a person put a better scan over the failed one, the claim has
    the number of these bytes, and names the document before. :func:`read_again` does all of it; a
    kill in between is made good by the next recovery.

    Returns:
        the claim; the one that is there already where it never left; None where the original is
        nowhere.

    Raises:
        DocumentError: the archived original is not what it was.
        ServiceError: a folder cannot be read or written, or somebody is writing to the file; it is
        where it was.
    """
    there = held(work, sha256)
    if there is not None:
        return there
    try:
        place = failedplaces.read(work, sha256)
        source = _failed(failed_root, work, sha256) or archived(archive_root, sha256)
        source = source or _replaced(failed_root, work, place)
        if source is None:
            return None
        actual = _hash_of_still(source)
        is_changed = actual != sha256
        if is_changed and source.parent != failed_root:
            message = f"保管フォルダーの「{source.name}」の内容が変わっています"
            raise DocumentError("damaged", f"{message}。写しから戻してください")
        relative = source.name if place is None else place.relative
        channel, form = hints(relative, forms)
        claimed = new_slot(
            work,
            actual,
            Path(relative).name,
            relative,
            source.stat().st_size,
            channel,
            form,
            before=sha256 if is_changed else "",
        )
        move(source, claimed.path)
        _reason_of(source).unlink(missing_ok=True)
        failedplaces.forget(work, sha256)
    except OSError as error:
        raise unavailable(error, "作業フォルダー", processing(work)) from error
    return claimed


def clear_failure(sha256: str, failed_root: Path, work: Path | None = None) -> None:
    """After a document was read at last: take away its old copy and reason in failed/, if they are
    still there.

    Raises:
        ServiceError: the folder cannot be written.
    """
    try:
        path = _failed(failed_root, work, sha256)
        if path is not None:
            path.unlink()
            _reason_of(path).unlink(missing_ok=True)
        if work is not None:
            failedplaces.forget(work, sha256)
    except OSError as error:
        raise unavailable(error, "失敗フォルダー", failed_root) from error


def retire(sha256: str, *, work: Path, archive_root: Path, failed_root: Path, day: dt.date) -> None:
    """Keep the original of a document that a later one has taken the place of: into the archive,
    from processing or from failed/.

    Raises:
        ServiceError: a folder cannot be read or written; the file is where it was.
    """
    first = held(work, sha256)
    if first is None and _failed(failed_root, work, sha256) is not None:
        first = take_back(sha256, work=work, archive_root=archive_root, failed_root=failed_root)
    if first is not None:
        archive(first, archive_root, day)


def _failed(root: Path, work: Path | None, sha256: str) -> Path | None:
    """The failed original of a document: where it was put, or wherever its bytes are.

    The reason file beside it is for people. What stands in it, and what a file is called, decides
    nothing.
    """
    if not root.is_dir():
        return None
    place = None
    if work is not None:
        place = failedplaces.read(work, sha256)
    if place is not None:
        path = root / place.file
        if path.is_file() and sha256_of(path) == sha256:
            return path
    found = (p for p in sorted(root.iterdir()) if not p.name.endswith((REASON, ".tmp")))
    return next((p for p in found if _holds(p, sha256, place)), None)


def _holds(path: Path, sha256: str, place: FailedPlace | None) -> bool:
    if path.is_symlink() or not path.is_file():
        return False
    if place is not None and path.stat().st_size != place.size:
        return False
    return sha256_of(path) == sha256


def _replaced(root: Path, work: Path, place: FailedPlace | None) -> Path | None:
    """What a person put in the place of a failed original; None where there is nothing, or another
    document's original."""
    if place is None:
        return None
    path = root / place.file
    if path.is_symlink() or not path.is_file() or path.stat().st_size == 0:
        return None
    if failedplaces.read(work, sha256_of(path)) is not None:
        return None
    return path


def _work_of(claimed: Claimed) -> Path:
    return claimed.slot.parent.parent


def _free_name(root: Path, claimed: Claimed) -> Path:
    """A name in ``root`` that is free, or that an earlier try of the same document has taken."""
    base = Path(fitted(claimed.name, 200))
    for n in range(1, 100_000):
        path = root / (base.name if n == 1 else f"{base.stem} ({n}){base.suffix}")
        if not path.exists() and not path.is_symlink():
            return path
        if path.is_file() and _same(path, claimed):
            return path
    raise OSError(f"too many files called {base.name}")


def _reason_of(path: Path) -> Path:
    return path.with_name(path.name + REASON)


def _same(path: Path, claimed: Claimed) -> bool:
    return path.stat().st_size == claimed.path.stat().st_size and sha256_of(path) == claimed.sha256


def _suffix(name: str) -> str:
    suffix = Path(name).suffix.lower()
    if not re.fullmatch(r"\.[a-z0-9]{1,8}", suffix):
        return ""
    return suffix
