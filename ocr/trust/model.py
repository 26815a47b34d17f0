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
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ocr.trust.ceilings import is_unfitted
from ocr.trust.inputs import NAMES, vector
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
        if is_unfitted(kind, features):
            return False
        group = group_of(kind, features)
        bar = self.bar(target, group)
        more = 0.0 if features.get("textlayer") else self.caution.get(group, 0.0)
        return p >= (raised(bar, more) if more else bar)


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
