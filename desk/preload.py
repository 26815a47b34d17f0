"""The accounts and the chart engine made ready before anybody asks: when the desk starts, and
before midnight for the new day.

Without it the first person of a day would wait 1.2 to 1.6 s, a third of it for Altair and Vega, the
rest for a year of sums.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable

from desk.background import Worker
from desk.comparedfigures import compared
from desk.overviewfigures import overview_charts
from desk.spans import choose
from initiatives.accounts import Accounts
from initiatives.overview import compare, overview
from initiatives.register import Strategy
from records.errors import ServiceError

_EVERY = 5.0
EVENING = dt.timedelta(minutes=15)
"""So long before midnight the accounts of the coming day are read."""

Clock = Callable[[], dt.datetime]


class Preload:
    """Reads accounts in the background."""

    def __init__(self) -> None:
        self._worker = Worker("preload")
        self._prepared = dt.date.min
        self._is_drawn = False

    def begin(
        self, accounts: Accounts, strategy: Strategy, now: Clock, ready: Callable[[], object]
    ) -> None:
        """Start; ``ready`` is called once, when the pages have been drawn for the first time."""

        def step() -> float:
            with contextlib.suppress(ServiceError):  # the journal is away: later
                self.prepare(accounts, now())
                if not self._is_drawn:
                    draw(accounts, strategy, now().date())
                    self._is_drawn = True
                    ready()
            return _EVERY

        self._worker.begin(step)

    def close(self) -> None:
        """End after the step in hand."""
        self._worker.close()

    def prepare(self, accounts: Accounts, now: dt.datetime) -> None:
        """Accounts of today, and of tomorrow when that is near; what has come in since is read,
        while it is little."""
        day = (now + EVENING).date()
        if day > self._prepared:
            accounts.prepare(day)
            self._prepared = day
        with accounts.on(now.date()):
            pass


def draw(accounts: Accounts, strategy: Strategy, today: dt.date) -> None:
    """Everything that pages of this fiscal year are drawn with, once."""
    choice = choose(strategy, today, "")
    with accounts.on(today) as history:
        seen = overview(history, choice.span)
        found = compare(history, choice.span)
    overview_charts(seen)
    compared(strategy, found, choice)
