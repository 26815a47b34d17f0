"""A sheet that is probably another one scanned again, found by its ink."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from records.halves import LIKELY, is_twin, known_by
from records.journal.inks import Inks
from records.journal.loading import load
from records.journal.rows import RecordRow
from records.journal.schema import RECORD, records
from records.journal.store import Writer
from records.types import Problem, Record

_COUNTED = ("waiting", "ready", "delivered")
_NEAREST = 20
_UNLIKE = 512
"""Bits that differ as a rule on pages that have nothing to do with each other."""


class Twins:
    """Compares a sheet with all sheets that were stored before. Safe between threads."""

    def __init__(self) -> None:
        self._inks = Inks()

    def marked(self, writer: Writer, record: Record, old: Any) -> tuple[Record, str]:
        """The record with the problem that it is probably another one scanned again, and that one's
        id; as it is, and an empty id, where there is none.

        Args:
            old: the row that the record has already: only what came before it is compared.
        """
        bits = self._near(writer, record)
        nearest = sorted(bits, key=bits.__getitem__)[:_NEAREST]
        if not nearest:
            return record, ""
        query = sa.select(records).where(
            RECORD.id.in_(nearest),
            RECORD.state.in_(_COUNTED),
        )
        if old is not None:
            query = query.where(RECORD.seq < old.seq)
        rows = load(writer.connection, query.order_by(RECORD.seq))
        fitting = [row for row in rows if is_twin(record, row.as_read)]
        if not fitting:
            return record, ""
        first = min(fitting, key=lambda row: bits[row.id])
        told = Problem(LIKELY, _said_of(first))
        marked = dataclasses.replace(record, problems=(*record.problems, told))
        return marked, first.id

    def _near(self, writer: Writer, record: Record) -> Mapping[str, int]:
        """Records whose ink is nearly the same on a page, or nearer than that of all others, and
        how many bits differ on all pages together."""
        near: list[dict[str, int]] = []
        for face, ink in known_by(record).items():
            near.append(
                self._inks.like(writer.connection, record.form, face, ink, writer.committed)
            )
        names: set[str] = set()
        for found in near:
            names.update(found)
        names.discard(record.id)
        bits = {}
        for name in names:
            bits[name] = sum(found.get(name, _UNLIKE) for found in near)
        return bits


def _said_of(row: RecordRow) -> str:
    line = row.line
    day = f"{line.received_on.month}月{line.received_on.day}日"
    pages = "、".join(map(str, line.pages))
    return (
        f"{day}に届いた「{line.file}」{pages}ページ(受付番号 {line.id})と同じ用紙のようです。"
        "同じなら転記の対象から外してください。別の用紙なら、両方を転記すると答えてください"
    )
