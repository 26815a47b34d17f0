"""From measured facts to the probability that a value is right, and to the bar above which nobody
needs to look.

A logistic model per group of kinds, fitted on labelled readings (:mod:`ocr.trust.fitting`) and kept as
``trust.json``: what ships is fitted on practice sheets of many hands and damages; an office refits
it from its own decisions. A feature that was not measured is 0 and costs nothing.
"""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ocr.weigh.counting import uncounted
from ocr.weigh.figures import doubtful, lacking
from ocr.weigh.mail import DOMAINS
from ocr.weigh.nearnames import known_name
from ocr.weigh.twins import doubtful_letters
from records.errors import DefinitionError
from records.forms import FormDef
from records.kinds import KINDS, UNKNOWN

TARGETS = (0.0005, 0.001, 0.0015, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.05)


FREE = "free"
"""The group of handwritten lines in which anything may stand."""

SURE_GROUPS = ("mark", "empty")
"""Groups that are so sure that they have bars of their own (:attr:`Trust.own_bars`)."""


def group_of(kind: str, features: Mapping[str, float]) -> str:
    """The model that a field falls under: an empty field is judged by what makes ink be
    overlooked, a line of one's own words by what makes a sign or number be."""
    if features.get("empty"):
        return "empty"
    return FREE if features.get("free") else KINDS.get(kind, UNKNOWN).trust


def _logit(share: float) -> float:
    share = min(max(share, 1e-4), 1 - 1e-5)
    return math.log(share / (1 - share))


NAMES = (
    "share",
    "doubt",
    "gap",
    "kept",
    "weakest",
    "second",
    "free_score",
    "asked_again",
    "again",
    "prior",
    "agreed",
    "net",
    "net_gap",
    "laid",
    "laid_gap",
    "head",
    "head_gap",
    "headed",
    "cells",
    "length",
    "lines",
    "fit",
    "overflow",
    "coarse",
    "crossing",
    "stretch",
    "margin",
    "marks",
    "ink",
    "letter",
    "variants",
    "checked",
    "over",
    "bare",
    "loose",
    "apart",
    "blanks",
    "signs",
    "figures",
)

SIGNS: Mapping[str, int] = {
    "share": 1,
    "doubt": -1,
    "gap": 1,
    "kept": 1,
    "weakest": 1,
    "second": 1,
    "free_score": 1,
    "again": 1,
    "agreed": 1,
    "net": 1,
    "net_gap": 1,
    "laid": 1,
    "laid_gap": 1,
    "head": 1,
    "head_gap": 1,
    "fit": 1,
    "overflow": -1,
    "crossing": -1,
    "stretch": -1,
    "margin": 1,
    "letter": -1,
    "variants": -1,
    "checked": 1,
    "over": -1,
    "bare": -1,
    "loose": -1,
    "apart": -1,
    "blanks": -1,
}
"""Inputs that can only speak for a value (1) or only against it (-1), as :func:`vector` scales
them. Left free, the weights of inputs that go together cancel each other out, and what speaks
against a value raises its p where the others are good."""


def vector(features: Mapping[str, float]) -> NDArray[np.float64]:
    """The model's inputs, in the order of :data:`NAMES`, each of a size near 1."""
    get = features.get
    share = get("share", 1.0)
    asked = "second_share" in features
    return np.asarray(
        [
            _logit(share) / 4 if "share" in features else 0.0,
            1.0 if share < 0.9 else 0.0,
            -min(get("gap", 0.0), 10.0) / 4,
            math.log(get("kept", 1.0) + 1e-3) / 3,
            math.log(get("weakest", 1.0) + 1e-3) / 3,
            -math.log(get("second", 0.0) + 1e-3) / 7 if "second" in features else 0.0,
            get("free_score", 1.0) - 0.9,
            1.0 if asked else 0.0,
            _logit(get("second_share", 0.5)) / 4 if asked else 0.0,
            get("prior", 0.0) / 3,
            get("agreed", 0.0) / 2,
            _logit(get("net_share", 0.5)) / 4 if "net_share" in features else 0.0,
            -min(get("net_gap", 0.0), 12.0) / 4,
            _logit(get("laid_share", 0.5)) / 4 if "laid_share" in features else 0.0,
            -min(get("laid_gap", 0.0), 12.0) / 4,
            _logit(get("head_share", 0.5)) / 4 if "head_share" in features else 0.0,
            -min(get("head_gap", 0.0), 12.0) / 4,
            1.0 if "head_share" in features else 0.0,
            1.0 if "crossing" in features else 0.0,
            math.log(1 + get("length", 0.0)) / 3,
            min(get("lines", 1.0) - 1, 4.0) / 2,
            max(-1.0, (get("fit", 1.0) - 1.0) * 4),
            min(get("overflow", 0.0), 3.0) / 3,
            min(get("coarse", 0.13), 0.3) / 0.13 - 1,
            min(get("crossing", 0.0), 3.0) / 3,
            min(abs(get("stretch", 0.0)), 1.5),
            min(get("mark_margin", 0.35), 0.65) / 0.35 - 1,
            min(get("marks", 0.0), 4.0) / 4,
            math.log(1 + get("ink", 0.0)),
            get("letter", 0.0),
            min(get("variants", 0.0), 2.0) / 2,
            get("checked", 0.0),
            min(get("over", 0.0), 1.5) / 0.5,
            min(get("bare", 0.0), 1.0) / 0.5,
            min(get("loose", 0.0), 1.0) / 0.5,
            min(get("apart", 0.0), 1.0) / 0.5,
            min(get("blanks", 0.0), 2.0) / 2,
            min(get("signs", 0.0), 4.0) / 4,
            min(get("figures", 0.0), 6.0) / 6,
        ]
    )


@dataclass(frozen=True, eq=False)
class Trust:
    """A fitted model.

    Attributes:
        weights: group → bias and one weight an input, shape (1 + len(NAMES),).
        bars: target (wrong values among unseen ones) → p from which a value is unseen.
        source: what it was fitted on, for people.
        caution: group → log odds by which its bar is higher: an office's own sheets may have more
            readings just above a bar than those that the bar was found on, and then the average
            above it is worse.
        own_bars: group → target → p, for groups with bars of their own: marks and empty boxes are
            so much surer than what is read that one bar for all would either let wrong names
            through or show every tick; in free lines anything may stand, and a bar that names and
            numbers are judged by let one wrong text in thirty through.
    """

    weights: Mapping[str, NDArray[np.float64]]
    bars: Mapping[float, float]
    source: str
    caution: Mapping[str, float] = field(default_factory=dict)
    own_bars: Mapping[str, Mapping[float, float]] = field(default_factory=dict)

    def probability(self, kind: str, features: Mapping[str, float]) -> float:
        """p that a value is right, in [0, 1].

        Args:
            kind: the field's kind.
            features: facts measured while reading (:class:`ocr.seen.Seen`) with ``fit`` and
            ``coarse`` of the place.
        """
        if features.get("textlayer"):
            return 0.9995  # text of a born-digital file is what the person typed
        weights = self.weights.get(group_of(kind, features))
        if weights is None:
            return 0.0
        z = float(weights[0] + weights[1:] @ vector(features))
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, z))))

    def bar(self, target: float, group: str = "") -> float:
        """The p from which a value needs no eyes, so that at most ``target`` of the unseen ones are
        wrong.

        Args:
            group: of :func:`group_of`; what is read where empty.
        """
        bars = self.own_bars.get(group, self.bars)
        usable = [t for t in sorted(bars) if t <= target]
        return bars[usable[-1]] if usable else 1.0

    def needs_no_eyes(
        self, kind: str, features: Mapping[str, float], p: float, target: float
    ) -> bool:
        """True where a value with ``p`` stands above the bar of ``target``."""
        if _is_unfitted(kind, features):
            return False
        group = group_of(kind, features)
        bar = self.bar(target, group)
        more = 0.0 if features.get("textlayer") else self.caution.get(group, 0.0)
        return p >= (raised(bar, more) if more else bar)


def _is_unfitted(kind: str, features: Mapping[str, float]) -> bool:
    """What no model was fitted on: vertical writing, decimal points, and whatever stands, or was not
    found, in a letter without a layout."""
    has_point = KINDS.get(kind, UNKNOWN).has_fraction and group_of(kind, features) != "empty"
    of_letter = bool(features.get("letter"))
    is_unfitted = bool(features.get("vertical")) or has_point or of_letter
    return is_unfitted and not features.get("textlayer")


MARKS_WRONG = 0.001
"""Of marks above their bar at most so many are wrong."""


def target_of(form: FormDef, kind: str, features: Mapping[str, float]) -> float:
    """The share of wrong values that is allowed among a form's unseen ones of this group.

    What the office sets holds for all unseen values of a form. Marks use up little of it, so what
    is read may use more, but never more than twice the target: a form of ticks with one name must
    not let that name through.
    """
    if group_of(kind, features) in SURE_GROUPS:
        return form.wrong_per_unseen
    marks = sum(item.traits.trust in SURE_GROUPS for item in form.fields.values())
    read = max(1, len(form.fields) - marks)
    left = (form.wrong_per_unseen * (marks + read) - MARKS_WRONG * marks) / read
    return min(max(left, form.wrong_per_unseen), 2 * form.wrong_per_unseen)


def raised(bar: float, by: float) -> float:
    """A probability with ``by`` more log odds."""
    return 1.0 if bar >= 1 else 1 / (1 + (1 - bar) / bar * math.exp(-by))


def to_json(trust: Trust) -> dict[str, Any]:
    """The model as it is kept."""
    return {
        "inputs": list(NAMES),
        "source": trust.source,
        "bars": {str(t): p for t, p in trust.bars.items()},
        "weights": {
            group: [round(float(w), 5) for w in weights] for group, weights in trust.weights.items()
        },
        **({"caution": dict(trust.caution)} if trust.caution else {}),
        **(
            {
                "own_bars": {
                    g: {str(t): p for t, p in bars.items()} for g, bars in trust.own_bars.items()
                }
            }
            if trust.own_bars
            else {}
        ),
    }


def from_json(data: Mapping[str, Any], path: Path | None = None) -> Trust:
    """Read a model.

    Raises:
        DefinitionError: it was fitted for other inputs than this version has.
    """
    if data.get("inputs") != list(NAMES):
        raise DefinitionError(
            "信頼度のモデルが今の版と合いません。torikomi learn で作り直してください", path=path
        )
    return Trust(
        {group: np.asarray(w, np.float64) for group, w in data["weights"].items()},
        {float(t): float(p) for t, p in data["bars"].items()},
        str(data.get("source", "")),
        {str(group): float(by) for group, by in data.get("caution", {}).items()},
        {
            str(g): {float(t): float(p) for t, p in bars.items()}
            for g, bars in data.get("own_bars", {}).items()
        },
    )


@functools.cache
def shipped() -> Trust:
    """The model that ships with the program."""
    return from_json(
        json.loads((resources.files(__package__) / "trust.json").read_text(encoding="utf-8"))
    )


NET_OBJECTS = 0.7
"""Natural log by which the digit network would rather read something else: from here on its
objection counts."""

UNREAD_TWIN = 0.75
"""A name with a letter whose other form is read as this one (:mod:`ocr.weigh.twins`) is shown: 髙 and 﨑
as 高 and 崎, 栁 as 柳, 𠮷 as 吉."""


LONGEST_NAME = 8
"""A text of so many characters may be a name: 高橋 太郎."""

STRANGE_DOMAIN = 0.75
"""Nothing tells whether exqmple.jp or example.jp is meant: of 12 mail addresses that went unseen
three were wrong, all in the domain."""


OVER_THE_READER = 0.75
"""Running text that language or spelling had to argue for against what was read (``gap``, natural
log, or a character that was hardly believed): of 223 such readings above no bar 69 were right. So
is a date of the sheet itself that is years off: 5 of 11."""

VOICELESS = 0.75
"""A name in kana that has a twin with one voice mark more (:mod:`ocr.weigh.voicing`): of 66 such
readings 37 were wrong, among them most of the surest wrong ones."""

UNFITTED = 0.9
"""The most that p may be of vertical writing, decimal points and letters, on which nothing was
fitted yet. Below the bar of an office that allows one wrong value in a hundred; whatever the bar, none of it
goes unseen (:meth:`Trust.needs_no_eyes`). Of 102 shares that trust would have let pass on practice
sheets two had lost their point (6.9 as 69)."""
OBJECTED = 0.5
"""Natural log by which language would rather have other numbers or signs than the ink: 21時終7."""

UNEXPLAINED: Mapping[str, float] = {"over": 0.45, "bare": 0.6, "loose": 0.05, "apart": 0.3}
"""Ink of a free line that no letter of its text explains, heights of a letter, from which the text
is shown (:mod:`ocr.weigh.letterwidths`). Of 1,742 jottings 49 had loose ink and were wrong, 4 were
right."""

_ARGUED, _HARDLY, _YEARS_OFF = 2.0, 0.05, -5.0


def ceiling(kind: str, text: str, features: Mapping[str, float]) -> float:
    """The most that p may be, whatever the model says of the features."""
    traits = KINDS.get(kind, UNKNOWN)
    most = 0.9 if features.get("net_gap", 0.0) > NET_OBJECTS else 1.0
    if _is_unfitted(kind, features):
        most = min(most, UNFITTED)
    if "@" in text and not features.get("textlayer") and text.rpartition("@")[2] not in DOMAINS:
        most = min(most, STRANGE_DOMAIN)
    argued = traits.is_prose and (
        features.get("gap", 0.0) > _ARGUED or features.get("weakest", 1.0) < _HARDLY
    )
    named = kind == "name" or (
        kind == "text" and len(text) <= LONGEST_NAME and known_name(text) >= 2
    )
    unsaid = traits.is_prose and not features.get("textlayer")
    unsaid = unsaid and (
        features.get("unsaid", 0.0) > 0
        or features.get("objection", 0.0) > OBJECTED
        or features.get("meant", 0.0) > 0
        or (doubtful(text) and not named)
        or (bool(features.get("free")) and _is_short_of_ink(text, features, named))
        or uncounted(text)
    )
    if features.get("voiceless"):
        most = min(most, VOICELESS)
    if argued or unsaid or (kind == "date" and features.get("prior", 0.0) <= _YEARS_OFF):
        most = min(most, OVER_THE_READER)
    if named and not features.get("textlayer") and any(c in doubtful_letters() for c in text):
        most = min(most, UNREAD_TWIN)
    return most


def _is_short_of_ink(text: str, features: Mapping[str, float], named: bool) -> bool:
    """True where a free line seems to lack a letter: by its ink, or by how it is spelled."""
    unexplained = any(features.get(fact, 0.0) > most for fact, most in UNEXPLAINED.items())
    return unexplained or (lacking(text) and not named)


_LEAST = (
    "kept",
    "weakest",
    "free_score",
    "fit",
    "mark_margin",
    "second_share",
    "net_share",
    "laid_share",
    "head_share",
    "agreed",
    "prior",
)
_MOST = (
    "second",
    "overflow",
    "coarse",
    "crossing",
    "lines",
    "marks",
    "ink",
    "letter",
    "textlayer",
    "stretch",
    "variants",
    "lift",
    "overruled",
    "vertical",
    "unsaid",
    "objection",
    "voiceless",
    "over",
    "bare",
    "loose",
    "apart",
    "blanks",
    "signs",
    "figures",
    "free",
    "meant",
)
_SUM = ("gap", "length", "net_gap", "laid_gap", "head_gap")


def gathered(parts: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The features of a field made of several places: the weakest place decides, gaps and lengths
    add up.

    Places without ink say nothing unless all are empty.
    """
    inked = [p for p in parts if not p.get("empty")]
    if not inked:
        return {"empty": 1.0}
    made: dict[str, float] = {}
    for keys, how in ((_LEAST, min), (_MOST, max), (_SUM, sum)):
        for key in keys:
            values = [p[key] for p in inked if key in p]
            if values:
                made[key] = float(how(values))
    if not all(p.get("textlayer") for p in inked):
        made.pop("textlayer", None)  # typed in one place is not typed in the others
    return made
