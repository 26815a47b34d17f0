"""The journal: an append-only, hash-chained list of events, and beside it how everything stands
now.

Both change in the same transaction, so a state is never without the event that made it. Steps may
be repeated: each call says what it guarantees when it is made twice, which is what makes kill -9
harmless.

::

    document   received → reading → read | failed          record   waiting → ready → delivered
                  ↑ lease over ↓      ↓ retry                          ↓ ↑      ↑ corrected ↓
                  received ←──────────┤                               returned  ready (new revision)
                                      └ finished, by people           waiting | returned ⇄ dropped

A record is ``dropped``, by people, as a page of another sheet or as the same sheet again.

Kinds of events: ``received, duplicate, retried, reopened, superseded, failed, finished, read,
set_aside, decided, ready, delivered, returned, joined, parted, dropped, restored, receipt`` by the
calls of the same meaning;
``viewed, declared, learned, unlearned`` and others by :meth:`Journal.append`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import sqlalchemy as sa

from records.journal.finished import Finishing
from records.journal.rows import (
    Arrival,
    Counts,
    DecisionRow,
    DocumentRow,
    DocumentState,
    NewEvent,
    ReceiptRow,
    Received,
    RecordLine,
    RecordRow,
    RecordState,
    SetAside,
    Total,
)
from records.journal.store import Writer, open_engine

__all__ = [
    "Arrival",
    "Counts",
    "DecisionRow",
    "DocumentRow",
    "DocumentState",
    "Journal",
    "NewEvent",
    "ReceiptRow",
    "Received",
    "RecordLine",
    "RecordRow",
    "RecordState",
    "SetAside",
    "Sums",
    "Total",
    "open_journal",
]


class Journal(Finishing):
    """One site's journal. Safe to share between threads, and between processes by opening it in
    each.

    Times are given by the caller and must be aware. Where the database is not available, every call
    raises :class:`records.errors.ServiceError` and has changed nothing.
    """

    @contextlib.contextmanager
    def batch(self) -> Iterator[Journal]:
        """Many calls in one transaction: all of them hold, or none.

        Use the journal that is given, in this thread only, and do not let it wait for anything else
        inside: nobody else can write meanwhile.
        """
        with self._write() as writer:
            batch = _Batch(self, writer)
            yield batch
            if batch.spoiled:
                raise RuntimeError("a call in this batch failed; nothing of it was kept")

    def close(self) -> None:
        """Give up the connections; the journal may not be used any more."""
        self._engine.dispose()

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Batch(Journal):
    """A journal whose every call uses one transaction that is open already."""

    def __init__(self, journal: Journal, writer: Writer) -> None:
        super().__init__(journal._engine, str(journal._zone), journal._attempts)
        self._writer = writer
        self.spoiled = False

    @contextlib.contextmanager
    def _write(self) -> Iterator[Writer]:
        try:
            yield self._writer
        except BaseException:
            self.spoiled = True  # half a step may have been written
            raise

    @contextlib.contextmanager
    def _read(self) -> Iterator[sa.Connection]:
        self._writer.flush()
        yield self._writer.connection

    def close(self) -> None:
        """A batch ends with its transaction."""


def open_journal(url: str, *, zone: str = "Asia/Tokyo", attempts: int = 3) -> Journal:
    """Open the journal, and make it where there is none.

    Args:
        url: ``Site.journal``: ``sqlite:///…`` or ``postgresql://user@host/name``.
        zone: the office's time zone (``Site.timezone``): decides on which calendar day something
        came in.
        attempts: how often a document is given out for reading before it is ``failed``.

    Raises:
        DefinitionError: the URL cannot be used, its driver is not installed, or a newer program
        made the journal.
        ServiceError: the database cannot be reached.
    """
    journal = Journal(open_engine(url), zone, attempts)
    try:
        journal._create()
    except BaseException:
        journal.close()
        raise
    return journal
