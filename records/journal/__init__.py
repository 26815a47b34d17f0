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
``viewed, declared, learned, unlearned`` and others by :meth:`Chain.append`.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator

from records.journal.chain import Chain
from records.journal.deliveries import Deliveries
from records.journal.documents import Documents
from records.journal.finished import Finishing
from records.journal.joins import Joins
from records.journal.readings import Readings
from records.journal.reviews import Reviews
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
from records.journal.store import OpenStore, Store, open_engine
from records.journal.storedrecords import Records
from records.journal.tallies import Tallies
from records.journal.workdone import Work

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


class Journal:
    """One site's journal. Safe to share between threads, and between processes by opening it in
    each.

    Times are given by the caller and must be aware. Where the database is not available, every call
    raises :class:`records.errors.ServiceError` and has changed nothing.

    Attributes:
        documents: what came in, and who reads it.
        readings: what was read, kept.
        records: sheets, looked at.
        reviews: what waits for a person, and their verdicts.
        joins: parts of one sheet, and the same sheet twice.
        deliveries: what is ready, and which target has it.
        finishing: what people brought to its end by hand.
        work: receipts, decisions and their sums.
        chain: the events themselves.
        tallies: how many there are in which state.
        store: the database behind all of them.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self.documents = Documents(store)
        self.readings = Readings(store)
        self.records = Records(store)
        self.reviews = Reviews(store)
        self.joins = Joins(store)
        self.deliveries = Deliveries(store)
        self.finishing = Finishing(store)
        self.work = Work(store)
        self.chain = Chain(store)
        self.tallies = Tallies(store)

    def day_of(self, at: dt.datetime) -> str:
        """The office's calendar day of ``at``, ISO."""
        return self.store.day_of(at)

    @contextlib.contextmanager
    def batch(self) -> Iterator[Journal]:
        """Many calls in one transaction: all of them hold, or none.

        Use the journal that is given, in this thread only, and do not let it wait for anything else
        inside: nobody else can write meanwhile.
        """
        with self.store.write() as writer:
            opened = OpenStore(self.store, writer)
            yield Journal(opened)
            if opened.is_spoiled:
                raise RuntimeError("a call in this batch failed; nothing of it was kept")

    def close(self) -> None:
        """Give up the connections; the journal may not be used any more."""
        self.store.close()

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


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
    store = Store(open_engine(url), zone, attempts)
    try:
        store.create()
    except BaseException:
        store.close()
        raise
    return Journal(store)
