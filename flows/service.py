"""The service of one site: sweep the inbox, read what waits, deliver what is ready, and wait for
more.

The loop runs in a thread of its own with its own event loop, because Prefect takes SIGTERM for
itself while a flow runs in the main thread. The main thread only waits for signals: the first one
lets the sheets in hand be finished or given back, a second one ends at once (the journal's leases
make good what is left).
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import signal
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import TypeVar

from connectors.files import named
from flows.composition import OpenSite
from flows.console import write_log
from flows.delivery import Delivery, JobResult
from flows.gate import refuse_all_closed
from flows.inboxevents import file_hints
from flows.intake import Intake, Outcome, Swept
from flows.lock import single_service
from flows.looked import KeptLooks
from flows.prefect.prefectserver import PrefectServer, prepare
from flows.processmemory import peak_mebibytes, spare_memory
from flows.restoring import find_lacks_again
from flows.servicetotals import Role, Told, Totals
from records.errors import DefinitionError, ServiceError, TorikomiError

T = TypeVar("T")

DELIVER_SECONDS = 60.0
"""Ready rows are written when nothing waits to be read, and at least this often: one save of a
workbook for many rows."""

ONCE_SECONDS = 60.0
"""How long a single sweep waits for files that are still being copied."""

LOOK_SECONDS = 3600.0
"""Ledgers are compared with the journal at the start and so often; the desk looks more often."""

_SAY_AGAIN = 300.0
_FLOW_FAILURES = 3


def run_service(opened: OpenSite, told: Told, *, role: Role = "watch") -> Totals:
    """Work in one :data:`Role`, until it is done.

    Raises:
        ServiceError: another service works on this site, the journal is away, or Prefect does not
        start.
        DefinitionError: no form's initiative may run; nothing was taken from the inbox.
    """
    site = opened.site
    refuse_all_closed(opened.definitions)
    spare_memory()
    with (
        single_service(site.work, socket.gethostname() if role == "join" else ""),
        contextlib.ExitStack() as stack,
    ):
        prepare(site.work)
        server = PrefectServer()
        stack.callback(server.stop)
        if role != "once":
            server.start()  # it takes seconds: all that needs no flow goes on meanwhile
        intake = Intake(opened.definitions, opened.journal, opened.reader)
        delivery = Delivery(opened.definitions, opened.journal)
        totals = in_thread(Service(intake, delivery, server, told, role, opened.anchor))
        totals.memory = peak_mebibytes()
        totals.server_memory = server.peak_mebibytes
        return totals


def in_thread(service: Service) -> Totals:
    """Run the service's loop in its own thread; SIGINT and SIGTERM ask it to stop."""
    failure: list[BaseException] = []

    def body() -> None:
        try:
            asyncio.run(service.loop())
        except BaseException as error:
            failure.append(error)

    def stop(number: int, _: object) -> None:
        if service.stop.is_set():
            os._exit(128 + number)
        service.ask_to_stop()

    thread = threading.Thread(target=body, name="torikomi-service", daemon=True)
    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        thread.start()
        while thread.is_alive():
            thread.join(0.5)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if failure:
        raise failure[0]
    return service.totals


class Service:
    """The loop, and what it remembers between two rounds."""

    def __init__(
        self,
        intake: Intake,
        delivery: Delivery,
        server: PrefectServer,
        told: Told,
        role: Role,
        anchor: Callable[[], None] = lambda: None,
    ) -> None:
        self.stop = intake.stop
        self._anchor = anchor
        self._intake = intake
        self._delivery = delivery
        self._delivery.stop = self.stop
        self._definitions = intake.definitions
        self._journal = intake.journal
        self.totals = Totals()
        self._server = server
        self._told = told
        self._role = role
        self._wake = threading.Event()
        self._not_before: dict[tuple[str, str], float] = {}
        self._last_delivery = time.monotonic()
        self._said: dict[str, float] = {}
        self._failures = 0
        self._look_at = 0.0
        self._started = False
        self._paused = 0.0

    def ask_to_stop(self) -> None:
        """End after what is in hand."""
        self.stop.set()
        self._wake.set()

    async def loop(self) -> None:
        """Rounds until stopped; in the role ``once`` until a round finds nothing left to do."""
        begun = time.monotonic()
        keeper = asyncio.create_task(self._keep_server())
        await self._try(self._tell_closed)
        with self._hints():
            recovered = False
            while not self.stop.is_set():
                if self._role == "join":
                    await self._read_all()
                    await self._pause(None)
                    continue
                recovered = recovered or await self._try(self._intake.recover) is not None
                swept = await self._sweep()
                await self._read_all()
                await self._deliver_all(final=self._role == "once")
                await self._try(self._tell_lacks)
                if self._role == "once" and (
                    swept is None or swept.waiting == 0 or self._paused > ONCE_SECONDS
                ):
                    self._leave_unsettled(swept)
                    break
                await self._pause(swept)
        keeper.cancel()
        self.totals.seconds = time.monotonic() - begun

    async def _keep_server(self) -> None:
        """Start Prefect's server again when it dies under a run; the run goes on as soon as it
        answers."""
        while True:
            await asyncio.sleep(1.0)
            if self._server.died:
                self._say("実行管理(Prefect)が止まったため、起動し直します。")
                await self._try(self._server.restart)

    def _tell_closed(self) -> None:
        """Say which forms may not run; where rows of one are held back, the run is not finished."""
        held = set(self._journal.deliveries.ready_forms()) if self._intake.closed else set()
        for form, reason in self._intake.closed.items():
            self._say(reason)
            if form in held:
                self.totals.unfinished.append(f"確認の済んだ行を転記せずに残しています。{reason}")

    def _tell_lacks(self) -> None:
        """Say once in a while which ledgers lost rows (restored from a copy, deleted), and write
        down outside the database how far the journal has come."""
        now = time.monotonic()
        if now < self._look_at:
            return
        self._look_at = now + LOOK_SECONDS
        self._anchor()
        definitions = self._definitions
        today = self._intake.now().date()
        site, journal = definitions.site, self._journal
        kept = KeptLooks(site.work)
        for form in definitions.forms.values():
            if form.id in definitions.broken:
                continue
            try:
                lacks = find_lacks_again(site.folder, form, journal, kept)
            except DefinitionError as error:  # one form must not end the watch
                self._say(error.message)
                continue
            for lack in lacks:
                if lack.is_told(today):
                    self._say(lack.message())

    def _leave_unsettled(self, swept: Swept | None) -> None:
        if swept is None:
            return
        self.totals.unfinished += [error.message for error in swept.stuck]
        self.totals.unfinished += swept.undone
        if swept.waiting:
            names = ""
            if swept.unsettled:
                names = f"({named(swept.unsettled)})"
            self.totals.unfinished.append(
                f"コピーが終わっていないファイルが {swept.waiting} 件あります{names}。"
                "終わってからもう一度 torikomi run を実行してください"
            )

    async def _sweep(self) -> Swept | None:
        swept = await self._try(self._intake.sweep)
        if swept is not None:
            self.totals.duplicates += swept.duplicates
            for line in (*swept.told, *(error.message for error in swept.stuck)):
                self._say(line)
            if swept.new or swept.waiting:
                self._server.start()  # there will be something to do
            self._told.swept(swept, self._journal.tallies.counts().documents["received"])
        return swept

    async def _read_all(self) -> None:
        """Batches of documents until none waits; ready rows go out between them when it is time."""
        while not self.stop.is_set():
            waiting = await self._try(self._intake.backlog)
            if not waiting:
                return
            from flows.prefect.intakeflow import (
                intake,  # Prefect may be imported only after prepare()
            )

            run = functools.partial(
                intake,
                self._intake,
                min(waiting, self._definitions.site.intake.batch),
                self._told.read,
            )
            outcomes = await self._flow(run)
            for outcome in outcomes or []:
                self._count(outcome)
            if not outcomes or any(o.state == "released" for o in outcomes):
                return  # something is away, or others were quicker: not again at once
            if self._role != "join" and time.monotonic() - self._last_delivery > DELIVER_SECONDS:
                await self._deliver_all(final=False)

    async def _deliver_all(self, *, final: bool) -> None:
        """Write what is ready to each target that is not known to be busy."""
        self._last_delivery = now = time.monotonic()
        found = await self._try(self._delivery.jobs) or []
        due = [
            (job.form.id, job.target)
            for job in found
            if final or self._not_before.get((job.form.id, job.target), 0.0) <= now
        ]
        if not due or self.stop.is_set():
            return
        from flows.prefect.deliveryflow import deliver

        results = await self._flow(lambda: deliver(self._delivery, due)) or {}
        for target, result in results.items():
            if isinstance(result, JobResult):
                self.totals.rows += result.rows
                self._told.delivered(result)
            troubles = result.troubles if isinstance(result, JobResult) else (result,)
            if troubles:
                self._wait_for(target, troubles)

    def _wait_for(self, target: tuple[str, str], troubles: Sequence[TorikomiError]) -> None:
        """Say why rows of a target (form id, target) wait, and when it is tried again."""
        waits = [e.retry_after if isinstance(e, ServiceError) else _SAY_AGAIN for e in troubles]
        self._not_before[target] = time.monotonic() + min(waits)
        for error in troubles:
            if error.message not in self.totals.unfinished:
                self.totals.unfinished.append(error.message)
            self._say(error.message)

    async def _flow(self, run: Callable[[], Awaitable[T]]) -> T | None:
        """Run a flow; where Prefect itself fails, say so and go on: the journal has the truth.

        Raises:
            ServiceError: its server does not start, or it failed several times in a row.
        """
        if not self._started:
            self._server.start()
            await asyncio.to_thread(self._server.wait)
            self._started = True
            await self._relabel()
            self._told.started(self._server.page)
        try:
            with self._server.settings():
                result = await run()
        except TorikomiError as error:
            self._say(error.message)
            return None
        except Exception as error:
            self._failures += 1
            log = write_log(error, self._definitions.site.folder)
            if self._failures >= _FLOW_FAILURES:
                raise ServiceError(
                    "prefect", f"実行管理(Prefect)が続けて失敗したため止めました。記録: {log}"
                ) from error
            self._say(f"実行管理(Prefect)が失敗したため、やり直します。記録: {log}")
            return None
        self._failures = 0
        return result

    async def _relabel(self) -> None:
        """Let Prefect's page not show runs as running that a kill ended; nothing depends on it."""
        if self._server.own:
            from flows.prefect.crashedruns import mark_stale_runs

            with self._server.settings(), contextlib.suppress(Exception):
                await mark_stale_runs()

    async def _try(self, step: Callable[[], T]) -> T | None:
        """Run a step in a thread; what is away is told and tried again in the next round."""
        try:
            return await asyncio.to_thread(step)
        except ServiceError as error:
            self._say(error.message)
            return None

    def _count(self, outcome: Outcome) -> None:
        self.totals.documents += outcome.state != "released"
        self.totals.sheets += sum(outcome.sheets.values())
        self.totals.waiting += sum(outcome.waiting.values())
        self.totals.failed += outcome.state == "failed"
        if outcome.closed:
            self.totals.unfinished.append(f"「{outcome.name}」を取り込めません。{outcome.closed}")

    def _say(self, message: str) -> None:
        """Tell a person of trouble, the same trouble not more often than every few minutes."""
        now = time.monotonic()
        if now - self._said.get(message, -_SAY_AGAIN) >= _SAY_AGAIN:
            self._said[message] = now
            self._told.trouble(message)

    async def _pause(self, swept: Swept | None) -> None:
        """Wait for the next sweep: until a file may have settled, something happens in the inbox,
        or it is time."""
        begun = time.monotonic()
        seconds = self._definitions.site.intake.poll_seconds
        if swept is not None and swept.settles_in is not None:
            seconds = min(seconds, max(swept.settles_in, 0.05))
            await asyncio.to_thread(
                self.stop.wait, seconds
            )  # a hint would be about the file that is settling
        else:
            await asyncio.to_thread(self._wake.wait, seconds)
        self._wake.clear()
        self._paused += time.monotonic() - begun

    @contextlib.contextmanager
    def _hints(self) -> Iterator[None]:
        if self._role != "watch":
            yield
            return
        with file_hints(self._definitions.site.inbox, self._wake):
            yield
