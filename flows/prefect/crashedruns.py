"""Runs that a kill left behind: Prefect would show them as running for ever."""

from __future__ import annotations

from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateType
from prefect.client.schemas.objects import State, StateType
from prefect.states import Crashed

_AT_ONCE = 200


async def mark_stale_runs() -> int:
    """Mark every run that still counts as running as crashed; returns how many.

    Only for a server of our own, by the holder of the site's lock, before the first run: nobody
    else can be running anything. It only relabels; the work itself is done again from the journal.
    """
    running = FlowRunFilter(
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.RUNNING]))
    )
    count = 0
    async with get_client() as client:
        while runs := await client.read_flow_runs(flow_run_filter=running, limit=_AT_ONCE):
            for run in runs:
                state: State[None] = Crashed(
                    message="取込が途中で止められました。続きは台帳からやり直しています。"
                )
                await client.set_flow_run_state(run.id, state, force=True)
            count += len(runs)
    return count
