"""What an office taught: words that its people write again and again, and characters that keep
being misread there.

Evidence, never a rule. A learned word adds a bounded log weight to a candidate (:data:`WORD`), a
correction that people keep making stands at bounded odds to the text that it corrects
(:data:`ODDS`), and where the office's evidence overrules the engine a person is asked
(:func:`ocr.weigh.weighing.weigh`). Names are kept as separate words, a surname here and a given name there,
never a person.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rapidfuzz import fuzz, process
from rapidfuzz.distance import Levenshtein

from ocr.weigh.lexicon import Names, names
from records.errors import DefinitionError
from records.forms import FieldDef

WORD = 1.5
"""Most that a word may add to a candidate's log belief, however often it came back."""

ODDS = 2.0
"""Most log odds that a correction may have over the text that it corrects, however often people
made it."""

SEEN = 3
"""A correction counts from so many documents."""

Corrections = Mapping[str, tuple[str, float]]
"""Corrected text → the text that it corrects, and the log odds at which people here made that
correction."""

NO_CORRECTIONS: Corrections = {}

SURNAME = "surname"
GIVEN = "given"
PLACE = "place"
BANK = "bank"
BRANCH = "branch"
PERSONAL = (SURNAME, GIVEN)

_ROW = re.compile(r"\.\d+\.")
_TAILS = ("信用金庫", "信用組合", "農業協同組合", "銀行", "信金", "農協", "支店", "出張所")


@dataclass(frozen=True, slots=True)
class Corrected:
    """How often people put one thing for another: a character for the one that was read, a word for
    what resembles it.

    Attributes:
        documents: in how many documents they did; ``kept``: in how many what was read was right.
    """

    documents: int
    kept: int

    @property
    def rate(self) -> float:
        """Share of the documents in which what is read is wrong, with half a document on either
        side."""
        return (self.documents + 0.5) / (self.documents + self.kept + 1.0)

    @property
    def odds(self) -> float:
        """Log odds of the correction, at most :data:`ODDS`."""
        return min(ODDS, math.log(self.rate / (1 - self.rate)))


@dataclass(frozen=True, eq=False)
class Learned:
    """The words and corrections of one office.

    Attributes:
        words: role → word → in how many documents. Roles: ``surname``, ``given``, ``place``
            (streets, buildings), ``bank``, ``branch``, and ``text:<form>.<field>`` for the whole
            values of a free field.
        readings: ``surname`` and ``given`` → word → furigana in katakana.
        missed: role → word → how often it was misread as something that resembles it.
        confusions: group of kinds (:attr:`records.kinds.Kind.trust`) → (read, meant) → how often.
    """

    words: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    readings: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    missed: Mapping[str, Mapping[str, Corrected]] = field(default_factory=dict)
    confusions: Mapping[str, Mapping[tuple[str, str], Corrected]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return any(self.words.values()) or any(self.confusions.values())

    @functools.cached_property
    def names(self) -> Names:
        """The table of names with the office's own."""
        taught = []
        for role in PERSONAL:
            taught.append(
                {
                    word: self.readings.get(role, {}).get(word, ())
                    for word in self.words.get(role, {})
                }
            )
        if any(taught):
            return names().joined(*taught)
        return names()

    def corrections(
        self, form: str, item: FieldDef, part: str, texts: Sequence[str]
    ) -> Corrections:
        """``texts`` with what people here put right: a confused character, or a known word for what
        resembles it.

        The engine may give next to nothing to a character that it always mistakes for another. How
        often people made the correction is then better evidence than its score; words that were
        never missed get no odds, only a chance.
        """
        role = role_of(form, item, part)
        words = self.words.get(role, {})
        missed = self.missed.get(role, {})
        made: dict[str, tuple[str, float]] = {}
        for text in dict.fromkeys(texts):
            steps = list(self._put_right(item.traits.trust, text))
            if words:
                near = near_words(text, words) if item.kind == "address" else _as_word(text, words)
                steps += [
                    (other, missed[word].odds if word in missed else -math.inf)
                    for word, other in near
                ]
            for other, odds in steps:
                if other not in made or odds > made[other][1]:
                    made[other] = (text, odds)
        return dict(list(made.items())[:60])

    def lift(self, form: str, item: FieldDef, part: str, text: str) -> float:
        """What the words that ``text`` holds add to its log belief, in [0, :data:`WORD`]."""
        words = self.words.get(role_of(form, item, part), {})
        bare = _bare(text)
        if item.kind == "address":
            known = max((n for word, n in words.items() if word in bare), default=0)
        else:
            known = max(words.get(bare, 0), words.get(_without_tail(bare), 0))
        return min(WORD, 0.7 * math.log1p(known))

    def _put_right(self, group: str, text: str) -> Iterator[tuple[str, float]]:
        """``text`` with one confused character put right at a time, and the odds of it."""
        for (read, meant), corrected in self.confusions.get(group, {}).items():
            for place in [m.start() for m in re.finditer(re.escape(read), text)]:
                yield text[:place] + meant + text[place + len(read) :], corrected.odds


NOTHING = Learned()


def role_of(form: str, item: FieldDef, part: str) -> str:
    """The role of the words that stand in a place; empty where none are learned."""
    if part in (BANK, BRANCH):
        return part
    if item.kind == "address" and not part:
        return PLACE
    if item.kind == "text" and not part and not item.values:
        return f"text:{form}.{_ROW.sub('.', item.name)}"
    return ""


def replaced(read: str, meant: str) -> list[tuple[str, str]]:
    """The characters of ``read`` that stand as another one in ``meant``, in order."""
    found = []
    for op in Levenshtein.editops(read, meant):
        if op.tag == "replace":
            found.append((read[op.src_pos], meant[op.dest_pos]))
    return found


def near_words(text: str, words: Iterable[str]) -> Iterator[tuple[str, str]]:
    """(word, ``text`` with it in place of what resembles it most): half of its characters at least,
    one more or less."""
    there = set(text)
    for word in words:
        most = max(1, len(word) // 2)
        if word in text or sum(c in there for c in word) < len(word) - most:
            continue
        nearest: list[tuple[int, int]] = []
        for size in (len(word), len(word) - 1, len(word) + 1):
            for start in range(len(text) - size + 1 if size else 0):
                piece = text[start : start + size]
                far = Levenshtein.distance(piece, word, score_cutoff=most)
                if far <= most and not piece.isascii() and not _loose(piece, word):
                    if far < most:
                        most, nearest = far, []
                    nearest.append((start, size))
        for start, size in nearest:
            yield word, text[:start] + word + text[start + size :]


def _loose(piece: str, word: str) -> bool:
    """True where a piece only resembles the word by its neighbour: its first and last characters
    are both others."""
    has_first = piece[0] == word[0]
    has_last = piece[-1] == word[-1]
    return len(word) > 2 and not has_first and not has_last


def _as_word(text: str, words: Iterable[str]) -> Iterator[tuple[str, str]]:
    for word, _, _ in process.extract(
        _bare(text), list(words), scorer=fuzz.ratio, limit=6, score_cutoff=45
    ):
        if str(word) != _bare(text):
            yield str(word), str(word)


def without_tail(name: str) -> str:
    """A bank's or branch's name without 銀行, 支店…, as many write it."""
    return _without_tail(_bare(name))


def _without_tail(name: str) -> str:
    for tail in _TAILS:
        if len(name) > len(tail):
            name = name.removesuffix(tail)
    return name


def _bare(text: str) -> str:
    return "".join(text.split())


# --- kept -----------------------------------------------------------------------------------------


def to_json(learned: Learned) -> dict[str, Any]:
    """As it is kept in the site's folder."""
    return {
        "words": {
            role: dict(sorted(words.items()))
            for role, words in sorted(learned.words.items())
            if words
        },
        "readings": {
            role: {w: list(r) for w, r in sorted(words.items()) if r}
            for role, words in sorted(learned.readings.items())
        },
        "missed": [
            [role, word, c.documents, c.kept]
            for role, found in sorted(learned.missed.items())
            for word, c in sorted(found.items())
        ],
        "confusions": [
            [group, read, meant, c.documents, c.kept]
            for group, pairs in sorted(learned.confusions.items())
            for (read, meant), c in sorted(pairs.items())
        ],
    }


def from_json(data: Mapping[str, Any]) -> Learned:
    """Read it back.

    Raises:
        DefinitionError: it is no such data.
    """
    try:
        missed: dict[str, dict[str, Corrected]] = {}
        for role, word, documents, kept in data["missed"]:
            missed.setdefault(str(role), {})[str(word)] = Corrected(int(documents), int(kept))
        confusions: dict[str, dict[tuple[str, str], Corrected]] = {}
        for group, read, meant, documents, kept in data["confusions"]:
            confusions.setdefault(str(group), {})[str(read), str(meant)] = Corrected(
                int(documents), int(kept)
            )
        return Learned(
            {
                str(role): {str(w): int(n) for w, n in words.items()}
                for role, words in data["words"].items()
            },
            {
                str(role): {str(w): tuple(map(str, r)) for w, r in words.items()}
                for role, words in data["readings"].items()
            },
            missed,
            confusions,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DefinitionError("学習した語の内容が壊れています") from error


def count_words(learned: Learned, roles: Iterable[str] | None = None) -> int:
    """How many words of these roles there are; of all where none are named."""
    wanted = learned.words if roles is None else roles
    return sum(len(learned.words.get(role, {})) for role in wanted)
