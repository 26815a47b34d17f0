"""Books from the journal: only as many running sums as the question needs, never a single
receipt."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping

from initiatives.fiscal import Span, month_span
from initiatives.register import Initiative, Strategy
from initiatives.saving import Books
from initiatives.work import SOURCES, Work, works_of_sums
from records.journal import Journal


def open_books(
    journal: Journal, strategy: Strategy, span: Span, until: dt.date, *, only: str | None = None
) -> Books:
    """Books that answer for any days within ``span``: for reports, intervals and drilling down.

    Args:
        only: of one initiative.
    """
    sums = journal.work.sums(SOURCES, by="day", since=span.first, until=span.last, initiative=only)
    return Books(strategy, works_of_sums(sums), until, journal.work.worked())


def open_monthly_books(
    journal: Journal,
    strategy: Strategy,
    span: Span,
    until: dt.date,
    *,
    only: str | None = None,
    worked: Mapping[str, tuple[dt.date, dt.date]] | None = None,
) -> Books:
    """Books that answer for whole months (and for the ends of ``span``) only: for overviews, which
    must be quick.

    A month in which a baseline or a handling figure of an initiative changes, and a month that
    ``span`` cuts, are read by day, so that the figures are those of :func:`open_books` to the
    millisecond.

    Args:
        only: of one initiative.
        worked: what ``journal.work.worked()`` says, where it has been asked already.
    """
    return Books(
        strategy, _monthly(journal, strategy, span, only), until, worked or journal.work.worked()
    )


def _monthly(journal: Journal, strategy: Strategy, span: Span, only: str | None) -> Iterator[Work]:
    cut = set()
    for d in (span.first, span.last):
        if month_span(d).cut(span) != month_span(d):
            cut.add(month_span(d))
    by_day = {
        (i.code, month)
        for i in strategy.initiatives.values()
        if only in (None, i.code)
        for month in (*cut, *_changing(strategy, i, span))
    }
    inner = []
    for m in span.months():
        if m not in cut and m == month_span(m.first):
            inner.append(m)
    if inner:
        sums = journal.work.sums(
            SOURCES, by="month", since=inner[0].first, until=inner[-1].last, initiative=only
        )
        for work in works_of_sums(sums):
            if (work.initiative, month_span(work.day)) not in by_day:
                yield work
    for month in cut:
        part = month.cut(span)
        assert part is not None
        yield from works_of_sums(
            journal.work.sums(SOURCES, since=part.first, until=part.last, initiative=only)
        )
    for code, month in sorted(by_day, key=lambda pair: (pair[0], pair[1].first)):
        if month not in cut:
            yield from works_of_sums(
                journal.work.sums(SOURCES, since=month.first, until=month.last, initiative=code)
            )


def _changing(strategy: Strategy, initiative: Initiative, span: Span) -> set[Span]:
    """The months within which other figures come into force for an initiative."""
    days = set(initiative.changes)
    if initiative.systems:
        days |= {era.first for era in strategy.eras}
    return {month_span(day) for day in days if day in span and day.day != 1}
