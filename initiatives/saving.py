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

from initiatives.balance import NOTHING, Balance, Part, total
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
        self._days = {code: [w.day for w in found] for code, found in self._works.items()}
        self._worked = worked or {code: (days[0], days[-1]) for code, days in self._days.items()}
        self._known_terms: dict[tuple[str, str, dt.date | None, dt.date | None], Terms] = {}
        self._steady: dict[str, bool] = {}
        self._same: dict[tuple[str, Terms], Terms] = {}

    @property
    def unregistered(self) -> tuple[str, ...]:
        """Codes that work was done for but that the register does not know; ``""`` for sheets of no
        known form."""
        return tuple(code for code in self._works if code not in self.strategy.initiatives)

    def works(self, code: str, span: Span, form: str | None = None) -> list[Work]:
        """The days of one initiative in a span, in order: the drill-down of its :meth:`balance`."""
        days = self._days.get(code, [])
        found = self._works.get(code, [])[
            bisect.bisect_left(days, span.first) : bisect.bisect_right(days, span.last)
        ]
        return found if form is None else [w for w in found if w.form == form]

    def forms(self, code: str, span: Span) -> tuple[str, ...]:
        """The forms and tasks that an initiative had work for; ``""`` stands for what belongs to no
        form."""
        return tuple(sorted({w.form for w in self.works(code, span)}))

    def first_day(self, code: str) -> dt.date | None:
        """The day of the initiative's first work."""
        return self._worked[code][0] if code in self._worked else None

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
        fixed = self.fixed_upkeep(code, span) if form in (None, "") else NOTHING
        return replace(result, work=whole, upkeep=result.upkeep.plus(fixed))

    def piece(self, code: str, span: Span) -> Balance:
        """The account of one initiative over any days."""
        return self.balance(code, span)

    def under(self, code: str, span: Span, form: str | None = None) -> Iterable[tuple[Terms, Work]]:
        """The work of a span, put together by the registered figures that it is counted with."""
        groups: dict[int, tuple[Terms, Work]] = {}
        for work in self.works(code, span, form):
            terms = self._terms(self.strategy.initiatives[code], work.day, work.form)
            known = groups.get(id(terms))
            groups[id(terms)] = terms, known[1].plus(work) if known else work
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
        era = self.strategy.era_on(day) if initiative.systems else None
        steady = self._steady.get(initiative.code)
        if steady is None:
            steady = self._steady[initiative.code] = not initiative.changes
        key = initiative.code, form, era.first if era else None, None if steady else day
        if key not in self._known_terms:
            baseline = initiative.baseline_on(day, form)
            terms = Terms(
                baseline,
                bool(baseline and era and baseline.valid_from < era.first),
                initiative.handling_on(day),
            )
            self._known_terms[key] = self._same.setdefault((initiative.code, terms), terms)
        return self._known_terms[key]

    def fixed_upkeep(self, code: str, span: Span) -> Part:
        """Monthly upkeep, from the first day of work to the last that has happened.

        A month's upkeep is spread over its days, in whole milliseconds that add up to the month's.
        """
        initiative = self.strategy.initiatives[code]
        if not initiative.baselines or initiative.code not in self._worked:
            return Part()
        if not any(handling.upkeep for handling in initiative.handlings):
            return Part()
        began, ended = self._worked[initiative.code]
        if initiative.status not in ("休止", "終了"):
            ended = max(ended, self.until)
        if (
            began <= span.first
            and span.last <= ended
            and len(initiative.handlings) == 1
            and span == month_span(span.first)
        ):
            return Part(
                initiative.handlings[0].upkeep, initiative.handlings[0].basis
            )  # a whole month, the usual question
        running = Span(began, ended).cut(span)
        result = Part()
        for month in running.months() if running else ():
            for handling, part in _handling_spans(initiative, month):
                if handling.upkeep:
                    spent = _share(handling.upkeep, part.last) - _share(
                        handling.upkeep, part.first, before=True
                    )
                    result = result.plus(Part(spent, handling.basis))
        return result


def _handling_spans(initiative: Initiative, span: Span) -> Iterator[tuple[Handling, Span]]:
    if len(initiative.handlings) == 1:
        yield initiative.handlings[0], span
        return
    starts = sorted(
        {h.valid_from for h in initiative.handlings if span.first < h.valid_from <= span.last}
    )
    begins = [span.first, *starts]
    ends = [*(day - dt.timedelta(days=1) for day in starts), span.last]
    for begin, end in zip(begins, ends, strict=True):
        handling = initiative.handling_on(begin)
        if handling is not None:
            yield handling, Span(begin, end)


def _share(monthly: int, day: dt.date, before: bool = False) -> int:
    """How much of a month's figure falls on its days up to ``day`` (or, with ``before``, before
    it)."""
    return monthly * (day.day - before) // month_span(day).days


def _account(so_far: Balance, work: Work, terms: Terms) -> Balance:
    """``so_far`` and the account of work that was done under the same registered figures. The work
    itself stays out."""
    if terms.baseline is None:
        return replace(so_far, missing=(work.initiative,)) if work.accepted else so_far
    per_sheet, handling = terms.baseline.milliseconds, terms.handling
    basis: Basis = (
        "試算" if terms.stale and terms.baseline.basis == "実測" else terms.baseline.basis
    )
    handled = work.accepted + work.failed
    preparation = _staff(work.preparation, work.told_preparation)
    if handling and handling.preparation and handled:
        preparation = preparation.plus(
            Part(handling.preparation * handled, handling.basis, handled)
        )
    return Balance(
        so_far.span,
        so_far.work,
        missing=so_far.missing,
        baseline=so_far.baseline.plus(
            Part(per_sheet * handled, basis, handled) if handled else NOTHING
        ),
        preparation=so_far.preparation.plus(preparation),
        review=so_far.review.plus(_measured(work.review, work.decisions)),
        rework=so_far.rework.plus(_staff(work.rework, work.told_rework)),
        exceptions=so_far.exceptions.plus(_exceptions(work, per_sheet, basis, handling)),
        upkeep=so_far.upkeep.plus(_staff(work.upkeep, work.told_upkeep)),
    )


def _measured(milliseconds: int, n: int) -> Part:
    return Part(milliseconds, "実測", n) if milliseconds or n else NOTHING


def _staff(measured: int, told: int, n: int = 0) -> Part:
    """Staff time as receipts tell it; 申告 as soon as some of it is."""
    return Part(measured + told, "申告", n) if told else _measured(measured, n)


def _exceptions(work: Work, per_sheet: int, basis: Basis, handling: Handling | None) -> Part:
    """Hand time: as measured where it was told, else as registered, but never less than before.

    A sheet may fail on one day and be done by hand on the next. The measured time then replaces the
    registered one by a negative count on that day, which keeps every term linear and so the sums
    exact.
    """
    assumed = work.failed - work.by_hand
    registered = handling is not None and handling.exception is not None
    by_hand = max(per_sheet, handling.exception or 0) if handling else per_sheet
    part = (
        Part(assumed * by_hand, handling.basis if handling and registered else basis, assumed)
        if assumed
        else NOTHING
    )
    return part.plus(_staff(work.by_hand_time, work.told_by_hand, work.by_hand))
