"""The web application: pages put together, and errors as pages that say what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles

from desk.opendesk import Desk
from desk.pages import (
    account,
    audit,
    batch,
    initiatives,
    joining,
    ledgerrows,
    login,
    onedocument,
    reception,
    records,
    sheetreview,
    users,
)
from desk.refusals import LoginNeeded, NotHere, Stale
from desk.web import Headers, page
from records.errors import ServiceError, TorikomiError
from records.mynumber import mask_my_number

_STATIC = Path(__file__).parent / "static"


def create_app(desk: Desk) -> FastAPI:
    """The pages of one site as an ASGI application."""
    app = FastAPI(title="Torikomi", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.desk = desk
    for part in (
        login,
        account,
        reception,
        onedocument,
        sheetreview,
        joining,
        batch,
        ledgerrows,
        records,
        audit,
        initiatives,
        users,
    ):
        app.include_router(part.router)
    app.mount("/static", StaticFiles(directory=_STATIC), name="static")
    app.add_exception_handler(LoginNeeded, _login)
    app.add_exception_handler(NotHere, _not_here)
    app.add_exception_handler(TorikomiError, _known)
    app.add_exception_handler(RequestValidationError, _misread)
    app.add_exception_handler(404, _nowhere)
    app.add_exception_handler(Exception, _bug)
    app.add_middleware(Headers, https=desk.site.desk.https)
    return app


def _wants_json(request: Request) -> bool:
    return "application/json" in request.headers.get("accept", "")


def _answer(request: Request, message: str, status: int, *, stale: bool = False) -> Response:
    message = mask_my_number(message)
    if _wants_json(request):
        return JSONResponse({"error": message, "stale": stale}, status)
    return page(request, "error.html", status=status, message=message)


def _login(request: Request, error: Exception) -> Response:
    if _wants_json(request) or request.method != "GET":
        return _answer(request, "ログインの期限が切れました。もう一度ログインしてください", 401)
    asked: Any = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(f"/login?next={quote(asked, safe='')}", 303)


def _not_here(request: Request, error: Exception) -> Response:
    assert isinstance(error, NotHere)
    return _answer(request, error.message, error.status, stale=isinstance(error, Stale))


def _known(request: Request, error: Exception) -> Response:
    assert isinstance(error, TorikomiError)
    return _answer(request, error.message, 503 if isinstance(error, ServiceError) else 400)


def _misread(request: Request, error: Exception) -> Response:
    message = "アドレスの数字や書き方を読めません。前の画面に戻って開き直してください"
    return _answer(request, message, 400)


def _nowhere(request: Request, error: Exception) -> Response:
    return _answer(request, NotHere().message, 404)


def _bug(request: Request, error: Exception) -> Response:
    return _answer(
        request,
        "思わぬ不具合が起きました。データは失われていません。続くときは情報担当に時刻を知らせてください",
        500,
    )
