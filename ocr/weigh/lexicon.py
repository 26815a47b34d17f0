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

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from ocr.weigh.namereadings import Composer

SMALL = dict(zip("ァィゥェォッャュョヮ", "アイウエオツヤユヨワ", strict=True))
LARGE = {large: small for small, large in SMALL.items()}
_I_ROW = "キシチニヒミリギジヂビピ"
_BEFORE_SMALL = {
    "ャ": _I_ROW,
    "ュ": _I_ROW + "デフテヴ",
    "ョ": _I_ROW,
    "ァ": "フヴツ",
    "ィ": "フヴテデウツ",
    "ゥ": "トド",
    "ェ": "フヴシジチツウイキ",
    "ォ": "フヴツウ",
    "ヮ": "クグ",
}
_AFTER_SOKUON = "カキクケコサシスセソタチツテトパピプペポハフガギグゲゴザジズゼゾダデドバビブベボ"


def _katakana(text: str) -> str:
    return "".join(chr(ord(c) + 0x60) if "ぁ" <= c <= "ゖ" else c for c in text)


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
            kana = _katakana(reading)
            surnames.setdefault(surname, []).append(kana)
            common[kana] = common.get(kana, 0.0) + float(people or 0) / 1000
    given: dict[str, list[str]] = {}
    given_readings: dict[str, list[str]] = {}
    for file in ("first_name_man_org.csv", "first_name_woman_org.csv"):
        with (folder / file).open(encoding="utf-8") as stream:
            for reading, _, *kanji in csv.reader(stream):
                kana = _katakana(reading)
                for writing in (*kanji, kana, reading):
                    given.setdefault(writing, []).append(kana)
                given_readings.setdefault(kana, []).extend(kanji)
    families, firsts = _names_of_ipadic()
    others = {name: _beside(families.pop(name, ()), surnames[name]) for name in surnames}
    rare_given = {
        name: _beside(readings, given.get(name, ()))
        for name, readings in firsts.items()
        if _is_kanji(name[0])
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
    text = _katakana(text)
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
    best, kana = 0.0, _katakana(kana)
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


def kana_variants(text: str, most: int = 24) -> list[str]:
    """Readings that differ in the size of ヤユヨツアイウエオ or in a voice mark, one place changed
    at a time."""
    variants = []
    for place, character in enumerate(text):
        for other in _TWINS.get(character, ""):
            variants.append(text[:place] + other + text[place + 1 :])
    return variants[:most]


def _twins() -> dict[str, str]:
    pairs = [
        *SMALL.items(),
        *zip(
            "カキクケコサシスセソタチツテトハヒフヘホ",
            "ガギグゲゴザジズゼゾダヂヅデドバビブベボ",
            strict=True,
        ),
        *zip("ハヒフヘホ", "パピプペポ", strict=True),
        *zip("バビブベボ", "パピプペポ", strict=True),
        ("シ", "ツ"),
        ("ソ", "ン"),
        ("ソ", "リ"),
        ("ク", "ワ"),
        ("ク", "タ"),
        ("チ", "ナ"),
        ("コ", "ユ"),
        ("ユ", "エ"),
        ("ス", "ヌ"),
        ("マ", "ア"),
    ]
    twins: dict[str, str] = {}
    for a, b in pairs:
        twins[a] = twins.get(a, "") + b
        twins[b] = twins.get(b, "") + a
    return twins


_TWINS = _twins()


def impossible_kana(text: str) -> int:
    """How many small kana stand where Japanese spelling cannot have them (ッ before マ, ャ after
    ク)."""
    wrong = 0
    plain = _katakana("".join(text.split()))
    for place, character in enumerate(plain):
        if character == "ッ":
            following = plain[place + 1 : place + 2]
            wrong += not following or following not in _AFTER_SOKUON or place == 0
        elif character in _BEFORE_SMALL:
            wrong += place == 0 or plain[place - 1] not in _BEFORE_SMALL[character]
    return wrong


_IN_KATAKANA = {
    "一": "ー",
    "-": "ー",
    "－": "ー",
    "~": "ー",
    "〜": "ー",
    "～": "ー",
    "八": "ハ",
    "力": "カ",
    "二": "ニ",
    "口": "ロ",
    "工": "エ",
    "夕": "タ",
    "卜": "ト",
    "才": "オ",
    "千": "チ",
    "へ": "ヘ",
}


_BETWEEN_KANJI = ("ノ", "ヶ", "ケ", "ツ")
"""Katakana that place names and family names have between kanji: 口ノ津, 千ヶ崎, 八ツ橋."""

_COUNTED = ("階", "号", "番", "丁", "棟", "室", "館", "区", "条")
"""What follows a number: ビル一階 has no ー."""


_SLIPS = tuple(
    (re.compile(pattern), right)
    for pattern, right in (
        ("曰", "日"),
        ("て(?=す[。、でが]|す$|した[。、が]|しょう|きる|きま|きて|きな|はなく)", "で"),
        (r"(?<=[ぁ-ゖ])のて(?=[、。])", "ので"),
        (r"(?<=[0-9０-９])(?:[播春悉者香](?=地)|年(?=地(?:$|[0-9の])))", "番"),
        ("大[学宇](?=[一-龥]{1,4}[甲乙丙丁0-9])", "大字"),
    )
)
"""What can hardly be meant, and what is: voice marks that handwriting loses, letters that nobody
writes."""

_LARGE_FIRST = re.compile("(?<![ァ-ヺー])[ァィゥェォャュョ](?=[ァ-ヺー])")
_HIRAGANA_AMONG = re.compile("[べぺ](?=[ァ-ヺー])|(?<=[ァ-ヺー])[へべぺ](?=[ァ-ヺー])")


def smoothed(text: str) -> str:
    """Characters that are written alike follow their neighbours: コ一ポ is コーポ, 1|2 is 112,
    べンチ is ベンチ."""
    for pattern, right in _SLIPS:
        text = pattern.sub(right, text)
    text = _LARGE_FIRST.sub(lambda m: SMALL[m[0]], text)
    text = _HIRAGANA_AMONG.sub(lambda m: _katakana(m[0]), text)
    result = list(text)
    for place, character in enumerate(text):
        before, after = text[place - 1 : place], text[place + 1 : place + 2]
        if character in _IN_KATAKANA:
            if _is_kana(character, before, after, text[place + 2 : place + 3]):
                result[place] = _IN_KATAKANA[character]
        elif character in "/丿" and _is_kanji(before) and _is_kanji(after):
            result[place] = "ノ"  # 一ノ瀬
        elif character in "|丨)]}!lI/":
            written = character == "/" and before.isdigit()  # 4/1 is a date
            if (
                not written
                and (before.isdigit() or before in "-地の町甲乙丙")
                and (after.isdigit() or (after and after in "-番号"))
            ):
                result[place] = "1"
        elif (
            character in "oOＯ〇○"
            and (before.isdigit() or after.isdigit())
            and not any(c.isascii() and c.isalpha() for c in (before, after))
        ):  # nao30@… is a name
            result[place] = "0"
    return "".join(result)


def _is_kanji(character: str) -> bool:
    return "一" <= character <= "鿿"


def _is_kana(character: str, before: str, after: str, next_one: str) -> bool:
    """True where a character that looks like a katakana stands among katakana."""
    left = before != "" and ("ァ" <= before <= "ヶ" or before == "ー")
    right = after != "" and "ァ" <= after <= "ヶ"
    two = right and "ァ" <= next_one <= "ー"
    if _IN_KATAKANA[character] == "ー":
        return left and after not in _COUNTED and not (character in "-－" and after.isdigit())
    if before == "第" or (after in _BETWEEN_KANJI and not left and not two):
        return False
    return (left and right) or two or (right and not before.isdigit())


def spelled(texts: Iterable[str]) -> list[str]:
    """Each text and its smoothed form, in order, once."""
    return list(dict.fromkeys(t for text in texts for t in (smoothed(text), text)))
