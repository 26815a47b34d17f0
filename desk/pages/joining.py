"""ページのつなぎ: a person says which pages are one sheet, and which sheet is another one again."""

from __future__ import annotations

import math
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from desk import access
from desk.deciding import seen_row
from desk.logins import Session
from desk.opendesk import Desk
from desk.refusals import NotHere
from desk.web import Asking, Body, Meant, Number, Office, page
from records.halves import fits_together, merged, parted
from records.journal import RecordRow
from records.types import Record

router = APIRouter()
_LISTED = 12


@router.get("/joining")
def lone(request: Request, desk: Office, session: Asking, part: Number = 1) -> Response:
    """Sheets that wait for their missing page."""
    if not access.may_review(session.user):
        raise NotHere
    part = max(1, min(part, 400))
    forms = access.forms_of(session.user, desk.forms)
    first = (part - 1) * _LISTED
    rows = desk.journal.joins.lone(list(forms), _LISTED + 1, first)
    lines = [row.line for row in rows[:_LISTED]]
    desk.views.note(session, lines, "joining", desk.now())
    return page(
        request,
        "joining_list.html",
        rows=rows[:_LISTED],
        forms=forms,
        part=part,
        more=len(rows) > _LISTED,
    )


@router.get("/joining/{record}")
def show(
    request: Request, desk: Office, session: Asking, record: str, part: Number = 1
) -> Response:
    """The pages of a sheet, and what they may belong to."""
    row, form = seen_row(desk, session, record)
    if not access.may_review(session.user):
        raise NotHere
    part = max(1, min(part, 20))
    rows = desk.journal.joins.halves(record) if row.as_read.is_half else []
    fitting = [other for other in rows if fits_together(row.record, other.record)]
    shown = fitting[(part - 1) * _LISTED : part * _LISTED]
    twin = _twin(desk, session, row)
    seen = [row, *shown, *([twin] if twin else [])]
    lines = [other.line for other in seen]
    desk.views.note(session, lines, "joining", desk.now())
    desk.attention.begin(session.id)
    return page(
        request,
        "joining.html",
        row=row,
        form=form,
        pages=_pages(row.record),
        others=[(other, _pages(other.record)) for other in shown],
        twin=twin,
        twin_pages=_pages(twin.record) if twin else [],
        part=part,
        more=len(fitting) > part * _LISTED,
        can_part=row.state in ("waiting", "returned") and len(set(_places(row.record))) > 1,
    )


def _twin(desk: Desk, session: Session, row: RecordRow) -> RecordRow | None:
    """The sheet that this one is probably the same as."""
    link = desk.journal.joins.link_of(row.id)
    if link is None or row.state not in ("waiting", "returned"):
        return None
    other = desk.journal.records.get(link[1])
    forms = access.forms_of(session.user, desk.forms)
    if other is not None and other.line.form in forms:
        return other
    return None


def _places(record: Record) -> list[tuple[str, int]]:
    return [(leaf.document, leaf.number) for leaf in record.leaves]


def _pages(record: Record) -> list[int]:
    """The pages of the form that the record has, as pictures show them."""
    return [leaf.face for leaf in record.leaves] or [1]


@router.post("/joining/{record}/join")
def join(desk: Office, session: Meant, body: Body, record: str) -> Response:
    """These two are one sheet."""
    row, form = _own(desk, session, record)
    other, _ = _own(desk, session, str(body.get("other", "")))
    office = desk.site.office
    day = row.line.received_on
    whole = merged([row.record, other.record], form, office, day)
    made = desk.journal.joins.join(
        whole,
        [row, other],
        at=desk.now(),
        who=session.user.name,
        seconds=_seconds(desk, session, body),
    )
    return _on(desk, made)


@router.post("/joining/{record}/part")
def part(desk: Office, session: Meant, body: Body, record: str) -> Response:
    """The pages of this sheet belong to different people."""
    row, form = _own(desk, session, record)
    desk.journal.joins.part(
        row,
        parted(row.record, form),
        at=desk.now(),
        who=session.user.name,
        seconds=_seconds(desk, session, body),
    )
    return RedirectResponse(f"/joining/{quote(record)}", 303)


@router.post("/joining/{record}/same")
def same(desk: Office, session: Meant, body: Body, record: str) -> Response:
    """This sheet is the other one, scanned again."""
    row, _ = _own(desk, session, record)
    link = desk.journal.joins.link_of(record)
    if link is None:
        raise NotHere
    made = desk.journal.joins.drop_same(
        row,
        link[1],
        at=desk.now(),
        who=session.user.name,
        seconds=_seconds(desk, session, body),
    )
    return _on(desk, made)


@router.post("/joining/{record}/back")
def back(desk: Office, session: Meant, body: Body, record: str) -> Response:
    """A sheet that was dropped waits again."""
    _own(desk, session, record)
    made = desk.journal.joins.take_back(record, at=desk.now(), who=session.user.name)
    return _on(desk, made)


def _own(desk: Desk, session: Session, record: str) -> tuple[RecordRow, Any]:
    if not access.may_review(session.user):
        raise NotHere
    return seen_row(desk, session, record)


def _seconds(desk: Desk, session: Session, body: dict[str, Any]) -> float:
    """Attention as the browser measured it, no more than has passed."""
    try:
        claimed = float(body.get("seconds") or 0.0)
    except (TypeError, ValueError):
        claimed = 0.0
    if not math.isfinite(claimed) or claimed < 0:
        claimed = 0.0
    return desk.attention.granted(session.id, claimed)


def _on(desk: Desk, row: RecordRow) -> Response:
    """To what is left to be checked on the sheet; else to the sheet itself."""
    if row.state == "ready":
        desk.deliveries.wake()
    name = quote(row.id)
    asked = row.state == "waiting" and not row.as_read.is_half
    place = f"/review/sheet?record={name}" if asked else f"/records/{name}"
    return RedirectResponse(place, 303)
