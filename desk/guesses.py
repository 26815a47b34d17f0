"""How wrong passwords are counted, and who has to wait for them: those who guess, and nobody else."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

from records.errors import ServiceError

_WINDOW = 15 * 60.0
_PER_USER = 5
_PER_ADDRESS = 30
_LANE_PLACES = 5
LANE_PACE = 1.0
"""Seconds, and how many may wait: a page's threads are forty, and guessing must not hold them all."""


class TooManyGuesses(ServiceError):
    """Wrong passwords too often; ``retry_after`` seconds until the next try."""


class Turns:
    """One after the other for each name; names do not wait for one another."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[str, threading.Lock] = {}
        self._users: Counter[str] = Counter()

    @contextlib.contextmanager
    def of(self, name: str) -> Iterator[None]:
        """The turn of whoever asks for ``name``; waits for those who asked before."""
        with self._lock:
            held = self._held.setdefault(name, threading.Lock())
            self._users[name] += 1
        try:
            with held:
                yield
        finally:
            with self._lock:
                self._users[name] -= 1
                if not self._users[name]:
                    del self._held[name], self._users[name]


class Guesses:
    """Wrong passwords of the last quarter of an hour.

    Args:
        opened: opens the database of users.
        clock: seconds since the epoch.
        pace: seconds between two tries of strangers at an address from which much is guessed.
    """

    def __init__(
        self,
        opened: Callable[[], AbstractContextManager[sqlite3.Connection]],
        clock: Callable[[], float],
        pace: float,
    ) -> None:
        self._open = opened
        self._clock = clock
        self._pace = pace
        self._slow = threading.Lock()
        self._waiting = threading.BoundedSemaphore(_LANE_PLACES)

    def note(self, db: sqlite3.Connection, key: str, address: str) -> None:
        """Count a wrong password for a name's key and for the address it came from."""
        now = self._clock()
        db.executemany("INSERT INTO guesses VALUES (?,?)", [(key, now), (f"from:{address}", now)])

    def refuse(self, key: str) -> None:
        """Raises:
        TooManyGuesses: wrong too often for this key.
        """
        made = self._made(key)
        if len(made) < _PER_USER:
            return
        wait = made[_PER_USER - 1] + _WINDOW - self._clock()
        minutes = int(wait // 60) + 1
        raise TooManyGuesses(
            "login",
            f"失敗が続いたため、しばらく受け付けません。{minutes}分ほど待ってください",
            retry_after=wait,
        )

    @contextlib.contextmanager
    def lane(self, address: str) -> Iterator[None]:
        """Where much is guessed from an address, those who never logged in from it go one by one, a
        second each. A proxy stands for a whole office: nobody there is locked out."""
        if len(self._made(f"from:{address}")) < _PER_ADDRESS:
            yield
            return
        if not self._waiting.acquire(blocking=False):
            raise TooManyGuesses(
                "login",
                "ログインが混み合っています。1分ほど待ってから、もう一度試してください",
                retry_after=60.0,
            )
        try:
            with self._slow:
                time.sleep(self._pace)
                yield
        finally:
            self._waiting.release()

    def _made(self, key: str) -> list[float]:
        """When wrong passwords were given in the last quarter of an hour, the latest first."""
        oldest = self._clock() - _WINDOW
        query = "SELECT at FROM guesses WHERE key=? AND at>=? ORDER BY at DESC"
        with self._open() as db:
            db.execute("DELETE FROM guesses WHERE at < ?", (oldest,))
            return [row["at"] for row in db.execute(query, (key, oldest))]


def keys_of(name: str) -> tuple[str, str]:
    """The keys under which a name's guesses are counted: from anywhere, and what they begin with
    from where the person is known."""
    return f"user:{name[:100]}", f"user:{name[:100]}@"
