"""Accounts of whole months, kept in memory and brought up to date by what has happened since.

A page that is asked for many times a day must not add up a year of 300 initiatives each time. The
first question of a fiscal year reads its monthly running sums; after that only the initiatives are
read again that receipts or decisions have come in for (:meth:`records.journal.workdone.Work.touched`).
Nothing is ever stale: every question looks at the number of the journal's last event first.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import threading
from collections.abc import Iterable, Iterator

from initiatives.balance import Balance, empty, total
from initiatives.fiscal import Span, month_span, year_span
from initiatives.ledger import open_books, open_monthly_books
from initiatives.register import Strategy
from initiatives.saving import History
from records.journal import Journal

_MANY = 40
"""With so many initiatives to read again, reading all of them at once is quicker."""


class Accounts:
    """Balances by initiative and month. Safe between threads.

    Args:
        strategy: the register; other accounts are needed where it changes.
    """

    def __init__(self, journal: Journal, strategy: Strategy) -> None:
        self.strategy = strategy
        self.until = dt.date.min
        self._journal, self._lock = journal, threading.RLock()
        self._seen = -1
        self._worked: dict[str, tuple[dt.date, dt.date]] = {}
        self._years: set[int] = set()
        # Read again when asked for: most work is of one year.
        self._outdated: set[tuple[int, str]] = set()
        self._balances: dict[str, dict[Span, Balance]] = {}
        self._totals: dict[tuple[frozenset[str], Span], Balance] = {}
        self._prepared: Accounts | None = None

    def prepare(self, until: dt.date) -> None:
        """Read for a day, today or a coming one, what its first question would have to read. Others
        are answered meanwhile."""
        made = Accounts(self._journal, self.strategy)
        with made.on(until):
            made._open(year for year in self.strategy.span.years if year_span(year).first <= until)
        with self._lock:
            self._prepared = made

    @contextlib.contextmanager
    def on(self, until: dt.date) -> Iterator[History]:
        """The accounts as of now; they do not change while the block runs.

        Args:
            until: today, as the office's calendar has it.
        """
        with self._lock:
            self._refresh(until)
            yield self

    def first_day(self, code: str) -> dt.date | None:
        """The day of the initiative's first work."""
        if code not in self._worked:
            return None
        return self._worked[code][0]

    def balance(self, code: str, span: Span) -> Balance:
        """The account of one initiative over whole months.

        Raises:
            KeyError: it is not registered.
            ValueError: ``span`` cuts a month.
        """
        known = self._of(code, span.years)
        if span not in known:
            months = span.months()
            if not all(month in known for month in months):
                raise ValueError(f"accounts answer for whole months, got {span}")
            known[span] = total((known[month] for month in months), span)
        return known[span]

    def piece(self, code: str, span: Span) -> Balance:
        """The account of one initiative over any days; what cuts a month is read by day."""
        return total(
            (
                self.balance(code, part)
                if part == month_span(part.first)
                else open_books(self._journal, self.strategy, part, self.until, only=code).balance(
                    code, part
                )
                for part in span.months()
            ),
            span,
        )

    def total(self, codes: Iterable[str], span: Span) -> Balance:
        """Several initiatives together."""
        key = frozenset(codes), span
        if key not in self._totals:
            ordered = sorted(key[0])
            balances = [self.balance(code, span) for code in ordered]
            self._totals[key] = total(balances, span)
        return self._totals[key]

    def _refresh(self, until: dt.date) -> None:
        if until != self.until and self._prepared is not None and self._prepared.until == until:
            made = self._prepared
            self._prepared = None
            self.until = until
            self._seen = made._seen
            self._worked = made._worked
            self._years = made._years
            self._outdated = made._outdated
            self._balances = made._balances
            self._totals = made._totals
        if until != self.until:  # the fixed upkeep of a running month grows by the day
            self.until, self._seen, self._worked = (
                until,
                self._journal.work.touched()[0],
                self._journal.work.worked(),
            )
            self._clear()
            return
        seen, touched = self._journal.work.touched(self._seen)
        if touched:
            self._worked = self._journal.work.worked()
            self._totals.clear()
            if len(touched) > _MANY:
                self._clear()
            else:
                for code in touched & self.strategy.initiatives.keys():
                    self._balances.pop(code, None)
                    self._outdated |= {(year, code) for year in self._years}
        self._seen = seen

    def _clear(self) -> None:
        for kept in (self._years, self._outdated, self._balances, self._totals):
            kept.clear()

    def _of(self, code: str, years: Iterable[int]) -> dict[Span, Balance]:
        years = tuple(years)
        self._open(years)
        for year in years:
            if (year, code) in self._outdated:
                self._read(year, code)
                self._outdated.discard((year, code))
        return self._balances[code]

    def _open(self, years: Iterable[int]) -> None:
        for year in years:
            if year not in self._years:
                self._read(year, None)
                self._years.add(year)

    def _read(self, year: int, only: str | None) -> None:
        """Put every month of a fiscal year into the accounts, of all initiatives or of one."""
        span = year_span(year)
        books = open_monthly_books(
            self._journal, self.strategy, span, self.until, only=only, worked=self._worked
        )
        for code in self.strategy.initiatives if only is None else (only,):
            known = self._balances.setdefault(code, {})
            idle = code not in self._worked
            for month in span.months():
                known[month] = empty(month, code) if idle else books.balance(code, month)
