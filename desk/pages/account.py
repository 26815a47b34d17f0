"""自分の設定: one's own password."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from desk.web import Asking, Body, Meant, Office, cookie_name, give_cookie, page
from records.errors import DefinitionError

router = APIRouter()


@router.get("/account")
def show(request: Request, session: Asking) -> Response:
    return page(request, "account.html", message="", done=False)


@router.post("/account/password")
def change(request: Request, desk: Office, session: Meant, body: Body) -> Response:
    """A new password ends every session; the person goes on in a new one."""
    address = request.client.host if request.client else ""
    name = session.user.name
    if desk.people.check(name, str(body.get("old", "")), address) is None:
        return page(
            request, "account.html", status=400, message="今のパスワードが違います", done=False
        )
    if body.get("new") != body.get("again"):
        return page(
            request,
            "account.html",
            status=400,
            message="新しいパスワードの2回の入力が違います",
            done=False,
        )
    try:
        desk.people.set_password(name, str(body.get("new", "")))
    except DefinitionError as error:
        return page(request, "account.html", status=400, message=error.message, done=False)
    desk.journal.chain.append("password_changed", at=desk.now(), actor=name, payload={"user": name})
    token, request.state.session = desk.people.open_session(session.user)
    give_cookie(request, cookie_name(desk), token)
    return page(request, "account.html", message="", done=True)
