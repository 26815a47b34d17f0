"""How people put a value on paper: from a typed value to pieces of ink and where each goes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from ocr.practice.datepieces import date_pieces, time_pieces
from ocr.practice.households import Household, Rng, chance, pick
from ocr.practice.piecekinds import DrawnCode, Mark, Piece, Stamp, Write, into
from records.forms import FieldDef
from records.normalise.kana import to_hiragana
from records.types import Value


def pieces(field: FieldDef, value: Value, home: Household, rng: Rng) -> list[Piece]:
    """What to put on paper so that ``value`` stands there; empty for an empty field."""
    if value is None or value is False or value == []:
        return []
    maker = _MAKERS.get(field.kind, _plain)
    made = maker(field, value, home, rng)
    if field.vertical:
        return _stood_up(field, made, rng)
    return made


_NUMERALS = 0.4
"""Share of those who write kanji for digits in vertical writing, where the kind allows it."""


def _stood_up(field: FieldDef, made: list[Piece], rng: Rng) -> list[Piece]:
    """The same pieces, written from top to bottom."""
    own_words = field.traits.spans_lines and not field.values
    free = field.traits.is_day or own_words
    numerals = free and field.traits.has_kanji_numerals and chance(rng, _NUMERALS)
    found = []
    for piece in made:
        found.append(
            replace(
                piece,
                vertical=True,
                numerals=numerals and "@" not in piece.text,
                as_written=own_words,
            )
            if isinstance(piece, Write)
            else piece
        )
    return found


def _plain(field: FieldDef, value: Value, home: Household, rng: Rng) -> list[Piece]:
    assert field.place is not None
    return into(field.place, str(value))


def _kana(field: FieldDef, value: Value, home: Household, rng: Rng) -> list[Piece]:
    assert field.place is not None
    # Asked for katakana, some write hiragana all the same.
    careless = "カナ" in field.label or "ガナ" in field.label
    return into(
        field.place, to_hiragana(str(value)) if careless and chance(rng, 0.04) else str(value)
    )


def _lines(field: FieldDef, value: Value, home: Household, rng: Rng) -> list[Piece]:
    assert field.place is not None
    return into(field.place, str(value), lines=True)


def _amount(field: FieldDef, value: Value, home: Household, rng: Rng) -> list[Piece]:
    assert field.place is not None
    number = int(value) // field.unit
    if field.place.cells:
        return into(field.place, str(number))
    text = f"{number:,}" if chance(rng, 0.7) else str(number)
    style = "{}"
    if field.unit == 1:
        style = pick(rng, ("{}", "{}", "{}", "¥{}", "¥{}-", "{}円"))
    return into(field.place, style.format(text), pick(rng, ("right", "right", "left", "center")))


def _number(field: FieldDef, value: Value, home: Household, rng: Rng) -> list[Piece]:
    assert field.place is not None
    return into(field.place, str(int(value) // field.unit), pick(rng, ("center", "right")))


def _percent(field: FieldDef, value: Value, home: Household, rng: Rng) -> list[Piece]:
    assert field.place is not None
    style = pick(rng, ("{}", "{}%", "{}%", "{} %"))
    return into(field.place, style.format(value), pick(rng, ("center", "right")))


def _postal(field: FieldDef, value: Value, home: Household, rng: Rng) -> list[Piece]:
    digits = str(value).replace("-", "")
    if field.parts:
        texts = {"first": digits[:3], "second": digits[3:]}
        return [p for name, part in field.parts.items() for p in into(part, texts[name], "center")]
    assert field.place is not None
    return into(
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
        return [p for name, part in field.parts.items() for p in into(part, texts[name], "center")]
    assert field.place is not None
    if field.place.cells:
        return into(field.place, area + exchange + rest)
    local: tuple[str, ...] = ()
    if not area.startswith(("070", "080", "090")):
        local = (f"{exchange}-{rest}", f"({area}){exchange}-{rest}")
    plain = f"{area}-{exchange}-{rest}"
    return into(
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
    # Where 銀行 and 支店 are printed behind the box, most people leave them out.
    if chance(rng, 0.6):
        texts |= {"bank": account.short[0], "branch": account.short[1]}
    if account.symbol and "symbol" in field.parts:
        texts |= {"number": account.number.lstrip("0") + "1"}
    for name, part in field.parts.items():
        if texts[name]:
            made += into(part, str(texts[name]))
    if field.place:
        made += into(field.place, f"{account.bank}{account.branch}{account.kind}{account.number}")
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
    return [DrawnCode(field.area, str(value))]


_MAKERS: Mapping[str, Callable[[FieldDef, Value, Household, Rng], list[Piece]]] = {
    "kana": _kana,
    "lines": _lines,
    "amount": _amount,
    "number": _number,
    "percent": _percent,
    "date": date_pieces,
    "month": date_pieces,
    "time": time_pieces,
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
