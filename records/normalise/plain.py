"""Text, codes, and the answers that are marked rather than written."""

from __future__ import annotations

import re

from records.forms import FieldDef
from records.normalise.common import (
    Normalised,
    empty,
    half,
    limited,
    list_key,
    problem,
    squeezed,
    tidy,
)

_YES = frozenset(
    (
        "1",
        "true",
        "yes",
        "on",
        "はい",
        "有",
        "有り",
        "あり",
        "済",
        "○",
        "〇",
        "◯",
        "●",
        "■",
        "☑",
        "☒",
        "✓",
        "✔",
        "レ",
        "v",
        "丸",
        "印",
    )
)
_NO = frozenset(("0", "false", "no", "off", "いいえ", "無", "無し", "なし", "未", "□", "☐", "-"))
_BETWEEN = re.compile(r"[、,，/\n;；]+")


def text(field: FieldDef, text: str) -> Normalised:
    """One line as written: outer blanks go, line breaks become one blank. See ``limited`` for
    values and charset."""
    lines = [line.strip() for line in tidy(text).splitlines()]
    value = " ".join(line for line in lines if line)
    if value:
        return limited(field, value)
    return empty(field)


def lines(field: FieldDef, text: str) -> Normalised:
    """Several lines as written, without outer blanks and without empty lines at either end."""
    value = "\n".join(line.strip() for line in tidy(text).splitlines()).strip("\n")
    if value:
        return limited(field, value)
    return empty(field)


_CONTROLS = {
    **dict(enumerate(("NUL", "SOH", "STX", "ETX", "EOT", "ENQ", "ACK", "BEL", "BS"))),
    **dict(enumerate(("VT", "FF", "CR", "SO", "SI", "DLE", "DC1", "DC2", "DC3", "DC4"), 0x0B)),
    **dict(enumerate(("NAK", "SYN", "ETB", "CAN", "EM", "SUB", "ESC"), 0x15)),
    **dict(enumerate(("FS", "GS", "RS", "US"), 0x1C)),
    0x7F: "DEL",
}
_VISIBLE = {number: f"<{name}>" for number, name in _CONTROLS.items()}
"""Control characters → what stands for them; line feeds and tabs are text."""


def visible(text: str) -> str:
    """``text`` with its control characters by their names, as ``<GS>``: a value that people see
    and that any file can hold. Line ends become ``\\n``."""
    return text.replace("\r\n", "\n").rstrip("\r\n").replace("\r", "\n").translate(_VISIBLE)


def code(field: FieldDef, text: str) -> Normalised:
    """The payload of a barcode: what it carries, without the brackets that are printed below a
    GS1 code for people. FNC1 as separator is ``<GS>``, other control characters have their names.

    Blanks at either end go. Problems: ``code_length`` where the field says how long its code is,
    and those of ``limited``.
    """
    value = tidy(visible(text))
    if not value:
        return empty(field)
    found = limited(field, value)
    if field.length and len(value) != field.length:
        wrong = problem(
            "code_length",
            f"コードが{len(value)}文字です({field.length}文字のはずです)。用紙を見て確認してください",
        )
        return Normalised(found.value, (*found.problems, wrong))
    return found


def mark(field: FieldDef, text: str) -> Normalised:
    """True where something is there: a tick, a seal, a signature. An empty text is False.

    Problems: ``not_a_mark`` where the text says neither (the text stays).
    """
    raw = tidy(text)
    word = squeezed(half(raw)).casefold()
    if not word or word in _NO:
        return empty(field, False)
    if word in _YES:
        return Normalised(True)
    return Normalised(
        raw,
        (problem("not_a_mark", f"「{raw}」は印の有無として読めません。有か無を選んでください"),),
    )


def choice(field: FieldDef, text: str) -> Normalised:
    """One option. Problems: ``not_an_option`` and ``two_marks`` (the text stays, never a pick)."""
    raw = tidy(text)
    if not raw:
        return empty(field)
    options = _options(field)
    if list_key(raw) in options:
        return Normalised(options[list_key(raw)])
    several = []
    for word in _BETWEEN.split(raw):
        if list_key(word) in options:
            several.append(options[list_key(word)])
    if len(several) > 1:
        return Normalised(
            raw,
            (
                problem(
                    "two_marks",
                    f"「{'」と「'.join(several)}」の両方に印があります。一つだけ選んでください",
                ),
            ),
        )
    return Normalised(
        raw, (problem("not_an_option", f"「{raw}」は選択肢にありません。選択肢から選んでください"),)
    )


def choices(field: FieldDef, text: str) -> Normalised:
    """A list of options in the form's order. Problems: ``not_an_option`` (the text stays)."""
    raw = tidy(text)
    if not raw:
        return empty(field)
    options = _options(field)
    words = (
        [raw]
        if list_key(raw) in options
        else [word for word in _BETWEEN.split(raw) if word.strip()]
    )
    unknown = [word.strip() for word in words if list_key(word) not in options]
    if unknown:
        return Normalised(
            raw,
            (
                problem(
                    "not_an_option",
                    f"「{'、'.join(unknown)}」は選択肢にありません。選択肢から選んでください",
                ),
            ),
        )
    chosen = {options[list_key(word)] for word in words}
    return Normalised([option for option in options.values() if option in chosen])


def _options(field: FieldDef) -> dict[str, str]:
    """Key → option, in the form's order."""
    names = field.values
    if field.place and field.place.options:
        names = tuple(field.place.options)
    return {list_key(name): name for name in names}
