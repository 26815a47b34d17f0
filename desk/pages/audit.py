"""監査: who looked at what and did what, from the hash-chained journal, and whether archive and
ledgers still tell the same."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from connectors.comparing import Verified, verify
from desk import access
from desk.opendesk import Desk
from desk.refusals import NotHere
from desk.web import Asking, Meant, Number, Office, page
from records.mynumber import mask_my_number

router = APIRouter()
_LISTED = 100
KINDS = {
    "viewed": "閲覧",
    "revealed": "個人番号の表示",
    "exported": "書き出し",
    "decided": "確認・訂正",
    "delivered": "転記",
    "rewritten": "台帳への書き直し",
    "returned": "差し戻し",
    "read": "読み取り",
    "ready": "転記可",
    "received": "受信",
    "duplicate": "重複",
    "retried": "読み直し",
    "reopened": "続きの受信",
    "superseded": "続きへの引き継ぎ",
    "failed": "読み取り失敗",
    "finished": "手で処理・破棄",
    "uploaded": "画面からの受付",
    "logged_in": "ログイン",
    "logged_out": "ログアウト",
    "login_failed": "ログイン失敗",
    "login_refused": "ログイン拒否",
    "user_added": "利用者の追加",
    "user_changed": "利用者の変更",
    "password_changed": "パスワード変更",
    "verified": "改ざん検査",
    "receipt": "処理の記録",
    "set_aside": "様式外",
    "declared": "申告",
    "learned": "学習の採用",
    "unlearned": "学習の取り消し",
    "joined": "ページのつなぎ",
    "parted": "ページの分割",
    "dropped": "対象外",
    "restored": "対象外の取り消し",
}


_FIRST_YEAR, _LAST_YEAR = 2000, 9000


@router.get("/audit")
def search(
    request: Request,
    desk: Office,
    session: Asking,
    kind: str = "",
    actor: str = "",
    target: str = "",
    since: str = "",
    until: str = "",
    before: Number = 0,
) -> Response:
    if not access.may_audit(session.user):
        raise NotHere
    target = target.strip()
    document = target if len(target) == 64 else None
    first = _start(desk.zone, since)
    last = _start(desk.zone, until)
    events = list(
        desk.journal.chain.events(
            kind=kind or None,
            actor=actor.strip() or None,
            document=document,
            record=None if document or not target else target,
            since=first,
            until=last and last + dt.timedelta(days=1),
            after=max(0, before),
            limit=_LISTED,
            newest_first=True,
        )
    )
    titles: dict[str, str] = {}
    for form in desk.forms.values():
        titles |= {name: made.title for name, made in form.fields.items()}
    rows = [(event, _told(event.payload, titles)) for event in events]
    return page(
        request,
        "audit.html",
        rows=rows,
        kinds=KINDS,
        kind=kind,
        actor=actor,
        target=target,
        since=since,
        until=until,
        next=events[-1].seq if len(events) == _LISTED else 0,
    )


_WORDS = {
    "what": "見た所",
    "field": "項目",
    "verdict": "答え",
    "milliseconds": "ミリ秒",
    "state": "状態",
    "open": "残る確認",
    "from": "接続元",
    "name": "ファイル",
    "size": "バイト",
    "form": "様式",
    "reason": "理由",
    "records": "用紙",
    "by": "方法",
    "user": "利用者",
    "target": "届け先",
    "revision": "版",
    "page": "ページ",
    "searched": "言葉で検索",
    "roles": "役割",
    "departments": "課",
    "active": "有効",
    "channel": "経路",
    "review": "確認",
    "record": "台帳の一枚",
    "batch": "一括確認",
    "list": "一覧",
    "picture": "画像",
    "my_number": "個人番号",
    "accept": "このまま",
    "correct": "訂正",
    "unreadable": "読めない",
    "wrong_form": "様式違い",
    "password": "パスワード",
    "header": "共通ログイン",
    "person": "人",
    "machine": "機械",
    "attempts": "試した回数",
    "code": "種類",
    "pages": "ページ",
    "fields": "項目数",
    "fit": "様式との一致",
    "problems": "問題",
    "version": "様式の版",
    "first_wrong": "最初の食い違い",
    "compared": "照合した文書",
    "mismatches": "原本・台帳との食い違い",
    "full_name": "氏名",
    "message": "内容",
    "nearest": "近い様式",
    "waiting": "確認待ち",
    "ready": "転記待ち",
    "True": "はい",
    "False": "いいえ",
}


def _told(payload: Mapping[str, Any], titles: Mapping[str, str]) -> str:
    """An event's data in words; a list by its length, what is empty not at all.

    Args:
        titles: of fields, by name.
    """
    parts = []
    for key, value in payload.items():
        if key in ("digest", "token") or value in ("", [], None):
            continue
        if key == "field":
            parts.append(f"項目「{titles.get(value, value)}」")
            continue
        if key == "milliseconds" and isinstance(value, int):
            parts.append(f"{value / 1000:.1f}秒")
            continue
        shown = (
            f"{len(value)}件"
            if isinstance(value, list | dict) and len(value) > 3
            else mask_my_number(str(value))
        )
        parts.append(f"{_WORDS.get(key, key)} {_WORDS.get(shown, shown)}")
    return "、".join(parts)[:300]


def _start(zone: dt.tzinfo, text: str) -> dt.datetime | None:
    """The first moment of a day; None for what is no day, or none on which a journal was kept."""
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return None
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        return None
    return dt.datetime.combine(day, dt.time(), zone)


@router.post("/audit/verify")
def begin_check(desk: Office, session: Meant) -> Response:
    """Walk the whole chain and compare archive and ledgers with it; one check at a time."""
    if not access.may_audit(session.user):
        raise NotHere
    who = session.user.name
    begun = desk.verifying.begin(
        who,
        desk.now,
        lambda: verify(desk.site, desk.forms, desk.journal),
        lambda found: _note(desk, who, found),
    )
    if not begun:
        raise NotHere("いま検査中です。終わるまで待ってください", 409)
    return RedirectResponse("/audit/verify", 303)


@router.get("/audit/verify")
def show_check(request: Request, desk: Office, session: Asking) -> Response:
    """The check that runs, or what the last one found."""
    if not access.may_audit(session.user):
        raise NotHere
    check = desk.verifying.last
    lines = [] if check is None or check.found is None else list(check.found.lines())
    return page(
        request, "audit_verified.html", check=check, lines=[mask_my_number(line) for line in lines]
    )


def _note(desk: Desk, who: str, found: Verified) -> None:
    payload = {
        "first_wrong": found.chain or 0,
        "record": found.record or "",
        "compared": found.comparison.documents,
        "mismatches": len(found.comparison.wrong),
    }
    desk.journal.chain.append("verified", at=desk.now(), actor=who, payload=payload)
