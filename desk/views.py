"""Every look at personal data is an event ``viewed`` in the journal; asking for a My Number is one
``revealed``."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from desk.logins import Session
from records.journal import Journal, NewEvent, RecordLine

_SAME_LOOK = 600.0
_REVEALED = 600.0


class Views:
    """Writes the events, one for a look: the pictures of a sheet that is open are part of the same
    look.

    Args:
        clock: monotonic seconds.
    """

    def __init__(self, journal: Journal, clock: Callable[[], float] = time.monotonic) -> None:
        self._journal = journal
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: dict[tuple[str, str], float] = {}
        self._open: dict[tuple[str, str, str], float] = {}

    def note(
        self,
        session: Session,
        lines: Sequence[RecordLine],
        what: str,
        now: dt.datetime,
        **more: Any,
    ) -> None:
        """Write that somebody opened these records."""
        self._journal.chain.append_many(
            NewEvent(
                "viewed", now, line.document, line.id, session.user.name, {"what": what, **more}
            )
            for line in lines
        )
        with self._lock:
            at = self._clock()
            self._seen = {
                key: value for key, value in self._seen.items() if at - value < _SAME_LOOK
            }
            self._seen.update({(session.id, line.id): at for line in lines})

    def note_list(self, session: Session, now: dt.datetime, payload: Mapping[str, Any]) -> None:
        """Write that somebody saw a list; ``payload`` holds numbers of records, no values."""
        self._journal.chain.append(
            "viewed", at=now, actor=session.user.name, payload={"what": "list", **payload}
        )

    def note_picture(self, session: Session, line: RecordLine, now: dt.datetime) -> None:
        """A picture was asked for: an event of its own unless the sheet is open on the person's
        screen."""
        with self._lock:
            seen = self._clock() - self._seen.get((session.id, line.id), -_SAME_LOOK) < _SAME_LOOK
        if not seen:
            self.note(session, [line], "picture", now)

    def reveal(self, session: Session, line: RecordLine, field: str, now: dt.datetime) -> None:
        """Show a My Number on purpose: the event first, then the right to see its picture for ten
        minutes."""
        self._journal.chain.append(
            "revealed",
            at=now,
            document=line.document,
            record=line.id,
            actor=session.user.name,
            payload={"field": field, "what": "my_number"},
        )
        with self._lock:
            at = self._clock()
            self._open = {key: value for key, value in self._open.items() if at - value < _REVEALED}
            self._open[session.id, line.id, field] = at

    def revealed(self, session: Session, record: str, field: str) -> bool:
        with self._lock:
            return (
                self._clock() - self._open.get((session.id, record, field), -_REVEALED) < _REVEALED
            )
