"""How people put a value on paper: from a typed value to pieces of ink and where each goes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from ocr.practice.households import Household, Rng, chance, pick
from records.formloading import ERAS
from records.forms import Cells, FieldDef, Part
from records.normalise.kana import to_hiragana
from records.types import Box, Value

_FIRST_DAYS = {
    "明治": dt.date(1868, 1, 25),
    "大正": dt.date(1912, 7, 30),
    "昭和": dt.date(1926, 12, 25),
    "平成": dt.date(1989, 1, 8),
    "令和": dt.date(2019, 5, 1),
}
_LETTERS = {"明治": "M", "大正": "T", "昭和": "S", "平成": "H", "令和": "R"}
_CODES = {"明治": "1", "大正": "2", "昭和": "3", "平成": "4", "令和": "5"}


@dataclass(frozen=True, slots=True)
class Write:
    """Text to write into a box; ``lines`` allows several lines, ``align`` is left, center or
    right.

    Attributes:
        vertical: from top to bottom, ``numerals`` with kanji for digits.
        as_written: the field's value is the text as it stands on the paper.
    """

    box: Box
    text: str
    align: str = "left"
    lines: bool = False
    vertical: bool = False
    numerals: bool = False
    as_written: bool = False


@dataclass(frozen=True, slots=True)
class WriteCells:
    """Text to write into rows of character cells, one character each."""

    cells: tuple[Cells, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A place to mark: ``how`` is circle, check or fill; ``others`` are the options that stay
    unmarked."""

    box: Box
    how: str
    others: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True)
class Stamp:
    """A seal of the family name."""

    box: Box
    text: str


@dataclass(frozen=True, slots=True)
class Code:
    """A printed QR code."""

    box: Box
    text: str


Piece = Write | WriteCells | Mark | Stamp | Code


def era_of(day: dt.date) -> tuple[str, int]:
    """The era of a day and the year in it (a border day belongs to the newer era)."""
    name = [era for era in ERAS if _FIRST_DAYS[era] <= day][-1]
    return name, day.year - _FIRST_DAYS[name].year + 1


def era_range(name: str) -> tuple[dt.date, dt.date]:
    """First and last day of an era; 令和 lasts as long as needed, 西暦 is everything."""
    if name == "西暦":
        return dt.date(1, 1, 1), dt.date(2999, 12, 31)
    index = ERAS.index(name)
    last = (
        dt.date(2999, 12, 31)
        if index == len(ERAS) - 1
        else _FIRST_DAYS[ERAS[index + 1]] - dt.timedelta(days=1)
    )
    return _FIRST_DAYS[name], last


def pieces(field: FieldDef, value: Value, home: Household, rng: Rng) -> list[Piece]:
    """What to put on paper so that ``value`` stands there; empty for an empty field."""
    if value is None or value is False or value == []:
        return []
    maker = _MAKERS.get(field.kind, _plain)
    made = maker(field, value, home, rng)
    return _stood_up(field, made, rng) if field.vertical else made


_NUMERALS = 0.4
"""Share of those who write kanji for digits in vertical writing, where the kind allows it."""


def _stood_up(field: FieldDef, made: list[Piece], rng: Rng) -> list[Piece]:
    """The same pieces, written from top to bottom."""
    own_words = field.traits.spans_lines and not field.values
    free = field.traits.is_day or own_words
    numerals = free and field.traits.has_kanji_numerals and chance(rng, _NUMERALS)
    return [
        replace(
            piece,
            vertical=True,
            numerals=numerals and "@" not in piece.text,
            as_written=own_words,
        )
        if isinstance(piece, Write)
        else piece
        for piece in made
    ]


def _into(part: Part, text: str, align: str = "left", lines: bool = False) -> list[Piece]:
    if part.cells:
        return [WriteCells(part.cells, text)]
    if part.box:
        return [Write(part.box, text, align, lines)]
    if text in part.options:
        rest = tuple(b for o, b in part.options.items() if o != text)
        return [Mark(part.options[text], part.mark or "circle", rest)]
    return []


def _plain(field: FieldDef, value: Value, home: Household, rng: Rng) -> list[Piece]:
    assert field.place is not None
    return _into(field.place, str(value))


def _kana(field: FieldDef, value: Value, home: Household, rng: Rng) -> list[Piece]:
    assert field.place is not None
    careless = (
        "カナ" in field.label or "ガナ" in field.label
    )  # asked for katakana, some write hiragana all the same
    return _into(
        field.place, to_hiragana(str(value)) if careless and chance(rng, 0.04) else str(value)
    )


def _lines(field: FieldDef, value: Value, home: Household, rng: Rng) -> list[Piece]:
    assert field.place is not None
    return _into(field.place, str(value), lines=True)


def _amount(field: FieldDef, value: Value, home: Household, rng: Rng) -> list[Piece]:
    assert field.place is not None
    number = int(value) // field.unit
    if field.place.cells:
        return _into(field.place, str(number))
    text = f"{number:,}" if chance(rng, 0.7) else str(number)
    style = pick(rng, ("{}", "{}", "{}", "¥{}", "¥{}-", "{}円")) if field.unit == 1 else "{}"
    return _into(field.place, style.format(text), pick(rng, ("right", "right", "left", "center")))


def _number(field: FieldDef, value: Value, home: Household, rng: Rng) -> list[Piece]:
    assert field.place is not None
    return _into(field.place, str(int(value) // field.unit), pick(rng, ("center", "right")))


def _percent(field: FieldDef, value: Value, home: Household, rng: Rng) -> list[Piece]:
    assert field.place is not None
    style = pick(rng, ("{}", "{}%", "{}%", "{} %"))
    return _into(field.place, style.format(value), pick(rng, ("center", "right")))


def _date(field: FieldDef, value: Value, home: Household, rng: Rng) -> list[Piece]:
    day = dt.date.fromisoformat(value if len(value) == 10 else f"{value}-01")
    if field.place:
        text = _in_cells(day, field) if field.place.cells else _date_text(day, field, rng)
        made = _into(field.place, text)
        return made + _era(field, _chosen_era(day, field, rng), rng)
    era = _chosen_era(day, field, rng)
    made = _era(field, era, rng)
    for name, part in field.parts.items():
        number = _year(day, era) if name == "year" else day.month if name == "month" else day.day
        first = name == "year" and number == 1 and not part.cells and chance(rng, 0.5)
        padded = not first and (chance(rng, 0.85) if part.cells else chance(rng, 0.06))
        made += _into(
            part,
            "元" if first else f"{number:02d}" if padded else str(number),
            pick(rng, ("center", "center", "right")),
        )
    return made


def _chosen_era(day: dt.date, field: FieldDef, rng: Rng) -> str:
    """Which era the writer uses: what the form fixes or offers, mostly the Japanese one."""
    era = era_of(day)[0]
    if field.era is None:
        return "西暦"
    if field.era.fixed:
        return field.era.fixed
    offered = tuple(field.era.circle) or (*ERAS, "西暦")
    if era not in offered or ("西暦" in offered and chance(rng, 0.06)):
        return "西暦" if "西暦" in offered else offered[-1]
    return era


def _year(day: dt.date, era: str) -> int:
    return day.year if era == "西暦" else day.year - _FIRST_DAYS[era].year + 1


def _era(field: FieldDef, era: str, rng: Rng) -> list[Piece]:
    if field.era is None:
        return []
    made: list[Piece] = []
    if era in field.era.circle:
        made.append(
            Mark(
                field.era.circle[era],
                "circle",
                tuple(b for e, b in field.era.circle.items() if e != era),
            )
        )
    elif field.era.box:
        short = pick(rng, (era, era, era[0], _LETTERS.get(era, era)))
        made.append(Write(field.era.box, short, "center"))
    return made


def _in_cells(day: dt.date, field: FieldDef) -> str:
    """A date in a row of cells: 8 are the western date, 7 begin with the era's code, 6 have the
    year of the era."""
    assert field.place is not None
    count = sum(c.count for c in field.place.cells)
    era, year = era_of(day)
    if count >= 8:
        return f"{day:%Y%m%d}"
    return (_CODES[era] if count == 7 else "") + f"{year:02d}{day:%m%d}"


def _date_text(day: dt.date, field: FieldDef, rng: Rng) -> str:
    """A date in one box, in the ways of writing that are seen on paper."""
    era, year = era_of(day)
    if field.era is not None:
        era = _chosen_era(day, field, rng)
        year = _year(day, era)
    known = field.era is not None and (field.era.fixed or field.era.circle or field.era.box)
    word = "元" if year == 1 and chance(rng, 0.5) else str(year)
    name = "" if known else pick(rng, (era, era, era, _LETTERS.get(era, era), era[0]))
    if not known and chance(rng, 0.12):
        name, word = "", str(day.year)
    if field.kind == "month":
        return pick(rng, (f"{name}{word}年{day.month}月", f"{name}{word}.{day.month}"))
    if field.vertical:
        return f"{name}{word}年{day.month}月{day.day}日"
    dotted = name if len(name) < 2 else _LETTERS.get(name, name)
    return pick(
        rng,
        (
            f"{name}{word}年{day.month}月{day.day}日",
            f"{name}{word}年{day.month}月{day.day}日",
            f"{dotted}{word}.{day.month}.{day.day}",
            f"{dotted}{word}・{day.month}・{day.day}",
            f"{dotted}{word}/{day.month}/{day.day}",
        ),
    )


def _time(field: FieldDef, value: Value, home: Household, rng: Rng) -> list[Piece]:
    hour, minute = str(value).split(":")
    if field.parts:
        texts = {"hour": str(int(hour)), "minute": minute}
        return [p for name, part in field.parts.items() for p in _into(part, texts[name], "center")]
    assert field.place is not None
    if field.place.cells:
        return _into(field.place, hour + minute)
    return _into(field.place, pick(rng, (f"{int(hour)}:{minute}", f"{int(hour)}時{int(minute)}分")))


def _postal(field: FieldDef, value: Value, home: Household, rng: Rng) -> list[Piece]:
    digits = str(value).replace("-", "")
    if field.parts:
        texts = {"first": digits[:3], "second": digits[3:]}
        return [p for name, part in field.parts.items() for p in _into(part, texts[name], "center")]
    assert field.place is not None
    return _into(
        field.place,
        digits
        if field.place.cells
        else pick(
            rng,
            (
                f"{digits[:3]}-{digits[3:]}",
                f"{digits[:3]}-{digits[3:]}",
                f"〒{digits[:3]}-{digits[3:]}",
                digits,
            ),
        ),
    )


def _phone(field: FieldDef, value: Value, home: Household, rng: Rng) -> list[Piece]:
    area, exchange, rest = str(value).split("-")
    if field.parts:
        texts = {"area": area, "exchange": exchange, "subscriber": rest}
        return [p for name, part in field.parts.items() for p in _into(part, texts[name], "center")]
    assert field.place is not None
    if field.place.cells:
        return _into(field.place, area + exchange + rest)
    local = (
        ()
        if area.startswith(("070", "080", "090"))
        else (f"{exchange}-{rest}", f"({area}){exchange}-{rest}")
    )
    plain = f"{area}-{exchange}-{rest}"
    return _into(
        field.place, pick(rng, (plain, plain, plain, plain, f"{area}({exchange}){rest}", *local))
    )


def _account(field: FieldDef, value: Value, home: Household, rng: Rng) -> list[Piece]:
    made: list[Piece] = []
    account = home.account
    texts = {
        **value,
        "bank": value["bank_name"],
        "branch": value["branch_name"],
        "symbol": account.symbol,
    }
    if chance(
        rng, 0.6
    ):  # where 銀行 and 支店 are printed behind the box, most people leave them out
        texts |= {"bank": account.short[0], "branch": account.short[1]}
    if account.symbol and "symbol" in field.parts:
        texts |= {"number": account.number.lstrip("0") + "1"}
    for name, part in field.parts.items():
        if texts[name]:
            made += _into(part, str(texts[name]))
    if field.place:
        made += _into(field.place, f"{account.bank}{account.branch}{account.kind}{account.number}")
    return made


def _marked(field: FieldDef, value: Value, home: Household, rng: Rng) -> list[Piece]:
    part = field.place
    assert part is not None
    how = part.mark or "check"
    if field.kind == "mark":
        return [Mark(part.area, how)]
    chosen = [value] if isinstance(value, str) else list(value)
    rest = tuple(b for o, b in part.options.items() if o not in chosen)
    return [Mark(part.options[o], how, rest) for o in chosen]


def _stamp(field: FieldDef, value: Value, home: Household, rng: Rng) -> list[Piece]:
    assert field.area is not None
    return [Stamp(field.area, home.applicant.family)]


def _signature(field: FieldDef, value: Value, home: Household, rng: Rng) -> list[Piece]:
    assert field.area is not None
    who = home.agent if "agent" in field.name or "代理" in field.label else home.applicant
    return [Write(field.area, who.name, pick(rng, ("left", "center")))]


def _code(field: FieldDef, value: Value, home: Household, rng: Rng) -> list[Piece]:
    assert field.area is not None
    return [Code(field.area, str(value))]


_MAKERS: Mapping[str, Callable[[FieldDef, Value, Household, Rng], list[Piece]]] = {
    "kana": _kana,
    "lines": _lines,
    "amount": _amount,
    "number": _number,
    "percent": _percent,
    "date": _date,
    "month": _date,
    "time": _time,
    "postal_code": _postal,
    "phone": _phone,
    "bank_account": _account,
    "mark": _marked,
    "choice": _marked,
    "choices": _marked,
    "seal": _stamp,
    "signature": _signature,
    "code": _code,
}

WRONG_DIGITS = {
    "1": "7",
    "7": "1",
    "0": "6",
    "3": "8",
    "9": "4",
    "4": "9",
    "5": "6",
    "6": "5",
    "8": "3",
    "2": "3",
}


def slip(text: str, rng: Rng) -> str:
    """``text`` with one character wrong, as before a correction."""
    index = int(rng.integers(len(text)))
    return text[:index] + WRONG_DIGITS.get(text[index], text[index - 1]) + text[index + 1 :]
