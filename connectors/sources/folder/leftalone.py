"""What in the watched folder is no document: one judgement for the sweep and for uploads.

NAS systems keep their waste bins, snapshots and thumbnails inside the folders that they share, and
editors, copy programs and browsers give what they are still writing a name of its own. None of it
may come back as an application; and what a person has put there under such a name must not wait for
ever without a word.
"""

from __future__ import annotations

import re
import stat
from typing import Literal

Reason = Literal["noise", "temporary", "backup", "system", "link", "special", "empty", "held"]
"""``noise``: made by an operating system, of no use to anybody; nobody is told of it. The others
are told once."""

OURS = ".torikomi"
"""What the names of our own folders in the watched folder begin with."""

IGNORED = (
    ".part",
    ".partial",
    ".tmp",
    ".temp",
    ".crdownload",
    ".download",
    ".filepart",
    ".writing",
    ".inprogress",
    ".incomplete",
    ".uploading",
    ".opdownload",
    ".aria2",
    ".!ut",
    ".!qb",
    ".$$$",
    ".swp",
    ".lock",
    ".lck",
)
"""Endings of files that another program is still making."""

_SAVING = re.compile(r"\.sb-[0-9a-f]{4,}-\w+$|\.tmp\.[0-9]+$|^~wr[dla][0-9]+\b", re.ASCII)
"""What editors call a file between its old and its new content."""

_BACKUPS = ("~", ".bak", ".old", ".orig", ".lnk", ".url")

_NOISE = frozenset({"thumbs.db", "desktop.ini", "icon\r", "__macosx", "thumbs.db:encryptable"})
_NOISE_NAME = re.compile(r"^(?:ehthumbs.*\.db|thumbs\.db.*)$", re.DOTALL)

_SYSTEM_FOLDERS = frozenset(
    {
        "$recycle.bin",
        "recycler",
        "recycled",
        "recycle.bin",
        "system volume information",
        "lost+found",
        "found.000",
        "~snapshot",
        "trash",
        "trashbox",
        "network trash folder",
        "temporary items",
        "thevolumesettingsfolder",
        "ごみ箱",
    }
)
_SYSTEM_FOLDER = re.compile(r"[@#~$][a-z_+-]*[a-z](?:\.[a-z]+)?", re.ASCII)
"""``#recycle``, ``@eaDir``, ``@Recently-Snapshot``, ``~snapshot``: a sign and a Latin word. A folder
that staff called ``#1`` or ``@福祉課`` is theirs."""


def left_alone(name: str, mode: int = stat.S_IFREG) -> Reason | None:
    """Why something of this name and kind is not taken as a document; None where it is.

    Args:
        name: its own name, without folders.
        mode: ``st_mode`` of it, links not followed. A folder that is left alone is not entered.
    """
    if stat.S_ISLNK(mode):
        return "link"
    low = name.lower()
    if low.startswith(OURS) or low in _NOISE or _NOISE_NAME.match(low):
        return "noise"
    if stat.S_ISDIR(mode):
        hidden = low.startswith(".")
        if hidden or low in _SYSTEM_FOLDERS or _SYSTEM_FOLDER.fullmatch(low):
            return "system"
        return "temporary" if low.endswith(IGNORED) else None
    if low.startswith("."):
        return "noise"
    if not stat.S_ISREG(mode):
        return "special"
    if low.startswith("~$"):
        return "noise"
    if low.endswith(IGNORED) or _SAVING.search(low):
        return "temporary"
    if low.startswith("~") or low.endswith(_BACKUPS) or (low[0] == low[-1] == "#"):
        return "backup"
    return None


TOLD: dict[Reason, str] = {
    "noise": "システムが作るファイル",
    "temporary": "書きかけを表す名前のもの(終わったら正しい名前にしてください)",
    "backup": "控えや一時ファイルの名前のもの(申請なら名前を変えて入れ直してください)",
    "system": "NASやWindowsの管理フォルダー",
    "link": "リンク(元のファイルそのものを入れてください)",
    "special": "ファイルではないもの",
    "empty": "中身が空のファイル(書き込まれるのを待っています。不要なら消してください)",
    "held": "ほかのソフトが開いたままのファイル(閉じると取り込みます)",
}
"""What each reason means to a person."""
