"""Pages that were not read although others of their document were: they lie in failed/ as a copy,
and are shown until somebody has finished them."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from desk.opendesk import Desk
from records.journal import DocumentRow

_LOOKED_AT = 300  # events, the newest first
_MOST = 40


@dataclass(frozen=True, slots=True)
class Aside:
    """Pages that belong together.

    Attributes:
        message: why they were not read, in words.
        nearest: the form that they are likeliest of, empty where none is near; where sheets of it
            were read from the same document, that reading counts one failure of it.
        at: when.
    """

    pages: tuple[int, ...]
    message: str
    nearest: str
    at: dt.datetime

    @property
    def name(self) -> str:
        """Names the pages within their document: ``2,3``."""
        return ",".join(map(str, self.pages))


def set_aside(desk: Desk, row: DocumentRow) -> list[Aside]:
    """What nobody has finished of a document since it was read last."""
    if row.state != "read":
        return []
    again = desk.journal.chain.events(
        kind="retried", document=row.sha256, newest_first=True, limit=1
    )
    since = next((event.seq for event in again), 0)
    found: dict[str, Aside] = {}
    events = desk.journal.chain.events(
        kind=("set_aside", "finished"), document=row.sha256, after=since
    )
    for event in events:
        pages = tuple(int(n) for n in event.payload.get("pages", ()))
        message, nearest = (str(event.payload.get(key, "")) for key in ("message", "nearest"))
        aside = Aside(pages, message, nearest, event.at)
        if event.kind == "finished":
            found.pop(aside.name, None)
        elif event.payload.get("code") != "blank":
            found[aside.name] = aside
    return list(found.values())


def documents_with_pages_left(desk: Desk) -> Iterator[tuple[DocumentRow, list[Aside]]]:
    """The newest documents with pages that nobody has finished."""
    events = desk.journal.chain.events(kind="set_aside", newest_first=True, limit=_LOOKED_AT)
    for sha256 in itertools.islice(dict.fromkeys(event.document for event in events), _MOST):
        row = desk.journal.documents.get(sha256)
        left = [] if row is None else set_aside(desk, row)
        if row is not None and left:
            yield row, left
