"""Shares in percent: ``12.5%``, ``１２．５ ％``, ``12.5パーセント``."""

from __future__ import annotations

import re

from records.forms import FieldDef
from records.normalise.common import Normalised, empty, half, problem, squeezed, tidy
from records.normalise.numerals import NUMERALS, to_int
from records.types import Problem

LEAST, MOST = 0, 100
"""The limits of a share in percent, where the form sets no ``min`` and ``max`` of its own."""

_SIGN = re.compile("(?:%|パ-セント)$")
"""As :func:`records.normalise.common.half` leaves it: every dash is one."""
_DECIMAL = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,6})?")
_LIKE_A_POINT = re.compile("(?<=[0-9])[,、・](?=[0-9])")


def percent(field: FieldDef, text: str) -> Normalised:
    """A share in percent: an int where it is whole, else a float with up to six decimals.

    The sign may be missing, because forms print it. A mark that only looks like a decimal point is
    taken for one, and a person is asked.

    Problems: ``not_a_percentage`` (the text stays), ``decimal_point``, ``too_small``,
    ``too_large``, ``not_in_list``.
    """
    raw = tidy(text)
    if not raw:
        return empty(field)
    line = _SIGN.sub("", squeezed(half(raw)))
    problems: list[Problem] = []
    pointed = _LIKE_A_POINT.sub(".", line)
    if pointed != line:
        message = f"「{raw}」の区切りを小数点として読みました。用紙を確認してください"
        problems.append(problem("decimal_point", message))
    value = _value(pointed)
    if value is None:
        message = (
            f"「{raw}」は割合(%)として読めません。12.5 のように、数字と小数点だけで入力してください"
        )
        return Normalised(raw, (problem("not_a_percentage", message),))
    return Normalised(value, (*problems, *_outside(field, value)))


def _value(line: str) -> int | float | None:
    if _DECIMAL.fullmatch(line):
        number = float(line)
        if number.is_integer():
            return int(number)
        return number
    is_kanji = bool(line) and all(character in NUMERALS for character in line)
    return to_int(line) if is_kanji else None


def _outside(field: FieldDef, value: int | float) -> list[Problem]:
    """What speaks against a value that the form does not allow."""
    least = LEAST if field.minimum is None else field.minimum
    most = MOST if field.maximum is None else field.maximum
    found = []
    if value < least:
        message = f"{value}%は下限の{least:.10g}%より小さい値です。用紙を確認してください"
        found.append(problem("too_small", message))
    if value > most:
        message = (
            f"{value}%は上限の{most:.10g}%より大きい値です。小数点を読み落としていないか、"
            "用紙を確認してください"
        )
        found.append(problem("too_large", message))
    if field.values and str(value) not in field.values:
        listed = "、".join(field.values)
        message = f"{value}は決められた値({listed})にありません。確認してください"
        found.append(problem("not_in_list", message))
    return found
