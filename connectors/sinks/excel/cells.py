"""Cells as XML: values that look like their neighbours and never act."""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import unicodedata
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

from openpyxl.utils.datetime import CALENDAR_WINDOWS_1900 as EPOCH
from openpyxl.utils.datetime import to_excel

from connectors.sinks.excel.strings import escaped
from connectors.sinks.excel.stylebook import GENERAL, TEXT, Stylebook
from connectors.sinks.kindcolumns import Cell as Value
from connectors.sinks.text import CELL_CHARACTERS, clean, like_formula, like_number

DATE_FORMAT = "yyyy/mm/dd"
_CUT = "…(以下略)"
_SAFE_INTEGER = 10**15  # Excel keeps 15 digits
_LONG_TEXT = 255  # longer text in a cell formatted as text is shown as #### by older Excel


class Formula(NamedTuple):
    """What a cell computes.

    Attributes:
        text: without ``=``.
        attributes: of its element, as XML.
        cell_attributes: of the cell, beside place, style and type, as XML.
    """

    text: str
    attributes: str = ""
    cell_attributes: str = ""


def stored_value(value: Value) -> Value:
    """What is stored for a value of a row: text that XML and Excel can hold, an integer that Excel
    does not round; None for nothing."""
    if isinstance(value, str):
        text = clean(value)
        if len(text) > CELL_CHARACTERS:
            text = text[: CELL_CHARACTERS - len(_CUT)] + _CUT
        return text or None
    if isinstance(value, int) and abs(value) >= _SAFE_INTEGER:
        return str(value)
    return value


def style_for(styles: Stylebook, base: int, value: Value) -> int:
    """The style ``base`` with what a value needs.

    Text stays text: what looks like a number or date gets the format ``@`` so that Excel does not
    convert it when somebody edits the cell, and what looks like a formula the quote prefix. A date
    gets a date format where there is none, a number loses one that would hide it.
    """
    number_format: str | None = None
    quotes = wraps = False
    if isinstance(value, str) and value.isalnum() and len(value) <= _LONG_TEXT:
        number_format = TEXT if like_number(value) else None
    elif isinstance(value, str):
        quotes = like_formula(value)
        wraps = "\n" in value
        if len(value) > _LONG_TEXT:
            number_format = GENERAL
        elif like_number(value) or quotes:
            number_format = TEXT
    elif isinstance(value, dt.date):
        number_format = None if styles.is_date(base) else DATE_FORMAT
    elif value is not None and (styles.is_date(base) or styles.number_format(base) == TEXT):
        number_format = GENERAL
    return styles.like(base, number_format, quotes, wraps)


def cell_xml(
    prefix: str, place: str, style: int, content: Value | Formula, epoch: dt.datetime = EPOCH
) -> str:
    """One ``c`` element.

    Args:
        prefix: of the sheet's namespace, with its colon.
        place: such as ``B7``.
        content: a value as it is stored, or a formula.
        epoch: the day that days are counted from.
    """
    if isinstance(content, str) and content:
        text, space = content, ""
        if not content.isalnum():  # most texts, which need no further look
            is_kept = content != content.strip() or "\n" in content
            space = ' xml:space="preserve"' if is_kept else ""
            text = escape(escaped(content))
        start, middle, end = _around_text(prefix, style, space)
        return f"{start}{place}{middle}{text}{end}"
    p = prefix
    start = f'<{p}c r="{place}"{_style(style)}'
    if isinstance(content, Formula):
        start += content.cell_attributes
        return f"{start}><{p}f{content.attributes}>{escape(content.text)}</{p}f></{p}c>"
    if content is None or content == "":
        return f"{start}/>"
    if isinstance(content, dt.date):
        content = int(to_excel(content, epoch))  # type: ignore[no-untyped-call]
    return f"{start}><{p}v>{content}</{p}v></{p}c>"


@functools.lru_cache(maxsize=1024)
def _around_text(prefix: str, style: int, space: str) -> tuple[str, str, str]:
    """What stands before the place, between it and the text, and behind the text of a cell."""
    p = prefix
    middle = f'"{_style(style)} t="inlineStr"><{p}is><{p}t{space}>'
    return f'<{p}c r="', middle, f"</{p}t></{p}is></{p}c>"


def _style(style: int) -> str:
    return f' s="{style}"' if style else ""


def plain(value: Any) -> str:
    """What a cell says, however Excel stores it, for comparing: numbers and dates in one form, text
    without line ends."""
    if value is None:
        return ""
    if isinstance(value, str):
        return unicodedata.normalize("NFC", clean(value))[: CELL_CHARACTERS - len(_CUT)]
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        value = value.date()
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def mark_of(value: Any) -> str:
    """A short fingerprint of what a cell says."""
    return hashlib.sha256(plain(value).encode()).hexdigest()[:12]
