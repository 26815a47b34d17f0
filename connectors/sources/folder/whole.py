"""Whether a file looks whole: it ends as its kind ends, and all of it has been written."""

from __future__ import annotations

from pathlib import Path

_TAIL = 4096
"""Bytes at the end that no written file of a kind we read leaves all zero."""


def is_whole(path: Path, size: int) -> bool:
    """Whether the file ends as its kind ends. Unknown kinds, and files that cannot be read now,
    pass: this only decides how long a file is given, never whether it is taken.

    A copy that sets the size first leaves zeros where nothing has been written yet.

    Args:
        size: of the file, bytes.
    """
    if size == 0:
        return False
    try:
        with path.open("rb") as stream:
            start = stream.read(16)
            stream.seek(max(size - _TAIL, 0))
            end = stream.read()
    except OSError:
        return True
    if not any(end) or not any(start):
        return False
    if start.startswith(b"%PDF"):
        return b"%%EOF" in end[-2048:]
    if start.startswith(b"\xff\xd8\xff"):
        return b"\xff\xd9" in end[-2048:]
    if start.startswith(b"\x89PNG\r\n\x1a\n"):
        return b"IEND" in end[-2048:]
    if start[:4] in (b"II*\0", b"MM\0*"):
        return int.from_bytes(start[4:8], "little" if start[:1] == b"I" else "big") < size
    return True
