"""What an office's decided sheets teach: labelled readings for trust, words that come back, and
confusions put right.

Pure: sheets in, facts out. A sheet is a record as the machine read it beside the record as people
left it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from rapidfuzz import fuzz

from ocr.office.taught import (
    BANK,
    BRANCH,
    GIVEN,
    PERSONAL,
    PLACE,
    SEEN,
    SURNAME,
    Corrected,
    Learned,
    near_words,
    replaced,
    role_of,
    without_tail,
)
from ocr.trust.ceilings import ceiling
from ocr.trust.fitting import Labelled
from ocr.trust.model import target_of
from ocr.weigh.lexicon import Names, names
from ocr.weigh.nearnames import splits
from ocr.weigh.people import name_pairs
from records.codec import show
from records.compare import bare, same
from records.forms import FieldDef, FormDef
from records.kinds import kind_of
from records.normalise.address import split_address
from records.normalise.kana import to_katakana
from records.site import Office
from records.types import Field, Record, Value

FEWEST = SEEN
"""A word or a correction is learned from so many different documents, and from no fewer."""

PARTNERS = 2
"""A surname must have been seen with so many given names, and the other way round: what only one
person has is not kept."""

RATE = 0.1
"""A confusion counts from this share of the documents in which the character was read."""

WORDS, CONFUSIONS = 500, 200
"""Most words of one role, and confusions of one group of kinds, the commonest first: 2,000 words
cost 0.23 s an address."""

_WRITTEN = ("name", "kana", "address", "text")
"""Kinds whose letters are compared. Digits are not: what is unclear must never become the usual
digit."""

_LONGEST = 24
_NUMBERED = re.compile(
    r"[0-9０-９]+(?:番地の?|番の?|号室|号|丁目|階|の|ノ)?|[\-‐ー−―]+(?=[0-9])|[\s\u3000]+"
)
_NO_PLACE = re.compile(r"^(?:大字|字)?[甲乙丙丁戊己庚辛壬癸]?$|方$|様$")


@dataclass(frozen=True, slots=True)
class Answered:
    """One sheet on which people decided.

    Attributes:
        as_read: as the machine read it; ``now``: with every settled answer in place
        (:class:`records.journal.RecordRow`).
    """

    form: FormDef
    as_read: Record
    now: Record

    def settled(self) -> Iterator[tuple[FieldDef, Field, Value]]:
        """(definition, field as read, the person's value) of every field that a person settled."""
        for name, read in self.as_read.fields.items():
            now = self.now.fields.get(name)
            if (
                now is not None
                and name in self.form.fields
                and now.readings
                and now.readings[-1].engine == "person"
            ):
                yield self.form.fields[name], read, now.value

    def believed(self) -> Iterator[tuple[FieldDef, Value]]:
        """(definition, value) of every field that a person settled or that nobody needed to look
        at."""
        for name, now in self.now.fields.items():
            if name in self.form.fields and now.unseen and not now.sampled:
                yield self.form.fields[name], now.value


# --- for trust ------------------------------------------------------------------------------------


def labelled(sheet: Answered, drawn_weight: float) -> Iterator[Labelled]:
    """The sheet's decided fields as readings of which the truth is known.

    A doubtful field goes to a person in any case and counts once. A drawn one stands for all those
    that nobody looked at: ``drawn_weight`` of them. An unseen value that was changed although
    nobody asked is left out: such values are found because they are wrong, and nobody knows how
    many were looked at.
    """
    for item, read, value in sheet.settled():
        judged = next((r for r in reversed(read.readings) if r.engine == "trust"), None)
        if judged is None or not read.doubtful:
            continue
        yield Labelled(
            item.kind,
            judged.features,
            same(item.kind, read.value, value),
            bool(read.problems),
            sheet.as_read.document,
            weight=drawn_weight if read.sampled else 1.0,
            most=ceiling(item.kind, read.text, judged.features),
            target=target_of(sheet.form, item.kind, judged.features),
        )


# --- words ----------------------------------------------------------------------------------------


def learn(sheets: Iterable[Answered], office: Office) -> Learned:
    """Words that come back in people's answers, and confusions that they put right, each from
    :data:`FEWEST` documents on."""
    words: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    people = _People()
    mixed = _Mixed()
    places: list[tuple[str, list[tuple[str, str]]]] = []
    for sheet in sheets:
        document = sheet.as_read.document
        for item, read, value in sheet.settled():
            for role, word in words_in(sheet.form.id, item, value, office):
                words[role][word].add(document)
            mixed.compare(item.kind, show(read.value), show(value), document)
        decided = {item.name for item, *_ in sheet.settled()}
        for item, value in sheet.believed():
            if item.name not in decided:
                mixed.compare(item.kind, show(value), show(value), document)
        people.meet(sheet)
        addresses = []
        for item, read, value in sheet.settled():
            if item.kind == "address":
                addresses.append((show(read.value), show(value)))
        places.append((document, addresses))
    counted = {}
    for role, found in words.items():
        counts = {word: len(documents) for word, documents in found.items()}
        counted[role] = _often(counts)
    readings: dict[str, dict[str, tuple[str, ...]]] = {}
    for role in PERSONAL:
        readings[role], counted[role] = people.learned(role)
    missed = {PLACE: _missed(counted.get(PLACE, {}), places)}
    return Learned(
        {role: found for role, found in counted.items() if found}, readings, missed, mixed.learned()
    )


def _missed(
    words: Mapping[str, int], addresses: Iterable[tuple[str, list[tuple[str, str]]]]
) -> dict[str, Corrected]:
    """How often each word was put in place of something that resembles it, against how often that
    was right."""
    changed: dict[str, set[str]] = defaultdict(set)
    stood: dict[str, set[str]] = defaultdict(set)
    for document, pairs in addresses:
        for read, meant in pairs:
            for word in {word for word, _ in near_words(bare(read), words)}:
                (changed if word in bare(meant) else stood)[word].add(document)
    return {
        word: Corrected(len(d), len(stood[word] - d))
        for word, d in changed.items()
        if len(d) >= FEWEST
    }


def words_in(form: str, item: FieldDef, value: Value, office: Office) -> Iterator[tuple[str, str]]:
    """(role, word) of one answer: streets and buildings of an address, bank and branch, a short
    free text."""
    if item.kind == "address" and isinstance(value, str):
        for word in places_in(value, office):
            yield PLACE, word
    elif item.kind == "bank_account" and isinstance(value, dict):
        for role in (BANK, BRANCH):
            name = without_tail(str(value.get(f"{role}_name") or ""))
            if name:
                yield role, name
    elif item.kind == "text" and isinstance(value, str) and role_of(form, item, ""):
        word = bare(value)
        if 2 <= len(word) <= _LONGEST and not any(c.isdigit() for c in word):
            yield role_of(form, item, ""), word


def places_in(address: str, office: Office) -> list[str]:
    """Streets, districts and buildings in an address; not its town, numbers, or in whose house
    somebody lives (…方)."""
    found = split_address(address, office)
    pieces = [p.strip("、,.・-") for p in _NUMBERED.split(found.rest)]
    return list(
        dict.fromkeys(p for p in pieces if 2 <= len(p) <= _LONGEST and not _NO_PLACE.search(p))
    )


def _often(counts: Mapping[str, int]) -> dict[str, int]:
    kept = [(word, count) for word, count in counts.items() if count >= FEWEST]
    kept.sort(key=lambda pair: (-pair[1], pair[0]))
    return dict(kept[:WORDS])


_Documents = dict[str, dict[str, set[str]]]
"""Word → what it stood beside → the documents in which it did."""


def _no_documents() -> _Documents:
    return defaultdict(lambda: defaultdict(set))


class _People:
    """Surnames and given names that the table of names lacks, each with whom and in which
    documents."""

    def __init__(self) -> None:
        self._table = names()
        self._met = {role: _no_documents() for role in PERSONAL}
        self._kana = {role: _no_documents() for role in PERSONAL}

    def meet(self, sheet: Answered) -> None:
        believed = {item.name: value for item, value in sheet.believed()}
        furigana = {name: kana for kana, name in name_pairs(sheet.form)}
        for item, _, value in sheet.settled():
            if item.kind != "name" or not isinstance(value, str):
                continue
            kana = believed.get(furigana.get(item.name, ""))
            halves = split_name(value, kana if isinstance(kana, str) else "", self._table)
            if halves is None:
                continue
            (family, family_kana), (given, given_kana) = halves
            known = (self._table.surnames, self._table.given)
            for role, table, word, reading, partner in (
                (SURNAME, known[0], family, family_kana, given),
                (GIVEN, known[1], given, given_kana, family),
            ):
                if word not in table or (reading and reading not in table[word]):
                    self._met[role][word][partner].add(sheet.as_read.document)
                    if reading:
                        self._kana[role][word][reading].add(sheet.as_read.document)

    def learned(self, role: str) -> tuple[dict[str, tuple[str, ...]], dict[str, int]]:
        """Readings and document counts of the words that :data:`PARTNERS` and :data:`FEWEST`
        allow."""
        counts = _often(
            {
                word: len(set().union(*partners.values()))
                for word, partners in self._met[role].items()
                if len(partners) >= PARTNERS
            }
        )
        return {
            word: tuple(
                sorted(
                    kana
                    for kana, found in self._kana[role][word].items()
                    if len(found) >= FEWEST - 1
                )
            )
            for word in counts
        }, counts


def split_name(
    name: str, kana: str, table: Names
) -> tuple[tuple[str, str], tuple[str, str]] | None:
    """((family, furigana), (given, furigana)): at the blank, or where a known half with its
    furigana leaves the other; else None."""
    if any(not (c.isalpha() or c in "々ヶ・ \u3000") for c in name):
        return None
    whole = [(f, g) for f, g in splits(name) if f and g]
    known = {pair: (pair[0] in table.surnames) + (pair[1] in table.given) for pair in whole}
    best = [pair for pair in whole if known[pair] == max(known.values())]
    reading = to_katakana(kana)
    if len(whole) > 1 and (len(best) > 1 or known[best[0]] < 2):
        best = [
            (f, g)
            for f, g in best
            if any(reading.startswith(r) for r in table.readings(f))
            or any(reading.endswith(r) for r in table.given.get(g, ()))
        ]
    if len(best) != 1:
        return None
    family, given = best[0]
    halves = []
    if reading:
        halves = [(f, g) for f, g in splits(reading) if f and g]
    if len(halves) > 1:
        fits = {
            (f, g): (f in table.readings(family)) + (g in table.given.get(given, ()))
            for f, g in halves
        }
        halves = [pair for pair, n in fits.items() if n and n == max(fits.values())]
    family_kana, given_kana = halves[0] if len(halves) == 1 else ("", "")
    return (family, family_kana), (given, given_kana)


class _Mixed:
    """Characters that people replaced, against those that they let stand."""

    def __init__(self) -> None:
        self._changed: dict[str, dict[tuple[str, str], set[str]]] = defaultdict(
            lambda: defaultdict(set)
        )
        self._stood: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))

    def compare(self, kind: str, read: str, meant: str, document: str) -> None:
        if kind not in _WRITTEN or not read or not meant:
            return
        group = kind_of(kind).trust
        read = bare(read)
        meant = bare(meant)
        pairs = []
        if read != meant:
            pairs = replaced(read, meant)
        if read != meant and fuzz.ratio(read, meant) < 50:
            return  # another text, not the same one misread
        for pair in pairs:
            if not any(c.isdigit() for c in pair):
                self._changed[group][pair].add(document)
        for character in set(read) - {a for a, _ in pairs}:
            self._stood[group][character].add(document)

    def learned(self) -> dict[str, dict[tuple[str, str], Corrected]]:
        made: dict[str, dict[tuple[str, str], Corrected]] = {}
        for group, pairs in self._changed.items():
            found = {
                p: Corrected(len(d), len(self._stood[group][p[0]] - d))
                for p, d in pairs.items()
                if len(d) >= FEWEST
            }
            kept = sorted(
                ((p, c) for p, c in found.items() if c.rate >= RATE),
                key=lambda c: (-c[1].documents, c[0]),
            )
            if kept:
                made[group] = dict(kept[:CONFUSIONS])
        return made
