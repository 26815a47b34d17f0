"""手作業の記録: people enter the work that no screen measures, and take an entry back."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from desk.handwork import KINDS, entries, keep, new_key, own, take_back
from desk.logins import Session
from desk.opendesk import Desk
from desk.refusals import NotHere
from desk.spans import caution
from desk.web import Asking, Body, Meant, Number, Office, page
from records.errors import DocumentError

router = APIRouter()
_LISTED = 25


@router.get("/initiatives/handwork")
def show(
    request: Request, desk: Office, session: Asking, part: Number = 1, initiative: str = ""
) -> Response:
    return _page(request, desk, session, {"initiative": initiative}, part=part)


def _page(
    request: Request,
    desk: Desk,
    session: Session,
    given: Mapping[str, Any],
    message: str = "",
    wrong: str = "",
    part: Number = 1,
) -> Response:
    initiatives = own(desk, session.user)
    if not initiatives:
        raise NotHere
    part = max(1, min(part, 400))
    found = list(
        itertools.islice(entries(desk, session.user), (part - 1) * _LISTED, part * _LISTED + 1)
    )
    codes = {initiative.code for initiative in initiatives}
    forms = [form for form in desk.forms.values() if form.initiative in codes]
    today = desk.now().date()
    return page(
        request,
        "initiative_handwork.html",
        status=400 if message else 200,
        initiatives=initiatives,
        kinds=KINDS,
        forms=forms,
        given={
            "form": "",
            "initiative": "",
            "day": today.isoformat(),
            "basis": "measured",
            "step": "exception",
            "key": new_key(),
            **given,
        },
        today=today,
        caution=caution(desk.journal, desk.strategy),
        message=message,
        wrong=wrong,
        told=found[:_LISTED],
        more=len(found) > _LISTED,
        part=part,
        titles={f.id: f.title for f in forms},
    )


@router.post("/initiatives/handwork")
def add(request: Request, desk: Office, session: Meant, body: Body) -> Response:
    if not own(desk, session.user):
        raise NotHere
    try:
        keep(desk, session.user, body)
    except DocumentError as error:
        return _page(request, desk, session, body, error.message, error.code)
    return RedirectResponse("/initiatives/handwork", 303)


@router.post("/initiatives/handwork/back")
def back(request: Request, desk: Office, session: Meant, body: Body) -> Response:
    if not own(desk, session.user):
        raise NotHere
    try:
        take_back(desk, session.user, str(body.get("key", "")))
    except DocumentError as error:
        return _page(request, desk, session, {}, error.message)
    return RedirectResponse("/initiatives/handwork", 303)
