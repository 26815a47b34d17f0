"""Identifiers, quantities and yen, and the numbers with check digits."""

from __future__ import annotations

import re
from collections.abc import Callable

from records.checkdigits import is_corporate_number, is_my_number
from records.forms import FieldDef
from records.normalise.common import Normalised, empty, half, limited, problem, squeezed, tidy
from records.normalise.numerals import NUMERALS, to_int
from records.types import Problem

_STRAY = ".,・、'’`´\"|_~*:;。"
_COUNTERS = (
    "人",
    "名",
    "個",
    "件",
    "枚",
    "台",
    "回",
    "日",
    "月",
    "年",
    "歳",
    "才",
    "時間",
    "分",
    "部",
    "冊",
    "本",
    "点",
    "番",
    "級",
    "%",
    "世帯",
    "か月",
    "ヶ月",
    "ケ月",
    "カ月",
    "箇月",
    "週",
    "頭",
    "匹",
    "戸",
    "棟",
    "室",
    "m",
    "cm",
    "kg",
    "km",
    "㎡",
    "m2",
    "kWh",
)
"""Units that people write behind a quantity although the form prints them."""
_LONGEST_FIRST = sorted(map(re.escape, _COUNTERS), key=len, reverse=True)
_COUNTER = re.compile(f"(?:{'|'.join(_LONGEST_FIRST)})$")
_GROUPED = re.compile(r"[0-9]{1,3}(?:[,.][0-9]{3})+")
_YEN = re.compile(r"[¥\\円也金*※]|圓")
_NEGATIVE = "△▲"


def digits(field: FieldDef, text: str) -> Normalised:
    """An identifier: text with its leading zeros. Blanks and dashes between digits are taken as
    mere grouping.

    Problems: ``not_digits`` (the text stays), ``stray`` (punctuation was left out), ``too_long``
    and ``too_short`` against the number of cells; a field whose cells are aligned to the right may
    be short.
    """
    raw = tidy(text)
    if not raw:
        return empty(field)
    if field.charset:
        return limited(field, squeezed(raw))
    line = squeezed(half(raw))
    bare = line.replace("-", "")
    plain = bare.strip(_STRAY)
    for mark in ".,":
        plain = plain.replace(mark, "")
    if not (plain.isascii() and plain.isdigit()):
        return Normalised(
            raw,
            (
                problem(
                    "not_digits", f"「{raw}」に数字でない文字があります。用紙を見て入力してください"
                ),
            ),
        )
    problems = []
    if plain != bare:
        problems = [problem("stray", f"「{raw}」の余分な記号を除きました。数字を確認してください")]
    problems += _length(field, plain)
    return limited(field, plain, problems)


def _length(field: FieldDef, plain: str) -> list[Problem]:
    cells = field.place.cells if field.place else ()
    count = sum(c.count for c in cells)
    if count and len(plain) > count:
        return [
            problem(
                "too_long", f"枠は{count}桁ですが、{len(plain)}桁読めました。用紙を確認してください"
            )
        ]
    if count and len(plain) < count and cells[-1].align != "right":
        return [
            problem(
                "too_short",
                f"枠は{count}桁ですが、{len(plain)}桁しか読めません。用紙を確認してください",
            )
        ]
    return []


def number(field: FieldDef, text: str) -> Normalised:
    """A quantity, an int times the field's ``unit``. Arabic, kanji and mixed numerals, with or
    without a counter (3人).

    Problems: ``not_a_number`` (the text stays), ``grouping``, ``sign``, ``stray``, ``dash_only``,
    ``too_small``, ``too_large``.
    """
    raw = tidy(text)
    if not raw:
        return empty(field)
    line = squeezed(half(raw))
    if not line.strip("-"):
        return _dash_only(field, raw)
    line = _COUNTER.sub("", line) if line[:-1] else line
    problems: list[Problem] = []
    negative, line = _sign(field, line, problems)
    value = _whole(line, raw, problems)
    if value is None:
        return Normalised(
            raw,
            (
                problem(
                    "not_a_number", f"「{raw}」は整数として読めません。用紙を見て入力してください"
                ),
            ),
        )
    return _within(field, (-value if negative else value) * field.unit, problems)


def amount(field: FieldDef, text: str) -> Normalised:
    """Yen as an int: ¥1,234-, 金壱万弐千円也, 1億2,345万, 5千円; times the field's ``unit`` (1000
    for a 千円 column).

    Problems: those of :func:`number`, and ``unit`` where the writer's own unit may contradict the
    column's.
    """
    raw = tidy(text)
    if not raw:
        return empty(field)
    line = squeezed(half(raw))
    bare = _YEN.sub("", line)
    if not bare.strip("-.="):
        return _dash_only(field, raw)
    problems: list[Problem] = []
    bare = bare.rstrip("-.=")
    if re.search("[0-9]一$", bare):  # the dash behind an amount, read as a kanji one
        problems.append(
            problem(
                "stray", f"「{raw}」の末尾の「一」を横線として除きました。金額を確認してください"
            )
        )
        bare = bare[:-1]
    negative, bare = _sign(field, bare, problems)
    unit = field.unit
    if unit > 1 and ("円" in line or "¥" in line):
        in_thousands = re.search(r"[0-9]千円", line)
        if in_thousands and unit == 1000:
            bare = bare.removesuffix("千")
        else:
            problems.append(
                problem("unit", f"{unit}円単位の欄に「{raw}」とあります。単位を確認してください")
            )
    value = _whole(bare, raw, problems)
    if value is None:
        return Normalised(
            raw,
            (
                problem(
                    "not_a_number", f"「{raw}」は金額として読めません。用紙を見て入力してください"
                ),
            ),
        )
    return _within(field, (-value if negative else value) * unit, problems)


def _dash_only(field: FieldDef, raw: str) -> Normalised:
    return Normalised(
        None, (problem("dash_only", f"「{raw}」とだけ書かれています。0か空欄かを確認してください"),)
    )


def _sign(field: FieldDef, line: str, problems: list[Problem]) -> tuple[bool, str]:
    """Take the sign off; a leading dash is doubtful unless the field expects negative numbers."""
    if line[:1] and line[0] in _NEGATIVE:
        return True, line[1:]
    if line.startswith("-"):
        if field.minimum is None or field.minimum >= 0:
            problems.append(
                problem(
                    "sign",
                    f"「{line}」を負の数として読みました。「-」が記号か汚れか確認してください",
                )
            )
        return True, line.lstrip("-")
    return False, line.removeprefix("+")


def _whole(line: str, raw: str, problems: list[Problem]) -> int | None:
    """The integer that ``line`` writes; separators that do not stand before three digits are
    flagged."""
    plain = line.strip(_STRAY)
    if plain != line:
        problems.append(
            problem("stray", f"「{raw}」の余分な記号を除きました。数字を確認してください")
        )
    plain = plain.replace("、", ",").replace("・", ",").replace("'", ",")
    for run in re.findall(r"[0-9][0-9,.]*", plain):
        if "." in run and not _GROUPED.fullmatch(run):
            return None
        if "." in run or ("," in run and not _GROUPED.fullmatch(run)):
            problems.append(
                problem(
                    "grouping",
                    f"「{raw}」の桁区切りが3桁ごとではありません。桁数を確認してください",
                )
            )
            break
    plain = re.sub(r"(?<=[0-9])[,.](?=[0-9])", "", plain)
    if not all(c in NUMERALS for c in plain):
        return None
    return to_int(plain)


def _within(field: FieldDef, value: int, problems: list[Problem]) -> Normalised:
    if field.minimum is not None and value < field.minimum:
        problems.append(
            problem(
                "too_small",
                f"{value:,}は下限の{field.minimum:,.10g}より小さい値です。確認してください",
            )
        )
    if field.maximum is not None and value > field.maximum:
        problems.append(
            problem(
                "too_large",
                f"{value:,}は上限の{field.maximum:,.10g}より大きい値です。確認してください",
            )
        )
    if field.values and str(value) not in field.values:
        problems.append(
            problem(
                "not_in_list",
                f"{value}は決められた値({'、'.join(field.values)})にありません。確認してください",
            )
        )
    return Normalised(value, tuple(problems))


def my_number(field: FieldDef, text: str) -> Normalised:
    """An individual number, 12 digits. Problems: ``not_digits``, ``wrong_length``, ``check_digit``;
    none shows a digit."""
    return _checked(field, text, 12, "個人番号", is_my_number)


def corporate_number(field: FieldDef, text: str) -> Normalised:
    """A corporate number, 13 digits; the T of an invoice registration number (登録番号) is left
    out.

    Problems: ``not_digits``, ``wrong_length``, ``check_digit``.
    """
    return _checked(
        field,
        squeezed(half(tidy(text))).upper().removeprefix("T"),
        13,
        "法人番号",
        is_corporate_number,
    )


def _checked(
    field: FieldDef, text: str, count: int, name: str, right: Callable[[str], bool]
) -> Normalised:
    raw = tidy(text)
    if not raw:
        return empty(field)
    plain = squeezed(half(raw)).replace("-", "").strip(_STRAY)
    if not (plain.isascii() and plain.isdigit()):
        return Normalised(
            raw,
            (
                problem(
                    "not_digits", f"{name}に数字でない文字があります。用紙を見て入力してください"
                ),
            ),
        )
    if len(plain) != count:
        return Normalised(
            plain,
            (
                problem(
                    "wrong_length",
                    f"{name}は{count}桁ですが、{len(plain)}桁読めました。用紙を確認してください",
                ),
            ),
        )
    if not right(plain):
        return Normalised(
            plain,
            (
                problem(
                    "check_digit",
                    f"{name}の検査数字が合いません。読み違いか書き違いです。用紙を確認してください",
                ),
            ),
        )
    return Normalised(plain)
