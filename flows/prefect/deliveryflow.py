"""The ``deliver`` flow: what is ready goes to its workbooks and files, one task a target, retried
where it is busy."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from prefect import flow, task
from prefect.artifacts import acreate_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State, TaskRun
from prefect.context import get_run_context
from prefect.tasks import Task

from flows.delivery import Delivery, JobResult
from flows.prefect.intakeflow import NOT_STORED
from flows.prefect.runreports import Telling, delivery_name, delivery_report, delivery_tags
from records.errors import ServiceError, TorikomiError

AT_ONCE_AGAIN = 30.0
"""A target that may be free again within so many seconds is tried a second time in the same run. A
damaged workbook is not mended by then."""


async def is_soon_free(task: Task[..., object], run: TaskRun, state: State[object]) -> bool:
    """True where the target asks for a new try within :data:`AT_ONCE_AGAIN`."""
    result = await state.aresult(raise_on_failure=False)
    return isinstance(result, ServiceError) and result.retry_after <= AT_ONCE_AGAIN


@task(
    name="deliver",
    task_run_name="転記 {form} {target}",
    retries=1,
    retry_delay_seconds=2,
    retry_condition_fn=is_soon_free,
    cache_policy=NO_CACHE,
    **NOT_STORED,
)
async def deliver_to(work: Delivery, form: str, target: str) -> JobResult | None:
    """Write what ``target`` does not have yet of ``form``; None where there is nothing any more."""
    for job in work.jobs():
        if (job.form.id, job.target) == (form, target):
            return await asyncio.to_thread(work.deliver, job)
    return None


Results = dict[tuple[str, str], JobResult | TorikomiError]
"""What became of each (form id, target). Two forms may have one target: the same path, filled in
with another name."""


@flow(name="deliver", flow_run_name="転記", validate_parameters=False, **NOT_STORED)
async def deliver(work: Delivery, targets: Collection[tuple[str, str]]) -> Results:
    """Write what is ready to each of ``targets`` (form id, target), one after the other.

    Returns:
        what was done by form and target; an error where the target is away or its definition does
        not fit: its rows wait, the others are written.
    """
    results: Results = {}
    for form, target in targets:
        try:
            done = await deliver_to(work, form, target)
            if done is not None:
                results[form, target] = done
        except TorikomiError as error:
            results[form, target] = error
    await publish(work, results)
    return results


async def publish(work: Delivery, results: Results) -> None:
    """Name and tag the run by what was written, and leave a report for Prefect's page."""
    telling = Telling(work.definitions.forms, work.definitions.strategy)
    done = [result for result in results.values() if isinstance(result, JobResult)]
    run = get_run_context().flow_run  # type: ignore[union-attr]
    assert run is not None
    async with get_client() as client:
        await client.update_flow_run(
            run.id, name=delivery_name(telling, done), tags=delivery_tags(telling, done)
        )
    await acreate_markdown_artifact(
        delivery_report(telling, results), key="torikomi-delivery", description="転記の報告"
    )
