"""内訳: from a figure down to the receipts and decisions it is made of, to the millisecond.

Anybody may see that work was done and what it adds up to. Who did it, and which sheet it was, is
shown by the rules of :mod:`desk.access` only; values never.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from desk import access, monthfigures, spans
from desk.handwork import KINDS
from desk.logins import Session
from desk.opendesk import Desk
from desk.refusals import NotHere
from desk.spans import Choice, choose
from desk.web import Asking, Number, Office, page
from initiatives import reportcells
from initiatives.balance import HOUR
from initiatives.breakdown import Entry, Item, Term, entries, items
from initiatives.fiscal import Span
from initiatives.ledger import open_books
from initiatives.reportcells import Cell, Column, Table
from initiatives.saving import Books
from initiatives.work import SOURCES

router = APIRouter()
_LISTED = 50
TERM_NAMES: Mapping[Term, str] = {
    "baseline": "従来の時間",
    "preparation": "− 準備",
    "review": "− 確認",
    "rework": "− 手直し",
    "exceptions": "− 例外の手作業",
    "upkeep": "− 維持管理",
}
SUM_NAMES: Mapping[str, str] = {
    "accepted": "取り込んだ件数",
    "failed": "読めなかった件数",
    "by_hand": "手で入力した件数",
    "fields": "読んだ項目",
    "unseen": "目視不要の項目",
    "decisions": "確認した項目",
    "corrected": "訂正した項目",
    "sampled": "抜き取って確かめた項目",
    "sampled_wrong": "抜き取りで見つかった誤り",
    "characters": "読んだ文字",
    "edits": "訂正した文字",
    "preparation": "準備(実測)",
    "told_preparation": "準備(申告)",
    "review": "確認の時間",
    "rework": "手直し(実測)",
    "told_rework": "手直し(申告)",
    "by_hand_time": "手入力(実測)",
    "told_by_hand": "手入力(申告)",
    "upkeep": "維持管理(実測)",
    "told_upkeep": "維持管理(申告)",
    "robot": "機械の稼働時間",
}
_TIMES = frozenset(
    name
    for name in SUM_NAMES
    if name in ("review", "rework", "upkeep", "preparation", "by_hand_time", "robot")
    or name.startswith("told_")
)
_STEPS = {
    "accept": "転記まで済みました",
    "task": "処理しました",
    "read": "読み取り",
    "deliver": "転記",
    **KINDS,
}
_VERDICTS = {
    "accept": "このままでよい",
    "correct": "訂正",
    "unreadable": "読めない",
    "wrong_form": "様式違い",
}


@router.get("/initiatives/{code}/breakdown")
def breakdown(
    request: Request, desk: Office, session: Asking, code: str, span: str = ""
) -> Response:
    """What an initiative's saving is made of: products and measured times, by month or day, and the
    sums behind them."""
    choice, books = _books(desk, code, span)
    balance = books.balance(code, choice.span)
    found = items(books, code, choice.span)
    parts = (
        _days(books, code, choice)
        if choice.is_month
        else monthfigures.month_rows(
            tuple((m, books.balance(code, m)) for m in choice.span.months()),
            books.until,
            [None] * len(choice.span.months()),
            f"{spans.page_of(code)}/breakdown",
        )
    )
    counts = [
        (name, SUM_NAMES[name], getattr(balance.work, name))
        for name in SUM_NAMES
        if name not in _TIMES
    ]
    return page(
        request,
        "initiative_breakdown.html",
        caution=spans.caution(desk.journal, desk.strategy),
        choice=choice,
        options=spans.options(desk.strategy, choice),
        initiative=desk.strategy.initiatives[code],
        balance=balance,
        net=reportcells.hours(reportcells.net(balance)),
        items=[_told(i) for i in found],
        parts_of=parts,
        counts=[c for c in counts if c[2]],
        known=balance.known,
        seconds=seconds,
        show=reportcells.show,
        page_of=spans.page_of,
        robot=balance.work.robot,
        entries=lambda name: _place(choice, code, name),
    )


@router.get("/initiatives/{code}/entries")
def rows(
    request: Request,
    desk: Office,
    session: Asking,
    code: str,
    of: str,
    span: str = "",
    after: Number = 0,
) -> Response:
    """The receipts and decisions behind one sum (``of``), page by page."""
    if of not in SUM_NAMES or of not in SOURCES:
        raise NotHere
    choice, books = _books(desk, code, span)
    whole = getattr(books.balance(code, choice.span).work, of)
    timed = of in _TIMES
    found = list(
        itertools.islice(entries(desk.journal, code, choice.span, of, max(0, after)), _LISTED + 1)
    )
    shown = found[:_LISTED]
    told = access.may_tell(
        session.user, desk.strategy, desk.strategy.initiatives[code], desk.now().date()
    )
    place = _place(choice, code, of)
    return page(
        request,
        "initiative_entries.html",
        page_of=spans.page_of,
        choice=choice,
        initiative=desk.strategy.initiatives[code],
        caution=spans.caution(desk.journal, desk.strategy),
        name=SUM_NAMES[of],
        rows=[_row(desk, session, entry, told, timed) for entry in shown],
        timed=timed,
        after=after,
        first=place,
        here_sum=value_of(sum(entry.value for entry in shown), timed),
        whole=value_of(whole, timed),
        hours=reportcells.show(reportcells.hours(whole), "hours"),
        next=f"{place}&after={shown[-1].seq}" if len(found) > _LISTED else "",
        back=choice.address(f"{spans.page_of(code)}/breakdown"),
    )


def _place(choice: Choice, code: str, of: str) -> str:
    return choice.address(f"{spans.page_of(code)}/entries", of=of)


def _books(desk: Desk, code: str, span: str) -> tuple[Choice, Books]:
    choice = choose(desk.strategy, desk.now().date(), span)
    if code not in desk.strategy.codes:
        raise NotHere
    return choice, open_books(
        desk.journal, desk.strategy, choice.span, desk.now().date(), only=code
    )


def seconds(milliseconds: int) -> str:
    """``1時間02分03.456秒``; ``▲`` before less than nothing."""
    hours, rest = divmod(abs(milliseconds), HOUR)
    minutes, rest = divmod(rest, 60_000)
    text = f"{hours:,}時間{minutes:02}分"
    if not hours:
        text = f"{minutes}分" if minutes else ""
    text += f"{rest // 1000:02}" if text else f"{rest // 1000}"
    return (
        ("▲" if milliseconds < 0 else "") + text + (f".{rest % 1000:03}秒" if rest % 1000 else "秒")
    )


def value_of(value: int, timed: bool) -> str:
    """A sum as people read it: time to the millisecond, anything else as a count."""
    if timed:
        return seconds(value)
    return f"{value:,}".replace("-", "▲")


def _told(item: Item) -> dict[str, Any]:
    product = ""
    if item.count is not None and item.each is not None:
        product = f"{value_of(item.count, False)}件 × {seconds(item.each)}"
    return {
        "term": TERM_NAMES[item.term],
        "product": product,
        "time": seconds(item.milliseconds),
        "basis": item.basis,
        "source": item.source,
        "hours": reportcells.show(reportcells.hours(item.milliseconds), "hours"),
        "milliseconds": item.milliseconds,
        "sums": [(name, SUM_NAMES[name]) for name in item.sums],
    }


def _days(books: Books, code: str, choice: Choice) -> monthfigures.Linked:
    rows: list[tuple[Cell, ...]] = []
    for day in choice.span.dates():
        b = books.balance(code, Span(day, day))
        if b.work.counts != dict.fromkeys(b.work.counts, 0):
            rows.append(
                (
                    f"{day.month}月{day.day}日",
                    b.work.accepted,
                    b.work.failed,
                    reportcells.hours(reportcells.before(b)),
                    reportcells.hours(reportcells.now(b)),
                    reportcells.hours(reportcells.net(b)),
                    b.work.decisions,
                    seconds(b.work.review),
                )
            )
    return monthfigures.Linked(
        Table(
            "日別",
            (
                Column("日"),
                Column("件数", "count"),
                Column("例外", "count"),
                Column("従来(時間)", "hours"),
                Column("現在(時間)", "hours"),
                Column("削減(時間)", "hours"),
                Column("確認した項目", "count"),
                Column("確認の時間", "count"),
            ),
            tuple(rows),
        )
    )


def _row(desk: Desk, session: Session, entry: Entry, told: bool, timed: bool) -> dict[str, Any]:
    """One line; who and which sheet only where this person may know."""
    forms = access.forms_of(session.user, desk.forms)
    form = desk.forms.get(entry.form)
    made: dict[str, Any] = {
        "seq": entry.seq,
        "at": entry.at,
        "day": entry.day,
        "form": form.title if form else entry.form,
        "value": value_of(entry.value, timed),
        "who": "",
        "record": "",
        "field": "",
        "note": "",
        "hidden": not access.sees_workers(session.user, entry.form, told, desk.forms),
    }
    if entry.decision is not None:
        d = entry.decision
        made["what"] = _VERDICTS[d.verdict] + ("(抜き取り)" if entry.sampled else "")
        made["field"] = (
            form.fields[d.field].title
            if form and d.field in form.fields
            else "用紙全体"
            if not d.field
            else d.field
        )
        made["who"] = d.who
        made["record"] = d.record if entry.form in forms else ""
    elif entry.receipt is not None:
        r = entry.receipt
        made["what"] = _STEPS.get(r.step, r.step)
        made["record"] = (
            r.key.removeprefix("accept:")
            if r.key.startswith("accept:") and entry.form in forms
            else ""
        )
        made["who"], made["note"] = _teller(desk, entry)
    if made["hidden"]:
        made["who"] = made["note"] = ""
    return made


def _teller(desk: Desk, entry: Entry) -> tuple[str, str]:
    """Who a receipt is of, and what they noted; the entry of hand work stands next to its
    receipt."""
    assert entry.receipt is not None
    if entry.receipt.step not in KINDS:
        return "", ""
    near = {e.seq: e for e in desk.journal.chain.events(after=entry.seq - 1, limit=2)}
    own = near[entry.seq]
    declared = near.get(entry.seq + 1)
    if (
        declared is not None
        and declared.kind == "declared"
        and declared.payload.get("key") == entry.receipt.key
    ):
        return str(declared.payload["worker"]), str(declared.payload["note"])
    return own.actor, "取り消し" if entry.receipt.key.startswith("back:") else ""
