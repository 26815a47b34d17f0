"""Documents that no machine could read and that people brought to their end: keyed in by hand, or
thrown away for a reason."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Literal

import sqlalchemy as sa

from records.journal.chain import Audit
from records.journal.rows import ReceiptRow
from records.journal.schema import documents, receipts
from records.journal.store import plain, stamp

How = Literal["by_hand", "discarded"]
"""by_hand: its sheets were keyed in elsewhere; discarded: nothing is to be done with it."""


class Finishing(Audit):
    """What the journal does with documents that people finish."""

    def receipt_of(self, key: str) -> ReceiptRow | None:
        """The receipt with this key."""
        with self._read() as connection:
            seq = connection.execute(
                sa.select(receipts.c.seq).where(receipts.c.key == key, receipts.c.key != "")
            ).scalar_one_or_none()
        if seq is None:
            return None
        return next(iter(self.receipts(after=seq - 1)), None)

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
        with self._write() as writer:
            row = self._known(writer, sha256)
            last = ""
            for event in self.events(kind=("set_aside", "finished", "retried"), document=sha256):
                if event.kind == "retried" or event.payload.get("pages") == list(pages):
                    last = event.kind
            if row.state != "read" or last != "set_aside":
                return False
            payload = {"how": how, "reason": plain(reason), "sheets": sheets, "pages": list(pages)}
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
        with self._write() as writer:
            row = self._known(writer, sha256)
            if row.state != "failed":
                return False
            writer.connection.execute(
                documents.update()
                .where(documents.c.sha256 == sha256)
                .values(state="finished", code=how, reason=plain(reason), changed_at=stamp(at))
            )
            payload = {"how": how, "reason": plain(reason), "sheets": sheets, "code": row.code}
            writer.append("finished", at, document=sha256, actor=actor, payload=payload)
            writer.tally("document", "", "failed", "finished")
        return True
