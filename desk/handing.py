"""Rows go to their tables by themselves: what a person has made ready is written soon after, in the
background.

The writing itself is the delivery of the flows, given in as a callable: the pages know neither
workbooks nor their locks.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from records.errors import TorikomiError

QUIET, LONGEST = 1.5, 10.0
"""A clerk finishes sheet after sheet: rows are written once nothing new came for so long, or after
so long at most."""

EVERY = 15.0
"""Looked again so often, for what others made ready, and for tables that were open."""

_SHARE = 10.0  # of the time, one part is spent on writing: a large workbook takes seconds to save


@dataclass(frozen=True, slots=True)
class Held:
    """Rows that cannot be written now.

    Attributes:
        form: whose rows; empty where it concerns all.
        message: why and what to do, in Japanese.
    """

    form: str
    message: str


Deliver = Callable[[threading.Event], Sequence[Held]]
"""Writes all that is ready, unless the event is set, and says what it had to hold back. Repeatable
at any time."""


class Handing:
    """One thread that delivers; does nothing until :meth:`begin`. Safe between threads.

    Args:
        quiet, longest, every: seconds; see :data:`QUIET` and :data:`EVERY`.
    """

    def __init__(
        self, quiet: float = QUIET, longest: float = LONGEST, every: float = EVERY
    ) -> None:
        self._quiet, self._longest, self._every = quiet, longest, every
        self._wake, self._stop = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None
        self._held: tuple[Held, ...] = ()

    @property
    def working(self) -> bool:
        """True where rows are delivered from here; otherwise the next ``torikomi run`` does it."""
        return self._thread is not None and self._thread.is_alive()

    def begin(self, deliver: Deliver) -> None:
        """Deliver from now on, what is ready already first."""
        self._wake.set()
        self._thread = threading.Thread(
            target=self._work, args=(deliver,), name="handing", daemon=True
        )
        self._thread.start()

    def wake(self) -> None:
        """Something has become ready."""
        self._wake.set()

    def held(self, forms: Collection[str]) -> list[str]:
        """What rows of these forms wait for, each message once."""
        return list(
            dict.fromkeys(one.message for one in self._held if not one.form or one.form in forms)
        )

    def close(self) -> None:
        """End after the rows in hand."""
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(60)

    def _work(self, deliver: Deliver) -> None:
        while not self._stop.is_set():
            self._settle()
            if self._stop.is_set():
                return
            begun = time.monotonic()
            try:
                self._held = tuple(deliver(self._stop))
            except TorikomiError as error:  # the journal is away
                self._held = (Held("", error.message),)
            self._stop.wait(min(_SHARE * (time.monotonic() - begun), 4 * EVERY))

    def _settle(self) -> None:
        """Wait until something is ready and the person has a moment's rest, or until it is time to
        look."""
        if not self._wake.wait(self._every):
            return
        until = time.monotonic() + self._longest
        while self._wake.is_set() and not self._stop.is_set() and time.monotonic() < until:
            self._wake.clear()
            self._stop.wait(self._quiet)
        self._wake.clear()
