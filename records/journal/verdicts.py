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
    first, second = answers
    is_agreed = canonical(first.after) == canonical(second.after)
    return second if is_agreed else None


def applied(record: Record, given: Sequence[Decision], verify: bool) -> Record:
    """The record with every settled decision in place: the value is the person's, the readings
    stay.

    A settled field has no problems left and needs nobody's eyes; the person stands among its
    readings. ``p`` remains what the machine said: it was measured, a person's certainty was not.
    """
    fields = dict(record.fields)
    settlements = _settlements(record, given, verify)
    for name, decision in settlements.items():
        field = fields.get(name)
        if decision is None or field is None:
            continue
        is_accepted = decision.verdict == "accept"
        text = field.text if is_accepted else show(decision.after)
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
    told: set[str] = set()
    for field in record.fields.values():
        told.update(problem.code for problem in field.problems)
    is_told = all(problem.code in told for problem in record.problems)
    if is_told:
        return record.doubtful
    return (WHOLE, *record.doubtful)


def _is_missing(field: Field) -> bool:
    return any(problem.code == PAGE_MISSING for problem in field.problems)


def open_fields(row: RecordRow, verify: bool) -> tuple[str, ...]:
    """What a person must still look at, in the form's order: doubtful and not settled, or given
    back and not answered."""
    settlements = _settlements(row.as_read, row.decisions, verify)
    doubtful = opened_by(row.as_read)
    half = row.as_read.is_half
    is_asked = WHOLE in doubtful and WHOLE not in row.line.open
    if is_asked and len(doubtful) > 1 and not half:
        doubtful = doubtful[1:]  # settled, or kept by a release that did not ask for it
    names = {*doubtful, *settlements}
    left = {name for name in names if settlements.get(name) is None}
    if half:  # whatever anybody answers: half a sheet is never ready
        left.add(WHOLE)
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
    answered = {made.field for made in row.decisions if made.who == who}
    return answered.issuperset(opened)


def values_of(record: Record) -> dict[str, Any]:
    return {name: field.value for name, field in record.fields.items()}
