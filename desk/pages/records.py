"""台帳: search, open a record, see each value's way, correct it after delivery, export."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, cast, get_args

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response

from connectors.sinks.text import like_formula
from desk import access
from desk.deciding import seen_row
from desk.deliveryloop import LedgerLack
from desk.ledgerplaces import places_of
from desk.logins import Session
from desk.opendesk import Desk
from desk.refusals import NotHere
from desk.sheets import field_json, hidden_fields, pages_link, to_answer
from desk.web import STATES, Asking, Clear, Number, Office, page
from records.codec import mask_in, show
from records.forms import FormDef
from records.journal import RecordLine, RecordRow, RecordState
from records.mynumber import mask_my_number
from records.types import Field
from records.written import written

router = APIRouter()
_LISTED = 25
_EXPORTED = 5000
_WAY = {
    "received": "届きました",
    "duplicate": "同じものがまた届きました",
    "retried": "読み直しに回しました",
    "reopened": "前に届いたファイルの続きとして届きました",
    "superseded": "あとに届いた内容に引き継がれました",
    "read": "機械が読みました",
    "decided": "確認しました",
    "ready": "転記できる状態になりました",
    "delivered": "転記しました",
    "rewritten": "台帳になかった行を書き直しました",
    "returned": "差し戻しました",
    "viewed": "見ました",
    "revealed": "個人番号を表示しました",
    "exported": "書き出しました",
    "uploaded": "画面から入れました",
    "failed": "読めませんでした",
    "finished": "手で処理しました",
    "set_aside": "様式外のページを除きました",
    "receipt": "処理の記録",
    "joined": "続きのページとつなぎました",
    "parted": "ページごとに分けました",
    "dropped": "転記の対象から外しました",
    "restored": "もう一度確認に回しました",
}
_VERDICTS = {
    "accept": "このままでよい",
    "correct": "訂正",
    "unreadable": "読めない",
    "wrong_form": "様式違い",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is searched for."""

    text: str = ""
    form: str = ""
    state: str = ""
    since: str = ""
    until: str = ""

    def found(self, desk: Desk, session: Session, limit: int, offset: int = 0) -> list[RecordLine]:
        """Raises:
        NotHere: another department's form.
        """
        forms = access.forms_of(session.user, desk.forms)
        if not access.may_review(session.user) or (self.form and self.form not in forms):
            raise NotHere
        state = cast(RecordState, self.state) if self.state in get_args(RecordState) else None
        return desk.journal.records.search(
            text=self.text[:200],
            forms=[self.form] if self.form else list(forms),
            state=state,
            since=_day(self.since),
            until=_day(self.until),
            limit=limit,
            offset=offset,
        )


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _wanted(
    text: str = "", form: str = "", state: str = "", since: str = "", until: str = ""
) -> Wanted:
    return Wanted(text.strip(), form, state, since, until)


Search = Annotated[Wanted, Depends(_wanted)]


@router.get("/records")
def search(
    request: Request, desk: Office, session: Asking, wanted: Search, part: Number = 1
) -> Response:
    """A list with the one or two values that tell people apart."""
    part = max(1, min(part, 400))
    lines = wanted.found(desk, session, _LISTED + 1, (part - 1) * _LISTED)
    rows = desk.journal.records.many([line.id for line in lines[:_LISTED]])
    if rows:
        desk.views.note_list(
            session,
            desk.now(),
            {"page": "records", "records": [row.id for row in rows], "searched": bool(wanted.text)},
        )
    forms = access.forms_of(session.user, desk.forms)
    return page(
        request,
        "records.html",
        lacks=told_lacks(desk, session),
        wanted=wanted,
        forms=forms,
        part=part,
        more=len(lines) > _LISTED,
        rows=[(row.line, _who(row)) for row in rows],
    )


def _who(row: RecordRow) -> str:
    """Whose sheet it is: the first names on it, else its first text."""
    filled = [f for f in row.record.fields.values() if f.value]
    names = [f for f in filled if f.kind == "name"]
    texts = [f for f in filled if f.traits.is_prose or f.kind == "kana"]
    for field in (*names, *texts):
        return show(mask_in(field.kind, field.value))[:40]
    return ""


@router.get("/records/export.csv")
def export(desk: Office, session: Asking, wanted: Search) -> Response:
    """The values of one form as CSV for Excel; My Numbers stay masked."""
    if not wanted.form:
        raise NotHere("書き出す様式を一つ選んでください", 400)
    lines = wanted.found(desk, session, _EXPORTED)
    form = desk.forms[wanted.form]
    desk.journal.chain.append(
        "exported",
        at=desk.now(),
        actor=session.user.name,
        payload={"form": form.id, "records": len(lines), "searched": bool(wanted.text)},
    )
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\r\n")
    table.writerow(
        [
            "受付番号",
            "受付日",
            "ファイル",
            "状態",
            "確認した人",
            *(f.title for f in form.fields.values()),
        ]
    )
    for start in range(0, len(lines), 200):
        for row in desk.journal.records.many([line.id for line in lines[start : start + 200]]):
            table.writerow([_defused(cell) for cell in _cells(row, form)])
    name = f"{form.id}_{desk.now():%Y%m%d}.csv"
    return Response(
        out.getvalue().encode("utf-8-sig"),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )


def _cells(row: RecordRow, form: FormDef) -> Iterator[str]:
    line = row.line
    yield from (line.id, line.received_on.isoformat(), mask_my_number(line.file))
    yield from (line.state, line.checked_by)
    for name in form.fields:
        field = row.record.fields.get(name)
        yield "" if field is None else str(_masked(field))


def _masked(field: Field) -> Any:
    return written(field.kind, mask_in(field.kind, field.value))


def _defused(text: str) -> str:
    """An apostrophe before what a spreadsheet would take for a formula."""
    is_control = text[:1] in ("\t", "\r")
    if is_control or like_formula(text.lstrip()):
        return f"'{text}"
    return text


@router.get("/records/{record}")
def one(request: Request, desk: Office, session: Asking, record: str) -> Response:
    """A record with each value's way."""
    row, form = seen_row(desk, session, record)
    desk.views.note(session, [row.line], "record", desk.now())
    desk.attention.begin(session.id)
    hidden = hidden_fields(desk, session, row.record)
    waiting = row.state == "waiting"
    pages = sorted({f.page for f in row.record.fields.values()} or {1})
    return page(
        request,
        "record.html",
        row=row,
        form=form,
        fields=[_field(desk, session, row, form, name, hidden) for name in row.record.fields],
        way=_way(desk, row),
        kinds=_WAY,
        pages=[(n, desk.pictures.size_mm(row.record, n)) for n in pages],
        mine=to_answer(desk, row, session.user.name) if waiting else [],
        handing=desk.deliveries.working,
        pages_link=pages_link(row),
        places=places_of(desk, session.user, form, row.line.received_on),
        lost_from=[
            lack.path
            for lack in desk.deliveries.lacks([form.id])
            if row.id in (*lack.lost, *lack.deleted)
        ],
    )


def told_lacks(desk: Desk, session: Session) -> list[LedgerLack]:
    """What ledgers of the person's forms lack without anybody having meant it."""
    today = desk.now().date()
    forms = access.forms_of(session.user, desk.forms)
    return [lack for lack in desk.deliveries.lacks(forms) if lack.is_told(today)]


@router.get("/records/{record}/state")
def state(desk: Office, session: Asking, record: str) -> Response:
    """How far the record has come, asked for while it is on its way to its table."""
    row, form = seen_row(desk, session, record)
    places = places_of(desk, session.user, form, row.line.received_on)
    return JSONResponse(
        {
            "state": row.state,
            "title": STATES[row.state],
            "held": desk.deliveries.held([form.id]),
            "ledgers": [str(place.path) for place in places],
        }
    )


def _field(
    desk: Desk, session: Session, row: RecordRow, form: FormDef, name: str, hidden: list[str]
) -> dict[str, Any]:
    """One line of the table: value now, what the machine read, who decided what."""
    field = row.record.fields[name]
    made = form.fields.get(name)
    masked = name in hidden
    # With two-person checking nobody sees an answer before it counts: the second person could be
    # looking.
    secret_yet = form.verify and name in row.line.open
    decisions = [] if secret_yet else [d for d in row.decisions if d.field == name]

    def shown(text: str) -> str:
        """A text that the person may see in full: all of it, where they have asked for it."""
        return Clear(text) if field.is_secret and not masked else text

    def text(value: Any) -> str:
        told = mask_in(field.kind, value) if masked else value
        return shown(written(field.kind, told))

    def seen(reading: str) -> str:
        told = mask_in(field.kind, reading) if masked else reading
        return shown(told.replace("\n", "、"))

    data = field_json(desk, session, row, name, hidden) if made else None
    return {
        "name": name,
        "label": made.title if made else name,
        "field": field,
        "data": data,
        "masked": masked,
        "value": text(field.value),
        "read": text(row.as_read.fields[name].value),
        "p": row.as_read.fields[name].p,
        "open": name in row.line.open,
        "secret_yet": secret_yet,
        "problems": row.record.fields[name].problems,
        "box": field.box,
        "page": field.page,
        "readings": [(r.engine, seen(r.text), r.score) for r in row.as_read.fields[name].readings],
        "decisions": [
            {
                "d": d,
                "verdict": _VERDICTS[d.verdict],
                "before": text(d.before),
                "after": text(d.after),
            }
            for d in decisions
        ],
    }


def _way(desk: Desk, row: RecordRow) -> list[Any]:
    """What happened to the record and to the document it came in, in order."""
    of_record = list(desk.journal.chain.events(record=row.id, limit=400))
    of_document = desk.journal.chain.events(
        document=row.line.document, kind=("received", "retried", "uploaded"), limit=50
    )
    return sorted({e.seq: e for e in (*of_record, *of_document)}.values(), key=lambda e: e.seq)
