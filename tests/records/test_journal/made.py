"""Documents, sheets and decisions for the tests."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any, Literal

from records.journal import Journal, RecordRow
from records.types import Box, Decision, Field, Problem, Reading, Receipt, Record

JST = dt.timezone(dt.timedelta(hours=9))
NOON = dt.datetime(2026, 4, 1, 12, 0, tzinfo=JST)


def at(minutes: float = 0) -> dt.datetime:
    return NOON + dt.timedelta(minutes=minutes)


def sha(name: object) -> str:
    return hashlib.sha256(str(name).encode()).hexdigest()


def field(
    name: str,
    value: Any = "鹿島",
    *,
    unseen: bool = False,
    kind: str = "text",
    sampled: bool = False,
    p: float | None = None,
) -> Field:
    problems = () if unseen else (Problem("low_score", "はっきり読めません"),)
    return Field(
        name,
        kind,
        str(value),
        value,
        p if p is not None else 0.999 if unseen else 0.6,
        problems,
        (Reading(str(value), 0.7, "ppocr", (("鹿鳥", 0.2),), {"margin": 0.5}),),
        Box(10, 20, 30, 8),
        1,
        unseen,
        sampled,
    )


def sheet(
    document: str,
    page: int = 1,
    *fields: Field,
    form: str = "child_allowance",
    problems: tuple[Problem, ...] = (),
) -> Record:
    fields = fields or (field("name"), field("amount", 12000, unseen=True, kind="amount"))
    return Record(
        Record.id_of(document, page),
        document,
        (page,),
        form,
        2,
        0.93,
        {f.name: f for f in fields},
        (),
        problems,
    )


def receipt(form: str = "child_allowance", sheets: int = 1, **options: Any) -> Receipt:
    return Receipt("read", form, "EFF-01", {"sheets": sheets}, 1.25, **options)


def read(
    journal: Journal, name: object, *fields: Field, minutes: float = 0, **options: Any
) -> Record:
    """A document that came in and was read as one sheet."""
    document = sha(name)
    journal.documents.receive(document, f"{name}.pdf", 100, at(minutes))
    journal.documents.claim("reader", 10_000, 60, at(minutes))
    verify = options.pop("verify", frozenset())
    record = sheet(document, 1, *fields, **options)
    assert journal.readings.store(
        document, [record], receipts=[receipt(record.form)], at=at(minutes), pages=1, verify=verify
    )
    return record


def decision(
    record: Record,
    name: str = "name",
    after: Any = "鹿島 花子",
    *,
    who: str = "clerk",
    minutes: float = 1,
    verdict: Literal["accept", "correct", "unreadable", "wrong_form"] = "correct",
    seconds: float = 2.5,
) -> Decision:
    before = record.fields[name].value if name in record.fields else None
    return Decision(record.id, name, before, after, verdict, who, at(minutes), seconds)


def deliver(
    journal: Journal, target: str = "excel:a.xlsx", minutes: float = 5, **options: Any
) -> list[RecordRow]:
    """Deliver everything that is ready to one target."""
    rows = journal.deliveries.ready(1000, target=target)
    journal.deliveries.delivered(rows, target, at=at(minutes), **options)
    return rows
