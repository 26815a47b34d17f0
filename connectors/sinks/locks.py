"""Is somebody in this file? Office programs put an owner file beside what they have open."""

from __future__ import annotations

import contextlib
from pathlib import Path

from records.errors import ServiceError


def refuse_if_open(path: Path) -> None:
    """Look for the owner files of Excel (``~$name.xlsx``) and LibreOffice (``.~lock.name.xlsx#``).

    Raises:
        ServiceError: there is one; it names the person where the file does.
    """
    for lock in (path.with_name(f"~${path.name}"), path.with_name(f".~lock.{path.name}#")):
        with contextlib.suppress(OSError):
            if lock.is_file():
                raise _open_by(path, _owner(lock), lock)


def _open_by(path: Path, who: str, lock: Path) -> ServiceError:
    by = f"{who} さんが開いています" if who else "開かれています"
    return ServiceError(
        "workbook",
        f"台帳「{path.name}」は{by}。閉じると続きを書き込みます(誰も開いていなければ「{lock.name}」を削除してください)",
        retry_after=60,
    )


def _owner(lock: Path) -> str:
    """The user name in an owner file: Excel writes its length and UTF-16 text from byte 55,
    LibreOffice a comma list."""
    data = lock.read_bytes()[:400]
    if lock.name.startswith(".~lock."):
        fields = data.decode("utf-8", "replace").split(",")
        return next((f.strip() for f in fields[:2] if f.strip()), "")
    if len(data) > 57:
        length = int.from_bytes(data[55:57], "little")
        name = data[57 : 57 + 2 * length].decode("utf-16-le", "replace")
        if 0 < length <= 100 and name.strip("\0 "):
            return name.strip("\0 ")
    if not data:
        return ""
    return data[1 : 1 + data[0]].decode("cp932", "replace").strip("\0 ")
