"""What else a doubtful value may be: whole values as they would be kept, with what differs in them
marked. The terminal and the web pages share it."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from records.codec import canonical
from records.forms import FieldDef
from records.normalise import normalise
from records.site import Office
from records.types import Field
from records.written import written

MOST = 6


def options_of(made: FieldDef) -> tuple[str, ...]:
    """What can be chosen where the form says it: options, or はい and いいえ; else nothing."""
    if made.traits.has_options:
        if made.place:
            return tuple(made.place.options)
        return ()
    if made.traits.is_mark:
        return ("はい", "いいえ")
    return ()


def candidates(field: Field, made: FieldDef, office: Office) -> tuple[str, ...]:
    """Other values that the engines saw, likeliest first, each as it would be kept.

    What makes no value of the field, or one that is questioned at once, is no candidate.

    Args:
        office: on the day on which the sheet was received.
    """
    shown = {canonical(field.value): ""}
    for text in _seen(field, made):
        if not text:
            continue
        found = normalise(made, text, office)
        if found.problems or found.value is None:
            continue
        shown.setdefault(canonical(found.value), written(made.kind, found.value))
    now = written(field.kind, field.value)
    others = [text for text in shown.values() if text and text != now]
    return tuple(dict.fromkeys(others))[:MOST]


def _seen(field: Field, made: FieldDef) -> Iterator[str]:
    """Whole texts. A field in parts has readings of its parts; only what was judged is whole."""
    in_parts = bool(made.parts) or (made.era is not None and not made.era.fixed)
    for reading in field.readings:
        if in_parts and reading.engine != "trust":
            continue
        yield reading.text
        yield from (text for text, _ in reading.alternatives)


def differences(text: str, other: str) -> list[tuple[str, bool]]:
    """``text`` in pieces, each with whether ``other`` lacks it there. Joined they are ``text``."""
    pieces: list[tuple[str, bool]] = []
    matcher = difflib.SequenceMatcher(None, other, text, autojunk=False)
    for kind, _, _, start, end in matcher.get_opcodes():
        if start < end:
            pieces.append((text[start:end], kind != "equal"))
    return pieces
