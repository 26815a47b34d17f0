"""File events as a hint to look sooner. The polling sweep is the truth: shared folders send no
events at all."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer


class _Waker(FileSystemEventHandler):
    def __init__(self, wake: threading.Event) -> None:
        self._wake = wake

    def on_any_event(self, event: FileSystemEvent) -> None:
        if event.event_type in ("created", "moved", "closed", "modified"):
            self._wake.set()


@contextlib.contextmanager
def file_hints(inbox: Path, wake: threading.Event) -> Iterator[None]:
    """Set ``wake`` whenever something changes below ``inbox``. Where the system gives no events,
    nothing happens."""
    observer = Observer()
    try:
        observer.schedule(_Waker(wake), str(inbox), recursive=True)
        observer.start()
    except OSError:  # no such folder yet, or no watches left: polling does without
        yield
        return
    try:
        yield
    finally:
        observer.stop()
        observer.join(5)
