"""Work that goes on in the background while pages are served."""

from __future__ import annotations

import threading
from collections.abc import Callable

Step = Callable[[], float | None]
"""One round of work; returns the seconds until the next one, None where there is nothing more to
do."""


class Worker:
    """One thread that takes step after step; it does nothing until :meth:`begin`.

    Args:
        name: of the thread.

    Attributes:
        stopping: set when the thread shall end. A step that takes long looks at it.
    """

    def __init__(self, name: str) -> None:
        self.stopping = threading.Event()
        self._name = name
        self._thread: threading.Thread | None = None

    @property
    def is_working(self) -> bool:
        """True from :meth:`begin` on, until the work ends."""
        return self._thread is not None and self._thread.is_alive()

    def begin(self, step: Step, *, after: float = 0.0) -> None:
        """Take steps from now on, the first one ``after`` so many seconds."""
        self._thread = threading.Thread(
            target=self._work, args=(step, after), name=self._name, daemon=True
        )
        self._thread.start()

    def rest(self, seconds: float) -> None:
        """Wait within a step; ends at once when the thread shall end."""
        self.stopping.wait(seconds)

    def close(self, seconds: float = 60.0) -> None:
        """End after the step in hand, and wait so long for it."""
        self.stopping.set()
        if self._thread is not None:
            self._thread.join(seconds)

    def _work(self, step: Step, after: float) -> None:
        pause: float | None = after
        while pause is not None:
            self.rest(pause)
            if self.stopping.is_set():
                return
            pause = step()
