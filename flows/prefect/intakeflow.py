"""The ``intake`` flow: a batch of documents from the journal's queue, read two at a time, kept in
the journal.

Truth is the journal. Prefect shows what is going on, retries where something outside is away, and
keeps the history of runs; when it forgets or dies, nothing is lost. No personal data goes into it:
documents are named by their number.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypedDict
from uuid import UUID

from prefect import flow, task
from prefect.artifacts import (
    acreate_markdown_artifact,
    acreate_progress_artifact,
    acreate_table_artifact,
    aupdate_progress_artifact,
)
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State, TaskRun
from prefect.context import get_run_context
from prefect.events import emit_event
from prefect.tasks import Task

from flows.intake import Intake, Outcome, thread_count
from flows.prefect.runreports import Telling, batch_name, batch_report, batch_rows, batch_tags
from records.errors import ServiceError
from records.journal import DocumentRow


class _NotStored(TypedDict):
    persist_result: bool
    result_storage: Path


NOT_STORED: _NotStored = {"persist_result": False, "result_storage": Path(os.devnull)}
"""Results stay in memory. The storage is named although it is never used: otherwise each run asks
the server for its default over a connection that Prefect 3.8 does not close."""


async def may_retry(task: Task[..., object], run: TaskRun, state: State[object]) -> bool:
    """True for a :class:`ServiceError` only: a document that cannot be read will not get better by
    trying again."""
    return isinstance(await state.aresult(raise_on_failure=False), ServiceError)


@task(
    name="read",
    task_run_name="読み取り {number}",
    retries=2,
    retry_delay_seconds=[1, 4],
    retry_condition_fn=may_retry,
    cache_policy=NO_CACHE,
    **NOT_STORED,
)
async def read_document(work: Intake, row: DocumentRow, number: str) -> Outcome:
    """Read one document in a thread, so that the others and the progress go on."""
    return await asyncio.to_thread(work.read, row)


@flow(name="intake", flow_run_name="取込 {size}件まで", validate_parameters=False, **NOT_STORED)
async def intake(work: Intake, size: int, told: Callable[[Outcome], None]) -> list[Outcome]:
    """Read up to ``size`` documents that wait in the journal.

    Args:
        told: called with each outcome, for a progress bar.
    """
    outcomes: list[Outcome] = []
    progress = await Progress.begin(size)

    async def reader() -> None:
        while len(outcomes) < size and not work.stop.is_set():
            row = await asyncio.to_thread(work.claim)
            if row is None:
                return
            try:
                outcome = await read_document(work, row, row.sha256[:12])
            except ServiceError:
                outcome = work.give_back(row)
            outcomes.append(outcome)
            told(outcome)
            await progress.update(len(outcomes))
            if outcome.state == "released":
                return

    await asyncio.gather(*(reader() for _ in range(thread_count())))
    await progress.end()
    await publish(work, outcomes)
    return outcomes


class Progress:
    """The progress artifact of one run, updated at most once a second: each update costs about 20
    ms."""

    def __init__(self, artifact: UUID, total: int) -> None:
        self._artifact = artifact
        self._total = total
        self._last = time.monotonic()

    @classmethod
    async def begin(cls, total: int) -> Progress:
        made = await acreate_progress_artifact(
            0.0, key="torikomi-progress", description="読み取りの進み具合"
        )
        assert isinstance(made, UUID)
        return cls(made, total)

    async def update(self, done: int) -> None:
        if time.monotonic() - self._last >= 1.0:
            self._last = time.monotonic()
            await aupdate_progress_artifact(self._artifact, min(100.0, 100.0 * done / self._total))

    async def end(self) -> None:
        await aupdate_progress_artifact(self._artifact, 100.0)


async def publish(work: Intake, outcomes: Sequence[Outcome]) -> None:
    """Name and tag the run by what was in it, and leave a table, a report and an event for
    Prefect's page."""
    telling = Telling(work.definitions.forms, work.definitions.strategy)
    run = get_run_context().flow_run  # type: ignore[union-attr]
    assert run is not None
    async with get_client() as client:
        await client.update_flow_run(
            run.id, name=batch_name(telling, outcomes), tags=batch_tags(telling, outcomes)
        )
    await acreate_table_artifact(
        batch_rows(telling, outcomes), key="torikomi-batch", description="様式ごとの結果"
    )
    await acreate_markdown_artifact(
        batch_report(telling, outcomes), key="torikomi-report", description="取込の報告"
    )
    emit_event(
        "torikomi.batch.read",
        {"prefect.resource.id": "torikomi.intake"},
        payload={
            "documents": len(outcomes),
            "sheets": sum(sum(o.sheets.values()) for o in outcomes),
            "waiting": sum(sum(o.waiting.values()) for o in outcomes),
            "failed": sum(o.state == "failed" for o in outcomes),
        },
    )
