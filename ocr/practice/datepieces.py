"""How people write dates, months and times: with an era or without, in cells or in words."""

from __future__ import annotations

import datetime as dt

from ocr.practice.households import Household, Rng, chance, pick
from ocr.practice.piecekinds import Mark, Piece, Write, into
from records.formplaces import ERAS
from records.forms import FieldDef
from records.types import Value

_FIRST_DAYS = {
    "明治": dt.date(1868, 1, 25),
    "大正": dt.date(1912, 7, 30),
    "昭和": dt.date(1926, 12, 25),
    "平成": dt.date(1989, 1, 8),
    "令和": dt.date(2019, 5, 1),
}

_LETTERS = {"明治": "M", "大正": "T", "昭和": "S", "平成": "H", "令和": "R"}

_CODES = {"明治": "1", "大正": "2", "昭和": "3", "平成": "4", "令和": "5"}


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


def date_pieces(field: FieldDef, value: Value, home: Household, rng: Rng) -> list[Piece]:
    day = dt.date.fromisoformat(value if len(value) == 10 else f"{value}-01")
    if field.place:
        text = _in_cells(day, field) if field.place.cells else _date_text(day, field, rng)
        made = into(field.place, text)
        return made + _era(field, _chosen_era(day, field, rng), rng)
    era = _chosen_era(day, field, rng)
    made = _era(field, era, rng)
    for name, part in field.parts.items():
        number = _year(day, era) if name == "year" else day.month if name == "month" else day.day
        first = name == "year" and number == 1 and not part.cells and chance(rng, 0.5)
        padded = not first and (chance(rng, 0.85) if part.cells else chance(rng, 0.06))
        made += into(
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
        if "西暦" in offered:
            return "西暦"
        return offered[-1]
    return era


def _year(day: dt.date, era: str) -> int:
    if era == "西暦":
        return day.year
    return day.year - _FIRST_DAYS[era].year + 1


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
    name = ""
    if not known:
        name = pick(rng, (era, era, era, _LETTERS.get(era, era), era[0]))
    if not known and chance(rng, 0.12):
        name = ""
        word = str(day.year)
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


def time_pieces(field: FieldDef, value: Value, home: Household, rng: Rng) -> list[Piece]:
    hour, minute = str(value).split(":")
    if field.parts:
        texts = {"hour": str(int(hour)), "minute": minute}
        return [p for name, part in field.parts.items() for p in into(part, texts[name], "center")]
    assert field.place is not None
    if field.place.cells:
        return into(field.place, hour + minute)
    return into(field.place, pick(rng, (f"{int(hour)}:{minute}", f"{int(hour)}時{int(minute)}分")))
