"""Receipts, decisions and their running sums: what every figure of an initiative is made of."""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

import sqlalchemy as sa

from records.codec import decision_from_json
from records.journal.receipts import MILLISECONDS, N, write_receipt
from records.journal.rows import DecisionRow, ReceiptRow, Sums, Total
from records.journal.schema import (
    DECISION,
    HEAD,
    MONTH,
    RECEIPT,
    TOTAL,
    decisions,
    months,
    receipts,
    totals,
)
from records.journal.store import Store, time_of
from records.types import Receipt

_PAGE = 1000


class Work:
    """What the journal knows of work done: receipts, decisions and their running sums."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add_receipt(self, receipt: Receipt, at: dt.datetime, actor: str = "") -> bool:
        """Keep a receipt (event ``receipt``); False, and nothing is written, where its non-empty
        key is there."""
        return self.add_receipts([receipt], at, actor) == 1

    def add_receipts(self, items: Iterable[Receipt], at: dt.datetime, actor: str = "") -> int:
        """:meth:`add_receipt` for many in one transaction; returns how many were new."""
        with self._store.write() as writer:
            written = [write_receipt(writer, item, at, actor) for item in items]
        return sum(written)

    def receipts(
        self,
        *,
        step: str | None = None,
        form: str | None = None,
        initiative: str | None = None,
        since: dt.date | None = None,
        until: dt.date | None = None,
        after: int = 0,
    ) -> Iterator[ReceiptRow]:
        """Receipts in order, streamed. ``since`` and ``until`` are office days, both included;
        ``after`` a ``seq``."""
        query = _ranged(
            sa.select(receipts), receipts, since, until, form=form, initiative=initiative, step=step
        )
        for row in self._stream(query, RECEIPT.seq, after):
            yield ReceiptRow(
                row.seq,
                time_of(row.at),
                dt.date.fromisoformat(row.day),
                Receipt(
                    row.step,
                    row.form,
                    row.initiative,
                    json.loads(row.counts),
                    row.milliseconds / 1000,
                    row.target,
                    row.key,
                ),
            )

    def receipt_of(self, key: str) -> ReceiptRow | None:
        """The receipt with this key."""
        query = sa.select(RECEIPT.seq).where(
            RECEIPT.key == key,
            RECEIPT.key != "",
        )
        with self._store.read() as connection:
            seq = connection.execute(query).scalar_one_or_none()
        if seq is None:
            return None
        return next(iter(self.receipts(after=seq - 1)), None)

    def decisions(
        self,
        *,
        form: str | None = None,
        initiative: str | None = None,
        record: str | None = None,
        since: dt.date | None = None,
        until: dt.date | None = None,
        after: int = 0,
    ) -> Iterator[DecisionRow]:
        """Decisions in order, streamed; filters as for :meth:`receipts`. Values of My Numbers are
        in clear."""
        query = _ranged(
            sa.select(decisions),
            decisions,
            since,
            until,
            form=form,
            initiative=initiative,
            record=record,
        )
        for row in self._stream(query, DECISION.seq, after):
            yield DecisionRow(
                row.seq,
                dt.date.fromisoformat(row.day),
                decision_from_json(json.loads(row.body)),
                row.form,
                row.initiative,
                row.kind,
                row.p,
                row.sampled,
            )

    def totals(
        self,
        *,
        initiative: str | None = None,
        form: str | None = None,
        step: str | None = None,
        since: dt.date | None = None,
        until: dt.date | None = None,
    ) -> list[Total]:
        """Sums by day, initiative, form and step, from the running sums: no receipt is read for it.

        Guarantees: equal to what :meth:`receipts` and :meth:`decisions` of the same filters add up
        to, to the millisecond, since both are written in one transaction.
        """
        query = _ranged(
            sa.select(totals), totals, since, until, form=form, initiative=initiative, step=step
        )
        sums: dict[tuple[str, str, str, str], dict[str, int]] = defaultdict(dict)
        with self._store.read() as connection:
            for row in connection.execute(query):
                group = sums[row.day, row.initiative, row.form, row.step]
                group[row.name] = row.value
        return [
            Total(
                dt.date.fromisoformat(day),
                initiative,
                form,
                step,
                values.pop(N, 0),
                values.pop(MILLISECONDS, 0) / 1000,
                values,
            )
            for (day, initiative, form, step), values in sorted(sums.items())
        ]

    def sums(
        self,
        columns: Mapping[str, Iterable[tuple[str, str]]],
        *,
        by: Literal["day", "month"] = "day",
        since: dt.date | None = None,
        until: dt.date | None = None,
        initiative: str | None = None,
    ) -> Iterator[Sums]:
        """The running sums as one row for each day (or calendar month), initiative and form, added
        up by the database.

        Args:
            columns: name of a sum → the (step, count) pairs that add to it; :data:`N` and
                :data:`MILLISECONDS` stand for how many and how long.
            by: ``month`` reads the monthly sums; ``since`` and ``until`` then mean the months they
            are in.
        """
        table = totals if by == "day" else months
        query = _by_period(table, by, columns, since, until)
        if initiative is not None:
            query = query.where(table.c.initiative == initiative)
            if by == "month" and since and until:
                # month by month by the key: a range would pass all initiatives
                query = query.where(table.c.month.in_(_months(since, until)))
        with self._store.read() as connection:
            found = connection.execute(query).all()
        rest = "-01" if by == "month" else ""
        for day, code, form, *values in found:
            # PostgreSQL adds up big integers as decimals
            sums = dict(zip(columns, map(int, values), strict=True))
            yield Sums(dt.date.fromisoformat(day + rest), code, form, sums)

    def touched(self, after: int | None = None) -> tuple[int, frozenset[str]]:
        """The number of the last event, and the initiatives of all receipts and decisions with a
        greater number than ``after``.

        What is kept of the sums of any other initiative still holds. Without ``after``, only the
        number.
        """
        with self._store.read() as connection:
            head = sa.select(HEAD.seq)
            last = int(connection.execute(head).scalar_one())
            if after is None or last == after:
                return last, frozenset()
            of_receipts = sa.select(RECEIPT.initiative).where(RECEIPT.seq > after)
            of_decisions = sa.select(DECISION.initiative).where(DECISION.seq > after)
            codes = sa.union(of_receipts, of_decisions)
            return last, frozenset(connection.execute(codes).scalars())

    def worked(self) -> dict[str, tuple[dt.date, dt.date]]:
        """The first and the last day with any receipt or decision, by initiative."""
        codes = sa.select(MONTH.initiative).distinct().subquery()
        of = TOTAL.initiative == codes.c.initiative
        first = sa.select(sa.func.min(TOTAL.day)).where(of)
        last = sa.select(sa.func.max(TOTAL.day)).where(of)
        query = sa.select(codes.c.initiative, first.scalar_subquery(), last.scalar_subquery())
        with self._store.read() as connection:
            rows = connection.execute(query).all()
        day = dt.date.fromisoformat
        return {code: (day(first), day(last)) for code, first, last in rows}

    def _stream(self, query: sa.Select[Any], key: sa.Column[int], after: int) -> Iterator[Any]:
        """Rows by ``key``, a page a transaction: a long report must not hold a snapshot open for
        its whole length."""
        while True:
            with self._store.read() as connection:
                page = query.where(key > after).order_by(key).limit(_PAGE)
                rows = connection.execute(page).all()
            yield from rows
            if len(rows) < _PAGE:
                return
            after = int(rows[-1].seq)


def _by_period(
    table: sa.Table,
    by: Literal["day", "month"],
    columns: Mapping[str, Iterable[tuple[str, str]]],
    since: dt.date | None,
    until: dt.date | None,
) -> sa.Select[Any]:
    """One row for each day or month, initiative and form, with a sum for each of ``columns``."""
    period = table.c[by]
    sums = [_sum_of(table, pairs) for pairs in columns.values()]
    groups = (period, table.c.initiative, table.c.form)
    query = sa.select(*groups, *sums).group_by(*groups)
    length = len("2025-10-01") if by == "day" else len("2025-10")
    if since:
        query = query.where(period >= since.isoformat()[:length])
    if until:
        query = query.where(period <= until.isoformat()[:length])
    return query


def _sum_of(table: sa.Table, pairs: Iterable[tuple[str, str]]) -> sa.ColumnElement[int]:
    """The sum over some (step, count) pairs."""
    named = []
    for step, name in pairs:
        named.append(sa.and_(table.c.step == step, table.c.name == name))
    value = sa.case((sa.or_(*named), table.c.value), else_=0)
    return sa.func.sum(value)


def _months(since: dt.date, until: dt.date) -> list[str]:
    """The calendar months from one day to another, as the sums name them."""
    names = []
    year = since.year
    month = since.month
    while (year, month) <= (until.year, until.month):
        names.append(f"{year:04}-{month:02}")
        month += 1
        if month > 12:
            year = year + 1
            month = 1
    return names


def _ranged(
    query: sa.Select[Any],
    table: sa.Table,
    since: dt.date | None,
    until: dt.date | None,
    **equal: str | None,
) -> sa.Select[Any]:
    if since:
        query = query.where(table.c.day >= since.isoformat())
    if until:
        query = query.where(table.c.day <= until.isoformat())
    for name, value in equal.items():
        if value is not None:
            query = query.where(table.c[name] == value)
    return query
