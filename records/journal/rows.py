"""What the journal hands out: frozen rows, times aware (UTC), dates in the office's own
calendar."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from records.types import Decision, Receipt, Record

DocumentState = Literal["received", "reading", "read", "failed", "finished"]
"""received → reading → read | failed; failed → finished, by people. A *duplicate* is an arrival,
not a document: its content has a row already."""

RecordState = Literal["waiting", "ready", "delivered", "returned", "dropped"]
"""waiting (a person must look) → ready → delivered; returned: wrong form, or the applicant must be
asked; dropped: no sheet of its own (part of another one, or the same one scanned again)."""

Received = Literal["new", "duplicate"]


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file that came in.

    Attributes:
        sha256: of its bytes, hex.
        name: the file's own name, as people know it.
        token: names this one arrival; the same token again is the same arrival, not a duplicate.
        channel: ``fax``, ``mail``, ``window``…, from the inbox's sub-folder.
        form: a form id fixed by the inbox's sub-folder, or empty.
    """

    sha256: str
    name: str
    size: int
    token: str = ""
    channel: str = ""
    form: str = ""


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """One document (one content) as it stands.

    Attributes:
        attempts: how often it was claimed for reading.
        lease_owner, lease_until: who reads it now, and until when nobody else may; empty and None
        otherwise.
        pages: page count once read.
        code, reason: why it failed (short code, Japanese sentence), or ``superseded`` where a later
            state of the file has taken its place; empty otherwise.
        received_on: the office's calendar day on which it came in.
    """

    sha256: str
    name: str
    size: int
    state: DocumentState
    attempts: int
    lease_owner: str
    lease_until: dt.datetime | None
    pages: int | None
    code: str
    reason: str
    channel: str
    form: str
    received_at: dt.datetime
    received_on: dt.date


@dataclass(frozen=True, slots=True)
class SetAside:
    """Pages that were not read as a form although the document was: a blank sheet, an unknown form
    between others."""

    pages: tuple[int, ...]
    code: str
    message: str
    nearest: str = ""


@dataclass(frozen=True, slots=True)
class RecordLine:
    """One record in a list: everything but its fields.

    Attributes:
        open: names of the fields that still wait for a person, in order; an empty name stands for
            the sheet as a whole (it has a problem that no doubtful field tells of).
        revision: 1, and one more with every change after it was first ready.
        reading: 1, and one more when the sheet was read again.
        checked_by: the last person who decided on a field; empty where nobody had to.
        reviewer: who has it on the screen now, until ``review_until``.
        file: name of the document's file.
        code, reason: why it was returned or dropped; a sheet that waits for its missing page has the
            code ``page_missing``.
    """

    id: str
    document: str
    file: str
    pages: tuple[int, ...]
    form: str
    version: int
    state: RecordState
    initiative: str
    received_on: dt.date
    open: tuple[str, ...]
    revision: int
    reading: int
    checked_by: str
    reviewer: str
    review_until: dt.datetime | None
    code: str
    reason: str
    changed_at: dt.datetime


@dataclass(frozen=True, slots=True)
class RecordRow:
    """A record with its fields.

    Attributes:
        line: how it stands.
        record: as it is now: the readings with every settled decision applied.
        as_read: as the machine read it, never changed.
        decisions: all of this reading, in order.
    """

    line: RecordLine
    record: Record
    as_read: Record
    decisions: tuple[Decision, ...] = ()

    @property
    def id(self) -> str:
        return self.line.id

    @property
    def state(self) -> RecordState:
        return self.line.state


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event to be written."""

    kind: str
    at: dt.datetime
    document: str = ""
    record: str = ""
    actor: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """A stored receipt: ``seq`` is its event, ``day`` the office's calendar day."""

    seq: int
    at: dt.datetime
    day: dt.date
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """A stored decision with what is needed to measure by it.

    Attributes:
        kind: the field's kind; ``p`` the machine's probability before; ``sampled`` whether it was
            shown only to measure and this is the first answer to it.
    """

    seq: int
    day: dt.date
    decision: Decision
    form: str
    initiative: str
    kind: str
    p: float
    sampled: bool


@dataclass(frozen=True, slots=True)
class Total:
    """Sums of one day, initiative, form and step, kept up to date with every receipt and decision.

    Attributes:
        step: a receipt's step, or ``review`` for decisions.
        n: how many receipts or decisions.
        seconds: sum of their seconds, to the millisecond.
        counts: sums of the receipts' counts; for ``review``: one per verdict (``accept``…), and
            ``sampled``, ``sampled_wrong``: unseen values that were shown only to measure, and those
            of them that were wrong; ``edits``: characters that people changed.
    """

    day: dt.date
    initiative: str
    form: str
    step: str
    n: int
    seconds: float
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Sums:
    """Chosen running sums of one day, or of the calendar month that begins on ``day``, for one
    initiative and form."""

    day: dt.date
    initiative: str
    form: str
    values: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of what there are now, from running tallies.

    Attributes:
        documents, records: by state; every state is there, with 0 where there is none, but for
            ``dropped``.
        duplicates: arrivals whose content was there already.
        forms: records by form, then state.
    """

    documents: Mapping[str, int]
    records: Mapping[str, int]
    duplicates: int
    forms: Mapping[str, Mapping[str, int]]
