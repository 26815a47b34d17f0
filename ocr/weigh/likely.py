"""What a field is likely to hold by a list of the office (``lexicon`` in form.toml).

A list is evidence, never a rule: entries near what was read are proposed, a match makes a text
likelier, and everything else keeps its share of the belief. Where the list alone decides against
the ink a person is asked (:func:`ocr.weigh.weighing.weigh`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from records.forms import FieldDef, FormDef
from records.lists import column_values
from records.normalise.common import list_key

LISTED = 2.0
"""Log weight of a text that is on the list, as much as a known name or two of its characters."""

_READ, _NEAREST = 3, 12
"""So many of the texts that were read are looked up, and so many entries near each are proposed."""


@dataclass(frozen=True, slots=True)
class Likely:
    """What a list says of one place.

    Attributes:
        near: entries near what was read, the nearest first.
        listed: keys of all entries.
    """

    near: tuple[str, ...] = ()
    listed: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.listed)

    def lift(self, text: str) -> float:
        """Log weight that the list gives to a text."""
        return LISTED if list_key(text) in self.listed else 0.0


NO_LIST = Likely()


def likely(form: FormDef, item: FieldDef, part: str, read: Sequence[str]) -> Likely:
    """What the field's list says of the texts that were read, likeliest first; nothing without a
    list and of the parts of a composite field.

    Raises:
        DefinitionError: the list is gone since the form was loaded, or has no such column.
        ServiceError: it is open elsewhere.
    """
    if not item.lexicon or part:
        return NO_LIST
    name, _, column = item.lexicon.partition("#")
    path = form.folder / name
    by_length, keys = _table(path, column, path.stat().st_mtime_ns if path.exists() else 0)
    near: dict[str, int] = {}
    for text in read[:_READ]:
        for entry, apart in _near(list_key(text), by_length):
            near[entry] = min(apart, near.get(entry, apart))
    return Likely(tuple(sorted(near, key=lambda entry: near[entry])[:_NEAREST]), keys)


def may_differ(length: int) -> int:
    """Characters by which a text of so many may differ from an entry that it may be: a third."""
    return max(1, length // 3)


def _near(text: str, by_length: Mapping[int, Mapping[str, str]]) -> list[tuple[str, int]]:
    """Entries at most :func:`may_differ` edits from a text, and how many. Only those of about its
    length are compared, so that 100,000 entries cost some ten milliseconds."""
    most = may_differ(len(text))
    found: list[tuple[str, int]] = []
    for length in range(len(text) - most, len(text) + most + 1):
        entries = by_length.get(length, {})
        hits = process.extract(
            text,
            entries.keys(),
            scorer=Levenshtein.distance,
            limit=_NEAREST,
            score_cutoff=most,
        )
        found += [(entries[key], int(apart)) for key, apart, _ in hits]
    return found


@lru_cache(maxsize=16)
def _table(
    path: Path, column: str, changed: int
) -> tuple[Mapping[int, Mapping[str, str]], frozenset[str]]:
    """The entries of a list by the length of their key and by their key, and all keys."""
    by_length: dict[int, dict[str, str]] = {}
    keys: set[str] = set()
    for entry in column_values(path, column):
        key = list_key(entry)
        keys.add(key)
        by_length.setdefault(len(key), {}).setdefault(key, entry)
    return by_length, frozenset(keys)
