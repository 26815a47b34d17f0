"""The accounts and the chart engine made ready before anybody asks: when the desk starts, and
before midnight for the new day.

Without it the first person of a day would wait 1.2 to 1.6 s, a third of it for Altair and Vega, the
rest for a year of sums.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from records.errors import ServiceError

if TYPE_CHECKING:
    from desk.office import Desk

_EVERY = 5.0
EVENING = dt.timedelta(minutes=15)
"""So long before midnight the accounts of the coming day are read."""


class Warm:
    """One thread; does nothing until :meth:`begin`."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._prepared = dt.date.min
        self._thread: threading.Thread | None = None

    def begin(self, desk: Desk, ready: Callable[[], object]) -> None:
        """Start; ``ready`` is called once, when the pages have been drawn for the first time."""
        self._thread = threading.Thread(
            target=self._work, args=(desk, ready), name="warm", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(60)

    def _work(self, desk: Desk, ready: Callable[[], object]) -> None:
        drawn = False
        while not self._stop.is_set():
            with contextlib.suppress(ServiceError):  # the journal is away: later
                self.prepare(desk)
                if not drawn:
                    draw(desk)
                    drawn = True
                    ready()
            self._stop.wait(_EVERY)

    def prepare(self, desk: Desk) -> None:
        """Accounts of today, and of tomorrow when that is near; what has come in since is read,
        while it is little."""
        now = desk.now()
        day = (now + EVENING).date()
        if day > self._prepared:
            desk.accounts.prepare(day)
            self._prepared = day
        with desk.accounts.on(now.date()):
            pass


def draw(desk: Desk) -> None:
    """Everything that pages of this fiscal year are drawn with, once."""
    from desk import initiativefigures as figures  # it needs the office
    from initiatives.overview import compare, overview

    choice = figures.choose(desk, "")
    with desk.accounts.on(desk.now().date()) as history:
        seen, found = overview(history, choice.span), compare(history, choice.span)
    figures.overview_charts(seen)
    figures.compared(desk.strategy, found, choice)
