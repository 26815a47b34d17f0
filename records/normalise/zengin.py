"""The 全銀 master of banks and branches (``zengin_code``), loaded when the first bank is looked
up."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from importlib.resources import files

from rapidfuzz import fuzz, process
from rapidfuzz.distance import Hamming

from records.normalise.common import squeezed
from records.normalise.kana import kana_key
from records.normalise.names import fold

YUCHO = "9900"
"""Code of ゆうちょ銀行."""
NEAR = 60.0
LEAD = 15.0
ALIKE = 50.0
"""Similarity (0–100) from which a misread name may be a listed one, the lead that it needs over the
next, and the similarity that is enough where the code says the same."""

_SHORT = (
    ("信用漁業協同組合連合会", "信漁連"),
    ("信用農業協同組合連合会", "信連"),
    ("農業協同組合", "農協"),
    ("漁業協同組合", "漁協"),
    ("農林中央金庫", "農林中金"),
    ("商工組合中央金庫", "商工中金"),
    ("信用金庫", "信金"),
    ("信用組合", "信組"),
    ("労働金庫", "労金"),
    ("しんきん", "信金"),
    ("しんくみ", "信組"),
    ("ろうきん", "労金"),
    ("ゆうちよ", "ゆうちょ"),
    ("郵便局", "ゆうちょ"),
    ("郵貯", "ゆうちょ"),
    ("ケ", "ヶ"),
    ("ガ", "ヶ"),
    ("が丘", "ヶ丘"),
)
"""Long forms and kana as people write them → the master's short forms; ケ, ヶ and が are alike in place
names."""
_LONG = (
    ("信金", "信用金庫"),
    ("信組", "信用組合"),
    ("労金", "労働金庫"),
    ("農協", "農業協同組合"),
    ("漁協", "漁業協同組合"),
)
_FIRM = re.compile(r"^(?:株式会社|\(株\)|\(同\))|(?:株式会社|\(株\))$")
"""A firm's form before or behind its name; ㈱ is (株) after NFKC."""
_NUMERALS = str.maketrans("〇○◯零一二三四五六七八九", "0000123456789")
_NUMBERED = re.compile("[0-9〇○◯零一二三四五六七八九]{3}店?")


@dataclass(frozen=True, slots=True)
class BankPlace:
    """A bank or one of its branches: its code, and its name as the master writes it."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Former:
    """A bank that is gone: its name in full, what became of it, and since when.

    Attributes:
        merged: False where only the name changed.
    """

    name: str
    successor: BankPlace
    date: str
    merged: bool


@dataclass(frozen=True, slots=True)
class Places:
    """Banks, or the branches of one bank, to be found by code, by name, by name in usual letters,
    and by reading.

    A name that two share (中国 and 中國 in usual letters) finds none of them.

    Attributes:
        former: key of a name that is gone → its successor; none for branches.
        spellings: other ways of writing a name, in the order in which they are tried.
    """

    by_code: Mapping[str, BankPlace]
    by_name: Mapping[str, BankPlace]
    by_folded: Mapping[str, BankPlace]
    by_kana: Mapping[str, BankPlace]
    former: Mapping[str, Former] = field(default_factory=dict)
    former_codes: Mapping[str, Former] = field(default_factory=dict)
    spellings: Callable[[str], Iterable[str]] = lambda text: (text,)

    def named(self, text: str) -> BankPlace | None:
        """The one whose name or reading is ``text``, whatever its form (佐賀銀行, 佐賀, ｻｶﾞ); for a
        former name its successor."""
        for spelling in self.spellings(text):
            found = self._spelled(spelling)
            if found:
                return found
        former = self.former_named(text)
        return former.successor if former else None

    def former_named(self, text: str) -> Former | None:
        """The former place whose name is ``text`` and no other's today."""
        return self.former.get(fold(place_key(text)))

    def coded(self, code: str) -> BankPlace | None:
        """The one with the code; for a former code its successor."""
        former = self.former_codes.get(code)
        return self.by_code.get(code) or (former.successor if former else None)

    def _spelled(self, text: str) -> BankPlace | None:
        key = place_key(text)
        kana = kana_key(text)
        exact = (
            self.by_name.get(key) or self.by_name.get(fold(key)) or self.by_folded.get(fold(key))
        )
        return exact or (self.by_kana.get(kana) if kana and not _kanji(text) else None)

    def near(self, text: str) -> BankPlace | None:
        """The one that ``text`` resembles, or None where it resembles none or several."""
        key = place_key(text)
        twins = []
        for name in self.by_name:
            if len(name) == len(key) and Hamming.distance(name, key) == 1:
                twins.append(name)
        if len(key) > 1 and len(twins) == 1:
            return self.by_name[twins[0]]
        found = process.extract(
            key, self.by_name.keys(), scorer=fuzz.ratio, limit=2, score_cutoff=NEAR
        )
        if not found:
            return None
        (nearest, score, _), *others = found
        if others and score - others[0][1] < LEAD:
            return None
        return self.by_name[nearest]


def place_key(text: str) -> str:
    """The key of a bank's or branch's name: NFKC, no blanks, short forms, without 銀行 and 支店;
    ゆうちょ's 〇五八店 is 058."""
    key = _FIRM.sub("", squeezed(unicodedata.normalize("NFKC", text)))
    if _NUMBERED.fullmatch(key):
        return key.removesuffix("店").translate(_NUMERALS)
    for long, short in _SHORT:
        key = key.replace(long, short)
    for tail in ("銀行", "支店", "支所"):
        key = key.removesuffix(tail) if len(key) > len(tail) else key
    return re.sub("[・･.,、 ]", "", key).casefold()


def _kanji(text: str) -> bool:
    return re.search("[一-鿿]", text) is not None


def agrees(text: str, place: BankPlace) -> bool:
    """True where ``text`` is the place's name in any of its forms."""
    return fold(place_key(text)) == fold(place_key(place.name))


def alike(text: str, place: BankPlace) -> bool:
    """True where ``text`` may be a misreading of the place's name."""
    return fuzz.ratio(place_key(text), place_key(place.name)) >= ALIKE


@lru_cache(maxsize=1)
def banks() -> Places:
    """All banks of the master, and those that became one of them."""
    from zengin_code import Bank

    now = _places((bank.code, bank.name, bank.kana) for bank in Bank.all.values())
    gone = _former_banks(now)
    return replace(
        now,
        former={fold(place_key(former.name)): former for former, _ in gone},
        former_codes={code: former for former, code in gone if code and code not in now.by_code},
        spellings=bank_spellings,
    )


def _former_banks(now: Places) -> list[tuple[Former, str]]:
    """The banks of ``merged_banks.csv`` with their former codes."""
    table = (files(__package__) / "merged_banks.csv").read_text(encoding="utf-8")
    rows = [line.split(",") for line in table.splitlines() if not line.startswith("#")]
    made = []
    for name, code, successor, date, how in rows:
        if successor in now.by_code:  # an office may have another version of the master
            made.append((Former(name, now.by_code[successor], date, how == "merged"), code))
    return made


_COOPERATIVE = re.compile("^(JA|JF)(バンク|BANK)?[・･-]?(.+)$")
_BANK = re.compile("(?:銀行?|ぎんこう|ギンコウ|BANK|BK)$")
_OWN_NAMES = {"JA伊万里": "伊万里市", "JAいまり": "伊万里市"}
"""Names that cooperatives give themselves without a part of the registered one. That a 市 is left
out is no rule: JA静岡 may be another one than 静岡市農協."""
_KINDS = ("農業協同組合", "漁業協同組合", "農協", "漁協", "バンク", "銀行")


def bank_spellings(text: str) -> list[str]:
    """``text``, and what the master may call it: さが農協, さが県農協 for JAさが; サガ for さがぎんこう."""
    plain = _FIRM.sub("", squeezed(unicodedata.normalize("NFKC", text))).upper()
    own = _COOPERATIVE.match(plain)
    if own is None:
        return [text, _BANK.sub("", plain)]
    kind, read = ("農協", "ノウキョウ") if own[1] == "JA" else ("漁協", "ギョキョウ")
    name = own[3]
    for tail in _KINDS:
        name = name.removesuffix(tail)
    name = _OWN_NAMES.get(f"{own[1]}{name}", name)
    made = [text, f"{name}{kind}", f"{name}県{kind}"]
    if not _kanji(name):
        made += [f"{name}{read}", f"{name}ケン{read}"]
    return made


@lru_cache(maxsize=256)
def branches(bank: str) -> Places:
    """The branches of the bank with the code ``bank``; none for an unknown code."""
    from zengin_code import Bank

    found = Bank.all.get(bank)
    if found:
        return _places((b.code, b.name, b.kana) for b in found.branches.values())
    return Places({}, {}, {}, {})


def _places(rows: Iterable[tuple[str, str, str]]) -> Places:
    found = [(BankPlace(code, name), kana) for code, name, kana in rows]
    named = [(place_key(place.name), place) for place, _ in found]
    return Places(
        {place.code: place for place, _ in found},
        _unique(named),
        _unique((fold(key), place) for key, place in named),
        _unique((kana_key(kana), place) for place, kana in found),
    )


def _unique(pairs: Iterable[tuple[str, BankPlace]]) -> dict[str, BankPlace]:
    """Key → place, without the keys that several places share."""
    made: dict[str, BankPlace | None] = {}
    for key, place in pairs:
        made[key] = None if key in made else place
    return {key: place for key, place in made.items() if place}


def bank_title(bank: BankPlace) -> str:
    """The bank's name as people write it: 佐賀 → 佐賀銀行, 佐賀信金 → 佐賀信用金庫."""
    name = unicodedata.normalize("NFKC", bank.name)
    for short, long in _LONG:
        if name.endswith(short):
            return name.removesuffix(short) + long
    if (bank.code < "1000" or bank.code == YUCHO) and not name.endswith("銀行"):
        return name + "銀行"
    return name


def branch_title(bank: str, branch: BankPlace) -> str:
    """The branch's name as people write it: 丸の内 → 丸の内支店, ゆうちょ's 〇五八 → 〇五八店."""
    name = unicodedata.normalize("NFKC", branch.name)
    if bank == YUCHO:
        if name.endswith("店"):
            return name
        return f"{name}店"
    if bank >= "3000" or re.search("(?:店|出張所|営業部|本部|センター|本所|支所|室|課)$", name):
        return name
    return f"{name}支店"
