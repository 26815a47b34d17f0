"""A document stays ours while it is being read, however long that takes."""

from __future__ import annotations

import contextlib
import datetime as dt

from desk.background import Worker
from records.errors import ServiceError
from records.journal import Journal

LEASE_SECONDS = 120.0
"""How long a document belongs to its reader without a sign of life; renewed every third of it."""


class Lease:
    """Renews the lease of one document in the background, inside a ``with`` statement."""

    def __init__(
        self, journal: Journal, owner: str, document: str, seconds: float = LEASE_SECONDS
    ) -> None:
        self._journal = journal
        self._owner = owner
        self._document = document
        self._seconds = seconds
        self._worker = Worker(f"lease-{document[:8]}")

    def __enter__(self) -> Lease:
        self._worker.begin(self._renew, after=self._seconds / 3)
        return self

    def __exit__(self, *_: object) -> None:
        self._worker.close()

    def _renew(self) -> float:
        now = dt.datetime.now(dt.UTC)
        documents = self._journal.documents
        with contextlib.suppress(ServiceError):  # the next try comes well before the lease ends
            documents.renew(self._owner, [self._document], self._seconds, now)
        return self._seconds / 3
