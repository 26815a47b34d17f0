"""台帳にない行: what ledgers lack of what was delivered, shown row by row and written again by a
person; and a copy of a ledger to look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, Response

from desk import access
from desk.deciding import seen_row
from desk.deliveryloop import LedgerLack
from desk.ledgerplaces import places_of
from desk.logins import Session
from desk.opendesk import Desk
from desk.refusals import NotHere
from desk.web import Asking, Body, Meant, Number, Office, page
from records.errors import TorikomiError
from records.journal import RecordLine

router = APIRouter()
_LISTED = 50


@dataclass(frozen=True, slots=True)
class _Part:
    """Rows of one kind that a ledger lacks: how many, and the first of them."""

    title: str
    count: int
    lines: tuple[RecordLine, ...]


@router.get("/ledgers")
def show(request: Request, desk: Office, session: Asking) -> Response:
    """All ledgers of the person's forms that lack rows."""
    return _page(request, desk, session)


@router.post("/ledgers/again")
def again(request: Request, desk: Office, session: Meant, body: Body) -> Response:
    """Write the rows that the person was shown."""
    lack = _lack(desk, session, body)
    ids = _wanted(lack, with_deleted=body.get("deleted") == "1")
    if str(len(lack.lost)) != str(body.get("count", "")):
        raise NotHere("表示したあとに台帳が変わりました。開き直して確かめてください", 409)
    assert desk.deliveries.ledgers is not None
    try:
        rows, notes = desk.deliveries.ledgers.write_again(lack, ids, session.user.name)
    except TorikomiError as error:
        return _page(request, desk, session, trouble=error.message)
    done = [f"台帳「{lack.path.name}」に {rows} 行を書き直しました。", *notes]
    return _page(request, desk, session, done=" ".join(done))


@router.get("/records/{record}/ledger/{number}")
def copy(desk: Office, session: Asking, record: str, number: Number) -> Response:
    """A copy of the ledger that a record's row is in."""
    row, form = seen_row(desk, session, record)
    places = places_of(desk, session.user, form, row.line.received_on)
    if not 0 <= number < len(places):
        raise NotHere
    place = places[number]
    if not (place.can_open and place.is_there):
        raise NotHere
    desk.journal.chain.append(
        "exported",
        at=desk.now(),
        actor=session.user.name,
        payload={"form": form.id, "name": place.path.name},
    )
    name = quote(place.path.name, safe="")
    return FileResponse(
        place.path,
        media_type="application/octet-stream",
        headers={"content-disposition": f"attachment; filename*=UTF-8''{name}"},
    )


def _page(
    request: Request, desk: Desk, session: Session, *, done: str = "", trouble: str = ""
) -> Response:
    if not access.may_review(session.user):
        raise NotHere
    forms = access.forms_of(session.user, desk.forms)
    lacks = [lack for lack in desk.deliveries.lacks(forms) if lack.lost or lack.deleted]
    return page(
        request,
        "ledgerrows.html",
        forms=forms,
        working=desk.deliveries.ledgers is not None,
        lacks=[(lack, _parts(desk, lack)) for lack in lacks],
        unreadable=[lack.unreadable for lack in desk.deliveries.lacks(forms) if lack.unreadable],
        done=done,
        trouble=trouble,
    )


def _parts(desk: Desk, lack: LedgerLack) -> list[_Part]:
    kinds = (
        ("台帳にない行", lack.missing),
        ("古い値のままの行", lack.outdated),
        ("職員が消した行", lack.deleted),
    )
    parts = []
    for title, ids in kinds:
        if ids:
            rows = desk.journal.records.many(ids[:_LISTED])
            lines = tuple(row.line for row in rows)
            parts.append(_Part(title, len(ids), lines))
    return parts


def _lack(desk: Desk, session: Session, body: dict[str, Any]) -> LedgerLack:
    """Raises:
    NotHere: another department's ledger, or it lacks nothing any more.
    """
    forms = access.forms_of(session.user, desk.forms)
    wanted = (str(body.get("form", "")), str(body.get("target", "")), str(body.get("file", "")))
    for lack in desk.deliveries.lacks(forms):
        if (lack.form, lack.target, lack.path.name) == wanted:
            return lack
    raise NotHere("この台帳に書き直す行は、もうありません", 409)


def _wanted(lack: LedgerLack, *, with_deleted: bool) -> tuple[str, ...]:
    if with_deleted:
        return (*lack.lost, *lack.deleted)
    return lack.lost
