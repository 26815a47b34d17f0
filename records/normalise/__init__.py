"""From the text that was read to the value that is kept.

One module per group of kinds. A normaliser takes OCR text as it comes (stray blanks, full width,
any dash) and gives a typed value and problems. It never fixes in silence: what had to be guessed is
a :class:`records.types.Problem`, and a text that cannot be a value of its kind stays the value as
it was read. A value in its normal form is its own normal form, so that a clerk's input and a
reading take the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from records.forms import FieldDef
from records.normalise import (
    address,
    bank,
    clock,
    contact,
    kana,
    names,
    numbers,
    percentages,
    plain,
    wareki,
)
from records.normalise.alphabet import alphabet
from records.normalise.common import Normalised, problem
from records.site import Office
from records.types import tells_my_number

__all__ = ["Normalised", "alphabet", "normalise"]

_Simple = Callable[[FieldDef, str], Normalised]
_WithParts = Callable[[FieldDef, str, Mapping[str, str]], Normalised]
_WithOffice = Callable[[FieldDef, str, Office, Mapping[str, str]], Normalised]

_SIMPLE: dict[str, _Simple] = {
    "text": plain.text,
    "lines": plain.lines,
    "code": plain.code,
    "mark": plain.mark,
    "seal": plain.mark,
    "signature": plain.mark,
    "choice": plain.choice,
    "choices": plain.choices,
    "name": names.name,
    "kana": kana.kana,
    "digits": numbers.digits,
    "number": numbers.number,
    "amount": numbers.amount,
    "percent": percentages.percent,
    "my_number": numbers.my_number,
    "corporate_number": numbers.corporate_number,
}
_PARTED: dict[str, _WithParts] = {
    "time": clock.time,
    "bank_account": bank.bank_account,
}
_LOCAL: dict[str, _WithOffice] = {
    "postal_code": contact.postal_code,
    "phone": contact.phone,
    "address": address.address,
    "date": wareki.date,
    "month": wareki.month,
}


def normalise(
    field: FieldDef, text: str, office: Office, parts: Mapping[str, str] = {}
) -> Normalised:
    """Make the value of ``field`` from what was read.

    Args:
        field: the field's definition; its kind decides, its values, minimum, maximum, unit and
        charset limit.
        text: the text as read; for a composite field the composition of its parts.
        office: gives the area code, the town table and the day of receipt.
        parts: texts of a composite field's parts by name (:attr:`records.kinds.Kind.parts`, and ``era``
            for dates). Where any of them holds text, they are used instead of ``text``.

    Returns:
        The value and its problems. An empty field is None (False for ``mark``, ``seal`` and
        ``signature``), with the problem ``required`` where the form demands it.
    """
    made = _made(field, text, office, parts)
    return _asked_about_my_number(field, text, made)


def _asked_about_my_number(field: FieldDef, text: str, made: Normalised) -> Normalised:
    """An individual number where the form has no place for one goes to a person."""
    if field.traits.is_masked or field.takes_twelve_digits:
        return made
    if not any(tells_my_number(field.kind, seen) for seen in (made.value, text)):
        return made
    asked = problem(
        "my_number_inside",
        f"「{field.title}」に個人番号(マイナンバー)と思われる12桁の数字があります。"
        "書かれていてよい欄か、用紙を確認してください",
    )
    return Normalised(made.value, (*made.problems, asked))


def _made(field: FieldDef, text: str, office: Office, parts: Mapping[str, str]) -> Normalised:
    """The value by the rule of the field's kind."""
    if field.kind in _SIMPLE:
        return _SIMPLE[field.kind](field, text)
    if field.kind in _PARTED:
        return _PARTED[field.kind](field, text, parts)
    return _LOCAL[field.kind](field, text, office, parts)
