"""What ``torikomi report`` prints: the saving by initiative, as values and as rows of text."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from initiatives.balance import Balance
from initiatives.fiscal import Span
from initiatives.interval import Interval, rate_interval, saving_interval
from initiatives.ledger import open_books
from initiatives.register import Basis, Initiative, Strategy
from initiatives.saving import Books
from records.journal import Journal

HEADER = (
    "取組",
    "名称",
    "取込件数",
    "項目数",
    "目視不要",
    "従来の時間(分)",
    "確認の実測(分)",
    "正味の削減(分)",
    "95%区間(分)",
    "根拠",
    "n",
)
"""Column titles of :func:`rows`."""

RIGHT = frozenset({2, 3, 4, 5, 6, 7, 8, 10})
"""Columns of numbers, set to the right."""

NONE = "—"
UNKNOWN = "基準時間なし"


@dataclass(frozen=True, slots=True)
class Saving:
    """One line of the report: an initiative's account over a span, and how sure it is."""

    initiative: Initiative
    balance: Balance
    interval: Interval | None

    @property
    def basis(self) -> str:
        """How the two sides came about: ``基準 申告 / 確認 実測``; a review nobody needed is no
        side."""
        before: Basis | str = self.balance.baseline.basis or NONE
        now = self.balance.review.basis or NONE
        return f"基準 {before} / 確認 {now}"


def read_savings(
    journal: Journal,
    strategy: Strategy,
    span: Span,
    until: dt.date,
    *,
    idle: bool = False,
) -> tuple[Saving, ...]:
    """The saving from the journal: what ``torikomi report`` prints through :func:`text`.

    Args:
        span: what to report on.
        until: the last day that has happened.
        idle: also the initiatives without any work in the span.
    """
    return savings(open_books(journal, strategy, span, until), span, idle=idle)


def savings(books: Books, span: Span, *, idle: bool = False) -> tuple[Saving, ...]:
    """The saving of every initiative under the automation pillar, in code order.

    Args:
        books: all work since the beginning: fixed upkeep is charged from an initiative's first
            work on.
        span: what to report on.
        idle: also those without any work in the span.
    """
    strategy = books.strategy
    lines = []
    for code in sorted(strategy.codes):
        if idle or books.works(code, span):
            balance = books.balance(code, span)
            lines.append(
                Saving(strategy.initiatives[code], balance, saving_interval(books, [code], span))
            )
    return tuple(lines)


def rows(lines: Sequence[Saving]) -> list[tuple[str, ...]]:
    """The lines as text under :data:`HEADER`, and the sum of those that are known."""
    made = []
    for line in lines:
        code = line.initiative.code
        made.append(_row(code, line.initiative.title, line.balance, line.interval, line.basis))
    known = [line.balance for line in lines if line.balance.known]
    if len(known) > 1:
        whole, *others = known
        for balance in others:
            whole = whole.plus(balance)
        basis = whole.net.basis or NONE
        made.append(_row("計", f"{len(known)}取組", whole, None, f"全体 {basis}"))
    return made


def _row(
    code: str, title: str, balance: Balance, interval: Interval | None, basis: str
) -> tuple[str, ...]:
    share = balance.unseen_share
    between = NONE
    if interval:
        low = minutes(interval.low * 60)
        high = minutes(interval.high * 60)
        between = f"{low} 〜 {high}"
    return (
        code,
        title,
        f"{balance.work.accepted:,}",
        f"{balance.work.fields:,}",
        NONE if share is None else f"{share:.1%}",
        minutes(balance.baseline.minutes) if balance.known else NONE,
        minutes(balance.review.milliseconds / 60_000),
        minutes(balance.net.minutes) if balance.known else UNKNOWN,
        between,
        basis,
        f"{balance.net.n:,}",
    )


def minutes(value: float) -> str:
    """Minutes with one decimal and a sign that cannot be overlooked: ``-3.5`` becomes ``▲3.5``."""
    text = f"{abs(value):,.1f}"
    if value < 0 and text != "0.0":
        return f"▲{text}"
    return text


def notes(strategy: Strategy, savings: Sequence[Saving], until: dt.date) -> list[str]:
    """What a reader must know beside the figures, one line each."""
    lines = [
        "正味の削減 = 従来の時間 −(準備+確認の実測+手直し+例外の手作業+維持管理)。機械の稼働時間は含みません。"
    ]
    without = [s.initiative.code for s in savings if not s.balance.known]
    if without:
        lines.append(
            f"{'、'.join(without)} は基準時間が登録されていないため計算できません。strategy.toml の "
            "[[initiative.baseline]] に書いてください。"
        )
    if any(s.balance.baseline.basis in ("申告", "試算") for s in savings):
        lines.append(
            "基準時間が申告・試算の取組があります。3件以上を時計で計り、samples に書くと実測になります。"
        )
    for saving in savings:
        era = strategy.to_recheck(saving.initiative.code, until)
        if era:
            lines.append(
                f"{saving.initiative.code} は{era.name}への更新後の再検証がまだです(要再検証)。"
            )
    if strategy.note:
        lines.append(strategy.note)
    return lines


def wrong_unseen(savings: Sequence[Saving]) -> list[str]:
    """How many of the values that nobody looked at are wrong, from those drawn and shown to a
    person: one line each."""
    drawn = []
    for saving in savings:
        work = saving.balance.work
        if work.sampled:
            drawn.append((saving.initiative.code, work.sampled_wrong, work.sampled))
    if len(drawn) > 1:
        all_wrong = sum(wrong for _, wrong, _ in drawn)
        all_drawn = sum(n for _, _, n in drawn)
        drawn.append(("全体", all_wrong, all_drawn))
    width = max((_width(name) for name, *_ in drawn), default=0)
    lines = []
    for name, wrong, n in drawn:
        lines.append(f"  {_pad(name, width, False)}  {rate(wrong, n)}")
    return lines


def rate(wrong: int, n: int) -> str:
    """A share of wrong values with its exact interval, ``0.42%(2/480、95%区間 0.05〜1.50%)``; ``—``
    without any value."""
    between = rate_interval(wrong, n)
    if between is None:
        return NONE
    interval = f"{100 * between.low:.2f}〜{between.high:.2%}"
    return f"{wrong / n:.2%}({wrong:,}/{n:,}、95%区間 {interval})"


def text(strategy: Strategy, savings: Sequence[Saving], span: Span, until: dt.date) -> str:
    """The whole report as plain text, columns set by the width that Japanese letters take in a
    terminal."""
    table = [HEADER, *rows(savings)]
    so_far = ""
    if until < span.last:
        so_far = f"({until:%Y-%m-%d} まで)"
    widths = []
    for column in zip(*table, strict=True):
        widths.append(max(map(_width, column)))
    title = f"{strategy.name} {strategy.automation.name} {span.title}"
    lines = [title + so_far, ""]
    for row in table:
        cells = [_pad(cell, widths[i], i in RIGHT) for i, cell in enumerate(row)]
        lines.append("  ".join(cells).rstrip())
    if not savings:
        lines.append("この期間に取り込まれたものはまだありません。")
    wrong = wrong_unseen(savings)
    if wrong:
        lines += ["", "目視しなかった値の誤り率(無作為に抽出して職員が確かめた値から)", *wrong]
    lines.append("")
    for note in notes(strategy, savings, until):
        lines.append(f"※ {note}")
    return "\n".join(lines)


def _width(cell: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WFA" else 1 for c in cell)


def _pad(cell: str, width: int, right: bool) -> str:
    space = " " * (width - _width(cell))
    if right:
        return space + cell
    return cell + space
