"""ログイン: in, out, and where to go first."""

from __future__ import annotations

import hmac
import secrets

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from desk import access
from desk.guesses import TooManyGuesses
from desk.refusals import NotHere
from desk.web import (
    Asking,
    Body,
    Meant,
    Office,
    cookie_name,
    give_cookie,
    local_address,
    page,
    refuse_foreign,
)

router = APIRouter()
_FORM_COOKIE = "torikomi_form"


@router.get("/")
def first(session: Asking) -> Response:
    """The page a person works on."""
    if access.may_review(session.user):
        return RedirectResponse("/review", 303)
    return RedirectResponse("/intake" if access.may_manage(session.user) else "/initiatives", 303)


@router.get("/login")
def ask(request: Request, next: str = "/") -> Response:
    return _ask(request, next, "", "")


def _ask(request: Request, next: str, name: str, message: str, status: int = 200) -> Response:
    token = request.cookies.get(_FORM_COOKIE) or secrets.token_urlsafe(24)
    give_cookie(request, _FORM_COOKIE, token)
    return page(
        request,
        "login.html",
        status=status,
        next=local_address(next),
        name=name,
        message=message,
        csrf=token,
    )


@router.post("/login")
def login(request: Request, desk: Office, body: Body) -> Response:
    refuse_foreign(request)
    token = request.cookies.get(_FORM_COOKIE, "")
    if not token or not hmac.compare_digest(token.encode(), str(body.get("csrf", "")).encode()):
        raise NotHere("画面が古くなっています。ログインの画面を開き直してください", 403)
    name = str(body.get("name", "")).strip()
    next = str(body.get("next", "/"))
    address = request.client.host if request.client else ""
    known = desk.people.find(name) is not None
    try:
        user = desk.people.check(name, str(body.get("password", "")), address)
    except TooManyGuesses as error:
        # A name that is no user's may be a password typed into the wrong box: it is not kept.
        desk.journal.chain.append(
            "login_refused", at=desk.now(), actor=name if known else "", payload={"from": address}
        )
        return _ask(request, next, name, error.message, 429)
    if user is None:
        desk.journal.chain.append(
            "login_failed", at=desk.now(), actor=name if known else "", payload={"from": address}
        )
        return _ask(request, next, name, "利用者名かパスワードが違います", 401)
    if before := desk.people.session(request.cookies.get(cookie_name(desk), "")):
        desk.people.close_session(before.id)  # whoever was logged in here is not any more
    token, _ = desk.people.open_session(user)
    give_cookie(request, cookie_name(desk), token)
    desk.journal.chain.append(
        "logged_in", at=desk.now(), actor=user.name, payload={"by": "password", "from": address}
    )
    return RedirectResponse(local_address(next), 303)


@router.get("/session")
def session(session: Asking) -> Response:
    """Who is logged in, and the token that changes carry: for a page whose own session ended."""
    user = session.user
    return JSONResponse({"name": user.name, "shown": user.shown, "csrf": session.csrf})


@router.post("/logout")
def logout(request: Request, desk: Office, session: Meant) -> Response:
    desk.people.close_session(session.id)
    give_cookie(request, cookie_name(desk), "", gone=True)
    desk.journal.chain.append("logged_out", at=desk.now(), actor=session.user.name)
    return RedirectResponse("/login", 303)
