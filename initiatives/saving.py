"""The arithmetic: staff time saved, net of all handling.

For any span of days::

    saved = (accepted + exceptions) x baseline
            - (preparation + measured review + rework + exceptions by hand + upkeep)

An exception is a sheet that could not be read and so was done by hand: it cost ``baseline`` before,
and costs the hand time now, so its own saving is zero or less. Negative results stand. Robot time
is never staff time. This is ``before - after`` with before = volume x minutes before, after =
volume x handling + exceptions x manual + fixed work.

Every term is whole milliseconds and linear in the counts of a day, so the terms of a span are
exactly the sum of the terms of its days, months, forms and departments, however it is cut.
"""

from __future__ import annotations

import bisect
import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from initiatives.balance import NOTHING, Balance, Term, total
from initiatives.fiscal import Span, month_span
from initiatives.register import Baseline, Basis, Handling, Initiative, Strategy
from initiatives.work import Work, by_initiative, merged


@dataclass(frozen=True, slots=True)
class Terms:
    """The registered figures that hold on a day, and whether the core system has changed since the
    baseline."""

    baseline: Baseline | None
    stale: bool
    handling: Handling | None


class History(Protocol):
    """What answers for whole months of many initiatives: :class:`Books`, or accounts that are kept
    up to date."""

    @property
    def strategy(self) -> Strategy: ...

    @property
    def until(self) -> dt.date: ...

    def first_day(self, code: str) -> dt.date | None: ...

    def balance(self, code: str, span: Span) -> Balance: ...

    def piece(self, code: str, span: Span) -> Balance: ...

    def total(self, codes: Iterable[str], span: Span) -> Balance: ...


_Figures = tuple[str, str, dt.date | None, dt.date | None]
"""What registered figures depend on: initiative, form, first day of the core system's era, and the
day where they change within an era."""


class Books:
    """The register and the work done, put together. Read only; make a new one when there is new
    work.

    Args:
        strategy: the register.
        works: sums by day, initiative and form, in any order and any number.
        until: the last day that has happened; fixed monthly upkeep is charged up to it.
        worked: first and last day of any work by initiative, where ``works`` does not hold all of
        it.
    """

    def __init__(
        self,
        strategy: Strategy,
        works: Iterable[Work],
        until: dt.date,
        worked: Mapping[str, tuple[dt.date, dt.date]] | None = None,
    ) -> None:
        self.strategy = strategy
        self.until = until
        self._works = dict(by_initiative(merged(works).values()))
        self._days: dict[str, list[dt.date]] = {}
        for code, found in self._works.items():
            self._days[code] = [work.day for work in found]
        self._worked = worked or {code: (days[0], days[-1]) for code, days in self._days.items()}
        self._known_terms: dict[_Figures, Terms] = {}
        self._steady: dict[str, bool] = {}
        self._same: dict[tuple[str, Terms], Terms] = {}

    def works(self, code: str, span: Span, form: str | None = None) -> list[Work]:
        """The days of one initiative in a span, in order: the drill-down of its :meth:`balance`."""
        days = self._days.get(code, [])
        begin = bisect.bisect_left(days, span.first)
        end = bisect.bisect_right(days, span.last)
        found = self._works.get(code, [])[begin:end]
        if form is None:
            return found
        return [w for w in found if w.form == form]

    def forms(self, code: str, span: Span) -> tuple[str, ...]:
        """The forms and tasks that an initiative had work for; ``""`` stands for what belongs to no
        form."""
        forms = {work.form for work in self.works(code, span)}
        return tuple(sorted(forms))

    def first_day(self, code: str) -> dt.date | None:
        """The day of the initiative's first work."""
        if code not in self._worked:
            return None
        return self._worked[code][0]

    def balance(self, code: str, span: Span, form: str | None = None) -> Balance:
        """The account of one initiative over a span.

        Args:
            form: only this form or task. Fixed upkeep belongs to the form ``""``, so that the
                accounts of all :meth:`forms` and of ``""`` add up to the whole.

        Raises:
            KeyError: the initiative is not registered.
        """
        whole = Work(span.first, code, form or "")
        result = Balance(span, whole)
        for terms, work in self.under(code, span, form):
            whole = whole.plus(work)
            result = _account(result, work, terms)
        upkeep = result.upkeep
        if not form:
            upkeep = upkeep.plus(self.fixed_upkeep(code, span))
        return replace(result, work=whole, upkeep=upkeep)

    def piece(self, code: str, span: Span) -> Balance:
        """The account of one initiative over any days."""
        return self.balance(code, span)

    def under(self, code: str, span: Span, form: str | None = None) -> Iterable[tuple[Terms, Work]]:
        """The work of a span, put together by the registered figures that it is counted with."""
        groups: dict[int, tuple[Terms, Work]] = {}
        initiative = self.strategy.initiatives[code]
        for work in self.works(code, span, form):
            terms = self._terms(initiative, work.day, work.form)
            group = id(terms)
            if group in groups:
                _, so_far = groups[group]
                work = so_far.plus(work)
            groups[group] = terms, work
        return groups.values()

    def total(self, codes: Iterable[str], span: Span) -> Balance:
        """Several initiatives together."""
        return total((self.balance(code, span) for code in codes), span)

    def months(self, codes: Iterable[str], span: Span) -> Iterator[tuple[Span, Balance]]:
        """The account month by month."""
        codes = tuple(codes)
        for month in span.months():
            yield month, self.total(codes, month)

    def _terms(self, initiative: Initiative, day: dt.date, form: str) -> Terms:
        """The terms of a day; the same object for all days under the same figures."""
        code = initiative.code
        era = None
        if initiative.systems:
            era = self.strategy.era_on(day)
        if code not in self._steady:
            self._steady[code] = not initiative.changes
        era_began = era.first if era else None
        changes_on = None if self._steady[code] else day
        key = code, form, era_began, changes_on
        if key not in self._known_terms:
            baseline = initiative.baseline_on(day, form)
            is_stale = bool(baseline and era and baseline.valid_from < era.first)
            terms = Terms(baseline, is_stale, initiative.handling_on(day))
            self._known_terms[key] = self._same.setdefault((code, terms), terms)
        return self._known_terms[key]

    def fixed_upkeep(self, code: str, span: Span) -> Term:
        """Monthly upkeep, from the first day of work to the last that has happened.

        A month's upkeep is spread over its days, in whole milliseconds that add up to the month's.
        """
        initiative = self.strategy.initiatives[code]
        if not initiative.baselines or initiative.code not in self._worked:
            return Term()
        if not any(handling.upkeep for handling in initiative.handlings):
            return Term()
        began, ended = self._worked[initiative.code]
        if initiative.status not in ("休止", "終了"):
            ended = max(ended, self.until)
        running = Span(began, ended).cut(span)
        if running is None:
            return Term()
        # A whole month under one handling is the usual question, and needs no shares.
        if running == month_span(span.first) and len(initiative.handlings) == 1:
            only = initiative.handlings[0]
            return Term(only.upkeep, only.basis)
        result = Term()
        for month in running.months():
            for handling, part in _handling_spans(initiative, month):
                if handling.upkeep:
                    result = result.plus(_upkeep_of(handling, part))
        return result


def _handling_spans(initiative: Initiative, span: Span) -> Iterator[tuple[Handling, Span]]:
    if len(initiative.handlings) == 1:
        yield initiative.handlings[0], span
        return
    starts = {h.valid_from for h in initiative.handlings if span.first < h.valid_from <= span.last}
    for part in span.cut_at(starts):
        handling = initiative.handling_on(part.first)
        if handling is not None:
            yield handling, part


def _upkeep_of(handling: Handling, part: Span) -> Term:
    """The upkeep of some days of one month."""
    before = _share(handling.upkeep, part.first, before=True)
    spent = _share(handling.upkeep, part.last) - before
    return Term(spent, handling.basis)


def _share(monthly: int, day: dt.date, before: bool = False) -> int:
    """How much of a month's figure falls on its days up to ``day`` (or, with ``before``, before
    it)."""
    return monthly * (day.day - before) // month_span(day).days


def _account(so_far: Balance, work: Work, terms: Terms) -> Balance:
    """``so_far`` and the account of work that was done under the same registered figures. The work
    itself stays out."""
    if terms.baseline is None:
        if not work.accepted:
            return so_far
        return replace(so_far, missing=(work.initiative,))
    per_sheet = terms.baseline.milliseconds
    handling = terms.handling
    basis = terms.baseline.basis
    # What was measured under an earlier core system is an estimate under this one.
    if terms.stale and basis == "実測":
        basis = "試算"
    handled = work.accepted + work.failed
    baseline = NOTHING
    if handled:
        baseline = Term(per_sheet * handled, basis, handled)
    preparation = _staff(work.preparation, work.told_preparation)
    if handling and handling.preparation and handled:
        registered = Term(handling.preparation * handled, handling.basis, handled)
        preparation = preparation.plus(registered)
    return Balance(
        so_far.span,
        so_far.work,
        missing=so_far.missing,
        baseline=so_far.baseline.plus(baseline),
        preparation=so_far.preparation.plus(preparation),
        review=so_far.review.plus(_measured(work.review, work.decisions)),
        rework=so_far.rework.plus(_staff(work.rework, work.told_rework)),
        exceptions=so_far.exceptions.plus(_exceptions(work, per_sheet, basis, handling)),
        upkeep=so_far.upkeep.plus(_staff(work.upkeep, work.told_upkeep)),
    )


def _measured(milliseconds: int, n: int) -> Term:
    if milliseconds or n:
        return Term(milliseconds, "実測", n)
    return NOTHING


def _staff(measured: int, told: int, n: int = 0) -> Term:
    """Staff time as receipts tell it; 申告 as soon as some of it is."""
    if told:
        return Term(measured + told, "申告", n)
    return _measured(measured, n)


def _exceptions(work: Work, per_sheet: int, basis: Basis, handling: Handling | None) -> Term:
    """Hand time: as measured where it was told, else as registered, but never less than before.

    A sheet may fail on one day and be done by hand on the next. The measured time then replaces the
    registered one by a negative count on that day, which keeps every term linear and so the sums
    exact.
    """
    measured = _staff(work.by_hand_time, work.told_by_hand, work.by_hand)
    assumed = work.failed - work.by_hand
    if not assumed:
        return NOTHING.plus(measured)
    if handling is not None and handling.exception is not None:
        per_sheet = max(per_sheet, handling.exception)
        basis = handling.basis
    return Term(assumed * per_sheet, basis, assumed).plus(measured)
