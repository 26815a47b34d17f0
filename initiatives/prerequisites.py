"""No automation without measurement: what must be registered before anything runs, and how any flow
is measured."""

from __future__ import annotations

import contextlib
import datetime as dt
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from initiatives.register import Initiative, Strategy
from initiatives.work import task_receipt
from records.errors import DefinitionError
from records.types import Receipt


def require(strategy: Strategy, code: str, *, form: str = "", day: dt.date) -> Initiative:
    """The initiative that a form or flow runs for, if it may.

    A trial (試行) may run without a baseline, so that one can be measured; production (本格) may
    not.

    Args:
        form: the form's or task's name, for its own baseline.
        day: today.

    Raises:
        DefinitionError: not registered, not under the automation pillar, not running, or in
            production without a baseline; the message says what to write.
    """
    made = strategy.initiatives.get(code)
    if made is None:
        raise DefinitionError(
            f"取組「{code}」が strategy.toml にありません。先に登録してください",
            key="initiative",
            allowed=tuple(sorted(strategy.codes)),
        )
    if made.pillar != strategy.automation.id:
        raise DefinitionError(
            f"取組「{code}」は「{strategy.pillar(made.pillar).name}」の柱にあります。自動化は"
            f"「{strategy.automation.name}」の取組に登録してください",
            key="initiative",
            allowed=tuple(sorted(strategy.codes)),
        )
    if made.status not in ("試行", "本格"):
        raise DefinitionError(
            f"取組「{code}」は「{made.status}」です。動かすには "
            "strategy.toml の status を「試行」か「本格」にしてください",
            key="status",
        )
    if made.status == "本格" and made.baseline_on(day, form) is None:
        raise DefinitionError(
            f"取組「{code}」には基準時間がないため、本格運用を始められません。自動化する前の1件の時間を計り、"
            "[[initiative.baseline]] に samples(実測)か minutes(申告)を書いてください",
            key="baseline",
        )
    return made


class Keeper(Protocol):
    """Keeps receipts; ``journal.work`` is one."""

    def add_receipt(self, receipt: Receipt, at: dt.datetime, actor: str = "") -> bool: ...


@dataclass(slots=True)
class Tally:
    """What a task has done so far; the task counts it up while it runs."""

    items: int = 0
    failed: int = 0

    def done(self, items: int = 1) -> None:
        """So many pieces of the old work are finished."""
        self.items += items

    def fail(self, items: int = 1) -> None:
        """So many pieces are left to a person."""
        self.failed += items


@contextlib.contextmanager
def measured(
    keeper: Keeper,
    strategy: Strategy,
    code: str,
    task: str,
    *,
    now: Callable[[], dt.datetime],
    key: str = "",
) -> Iterator[Tally]:
    """Measure any piece of automation that reads no form, by the same receipts as the document
    flows.

    ::

        with measured(journal.work, strategy, "EFF-09", "夜間の書き出し", now=clock) as tally:
            for row in rows:
                export(row)
                tally.done()

    What was done before an error counts; the error goes on to the caller.

    Args:
        now: the aware time.
        key: the same non-empty key is counted once, for tasks that may be repeated.

    Raises:
        DefinitionError: see :func:`require`; nothing has run then.
    """
    require(strategy, code, form=task, day=now().date())
    tally = Tally()
    began = time.monotonic()
    try:
        yield tally
    finally:
        receipt = task_receipt(
            code,
            task,
            items=tally.items,
            failed=tally.failed,
            seconds=time.monotonic() - began,
            key=key,
        )
        keeper.add_receipt(receipt, now())
