"""One service per site: a lock that the operating system frees even after kill -9."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
from collections.abc import Iterator
from pathlib import Path

from records.errors import ServiceError


@contextlib.contextmanager
def single_service(work: Path, member: str = "") -> Iterator[None]:
    """Hold ``work/service.lock`` while the body runs.

    Args:
        member: for a machine that joins another one's service: a lock of its own, so that it joins once.

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
                "lock", f"このサイトは別の torikomi が処理中です({holder})。終わるのを待つか、そちらを止めてください") from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"プロセス {os.getpid()}、{socket.gethostname()}".encode(), 0)
        yield
    finally:
        os.close(descriptor)  # frees the lock; the file stays, so that nobody locks a deleted one
