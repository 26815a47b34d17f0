"""Single values of strategy.toml: texts, days, fiscal years and spans, refused where they make no sense."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, TypeVar

from initiatives.fiscal import Span, merge, parse_year, year_span
from initiatives.vocabulary import BASES
from records.strict import Section

_T = TypeVar("_T")


def each(section: Section, key: str, read: Callable[[Section], _T]) -> tuple[_T, ...]:
    made = []
    for part in section.subs(key):
        made.append(read(part))
        part.done()
    return tuple(made)


def filled(section: Section, key: str) -> str:
    value = str(section.take(key, str)).strip()
    if not value:
        raise section.fail(f"「{key}」が空です", key)
    return value


def date_in(section: Section, key: str, default: dt.date | None = None) -> dt.date:
    defaults = () if default is None else (default,)
    value = section.take(key, dt.date, *defaults)
    if isinstance(value, dt.datetime):
        raise section.fail(f"「{key}」は日付だけを書いてください(例 2025-04-01)", key)
    assert isinstance(value, dt.date)
    return value


def dates_in(section: Section, key: str) -> tuple[dt.date, ...]:
    values = section.take(key, list, [])
    for value in values:
        is_day = isinstance(value, dt.date) and not isinstance(value, dt.datetime)
        if not is_day:
            raise section.fail(f"「{key}」は日付の並びで書いてください(例 [2025-11-20])", key)
    return tuple(values)


def year_in(section: Section, key: str, span: Span | None = None) -> int:
    text = section.take(key, (str, int))
    return as_year(section, key, text, span)


def as_year(section: Section, key: str, text: Any, span: Span | None) -> int:
    try:
        year = parse_year(text)
    except ValueError as error:
        raise section.fail(str(error), key) from None
    if span is not None and year not in span.years:
        message = f"「{key}」の {text} は戦略の期間({span.title})の外です"
        raise section.fail(message, key)
    return year


def years_in(section: Section, first: str, last: str, within: Span | None = None) -> Span:
    begin = year_in(section, first, within)
    end = year_in(section, last, within)
    if end < begin:
        raise section.fail(f"「{last}」が「{first}」より前です", last)
    return merge([year_span(begin), year_span(end)])


def basis_in(section: Section, key: str, default: Any = ...) -> Any:
    if default is ...:
        return section.one_of(key, BASES)
    return section.one_of(key, BASES, "") or None
