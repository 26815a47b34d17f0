"""What an office taught: words that its people write again and again, and characters that keep being misread there.

Evidence, never a rule. A learned word or confusion adds a bounded log weight (:data:`MOST`) to a candidate, the engine
still says what the ink allows, and where the office's evidence overrules the engine a person is asked
(:func:`ocr.refine.weigh`). Names are kept as separate words, a surname here and a given name there, never a person.
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

from ocr.lexicon import Names, names
from ocr.trust import GROUPS
from records.errors import DefinitionError
from records.forms import FieldDef

MOST = 3.0
"""Most that what was learned may add to a candidate's log belief: the engine's doubt can be turned, not its conviction."""

WORD = 2.0
"""Most that a word may add, however often it came back."""

SURNAME, GIVEN, PLACE, BANK, BRANCH = "surname", "given", "place", "bank", "branch"
PERSONAL = (SURNAME, GIVEN)

_NEAR = 55.0
"""Similarity (0-100) from which a piece of the text is tried as a known word."""

_ROW = re.compile(r"\.\d+\.")
_TAILS = ("信用金庫", "信用組合", "農業協同組合", "銀行", "信金", "農協", "支店", "出張所")


@dataclass(frozen=True, slots=True)
class Confusion:
    """How often people put another character for one that was read.

    Attributes:
        documents: in how many documents it was put right; ``kept``: in how many the character that was read was right.
    """

    documents: int
    kept: int

    @property
    def rate(self) -> float:
        """Share of the documents in which it is wrong, with half a document on either side."""
        return (self.documents + 0.5) / (self.documents + self.kept + 1.0)


@dataclass(frozen=True, eq=False)
class Learned:
    """The words and confusions of one office.

    Attributes:
        words: role → word → in how many documents. Roles: ``surname``, ``given``, ``place`` (streets, buildings),
            ``bank``, ``branch``, and ``text:<form>.<field>`` for the whole values of a free field.
        readings: ``surname`` and ``given`` → word → furigana in katakana.
        confusions: group of kinds (:data:`ocr.trust.GROUPS`) → (read, meant) → how often.
    """

    words: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    readings: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    confusions: Mapping[str, Mapping[tuple[str, str], Confusion]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return any(self.words.values()) or any(self.confusions.values())

    @functools.cached_property
    def names(self) -> Names:
        """The table of names with the office's own."""
        taught = [{word: self.readings.get(role, {}).get(word, ()) for word in self.words.get(role, {})} for role in PERSONAL]
        return names().joined(*taught) if any(taught) else names()

    def candidates(self, form: str, item: FieldDef, part: str, read: Sequence[str]) -> list[str]:
        """Texts that the office makes likely: known words in place of what resembles them, confusions put right."""
        made = [t for text in read[:3] for t in self._put_right(GROUPS.get(item.kind, ""), text)]
        words = self.words.get(role_of(form, item, part), {})
        if words:
            near = _with_word if item.kind == "address" else _as_word
            made += [t for text in [*read[:2], *made[:4]] for t in near(text, words)]
        return list(dict.fromkeys(made))[:60]

    def lift(self, form: str, item: FieldDef, part: str, text: str, favourite: str) -> float:
        """What the office adds to the log belief in ``text``, in [0, :data:`MOST`].

        Args:
            favourite: what the engine itself would rather read: confusions are counted from there.
        """
        words = self.words.get(role_of(form, item, part), {})
        bare = _bare(text)
        if item.kind == "address":
            known = max((n for word, n in words.items() if word in bare), default=0)
        else:
            known = max(words.get(bare, 0), words.get(_without_tail(bare), 0))
        total = min(WORD, 0.7 * math.log1p(known))
        pairs = self.confusions.get(GROUPS.get(item.kind, ""), {})
        if pairs and text != favourite:
            total += MOST * max((pairs[pair].rate for pair in set(replaced(_bare(favourite), bare)) if pair in pairs), default=0.0)
        return min(MOST, total)

    def _put_right(self, group: str, text: str) -> Iterator[str]:
        """``text`` with one misread character put right, then with all of them."""
        pairs = self.confusions.get(group, {})
        everywhere = text
        for (read, meant), _ in sorted(pairs.items(), key=lambda p: -p[1].rate):
            for place in [m.start() for m in re.finditer(re.escape(read), text)]:
                yield text[:place] + meant + text[place + len(read):]
            everywhere = everywhere.replace(read, meant) if read in text else everywhere
        if everywhere != text:
            yield everywhere


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
    return [(read[op.src_pos], meant[op.dest_pos]) for op in Levenshtein.editops(read, meant) if op.tag == "replace"]


def _with_word(text: str, words: Mapping[str, int]) -> Iterator[str]:
    """The address with the piece that resembles a known word replaced by it, a character more or less taken for it."""
    hits = process.extract(text, list(words), scorer=fuzz.partial_ratio, limit=8, score_cutoff=_NEAR)
    for word, _, _ in hits:
        found = fuzz.partial_ratio_alignment(str(word), text)
        if found is None or word in text or len(word) > len(text):
            continue
        for more in (0, -1, 1):
            yield text[:found.dest_start] + str(word) + text[max(found.dest_start, found.dest_end + more):]


def _as_word(text: str, words: Mapping[str, int]) -> Iterator[str]:
    for word, _, _ in process.extract(_bare(text), list(words), scorer=fuzz.ratio, limit=6, score_cutoff=45):
        yield str(word)


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


# --- kept -------------------------------------------------------------------------------------------------------------


def to_json(learned: Learned) -> dict[str, Any]:
    """As it is kept in the site's folder."""
    return {
        "words": {role: dict(sorted(words.items())) for role, words in sorted(learned.words.items()) if words},
        "readings": {role: {w: list(r) for w, r in sorted(words.items()) if r} for role, words in sorted(learned.readings.items())},
        "confusions": [
            [group, read, meant, c.documents, c.kept]
            for group, pairs in sorted(learned.confusions.items()) for (read, meant), c in sorted(pairs.items())],
    }


def from_json(data: Mapping[str, Any]) -> Learned:
    """Read it back.

    Raises:
        DefinitionError: it is no such data.
    """
    try:
        confusions: dict[str, dict[tuple[str, str], Confusion]] = {}
        for group, read, meant, documents, kept in data["confusions"]:
            confusions.setdefault(str(group), {})[str(read), str(meant)] = Confusion(int(documents), int(kept))
        return Learned(
            {str(role): {str(w): int(n) for w, n in words.items()} for role, words in data["words"].items()},
            {str(role): {str(w): tuple(map(str, r)) for w, r in words.items()} for role, words in data["readings"].items()},
            confusions)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DefinitionError("学習した語の内容が壊れています") from error


def count_words(learned: Learned, roles: Iterable[str] | None = None) -> int:
    """How many words of these roles there are; of all where none are named."""
    wanted = learned.words if roles is None else roles
    return sum(len(learned.words.get(role, {})) for role in wanted)
