"""Fit the trust model on labelled readings: logistic regression with a ridge, and bars from
held-back readings."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ocr.trust.inputs import NAMES, SIGNS, vector
from ocr.trust.model import FREE, SURE_GROUPS, TARGETS, Trust, group_of

RIDGE = 0.02
"""Weight of the ridge a reading; it keeps a group with few readings near the prior."""


CAPPED = 0.95
"""Readings of which p is capped below this (a 高 that may be a 髙) are not fitted on: they made
every name with a letter that once had another form look doubtful."""

ENOUGH = 200
"""Readings of marks and empty boxes, or of free lines, from which they get bars of their own."""

CONFIDENCE = 0.9
"""Of the upper bound that free lines are held to."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """One reading of which the truth is known.

    Attributes:
        problems: True where a problem was found, so that a person looks whatever p says.
        source: hand, damage or sheet; readings of one source are held back together.
        weight: how many readings it stands for: a drawn one for all those that nobody looked at.
        most: the most that p may be, whatever the model says (:func:`ocr.trust.ceilings.ceiling`).
        target: the share of wrong values among unseen ones that the office allows for its form.
    """

    kind: str
    features: Mapping[str, float]
    right: bool
    problems: bool = False
    source: str = ""
    weight: float = 1.0
    most: float = 1.0
    target: float = 0.005


def fit(
    readings: Sequence[Labelled],
    held_back: Sequence[Labelled],
    source: str,
    prior: Trust | None = None,
) -> Trust:
    """Fit one model a group, and the bars on what was held back.

    Args:
        readings: to fit on.
        held_back: of other hands, to find the bars by.
        source: said in the model.
        prior: a model to stay near; groups with too few readings keep its weights.
    """
    groups: dict[str, list[Labelled]] = {}
    for reading in readings:
        if (
            not reading.features.get("textlayer") and reading.most >= CAPPED
        ):  # of others the cap says what the facts do not
            groups.setdefault(group_of(reading.kind, reading.features), []).append(reading)
    weights = dict(prior.weights) if prior else {}
    for group, members in groups.items():
        wrong = sum(not m.right for m in members)
        if len(members) >= 40 and (wrong >= 3 or prior is None):
            x, y, counts = design(members)
            weights[group] = logistic(x, y, counts, weights.get(group))
    model = Trust(weights, {}, source)
    shown = held_back or readings
    by_group: dict[str, list[Labelled]] = {}
    for reading in shown:
        group = group_of(reading.kind, reading.features)
        by_group.setdefault("mark" if group in SURE_GROUPS else group, []).append(reading)
    sure, free = by_group.pop("mark", []), by_group.pop(FREE, [])
    written = [reading for members in by_group.values() for reading in members]
    own_bars = dict(prior.own_bars) if prior else {}
    if len(sure) >= ENOUGH:
        own_bars |= dict.fromkeys(SURE_GROUPS, bars(model, sure))
    if len(free) >= ENOUGH:
        own_bars[FREE] = bounded_bars(model, free)
    for_all = prior.bars if prior and not written else bars(model, written or shown)
    return Trust(weights, for_all, source, own_bars=own_bars)


def design(
    members: Sequence[Labelled],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Inputs with a leading 1, shape (n, 1 + len(NAMES)); whether each is right, shape (n,); and
    its weight, shape (n,)."""
    x = np.stack([np.concatenate(([1.0], vector(m.features))) for m in members])
    return (
        x,
        np.asarray([m.right for m in members], np.float64),
        np.asarray([m.weight for m in members], np.float64),
    )


def logistic(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    counts: NDArray[np.float64],
    start: NDArray[np.float64] | None = None,
    ridge: float = RIDGE / 10,
    bias_ridge: float = 1e-5,
) -> NDArray[np.float64]:
    """Ridge logistic regression towards ``start`` (or no effect), by L-BFGS within
    :data:`ocr.trust.inputs.SIGNS`.

    Args:
        ridge: weight of the ridge against the mean loss of a reading.
    """
    from scipy.optimize import minimize

    centre = start if start is not None else np.zeros(x.shape[1])
    keep = np.full(x.shape[1], ridge)
    keep[0] = bias_ridge
    shares = counts / counts.sum()

    def loss(w: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        z = x @ w
        p = 1 / (1 + np.exp(-np.clip(z, -30, 30)))
        value = float(
            shares @ (np.logaddexp(0, z) - y * z) + 0.5 * np.sum(keep * (w - centre) ** 2)
        )
        return value, x.T @ (shares * (p - y)) + keep * (w - centre)

    sides = {1: (0.0, None), -1: (None, 0.0), 0: (None, None)}
    bounds = [(None, None), *(sides[SIGNS.get(name, 0)] for name in NAMES)]
    found = minimize(
        loss, centre.copy(), jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 400}
    )
    return np.asarray(found.x, np.float64)


def bars(model: Trust, readings: Iterable[Labelled]) -> dict[float, float]:
    """For each target the lowest p above which the wrong among the unseen stay within it.

    The count of wrong ones is taken with one more (rule of succession), so that luck in a small set
    is not trusted. A target too low for the set to show (0.1 % needs a thousand readings without
    fault) takes the p from which the model itself expects a third of the target on average.
    """
    scored = sorted(_scored(model, readings), key=lambda s: -s[0])
    found: dict[float, float] = {}
    for target in TARGETS:
        wrong, shown, expected, total = 0, 0.99999, 0.99999, 0.0
        for number, (p, right) in enumerate(scored, 1):
            wrong += not right
            total += 1 - p
            if (wrong + 1) / (number + 1) <= target:
                shown = p
            if total / number <= target / 3 and not wrong:
                expected = p
        found[target] = (
            math.floor((shown if shown < 0.99999 else expected) * 1e5) / 1e5
        )  # down: the value itself must stay above
    return found


def bounded_bars(model: Trust, readings: Iterable[Labelled]) -> dict[float, float]:
    """For each target the lowest p above which it may be said, one time in ten at most in error,
    that no more than so many of the unseen are wrong (Clopper and Pearson's upper bound); 1, and
    nothing unseen, for a target too low for the readings to show.

    What people may write in a free line has no end, so what was tried is not taken for all there
    is, as :func:`bars` does.
    """
    from scipy.stats import beta

    scored = sorted(_scored(model, readings), key=lambda s: -s[0])
    above = np.arange(1, len(scored) + 1)
    wrong = np.cumsum([not right for _, right in scored])
    bounds = np.where(wrong < above, beta.ppf(CONFIDENCE, wrong + 1, above - wrong), 1.0)
    found: dict[float, float] = {}
    for target in TARGETS:
        within = np.flatnonzero(bounds <= target)
        found[target] = math.floor(scored[within[-1]][0] * 1e5) / 1e5 if len(within) else 1.0
    return found


def _scored(model: Trust, readings: Iterable[Labelled]) -> list[tuple[float, bool]]:
    """p of each reading that no problem shows, and whether it is right."""
    return [
        (min(r.most, model.probability(r.kind, r.features)), r.right)
        for r in readings
        if not r.problems
    ]


@dataclass(frozen=True, slots=True)
class Bin:
    """One bin of a reliability diagram."""

    low: float
    high: float
    count: int
    mean_p: float
    right: float


EDGES = (0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 1)


def reliability(
    model: Trust, readings: Iterable[Labelled], edges: Sequence[float] = EDGES
) -> list[Bin]:
    """How often values of about the same p are right."""
    scored = [(model.probability(r.kind, r.features), r.right) for r in readings]
    bins = []
    for low, high in itertools.pairwise(edges):
        inside = [(p, right) for p, right in scored if low <= p < high or (high == 1 and p == 1)]
        if inside:
            bins.append(
                Bin(
                    low,
                    high,
                    len(inside),
                    float(np.mean([p for p, _ in inside])),
                    float(np.mean([r for _, r in inside])),
                )
            )
    return bins
