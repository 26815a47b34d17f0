"""From measured facts to the probability that a value is right."""

from __future__ import annotations

import math
from collections.abc import Mapping

THRESHOLD = 0.97


def probability(kind: str, features: Mapping[str, float]) -> float:
    """p that a value is right.

    Args:
        kind: the field's kind.
        features: facts measured while reading (see :class:`ocr.seen.Seen`) and ``fit`` around the field.
    """
    fit = features.get("fit", 1.0)
    penalty = min(1.0, max(0.0, (fit - 0.55) / 0.3))
    if features.get("textlayer"):
        return 0.999
    if features.get("empty"):
        return float(0.995 * (0.5 + 0.5 * penalty))
    if "mark_margin" in features:
        return float((1 - 0.5 * math.exp(-12 * features["mark_margin"])) * penalty)
    share = features.get("share", 0.0)
    kept = features.get("kept", 0.0) ** 0.08
    return float(max(0.0, min(1.0, share * kept * (1 - 0.5 * features.get("second", 1.0)) * penalty)))
