"""Copies of a ledger from before deliveries, one a day: something to go back to when a mistake is
found days later.

The rule: before the first delivery of a day the file is copied into the folder 控え beside it,
under its name and the day. The copies of the last :data:`KEPT` days on which something was
delivered are kept. So the copy of a day is never written over by what went wrong later, and copies
do not grow old while nothing happens. (``<name>.bak`` beside the workbook is the version before the
last delivery, whatever the day; files of lines have none.)
"""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from pathlib import Path

from connectors.files import copy_whole, fitted, make_folder

FOLDER = "控え"
KEPT = 14
"""Copies of one ledger, each of another day."""

_PACKED = (".xlsx", ".xlsm")

_DAY = r" \d{4}-\d{2}-\d{2}"
_LONGEST = 200  # bytes of a name, so that the day fits behind it


def keep_day(path: Path, day: dt.date) -> Path | None:
    """Copy a ledger unless this day has its copy, and let go of copies that are too many.

    Args:
        path: the file as it is before a delivery.

    Returns:
        the copy, or None where nothing was copied: there is one, or the workbook is not whole.

    Raises:
        OSError: it cannot be copied (disk full).
    """
    copy = copy_of(path, day)
    if copy.exists():
        return None
    make_folder(copy.parent)
    copy_whole(path, copy)
    if path.suffix.lower() in _PACKED and not is_whole(copy):
        copy.unlink()  # a damaged workbook pushes no good copy out
        return None
    for old in copies_of(path)[KEPT:]:
        old.unlink(missing_ok=True)
    return copy


def copy_of(path: Path, day: dt.date) -> Path:
    """Where the copy of a day is."""
    return path.parent / FOLDER / f"{_stem(path)} {day.isoformat()}{path.suffix}"


def copies_of(path: Path) -> list[Path]:
    """The copies that there are, the newest first."""
    folder = path.parent / FOLDER
    if not folder.is_dir():
        return []
    name = re.compile(re.escape(_stem(path)) + _DAY + re.escape(path.suffix))
    return sorted((one for one in folder.iterdir() if name.fullmatch(one.name)), reverse=True)


def is_whole(path: Path) -> bool:
    """Whether every part of the package can be unpacked and has its checksum."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.testzip() is None
    except Exception:  # a damaged package makes zipfile and zlib raise anything
        return False


def _stem(path: Path) -> str:
    return fitted(path.name, _LONGEST).removesuffix(path.suffix)
