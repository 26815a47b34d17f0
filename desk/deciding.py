"""What a person decided, checked and kept: rights, lease, value, attention, in this order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from desk import access
from desk.answers import against, against_whole, answer
from desk.logins import Session
from desk.opendesk import Desk
from desk.refusals import NotHere
from desk.sheets import answers_so_far, same, to_answer
from records.forms import FormDef
from records.journal import Journal, RecordRow
from records.journal.verdicts import WHOLE
from records.types import Decision, Problem, Value

Verdict = Literal["accept", "correct", "unreadable", "wrong_form"]
_VERDICTS = ("accept", "correct", "unreadable", "wrong_form")
_LONGEST = 20_000


class Taken(NotHere):
    """Somebody else has the field, or has answered it already."""

    def __init__(self, message: str) -> None:
        super().__init__(message, 409)


@dataclass(frozen=True, slots=True)
class Wish:
    """What the page sent for one field.

    Attributes:
        reading: of the record, so that an answer to an older reading is noticed.
        text: what was typed; only for ``correct``.
        insist: keep it in spite of its problems.
        again: change an answer that was given already.
        seconds: attention as the browser measured it.
    """

    record: str
    field: str
    reading: int
    verdict: Verdict
    text: str = ""
    insist: bool = False
    again: bool = False
    seconds: float = 0.0

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Wish:
        """Raises:
        NotHere: something is missing or of the wrong type.
        """
        made = (
            data.get("record"),
            data.get("field"),
            data.get("reading"),
            data.get("verdict"),
            data.get("text", ""),
        )
        record, field, reading, verdict, text = made
        texts = (
            isinstance(record, str)
            and isinstance(field, str)
            and isinstance(text, str)
            and len(text) <= _LONGEST
        )
        if not texts or not isinstance(reading, int) or verdict not in _VERDICTS:
            raise NotHere("送られた内容を読めません", 400)
        return cls(
            str(record),
            str(field),
            reading,
            cast(Verdict, verdict),
            str(text),
            data.get("insist") is True,
            data.get("again") is True,
            data.get("seconds", 0.0),
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """Not kept yet: these problems speak against the value; sent again with ``insist``, it is."""

    value: Value
    problems: tuple[Problem, ...]


def seen_row(desk: Desk, session: Session, record: str) -> tuple[RecordRow, FormDef]:
    """The record and its form, where the person may see it.

    Raises:
        NotHere: no such record, or not theirs: nobody learns which.
    """
    row = desk.journal.records.get(record)
    form = None
    if row is not None:
        forms = access.forms_of(session.user, desk.forms)
        form = forms.get(row.line.form)
    if row is None or form is None:
        raise NotHere
    return row, form


def decide(desk: Desk, session: Session, wish: Wish) -> RecordRow | Asked:
    """Keep one decision.

    Raises:
        NotHere: not theirs, or not to be understood.
        Taken: somebody else has it or was faster, or it was read anew.
    """
    row, form = seen_row(desk, session, wish.record)
    value, problems = value_of(desk, row, form, wish)
    if problems and not wish.insist:
        return Asked(value, problems)
    return _keep(desk, session, [(wish, value)])[0]


def decide_together(
    desk: Desk, session: Session, wishes: Sequence[Wish]
) -> tuple[list[RecordRow], list[tuple[Wish, Asked]]]:
    """Keep many decisions in one transaction; those with problems are handed back instead."""
    good: list[tuple[Wish, Value]] = []
    asked: list[tuple[Wish, Asked]] = []
    for wish in wishes:
        row, form = seen_row(desk, session, wish.record)
        value, problems = value_of(desk, row, form, wish)
        if problems and not wish.insist:
            asked.append((wish, Asked(value, problems)))
        else:
            good.append((wish, value))
    return _keep(desk, session, good), asked


def value_of(
    desk: Desk, row: RecordRow, form: FormDef, wish: Wish
) -> tuple[Value, tuple[Problem, ...]]:
    """The value that a wish means, and what speaks against it: a value that is kept as it is passes
    the same checks as a typed one."""
    if wish.field == WHOLE:
        if wish.verdict == "correct":
            raise NotHere("送られた内容を読めません", 400)
        return None, against_whole(row) if wish.verdict == "accept" else ()
    if wish.field not in row.record.fields or wish.field not in form.fields:
        raise NotHere
    if wish.verdict == "correct":
        given = answer(form, row, wish.field, wish.text, desk.site.office)
        return given.value, given.problems
    if wish.verdict == "accept":
        problems = against(form, row, wish.field, desk.site.office)
        return row.record.fields[wish.field].value, problems
    return None, ()


def _keep(desk: Desk, session: Session, wishes: Sequence[tuple[Wish, Value]]) -> list[RecordRow]:
    """Write the decisions, looking again inside the transaction whether the person still may
    answer."""
    rows = []
    granted = []
    for wish, _ in wishes:
        try:
            granted.append(desk.attention.granted(session.id, wish.seconds))
        except ValueError as error:
            raise NotHere(str(error), 422) from None
    with desk.journal.batch() as journal:
        for (wish, value), seconds in zip(wishes, granted, strict=True):
            rows.append(_keep_one(desk, journal, session, wish, value, seconds))
    if any(row.state == "ready" for row in rows):
        desk.deliveries.wake()
    return rows


def _keep_one(
    desk: Desk, journal: Journal, session: Session, wish: Wish, value: Value, seconds: float
) -> RecordRow:
    row = journal.records.get(wish.record)
    if row is None or row.line.reading != wish.reading:
        raise Taken("この用紙は読み直されました。次の用紙に進みます")
    who = session.user.name
    if row.state == "waiting" and row.line.reviewer not in ("", who):
        raise Taken("この用紙は別の人が確認しています。次の用紙に進みます")
    if not wish.again and (row.state != "waiting" or wish.field not in to_answer(desk, row, who)):
        raise Taken("この項目はもう確認が済んでいます。次に進みます")
    field = row.record.fields.get(wish.field)
    before = None if field is None else field.value
    if wish.again and field is not None:
        mine = answers_so_far(row.decisions, wish.field).get(who)
        if mine is not None:
            before = mine.after
    verdict: Verdict = wish.verdict
    if (
        verdict == "correct"
        and field is not None
        and same(value, row.as_read.fields[wish.field].value)
    ):
        verdict = "accept"
    return journal.reviews.decide(
        Decision(wish.record, wish.field, before, value, verdict, who, desk.now(), seconds)
    )
