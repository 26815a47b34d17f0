"""Other whole values that a field's parts can make. A reading of one part (年 5) is no value of the
field, so what a person may choose from is put together here, while it is known which text is of
which part."""

from __future__ import annotations

from collections.abc import Sequence

from records.codec import canonical
from records.normalise import Normalised
from records.types import Value
from records.written import written

MOST = 6
"""Values that are kept beside the one that was taken."""


def other_wholes(
    kind: str, tried: Sequence[tuple[float, Normalised]], taken: Value
) -> tuple[tuple[str, float], ...]:
    """Whole values as they would be kept, likeliest first, each with its share of the belief.

    Args:
        tried: the values of the combinations that were tried with their weights, likeliest first.
            One with a problem is no value to choose: it would be questioned at once.
        taken: the value that the field has.
    """
    total = sum(weight for weight, _ in tried) or 1.0
    shares: dict[str, tuple[str, float]] = {}
    for weight, made in tried:
        key = canonical(made.value)
        if made.problems or made.value is None or key == canonical(taken):
            continue
        text, share = shares.get(key, (written(kind, made.value), 0.0))
        shares[key] = (text, share + weight / total)
    ranked = sorted(shares.values(), key=lambda pair: -pair[1])
    return tuple((text, min(1.0, share)) for text, share in ranked[:MOST])
