"""Delivery for the desk: the same repeatable jobs as the service's, under the same lock, without
Prefect."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from connectors.sinks.failures import Failures
from desk.handing import Held
from desk.office import Desk
from flows.context import Definitions
from flows.delivering import Job, deliver_job, jobs
from flows.formcheck import read_all_forms
from flows.shop import Shop
from records.errors import ServiceError, TorikomiError
from records.types import Record

if TYPE_CHECKING:
    from ocr.reader import Refusal

_BUG = 300.0


class HandOver:
    """Writes what is ready of one site (:data:`desk.handing.Deliver`); remembers which tables to
    leave alone for a while.

    Args:
        again: seconds after which a table that was open is tried again.
    """

    def __init__(self, desk: Desk, again: float = 15.0) -> None:
        self._desk, self._again = desk, again
        self._away: dict[tuple[str, str], tuple[float, tuple[Held, ...]]] = {}
        self._failures = Failures()
        _, self.broken = read_all_forms(desk.site.forms, desk.strategy)

    def __call__(self, stop: threading.Event) -> list[Held]:
        desk = self._desk
        definitions = Definitions(desk.site, desk.strategy, desk.forms, self.broken)
        shop = Shop(definitions, desk.journal, _NoReader())
        shop.stop = stop
        shop.failures = self._failures
        found = jobs(shop)
        names = {(job.form.id, job.target) for job in found}
        self._away = {name: one for name, one in self._away.items() if name in names}
        for job in found:
            until, _ = self._away.get((job.form.id, job.target), (0.0, ()))
            if until <= time.monotonic():
                self._write(shop, job)
        closed = [
            Held(name, shop.closed[name])
            for name in shop.closed
            if name in desk.journal.ready_forms()
        ]
        waiting = [one for _, held in self._away.values() for one in held]
        return [*waiting, *closed]

    def _write(self, shop: Shop, job: Job) -> None:
        name = (job.form.id, job.target)
        self._away.pop(name, None)
        troubles: tuple[TorikomiError, ...]
        try:
            troubles = deliver_job(shop, job).troubles
        except TorikomiError as error:
            troubles = (error,)
        if troubles:
            held = tuple(Held(job.form.id, error.message) for error in troubles)
            self._away[name] = (time.monotonic() + min(map(self._wait, troubles)), held)

    def _wait(self, error: TorikomiError) -> float:
        """Seconds until a new try: soon for what a clerk frees by closing it, late for the rest."""
        if isinstance(error, ServiceError) and error.service != "bug":
            return min(error.retry_after, self._again)
        return _BUG


class _NoReader:
    """The desk reads nothing."""

    def read(
        self,
        path: Path,
        document: str = "",
        only: str = "",
        received_on: dt.date | None = None,
    ) -> Iterator[Record | Refusal]:
        raise NotImplementedError

    def page_marks(self, path: Path) -> Iterator[str]:
        raise NotImplementedError

    def explain(self, path: Path) -> list[str]:
        raise NotImplementedError
