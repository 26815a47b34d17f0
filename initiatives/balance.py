"""Accounts: the terms of what was saved, and how terms and accounts are added up."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from dataclasses import dataclass

from initiatives.fiscal import Span
from initiatives.register import Basis
from initiatives.vocabulary import BASES
from initiatives.work import Work, summed

HOUR = 3_600_000
"""Milliseconds of an hour."""


@dataclass(frozen=True, slots=True)
class Term:
    """One term of the sum: milliseconds of staff time, how they came about, and over how many
    cases.

    ``basis`` is None for a term that nothing contributed to.
    """

    milliseconds: int = 0
    basis: Basis | None = None
    n: int = 0

    def plus(self, other: Term) -> Term:
        """Both terms together; the basis is the weaker one."""
        if other.basis is None and not other.n and not other.milliseconds:
            return self
        basis = self.basis
        if self.basis != other.basis:
            basis = weakest((self.basis, other.basis))
        return Term(self.milliseconds + other.milliseconds, basis, self.n + other.n)

    @property
    def minutes(self) -> float:
        return self.milliseconds / 60_000

    @property
    def hours(self) -> float:
        return self.milliseconds / HOUR


NOTHING = Term()
"""A term that nothing contributed to."""


def weakest(bases: Iterable[Basis | None]) -> Basis | None:
    """The basis that a sum of such terms may claim: 実測 only if all are, 申告 as soon as one is;
    None for no term."""
    known = [b for b in bases if b is not None]
    if not known:
        return None
    return max(known, key=BASES.index)


@dataclass(frozen=True, slots=True)
class Balance:
    """The account of one initiative, or of several together, over a span.

    Attributes:
        work: the counts and measured times it is made of; its ``day`` is the span's first.
        baseline: what the finished sheets would have taken before.
        preparation, review, rework, exceptions, upkeep: what they take now.
        missing: codes of the initiatives with finished sheets but without a baseline: their saving
            is unknown, and nothing of them is in the terms.
    """

    span: Span
    work: Work
    baseline: Term = Term()
    preparation: Term = Term()
    review: Term = Term()
    rework: Term = Term()
    exceptions: Term = Term()
    upkeep: Term = Term()
    missing: tuple[str, ...] = ()

    @property
    def costs(self) -> tuple[Term, ...]:
        """What is subtracted, in the order of the formula."""
        return self.preparation, self.review, self.rework, self.exceptions, self.upkeep

    @property
    def net(self) -> Term:
        """Saved staff time; negative where the handling took more than it saved."""
        spent = sum(part.milliseconds for part in self.costs)
        return Term(
            self.baseline.milliseconds - spent,
            weakest([self.baseline.basis, *(p.basis for p in self.costs)]),
            self.work.accepted,
        )

    @property
    def known(self) -> bool:
        """False where nothing can be said about the saving: sheets were finished, but no baseline
        is registered."""
        return not self.missing or self.baseline.basis is not None

    @property
    def unseen_share(self) -> float | None:
        """Share of the fields read that no person needed to look at, in [0, 1]; None where nothing
        was read."""
        if not self.work.fields:
            return None
        return self.work.unseen / self.work.fields

    @property
    def field_accuracy(self) -> float | None:
        """1 - changed / read fields. Wrong values that nobody looked at are not in it: see the
        sampled rate."""
        if not self.work.fields:
            return None
        return 1 - self.work.corrected / self.work.fields

    @property
    def character_accuracy(self) -> float | None:
        """1 - changed / read characters; None where the characters were not counted."""
        if not self.work.characters:
            return None
        return 1 - self.work.edits / self.work.characters

    @property
    def seconds_per_sheet(self) -> float | None:
        """Measured attention per accepted sheet, seconds."""
        if not self.work.accepted:
            return None
        return self.review.milliseconds / 1000 / self.work.accepted

    def plus(self, other: Balance) -> Balance:
        """Both accounts together; the span becomes the smallest that holds both."""
        span = self.span
        if self.span != other.span:
            span = Span(
                min(self.span.first, other.span.first), max(self.span.last, other.span.last)
            )
        return Balance(
            span,
            self.work.plus(other.work),
            self.baseline.plus(other.baseline),
            self.preparation.plus(other.preparation),
            self.review.plus(other.review),
            self.rework.plus(other.rework),
            self.exceptions.plus(other.exceptions),
            self.upkeep.plus(other.upkeep),
            tuple(sorted({*self.missing, *other.missing})) if self.missing or other.missing else (),
        )


def empty(span: Span, code: str = "") -> Balance:
    """The account of nothing."""
    return Balance(span, Work(span.first, code))


def total(balances: Iterable[Balance], span: Span) -> Balance:
    """The sum of accounts over one span: what :meth:`Balance.plus` makes of them one by one, but at
    once."""
    found = tuple(balances)
    if not found:
        return empty(span)
    baseline, preparation, review, rework, exceptions, upkeep = map(
        _sum, zip(*map(_parts, found), strict=True)
    )
    missing = tuple(sorted({code for b in found for code in b.missing}))
    return Balance(
        span,
        summed((b.work for b in found), span.first),
        baseline,
        preparation,
        review,
        rework,
        exceptions,
        upkeep,
        missing,
    )


_parts = operator.attrgetter("baseline", "preparation", "review", "rework", "exceptions", "upkeep")


def _sum(parts: Iterable[Term]) -> Term:
    """Terms of one kind together; the basis is the weakest one."""
    parts = tuple(part for part in parts if part != NOTHING)
    if parts:
        return Term(
            sum(p.milliseconds for p in parts),
            weakest(p.basis for p in parts),
            sum(p.n for p in parts),
        )
    return NOTHING
