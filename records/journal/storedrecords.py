"""Records looked at: one, those of a document, those that fit a search."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from records.journal.loading import line_of, load, load_one, queue_order, wanted_forms
from records.journal.packing import folded
from records.journal.rows import RecordLine, RecordRow, RecordState
from records.journal.schema import DECISION, RECORD, records
from records.journal.store import Store
from records.journal.wordsearch import with_words

_PAGE = 200
_IDS = 2000


class Records:
    """Records as they stand, with their readings and decisions."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, record_id: str) -> RecordRow | None:
        """The record with its fields as they are now, and as they were read."""
        with self._store.read() as connection:
            return load_one(connection, record_id)

    def of(self, document: str) -> list[RecordRow]:
        """The records of one document, by page."""
        query = sa.select(records).where(RECORD.document == document)
        query = query.order_by(RECORD.id)
        with self._store.read() as connection:
            return load(connection, query)

    def many(self, ids: Sequence[str]) -> list[RecordRow]:
        """The records with these ids, in the order of ``ids``; one that is not there is left
        out."""
        query = sa.select(records).where(RECORD.id.in_(ids))
        with self._store.read() as connection:
            found = {row.id: row for row in load(connection, query)}
        return [found[name] for name in ids if name in found]

    def known(self, ids: Iterable[str]) -> frozenset[str]:
        """Those of ``ids`` that are records here."""
        wanted = sorted(ids)
        found: set[str] = set()
        with self._store.read() as connection:
            for start in range(0, len(wanted), _IDS):
                part = wanted[start : start + _IDS]
                query = sa.select(RECORD.id).where(RECORD.id.in_(part))
                found.update(connection.execute(query).scalars())
        return frozenset(found)

    def decided(self) -> Iterator[RecordRow]:
        """Every record on whose present reading a person has decided anything, in the order they
        came in, streamed."""
        touched = sa.select(DECISION.seq).where(
            DECISION.record == RECORD.id,
            DECISION.reading == RECORD.reading,
        )
        query = sa.select(records).where(touched.exists())
        query = queue_order(query)
        after = 0
        while True:
            with self._store.read() as connection:
                page = query.where(RECORD.seq > after).limit(_PAGE)
                rows = load(connection, page)
                if rows:
                    latest = rows[-1].id
                    last = sa.select(RECORD.seq).where(RECORD.id == latest)
                    after = connection.execute(last).scalar_one()
            yield from rows
            if len(rows) < _PAGE:
                return

    def search(
        self,
        *,
        text: str = "",
        form: str | None = None,
        forms: Iterable[str] | None = None,
        state: RecordState | None = None,
        since: dt.date | None = None,
        until: dt.date | None = None,
        limit: int = 50,
        offset: int = 0,
    ) -> list[RecordLine]:
        """Records in a list, the latest first.

        Args:
            text: words that all occur in what is written on the sheet (names, places, numbers that
                identify, dates; not My Numbers, amounts and marks), its id or its file's name;
                letter case and width do not matter.
            since, until: calendar days of receipt, both included.
        """
        is_dated = since is not None or until is not None
        query = _within(sa.select(records), state, since, until)
        wanted = wanted_forms(form, forms)
        with self._store.read() as connection:
            words = folded(text).split()
            query, led = with_words(connection, query, words)
            if is_dated:
                # as the index has them: no sorting of all that match
                query = query.order_by(RECORD.received_on.desc())
            query = query.order_by(RECORD.seq.desc(), RECORD.id)
            if wanted is None:
                return [
                    line_of(row) for row in connection.execute(query.limit(limit).offset(offset))
                ]
            # Form by form, each by its own index: over several at once the database would sort all
            # that match. Words that no index leads to are read in order until enough is found, so
            # there one pass is shorter.
            parts = [RECORD.form == one for one in wanted]
            if text.strip() and not led:
                parts = [sa.func.coalesce(RECORD.form, "").in_(wanted)]
            rows: list[Any] = []
            for part in parts:
                few = query.where(part).limit(limit + offset)
                rows += connection.execute(few)
        if is_dated:
            rows.sort(key=lambda row: (row.received_on, row.seq), reverse=True)
        else:
            rows.sort(key=lambda row: row.seq, reverse=True)
        page = rows[offset : offset + limit]
        return [line_of(row) for row in page]


def _within(
    query: sa.Select[Any], state: RecordState | None, since: dt.date | None, until: dt.date | None
) -> sa.Select[Any]:
    if state is not None:
        query = query.where(RECORD.state == state)
    if since is not None:
        query = query.where(RECORD.received_on >= since.isoformat())
    if until is not None:
        query = query.where(RECORD.received_on <= until.isoformat())
    return query
