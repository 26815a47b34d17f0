"""受付: what came in, what waits, what failed and why."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from desk import access
from desk.arriving import keep_upload, read_again
from desk.aside import documents_with_pages_left
from desk.logins import Session
from desk.opendesk import Desk
from desk.pages.records import told_lacks
from desk.refusals import NotHere
from desk.web import Asking, Body, Meant, Office, confirm, page
from records.journal import DocumentRow, DocumentState

router = APIRouter()
_LISTED = 50


@router.get("/intake")
def show(request: Request, desk: Office, session: Asking) -> Response:
    return page(request, "intake.html", **_now(desk, session))


@router.get("/intake/part")
def part(request: Request, desk: Office, session: Asking) -> Response:
    """The changing part of the page, asked for again and again while it is visible."""
    return page(request, "intake_part.html", **_now(desk, session))


def _now(desk: Desk, session: Session) -> dict[str, Any]:
    forms = access.forms_of(session.user, desk.forms)
    counts = desk.journal.tallies.counts()
    records = dict.fromkeys(counts.records, 0)
    for name in desk.forms if access.may_manage(session.user) else forms:
        for state, n in counts.forms.get(name, {}).items():
            records[state] += n
    return {
        "held": desk.deliveries.held(desk.forms if access.may_manage(session.user) else forms),
        "forms": forms,
        "every_form": desk.forms,
        "records": records,
        "documents": counts.documents,
        "coming": _seen(desk, session, "reading", 20) + _seen(desk, session, "received", 20),
        "lacks": told_lacks(desk, session),
        "failed": _seen(desk, session, "failed", _LISTED),
        "asides": [
            (row, left)
            for row, left in documents_with_pages_left(desk)
            if access.sees_document(session.user, row, desk.forms, desk.journal, desk.site)
        ],
        "nobodys": _nobodys(desk, session),
        "latest": desk.journal.records.search(forms=list(forms), limit=15) if forms else [],
    }


def _seen(desk: Desk, session: Session, state: DocumentState, most: int) -> list[DocumentRow]:
    """The newest documents of one state that the person may know of."""
    rows = desk.journal.documents.page(state, limit=500, newest_first=True)
    found = (
        row
        for row in rows
        if access.sees_document(session.user, row, desk.forms, desk.journal, desk.site)
    )
    return [row for row, _ in zip(found, range(most), strict=False)]


def _nobodys(desk: Desk, session: Session) -> int:
    """How many failed documents belong to no department, where the person does not see them: their
    number is no secret, and they shall not lie there unknown."""
    if not access.may_review(session.user):
        return 0
    rows = desk.journal.documents.page("failed", limit=500, newest_first=True)
    return sum(
        not row.form
        and not access.owners_of(row, desk.site, desk.forms)
        and not access.sees_document(session.user, row, desk.forms, desk.journal, desk.site)
        for row in rows
    )


@router.post("/intake/upload")
async def upload(
    request: Request, desk: Office, session: Asking, name: str = "", form: str = ""
) -> Response:
    """One file as the request's body."""
    confirm(request, session)
    if not access.may_send(session.user):
        raise NotHere
    if form and form not in (
        desk.forms if access.may_manage(session.user) else access.forms_of(session.user, desk.forms)
    ):
        raise NotHere
    stated = request.headers.get("content-length", "")
    if stated.isdigit() and int(stated) > desk.site.desk.upload_megabytes * 1_000_000:
        raise NotHere(
            f"大きすぎます({desk.site.desk.upload_megabytes}MBまで)。分けて送ってください", 413
        )
    path, sha256, before = await keep_upload(desk, name, form, request.stream())
    desk.journal.chain.append(
        "uploaded",
        at=desk.now(),
        document=sha256,
        actor=session.user.name,
        payload={"name": path.name, "form": form},
    )
    known = desk.journal.documents.get(sha256)
    sees = known is not None and access.sees_document(
        session.user, known, desk.forms, desk.journal, desk.site
    )
    link = f"/intake/document/{sha256}" if sees else ""
    return JSONResponse({"name": path.name, "before": before, "link": link})


@router.post("/intake/again")
def again(desk: Office, session: Meant, body: Body) -> Response:
    """Read a document again, as the form that a person says it is."""
    row = desk.journal.documents.get(str(body.get("document", "")))
    form = str(body.get("form", ""))
    if row is None or not access.sees_document(
        session.user, row, desk.forms, desk.journal, desk.site
    ):
        raise NotHere
    allowed = desk.forms
    if not access.may_manage(session.user):
        allowed = access.forms_of(session.user, desk.forms)
    if form and form not in allowed:
        raise NotHere
    if row.state == "finished":
        raise NotHere(
            "この文書は手で処理済みです。文書を開いて「取り消して読み直す」を押してください", 409
        )
    read_again(desk, row, form, session.user.name)
    return RedirectResponse("/intake", 303)
