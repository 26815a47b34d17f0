"""What the readers say of one line: the line reader, its heads, and the networks for characters."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ocr.decode.ctc import Alphabet, Decoded, said, score_texts
from ocr.engines.contract import LineEngine, Looked, Probabilities
from ocr.engines.glyphs import GlyphNet
from ocr.engines.heads import OTHER, LineHead
from ocr.seen import Seen, shares_of
from ocr.weigh.signs import Signs, signs_beside_digits
from records.normalise.kana import in_hiragana
from records.types import Gray, Reading

LINE_BESIDE_HEAD, HEAD = 0.3, 1.0
"""Weights of the line reader's own log belief and of a head's, where a field holds nothing but what
the head knows."""

LINE_IN_TEXT, WRITING_IN_TEXT, DIGITS_IN_TEXT = 0.8, 0.3, 0.5
"""Weights in a line of all sorts of characters: of the line reader, of the head for writing and of
the head for digits."""


DIGITS = "0123456789"


Looking = Callable[[Gray], tuple[Probabilities, Looked | None]]
"""What looks at a line, see :meth:`ocr.engines.contract.LineEngine.look`."""


def looked_once(look: Looking) -> Looking:
    """``look``, which looks at each line once: what may be crossed out is asked about before it is
    read."""
    known: dict[int, tuple[Gray, tuple[Probabilities, Looked | None]]] = {}

    def looking(line: Gray) -> tuple[Probabilities, Looked | None]:
        if id(line) not in known:
            known[id(line)] = line, look(line)  # as long as the line is kept, its id is no other's
        return known[id(line)][1]

    return looking


@dataclass(frozen=True, eq=False)
class Engines:
    """What reads: the line reader, and the heads and the networks for single characters where they
    are installed."""

    line: LineEngine
    digits: GlyphNet | None = None
    katakana: GlyphNet | None = None
    hiragana: GlyphNet | None = None
    heads: Mapping[str, LineHead] = field(default_factory=dict)

    def read(self, image: Gray, alphabet: Alphabet, text: str = "") -> Look:
        """Read a line by the line reader and the heads that know the alphabet, or the digits of
        ``text``."""
        return self.listen(Look(*self.line.look(image), alphabet), text)

    def listen(self, look: Look, text: str = "") -> Look:
        """The same look with the heads that know its alphabet, or the digits of ``text``."""
        own, wanted = self._wanted(look.alphabet, text)
        heads = [
            (self.heads[name], weight) for name, weight in wanted.items() if name in self.heads
        ]
        seen = look.looked
        if not heads or seen is None:
            return look
        return replace(
            look,
            own=own,
            heard=tuple(Heard(head, head.probabilities(seen), w) for head, w in heads),
        )

    def _wanted(self, alphabet: Alphabet, text: str) -> tuple[float, dict[str, float]]:
        """Weight of the line reader, and the heads that are asked with theirs."""
        if is_kana(alphabet):
            return LINE_BESIDE_HEAD, {"kana": HEAD}
        if "亜" not in alphabet.place:
            return (LINE_BESIDE_HEAD, {"digits": HEAD}) if "0" in alphabet.place else (1.0, {})
        digits = {"digits": DIGITS_IN_TEXT} if any(c in DIGITS for c in text) else {}
        return (LINE_IN_TEXT if "writing" in self.heads else 1.0), {
            "writing": WRITING_IN_TEXT
        } | digits

    def kana(self, text: str) -> GlyphNet | None:
        """The network for the script that ``text`` is written in."""
        return self.hiragana if in_hiragana(text) else self.katakana


@dataclass(frozen=True, eq=False)
class Heard:
    """What a head makes of a line, and the weight of its log belief."""

    head: LineHead
    believed: Probabilities
    weight: float
    _known: dict[str, float] = field(default_factory=dict, init=False)

    @functools.cached_property
    def decoded(self) -> Decoded:
        return self.head.decode(self.believed)

    def score(self, texts: Iterable[str]) -> dict[str, float]:
        """Natural log of the head's belief in each text; each is worked out once."""
        wanted = list(texts)
        new = [text for text in wanted if text not in self._known]
        if new:
            self._known.update(self.head.score(self.believed, new))
        return {text: self._known[text] for text in wanted}


@dataclass(frozen=True, eq=False)
class Look:
    """A line as the line reader saw it, and as heads made it out from that.

    Attributes:
        believed, looked: what :meth:`ocr.engines.contract.LineEngine.look` gave.
        heard: heads that know the field's script.
        own: weight of the line reader's log belief.
        signs: small ink that texts are weighed by; None where there is none, or a field has none.
        first: what the line reader alone makes of a line of running text; empty elsewhere.
    """

    believed: Probabilities
    looked: Looked | None
    alphabet: Alphabet
    heard: tuple[Heard, ...] = ()
    own: float = 1.0
    signs: Signs | None = None
    first: str = ""
    _known: dict[str, float] = field(default_factory=dict, init=False)
    _plainly: dict[str, float] = field(default_factory=dict, init=False)

    def score(self, texts: Iterable[str]) -> dict[str, float]:
        """A :data:`ocr.seen.Scorer`: log belief of all together; a text that is asked about again
        is not worked out again."""
        wanted = list(dict.fromkeys(texts))
        new = [text for text in wanted if text not in self._known]
        if new:
            spoken = {t: said(t) for t in new if self.signs is not None or "㎡" not in t}
            logs = score_texts(self.believed, self.alphabet, spoken.values())
            together = {t: self.own * logs[own] for t, own in spoken.items() if own in logs}
            for heard in self.heard:
                scored = heard.score({spoken[text] for text in together})
                for text in together:
                    together[text] += heard.weight * scored[spoken[text]]
            if self.signs is not None:
                self._plainly.update(together)
                together = self.signs.score(together)
            self._known.update({text: together.get(text, _IMPOSSIBLE) for text in new})
        return {text: log for text in wanted if (log := self._known[text]) > _IMPOSSIBLE}

    def weigh(self, seen: Seen, length: int = 0) -> Seen:
        """``seen`` (the line reader's) with the heads' own texts among its texts, all in order of
        what all believe.

        Args:
            length: characters that there must be; 0 where nobody knows.
        """
        if not self.heard:
            return replace(seen, scorer=self.score)
        own = [t for t, _ in seen.texts]
        for heard in self.heard:
            for h in heard.decoded.best[:8]:
                if h.text and OTHER not in h.text and (not length or len(h.text) == length):
                    own.append(h.text)
            own += [_with_numbers(t, heard.decoded.text) for t in own[:2]]
        together = self.score(own)
        if not together:
            return replace(seen, scorer=self.score)
        ranked = list(shares_of(together).items())
        opinion = functools.partial(self.opinion, tuple(text for text, _ in ranked[:12]))
        facts, best = opinion(ranked[0][0]), self.heard[0].decoded.best
        reading = Reading(
            best[0].text, best[0].share, "head", tuple((h.text, h.share) for h in best[:4]), facts
        )
        return replace(
            seen,
            texts=tuple(ranked[:8]),
            features={**seen.features, **facts},
            readings=(*seen.readings, reading),
            scorer=self.score,
            opinion=opinion,
        )

    def opinion(self, others: Sequence[str], text: str) -> dict[str, float]:
        """What the first head alone thinks of ``text`` beside ``others``: its share of the belief,
        and how far (natural log) it lies behind what the head would rather read."""
        first = self.heard[0]
        alike = {first.head.spelled(t): t for t in (*others, text)}  # blanks are nothing to a head
        logs = first.score(alike.values())
        return {
            "head_share": shares_of(logs)[text],
            "head_gap": max(*logs.values(), first.decoded.best[0].log) - logs[text],
            **self.doubts(text),
        }

    def doubts(self, text: str) -> dict[str, float]:
        """What is doubtful about the signs of a text, see :meth:`ocr.weigh.signs.Signs.facts`; so is one
        with fewer signs beside its digits than the line reader alone saw."""
        if not self.first:
            return {}
        facts = {} if self.signs is None else self.signs.facts(text, self._plainly)
        lost = max(0, signs_beside_digits(self.first) - signs_beside_digits(text))
        return {**facts, **sorts_of(text), "unsaid": facts.get("unsaid", 0.0) + lost}


def sorts_of(text: str) -> dict[str, float]:
    """How many blanks, digits and signs a text has: with each of them it is the likelier to lack
    one more."""
    blanks = sum(c.isspace() for c in text)
    figures = sum(c in DIGITS for c in text)
    letters = sum(c.isalpha() for c in text)
    signs = len(text) - blanks - figures - letters
    return {"blanks": float(blanks), "figures": float(figures), "signs": float(signs)}


_IMPOSSIBLE = -math.inf
"""Of a text with a character that the field cannot hold."""

_NUMBER = re.compile(r"[0-9]+")


def _with_numbers(text: str, other: str) -> str:
    """``text`` with the numbers of ``other`` in place of its own, where there are as many."""
    own, its = _NUMBER.findall(text), iter(_NUMBER.findall(other))
    return (
        _NUMBER.sub(lambda _: next(its), text) if len(own) == len(_NUMBER.findall(other)) else text
    )


def installed(line: LineEngine) -> Engines:
    """The line reader with whatever networks there are."""
    digits, katakana, hiragana = (
        GlyphNet(n) if n in GlyphNet.installed() else None for n in GlyphNet.names
    )
    return Engines(
        line, digits, katakana, hiragana, {name: LineHead(name) for name in LineHead.names()}
    )


def is_kana(alphabet: Alphabet) -> bool:
    """True for an alphabet of kana."""
    return "ア" in alphabet.place and "亜" not in alphabet.place
