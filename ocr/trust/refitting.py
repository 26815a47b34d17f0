"""An office's own trust: refitted from what its people decided, and taken only where it is no worse
than what shipped.

What goes to a person is a biased draw: doubtful values all go, of the others a known share. So each
decided reading counts as many as it stands for (Horvitz & Thompson, *A Generalization of Sampling
Without Replacement*, JASA 47, 1952). For each group of kinds two refits are tried: a shift and a
stretch of the shipped log odds (Platt, 1999; two numbers, for which some dozens of decisions do)
and all weights anew, held to the shipped ones. Every figure by which they are judged is of
held-back sheets: five folds, a document never on both sides. The bars stay, as they are
probabilities and the refit makes p mean the same here as where it was fitted; a group's bar is
raised where that is not enough.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ocr.trust.fitting import Labelled, design, logistic
from ocr.trust.model import Trust, group_of

FOLDS = 5

DECISIONS, DOCUMENTS, EITHER = 60, 20, 5
"""Fewest decided readings of a group, from so many documents, with so many right and so many wrong
ones."""

PRIOR = 4.0
"""What the shipped model counts for, in readings at p = 0.5: a weight moves once the office's
readings say more than that."""

CAUTION = tuple(step / 10 for step in range(25))
"""Log odds by which a group's bar may be raised (:attr:`ocr.trust.model.Trust.caution`); the least is
taken that keeps the target."""

SURE = 0.05
"""The shipped model is said to break the target here where chance would give so many drawn errors
more seldom than this."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Judged:
    """How a group fared on held-back sheets: what ships, beside the refit.

    Attributes:
        readings: decided readings; ``drawn`` of them stand for unseen ones; ``documents`` they come
        from.
        loss: log loss a reading, (shipped, refitted); all sums count each reading as many as it
        stands for.
        unseen: how many nobody would look at; ``wrong``: how many of these are wrong.
        caution: log odds by which the group's bar is raised.
        taken: True where the refit is in the model.
        reason: why not: ``few``, ``loss``, ``wrong``, ``unseen``; empty where it was taken.
    """

    group: str
    readings: int
    drawn: int
    documents: int
    loss: tuple[float, float] = (0.0, 0.0)
    unseen: tuple[float, float] = (0.0, 0.0)
    wrong: tuple[float, float] = (0.0, 0.0)
    caution: float = 0.0
    taken: bool = False
    reason: str = ""


def refit(readings: Sequence[Labelled], base: Trust) -> tuple[Trust | None, list[Judged]]:
    """Fit the office's model.

    Args:
        readings: decided ones; ``source`` is their document.
        base: what ships.

    Returns:
        The model, None where nothing is better than ``base``; and the figures of every group that
        was seen.
    """
    groups: dict[str, list[Labelled]] = {}
    for reading in readings:
        group = group_of(reading.kind, reading.features)
        if not reading.features.get("textlayer") and group in base.weights:
            groups.setdefault(group, []).append(reading)
    weights, judged = dict(base.weights), []
    for group, members in sorted(groups.items()):
        found, figures = _group(group, members, base)
        judged.append(figures)
        if found is not None:
            weights[group] = found
    taken = [j.group for j in judged if j.taken]
    if not taken:
        return None, judged
    caution = {j.group: j.caution for j in judged if j.taken and j.caution}
    return Trust(
        weights, base.bars, f"{base.source}; refitted: {', '.join(taken)}", caution, base.own_bars
    ), judged


def _group(group: str, members: Sequence[Labelled], base: Trust) -> tuple[Floats | None, Judged]:
    """The group's new weights, None where they are not taken, with the figures."""
    documents = len({m.source for m in members})
    drawn = sum(m.weight > 1 for m in members)
    wrong = sum(not m.right for m in members)
    if (
        len(members) < DECISIONS
        or documents < DOCUMENTS
        or min(wrong, len(members) - wrong) < EITHER
    ):
        return None, Judged(group, len(members), drawn, documents, reason="few")
    start = np.asarray(base.weights[group], np.float64)
    table = _Table(members, base)
    tried = [(how, table.held_back(how, start)) for how in (_shifted, _anew)]
    how, z = min(tried, key=lambda t: table.loss(t[1]))
    old = table.x @ start
    passing = [c for c in CAUTION if not table.against(old, z, z - c)]
    caution = next((c for c in passing if table.keeps(z - c)), passing[0] if passing else 0.0)
    reason = table.against(old, z, z - caution)
    figures = Judged(
        group,
        len(members),
        drawn,
        documents,
        (table.loss(old), table.loss(z)),
        (table.unseen(old), table.unseen(z - caution)),
        (table.wrong(old), table.wrong(z - caution)),
        caution,
        not reason,
        reason,
    )
    return (how(table.x, table.y, table.counts, start) if not reason else None), figures


class _Table:
    """A group's readings as arrays, and the figures of any log odds ``z`` of them, shape (n,)."""

    def __init__(self, members: Sequence[Labelled], base: Trust) -> None:
        self.x, self.y, self.counts = design(members)
        self._most = np.asarray([m.most for m in members])
        self._open = np.asarray([not m.problems for m in members])
        self._bars = np.asarray([base.bar(m.target, group_of(m.kind, m.features)) for m in members])
        self._targets = np.asarray([m.target for m in members])
        self._sources, self._of = np.unique([m.source for m in members], return_inverse=True)
        self._fold = np.asarray([zlib.crc32(str(s).encode()) % FOLDS for s in self._sources])[
            self._of
        ]

    def held_back(self, how: Fit, start: Floats) -> Floats:
        """Log odds of each reading by a model that saw nothing of its document."""
        z = np.empty(len(self.y))
        for fold in np.unique(self._fold):
            rest = self._fold != fold
            z[~rest] = self.x[~rest] @ how(self.x[rest], self.y[rest], self.counts[rest], start)
        return z

    def loss(self, z: Floats) -> float:
        return float(self.counts @ self._losses(z) / self.counts.sum())

    def _losses(self, z: Floats) -> Floats:
        return np.asarray(np.logaddexp(0, z) - self.y * z)

    def _unseen(self, z: Floats) -> NDArray[np.bool_]:
        p = np.minimum(1 / (1 + np.exp(-np.clip(z, -30, 30))), self._most)
        return np.asarray((p >= self._bars) & self._open)

    def unseen(self, z: Floats) -> float:
        return float(self.counts[self._unseen(z)].sum())

    def wrong(self, z: Floats) -> float:
        return float(self.counts[self._unseen(z) & (self.y == 0)].sum())

    def _allowed(self, z: Floats) -> float:
        """How many wrong ones the office's targets allow among what ``z`` leaves unseen."""
        inside = self._unseen(z)
        return float((self.counts * self._targets)[inside].sum())

    def keeps(self, z: Floats) -> bool:
        """True where the wrong ones among the unseen are within the office's target."""
        return self.wrong(z) <= self._allowed(z)

    def _broken(self, z: Floats, one: float) -> bool:
        """True where more drawn values are wrong than a rate within the target would give but
        seldom."""
        from scipy.stats import binom

        unseen = max(self.unseen(z), 1e-9)
        return bool(
            binom.sf(
                round(self.wrong(z) / one) - 1,
                max(1, round(unseen / one)),
                self._allowed(z) / unseen,
            )
            < SURE
        )

    def against(self, old: Floats, new: Floats, cautious: Floats) -> str:
        """What speaks against ``new``, whose unseen values are those of ``cautious``; empty where
        it is better.

        The log loss must fall by more than its standard error over documents. No more wrong values
        may be unseen, unless they stay within the office's target with one more drawn one counted;
        and no fewer values may be unseen, unless the shipped model breaks the target here and the
        refit leaves fewer wrong ones.
        """
        gains = np.bincount(
            self._of, self.counts * (self._losses(old) - self._losses(new)), len(self._sources)
        )
        if gains.sum() <= np.sqrt(np.sum((gains - gains.mean()) ** 2)):
            return "loss"
        one = float(self.counts.max())
        wrong = self.wrong(old), self.wrong(cautious)
        if wrong[1] > wrong[0] and wrong[1] + one > self._allowed(cautious):
            return "wrong"
        fewer = self.unseen(cautious) < self.unseen(old)
        return "unseen" if fewer and not (wrong[1] < wrong[0] and self._broken(old, one)) else ""


Fit = Callable[[Floats, Floats, Floats, Floats], Floats]


def _worth(counts: Floats) -> float:
    """How many readings of equal weight say as much (Kish's effective sample size)."""
    return float(counts.sum() ** 2 / np.sum(counts**2))


def _shifted(x: Floats, y: Floats, counts: Floats, start: Floats) -> Floats:
    """The shipped weights stretched by one factor and shifted by one number; stretched, never
    turned round."""
    from scipy.optimize import minimize

    z, shares, ridge = x @ start, counts / counts.sum(), PRIOR / 4 / _worth(counts)

    def loss(ab: Floats) -> tuple[float, Floats]:
        t = ab[0] + ab[1] * z
        off = shares * (1 / (1 + np.exp(-np.clip(t, -30, 30))) - y)
        value = float(
            shares @ (np.logaddexp(0, t) - y * t) + 0.5 * ridge * (ab[0] ** 2 + (ab[1] - 1) ** 2)
        )
        return value, np.asarray([off.sum() + ridge * ab[0], off @ z + ridge * (ab[1] - 1)])

    found = minimize(
        loss,
        np.asarray([0.0, 1.0]),
        jac=True,
        method="L-BFGS-B",
        bounds=[(None, None), (0.05, 3.0)],
    ).x
    made = found[1] * start
    made[0] += found[0]
    return np.asarray(made)


def _anew(x: Floats, y: Floats, counts: Floats, start: Floats) -> Floats:
    ridge = PRIOR / 4 / _worth(counts)
    return logistic(x, y, counts, start, ridge, ridge)
