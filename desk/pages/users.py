"""利用者: who may log in, kept by IT."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from desk import access
from desk.logins import EVERY, ROLES, Session, User
from desk.opendesk import Desk
from desk.refusals import NotHere
from desk.web import Asking, Body, Meant, Office, page
from records.errors import DefinitionError

router = APIRouter()


@router.get("/users")
def show(request: Request, desk: Office, session: Asking) -> Response:
    return _page(request, desk, session, "")


def _page(
    request: Request, desk: Desk, session: Session, message: str, status: int = 200
) -> Response:
    if not access.may_manage(session.user):
        raise NotHere
    departments = sorted({form.department for form in desk.forms.values() if form.department})
    return page(
        request,
        "users.html",
        status=status,
        people=desk.people.all(),
        departments=departments,
        every=EVERY,
        message=message,
    )


@router.post("/users")
def add(request: Request, desk: Office, session: Meant, body: Body) -> Response:
    if not access.may_manage(session.user):
        raise NotHere
    try:
        user = _user(body, str(body.get("name", "")).strip())
        desk.people.add(user, str(body.get("password", "")))
    except DefinitionError as error:
        return _page(request, desk, session, error.message, 400)
    _note(desk, session, "user_added", user)
    return RedirectResponse("/users", 303)


@router.post("/users/{name}")
def change(desk: Office, session: Meant, name: str, body: Body) -> Response:
    if not access.may_manage(session.user):
        raise NotHere
    user = _user(body, desk.people.one(name).name)
    if name == session.user.name and not (user.active and access.may_manage(user)):
        raise NotHere("自分の情報担当の役割は外せません。ほかの情報担当に頼んでください", 400)
    desk.people.change(user)
    _note(desk, session, "user_changed", user)
    return RedirectResponse("/users", 303)


def _user(body: dict[str, Any], name: str) -> User:
    roles = frozenset(role for role in ROLES if body.get(f"role-{role}"))
    departments = frozenset(
        part.strip()
        for part in str(body.get("departments", "")).replace("、", ",").split(",")
        if part.strip()
    )
    return User(
        name,
        str(body.get("full_name", "")).strip()[:100],
        roles,
        departments,
        bool(body.get("active", "")),
    )


def _note(desk: Desk, session: Session, kind: str, user: User) -> None:
    desk.journal.chain.append(
        kind,
        at=desk.now(),
        actor=session.user.name,
        payload={
            "user": user.name,
            "roles": sorted(user.roles),
            "departments": sorted(user.departments),
            "active": user.active,
        },
    )
