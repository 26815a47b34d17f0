"""One check and the values that it may look at."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from records.forms import CheckDef, FormDef
from records.normalise.common import list_key
from records.normalise.eras import days_of
from records.site import Office
from records.types import Value

Verdict = dict[str, str]
"""Field name → the sentence that tells what is wrong with it; empty where the check holds or cannot
be made."""


@dataclass(frozen=True, slots=True)
class CheckedSheet:
    """One check and all that it may look at."""

    form: FormDef
    check: CheckDef
    values: Mapping[str, Value]
    office: Office
    today: dt.date

    @property
    def names(self) -> list[str]:
        """The fields of the check in order, ``table.*.field`` as all its rows."""
        names = []
        for pattern in self.check.of:
            names += self.expanded(pattern)
        return names

    def expanded(self, pattern: str) -> list[str]:
        if pattern in self.form.fields or ".*." not in pattern:
            return [pattern]
        table, column = pattern.split(".*.", 1)
        found = []
        for made in self.form.fields.values():
            if made.table == table and made.name.split(".", 2)[2] == column:
                found.append(made.name)
        return found

    def value(self, name: str) -> Value:
        return self.values.get(name)

    def title(self, name: str) -> str:
        made = self.form.fields.get(name)
        return made.title if made else name

    def titles(self, names: list[str]) -> str:
        """The fields as people call them; of many, the first three."""
        shown = [f"「{self.title(name)}」" for name in names[:3]]
        more = "など" if len(names) > 3 else ""
        return "、".join(shown) + more

    def is_empty(self, name: str) -> bool:
        """True where nothing is written in a field."""
        return self.value(name) in (None, "", [])

    def filled(self) -> list[str]:
        """The fields of the check in which something is written."""
        return [name for name in self.names if not self.is_empty(name)]

    def number(self, source: Any) -> int | float | None:
        """A number, or the number in the field of that name."""
        value = source
        if isinstance(source, str):
            value = self.value(source)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return value
        return None


def all_say(names: list[str], sentence: str) -> Verdict:
    return dict.fromkeys(names, sentence)


def is_listed(value: Value, keys: set[str]) -> bool:
    """True where the value, or each of several, has one of ``keys``."""
    values = value if isinstance(value, list) else [value]
    return all(list_key(str(one)) in keys for one in values)


def days_written(value: Value) -> tuple[dt.date, dt.date] | None:
    """First and last day that a date value stands for; None where it is no date."""
    try:
        if not isinstance(value, str):
            return None
        return days_of(value)
    except ValueError:
        return None
