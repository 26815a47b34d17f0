"""One document that came in: its pages, what became of it, and what a person does where no machine
could read it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from desk import access
from desk.aside import set_aside
from desk.finishing import Case, by_hand, discard, page_jpeg, pages_of, reopen
from desk.logins import Session
from desk.opendesk import Desk
from desk.refusals import NotHere
from desk.web import DOCUMENT_STATES, Asking, Body, Meant, Number, Office, page
from records.errors import DocumentError
from records.forms import FormDef
from records.journal import DocumentRow, NewEvent

router = APIRouter()


@router.get("/intake/document/{sha256}")
def show(request: Request, desk: Office, session: Asking, sha256: str) -> Response:
    """A document: what was read of it, or its pages where nothing was."""
    row = _seen(desk, session, sha256)
    return _show(request, desk, session, row, {}, "")


def _show(
    request: Request,
    desk: Desk,
    session: Session,
    row: DocumentRow,
    given: dict[str, Any],
    message: str,
) -> Response:
    asides = set_aside(desk, row)
    pages = 0
    if row.state == "failed":
        pages = pages_of(desk, row)
    _note(desk, session, row)
    desk.attention.begin(session.id)
    own = access.forms_of(session.user, desk.forms)
    records = [r.line for r in desk.journal.records.of(row.sha256) if r.line.form in own]
    return page(
        request,
        "document.html",
        status=400 if message else 200,
        row=row,
        state=DOCUMENT_STATES[row.state],
        pages=pages,
        asides=asides,
        records=records,
        every_form=desk.forms,
        forms=_nameable(desk, session),
        given=given,
        message=message,
    )


@router.get("/intake/document/{sha256}/{number}.jpg")
def picture(desk: Office, session: Asking, sha256: str, number: Number) -> Response:
    """A page of a document that could not be read. What was read has pictures of its own, with its
    My Numbers covered."""
    row = _seen(desk, session, sha256)
    if row.state != "failed" and not any(number in a.pages for a in set_aside(desk, row)):
        raise NotHere
    try:
        return Response(page_jpeg(desk, row, number), media_type="image/jpeg")
    except DocumentError as error:
        raise NotHere(error.message) from None


@router.post("/intake/document/{sha256}/by_hand")
def keyed_in(request: Request, desk: Office, session: Meant, body: Body, sha256: str) -> Response:
    """手入力済み."""
    row = _seen(desk, session, sha256)
    try:
        by_hand(desk, session.user, _case(desk, row, body), body, _nameable(desk, session))
    except DocumentError as error:
        return _show(request, desk, session, row, body, error.message)
    return RedirectResponse(f"/intake/document/{sha256}", 303)


@router.post("/intake/document/{sha256}/discard")
def thrown_away(
    request: Request, desk: Office, session: Meant, body: Body, sha256: str
) -> Response:
    """破棄."""
    row = _seen(desk, session, sha256)
    try:
        seconds = desk.attention.granted(session.id, _number(body.get("seconds")))
        discard(desk, session.user, _case(desk, row, body), body, seconds)
    except ValueError:
        raise NotHere("送られた内容を読めません", 400) from None
    except DocumentError as error:
        return _show(request, desk, session, row, body, error.message)
    return RedirectResponse(f"/intake/document/{sha256}", 303)


@router.post("/intake/document/{sha256}/reopen")
def opened_again(
    request: Request, desk: Office, session: Meant, body: Body, sha256: str
) -> Response:
    """取り消して読み直す."""
    row = _seen(desk, session, sha256)
    try:
        reopen(desk, session.user, row)
    except DocumentError as error:
        return _show(request, desk, session, row, {}, error.message)
    return RedirectResponse(f"/intake/document/{sha256}", 303)


def _seen(desk: Desk, session: Session, sha256: str) -> DocumentRow:
    row = desk.journal.documents.get(sha256)
    if row is None or not access.sees_document(
        session.user, row, desk.forms, desk.journal, desk.site
    ):
        raise NotHere
    return row


def _case(desk: Desk, row: DocumentRow, body: Mapping[str, Any]) -> Case:
    """What of the document is meant: all of it, or pages that were set aside."""
    name = str(body.get("pages", ""))
    if not name:
        return Case.of(desk, row)
    found = next((aside for aside in set_aside(desk, row) if aside.name == name), None)
    if found is None:
        raise DocumentError("taken", "このページは、もう処理されたか、読み直しています")
    return Case.of(desk, row, found)


def _nameable(desk: Desk, session: Session) -> dict[str, FormDef]:
    """The forms that the person may say a document is of."""
    if access.may_manage(session.user):
        return dict(desk.forms)
    return access.forms_of(session.user, desk.forms)


def _note(desk: Desk, session: Session, row: DocumentRow) -> None:
    payload = {"what": "document"}
    desk.journal.chain.append_many(
        [NewEvent("viewed", desk.now(), row.sha256, "", session.user.name, payload)]
    )


def _number(given: object) -> float:
    return float(str(given or "0"))
