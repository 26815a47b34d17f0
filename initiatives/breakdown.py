"""What a figure is made of, down to single receipts and decisions, to the millisecond.

Two steps: :func:`items` takes an account apart into counted products (``1,203件 × 6分``) and sums
of measured time; :func:`entries` lists the receipts and decisions behind one of the sums
(:data:`initiatives.work.SOURCES`).
"""

from __future__ import annotations

import datetime as dt
import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from initiatives.fiscal import Span
from initiatives.register import Basis
from initiatives.saving import Books, Terms
from initiatives.work import REVIEW, SOURCES, Work, works_of_rows
from records.journal import Journal
from records.types import Decision, Receipt

Term = Literal["baseline", "preparation", "review", "rework", "exceptions", "upkeep"]
TERMS: tuple[Term, ...] = ("baseline", "preparation", "review", "rework", "exceptions", "upkeep")


@dataclass(frozen=True, slots=True)
class Item:
    """One summand of a term of the account.

    Attributes:
        milliseconds: staff time, never negative but for what replaces an assumed figure by a
        measured one.
        count: how many pieces were multiplied with ``each`` milliseconds; None for a sum of
        measured or declared time.
        source: where the figure for one piece comes from.
        sums: the sums of :class:`~initiatives.work.Work` behind it; empty where nothing but the
        calendar is.
    """

    term: Term
    milliseconds: int
    basis: Basis
    sums: tuple[str, ...] = ()
    count: int | None = None
    each: int | None = None
    source: str = ""


def items(books: Books, code: str, span: Span) -> tuple[Item, ...]:
    """Every summand of an initiative's account; by term they add up to
    :meth:`initiatives.saving.Books.balance`."""
    found = [item for terms, work in books.under(code, span) for item in _items(terms, work)]
    fixed = books.fixed_upkeep(code, span)
    if fixed.basis is not None:
        found.append(
            Item("upkeep", fixed.milliseconds, fixed.basis, source="毎月の維持管理(稼働した日数分)")
        )
    return tuple(sorted(found, key=lambda item: TERMS.index(item.term)))


def _items(terms: Terms, work: Work) -> Iterator[Item]:
    baseline = terms.baseline
    handling = terms.handling
    if baseline is None:
        return
    basis: Basis = "試算" if terms.stale and baseline.basis == "実測" else baseline.basis
    handled = work.accepted + work.failed
    both = ("accepted", "failed")
    if handled:
        yield Item(
            "baseline",
            baseline.milliseconds * handled,
            basis,
            both,
            handled,
            baseline.milliseconds,
            f"基準時間 {baseline.source}",
        )
    if handling and handling.preparation and handled:
        yield Item(
            "preparation",
            handling.preparation * handled,
            handling.basis,
            both,
            handled,
            handling.preparation,
            f"1件の準備 {handling.source}",
        )
    assumed = work.failed - work.by_hand
    if assumed:
        registered = handling is not None and handling.exception is not None
        each = max(baseline.milliseconds, (handling and handling.exception) or 0)
        yield Item(
            "exceptions",
            each * assumed,
            handling.basis if handling and registered else basis,
            ("failed", "by_hand"),
            assumed,
            each,
            "1件の手作業 " + (handling.source if handling and registered else "従来と同じとみなす"),
        )
    for term, name, given in _TIMES:
        if spent := getattr(work, name):
            yield Item(term, spent, given, (name,))


_TIMES: tuple[tuple[Term, str, Basis], ...] = (
    ("preparation", "preparation", "実測"),
    ("preparation", "told_preparation", "申告"),
    ("review", "review", "実測"),
    ("rework", "rework", "実測"),
    ("rework", "told_rework", "申告"),
    ("exceptions", "by_hand_time", "実測"),
    ("exceptions", "told_by_hand", "申告"),
    ("upkeep", "upkeep", "実測"),
    ("upkeep", "told_upkeep", "申告"),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One receipt or decision, and what it adds to the sum that was asked for. ``seq`` is its event
    in the journal."""

    seq: int
    at: dt.datetime
    day: dt.date
    form: str
    value: int
    receipt: Receipt | None = None
    decision: Decision | None = None
    sampled: bool = False


def entries(journal: Journal, code: str, span: Span, name: str, after: int = 0) -> Iterator[Entry]:
    """The receipts and decisions that one sum is made of, in the order they came in, streamed.

    Args:
        name: a key of :data:`initiatives.work.SOURCES`.
        after: only those with a greater number.
    """
    steps = dict.fromkeys(step for step, _ in SOURCES[name])
    streams = [
        _decisions(journal, code, span, name, after)
        if step == REVIEW
        else _receipts(journal, code, span, name, step, after)
        for step in steps
    ]
    return heapq.merge(*streams, key=lambda entry: entry.seq)


def _receipts(
    journal: Journal, code: str, span: Span, name: str, step: str, after: int
) -> Iterator[Entry]:
    for row in journal.work.receipts(
        step=step, initiative=code, since=span.first, until=span.last, after=after
    ):
        value = getattr(next(works_of_rows([row])), name)
        if value:
            yield Entry(row.seq, row.at, row.day, row.receipt.form, value, row.receipt)


def _decisions(journal: Journal, code: str, span: Span, name: str, after: int) -> Iterator[Entry]:
    for row in journal.work.decisions(
        initiative=code, since=span.first, until=span.last, after=after
    ):
        value = getattr(next(works_of_rows([], [row])), name)
        if value:
            yield Entry(
                row.seq, row.decision.at, row.day, row.form, value, None, row.decision, row.sampled
            )
