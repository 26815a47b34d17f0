"""One sheet as its page shows it: plain JSON, with My Numbers masked until somebody asked for
them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Literal
from urllib.parse import quote

from desk.candidates import MOST, candidates, differences, options_of
from desk.logins import Session
from desk.opendesk import Desk
from initiatives.fiscal import wareki_day
from records.codec import canonical, mask_in, show
from records.halves import ABOUT_JOINING, LIKELY
from records.journal import RecordRow
from records.journal.verdicts import GIVES_BACK, STACK, WHOLE
from records.mynumber import mask_my_number
from records.types import Decision, Field, Record, Value
from records.written import written

Json = dict[str, Any]
Mode = Literal["text", "lines", "one", "many", "mark", "whole"]


def hidden_fields(desk: Desk, session: Session, record: Record) -> list[str]:
    """My Numbers on the sheet that this person has not asked for."""
    return [
        n
        for n, f in record.fields.items()
        if f.is_secret and not desk.views.revealed(session, record.id, n)
    ]


def answers_so_far(given: Collection[Decision], name: str) -> dict[str, Decision]:
    """The latest answer of each person to one field, since the sheet was last given back."""
    latest: dict[str, Decision] = {}
    for decision in given:
        if decision.field == name and decision.verdict in GIVES_BACK:
            latest.clear()
        elif decision.field == name:
            latest.pop(decision.who, None)
            latest[decision.who] = decision
    return latest


def to_answer(desk: Desk, row: RecordRow, who: str) -> list[str]:
    """The open fields that this person may still answer, in order."""
    if not _verified(desk, row):
        return list(row.line.open)
    decided = row.decisions
    return [name for name in row.line.open if who not in answers_so_far(decided, name)]


def _verified(desk: Desk, row: RecordRow) -> bool:
    form = desk.forms.get(row.line.form)
    return form is not None and form.verify


def sheet_json(desk: Desk, session: Session, row: RecordRow) -> Json:
    """What the review page needs of one sheet; only fields that the person may answer."""
    form = desk.forms[row.line.form]
    hidden = hidden_fields(desk, session, row.record)
    names = to_answer(desk, row, session.user.name)
    of_fields = {f.page for f in row.record.fields.values()}
    of_places = {place.page for place in row.record.places}
    pages = sorted((of_fields | of_places) or {1})
    record = quote(row.id)
    links = {str(n): f"/sheets/{record}/{n}.jpg" for n in pages}
    sizes = {str(n): desk.pictures.size_mm(row.record, n) for n in pages}
    fields = [field_json(desk, session, row, name, hidden) for name in names]
    return {
        "record": row.id,
        "reading": row.line.reading,
        "form": form.title,
        "file": row.line.file,
        "received": wareki_day(row.line.received_on),
        "link": f"/records/{record}",
        "pages": links,
        "sizes": sizes,
        "fields": fields,
    }


def field_json(
    desk: Desk, session: Session, row: RecordRow, name: str, hidden: Collection[str]
) -> Json:
    """One doubtful field."""
    if name == WHOLE:
        return _whole_json(row)
    field = row.record.fields[name]
    made = desk.forms[row.line.form].fields[name]
    masked = name in hidden
    others = {
        who: d for who, d in answers_so_far(row.decisions, name).items() if who != session.user.name
    }
    turn = _turn(desk, row, others)
    answers = others if turn == "third" else {}
    choices = _choices(desk, row, name, answers, masked)
    shown = _shown(field, masked)
    return {
        "name": name,
        "label": made.title,
        "kind": field.kind,
        "mode": field.traits.editor,
        "value": shown,
        "seen": _seen(field, masked),
        "secret": field.is_secret,
        "masked": masked,
        "turn": turn,
        "reasons": reasons(field, turn),
        "alternatives": choices,
        "pieces": [differences(text, shown) for text in choices],
        "crop": f"/sheets/{quote(row.id)}/field/{quote(name, safe='')}.jpg",
        "numeric": field.traits.has_keypad,
        "box": field.box.as_list() if field.box else None,
        "page": field.page,
        "places": [],
    }


def _whole_json(row: RecordRow) -> Json:
    """The sheet as a whole: what is wrong with it apart from any field, and where."""
    places = row.record.places
    accept, insist = _named_answers(row.record)
    place = f"/sheets/{quote(row.id)}/place"
    crops = [f"{place}/{n}.jpg" for n in range(len(places))]
    return {
        "name": WHOLE,
        "label": "余白の書き込み" if _only_strays(row.record) else "用紙全体",
        "kind": "",
        "mode": "whole",
        "value": "",
        "seen": "",
        "secret": False,
        "masked": False,
        "turn": "",
        "reasons": [mask_my_number(p.message) for p in row.record.problems],
        "alternatives": [],
        "pieces": [],
        "crop": crops[0] if crops else "",
        "box": places[0].box.as_list() if places else None,
        "page": places[0].page if places else 1,
        "numeric": False,
        "pages_link": pages_link(row),
        "half": row.as_read.is_half,
        "accept": accept,
        "insist": insist,
        "places": [
            {"page": place.page, "box": place.box.as_list(), "crop": crop}
            for place, crop in zip(places, crops, strict=True)
        ],
    }


def _named_answers(record: Record) -> tuple[str, str]:
    """What the key that goes on says of the sheet as a whole, and the one that insists."""
    codes = {problem.code for problem in record.problems}
    if LIKELY in codes:
        return "別の用紙である(次に、両方の転記を確かめます)", "別の用紙として両方を転記する"
    if STACK in codes:
        return "この束のページの組み合わせでよい", ""
    if codes & set(ABOUT_JOINING):
        return "同じ人の用紙でよい", ""
    return "確認した(次へ)" if record.places else "この読み方でよい", ""


def pages_link(row: RecordRow) -> str:
    """Where a person joins and parts the pages of the sheet; empty where nothing asks for it."""
    codes = {problem.code for problem in row.as_read.problems}
    is_about_joining = codes & {*ABOUT_JOINING, LIKELY}
    asks = row.state == "dropped" or is_about_joining
    if asks:
        return f"/joining/{quote(row.id)}"
    return ""


def _only_strays(record: Record) -> bool:
    if not record.problems:
        return False
    return all(problem.code == "stray_ink" for problem in record.problems)


def _turn(desk: Desk, row: RecordRow, others: Mapping[str, Decision]) -> str:
    """Which answer of ベリファイ this is: ``first``, ``second``, ``third``; empty without it."""
    if not _verified(desk, row):
        return ""
    return ("first", "second", "third")[min(len(others), 2)]


def _shown(field: Field, masked: bool) -> str:
    value = mask_in(field.kind, field.value) if masked else field.value
    return written(field.kind, value)


def _seen(field: Field, masked: bool) -> str:
    """The text as it was read, where it says something that the value does not."""
    if field.traits.editor != "text" or field.text in (
        "",
        show(field.value),
        written(field.kind, field.value),
    ):
        return ""
    if masked:
        return str(mask_in(field.kind, field.text))
    return field.text


def reasons(field: Field, turn: str = "") -> list[str]:
    """Why a person looks at the field, in words."""
    found = [mask_my_number(p.message) for p in field.problems]
    if field.sampled:
        found.append("誤り率を知るための抜き取り確認です")
    if turn == "third":
        found.insert(0, "2人の答えが違います。用紙を見て決めてください")
    return found or [f"読み取りに自信がありません(確からしさ {field.p:.0%})"]


def answered(desk: Desk, session: Session, row: RecordRow, name: str) -> str:
    """The answer that was just kept, as the page shows it when somebody comes back to it."""
    own = [made for made in row.decisions if made.who == session.user.name]
    given = [made for made in own if made.field == name]
    if name == WHOLE or not given:
        return ""
    kind = row.record.fields[name].kind
    value = given[-1].after
    if name in hidden_fields(desk, session, row.record):
        value = mask_in(kind, value)
    return written(kind, value)


def _choices(
    desk: Desk, row: RecordRow, name: str, others: Mapping[str, Decision], masked: bool
) -> list[str]:
    """What can be chosen, each a whole value: an empty text is the empty field. For whoever
    decides between two answers, both of them first."""
    field = row.record.fields[name]
    made = desk.forms[row.line.form].fields[name]
    if masked:
        return []
    mine = written(field.kind, field.value)
    if options := options_of(made):
        is_gone = field.kind == "choice" and mine and mine not in options
        stale = [mine] if is_gone else []
        empty = [""] if field.traits.has_options else []
        return [*options, *stale, *empty]
    given = [written(field.kind, answer.after) for answer in others.values()]
    office = desk.site.office.on(row.line.received_on)
    seen = candidates(field, made, office)
    texts = dict.fromkeys([*given, *seen])
    offered = [text for text in texts if text and text != mine]
    return offered[:MOST]


def same(one: Value, other: Value) -> bool:
    """Equal as the journal compares values."""
    return canonical(one) == canonical(other)
