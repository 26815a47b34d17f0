"""Readings that a name can have although no table lists them: put together from how its characters
are read in other names.

A table of names has one reading of most surnames (中島 なかじま) where people have two or three; a
right furigana must not look like a misreading for that. What is put together counts less than what
is listed, so a listed reading that is as likely to the reader still wins.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

Readings = Mapping[str, tuple[str, ...]]
"""Names in kanji → readings in katakana."""

_FEW = 3
"""A part of a reading ends where so many different ones go on: of 陽 ハル, which ト, ナ and カ follow,
but not ハ, which only ル follows."""

_SMALL = "ァィゥェォッャュョヮー"
"""With these no part of a reading begins."""


@dataclass(eq=False)
class Composer:
    """Puts readings together from those of a table.

    Args:
        tables: names with their readings.
    """

    tables: tuple[Readings, ...]
    _parts: dict[tuple[str, str, bool], bool] = field(default_factory=dict)
    _composed: dict[tuple[str, str], bool] = field(default_factory=dict)

    @functools.cached_property
    def _by_first(self) -> Mapping[str, list[str]]:
        return self._by_end(0)

    @functools.cached_property
    def _by_last(self) -> Mapping[str, list[str]]:
        return self._by_end(-1)

    def _by_end(self, place: int) -> Mapping[str, list[str]]:
        """Character → readings of names that begin (0) or end (-1) with it."""
        found: dict[str, list[str]] = {}
        for table in self.tables:
            for name, readings in table.items():
                if len(name) > 1:
                    found.setdefault(name[place], []).extend(readings)
        return found

    def composes(self, name: str, kana: str) -> bool:
        """Whether ``kana`` can be the reading of a name of two characters, each of them read as in
        several other names."""
        if len(name) != 2:
            return False
        key = (name, kana)
        if key not in self._composed:
            cuts = [cut for cut in range(1, len(kana)) if kana[cut] not in _SMALL]
            self._composed[key] = any(
                self._is_part(name[0], kana[:cut], True)
                and self._is_part(name[1], kana[cut:], False)
                for cut in cuts
            )
        return self._composed[key]

    def _is_part(self, character: str, kana: str, first: bool) -> bool:
        key = (character, kana, first)
        if key not in self._parts:
            self._parts[key] = self._attested(*key)
        return self._parts[key]

    def _attested(self, character: str, kana: str, first: bool) -> bool:
        if first:
            known = self._by_first.get(character, ())
            beside = _next_ones(known, kana)
        else:
            known = self._by_last.get(character, ())
            beside = (r[: -len(kana)][-1:] for r in known if r.endswith(kana))
        return len(set(beside) - {""}) >= _FEW


def _next_ones(readings: Iterable[str], start: str) -> Iterable[str]:
    """What follows ``start`` where it is a whole part of a reading."""
    rest = (reading[len(start) :] for reading in readings if reading.startswith(start))
    return (r[0] for r in rest if r and r[0] not in _SMALL)
