"""How a receipt is written, and how attention and corrections are counted."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from rapidfuzz.distance import Levenshtein

from records.codec import canonical, show
from records.journal.schema import RECEIPT, receipts
from records.journal.storable import plain
from records.journal.store import Writer, stamp
from records.kinds import kind_of
from records.types import Decision, Receipt

N, MILLISECONDS = "#", "#ms"
"""Names of running sums beside the counts. Time is kept in whole milliseconds, so that sums are
exact in any order."""


EDITS = "edits"
"""Name of the running sum of changed characters."""


def edits(kind: str, decision: Decision) -> int:
    """How many characters a person changed (Levenshtein distance between the shown values); 0 for
    marks and approvals."""
    is_changed = decision.verdict in ("correct", "unreadable")
    if not is_changed or not kind_of(kind).is_written:
        return 0
    before = show(decision.before)
    after = show(decision.after)
    return int(Levenshtein.distance(before, after))


def milliseconds(seconds: float) -> int:
    return round(seconds * 1000)


def write_receipt(
    writer: Writer, receipt: Receipt, at: dt.datetime, actor: str, document: str = ""
) -> bool:
    """Write a receipt, its event and its sums; False where its non-empty key is there already."""
    if (
        receipt.key
        and writer.connection.execute(
            sa.select(RECEIPT.seq).where(RECEIPT.key == receipt.key)
        ).first()
    ):
        return False
    counts = {str(name): int(n) for name, n in receipt.counts.items()}
    spent = milliseconds(receipt.seconds)
    day = writer.day_of(at)
    seq = writer.append(
        "receipt",
        at,
        document=document,
        actor=actor,
        payload={
            "step": receipt.step,
            "form": receipt.form,
            "initiative": receipt.initiative,
            "counts": counts,
            "milliseconds": spent,
            "target": plain(receipt.target),
            "key": plain(receipt.key),
        },
    )
    writer.connection.execute(
        receipts.insert().values(
            seq=seq,
            at=stamp(at),
            day=day,
            step=receipt.step,
            form=receipt.form,
            initiative=receipt.initiative,
            target=plain(receipt.target),
            key=plain(receipt.key),
            milliseconds=spent,
            counts=canonical(counts),
        )
    )
    writer.total(
        day,
        receipt.initiative,
        receipt.form,
        receipt.step,
        {**counts, N: 1, MILLISECONDS: spent},
    )
    return True
