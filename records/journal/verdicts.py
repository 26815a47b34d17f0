"""What people's decisions on a record come to: pure functions of the record as read and the answers
given."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from records.codec import canonical, show
from records.journal.rows import RecordRow
from records.types import PAGE_MISSING, Decision, Field, Reading, Record

GIVES_BACK = ("unreadable", "wrong_form")
"""Verdicts that return the whole record."""

WHOLE = ""
"""Stands for the sheet as a whole where a field's name is expected: a sheet with a problem that no
doubtful field tells of."""

STACK = "stack_by_order"
"""The code of the problem that all sheets of a stack have whose pages only their order joins. Who
answers it for one sheet answers it for the stack."""


def settled(given: Sequence[Decision], verify: bool) -> Decision | None:
    """The decision that counts for one field, or None while it is open.

    An ``unreadable`` undoes the answers before it. Of the others: without checking by two, the
    last. With it (ベリファイ): the latest answer of each person counts; two people of one mind
    settle it, else whoever comes third.
    """
    latest: dict[str, Decision] = {}
    for decision in given:
        if decision.verdict in GIVES_BACK:
            latest.clear()
        else:
            latest[decision.who] = decision
    if not latest:
        return None
    answers = list(latest.values())
    if not verify:
        return max(answers, key=given.index)
    if len(answers) == 1:
        return None
    if len(answers) >= 3:
        return answers[2]
    return answers[1] if canonical(answers[0].after) == canonical(answers[1].after) else None


def applied(record: Record, given: Sequence[Decision], verify: bool) -> Record:
    """The record with every settled decision in place: the value is the person's, the readings
    stay.

    A settled field has no problems left and needs nobody's eyes; the person stands among its
    readings. ``p`` remains what the machine said: it was measured, a person's certainty was not.
    """
    fields = dict(record.fields)
    for name, decision in _settlements(record, given, verify).items():
        field = fields.get(name)
        if decision is None or field is None:
            continue
        text = field.text if decision.verdict == "accept" else show(decision.after)
        fields[name] = dataclasses.replace(
            field,
            value=decision.after,
            text=text,
            problems=(),
            unseen=True,
            sampled=False,
            readings=(*field.readings, Reading(text, None, "person")),
        )
    return dataclasses.replace(record, fields=fields)


def opened_by(record: Record) -> tuple[str, ...]:
    """What a person must look at in a sheet as it was read: the sheet as a whole, then its doubtful
    fields.

    A page that is missing is asked about once, for the whole sheet: nobody can answer its fields.
    """
    if record.is_half:
        seen = [name for name in record.doubtful if not _is_missing(record.fields[name])]
        return (WHOLE, *seen)
    told = {problem.code for field in record.fields.values() for problem in field.problems}
    left = [problem for problem in record.problems if problem.code not in told]
    return ((WHOLE,) if left else ()) + record.doubtful


def _is_missing(field: Field) -> bool:
    return any(problem.code == PAGE_MISSING for problem in field.problems)


def open_fields(row: RecordRow, verify: bool) -> tuple[str, ...]:
    """What a person must still look at, in the form's order: doubtful and not settled, or given
    back and not answered."""
    settlements = _settlements(row.as_read, row.decisions, verify)
    doubtful = opened_by(row.as_read)
    half = row.as_read.is_half
    if WHOLE in doubtful and WHOLE not in row.line.open and len(doubtful) > 1 and not half:
        doubtful = doubtful[1:]  # settled, or kept by a release that did not ask for it
    names = [*doubtful, *(name for name in settlements if name not in doubtful)]
    left = {name for name in names if settlements.get(name) is None}
    left |= {WHOLE} if half else set()  # whatever anybody answers: half a sheet is never ready
    order = [WHOLE, *row.as_read.fields]
    return tuple(sorted(left, key=order.index))


def _settlements(
    record: Record, given: Sequence[Decision], verify: bool
) -> dict[str, Decision | None]:
    """For each field that anybody answered: the decision that counts. Only doubtful fields need two
    people."""
    by_field: dict[str, list[Decision]] = defaultdict(list)
    for decision in given:
        by_field[decision.field].append(decision)
    doubtful = frozenset(record.doubtful)
    return {
        name: settled(answers, verify and name in doubtful) for name, answers in by_field.items()
    }


def answered_all(row: RecordRow, opened: Sequence[str], who: str) -> bool:
    return set(opened) <= {d.field for d in row.decisions if d.who == who}


def values_of(record: Record) -> dict[str, Any]:
    return {name: field.value for name, field in record.fields.items()}
