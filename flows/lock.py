"""One service per site, and one writer of its tables: locks that the operating system frees even
after kill -9."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

from records.errors import ServiceError


@contextlib.contextmanager
def single_service(work: Path, member: str = "") -> Iterator[None]:
    """Hold ``work/service.lock`` while the body runs.

    Args:
        member: for a machine that joins another one's service: a lock of its own, so that it joins
        once.

    Raises:
        ServiceError: another service holds it; the message names its process and machine.
    """
    work.mkdir(parents=True, exist_ok=True)
    path = work / (f"service-{member}.lock" if member else "service.lock")
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 200).decode(errors="replace").strip() or "別の処理"
            raise ServiceError(
                "lock",
                f"このサイトは別の torikomi が処理中です({holder})。終わるのを待つか、そちらを止めてください",
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"プロセス {os.getpid()}、{socket.gethostname()}".encode(), 0)
        yield
    finally:
        os.close(descriptor)  # frees the lock; the file stays, so that nobody locks a deleted one


@contextlib.contextmanager
def single_writer(work: Path, wait: float = 30.0) -> Iterator[None]:
    """Hold ``work/delivery.lock`` while the body writes tables: the service and the desk never save
    the same file at once.

    Args:
        wait: seconds for the other one to finish.

    Raises:
        ServiceError: it has not finished by then.
    """
    work.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(work / "delivery.lock", os.O_RDWR | os.O_CREAT, 0o644)
    until = time.monotonic() + wait
    try:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    raise ServiceError(
                        "lock", "ほかの処理が転記しています。終わりしだい続けます", retry_after=5.0
                    ) from None
                time.sleep(0.05)
        yield
    finally:
        os.close(descriptor)
