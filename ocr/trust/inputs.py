"""What the model of trust is given: the measured facts of a value as numbers of a size near 1."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

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


def _logit(share: float) -> float:
    share = min(max(share, 1e-4), 1 - 1e-5)
    return math.log(share / (1 - share))
