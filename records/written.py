"""A value as a person would write it: what a screen shows and what a key chooses, one text."""

from __future__ import annotations

from collections.abc import Mapping

from records.codec import show
from records.kinds import kind_of
from records.normalise.bank import format_account
from records.normalise.eras import format_wareki
from records.types import Value


def written(kind: str, value: Value) -> str:
    """A value as a person would type it, so that typing the same again means the same."""
    traits = kind_of(kind)
    if traits.is_day and isinstance(value, str):
        return format_wareki(value)
    if kind == "bank_account" and isinstance(value, Mapping):
        return format_account(value)
    if traits.is_mark and (value is None or isinstance(value, bool)):
        return "はい" if value else "いいえ"
    return show(value)
