"""Postal codes and telephone numbers, with what the office knows of its own place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from importlib.resources import files

from records.forms import FieldDef
from records.normalise.common import Normalised, empty, half, problem, squeezed, tidy
from records.site import Office
from records.types import Problem

_STRAY = "〒.,・、'’`:;|_~*"
_LABEL = re.compile(
    r"^(?:TEL|電話番号|電話|携帯|自宅|FAX|勤務先)[.::]?|\((?:自宅|携帯|勤務先|呼出|FAX)\)",
    re.IGNORECASE,
)
_EXTENSION = re.compile(r"\(?(?:内線|ext\.?)[:.]?[0-9]+\)?$", re.IGNORECASE)
_MOBILE = ("050", "060", "070", "080", "090")
"""IP telephones and mobiles: 11 digits as 3-4-4 (電気通信番号計画)."""


def postal_code(field: FieldDef, text: str, office: Office, parts: Mapping[str, str]) -> Normalised:
    """``123-0045`` from seven digits, however they were written.

    Problems: ``not_digits``, ``wrong_length`` (the text stays), and ``unknown_postal_code`` for a
    number in the office's own range that neither its town table nor the special numbers of large
    offices (last two digits from 90) hold.
    """
    raw = _joined_parts(parts, ("first", "second")) or tidy(text)
    if not raw:
        return empty(field)
    plain = squeezed(half(raw)).replace("-", "").strip(_STRAY).replace("〒", "")
    if not plain:
        return empty(field)
    if not (plain.isascii() and plain.isdigit()):
        return Normalised(
            raw,
            (
                problem(
                    "not_digits",
                    f"郵便番号「{raw}」に数字でない文字があります。用紙を見て入力してください",
                ),
            ),
        )
    if len(plain) != 7:
        return Normalised(
            raw,
            (
                problem(
                    "wrong_length",
                    f"郵便番号は7桁ですが、{len(plain)}桁読めました。用紙を確認してください",
                ),
            ),
        )
    value = f"{plain[:3]}-{plain[3:]}"
    known, ranges = _postal_codes(office)
    if plain[:5] in ranges and plain not in known and plain[5] != "9":
        return Normalised(
            value,
            (
                problem(
                    "unknown_postal_code",
                    f"郵便番号「{value}」は{office.city}の町域にありません。読み違いか書き違いか確認してください",
                ),
            ),
        )
    return Normalised(value)


@lru_cache(maxsize=8)
def _postal_codes(office: Office) -> tuple[frozenset[str], frozenset[str]]:
    """The office's postal codes, and their first five digits."""
    given = (*(t.postal_code for t in office.towns), office.other_postal_code)
    codes = frozenset(code for code in given if office.towns and code)
    return codes, frozenset(code[:5] for code in codes if len(code) == 7)


def _joined_parts(parts: Mapping[str, str], names: tuple[str, ...]) -> str:
    texts = [tidy(parts.get(name, "")) for name in names]
    return "-".join(text for text in texts if text)


def phone(field: FieldDef, text: str, office: Office, parts: Mapping[str, str]) -> Normalised:
    """``0123-45-6789``, ``090-1234-5678``: grouped by the numbering plan, however it was written.

    A number without its area code gets the office's own one, as people mean it (63-2111). Problems:
    ``not_digits``, ``two_numbers``, ``wrong_length``, ``not_a_phone`` (the text stays); with a
    value ``unknown_area_code``, ``unknown_exchange``, ``extension``.
    """
    raw = _joined_parts(parts, ("area", "exchange", "subscriber")) or tidy(text)
    if not raw:
        return empty(field)
    line = _LABEL.sub("", squeezed(half(raw)).strip(_STRAY))
    problems: list[Problem] = []
    if extension := _EXTENSION.search(line):
        removed = f"内線「{extension[0]}」を除きました。必要なら備考に残してください"
        problems.append(problem("extension", removed))
        line = line[: extension.start()]
    if line.startswith(("+81", "81-")):
        line = re.sub(r"^\+?81-?\(?0?\)?-?(?=[1-9])", "0", line)
    plain = re.sub(r"[()\-.・,\[\]のー]", "", line.strip(_STRAY))
    if not plain:
        return empty(field)
    doubt = _no_number(raw, line, plain)
    if doubt is not None:
        return Normalised(raw, (doubt,))
    groups = _grouped(plain, office.area_code)
    if groups is None:
        code = "not_a_phone" if len(plain) in (10, 11) else "wrong_length"
        reason = f"電話番号「{raw}」({len(plain)}桁)は番号の決まりに合いません"
        return Normalised(raw, (problem(code, f"{reason}。用紙を確認してください"),))
    problems += _unknown_numbers(raw, groups)
    return Normalised("-".join(groups), tuple(problems))


def _no_number(raw: str, line: str, plain: str) -> Problem | None:
    """Why what is written cannot be one number: a letter in it, or two numbers."""
    has_two = re.search(r"[0-9][/;、]|又は|または", line) is not None
    is_digits = plain.isascii() and plain.isdigit()
    if is_digits:
        # Two numbers of 10 or 11 digits that nothing separates; one may lack its area code's 0.
        has_two = len(plain) in (19, 20, 21, 22) and "0" in plain[9:]
    if has_two:
        reason = f"電話番号「{raw}」に番号が二つ以上あります。用紙を見て入力してください"
        return problem("two_numbers", reason)
    if is_digits:
        return None
    reason = f"電話番号「{raw}」に数字でない文字があります。用紙を見て入力してください"
    return problem("not_digits", reason)


def _unknown_numbers(raw: str, groups: Sequence[str]) -> Iterator[Problem]:
    """An area code or an exchange that is not in use."""
    if len(groups) == 1:
        reason = f"電話番号「{raw}」の市外局番は使われていません。用紙を確認してください"
        yield problem("unknown_area_code", reason)
        return
    area, exchange, *_ = groups
    has_exchange = area[:3] not in (*_MOBILE, "012", "057")
    # 0 and 1 begin no exchange.
    if has_exchange and exchange[0] in "01":
        reason = f"電話番号「{raw}」の市内局番は使われていません。用紙を確認してください"
        yield problem("unknown_exchange", reason)


def _grouped(plain: str, own_area: str) -> tuple[str, ...] | None:
    """The number in its groups; one group where the area code is unknown; None where it is no
    telephone number."""
    if plain[:1] in "123456789" and own_area and len(plain) == 10 - len(own_area):
        plain = own_area + plain
    if plain[:4] == "0800":
        if len(plain) != 11:
            return None
        return (plain[:4], plain[4:7], plain[7:])
    if plain[:3] in _MOBILE:
        if len(plain) != 11:
            return None
        return (plain[:3], plain[3:7], plain[7:])
    if len(plain) != 10 or plain[0] != "0" or plain[1] == "0":
        return None
    if plain[:4] in ("0120", "0570"):
        return plain[:4], plain[4:7], plain[7:]
    if own_area and plain.startswith(own_area):
        size: int | None = len(own_area)
    else:
        size = next(
            (found for cut in range(6, 1, -1) if (found := _area_codes().get(plain[:cut]))), None
        )
    if size is None:
        return (plain,)
    return (plain[:size], plain[size:6], plain[6:])


@lru_cache(maxsize=1)
def _area_codes() -> dict[str, int]:
    """First digits of a landline number → length of its area code (``area_codes.txt``)."""
    table: dict[str, int] = {}
    for line in (files(__package__) / "area_codes.txt").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            size, *prefixes = line.split()
            table.update(dict.fromkeys(prefixes, int(size)))
    return table
