"""Which sheets have nearly the same ink: the bits of all pages of a form, held in memory, so that
100,000 sheets are compared with one in milliseconds.

Each process holds its own copy (128 bytes a page) and reads what was added since it last looked.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from records.inkbits import NEARLY
from records.journal.schema import PRINT

_Row = NDArray[np.uint8]

_NEAREST = 2
"""So many are named even where many bits differ: what a scan that has lost nearly all strokes is
nearest to."""


@dataclass(eq=False)
class _Known:
    """One page of one form: bits and record of each sheet."""

    rows: _Row
    records: list[str]
    last: int = 0


class Inks:
    """The bits of every page in a journal. Safe between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[tuple[str, int, int], _Known] = {}

    def like(
        self, connection: sa.Connection, form: str, face: int, ink: str, committed: int
    ) -> dict[str, int]:
        """Records with nearly this ink on page ``face``
        (:data:`records.inkbits.NEARLY`) and those that are nearest to it, and how many bits differ.

        Args:
            committed: the journal's last event before this transaction. What came after it may yet
                be undone, so it is compared, but not kept.
        """
        wanted = np.frombuffer(bytes.fromhex(ink), np.uint8)
        with self._lock:
            known = self._upto(connection, form, face, wanted.size, committed)
            fresh = _rows(connection, form, face, wanted.size, committed, None)
            near = _near(known, wanted)
            near |= _near(fresh, wanted)
        return near

    def _upto(
        self, connection: sa.Connection, form: str, face: int, size: int, committed: int
    ) -> _Known:
        page = (form, face, size)
        known = self._known.get(page)
        if known is None:
            known = self._known[page] = _Known(np.zeros((0, size), np.uint8), [])
        new = _rows(connection, form, face, size, known.last, committed)
        if new.records:
            known.rows = np.concatenate([known.rows, new.rows])
            known.records += new.records
        known.last = max(known.last, committed)
        return known


def _rows(
    connection: sa.Connection, form: str, face: int, size: int, after: int, upto: int | None
) -> _Known:
    """What the table has of one page of one form, from one event to another."""
    query = sa.select(PRINT.record, PRINT.ink).where(
        PRINT.form == form,
        PRINT.face == face,
        PRINT.seq > after,
    )
    if upto is not None:
        query = query.where(PRINT.seq <= upto)
    records: list[str] = []
    inks: list[bytes] = []
    for row in connection.execute(query):
        if len(row.ink) == size:
            records.append(row.record)
            inks.append(bytes(row.ink))
    bits = np.frombuffer(b"".join(inks), np.uint8)
    return _Known(bits.reshape(len(records), size), records)


def _near(known: _Known, wanted: _Row) -> dict[str, int]:
    if not known.records:
        return {}
    bits = np.bitwise_count(known.rows ^ wanted)
    differing = bits.sum(1, dtype=np.int32)
    nearest = np.argsort(differing, kind="stable")[:_NEAREST].tolist()
    near = np.flatnonzero(differing <= NEARLY).tolist()
    return {known.records[i]: int(differing[i]) for i in (*nearest, *near)}
