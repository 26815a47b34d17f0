"""What this program takes of the machine's memory, and a little less of it."""

from __future__ import annotations

import ctypes
import re
import sys
from pathlib import Path

_M_ARENA_MAX = -8  # malloc.h


def spare_memory() -> None:
    """Let all threads share two of glibc's memory arenas; to be called before any thread starts.

    By default each thread gets its own, and each keeps the largest page that it ever held: 190 MiB
    more on the sample office. Elsewhere than on glibc nothing happens.
    """
    if sys.platform == "linux":
        try:
            ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)
        except (OSError, AttributeError):  # musl has neither arenas nor mallopt
            return


def give_memory_back() -> None:
    """Return what a document took to the system: glibc keeps freed pages, and two readers' peaks
    would add up."""
    if sys.platform == "linux":
        try:
            ctypes.CDLL(None).malloc_trim(0)
        except (OSError, AttributeError):
            return


def peak_mebibytes(process: int | str = "self") -> float:
    """The most resident memory that a running process ever had, in MiB; 0 where the system does not
    tell."""
    try:
        found = re.search(
            r"^VmHWM:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text(), re.MULTILINE
        )
    except OSError:
        return 0.0
    if found:
        return int(found[1]) / 1024
    return 0.0
