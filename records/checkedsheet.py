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
        return [name for pattern in self.check.of for name in self.expanded(pattern)]

    def expanded(self, pattern: str) -> list[str]:
        if pattern in self.form.fields or ".*." not in pattern:
            return [pattern]
        table, column = pattern.split(".*.", 1)
        return [
            n
            for n, f in self.form.fields.items()
            if f.table == table and n.split(".", 2)[2] == column
        ]

    def value(self, name: str) -> Value:
        return self.values.get(name)

    def title(self, name: str) -> str:
        made = self.form.fields.get(name)
        return made.title if made else name

    def titles(self, names: list[str]) -> str:
        """The fields as people call them; of many, the first three."""
        return "、".join(f"「{self.title(n)}」" for n in names[:3]) + (
            "など" if len(names) > 3 else ""
        )

    def filled(self) -> list[str]:
        """The fields of the check in which something is written."""
        return [n for n in self.names if self.value(n) not in (None, "", [])]

    def number(self, source: Any) -> int | float | None:
        """A number, or the number in the field of that name."""
        value = self.value(source) if isinstance(source, str) else source
        return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def all_say(names: list[str], sentence: str) -> Verdict:
    return dict.fromkeys(names, sentence)


def is_listed(value: Value, keys: set[str]) -> bool:
    return all(list_key(str(v)) in keys for v in (value if isinstance(value, list) else [value]))


def days_written(value: Value) -> tuple[dt.date, dt.date] | None:
    """First and last day that a date value stands for; None where it is no date."""
    try:
        return days_of(value) if isinstance(value, str) else None
    except ValueError:
        return None
