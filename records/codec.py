"""Values to plain JSON dicts and back, without loss, and the public JSON of ``torikomi read``.

The private form (``record_to_json`` and its kin) is what the journal keeps; the public form
(:func:`public_json`) is a contract with programs outside: its keys are extended, never renamed.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from records.forms import FormDef
from records.kinds import kind_of
from records.mynumber import mask_every_digit, mask_my_number
from records.types import (
    Box,
    Decision,
    Field,
    Place,
    Problem,
    Reading,
    Record,
    SheetPage,
    Value,
    tells_my_number,
)

Json = dict[str, Any]

_SURROGATES = re.compile("[\ud800-\udfff]")


def canonical(value: Any) -> str:
    """The one JSON text of ``value``: sorted keys, no blanks, non-ASCII as it is, lone surrogates
    escaped.

    The same value gives the same text on every machine, so that its hash can be compared.

    Raises:
        ValueError: a float is not finite.
        TypeError: something in ``value`` has no JSON form.
    """
    text = json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    return _SURROGATES.sub(lambda m: f"\\u{ord(m[0]):04x}", text)


def record_to_json(record: Record) -> Json:
    """``record`` as a dict of lists, dicts, str, int, float, bool and None; fields in a list, to
    keep their order."""
    made: Json = {
        "id": record.id,
        "document": record.document,
        "pages": list(record.pages),
        "form": record.form,
        "version": record.version,
        "fit": float(record.fit),
        "fields": [field_to_json(f) for f in record.fields.values()],
        "lines": list(record.lines),
        "problems": [problem_to_json(p) for p in record.problems],
    }
    leaves = []
    for leaf in record.leaves:
        leaves.append([leaf.document, leaf.number, leaf.face, leaf.ink, leaf.strokes])
    # Only sheets of several pages have them: the record of any other stays as short as it was.
    if leaves:
        made["leaves"] = leaves
    return made


def record_from_json(data: Mapping[str, Any]) -> Record:
    """The record that :func:`record_to_json` made ``data`` from."""
    fields = [field_from_json(f) for f in data["fields"]]
    return Record(
        id=data["id"],
        document=data["document"],
        pages=tuple(data["pages"]),
        form=data["form"],
        version=data["version"],
        fit=data["fit"],
        fields={f.name: f for f in fields},
        lines=tuple(data["lines"]),
        problems=tuple(problem_from_json(p) for p in data["problems"]),
        leaves=tuple(SheetPage(*leaf) for leaf in data.get("leaves", ())),
    )


def field_to_json(field: Field) -> Json:
    """``field`` with its readings."""
    return {
        "name": field.name,
        "kind": field.kind,
        "text": field.text,
        "value": value_to_json(field.value),
        "p": float(field.p),
        "problems": [problem_to_json(p) for p in field.problems],
        "readings": [reading_to_json(r) for r in field.readings],
        "box": field.box and box_to_json(field.box),
        "page": field.page,
        "unseen": bool(field.unseen),
        "sampled": bool(field.sampled),
    }


def field_from_json(data: Mapping[str, Any]) -> Field:
    """The field that :func:`field_to_json` made ``data`` from."""
    return Field(
        name=data["name"],
        kind=data["kind"],
        text=data["text"],
        value=data["value"],
        p=data["p"],
        problems=tuple(problem_from_json(p) for p in data["problems"]),
        readings=tuple(reading_from_json(r) for r in data["readings"]),
        box=None if data["box"] is None else box_from_json(data["box"]),
        page=data["page"],
        unseen=data["unseen"],
        sampled=data["sampled"],
    )


def reading_to_json(reading: Reading) -> Json:
    """``reading`` with its alternatives and measured features."""
    return {
        "text": reading.text,
        "score": None if reading.score is None else _number(reading.score),
        "engine": reading.engine,
        "alternatives": [[text, _number(score)] for text, score in reading.alternatives],
        "features": {name: _number(value) for name, value in reading.features.items()},
    }


def reading_from_json(data: Mapping[str, Any]) -> Reading:
    """The reading that :func:`reading_to_json` made ``data`` from."""
    return Reading(
        text=data["text"],
        score=None if data["score"] is None else float(data["score"]),
        engine=data["engine"],
        alternatives=tuple((text, float(score)) for text, score in data["alternatives"]),
        features={name: float(value) for name, value in data["features"].items()},
    )


def problem_to_json(problem: Problem) -> Json:
    """``problem``; its places only where it has any, as most have none."""
    made: Json = {"code": problem.code, "message": problem.message}
    if problem.places:
        made["places"] = [{"page": p.page, "box": box_to_json(p.box)} for p in problem.places]
    return made


def problem_from_json(data: Mapping[str, Any]) -> Problem:
    given = data.get("places", ())
    places = [Place(place["page"], box_from_json(place["box"])) for place in given]
    return Problem(data["code"], data["message"], tuple(places))


def box_to_json(box: Box) -> list[float]:
    """x, y, width, height in mm, unrounded (:meth:`Box.as_list` rounds for people)."""
    return [float(box.x), float(box.y), float(box.width), float(box.height)]


def box_from_json(data: list[float]) -> Box:
    return Box(*data)


def decision_to_json(decision: Decision) -> Json:
    """``decision``; its time as ISO 8601 with the offset it was given in."""
    return {
        "record": decision.record,
        "field": decision.field,
        "before": value_to_json(decision.before),
        "after": value_to_json(decision.after),
        "verdict": decision.verdict,
        "who": decision.who,
        "at": decision.at.isoformat(),
        "seconds": _number(decision.seconds),
    }


def decision_from_json(data: Mapping[str, Any]) -> Decision:
    """The decision that :func:`decision_to_json` made ``data`` from."""
    return Decision(
        record=data["record"],
        field=data["field"],
        before=data["before"],
        after=data["after"],
        verdict=data["verdict"],
        who=data["who"],
        at=dt.datetime.fromisoformat(data["at"]),
        seconds=float(data["seconds"]),
    )


def value_to_json(value: Any) -> Any:
    """A field value as JSON: tuples become lists, sets sorted lists, NumPy scalars Python's own.

    Raises:
        TypeError: the value is none of those that :data:`records.types.Value` allows.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, list | tuple):
        return [value_to_json(v) for v in value]
    if isinstance(value, Mapping):
        return {str(k): value_to_json(v) for k, v in value.items()}
    raise TypeError(f"{type(value).__name__} is no field value")


def show(value: Any) -> str:
    """A value as one line of text for a cell, a list or a screen: empty for None, parts joined by
    、."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "はい" if value else "いいえ"
    if isinstance(value, Mapping):
        return " ".join(show(v) for v in value.values() if v not in (None, ""))
    if isinstance(value, list | tuple | set | frozenset):
        return "、".join(show(v) for v in value)
    return str(value)


def mask(value: Any) -> Any:
    """A value of kind ``my_number`` as it may be shown: the last four of twelve or more digits,
    else none at all.

    A half-read number is hidden altogether: what is there may be its first digits.
    """
    if isinstance(value, str):
        return mask_every_digit(value)
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return mask(str(value))
    if isinstance(value, Mapping):
        return {k: mask(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [mask(v) for v in value]
    return "****"


def mask_in(kind: str, value: Value) -> Value:
    """A value of any kind as it may be shown to whoever did not ask for individual numbers.

    All of a ``my_number`` is hidden; of another kind's value, the individual number in it.
    """
    if kind_of(kind).is_masked:
        return mask(value)
    if not tells_my_number(kind, value):
        return value
    if isinstance(value, str | int):
        return mask_my_number(str(value))
    if isinstance(value, Mapping):
        return {name: mask_in(kind, part) for name, part in value.items()}
    return [mask_in(kind, part) for part in value]


def public_json(
    record: Record, file: str, forms: Mapping[str, FormDef], *, reveal: bool = False
) -> Json:
    """One line of ``torikomi read --json``: the contract with programs outside.

    Args:
        record: one sheet as read.
        file: the file as the user named it; a My Number in its name is masked, too.
        forms: by id, for the labels; a form that is not there gives the fields' names as labels.
        reveal: show My Numbers; by default they are masked in values, texts, readings and lines.

    Returns:
        ``file, document, form, fit, pages, fields, lines`` as issued, and beside them ``record,
        version, problems, reasons, boxes`` (where on the form's pages, mm, each problem of the
        sheet is that has a place); a field has ``value, text, p, unseen, problems`` (codes), and beside
        them ``kind, label, reasons`` (Japanese sentences), ``box`` (mm), ``page, sampled,
        readings``.
    """
    form = forms.get(record.form)
    return {
        "file": file if reveal else mask_my_number(file),
        "document": record.document,
        "form": record.form,
        "fit": round(float(record.fit), 4),
        "pages": list(record.pages),
        "fields": {
            name: _public_field(field, form, reveal) for name, field in record.fields.items()
        },
        "lines": list(record.lines) if reveal else [mask_my_number(line) for line in record.lines],
        "record": record.id,
        "version": record.version,
        "problems": [p.code for p in record.problems],
        "reasons": [p.message if reveal else mask_my_number(p.message) for p in record.problems],
        "boxes": [
            {"problem": problem.code, "page": place.page, "box": place.box.as_list()}
            for problem in record.problems
            for place in problem.places
        ],
    }


def _public_field(field: Field, form: FormDef | None, reveal: bool) -> Json:

    def hide(value: Value) -> Value:
        return value_to_json(value if reveal else mask_in(field.kind, value))

    made = form.fields.get(field.name) if form else None
    return {
        "value": hide(field.value),
        "text": hide(field.text),
        "p": round(float(field.p), 5),
        "unseen": field.unseen,
        "problems": [p.code for p in field.problems],
        "kind": field.kind,
        "label": made.title if made else field.name,
        "reasons": [p.message if reveal else mask_my_number(p.message) for p in field.problems],
        "box": field.box and field.box.as_list(),
        "page": field.page,
        "sampled": field.sampled,
        "readings": [
            {
                "text": hide(r.text),
                "score": None if r.score is None else _number(r.score),
                "engine": r.engine,
                "alternatives": [[hide(text), _number(score)] for text, score in r.alternatives],
            }
            for r in field.readings
        ],
    }


def _number(value: float) -> float | str:
    """A float as JSON has it; ``nan`` and ``inf``, which JSON does not have, as text that ``float``
    reads."""
    number = float(value)
    if math.isfinite(number):
        return number
    return str(number)
