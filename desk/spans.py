"""Which span the pages of initiatives are about, and how addresses name it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from desk.refusals import NotHere
from initiatives.fiscal import (
    Span,
    fiscal_year,
    label,
    long_label,
    month_span,
    parse_span,
    year_span,
)
from initiatives.madeup import NOTICE, is_made_up
from initiatives.register import Strategy
from records.errors import DefinitionError
from records.journal import Journal


@dataclass(frozen=True, slots=True)
class Choice:
    """What was asked for: a fiscal year (``R7``), a plan period (``第2期``), or months
    (``2025-10``)."""

    text: str
    span: Span

    @property
    def is_month(self) -> bool:
        return self.span == month_span(self.span.first)

    def address(self, place: str, **more: object) -> str:
        """``place`` for the same span."""
        return (
            place
            + "?"
            + urlencode({"span": self.text, **{k: v for k, v in more.items() if v not in ("", 0)}})
        )


def choose(strategy: Strategy, today: dt.date, text: str) -> Choice:
    """The span that an address names; this fiscal year where it names none.

    Raises:
        NotHere: it is none, cuts a month, or lies outside of the strategy.
    """
    text = text.strip()
    if not text:
        first = strategy.span.years[0]
        last = strategy.span.years[-1]
        year = min(max(fiscal_year(today), first), last)
        return Choice(label(year), year_span(year))
    try:
        span = parse_span(text[:40], strategy.period_spans())
    except DefinitionError as error:
        raise NotHere(error.message) from None
    whole = span.first == month_span(span.first).first and span.last == month_span(span.last).last
    if not whole or strategy.span.cut(span) != span:
        raise NotHere("戦略の期間にある年度・期・月を選んでください")
    return Choice(text, span)


def caution(journal: Journal, strategy: Strategy) -> str:
    """What must stand on every page with figures; empty where nothing must."""
    if is_made_up(journal):
        return NOTICE
    return strategy.note


def options(strategy: Strategy, chosen: Choice) -> list[tuple[str, list[tuple[str, str]]]]:
    """What the list of spans offers, in groups: text and title."""
    years = [(label(year), long_label(year)) for year in strategy.span.years]
    periods = [(f"第{p.no}期", f"{p.title}({p.span.title})") for p in strategy.periods]
    offered = [("年度", years), ("アクションプランの期", periods)]
    if all(chosen.text != text for _, group in offered for text, _ in group):
        offered.insert(0, ("月など", [(chosen.text, chosen.span.title)]))
    return offered


def month_text(month: Span) -> str:
    """A month as addresses name it."""
    return f"{month.first:%Y-%m}"


def page_of(code: str) -> str:
    return f"/initiatives/{quote(code, safe='')}"
