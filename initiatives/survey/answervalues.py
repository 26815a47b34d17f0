"""What one cell of a returned sheet says, by what its column may hold."""

from __future__ import annotations

import datetime as dt
import difflib
import re
import unicodedata
from typing import Any

from initiatives.survey.answercolumns import AnswerColumn
from records.workbooks import BookCell, Scalar
from records.workbooks.typeddays import typed_day

_UNITS = re.compile(r"(?:件|枚|通|分|秒|年|%|時間|項目|種類|種|人|円)(?:/(?:件|月|年))?$")
_EMPTY = BookCell(None)


def plain(text: object) -> str:
    """Text as it is compared: without blanks, line breaks and width."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", str(text)))


def value_of(cell: BookCell | None, column: AnswerColumn) -> Any:
    """A cell's typed value; None (or an empty tuple) for a blank one.

    Raises:
        ValueError: what is wrong with it, as the end of a sentence.
    """
    cell = cell or _EMPTY
    _refuse_no_value(cell)
    value = cell.value
    if value is None or (isinstance(value, str) and not value.strip()):
        if column.required:
            raise ValueError("が空です")
        if column.form in ("names", "seconds"):
            return ()
        return None
    match column.form:
        case "text":
            return _as_text(value)
        case "names":
            parts = re.split(r"[、,;\n]", _as_text(value))
            return tuple(part.strip() for part in parts if part.strip())
        case "choice":
            return _as_choice(_as_text(value), column.choices)
        case "day":
            return typed_day(value)
        case "seconds":
            return _as_seconds(value)
        case "percent":
            return _as_percent(cell)
        case "count":
            return _as_count(value)
    number = _as_number(value)
    if column.key == "value":
        return number
    return _positive(number)


def _refuse_no_value(cell: BookCell) -> None:
    error = cell.error
    if isinstance(cell.value, str) and re.fullmatch(r"#[A-Z/0]+[!?A]", cell.value.strip()):
        error = cell.value.strip()
    if error:
        raise ValueError(f"が数式のエラー({error})です。値を入れ直してください")
    if cell.is_uncalculated:
        raise ValueError(
            "は数式で、計算した結果がファイルにありません。Excelで開いて保存し直すか、値を入れてください"
        )


def _as_text(value: Scalar) -> str:
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()


def _as_choice(text: str, choices: tuple[str, ...]) -> str:
    known = {plain(choice): choice for choice in choices}
    if plain(text) in known:
        return known[plain(text)]
    near = difflib.get_close_matches(plain(text), known, 1)
    hint = ""
    if near:
        hint = f"「{known[near[0]]}」のことですか。"
    raise ValueError(
        f"の「{text}」は選べません。{hint}{'、'.join(choices)} のどれかを選んでください"
    )


def _as_seconds(value: Scalar) -> tuple[float, ...]:
    if not isinstance(value, str):
        return (_positive(_as_number(value)),)
    parts = re.split(r"[、,;\s]+", unicodedata.normalize("NFKC", value))
    return tuple(_positive(_as_number(part)) for part in parts if part)


def _as_percent(cell: BookCell) -> float:
    number = _as_number(cell.value)
    is_share = "%" in cell.number_format and not isinstance(cell.value, str)
    number = number * 100 if is_share else number
    if not 0 <= number <= 100:
        raise ValueError(f"は0から100までの数で書いてください(今は {number:g})")
    return number


def _as_count(value: Scalar) -> int:
    number = _as_number(value)
    if number < 1 or number != int(number):
        raise ValueError(f"は1以上の整数で書いてください(今は {number:g})")
    return int(number)


def _as_number(value: Scalar) -> float:
    if isinstance(value, bool | dt.date | dt.time):
        raise ValueError(f"は数で書いてください(今は「{value}」)")
    if isinstance(value, int | float):
        return float(value)
    written = unicodedata.normalize("NFKC", str(value)).strip()
    text = _UNITS.sub("", written.replace(",", ""))
    try:
        number = float(text.strip())
    except ValueError:
        raise ValueError(f"は数だけを書いてください(今は「{value}」)") from None
    if number != number or number in (float("inf"), float("-inf")):
        raise ValueError(f"は数だけを書いてください(今は「{value}」)")
    return number


def _positive(number: float) -> float:
    if not number > 0:
        raise ValueError(f"は0より大きい数で書いてください(今は {number:g})")
    return number
