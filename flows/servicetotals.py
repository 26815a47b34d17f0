"""What the service is asked to do, who is told of it, and what it did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from flows.delivery import JobResult
from flows.intake import Outcome, Swept


@dataclass(frozen=True, slots=True)
class Told:
    """Who is told what the service does. The calls come from the service's thread."""

    started: Callable[[str], None] = lambda page: None
    swept: Callable[[Swept, int], None] = lambda swept, waiting: None
    read: Callable[[Outcome], None] = lambda outcome: None
    delivered: Callable[[JobResult], None] = lambda delivered: None
    trouble: Callable[[str], None] = lambda message: None


@dataclass(slots=True)
class Totals:
    """What one run of the service did.

    Attributes:
        seconds: wall time, that of starting Prefect included where something was to be done.
        memory, server_memory: peak resident memory of this process and of Prefect's server, MiB.
        unfinished: what could not be done now, each with what to do.
    """

    documents: int = 0
    duplicates: int = 0
    sheets: int = 0
    waiting: int = 0
    failed: int = 0
    rows: int = 0
    seconds: float = 0.0
    memory: float = 0.0
    server_memory: float = 0.0
    unfinished: list[str] = field(default_factory=list)


Role = Literal["once", "watch", "join"]
"""``once``: until nothing is left to do. ``watch``: until stopped. ``join``: only read for a
``watch`` on another machine with the same journal and folders; taking in, recovery and delivery are
its work."""
