"""Documents that no machine could read and that people brought to their end: keyed in by hand, or
thrown away for a reason."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from typing import Literal

import sqlalchemy as sa

from records.journal.documentsteps import known_document
from records.journal.rowchanges import set_document
from records.journal.schema import EVENT
from records.journal.storable import plain
from records.journal.store import Store, Writer, stamp

How = Literal["by_hand", "discarded"]
"""by_hand: its sheets were keyed in elsewhere; discarded: nothing is to be done with it."""


class Finishing:
    """Documents, and pages of documents, that people finish."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def finish_pages(
        self,
        sha256: str,
        pages: Sequence[int],
        how: How,
        reason: str,
        at: dt.datetime,
        actor: str,
        sheets: int = 0,
    ) -> bool:
        """Bring pages that were set aside of a read document to their end, event ``finished``.

        Returns:
            False, and nothing is written, where they are not set aside, or somebody was faster.

        Raises:
            DocumentError: there is no such document.
        """
        with self._store.write() as writer:
            row = known_document(writer, sha256)
            if row.state != "read":
                return False
            if _last_of(writer, sha256, pages) != "set_aside":
                return False
            payload = {
                "how": how,
                "reason": plain(reason),
                "sheets": sheets,
                "pages": list(pages),
            }
            writer.append("finished", at, document=sha256, actor=actor, payload=payload)
        return True

    def finish(
        self, sha256: str, how: How, reason: str, at: dt.datetime, actor: str, sheets: int = 0
    ) -> bool:
        """Bring a failed document to its end, event ``finished``. The same content is then a
        duplicate when it comes in again.

        Args:
            reason: in words, as a person gave it; no personal data.
            sheets: how many were keyed in by hand.

        Returns:
            False, and nothing is written, where it has not failed: somebody was faster.

        Raises:
            DocumentError: there is no such document.
        """
        with self._store.write() as writer:
            row = known_document(writer, sha256)
            if row.state != "failed":
                return False
            reason = plain(reason)
            set_document(
                writer,
                sha256,
                state="finished",
                code=how,
                reason=reason,
                changed_at=stamp(at),
            )
            payload = {"how": how, "reason": reason, "sheets": sheets, "code": row.code}
            writer.append("finished", at, document=sha256, actor=actor, payload=payload)
            writer.tally("document", "", "failed", "finished")
        return True


def _last_of(writer: Writer, sha256: str, pages: Sequence[int]) -> str:
    """The kind of the last event that concerns these pages; empty for none."""
    kinds = ("set_aside", "finished", "retried")
    query = sa.select(EVENT.kind, EVENT.payload).where(
        EVENT.kind.in_(kinds),
        EVENT.document == sha256,
        EVENT.document != sa.literal_column("''"),  # so that the database takes the index
    )
    wanted = list(pages)
    last = ""
    for event in writer.connection.execute(query.order_by(EVENT.seq)):
        told = json.loads(event.payload)
        is_of_pages = told.get("pages") == wanted
        if event.kind == "retried" or is_of_pages:
            last = event.kind
    return last
