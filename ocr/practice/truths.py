"""The truth of a practice sheet: a typed value for every field, consistent over the sheet.

Values are in the form that reading gives (:data:`records.types.Value`): ISO dates, an option's own
words, lists in the form's order, digits as text, a dict for a bank account, None for what is left
empty.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ocr.practice.agree import agree
from ocr.practice.datepieces import era_range
from ocr.practice.freetext import opinion, words_for
from ocr.practice.households import (
    Household,
    Person,
    Rng,
    chance,
    corporate_number,
    day_between,
    household,
    pick,
)
from ocr.practice.households import phone as made_phone
from ocr.practice.roles import Cast, aspect_of, role_of
from records.forms import Cells, FieldDef, FormDef
from records.lists import column_values
from records.normalise.kana import to_hiragana
from records.site import Office
from records.types import Value

LEFT_EMPTY = 0.14
"""Share of optional fields that people leave empty; required ones are forgotten in one of a
hundred."""


@dataclass(frozen=True, slots=True)
class AskedField:
    """One question: the field, who it is about and where it stands."""

    form: FormDef
    field: FieldDef
    who: Person
    home: Household
    office: Office
    rng: Rng


def answers(form: FormDef, office: Office, rng: Rng) -> tuple[dict[str, Value], Household]:
    """Typed values for every field of ``form``, and the household that they are about."""
    home = household(rng, office)
    cast = Cast(home, _filled_rows(form, rng, home))
    alone = chance(rng, 0.2)
    values: dict[str, Value] = {}
    for name, field in form.fields.items():
        who = cast.person(field)
        if (
            who is None
            or (alone and role_of(field) == "spouse" and not _is_presence(field))
            or _other_bank(form, field, home)
        ):
            values[name] = _nothing(field)
        elif _is_presence(field):
            values[name] = "無" if alone else "有"
        elif chance(rng, 0.01 if field.required or field.table else _empty_share(field)):
            values[name] = _nothing(field)
        else:
            values[name] = _value(AskedField(form, field, who, home, office, rng))
    agree(form, values, rng)
    return values, home


def _value(ask: AskedField) -> Value:
    """The answer to one question: from the form's own lists where it has any."""
    field = ask.field
    is_relation = aspect_of(field) == "relation" and field.kind == "text"
    is_chosen = field.traits.is_listed or field.kind == "address"
    if is_chosen and not is_relation:
        if field.values:
            return pick(ask.rng, field.values)
        if field.lexicon and (words := lexicon(field, ask.form)):
            return pick(ask.rng, words)
    return ANSWERS[field.kind](ask)


def _nothing(field: FieldDef) -> Value:
    """What reading gives for a field in which nothing is."""
    if field.traits.is_mark:
        return False
    if field.traits.holds_several:
        return []
    return None


def _empty_share(field: FieldDef) -> float:
    if aspect_of(field) in ("former", "mobile", "fax", "email"):
        return 0.45
    return LEFT_EMPTY


def _is_post(field: FieldDef) -> bool:
    return "ゆうちょ" in field.label or field.name.startswith(("post_", "yucho_"))


def _other_bank(form: FormDef, field: FieldDef, home: Household) -> bool:
    """A form with places of its own for ゆうちょ: either those or the bank's are filled, never
    both."""
    at_post = home.account.bank_code == "9900"
    if _is_post(field):
        return not at_post
    return (
        field.kind == "bank_account" and at_post and any(_is_post(f) for f in form.fields.values())
    )


def _is_presence(field: FieldDef) -> bool:
    """A choice of 有 and 無 about the spouse, on which the spouse's other fields depend."""
    options = field.place.options if field.place else {}
    return field.kind == "choice" and role_of(field) == "spouse" and set(options) == {"有", "無"}


def _filled_rows(form: FormDef, rng: Rng, home: Household) -> dict[str, int]:
    rows: dict[str, int] = {}
    for field in form.fields.values():
        if field.table:
            rows[field.table] = max(rows.get(field.table, 0), field.row)
    for name, most in rows.items():
        children = any(f.table == name and role_of(f) == "child" for f in form.fields.values())
        rows[name] = min(most, len(home.children)) if children else int(rng.integers(1, most + 1))
    return rows


_BIRTH_ORDER = ("長", "二", "三", "四", "五")


def _relation(ask: AskedField) -> str:
    """続柄 of a child: 長男, 二女… counted within the sex; otherwise any of the form's words."""
    if role_of(ask.field) != "child" or ask.who not in ask.home.children:
        if "本人" in ask.field.values and chance(ask.rng, 0.8):
            return "本人"
        if ask.field.values:
            return pick(ask.rng, ask.field.values)
        return words_for(ask.field, ask.rng)
    same = [c for c in ask.home.children if c.sex == ask.who.sex]
    word = _BIRTH_ORDER[same.index(ask.who)] + ("男" if ask.who.sex == "男" else "女")
    if word[0] == "二" and chance(ask.rng, 0.5):
        word = "次" + word[1]
    usual = "子" if chance(ask.rng, 0.3) else word
    if not ask.field.values or usual in ask.field.values:
        return usual
    return pick(ask.rng, ask.field.values)


def _text(ask: AskedField) -> Value:
    field = ask.field
    if aspect_of(field) == "relation":
        return _relation(ask)
    if field.charset:
        return "".join(
            pick(ask.rng, field.charset.replace(" ", ""))
            for _ in range(int(ask.rng.integers(3, 8)))
        )
    aspect = aspect_of(field)
    if aspect == "email":
        return ask.home.email
    if aspect == "sex":
        return ask.who.sex
    return words_for(field, ask.rng)


def lexicon(field: FieldDef, form: FormDef) -> list[str]:
    """The likely values of a field, from the CSV that its definition names; of the first column
    unless it names one."""
    name, _, column = field.lexicon.partition("#")
    return list(column_values(form.folder / name, column))


def _lines(ask: AskedField) -> Value:
    area = ask.field.area
    assert area is not None
    return opinion(ask.rng, int(area.width * area.height / 75))


def _name(ask: AskedField) -> Value:
    if aspect_of(ask.field) == "organisation":
        return words_for(ask.field, ask.rng)
    return ask.who.name


def _digits(ask: AskedField) -> Value:
    if _is_post(ask.field):
        symbol = aspect_of(ask.field) == "symbol"
        if symbol:
            return ask.home.account.symbol
        return ask.home.account.number.lstrip("0") + "1"
    cells: tuple[Cells, ...] = ()
    if ask.field.place:
        cells = ask.field.place.cells
    most = sum(c.count for c in cells)
    length = most or int(ask.rng.integers(5, 9))
    if most > 3 and cells[0].align == "right" and chance(ask.rng, 0.25):
        length -= int(ask.rng.integers(1, 3))
    return "".join(map(str, ask.rng.integers(0, 10, length)))


def _number(ask: AskedField) -> Value:
    low, high = _bounds(ask.field, 1, 30)
    return int(ask.rng.integers(low, high + 1))


def _amount(ask: AskedField) -> Value:
    low, high = _bounds(ask.field, 500, 800_000)
    yen = round(math.exp(ask.rng.uniform(math.log(max(low, 1)), math.log(max(high, 2)))))
    step = ask.field.unit if ask.field.unit > 1 else pick(ask.rng, (1, 10, 100, 1000))
    return min(max(yen // step * step, low), high)


def _percent(ask: AskedField) -> Value:
    """Half of the shares are whole; of the others most have one decimal, some have two."""
    low = int(ask.field.minimum or 0)
    high = 100
    if ask.field.maximum is not None:
        high = int(ask.field.maximum)
    whole = int(ask.rng.integers(low, max(high, low) + 1))
    if whole == high or chance(ask.rng, 0.5):
        return whole
    decimals = 2 if chance(ask.rng, 0.2) else 1
    fraction = int(ask.rng.integers(1, 10**decimals)) / 10**decimals
    return round(whole + fraction, decimals)


def _bounds(field: FieldDef, low: int, high: int) -> tuple[int, int]:
    """The least and greatest value: from the definition, from the number of cells, else as
    given."""
    cells = 0
    if field.place:
        cells = sum(c.count for c in field.place.cells)
    if cells:
        high = min(high, 10**cells - 1)
    bottom = low
    if field.minimum is not None:
        bottom = int(field.minimum)
    top = max(high, bottom + 1) if field.maximum is None else int(field.maximum)
    return bottom, max(top, bottom)


def _date(ask: AskedField) -> Value:
    """A day that the form's eras can express: one outside them is moved to their nearest day."""
    day = _day(ask)
    era = ask.field.era
    offered = [era.fixed] if era and era.fixed else list(era.circle) if era else []
    if not offered or any(first <= day <= last for first, last in map(era_range, offered)):
        return day.isoformat()
    borders = [border for span in map(era_range, offered) for border in span]
    return min(borders, key=lambda border: abs((border - day).days)).isoformat()


def _day(ask: AskedField) -> dt.date:
    today = ask.home.today
    rng = ask.rng
    aspect = aspect_of(ask.field)
    if aspect == "birth":
        return ask.who.born
    if aspect == "future":
        return day_between(rng, today, today + dt.timedelta(days=90))
    if aspect == "past" or aspect == "former":
        return day_between(rng, today - dt.timedelta(days=60), today)
    if chance(rng, 0.6):
        return today
    return day_between(rng, today - dt.timedelta(days=10), today)


def _month(ask: AskedField) -> Value:
    today = ask.home.today
    if aspect_of(ask.field) == "future":
        return day_between(ask.rng, today, today + dt.timedelta(days=150)).isoformat()[:7]
    return day_between(ask.rng, today - dt.timedelta(days=400), today).isoformat()[:7]


def _time(ask: AskedField) -> Value:
    return f"{int(ask.rng.integers(8, 21)):02d}:{pick(ask.rng, (0, 0, 15, 30, 30, 45)):02d}"


def _phone(ask: AskedField) -> Value:
    aspect = aspect_of(ask.field)
    if aspect == "mobile" or (aspect == "" and not ask.field.parts and chance(ask.rng, 0.25)):
        return ask.home.mobile
    if aspect == "fax" or role_of(ask.field) == "agent":
        return made_phone(ask.rng, ask.office)
    return ask.home.phone


def _account(ask: AskedField) -> Value:
    account = ask.home.account
    parts = ask.field.parts
    return {
        "bank_code": account.bank_code,
        "bank_name": account.bank,
        "branch_code": account.branch_code,
        "branch_name": account.branch,
        "account_kind": account.kind if "account_kind" in parts or not parts else "",
        "number": account.number,
        "holder": ask.who.kana if "holder" in parts else "",
    }


def _mark(ask: AskedField) -> Value:
    return chance(ask.rng, 0.95 if ask.field.required else 0.5)


def _choice(ask: AskedField) -> Value:
    options = []
    if ask.field.place:
        options = list(ask.field.place.options)
    if aspect_of(ask.field) == "sex" and ask.who.sex in options:
        return ask.who.sex
    age = (ask.home.today - ask.who.born).days // 365
    banded = next((o for o in options if o.startswith(f"{min(age // 10 * 10, 70)}")), None)
    if aspect_of(ask.field) == "age" and banded:
        return banded
    return pick(ask.rng, options)


def _choices(ask: AskedField) -> Value:
    options = []
    if ask.field.place:
        options = list(ask.field.place.options)
    share = ask.rng.uniform(0.15, 0.6)
    return [option for option in options if chance(ask.rng, share)]


def _kana(ask: AskedField) -> Value:
    """Furigana in the script that the form asks for; katakana where it does not say."""
    if "ふりがな" in ask.field.label:
        return to_hiragana(ask.who.kana)
    return ask.who.kana


def _seal(ask: AskedField) -> Value:
    return chance(ask.rng, 0.9 if ask.field.required else 0.6)


def _code(ask: AskedField) -> Value:
    """A payload as an office's own codes have: the form and a number, or digits of the length that
    the field asks for."""
    digits = "".join(map(str, ask.rng.integers(0, 10, ask.field.length or 8)))
    if ask.field.length:
        return digits
    return f"{ask.form.id}-{digits}"


ANSWERS: Mapping[str, Callable[[AskedField], Value]] = {
    "text": _text,
    "lines": _lines,
    "name": _name,
    "kana": _kana,
    "digits": _digits,
    "number": _number,
    "amount": _amount,
    "percent": _percent,
    "date": _date,
    "month": _month,
    "time": _time,
    "postal_code": lambda ask: f"{ask.home.town.postal_code[:3]}-{ask.home.town.postal_code[3:]}",
    "address": lambda ask: (
        ask.home.former_address if aspect_of(ask.field) == "former" else ask.home.address
    ),
    "phone": _phone,
    "my_number": lambda ask: ask.who.my_number,
    "corporate_number": lambda ask: corporate_number(ask.rng),
    "bank_account": _account,
    "mark": _mark,
    "choice": _choice,
    "choices": _choices,
    "seal": _seal,
    "signature": lambda ask: chance(ask.rng, 0.95),
    "code": _code,
}
