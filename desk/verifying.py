"""The check of everything, in the background: archived files are hashed, which takes as long as
reading them, and nobody waits for that with a page."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from dataclasses import dataclass

from connectors.comparing import Verified
from desk.background import Worker
from records.errors import TorikomiError


@dataclass(frozen=True, slots=True)
class Check:
    """One check.

    Attributes:
        begun, ended: aware; ``ended`` is None while it runs.
        who: who asked for it.
        found: what it found; None while it runs, and where it could not be done.
        failed: why it could not be done, in Japanese.
    """

    begun: dt.datetime
    who: str
    ended: dt.datetime | None = None
    found: Verified | None = None
    failed: str = ""


class Verifying:
    """One check at a time, and what the last one found. Safe between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: Check | None = None
        self._worker = Worker("verifying")

    @property
    def last(self) -> Check | None:
        """The check that runs, else the last one since the desk was started."""
        return self._last

    def begin(
        self,
        who: str,
        now: Callable[[], dt.datetime],
        check: Callable[[], Verified],
        note: Callable[[Verified], object],
    ) -> bool:
        """Start a check; False where one is running.

        Args:
            note: called with what was found, before anybody sees it.
        """
        with self._lock:
            if self._last is not None and self._last.ended is None:
                return False
            begun = self._last = Check(now(), who)
        self._worker.begin(lambda: self._check(begun, now, check, note))
        return True

    def close(self, seconds: float = 10.0) -> None:
        """Wait for a check that is nearly done; one that is not changes nothing and is given up."""
        self._worker.close(seconds)

    def _check(
        self,
        begun: Check,
        now: Callable[[], dt.datetime],
        check: Callable[[], Verified],
        note: Callable[[Verified], object],
    ) -> None:
        failed = "検査の途中で不具合が起きました。もう一度行ってください"
        found: Verified | None = None
        try:
            found = check()
            note(found)
            failed = ""
        except (TorikomiError, OSError) as error:
            found = None
            failed = f"検査できませんでした: {error}"
        finally:
            self._last = Check(begun.begun, begun.who, now(), found, failed)
