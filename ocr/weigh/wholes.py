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
    sound = [
        (weight, made.value)
        for weight, made in tried
        if made.value is not None and not made.problems
    ]
    if not sound:
        return ()
    shares: dict[str, tuple[Value, float]] = {}
    for weight, value in sound:
        key = _key(value)
        share = shares[key][1] if key in shares else 0.0
        shares[key] = (value, share + weight / total)
    shares.pop(_key(taken), None)
    ranked = sorted(shares.values(), key=lambda pair: -pair[1])
    return tuple((written(kind, value), min(1.0, share)) for value, share in ranked[:MOST])


def _key(value: Value) -> str:
    """The same for equal values."""
    return value if isinstance(value, str) else canonical(value)
