"""Names near what was read, and names that go with a reading."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from ocr.weigh.kanaforms import katakana
from ocr.weigh.lexicon import Names, names


def splits(text: str) -> list[tuple[str, str]]:
    """(family, given) of a name: at its blank where it has one, else at every place."""
    parts = text.replace("\u3000", " ").split()
    if len(parts) == 2:
        return [(parts[0], parts[1])]
    whole = "".join(parts)
    return [(whole[:i], whole[i:]) for i in range(1, len(whole))]


def known_kana(text: str, table: Names | None = None) -> float:
    """How much of a furigana is known: 2 family and given name, 1 one of them, 0 neither; a rare
    name is :data:`RARE`."""
    table = table or names()
    text = katakana(text)
    return max(
        (table.family_kana(f) + table.first_name_kana(g) for f, g in splits(text)), default=0.0
    )


def known_name(text: str, table: Names | None = None) -> float:
    """The same for a name in kanji."""
    table = table or names()
    return max((table.family(f) + table.first_name(g) for f, g in splits(text)), default=0.0)


def reads_as(name: str, kana: str, table: Names | None = None) -> float:
    """How well a furigana goes with a name: 2 family and given name, 1 one of them, 0 neither; a
    reading that is put together from those of other names is :data:`COMPOSED`."""
    table = table or names()
    best, kana = 0.0, katakana(kana)
    for family, given in splits(name):
        for family_kana, given_kana in splits(kana):
            best = max(best, table.reads(family, given, family_kana, given_kana))
    return best


@functools.lru_cache(maxsize=8)
def _choices(which: str, table: Names) -> tuple[str, ...]:
    return tuple(table.surname_readings if which == "family" else table.given_readings)


def likely_kana(text: str, most: int = 20, table: Names | None = None) -> list[str]:
    """Furigana of known names within one or two characters of what was read."""
    whole = "".join(text.split())
    found: dict[str, int] = {}
    table = table or names()
    for family, given in splits(text):
        if not 2 <= len(family) <= 7 or not 1 <= len(given) <= 6:
            continue
        if family not in table.surname_readings and given not in table.given_readings:
            continue  # correcting both halves at once would be guessing
        families = [family] if family in table.surname_readings else _near(family, "family", table)
        givens = [given] if given in table.given_readings else _near(given, "given", table)
        for f in families:
            for g in givens:
                found[f + g] = min(found.get(f + g, 9), Levenshtein.distance(f + g, whole))
    return sorted(
        found, key=lambda k: (found[k], -sum(table.common.get(f, 0.0) for f, _ in splits(k)))
    )[:most]


def _near(part: str, which: str, table: Names) -> list[str]:
    hits = process.extract(
        part,
        _choices(which, table),
        scorer=Levenshtein.distance,
        limit=6,
        score_cutoff=1 if len(part) < 4 else 2,
    )
    return [str(hit[0]) for hit in hits]


_ByCharacter = Mapping[tuple[int, int, str], Sequence[str]]


@functools.lru_cache(maxsize=4)
def _by_character(table: Names) -> tuple[_ByCharacter, _ByCharacter]:
    """Surnames and given names by (length, place, character there); all of one character under (1,
    0, "")."""
    made: tuple[dict[tuple[int, int, str], list[str]], dict[tuple[int, int, str], list[str]]] = (
        {},
        {},
    )
    for found, words in zip(made, ((*table.surnames, *table.rare), table.given), strict=True):
        for word in words:
            for place, character in enumerate(word if len(word) > 1 else [""]):
                found.setdefault((len(word), place, character), []).append(word)
    return made


def likely_names(text: str, most: int = 1200, table: Names | None = None) -> list[str]:
    """Names whose unknown half is replaced by known ones that share a character with it, or, of one
    character, by any.

    Which of them the ink can be is for the engine to say.
    """
    table = table or names()
    surnames, given_names = _by_character(table)
    blank = " " if any(c.isspace() for c in text) else ""
    found: dict[str, None] = {}

    def near(word: str, known: _ByCharacter) -> list[str]:
        alike = [
            w
            for place, c in enumerate(word)
            if len(word) > 1
            for w in known.get((len(word), place, c), ())
        ]
        return [
            *alike,
            *(
                known.get((1, 0, ""), ())
                if len(word) == 1 or any(c.isascii() for c in word)
                else ()
            ),
        ]

    for family, given in splits(text):
        if not 1 <= len(family) <= 3 or not 1 <= len(given) <= 3:
            continue
        if family in table.surnames and given not in table.given:
            found |= dict.fromkeys(f"{family}{blank}{other}" for other in near(given, given_names))
        elif given in table.given and family not in table.surnames:
            found |= dict.fromkeys(f"{other}{blank}{given}" for other in near(family, surnames))
    return list(found)[:most]


def names_for(kana: str, read: str, most: int = 16, table: Names | None = None) -> list[str]:
    """Names in kanji that read as ``kana`` and share a character with what was read."""
    table = table or names()
    found: dict[str, float] = {}
    whole = "".join(read.split())
    for family_kana, given_kana in splits(kana):
        families = (
            *table.surname_readings.get(family_kana, ()),
            *table.rare_readings.get(family_kana, ()),
        )
        givens = table.given_readings.get(given_kana, ())
        for family in families:
            rest = whole[len(family) :]
            if Levenshtein.distance(family, whole[: len(family)]) > max(1, len(family) - 1):
                continue
            for given in (*givens, rest):
                name = family + given
                if name and abs(len(name) - len(whole)) <= 1:
                    found[name] = Levenshtein.distance(name, whole)
    return sorted(found, key=lambda n: found[n])[:most]


def readings_of(name: str, most: int = 24, table: Names | None = None) -> list[str]:
    """Furigana that a name in kanji can have, where its family and given name are known."""
    table = table or names()
    found = [
        family_kana + given_kana
        for family, given in splits(name)
        if given in table.given
        for family_kana in table.readings(family)
        for given_kana in table.given[given]
    ]
    return list(dict.fromkeys(found))[:most]
