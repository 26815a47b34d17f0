"""一括確認: one field over many sheets, all on one screen."""

from __future__ import annotations

from collections import Counter

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from desk import access
from desk.deciding import Wish, decide_together, seen_row
from desk.pages.sheetreview import take
from desk.refusals import NotHere
from desk.sheets import field_json, hidden_fields, to_answer
from desk.web import Asking, Body, Meant, Office, page
from records.forms import FieldDef
from records.journal.verdicts import WHOLE
from records.mynumber import mask_my_number

router = APIRouter()
_AT_ONCE = 12
_HELD = 60  # on one person's screen, the next one, and put off
_TALLEST = 45.0  # mm: what is taller is unreadable in a card
_COUNTED = 500  # sheets that are looked through to count open fields


def together(made: FieldDef) -> bool:
    """True where a field can be judged beside many others: its value is shown whole in one line,
    and its place on the paper large enough to read. A bank account or a text has a screen of its
    own."""
    return not made.traits.needs_room and made.area is not None and made.area.height <= _TALLEST


@router.get("/batch")
def choose(request: Request, desk: Office, session: Asking, form: str = "") -> Response:
    """Which field waits on how many sheets."""
    forms = access.forms_of(session.user, desk.forms)
    if not access.may_review(session.user) or (form and form not in forms):
        raise NotHere
    open_fields: Counter[tuple[str, str]] = Counter()
    lines = desk.journal.records.search(
        forms=[form] if form else list(forms), state="waiting", limit=_COUNTED
    )
    for line in lines:
        open_fields.update((line.form, name) for name in line.open if name != WHOLE)
    rows = [
        (forms[f], forms[f].fields[name], n)
        for (f, name), n in open_fields.most_common(60)
        if name in forms[f].fields and together(forms[f].fields[name])
    ]
    return page(
        request,
        "batch_list.html",
        rows=rows,
        form=form,
        counted=len(lines) == _COUNTED,
        most=_COUNTED,
    )


def _refuse_alone(made: FieldDef) -> None:
    if not together(made):
        raise NotHere(f"「{made.title}」は一括では確かめられません。1枚ずつ確認してください", 400)


@router.get("/batch/field")
def show(request: Request, desk: Office, session: Asking, form: str, field: str) -> Response:
    forms = access.forms_of(session.user, desk.forms)
    if form not in forms or field not in forms[form].fields:
        raise NotHere
    _refuse_alone(forms[form].fields[field])
    return page(request, "batch.html", form=forms[form], field=forms[form].fields[field])


@router.post("/batch/next")
def next_fields(desk: Office, session: Meant, body: Body) -> Response:
    """The same field of the next sheets, which are this person's now; those the page has already
    are only prolonged."""
    form = str(body.get("form", ""))
    name = str(body.get("field", ""))
    if form not in access.forms_of(session.user, desk.forms) or name not in desk.forms[form].fields:
        raise NotHere
    _refuse_alone(desk.forms[form].fields[name])
    have = body.get("have", [])
    if not isinstance(have, list):
        raise NotHere("送られた内容を読めません", 400)
    found = take(desk, session, form, min(len(have), _HELD) + _AT_ONCE, field=name)
    rows = [
        row
        for row in found
        if row.id not in have and name in to_answer(desk, row, session.user.name)
    ]
    if rows:
        desk.views.note(session, [row.line for row in rows], "batch", desk.now(), field=name)
        desk.pictures.prepare(row.record for row in rows)
    desk.attention.begin(session.id)
    items = []
    for row in rows:
        hidden = hidden_fields(desk, session, row.record)
        items.append(
            {
                "record": row.id,
                "reading": row.line.reading,
                "file": row.line.file,
                **field_json(desk, session, row, name, hidden),
            }
        )
    return JSONResponse({"items": items})


@router.post("/batch/decide")
def decided(desk: Office, session: Meant, body: Body) -> Response:
    """Keep all of a screen in one transaction; what has problems comes back, and nothing else is
    lost for it."""
    items = body.get("items", [])
    if (
        not isinstance(items, list)
        or len(items) > 100
        or not all(isinstance(i, dict) for i in items)
    ):
        raise NotHere("送られた内容を読めません", 400)
    wishes = [Wish.of(item) for item in items]
    for wish in wishes:
        _, made = seen_row(desk, session, wish.record)
        if wish.field in made.fields:
            _refuse_alone(made.fields[wish.field])
    rows, asked = decide_together(desk, session, wishes)
    done = [row.id for row in rows]
    questions = {}
    for wish, one in asked:
        questions[wish.record] = [mask_my_number(problem.message) for problem in one.problems]
    return JSONResponse({"done": done, "asked": questions})
