"""Before automating: would it save anything? An estimate from what a 業務調査票 tells, and why.

The estimate is the saving's own formula with assumed handling instead of measured:

    saved = volume x before - volume x (preparation + looking) - unreadable x (hand - before) - layouts x upkeep

A field is looked at where it is doubtful, and always where an error would be costly, which is how a
city's tax receipts went from 1.6 to 16.2 hours: every value had to be checked by eye. Everything
here is 試算; :func:`from_books` replaces the assumptions by what the office has measured itself.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from initiatives.fiscal import Span
from initiatives.saving import Books

ErrorCost = Literal["小", "中", "大"]
"""What a wrong value costs: nothing much, a correction, money or rights of a person."""

Advice = Literal["勧める", "試行して測る", "勧めない"]


@dataclass(frozen=True, slots=True)
class TaskCase:
    """What is asked about a task.

    Attributes:
        volume: sheets a year.
        minutes: staff minutes a sheet now.
        fields: fields a sheet.
        layouts: how many different forms (様式) come in.
        handwriting: share of the fields that are written by hand, [0, 1].
        error_cost: see :data:`ErrorCost`.
        born_digital: share of the sheets that come as electronic PDF, [0, 1].
    """

    volume: int
    minutes: float
    fields: int
    layouts: int = 1
    handwriting: float = 1.0
    error_cost: ErrorCost = "中"
    born_digital: float = 0.0

    def __post_init__(self) -> None:
        shares = (self.handwriting, self.born_digital)
        if (
            min(self.volume, self.fields, self.layouts) < 1
            or self.minutes <= 0
            or not all(0 <= s <= 1 for s in shares)
        ):
            raise ValueError("a case has positive counts and minutes, and shares within [0, 1]")


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What is taken for granted until the office has measured it.

    Attributes:
        doubtful_print, doubtful_hand: share of the fields that a person looks at. Seven cities
            measured 88.57 % of the fields right; a program must show at least those it may have
            wrong, and shows more to be sure.
        seconds: attention for one field on the screen, with finding the next one.
        preparation: seconds a sheet for sorting and scanning; none for an electronic one.
        unreadable: share of the sheets that are done by hand after all, at one and a half times the
        old time.
        upkeep: staff hours a year for one layout.
        measured: names of those that come from the office's own figures.
    """

    doubtful_print: float = 0.08
    doubtful_hand: float = 0.25
    seconds: float = 3.0
    preparation: float = 12.0
    unreadable: float = 0.02
    upkeep: float = 6.0
    measured: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Estimate:
    """What the case comes to in a year, hours.

    Attributes:
        score: 0 to 100: the share of the old time that is saved; 0 where nothing is.
        break_even: sheets a year from which it begins to save; None where no volume is enough.
        reasons: in words, the weightiest first.
    """

    before: float
    after: float
    score: int
    advice: Advice
    break_even: int | None
    reasons: tuple[str, ...]

    @property
    def saved(self) -> float:
        return self.before - self.after


def estimate(case: TaskCase, assumed: Assumptions | None = None) -> Estimate:
    """The estimate for one case."""
    a = assumed or Assumptions()
    paper = 1 - case.born_digital
    looked = _looked_at(case, a)
    looking = case.fields * looked * a.seconds / 60
    preparing = paper * a.preparation / 60
    failing = paper * a.unreadable * case.minutes * 0.5
    per_sheet = looking + preparing + failing
    upkeep = case.layouts * a.upkeep
    before = case.volume * case.minutes / 60
    after = case.volume * per_sheet / 60 + upkeep
    gain = case.minutes - per_sheet
    break_even = None
    if gain > 0:
        break_even = math.ceil(upkeep * 60 / gain)
    score = max(0, round(100 * (before - after) / before))
    return Estimate(
        before,
        after,
        score,
        _advice(score, case),
        break_even,
        tuple(_reasons(case, looked, looking, preparing, upkeep, break_even)),
    )


def _looked_at(case: TaskCase, a: Assumptions) -> float:
    """Share of the fields that a person looks at."""
    if case.error_cost == "大":
        return 1.0
    paper = case.handwriting * a.doubtful_hand + (1 - case.handwriting) * a.doubtful_print
    share = (1 - case.born_digital) * paper
    if case.error_cost == "小":
        return share
    return min(1.0, 1.3 * share)


def _advice(score: int, case: TaskCase) -> Advice:
    if score >= 40 and case.error_cost != "大":
        return "勧める"
    return "試行して測る" if score >= 15 else "勧めない"


def _reasons(
    case: TaskCase,
    looked: float,
    looking: float,
    preparing: float,
    upkeep: float,
    break_even: int | None,
) -> list[str]:
    found = []
    if break_even is None:
        found.append(
            f"1件あたりの確認({looking:.1f}分)と準備({preparing:.1f}分)が今の{case.minutes:g}分を上回り、"
            "件数が増えても減りません"
        )
    elif case.volume < break_even:
        found.append(
            f"年{break_even:,}件からでないと、様式の維持管理(年{upkeep:.0f}時間)を取り戻せません(今は年{case.volume:,}件)"
        )
    if case.error_cost == "大":
        found.append(
            "誤りの影響が大きく、全項目を目で確かめる前提です。突合できるデータがあれば、それで確かめる方法を先に検討してください"
        )
    elif looked > 0.2:
        found.append(f"項目の{looked:.0%}を目で確かめる見込みです(手書き {case.handwriting:.0%})")
    if case.layouts > 5:
        found.append(
            f"様式が{case.layouts}種類あり、定義の手入れが増えます。様式の統一を先に検討してください"
        )
    if case.born_digital >= 0.5:
        found.append("半分以上が電子で届くため、読み取らずにそのまま取り込めます")
    return found or [f"年{case.volume:,}件、1件{case.minutes:g}分で、読み取りに向いています"]


def from_books(books: Books, span: Span, assumed: Assumptions | None = None) -> Assumptions:
    """The assumptions with what the office has measured in ``span`` put in: attention per field,
    share looked at, share unreadable. Shares of print and handwriting are scaled together, since
    sheets do not say which is which."""
    whole = books.total(sorted(books.strategy.codes), span).work
    base = assumed or Assumptions()
    values: dict[str, float] = {}
    if whole.decisions >= 100:
        values["seconds"] = whole.review / 1000 / whole.decisions
    if whole.fields >= 1000:
        looked = 1 - whole.unseen / whole.fields
        values["doubtful_hand"] = min(1.0, looked)
        values["doubtful_print"] = min(1.0, looked * base.doubtful_print / base.doubtful_hand)
    if whole.accepted + whole.failed >= 100:
        values["unreadable"] = whole.failed / (whole.accepted + whole.failed)
    changed: Mapping[str, float] = values
    return replace(base, measured=frozenset(values), **changed)
