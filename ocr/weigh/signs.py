"""Small signs of a line of writing, by their shape: points, colons, middle dots, dashes and waves.

The recogniser sees a line 48 pixels high, and a point in it is one or two of them. Where a point
stands, and whether there are two, tells more of it than its picture does. What small pieces a line
has is found here by their geometry, and every text is weighed by whether it has a sign for each of
them, of that shape, and none where there is no ink.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ocr.decode.ctc import Alphabet, frames_of, said
from ocr.engines.ppocr import Probabilities
from ocr.weigh.language import marks_of
from ocr.weigh.letterwidths import shared

WRONG_SHAPE, UNSAID, NO_INK = -15.0, -20.0, -1.5
"""Natural log by which a text is the less likely: for a sign of another shape than its ink, for ink
beside a number that it has no sign for, for a sign without ink. The recogniser is that sure of what
it overlooks."""

ARGUED = 5.0
"""Natural log by which the readers must rather read something else for a text to be doubtful that
the small ink argued for."""

_APART = 1.4
"""Two digits of one number are no farther apart than so many heights."""

_SPECK = 0.35
"""What a speck counts of that: it may be dust."""

_SAME = {
    ".": ".,、。",
    ":": ":：;",
    "・": "・●•·",
    "~": "~〜～",
    "-": "-−ー一—‐",
    "°": "°゜℃'\"",
    "%": "%‰",
    "㎡": "㎡²",
}
"""Characters that a shape stands for, the first of them what it is called."""

_KIND = {character: kind for kind, alike in _SAME.items() for character in alike}

_FLOATING = frozenset(".,:：;・·~〜～°゜'\"-−‐")
"""Signs that are so small that the line reader may have nothing where they stand."""

_NEAR = 0.38
"""So far (heights of a character) a sign may lie from its ink."""

_DIGITS = frozenset("0123456789０１２３４５６７８９")
_ASCII = frozenset(map(chr, range(0x30, 0x7B))) | _DIGITS
_WORD = re.compile("[ぁ-ゖァ-ヺ一-鿿々]")


@dataclass(frozen=True, slots=True)
class Sign:
    """Small ink in a line.

    Attributes:
        x: its middle, pixels of the crop.
        kinds: what it may be, likeliest first; of the keys of :data:`_SAME`.
        faint: it is no larger than a speck.
    """

    x: float
    kinds: str
    faint: bool = False


@dataclass(frozen=True, eq=False)
class Signs:
    """The small ink of one line, with what the line reader made of the line.

    Attributes:
        found: left to right.
        tall: height of the line's characters, pixels of the crop.
        step: pixels of the crop in a frame of the line reader.
        parts: x of every small piece, those that are parts of a character among them.
        leaning: x of straight strokes that lean like a slash.
        broad: left and right of strokes that are wider than a digit is: a wave may hang on it.
        thin: x of upright strokes, as high as a character, that may be a 1.
        pieces: x and height of every piece that is more than a dot or a bar.
        columns: pixels of ink in each column.
        boxes: left, top, width and height of every piece, a row each.
    """

    found: tuple[Sign, ...]
    tall: float
    step: float
    believed: Probabilities
    alphabet: Alphabet
    parts: tuple[float, ...] = ()
    leaning: tuple[float, ...] = ()
    broad: tuple[tuple[float, float], ...] = ()
    thin: tuple[float, ...] = ()
    pieces: tuple[tuple[float, float], ...] = ()
    columns: NDArray[np.int64] | None = None
    boxes: NDArray[np.int32] | None = None
    _known: dict[str, tuple[float, int]] = field(default_factory=dict, init=False)
    _at: dict[str, list[float]] = field(default_factory=dict, init=False)

    def evidence(self, text: str) -> tuple[float, int]:
        """Log evidence of the small ink for ``text``, and how much of that ink beside a number the
        text has no sign for.

        It hangs on numbers and signs alone, so texts that differ in words share it.
        """
        key = marks_of(text)
        if key not in self._known:
            self._known[key] = self._weighed(text)
        return self._known[key]

    def score(self, logs: dict[str, float]) -> dict[str, float]:
        """``logs`` of texts with the evidence of the small ink."""
        return {text: log + self.evidence(text)[0] for text, log in logs.items()}

    def _places(self, text: str) -> list[float]:
        """x of each character of ``text``; empty where the line reader cannot say it.

        A sign that the reader overlooks would be laid anywhere, so it stands between its neighbours:
        where small ink is, or half way.
        """
        kept = [n for n, c in enumerate(text) if c not in _FLOATING] or list(range(len(text)))
        laid = self._laid("".join(text[n] for n in kept))
        if not laid:
            return []
        at = dict(zip(kept, laid, strict=True))
        edges = [-1, *kept, len(text)]
        for before, after in itertools.pairwise(edges):
            between = range(before + 1, after)
            left = at.get(before, 0.0)
            right = at.get(after, len(self.believed) * self.step)
            apart = 0.12 * self.tall  # a wave that is read as 7 is not beside that 7
            inked = [s.x for s in self.found if left + apart < s.x < right - apart]
            gap = (right - left) / (len(between) + 1)
            spread = [left + gap * n for n in range(1, len(between) + 1)]
            at.update(zip(between, [*inked, *spread[len(inked) :]], strict=False))
        return [at[n] for n in range(len(text))]

    def _laid(self, text: str) -> list[float]:
        """x of each character where the line reader believes it most."""
        if text not in self._at:
            self._at[text] = self._aligned(text)
        return self._at[text]

    def _aligned(self, text: str) -> list[float]:
        held, _, columns = self.alphabet.restrict(self.believed, text)
        names = [self.alphabet.names[c] for c in columns]
        if not text or any(c not in names for c in text):
            return []
        frames = frames_of(held, names, text)
        if len(frames) != len(text):
            return []
        return [(frame + 0.5) * self.step for frame, _ in frames]

    def _weighed(self, text: str) -> tuple[float, int]:
        plain = "".join(text.split())
        places = self._places(said(plain))
        if not places:
            return 0.0, 0
        left = {n for n, c in enumerate(plain) if c in _KIND and c not in "ー一、。"}
        total, unsaid = 0.0, 0
        for sign in self.found:
            own, weight = self._said(sign, plain, places), _SPECK if sign.faint else 1.0
            if own is not None:
                left.discard(own)
                if _KIND[plain[own]] not in sign.kinds and _judged(sign, plain, own):
                    total, unsaid = total + WRONG_SHAPE * weight, unsaid + 1
            elif self._by_number(sign, plain, places):
                total, unsaid = total + UNSAID * weight, unsaid + 1
        lone = [n for n in left if _beside_digit(plain, n) and not self._inked(places[n])]
        return total + NO_INK * len(lone), unsaid

    def _inked(self, x: float) -> bool:
        return any(abs(part - x) < _NEAR * self.tall + self.step for part in self.parts)

    def _said(self, sign: Sign, text: str, places: Sequence[float]) -> int | None:
        """The sign of ``text`` that stands where the ink is."""
        if sign.kinds == "㎡":
            before = [n for n, x in enumerate(places) if x < sign.x]
            return before[-1] if before and text[before[-1]] in "㎡²" else None
        reach = _NEAR * self.tall + self.step
        near = [
            n
            for n, x in enumerate(places)
            if text[n] in _KIND and abs(x - sign.x) < (1 if text[n] in _FLOATING else reach)
        ]
        return min(near, key=lambda n: abs(places[n] - sign.x), default=None)

    def _by_number(self, sign: Sign, text: str, places: Sequence[float]) -> bool:
        """True where the ink stands between two characters of which one is a digit."""
        before = [n for n, x in enumerate(places) if x < sign.x - 0.1 * self.tall]
        after = [n for n, x in enumerate(places) if x > sign.x + 0.1 * self.tall]
        sides = [text[side] for side in (*before[-1:], *after[:1])]
        if sign.kinds == "㎡":
            return bool(before) and text[before[-1]] in "mMｍ"
        if sign.kinds == "%":
            under = [n for n, x in enumerate(places) if abs(x - sign.x) < 0.4 * self.tall]
            letters = "".join(text[n] for n in (*before[-1:], *under))
            return any(c in _DIGITS for c in letters) and not _WORD.search(letters)
        digits = [c in _DIGITS for c in sides]
        if sign.kinds == "°":
            return bool(before) and digits[0]
        if not before:
            return sign.kinds[0] == "-" and any(digits)
        both = sign.kinds != "・"
        return len(sides) == 2 and (all(digits) if both else any(digits))

    def facts(self, text: str, logs: Mapping[str, float]) -> dict[str, float]:
        """What is doubtful about the signs of a text.

        Args:
            logs: log belief of the readers alone, without the evidence of the small ink.

        Returns:
            ``unsaid``: small ink without its sign in the text, signs that rest on ink that may be
            dust or another sign, leaning strokes read as 1, and one where the small ink argued for
            the text against the readers.
        """
        plain = "".join(text.split())
        places = self._places(said(plain))
        if not places:
            return {}
        doubtful = self.evidence(text)[1] + float("㎡" in text)
        for sign in self.found:
            own = self._said(sign, plain, places)
            if (
                own is not None
                and (sign.faint or len(sign.kinds) > 1)
                and _beside_digit(plain, own)
            ):
                doubtful += 1
        for n, x in enumerate(places):
            doubtful += self._may_be_slash(plain, n, x)
        doubtful += self._lost(plain, places)
        for left, right in self.broad:
            inside = [plain[n] for n, x in enumerate(places) if left <= x <= right]
            doubtful += len(inside) == 1 and inside[0] in _DIGITS
        own_log = logs.get(text)
        if own_log is not None and max(logs.values()) - own_log > ARGUED:
            doubtful += 1
        told = {"unsaid": float(doubtful)} if doubtful else {}
        return told | self._accounted(plain, places)

    def _accounted(self, text: str, places: Sequence[float]) -> dict[str, float]:
        """How the ink of the line is shared out among the letters of a text."""
        if self.columns is None or self.boxes is None:
            return {}
        ink = shared(text, places, self.columns, self.boxes, self.tall)
        return {"over": ink.over, "bare": ink.bare, "loose": ink.loose, "apart": ink.apart}

    def _lost(self, text: str, places: Sequence[float]) -> int:
        """Thin upright strokes that are no character of the text, and digits so far apart that
        something stands between them: a 1 before 時, a point that left no ink."""
        lost = sum(all(abs(x - thin) > 0.6 * self.tall for x in places) for thin in self.thin)
        pairs = zip(itertools.pairwise(text), itertools.pairwise(places), strict=True)
        for (a, b), (left, right) in pairs:
            lost += a in _DIGITS and b in _DIGITS and right - left > _APART * self.tall
        for n, x in enumerate(places):
            if text[n] in "06789" and text[n + 1 : n + 2] not in _DIGITS:
                lost += self._pieced(x)
        return lost

    def _pieced(self, x: float) -> bool:
        """True where what is read as a round digit is a ring beside a larger piece, as in %."""
        own = [high for at, high in self.pieces if abs(at - x) < 0.35 * self.tall]
        return len(own) >= 2 and any(0.3 * self.tall < high < 0.62 * self.tall for high in own)

    def spellings(self, texts: Iterable[str]) -> list[str]:
        """Texts with the sign of each small piece of ink put in, or put in place of another."""
        made: list[str] = []
        for text in texts:
            plain = "".join(text.split())
            places = self._places(said(plain))
            if places:
                made.append(self._with_signs(plain, places, replace_digits=False))
                made.append(self._with_signs(plain, places, replace_digits=True))
                made += [self._with_slashes(text, places) for text in (plain, made[-2])]
        return list(dict.fromkeys(made))

    def _with_slashes(self, text: str, places: Sequence[float]) -> str:
        """``text`` with a slash for every 1 between digits whose stroke leans like one."""
        if len(text) != len(places):
            return text
        leaning = [n for n, x in enumerate(places) if self._may_be_slash(text, n, x)]
        letters = ["/" if n in leaning else c for n, c in enumerate(text)]
        return "".join(letters)

    def _may_be_slash(self, text: str, place: int, x: float) -> bool:
        sides = (text[place - 1 : place], text[place + 1 : place + 2])
        among = text[place] == "1" and all(c and c in _DIGITS for c in sides)
        return among and any(abs(x - lean) < 0.25 * self.tall for lean in self.leaning)

    def _with_signs(self, text: str, places: Sequence[float], replace_digits: bool) -> str:
        letters, at = list(text), list(places)
        for sign in self.found:
            own = self._said(sign, "".join(letters), at)
            name = sign.kinds[0]
            if own is not None:
                if _KIND[letters[own]] not in sign.kinds and _beside_digit("".join(letters), own):
                    letters[own] = name
                continue
            near = [n for n, x in enumerate(at) if abs(x - sign.x) < 0.3 * self.tall]
            under = [n for n in near if letters[n] in _DIGITS or name == "%"]
            if name == "%":
                under = under if self._by_number(sign, "".join(letters), at) else []
            if under and (replace_digits or name == "%") and name in "~-%":
                letters[under[-1]] = name
            elif name == "㎡":
                ms = [n for n, x in enumerate(at) if x < sign.x and letters[n] in "mM"]
                if ms and sign.x - at[ms[-1]] < self.tall:
                    letters[ms[-1]] = name
            elif name not in "°%" and self._by_number(sign, "".join(letters), at):
                place = sum(x < sign.x for x in at)
                letters.insert(place, name)
                at.insert(place, sign.x)
        return "".join(letters)


def _judged(sign: Sign, text: str, place: int) -> bool:
    """True where the shape of a sign tells which one it is: beside a number, and a clear wave
    anywhere but in a katakana word. The commas and full stops of running text have any shape."""
    if text[place] in "、。":
        return False
    wave = sign.kinds == "~" and not any("ァ" <= c <= "ヶ" for c in text[max(0, place - 1) : place])
    return wave or _beside_digit(text, place)


def signs_beside_digits(text: str) -> int:
    """How many of the smallest signs a text has beside digits."""
    plain = "".join(text.split())
    return sum(c in _FLOATING and _beside_digit(plain, n) for n, c in enumerate(plain))


def _beside_digit(text: str, place: int, those: frozenset[str] = _DIGITS) -> bool:
    return any(c in those for c in (*text[max(0, place - 1) : place], *text[place + 1 : place + 2]))
