"""Formulas of a list: moved down with a new row, and told apart from those that sum the list up."""

from __future__ import annotations

import re

from openpyxl.formula.tokenizer import Token, Tokenizer
from openpyxl.formula.translate import Translator, TranslatorError
from openpyxl.utils.cell import column_index_from_string, get_column_letter

_RANGE = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]+):\$?([A-Za-z]{1,3})\$?([0-9]+)")


def moved(formula: str, row: int, column: int, to_row: int, to_column: int) -> str | None:
    """A formula (without ``=``) as it reads in another cell; None where it cannot stand there."""
    origin = f"{get_column_letter(column)}{row}"
    target = f"{get_column_letter(to_column)}{to_row}"
    try:
        return str(Translator(f"={formula}", origin).translate_formula(target))[1:]
    except (TranslatorError, ValueError, IndexError):
        return None


def sums_up(formula: str, row: int, first: int, left: int, right: int) -> bool:
    """Whether a formula in ``row`` looks over rows of a list above it: a range of two rows or more
    that begins above ``row`` and reaches below the list's header, in the columns ``left`` to
    ``right``."""
    return any(
        top < row and top < bottom and bottom >= first and start <= right and end >= left
        for start, top, end, bottom in _ranges(formula)
    )


def _ranges(formula: str) -> list[tuple[int, int, int, int]]:
    """The ranges of cells on the formula's own sheet: left, top, right, bottom."""
    found = []
    try:
        tokens = Tokenizer(f"={formula}").items
    except Exception:  # the tokenizer raises many kinds for what Excel itself would not take
        return []
    for token in tokens:
        if token.type != Token.OPERAND or token.subtype != Token.RANGE or "!" in token.value:
            continue
        match = _RANGE.fullmatch(token.value)
        if match:
            start, end = column_index_from_string(match[1]), column_index_from_string(match[3])
            found.append((start, int(match[2]), end, int(match[4])))
    return found
