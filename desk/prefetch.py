"""The pictures of what waits are made before anybody asks, one after another, and never while
somebody waits for one.

A lower priority of the thread would not do: OpenCV's own threads would inherit it, and whoever
waits would wait for them.
"""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

from desk.background import Worker
from records.errors import DocumentError, ServiceError

if TYPE_CHECKING:
    from desk.pictures import Pictures
    from records.journal import Journal, RecordLine

MOST = 300
"""Sheets of one form, the next ones to be looked at."""

_EVERY = 5.0
_TIDY = 3600.0


class Prefetch:
    """Makes pictures in the background."""

    def __init__(self) -> None:
        self._worker = Worker("prefetch")
        self._failed: set[str] = set()  # sheets without an original: whoever asks for one is told
        self._waiting: dict[str, int] = {}
        self._tidied = time.monotonic()

    def begin(self, journal: Journal, pictures: Pictures) -> None:
        """Make them from now on."""

        def step() -> float:
            with contextlib.suppress(ServiceError):  # the journal is away: later
                self._look(journal, pictures)
            if time.monotonic() - self._tidied > _TIDY:
                pictures.tidy()
                self._tidied = time.monotonic()
            return _EVERY

        self._worker.begin(step)

    def close(self) -> None:
        """End after the picture in hand."""
        self._worker.close()

    def _look(self, journal: Journal, pictures: Pictures) -> None:
        """Make what is missing, where anything waits or was taken since the last look."""
        forms = journal.tallies.counts().forms
        waiting = {form: states.get("waiting", 0) for form, states in forms.items()}
        if waiting != self._waiting:
            self.make(journal, pictures, waiting)
            self._waiting = waiting

    def make(self, journal: Journal, pictures: Pictures, waiting: dict[str, int]) -> int:
        """Make what is missing of the sheets that come next; returns how many were made.

        Args:
            waiting: how many sheets of each form wait.
        """
        made = 0
        for form, n in waiting.items():
            for line in _next_of(journal, form, n):
                if self._worker.stopping.is_set() or pictures.full:
                    return made
                if line.id in self._failed or pictures.kept(line):
                    continue
                made += self._make(pictures, line)
        return made

    def _make(self, pictures: Pictures, line: RecordLine) -> bool:
        """Make the pictures of one sheet; takes half of one processor at most."""
        begun = time.monotonic()
        is_made = True
        try:
            pictures.make(line)
        except (DocumentError, OSError):
            self._failed.add(line.id)
            is_made = False
        self._worker.rest(min(2.0, time.monotonic() - begun))
        while pictures.wanted and not self._worker.stopping.is_set():
            self._worker.rest(0.2)
        return is_made


def _next_of(journal: Journal, form: str, waiting: int) -> list[RecordLine]:
    """The sheets of a form that are looked at next, in the order in which people take them."""
    if not waiting:
        return []
    skipped = max(0, waiting - MOST)
    lines = journal.records.search(forms=[form], state="waiting", limit=MOST, offset=skipped)
    return lines[::-1]  # the list begins with the newest, people begin with the oldest
