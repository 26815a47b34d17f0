"""Delivery for the desk: the same repeatable jobs as the service's, under the same lock, without
Prefect."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from desk.handing import Held
from desk.office import Desk
from flows.console import write_log
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
        self._away: dict[str, tuple[float, Held]] = {}
        _, self.broken = read_all_forms(desk.site.forms, desk.strategy)

    def __call__(self, stop: threading.Event) -> list[Held]:
        desk = self._desk
        definitions = Definitions(desk.site, desk.strategy, desk.forms, self.broken)
        shop = Shop(definitions, desk.journal, _NoReader())
        shop.stop = stop
        found = jobs(shop)
        waiting = {job.target: self._away[job.target] for job in found if job.target in self._away}
        self._away = waiting
        for job in found:
            if job.target in waiting and time.monotonic() < waiting[job.target][0]:
                continue
            self._away.pop(job.target, None)
            self._write(shop, job)
        closed = [
            Held(name, shop.closed[name])
            for name in shop.closed
            if name in desk.journal.ready_forms()
        ]
        return [*(held for _, held in self._away.values()), *closed]

    def _write(self, shop: Shop, job: Job) -> None:
        try:
            deliver_job(shop, job)
        except TorikomiError as error:
            wait = min(error.retry_after, self._again) if isinstance(error, ServiceError) else _BUG
            self._away[job.target] = (time.monotonic() + wait, Held(job.form.id, error.message))
        except Exception as error:  # a bug with one table must not stop the others
            log = write_log(error, self._desk.site.folder)
            message = f"「{job.form.title}」の転記で思わぬ不具合が起きました。情報担当に {log} を渡してください"
            self._away[job.target] = (time.monotonic() + _BUG, Held(job.form.id, message))


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
