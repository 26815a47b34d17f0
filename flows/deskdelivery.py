"""Delivery for the desk: the same repeatable jobs as the service's, under the same lock, without
Prefect."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Sequence

from connectors.sinks.failures import Failures
from desk.deliveryloop import Held, LedgerLack
from flows.console import write_log
from flows.definitions import Definitions
from flows.delivery import Delivery, Job
from flows.looked import Lack
from flows.restoring import Looks, write_again
from records.errors import ServiceError, TorikomiError
from records.forms import FormDef
from records.journal import Journal

_BUG = 300.0


class DeskDelivery:
    """Writes what is ready of one site (:data:`desk.deliveryloop.Deliver`); remembers which tables to
    leave alone for a while.

    Args:
        again: seconds after which a table that was open is tried again.
    """

    def __init__(self, definitions: Definitions, journal: Journal, again: float = 15.0) -> None:
        self._definitions = definitions
        self._journal = journal
        self._again = again
        self._away: dict[tuple[str, str], tuple[float, tuple[Held, ...]]] = {}
        self._failures = Failures()
        self._looking = threading.Lock()
        self._looks = Looks(definitions.site.folder, journal)
        self._lacks: dict[str, list[Lack]] = {}

    def __call__(self, stop: threading.Event) -> list[Held]:
        try:
            return self._deliver(stop)
        except TorikomiError:
            raise
        except Exception as error:  # a bug must not end the thread: rows would wait in silence
            log = write_log(error, self._definitions.site.folder)
            return [Held("", f"転記で思わぬ不具合が起きました。情報担当に {log} を渡してください")]

    def _deliver(self, stop: threading.Event) -> list[Held]:
        work = self._begun()
        work.stop = stop
        found = work.jobs()
        names = {(job.form.id, job.target) for job in found}
        self._away = {name: one for name, one in self._away.items() if name in names}
        for job in found:
            until, _ = self._away.get((job.form.id, job.target), (0.0, ()))
            if until <= time.monotonic():
                self._write(work, job)
        closed = [
            Held(name, work.closed[name])
            for name in work.closed
            if name in self._journal.deliveries.ready_forms()
        ]
        waiting: list[Held] = []
        for _, held in self._away.values():
            waiting += held
        return [*waiting, *closed]

    def look(self) -> None:
        """See :meth:`desk.deliveryloop.Ledgers.look`."""
        self._look(self._definitions.forms.values())

    def lacks(self, form: str) -> Sequence[Lack]:
        """See :meth:`desk.deliveryloop.Ledgers.lacks`."""
        return self._lacks.get(form, ())

    def write_again(
        self, lack: LedgerLack, ids: Sequence[str], actor: str
    ) -> tuple[int, tuple[str, ...]]:
        """See :meth:`desk.deliveryloop.Ledgers.write_again`."""
        done = write_again(self._begun(), lack.form, lack.target, lack.path, ids, actor)
        self._look([self._definitions.forms[lack.form]])
        return done.rows, done.notes

    def _look(self, forms: Iterable[FormDef]) -> None:
        with self._looking:
            for form in forms:
                if form.id in self._definitions.broken:
                    continue
                try:
                    self._lacks[form.id] = self._looks.lacks(form)
                except TorikomiError:
                    continue  # the journal is away: the next look tells
                except Exception as error:  # a ledger nobody foresaw must not end the deliveries
                    write_log(error, self._definitions.site.folder)

    def _begun(self) -> Delivery:
        """A delivery as of today; what it finds of broken files is remembered from one to the
        next."""
        work = Delivery(self._definitions, self._journal)
        work.failures = self._failures
        return work

    def _write(self, work: Delivery, job: Job) -> None:
        name = (job.form.id, job.target)
        self._away.pop(name, None)
        troubles: tuple[TorikomiError, ...]
        try:
            troubles = work.deliver(job).troubles
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
