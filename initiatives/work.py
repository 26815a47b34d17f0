"""What was done, by day, initiative and form: the only thing that savings are computed from.

A :class:`Work` is a sum of receipts and decisions of one office day. Everything in it is an integer
(counts, and time in milliseconds), so sums are exact: splitting or merging days, forms and periods
never changes a total.

Staff time that no screen measures (preparing a batch, keying in by hand what could not be read,
repairing a rule) is told to the journal as a receipt of a *staff step* (:data:`STAFF_STEPS`, made
by :func:`staff_receipt`): measured with a clock, or declared from memory, and kept apart so that a
figure never claims more than it is. A receipt's own ``seconds`` is the robot's wall time and never
becomes staff time.
"""

from __future__ import annotations

import datetime as dt
import operator
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from records.journal.receipts import EDITS, MILLISECONDS, N, edits
from records.journal.rows import DecisionRow, ReceiptRow, Sums, Total
from records.types import Receipt

STAFF_MILLISECONDS = "staff_milliseconds"
"""The count in a staff step's receipt that holds the measured staff time."""

DECLARED_MILLISECONDS = "declared_milliseconds"
"""The count that holds staff time which nobody measured: 申告."""

STAFF_STEPS: Mapping[str, str] = {
    "prepare": "preparation",
    "rework": "rework",
    "exception": "by_hand_time",
    "upkeep": "upkeep",
}
"""Steps of receipts that people's work is told by, and the attribute of :class:`Work` that measured
time goes to."""

TOLD: Mapping[str, str] = {
    "prepare": "told_preparation",
    "rework": "told_rework",
    "exception": "told_by_hand",
    "upkeep": "told_upkeep",
}
"""The same for declared time."""

ACCEPT = "accept"
TASK = "task"
REVIEW = "review"
READ = "read"
DELIVER = "deliver"

SOURCES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "accepted": ((ACCEPT, "accepted"), (TASK, "accepted")),
    "by_hand": (("exception", "sheets"),),
    "failed": ((READ, "failed"), (TASK, "failed")),
    "fields": ((READ, "fields"),),
    "unseen": ((READ, "unseen"),),
    "decisions": ((REVIEW, N),),
    "corrected": ((REVIEW, "correct"),),
    "sampled": ((REVIEW, "sampled"),),
    "sampled_wrong": ((REVIEW, "sampled_wrong"),),
    "characters": ((READ, "characters"),),
    "edits": ((REVIEW, EDITS),),
    "review": ((REVIEW, MILLISECONDS),),
    "robot": tuple((step, MILLISECONDS) for step in (READ, ACCEPT, TASK, DELIVER)),
    **{target: ((step, STAFF_MILLISECONDS),) for step, target in STAFF_STEPS.items()},
    **{target: ((step, DECLARED_MILLISECONDS),) for step, target in TOLD.items()},
}
"""Sum of :class:`Work` → the (step, count) pairs of receipts and decisions that it is made of. The
whole vocabulary: a step or count that is not here is no part of any figure."""

_TARGETS = {pair: target for target, pairs in SOURCES.items() for pair in pairs}


@dataclass(frozen=True, slots=True)
class Work:
    """Sums of one office day, one initiative and one form (or task that reads no form).

    Attributes:
        accepted: sheets (or items of a task) that the machine brought to their end, each counted
        once.
        by_hand: sheets that people did by hand because they could not be read, as told by
        ``exception`` receipts.
        failed: sheets that ended in ``failed/``; the by-hand ones are part of them.
        fields, unseen: fields read, and those that no person needed to look at.
        decisions, corrected: fields that people decided on, and those among them that they changed.
        sampled, sampled_wrong: unseen fields shown to people to measure, and the wrong ones among
        them.
        characters, edits: characters read and how many of them people changed; 0 where nobody
        counted.
        preparation, review, rework, by_hand_time, upkeep: measured staff time, ms.
        told_preparation, told_rework, told_by_hand, told_upkeep: declared staff time, ms, not part
        of the measured one.
        robot: wall time of the machine, ms; never staff time.
    """

    day: dt.date
    initiative: str
    form: str = ""
    accepted: int = 0
    by_hand: int = 0
    failed: int = 0
    fields: int = 0
    unseen: int = 0
    decisions: int = 0
    corrected: int = 0
    sampled: int = 0
    sampled_wrong: int = 0
    characters: int = 0
    edits: int = 0
    preparation: int = 0
    review: int = 0
    rework: int = 0
    by_hand_time: int = 0
    upkeep: int = 0
    robot: int = 0
    told_preparation: int = 0
    told_rework: int = 0
    told_by_hand: int = 0
    told_upkeep: int = 0

    @property
    def key(self) -> tuple[dt.date, str, str]:
        return self.day, self.initiative, self.form

    @property
    def counts(self) -> dict[str, int]:
        """The sums by name, without what they are sums of."""
        return {name: getattr(self, name) for name in SUMS}

    def plus(self, other: Work) -> Work:
        """Both together, under this one's day, initiative and form."""
        return Work(*self.key, *map(operator.add, _sums(self), _sums(other)))


SUMS: tuple[str, ...] = tuple(
    f.name for f in fields(Work) if f.name not in ("day", "initiative", "form")
)
_sums = operator.attrgetter(*SUMS)


def merged(works: Iterable[Work]) -> dict[tuple[dt.date, str, str], Work]:
    """One :class:`Work` for each day, initiative and form, whatever number of them came in."""
    sums: dict[tuple[dt.date, str, str], Work] = {}
    for work in works:
        key = work.key
        sums[key] = sums[key].plus(work) if key in sums else work
    return sums


def summed(works: Iterable[Work], day: dt.date) -> Work:
    """All of them together, of no one initiative or form."""
    rows = [_sums(work) for work in works]
    if rows:
        return Work(day, "", "", *map(sum, zip(*rows, strict=True)))
    return Work(day, "")


def milliseconds(seconds: float) -> int:
    """Seconds as whole milliseconds; each receipt and decision is rounded once, sums never."""
    return round(seconds * 1000)


def staff_receipt(
    step: str,
    initiative: str,
    form: str = "",
    *,
    seconds: float,
    sheets: int = 0,
    key: str = "",
    declared: bool = False,
) -> Receipt:
    """A receipt of people's work, to be appended to the journal.

    Args:
        step: a key of :data:`STAFF_STEPS`.
        seconds: staff time of all who took part.
        sheets: for ``exception``, how many sheets were done by hand.
        declared: the time was not measured but told from memory; the figures it is in are then
        申告.

    Raises:
        ValueError: another step, or a negative time or count.
    """
    if step not in STAFF_STEPS or seconds < 0 or sheets < 0:
        raise ValueError(
            f"a staff step is one of {', '.join(STAFF_STEPS)} with non-negative seconds and sheets"
        )
    counts = {
        DECLARED_MILLISECONDS if declared else STAFF_MILLISECONDS: milliseconds(seconds),
        "sheets": sheets,
    }
    return Receipt(step=step, form=form, initiative=initiative, counts=counts, seconds=0.0, key=key)


def reversal(receipt: Receipt) -> Receipt:
    """What takes a staff receipt back: its counts with the opposite sign, kept once for its key.

    Raises:
        ValueError: not a staff step, or without a key.
    """
    if receipt.step not in STAFF_STEPS or not receipt.key:
        raise ValueError("only a staff receipt with a key can be taken back")
    counts = {name: -n for name, n in receipt.counts.items()}
    return Receipt(
        receipt.step, receipt.form, receipt.initiative, counts, 0.0, key=f"back:{receipt.key}"
    )


def failure_key(document: str) -> str:
    """The key of the receipt that counts a document as failed: however often it is tried, it is
    one case."""
    return f"failed:{document}"


def unfailed(receipt: Receipt) -> Receipt:
    """What takes the failure of a document back, once: it was read at last, or was no case of this
    form.

    Raises:
        ValueError: not a failure with a key.
    """
    failed = receipt.counts.get("failed", 0)
    if receipt.step != READ or not receipt.key or not failed:
        raise ValueError("only a failed reading with a key can be taken back")
    return Receipt(
        READ,
        receipt.form,
        receipt.initiative,
        {"sheets": 0, "failed": -failed},
        0.0,
        key=f"back:{receipt.key}",
    )


def task_receipt(
    initiative: str, task: str, *, items: int, seconds: float, key: str = "", failed: int = 0
) -> Receipt:
    """A receipt of a flow that reads no form (a nightly export, say), measured by the same means.

    Args:
        task: its name; baselines name it in ``form``.
        items: how many pieces of the old work it did; the baseline is the time that one took.
        seconds: robot wall time.
        failed: items that a person has to do.
    """
    counts = {"accepted": items, "failed": failed}
    return Receipt(
        step=TASK, form=task, initiative=initiative, counts=counts, seconds=seconds, key=key
    )


def work_of(day: dt.date, initiative: str, form: str, step: str, counts: Mapping[str, int]) -> Work:
    """The work that the counts of one step stand for: of a single receipt or decision, or of a
    day's total of that step.

    Args:
        counts: with :data:`records.journal.receipts.N` and
            :data:`~records.journal.receipts.MILLISECONDS` for how many and how long. What
            :data:`SOURCES` does not name is left out.
    """
    sums: dict[str, Any] = {}
    for name, value in counts.items():
        target = _TARGETS.get((step, name))
        if target:
            sums[target] = sums.get(target, 0) + value
    return Work(day, initiative, form, **sums)


def by_initiative(works: Iterable[Work]) -> Iterator[tuple[str, list[Work]]]:
    """Works grouped by initiative, in code order, each group in day order."""
    groups: dict[str, list[Work]] = {}
    for work in works:
        groups.setdefault(work.initiative, []).append(work)
    for code in sorted(groups):
        yield code, sorted(groups[code], key=lambda w: (w.day, w.form))


def works_of_totals(totals: Iterable[Total]) -> Iterator[Work]:
    """The journal's running sums (:meth:`records.journal.workdone.Work.totals`) as works; sum them with
    :func:`merged`."""
    for total in totals:
        counts = {**total.counts, N: total.n, MILLISECONDS: milliseconds(total.seconds)}
        yield work_of(total.day, total.initiative, total.form, total.step, counts)


def works_of_sums(sums: Iterable[Sums]) -> Iterator[Work]:
    """Sums that the database added up under :data:`SOURCES` (:meth:`records.journal.workdone.Work.sums`)
    as works."""
    for row in sums:
        yield Work(row.day, row.initiative, row.form, **row.values)  # the names of SOURCES


def works_of_rows(
    receipts: Iterable[ReceiptRow], decisions: Iterable[DecisionRow] = ()
) -> Iterator[Work]:
    """Single receipts and decisions as works: what the running sums are made of, for drilling down
    and for tests."""
    for row in receipts:
        receipt = row.receipt
        counts = {**receipt.counts, N: 1, MILLISECONDS: milliseconds(receipt.seconds)}
        yield work_of(row.day, receipt.initiative, receipt.form, receipt.step, counts)
    for made in decisions:
        verdict = made.decision.verdict
        counts = {
            N: 1,
            MILLISECONDS: milliseconds(made.decision.seconds),
            verdict: 1,
            "sampled": int(made.sampled),
            "sampled_wrong": int(made.sampled and verdict != "accept"),
            EDITS: edits(made.kind, made.decision),
        }
        yield work_of(made.day, made.initiative, made.form, REVIEW, counts)
