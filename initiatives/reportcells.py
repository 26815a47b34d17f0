"""Typed cells of the report, already rounded: Excel, PDF, HTML and CSV show the same figures because
they all show these.

Hours are rounded half up to a tenth here and nowhere else, so a column may differ from its sum by a
tenth, as in every printed table of a city; a note says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Literal

from initiatives.balance import HOUR, Balance
from initiatives.evaluate import Measurement
from initiatives.interval import Interval

Kind = Literal["text", "count", "hours", "percent", "yen", "number", "years"]


Cell = str | int | Decimal | None


NONE = "—"


_CENTRED = frozenset(
    ("状況", "95%区間", "目標", "評価", "根拠", "区分", "単位", "判定", "月", "人分", "今後の判断")
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its title, what its cells are, and its share of the width."""

    title: str
    kind: Kind = "text"
    width: float = 10

    @property
    def centred(self) -> bool:
        """True for columns of short words, which stand in the middle."""
        first_line, *_ = self.title.split("\n")
        return self.kind == "text" and first_line in _CENTRED


@dataclass(frozen=True, slots=True)
class Table:
    """A table with typed cells; the last row is the sum where ``summed``."""

    name: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    summed: bool = False
    notes: tuple[str, ...] = ()

    def shown(self) -> list[tuple[str, ...]]:
        """The rows as text."""
        kinds = [column.kind for column in self.columns]
        rows = []
        for row in self.rows:
            cells = zip(row, kinds, strict=True)
            rows.append(tuple(show(cell, kind) for cell, kind in cells))
        return rows


_WITH_TENTHS = frozenset(("hours", "percent", "years", "number"))


def show(cell: Cell, kind: Kind) -> str:
    """A cell as people read it: ``▲`` for minus, thousands with commas, ``—`` for nothing."""
    if cell is None:
        return NONE
    if isinstance(cell, str):
        return cell
    number = cell
    unit = ""
    if kind == "percent":
        number = cell * 100
        unit = "%"
    places = 1 if kind in _WITH_TENTHS else 0
    text = f"{abs(number):,.{places}f}{unit}"
    # What is rounded to nothing is no minus: ▲0.0 would be read as a loss.
    is_zero = not any(c in "123456789" for c in text)
    if number < 0 and not is_zero:
        return f"▲{text}"
    return text


def rounded(value: Fraction | float | int, places: int) -> Decimal:
    """Half up, away from zero, as people round on paper."""
    exact = Fraction(value)
    scaled = Decimal(abs(exact.numerator)) / Decimal(exact.denominator)
    unit = Decimal(1).scaleb(-places)
    made = scaled.quantize(unit, ROUND_HALF_UP)
    return -made if exact < 0 else made


def hours(milliseconds: int | None) -> Decimal | None:
    """Hours to a tenth."""
    if milliseconds is None:
        return None
    return rounded(Fraction(milliseconds, HOUR), 1)


def share(value: float | Fraction | None) -> Decimal | None:
    """A share to a tenth of a percent."""
    if value is None:
        return None
    return rounded(value, 3)


def yen(value: Fraction | None) -> Decimal | None:
    if value is None:
        return None
    return rounded(value, 0)


def before(balance: Balance) -> int | None:
    """Milliseconds that the work would have taken before; None where nothing happened or no
    baseline is known."""
    if not told(balance):
        return None
    return balance.baseline.milliseconds


def now(balance: Balance) -> int | None:
    """Milliseconds of all handling."""
    if not told(balance):
        return None
    return sum(p.milliseconds for p in balance.costs)


def net(balance: Balance) -> int | None:
    """Milliseconds saved."""
    if not told(balance):
        return None
    return balance.net.milliseconds


def told(balance: Balance) -> bool:
    return balance.known and balance.net.basis is not None


def saved_share(balance: Balance) -> Decimal | None:
    """Saved against before (削減率); None where nothing was there to be saved."""
    if not balance.known or not balance.baseline.milliseconds:
        return None
    saved = Fraction(balance.net.milliseconds, balance.baseline.milliseconds)
    return share(saved)


def between(interval: Interval | None) -> str | None:
    """``▲1.2〜3.4``; in brackets where the baseline was not measured, so that only the review's
    spread is in it."""
    if interval is None:
        return None
    low = show(rounded(interval.low, 1), "hours")
    high = show(rounded(interval.high, 1), "hours")
    if "基準時間" in interval.covers:
        return f"{low}〜{high}"
    return f"({low}〜{high})"


def basis(balance: Balance) -> str:
    """What the figure rests on: ``申告``, or ``実測`` only where all of it was measured."""
    return balance.net.basis or NONE


def achieved(m: Measurement) -> Decimal | None:
    """Actual against the whole year's target (not what is expected by now, which the verdict
    uses)."""
    if m.value is None or not m.target:
        return None
    if m.kpi.direction == "up":
        return share(m.value / m.target)
    if m.value > 0:
        return share(m.target / m.value)
    return None
