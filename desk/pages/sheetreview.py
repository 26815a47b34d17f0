"""確認: one sheet, only its doubtful fields, one after another."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from desk import access
from desk.answers import answer
from desk.deciding import Asked, Wish, decide, seen_row
from desk.logins import Session
from desk.opendesk import Desk
from desk.refusals import NotHere
from desk.sheets import answered, field_json, hidden_fields, sheet_json, to_answer
from desk.web import Asking, Body, Meant, Number, Office, page
from records.codec import mask_in
from records.errors import DocumentError
from records.journal import RecordRow
from records.mynumber import mask_my_number
from records.written import written

router = APIRouter()
_AT_ONCE = 2  # the sheet on the screen, and the next


@router.get("/review")
def choose(request: Request, desk: Office, session: Asking) -> Response:
    """What waits, by form."""
    forms = access.forms_of(session.user, desk.forms)
    if not access.may_review(session.user):
        raise NotHere
    counts = desk.journal.tallies.counts().forms
    waiting = []
    for name, form in forms.items():
        of_form = counts.get(name, {})
        waiting.append((form, of_form.get("waiting", 0)))
    waiting.sort(key=lambda pair: -pair[1])
    lone = desk.journal.joins.lone_count(list(forms))
    total = sum(n for _, n in waiting) - lone
    return page(request, "review_list.html", waiting=waiting, total=total, lone=lone)


@router.get("/review/sheet")
def sheet(
    request: Request, desk: Office, session: Asking, form: str = "", record: str = ""
) -> Response:
    """The page itself; sheets come as JSON, the next one before it is asked for."""
    forms = access.forms_of(session.user, desk.forms)
    if not access.may_review(session.user) or (form and form not in forms):
        raise NotHere
    title = forms[form].title if form else "すべての様式"
    return page(request, "review.html", form=form, title=title, record=record)


@router.post("/review/next")
def next_sheets(desk: Office, session: Meant, body: Body) -> Response:
    """The sheets that are this person's now; those the page has already are only prolonged."""
    form = str(body.get("form", ""))
    only = str(body.get("record", ""))
    have = body.get("have", [])
    if not isinstance(have, list):
        raise NotHere("送られた内容を読めません", 400)
    rows = take(desk, session, form, _AT_ONCE, only=only)
    new = [row for row in rows if row.id not in have]
    if new:
        lines = [row.line for row in new]
        desk.views.note(session, lines, "review", desk.now())
        desk.pictures.prepare(row.record for row in new)
    desk.attention.begin(session.id)
    counts = desk.journal.tallies.counts().forms
    forms = [form] if form else access.forms_of(session.user, desk.forms)
    left = sum(counts.get(name, {}).get("waiting", 0) for name in forms)
    return JSONResponse(
        {
            "sheets": [sheet_json(desk, session, row) for row in new],
            "left": left,
            "held": [row.id for row in rows],
        }
    )


def take(
    desk: Desk, session: Session, form: str, limit: int, *, only: str = "", field: str | None = None
) -> list[RecordRow]:
    """Reserve sheets for this person, and prolong what they hold; nobody else gets them
    meanwhile."""
    forms = access.forms_of(session.user, desk.forms)
    if form and form not in forms:
        raise NotHere
    wanted = [form] if form else list(forms)
    rows = desk.journal.reviews.reserve(
        session.user.name,
        limit,
        desk.site.desk.lease_minutes * 60.0,
        desk.now(),
        forms=wanted,
        only=only or None,
        field=field,
    )
    return [row for row in rows if to_answer(desk, row, session.user.name)]


@router.post("/review/decide")
def decided(desk: Office, session: Meant, body: Body) -> Response:
    """Keep one decision, or say what speaks against it."""
    wish = Wish.of(body)
    made = decide(desk, session, wish)
    if isinstance(made, Asked):
        return JSONResponse({"asked": [mask_my_number(p.message) for p in made.problems]})
    return JSONResponse(
        {
            "state": made.state,
            "open": to_answer(desk, made, session.user.name),
            "value": answered(desk, session, made, wish.field),
        }
    )


@router.post("/review/check")
def check(desk: Office, session: Meant, body: Body) -> Response:
    """What a typed value would become, and what speaks against it. Nothing is kept."""
    record = str(body.get("record", ""))
    row, form = seen_row(desk, session, record)
    name = str(body.get("field", ""))
    text = body.get("text", "")
    if (
        name not in form.fields
        or name not in row.record.fields
        or not isinstance(text, str)
        or len(text) > 20_000
    ):
        raise NotHere("送られた内容を読めません", 400)
    given = answer(form, row, name, text, desk.site.office)
    kind = row.record.fields[name].kind
    return JSONResponse(
        {
            "value": written(kind, mask_in(kind, given.value)) or "(空欄)",
            "problems": [mask_my_number(p.message) for p in given.problems],
        }
    )


@router.post("/review/reveal")
def reveal(desk: Office, session: Meant, body: Body) -> Response:
    """Show a My Number; the event is written first."""
    record = str(body.get("record", ""))
    row, form = seen_row(desk, session, record)
    name = str(body.get("field", ""))
    if name not in form.fields or not row.record.fields[name].is_secret:
        raise NotHere
    desk.views.reveal(session, row.line, name, desk.now())
    return JSONResponse(
        field_json(desk, session, row, name, hidden_fields(desk, session, row.record))
    )


@router.post("/review/release")
def release(desk: Office, session: Meant, body: Body) -> Response:
    """Give back what is on the screen undecided."""
    records = body.get("records", [])
    if not isinstance(records, list) or not all(isinstance(r, str) for r in records):
        raise NotHere("送られた内容を読めません", 400)
    desk.journal.reviews.unreserve(session.user.name, records[:100])
    return JSONResponse({})


@router.get("/sheets/{record}/{number}.jpg")
def sheet_picture(desk: Office, session: Asking, record: str, number: Number) -> Response:
    """A page of a sheet."""
    row, _ = seen_row(desk, session, record)
    return _picture(
        desk, session, row, lambda hidden: desk.pictures.page(row.record, number, hidden)
    )


@router.get("/sheets/{record}/field/{name}.jpg")
def field_picture(desk: Office, session: Asking, record: str, name: str) -> Response:
    """The place of one field."""
    row, _ = seen_row(desk, session, record)
    if name not in row.record.fields:
        raise NotHere
    return _picture(desk, session, row, lambda hidden: desk.pictures.crop(row.record, name, hidden))


@router.get("/sheets/{record}/place/{number}.jpg")
def place_picture(desk: Office, session: Asking, record: str, number: Number) -> Response:
    """A place where something is written outside all fields."""
    row, _ = seen_row(desk, session, record)
    if not 0 <= number < len(row.record.places):
        raise NotHere
    return _picture(
        desk, session, row, lambda hidden: desk.pictures.place(row.record, number, hidden)
    )


def _picture(desk: Desk, session: Session, row: RecordRow, cut: Any) -> Response:
    desk.views.note_picture(session, row.line, desk.now())
    try:
        return Response(cut(hidden_fields(desk, session, row.record)), media_type="image/jpeg")
    except DocumentError as error:
        raise NotHere(error.message) from None
