"""Attention that a browser measured, held to what can be true.

The page counts only seconds in which it was visible and somebody did something within the last 20
seconds. The server cannot see that, but it knows how much time has passed: nobody can have given
more attention than that.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable

MOST_SECONDS = 600.0
"""One field never takes longer; what says so has been left open."""

_SLACK = 1.0
_MOST_SAVED = 1800.0


class Attention:
    """Seconds that passed in each session and have not been claimed yet. Safe between threads.

    Args:
        clock: monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._left: dict[str, tuple[float, float]] = {}

    def begin(self, session: str) -> None:
        """The person has something to look at from now on."""
        with self._lock:
            self._left.setdefault(session, (self._clock(), 0.0))

    def granted(self, session: str, claimed: object) -> float:
        """As much of the claimed seconds as has really passed since the last claims of this
        session.

        Raises:
            ValueError: ``claimed`` is no finite number of seconds from 0 on.
        """
        if (
            isinstance(claimed, bool)
            or not isinstance(claimed, int | float)
            or not math.isfinite(claimed)
            or claimed < 0
        ):
            raise ValueError("確認にかかった秒数が正しくありません")
        now = self._clock()
        with self._lock:
            since, saved = self._left.get(session, (now, 0.0))
            saved = min(saved + now - since, _MOST_SAVED)
            given = min(float(claimed), MOST_SECONDS, saved + _SLACK)
            self._left[session] = (now, max(0.0, saved - given))
            if len(self._left) > 10_000:  # sessions end; their rests must not pile up
                self._left = {
                    key: value for key, value in self._left.items() if now - value[0] < _MOST_SAVED
                }
        return given
