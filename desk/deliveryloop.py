"""Rows go to their tables by themselves: what a person has made ready is written soon after, in the
background.

The writing itself is the delivery of the flows, given in as a callable: the pages know neither
workbooks nor their locks.
"""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from desk.background import Worker
from records.errors import TorikomiError

QUIET = 1.5
LONGEST = 10.0
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


class LedgerLack(Protocol):
    """What one ledger does not have of what was delivered to it."""

    @property
    def form(self) -> str: ...

    @property
    def target(self) -> str: ...

    @property
    def path(self) -> Path: ...

    @property
    def missing(self) -> tuple[str, ...]:
        """Records whose row the ledger knows nothing of."""
        ...

    @property
    def outdated(self) -> tuple[str, ...]:
        """Records whose row stands there with older values."""
        ...

    @property
    def deleted(self) -> tuple[str, ...]:
        """Records whose row the staff took out."""
        ...

    @property
    def lost(self) -> tuple[str, ...]:
        """``missing`` and ``outdated``: what nobody took out on purpose."""
        ...

    @property
    def is_gone(self) -> bool:
        """There is no file."""
        ...

    @property
    def unreadable(self) -> str:
        """Why the file could not be compared, in Japanese; empty where it could."""
        ...

    def is_told(self, today: dt.date) -> bool:
        """Whether people are told of it without asking."""
        ...

    def message(self) -> str:
        """One Japanese line: what is missing, and what to do."""
        ...


class Ledgers(Protocol):
    """Compares the ledgers with the journal, and writes rows again."""

    def look(self) -> None:
        """Compare all ledgers; takes seconds where one of them is large. Never raises."""
        ...

    def lacks(self, form: str) -> Sequence[LedgerLack]:
        """What was found at the last look; answers at once."""
        ...

    def write_again(
        self, lack: LedgerLack, ids: Sequence[str], actor: str
    ) -> tuple[int, tuple[str, ...]]:
        """Write rows once more; returns how many, and Japanese lines for the staff.

        Raises:
            ServiceError: the ledger cannot be written now.
            DefinitionError: the form's delivery is not there any more, or may not run.
        """
        ...


class DeliveryLoop:
    """One thread that delivers, and one that looks at the ledgers; they do nothing until
    :meth:`begin`. Safe between threads.

    Args:
        quiet, longest, every: seconds; see :data:`QUIET` and :data:`EVERY`.

    Attributes:
        ledgers: what compares the ledgers with the journal; None where nothing is delivered here.
    """

    def __init__(
        self, quiet: float = QUIET, longest: float = LONGEST, every: float = EVERY
    ) -> None:
        self._quiet = quiet
        self._longest = longest
        self._every = every
        self._wake = threading.Event()
        self._writer = Worker("delivery")
        self._looker = Worker("ledgers")
        self._held: tuple[Held, ...] = ()
        self.ledgers: Ledgers | None = None

    @property
    def working(self) -> bool:
        """True where rows are delivered from here; otherwise the next ``torikomi run`` does it."""
        return self._writer.is_working

    def begin(self, deliver: Deliver, ledgers: Ledgers | None = None) -> None:
        """Deliver from now on, what is ready already first."""
        self.ledgers = ledgers
        self._wake.set()
        self._writer.begin(lambda: self._write(deliver))
        if ledgers is not None:
            # In a thread of its own, so that no row waits for a look at a large ledger.
            self._looker.begin(lambda: self._look(ledgers))

    def wake(self) -> None:
        """Something has become ready."""
        self._wake.set()

    def held(self, forms: Collection[str]) -> list[str]:
        """What rows of these forms wait for, each message once."""
        return list(
            dict.fromkeys(one.message for one in self._held if not one.form or one.form in forms)
        )

    def lacks(self, forms: Collection[str]) -> list[LedgerLack]:
        """What the ledgers of these forms lack, as of the last look."""
        if self.ledgers is None:
            return []
        found: list[LedgerLack] = []
        for form in forms:
            found += self.ledgers.lacks(form)
        return found

    def close(self) -> None:
        """End after the rows in hand."""
        self._writer.stopping.set()
        self._looker.stopping.set()
        self._wake.set()
        self._writer.close()
        self._looker.close()

    def _write(self, deliver: Deliver) -> float | None:
        self._settle()
        if self._writer.stopping.is_set():
            return None
        begun = time.monotonic()
        try:
            self._held = tuple(deliver(self._writer.stopping))
        except TorikomiError as error:  # the journal is away
            self._held = (Held("", error.message),)
        return min(_SHARE * (time.monotonic() - begun), 4 * EVERY)

    def _look(self, ledgers: Ledgers) -> float:
        begun = time.monotonic()
        ledgers.look()
        return max(self._every, _SHARE * (time.monotonic() - begun))

    def _settle(self) -> None:
        """Wait until something is ready and the person has a moment's rest, or until it is time to
        look."""
        if not self._wake.wait(self._every):
            return
        until = time.monotonic() + self._longest
        while self._wake.is_set() and time.monotonic() < until:
            if self._writer.stopping.is_set():
                return
            self._wake.clear()
            self._writer.rest(self._quiet)
        self._wake.clear()
