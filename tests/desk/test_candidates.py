"""Candidates are whole values as they would be kept, whatever the readings are of."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.candidates import candidates, differences
from ocr.weigh.wholes import other_wholes
from records.forms import Era, FieldDef, Part
from records.normalise import Normalised, normalise
from records.site import Office
from records.types import Box, Field, Problem, Reading, Value
from records.written import written

OFFICE = Office()
PLACE = Part(Box(10.0, 10.0, 20.0, 8.0))
ACCOUNT: dict[str, Value] = {
    "bank_code": "0179",
    "bank_name": "佐賀銀行",
    "branch_code": "101",
    "branch_name": "本店営業部",
    "account_kind": "普通",
    "number": "1234567",
    "holder": "カシマ タロウ",
}


def made(kind: str, *parts: str, era: Era | None = None, required: bool = False) -> FieldDef:
    return FieldDef(
        "x",
        kind,
        label="項目",
        required=required,
        place=None if parts else PLACE,
        parts=dict.fromkeys(parts, PLACE),
        era=era,
    )


def read(kind: str, value: Value, *readings: Reading) -> Field:
    return Field("x", kind, written(kind, value), value, 0.5, (), readings, PLACE.box, 1)


def seen(text: str, *others: str, engine: str = "ppocr") -> Reading:
    return Reading(text, 0.6, engine, tuple((other, 0.2) for other in others))


DATE = ("year", "month", "day")
BANK = ("bank", "branch", "account_kind", "number", "holder")


@pytest.mark.parametrize(
    ("kind", "parts", "value", "texts"),
    [
        ("date", DATE, "1994-05-17", ["5", "6", "元", "17", "11"]),
        ("bank_account", BANK, ACCOUNT, ["0179 佐賀銀行", "佐賀銀行", "1234561", "カシマ ジロウ"]),
        ("phone", ("area", "exchange", "subscriber"), "0954-61-3631", ["0954", "613637"]),
        ("time", ("hour", "minute"), "09:30", ["9", "10", "8:30"]),
        ("postal_code", ("first", "second"), "849-1312", ["849", "1311"]),
    ],
)
def test_a_reading_of_one_part_is_no_candidate(
    kind: str, parts: tuple[str, ...], value: Value, texts: list[str]
) -> None:
    field = read(kind, value, *(seen(text, *texts) for text in texts))
    assert candidates(field, made(kind, *parts), OFFICE) == ()
    whole = written(kind, value).replace("1", "2")
    judged = replace(field, readings=(*field.readings, seen(field.text, whole, engine="trust")))
    found = candidates(judged, made(kind, *parts), OFFICE)
    assert all(normalise(made(kind, *parts), text, OFFICE).problems == () for text in found)
    assert not set(found) & set(texts)


def test_an_era_with_circles_makes_a_date_of_parts() -> None:
    era = Era(circle={"平成": PLACE.box, "令和": PLACE.box})  # type: ignore[dict-item]
    field = read("date", "1994-05-17", seen("6年5月11日"), seen("平成", "令和"))
    assert candidates(field, made("date", era=era), OFFICE) == ()
    judged = replace(field, readings=(seen("", "平成6年5月11日", engine="trust"),))
    assert candidates(judged, made("date", era=era), OFFICE) == ("平成6年5月11日",)


def test_a_candidate_is_shown_as_it_would_be_kept_and_once() -> None:
    field = read(
        "phone", "0954-61-3631", seen("0954(61)3637", "0954-61-3637", "0954 61 3637", "61-3")
    )
    assert candidates(field, made("phone"), OFFICE) == ("0954-61-3637",)


def test_what_cannot_be_a_value_is_no_candidate() -> None:
    field = read("date", "2025-04-01", seen("令和7年13月1日", "令和7年4月", "7", "令和7年4月7日"))
    assert candidates(field, made("date"), OFFICE) == ("令和7年4月7日",)


texts = st.text(alphabet="0123456789年月日平成令和元.-/ 佐賀銀行本店普通カシマ", max_size=14)
KINDS = (
    "date",
    "month",
    "time",
    "phone",
    "postal_code",
    "bank_account",
    "amount",
    "digits",
    "name",
)


@given(st.sampled_from(KINDS), st.lists(texts, max_size=6), st.booleans())
def test_taking_a_candidate_keeps_what_it_shows(
    kind: str, alternatives: list[str], required: bool
) -> None:
    item = made(kind, required=required)
    field = read(kind, None, seen("", *alternatives))
    for text in candidates(field, item, OFFICE):
        kept = normalise(item, text, OFFICE)
        assert written(kind, kept.value) == text
        assert not kept.problems


@given(texts, texts)
def test_differences_lose_nothing(text: str, other: str) -> None:
    pieces = differences(text, other)
    assert "".join(piece for piece, _ in pieces) == text
    assert text != other or not any(new for _, new in pieces)


def test_the_doubtful_part_is_marked() -> None:
    assert differences("平成6年5月11日", "平成6年5月17日") == [
        ("平成6年5月1", False),
        ("1", True),
        ("日", False),
    ]


def test_the_reader_keeps_only_whole_values_beside_the_one_that_it_took() -> None:
    tried = [
        (0.5, Normalised("1994-05-17")),
        (0.2, Normalised("1994-05-11")),
        (0.1, Normalised("6年", (Problem("partial", "日がありません"),))),
        (0.1, Normalised("1994-05-11")),
        (0.1, Normalised(None)),
    ]
    [(text, share)] = other_wholes("date", tried, "1994-05-17")
    assert text == "平成6年5月11日"
    assert share == pytest.approx(0.3)
