"""Values survive JSON; the public JSON keeps its contract and hides My Numbers."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from records import codec
from records.forms import FieldDef, FormDef
from records.types import Box, Decision, Field, Place, Problem, Reading, Record

texts = st.text(st.characters(), max_size=12)  # lone surrogates and control characters too
lengths = st.floats(0.001, 1000)
boxes = st.builds(Box, st.floats(-500, 500), st.floats(-500, 500), lengths, lengths)
places = st.lists(st.builds(Place, st.integers(1, 9), boxes), max_size=2).map(tuple)
problems = st.lists(st.builds(Problem, texts, texts, places), max_size=2).map(tuple)
shares = st.floats(0, 1)
readings = st.builds(
    Reading,
    text=texts,
    score=st.none() | shares,
    engine=texts,
    alternatives=st.lists(st.tuples(texts, shares), max_size=3).map(tuple),
    features=st.dictionaries(texts, st.floats(allow_nan=False), max_size=3),
)
values = (
    st.none()
    | st.booleans()
    | st.integers()
    | texts
    | st.lists(texts, max_size=3)
    | st.dictionaries(texts, texts, max_size=3)
)


@st.composite
def fields(draw: st.DrawFn, name: str = "f") -> Field:
    troubles = draw(problems)
    return Field(
        name,
        draw(texts),
        draw(texts),
        draw(values),
        draw(shares),
        troubles,
        draw(st.lists(readings, max_size=2).map(tuple)),
        draw(st.none() | boxes),
        draw(st.integers(1, 9)),
        not troubles and draw(st.booleans()),
        draw(st.booleans()),
    )


@st.composite
def records(draw: st.DrawFn) -> Record:
    names = draw(st.lists(texts, unique=True, max_size=4))
    return Record(
        draw(texts),
        draw(texts),
        tuple(draw(st.lists(st.integers(1, 999), max_size=3))),
        draw(texts),
        draw(st.integers(1, 9)),
        draw(shares),
        {name: draw(fields(name)) for name in names},
        tuple(draw(st.lists(texts, max_size=3))),
        draw(problems),
    )


def through_json(data: Any) -> Any:
    return json.loads(codec.canonical(data))


@given(records())
def test_a_record_comes_back_as_it_was_with_its_fields_in_order(record: Record) -> None:
    back = codec.record_from_json(through_json(codec.record_to_json(record)))
    assert back == record
    assert list(back.fields) == list(record.fields)


@given(
    st.builds(
        Decision,
        record=texts,
        field=texts,
        before=values,
        after=values,
        who=texts,
        seconds=st.floats(0, 1e6),
        verdict=st.sampled_from(["accept", "correct", "unreadable", "wrong_form"]),
        at=st.datetimes(timezones=st.sampled_from([dt.UTC, dt.timezone(dt.timedelta(hours=9))])),
    )
)
def test_a_decision_comes_back_as_it_was(decision: Decision) -> None:
    assert codec.decision_from_json(through_json(codec.decision_to_json(decision))) == decision


@given(boxes)
def test_a_box_comes_back_unrounded(box: Box) -> None:
    assert codec.box_from_json(through_json(codec.box_to_json(box))) == box


def test_features_that_json_does_not_know_survive() -> None:
    reading = Reading(
        "a", None, "ppocr", (("b", float("inf")),), {"margin": float("nan"), "n": np.float32(0.5)}
    )
    back = codec.reading_from_json(through_json(codec.reading_to_json(reading)))
    assert back.alternatives == reading.alternatives
    assert back.features["margin"] != back.features["margin"]
    assert back.features["n"] == 0.5


def test_numpy_scalars_sets_and_tuples_become_plain_and_others_are_refused() -> None:
    assert codec.value_to_json(np.int64(3)) == 3
    assert codec.value_to_json({"b", "a"}) == ["a", "b"]
    assert codec.value_to_json((1, (True,))) == [1, [True]]
    with pytest.raises(TypeError, match="datetime"):
        codec.value_to_json(dt.datetime(2026, 1, 1))


@given(st.dictionaries(texts, texts | st.integers() | st.lists(texts)))
def test_canonical_text_is_one_per_value_and_can_be_encoded(value: dict[str, Any]) -> None:
    shuffled = dict(reversed(list(value.items())))
    assert codec.canonical(value) == codec.canonical(shuffled)
    codec.canonical(value).encode()
    assert json.loads(codec.canonical(value)) == value


def test_canonical_refuses_what_has_no_one_text() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        codec.canonical({"x": float("nan")})


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "はい"),
        (12000, "12000"),
        (["厚生年金", "国民年金"], "厚生年金、国民年金"),
        ({"bank": "佐賀銀行", "branch": "", "number": "0012345"}, "佐賀銀行 0012345"),
    ],
)
def test_values_as_people_see_them(value: Any, text: str) -> None:
    assert codec.show(value) == text


@pytest.mark.parametrize(
    ("value", "masked"),
    [
        ("123456789018", "********9018"),
        ("１２３４ ５６７８ ９０１８", "**** **** ９０１８"),
        ("1234-5678-901", "****-****-***"),
        ("9018", "****"),
        ("番号 12", "番号 **"),
        (123456789018, "********9018"),
        (None, None),
        (["123456789018"], ["********9018"]),
        ({"n": "123456789018"}, {"n": "********9018"}),
        (1.5, "****"),
    ],
)
def test_my_numbers_are_masked_even_when_half_read(value: Any, masked: Any) -> None:
    assert codec.mask(value) == masked


def public(reveal: bool = False) -> dict[str, Any]:
    number = Field(
        "number",
        "my_number",
        "1234 5678 9018",
        "123456789018",
        0.4,
        (Problem("check", "123456789018 は桁が違います"),),
        (Reading("123456789018", 0.9, "ppocr", (("123456789011", 0.1),)),),
        Box(1.23456, 2, 3, 4),
    )
    name = Field("name", "name", "鹿島", "鹿島", 0.9991234, (), (), None, 2, unseen=True)
    record = Record(
        "ab-001",
        "ab" * 32,
        (1, 2),
        "f",
        3,
        0.987654,
        {"number": number, "name": name},
        ("番号 123456789018",),
    )
    form = FormDef(
        "f",
        "様式",
        3,
        "EFF-01",
        Path(),
        fields={"number": FieldDef("number", "my_number", "個人番号")},
    )
    return codec.public_json(record, "申請.pdf", {"f": form}, reveal=reveal)


def test_the_public_json_keeps_its_contract() -> None:
    data = public()
    assert {"file", "document", "form", "fit", "pages", "fields", "lines"} <= set(data)
    assert (data["file"], data["form"], data["fit"], data["pages"]) == (
        "申請.pdf",
        "f",
        0.9877,
        [1, 2],
    )
    assert {"value", "text", "p", "unseen", "problems"} <= set(data["fields"]["name"])
    assert data["fields"]["name"] | {"readings": None} == {
        "value": "鹿島",
        "text": "鹿島",
        "p": 0.99912,
        "unseen": True,
        "problems": [],
        "kind": "name",
        "label": "name",
        "reasons": [],
        "box": None,
        "page": 2,
        "sampled": False,
        "readings": None,
    }
    assert data["fields"]["number"]["problems"] == ["check"]
    assert data["fields"]["number"]["label"] == "個人番号"
    assert data["fields"]["number"]["box"] == [1.235, 2, 3, 4]
    assert json.loads(json.dumps(data)) == data


def test_a_problem_of_an_older_record_without_places_is_read() -> None:
    old = {"code": "page_order", "message": "ページが逆の順に入っています"}
    assert codec.problem_from_json(old) == Problem(old["code"], old["message"])
    assert codec.problem_to_json(Problem(old["code"], old["message"])) == old


def test_the_public_json_tells_where_a_note_is() -> None:
    places = (Place(1, Box(14.00012, 280, 20, 5)), Place(2, Box(3, 4, 5, 6)))
    problem = Problem("stray_ink", "余白に書き込みがあります", places)
    record = Record("r", "d", (1, 2), "f", 1, 1.0, {}, (), (problem,))
    data = codec.public_json(record, "a.tif", {})
    assert data["problems"] == ["stray_ink"]
    assert data["boxes"] == [
        {"problem": "stray_ink", "page": 1, "box": [14.0, 280, 20, 5]},
        {"problem": "stray_ink", "page": 2, "box": [3, 4, 5, 6]},
    ]


def test_the_public_json_hides_my_numbers_until_told_otherwise() -> None:
    hidden = json.dumps(public(), ensure_ascii=False)
    assert "12345678" not in hidden.replace(" ", "")
    assert public()["fields"]["number"]["value"] == "********9018"
    assert public()["lines"] == ["番号 ********9018"]
    shown = public(reveal=True)
    assert shown["fields"]["number"]["value"] == "123456789018"
    assert shown["lines"] == ["番号 123456789018"]
