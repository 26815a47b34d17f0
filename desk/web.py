"""What every page shares: who is asking, that a change was meant, templates, and headers that allow
nothing from outside."""

from __future__ import annotations

import datetime as dt
import functools
import hmac
import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Annotated, Any
from urllib.parse import quote

import jinja2
from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import Field as Bounds

from desk import access
from desk.logins import ROLES, Session
from desk.opendesk import Desk
from desk.refusals import LoginNeeded, NotHere, Stale
from initiatives.fiscal import wareki_day
from records.codec import show
from records.journal.storable import plain
from records.mynumber import mask_my_number

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

LARGEST_BODY = 256 * 1024
"""Bytes of a form or a JSON body; files have their own limit."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' blob:; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}


class Headers:
    """ASGI middleware: security headers on everything, no caching of anything but static files, new
    session cookies."""

    def __init__(
        self, app: Callable[[Scope, Receive, Send], Awaitable[None]], *, https: bool
    ) -> None:
        self._app = app
        self._https = https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        static = scope["path"].startswith("/static/")

        async def with_headers(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                headers = [(k, v) for k, v in message.get("headers", ()) if k.lower() != b"server"]
                headers += [(k.encode(), v.encode()) for k, v in _HEADERS.items()]
                headers.append(
                    (b"cache-control", b"private, max-age=3600" if static else b"no-store")
                )
                for line in scope.get("state", {}).get("cookies", ()):
                    headers.append((b"set-cookie", line.encode("latin-1")))
                message["headers"] = headers
            await send(message)

        await self._app(scope, receive, with_headers)


def cookie_name(desk: Desk) -> str:
    if desk.site.desk.https:
        return "__Host-torikomi"
    return "torikomi"


def give_cookie(request: Request, name: str, value: str, *, gone: bool = False) -> None:
    """Send a cookie with whatever is answered."""
    secure = ""
    if desk_of(request).site.desk.https:
        secure = "; Secure"
    line = f"{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}" + (
        "; Max-Age=0" if gone else ""
    )
    request.scope.setdefault("state", {}).setdefault("cookies", []).append(line)


def desk_of(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


async def _desk(request: Request) -> Desk:
    """As a coroutine, so that no thread is taken for it."""
    return desk_of(request)


def session_of(request: Request) -> Session:
    """Who is asking, by cookie or by the office's own single sign-on.

    Raises:
        LoginNeeded: nobody.
        NotHere: the single sign-on names somebody who is no user.
    """
    desk = desk_of(request)
    token = request.cookies.get(cookie_name(desk), "")
    session = desk.people.session(token) if token else None
    header = desk.site.desk.user_header
    if header and request.client is not None and request.client.host in desk.site.desk.proxies:
        named = request.headers.get(header, "").strip()
        if named:
            session = _from_outside(request, desk, session, named)
        elif session is not None and session.outside:
            session = None
    elif session is not None and session.outside:
        session = None
    if session is None:
        raise LoginNeeded
    request.state.session = session
    return session


def _from_outside(request: Request, desk: Desk, session: Session | None, named: str) -> Session:
    if session is not None and session.user.name == named:
        return session
    user = desk.people.find(named)
    if user is None or not user.active:
        raise NotHere("利用者として登録されていません。情報担当に登録を頼んでください", 403)
    token, session = desk.people.open_session(user, outside=True)
    give_cookie(request, cookie_name(desk), token)
    desk.journal.chain.append("logged_in", at=desk.now(), actor=user.name, payload={"by": "header"})
    return session


Number = Annotated[int, Bounds(ge=0, le=2**53)]
"""A number in an address: no larger than scripts, pages and tables can all hold exactly."""


async def body_of(request: Request) -> dict[str, Any]:
    """The fields of a form or the object of a JSON body, no larger than :data:`LARGEST_BODY`.

    Raises:
        NotHere: it is too large, or neither.
    """
    stated = request.headers.get("content-length", "")
    if not stated.isdecimal() or int(stated) > LARGEST_BODY:
        raise NotHere("送られた内容が大きすぎます", 413)
    if request.headers.get("content-type", "").startswith("application/json"):
        try:
            data = _storable(json.loads(await request.body()))
        except (ValueError, RecursionError):
            raise NotHere("送られた内容を読めません", 400) from None
        if not isinstance(data, dict):
            raise NotHere("送られた内容を読めません", 400)
        return data
    form = await request.form(max_files=0, max_fields=200)
    return {key: value for key, value in form.items() if isinstance(value, str)}


def _storable(data: Any) -> Any:
    """What JSON holds, with U+FFFD for lone surrogates: neither a table nor a page can hold them."""
    if isinstance(data, str):
        return plain(data)
    if isinstance(data, dict):
        return {plain(key): _storable(part) for key, part in data.items()}
    if isinstance(data, list):
        return [_storable(part) for part in data]
    return data


def refuse_foreign(request: Request) -> None:
    """Refuse what another site made the browser send."""
    origin = request.headers.get("origin", "")
    host = request.headers.get("host", "")
    foreign = request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")
    if foreign or (origin and origin.partition("://")[2] != host):
        raise NotHere("別のサイトから送られた要求は受け付けません", 403)


async def meant(
    request: Request,
    session: Annotated[Session, Depends(session_of)],
    body: Annotated[dict[str, Any], Depends(body_of)],
) -> Session:
    """The session, where the request carries its token: the page it came from was ours."""
    confirm(request, session, str(body.get("csrf", "")))
    return session


def confirm(request: Request, session: Session, given: str = "") -> None:
    """Raises:
    NotHere: the token is missing or wrong.
    """
    refuse_foreign(request)
    given = request.headers.get("x-csrf-token", "") or given
    if not hmac.compare_digest(given.encode(), session.csrf.encode()):
        raise Stale


Asking = Annotated[Session, Depends(session_of)]
Meant = Annotated[Session, Depends(meant)]
Body = Annotated[dict[str, Any], Depends(body_of)]
Office = Annotated[Desk, Depends(_desk)]


# --- pages ----------------------------------------------------------------------------------------

STATES = {
    "waiting": "確認待ち",
    "ready": "転記待ち",
    "delivered": "転記済み",
    "returned": "差し戻し",
    "dropped": "対象外",
}
DOCUMENT_STATES = {
    "received": "読み取り待ち",
    "reading": "読み取り中",
    "read": "読み取り済み",
    "failed": "失敗",
    "finished": "手で処理済み",
}


class Clear(str):
    """A text that a person has asked to see in full: a page puts it out as it is."""


def _finished(value: Any) -> Any:
    """What a template puts out: a last net under every page, so that no My Number slips through
    where nobody thought of one."""
    return mask_my_number(value) if type(value) is str else value


@functools.cache
def _templates() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("desk"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        finalize=_finished,
    )
    made.filters.update(
        day=wareki_day,
        show=show,
        safe_text=mask_my_number,
        address=lambda text: quote(str(text), safe=""),
    )
    made.globals.update(STATES=STATES, DOCUMENT_STATES=DOCUMENT_STATES, ROLES=ROLES, access=access)
    return made


def page(request: Request, template: str, *, status: int = 200, **values: Any) -> Response:
    """A page from a template; everything in it is escaped."""
    desk = desk_of(request)
    session = getattr(request.state, "session", None)

    def clock(at: dt.datetime, seconds: bool = False) -> str:
        return at.astimezone(desk.zone).strftime(
            "%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M"
        )

    text = (
        _templates()
        .get_template(template)
        .render(
            {
                "office": desk.site.office.name,
                "session": session,
                "here": request.url.path,
                "clock": clock,
                **values,
            }
        )
    )
    return HTMLResponse(text, status)


def local_address(text: str) -> str:
    """``text`` as a place within these pages to go to next; the first page where it is anything
    else."""
    if text.startswith("/") and not text.startswith(("//", "/\\")) and text.isprintable():
        return text
    return "/"
