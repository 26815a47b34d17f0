"""The kinds of fields: one row a kind, with the facts that several rooms ask for.

What a room does with a kind (how it normalises, invents, shows or writes one) is that room's own
table by kind. ``tests/test_kinds.py`` holds every such table against :data:`KINDS`.
docs/kinds.md says how a kind is added.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Comparison = Literal["text", "digits", "amount", "exact"]
Editor = Literal["text", "lines", "one", "many", "mark"]


@dataclass(frozen=True, slots=True)
class Kind:
    """What is known of a kind of field.

    Attributes:
        name: as ``kind`` in form.toml.
        trust: kinds that fail in the same way share one model of trust under this name.
        parts: names that the parts of a composite field may have, in the order of writing.
        needed: parts without which such a field never has a whole value.
        editor: how a clerk gives the value on the desk.
        compared: what of two values must be equal for them to be the same value.
        is_mark: ink or no ink is the answer, so the value is true or false.
        is_presence: a PDF form says only that something is there; its picture says no more.
        has_options: one or several of printed options are the value.
        has_letters: a value has letters, so that likely words and names speak for it.
        is_prose: people write words and sentences of their own.
        has_kanji_numerals: numbers are often written in kanji where the writing is vertical.
        is_listed: the office may list the values under ``values``, and an alphabet follows.
        is_quantity: a value is counted or summed.
        has_fraction: a value may have a decimal point. Such a field has no ``unit``, and no cells:
            the point between them would be lost.
        is_day: a value is a day or a month.
        is_person: a value is somebody's name or its reading.
        is_numeric: an answer is written with digits, and look-alikes count as digits.
        digits_in_cells: a row of character cells holds digits and nothing else.
        has_check_digit: a misread digit leaves a wrong check digit ten times in eleven.
        holds_plain_number: a number of any length that means something in the office's own system.
        is_masked: a value is shown only to whoever asks for it, and then noted.
        is_searched: the desk's search finds a value.
        spans_lines: a value may be written in more than one line of a place.
        needs_room: a value is too long, or has too many parts, for a card among others.
        has_keypad: a clerk types it with the keys for numbers.
        unsaid: characters that make no other value, beside blanks: 1,200円 is 1200.
        is_ink: a form asks for a mark, not for writing.
        holds_several: the value is a list.
        is_written: a person writes characters by hand.
    """

    name: str
    trust: str
    parts: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()
    editor: Editor = "text"
    compared: Comparison = "text"
    is_mark: bool = False
    is_presence: bool = False
    has_options: bool = False
    has_letters: bool = False
    is_prose: bool = False
    has_kanji_numerals: bool = False
    is_listed: bool = False
    is_quantity: bool = False
    has_fraction: bool = False
    is_day: bool = False
    is_person: bool = False
    is_numeric: bool = False
    digits_in_cells: bool = False
    has_check_digit: bool = False
    holds_plain_number: bool = False
    is_masked: bool = False
    is_searched: bool = True
    spans_lines: bool = False
    needs_room: bool = False
    has_keypad: bool = False
    unsaid: str = ""
    is_ink: bool = field(init=False)
    holds_several: bool = field(init=False)
    is_written: bool = field(init=False)

    def __post_init__(self) -> None:
        is_ink = self.is_mark or self.has_options
        object.__setattr__(self, "is_ink", is_ink)
        object.__setattr__(self, "holds_several", self.editor == "many")
        object.__setattr__(self, "is_written", not is_ink and self.compared != "exact")


def _mark(name: str, is_presence: bool) -> Kind:
    return Kind(
        name, "mark", editor="mark", is_mark=True, is_presence=is_presence, is_searched=False
    )


def _quantity(name: str, unsaid: str) -> Kind:
    return Kind(
        name,
        "number",
        compared="amount",
        is_quantity=True,
        holds_plain_number=True,
        is_numeric=True,
        has_keypad=True,
        digits_in_cells=True,
        is_searched=False,
        unsaid=unsaid,
    )


def _day(name: str, parts: tuple[str, ...]) -> Kind:
    return Kind(
        name,
        "date",
        parts=parts,
        needed=parts,
        is_day=True,
        has_kanji_numerals=True,
        is_numeric=True,
        digits_in_cells=True,
    )


_ACCOUNT = (
    "bank",
    "bank_code",
    "branch",
    "branch_code",
    "account_kind",
    "number",
    "holder",
    "symbol",
)
"""``symbol`` is ゆうちょ's 記号."""

_ALL = (
    Kind(
        "text",
        "text",
        has_letters=True,
        is_prose=True,
        has_kanji_numerals=True,
        is_listed=True,
        spans_lines=True,
    ),
    Kind(
        "lines",
        "lines",
        editor="lines",
        has_letters=True,
        is_prose=True,
        has_kanji_numerals=True,
        spans_lines=True,
        needs_room=True,
    ),
    Kind("name", "name", has_letters=True, is_listed=True, is_person=True, spans_lines=True),
    Kind("kana", "kana", has_letters=True, is_listed=True, is_person=True),
    Kind(
        "digits",
        "number",
        is_listed=True,
        is_numeric=True,
        digits_in_cells=True,
        has_keypad=True,
        holds_plain_number=True,
    ),
    _quantity("number", ","),
    _quantity("amount", ",、¥円"),
    Kind(
        "percent",
        "number",
        compared="amount",
        is_quantity=True,
        has_fraction=True,
        has_keypad=True,
        is_numeric=True,
        is_searched=False,
        unsaid="%％",
    ),
    _day("date", ("year", "month", "day")),
    _day("month", ("year", "month")),
    Kind(
        "time",
        "date",
        parts=("hour", "minute"),
        needed=("hour",),
        has_keypad=True,
        is_numeric=True,
        digits_in_cells=True,
        is_searched=False,
    ),
    Kind(
        "postal_code",
        "number",
        parts=("first", "second"),
        needed=("first", "second"),
        compared="digits",
        has_keypad=True,
        is_numeric=True,
        digits_in_cells=True,
        unsaid="-‐−ー〒",
    ),
    Kind(
        "address",
        "text",
        has_letters=True,
        has_kanji_numerals=True,
        spans_lines=True,
        needs_room=True,
    ),
    Kind(
        "phone",
        "number",
        parts=("area", "exchange", "subscriber"),
        compared="digits",
        has_keypad=True,
        is_numeric=True,
        digits_in_cells=True,
        unsaid="()（）-‐−ー・",
    ),
    Kind(
        "my_number",
        "number",
        compared="digits",
        has_keypad=True,
        is_numeric=True,
        digits_in_cells=True,
        has_check_digit=True,
        is_masked=True,
        is_searched=False,
    ),
    Kind(
        "corporate_number",
        "number",
        compared="digits",
        is_numeric=True,
        has_check_digit=True,
        has_keypad=True,
        holds_plain_number=True,
    ),
    Kind(
        "bank_account",
        "bank",
        has_letters=True,
        parts=_ACCOUNT,
        needed=("number",),
        needs_room=True,
    ),
    _mark("mark", is_presence=False),
    Kind("choice", "mark", editor="one", has_options=True, is_searched=False),
    Kind("choices", "mark", editor="many", has_options=True, is_searched=False, needs_room=True),
    _mark("seal", is_presence=True),
    _mark("signature", is_presence=True),
    Kind(
        "code",
        "mark",
        compared="exact",
        is_presence=True,
        is_listed=True,
        has_keypad=True,
        holds_plain_number=True,
    ),
)

KINDS: Mapping[str, Kind] = {kind.name: kind for kind in _ALL}
"""Every kind by its name, in the order in which messages list them."""

UNKNOWN = Kind("", "text")
"""What a field of a kind from another version counts as: plain text."""


def kind_of(name: str) -> Kind:
    """The row of a kind; :data:`UNKNOWN` for a name that this version does not know."""
    return KINDS.get(name, UNKNOWN)


def names(kinds: Iterable[Kind]) -> tuple[str, ...]:
    """The names of kinds, as messages and tables list them."""
    return tuple(kind.name for kind in kinds)
