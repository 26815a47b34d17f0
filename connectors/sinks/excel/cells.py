"""Cells as XML: values that look like their neighbours and never act."""

from __future__ import annotations

import datetime as dt
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


class Content(NamedTuple):
    """What a cell shall hold: a value as it is stored, or a formula without ``=``.

    Attributes:
        attributes: of the formula's element, as XML.
        cell_attributes: of the cell, beside place, style and type, as XML.
    """

    value: Value = None
    formula: str | None = None
    attributes: str = ""
    cell_attributes: str = ""


def stored_value(value: Value) -> Value:
    """What is stored for a value of a row: text that XML and Excel can hold, an integer that Excel
    does not round; None for nothing."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= _SAFE_INTEGER:
        value = str(value)
    if not isinstance(value, str):
        return value
    text = clean(value)
    if len(text) > CELL_CHARACTERS:
        text = text[: CELL_CHARACTERS - len(_CUT)] + _CUT
    return text or None


def style_for(styles: Stylebook, base: int, value: Value) -> int:
    """The style ``base`` with what a value needs.

    Text stays text: what looks like a number or date gets the format ``@`` so that Excel does not
    convert it when somebody edits the cell, and what looks like a formula the quote prefix. A date
    gets a date format where there is none, a number loses one that would hide it.
    """
    number_format: str | None = None
    quotes = wraps = False
    if isinstance(value, str):
        quotes, wraps = like_formula(value), "\n" in value
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
    prefix: str, place: str, style: int, content: Content, epoch: dt.datetime = EPOCH
) -> str:
    """One ``c`` element.

    Args:
        prefix: of the sheet's namespace, with its colon.
        place: such as ``B7``.
        epoch: the day that days are counted from.
    """
    p = prefix
    start = f'<{p}c r="{place}"' + (f' s="{style}"' if style else "") + content.cell_attributes
    if content.formula is not None:
        return f"{start}><{p}f{content.attributes}>{escape(content.formula)}</{p}f></{p}c>"
    value = content.value
    if value is None or value == "":
        return f"{start}/>"
    if isinstance(value, str):
        space = ' xml:space="preserve"' if value != value.strip() or "\n" in value else ""
        text = escape(escaped(value))
        return f'{start} t="inlineStr"><{p}is><{p}t{space}>{text}</{p}t></{p}is></{p}c>'
    if isinstance(value, dt.date):
        value = int(to_excel(value, epoch))  # type: ignore[no-untyped-call]
    return f"{start}><{p}v>{value}</{p}v></{p}c>"


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
