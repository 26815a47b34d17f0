"""How a value of each kind stands in a column: the formats that form.toml may name, and how the
column of a new ledger looks."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from records.codec import show
from records.forms import FieldDef
from records.normalise.eras import GREGORIAN, SPANS, format_wareki
from records.normalise.kana import to_katakana, to_zengin
from records.types import Value

Cell = str | int | float | dt.date | None
"""What a row holds: text (never to be taken for a number or a formula), a number, a real date, or
nothing."""


Shape = Callable[[Value], Cell]
"""From a field's value to what stands in a row."""

MARK = "○"
"""What stands for yes in a ledger; no is an empty cell."""


@dataclass(frozen=True, slots=True)
class ColumnLook:
    """How a column looks.

    Attributes:
        width: in half-width characters, as Excel counts.
        wraps: long text goes on in a second line of the cell.
        horizontal: where the text stands; empty for Excel's own rule.
    """

    width: float
    wraps: bool = False
    horizontal: str = ""


@dataclass(frozen=True, slots=True)
class KindColumn:
    """What a kind's column is.

    Attributes:
        look: how it looks in a new ledger.
        shapes: the formats that a field may have beside the usual ones; the empty name is what it
            has without one.
    """

    look: ColumnLook
    shapes: Callable[[FieldDef], Mapping[str, Shape]]


def shapes_of(made: FieldDef) -> dict[str, Shape]:
    """The formats that a field of this kind may have in ``columns``; the empty name is what it has
    without one."""
    everywhere: dict[str, Shape] = {"": show, "text": show, "raw": show, "masked": _masked}
    return {**everywhere, **KIND_COLUMNS[made.kind].shapes(made)}


def _date(value: Value) -> Cell:
    """A real date; what is known of a partial one, and dates before Excel's first, as text."""
    try:
        day = dt.date.fromisoformat(show(value))
    except ValueError:
        return show(value)
    if day.year > 1900:
        return day
    return day.isoformat()


def _short(value: Value) -> str:
    """``R7.4.1``: the era's Roman letter as forms print it."""
    try:
        day = dt.date.fromisoformat(show(value))
    except ValueError:
        return format_wareki(show(value))
    if day < GREGORIAN:
        return day.isoformat()
    era = [s for s in SPANS if s.first <= day <= s.last][-1]
    return f"{_LETTERS[era.name]}{day.year - era.offset}.{day.month}.{day.day}"


def _era_code(value: Value) -> str:
    """``5070401``: era code (1 明治 … 5 令和) and six digits, as many core systems load dates."""
    try:
        day = dt.date.fromisoformat(show(value))
    except ValueError:
        return ""
    if day < GREGORIAN:
        return ""
    index = max(i for i, s in enumerate(SPANS) if s.first <= day)
    return f"{index + 1}{day.year - SPANS[index].offset:02d}{day.month:02d}{day.day:02d}"


_LETTERS = {"明治": "M", "大正": "T", "昭和": "S", "平成": "H", "令和": "R"}

DATES: Mapping[str, Shape] = {
    "date": _date,
    "iso": show,
    "slash": lambda v: show(v).replace("-", "/"),
    "compact": lambda v: show(v).replace("-", ""),
    "wareki": lambda v: format_wareki(show(v)),
    "wareki_short": _short,
    "era_code": _era_code,
}


def _masked(value: Value) -> str:
    """The last four of eight or more characters, else none at all."""
    text = show(value)
    if len(text) >= 8:
        return "*" * (len(text) - 4) + text[-4:]
    return "*" * len(text)


def _whole(value: Value) -> Cell:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return show(value)


def _share(value: Value) -> Cell:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number else show(value)


def _ratio(value: Value) -> Cell:
    """12.5 as 0.125, for a column that Excel shows with its own percent sign."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number:
        return float(Decimal(str(value)) / 100)
    return show(value)


def _mark(value: Value) -> Cell:
    if value is True:
        return MARK
    if value is False:
        return None
    return show(value)


def _chosen(option: str) -> Callable[[Value], Cell]:
    return lambda value: (
        MARK if value == option or (isinstance(value, list) and option in value) else None
    )


def _part(part: str) -> Callable[[Value], Cell]:
    return lambda value: show(value.get(part)) if isinstance(value, Mapping) else None


def _postal(value: Value) -> str:
    text = _digits(value)
    if len(text) == 7:
        return f"{text[:3]}-{text[3:]}"
    return show(value)


def _digits(value: Value) -> str:
    return re.sub(r"[^0-9A-Za-z]", "", show(value))


def _text(change: Callable[[str], str]) -> Callable[[Value], Cell]:
    return lambda value: change(show(value))


def _no_more(made: FieldDef) -> Mapping[str, Shape]:
    return {}


def _of_option(made: FieldDef) -> Mapping[str, Shape]:
    """One column an option, with a mark where it was chosen."""
    options = made.place.options if made.place else {}
    return {option: _chosen(option) for option in options}


def _of_code(made: FieldDef) -> Mapping[str, Shape]:
    return {"digits": _digits}


def _of_quantity(made: FieldDef) -> Mapping[str, Shape]:
    return {"": _whole, "number": _whole}


def _of_share(made: FieldDef) -> Mapping[str, Shape]:
    return {"": _share, "number": _share, "ratio": _ratio}


def _of_mark(made: FieldDef) -> Mapping[str, Shape]:
    return {"": _mark}


def _of_person(made: FieldDef) -> Mapping[str, Shape]:
    return {"katakana": _text(to_katakana), "zengin": _text(lambda text: to_zengin(text)[0])}


KIND_COLUMNS: Mapping[str, KindColumn] = {
    "text": KindColumn(ColumnLook(24, True), _no_more),
    "lines": KindColumn(ColumnLook(48, True), _no_more),
    "name": KindColumn(ColumnLook(18), _of_person),
    "kana": KindColumn(ColumnLook(22), _of_person),
    "digits": KindColumn(ColumnLook(14), _of_code),
    "number": KindColumn(ColumnLook(10), _of_quantity),
    "amount": KindColumn(ColumnLook(14), _of_quantity),
    "percent": KindColumn(ColumnLook(10), _of_share),
    "date": KindColumn(
        ColumnLook(13, horizontal="center"), lambda made: {**DATES, "": DATES["date"]}
    ),
    "month": KindColumn(ColumnLook(11, horizontal="center"), lambda made: DATES),
    "time": KindColumn(ColumnLook(9, horizontal="center"), _no_more),
    "postal_code": KindColumn(ColumnLook(11), lambda made: {"hyphen": _postal, "digits": _digits}),
    "address": KindColumn(ColumnLook(46, True), _no_more),
    "phone": KindColumn(ColumnLook(16), _of_code),
    "my_number": KindColumn(ColumnLook(16), _no_more),
    "corporate_number": KindColumn(ColumnLook(16), _of_code),
    "bank_account": KindColumn(
        ColumnLook(34, True), lambda made: {part: _part(part) for part in made.parts}
    ),
    "mark": KindColumn(ColumnLook(7, horizontal="center"), _of_mark),
    "choice": KindColumn(ColumnLook(14), _of_option),
    "choices": KindColumn(ColumnLook(22, True), _of_option),
    "seal": KindColumn(ColumnLook(7, horizontal="center"), _of_mark),
    "signature": KindColumn(ColumnLook(7, horizontal="center"), _of_mark),
    "code": KindColumn(ColumnLook(24), _of_code),
}
