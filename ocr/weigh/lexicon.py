"""What people of this country and this office usually write: names with readings, places, banks.

A lexicon is evidence, never a rule: it may lift a reading that the engine nearly preferred, and
every other reading keeps a share of the belief.
"""

from __future__ import annotations

import csv
import functools
import mmap
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

from ocr.weigh.kanaforms import katakana
from ocr.weigh.namereadings import Composer
from ocr.weigh.spelling import is_kanji


@dataclass(frozen=True, eq=False)
class Names:
    """Surnames and given names with their readings in katakana.

    Attributes:
        surnames: kanji → readings; ``given`` likewise.
        surname_readings: reading → kanji, commonest first; ``given_readings`` likewise.
        common: reading → how many people (surnames) in thousands.
        rare: further surnames in kanji → readings; ``rare_readings`` the other way.
        rare_given: further given names and readings of them; ``rare_given_readings`` the other way.
        others: usual surnames → readings beside the usual one; ``other_readings`` the other way.
    """

    surnames: Mapping[str, tuple[str, ...]]
    given: Mapping[str, tuple[str, ...]]
    surname_readings: Mapping[str, tuple[str, ...]]
    given_readings: Mapping[str, tuple[str, ...]]
    common: Mapping[str, float]
    rare: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rare_readings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rare_given: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rare_given_readings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    others: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    other_readings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @functools.cached_property
    def _surname_parts(self) -> Composer:
        return Composer((self.surnames, self.others, self.rare))

    @functools.cached_property
    def _given_parts(self) -> Composer:
        return Composer((self.given, self.rare_given))

    def joined(
        self, surnames: Mapping[str, Sequence[str]], given: Mapping[str, Sequence[str]]
    ) -> Names:
        """This table with further surnames and given names, each with its readings in katakana (or
        none known)."""

        def more(
            known: Mapping[str, tuple[str, ...]], new: Iterable[tuple[str, str]]
        ) -> dict[str, tuple[str, ...]]:
            made = dict(known)
            for key, other in new:
                made[key] = tuple(dict.fromkeys((*made.get(key, ()), *([other] if other else []))))
            return made

        def pairs(new: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
            return [(word, kana) for word, readings in new.items() for kana in (readings or ("",))]

        def turned(new: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
            return [(kana, word) for word, kana in pairs(new) if kana]

        return Names(
            more(self.surnames, pairs(surnames)),
            more(self.given, pairs(given)),
            more(self.surname_readings, turned(surnames)),
            more(self.given_readings, turned(given)),
            self.common,
            self.rare,
            self.rare_readings,
            self.rare_given,
            self.rare_given_readings,
            self.others,
            self.other_readings,
        )

    def family(self, kanji: str) -> float:
        """How well known a surname in kanji is: 1 one of the usual ones, less a rare one, 0
        none."""
        return 1.0 if kanji in self.surnames else RARE if kanji in self.rare else 0.0

    def family_kana(self, kana: str) -> float:
        """The same for one in katakana."""
        if kana in self.surname_readings:
            return 1.0
        return OTHER if kana in self.other_readings else RARE if kana in self.rare_readings else 0.0

    def readings(self, kanji: str) -> tuple[str, ...]:
        """Readings of a surname, usual or rare, the usual one first."""
        usual = (*self.surnames.get(kanji, ()), *self.others.get(kanji, ()))
        return usual or self.rare.get(kanji, ())

    def first_name(self, kanji: str) -> float:
        """How well known a given name is, as :meth:`family`."""
        return 1.0 if kanji in self.given else RARE if kanji in self.rare_given else 0.0

    def first_name_kana(self, kana: str) -> float:
        """The same for one in katakana."""
        known = kana in self.given_readings
        return 1.0 if known else RARE if kana in self.rare_given_readings else 0.0

    def reads(self, family: str, given: str, family_kana: str, given_kana: str) -> float:
        """How well two readings go with a name: 1 for each half that is listed so, :data:`OTHER`
        for one that is not the usual one, and :data:`COMPOSED` for one beside a listed one whose
        characters are read so in other names."""
        usual = self.surnames.get(family) or self.rare.get(family, ())
        one = 1.0 if family_kana in usual else OTHER * (family_kana in self.others.get(family, ()))
        listed = (*self.given.get(given, ()), *self.rare_given.get(given, ()))
        other = float(given_kana in listed)
        if one and not other:
            other = COMPOSED * self._given_parts.composes(given, given_kana)
        elif other and not one:
            one = COMPOSED * self._surname_parts.composes(family, family_kana)
        return one + other


@functools.cache
def names() -> Names:
    """The names of ``japanese-personal-name-dataset`` (MIT): 1,999 surnames with one reading each,
    some 9,500 readings of given names; and of IPADIC the other readings of these, some 10,000 rarer
    surnames and 5,000 given names."""
    folder = resources.files("japanese_personal_name_dataset") / "dataset"
    surnames: dict[str, list[str]] = {}
    common: dict[str, float] = {}
    with (folder / "last_name_org.csv").open(encoding="utf-8") as stream:
        for surname, people, reading, *_ in csv.reader(stream):
            kana = katakana(reading)
            surnames.setdefault(surname, []).append(kana)
            common[kana] = common.get(kana, 0.0) + float(people or 0) / 1000
    given: dict[str, list[str]] = {}
    given_readings: dict[str, list[str]] = {}
    for file in ("first_name_man_org.csv", "first_name_woman_org.csv"):
        with (folder / file).open(encoding="utf-8") as stream:
            for reading, _, *kanji in csv.reader(stream):
                kana = katakana(reading)
                for writing in (*kanji, kana, reading):
                    given.setdefault(writing, []).append(kana)
                given_readings.setdefault(kana, []).extend(kanji)
    families, firsts = _names_of_ipadic()
    others = {name: _beside(families.pop(name, ()), surnames[name]) for name in surnames}
    rare_given = {
        name: _beside(readings, given.get(name, ()))
        for name, readings in firsts.items()
        if is_kanji(name[0])
    }
    rare_given = {name: readings for name, readings in rare_given.items() if readings}
    return Names(
        _frozen(surnames),
        _frozen(given),
        _turned(surnames),
        _frozen(given_readings),
        common,
        families,
        _turned(families),
        rare_given,
        _turned(rare_given),
        others,
        _turned(others),
    )


def _beside(readings: Iterable[str], known: Sequence[str]) -> tuple[str, ...]:
    return tuple(kana for kana in readings if kana not in known)


def _frozen(table: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    return {key: tuple(dict.fromkeys(words)) for key, words in table.items()}


def _turned(table: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    """Names → readings the other way round."""
    turned: dict[str, list[str]] = {}
    for name, readings in table.items():
        for kana in readings:
            turned.setdefault(kana, []).append(name)
    return _frozen(turned)


_ENTRY = re.compile("\0名詞,固有名詞,人名,(姓|名),\\*,\\*,([^,\0]+),([^,\0]+),".encode())


def _names_of_ipadic() -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """Surnames and given names in kanji → readings, out of MeCab's compiled dictionary, which keeps
    what it knows of each word as text."""
    import ipadic

    found: dict[str, dict[str, list[str]]] = {"姓": {}, "名": {}}
    with (
        (Path(ipadic.DICDIR) / "sys.dic").open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as whole,
    ):
        for kind, kanji, kana in _ENTRY.findall(whole):
            found[kind.decode()].setdefault(kanji.decode(), []).append(kana.decode())
    return _frozen(found["姓"]), _frozen(found["名"])


OTHER = 0.8
"""What a reading counts that a usual surname has beside its usual one: 中島 ナカシマ as well as a
dictionary's 高橋 タカバシ, which hardly anybody has."""

COMPOSED = 0.5
"""What a reading counts that no table lists for a name, but whose parts its characters have in other
names, against a listed one."""

RARE = 0.5
"""What a surname counts that is in a dictionary of 12,000 but not among the 2,000 that most people
have."""
