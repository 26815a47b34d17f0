"""How sure a figure is: bootstrap intervals for saved time, exact intervals for error rates.

The saving is resampled over what was sampled: the stopwatch samples behind a measured baseline, and
the attention per sheet, by day (days, not sheets, are drawn, because the sheets of a day share a
clerk and a batch; Davison & Hinkley, *Bootstrap Methods and their Application*, 1997, section 3.8
on clustered data). A declared or estimated baseline has no samples, so its uncertainty is **not**
in the interval, and the interval says so.

The draws are seeded by what they are about: the same figures give the same interval in every
report.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from initiatives.balance import HOUR
from initiatives.fiscal import Span
from initiatives.register import Baseline, Initiative
from initiatives.saving import Books
from initiatives.work import Work

DRAWS = 1000
FEWEST_DAYS = 5
"""Fewest days of review that are resampled: the spread of fewer days says next to nothing."""

Draws = NDArray[np.float64]
"""Saved hours in each draw, shape (DRAWS,)."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % interval, in the unit of the figure, and what its width comes from (``基準時間``,
    ``確認時間``)."""

    low: float
    high: float
    covers: tuple[str, ...]
    level: float = 0.95

    @property
    def note(self) -> str:
        """What a reader must know of it."""
        if "基準時間" in self.covers:
            return f"95%区間({'・'.join(self.covers)}のばらつき)"
        return "95%区間(確認時間のばらつきだけ。基準時間は計測していないため含みません)"


def saving_interval(books: Books, codes: Iterable[str], span: Span) -> Interval | None:
    """The interval of the saved hours of one or several initiatives; None where nothing was
    sampled.

    Args:
        codes: initiatives; they are drawn independently of one another and added.
    """
    sums: Draws | None = None
    covers: set[str] = set()
    for code in codes:
        draws, sources = _draws(books, code, span)
        covers |= sources
        sums = draws if sums is None else sums + draws
    if sums is None or not covers:
        return None
    low, high = np.quantile(sums, (0.025, 0.975))
    in_order = ("基準時間", "確認時間")
    names = tuple(name for name in in_order if name in covers)
    return Interval(float(low), float(high), names)


def _draws(books: Books, code: str, span: Span) -> tuple[Draws, set[str]]:
    """Saved hours of one initiative in each draw, and what was drawn."""
    balance = books.balance(code, span)
    hours = np.full(DRAWS, float(balance.net.milliseconds))
    if not balance.known:
        return np.zeros(DRAWS), set()
    # The same question is answered with the same interval, whoever asks and however often.
    seed = zlib.crc32(f"{code} {span.first} {span.last}".encode())
    rng = np.random.default_rng(seed)
    works = books.works(code, span)
    initiative = books.strategy.initiatives[code]
    covers: set[str] = set()
    for baseline, sheets in _handled(initiative, works).items():
        samples = np.array(baseline.samples, dtype=np.float64)
        picks = rng.integers(0, samples.size, (DRAWS, samples.size))
        means = samples[picks].mean(axis=1)
        hours += sheets * (means - baseline.milliseconds)
        covers.add("基準時間")
    by_day = _by_day((w.day.toordinal(), w.accepted, w.review) for w in works)
    review = by_day[:, 1]
    if len(by_day) >= FEWEST_DAYS and review.any():
        hours -= _drawn_review(by_day, rng) - review.sum()
        covers.add("確認時間")
    return hours / HOUR, covers


def _handled(initiative: Initiative, works: Iterable[Work]) -> dict[Baseline, int]:
    """How many sheets were handled under each baseline that was measured."""
    handled: dict[Baseline, int] = {}
    for work in works:
        baseline = initiative.baseline_on(work.day, work.form)
        if baseline is None or not baseline.samples:
            continue
        sheets = work.accepted + work.failed
        handled[baseline] = handled.get(baseline, 0) + sheets
    return handled


def _by_day(rows: Iterable[tuple[int, int, int]]) -> Draws:
    """Accepted sheets and milliseconds of review by day, shape (days, 2)."""
    sums: dict[int, list[int]] = {}
    for day, accepted, review in rows:
        known = sums.setdefault(day, [0, 0])
        known[0] += accepted
        known[1] += review
    table = np.array(list(sums.values()), dtype=np.float64)
    return table.reshape(-1, 2)


def _drawn_review(by_day: Draws, rng: np.random.Generator) -> Draws:
    """Total review time in each draw of days: the ratio estimator, so that the number of sheets
    stays the real one."""
    days = len(by_day)
    picks = rng.integers(0, days, (DRAWS, days))
    accepted, review = by_day.T
    sheets = accepted[picks].sum(axis=1)
    spent = review[picks].sum(axis=1)
    total = accepted.sum()
    usual = review.sum() / max(total, 1)
    # A draw of days without a sheet says nothing: it counts as the usual time.
    ratio = np.divide(spent, sheets, out=np.full(DRAWS, usual), where=sheets > 0)
    drawn: Draws = ratio * total
    return drawn


def rate_interval(wrong: int, n: int, level: float = 0.95) -> Interval | None:
    """The exact (Clopper-Pearson, Biometrika 26, 1934) interval of a share of ``wrong`` in ``n``;
    None for n = 0.

    Raises:
        ValueError: more wrong ones than cases.
    """
    if not 0 <= wrong <= n:
        raise ValueError(f"a share needs 0 <= wrong <= n, got {wrong} of {n}")
    if n == 0:
        return None
    # Loaded here: it costs 0.2 s that a start of the program should not pay.
    from scipy.special import betaincinv

    tail = (1 - level) / 2
    right = n - wrong
    low, high = 0.0, 1.0
    if wrong > 0:
        low = float(betaincinv(wrong, right + 1, tail))
    if right > 0:
        high = float(betaincinv(wrong + 1, right, 1 - tail))
    return Interval(low, high, ("抽出",), level)


def spread(samples: Iterable[float]) -> float | None:
    """Sample standard deviation; None for fewer than two."""
    values = np.array(list(samples), dtype=np.float64)
    if values.size > 1:
        return float(values.std(ddof=1))
    return None
