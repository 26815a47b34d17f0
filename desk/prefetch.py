"""The pictures of what waits are made before anybody asks, one after another, and never while
somebody waits for one.

A lower priority of the thread would not do: OpenCV's own threads would inherit it, and whoever
waits would wait for them.
"""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING

from records.errors import DocumentError, ServiceError

if TYPE_CHECKING:
    from desk.pictures import Pictures
    from records.journal import Journal

MOST = 300
"""Sheets of one form, the next ones to be looked at."""

_EVERY, _TIDY = 5.0, 3600.0


class Ahead:
    """One thread; does nothing until :meth:`begin`."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._failed: set[str] = set()  # sheets without an original: whoever asks for one is told
        self._thread: threading.Thread | None = None

    def begin(self, journal: Journal, pictures: Pictures) -> None:
        self._thread = threading.Thread(
            target=self._work, args=(journal, pictures), name="ahead", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(60)

    def _work(self, journal: Journal, pictures: Pictures) -> None:
        seen: dict[str, int] = {}
        tidied = time.monotonic()
        while not self._stop.is_set():
            with contextlib.suppress(ServiceError):  # the journal is away: later
                now = {
                    form: states.get("waiting", 0)
                    for form, states in journal.counts().forms.items()
                }
                if now != seen:
                    self.make(journal, pictures, now)
                    seen = now
            if time.monotonic() - tidied > _TIDY:
                pictures.tidy()
                tidied = time.monotonic()
            self._stop.wait(_EVERY)

    def make(self, journal: Journal, pictures: Pictures, waiting: dict[str, int]) -> int:
        """Make what is missing of the sheets that come next; returns how many were made.

        Args:
            waiting: how many sheets of each form wait.
        """
        made = 0
        for form, n in waiting.items():
            lines = (
                journal.search(forms=[form], state="waiting", limit=MOST, offset=max(0, n - MOST))
                if n
                else []
            )
            for line in reversed(
                lines
            ):  # the list begins with the newest, people begin with the oldest
                if self._stop.is_set() or pictures.full:
                    return made
                if line.id in self._failed or pictures.kept(line):
                    continue
                begun = time.monotonic()
                try:
                    pictures.make(line)
                    made += 1
                except (DocumentError, OSError):
                    self._failed.add(line.id)
                self._stop.wait(min(2.0, time.monotonic() - begun))  # half of one processor at most
                while pictures.wanted and not self._stop.is_set():
                    self._stop.wait(0.2)
        return made
