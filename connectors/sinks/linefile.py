"""What sinks that write lines of text share: the frame of a delivery, and how the file is swapped
in."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO, Protocol

from connectors.files import stat_of, swap_in, unavailable, write_beside
from connectors.sinks import Delivered, once_each
from connectors.sinks.backups import keep_day
from connectors.sinks.locks import refuse_if_open
from connectors.sinks.recordrows import Row
from records import days
from records.errors import ServiceError


class Writing(Protocol):
    """One delivery into a file; its attributes are those of
    :class:`~connectors.sinks.Delivered`."""

    added: list[str]
    updated: list[str]
    unchanged: list[str]
    withheld: list[str]
    notes: list[str]

    @property
    def refused(self) -> Mapping[str, str]: ...

    @property
    def altered(self) -> Sequence[str]: ...

    def take(self, row: Row) -> None:
        """Add, replace, or leave one row."""
        ...

    def finish(self) -> None:
        """Write the file."""
        ...


def deliver_lines(
    path: Path, kind: str, rows: Sequence[Row], begin: Callable[[], Writing]
) -> Delivered:
    """Take every row once, and write the file once.

    Args:
        kind: what the file is called in messages.

    Raises:
        ServiceError: somebody has the file open, or it cannot be read or written now.
    """
    started = time.monotonic()
    try:
        refuse_if_open(path)
        writing = begin()
        for row in once_each(rows):
            writing.take(row)
        writing.finish()
    except OSError as error:
        raise unavailable(error, kind, path, "file") from error
    return Delivered(
        tuple(writing.added),
        tuple(writing.updated),
        tuple(writing.unchanged),
        tuple(writing.withheld),
        str(path),
        time.monotonic() - started,
        tuple(writing.notes),
        writing.refused,
        tuple(writing.altered),
    )


def swap_lines(
    path: Path,
    kind: str,
    before: tuple[int, int, int] | None,
    content: bytes,
    keeps_copy: bool,
) -> None:
    """Put the new content in the place of the old.

    Args:
        before: the file's stat when it was read.
        keeps_copy: whether the day's first version is kept in 控え.

    Raises:
        ServiceError: somebody changed the file or took it away since it was read.
    """

    def write(stream: BinaryIO) -> None:
        stream.write(content)

    if before is not None and keeps_copy:
        keep_day(path, days.now().date())
    beside = write_beside(path, write)
    if stat_of(path) != before:
        beside.unlink(missing_ok=True)
        raise ServiceError(
            "file",
            f"{kind}「{path.name}」がこの間に変わりました。次の回に書き込みます",
            retry_after=5,
        )
    swap_in(beside, path)
